//! The summary in words and a table, for people: worst news first.

use std::fmt::Write;

use penult_models::{Fold, Metric, Unit};

use crate::flat::Value;
use crate::metrics::{Common, common};
use crate::spans::long;
use crate::summary::{Deliveries, Summary};
use crate::told::{GROUPS, Group, When, is_part};

/// Tells a person what happened: the verdict in its first line, then what went wrong, then how late things
/// were, who changed host, and what it cost.
pub fn tell(summary: &Summary) -> String {
    let mut told = Told(String::new());
    told.line(&verdict(&summary.deliveries));
    let Summary { scenario, strategy, seed, fingerprint, .. } = summary;
    told.line(&format!(
        "{scenario}: {strategy}, seed {seed}, {} s simulated, {}",
        decimal(summary.simulated_s, 3),
        counted(summary.messages, "message", "messages"),
    ));
    let (run, groups) = GROUPS.split_last().expect("there are several");
    groups.iter().for_each(|group| told.group(summary, group));
    told.own(summary);
    told.group(summary, run);
    told.line(&format!("\nfingerprint {fingerprint}"));
    told.0
}

/// The run in one sentence.
pub(crate) fn verdict(deliveries: &Deliveries) -> String {
    let Deliveries { offered, accepted_lost, duplicates_seen, .. } = *deliveries;
    let shown_twice = match duplicates_seen {
        0 => String::new(),
        1 => " 1 delivery was shown twice.".to_owned(),
        seen => format!(" {} deliveries were shown twice.", grouped(seen)),
    };
    let verdict = match accepted_lost {
        _ if offered == 0 => "Nothing was offered.".to_owned(),
        0 => "Nothing that was accepted was lost.".to_owned(),
        1 => "1 accepted delivery was lost: a broken promise.".to_owned(),
        lost => format!("{} accepted deliveries were lost: broken promises.", grouped(lost)),
    };
    verdict + &shown_twice
}

/// Why the loss rate of one run has no interval.
pub(crate) const ONE_RUN: &str = "losses come in bursts, so one run gives no interval";

struct Told(String);

impl Told {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// The numbers of a group, if there are any.
    fn group(&mut self, summary: &Summary, (heading, rows): &Group) {
        let rows: Vec<(&Metric, Value)> =
            rows.iter().flat_map(|&(path, when)| numbers(summary, path, when)).collect();
        self.rows(heading, summary, &rows);
    }

    /// The numbers of the strategy's own.
    fn own(&mut self, summary: &Summary) {
        let rows = summary.own.0.iter().map(|(metric, value)| (metric, value.clone()));
        let rows: Vec<_> = rows.filter(|(_, value)| *value != Value::Nothing).collect();
        let heading = rows.first().and_then(|(metric, _)| metric.path.split('.').next());
        self.rows(heading.unwrap_or_default(), summary, &rows);
    }

    /// Each with its path, its value, and what else there is to say.
    fn rows(&mut self, heading: &str, summary: &Summary, rows: &[(&Metric, Value)]) {
        if rows.is_empty() {
            return;
        }
        let _ = write!(self.0, "\n{heading}\n");
        for (metric, value) in rows {
            let indent = if is_part(&metric.path) { "  " } else { "" };
            let name = format!("{indent}{}", metric.path);
            let (value, more) = (shown(metric.unit, value), beside(summary, metric, value));
            self.line(&format!("  {name:<34}{value:>15}  {more}"));
        }
    }
}

/// The number at a path, or those that begin so, the most first. What did not happen is told only if asked for.
pub(crate) fn numbers(summary: &Summary, path: &str, when: When) -> Vec<(&'static Metric, Value)> {
    let is_meant = |it: &&Common| match path.ends_with('.') {
        true => it.metric.path.starts_with(path),
        false => it.metric.path == path,
    };
    let mut all: Vec<(&Metric, Value)> =
        common().iter().filter(is_meant).map(|it| (&it.metric, it.of(summary))).collect();
    all.retain(|(_, value)| match (value, when) {
        (Value::Nothing, _) => false,
        (_, When::Always) => true,
        (value, When::IfAny) => value.number().is_some_and(|number| number > 0.0),
    });
    let number = |value: &Value| value.number().unwrap_or(0.0);
    all.sort_by(|one, other| number(&other.1).total_cmp(&number(&one.1)));
    all
}

/// A value in its unit, as people read it.
pub(crate) fn shown(unit: Unit, value: &Value) -> String {
    match (unit, value) {
        (_, Value::Nothing) => "-".to_owned(),
        (_, Value::Text(text)) => text.clone(),
        (Unit::Millis, value) => millis(value.number()),
        (Unit::Share, value) => percent(value.number().unwrap_or(0.0)),
        (Unit::Seconds, value) => format!("{} s", decimal(value.number().unwrap_or(0.0), 3)),
        (_, Value::Count(count)) => grouped(*count),
        (Unit::ByteSeconds, Value::Number(number)) => grouped(number.round() as u64),
        (_, Value::Number(number)) => format!("{number:.2}"),
    }
}

/// What there is to say of a number beside its value: which share of all it is, or what it is.
pub(crate) fn beside(summary: &Summary, metric: &Metric, value: &Value) -> String {
    let of = |whole: Option<f64>| {
        let (part, whole) = (value.number(), whole.filter(|whole| *whole > 0.0));
        part.zip(whole).map_or_else(String::new, |(part, whole)| percent(part / whole))
    };
    let path: &str = &metric.path;
    match path.split_once('.') {
        Some(("latency", rest)) if rest.starts_with("phases.") => of(summary.latency.mean),
        Some(("latency", _)) => String::new(),
        Some(("deliveries", _)) if metric.fold == Fold::LossRate => ONE_RUN.to_owned(),
        Some(("deliveries" | "loss", _)) if metric.whole => {
            of(Some(summary.deliveries.offered as f64))
        }
        _ => metric.about.to_string(),
    }
}

pub(crate) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { several })
}

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With so many digits at most after the point.
pub(crate) fn decimal(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn millis(number: Option<f64>) -> String {
    let Some(number) = number else { return "-".to_owned() };
    if let Some(long) = long(number) {
        return long;
    }
    let digits = if number < 1.0 { 6 } else { 3 };
    format!("{} ms", decimal(number, digits))
}

/// A share in percent. What is not all never reads as 100 %, what is not nothing never as 0 %.
pub(crate) fn percent(share: f64) -> String {
    let is_edge = share <= 0.0 || share >= 1.0;
    let digits = (2..=12).find(|&digits| {
        let text = decimal(share * 100.0, digits);
        is_edge || (text != "0" && text != "100")
    });
    format!("{} %", decimal(share * 100.0, digits.unwrap_or(12)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1.0, 0.5].map(percent), ["0 %", "100 %", "50 %"]);
        assert_eq!([0.999_999, 0.000_001].map(percent), ["99.9999 %", "0.0001 %"]);
        assert_eq!(millis(Some(44.0)), "44 ms");
        assert_eq!(millis(Some(0.000_5)), "0.0005 ms");
        assert_eq!(millis(Some(102_080_740.221)), "28.36 h");
    }
}
