//! Estimates as they are printed: with as many digits as their intervals leave them.

use crate::compare::{grouped, places, significant};
use crate::statistics::Estimate;

/// A number with so many significant digits, thousands apart: `12,400`, `0.0004`.
pub fn number(number: f64, digits: i32) -> String {
    significant(number, digits)
}

/// The same with its sign; what reads as zero has none.
pub fn signed(number: f64, digits: i32) -> String {
    let text = significant(number, digits);
    if number > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// A mean and how far its 95 % interval goes to either side, in units of `per`: `171.23 ±0.41`. Of one run there is no
/// interval: `171.23 ±?`.
pub fn plus_minus(estimate: &Estimate, per: f64) -> String {
    let mean = estimate.mean / per;
    let Some((low, high)) = estimate.interval else {
        return format!("{} ±?", significant(mean, 5));
    };
    let half = (high - low) / 2.0 / per;
    // Of floats: what is less than a part in 10⁹ is rounding.
    if half <= mean.abs() * 1e-9 {
        return format!("{} ±0", significant(mean, 5));
    }
    let places = places(half, 2);
    format!("{} ±{}", fixed(mean, places), fixed(half, places))
}

/// A mean and its 95 % interval, in units of `per`, of what can't be below zero nor above `most`: there the interval is
/// cut. Of one run there is none.
pub(crate) fn mean_and_interval(estimate: &Estimate, per: f64, most: f64) -> (String, String) {
    let mean = estimate.mean / per;
    let Some((low, high)) = estimate.interval else {
        return (significant(mean, 5), "-".to_owned());
    };
    let half = (high - low) / 2.0 / per;
    if half <= mean.abs() * 1e-9 {
        let mean = significant(mean, 5);
        return (mean.clone(), format!("{mean} to {mean}"));
    }
    let places = places(half, 2).min(6);
    let end = |end: f64| {
        let cut = (end / per).clamp(0.0, most);
        if cut > 0.0 { fixed(cut, places) } else { "0".to_owned() }
    };
    (fixed(mean, places), format!("{} to {}", end(low), end(high)))
}

/// A difference and its interval, with so many digits as tell its ends apart: `+3.2 (+1.1 to +5.3)`.
pub fn with_interval(mean: f64, (low, high): (f64, f64)) -> String {
    let places = places((high - low) / 2.0, 2).min(6);
    let signed = |number: f64| {
        let text = fixed(number, places);
        if number > 0.0 && text.contains(|digit: char| digit.is_ascii_digit() && digit != '0') {
            format!("+{text}")
        } else {
            text
        }
    };
    format!("{} ({} to {})", signed(mean), signed(low), signed(high))
}

/// A share and its interval, in percent: `0.57 (0.52 to 0.63)`.
pub fn percent_with_interval(share: f64, (low, high): (f64, f64)) -> String {
    let [share, low, high] = [share, low, high].map(|it| 100.0 * it);
    let places = places((high - low) / 2.0, 2).min(6);
    let [share, low, high] = [share, low, high].map(|it| fixed(it, places));
    format!("{share} ({low} to {high})")
}

/// So many digits after the point, thousands apart, and no sign before nothing.
fn fixed(number: f64, places: usize) -> String {
    let text = format!("{:.places$}", number.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let is_nothing = !text.contains(|digit: char| digit.is_ascii_digit() && digit != '0');
    let sign = if number < 0.0 && !is_nothing { "-" } else { "" };
    format!("{sign}{}{rest}", grouped(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64, high: f64) -> Estimate {
        let mean = f64::midpoint(low, high);
        Estimate { count: 5, mean, sd: None, interval: Some((low, high)) }
    }

    #[test]
    fn a_mean_has_as_many_digits_as_its_interval_leaves_it() {
        let said = |low, high| plus_minus(&estimate(low, high), 1.0);
        assert_eq!(said(170.82, 171.64), "171.23 ±0.41");
        assert_eq!(said(1_222_567.0, 1_246_567.0), "1,234,567 ±12,000");
        assert_eq!(said(-1.0, 3.0), "1.0 ±2.0");
        assert_eq!(said(44.4, 44.4), "44.4 ±0");
        assert_eq!(said(0.0, 0.0), "0 ±0");
        let one = Estimate { count: 1, mean: 44.4, sd: None, interval: None };
        assert_eq!(plus_minus(&one, 1.0), "44.4 ±?");
        assert_eq!(plus_minus(&estimate(3_600_000.0, 10_800_000.0), 3_600_000.0), "2.0 ±1.0");
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(signed(-0.000_01, 2), "-0.00001");
        assert_eq!([signed(0.0, 2), signed(-0.0, 2), signed(3.25, 2)], ["0", "0", "+3.2"]);
        assert_eq!(with_interval(2.65, (-0.001, 5.3)), "+2.6 (0.0 to +5.3)");
        assert_eq!(with_interval(-0.45, (-0.502, -0.401)), "-0.450 (-0.502 to -0.401)");
    }
}
