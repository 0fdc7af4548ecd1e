//! How fast the pending-event set is: the classic hold model, every candidate beside std's heap.
//!
//! `N` events are pending; each that fires schedules itself again after a random delay. All
//! candidates go through the same events in turns, a round each, and must agree on a checksum.
//!
//! ```text
//! cargo bench -p penult-sim --bench hold                # under a minute
//! cargo bench -p penult-sim --bench hold -- --quick     # a smoke run
//! cargo bench -p penult-sim --bench hold -- --sizes 10,4000000 --only ladder,8-ary --rounds 40
//! ```

mod queues;

use std::time::Instant;

use penult_sim::Time;
use penult_sim::queue::EventQueue;
use queues::{AlignedHeap, Calendar, DaryHeap, Event, Pending, RadixHeap, StdHeap, WideHeap};

/// Delays are drawn beforehand, so that drawing is not part of what is measured.
const DELAYS: usize = 1 << 16;
/// A second: at a million pending, a microsecond lies between two events.
const MEAN: f64 = 1e9;

/// How delays are distributed; all but the last two have the same mean.
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
        Q::NAME
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
    Box::new(Run { queue, seq: pending as u64, from: 0 })
}

/// The candidates whose names hold one of the words, or all; the baseline always.
fn candidates(kind: Delay, pending: usize, delays: &[u64], only: &[&str]) -> Vec<Box<dyn Runner>> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|word| name.contains(word));
    let mut all = vec![filled(StdHeap::new(), pending, delays)];
    let mut add = |name: &str, fill: &dyn Fn() -> Box<dyn Runner>| {
        if wanted(name) {
            all.push(fill());
        }
    };
    add(WideHeap::NAME, &|| filled(WideHeap::new(), pending, delays));
    add(DaryHeap::<4>::NAME, &|| filled(DaryHeap::<4>::new(), pending, delays));
    add(AlignedHeap::NAME, &|| filled(AlignedHeap::new(), pending, delays));
    add(DaryHeap::<8>::NAME, &|| filled(DaryHeap::<8>::new(), pending, delays));
    add(RadixHeap::NAME, &|| filled(RadixHeap::new(), pending, delays));
    // The calendar is left out where many events share an instant, or lie far from most: it then walks
    // through its buckets in vain.
    if !matches!(kind, Delay::Bimodal | Delay::Zero) {
        add(Calendar::NAME, &|| filled(Calendar::new(), pending, delays));
    }
    add(EventQueue::<u64>::NAME, &|| filled(EventQueue::<u64>::new(), pending, delays));
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
        .map(|runner| Score { name: runner.name(), nanos: Vec::new(), bytes: 0 })
        .collect();
    for _ in 0..rounds {
        let mut agreed = None;
        for (runner, score) in runners.iter_mut().zip(&mut scores) {
            let start = Instant::now();
            let sum = runner.hold(delays, times);
            let took = start.elapsed().as_nanos() as f64;
            score.nanos.push(took / times as f64);
            assert_eq!(*agreed.get_or_insert(sum), sum, "{} pops another order", runner.name());
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

/// What the command line asks for.
struct Options {
    quick: bool,
    sizes: Option<Vec<usize>>,
    only: String,
    rounds: Option<usize>,
}

impl Options {
    /// Words that mean nothing here are passed over: cargo and its users add their own.
    fn read() -> Options {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let has = |word: &str| words.iter().any(|other| other == word);
        let after = |word: &str| {
            let place = words.iter().position(|other| other == word)?;
            words.get(place + 1).cloned()
        };
        let sizes = after("--sizes").map(|list| {
            let size = |size: &str| size.parse().expect("as in --sizes 10,1000");
            list.split(',').map(size).collect()
        });
        Options {
            // `cargo test --benches`, which says no `--bench`, asks only whether it runs.
            quick: has("--quick") || has("--test") || !has("--bench"),
            sizes,
            only: after("--only").unwrap_or_default(),
            rounds: after("--rounds").map(|rounds| rounds.parse().expect("as in --rounds 9")),
        }
    }
}

fn main() {
    let options = Options::read();
    let only: Vec<&str> = options.only.split(',').filter(|word| !word.is_empty()).collect();
    let race_at = |kind: Delay, pending: usize, times: usize, rounds: usize| {
        let delays = delays(kind);
        let runners = candidates(kind, pending, &delays, &only);
        let rounds = options.rounds.unwrap_or(rounds);
        table(kind, pending, &race(runners, &delays, 2 * pending, times, rounds));
    };
    println!(
        "{:<26} {:>9}  {:<20} {:>9} {:>8} {:>7} {:>8}",
        "delay", "pending", "", "median ns", "mean ns", "ratio", "bytes"
    );
    let others = if options.sizes.is_some() { 0 } else { Delay::OTHERS.len() };
    if options.quick {
        for &pending in options.sizes.as_deref().unwrap_or(&[1_000, 30_000]) {
            race_at(Delay::Exponential, pending, 20_000, 3);
        }
        for &kind in &Delay::OTHERS[..others] {
            race_at(kind, 1_000, 20_000, 3);
        }
        return;
    }
    for &pending in options.sizes.as_deref().unwrap_or(&[1_000, 100_000, 1_000_000]) {
        let rounds = if pending < 1_000_000 { 9 } else { 5 };
        race_at(Delay::Exponential, pending, 500_000, rounds);
    }
    for &kind in &Delay::OTHERS[..others] {
        race_at(kind, 100_000, 200_000, 5);
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
