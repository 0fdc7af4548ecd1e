//! What users send: when, to whom, what. One test program, a file for each subject.
//!
//! Seeds are fixed, so a test passes always or never. The confidence stated is that of the bound: how
//! often a right workload would pass under a random seed.

mod cost;
mod inside;
mod list;
mod streams;
mod times;
mod whom;

use penult_models::{ClientId, Draft, Sending, Streams, Workload, WorkloadSpec};
use penult_sim::{Distribution, Seed, Span, Time, normal_quantile};

const SEED: Seed = Seed::new(7);

fn constant(value: f64) -> Distribution {
    Distribution::constant(value).unwrap()
}

fn at(secs: u64) -> Time {
    Time::ZERO + Span::secs(secs)
}

fn workload(spec: WorkloadSpec, clients: u32, ends: Time) -> Workload {
    Workload::new(spec, clients, ends, &SEED).unwrap()
}

/// All that one client sends.
fn sent(workload: &Workload, client: u32) -> Vec<Draft> {
    let (mut sending, mut draws) = (Sending::default(), Streams::new(SEED, client.into()));
    let client = ClientId(client);
    let mut drafts = Vec::new();
    while workload.next(client, &mut sending, &mut draws).is_some() {
        drafts.push(workload.make(client, &sending, &mut draws));
    }
    drafts
}

/// The instants at which one client sends, in nanoseconds.
fn instants(workload: &Workload, client: u32) -> Vec<u64> {
    let (mut sending, mut draws) = (Sending::default(), Streams::new(SEED, client.into()));
    let mut next = || workload.next(ClientId(client), &mut sending, &mut draws);
    std::iter::from_fn(|| next().map(Time::nanos)).collect()
}

/// Whether counts are as expected, by chi-square with a confidence of 99.9 % (its quantile after Wilson
/// and Hilferty).
fn counts_follow(counts: &[u64], expected: &[f64]) -> bool {
    assert_eq!(counts.len(), expected.len());
    let smallest = expected.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(smallest >= 5.0, "a cell of {smallest} is too small for this test");
    let square = |(&count, &expected): (&u64, &f64)| {
        (count as f64 - expected) * (count as f64 - expected) / expected
    };
    let sum: f64 = counts.iter().zip(expected).map(square).sum();
    let freedom = counts.len() as f64 - 1.0;
    let part = 2.0 / (9.0 * freedom);
    let root = 1.0 - part + normal_quantile(0.999) * part.sqrt();
    sum < freedom * root * root * root
}

/// The greatest distance between samples and the exponential distribution of mean 1, times sqrt(n).
fn kolmogorov(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let n = samples.len() as f64;
    let law = Distribution::exponential(1.0).unwrap();
    let mut distance = 0.0_f64;
    for (rank, x) in samples.iter().enumerate() {
        let share = law.cdf(*x);
        distance = distance.max(share - rank as f64 / n).max((rank + 1) as f64 / n - share);
    }
    n.sqrt() * distance
}

/// What sqrt(n) · D stays below with 99.9 %, for the Kolmogorov–Smirnov distance D.
const KOLMOGOROV_999: f64 = 1.95;
