//! The comparison for people: what is established, what is not, then a table.

use penult_models::Unit;

use super::metrics::{Comparison, Difference, Number};
use super::numbers::significant;
use super::words::Standing;
use crate::metrics::{common_at, paths};
use crate::shown;
use crate::spans::TimeUnit;
use crate::statistics::Estimate;
use crate::tell::counted;

/// The rows of the table; what several strategies have of their own comes below.
const ROWS: [&str; 18] = paths([
    "deliveries.offered",
    "deliveries.delivered",
    "deliveries.lost",
    "deliveries.accepted_lost",
    "deliveries.unsent",
    "deliveries.stranded",
    "latency.p50",
    "latency.p90",
    "latency.p95",
    "latency.p99",
    "latency.p9999",
    "latency.max",
    "failover.availability",
    "cost.packets",
    "cost.bytes",
    "cost.transmissions_per_delivery",
    "cost.copies_peak",
    "cost.queue_byte_seconds",
]);

impl Comparison {
    /// Tells a person what came of it.
    pub fn tell(&self) -> String {
        let mut told = format!(
            "{}: {}, the same worlds for each\n",
            self.scenario,
            counted(self.seeds.len() as u64, "seed", "seeds")
        );
        for (number, rival) in self.rivals().iter().enumerate() {
            told += &format!("\n{rival} against {}\n", self.reference());
            let statements = self.statements(number);
            for standing in Standing::ALL {
                let mut of = statements.iter().filter(|it| it.standing == standing).peekable();
                if of.peek().is_some() {
                    told += &format!("  {}:\n", standing.name());
                }
                for statement in of {
                    told += &format!("  - {}\n", statement.words);
                }
            }
        }
        told += "\nWhat each promises, so that losses are not taken for merit alone:\n";
        for promised in &self.promised {
            told += &format!("  {}:\n", promised.strategy);
            for words in promised.words() {
                told += &format!("  - {words}\n");
            }
        }
        told += "\n";
        told += &self.table();
        told += "\n";
        for remark in self.remarks() {
            told += &format!("{remark}\n");
        }
        told
    }

    /// Means of each strategy; below each rival the difference and its interval.
    fn table(&self) -> String {
        let head = ("mean over seeds; paired t, 95 %".to_owned(), self.strategies.clone());
        let lines: Vec<(String, Vec<String>)> = [head]
            .into_iter()
            .chain(ROWS.iter().filter_map(|path| self.get(path)).flat_map(lines))
            .chain(self.own().flat_map(lines))
            .collect();
        let cells = lines.iter().flat_map(|(_, cells)| cells);
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let width = widest.max(26) + 2;
        let mut table = String::new();
        for (name, cells) in lines {
            let mut line = format!("{name:<34}");
            for cell in cells {
                line += &format!("{cell:>width$}");
            }
            table += &format!("{}\n", line.trim_end());
        }
        table
    }
}

impl Comparison {
    /// What several strategies have of their own: variants of one, as a rule.
    fn own(&self) -> impl Iterator<Item = &Number> {
        let has = |it: &&Number| it.means.iter().flatten().count() > 1;
        self.numbers.iter().filter(|it| common_at(&it.metric.path).is_none()).filter(has)
    }
}

/// The means; below them the differences, if there are any.
fn lines(number: &Number) -> Vec<(String, Vec<String>)> {
    let Number { metric, means, differences } = number;
    // A time is in milliseconds unless it says otherwise.
    let unit = match metric.unit {
        Unit::Millis => TimeUnit::of_all(means.iter().flatten().map(|it| it.mean)),
        _ => TimeUnit::of(0.0),
    };
    let name = match unit.name {
        "ms" => metric.path.to_string(),
        other => format!("{}, {other}", metric.path),
    };
    let mean = |mean: &Option<Estimate>| {
        mean.map_or("-".to_owned(), |it| significant(unit.count(it.mean), 5))
    };
    let means = means.iter().map(mean).collect();
    let difference = |difference: &Option<Difference>| {
        difference.as_ref().map_or(String::new(), |difference| {
            let signed = |number: f64| shown::signed(unit.count(number), 4);
            let by = signed(difference.mean.mean);
            match difference.mean.interval {
                Some(_) if difference.is_constant && by == "0" => String::new(),
                Some(_) if difference.is_constant => format!("{by} each"),
                Some((low, high)) => format!("{} to {}", signed(low), signed(high)),
                None => by,
            }
        })
    };
    let below: Vec<String> =
        [String::new()].into_iter().chain(differences.iter().map(difference)).collect();
    let is_any = below.iter().any(|cell| !cell.is_empty());
    let below = is_any.then(|| (String::new(), below));
    [(name, means)].into_iter().chain(below).collect()
}
