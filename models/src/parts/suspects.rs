//! Suspects: whom a server takes for dead. That is its opinion, and any packet from the suspect ends it; until
//! then the suspect is asked again and again whether it is there.

use std::collections::BTreeSet;
use std::fmt::Debug;

use penult_sim::{NodeId, Span};

use crate::ids::GatewayId;
use crate::member::MemberTimer;
use crate::note::Note;
use crate::packet::Packet;
use crate::places::Places;
use crate::server::{Cx, Server};

/// Somebody who can be suspected.
pub trait Peer: Copy + Ord + Debug {
    /// Its node.
    fn node(self, places: &Places) -> NodeId;
}

impl Peer for GatewayId {
    fn node(self, places: &Places) -> NodeId {
        places.gateway(self)
    }
}

impl Peer for NodeId {
    fn node(self, _: &Places) -> NodeId {
        self
    }
}

/// Time to ask this suspect whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe<P>(pub P);

/// Are you there? Whatever the answer is, it comes from one who lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreYouThere;

/// What a server needs to suspect others.
pub trait WithSuspects<P>: Server<Packet: From<AreYouThere>, Timer: From<Probe<P>>> {
    /// How often a suspect is asked whether it is there.
    fn probe(options: &Self::Options) -> Span;
}

/// Whom a server takes for dead.
#[derive(Debug)]
pub struct Suspects<P = GatewayId> {
    /// Its own suspects.
    own: BTreeSet<P>,
    /// Whom others suspected, as they said: not to be relied on until heard.
    named: BTreeSet<P>,
}

/// How somebody who was suspected, here or elsewhere, was thought of until it was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Was {
    /// Dead.
    Suspected,
    /// Alive; but others had named it.
    Named,
}

impl<P> Default for Suspects<P> {
    fn default() -> Self {
        Suspects { own: BTreeSet::new(), named: BTreeSet::new() }
    }
}

impl<P: Peer> Suspects<P> {
    /// Whether this server takes it for dead.
    #[inline]
    pub fn has(&self, peer: P) -> bool {
        self.own.contains(&peer)
    }

    /// Whether it is not to be relied on: it is suspected, here or elsewhere.
    #[inline]
    pub fn avoids(&self, peer: P) -> bool {
        self.own.contains(&peer) || self.named.contains(&peer)
    }

    /// Takes somebody for dead from now on. False if it was before.
    pub fn suspect<S: WithSuspects<P>>(&mut self, suspect: P, cx: &mut Cx<'_, S>) -> bool {
        let node = suspect.node(&cx.world().places);
        debug_assert_ne!(node, cx.node(), "nobody takes itself for dead");
        let is_new = self.own.insert(suspect);
        if is_new {
            cx.tell(Note::Suspected(node));
            Self::ask_later(suspect, cx);
        }
        is_new
    }

    /// Somebody else suspects it. False if that is nothing new.
    pub fn name(&mut self, suspect: P) -> bool {
        self.named.insert(suspect)
    }

    /// Something came from somebody: it lives. Nothing if nobody thought otherwise.
    #[inline]
    pub fn heard<S: WithSuspects<P>>(&mut self, from: P, cx: &mut Cx<'_, S>) -> Option<Was> {
        if self.avoids(from) { Some(self.heard_again(from, cx)) } else { None }
    }

    #[cold]
    fn heard_again<S: WithSuspects<P>>(&mut self, from: P, cx: &mut Cx<'_, S>) -> Was {
        self.named.remove(&from);
        if !self.own.remove(&from) {
            return Was::Named;
        }
        cx.tell(Note::Trusted(from.node(&cx.world().places)));
        Was::Suspected
    }

    /// Asks a suspect whether it is there, and will again.
    pub fn probe<S: WithSuspects<P>>(&self, Probe(suspect): Probe<P>, cx: &mut Cx<'_, S>) {
        if self.has(suspect) {
            cx.send(suspect.node(&cx.world().places), Packet::Between(AreYouThere.into()));
            Self::ask_later(suspect, cx);
        }
    }

    fn ask_later<S: WithSuspects<P>>(suspect: P, cx: &mut Cx<'_, S>) {
        let every = S::probe(&cx.world().strategy);
        cx.set_background_timer(every, MemberTimer::Server(Probe(suspect).into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::trial::{Due, Said, Trial, Tried, dead, log, play, world};

    const OTHER: GatewayId = GatewayId(1);

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Letter {
        AreYouThere,
        Here,
    }

    impl From<AreYouThere> for Said<Letter> {
        fn from(_: AreYouThere) -> Self {
            Said(Letter::AreYouThere)
        }
    }

    impl From<Probe<GatewayId>> for Due<Probe<GatewayId>> {
        fn from(probe: Probe<GatewayId>) -> Self {
            Due::Of(probe)
        }
    }

    /// Suspects g1 at each step, and trusts whom it hears.
    #[derive(Default)]
    struct Watcher {
        suspects: Suspects,
        was: Vec<Option<Was>>,
    }

    impl WithSuspects<GatewayId> for Trial<Watcher> {
        fn probe(_: &Vec<Span>) -> Span {
            Span::secs(1)
        }
    }

    impl Tried for Watcher {
        type Letter = Letter;
        type Timer = Probe<GatewayId>;

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            match number {
                0 => {
                    assert!(self.suspects.name(OTHER) && !self.suspects.name(OTHER));
                    assert!(self.suspects.avoids(OTHER) && !self.suspects.has(OTHER));
                    cx.send(NodeId::new(1), Packet::Between(Said(Letter::AreYouThere)));
                }
                1 => {
                    assert_eq!(self.was, [Some(Was::Named)]);
                    assert!(self.suspects.suspect(OTHER, cx) && !self.suspects.suspect(OTHER, cx));
                    assert!(self.suspects.name(OTHER));
                    assert!(self.suspects.has(OTHER) && self.suspects.avoids(OTHER));
                    assert!(!self.suspects.avoids(GatewayId(2)));
                }
                _ => {
                    assert_eq!(self.was, [Some(Was::Named), Some(Was::Suspected)]);
                    assert!(!self.suspects.avoids(OTHER));
                    assert_eq!(self.suspects.heard(OTHER, cx), None);
                }
            }
        }

        fn receive(&mut self, from: NodeId, letter: Letter, cx: &mut Cx<'_, Trial<Self>>) {
            if letter == Letter::AreYouThere {
                return cx.send(from, Packet::Between(Said(Letter::Here)));
            }
            self.was.push(self.suspects.heard(cx.world().places.as_gateway(from), cx));
        }

        fn wake(&mut self, probe: Probe<GatewayId>, cx: &mut Cx<'_, Trial<Self>>) {
            self.suspects.probe(probe, cx);
        }
    }

    #[test]
    fn a_suspect_is_asked_until_it_is_heard() {
        let mut setup = world();
        setup.faults.push(dead(1, 1_000, 4_500));
        let expected = log([
            (100, "g0 to g1: AreYouThere"),
            (101, "g1 to g0: Here"),
            (2_000, "g0: Suspected(n1)"),
            (3_000, "g0 to g1: AreYouThere"),
            (4_000, "g0 to g1: AreYouThere"),
            (5_000, "g0 to g1: AreYouThere"),
            (5_001, "g1 to g0: Here"),
            (5_002, "g0: Trusted(n1)"),
        ]);
        assert_eq!(play::<Watcher>(&setup, &[100, 2_000, 9_000]), expected);
    }
}
