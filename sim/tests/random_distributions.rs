//! Distributions: what they accept, what they say of themselves, and the normal law beneath them.

use penult_sim::{
    Delay, Distribution, DistributionError as Error, Law, Purpose, Seed, Span, Stream,
    normal_above, normal_quantile,
};
use rand::TryRng;

#[track_caller]
fn refused(made: Result<Distribution, Error>, message: &str) {
    assert_eq!(made.expect_err("accepted").to_string(), message);
}

#[track_caller]
fn close(got: f64, expected: f64, relative: f64) {
    let error = ((got - expected) / expected).abs();
    assert!(error <= relative, "{got} should be {expected}: off by {error:e}");
}

#[test]
fn parameters_are_checked() {
    let nan = f64::NAN;
    refused(Distribution::constant(-1.0), "the constant must not be negative, and is -1");
    refused(Distribution::constant(nan), "the constant must be a finite number, and is NaN");
    refused(Distribution::uniform(2.0, 1.0), "the low end, 2, lies above the high end, 1");
    refused(Distribution::uniform(-2.0, 1.0), "the low end must not be negative, and is -2");
    refused(
        Distribution::uniform(0.0, f64::INFINITY),
        "the high end must be a finite number, and is inf",
    );
    refused(Distribution::exponential(-5.0), "the mean must not be negative, and is -5");
    refused(Distribution::normal(nan, 1.0), "the mean must be a finite number, and is NaN");
    refused(
        Distribution::normal(1.0, -1.0),
        "the standard deviation must not be negative, and is -1",
    );
    refused(Distribution::normal(-1.0, 0.0), "the constant must not be negative, and is -1");
    refused(
        Distribution::normal(-31.0, 1.0),
        "a normal distribution with mean -31 and standard deviation 1 is practically never above zero",
    );
    refused(
        Distribution::log_normal(1.0, -0.5),
        "the standard deviation of the logarithm must not be negative, and is -0.5",
    );
    refused(
        Distribution::log_normal_median_p99(0.0, 1.0),
        "the median must be more than zero, and is 0",
    );
    refused(
        Distribution::log_normal_median_p99(2.0, 2.0),
        "the 99th percentile, 2, must lie above the median, 2",
    );
    refused(
        Distribution::log_normal_median_p99(2.0, nan),
        "the 99th percentile must be a finite number, and is NaN",
    );
    refused(Distribution::pareto(0.0, 2.0), "the minimum must be more than zero, and is 0");
    refused(Distribution::pareto(1.0, 0.0), "the shape must be more than zero, and is 0");
    refused(Distribution::weibull(-1.0, 1.0), "the scale must not be negative, and is -1");
    refused(Distribution::weibull(1.0, -1.0), "the shape must be more than zero, and is -1");
    refused(Distribution::empirical(vec![]), "there are no values to draw from");
    refused(Distribution::empirical(vec![1.0, -1.0]), "each value must not be negative, and is -1");
    refused(
        Distribution::empirical(vec![1.0, nan]),
        "each value must be a finite number, and is NaN",
    );
}

#[test]
fn what_cannot_vary_is_constant() {
    for (made, value) in [
        (Distribution::constant(0.0), 0.0),
        (Distribution::uniform(2.0, 2.0), 2.0),
        (Distribution::exponential(0.0), 0.0),
        (Distribution::normal(3.0, 0.0), 3.0),
        (Distribution::log_normal(0.0, 0.0), 1.0),
        (Distribution::weibull(0.0, 0.5), 0.0),
        (Distribution::empirical(vec![4.0, 4.0]), 4.0),
        (Distribution::pareto(4.0, 1.0).unwrap().scaled(0.0), 0.0),
    ] {
        let made = made.unwrap();
        assert_eq!(made.as_constant(), Some(value));
        assert_eq!(*made.law(), Law::Constant(value));
    }
    assert_eq!(Distribution::uniform(1.0, 2.0).unwrap().as_constant(), None);
}

#[test]
fn constants_take_no_number_and_the_rest_one() {
    let seed = Seed::new(1);
    let mut stream = Stream::new(Purpose::NODE_DISK, 1);
    Distribution::constant(1.0).unwrap().sample(&mut stream.with(&seed));
    Delay::constant(Span::millis(5)).sample(&mut stream.with(&seed));
    assert_eq!(stream.drawn(), 0);
    let varying = [
        Distribution::uniform(0.0, 1.0),
        Distribution::exponential(1.0),
        Distribution::normal(-5.0, 1.0),
        Distribution::log_normal(0.0, 1.0),
        Distribution::pareto(1.0, 1.0),
        Distribution::weibull(1.0, 1.0),
        Distribution::empirical(vec![1.0, 2.0]),
    ];
    for (distribution, drawn) in varying.into_iter().zip(1..) {
        distribution.unwrap().sample(&mut stream.with(&seed));
        assert_eq!(stream.drawn(), drawn);
    }
}

/// Gives this number for ever. (So do not ask it for a whole number that is not a power of two.)
struct Always(u64);

impl TryRng for Always {
    type Error = std::convert::Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0 as u32)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        unreachable!("a sample takes whole numbers")
    }
}

#[test]
fn no_draw_leaves_the_range() {
    let made = [
        Distribution::uniform(0.1, 0.3),
        Distribution::uniform(0.0, f64::MAX),
        Distribution::exponential(f64::MAX),
        Distribution::normal(-30.0, 1.0),
        Distribution::normal(5.0, 1.0),
        Distribution::normal(1e300, f64::MAX),
        Distribution::log_normal(-1e300, f64::MAX),
        Distribution::pareto(2.0, 1e-3),
        Distribution::pareto(2.0, f64::MIN_POSITIVE),
        Distribution::weibull(1.0, 1e-3),
        Distribution::weibull(1.0, f64::MIN_POSITIVE),
        Distribution::weibull(1.0, f64::MAX),
        Distribution::empirical(vec![1.0, 2.0, 3.0, 4.0]),
    ];
    for distribution in made.map(Result::unwrap) {
        for number in [0, 1 << 63, u64::MAX] {
            let sample = distribution.sample(&mut Always(number));
            assert!(sample >= 0.0, "{distribution:?} gave {sample}");
            assert!(
                (0.0..=1.0).contains(&distribution.cdf(sample)),
                "{distribution:?} at {sample}"
            );
        }
        assert!(distribution.mean() >= 0.0, "{distribution:?}");
    }
    let uniform = Distribution::uniform(0.1, 0.3).unwrap();
    assert!((0.1..=0.3).contains(&uniform.sample(&mut Always(0))));
    assert!((0.1..=0.3).contains(&uniform.sample(&mut Always(u64::MAX))));
}

#[test]
fn means_and_variances_are_the_textbooks() {
    let check = |made: Result<Distribution, Error>, mean: f64, variance: f64| {
        let made = made.unwrap();
        close(made.mean(), mean, 1e-14);
        close(made.variance(), variance, 1e-9);
    };
    check(Distribution::uniform(1.0, 5.0), 3.0, 16.0 / 12.0);
    check(Distribution::exponential(5.0), 5.0, 25.0);
    // Half a bell curve.
    let pi = std::f64::consts::PI;
    check(Distribution::normal(0.0, 1.0), (2.0 / pi).sqrt(), 1.0 - 2.0 / pi);
    check(Distribution::normal(100.0, 1.0), 100.0, 1.0);
    check(Distribution::log_normal(0.0, 1.0), libm::exp(0.5), libm::exp(2.0) - libm::exp(1.0));
    check(Distribution::pareto(2.0, 3.0), 3.0, 3.0);
    check(Distribution::weibull(2.0, 1.0), 2.0, 4.0);
    check(Distribution::weibull(1.0, 0.5), 2.0, 20.0);
    check(Distribution::weibull(3.0, 2.0), 1.5 * pi.sqrt(), 9.0 * (1.0 - pi / 4.0));
    check(Distribution::empirical(vec![3.0, 1.0, 2.0]), 2.0, 2.0 / 3.0);

    assert!(Distribution::pareto(1.0, 1.0).unwrap().mean().is_infinite());
    assert!(Distribution::pareto(1.0, 2.0).unwrap().variance().is_infinite());
    assert!(Distribution::weibull(1.0, 1e-3).unwrap().variance().is_infinite());
}

#[test]
fn percentiles_are_where_they_were_asked_for() {
    let distribution = Distribution::log_normal_median_p99(20e6, 80e6).unwrap();
    close(distribution.cdf(20e6), 0.5, 1e-15);
    close(distribution.cdf(80e6), 0.99, 1e-14);
    close(distribution.sample(&mut Always(1 << 63)), 20e6, 1e-12);
}

#[test]
fn scaling_is_multiplying_each_sample() {
    let made = [
        Distribution::constant(2.0),
        Distribution::uniform(1.0, 5.0),
        Distribution::exponential(5.0),
        Distribution::normal(1.0, 2.0),
        Distribution::log_normal(1.0, 0.5),
        Distribution::pareto(1.0, 6.0),
        Distribution::weibull(10.0, 0.7),
        Distribution::empirical(vec![8.0, 1.0, 30.0]),
    ];
    let seed = Seed::new(1);
    for distribution in made.map(Result::unwrap) {
        let scaled = distribution.scaled(2.5).unwrap();
        let mut stream = Stream::new(Purpose::LINK_LATENCY, 3);
        for n in 0..20 {
            stream.skip_to(n);
            let sample = distribution.sample(&mut stream.with(&seed));
            stream.skip_to(n);
            close(scaled.sample(&mut stream.with(&seed)), 2.5 * sample, 1e-14);
        }
        assert!(distribution.scaled(-1.0).is_err());
        assert!(distribution.scaled(f64::NAN).is_err());
    }
    assert!(Distribution::constant(1e300).unwrap().scaled(1e300).is_err());
}

#[test]
fn delays_are_whole_nanoseconds() {
    let constant = Delay::constant(Span::nanos(u64::MAX - 1));
    assert_eq!(
        constant.sample(&mut Always(0)),
        Span::nanos(u64::MAX - 1),
        "kept to the nanosecond"
    );
    assert_eq!(constant.as_constant(), Some(constant.mean()));
    assert_eq!(Delay::default(), Delay::ZERO);

    let folded = Delay::from_nanos(Distribution::uniform(2.4, 2.4).unwrap());
    assert_eq!(folded, Delay::constant(Span::nanos(2)));
    assert_eq!(folded.distribution(), Distribution::constant(2.0).unwrap());

    let uniform = Delay::from_nanos(Distribution::uniform(1.0, 4.0).unwrap());
    assert_eq!(uniform.as_constant(), None);
    assert_eq!(uniform.sample(&mut Always(0)), Span::nanos(4));
    assert_eq!(uniform.sample(&mut Always(u64::MAX)), Span::nanos(1));
    assert_eq!(uniform.mean(), Span::nanos(3), "2.5 is rounded");
    assert_eq!(uniform.scaled(10.0).unwrap().mean(), Span::nanos(25));

    let endless = Delay::from_nanos(Distribution::pareto(1e6, 0.5).unwrap());
    assert_eq!(endless.mean(), Span::MAX);
    assert_eq!(Delay::constant(Span::millis(2)).scaled(1.5), Ok(Delay::constant(Span::millis(3))));
    assert!(Delay::ZERO.scaled(-1.0).is_err());
    assert!(endless.scaled(f64::INFINITY).is_err());
}

/// Computed with 60 digits; the first three stand in every table.
#[test]
fn normal_quantiles_are_the_published_ones() {
    for (p, z) in [
        (0.975, 1.959_963_984_540_054),
        (0.99, 2.326_347_874_040_841),
        (1e-10, -6.361_340_902_404_056),
        (0.75, 0.674_489_750_196_081_7),
        (0.925, 1.439_531_470_938_456_1),
        (0.926, 1.446_632_067_158_978_7),
        (0.001, -3.090_232_306_167_813_6),
        (1e-11, -6.706_023_155_495_136),
        (1e-20, -9.262_340_089_798_407),
        (1e-100, -21.273_453_560_965_326),
        (1e-300, -37.047_096_299_361_2),
    ] {
        close(normal_quantile(p), z, 1e-15);
    }
    assert_eq!(normal_quantile(0.5).to_bits(), 0);
    assert!(normal_quantile(0.0) < f64::MIN && normal_quantile(1.0) > f64::MAX);
    assert!([-0.1, 1.1, f64::NAN].into_iter().all(|p| normal_quantile(p).is_nan()));
}

#[test]
fn normal_quantiles_and_tails_undo_each_other() {
    for i in 1..4000 {
        let p = libm::exp2(-f64::from(i) / 4.0);
        let z = normal_quantile(p);
        // An error of z changes the tail by z² times as much.
        close(normal_above(-z), p, (1.0 + z * z) * 1e-15);
    }
    // Both sides, and across the seams between the three formulas.
    for i in 1..2000 {
        let p = f64::from(i) / 4096.0;
        let (z, next) = (normal_quantile(p), normal_quantile(p + 1.0 / 4096.0));
        assert!(z < next, "not rising at {p}");
        assert_eq!(z.to_bits(), (-normal_quantile(1.0 - p)).to_bits());
        close(normal_above(-z), p, (1.0 + z * z) * 1e-15);
    }
}
