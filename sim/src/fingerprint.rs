//! The fingerprint: 128 bits into which a run folds every event that fires.

use std::fmt;

use crate::{NodeId, Time};

/// Folds events into 128 bits. Each step is a bijection of the state for a given event, so two runs
/// that differ in one event keep different fingerprints until another difference cancels it, which
/// has a chance of about 2⁻¹²⁸.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

/// What kind of event was folded. These numbers are part of every fingerprint: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Received = 1,
    Woke = 2,
    Lost = 3,
    Crashed = 4,
    Recovered = 5,
    Online = 6,
    Offline = 7,
    FaultBegan = 8,
    FaultEnded = 9,
    Passed = 10,
    Queued = 11,
    Across = 12,
    Met = 13,
    Parted = 14,
    Aborted = 15,
    Turn = 16,
    MediumUp = 17,
    MediumDown = 18,
}

/// An odd number without pattern: the fraction of π.
const FACTOR: u128 = 0x2436_3d04_6c3a_8885_a308_d313_198a_2e03;

impl Fingerprint {
    /// The fingerprint of a run in which nothing has happened yet.
    pub(crate) const EMPTY: Fingerprint = Fingerprint(0x4528_21e6_38d0_1377_be54_66cf_34e9_0c6c);

    /// Folds in one event: when, where, what, and the ids that tell it from others like it.
    #[inline]
    pub(crate) fn fold(&mut self, at: Time, node: NodeId, kind: Kind, peer: u32, ids: u64) {
        let place = u64::from(node.raw()) << 32 | u64::from(peer);
        self.mix(u128::from(at.nanos()) << 64 | u128::from(place));
        self.mix(u128::from(ids) << 8 | kind as u128);
    }

    fn mix(&mut self, word: u128) {
        let product = (self.0 ^ word).wrapping_mul(FACTOR);
        // A product carries upwards only; this brings the high half down.
        self.0 = product ^ product >> 64;
    }
}

impl fmt::Display for Fingerprint {
    /// 32 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: &[(u64, usize, Kind, u32, u64)]) -> Fingerprint {
        let mut print = Fingerprint::EMPTY;
        for &(at, node, kind, peer, ids) in events {
            print.fold(Time::from_nanos(at), NodeId::new(node), kind, peer, ids);
        }
        print
    }

    #[test]
    fn every_part_and_the_order_count() {
        let base = (5, 1, Kind::Received, 2, 3);
        let others = [
            (6, 1, Kind::Received, 2, 3),
            (5, 9, Kind::Received, 2, 3),
            (5, 1, Kind::Woke, 2, 3),
            (5, 1, Kind::Received, 7, 3),
            (5, 1, Kind::Received, 2, 4),
        ];
        for other in others {
            assert_ne!(after(&[base]), after(&[other]), "{other:?}");
            assert_ne!(after(&[base, other]), after(&[other, base]), "{other:?}");
        }
    }

    #[test]
    fn is_fixed_for_ever() {
        // Results in papers name fingerprints: this one may never move.
        let known = after(&[(5, 1, Kind::Received, 2, 3)]).to_string();
        assert_eq!(known, "5c78d58289679dd3df40f17392d50187");
    }
}
