//! Ranges of a sweep: `{ from = "0.1/s", to = "10/s", factor = 10 }`.

use crate::reading::Reading;
use crate::reading::document::{Content, Item, Table};
use crate::reading::reader::Reader;
use crate::reading::setting::decimal;
use crate::units::number_and_unit;

/// More values than this are a mistake.
const VALUES_MAX: usize = 10_000;

/// Whether a table is a range, and not a part of a path.
pub(super) fn is_range(table: &Table) -> bool {
    table.get("from").is_some() || table.get("steps").is_some() || table.get("factor").is_some()
}

/// An end of a range: its number and its unit; no unit for a plain number.
struct End<'t> {
    value: f64,
    unit: Option<&'t str>,
    whole: bool,
}

/// The values of a range: from the first to the last in so many steps of the same size, or multiplied
/// by a factor until the last.
pub(super) fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Vec<toml::Value>> {
    let before = cx.complained;
    let mut reader = Reader::new(item, cx)?;
    let from = reader.entry("from");
    let to = reader.entry("to");
    let steps: Option<u32> = reader.required("steps", cx);
    let factor: Option<f64> = reader.required("factor", cx);
    reader.finish(cx);
    if cx.complained > before {
        return None;
    }
    let (Some(from), Some(to)) = (from, to) else {
        let what = format!("{} is half a range", cx.key());
        cx.error(item.at, what, "it has both ends: { from = 1, to = 9, steps = 5 }");
        return None;
    };
    let (first, last) = (end(&from.item), end(&to.item));
    let (Some(first), Some(last)) = (first, last) else {
        let which = if end(&from.item).is_none() { from } else { to };
        let what = format!("`{}` of a range is {}", which.key, which.item.kind());
        cx.error(which.item.at, what, "it is a number, with its unit if it has one");
        return None;
    };
    if first.unit != last.unit {
        let what = "the ends of the range have different units";
        let complaint = crate::Complaint::error(to.item.at, what, "give both the same unit");
        cx.complain(complaint.also(from.item.at, "the first"));
        return None;
    }
    let values = match (steps, factor) {
        (Some(steps), None) if steps >= 2 && steps as usize <= VALUES_MAX => {
            let step = (last.value - first.value) / f64::from(steps - 1);
            let at = |number| {
                if number + 1 == steps {
                    last.value
                } else {
                    first.value + f64::from(number) * step
                }
            };
            (0..steps).map(at).collect()
        }
        (None, Some(factor)) if factor > 1.0 && first.value > 0.0 => {
            let mut values = Vec::new();
            let mut value = first.value;
            // A little more than the last, so that rounding does not lose it.
            while value <= last.value * (1.0 + 1e-9) && values.len() <= VALUES_MAX {
                values.push(value);
                value *= factor;
            }
            values
        }
        (Some(_), None) => {
            let what = "a range has 2 steps or more";
            cx.error(item.at, what, format!("`steps` lies between 2 and {VALUES_MAX}"));
            return None;
        }
        (None, Some(_)) => {
            cx.error(
                item.at,
                "this range never ends",
                "`factor` is above 1, and `from` above zero",
            );
            return None;
        }
        _ => {
            let what = "a range has `steps` or `factor`";
            cx.error(item.at, what, "as in { from = 1, to = 9, steps = 5 }");
            return None;
        }
    };
    if values.is_empty() || values.len() > VALUES_MAX {
        let what =
            format!("this range has {} values", if values.is_empty() { "no" } else { "too many" });
        cx.error(
            item.at,
            what,
            format!("`to` is above `from`, and {VALUES_MAX} values are enough"),
        );
        return None;
    }
    let is_whole = |value: &f64| rounded(*value).fract() == 0.0 && value.abs() < 1e15;
    let whole = first.whole && last.whole && values.iter().all(is_whole);
    let written = |value: f64| match first.unit {
        Some(unit) => toml::Value::String(format!("{}{unit}", decimal(value))),
        None if whole => toml::Value::Integer(value as i64),
        None => toml::Value::Float(value),
    };
    Some(values.into_iter().map(rounded).map(written).collect())
}

/// To twelve digits, so that 0.1 and two steps of 0.1 make 0.3.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn end(item: &Item) -> Option<End<'_>> {
    match &item.content {
        Content::Integer(value) => Some(End { value: (*value)? as f64, unit: None, whole: true }),
        Content::Float(value, _) if value.is_finite() => {
            Some(End { value: *value, unit: None, whole: false })
        }
        Content::Text(text) => {
            let (number, unit) = number_and_unit(text);
            let value = crate::units::number(number).ok()?;
            Some(End { value, unit: Some(unit), whole: false })
        }
        _ => None,
    }
}
