//! Failure detectors against what is known of them: times to detection, rates of mistakes.
//!
//! Tolerances are in standard errors of what is measured, with fixed seeds: four of them leave a
//! right program a chance of 6 in 100,000 to fail once, on the day a seed is changed.

use crate::common::*;
use penult_models::detector::{Detector, Gaps, HeartbeatOptions, WINDOW, quantile_of};
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const EVERY: Span = Span::secs(1);

/// So many pairs of gateways, each linked with each other only: 2k with 2k + 1.
fn pairs(count: u32, detector: Detector, link: LinkSpec) -> Setup {
    let heartbeat = Some(HeartbeatOptions { every: EVERY, detector });
    // Nobody is asked whether it is there: the answer would end a suspicion before its time.
    let probe = Span::secs(1_000_000);
    let options = ChainOptions { heartbeat, probe, ..ChainOptions::default() };
    let mut setup = mesh(2 * count, &[0], Times::PLAIN, &options);
    listed(&mut setup, &[]);
    setup.gateways.specs = vec![link];
    let pair =
        |k: u32| Link { ends: (GatewayId(2 * k), GatewayId(2 * k + 1)), there: 0, back: Some(0) };
    setup.gateways.links = (0..count).map(pair).collect();
    setup.clients.keepalive = Span::secs(100_000);
    setup
}

/// Suspicions: when, by whom, of whom.
fn suspicions(played: &Played) -> Vec<(Time, u32, u32)> {
    let notes = played.seen.notes.iter();
    let suspicions = notes.filter_map(|(at, by, note)| match note {
        Note::Suspected(whom) => Some((*at, by.raw(), whom.raw())),
        _ => None,
    });
    suspicions.collect()
}

/// Heartbeats every 1 s, constant delay 0.05 s, suspicion 3 s after the last arrival, a crash at a uniform
/// phase: detection takes 2.55 s on average and 3.05 s at most.
#[test]
fn time_to_detection_with_misses() {
    let delay = Span::millis(50);
    let mut taken: Vec<f64> = Vec::new();
    for seed in 1..=5 {
        let spec = LinkSpec::with_latency(Delay::constant(delay));
        let mut setup = pairs(400, Detector::Misses(3), spec);
        setup.seed = seed;
        setup.stops = at(20_000);
        // Phases are uniform, so any instant is at a uniform phase.
        setup.faults.extend((0..400).map(|k| dead(2 * k, at(10_000))));
        let found = suspicions(&play(&setup));
        assert_eq!(found.len(), 400, "each is found out once, and nobody else suspected");
        taken.extend(found.iter().map(|(when, ..)| (*when - at(10_000)).as_secs_f64()));
    }
    let mean = taken.iter().sum::<f64>() / taken.len() as f64;
    let standard_error = (1.0_f64 / 12.0).sqrt() / (taken.len() as f64).sqrt();
    assert!((mean - 2.55).abs() < 4.0 * standard_error, "{mean}");
    let longest = taken.iter().copied().fold(0.0, f64::max);
    assert!(longest <= 3.05 && longest > 3.04, "{longest}");
    let shortest = taken.iter().copied().fold(9.0, f64::min);
    assert!((2.05..2.06).contains(&shortest), "{shortest}");
}

/// With loss p, m in a row are missing after (1 - p^m) / ((1 - p) p^m) heartbeats on average, and then
/// again after one that arrives and as many more.
#[test]
fn mistakes_with_misses() {
    let pairs_of = cases(13);
    for (loss, misses, first) in [(0.2, 3, 155.0), (0.3, 2, 14.444_444), (0.5, 1, 2.0)] {
        let mut spec = LinkSpec::with_latency(Delay::constant(Span::millis(2)));
        spec.loss = loss;
        let mut setup = pairs(pairs_of, Detector::Misses(misses), spec);
        setup.stops = at(2_000_000);
        let mut per_pair = vec![Vec::new(); 2 * pairs_of as usize];
        for (when, by, _) in suspicions(&play(&setup)) {
            per_pair[by as usize].push(when);
        }
        // From one mistake to the next, in heartbeats, which are a second apart.
        let gaps = per_pair.iter().flat_map(|mistakes| mistakes.windows(2));
        let gaps: Vec<f64> = gaps.map(|two| (two[1] - two[0]).as_secs_f64()).collect();
        let expected = first + 1.0 / (1.0 - loss);
        let count = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / count;
        let squares: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
        let standard_error = (squares / (count - 1.0) / count).sqrt();
        assert!((mean - expected).abs() < 4.0 * standard_error, "{mean} for {expected}");
        let most = 0.2 / f64::from(pairs_of).sqrt();
        assert!(standard_error < most * expected, "enough of them: {count}");
    }
}

#[test]
fn without_loss_or_death_nobody_is_suspected() {
    let jitter = Distribution::uniform(0.0, 90e6).unwrap();
    let spec = LinkSpec::with_latency(Delay::from_nanos(jitter));
    for detector in [Detector::Misses(2), Detector::Phi(8.0)] {
        let mut setup = pairs(50, detector, spec.clone());
        setup.stops = at(200_000);
        assert_eq!(suspicions(&play(&setup)), []);
    }
    // With constant latency not even one that comes at the last instant is late.
    let spec = LinkSpec::with_latency(Delay::constant(Span::millis(2)));
    let setup = pairs(50, Detector::Misses(1), spec);
    assert_eq!(suspicions(&play(&setup)), []);
}

/// Hayashibara et al. 2004, normal gaps of mean g and standard deviation s: suspected after g + s·z.
#[test]
fn thresholds_of_phi() {
    let thresholds = [(1.0, 1.2816), (2.0, 2.3263), (3.0, 3.0902), (5.0, 4.2649), (8.0, 5.6120)];
    for (phi, z) in thresholds {
        assert!((quantile_of(phi) - z).abs() < 5e-5, "{phi}: {}", quantile_of(phi));
        // Gaps 0.7 s and 1.3 s in turn: mean 1 s, standard deviation 0.3 s · √(100 / 99).
        let mut gaps = Gaps::default();
        for number in 0..WINDOW as u64 {
            gaps.add(Span::millis(700 + number % 2 * 600));
        }
        let patience = gaps.patience(EVERY, quantile_of(phi)).unwrap().as_secs_f64();
        let expected = 1.0 + 0.3 * (100.0_f64 / 99.0).sqrt() * quantile_of(phi);
        assert!((patience - expected).abs() < 2e-9, "{phi}: {patience} for {expected}");
    }
}

#[test]
fn only_the_last_hundred_gaps_count_and_ten_must_be_known() {
    let mut gaps = Gaps::default();
    for _ in 0..9 {
        gaps.add(Span::secs(50));
        assert_eq!(gaps.patience(EVERY, 3.0), None);
    }
    gaps.add(Span::secs(50));
    assert_eq!(gaps.patience(EVERY, 3.0), Some(Span::millis(50_300)));
    for _ in 0..WINDOW {
        gaps.add(EVERY);
    }
    assert_eq!(gaps.patience(EVERY, 3.0), Some(Span::millis(1300)));
    gaps.add(Span::MAX);
    assert!(gaps.patience(EVERY, 3.0) > Some(Span::secs(600_000)), "nothing overflows");
}

/// With mean and standard deviation known, a share of 10^-phi of normal gaps is longer than the
/// patience. With those of a hundred gaps it is the tail of Student's t with 99 degrees of freedom
/// beyond z / √1.01: 0.102613, 0.011345, 0.001361 for phi 1, 2, 3.
#[test]
fn mistakes_with_phi() {
    let (seed, law) = (Seed::new(1), Distribution::normal(1e9, 0.2e9).unwrap());
    let mut stream = Stream::new(Purpose::of_models(999), 0);
    let mut draw = || Span::from_nanos_f64(law.sample(&mut stream.with(&seed)));
    let levels = [(1.0, 0.102_613), (2.0, 0.011_345), (3.0, 0.001_361)];
    let patience = |phi| Span::from_nanos_f64(1e9 + 0.2e9 * quantile_of(phi));
    let (mut known, mut learned) = ([0_u32; 3], [0_u32; 3]);
    let windows = cases(2_500);
    const PROBES: u32 = 10;
    for _ in 0..windows {
        let mut gaps = Gaps::default();
        for _ in 0..WINDOW {
            let gap = draw();
            gaps.add(gap);
            for (count, (phi, _)) in known.iter_mut().zip(levels) {
                *count += u32::from(gap > patience(phi));
            }
        }
        // Each window judges a few: so few that they are as good as independent.
        let learnt = levels.map(|(phi, _)| gaps.patience(EVERY, quantile_of(phi)).unwrap());
        for _ in 0..PROBES {
            let gap = draw();
            for (count, patience) in learned.iter_mut().zip(learnt) {
                *count += u32::from(gap > patience);
            }
        }
    }
    let agrees = |count: u32, of: u32, share: f64, errors: f64| {
        let expected = share * f64::from(of);
        let standard_error = (expected * (1.0 - share)).sqrt();
        let off = (f64::from(count) - expected) / standard_error;
        assert!(off.abs() < errors, "{count} for {expected}: {off} standard errors");
    };
    for (place, (phi, of_learned)) in levels.into_iter().enumerate() {
        let share = libm::pow(10.0, -phi);
        agrees(known[place], windows * WINDOW as u32, share, 4.0);
        agrees(learned[place], windows * PROBES, of_learned, 5.0);
    }
}

/// In a run: latencies vary normally, so gaps do, with √2 times the standard deviation.
#[test]
fn mistakes_with_phi_in_a_run() {
    let mut spec =
        LinkSpec::with_latency(Delay::from_nanos(Distribution::normal(1e9, 0.15e9).unwrap()));
    spec.order = Order::Free;
    let mut setup = pairs(50, Detector::Phi(2.0), spec);
    setup.stops = at(2_000_000);
    let found = suspicions(&play(&setup)).len() as f64;
    // The first ten gaps of 2000 teach only.
    let share = found / (100.0 * 1990.0);
    // Neighbouring gaps share a latency, so they are not independent; the long-run share is the same.
    assert!((share / 0.011_345 - 1.0).abs() < 0.1, "{share}");
}
