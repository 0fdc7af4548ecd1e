//! Whether the numbers are as random as they claim, and distributed as they claim.
//!
//! Seeds are fixed, so a test passes always or never; nothing here fails once in a thousand runs. The
//! confidence stated is that of the bound: how often a correct sampler would pass under a random seed.

use penult_sim::{Distribution, Draw, Purpose, Seed, Stream, normal_quantile};
use rand::Rng;

const DRAWS: usize = 10_000;

/// What sqrt(n) · D stays below with 99.9 %, for the Kolmogorov–Smirnov distance D.
const KOLMOGOROV_999: f64 = 1.95;

fn distributions() -> Vec<(&'static str, Distribution)> {
    let all = [
        ("constant", Distribution::constant(3.5)),
        ("uniform", Distribution::uniform(1.0, 5.0)),
        ("uniform from zero", Distribution::uniform(0.0, 1e9)),
        ("exponential", Distribution::exponential(5.0)),
        ("normal far above zero", Distribution::normal(100.0, 5.0)),
        ("normal, little cut off", Distribution::normal(5.0, 2.5)),
        ("normal, half of it", Distribution::normal(0.0, 1.0)),
        ("normal, a tail of it", Distribution::normal(-3.0, 1.0)),
        ("normal, a hair of it", Distribution::normal(-29.0, 1.0)),
        ("lognormal", Distribution::log_normal(1.0, 0.5)),
        ("lognormal by percentiles", Distribution::log_normal_median_p99(20.0, 80.0)),
        ("pareto", Distribution::pareto(1.0, 6.0)),
        ("weibull, early failures", Distribution::weibull(10.0, 0.7)),
        ("weibull, wear", Distribution::weibull(10.0, 3.0)),
        ("empirical", Distribution::empirical(vec![8.0, 1.0, 2.0, 2.0, 30.0, 0.0])),
    ];
    all.map(|(name, made)| (name, made.expect(name))).into()
}

fn samples(distribution: &Distribution, entity: u64) -> Vec<f64> {
    let seed = Seed::new(20);
    let mut stream = Stream::new(Purpose::of_models(1000), entity);
    let mut draw = stream.with(&seed);
    (0..DRAWS).map(|_| distribution.sample(&mut draw)).collect()
}

/// The greatest distance between the samples' distribution and `cdf`, times sqrt(n). Ties count as
/// one step, so it holds for laws with steps as well.
fn kolmogorov(mut samples: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let n = samples.len() as f64;
    let (mut distance, mut before) = (0.0_f64, 0);
    for equal in samples.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let (x, after) = (equal[0], before + equal.len());
        let below = (before as f64 / n - cdf(x.next_down())).abs();
        let upto = (after as f64 / n - cdf(x)).abs();
        distance = distance.max(below).max(upto);
        before = after;
    }
    n.sqrt() * distance
}

/// Confidence 99.9 % for each distribution (more where it has steps).
#[test]
fn samples_follow_their_distribution() {
    for (entity, (name, distribution)) in (0..).zip(distributions()) {
        let distance = kolmogorov(samples(&distribution, entity), |x| distribution.cdf(x));
        assert!(distance < KOLMOGOROV_999, "{name}: {distance}");
    }
}

/// A sampler that is off must not get through: the power of the test above. Each of these is wrong by
/// about a tenth of a standard deviation.
#[test]
fn samples_of_another_distribution_are_noticed() {
    for (name, true_one, other) in [
        ("mean", Distribution::exponential(5.0), Distribution::exponential(5.5)),
        ("shifted", Distribution::normal(2.0, 1.0), Distribution::normal(2.1, 1.0)),
        ("ends", Distribution::uniform(1.0, 5.0), Distribution::uniform(1.2, 5.0)),
    ] {
        let (true_one, other) = (true_one.unwrap(), other.unwrap());
        let distance = kolmogorov(samples(&other, 50), |x| true_one.cdf(x));
        assert!(distance > KOLMOGOROV_999, "{name}: {distance}");
    }
}

/// Four standard errors: a confidence of 99.994 % for each (less exact where tails are heavy, as the
/// error of the variance is then itself uncertain).
#[test]
fn samples_have_the_moments_they_should() {
    for (entity, (name, distribution)) in (100..).zip(distributions()) {
        let samples = samples(&distribution, entity);
        let average =
            |f: &dyn Fn(f64) -> f64| samples.iter().map(|&x| f(x)).sum::<f64>() / DRAWS as f64;
        let (mean, variance) = (distribution.mean(), distribution.variance());

        let error = (variance / DRAWS as f64).sqrt();
        let off = average(&|x| x - mean);
        assert!(
            off.abs() <= 4.0 * error,
            "{name}: the mean {mean} is missed by {off}, error {error}"
        );

        let fourth = average(&|x| {
            ((x - mean) * (x - mean) - variance) * ((x - mean) * (x - mean) - variance)
        });
        let error = (fourth / DRAWS as f64).sqrt();
        let off = average(&|x| (x - mean) * (x - mean) - variance);
        assert!(
            off.abs() <= 4.0 * error,
            "{name}: the variance {variance} is missed by {off}, error {error}"
        );
    }
}

/// The rule itself, "a draw below zero is drawn again", against the distribution that claims to follow
/// it with one number. Confidence 99.9 % each.
#[test]
fn truncation_is_what_drawing_again_gives() {
    let seed = Seed::new(21);
    for (entity, mean) in (0..).zip([2.0, 0.5, 0.0, -1.0]) {
        let mut stream = Stream::new(Purpose::of_models(1001), entity);
        let mut draw = stream.with(&seed);
        let drawn_again: Vec<f64> =
            std::iter::repeat_with(|| mean + 1.5 * normal_quantile(draw.unit()))
                .filter(|&x| x >= 0.0)
                .take(DRAWS)
                .collect();
        let distribution = Distribution::normal(mean, 1.5).unwrap();
        let distance = kolmogorov(drawn_again, |x| distribution.cdf(x));
        assert!(distance < KOLMOGOROV_999, "mean {mean}: {distance}");
    }
}

/// Most entities draw only a few numbers, so those must be uniform across entities. Confidence 99.9 %
/// for each of the twelve.
#[test]
fn first_numbers_of_neighbours_are_uniform() {
    for number in 0..3 {
        let seed = Seed::new(number);
        for purpose in
            [Purpose::LINK_LATENCY, Purpose::NODE_CPU, Purpose::of_models(0), Purpose::of_models(1)]
        {
            let firsts =
                (0..DRAWS as u64).map(|entity| Stream::new(purpose, entity).with(&seed).unit());
            let distance = kolmogorov(firsts.collect(), |x| x.clamp(0.0, 1.0));
            assert!(distance < KOLMOGOROV_999, "{seed:?} {purpose:?}: {distance}");
        }
    }
}

/// The correlation of two sequences of fractions, times sqrt(n): standard normal if they are independent.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    // A fraction has mean 1/2 and variance 1/12.
    let products: f64 = a.iter().zip(b).map(|(a, b)| (a - 0.5) * (b - 0.5)).sum();
    12.0 * products / (a.len() as f64).sqrt()
}

/// 600 correlations, each below 4.8: all of them with 99.9 %. Their mean square is 1 within
/// 4 · sqrt(2 / 600), and the bits that differ are a half within 4 standard errors (each 99.99 %).
#[test]
fn neighbouring_streams_are_not_correlated() {
    const LENGTH: usize = 1000;
    let seed = Seed::new(22);
    let numbers = |seed: &Seed, purpose: u16, entity: u64| {
        let mut stream = Stream::new(Purpose::of_models(purpose), entity);
        let mut draw = stream.with(seed);
        (0..LENGTH).map(|_| draw.next_u64()).collect::<Vec<u64>>()
    };
    let fractions =
        |numbers: &[u64]| numbers.iter().map(|&x| x as f64 / u64::MAX as f64).collect::<Vec<_>>();

    let mut pairs = Vec::new();
    for i in 0..200_u16 {
        let one = numbers(&seed, i, u64::from(i));
        pairs.push((one.clone(), numbers(&seed, i, u64::from(i) + 1)));
        pairs.push((one.clone(), numbers(&seed, i + 1, u64::from(i))));
        pairs.push((one, numbers(&Seed::new(23), i, u64::from(i))));
    }

    let (mut squares, mut differing) = (0.0, 0_u32);
    for (a, b) in &pairs {
        let r = correlation(&fractions(a), &fractions(b));
        assert!(r.abs() < 4.8, "{r}");
        squares += r * r;
        differing += a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
    }
    let n = pairs.len() as f64;
    assert!((squares / n - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{}", squares / n);
    let bits = n * 64.0 * LENGTH as f64;
    assert!(
        (f64::from(differing) - bits / 2.0).abs() < 4.0 * bits.sqrt() / 2.0,
        "{differing} of {bits}"
    );
}

/// Numbers of one stream against those that follow, 1 to 16 later (a block has 8). 16 correlations below
/// 4.0: all of them with 99.9 %.
#[test]
fn numbers_that_follow_each_other_are_not_correlated() {
    let fractions = samples(&Distribution::uniform(0.0, 1.0).unwrap(), 200);
    for later in 1..=16 {
        let r = correlation(&fractions[later..], &fractions[..DRAWS - later]);
        assert!(r.abs() < 4.0, "{later} later: {r}");
    }
}

/// Chi-square with n − 1 degrees of freedom; the bounds are its 99.9 % points.
#[test]
fn below_favours_nobody() {
    let seed = Seed::new(24);
    for (n, bound) in [(2, 10.828), (3, 13.816), (7, 22.458), (10, 27.877), (100, 148.230)] {
        let mut stream = Stream::new(Purpose::of_models(1002), n);
        let mut draw = stream.with(&seed);
        let mut counts = vec![0_u32; n as usize];
        for _ in 0..DRAWS {
            counts[draw.below(n) as usize] += 1;
        }
        let expected = DRAWS as f64 / n as f64;
        let square = |count: u32| (f64::from(count) - expected) * (f64::from(count) - expected);
        let distance: f64 = counts.into_iter().map(|count| square(count) / expected).sum();
        assert!(distance < bound, "below {n}: {distance}");
    }
    // Multiplied up to 3/4 of 2^64, four numbers meet on three results, and the first of the three gets two
    // of them unless some are drawn again. Its chance is a third, within 4 standard errors (99.99 %).
    let n = 3_u64 << 62;
    let mut stream = Stream::new(Purpose::of_models(1003), 0);
    let mut draw = stream.with(&seed);
    let firsts = (0..DRAWS).filter(|_| draw.below(n).is_multiple_of(3)).count() as f64;
    let error = (DRAWS as f64 * 2.0 / 9.0).sqrt();
    assert!((firsts - DRAWS as f64 / 3.0).abs() < 4.0 * error, "{firsts}");
}

/// Four standard errors: 99.99 % each.
#[test]
fn chances_happen_as_often_as_they_say() {
    let seed = Seed::new(25);
    for (entity, p) in (0..).zip([0.001, 0.02, 0.5, 0.9]) {
        let mut stream = Stream::new(Purpose::of_models(1004), entity);
        let mut draw = stream.with(&seed);
        let happened = (0..DRAWS).filter(|_| draw.chance(p)).count() as f64;
        let error = (DRAWS as f64 * p * (1.0 - p)).sqrt();
        assert!((happened - DRAWS as f64 * p).abs() < 4.0 * error, "{p}: {happened}");
    }
}
