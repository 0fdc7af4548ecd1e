//! Quantities with their units: `"5ms"`, `"4KiB"`, `"1Gbit/s"`, `"0.1/s"`, `"2%"`.

mod bandwidth;
mod factor;
mod length;
mod rate;
mod share;
mod size;
mod time;
mod varying;

pub use factor::Factor;
pub use length::{Length, Speed};
pub use rate::Rate;
pub use share::Share;
pub(crate) use share::parse_share;
pub use size::Bytes;
pub(crate) use size::parse_bytes;
pub(crate) use time::{parse_span, written};
pub use varying::{Empirical, Quantity, Varying};

use penult_sim::NotDecimal;

/// Cuts a text into its number and its unit.
pub(crate) fn number_and_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let numeric = |(_, letter): &(usize, char)| {
        letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+' | '_' | ',')
    };
    let cut = text.char_indices().find(|letter| !numeric(letter));
    let (number, unit) = text.split_at(cut.map_or(text.len(), |(at, _)| at));
    (number, unit.trim())
}

/// A decimal times `unit`, rounded to the nearest whole number; if it is none, what would be right.
pub(crate) fn decimal(text: &str, unit: u64) -> Result<u64, &'static str> {
    penult_sim::decimal(text, unit).map_err(|why| match why {
        NotDecimal::Negative => "it can't be negative",
        NotDecimal::NoNumber => no_number(text),
        NotDecimal::TooLarge => "it is too large",
    })
}

/// A number that is not negative, as a float.
pub(crate) fn number(text: &str) -> Result<f64, &'static str> {
    // What is wrong with it as a decimal is wrong with it as a float, but for its size.
    match penult_sim::decimal(text, 1) {
        Ok(_) | Err(NotDecimal::TooLarge) => {}
        Err(NotDecimal::Negative) => return Err("it can't be negative"),
        Err(NotDecimal::NoNumber) => return Err(no_number(text)),
    }
    let value: f64 = text.parse().map_err(|_| "that is no number")?;
    if value.is_finite() { Ok(value) } else { Err("it is too large") }
}

fn no_number(text: &str) -> &'static str {
    if text.contains(',') { "a decimal has a point, as in 1.5" } else { "that is no number" }
}

/// Reads a quantity from its text, with the complaint that fits.
macro_rules! quantity_of_text {
    ($item:ident, $cx:ident, $what:literal, $example:literal, $parse:expr) => {
        match &$item.content {
            $crate::reading::document::Content::Text(text) => match $parse(text) {
                Ok(value) => Some(value),
                Err(mend) => {
                    let what =
                        format!("{} is {}", $cx.key(), $crate::reading::setting::shown($item));
                    let mend: String = mend.into();
                    $cx.error($item.at, what, mend);
                    None
                }
            },
            $crate::reading::document::Content::Integer(_)
            | $crate::reading::document::Content::Float(..) => {
                let what = format!("{} has no unit", $cx.key());
                $cx.error(
                    $item.at,
                    what,
                    concat!($what, " needs a unit, as in \"", $example, "\""),
                );
                None
            }
            _ => {
                let what = format!("{} is {}", $cx.key(), $item.kind());
                $cx.error($item.at, what, concat!("it is ", $what, ", as in \"", $example, "\""));
                None
            }
        }
    };
}
pub(crate) use quantity_of_text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimals_to_the_last_digit() {
        assert_eq!(decimal("0.1", 1_000_000_000), Ok(100_000_000));
        assert_eq!(decimal("117413340.000000001", 1_000_000_000), Ok(117_413_340_000_000_001));
        assert_eq!(decimal("18446744073709551615", 1), Ok(u64::MAX));
        assert_eq!(decimal(".5", 10), Ok(5));
        assert_eq!(decimal("1e3", 1), Err("that is no number"));
        assert_eq!(decimal("-1", 1), Err("it can't be negative"));
        assert_eq!(decimal("99999999999", 1 << 40), Err("it is too large"));
    }
}
