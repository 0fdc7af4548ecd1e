//! The book: gets each delivery once it is finished, and keeps what reports need of it.

use std::collections::BTreeMap;

use penult_models::{Cause, Fate, Row, Sink};

use crate::bins::Bins;
use crate::row_files::RowFiles;
use crate::sample::Sample;

/// What happened in one bin of time. A delivery is offered in the bin of its creation, accepted in that
/// of its acceptance, and so on.
#[derive(Clone, Debug)]
pub(crate) struct Bin {
    pub(crate) offered: u64,
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    /// Latencies of what was delivered in it.
    pub(crate) latency: Sample,
}

/// So many lost deliveries are kept for the page, the first ones; `losses.csv` has them all.
pub(crate) const MOST_LOSSES: usize = 500;

/// Losses by one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) lost: u64,
    /// Those of them that had been accepted: broken promises.
    pub(crate) accepted: u64,
}

/// Gets the ledger's rows. Only deliveries that are counted matter to it.
#[derive(Debug)]
pub(crate) struct Book {
    layout: Bins,
    pub(crate) bins: Vec<Bin>,
    pub(crate) latency: Sample,
    pub(crate) files: RowFiles,
    /// The first of those that took longest.
    pub(crate) slowest: Option<Row>,
    /// By cause and place: there are as many as kinds and places, however much is lost.
    pub(crate) causes: BTreeMap<Cause, Taken>,
    /// The first losses.
    pub(crate) losses: Vec<Row>,
}

impl Book {
    pub(crate) fn new(layout: Bins, whole: usize, files: RowFiles) -> Self {
        let latency = Sample::whole_up_to(whole / layout.count());
        let bin = Bin { offered: 0, accepted: 0, delivered: 0, lost: 0, latency };
        let bins = vec![bin; layout.count()];
        Book {
            layout,
            bins,
            latency: Sample::whole_up_to(whole),
            files,
            slowest: None,
            causes: BTreeMap::new(),
            losses: Vec::new(),
        }
    }
}

impl Sink for Book {
    fn finished(&mut self, row: &Row) {
        self.files.finished(row);
        if !row.counted {
            return;
        }
        let layout = self.layout;
        let of = |at| layout.of_instant(at);
        self.bins[of(row.created)].offered += 1;
        if let Some(accepted) = row.accepted {
            self.bins[of(accepted)].accepted += 1;
        }
        if let (Some(delivered), Some(latency)) = (row.delivered, row.latency()) {
            let bin = &mut self.bins[of(delivered)];
            bin.delivered += 1;
            bin.latency.add(latency);
            self.latency.add(latency);
            if self.slowest.as_ref().is_none_or(|slowest| slowest.latency() < Some(latency)) {
                self.slowest = Some(row.clone());
            }
        }
        if let (Fate::Lost, Some(gone)) = (row.fate, row.gone) {
            self.bins[of(gone)].lost += 1;
            if let Some(cause) = row.cause {
                let taken = self.causes.entry(cause).or_default();
                taken.lost += 1;
                taken.accepted += u64::from(row.accepted.is_some());
            }
            if self.losses.len() < MOST_LOSSES {
                self.losses.push(row.clone());
            }
        }
    }
}
