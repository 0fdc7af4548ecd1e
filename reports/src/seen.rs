//! What pictures and the page are made of: gathered from an outcome once, in units that people read.

use std::collections::BTreeMap;

use penult_models::{Cause, GatewayId, GatewayLoad, Phase, Row};
use penult_sim::{Span, Time};

use crate::attachments::Hosted;
use crate::evidence;
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::losses::Toll;
use crate::names::RunName;
use crate::outcome::Outcome;
use crate::promised::Promised;
use crate::sample::{Quantile, Sample};
use crate::standing::Lane;
use crate::summary::Summary;

/// A run as it is shown. Instants are seconds, latencies milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Seen<'r> {
    pub(crate) name: &'r RunName,
    pub(crate) summary: &'r Summary,
    pub(crate) promised: Promised,
    /// When the run was over.
    pub(crate) end: f64,
    /// When counting began, and when users stopped sending.
    pub(crate) counted: (f64, f64),
    pub(crate) bins: Vec<SeenBin>,
    /// Latencies from the slowest on, and how many deliveries took at least so long.
    pub(crate) tail: Vec<(f64, u64)>,
    pub(crate) slowest: Option<Slowest>,
    pub(crate) outages: &'r [Outage],
    pub(crate) causes: BTreeMap<Cause, Toll>,
    pub(crate) losses: &'r [Row],
    pub(crate) failovers: &'r [Failover],
    pub(crate) gateways: Vec<SeenGateway>,
}

/// A bin of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenBin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// How long a whole bin is: the last may be cut short.
    pub(crate) width: f64,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    /// p50, p90, p99 and the slowest.
    pub(crate) latency: [Option<f64>; 4],
    pub(crate) queued: Option<f64>,
    pub(crate) unhosted: Option<f64>,
}

/// A gateway.
#[derive(Clone, Debug)]
pub(crate) struct SeenGateway {
    pub(crate) id: GatewayId,
    pub(crate) lane: Lane,
    /// How many clients it hosted, on average in each bin.
    pub(crate) hosted: Vec<Option<f64>>,
    pub(crate) clients: Hosted,
    pub(crate) stored: u64,
    pub(crate) transmissions: u64,
    pub(crate) queue_bytes_peak: u64,
    pub(crate) crashes: u64,
}

/// The delivery that took longest, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slowest {
    pub(crate) message: String,
    pub(crate) recipient: String,
    pub(crate) latency: f64,
    pub(crate) phases: [f64; Phase::ALL.len()],
}

impl<'r> Seen<'r> {
    pub(crate) fn of(name: &'r RunName, summary: &'r Summary, run: &'r mut Outcome) -> Seen<'r> {
        let tail = tail(&mut run.latency);
        let bins = bins(run);
        let run = &*run;
        let standing = &run.recorder.standing;
        let gateway = |(id, load): (GatewayId, &GatewayLoad)| {
            let course = run.recorder.attachments.hosted_course(id);
            let hosted = (0..bins.len()).map(|place| course.mean_in(place, run.ended)).collect();
            let (lane, clients) = (standing.of(id).clone(), run.hosted(id));
            SeenGateway {
                id,
                lane,
                hosted,
                clients,
                stored: load.stored,
                transmissions: load.transmissions,
                queue_bytes_peak: load.bytes.peak(),
                crashes: load.crashes,
            }
        };
        let gateways = (0..).map(GatewayId).zip(&run.gateways).map(gateway).collect();
        Seen {
            name,
            summary,
            promised: run.promised,
            end: secs(run.ended),
            counted: (secs(run.counted.0), secs(run.counted.1)),
            tail,
            slowest: run.slowest.as_ref().map(Slowest::of),
            outages: run.outages(),
            causes: run.losses.0.clone(),
            losses: &run.lost,
            failovers: run.failovers(),
            gateways,
            bins,
        }
    }

    /// The run in a line: what it was.
    pub(crate) fn run(&self) -> String {
        let RunName { scenario, strategy, seed } = self.name;
        format!("{scenario} · {strategy}, seed {seed}")
    }

    /// When a fault was over, at the latest at the end.
    pub(crate) fn until(&self, up: Option<Time>) -> f64 {
        up.map_or(self.end, secs).min(self.end)
    }
}

impl Slowest {
    fn of(slowest: &evidence::Slowest) -> Slowest {
        let phases = Phase::ALL.map(|phase| slowest.phases.get(phase).as_millis_f64());
        Slowest {
            message: slowest.message.clone(),
            recipient: slowest.recipient.to_string(),
            latency: slowest.latency.as_millis_f64(),
            phases,
        }
    }
}

/// An instant in seconds.
pub(crate) fn secs(at: Time) -> f64 {
    at.as_secs_f64()
}

fn bins(run: &mut Outcome) -> Vec<SeenBin> {
    let mut bins = Vec::new();
    for place in 0..run.layout.count() {
        let (from, to) = (run.layout.begins(place), run.layout.begins(place + 1).min(run.ended));
        if from >= run.ended {
            break;
        }
        let bin = &mut run.bins[place];
        let mut at = |quantile| bin.latency.quantile(quantile).map(Span::as_millis_f64);
        let [p50, p90, p99] = [Quantile::P50, Quantile::P90, Quantile::P99].map(&mut at);
        bins.push(SeenBin {
            from: secs(from),
            to: secs(to),
            width: (run.layout.begins(place + 1) - run.layout.begins(place)).as_secs_f64(),
            delivered: bin.delivered,
            lost: bin.lost,
            latency: [p50, p90, p99, bin.latency.greatest().map(Span::as_millis_f64)],
            queued: run.queued.mean_in(place, run.ended),
            unhosted: run.recorder.attachments.unhosted().mean_in(place, run.ended),
        });
    }
    bins
}

/// The slowest hundred one by one, then ever more at a step: as fine as a logarithmic axis shows.
pub(crate) fn tail(latency: &mut Sample) -> Vec<(f64, u64)> {
    let count = latency.count();
    let mut tail = Vec::new();
    let mut slower = 1;
    while slower <= count {
        let rank = count - slower + 1;
        let value = latency.quantile(Quantile(rank, count)).map_or(0.0, Span::as_millis_f64);
        tail.push((value, slower));
        // The fastest too, in the end.
        slower = if slower < count { step(slower).min(count) } else { step(slower) };
    }
    tail
}

/// After so many, how many the next step takes.
fn step(slower: u64) -> u64 {
    slower + (slower / 40).max(1)
}

/// The tail of several runs together, as if all their deliveries were those of one: of each of them its own.
pub(crate) fn together<'t>(tails: impl IntoIterator<Item = &'t [(f64, u64)]>) -> Vec<(f64, u64)> {
    let mut each: Vec<(f64, u64)> = Vec::new();
    for tail in tails {
        let mut before = 0;
        for &(value, slower) in tail {
            each.push((value, slower - before));
            before = slower;
        }
    }
    each.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut sum, mut next, last) = (0, 1, each.len().saturating_sub(1));
    let mut together: Vec<(f64, u64)> = Vec::new();
    for (place, (value, count)) in each.into_iter().enumerate() {
        sum += count;
        match together.last_mut().filter(|before| before.0 <= value) {
            // Of equal ones all took at least so long.
            Some(before) => before.1 = sum,
            None if sum >= next || place == last => together.push((value, sum)),
            None => continue,
        }
        next = step(sum);
    }
    together
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_whole_and_ends_with_the_fastest() {
        let mut sample = Sample::whole_up_to(10_000);
        (1..=5000).for_each(|millis| sample.add(Span::millis(millis)));
        let tail = tail(&mut sample);
        assert_eq!(tail[..3], [(5000.0, 1), (4999.0, 2), (4998.0, 3)]);
        assert_eq!(tail.last(), Some(&(1.0, 5000)));
        assert!(tail.iter().all(|&(value, slower)| (value - (5001 - slower) as f64).abs() < 1e-9));
        assert!(tail.len() < 400 && tail.windows(2).all(|two| two[0].1 < two[1].1));
        assert!(super::tail(&mut Sample::whole_up_to(1)).is_empty());
    }

    #[test]
    fn tails_of_several_runs_are_that_of_all_their_deliveries() {
        let sample = |of: &dyn Fn(u64) -> u64, count: u64| {
            let mut sample = Sample::whole_up_to(100_000);
            (1..=count).for_each(|number| sample.add(Span::millis(of(number))));
            sample
        };
        // One has nothing between 44 ms and 2 s, the other all of it.
        let one = |number: u64| if number <= 990 { 44 } else { 2_000 + number };
        let other = |number: u64| 40 + number;
        let [mut first, mut second] = [sample(&one, 1_000), sample(&other, 3_000)];
        let tails = [tail(&mut first), tail(&mut second)];
        let both = together(tails.iter().map(Vec::as_slice));
        let all = (1..=1_000).map(one).chain((1..=3_000).map(other)).collect::<Vec<u64>>();
        for &(value, slower) in &both {
            let exact = all.iter().filter(|it| **it as f64 >= value).count() as f64;
            // As fine as the steps of each.
            assert!(
                (slower as f64 - exact).abs() <= 0.05 * exact + 1.0,
                "{value}: {slower} {exact}"
            );
        }
        assert_eq!((both[0], both.last()), ((3_040.0, 1), Some(&(41.0, 4_000))));
        assert!(both.len() < 400, "{}", both.len());
        // Alone it is its own.
        assert_eq!(together([tails[1].as_slice()]), tails[1]);
        assert!(together([]).is_empty());
    }
}
