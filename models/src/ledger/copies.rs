//! The arena of copies: where each delivery's content is, since when, and what its way took so far.

use penult_sim::{IdMap, NodeId, Span, Time};

use super::list::List;
use super::phases::{Phase, Phases};

/// No copy.
pub(super) const NONE: u32 = u32::MAX;

/// What a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A node has it.
    Held,
    /// A packet carries it.
    Flying,
    /// Came or went in the event in hand. It counts for nothing, but the node may still send it on.
    Passing,
    /// A gateway had stored it. Kept to count gateways once.
    Was,
    /// A packet carries it still, but its delivery is forgotten.
    Adrift,
}

/// What became of a copy in the event in hand. If anything did, it is looked at once that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Nothing,
    /// A packet brought it, and nothing was told of it yet.
    Arrived,
    /// It was kept.
    Kept,
    /// Something else.
    Other,
}

/// One copy of one delivery: a line of the cache, for thousands of others are touched between one event in
/// its life and the next.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Copy {
    /// When it came; later, until when its sums account; of a flying copy, when it was sent.
    pub(super) since: Time,
    /// Where its time went from its creation until then, by the usual phases.
    usual: [Span; USUAL.len()],
    /// The record of its delivery.
    pub(super) owner: u32,
    /// Who has it; of a flying copy, who sent it.
    pub(super) node: NodeId,
    /// Of a flying copy, whom it is for; of others, who it came from.
    pub(super) peer: NodeId,
    pub(super) next: u32,
    pub(super) prev: u32,
    /// Of a flying copy: the next one in the same packet.
    pub(super) along: u32,
    /// How many gateways it has passed; where devices carry, how many nodes it came to.
    pub(super) hops: u16,
    pub(super) state: State,
    news: News,
    /// Stored, as durably as the node stores.
    pub(super) stored: bool,
    /// It was ever stored at a gateway.
    pub(super) at_gateway: bool,
    /// Time went to other phases too.
    is_unusual: bool,
}

/// Phases through which all copies go: their sums are kept in the copy, those of the others apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Usual {
    Network,
    Cpu,
    Disk,
}

/// The same, by name.
const USUAL: [Phase; 3] = [Phase::Network, Phase::Cpu, Phase::Disk];

impl Copy {
    fn new(owner: u32, node: NodeId, since: Time) -> Copy {
        Copy {
            since,
            usual: [Span::ZERO; USUAL.len()],
            owner,
            node,
            peer: node,
            next: NONE,
            prev: NONE,
            along: NONE,
            hops: 0,
            state: State::Passing,
            news: News::Nothing,
            stored: false,
            at_gateway: false,
            is_unusual: false,
        }
    }

    /// A usual phase of it took so much longer.
    #[inline]
    pub(super) fn spend(&mut self, phase: Usual, span: Span) {
        self.usual[phase as usize] += span;
    }

    /// A packet brought it in the event in hand, and nothing was told of it yet.
    #[inline]
    pub(super) fn has_arrived(&self) -> bool {
        self.news == News::Arrived
    }

    /// Kept in the event in hand.
    pub(super) fn is_fresh(&self) -> bool {
        self.news == News::Kept
    }
}

/// All copies of a run.
#[derive(Debug, Default)]
pub(super) struct Copies {
    all: Vec<Copy>,
    /// What unusual phases took. It is as long as the last that had any.
    unusual: Vec<Phases>,
    /// The node at which each is held; [`NONE`] for others. Apart, because crashes walk over it.
    held_at: Vec<u32>,
    /// How many each node holds.
    held_by: Vec<u32>,
    free: Vec<u32>,
    /// Held copies of long lists, by owner and node.
    index: IdMap<u32>,
    /// The copy that was kept last: the one that most of what is told next is about.
    recent: u32,
    /// How many came in the event in hand of which nothing was told yet.
    arrived: u32,
    /// Copies to look at once the event in hand is over.
    pub(super) loose: Vec<u32>,
}

impl Copies {
    pub(super) fn with_nodes(count: u32) -> Copies {
        Copies { held_by: vec![0; count as usize], ..Copies::default() }
    }

    #[inline]
    pub(super) fn get(&self, copy: u32) -> &Copy {
        &self.all[copy as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, copy: u32) -> &mut Copy {
        &mut self.all[copy as usize]
    }

    /// A phase of it took so much longer.
    #[inline]
    pub(super) fn add_to(&mut self, copy: u32, phase: Phase, span: Span) {
        match USUAL.iter().position(|&usual| usual == phase) {
            Some(place) => self.get_mut(copy).usual[place] += span,
            None if span == Span::ZERO => {}
            None => self.sums_of_unusual(copy).add(phase, span),
        }
    }

    #[inline(never)]
    fn sums_of_unusual(&mut self, id: u32) -> &mut Phases {
        let place = id as usize;
        if !std::mem::replace(&mut self.get_mut(id).is_unusual, true) {
            if place >= self.unusual.len() {
                self.unusual.resize(place + 1, Phases::default());
            }
            self.unusual[place] = Phases::default();
        }
        &mut self.unusual[place]
    }

    /// Its sums, if it leaves now: an unexplained wait was on links.
    pub(super) fn sums_at(&self, id: u32, now: Time) -> Phases {
        let copy = self.get(id);
        let unusual = if copy.is_unusual { self.unusual[id as usize] } else { Phases::default() };
        let usual = USUAL.iter().zip(copy.usual);
        let sums = usual.fold(unusual, |sums, (&phase, span)| sums.with(phase, span));
        sums.with(Phase::Network, now - copy.since)
    }

    /// How many copies a node holds.
    pub(super) fn held_by(&self, node: NodeId) -> u32 {
        self.held_by.get(node.index()).copied().unwrap_or(0)
    }

    /// A copy that comes to be at a node. It counts for nothing until it is held.
    pub(super) fn appear(
        &mut self,
        list: &mut List,
        owner: u32,
        node: NodeId,
        (since, network): (Time, Span),
    ) -> u32 {
        let mut copy = Copy::new(owner, node, since);
        copy.spend(Usual::Network, network);
        self.add(list, copy, node)
    }

    /// A packet takes along what is at a node, with the sums of that copy: an unexplained wait counts as `wait`,
    /// but for so much of it that its recipient was away.
    #[inline]
    pub(super) fn fly(
        &mut self,
        list: &mut List,
        source: u32,
        to: NodeId,
        (wait, away): (Phase, Span),
        at: Time,
        along: u32,
    ) -> u32 {
        let Copy { since, usual, hops, owner, node, is_unusual, .. } = *self.get(source);
        let copy = Copy { usual, hops, ..Copy::new(owner, node, at) };
        let id = self.take_off(list, copy, to, along);
        if is_unusual {
            *self.sums_of_unusual(id) = self.unusual[source as usize];
        }
        self.add_to(id, wait, at - since - away);
        self.add_to(id, Phase::Away, away);
        id
    }

    /// A packet takes along what was not there.
    #[cold]
    pub(super) fn fly_from_nothing(
        &mut self,
        list: &mut List,
        owner: u32,
        (from, to): (NodeId, NodeId),
        (at, network): (Time, Span),
        along: u32,
    ) -> u32 {
        let mut copy = Copy::new(owner, from, at);
        copy.spend(Usual::Network, network);
        self.take_off(list, copy, to, along)
    }

    /// Another packet carries what flies already.
    pub(super) fn double(&mut self, list: &mut List, first: u32, along: u32) -> u32 {
        let Copy { since, peer, .. } = *self.get(first);
        self.fly(list, first, peer, (Phase::Network, Span::ZERO), since, along)
    }

    #[inline]
    fn take_off(&mut self, list: &mut List, copy: Copy, to: NodeId, along: u32) -> u32 {
        self.add(list, Copy { peer: to, state: State::Flying, along, ..copy }, to)
    }

    /// Adds a copy that is `at` a node, or on its way to it.
    #[inline]
    fn add(&mut self, list: &mut List, copy: Copy, at: NodeId) -> u32 {
        let id = match self.free.pop() {
            Some(id) => {
                self.all[id as usize] = copy;
                id
            }
            None => self.add_last(copy),
        };
        self.link(list, id, at);
        id
    }

    #[cold]
    fn add_last(&mut self, copy: Copy) -> u32 {
        self.all.push(copy);
        self.held_at.push(NONE);
        u32::try_from(self.all.len() - 1).expect("fewer than 2^32 copies")
    }

    /// Takes a copy out. One that is held must be let go before.
    #[inline]
    pub(super) fn remove(&mut self, list: &mut List, id: u32) {
        self.check_unused(id);
        self.unlink(list, id);
        self.free.push(id);
    }

    /// Takes a flying copy out of its list; its packet still carries it.
    pub(super) fn set_adrift(&mut self, list: &mut List, id: u32) {
        self.check_unused(id);
        self.unlink(list, id);
        self.get_mut(id).state = State::Adrift;
    }

    #[inline]
    fn check_unused(&self, id: u32) {
        let is_used = || self.get(id).state == State::Held || self.get(id).news != News::Nothing;
        debug_assert!(!is_used(), "a copy that is in use was removed");
    }

    /// Frees a copy that nothing carries any more, of a delivery that is forgotten.
    pub(super) fn sink(&mut self, id: u32) {
        debug_assert!(self.get(id).state == State::Adrift, "a copy of a known delivery sank");
        self.free.push(id);
    }

    /// The copy that a node holds, or, if it holds none, one that came or went just now.
    #[inline]
    pub(super) fn at(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if let Some(copy) = self.all.get(self.recent as usize)
            && copy.owner == owner
            && copy.node == node
            && copy.state == State::Held
        {
            return Some(self.recent);
        }
        self.look_for(list, owner, node)
    }

    /// The copy that a packet brought to a node just now and of which nothing was told yet. Now it is.
    #[inline]
    pub(super) fn explain(&mut self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if self.arrived == 0 {
            return None;
        }
        let id = self.unexplained(list, owner, node)?;
        self.get_mut(id).news = News::Other;
        self.arrived -= 1;
        Some(id)
    }

    /// A packet brought it to its receiver, and so past one more node that counts, or none.
    #[inline]
    pub(super) fn land(&mut self, id: u32, arrived: Time, now: Time, hops: u16) {
        let copy = &mut self.all[id as usize];
        let since = std::mem::replace(&mut copy.since, now);
        copy.spend(Usual::Network, arrived - since);
        copy.spend(Usual::Cpu, now - arrived);
        copy.hops = copy.hops.saturating_add(hops);
        std::mem::swap(&mut copy.node, &mut copy.peer);
        copy.state = State::Passing;
        copy.news = News::Arrived;
        self.arrived += 1;
        self.loose.push(id);
    }

    /// The node at which it is has it from now on.
    #[inline]
    pub(super) fn hold(&mut self, list: &List, id: u32) -> NodeId {
        let copy = &mut self.all[id as usize];
        debug_assert!(copy.state == State::Passing, "what is held already was kept");
        copy.state = State::Held;
        copy.stored = false;
        let before = std::mem::replace(&mut copy.news, News::Kept);
        self.arrived -= u32::from(before == News::Arrived);
        if before == News::Nothing {
            self.loose.push(id);
        }
        let (owner, node) = (copy.owner, copy.node);
        self.recent = id;
        self.held_at[id as usize] = node.raw();
        self.held_by[node.index()] += 1;
        if list.indexed {
            self.index(owner, node, id);
        }
        node
    }

    /// The node that held it has it no longer.
    #[inline]
    pub(super) fn let_go(&mut self, list: &List, id: u32) -> NodeId {
        let copy = &mut self.all[id as usize];
        debug_assert!(copy.state == State::Held, "what is not held was let go");
        copy.state = State::Passing;
        if std::mem::replace(&mut copy.news, News::Other) == News::Nothing {
            self.loose.push(id);
        }
        let (owner, node) = (copy.owner, copy.node);
        self.held_at[id as usize] = NONE;
        self.held_by[node.index()] -= 1;
        if list.indexed {
            self.index.remove(place_key(owner, node));
        }
        node
    }

    pub(super) fn index(&mut self, owner: u32, node: NodeId, id: u32) {
        self.index.insert(place_key(owner, node), id);
    }

    pub(super) fn indexed(&self, owner: u32, node: NodeId) -> Option<u32> {
        self.index.get(place_key(owner, node)).copied()
    }

    /// The event in hand is over, for this copy. Whether a packet brought it and nothing was told of it.
    #[inline]
    pub(super) fn fasten(&mut self, id: u32) -> bool {
        let before = std::mem::replace(&mut self.get_mut(id).news, News::Nothing);
        let has_arrived = before == News::Arrived;
        self.arrived -= u32::from(has_arrived);
        has_arrived
    }

    /// What a node holds, in the order of the arena.
    pub(super) fn held_at(&self, node: NodeId) -> Vec<u32> {
        let held = (0..).zip(&self.held_at).filter(|&(_, &at)| at == node.raw());
        held.take(self.held_by(node) as usize).map(|(id, _)| id).collect()
    }
}

fn place_key(owner: u32, node: NodeId) -> u64 {
    u64::from(owner) << 32 | u64::from(node.raw())
}
