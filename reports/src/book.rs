//! The book: gets each delivery once it is finished, and keeps what reports need of it.

use penult_models::{Fate, Row, Sink};

use crate::bins::Bins;
use crate::evidence::Slowest;
use crate::losses::Losses;
use crate::row_files::RowFiles;
use crate::sample::Sample;
use crate::settled::Settling;
use crate::tails::Tails;

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

/// So many lost deliveries are kept, the first ones; `losses.csv` has them all.
const MOST_LOST: usize = 500;

/// Gets the ledger's rows. Only deliveries that are counted matter to it.
#[derive(Debug)]
pub(crate) struct Book {
    layout: Bins,
    pub(crate) bins: Vec<Bin>,
    pub(crate) latency: Sample,
    pub(crate) slowest: Option<Slowest>,
    pub(crate) tails: Tails,
    pub(crate) settling: Settling,
    pub(crate) losses: Losses,
    /// The first that were lost, for the page.
    pub(crate) lost: Vec<Row>,
    pub(crate) files: RowFiles,
}

impl Book {
    pub(crate) fn new(layout: Bins, whole: usize, files: RowFiles) -> Self {
        let latency = Sample::whole_up_to(whole / layout.count());
        let bin = Bin { offered: 0, accepted: 0, delivered: 0, lost: 0, latency };
        let bins = vec![bin; layout.count()];
        let latency = Sample::whole_up_to(whole);
        Book {
            layout,
            bins,
            latency,
            slowest: None,
            tails: Tails::default(),
            settling: Settling::default(),
            losses: Losses::default(),
            lost: Vec::new(),
            files,
        }
    }
}

impl Sink for Book {
    fn finished(&mut self, row: &Row) {
        self.files.finished(row);
        if !row.counted {
            return;
        }
        self.losses.finished(row);
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
            self.settling.add(row.created, latency);
            self.tails.add(latency, &row.phases);
            Slowest::finished(&mut self.slowest, row, latency);
        }
        if let (Fate::Lost, Some(gone)) = (row.fate, row.gone) {
            self.bins[of(gone)].lost += 1;
            if self.lost.len() < MOST_LOST {
                self.lost.push(row.clone());
            }
        }
    }
}
