//! Cuts between pairs of nodes that reach each other over an access link: partitions, and single
//! pairs. Links of their own are held down instead.

use std::collections::BTreeMap;

use crate::NodeId;

/// The cuts in force.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// How many faults cut the way from one node to another.
    pairs: BTreeMap<(NodeId, NodeId), u32>,
    /// For each partition in force, by its number: the group of each node that is in one.
    partitions: BTreeMap<u32, BTreeMap<NodeId, usize>>,
}

impl Cuts {
    pub(crate) fn cut_pair(&mut self, from: NodeId, to: NodeId) {
        *self.pairs.entry((from, to)).or_default() += 1;
    }

    pub(crate) fn mend_pair(&mut self, from: NodeId, to: NodeId) {
        let count = self.pairs.get_mut(&(from, to)).expect("the pair is cut");
        *count -= 1;
        if *count == 0 {
            self.pairs.remove(&(from, to));
        }
    }

    pub(crate) fn part(&mut self, number: u32, groups: &[Vec<NodeId>]) {
        let members = groups.iter().enumerate();
        let members =
            members.flat_map(|(group, nodes)| nodes.iter().map(move |&node| (node, group)));
        self.partitions.insert(number, members.collect());
    }

    pub(crate) fn heal(&mut self, number: u32) {
        self.partitions.remove(&number).expect("the partition is in force");
    }

    pub(crate) fn any(&self) -> bool {
        !(self.pairs.is_empty() && self.partitions.is_empty())
    }

    /// Whether nothing gets from the one to the other.
    pub(crate) fn between(&self, from: NodeId, to: NodeId) -> bool {
        let parted = |groups: &BTreeMap<NodeId, usize>| match (groups.get(&from), groups.get(&to)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        self.pairs.contains_key(&(from, to)) || self.partitions.values().any(parted)
    }
}
