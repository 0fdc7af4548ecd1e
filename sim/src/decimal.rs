//! Exact decimals: their digits are read as they stand, not through a float.

use std::fmt;

/// Why a text is no decimal that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDecimal {
    /// It is below zero.
    Negative,
    /// It is anything but digits with one point among them at most.
    NoNumber,
    /// It is more than 64 bits hold.
    TooLarge,
}

impl std::error::Error for NotDecimal {}

impl fmt::Display for NotDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            NotDecimal::Negative => "is negative",
            NotDecimal::NoNumber => "is not a number",
            NotDecimal::TooLarge => "is too large",
        })
    }
}

/// A decimal that is not negative, times `unit`, rounded to the nearest whole number.
///
/// So `0.1` of a second is 100 ms to the nanosecond, and 1082040961.000000001 seconds are as exact as 5.
/// (Behind the eighteenth decimal nothing is left that could count.)
///
/// ```
/// let nanos = penult_sim::decimal("1082040961.000000001", 1_000_000_000);
/// assert_eq!(nanos, Ok(1_082_040_961_000_000_001));
/// ```
pub fn decimal(text: &str, unit: u64) -> Result<u64, NotDecimal> {
    const DECIMALS: usize = 18;
    if text.starts_with('-') {
        return Err(NotDecimal::Negative);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(whole) && digits(part)) || whole.len() + part.len() == 0 {
        return Err(NotDecimal::NoNumber);
    }
    let part = &part[..part.len().min(DECIMALS)];
    let number = |digits: &str| match digits {
        "" => Ok(0),
        digits => digits.parse::<u64>().map(u128::from).map_err(|_| NotDecimal::TooLarge),
    };
    let (unit, scale) = (u128::from(unit), 10_u128.pow(part.len() as u32));
    let part = (number(part)? * unit + scale / 2) / scale;
    u64::try_from(number(whole)? * unit + part).map_err(|_| NotDecimal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimals_to_the_last_digit() {
        const SECOND: u64 = 1_000_000_000;
        for (text, unit, value) in [
            ("0.1", SECOND, 100_000_000),
            ("117413340.000000001", SECOND, 117_413_340_000_000_001),
            ("18446744073709551615", 1, u64::MAX),
            ("0.0000000015", SECOND, 2),
            ("0.99999999999999999999", SECOND, SECOND),
            (".5", 10, 5),
            ("7.", 10, 70),
        ] {
            assert_eq!(decimal(text, unit), Ok(value), "{text}");
        }
        for (text, unit, why) in [
            ("18446744073709551616", 1, NotDecimal::TooLarge),
            ("20000000000", SECOND, NotDecimal::TooLarge),
            ("99999999999", 1 << 40, NotDecimal::TooLarge),
            ("-1", 1, NotDecimal::Negative),
            ("", 1, NotDecimal::NoNumber),
            (".", 1, NotDecimal::NoNumber),
            ("1e3", 1, NotDecimal::NoNumber),
            ("+1", 1, NotDecimal::NoNumber),
            ("1.2.3", 1, NotDecimal::NoNumber),
            ("one", 1, NotDecimal::NoNumber),
        ] {
            assert_eq!(decimal(text, unit), Err(why), "{text}");
        }
    }
}
