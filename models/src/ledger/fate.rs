//! How a delivery ended.

use std::fmt;

use super::cause::CauseKind;
use super::records::Record;

/// How a delivery ended: exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The recipient's application got it.
    Delivered,
    /// Policy refused it, and the sender was told.
    Rejected,
    /// No node but the sender ever stored it.
    Unsent,
    /// Its time ran out, and it died of that.
    Expired,
    /// Nobody has it any more.
    Lost,
    /// Somebody still had it when the run ended.
    Stranded,
}

impl Fate {
    /// All of them, in the order of the reports.
    pub const ALL: [Fate; 6] =
        [Fate::Delivered, Fate::Rejected, Fate::Unsent, Fate::Expired, Fate::Lost, Fate::Stranded];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::Delivered => "delivered",
            Fate::Rejected => "rejected",
            Fate::Unsent => "unsent",
            Fate::Expired => "expired",
            Fate::Lost => "lost",
            Fate::Stranded => "stranded",
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The fate of a delivery of which no copy is left. None if that still depends on whether its sender
/// will be told that policy refused it.
pub(super) fn without_copies(record: &Record) -> Option<Fate> {
    let last = record.took.map(|took| took.kind);
    if record.is_delivered {
        Some(Fate::Delivered)
    } else if record.refused {
        Some(Fate::Rejected)
    } else if last == Some(CauseKind::Rejected) {
        None
    } else {
        Some(never_told(record, last))
    }
}

/// The fate of a delivery as the end of the run finds it.
pub(super) fn at_the_end(record: &Record) -> Fate {
    if record.live == 0 || record.is_delivered || record.refused {
        let last = record.took.map(|took| took.kind);
        without_copies(record).unwrap_or_else(|| never_told(record, last))
    } else if record.stored {
        Fate::Stranded
    } else {
        Fate::Unsent
    }
}

fn never_told(record: &Record, last: Option<CauseKind>) -> Fate {
    if !record.stored {
        Fate::Unsent
    } else if last.is_some_and(CauseKind::is_time) {
        Fate::Expired
    } else {
        Fate::Lost
    }
}
