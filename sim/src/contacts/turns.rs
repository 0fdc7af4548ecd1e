//! Turns: who wants one, and whose is the next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::effort;
use crate::NodeId;

/// The nodes that want a turn. They have it in the order of the network, and again from the first one on:
/// who asks after its place has passed waits for the next round.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Whether each node wants one, up to the last that ever did.
    wanted: Vec<bool>,
    /// Those that come in this round.
    round: BinaryHeap<Reverse<NodeId>>,
    next_round: Vec<NodeId>,
    /// Who had the last turn of this round.
    last: Option<NodeId>,
}

impl Turns {
    /// This node wants a turn. To ask twice is to ask once.
    pub(crate) fn ask(&mut self, node: NodeId) {
        if self.wanted.len() <= node.index() {
            self.wanted.resize(node.index() + 1, false);
        }
        if std::mem::replace(&mut self.wanted[node.index()], true) {
            return;
        }
        effort(1);
        if self.last.is_none_or(|last| node > last) {
            self.round.push(Reverse(node));
        } else {
            self.next_round.push(node);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !(self.round.is_empty() && self.next_round.is_empty())
    }

    /// Whose turn it is. When nobody wants one any more, the next to ask begins a round.
    pub(crate) fn next(&mut self) -> Option<NodeId> {
        if self.round.is_empty() {
            self.last = None;
            effort(self.next_round.len());
            self.round.extend(self.next_round.drain(..).map(Reverse));
        }
        let Reverse(node) = self.round.pop()?;
        effort(1);
        self.wanted[node.index()] = false;
        self.last = Some(node);
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_round_in_the_order_of_the_network() {
        let mut turns = Turns::default();
        let node = NodeId::new;
        [5, 2, 7, 2].into_iter().for_each(|n| turns.ask(node(n)));
        assert_eq!(turns.next(), Some(node(2)));
        // Behind the one whose turn it is: still in this round. It and those before it: in the next.
        [6, 1, 2, 5].into_iter().for_each(|n| turns.ask(node(n)));
        let rest: Vec<usize> = std::iter::from_fn(|| turns.next()).map(NodeId::index).collect();
        assert_eq!(rest, [5, 6, 7, 1, 2]);
        assert!(!turns.any());
        // A round that is over is over.
        turns.ask(node(0));
        assert_eq!(turns.next(), Some(node(0)));
    }
}
