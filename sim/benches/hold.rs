//! How fast the pending-event set is: the classic hold model, every candidate beside std's heap.
//!
//! `N` events are pending; each that fires schedules itself again after a random delay. All
//! candidates go through the same events in turns, a round each, and must agree on a checksum.
//!
//! ```text
//! cargo bench -p penult-sim --bench hold                # under a minute
//! cargo bench -p penult-sim --bench hold -- --quick     # a smoke run
//! cargo bench -p penult-sim --bench hold -- --sizes 10,4000000
//! ```

mod queues;

use std::time::Instant;

use penult_sim::Time;
use penult_sim::queue::EventQueue;
use queues::{AlignedHeap, Calendar, DaryHeap, Event, Pending, RadixHeap, StdHeap};

/// Delays are drawn beforehand, so that drawing is not part of what is measured.
const DELAYS: usize = 1 << 16;
/// A second: at a million pending, a microsecond lies between two events.
const MEAN: f64 = 1e9;

/// How delays are distributed, all but the last two with the same mean.
#[derive(Clone, Copy)]
enum Delay {
    Exponential,
    Uniform,
    Triangular,
    Constant,
    Pareto,
    Bimodal,
    Zero,
}

impl Delay {
    const OTHERS: [Delay; 6] = [
        Delay::Uniform,
        Delay::Triangular,
        Delay::Constant,
        Delay::Pareto,
        Delay::Bimodal,
        Delay::Zero,
    ];

    fn name(self) -> &'static str {
        match self {
            Delay::Exponential => "exponential",
            Delay::Uniform => "uniform",
            Delay::Triangular => "triangular",
            Delay::Constant => "constant",
            Delay::Pareto => "pareto, shape 1.5",
            Delay::Bimodal => "90% 0..1us, 10% 0..24h",
            Delay::Zero => "90% zero, 10% exponential",
        }
    }

    fn draw(self, random: &mut Random) -> u64 {
        let exponential = |random: &mut Random| -MEAN * libm::log(random.unit());
        let nanos = match self {
            Delay::Exponential => exponential(random),
            Delay::Uniform => 2.0 * MEAN * random.unit(),
            Delay::Triangular => MEAN * (random.unit() + random.unit()),
            Delay::Constant => MEAN,
            Delay::Pareto => MEAN / 3.0 * libm::pow(random.unit(), -1.0 / 1.5),
            Delay::Bimodal if random.unit() < 0.9 => 1e3 * random.unit(),
            Delay::Bimodal => 86_400e9 * random.unit(),
            Delay::Zero if random.unit() < 0.9 => 0.0,
            Delay::Zero => exponential(random),
        };
        nanos as u64
    }
}

/// Splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// In (0, 1].
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}

/// A candidate at work, as the rounds see it.
trait Runner {
    fn name(&self) -> &'static str;
    fn hold(&mut self, delays: &[u64], times: usize) -> u64;
    fn bytes(&self) -> usize;
}

struct Run<Q> {
    queue: Q,
    seq: u64,
    from: usize,
}

impl<Q: Pending> Runner for Run<Q> {
    fn name(&self) -> &'static str {
        self.queue.name()
    }
    fn hold(&mut self, delays: &[u64], times: usize) -> u64 {
        let sum = self.queue.hold(&mut self.seq, delays, self.from, times);
        self.from += times;
        sum
    }
    fn bytes(&self) -> usize {
        self.queue.bytes()
    }
}

/// A candidate with `pending` events in it, drawn as the delays are.
fn filled<Q: Pending + 'static>(mut queue: Q, pending: usize, delays: &[u64]) -> Box<dyn Runner> {
    let mut random = Random(2);
    for seq in 0..pending as u64 {
        // A place within the delay, so that events with equal delays do not start as one.
        let delay = delays[random.next() as usize % delays.len()];
        queue.push(Event {
            at: Time::from_nanos((delay as f64 * random.unit()) as u64),
            seq,
            what: seq,
        });
    }
    Box::new(Run {
        queue,
        seq: pending as u64,
        from: 0,
    })
}

fn candidates(kind: Delay, pending: usize, delays: &[u64]) -> Vec<Box<dyn Runner>> {
    let mut all = vec![
        filled(StdHeap::new(), pending, delays),
        filled(DaryHeap::<4>::new(), pending, delays),
        filled(AlignedHeap::new(), pending, delays),
        filled(DaryHeap::<8>::new(), pending, delays),
        filled(RadixHeap::new(), pending, delays),
        filled(EventQueue::<u64>::new(), pending, delays),
    ];
    // The calendar takes minutes where many events share an instant, or lie far from most.
    if !matches!(kind, Delay::Bimodal | Delay::Zero) {
        all.push(filled(Calendar::new(), pending, delays));
    }
    if std::env::var("ONLY").is_ok() { all.retain(|r| r.name().contains("std") || r.name().contains("ladder")); }
    all
}

/// What a candidate did: nanoseconds for a hold in each round, in ascending order, and its memory.
struct Score {
    name: &'static str,
    nanos: Vec<f64>,
    bytes: usize,
}

impl Score {
    fn median(&self) -> f64 {
        self.nanos[self.nanos.len() / 2]
    }
    fn mean(&self) -> f64 {
        self.nanos.iter().sum::<f64>() / self.nanos.len() as f64
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn race(
    mut runners: Vec<Box<dyn Runner>>,
    delays: &[u64],
    warm: usize,
    times: usize,
    rounds: usize,
) -> Vec<Score> {
    for runner in &mut runners {
        runner.hold(delays, warm);
    }
    let mut scores: Vec<Score> = runners
        .iter()
        .map(|runner| Score {
            name: runner.name(),
            nanos: Vec::new(),
            bytes: 0,
        })
        .collect();
    for _ in 0..rounds {
        let mut agreed = None;
        for (runner, score) in runners.iter_mut().zip(&mut scores) {
            let start = Instant::now();
            let sum = runner.hold(delays, times);
            let took = start.elapsed().as_nanos() as f64;
            score.nanos.push(took / times as f64);
            assert_eq!(
                *agreed.get_or_insert(sum),
                sum,
                "{} pops another order",
                runner.name()
            );
        }
    }
    for (runner, score) in runners.iter().zip(&mut scores) {
        score.nanos.sort_by(f64::total_cmp);
        score.bytes = runner.bytes();
    }
    scores
}

fn delays(kind: Delay) -> Vec<u64> {
    let mut random = Random(1);
    (0..DELAYS).map(|_| kind.draw(&mut random)).collect()
}

fn main() {
    let options: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` wants to know only that it runs. Cargo's own `--bench` says nothing.
    let test = !options.iter().any(|option| option == "--bench");
    let quick = test
        || options
            .iter()
            .any(|option| option == "--quick" || option == "--test");
    let sizes = options
        .iter()
        .position(|option| option == "--sizes")
        .map(|place| {
            let list = options.get(place + 1).map_or("", String::as_str);
            list.split(',')
                .map(|size| size.parse().expect("--sizes 10,1000"))
                .collect()
        });
    let all = if quick {
        vec![1_000, 30_000]
    } else {
        vec![1_000, 100_000, 1_000_000]
    };
    let exponential_only = sizes.is_some();
    let sizes: Vec<usize> = sizes.unwrap_or(all);
    let (rounds, budget) = if quick { (3, 20_000) } else { (9, 1_000_000) };

    println!(
        "{:<26} {:>9}  {:<20} {:>9} {:>8} {:>7} {:>8}",
        "delay", "pending", "", "median ns", "mean ns", "ratio", "bytes"
    );
    for pending in sizes.iter().copied() {
        let delays = delays(Delay::Exponential);
        let times = if quick { budget } else { budget.max(pending) };
        let scores = race(
            candidates(Delay::Exponential, pending, &delays),
            &delays,
            2 * pending,
            times,
            rounds,
        );
        table(Delay::Exponential, pending, &scores);
    }
    for kind in Delay::OTHERS.into_iter().filter(|_| !exponential_only) {
        let delays = delays(kind);
        let pending = if quick { 1_000 } else { 100_000 };
        let runners = candidates(kind, pending, &delays);
        let scores = race(runners, &delays, 2 * pending, budget / 4, 5);
        table(kind, pending, &scores);
    }
}

fn table(kind: Delay, pending: usize, scores: &[Score]) {
    let baseline = scores[0].median();
    for score in scores {
        println!(
            "{:<26} {pending:>9}  {:<20} {:>9.1} {:>8.1} {:>6.2}x {:>8.1}",
            kind.name(),
            score.name,
            score.median(),
            score.mean(),
            baseline / score.median(),
            score.bytes as f64 / pending as f64,
        );
    }
    println!();
}
