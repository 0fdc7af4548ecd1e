//! The arena of copies: where each delivery's content is, since when, and what its way took so far.

use penult_sim::{IdMap, NodeId, Span, Time};

use super::phases::{Phase, Phases};

/// No copy.
pub(super) const NONE: u32 = u32::MAX;

/// Lists longer than this are looked up in a map: carriers of a mesh make hundreds of copies.
const LONG: u32 = 16;

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
}

/// One copy of one delivery.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    /// The record of its delivery.
    pub(super) owner: u32,
    /// Kind has it; of a flying copy, who sent it.
    pub(super) node: NodeId,
    /// Of a flying copy, whom it is for; of others, who it came from.
    pub(super) peer: NodeId,
    /// How many gateways it has passed.
    pub(super) hops: u32,
    pub(super) state: State,
    /// Stored, as durably as the node stores.
    pub(super) stored: bool,
    /// A packet brought it in the event in hand, and nothing was told of it yet.
    pub(super) arrived: bool,
    /// Kept in the event in hand.
    pub(super) fresh: bool,
    /// It was ever stored at a gateway.
    pub(super) at_gateway: bool,
    is_loose: bool,
    next: u32,
    prev: u32,
    /// When it came; later, until when its sums account; of a flying copy, when it was sent.
    pub(super) since: Time,
    /// Where its time went from its creation until `since`.
    pub(super) sums: Phases,
}

/// The copies of one delivery, by way of the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    head: u32,
    len: u32,
    indexed: bool,
}

impl List {
    pub(super) const EMPTY: List = List { head: NONE, len: 0, indexed: false };
}

/// All copies of a run.
#[derive(Debug, Default)]
pub(super) struct Copies {
    all: Vec<Copy>,
    /// The node at which each is held; [`NONE`] for others. Apart, because crashes walk over it.
    held_at: Vec<u32>,
    /// How many each node holds.
    held_by: Vec<u32>,
    free: Vec<u32>,
    /// Held copies of long lists, by owner and node.
    index: IdMap<u32>,
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

    /// How many copies a node holds.
    pub(super) fn held_by(&self, node: NodeId) -> u32 {
        self.held_by.get(node.index()).copied().unwrap_or(0)
    }

    /// Adds a copy that has passed nowhere. It counts for nothing until it is held or flies.
    pub(super) fn add(
        &mut self,
        list: &mut List,
        owner: u32,
        node: NodeId,
        (since, sums): (Time, Phases),
    ) -> u32 {
        let copy = Copy {
            owner,
            node,
            peer: node,
            hops: 0,
            state: State::Passing,
            stored: false,
            arrived: false,
            fresh: false,
            at_gateway: false,
            is_loose: false,
            next: list.head,
            prev: NONE,
            since,
            sums,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.all[id as usize] = copy;
                id
            }
            None => {
                self.all.push(copy);
                self.held_at.push(NONE);
                u32::try_from(self.all.len() - 1).expect("fewer than 2^32 copies")
            }
        };
        if list.head != NONE {
            self.get_mut(list.head).prev = id;
        }
        list.head = id;
        list.len += 1;
        if list.len > LONG && !list.indexed {
            list.indexed = true;
            self.index_all(list);
        }
        id
    }

    fn index_all(&mut self, list: &List) {
        let mut id = list.head;
        while id != NONE {
            let Copy { owner, node, state, next, .. } = *self.get(id);
            if state == State::Held {
                self.index.insert(place_key(owner, node), id);
            }
            id = next;
        }
    }

    /// Takes a copy out. One that is held must be let go before.
    pub(super) fn remove(&mut self, list: &mut List, id: u32) {
        let Copy { next, prev, state, is_loose, .. } = *self.get(id);
        debug_assert!(state != State::Held && !is_loose, "a copy that is in use was removed");
        match prev {
            NONE => list.head = next,
            prev => self.get_mut(prev).next = next,
        }
        if next != NONE {
            self.get_mut(next).prev = prev;
        }
        list.len -= 1;
        self.free.push(id);
    }

    /// Any copy of the list.
    pub(super) fn first(&self, list: &List) -> Option<u32> {
        (list.head != NONE).then_some(list.head)
    }

    /// The copy after this one.
    pub(super) fn after(&self, id: u32) -> Option<u32> {
        let next = self.get(id).next;
        (next != NONE).then_some(next)
    }

    fn walk(&self, list: &List) -> impl Iterator<Item = u32> {
        std::iter::successors(self.first(list), |&id| self.after(id))
    }

    /// The copy that flies from one node to another since then. Two that do are alike.
    #[inline]
    pub(super) fn flying(
        &self,
        list: &List,
        (from, to): (NodeId, NodeId),
        sent: Time,
    ) -> Option<u32> {
        self.walk(list).find(|&id| {
            let copy = self.get(id);
            copy.state == State::Flying
                && copy.node == from
                && copy.peer == to
                && copy.since == sent
        })
    }

    /// The copy that a node holds, or, if it holds none, one that came or went just now.
    #[inline]
    pub(super) fn at(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if list.indexed {
            let held = self.index.get(place_key(owner, node)).copied();
            return held.or_else(|| self.passing(owner, node));
        }
        let mut passing = None;
        for id in self.walk(list) {
            let copy = self.get(id);
            if copy.node == node {
                match copy.state {
                    State::Held => return Some(id),
                    State::Passing => passing = passing.or(Some(id)),
                    State::Flying | State::Was => {}
                }
            }
        }
        passing
    }

    fn passing(&self, owner: u32, node: NodeId) -> Option<u32> {
        self.loose.iter().copied().find(|&id| {
            let copy = self.get(id);
            copy.state == State::Passing && copy.owner == owner && copy.node == node
        })
    }

    /// The copy that a packet brought to a node just now.
    #[inline]
    pub(super) fn arrived(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if self.loose.is_empty() {
            return None;
        }
        let is_it = |&id: &u32| {
            let copy = self.get(id);
            copy.arrived && copy.owner == owner && copy.node == node
        };
        if list.indexed {
            self.loose.iter().copied().find(is_it)
        } else {
            self.walk(list).find(is_it)
        }
    }

    /// A packet brought it to its receiver.
    #[inline]
    pub(super) fn land(&mut self, id: u32, arrived: Time, now: Time) {
        let copy = self.get_mut(id);
        copy.sums.add(Phase::Network, arrived - copy.since);
        copy.sums.add(Phase::Cpu, now - arrived);
        copy.since = now;
        std::mem::swap(&mut copy.node, &mut copy.peer);
        copy.state = State::Passing;
        copy.arrived = true;
        self.loosen(id);
    }

    /// The node at which it is has it from now on.
    pub(super) fn hold(&mut self, list: &List, id: u32) {
        let copy = self.get_mut(id);
        debug_assert!(copy.state == State::Passing, "what is held already was kept");
        copy.state = State::Held;
        copy.stored = false;
        copy.arrived = false;
        copy.fresh = true;
        let (owner, node) = (copy.owner, copy.node);
        self.held_at[id as usize] = node.raw();
        self.held_by[node.index()] += 1;
        if list.indexed {
            self.index.insert(place_key(owner, node), id);
        }
        self.loosen(id);
    }

    /// The node that held it has it no longer.
    pub(super) fn let_go(&mut self, list: &List, id: u32) {
        let copy = self.get_mut(id);
        debug_assert!(copy.state == State::Held, "what is not held was let go");
        copy.state = State::Passing;
        let (owner, node) = (copy.owner, copy.node);
        self.held_at[id as usize] = NONE;
        self.held_by[node.index()] -= 1;
        if list.indexed {
            self.index.remove(place_key(owner, node));
        }
        self.loosen(id);
    }

    fn loosen(&mut self, id: u32) {
        if !std::mem::replace(&mut self.get_mut(id).is_loose, true) {
            self.loose.push(id);
        }
    }

    /// The event in hand is over, for this copy.
    #[inline]
    pub(super) fn fasten(&mut self, id: u32) {
        let copy = self.get_mut(id);
        copy.is_loose = false;
        copy.fresh = false;
        copy.arrived = false;
    }

    /// What a node holds, in the order of the arena.
    pub(super) fn held_at(&self, node: NodeId) -> Vec<u32> {
        let held = (0..).zip(&self.held_at).filter(|&(_, &at)| at == node.raw());
        held.take(self.held_by(node) as usize).map(|(id, _)| id).collect()
    }
}

impl Copy {
    /// Its sums, if it leaves now: an unexplained wait counts as `wait`.
    pub(super) fn sums_at(&self, now: Time, wait: Phase) -> Phases {
        let waited = now - self.since;
        if waited == Span::ZERO { self.sums } else { self.sums.with(wait, waited) }
    }
}

fn place_key(owner: u32, node: NodeId) -> u64 {
    u64::from(owner) << 32 | u64::from(node.raw())
}
