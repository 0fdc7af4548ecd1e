//! The laws of chance that a distribution can follow: their samples, moments and probabilities.

use std::f64::consts::PI;
use std::sync::Arc;

use super::draw::Draw;
use super::normal::{normal_above, normal_quantile};

/// The law of a [`Distribution`](crate::Distribution), for whoever wants to show it. All numbers are
/// finite and none is negative, except for the mean of a normal and the μ of a lognormal law.
#[derive(Clone, PartialEq, Debug)]
pub enum Law {
    /// Always the same.
    Constant(f64),
    /// Anything between two ends.
    Uniform {
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
    /// The times between events that happen at random.
    Exponential {
        /// The mean.
        mean: f64,
    },
    /// The bell curve, of which only what lies at or above zero is drawn.
    Normal {
        /// The mean of the whole curve. That of the samples is higher.
        mean: f64,
        /// The standard deviation of the whole curve. That of the samples is lower.
        sd: f64,
        /// How much of the curve lies above zero, from 0 to 1.
        above_zero: f64,
    },
    /// The logarithm is normal.
    LogNormal {
        /// The mean of the logarithm.
        mu: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// A power law: few are very large.
    Pareto {
        /// The least value.
        min: f64,
        /// The exponent of the tail.
        shape: f64,
    },
    /// Times until failure: a shape below 1 where most fail early, above 1 where they wear out.
    Weibull {
        /// What a share of 1 − 1/e stays below.
        scale: f64,
        /// How the rate of failure grows with age.
        shape: f64,
    },
    /// One of these values, which are in ascending order.
    Empirical(Arc<[f64]>),
}

impl Law {
    /// A sample, by inversion: `u` says with which probability another would exceed it. So each takes one
    /// number, which keeps what is drawn next where it is when a parameter changes.
    #[inline]
    pub(super) fn sample<D: Draw + ?Sized>(&self, draw: &mut D) -> f64 {
        match *self {
            Law::Constant(value) => value,
            // Rounding could end an ulp below the low end.
            Law::Uniform { low, high } => (high - (high - low) * draw.unit()).max(low),
            Law::Empirical(ref values) => values[draw.below(values.len() as u64) as usize],
            _ => self.exceeded_with(draw.unit()),
        }
    }

    /// Not to be inlined where a link only wants to know that its latency is constant.
    #[inline(never)]
    fn exceeded_with(&self, u: f64) -> f64 {
        match *self {
            Law::Exponential { mean } => -mean * libm::log(u),
            // Drawing again until a draw is not negative gives the curve's part above zero, and so does
            // the quantile of a fraction of that part: with one number, however small the part.
            Law::Normal { mean, sd, above_zero } => {
                (mean - sd * normal_quantile(u * above_zero)).max(0.0)
            }
            Law::LogNormal { mu, sigma } => libm::exp(mu - sigma * normal_quantile(u)),
            // Not `pow`, which takes half as long again for a last bit that does not matter here. (For the
            // Weibull law, with a logarithm more, there would be little to gain.)
            Law::Pareto { min, shape } => min * libm::exp(-libm::log(u) / shape),
            Law::Weibull { scale, shape } => scale * libm::pow(-libm::log(u), 1.0 / shape),
            Law::Constant(_) | Law::Uniform { .. } | Law::Empirical(_) => {
                unreachable!("sampled above")
            }
        }
    }

    pub(super) fn mean(&self) -> f64 {
        match *self {
            Law::Constant(value) => value,
            Law::Uniform { low, high } => low + (high - low) / 2.0,
            Law::Exponential { mean } => mean,
            Law::Normal { mean, sd, above_zero } => {
                mean + sd * normal_density(mean / sd) / above_zero
            }
            Law::LogNormal { mu, sigma } => libm::exp(mu + sigma * sigma / 2.0),
            Law::Pareto { shape, .. } if shape <= 1.0 => f64::INFINITY,
            Law::Pareto { min, shape } => min * (shape / (shape - 1.0)),
            Law::Weibull { scale, shape } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Law::Empirical(ref values) => values.iter().sum::<f64>() / values.len() as f64,
        }
    }

    pub(super) fn variance(&self) -> f64 {
        match *self {
            Law::Constant(_) => 0.0,
            Law::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Law::Exponential { mean } => mean * mean,
            Law::Normal { mean, sd, above_zero } => {
                let cut = -mean / sd;
                let rate = normal_density(cut) / above_zero;
                sd * sd * (1.0 + cut * rate - rate * rate)
            }
            Law::LogNormal { mu, sigma } => {
                let square = sigma * sigma;
                libm::expm1(square) * libm::exp(2.0 * mu + square)
            }
            Law::Pareto { shape, .. } if shape <= 2.0 => f64::INFINITY,
            Law::Pareto { min, shape } => {
                let less = shape - 1.0;
                min * min * (shape / (less * less * (shape - 2.0)))
            }
            Law::Weibull { scale, shape } => {
                let first = libm::tgamma(1.0 + 1.0 / shape);
                let second = libm::tgamma(1.0 + 2.0 / shape);
                // Infinity less infinity would be NaN.
                if second.is_infinite() {
                    return f64::INFINITY;
                }
                scale * scale * (second - first * first)
            }
            Law::Empirical(ref values) => {
                let mean = self.mean();
                let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
                squares / values.len() as f64
            }
        }
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        let least = match *self {
            Law::Constant(value) => value,
            Law::Uniform { low, .. } => low,
            Law::Pareto { min, .. } => min,
            _ => 0.0,
        };
        if x < least {
            return 0.0;
        }
        match *self {
            Law::Constant(_) => 1.0,
            Law::Uniform { low, high } => ((x - low) / (high - low)).min(1.0),
            Law::Exponential { mean } => -libm::expm1(-x / mean),
            Law::Normal { mean, sd, above_zero } => {
                1.0 - normal_above((x - mean) / sd) / above_zero
            }
            Law::LogNormal { mu, sigma } => normal_above((mu - libm::log(x)) / sigma),
            Law::Pareto { min, shape } => 1.0 - libm::pow(min / x, shape),
            Law::Weibull { scale, shape } => -libm::expm1(-libm::pow(x / scale, shape)),
            Law::Empirical(ref values) => {
                values.partition_point(|&value| value <= x) as f64 / values.len() as f64
            }
        }
    }
}

/// The density of the standard normal distribution.
fn normal_density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt()
}
