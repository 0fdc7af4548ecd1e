//! What can be wrong with the numbers that describe a distribution.

use std::fmt;

/// Why there is no such distribution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum DistributionError {
    /// A number is NaN or infinite.
    NotFinite {
        /// Which number, as in "the mean".
        what: &'static str,
        /// What came.
        value: f64,
    },
    /// A number must be zero or more.
    Negative {
        /// Which number.
        what: &'static str,
        /// What came.
        value: f64,
    },
    /// A number must be more than zero.
    NotPositive {
        /// Which number.
        what: &'static str,
        /// What came.
        value: f64,
    },
    /// The ends of an interval are the wrong way round.
    LowAboveHigh {
        /// What came first.
        low: f64,
        /// What came second.
        high: f64,
    },
    /// The 99th percentile does not lie above the median.
    NoSpread {
        /// The median.
        median: f64,
        /// The 99th percentile.
        p99: f64,
    },
    /// A normal distribution lies so far below zero that no draw would ever be kept.
    NeverPositive {
        /// The mean before truncation.
        mean: f64,
        /// The standard deviation before truncation.
        sd: f64,
    },
    /// There are no values to draw from.
    Empty,
}

impl fmt::Display for DistributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { what, value } => {
                write!(f, "{what} must be a finite number, and is {value}")
            }
            Self::Negative { what, value } => {
                write!(f, "{what} must not be negative, and is {value}")
            }
            Self::NotPositive { what, value } => {
                write!(f, "{what} must be more than zero, and is {value}")
            }
            Self::LowAboveHigh { low, high } => {
                write!(f, "the low end, {low}, lies above the high end, {high}")
            }
            Self::NoSpread { median, p99 } => {
                write!(f, "the 99th percentile, {p99}, must lie above the median, {median}")
            }
            Self::NeverPositive { mean, sd } => write!(
                f,
                "a normal distribution with mean {mean} and standard deviation {sd} is practically never \
                 above zero"
            ),
            Self::Empty => write!(f, "there are no values to draw from"),
        }
    }
}

impl std::error::Error for DistributionError {}
