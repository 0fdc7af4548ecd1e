//! Numbers of events: positions in the one stream of all clients.

use penult_sim::Time;

/// Under whom a number was given: when that replica of the bus stood for primary, and which it is. Whoever stands later
/// gives greater numbers, and no two give the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// When it stood.
    pub stood: Time,
    /// Which replica.
    pub by: u32,
}

impl Term {
    /// That in which `bus0` begins.
    pub const FIRST: Term = Term { stood: Time::ZERO, by: 0 };
}

/// The number of an event: the term first, then the place in it, from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// Under whom it was given.
    pub term: Term,
    /// Which of those.
    pub place: u64,
}

impl Number {
    /// Before all numbers that are given.
    pub const ZERO: Number = Number { term: Term::FIRST, place: 0 };

    /// As a part of a fingerprint.
    pub(super) fn key(self) -> u64 {
        let Term { stood, by } = self.term;
        stood.nanos().rotate_left(20) ^ u64::from(by).rotate_left(52) ^ self.place
    }
}
