//! Values from a file, one on each line: `{ empirical = "rtt.csv" }`.

use crate::files::FileName;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::units::{Empirical, Quantity};

/// Reads the file that is named here. Each line holds a value with its unit, as in `5ms`; or the first
/// line is a name that ends in the unit, as in `rtt_ms`, and bare numbers follow. Lines that begin with
/// `#` are comments.
pub(crate) fn read<Q: Quantity>(item: &Item, cx: &mut Reading<'_>) -> Option<Empirical> {
    let (file, text) = FileName::open(item, cx)?;
    let lines = text.text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
    let lines = lines.enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.peekable();
    let mut unit = Q::unit("");
    if let Some((_, header)) = lines.next_if(|(_, line)| line.starts_with(char::is_alphabetic)) {
        let (_, name) = header.rsplit_once('_').unwrap_or(("", header));
        unit = Q::unit(name);
    }
    let mut values = Vec::new();
    for (number, line) in lines {
        let value = match (line.parse::<f64>(), unit) {
            (Ok(value), Some(_)) if value < 0.0 => Err("it can't be negative".to_owned()),
            (Ok(value), Some(_)) if !value.is_finite() => Err("it must be finite".to_owned()),
            (Ok(value), Some(unit)) => Ok(value * unit),
            _ => Q::parse(line).map(Q::amount),
        };
        match value {
            Ok(value) => values.push(value),
            Err(mend) => {
                let mend = format!("{line:?} is not a value: {mend}");
                cx.error_in_file(&text, number + 1, &mend, item.at);
                return None;
            }
        }
    }
    if values.is_empty() {
        let what = format!("{:?} has no values", file.path);
        cx.error(item.at, what, "it holds one value on each line, as in `5ms`");
        return None;
    }
    Some(Empirical { file, values: values.into() })
}
