//! A rate that follows the day, by exact inversion: each message takes one random number, and moves only
//! little when the day changes a little.

use std::f64::consts::TAU;

use penult_sim::{Draw, Span, Time};

use super::spec::{Diurnal, WorkloadError};
use super::times::gap_of;

/// A day in which the rate is `(1 + swing · cos(2π · (t − peak_at) / period)) / gap`.
#[derive(Debug)]
pub(super) struct Day {
    gap: f64,
    period: u64,
    peak_at: u64,
    swing: f64,
}

impl Day {
    pub(super) fn new(diurnal: &Diurnal) -> Result<Self, WorkloadError> {
        let &Diurnal { rate, period, peak_at, swing } = diurnal;
        let gap = gap_of(rate)?;
        if period.is_zero() {
            return Err(WorkloadError::Period);
        }
        if !(0.0..=1.0).contains(&swing) {
            return Err(WorkloadError::Share { what: "the swing of the rate", value: swing });
        }
        let period = period.as_nanos();
        Ok(Self { gap, period, peak_at: peak_at.as_nanos() % period, swing })
    }

    /// How long after `now` the next message is.
    ///
    /// Between two messages the integral of the rate is exponential with mean 1. In angles (a day is 2π)
    /// that reads `x + swing · (sin(start + x) − sin(start)) = y`, where y is an exponential variable
    /// with the mean of the distance between messages.
    pub(super) fn after(&self, now: Time, draw: &mut impl Draw) -> Span {
        // Whole numbers, so that the thousandth day is as exact as the first.
        let since_peak = (u128::from(now.nanos()) + u128::from(self.period - self.peak_at))
            % u128::from(self.period);
        let angle = TAU / self.period as f64;
        let start = since_peak as f64 * angle;
        let y = -libm::log(draw.unit()) * self.gap * angle;
        // A whole day has its mean rate, wherever it begins.
        let days = (y / TAU).floor();
        let rest = (y - days * TAU).clamp(0.0, TAU);
        let x = self.solve(start, rest, angle / 4.0);
        Span::from_nanos_f64(days * self.period as f64 + x / angle)
    }

    /// The x in [0, 2π] that `y` belongs to, to about `step`. The left side never falls, so Newton's steps
    /// are kept between two ends that close in, and halve their distance where he would leave them.
    fn solve(&self, start: f64, y: f64, step: f64) -> f64 {
        // Enough to halve a day down to its rounding errors.
        const STEPS_MAX: u32 = 60;
        let reach = 2.0 * self.swing;
        let (mut low, mut high) = ((y - reach).max(0.0), (y + reach).min(TAU));
        let begun = libm::sin(start);
        let mut x = y;
        for _ in 0..STEPS_MAX {
            let (sin, cos) = libm::sincos(start + x);
            let over = x + self.swing * (sin - begun) - y;
            *(if over > 0.0 { &mut high } else { &mut low }) = x;
            let newton = x - over / (1.0 + self.swing * cos);
            let next = match newton > low && newton < high {
                true => newton,
                false => low + (high - low) / 2.0,
            };
            if (next - x).abs() <= step {
                return next;
            }
            x = next;
        }
        x
    }
}
