//! Simulated time: whole nanoseconds since the start of a run, and lengths of it.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// An instant: nanoseconds since the start of the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of time, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// Later than anything that can happen: some 584 years after the start.
    pub const NEVER: Time = Time(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// The instant `millis` milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Time {
        Time(Span::millis(millis).as_nanos())
    }

    /// The instant `secs` seconds after the start.
    pub const fn from_secs(secs: u64) -> Time {
        Time(Span::secs(secs).as_nanos())
    }

    /// Nanoseconds since the start.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for people and plots; never feed it back into a run.
    pub fn as_secs_f64(self) -> f64 {
        Span(self.0).as_secs_f64()
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest length there is, for "for ever".
    pub const MAX: Span = Span(u64::MAX);

    /// A length of `n` nanoseconds.
    pub const fn nanos(n: u64) -> Span {
        Span(n)
    }

    /// A length of `n` microseconds.
    pub const fn micros(n: u64) -> Span {
        Span::of(n, MICRO)
    }

    /// A length of `n` milliseconds.
    pub const fn millis(n: u64) -> Span {
        Span::of(n, MILLI)
    }

    /// A length of `n` seconds.
    pub const fn secs(n: u64) -> Span {
        Span::of(n, SECOND)
    }

    const fn of(n: u64, unit: u64) -> Span {
        match n.checked_mul(unit) {
            Some(nanos) => Span(nanos),
            None => panic!("too long for a span"),
        }
    }

    /// A length of so many nanoseconds, rounded to the nearest whole one. Negative and NaN give
    /// zero, what is too long gives [`Span::MAX`].
    #[inline]
    pub fn from_nanos_f64(nanos: f64) -> Span {
        // A cast from float saturates, and sends NaN to zero. `round` would give the same, by a call
        // into the math library wherever the CPU is not known to have the instruction.
        // Signed, because the CPU converts that in one instruction; what does not fit is a whole number.
        if nanos >= i64::MAX as f64 {
            return Span(nanos as u64);
        }
        let whole = nanos as i64;
        let is_half_over = nanos - whole as f64 >= 0.5;
        Span((whole + i64::from(is_half_over)).max(0) as u64)
    }

    /// A length of so many seconds, rounded to the nearest nanosecond.
    pub fn from_secs_f64(secs: f64) -> Span {
        Span::from_nanos_f64(secs * SECOND as f64)
    }

    /// How many nanoseconds long.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How many seconds long, for people and statistics.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// How many milliseconds long, for people and statistics.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / MILLI as f64
    }

    /// Whether it takes no time.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This length times `factor`, rounded to the nearest nanosecond.
    pub fn scaled(self, factor: f64) -> Span {
        Span::from_nanos_f64(self.0 as f64 * factor)
    }

    /// The sum, or [`Span::MAX`] where there is none.
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }

    /// So many times as long, or [`Span::MAX`] where that is too long.
    pub const fn saturating_mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    /// So much later. What lies past the end of time is [`Time::NEVER`].
    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Span;
    /// How long ago `earlier` was. There is no negative span: an `earlier` that is later is a bug.
    #[inline]
    fn sub(self, earlier: Time) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("the earlier instant was later"))
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.checked_add(other.0).expect("the sum of two spans is too long"))
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    #[inline]
    fn sub(self, other: Span) -> Span {
        Span(self.0.checked_sub(other.0).expect("a span can't be negative"))
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    #[inline]
    fn mul(self, times: u64) -> Span {
        Span(self.0.checked_mul(times).expect("the product is too long for a span"))
    }
}

impl fmt::Display for Span {
    /// In the largest unit that keeps it whole to the nanosecond: `5ms`, `2.5s`, `1.000001ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0 => return f.pad("0s"),
            n if n >= SECOND => (SECOND, "s"),
            n if n >= MILLI => (MILLI, "ms"),
            n if n >= MICRO => (MICRO, "us"),
            _ => (1, "ns"),
        };
        let (whole, rest) = (self.0 / unit, self.0 % unit);
        if rest == 0 {
            return f.pad(&format!("{whole}{name}"));
        }
        let width = unit.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        f.pad(&format!("{whole}.{}{name}", digits.trim_end_matches('0')))
    }
}

impl fmt::Display for Time {
    /// Like a span since the start: `12.4s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_scenario() {
        let shown = |span: Span| span.to_string();
        assert_eq!(shown(Span::ZERO), "0s");
        assert_eq!(shown(Span::nanos(7)), "7ns");
        assert_eq!(shown(Span::millis(5)), "5ms");
        assert_eq!(shown(Span::nanos(1_000_001)), "1.000001ms");
        assert_eq!(shown(Span::millis(2500)), "2.5s");
        assert_eq!((Time::ZERO + Span::secs(12)).to_string(), "12s");
    }

    #[test]
    fn rounds_to_the_nearest_nanosecond_and_saturates() {
        assert_eq!(Span::from_nanos_f64(1.5), Span::nanos(2));
        assert_eq!(Span::from_nanos_f64(0.499_999_999_999_999_94), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(f64::MAX), Span::MAX);
        for nanos in [0.0, 0.3, 2.5, 1e9 + 0.5, 4_503_599_627_370_495.5, 9_007_199_254_740_993.0] {
            assert_eq!(Span::from_nanos_f64(nanos), Span(nanos.round() as u64), "{nanos}");
        }
        assert_eq!(Span::from_nanos_f64(-3.0), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_nanos_f64(1e30), Span::MAX);
        assert_eq!(Time::NEVER + Span::secs(1), Time::NEVER);
    }

    #[test]
    #[should_panic(expected = "the earlier instant was later")]
    fn has_no_negative_spans() {
        let _ = Time::ZERO - Time::from_nanos(1);
    }
}
