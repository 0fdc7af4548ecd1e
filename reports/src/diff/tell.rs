//! What moved, in a table for people and as JSON for programs.

use penult_models::Better;
use serde_json::{Value, json};

use super::{Change, Compared, Diff, Moved};
use crate::tell::counted;

impl Diff {
    /// In words and tables. What moved by no more than the tolerance is shown, and called so.
    pub fn tell(&self, tolerance: f64) -> String {
        let mut lines = Vec::new();
        for compared in self.compared.iter().filter(|compared| compared.is_worth_a_word()) {
            compared.tell(tolerance, &mut lines);
            lines.push(String::new());
        }
        for (names, which) in [(&self.gone, "only before"), (&self.new, "only after")] {
            lines.extend(names.iter().map(|name| format!("{name}: {which}")));
        }
        lines.push(self.in_one_line(tolerance));
        lines.join("\n") + "\n"
    }

    fn in_one_line(&self, tolerance: f64) -> String {
        let moved = || self.compared.iter().flat_map(|compared| &compared.moved);
        let words = ["worse", "better", "moved", "untold", "noise", "tolerated"];
        let counts =
            words.map(|word| (moved().filter(|moved| moved.word(tolerance) == word).count(), word));
        let some: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| match *word {
                "moved" => format!("{count} otherwise"),
                "noise" => format!("{count} within the noise"),
                "untold" => format!("{count} that too few runs can tell"),
                word => format!("{count} {word}"),
            })
            .collect();
        let all: usize = self.compared.iter().map(|compared| compared.numbers).sum();
        let alone = match (self.gone.len(), self.new.len()) {
            (0, 0) => String::new(),
            (gone, new) => format!("; {gone} reports only before, {new} only after"),
        };
        let noise = match moved().any(|moved| moved.interval.is_some()) {
            // Said, because there are many numbers.
            true => {
                "\nEach interval is at 95 %: of numbers that did not move, one in twenty looks as if it had."
            }
            false => "",
        };
        match some.is_empty() {
            true => format!("{all} numbers compared: none moved{alone}"),
            false => format!("{all} numbers compared: {}{alone}{noise}", some.join(", ")),
        }
    }

    /// As JSON.
    pub fn to_json(&self, tolerance: f64) -> String {
        let compared = self.compared.iter().map(|compared| {
            let Compared { name, before, after, paired, fingerprints, numbers, .. } = compared;
            let moved = compared.moved.iter().map(|moved| {
                json!({
                    "path": moved.path, "before": moved.before, "after": moved.after,
                    "difference": moved.difference, "relative": moved.relative(),
                    "interval": moved.interval, "verdict": moved.word(tolerance),
                    "beyond": moved.change == Change::Real && moved.is_beyond(tolerance),
                })
            });
            let side = |side: &super::Side| {
                json!({ "scenario": side.scenario, "strategy": side.strategy, "seeds": side.seeds })
            };
            json!({
                "name": name, "before": side(before), "after": side(after), "paired": paired,
                "fingerprints_changed": fingerprints, "numbers": numbers,
                "moved": moved.collect::<Vec<Value>>(), "unmatched": compared.unmatched,
            })
        });
        let all = json!({
            "compared": compared.collect::<Vec<Value>>(),
            "only_before": self.gone, "only_after": self.new, "tolerance": tolerance,
        });
        format!("{all:#}\n")
    }
}

impl Compared {
    fn is_worth_a_word(&self) -> bool {
        let same_world = self.before.strategy == self.after.strategy
            && self.before.scenario == self.after.scenario;
        let any = !self.moved.is_empty() || !self.unmatched.is_empty() || self.fingerprints > 0;
        // Some seeds were left out, or stand against others.
        any || !same_world || self.before.seeds != self.after.seeds
    }

    fn tell(&self, tolerance: f64, lines: &mut Vec<String>) {
        let either = |before: &str, after: &str| match before == after {
            true => before.to_owned(),
            false => format!("{before} → {after}"),
        };
        let (before, after) = (&self.before, &self.after);
        let name = match self.name.as_str() {
            "" => String::new(),
            name => format!("{name}: "),
        };
        let seeds = match (before.seeds.as_slice(), after.seeds.as_slice()) {
            ([one], [other]) if one == other => format!("seed {one}"),
            ([one], [other]) => format!("seed {one} → seed {other}"),
            (one, other) if self.paired && one.len() == other.len() => {
                format!("{} seeds, in pairs", one.len())
            }
            (one, other) if self.paired => {
                let both = counted(one.len().min(other.len()) as u64, "seed", "seeds");
                format!("{both} that both have (of {} and {}), in pairs", one.len(), other.len())
            }
            (one, other) => format!(
                "{} against {}",
                counted(one.len() as u64, "seed", "seeds"),
                counted(other.len() as u64, "other", "others")
            ),
        };
        let scenario = either(&before.scenario, &after.scenario);
        let strategy = either(&before.strategy, &after.strategy);
        lines.push(format!("{name}{scenario}, {strategy}, {seeds}"));
        if self.moved.is_empty() && self.fingerprints > 0 {
            lines.push("  the fingerprint is another, and no number moved".to_owned());
        }
        if !self.moved.is_empty() {
            lines.push(format!(
                "  {:<11}{:<36}{:>14}{:>14}{:>14}{:>11}  95 % interval",
                "", "", "before", "after", "difference", ""
            ));
        }
        for moved in &self.moved {
            let number = |number: Option<f64>| number.map_or("-".to_owned(), shown);
            let plus =
                |number: f64| format!("{}{}", if number > 0.0 { "+" } else { "" }, shown(number));
            let interval =
                moved.interval.map(|(low, high)| format!("{} to {}", plus(low), plus(high)));
            let line = format!(
                "  {:<11}{:<36}{:>14}{:>14}{:>14}{:>11}  {}",
                moved.word(tolerance),
                moved.path,
                number(moved.before),
                number(moved.after),
                moved.difference.map_or("-".to_owned(), plus),
                moved.relative().map_or(String::new(), |share| format!("{:+.2} %", share * 100.0)),
                interval.unwrap_or_default(),
            );
            lines.push(line.trim_end().to_owned());
        }
        if !self.unmatched.is_empty() {
            lines.push(format!("  on one side only: {}", self.unmatched.join(", ")));
        }
    }
}

impl Moved {
    /// What it comes to, in a word.
    fn word(&self, tolerance: f64) -> &'static str {
        match self.change {
            Change::Noise => "noise",
            _ if !self.is_beyond(tolerance) => "tolerated",
            Change::Untold => "untold",
            Change::Real => match (self.better, self.difference) {
                (Some(Better::More), Some(difference)) if difference > 0.0 => "better",
                (Some(Better::Less), Some(difference)) if difference < 0.0 => "better",
                (Some(_), Some(_)) => "worse",
                _ => "moved",
            },
        }
    }
}

/// With four digits behind the point at most, or as many as show that it is not nothing.
fn shown(number: f64) -> String {
    if number.abs() > 0.0 && number.abs() < 0.001 {
        return format!("{number:.3e}");
    }
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn news_is_good_or_bad_where_that_is_clear() {
        let word = |path: &str, before, after| {
            let moved = Moved {
                path: path.to_owned(),
                before: Some(before),
                after: Some(after),
                difference: Some(after - before),
                better: Metrics::default().find(path).and_then(|metric| metric.better),
                interval: None,
                change: Change::Real,
            };
            (moved.word(0.0), moved.word(1.0))
        };
        assert_eq!(word("deliveries.lost", 2.0, 3.0), ("worse", "tolerated"));
        assert_eq!(word("deliveries.lost", 0.0, 3.0), ("worse", "worse"));
        assert_eq!(word("deliveries.delivered", 2.0, 3.0), ("better", "tolerated"));
        assert_eq!(word("latency.p99", 4.0, 3.0), ("better", "tolerated"));
        assert_eq!(word("events", 4.0, 3.0), ("moved", "tolerated"));
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, 3.0, 2.50, 1e-5, 12_345.678_91].map(shown),
            ["0", "3", "2.5", "1.000e-5", "12345.6789"]
        );
    }
}
