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

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.digits == 9 { 1_000_000_000 } else { 1_000_000 };
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
}
