//! How numbers read in a comparison.

/// So many significant digits, thousands apart: `12,400`, `31.72`, `0.0004`.
pub(crate) fn significant(number: f64, digits: i32) -> String {
    let places = places(number, digits);
    let text = format!("{number:.places$}");
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text.as_str()),
    };
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    let grouped = grouped(whole);
    let sign = if grouped == "0" && rest.is_empty() { "" } else { sign };
    format!("{sign}{grouped}{point}{rest}")
}

/// The same, never nearer to zero than the number: of bounds.
pub(crate) fn outward(number: f64, digits: i32) -> String {
    let places = places(number, digits);
    let scale = libm::pow(10.0, places as f64);
    let scaled = number.abs() * scale;
    // What is a whole number but for its rounding stays.
    let up = if scaled - scaled.round() < scaled * 1e-12 { scaled.round() } else { scaled.ceil() };
    significant((up / scale).copysign(number), digits + 1)
}

/// A chance: none reads as nothing.
pub(crate) fn chance(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {}", significant(p, 3)) }
}

/// Digits after the point that make so many significant.
pub(crate) fn places(number: f64, digits: i32) -> usize {
    let size = number.abs();
    if size <= 0.0 {
        return 0;
    }
    let before = libm::floor(libm::log10(size)) as i32 + 1;
    usize::try_from(digits - before).unwrap_or(0).min(12)
}

/// Digits with their thousands apart.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let read = |number| significant(number, 4);
        assert_eq!(
            [0.0, 12_400.0, 31.721_9, 0.000_4].map(read),
            ["0", "12,400", "31.72", "0.0004"]
        );
        assert_eq!([-1234.5, 999.96, -0.000_012_345].map(read), ["-1,234", "1,000", "-0.00001234"]);
        // A bound is never told closer than it is.
        assert_eq!([3.901, -3.901, 4.0, 0.0].map(|it| outward(it, 2)), ["4", "-4", "4", "0"]);
        assert_eq!([3.91, 12.01, 0.1].map(|it| outward(it, 2)), ["4", "13", "0.1"]);
        let chances = [1.0, 0.049_6, 0.001_95, 0.000_9].map(chance);
        assert_eq!(chances, ["p = 1", "p = 0.0496", "p = 0.00195", "p < 0.001"]);
    }
}
