//! The comparison for people: what is established, what is not, then a table.

use super::metrics::{Comparison, Metric};
use super::numbers::significant;
use super::words::Standing;
use crate::tell::counted;

/// The rows of the table.
const ROWS: [&str; 16] = [
    "deliveries.offered",
    "deliveries.delivered",
    "deliveries.lost",
    "deliveries.accepted_lost",
    "deliveries.unsent",
    "deliveries.stranded",
    "latency.p50",
    "latency.p90",
    "latency.p99",
    "latency.max",
    "failover.availability",
    "cost.packets",
    "cost.bytes",
    "cost.transmissions_per_delivery",
    "cost.copies_peak",
    "cost.queue_byte_seconds",
];

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
        let widest = self.strategies.iter().map(|it| it.chars().count()).max().unwrap_or(0);
        let width = widest.max(26) + 2;
        let mut table = format!("{:<34}", "mean over seeds; difference, 95 %");
        for strategy in &self.strategies {
            table += &format!("{strategy:>width$}");
        }
        table += "\n";
        for metric in ROWS.iter().filter_map(|path| self.get(path)) {
            self.row(&mut table, metric, width);
        }
        table
    }

    fn row(&self, table: &mut String, metric: &Metric, width: usize) {
        let mut line = format!("{:<34}", metric.path);
        for mean in &metric.means {
            let mean = mean.map_or("-".to_owned(), |it| significant(it.mean, 5));
            line += &format!("{mean:>width$}");
        }
        *table += &format!("{line}\n");
        let mut line = format!("{:<34}{:>width$}", "", "");
        let mut is_any = false;
        for difference in &metric.differences {
            let shown = difference.as_ref().map_or(String::new(), |difference| {
                let by = signed(difference.mean.mean);
                match difference.mean.interval {
                    Some(_) if difference.is_constant && by == "0" => String::new(),
                    Some(_) if difference.is_constant => format!("{by} each"),
                    Some((low, high)) => format!("{} to {}", signed(low), signed(high)),
                    None => by,
                }
            });
            is_any |= !shown.is_empty();
            line += &format!("{shown:>width$}");
        }
        if is_any {
            *table += &format!("{}\n", line.trim_end());
        }
    }
}

/// With its sign, if it has one.
fn signed(number: f64) -> String {
    let text = significant(number, 4);
    if number > 0.0 && text != "0" { format!("+{text}") } else { text }
}
