//! Distributions: a law with parameters that were checked.

use std::sync::Arc;

use super::draw::Draw;
use super::error::DistributionError as Error;
use super::law::Law;
use super::normal::normal_above;

/// A quantity that varies, zero or more. Its unit is the caller's.
///
/// A draw below zero is drawn again. Only a normal distribution can have such draws; it is truncated at
/// zero, and [`mean`](Distribution::mean), [`variance`](Distribution::variance) and
/// [`cdf`](Distribution::cdf) are those of what is left.
#[derive(Clone, PartialEq, Debug)]
pub struct Distribution(Law);

const _: () = assert!(size_of::<Distribution>() <= 32);

impl Distribution {
    /// What a standard normal variable stays below with a probability of 99 %.
    const Z_99: f64 = 2.326_347_874_040_841;

    /// A normal distribution whose mean is further below zero than this many standard deviations is
    /// taken for a mistake: one draw in 1e197 would be kept. Closer, samples are exact.
    const BELOW_ZERO_MAX: f64 = 30.0;

    /// Always `value`, which takes no number to draw.
    pub fn constant(value: f64) -> Result<Self, Error> {
        not_negative("the constant", value)?;
        Ok(Self(Law::Constant(value)))
    }

    /// Anything from `low` to `high`. A constant when they are equal.
    pub fn uniform(low: f64, high: f64) -> Result<Self, Error> {
        not_negative("the low end", low)?;
        not_negative("the high end", high)?;
        if low > high {
            return Err(Error::LowAboveHigh { low, high });
        }
        Ok(Self(if low < high { Law::Uniform { low, high } } else { Law::Constant(low) }))
    }

    /// The times between events that happen at random. Always zero when `mean` is.
    pub fn exponential(mean: f64) -> Result<Self, Error> {
        not_negative("the mean", mean)?;
        Ok(Self(if mean > 0.0 { Law::Exponential { mean } } else { Law::Constant(0.0) }))
    }

    /// The bell curve with this mean and standard deviation, of which what lies below zero is cut off.
    /// A constant when `sd` is zero.
    pub fn normal(mean: f64, sd: f64) -> Result<Self, Error> {
        finite("the mean", mean)?;
        not_negative("the standard deviation", sd)?;
        if sd <= 0.0 {
            return Self::constant(mean);
        }
        if -mean / sd > Self::BELOW_ZERO_MAX {
            return Err(Error::NeverPositive { mean, sd });
        }
        Ok(Self(Law::Normal { mean, sd, above_zero: normal_above(-mean / sd) }))
    }

    /// A quantity whose logarithm is normal with mean `mu` and standard deviation `sigma`. A constant
    /// when `sigma` is zero.
    pub fn log_normal(mu: f64, sigma: f64) -> Result<Self, Error> {
        finite("the mean of the logarithm", mu)?;
        not_negative("the standard deviation of the logarithm", sigma)?;
        if sigma <= 0.0 {
            return Self::constant(libm::exp(mu));
        }
        Ok(Self(Law::LogNormal { mu, sigma }))
    }

    /// The lognormal distribution with this median and this 99th percentile.
    pub fn log_normal_median_p99(median: f64, p99: f64) -> Result<Self, Error> {
        positive("the median", median)?;
        finite("the 99th percentile", p99)?;
        if p99 <= median {
            return Err(Error::NoSpread { median, p99 });
        }
        Self::log_normal(libm::log(median), libm::log(p99 / median) / Self::Z_99)
    }

    /// A power law: a share of `(min / x)^shape` exceeds `x`. Its mean is infinite up to shape 1, its
    /// variance up to shape 2.
    pub fn pareto(min: f64, shape: f64) -> Result<Self, Error> {
        positive("the minimum", min)?;
        positive("the shape", shape)?;
        Ok(Self(Law::Pareto { min, shape }))
    }

    /// Times until failure: a share of `exp(-(x / scale)^shape)` exceeds `x`. Always zero when `scale` is.
    pub fn weibull(scale: f64, shape: f64) -> Result<Self, Error> {
        not_negative("the scale", scale)?;
        positive("the shape", shape)?;
        Ok(Self(if scale > 0.0 { Law::Weibull { scale, shape } } else { Law::Constant(0.0) }))
    }

    /// One of these values, each as likely as any other; what stands there twice is twice as likely.
    /// Their order does not matter.
    pub fn empirical(mut values: Vec<f64>) -> Result<Self, Error> {
        for &value in &values {
            not_negative("each value", value)?;
        }
        values.sort_by(f64::total_cmp);
        match (values.first(), values.last()) {
            (Some(&first), Some(&last)) if first < last => Ok(Self(Law::Empirical(values.into()))),
            (Some(&first), _) => Self::constant(first),
            (None, _) => Err(Error::Empty),
        }
    }

    /// The law and its parameters.
    pub fn law(&self) -> &Law {
        &self.0
    }

    /// The value, if it is always the same.
    #[inline]
    pub fn as_constant(&self) -> Option<f64> {
        match self.0 {
            Law::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// A sample. A constant takes no number, everything else takes one (an empirical distribution very
    /// rarely one more, as [`Draw::below`] says). It is infinite where the tail of a law leaves the range
    /// of `f64`, as a Pareto law's does with a shape of 0.01.
    #[inline]
    pub fn sample<D: Draw + ?Sized>(&self, draw: &mut D) -> f64 {
        self.0.sample(draw)
    }

    /// What samples are on average; may be infinite.
    pub fn mean(&self) -> f64 {
        self.0.mean()
    }

    /// The mean square of their distance from the mean; may be infinite.
    pub fn variance(&self) -> f64 {
        self.0.variance()
    }

    /// The probability that a sample is `x` or less.
    pub fn cdf(&self, x: f64) -> f64 {
        self.0.cdf(x)
    }

    /// The distribution of `factor` times a sample. An error when `factor` is negative or not finite, or
    /// when a parameter leaves the range of `f64`.
    pub fn scaled(&self, factor: f64) -> Result<Self, Error> {
        not_negative("the factor", factor)?;
        if factor <= 0.0 {
            return Self::constant(0.0);
        }
        match self.0 {
            Law::Constant(value) => Self::constant(value * factor),
            Law::Uniform { low, high } => Self::uniform(low * factor, high * factor),
            Law::Exponential { mean } => Self::exponential(mean * factor),
            Law::Normal { mean, sd, .. } => Self::normal(mean * factor, sd * factor),
            Law::LogNormal { mu, sigma } => Self::log_normal(mu + libm::log(factor), sigma),
            Law::Pareto { min, shape } => Self::pareto(min * factor, shape),
            Law::Weibull { scale, shape } => Self::weibull(scale * factor, shape),
            Law::Empirical(ref values) => {
                let values: Arc<[f64]> = values.clone();
                Self::empirical(values.iter().map(|value| value * factor).collect())
            }
        }
    }
}

fn finite(what: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() { Ok(()) } else { Err(Error::NotFinite { what, value }) }
}

fn not_negative(what: &'static str, value: f64) -> Result<(), Error> {
    finite(what, value)?;
    if value >= 0.0 { Ok(()) } else { Err(Error::Negative { what, value }) }
}

fn positive(what: &'static str, value: f64) -> Result<(), Error> {
    finite(what, value)?;
    if value > 0.0 { Ok(()) } else { Err(Error::NotPositive { what, value }) }
}
