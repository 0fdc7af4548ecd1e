//! Drawers: where timers that are not due soon wait, unsorted, until the time of their drawer comes.
//!
//! A drawer is a list of the agenda's slots; kept here is where each list begins. The next 64 drawers or
//! more stand in a ring, with a bit for each that holds something. What is due after those waits in
//! *chests*, lists as wide as 64 drawers, in a sorted map; the agenda deals a chest's timers out to drawers
//! as soon as the ring comes to it. There are few chests: a map of drawers would be searched much longer.

use std::collections::BTreeMap;

use crate::Time;

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// The stretch of time that a drawer holds: 2^25 ns, about 34 ms. With wider ones more timers come to the
/// queue before they are cancelled; with narrower ones there are more drawers to keep.
const DRAWER_BITS: u32 = 25;

/// A chest holds what 64 drawers do.
const CHEST_BITS: u32 = 6;

/// How many drawers the ring has room for: it reaches to the end of the chest after the one that it
/// begins in.
const NEAR: u64 = 2 << CHEST_BITS;

/// No drawer has this number.
const NO_DRAWER: u64 = u64::MAX;

/// The first slot of each shut drawer that holds something.
#[derive(Debug)]
pub(crate) struct Drawers {
    /// Those from `shut_from` on, each at its number's place.
    near: [u32; NEAR as usize],
    /// A bit for each place of the ring that holds something.
    filled: u128,
    /// The first slot of each chest that holds something.
    chests: BTreeMap<u64, u32>,
    /// The first drawer that holds something, or the first one of the first chest, if that is all there
    /// is; a number that none has if there is nothing.
    first: u64,
    /// Drawers below this are open.
    shut_from: u64,
}

/// The drawer of an instant.
fn drawer_of(at: Time) -> u64 {
    at.nanos() >> DRAWER_BITS
}

fn chest_of(drawer: u64) -> u64 {
    drawer >> CHEST_BITS
}

fn place_of(drawer: u64) -> usize {
    (drawer % NEAR) as usize
}

impl Drawers {
    pub(crate) fn new() -> Self {
        Drawers {
            near: [NONE; NEAR as usize],
            filled: 0,
            chests: BTreeMap::new(),
            first: NO_DRAWER,
            shut_from: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first == NO_DRAWER
    }

    /// Whether what is due then waits in a drawer.
    #[inline]
    pub(crate) fn is_shut(&self, at: Time) -> bool {
        drawer_of(at) >= self.shut_from
    }

    /// Whether a drawer's time begins at this instant or before.
    #[inline]
    pub(crate) fn begin_by(&self, at: Time) -> bool {
        self.first <= drawer_of(at)
    }

    /// The last instant before a drawer's time begins.
    #[inline]
    pub(crate) fn last_before(&self) -> Time {
        debug_assert!(self.first > 0, "the first drawer of all is open from the start");
        match self.first {
            NO_DRAWER => Time::NEVER,
            first => Time::from_nanos((first << DRAWER_BITS) - 1),
        }
    }

    /// Opens all drawers up to this instant's, which are empty.
    #[inline]
    pub(crate) fn open_until(&mut self, now: Time) {
        debug_assert!(!self.begin_by(now), "what is in a drawer was passed by");
        self.shut_from = drawer_of(now) + 1;
    }

    /// Whether a drawer that is shut stands in the ring; if not, what is in it waits in a chest.
    #[inline]
    fn is_near(&self, drawer: u64) -> bool {
        chest_of(drawer) <= chest_of(self.shut_from) + 1
    }

    /// Where the list begins in which this instant's drawer or chest holds its slots, for one that is put
    /// there; nothing if the drawer is open.
    #[inline]
    pub(crate) fn first_in(&mut self, at: Time) -> Option<&mut u32> {
        let drawer = drawer_of(at);
        if drawer < self.shut_from {
            return None;
        }
        if self.is_near(drawer) {
            self.first = self.first.min(drawer);
            self.filled |= 1 << place_of(drawer);
            Some(&mut self.near[place_of(drawer)])
        } else {
            let chest = chest_of(drawer);
            self.first = self.first.min(chest << CHEST_BITS);
            Some(self.chests.entry(chest).or_insert(NONE))
        }
    }

    /// The first slot of the list that holds this instant's, which is shut, is another now, or there is
    /// none any more.
    #[inline]
    pub(crate) fn set_first(&mut self, at: Time, slot: u32) {
        let drawer = drawer_of(at);
        if !self.is_near(drawer) {
            return self.set_first_of_chest(chest_of(drawer), slot);
        }
        debug_assert!(self.near[place_of(drawer)] != NONE, "an open drawer was changed");
        self.near[place_of(drawer)] = slot;
        if slot == NONE {
            self.filled &= !(1 << place_of(drawer));
            if drawer == self.first {
                self.find_first();
            }
        }
    }

    fn set_first_of_chest(&mut self, chest: u64, slot: u32) {
        if slot != NONE {
            self.chests.insert(chest, slot);
        } else {
            self.chests.remove(&chest);
            self.find_first();
        }
    }

    /// Opens the first drawer that holds something: its first slot. If that is in a chest, the ring only
    /// comes to it.
    pub(crate) fn open_first(&mut self) -> u32 {
        let drawer = self.first;
        if drawer == NO_DRAWER {
            return NONE;
        }
        if !self.is_near(drawer) {
            self.shut_from = drawer;
            return NONE;
        }
        self.shut_from = drawer + 1;
        self.filled &= !(1 << place_of(drawer));
        let slot = std::mem::replace(&mut self.near[place_of(drawer)], NONE);
        self.find_first();
        slot
    }

    /// Takes a chest to which the ring has come: the first slot of what is to be put into drawers.
    #[inline]
    pub(crate) fn take_near_chest(&mut self) -> Option<u32> {
        let entry = self.chests.first_entry()?;
        if *entry.key() > chest_of(self.shut_from) + 1 {
            return None;
        }
        let slot = entry.remove();
        self.find_first();
        Some(slot)
    }

    fn find_first(&mut self) {
        let from = place_of(self.shut_from) as u32;
        self.first = match self.filled.rotate_right(from) {
            0 => self.chests.first_key_value().map_or(NO_DRAWER, |(&chest, _)| chest << CHEST_BITS),
            filled => self.shut_from + u64::from(filled.trailing_zeros()),
        };
    }
}
