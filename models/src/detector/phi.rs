//! The accrual detector: a silence is judged by how unlikely it is, given the gaps seen so far.
//!
//! After N. Hayashibara, X. Défago, R. Yared, T. Katayama, "The phi accrual failure detector" (2004): the
//! gaps between heartbeats are taken for normally distributed; a silence has the level
//! phi = -log10(probability that a gap is longer).

use std::collections::VecDeque;

use penult_sim::{Span, normal_quantile};

/// So many gaps are remembered.
pub const WINDOW: usize = 100;
/// With fewer than these nothing can be said: nobody is suspected.
pub const LEAST_GAPS: usize = 10;
/// The standard deviation is taken for this part of a period at least: a network that was perfectly
/// regular so far is allowed a little.
pub const SD_DIVISOR: f64 = 10.0;

/// No gap counts as longer than this (2.2 years), so that sums of squares are exact.
const LONGEST_GAP: u64 = 1 << 56;

/// The last gaps between the heartbeats of one node.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    last: VecDeque<u64>,
    /// Exact sums: adding and taking away for ever leaves no error behind.
    sum: u128,
    squares: u128,
}

impl Gaps {
    /// A heartbeat came so long after the one before.
    pub fn add(&mut self, gap: Span) {
        if self.last.len() == WINDOW
            && let Some(old) = self.last.pop_front().map(u128::from)
        {
            self.sum -= old;
            self.squares -= old * old;
        }
        let gap = gap.as_nanos().min(LONGEST_GAP);
        self.last.push_back(gap);
        self.sum += u128::from(gap);
        self.squares += u128::from(gap) * u128::from(gap);
    }

    /// How long a silence may be that is `quantile` standard deviations longer than gaps are on average;
    /// nothing as long as too few are known.
    pub fn patience(&self, every: Span, quantile: f64) -> Option<Span> {
        if self.last.len() < LEAST_GAPS {
            return None;
        }
        let count = self.last.len() as u128;
        let mean = self.sum as f64 / count as f64;
        let spread = count * self.squares - self.sum * self.sum;
        let variance = spread as f64 / (count * (count - 1)) as f64;
        let sd = variance.sqrt().max(every.as_nanos() as f64 / SD_DIVISOR);
        Some(Span::from_nanos_f64(mean + sd * quantile))
    }
}

/// How many standard deviations above its mean a normal variable is with probability 10^-phi.
pub fn quantile_of(phi: f64) -> f64 {
    -normal_quantile(libm::pow(10.0, -phi))
}
