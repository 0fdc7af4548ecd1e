//! A pending entry and its order.

use std::cmp::Ordering;

use super::effort;
use crate::Time;

/// One pending entry. Entries fire in the order (at, seq), whatever they hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<T> {
    /// When it fires.
    pub at: Time,
    /// Its turn among those of the same instant: unique, and handed out in the order of scheduling.
    pub seq: u64,
    /// What happens then.
    pub what: T,
}

// The queue does little else than move these: with eight bytes of load, no byte is lost.
const _: () = assert!(size_of::<Entry<u64>>() == 24);

impl<T> Entry<T> {
    /// The order as one number, which compares without a branch.
    #[inline]
    pub(super) fn key(&self) -> u128 {
        effort(1);
        u128::from(self.at.nanos()) << 64 | u128::from(self.seq)
    }
}

/// An entry as std's heap wants it, whose top is the greatest: the first to fire is greater.
#[derive(Clone, Copy)]
pub(super) struct Late<T>(pub(super) Entry<T>);

impl<T> Ord for Late<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.key().cmp(&self.0.key())
    }
}

impl<T> PartialOrd for Late<T> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Late<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Late<T> {}

impl<T> Late<T> {
    fn key(&self) -> u128 {
        self.0.key()
    }
}
