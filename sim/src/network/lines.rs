//! Lines: the several access links of a node that has more than one way to the network, each with a number there.
//!
//! What is sent over a line says which. A line has nodes that it needs: while its *carrier* is down it is down
//! too, and what is on it is dropped; nodes that lie *behind* it are unseen, and whoever has them on the way loses
//! what leaves or arrives while one is down. A node says by itself whether a line of its own is up.

use crate::{IdMap, NodeId};

use super::link::DirectionId;

/// No line.
pub(crate) const NO_LINE: u32 = u32::MAX;

/// An access link beside others of the same node.
#[derive(Debug)]
pub(crate) struct Line {
    /// The direction to the edge; the next one leads back.
    pub(crate) up: DirectionId,
    /// What it stands or falls with.
    pub(crate) carrier: Option<NodeId>,
    /// What its packets pass unseen.
    pub(crate) behind: Box<[NodeId]>,
    /// Whether its node holds it down.
    pub(crate) is_off: bool,
}

/// The lines of all nodes that have any.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    all: Vec<Line>,
    /// The first line of each node, and how many it has. They stand side by side.
    of: IdMap<(u32, u32)>,
}

impl Lines {
    /// Whether there are any at all.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// Adds the next line of a node; its number there.
    pub(crate) fn add(&mut self, node: NodeId, line: Line) -> u32 {
        let first = self.all.len() as u32;
        let (first, count) = self.of.get_or_insert_with(node.raw().into(), || (first, 0));
        assert!(*first + *count == self.all.len() as u32, "the lines of {node} stand side by side");
        self.all.push(line);
        *count += 1;
        *count - 1
    }

    /// A node has lines, or may have none of those that others have.
    pub(crate) fn expect(&mut self, node: NodeId) {
        let first = self.all.len() as u32;
        self.of.get_or_insert_with(node.raw().into(), || (first, 0));
    }

    /// Whether a node reaches the network over lines, if at all.
    pub(crate) fn expects(&self, node: NodeId) -> bool {
        self.of.contains(node.raw().into())
    }

    /// How many a node has.
    pub(crate) fn count(&self, node: NodeId) -> u32 {
        self.of.get(node.raw().into()).map_or(0, |&(_, count)| count)
    }

    /// The line with this number at a node.
    pub(crate) fn find(&self, node: NodeId, number: u32) -> Option<u32> {
        let &(first, count) = self.of.get(node.raw().into())?;
        (number < count).then_some(first + number)
    }

    pub(crate) fn get(&self, line: u32) -> &Line {
        &self.all[line as usize]
    }

    pub(crate) fn get_mut(&mut self, line: u32) -> &mut Line {
        &mut self.all[line as usize]
    }

    /// All directions of a node's lines that lead to the edge.
    pub(crate) fn directions_of(&self, node: NodeId) -> impl Iterator<Item = DirectionId> + '_ {
        let (first, count) = self.of.get(node.raw().into()).copied().unwrap_or((0, 0));
        self.all[first as usize..(first + count) as usize].iter().map(|line| line.up)
    }

    /// Whether this is the way of one of a node's lines to the edge.
    pub(crate) fn is_own(&self, node: NodeId, link: DirectionId) -> bool {
        self.any() && self.directions_of(node).any(|up| up == link)
    }

    /// Both directions of all lines that stand or fall with a node.
    pub(crate) fn carried_by(&self, node: NodeId) -> Vec<DirectionId> {
        let carried = self.all.iter().filter(|line| line.carrier == Some(node));
        carried.flat_map(|line| [line.up, DirectionId(line.up.0 + 1)]).collect()
    }
}
