//! What every reader of text needs: errors that name their line, lines, exact decimals, units.

use std::fmt;

use crate::{NotDecimal, Span, Time};

/// Why a text could not be read: where, what is wrong, and what would be right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there and what would be right.
    pub message: String,
}

impl ParseError {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { line, message }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Where the lines of a text begin, so that a position becomes a line without counting each time.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    /// The line, from 1, that the byte at `position` is on.
    pub(super) fn at(&self, position: usize) -> usize {
        1 + self.0.partition_point(|&start| start <= position)
    }
}

/// The byte-order mark some editors put before everything else says nothing: off it goes.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// `1 link`, `2 links`.
pub(super) fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What came, cut to a length that fits a message.
pub(super) fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 40;
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(LENGTH_MAX) {
        line.truncate(cut);
        line.push('…');
    }
    format!("`{line}`")
}

/// A number that is not negative, times `unit`, rounded to the nearest whole one: exact, as [`crate::decimal`]
/// says, but for numbers with an exponent, which take the way of floats.
pub(super) fn decimal(text: &str, unit: u64) -> Result<u64, String> {
    let wrong = |what: &str| Err(format!("{} {what}", shown(text)));
    match crate::decimal(text.strip_prefix('+').unwrap_or(text), unit) {
        Ok(value) => return Ok(value),
        Err(why @ NotDecimal::TooLarge) => return wrong(&why.to_string()),
        Err(NotDecimal::Negative | NotDecimal::NoNumber) => {}
    }
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => wrong("is not a finite number"),
        Ok(number) if number < 0.0 => wrong("is negative"),
        Ok(number) => match (number * unit as f64).round() {
            // 2⁶⁴, the first that no longer fits.
            value if value < 18_446_744_073_709_551_616.0 => Ok(value as u64),
            _ => wrong("is too large"),
        },
        Err(_) => wrong("is not a number"),
    }
}

/// Seconds since the start.
pub(super) fn seconds(text: &str) -> Result<Time, String> {
    decimal(text, 1_000_000_000).map(Time::from_nanos)
}

/// A length of time with its unit, as in `10 ms`; a bare number counts `bare` nanoseconds. The
/// second part says whether it was bare.
pub(super) fn span(text: &str, bare: u64) -> Result<(Span, bool), String> {
    let (number, unit) = number_and_unit(text);
    let nanos = match unit {
        "" => bare,
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => 1,
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => 1_000,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000_000,
        _ => {
            let came = shown(text);
            return Err(format!("{came} is not a length of time, as in \"10 ms\""));
        }
    };
    Ok((decimal(number, nanos).map(Span::nanos)?, unit.is_empty()))
}

/// A bandwidth in bits per second, from a text with its unit, as in `1 Gbit` (each second), or without.
pub(super) fn bandwidth(text: &str) -> Result<u64, String> {
    let (number, unit) = number_and_unit(text);
    let bits = bits_in(unit).ok_or_else(|| {
        let came = shown(text);
        format!("{came} is not a bandwidth, as in \"1 Gbit\" or \"100 Mbit/s\"")
    })?;
    decimal(number, bits)
}

/// How many bits the unit of a bandwidth has: `Gbit`, `Mbps`, `kibit/s`, `MB/s`, `megabytes`.
fn bits_in(unit: &str) -> Option<u64> {
    let one_of = |endings: &[&str]| endings.iter().find_map(|ending| unit.strip_suffix(ending));
    let (prefix, each) = match unit {
        "" => ("", 1),
        _ => match one_of(&["bits/s", "bit/s", "bits", "bit", "bps"]) {
            Some(prefix) => (prefix, 1),
            None => (one_of(&["bytes/s", "byte/s", "bytes", "byte", "B/s", "B"])?, 8),
        },
    };
    let times: u64 = match prefix {
        "" => 1,
        "k" | "K" | "kilo" => 1_000,
        "M" | "mega" => 1_000_000,
        "G" | "giga" => 1_000_000_000,
        "T" | "tera" => 1_000_000_000_000,
        "ki" | "Ki" | "kibi" => 1 << 10,
        "Mi" | "mebi" => 1 << 20,
        "Gi" | "gibi" => 1 << 30,
        "Ti" | "tebi" => 1 << 40,
        _ => return None,
    };
    Some(each * times)
}

/// Cuts before the first letter that can't be part of a number: an `e` can, if digits follow.
fn number_and_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let exponent = |rest: &str| {
        let rest = rest.trim_start_matches(['e', 'E']);
        rest.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-' || sign == '+')
    };
    let unit = text.char_indices().find(|&(at, letter)| {
        letter.is_whitespace()
            || (letter.is_alphabetic() && !(matches!(letter, 'e' | 'E') && exponent(&text[at..])))
    });
    let (number, unit) = text.split_at(unit.map_or(text.len(), |(at, _)| at));
    (number, unit.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimals_to_the_last_digit() {
        assert_eq!(decimal("117413340.000000001", 1_000_000_000), Ok(117_413_340_000_000_001));
        assert_eq!(decimal("18446744073709551615", 1), Ok(u64::MAX));
        assert_eq!(decimal("0.0000000015", 1_000_000_000), Ok(2));
        assert_eq!(decimal(".5", 10), Ok(5));
        assert_eq!(decimal("7.", 10), Ok(70));
        assert_eq!(decimal("2.5e3", 1), Ok(2_500));
        for (text, why) in [
            ("18446744073709551616", "too large"),
            ("1e300", "too large"),
            ("-1", "negative"),
            ("-inf", "finite"),
            ("NaN", "finite"),
            ("", "not a number"),
            (".", "not a number"),
            ("1,5", "not a number"),
            ("ten", "not a number"),
        ] {
            let error = decimal(text, 1).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn reads_units() {
        let nanos = |text| span(text, 1_000_000).map(|(span, bare)| (span.as_nanos(), bare));
        assert_eq!(nanos("10 ms"), Ok((10_000_000, false)));
        assert_eq!(nanos("5us"), Ok((5_000, false)));
        assert_eq!(nanos("191434 us"), Ok((191_434_000, false)));
        assert_eq!(nanos(" 1.5e-3 s "), Ok((1_500_000, false)));
        assert_eq!(nanos("2.25"), Ok((2_250_000, true)));
        assert!(nanos("10 parsecs").unwrap_err().contains("10 ms"));
        assert!(nanos("ms").is_err());
        assert!(nanos("-1 ms").unwrap_err().contains("negative"));

        let bits = bandwidth;
        assert_eq!(bits("1 Gbit"), Ok(1_000_000_000));
        assert_eq!(bits("10000000000.0"), Ok(10_000_000_000));
        assert_eq!(bits("1.5 Mbps"), Ok(1_500_000));
        assert_eq!(bits("2 MiB/s"), Ok(16 << 20));
        assert_eq!(bits("8 kibibytes"), Ok(64 << 10));
        assert_eq!(bits("8 kibibit"), Ok(8 << 10));
        assert!(bits("1 G").is_err());
    }
}
