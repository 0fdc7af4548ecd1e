//! When users send: each kind against its law.

use std::f64::consts::TAU;

use penult_models::{Bursts, Diurnal, SendTimes, To, WorkloadError, WorkloadSpec};
use penult_sim::{Distribution, Span, Time};

use super::*;

fn times(times: SendTimes) -> WorkloadSpec {
    WorkloadSpec { times, ..Default::default() }
}

fn gaps(instants: &[u64]) -> impl Iterator<Item = f64> {
    let before = std::iter::once(0).chain(instants.iter().copied());
    instants.iter().zip(before).map(|(now, before)| (now - before) as f64)
}

/// Confidence 99.9 % for each client's gaps, the first among them; four standard errors for the rate.
#[test]
fn poisson_gaps_are_exponential() {
    let workload = workload(times(SendTimes::Poisson { rate: 0.5 }), 10, at(20_000));
    let mut all = 0;
    for client in 0..10 {
        let instants = instants(&workload, client);
        assert!(instants.is_sorted() && instants.iter().all(|&at| at < 20_000_000_000_000));
        assert!(kolmogorov(gaps(&instants).map(|gap| gap / 2e9).collect()) < KOLMOGOROV_999);
        all += instants.len();
    }
    let expected = 100_000.0_f64;
    assert!((all as f64 - expected).abs() < 4.0 * expected.sqrt(), "{all}");
}

#[test]
fn periodic_ones_keep_their_distance_and_begin_anywhere() {
    let workload = workload(times(SendTimes::Periodic { rate: 0.1 }), 1_000, at(100));
    let mut begun = [0; 10];
    for client in 0..1_000 {
        let instants = instants(&workload, client);
        assert_eq!(instants.len(), 10);
        assert!(gaps(&instants).skip(1).all(|gap| gap.to_bits() == 1e10_f64.to_bits()));
        begun[(instants[0] / 1_000_000_000) as usize] += 1;
    }
    assert!(counts_follow(&begun, &[100.0; 10]), "{begun:?}");
}

#[test]
fn bursts_come_as_said() {
    let bursts = Bursts { every: constant(60e9), count: constant(3.0), spacing: constant(0.5e9) };
    let workload = workload(times(SendTimes::Bursts(bursts)), 100, at(600));
    for client in 0..100 {
        let instants = instants(&workload, client);
        let (first, half) = (instants[0], 500_000_000);
        assert!(first < 60_000_000_000);
        for (number, &at) in (0..).zip(&instants) {
            assert_eq!(at, first + number / 3 * 60_000_000_000 + number % 3 * half);
        }
        // Ten bursts, the last of which may begin too late to have all of its messages.
        assert!((28..=30).contains(&instants.len()));
    }
}

/// Bursts at random: exponential distances of their beginnings, the first included. Confidence 99.9 %.
#[test]
fn bursts_may_come_at_random_and_vary() {
    let bursts = Bursts {
        every: Distribution::exponential(600e9).unwrap(),
        count: Distribution::uniform(0.5, 4.5).unwrap(),
        spacing: constant(0.0),
    };
    let workload = workload(times(SendTimes::Bursts(bursts)), 10, at(2_000_000));
    let instants = instants(&workload, 3);
    let bursts: Vec<&[u64]> = instants.chunk_by(|a, b| a == b).collect();
    let begins: Vec<u64> = bursts.iter().map(|burst| burst[0]).collect();
    assert!(kolmogorov(gaps(&begins).map(|gap| gap / 600e9).collect()) < KOLMOGOROV_999);
    let mut counts = [0; 4];
    bursts.iter().for_each(|burst| counts[burst.len() - 1] += 1);
    assert!(counts_follow(&counts, &[bursts.len() as f64 / 4.0; 4]), "{counts:?}");
}

#[test]
fn a_burst_waits_for_the_one_before() {
    let bursts = Bursts { every: constant(1e9), count: constant(3.0), spacing: constant(1e9) };
    let workload = workload(times(SendTimes::Bursts(bursts)), 2, at(10));
    let gaps: Vec<u64> =
        gaps(&instants(&workload, 0)).map(|gap| gap as u64 / 1_000_000_000).collect();
    assert_eq!(gaps, [0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]);
    let still = Bursts { every: constant(0.0), count: constant(1.0), spacing: constant(0.0) };
    let workload = super::workload(times(SendTimes::Bursts(still)), 2, Time::from_nanos(50));
    assert_eq!(instants(&workload, 0), (0..50).collect::<Vec<_>>());
}

fn diurnal(swing: f64, rate: f64) -> Diurnal {
    Diurnal { rate, period: Span::secs(86_400), peak_at: Span::secs(50_400), swing }
}

/// The integral of the rate from 0 to an instant.
fn expected(day: &Diurnal, nanos: u64) -> f64 {
    let (t, period) = (nanos as f64 / 1e9, day.period.as_secs_f64());
    let wave = |t: f64| libm::sin(TAU * (t - day.peak_at.as_secs_f64()) / period);
    day.rate * (t + day.swing * period / TAU * (wave(t) - wave(0.0)))
}

/// Seen by a clock that runs with the rate, messages come at random once a unit. Confidence 99.9 % for
/// each swing and rate, from many a second to one in three days.
#[test]
fn diurnal_gaps_are_exponential_by_the_clock_of_the_rate() {
    for swing in [0.0, 0.3, 0.8, 1.0] {
        for (rate, days) in [(0.2, 5), (0.001, 200), (1.0 / 259_200.0, 20_000)] {
            let day = diurnal(swing, rate);
            let spec = times(SendTimes::Diurnal(day.clone()));
            let instants = instants(&workload(spec, 2, at(days * 86_400)), 1);
            assert!(instants.is_sorted());
            let clock: Vec<f64> = instants.iter().map(|&at| expected(&day, at)).collect();
            let before = std::iter::once(0.0).chain(clock.iter().copied());
            let gaps: Vec<f64> = clock.iter().zip(before).map(|(now, then)| now - then).collect();
            let distance = kolmogorov(gaps);
            assert!(distance < KOLMOGOROV_999, "swing {swing}, rate {rate}: {distance}");
        }
    }
}

/// The power of the checks above: laws that are a little off don't get through.
#[test]
fn other_laws_are_noticed() {
    let poisson = workload(times(SendTimes::Poisson { rate: 0.5 }), 2, at(20_000));
    let poisson = instants(&poisson, 0);
    assert!(kolmogorov(gaps(&poisson).map(|gap| gap / 2.2e9).collect()) > KOLMOGOROV_999);

    let hours = |day: Diurnal| by_hour(&workload(times(SendTimes::Diurnal(day)), 2, at(MONTH)));
    let (day, off) = (diurnal(0.8, 0.05), diurnal(0.75, 0.05));
    assert!(counts_follow(&hours(day.clone()), &expected_by_hour(&day)));
    assert!(!counts_follow(&hours(day), &expected_by_hour(&off)));
}

const MONTH: u64 = 30 * 86_400;
const HOUR: u64 = 3_600_000_000_000;

fn by_hour(workload: &Workload) -> [u64; 24] {
    let mut counts = [0; 24];
    instants(workload, 0).iter().for_each(|at| counts[(at / HOUR % 24) as usize] += 1);
    counts
}

fn expected_by_hour(day: &Diurnal) -> Vec<f64> {
    (0..24).map(|n| 30.0 * (expected(day, (n + 1) * HOUR) - expected(day, n * HOUR))).collect()
}

/// Confidence 99.9 % for the shape of the day, four standard errors for its sum.
#[test]
fn diurnal_days_have_their_shape() {
    let day = diurnal(0.8, 0.05);
    let spec = times(SendTimes::Diurnal(day.clone()));
    let counts = by_hour(&workload(spec, 2, at(MONTH)));
    assert!(counts_follow(&counts, &expected_by_hour(&day)), "{counts:?}");
    let (sum, mean) = (counts.iter().sum::<u64>() as f64, 0.05 * MONTH as f64);
    assert!((sum - mean).abs() < 4.0 * mean.sqrt());
    // Nine times as many at the peak as at the trough: (1 + 0.8) / (1 − 0.8).
    assert!(counts[13] > 6 * counts[1] && counts[13] < 12 * counts[1], "{counts:?}");
}

#[test]
fn whoever_can_write_to_nobody_sends_nothing() {
    for to in [To::Uniform, To::Zipf { exponent: 1.0 }] {
        let spec = WorkloadSpec { to, ..times(SendTimes::Poisson { rate: 1.0 }) };
        assert!(instants(&workload(spec, 1, at(100)), 0).is_empty());
    }
}

#[test]
fn what_is_no_rate_no_day_and_no_share_is_refused() {
    let refused = |times| {
        let spec = WorkloadSpec { times, ..Default::default() };
        Workload::new(spec, 2, at(1), &SEED).map(|_| ()).unwrap_err()
    };
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 2e9, 1e-300] {
        for times in [
            SendTimes::Poisson { rate },
            SendTimes::Periodic { rate },
            SendTimes::Diurnal(diurnal(0.5, rate)),
        ] {
            assert!(matches!(refused(times), WorkloadError::Rate(_)), "{rate}");
        }
    }
    let still = Diurnal { period: Span::ZERO, ..diurnal(0.5, 1.0) };
    assert_eq!(refused(SendTimes::Diurnal(still)), WorkloadError::Period);
    let error = refused(SendTimes::Diurnal(diurnal(1.5, 1.0)));
    assert_eq!(error.to_string(), "the swing of the rate is 1.5: it is from 0 to 1");
    let spec = WorkloadSpec { harmful: -0.1, ..Default::default() };
    assert!(Workload::new(spec, 2, at(1), &SEED).is_err());
}
