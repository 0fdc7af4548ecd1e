//! Estimates as they are printed: with as many digits as their intervals leave them.

use crate::compare::{grouped, outward, places, significant};
use crate::statistics::{Estimate, LossRate};

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

/// A loss rate and its interval, in percent: `0.57` and `0.52 to 0.63`. Of one run there is no interval; where no run
/// lost anything it is a bound of runs: `≤31 % of runs`.
pub(crate) fn loss_rate(rate: &LossRate) -> (String, String) {
    let Some(share) = rate.rate else { return ("-".to_owned(), "-".to_owned()) };
    if let Some(most) = rate.none_lost() {
        return ("0".to_owned(), format!("≤{} of runs", bound(most)));
    }
    let Some((low, high)) = rate.interval else {
        return (significant(100.0 * share, 3), "-".to_owned());
    };
    let [share, low, high] = [share, low, high].map(|it| 100.0 * it);
    // What is more than nothing does not read as nothing.
    let places = places((high - low) / 2.0, 2).max(places(share, 1)).min(6);
    (fixed(share, places), format!("{} to {}", fixed(low, places), fixed(high, places)))
}

/// The same in one cell: `0.57 (0.52 to 0.63)`; of one run `0.57 ±?`.
pub fn loss_rate_with_interval(rate: &LossRate) -> String {
    match loss_rate(rate) {
        (share, _) if rate.rate.is_none() => share,
        (share, _) if rate.interval.is_none() => format!("{share} ±?"),
        (share, interval) => format!("{share} ({interval})"),
    }
}

/// A share that something is at most, in percent, never told lower than it is: `31 %`.
pub(crate) fn bound(share: f64) -> String {
    format!("{} %", outward(100.0 * share, 2))
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
    fn a_loss_rate_says_what_its_runs_tell() {
        let said = |runs: &[(u64, u64)]| loss_rate_with_interval(&LossRate::of(runs.to_vec()));
        assert_eq!(said(&[(2, 1000), (3, 1000), (1, 1000), (2, 1000)]), "0.20 (0.04 to 0.58)");
        // One burst of ten: so little is known that only the size of it is told.
        let mut runs = [(0, 4000); 10];
        runs[3].0 = 1;
        assert_eq!(said(&runs), "0.003 (0.000 to 0.050)");
        assert_eq!(said(&[(0, 4000); 10]), "0 (≤31 % of runs)");
        assert_eq!(said(&[(3, 4000)]), "0.075 ±?");
        assert_eq!([said(&[(0, 4000)]), said(&[(0, 0)]), said(&[])], ["0 ±?", "-", "-"]);
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(signed(-0.000_01, 2), "-0.00001");
        assert_eq!([signed(0.0, 2), signed(-0.0, 2), signed(3.25, 2)], ["0", "0", "+3.2"]);
        assert_eq!(with_interval(2.65, (-0.001, 5.3)), "+2.6 (0.0 to +5.3)");
        assert_eq!(with_interval(-0.45, (-0.502, -0.401)), "-0.450 (-0.502 to -0.401)");
    }
}
