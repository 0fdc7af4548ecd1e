//! What is kept of a run to pair it with another: the deliveries that are no replies. On one seed these are
//! the same whatever the strategy. Replies are not: each comes after a delivery.

use std::collections::BTreeMap;

use penult_models::{CauseKind, Fate, Phase, Row};

use crate::metrics::path;
use crate::outcome::{latencies, ratio};
use crate::promised::Promised;
use crate::sample::Sample;
use crate::seen::tail;
use crate::summary::{Deliveries, Loss, Summary};

/// Latencies that are kept before they go to a histogram.
const WHOLE: usize = 1_000_000;

/// Deliveries that are no replies, while a run goes on. Its memory grows with what goes wrong, not with what
/// is delivered.
#[derive(Debug)]
pub(crate) struct Originals {
    /// How many, and a sum over their names and instants: equal ones mean the same deliveries.
    pub(crate) world: World,
    replies: u64,
    accepted: u64,
    fates: [u64; Fate::ALL.len()],
    causes: BTreeMap<CauseKind, u64>,
    latency: Sample,
    phases: [u128; Phase::ALL.len()],
    /// By what happened, the names of those to which it did.
    pub(crate) wrong: [Vec<u64>; Mishap::ALL.len()],
}

/// Which deliveries there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// How many.
    pub offered: u64,
    sum: u64,
}

/// What may happen to a delivery, and is paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It was lost.
    Lost,
    /// It was accepted, then lost.
    AcceptedLost,
    /// It was not delivered, for whatever reason.
    Undelivered,
}

impl Mishap {
    /// All of them, in the order of the reports.
    pub const ALL: [Mishap; 3] = [Mishap::Lost, Mishap::AcceptedLost, Mishap::Undelivered];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Mishap::Lost => "lost",
            Mishap::AcceptedLost => "accepted_lost",
            Mishap::Undelivered => "undelivered",
        }
    }

    /// The number of the summary that it makes worse.
    pub const fn path(self) -> &'static str {
        match self {
            Mishap::Lost => const { path("deliveries.lost") },
            Mishap::AcceptedLost => const { path("deliveries.accepted_lost") },
            Mishap::Undelivered => const { path("deliveries.delivered") },
        }
    }

    fn is(self, row: &Row) -> bool {
        match self {
            Mishap::Lost => row.fate == Fate::Lost,
            Mishap::AcceptedLost => row.is_accepted_lost(),
            Mishap::Undelivered => row.fate != Fate::Delivered,
        }
    }
}

impl Default for Originals {
    fn default() -> Self {
        Originals {
            world: World::default(),
            replies: 0,
            accepted: 0,
            fates: [0; Fate::ALL.len()],
            causes: BTreeMap::new(),
            latency: Sample::whole_up_to(WHOLE),
            phases: [0; Phase::ALL.len()],
            wrong: Default::default(),
        }
    }
}

impl Originals {
    pub(crate) fn finished(&mut self, row: &Row) {
        if !row.counted {
            return;
        }
        if row.message.id.is_reply() {
            self.replies += 1;
            return;
        }
        let key = row.delivery().key();
        self.world.offered += 1;
        self.world.sum = self.world.sum.wrapping_add(mixed(key ^ mixed(row.created.nanos())));
        self.accepted += u64::from(row.accepted.is_some());
        self.fates[row.fate as usize] += 1;
        if let (Fate::Lost, Some(cause)) = (row.fate, row.cause) {
            *self.causes.entry(cause.kind).or_default() += 1;
        }
        if let Some(latency) = row.latency() {
            self.latency.add(latency);
            for phase in Phase::ALL {
                self.phases[phase as usize] += u128::from(row.phases.get(phase).as_nanos());
            }
        }
        for (mishap, names) in Mishap::ALL.into_iter().zip(&mut self.wrong) {
            if mishap.is(row) {
                names.push(key);
            }
        }
    }
}

/// The last step of SplitMix64: every bit of what comes out hangs on every bit of what goes in.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A run, as it is paired with others.
#[derive(Clone, Debug)]
pub struct Run {
    /// It in numbers. Deliveries, losses by cause and latencies are those of what is no reply; all else
    /// is of the whole run.
    pub summary: Summary,
    /// How many replies were left out.
    pub replies: u64,
    /// Latencies from the slowest on, in ms, and how many deliveries took at least so long: the slowest one by one,
    /// then in steps.
    pub tail: Vec<(f64, u64)>,
    /// The strategy, and what it promises.
    pub promised: Promised,
    pub(crate) world: World,
    pub(crate) wrong: [Vec<u64>; Mishap::ALL.len()],
}

impl Run {
    pub(crate) fn of(summary: Summary, promised: Promised, originals: Originals) -> Run {
        let Originals { world, replies, accepted, fates, causes, mut latency, phases, mut wrong } =
            originals;
        wrong.iter_mut().for_each(|names| names.sort_unstable());
        let of = |fate: Fate| fates[fate as usize];
        let lost = of(Fate::Lost);
        let deliveries = Deliveries {
            offered: world.offered,
            accepted,
            delivered: of(Fate::Delivered),
            rejected: of(Fate::Rejected),
            unsent: of(Fate::Unsent),
            expired: of(Fate::Expired),
            lost,
            stranded: of(Fate::Stranded),
            accepted_lost: wrong[Mishap::AcceptedLost as usize].len() as u64,
            loss_rate: ratio(lost, world.offered),
            ..summary.deliveries
        };
        let tail = tail(&mut latency);
        let latency = latencies(&mut latency, &phases);
        let summary = Summary { deliveries, loss: Loss { causes }, latency, ..summary };
        Run { summary, replies, tail, promised, world, wrong }
    }
}
