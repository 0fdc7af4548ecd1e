//! The copies of one delivery: the first few in the delivery's record, by the node at which each is or will
//! be, so that one is found without a look at the others; what exceeds them in a list through the arena.

use penult_sim::{NodeId, Time};

use super::copies::{Copies, Copy, NONE, State};

/// So many are found without a walk: a chain of three, an outbox, and what flies.
const NEAR: usize = 6;

/// Lists longer than this are looked up in a map: carriers of a mesh make hundreds of copies.
const LONG: u32 = 16;

/// Stands for no node, where no copy is.
const NOBODY: u32 = u32::MAX;

/// The copies of one delivery, by way of the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// The oldest copies, oldest first, with gaps where one was taken out.
    near: [u32; NEAR],
    /// Where each is or will be.
    at: [u32; NEAR],
    /// The newest of the others, which are newer than all of these: while there is one, none gets near.
    head: u32,
    len: u32,
    /// Behind the last one that is near.
    end: u8,
    pub(super) indexed: bool,
}

impl List {
    pub(super) const EMPTY: List =
        List { near: [NONE; NEAR], at: [NOBODY; NEAR], head: NONE, len: 0, end: 0, indexed: false };

    /// Moves what is near together. Whether that made room.
    #[cold]
    fn close_gaps(&mut self) -> bool {
        let mut end = 0;
        for place in 0..NEAR {
            if self.near[place] != NONE {
                (self.near[end], self.at[end]) = (self.near[place], self.at[place]);
                end += 1;
            }
        }
        self.near[end..].fill(NONE);
        self.at[end..].fill(NOBODY);
        self.end = end as u8;
        end < NEAR
    }
}

impl Copies {
    /// Puts a copy into its delivery's list.
    #[inline]
    pub(super) fn link(&mut self, list: &mut List, id: u32, at: NodeId) {
        list.len += 1;
        if list.head != NONE || usize::from(list.end) == NEAR && !list.close_gaps() {
            return self.link_far(list, id);
        }
        let place = usize::from(list.end);
        (list.near[place], list.at[place]) = (id, at.raw());
        list.end += 1;
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

    /// Takes a copy out of its delivery's list.
    #[inline]
    pub(super) fn unlink(&mut self, list: &mut List, id: u32) {
        list.len -= 1;
        let Some(place) = list.near.iter().position(|&near| near == id) else {
            return self.unlink_far(list, id);
        };
        (list.near[place], list.at[place]) = (NONE, NOBODY);
        if place + 1 == usize::from(list.end) {
            list.end -= 1;
        }
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
        self.far(list).chain(list.near.into_iter().rev().filter(|&id| id != NONE))
    }

    /// Those that nodes hold.
    pub(super) fn held(&self, list: &List) -> impl Iterator<Item = u32> {
        self.walk(list).filter(|&id| self.get(id).state == State::Held)
    }

    /// The newest of them.
    pub(super) fn newest(&self, list: &List) -> Option<u32> {
        self.walk(list).next()
    }

    /// Those that may be at a node, or on their way to it, newest first.
    #[inline]
    fn near_node(&self, list: &List, node: NodeId) -> impl Iterator<Item = u32> {
        let near = (0..NEAR).rev().filter(move |&place| list.at[place] == node.raw());
        self.far(list).chain(near.map(|place| list.near[place]))
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

    /// The copy that a node holds, or, if it holds none, one that came or went just now.
    pub(super) fn look_for(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if list.head != NONE || list.indexed {
            return self.look_far(list, owner, node);
        }
        let mut passing = None;
        for place in (0..NEAR).rev() {
            if list.at[place] == node.raw() {
                let id = list.near[place];
                match self.get(id).state {
                    State::Held => return Some(id),
                    State::Passing => passing = passing.or(Some(id)),
                    State::Flying | State::Was | State::Adrift => {}
                }
            }
        }
        passing
    }

    #[inline(never)]
    fn look_far(&self, list: &List, owner: u32, node: NodeId) -> Option<u32> {
        if list.indexed {
            return self.indexed(owner, node).or_else(|| self.passing(owner, node));
        }
        let is = |&id: &u32, state| self.get(id).node == node && self.get(id).state == state;
        let held = self.near_node(list, node).find(|id| is(id, State::Held));
        held.or_else(|| self.near_node(list, node).find(|id| is(id, State::Passing)))
    }

    fn passing(&self, owner: u32, node: NodeId) -> Option<u32> {
        self.loose.iter().copied().find(|&id| {
            let copy = self.get(id);
            copy.state == State::Passing && copy.owner == owner && copy.node == node
        })
    }

    /// The copy that a packet brought to a node just now and of which nothing was told yet.
    #[inline(never)]
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
