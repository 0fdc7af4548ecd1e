//! Small pieces of text: rows of a table, decimals, and what is shown of them in an error.

use std::borrow::Cow;

/// The byte-order mark that some editors put before everything else says nothing: off it goes. Neither
/// do blank lines and comments (`#`; `%` in edge lists). What is left, trimmed, with its line from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%']))
}

/// The cells of a row: between commas, without blanks around them. Quotes around a cell keep its commas,
/// and two quotes inside stand for one.
pub(super) fn cells(row: &str) -> Result<Vec<Cow<'_, str>>, String> {
    let mut cells = Vec::new();
    let mut rest = Some(row);
    while let Some(text) = rest {
        let text = text.trim_start();
        let (cell, after) = match text.strip_prefix('"') {
            None => {
                let end = text.find(',').unwrap_or(text.len());
                (Cow::Borrowed(text[..end].trim_end()), &text[end..])
            }
            Some(quoted) => {
                let (cell, after) = quoted_cell(quoted)?;
                (Cow::Owned(cell), after.trim_start())
            }
        };
        cells.push(cell);
        rest = match after.strip_prefix(',') {
            None if after.is_empty() => None,
            None => {
                return Err(format!("{} after a cell in quotes: a comma goes there", shown(after)));
            }
            next => next,
        };
    }
    Ok(cells)
}

/// What stands before the quote that ends it, and what comes behind that.
fn quoted_cell(mut text: &str) -> Result<(String, &str), String> {
    let mut cell = String::new();
    loop {
        let Some((before, after)) = text.split_once('"') else {
            return Err("a quote that nothing ends: a cell in quotes stays on its line".to_owned());
        };
        cell.push_str(before);
        match after.strip_prefix('"') {
            None => return Ok((cell.trim().to_owned(), after)),
            Some(next) => {
                cell.push('"');
                text = next;
            }
        }
    }
}

/// A decimal that is not negative, times `unit`, rounded to the nearest whole number.
///
/// Its digits are read as they stand, not through a float: 1082040961.000000001 seconds are as exact
/// as 5. (What stands behind the eighteenth decimal doesn't count.)
pub(super) fn decimal(text: &str, unit: u64) -> Result<u64, String> {
    let wrong = |what: &str| Err(format!("{} {what}", shown(text)));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.starts_with('-') {
        return wrong("is below zero");
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(digits(whole) && digits(part)) || whole.len() + part.len() == 0 {
        return wrong("is no decimal number");
    }
    let part = &part[..part.len().min(18)];
    let number = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse::<u64>().ok().map(u128::from),
    };
    let value = number(whole).zip(number(part)).and_then(|(whole, fraction)| {
        let (unit, scale) = (u128::from(unit), 10_u128.pow(part.len() as u32));
        u64::try_from(whole * unit + (fraction * unit + scale / 2) / scale).ok()
    });
    value.map_or_else(|| wrong("is too large"), Ok)
}

/// `1 message`, `2 messages`.
pub(super) fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What came, cut to a length that fits an error.
pub(super) fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 40;
    match text.char_indices().nth(LENGTH_MAX) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_rows_into_cells() {
        let cells = |row| cells(row).map(|cells| cells.join("|"));
        assert_eq!(cells("1, c0 ,c1 c2,").as_deref(), Ok("1|c0|c1 c2|"));
        assert_eq!(cells("").as_deref(), Ok(""));
        assert_eq!(cells(r#""a","b, ""c""" , d"#).as_deref(), Ok(r#"a|b, "c"|d"#));
        assert!(cells(r#""a"#).unwrap_err().contains("nothing ends"));
        assert!(cells(r#""a"b,c"#).unwrap_err().contains("`b,c`"));
    }

    #[test]
    fn reads_decimals_to_the_last_digit() {
        const SECOND: u64 = 1_000_000_000;
        assert_eq!(decimal("1082040961.000000001", SECOND), Ok(1_082_040_961_000_000_001));
        assert_eq!(decimal("18446744073709551615", 1), Ok(u64::MAX));
        assert_eq!(decimal("0.0000000015", SECOND), Ok(2));
        assert_eq!((decimal(".5", 10), decimal("7.", 10)), (Ok(5), Ok(70)));
        assert_eq!(decimal("0.99999999999999999999", SECOND), Ok(SECOND));
        for (text, why) in [
            ("18446744073709551616", "too large"),
            ("20000000000", "too large"),
            ("-1", "below zero"),
            ("", "no decimal"),
            (".", "no decimal"),
            ("1e3", "no decimal"),
            ("+1", "no decimal"),
            ("one", "no decimal"),
            ("1.2.3", "no decimal"),
        ] {
            let error = decimal(text, SECOND).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
