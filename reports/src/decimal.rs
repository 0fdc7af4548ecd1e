//! Times and lengths of time as decimals, exact to the nanosecond.

use std::fmt;

use penult_sim::{Span, Time};

/// An instant in seconds: `10.000000001`.
pub(crate) fn seconds(at: Time) -> Decimal {
    Decimal { nanos: at.nanos(), digits: 9 }
}

/// A length of time in milliseconds: `44.000001`.
pub(crate) fn millis(span: Span) -> Decimal {
    Decimal { nanos: span.as_nanos(), digits: 6 }
}

/// Nanoseconds as a decimal of a larger unit, with as many digits as it needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    nanos: u64,
    digits: usize,
}

impl Decimal {
    /// The nearest number: the one that its text is read as.
    pub(crate) fn number(self) -> f64 {
        /// Up to here, 104 days, a float holds each nanosecond: only the division rounds.
        const EXACT: u64 = 1 << 53;
        if self.nanos <= EXACT {
            return self.nanos as f64 / self.unit() as f64;
        }
        self.to_string().parse().expect("a decimal is a number")
    }

    fn unit(self) -> u64 {
        if self.digits == 9 { 1_000_000_000 } else { 1_000_000 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit();
        let (whole, rest) = (self.nanos / unit, self.nanos % unit);
        write!(f, "{whole}")?;
        if rest > 0 {
            let digits = format!("{rest:0width$}", width = self.digits);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let at = |nanos| seconds(Time::from_nanos(nanos)).to_string();
        assert_eq!([at(0), at(1), at(10_500_000_000)], ["0", "0.000000001", "10.5"]);
        let ms = |nanos| millis(Span::nanos(nanos)).to_string();
        assert_eq!([ms(44_000_000), ms(44_000_001)], ["44", "44.000001"]);
        // More than a float can hold.
        assert_eq!(at(u64::MAX), "18446744073.709551615");
    }

    #[test]
    fn a_number_is_what_its_text_is_read_as() {
        // Some of every size; past 2^53 dividing the nearest float would be wrong for some.
        let mut divided_wrong = 0;
        for at in 0..100_000_u64 {
            let nanos = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (at % 60);
            for decimal in [seconds(Time::from_nanos(nanos)), millis(Span::nanos(nanos))] {
                let text: f64 = decimal.to_string().parse().unwrap();
                assert_eq!(decimal.number().to_bits(), text.to_bits(), "{decimal}");
                let divided = nanos as f64 / decimal.unit() as f64;
                divided_wrong += u64::from(divided.to_bits() != text.to_bits());
            }
        }
        assert!(divided_wrong > 0);
    }
}
