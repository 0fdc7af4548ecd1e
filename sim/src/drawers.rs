//! Drawers: where timers that are not due soon wait, unsorted, until the time of their drawer comes.
//!
//! A drawer is a list of the agenda's slots; kept here is where each list begins. The next 64 drawers stand
//! in a ring, with a bit for each that holds something; those after them, in a sorted map.

use std::collections::BTreeMap;

use crate::Time;

/// No slot.
pub(crate) const NONE: u32 = u32::MAX;

/// The stretch of time that a drawer holds: 2^25 ns, about 34 ms. With wider ones more timers come to the
/// queue before they are cancelled; with narrower ones there are more drawers to keep.
const DRAWER_BITS: u32 = 25;

/// How many drawers stand in the ring.
const NEAR: u64 = 64;

/// No drawer has this number.
const NO_DRAWER: u64 = u64::MAX;

/// The first slot of each shut drawer that holds something.
#[derive(Debug)]
pub(crate) struct Drawers {
    /// Those from `shut_from` on, each at its number's place.
    near: [u32; NEAR as usize],
    /// A bit for each place of the ring that holds something.
    filled: u64,
    far: BTreeMap<u64, u32>,
    /// The first drawer that holds something; a number that none has if there is none.
    first: u64,
    /// Drawers below this are open.
    shut_from: u64,
}

/// The drawer of an instant.
fn drawer_of(at: Time) -> u64 {
    at.nanos() >> DRAWER_BITS
}

fn place_of(drawer: u64) -> usize {
    (drawer % NEAR) as usize
}

impl Drawers {
    pub(crate) fn new() -> Self {
        Drawers {
            near: [NONE; NEAR as usize],
            filled: 0,
            far: BTreeMap::new(),
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
        if self.is_shut(now) {
            self.move_on(drawer_of(now) + 1);
        }
    }

    /// Where the list of this instant's drawer begins, for a slot that is put there; nothing if it is open.
    #[inline]
    pub(crate) fn first_in(&mut self, at: Time) -> Option<&mut u32> {
        let drawer = drawer_of(at);
        if drawer < self.shut_from {
            return None;
        }
        self.first = self.first.min(drawer);
        if drawer - self.shut_from < NEAR {
            self.filled |= 1 << place_of(drawer);
            Some(&mut self.near[place_of(drawer)])
        } else {
            Some(self.far.entry(drawer).or_insert(NONE))
        }
    }

    /// The first slot of this instant's drawer, which is shut, is another now, or there is none any more.
    #[inline]
    pub(crate) fn set_first(&mut self, at: Time, slot: u32) {
        let drawer = drawer_of(at);
        if drawer - self.shut_from < NEAR {
            debug_assert!(self.near[place_of(drawer)] != NONE, "an open drawer was changed");
            self.near[place_of(drawer)] = slot;
            if slot != NONE {
                return;
            }
            self.filled &= !(1 << place_of(drawer));
        } else if slot != NONE {
            self.far.insert(drawer, slot);
            return;
        } else {
            self.far.remove(&drawer);
        }
        if drawer == self.first {
            self.find_first();
        }
    }

    /// Opens the first drawer that holds something: its first slot.
    pub(crate) fn open_first(&mut self) -> u32 {
        let drawer = self.first;
        if drawer == NO_DRAWER {
            return NONE;
        }
        // Even one that stood far off is near once all before it are open.
        self.move_on(drawer);
        let slot = std::mem::replace(&mut self.near[place_of(drawer)], NONE);
        self.filled &= !(1 << place_of(drawer));
        self.move_on(drawer + 1);
        self.find_first();
        slot
    }

    /// Drawers below this are open and empty: others come into the ring.
    fn move_on(&mut self, shut_from: u64) {
        self.shut_from = shut_from;
        while let Some(entry) = self.far.first_entry()
            && *entry.key() - shut_from < NEAR
        {
            let (drawer, slot) = entry.remove_entry();
            self.filled |= 1 << place_of(drawer);
            self.near[place_of(drawer)] = slot;
        }
    }

    fn find_first(&mut self) {
        let from = place_of(self.shut_from) as u32;
        self.first = match self.filled.rotate_right(from) {
            0 => self.far.first_key_value().map_or(NO_DRAWER, |(&drawer, _)| drawer),
            filled => self.shut_from + u64::from(filled.trailing_zeros()),
        };
    }
}
