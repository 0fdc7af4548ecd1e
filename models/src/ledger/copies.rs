//! The arena of copies: where each delivery's content is, since when, and what its way took so far.

use penult_sim::{IdMap, NodeId, Time};

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
    /// A packet carries it still, but its delivery is forgotten.
    Adrift,
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
    /// Of a flying copy: the next one in the same packet.
    pub(super) along: u32,
    /// When it came; later, until when its sums account; of a flying copy, when it was sent.
    pub(super) since: Time,
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
    /// Where the time of each went from its creation until its `since`. Apart, because lists are walked
    /// more often than sums are asked for.
    sums: Vec<Phases>,
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

    #[inline]
    pub(super) fn sums(&self, copy: u32) -> &Phases {
        &self.sums[copy as usize]
    }

    #[inline]
    pub(super) fn sums_mut(&mut self, copy: u32) -> &mut Phases {
        &mut self.sums[copy as usize]
    }

    /// Its sums, if it leaves now: an unexplained wait counts as `wait`.
    #[inline]
    pub(super) fn sums_at(&self, copy: u32, now: Time, wait: Phase) -> Phases {
        let mut sums = *self.sums(copy);
        sums.add(wait, now - self.get(copy).since);
        sums
    }

    /// How many copies a node holds.
    pub(super) fn held_by(&self, node: NodeId) -> u32 {
        self.held_by.get(node.index()).copied().unwrap_or(0)
    }

    /// Adds a copy that has passed nowhere. It counts for nothing until it is held or flies.
    #[inline]
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
            along: NONE,
            since,
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.all[id as usize] = copy;
                self.sums[id as usize] = sums;
                id
            }
            None => {
                self.all.push(copy);
                self.sums.push(sums);
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
    #[inline]
    pub(super) fn remove(&mut self, list: &mut List, id: u32) {
        self.take_out(list, id);
        self.free.push(id);
    }

    /// Takes a flying copy out of its list; its packet still carries it.
    pub(super) fn set_adrift(&mut self, list: &mut List, id: u32) {
        self.take_out(list, id);
        self.get_mut(id).state = State::Adrift;
    }

    /// Frees a copy that nothing carries any more, of a delivery that is forgotten.
    pub(super) fn sink(&mut self, id: u32) {
        debug_assert!(self.get(id).state == State::Adrift, "a copy of a known delivery sank");
        self.free.push(id);
    }

    #[inline]
    fn take_out(&mut self, list: &mut List, id: u32) {
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
        if let Some(copy) = self.all.get(self.recent as usize)
            && copy.owner == owner
            && copy.node == node
            && copy.state == State::Held
        {
            return Some(self.recent);
        }
        self.look_for(list, owner, node)
    }

    fn look_for(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
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
                    State::Flying | State::Was | State::Adrift => {}
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

    /// The copy that a packet brought to a node just now and of which nothing was told yet. Now it is.
    #[inline]
    pub(super) fn explain(&mut self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if self.arrived == 0 {
            return None;
        }
        let is_it = |&id: &u32| {
            let copy = self.get(id);
            copy.arrived && copy.owner == owner && copy.node == node
        };
        let it = if list.indexed || self.loose.len() == 1 {
            self.loose.iter().copied().find(is_it)
        } else {
            self.walk(list).find(is_it)
        };
        if let Some(id) = it {
            self.get_mut(id).arrived = false;
            self.arrived -= 1;
        }
        it
    }

    /// A packet brought it to its receiver, and so past one more gateway, or none.
    #[inline]
    pub(super) fn land(&mut self, id: u32, arrived: Time, now: Time, gateways: u32) {
        let copy = &mut self.all[id as usize];
        let sums = &mut self.sums[id as usize];
        sums.add(Phase::Network, arrived - copy.since);
        sums.add(Phase::Cpu, now - arrived);
        copy.since = now;
        copy.hops += gateways;
        std::mem::swap(&mut copy.node, &mut copy.peer);
        copy.state = State::Passing;
        copy.arrived = true;
        self.arrived += 1;
        self.loosen(id);
    }

    /// The node at which it is has it from now on.
    #[inline]
    pub(super) fn hold(&mut self, list: &List, id: u32) -> NodeId {
        let copy = &mut self.all[id as usize];
        debug_assert!(copy.state == State::Passing, "what is held already was kept");
        copy.state = State::Held;
        copy.stored = false;
        self.arrived -= u32::from(std::mem::replace(&mut copy.arrived, false));
        copy.fresh = true;
        let (owner, node) = (copy.owner, copy.node);
        self.recent = id;
        self.held_at[id as usize] = node.raw();
        self.held_by[node.index()] += 1;
        if list.indexed {
            self.index.insert(place_key(owner, node), id);
        }
        self.loosen(id);
        node
    }

    /// The node that held it has it no longer.
    #[inline]
    pub(super) fn let_go(&mut self, list: &List, id: u32) -> NodeId {
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
        node
    }

    #[inline]
    fn loosen(&mut self, id: u32) {
        if !std::mem::replace(&mut self.get_mut(id).is_loose, true) {
            self.loose.push(id);
        }
    }

    /// The event in hand is over, for this copy.
    #[inline]
    pub(super) fn fasten(&mut self, id: u32) {
        let copy = &mut self.all[id as usize];
        copy.is_loose = false;
        copy.fresh = false;
        self.arrived -= u32::from(std::mem::replace(&mut copy.arrived, false));
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
