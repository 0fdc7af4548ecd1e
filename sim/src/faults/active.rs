//! What a fault comes down to when it strikes: the single things that it holds down.

use super::{DiskFate, What};
use crate::network::{DirectionId, GrayOn, Network};
use crate::{Gray, NodeId};

/// One thing that a fault holds down, and gives back when it ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Atom {
    Links(Vec<DirectionId>),
    Node(NodeId, DiskFate),
    Pair(NodeId, NodeId),
    Partition(Vec<Vec<NodeId>>),
    Gray(GrayOn, Gray),
    Offline(NodeId),
}

/// What this fault holds down, in the order in which it strikes. `nodes` are those that it is on.
pub(crate) fn atoms(what: &What, nodes: &[NodeId], network: &Network) -> Vec<Atom> {
    let each = |make: &dyn Fn(NodeId) -> Atom| nodes.iter().map(|&node| make(node)).collect();
    match what {
        What::Crash { disk, .. } => each(&|node| Atom::Node(node, *disk)),
        What::Offline(_) => each(&Atom::Offline),
        What::Slow { gray, .. } => each(&|node| Atom::Gray(GrayOn::Node(node), *gray)),
        What::SlowLink { ends: (a, b), gray } => {
            vec![Atom::Gray(GrayOn::Pair(*a.min(b), *a.max(b)), *gray)]
        }
        What::Region(region) => {
            let inside = |node| network.region_of(node) == Some(*region);
            let links = links_where(network, |from, to| inside(from) && inside(to));
            let nodes = network.nodes_in(*region).map(|node| Atom::Node(node, DiskFate::Kept));
            std::iter::once(Atom::Links(links)).chain(nodes).collect()
        }
        What::Link { ends: (a, b), one_way } => {
            let links = links_where(network, |from, to| {
                (from, to) == (*a, *b) || !one_way && (from, to) == (*b, *a)
            });
            if !links.is_empty() {
                vec![Atom::Links(links)]
            } else if *one_way {
                vec![Atom::Pair(*a, *b)]
            } else {
                vec![Atom::Pair(*a, *b), Atom::Pair(*b, *a)]
            }
        }
        What::Partition(groups) => {
            let group = |node| groups.iter().position(|group| group.contains(&node));
            let parted = |from, to| match (group(from), group(to)) {
                (Some(one), Some(other)) => one != other,
                _ => false,
            };
            let links = links_where(network, parted);
            vec![Atom::Links(links), Atom::Partition(groups.clone())]
        }
    }
}

/// The directions of links whose ends `wanted` picks.
fn links_where(network: &Network, wanted: impl Fn(NodeId, NodeId) -> bool) -> Vec<DirectionId> {
    let links = network.links().iter().flat_map(|link| {
        let (from, to) = link.ends;
        let back = link.back.map(|back| (to, from, back));
        std::iter::once((from, to, link.there)).chain(back)
    });
    links.filter(|&(from, to, _)| wanted(from, to)).map(|(.., direction)| direction).collect()
}
