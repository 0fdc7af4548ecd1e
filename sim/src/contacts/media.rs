//! Media: what nodes join to be in contact with all others on it, wherever they are.

use super::pairs::By;
use super::{effort, lower};
use crate::{Bandwidth, MediumId, NodeId};

/// What joins nodes without regard to where they are: a LAN, a cellular network, a backbone. Which nodes are
/// on it they say themselves, each for itself, when their connection to it comes up or goes down; a crash
/// takes a node off. A node on it knows whether it is up.
#[derive(Clone, Debug, PartialEq)]
pub struct Medium {
    /// It is up while all of these are.
    pub needs: Vec<NodeId>,
    /// Whether those on it are in contact with each other.
    pub peers: bool,
}

impl Default for Medium {
    /// Always up; all on it are in contact.
    fn default() -> Self {
        Medium { needs: Vec::new(), peers: true }
    }
}

/// A hold that a medium or bridge puts on a pair, or takes off it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tie {
    pub(crate) pair: (NodeId, NodeId),
    pub(crate) by: By,
    pub(crate) rate: Option<Bandwidth>,
    pub(crate) holds: bool,
}

#[derive(Debug)]
struct OnMedium {
    spec: Medium,
    /// How many of those that it needs are down.
    down: u32,
    /// In the order of the network.
    members: Vec<(NodeId, Option<Bandwidth>)>,
}

#[derive(Debug)]
struct Bridge {
    media: [usize; 2],
    needs: Vec<NodeId>,
    down: u32,
}

/// All media and bridges, and who is on them.
#[derive(Debug, Default)]
pub(crate) struct Media {
    media: Vec<OnMedium>,
    bridges: Vec<Bridge>,
}

impl Media {
    pub(crate) fn add(&mut self, spec: Medium) -> MediumId {
        self.media.push(OnMedium { spec, down: 0, members: Vec::new() });
        MediumId::new(self.media.len() - 1)
    }

    pub(crate) fn bridge(&mut self, a: MediumId, b: MediumId, needs: &[NodeId]) {
        assert!(a != b, "a bridge leads from {a} to another medium");
        let joined = |bridge: &Bridge| {
            bridge.media == [a.index(), b.index()] || bridge.media == [b.index(), a.index()]
        };
        assert!(!self.bridges.iter().any(joined), "{a} and {b} are bridged already");
        let media = [a.index(), b.index()];
        self.bridges.push(Bridge { media, needs: needs.to_vec(), down: 0 });
    }

    /// All nodes that something needs.
    pub(crate) fn needs(&self) -> impl Iterator<Item = NodeId> {
        let of_media = self.media.iter().flat_map(|medium| &medium.spec.needs);
        of_media.chain(self.bridges.iter().flat_map(|bridge| &bridge.needs)).copied()
    }

    pub(crate) fn is_up(&self, medium: MediumId) -> bool {
        self.media[medium.index()].down == 0
    }

    fn carries(&self, bridge: &Bridge) -> bool {
        bridge.down == 0 && bridge.media.iter().all(|&medium| self.media[medium].down == 0)
    }

    pub(crate) fn is_on(&self, medium: MediumId, node: NodeId) -> bool {
        self.place(medium, node).is_ok()
    }

    pub(crate) fn members(&self, medium: MediumId) -> impl Iterator<Item = NodeId> {
        self.media[medium.index()].members.iter().map(|&(node, _)| node)
    }

    fn place(&self, medium: MediumId, node: NodeId) -> Result<usize, usize> {
        let members = &self.media[medium.index()].members;
        members.binary_search_by_key(&node, |&(member, _)| member)
    }

    /// A node is on a medium from now on.
    pub(crate) fn join(
        &mut self,
        medium: MediumId,
        node: NodeId,
        rate: Option<Bandwidth>,
        ties: &mut Vec<Tie>,
    ) {
        let Err(place) = self.place(medium, node) else {
            panic!("{node} is on {medium} already");
        };
        self.ties_of((node, rate), medium, true, ties);
        self.media[medium.index()].members.insert(place, (node, rate));
    }

    /// A node is no longer on a medium. False if it wasn't.
    pub(crate) fn leave(&mut self, medium: MediumId, node: NodeId, ties: &mut Vec<Tie>) -> bool {
        let Ok(place) = self.place(medium, node) else {
            return false;
        };
        let member = self.media[medium.index()].members.remove(place);
        self.ties_of(member, medium, false, ties);
        true
    }

    pub(crate) fn leave_all(&mut self, node: NodeId, ties: &mut Vec<Tie>) {
        for medium in (0..self.media.len()).map(MediumId::new) {
            self.leave(medium, node, ties);
        }
    }

    /// What one node on a medium has with all others there and beyond.
    fn ties_of(
        &self,
        (node, rate): (NodeId, Option<Bandwidth>),
        medium: MediumId,
        holds: bool,
        ties: &mut Vec<Tie>,
    ) {
        let here = medium.index();
        let OnMedium { spec, down, members } = &self.media[here];
        if *down > 0 {
            return;
        }
        let tie = |other: NodeId, its_rate, by| {
            effort(1);
            let pair = (node.min(other), node.max(other));
            Tie { pair, by, rate: lower(rate, its_rate), holds }
        };
        if spec.peers {
            let by = By::Medium(medium.raw());
            ties.extend(members.iter().map(|&(other, its_rate)| tie(other, its_rate, by)));
        }
        for (number, bridge) in (0..).zip(&self.bridges) {
            let Some(side) = bridge.media.iter().position(|&end| end == here) else {
                continue;
            };
            if self.carries(bridge) {
                let there = &self.media[bridge.media[1 - side]].members;
                let others = there.iter().filter(|&&(other, _)| other != node);
                ties.extend(others.map(|&(other, its_rate)| {
                    let first_is_on_second = (node < other) == (side == 1);
                    tie(other, its_rate, By::Bridge(number, first_is_on_second))
                }));
            }
        }
    }

    /// A node went down, or is up again: what that does to media that need it, and the media for which it is
    /// a change.
    pub(crate) fn node_changed(
        &mut self,
        node: NodeId,
        up: bool,
        ties: &mut Vec<Tie>,
    ) -> Vec<MediumId> {
        let count = |needs: &[NodeId]| needs.iter().filter(|&&need| need == node).count() as u32;
        let step = |down: &mut u32, by: u32| *down = if up { *down - by } else { *down + by };
        let carried: Vec<bool> = self.bridges.iter().map(|bridge| self.carries(bridge)).collect();
        let mut changed = Vec::new();
        for (number, medium) in self.media.iter_mut().enumerate() {
            let was_up = medium.down == 0;
            step(&mut medium.down, count(&medium.spec.needs));
            if was_up != (medium.down == 0) {
                changed.push(MediumId::new(number));
            }
        }
        for bridge in &mut self.bridges {
            step(&mut bridge.down, count(&bridge.needs));
        }
        for &medium in &changed {
            self.ties_within(medium, up, ties);
        }
        for (number, bridge) in (0..).zip(&self.bridges) {
            if carried[number as usize] != self.carries(bridge) {
                self.ties_across(number, up, ties);
            }
        }
        changed
    }

    fn ties_within(&self, medium: MediumId, holds: bool, ties: &mut Vec<Tie>) {
        let OnMedium { spec, members, .. } = &self.media[medium.index()];
        let by = By::Medium(medium.raw());
        for (place, &(first, one)) in members.iter().enumerate().filter(|_| spec.peers) {
            let others = members[place + 1..].iter();
            ties.extend(others.map(|&(second, other)| {
                effort(1);
                Tie { pair: (first, second), by, rate: lower(one, other), holds }
            }));
        }
    }

    fn ties_across(&self, number: u32, holds: bool, ties: &mut Vec<Tie>) {
        let [one, other] = self.bridges[number as usize].media.map(|end| &self.media[end].members);
        for &(a, its_rate) in one {
            let others = other.iter().filter(|&&(b, _)| b != a);
            ties.extend(others.map(|&(b, other_rate)| {
                effort(1);
                let by = By::Bridge(number, b < a);
                Tie { pair: (a.min(b), a.max(b)), by, rate: lower(its_rate, other_rate), holds }
            }));
        }
    }
}
