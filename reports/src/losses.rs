//! What took the deliveries that were lost: a count for each cause, with the instants of the first and the last.

use std::collections::BTreeMap;

use penult_models::{Cause, Fate, Row};
use penult_sim::Time;

/// What one cause took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Toll {
    pub(crate) lost: u64,
    /// How many of them their senders had been told were safe.
    pub(crate) accepted: u64,
    pub(crate) first: Time,
    pub(crate) last: Time,
}

/// What took deliveries, by cause: there are no more of those than nodes, links and pairs between which no path led.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses(pub(crate) BTreeMap<Cause, Toll>);

impl Losses {
    pub(crate) fn finished(&mut self, row: &Row) {
        let (Fate::Lost, Some(cause), Some(gone)) = (row.fate, row.cause, row.gone) else { return };
        let none = Toll { lost: 0, accepted: 0, first: gone, last: gone };
        let toll = self.0.entry(cause).or_insert(none);
        toll.lost += 1;
        toll.accepted += u64::from(row.is_accepted_lost());
        (toll.first, toll.last) = (toll.first.min(gone), toll.last.max(gone));
    }
}
