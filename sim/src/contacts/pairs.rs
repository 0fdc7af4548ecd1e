//! Pairs: who is held together by what, and which of them are in contact.

use super::effort;
use crate::{Bandwidth, IdMap, NodeId};

/// No slot of anything.
const NONE: u32 = u32::MAX;

/// No packet is on its way.
pub(crate) const NO_FLIGHT: u32 = u32::MAX;

/// What holds a pair together: a source, a medium, or a bridge one way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Source(u32),
    Medium(u32),
    /// Whether the first node of the pair is on the bridge's second medium.
    Bridge(u32, bool),
}

/// Two nodes that something holds together.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The first one of the network first.
    pub(crate) ends: [NodeId; 2],
    /// The transfer of each end to the other, or [`NO_FLIGHT`].
    pub(crate) sending: [u32; 2],
    /// How fast the contact carries, as fixed when it began.
    pub(crate) rate: Option<Bandwidth>,
    /// Whether they are in contact.
    pub(crate) in_contact: bool,
    /// Its neighbours in the list of each end.
    links: [Links; 2],
    /// What holds it, the oldest first.
    first_hold: u32,
}

#[derive(Clone, Copy, Debug)]
struct Links {
    before: u32,
    after: u32,
}

#[derive(Debug)]
struct Hold {
    by: By,
    rate: Option<Bandwidth>,
    after: u32,
}

/// The list of a node's pairs: those in contact in the order in which that began.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

const EMPTY: List = List { first: NONE, last: NONE };

/// All pairs that something holds together.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pairs: Vec<Pair>,
    free_pairs: Vec<u32>,
    holds: Vec<Hold>,
    free_holds: Vec<u32>,
    slots: IdMap<u32>,
    /// For each node, up to the last that was ever in a pair.
    lists: Vec<List>,
}

fn key(a: NodeId, b: NodeId) -> u64 {
    u64::from(a.min(b).raw()) << 24 | u64::from(a.max(b).raw())
}

impl Pair {
    /// Which of its ends this node is.
    pub(crate) fn side(&self, node: NodeId) -> usize {
        usize::from(self.ends[1] == node)
    }

    fn peer(&self, node: NodeId) -> NodeId {
        self.ends[1 - self.side(node)]
    }
}

impl Pairs {
    pub(crate) fn get(&self, slot: u32) -> &Pair {
        &self.pairs[slot as usize]
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> &mut Pair {
        &mut self.pairs[slot as usize]
    }

    /// The slot of a pair that is held together.
    pub(crate) fn held(&self, a: NodeId, b: NodeId) -> Option<u32> {
        effort(1);
        self.slots.get(key(a, b)).copied()
    }

    /// The slot of a pair that is in contact.
    pub(crate) fn in_contact(&self, a: NodeId, b: NodeId) -> Option<u32> {
        self.held(a, b).filter(|&slot| self.get(slot).in_contact)
    }

    /// One thing more holds a pair together. Its slot.
    pub(crate) fn hold(
        &mut self,
        (a, b): (NodeId, NodeId),
        by: By,
        rate: Option<Bandwidth>,
    ) -> u32 {
        let slot = self.held(a, b).unwrap_or_else(|| self.add(a, b));
        let hold = Hold { by, rate, after: NONE };
        let new = put(&mut self.holds, &mut self.free_holds, hold);
        let mut last = self.get(slot).first_hold;
        if last == NONE {
            self.get_mut(slot).first_hold = new;
            return slot;
        }
        while self.holds[last as usize].after != NONE {
            effort(1);
            last = self.holds[last as usize].after;
        }
        self.holds[last as usize].after = new;
        slot
    }

    /// One thing less does. Its slot, if nothing does any more: it is to be dropped.
    pub(crate) fn release(&mut self, (a, b): (NodeId, NodeId), by: By) -> Option<u32> {
        let slot = self.held(a, b)?;
        let (mut before, mut hold) = (NONE, self.get(slot).first_hold);
        while hold != NONE && self.holds[hold as usize].by != by {
            effort(1);
            (before, hold) = (hold, self.holds[hold as usize].after);
        }
        if hold == NONE {
            return None;
        }
        let after = self.holds[hold as usize].after;
        match before {
            NONE => self.get_mut(slot).first_hold = after,
            before => self.holds[before as usize].after = after,
        }
        self.free_holds.push(hold);
        (self.get(slot).first_hold == NONE).then_some(slot)
    }

    fn add(&mut self, a: NodeId, b: NodeId) -> u32 {
        let ends = [a.min(b), a.max(b)];
        let no_links = Links { before: NONE, after: NONE };
        let pair = Pair {
            ends,
            sending: [NO_FLIGHT; 2],
            rate: None,
            in_contact: false,
            links: [no_links; 2],
            first_hold: NONE,
        };
        let slot = put(&mut self.pairs, &mut self.free_pairs, pair);
        self.slots.insert(key(a, b), slot);
        if self.lists.len() <= ends[1].index() {
            self.lists.resize(ends[1].index() + 1, EMPTY);
        }
        self.append(slot);
        slot
    }

    /// A pair that nothing holds, and that is not in contact, is gone.
    pub(crate) fn drop(&mut self, slot: u32) {
        let &Pair { ends: [a, b], in_contact, first_hold, .. } = self.get(slot);
        debug_assert!(!in_contact && first_hold == NONE, "{a} and {b} are together");
        self.unlink(slot);
        self.slots.remove(key(a, b));
        self.free_pairs.push(slot);
    }

    /// A pair comes into contact: now it is the last in the lists of its ends. Its rate.
    pub(crate) fn begin(&mut self, slot: u32) -> Option<Bandwidth> {
        self.unlink(slot);
        self.append(slot);
        let first = self.get(slot).first_hold;
        let rate = self.holds[first as usize].rate;
        let pair = self.get_mut(slot);
        (pair.in_contact, pair.rate) = (true, rate);
        rate
    }

    fn append(&mut self, slot: u32) {
        effort(2);
        let ends = self.get(slot).ends;
        for (side, node) in ends.into_iter().enumerate() {
            let last = std::mem::replace(&mut self.lists[node.index()].last, slot);
            self.pairs[slot as usize].links[side] = Links { before: last, after: NONE };
            self.set_after(node, last, slot);
        }
    }

    fn unlink(&mut self, slot: u32) {
        effort(2);
        let ends = self.get(slot).ends;
        for (side, node) in ends.into_iter().enumerate() {
            let Links { before, after } = self.get(slot).links[side];
            self.set_after(node, before, after);
            match after {
                NONE => self.lists[node.index()].last = before,
                after => {
                    let pair = &mut self.pairs[after as usize];
                    let side = pair.side(node);
                    pair.links[side].before = before;
                }
            }
        }
    }

    /// In the list of a node, `after` comes next to `before`.
    fn set_after(&mut self, node: NodeId, before: u32, after: u32) {
        match before {
            NONE => self.lists[node.index()].first = after,
            before => {
                let pair = &mut self.pairs[before as usize];
                let side = pair.side(node);
                pair.links[side].after = after;
            }
        }
    }

    /// The pairs of a node, held together or in contact.
    pub(crate) fn of(&self, node: NodeId) -> impl Iterator<Item = u32> {
        let mut next = self.lists.get(node.index()).map_or(NONE, |list| list.first);
        std::iter::from_fn(move || {
            effort(1);
            let slot = (next != NONE).then_some(next)?;
            let pair = self.get(slot);
            next = pair.links[pair.side(node)].after;
            Some(slot)
        })
    }

    /// Whom a node is in contact with, the oldest contact first.
    pub(crate) fn peers(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let pairs = self.of(node).map(|slot| self.get(slot));
        pairs.filter(|pair| pair.in_contact).map(move |pair| pair.peer(node))
    }

    /// The slots of a node's pairs that are in contact, or those that are not, in the order of the pairs.
    pub(crate) fn sorted(&self, node: NodeId, in_contact: bool) -> Vec<u32> {
        let of = self.of(node).filter(|&slot| self.get(slot).in_contact == in_contact);
        let mut slots: Vec<u32> = of.collect();
        slots.sort_unstable_by_key(|&slot| self.get(slot).ends);
        slots
    }
}

/// Puts something into a free slot.
fn put<T>(all: &mut Vec<T>, free: &mut Vec<u32>, thing: T) -> u32 {
    match free.pop() {
        Some(slot) => {
            all[slot as usize] = thing;
            slot
        }
        None => {
            all.push(thing);
            u32::try_from(all.len() - 1).expect("more than 2^32 pairs are held together")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: usize, b: usize) -> (NodeId, NodeId) {
        (NodeId::new(a), NodeId::new(b))
    }

    fn rate(bits: u64) -> Option<Bandwidth> {
        Bandwidth::bits_per_second(bits)
    }

    fn peers(pairs: &Pairs, node: usize) -> Vec<usize> {
        pairs.peers(NodeId::new(node)).map(NodeId::index).collect()
    }

    #[test]
    fn the_oldest_hold_gives_the_rate() {
        let mut pairs = Pairs::default();
        let slot = pairs.hold(pair(3, 1), By::Source(0), rate(10));
        assert_eq!(pairs.hold(pair(1, 3), By::Medium(2), rate(20)), slot);
        pairs.begin(slot);
        assert_eq!(pairs.get(slot).rate, rate(10));
        assert_eq!(pairs.release(pair(1, 3), By::Source(0)), None, "the medium holds it still");
        assert_eq!(pairs.release(pair(1, 3), By::Source(0)), None, "it was released before");
        assert_eq!(pairs.get(slot).rate, rate(10), "the rate belongs to the contact");
        pairs.get_mut(slot).in_contact = false;
        pairs.begin(slot);
        assert_eq!(
            pairs.get(slot).rate,
            rate(20),
            "and a new contact has that of what holds it then"
        );
        assert_eq!(pairs.release(pair(3, 1), By::Medium(2)), Some(slot));
        pairs.get_mut(slot).in_contact = false;
        pairs.drop(slot);
        assert_eq!(pairs.release(pair(3, 1), By::Medium(2)), None);
        assert_eq!(pairs.hold(pair(7, 8), By::Source(0), None), slot, "the slot is used again");
    }

    #[test]
    fn lists_are_in_the_order_of_beginning() {
        let mut pairs = Pairs::default();
        let slots = [(0, 1), (2, 0), (0, 3), (1, 2)]
            .map(|(a, b)| pairs.hold(pair(a, b), By::Source(0), None));
        for which in [2, 0, 3, 1] {
            pairs.begin(slots[which]);
        }
        assert_eq!(peers(&pairs, 0), [3, 1, 2]);
        assert_eq!(peers(&pairs, 2), [1, 0]);
        pairs.get_mut(slots[2]).in_contact = false;
        assert_eq!(peers(&pairs, 0), [1, 2]);
        assert_eq!(pairs.of(NodeId::new(0)).count(), 3, "it is held still");
        pairs.begin(slots[2]);
        assert_eq!(peers(&pairs, 0), [1, 2, 3]);
        assert_eq!(pairs.release(pair(0, 2), By::Source(0)), Some(slots[1]));
        pairs.get_mut(slots[1]).in_contact = false;
        pairs.drop(slots[1]);
        assert_eq!((peers(&pairs, 0), peers(&pairs, 2)), (vec![1, 3], vec![1]));
        assert_eq!(peers(&pairs, 9), [], "nobody ever met it");
    }
}
