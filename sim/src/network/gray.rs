//! Gray failure: a link or node that is slow or lossy for a while, and how several such faults compose.

use std::collections::BTreeMap;

use crate::NodeId;

/// How much worse than built a link or node is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gray {
    /// Latency is multiplied by this.
    pub latency: f64,
    /// Bandwidth is multiplied by this.
    pub bandwidth: f64,
    /// A node's CPU times are multiplied by this.
    pub cpu: f64,
    /// Share of packets lost, beside what the link loses anyway.
    pub loss: f64,
    /// Share of packets duplicated, beside what the link duplicates anyway.
    pub duplicate: f64,
    /// Share of packets corrupted, beside what the link corrupts anyway.
    pub corrupt: f64,
}

impl Gray {
    /// As built.
    pub const NONE: Gray =
        Gray { latency: 1.0, bandwidth: 1.0, cpu: 1.0, loss: 0.0, duplicate: 0.0, corrupt: 0.0 };

    /// Both at once: factors multiply, chances are independent.
    pub fn and(self, other: Gray) -> Gray {
        Gray {
            latency: self.latency * other.latency,
            bandwidth: self.bandwidth * other.bandwidth,
            cpu: self.cpu * other.cpu,
            loss: either(self.loss, other.loss),
            duplicate: either(self.duplicate, other.duplicate),
            corrupt: either(self.corrupt, other.corrupt),
        }
    }
}

/// The chance that at least one of two independent things happens.
pub(crate) fn either(a: f64, b: f64) -> f64 {
    // Exact where one of them can't happen, which is nearly always.
    if a == 0.0 || b == 0.0 { a + b } else { 1.0 - (1.0 - a) * (1.0 - b) }
}

/// What a gray fault is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GrayOn {
    Node(NodeId),
    /// Both directions between two nodes.
    Pair(NodeId, NodeId),
}

/// The gray faults in force.
#[derive(Debug, Default)]
pub(crate) struct Grays {
    /// Each fault by the number it was added under, so that what is left is multiplied anew, in the
    /// same order, when one ends: dividing it out would leave rounding behind.
    active: BTreeMap<GrayOn, Vec<(u32, Gray)>>,
}

impl Grays {
    pub(crate) fn add(&mut self, on: GrayOn, number: u32, gray: Gray) {
        self.active.entry(on).or_default().push((number, gray));
    }

    pub(crate) fn remove(&mut self, on: GrayOn, number: u32) {
        let list = self.active.get_mut(&on).expect("the fault is in force");
        list.retain(|&(other, _)| other != number);
        if list.is_empty() {
            self.active.remove(&on);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.active.is_empty()
    }

    fn on(&self, on: GrayOn) -> Gray {
        let list = self.active.get(&on).map_or(&[][..], Vec::as_slice);
        list.iter().fold(Gray::NONE, |sum, &(_, gray)| sum.and(gray))
    }

    pub(crate) fn on_node(&self, node: NodeId) -> Gray {
        self.on(GrayOn::Node(node))
    }

    /// What is between two nodes, without the nodes.
    pub(crate) fn on_pair(&self, from: NodeId, to: NodeId) -> Gray {
        self.on(GrayOn::Pair(from.min(to), from.max(to)))
    }

    /// What a packet meets that goes from one node straight to the other: both nodes and the link.
    pub(crate) fn between(&self, from: NodeId, to: NodeId) -> Gray {
        self.on_node(from).and(self.on_node(to)).and(self.on_pair(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(latency: f64) -> Gray {
        Gray { latency, ..Gray::NONE }
    }

    #[test]
    fn factors_multiply_and_chances_are_independent() {
        let both = slow(2.0).and(slow(3.0)).and(Gray { loss: 0.5, ..Gray::NONE });
        assert_eq!(both.latency.to_bits(), 6.0_f64.to_bits());
        let loss = both.and(Gray { loss: 0.5, ..Gray::NONE }).loss;
        assert_eq!(loss.to_bits(), 0.75_f64.to_bits());
    }

    #[test]
    fn what_ends_leaves_nothing_behind() {
        let (node, mut grays) = (NodeId::new(3), Grays::default());
        grays.add(GrayOn::Node(node), 1, slow(0.1));
        grays.add(GrayOn::Node(node), 2, slow(3.0));
        grays.remove(GrayOn::Node(node), 1);
        assert_eq!(grays.on_node(node), slow(3.0));
        grays.remove(GrayOn::Node(node), 2);
        assert_eq!(grays.on_node(node), Gray::NONE);
        assert!(!grays.any());
    }
}
