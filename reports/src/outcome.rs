//! What came of a run: everything that its report is made of.

use penult_models::{
    CauseKind, Costs, Fate, GatewayId, GatewayLoad, Level, Phase, Row, Totals, Violations,
};
use penult_sim::{Fingerprint, Span, Time};

use crate::attachments::Hosted;
use crate::bins::{Bins, Course};
use crate::book::Bin;
use crate::compare::Run;
use crate::evidence::Slowest;
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::losses::Losses;
use crate::names::RunName;
use crate::own::{Nested, OwnOutcome};
use crate::promised::Promised;
use crate::recorder::Recorder;
use crate::row_files::RowFiles;
use crate::sample::{Quantile, Sample};
use crate::settled::Settling;
use crate::summary::{
    Cost, Deliveries, Failovers, Latency, Loss, Median, Phases, Receipts, Resync, SCHEMA, Summary,
};
use crate::tails::Tails;

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) events: u64,
    pub(crate) ended: Time,
    /// From when on, and until when, messages count: the end of the warm-up, and when users stop sending.
    pub(crate) counted: (Time, Time),
    pub(crate) totals: Totals,
    pub(crate) costs: Costs,
    pub(crate) copies: Level,
    pub(crate) queue_bytes: Level,
    pub(crate) gateways: Vec<GatewayLoad>,
    pub(crate) violations: Violations,
    pub(crate) files: RowFiles,
    pub(crate) latency: Sample,
    pub(crate) slowest: Option<Slowest>,
    pub(crate) tails: Tails,
    pub(crate) settling: Settling,
    pub(crate) losses: Losses,
    pub(crate) lost: Vec<Row>,
    pub(crate) layout: Bins,
    pub(crate) bins: Vec<Bin>,
    pub(crate) queued: Course,
    pub(crate) own: OwnOutcome,
    pub(crate) recorder: Recorder,
    pub(crate) promised: Promised,
}

impl Outcome {
    /// Broken invariants: faults of Penult, not of the run. A report of such a run is worth nothing.
    pub fn violations(&self) -> &Violations {
        &self.violations
    }

    /// Counts of deliveries.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What it cost.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// What each gateway bore.
    pub fn gateways(&self) -> &[GatewayLoad] {
        &self.gateways
    }

    /// How many clients a gateway hosted.
    pub fn hosted(&self, gateway: GatewayId) -> Hosted {
        self.recorder.attachments.hosted(gateway)
    }

    /// The latencies of what was delivered.
    pub fn latency(&mut self) -> &mut Sample {
        &mut self.latency
    }

    /// Clients that changed their host, in the order of the claims.
    pub fn failovers(&self) -> &[Failover] {
        &self.recorder.failovers.list
    }

    /// What faults took, in the order of their strikes.
    pub fn outages(&self) -> &[Outage] {
        &self.recorder.faults.list
    }

    /// The run as it is paired with others: replies are left out. None if its rows did not go to
    /// [`RowFiles::compared`](crate::RowFiles::compared).
    pub fn compared(&mut self, name: &RunName) -> Option<Run> {
        let originals = self.files.originals.take()?;
        Some(Run::of(self.summary(name), self.promised, *originals))
    }

    /// The run in numbers.
    pub fn summary(&mut self, name: &RunName) -> Summary {
        Summary {
            penult: env!("CARGO_PKG_VERSION").to_owned(),
            schema: SCHEMA,
            scenario: name.scenario.clone(),
            strategy: name.strategy.clone(),
            seed: name.seed,
            fingerprint: self.fingerprint.to_string(),
            events: self.events,
            simulated_s: self.ended.as_secs_f64(),
            messages: self.totals.messages,
            deliveries: self.deliveries(),
            loss: self.loss(),
            latency: latencies(&mut self.latency, &self.totals.phases),
            failover: self.failover(),
            resync: self.resync(),
            receipts: self.receipts(),
            cost: self.cost(),
            own: Nested(self.own.values.clone()),
            assumed: Vec::new(),
        }
    }

    fn deliveries(&self) -> Deliveries {
        let totals = &self.totals;
        let lost = totals.of(Fate::Lost);
        Deliveries {
            offered: totals.offered,
            accepted: totals.accepted,
            delivered: totals.of(Fate::Delivered),
            rejected: totals.of(Fate::Rejected),
            unsent: totals.of(Fate::Unsent),
            expired: totals.of(Fate::Expired),
            lost,
            stranded: totals.of(Fate::Stranded),
            accepted_lost: totals.accepted_lost,
            duplicates_stopped: totals.duplicates_stopped,
            duplicates_seen: totals.duplicates_seen,
            out_of_order: totals.out_of_order,
            loss_rate: ratio(lost, totals.offered),
        }
    }

    fn loss(&self) -> Loss {
        let counts = CauseKind::ALL.iter().map(|&cause| (cause, self.totals.lost_by(cause)));
        Loss { causes: counts.filter(|&(_, count)| count > 0).collect() }
    }

    fn failover(&mut self) -> Failovers {
        let failovers = &mut self.recorder.failovers;
        let attachments = &self.recorder.attachments;
        Failovers {
            suspicions: failovers.suspicions,
            false_suspicions: failovers.false_suspicions,
            rehosts: failovers.list.len() as u64,
            failbacks: failovers.failbacks(),
            detection: median(&mut failovers.detection),
            handover: median(&mut failovers.handover),
            unhosted_s: nano_parts(attachments.unhosted().area()),
            availability: attachments.availability(),
        }
    }

    fn receipts(&mut self) -> Receipts {
        let count = self.recorder.receipts.count();
        let delivered = self.totals.of(Fate::Delivered);
        let Median { p50 } = median(&mut self.recorder.receipts);
        Receipts { count, p50, missing: delivered.saturating_sub(count) }
    }

    fn resync(&mut self) -> Resync {
        let resyncs = &mut self.recorder.resyncs;
        Resync {
            count: resyncs.count,
            messages: resyncs.messages,
            bytes: resyncs.bytes,
            time: median(&mut resyncs.time),
        }
    }

    fn cost(&self) -> Cost {
        let (costs, totals) = (&self.costs, &self.totals);
        // Packets with content belong to the counted deliveries in the share of what they carried.
        let transmissions = (costs.carried > 0).then(|| {
            costs.transmissions as f64 * costs.carried_counted as f64 / costs.carried as f64
        });
        let delivered = totals.of(Fate::Delivered);
        Cost {
            packets: costs.packets,
            control: costs.control,
            gateways_per_message: ratio(totals.gateways, totals.messages),
            bytes: costs.bytes,
            transmissions_per_delivery: transmissions
                .filter(|_| delivered > 0)
                .map(|transmissions| transmissions / delivered as f64),
            copies_peak: self.copies.peak(),
            queue_bytes_peak: self.queue_bytes.peak(),
            queue_byte_seconds: nano_parts(self.queue_bytes.area()),
            policy_runs: costs.policy_runs,
            transmissions_saved: costs.transmissions_saved,
            policy_runs_saved: costs.policy_runs_saved,
        }
    }
}

const MILLI: f64 = 1e6;

/// How late a sample was, and where its time went, summed over it.
pub(crate) fn latencies(latency: &mut Sample, phases: &[u128; Phase::ALL.len()]) -> Latency {
    let count = latency.count();
    let mut quantile = |quantile| latency.quantile(quantile).map(Span::as_millis_f64);
    let [p50, p90, p95] = [Quantile::P50, Quantile::P90, Quantile::P95].map(&mut quantile);
    let [p99, p999, p9999] = [Quantile::P99, Quantile::P999, Quantile::P9999].map(&mut quantile);
    let mean =
        |phase: Phase| (count > 0).then(|| phases[phase as usize] as f64 / count as f64 / MILLI);
    Latency {
        count,
        mean: latency.mean().map(|nanos| nanos / MILLI),
        sd: latency.deviation().map(|nanos| nanos / MILLI),
        min: latency.least().map(Span::as_millis_f64),
        p50,
        p90,
        p95,
        p99,
        p999,
        p9999,
        max: latency.greatest().map(Span::as_millis_f64),
        phases: Phases(Phase::ALL.map(mean)),
    }
}

fn median(sample: &mut Sample) -> Median {
    Median { p50: sample.quantile(Quantile::P50).map(Span::as_millis_f64) }
}

pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A sum over nanoseconds, over seconds.
pub(crate) fn nano_parts(sum: u128) -> f64 {
    sum as f64 / 1e9
}
