//! Queues at gateways against theory, through whole runs of `single` and of the chain: M/M/1, M/D/1 and, with
//! policy, M/G/1, at three loads, and gateways in a row; every wait also to the nanosecond, by Lindley's recursion.
//!
//! A gateway is at a message for 10 ms on average, service and policy together. Each mean is compared with
//! theory by the 99.9 % interval of twelve independent seeds. There are 24 such comparisons: where a change
//! moves the numbers drawn, one fails by chance with a probability of 2 %. Many more seeds then tell chance
//! from error.

use crate::common::{listed, mesh};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::{Chain, ChainOptions};
use penult_models::strategies::single::{Single, SingleOptions};
use penult_models::*;
use penult_sim::*;

/// The 0.9995 quantile of Student's t with 11 degrees of freedom, for a two-sided interval of 99.9 %
/// (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
const T_9995_11: f64 = 4.437;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

/// How long a gateway is at a message on average, in milliseconds.
const SERVICE: f64 = 10.0;

const LOADS: [f64; 3] = [0.3, 0.6, 0.85];

/// Longer than any queue: nobody asks again.
const NEVER: Span = Span::secs(1_000_000);

/// What a message costs: its service everywhere, and policy at its source.
#[derive(Clone, Debug)]
struct Cost {
    name: &'static str,
    cpu: Delay,
    policy: Delay,
}

fn constant(millis: f64) -> Delay {
    Delay::from_nanos(Distribution::constant(millis * 1e6).expect("it is not negative"))
}

fn exponential(millis: f64) -> Delay {
    Delay::from_nanos(Distribution::exponential(millis * 1e6).expect("it is above zero"))
}

fn costs() -> [Cost; 4] {
    let uniform = Distribution::uniform(0.0, 12e6).expect("it is a range");
    let cost = |name, cpu, policy| Cost { name, cpu, policy };
    [
        cost("M/M/1", exponential(SERVICE), Delay::ZERO),
        cost("M/D/1", constant(SERVICE), Delay::ZERO),
        cost("M/G/1", constant(4.0), exponential(6.0)),
        cost("M/G/1 of two laws", exponential(4.0), Delay::from_nanos(uniform)),
    ]
}

impl Cost {
    /// What theory says of the time from a message's coming to the end of its work, in milliseconds: the
    /// formula of Pollaczek and Khinchine.
    fn sojourn(&self, load: f64) -> f64 {
        let variance = |delay: &Delay| delay.distribution().variance() / 1e12;
        let second_moment = SERVICE * SERVICE + variance(&self.cpu) + variance(&self.policy);
        SERVICE + load / SERVICE * second_moment / (2.0 * (1.0 - load))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Single,
    Chain,
}

/// A world with this cost of messages, load, number of messages, and seed.
type World = fn(Under, &Cost, f64, u32, u64) -> Setup;

/// Some devices of one gateway that write to each other.
fn at_one(under: Under, cost: &Cost, load: f64, messages: u32, seed: u64) -> Setup {
    const CLIENTS: usize = 8;
    let rate = load / SERVICE * 1e3;
    let mut setup = at_many(1, &[0; CLIENTS], under, cost, seed);
    setup.workload.times = SendTimes::Poisson { rate: rate / CLIENTS as f64 };
    setup.ends = Time::ZERO + Span::from_nanos_f64(f64::from(messages) / rate * 1e9);
    setup.stops = setup.ends + NEVER;
    setup
}

/// One device that writes to one at the other gateway.
fn in_a_row(under: Under, cost: &Cost, load: f64, messages: u32, seed: u64) -> Setup {
    let mut setup = at_many(2, &[0, 1], under, cost, seed);
    let (key, mut stream) = (Seed::new(seed), Stream::new(Purpose::of_models(200), 0));
    let (mut now, gap) = (Time::ZERO, exponential(SERVICE / load));
    let mut list = Vec::new();
    for _ in 0..messages {
        now += gap.sample(&mut stream.with(&key));
        list.push((now, 0, &[1][..]));
    }
    listed(&mut setup, &list);
    (setup.ends, setup.stops) = (now + Span::secs(1), now + NEVER);
    setup
}

fn at_many(count: u32, homes: &[u32], under: Under, cost: &Cost, seed: u64) -> Setup {
    let policy = PolicyOptions { cost: cost.policy.clone(), ..PolicyOptions::default() };
    let options = ChainOptions { length: count, ack_timeout: NEVER, ..ChainOptions::default() };
    let mut setup = mesh(count, homes, crate::common::Times::PLAIN, &options);
    setup.seed = seed;
    setup.gateways.machine = MachineSpec { cpu: cost.cpu.clone(), ..MachineSpec::default() };
    (setup.clients.send_timeout, setup.clients.keepalive) = (NEVER, NEVER);
    setup.strategy = match under {
        Under::Chain => StrategyOptions::of::<Chain>(ChainOptions { policy, ..options }),
        Under::Single => StrategyOptions::of::<Single>(SingleOptions {
            ack_timeout: NEVER,
            policy,
            ..SingleOptions::default()
        }),
    };
    setup
}

/// The rows of a run, in the order in which its messages were created.
fn rows(setup: &Setup) -> Vec<Row> {
    fn run<S: Server>(setup: &Setup) -> Vec<Row> {
        let options = setup.strategy.get::<S>().expect("it is that strategy");
        let engine = setup.engine::<S>(options.clone()).expect("the workload is well formed");
        let ledger = Ledger::new(setup.ledger_options(), Vec::<Row>::new());
        let mut engine = engine.observed_by(ledger);
        engine.run(&Limits::until(setup.stops)).expect("there is no limit");
        let now = engine.now();
        let mut ledger = engine.into_observer();
        ledger.finish(now);
        assert!(ledger.violations().is_empty(), "{:?}", ledger.violations());
        ledger.into_sink()
    }
    let mut rows = match setup.strategy.name() {
        "chain" => run::<Chain>(setup),
        _ => run::<Single>(setup),
    };
    rows.sort_by_key(|row| row.created);
    assert!(rows.iter().all(|row| row.fate == Fate::Delivered));
    rows
}

fn on_cpu(row: &Row) -> Span {
    row.phases.get(Phase::Cpu)
}

/// The mean time at CPUs, in milliseconds, without the first sixth: a queue that starts empty is short at first.
fn mean(setup: &Setup) -> f64 {
    let rows = rows(setup);
    let rest = &rows[rows.len() / 6..];
    let sum: u64 = rest.iter().map(|row| on_cpu(row).as_nanos()).sum();
    sum as f64 / rest.len() as f64 / 1e6
}

/// Fails unless theory lies in the 99.9 % interval of these means. `most` bounds its half width, as a share of
/// theory: an interval that holds everything proves nothing.
fn assert_mean(means: &[f64], theory: f64, most: f64, what: &str) {
    let n = means.len() as f64;
    assert_eq!(means.len(), 12, "the quantile is that of twelve seeds");
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let half = T_9995_11 * (variance / n).sqrt();
    println!("{what}: {mean:.3} ± {half:.3} ms, theory {theory:.3} ms");
    assert!((mean - theory).abs() < half, "{what}: {mean} ± {half} does not hold {theory}");
    assert!(half < most * theory, "{what}: {mean} ± {half} says too little about {theory}");
}

/// Means of long queues vary more and forget their start later, so they take more messages.
fn waits_as_theory_says(under: Under) {
    for (load, messages) in LOADS.into_iter().zip([2_000, 3_000, 9_000]) {
        for cost in &costs()[..3] {
            let mean = |seed| mean(&at_one(under, cost, load, messages, seed));
            let what = format!("{under:?}, {}, load {load}", cost.name);
            assert_mean(&SEEDS.map(mean).collect::<Vec<_>>(), cost.sojourn(load), 0.25, &what);
        }
    }
}

#[test]
fn a_gateway_of_single_waits_like_mm1_md1_and_mg1() {
    waits_as_theory_says(Under::Single);
}

#[test]
fn a_gateway_of_the_chain_waits_like_mm1_md1_and_mg1() {
    waits_as_theory_says(Under::Chain);
}

/// Exponential gateways in a row are independent queues; of constant ones only the first queues; and one that
/// runs no policy is done with a message before the source, which does, is done with the next.
#[test]
fn gateways_in_a_row_wait_as_theory_says() {
    let [exponential, constant, with_policy, _] = costs();
    for under in [Under::Single, Under::Chain] {
        for (cost, second) in
            [(&exponential, exponential.sojourn(0.6)), (&constant, SERVICE), (&with_policy, 4.0)]
        {
            let mean = |seed| mean(&in_a_row(under, cost, 0.6, 3_000, seed));
            let what = format!("{under:?}, {}, two in a row", cost.name);
            let theory = cost.sojourn(0.6) + second;
            assert_mean(&SEEDS.map(mean).collect::<Vec<_>>(), theory, 0.25, &what);
        }
    }
}

/// Each wait follows from the one before, to the nanosecond: Lindley's recursion. No chance is in this.
#[test]
fn every_wait_is_what_the_message_before_left() {
    let worlds: [World; 2] = [at_one, in_a_row];
    for (gateways, world) in (1..).zip(worlds) {
        for (under, cost) in [Under::Single, Under::Chain]
            .into_iter()
            .flat_map(|under| costs().map(|it| (under, it)))
        {
            let setup = world(under, &cost, 0.85, 1_500, 1);
            let access = setup.access.latency.as_constant().expect("it is constant");
            let link = setup.gateways.specs[0].latency.as_constant().expect("it is constant");
            // The n-th message draws the n-th service of a gateway, and the n-th cost of its policy.
            let key = Seed::new(1);
            let mut policy = Stream::new(purpose::POLICY_COST, 0);
            let mut cpus: Vec<(Stream, Time)> = (0..gateways)
                .map(|gateway| (Stream::new(Purpose::NODE_CPU, gateway), Time::ZERO))
                .collect();
            for row in rows(&setup) {
                let mut now = row.created + access;
                let mut expected = Span::ZERO;
                let mut beside = cost.policy.sample(&mut policy.with(&key));
                for (stream, free) in &mut cpus {
                    let work = cost.cpu.sample(&mut stream.with(&key)) + beside;
                    *free = now.max(*free) + work;
                    expected += *free - now;
                    now = *free + link;
                    beside = Span::ZERO;
                }
                let what = format!("{under:?}, {}, {gateways} gateways", cost.name);
                assert_eq!(on_cpu(&row), expected, "{what}: {:?}", row.message.id);
                let delivered = row.created + access * 2 + expected + link * (gateways - 1);
                assert_eq!(row.delivered, Some(delivered), "{what}: {:?}", row.message.id);
            }
        }
    }
}
