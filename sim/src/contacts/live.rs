//! The contacts of a run as they stand: pairs, turns, what was said, what is across.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::media::Media;
use super::pairs::Pairs;
use super::turns::Turns;
use super::{ContactChange, ContactSource, Contacts, effort};
use crate::{Bandwidth, MediumId, NodeId, Seed, Time};

/// The number of the source that is none: pairs that are still held, of which both are on again.
pub(crate) const ANEW: u32 = u32::MAX;

/// What happens before anything else does, in the order in which it came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgent {
    /// A contact began: both ends are to hear of it.
    Met(NodeId, NodeId),
    /// A contact ended, and whether the first was sending to the second, and the other way round.
    Parted(NodeId, NodeId, [bool; 2]),
    /// The packet in this slot was said.
    Said(u32),
    /// The peer of this node stopped the transfer that it was `sending` or receiving.
    Aborted { node: NodeId, peer: NodeId, sending: bool },
    /// A medium went down or is up again: a node on it is to hear of it.
    MediumChanged(NodeId, MediumId, bool),
    /// The turn of a node.
    Turn(NodeId),
}

/// Where a change stands among those of its instant: ends before beginnings, each in the order of the pairs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(pub(crate) u64);

impl Place {
    const NODE_BITS: u32 = 24;
    const SOURCE_BITS: u32 = 9;
    const SOURCES: u32 = (1 << Self::SOURCE_BITS) - 1;

    /// Before all changes of its instant, where a source does work of its own.
    fn first(source: u32) -> Place {
        Place(u64::from(source.min(Self::SOURCES)))
    }

    pub(crate) fn of(change: ContactChange, source: u32) -> Place {
        let (a, b) = change.pair;
        let pair = u64::from(a.raw()) << Self::NODE_BITS | u64::from(b.raw());
        let phase = 1 + u64::from(change.begins);
        let phase = phase << (2 * Self::NODE_BITS + Self::SOURCE_BITS);
        Place(phase | pair << Self::SOURCE_BITS | Self::first(source).0)
    }
}

/// A source, and what it has for the instant that comes next.
struct Running {
    source: Box<dyn ContactSource>,
    /// Nothing before it was ever asked.
    at: Option<Time>,
    due: Vec<ContactChange>,
    done: usize,
}

/// The contacts of a run.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) pairs: Pairs,
    pub(crate) turns: Turns,
    pub(crate) media: Media,
    pub(crate) urgent: VecDeque<Urgent>,
    /// The packets that are across, by sender, and of one sender the first begun first. They arrive in its turn.
    pub(crate) across: Vec<(NodeId, u32)>,
    sources: Vec<Running>,
    bandwidth: Option<Bandwidth>,
    /// In the order of the network.
    radios: Vec<(NodeId, Option<Bandwidth>)>,
    /// Pairs that come into contact anew at this instant.
    anew: BinaryHeap<Reverse<(NodeId, NodeId)>>,
}

impl Live {
    /// Takes a plan in.
    pub(crate) fn plan(&mut self, contacts: Contacts) {
        let Contacts { sources, bandwidth, mut radios, media } = contacts;
        assert!(sources.len() < Place::SOURCES as usize, "more than 510 sources of contacts");
        let running = |source| Running { source, at: None, due: Vec::new(), done: 0 };
        self.sources = sources.into_iter().map(running).collect();
        self.bandwidth = bandwidth;
        // The last that names a node counts.
        radios.reverse();
        radios.sort_by_key(|&(node, _)| node);
        radios.dedup_by_key(|&mut (node, _)| node);
        self.radios = radios;
        self.media = media;
    }

    pub(crate) fn sources(&self) -> std::ops::Range<u32> {
        0..self.sources.len() as u32
    }

    /// How fast a contact is that a source puts two nodes into.
    pub(crate) fn radio_rate(&self, (a, b): (NodeId, NodeId)) -> Option<Bandwidth> {
        let radio = |node| match self.radios.binary_search_by_key(&node, |&(other, _)| other) {
            Ok(place) => self.radios[place].1,
            Err(_) => self.bandwidth,
        };
        super::lower(radio(a), radio(b))
    }

    /// When the next change of a source is due, and at which place; nothing if there is none.
    pub(crate) fn next_due(&mut self, source: u32, seed: &Seed) -> Option<(Time, Place)> {
        let running = &mut self.sources[source as usize];
        if running.done == running.due.len() {
            running.due.clear();
            running.done = 0;
            let at = running.source.next(seed, &mut running.due)?;
            assert!(
                running.at.is_none_or(|last| at > last),
                "a source of contacts ran back to {at}"
            );
            running.at = Some(at);
        }
        let next = running.due.get(running.done);
        let place = next.map_or(Place::first(source), |&change| Place::of(change, source));
        running.at.map(|at| (at, place))
    }

    /// Takes the change of a source that is due now, if that was not only about its own work.
    pub(crate) fn take_due(&mut self, source: u32) -> Option<ContactChange> {
        let running = &mut self.sources[source as usize];
        let change = running.due.get(running.done).copied()?;
        let (a, b) = change.pair;
        assert!(a < b, "a source put {a} and {b} together, in this order");
        running.done += 1;
        Some(change)
    }

    /// A pair is to come into contact anew.
    pub(crate) fn put_anew(&mut self, pair: (NodeId, NodeId)) {
        self.anew.push(Reverse(pair));
    }

    /// The first pair that is to come into contact anew.
    pub(crate) fn take_anew(&mut self) -> (NodeId, NodeId) {
        let Reverse(pair) = self.anew.pop().expect("each event of these has a pair");
        pair
    }

    /// What comes before anything else, if there is anything: hearing before turns.
    pub(crate) fn next_urgent(&mut self) -> Option<Urgent> {
        self.urgent.pop_front().or_else(|| self.turns.next().map(Urgent::Turn))
    }

    pub(crate) fn has_urgent(&self) -> bool {
        !self.urgent.is_empty() || self.turns.any()
    }

    /// A packet is across: its sender is to have a turn.
    pub(crate) fn put_across(&mut self, from: NodeId, slot: u32) {
        let place = self.across.partition_point(|&(node, _)| node <= from);
        effort(1 + self.across.len() - place);
        self.across.insert(place, (from, slot));
        self.turns.ask(from);
    }

    /// The first of a node's packets that are across.
    pub(crate) fn take_across(&mut self, from: NodeId) -> Option<u32> {
        let place = self.across.partition_point(|&(node, _)| node < from);
        let &(node, slot) = self.across.get(place)?;
        (node == from).then(|| {
            effort(self.across.len() - place);
            self.across.remove(place);
            slot
        })
    }
}
