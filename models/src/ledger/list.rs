//! The copies of one delivery: the first few in the delivery's record, by the node at which each is or will
//! be, so that one is found without a look at the others; what exceeds them in a list through the arena.

use penult_sim::{NodeId, Time};

use super::copies::{Copies, Copy, NONE, State};

/// So many are found without a walk: a chain of three, an outbox, and what flies.
const NEAR: usize = 6;

/// Lists longer than this are looked up in a map: carriers of a mesh make hundreds of copies.
const LONG: u32 = 16;

/// The copies of one delivery, by way of the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// The oldest copies, oldest first, and where each is or will be.
    near: [u32; NEAR],
    at: [NodeId; NEAR],
    /// The newest of the others, which are newer than all of these: while there is one, none gets near.
    head: u32,
    len: u32,
    near_len: u8,
    pub(super) indexed: bool,
}

impl List {
    pub(super) fn empty() -> List {
        let at = [NodeId::new(0); NEAR];
        List { near: [NONE; NEAR], at, head: NONE, len: 0, near_len: 0, indexed: false }
    }

    fn near(&self) -> impl DoubleEndedIterator<Item = (u32, NodeId)> {
        let count = usize::from(self.near_len);
        self.near[..count].iter().copied().zip(self.at[..count].iter().copied())
    }
}

impl Copies {
    /// Puts a copy into its delivery's list.
    #[inline]
    pub(super) fn link(&mut self, list: &mut List, id: u32, at: NodeId) {
        list.len += 1;
        let place = usize::from(list.near_len);
        if place < NEAR && list.head == NONE {
            (list.near[place], list.at[place]) = (id, at);
            list.near_len += 1;
        } else {
            self.link_far(list, id);
        }
    }

    #[inline(never)]
    fn link_far(&mut self, list: &mut List, id: u32) {
        let copy = self.get_mut(id);
        (copy.next, copy.prev) = (list.head, NONE);
        if list.head != NONE {
            self.get_mut(list.head).prev = id;
        }
        list.head = id;
        if list.len > LONG && !list.indexed {
            list.indexed = true;
            self.index_all(list);
        }
    }

    #[cold]
    fn index_all(&mut self, list: &List) {
        let held = |&id: &u32| self.get(id).state == State::Held;
        for id in self.walk(list).filter(held).collect::<Vec<u32>>() {
            let Copy { owner, node, .. } = *self.get(id);
            self.index(owner, node, id);
        }
    }

    #[inline]
    pub(super) fn unlink(&mut self, list: &mut List, id: u32) {
        list.len -= 1;
        let count = usize::from(list.near_len);
        let Some(place) = list.near[..count].iter().position(|&near| near == id) else {
            return self.unlink_far(list, id);
        };
        list.near.copy_within(place + 1..count, place);
        list.at.copy_within(place + 1..count, place);
        list.near_len -= 1;
    }

    #[inline(never)]
    fn unlink_far(&mut self, list: &mut List, id: u32) {
        let Copy { next, prev, .. } = *self.get(id);
        match prev {
            NONE => list.head = next,
            prev => self.get_mut(prev).next = next,
        }
        if next != NONE {
            self.get_mut(next).prev = prev;
        }
    }

    fn far(&self, list: &List) -> impl Iterator<Item = u32> {
        let some = |id: u32| (id != NONE).then_some(id);
        std::iter::successors(some(list.head), move |&id| some(self.get(id).next))
    }

    /// All copies of a delivery, newest first.
    pub(super) fn walk(&self, list: &List) -> impl Iterator<Item = u32> {
        self.far(list).chain(list.near().rev().map(|(id, _)| id))
    }

    pub(super) fn newest(&self, list: &List) -> Option<u32> {
        self.walk(list).next()
    }

    /// Those that may be at a node, or on their way to it, newest first.
    #[inline]
    fn near_node(&self, list: &List, node: NodeId) -> impl Iterator<Item = u32> {
        let here = list.near().rev().filter(move |&(_, at)| at == node).map(|(id, _)| id);
        self.far(list).chain(here)
    }

    /// The copy that flies from one node to another since then. Two that do are alike.
    pub(super) fn flying(
        &self,
        list: &List,
        (from, to): (NodeId, NodeId),
        sent: Time,
    ) -> Option<u32> {
        self.near_node(list, to).find(|&id| {
            let copy = self.get(id);
            copy.state == State::Flying
                && copy.node == from
                && copy.peer == to
                && copy.since == sent
        })
    }

    pub(super) fn look_for(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if list.indexed {
            return self.indexed(owner, node).or_else(|| self.passing(owner, node));
        }
        let mut passing = None;
        for id in self.near_node(list, node) {
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

    /// The copy that a packet brought to a node just now and of which nothing was told yet.
    #[inline]
    pub(super) fn unexplained(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        let is_it = |&id: &u32| {
            let copy = self.get(id);
            copy.has_arrived() && copy.owner == owner && copy.node == node
        };
        if list.indexed || self.loose.len() == 1 {
            self.loose.iter().copied().find(is_it)
        } else {
            self.near_node(list, node).find(is_it)
        }
    }
}
