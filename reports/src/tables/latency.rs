//! `latency.csv`: a row for each quantile of the latencies of what was delivered.

use std::io;
use std::path::Path;

use super::{Table, of_run};
use crate::decimal::millis;
use crate::names::RunName;
use crate::sample::{Quantile, Sample};

/// `exact` says whether the quantile is exact to the nanosecond, or within 0.1 %.
pub(crate) const COLUMNS: [&str; 7] =
    ["scenario", "strategy", "seed", "quantile", "rank", "latency_ms", "exact"];

/// Every hundredth, then finer and finer towards the end.
fn quantiles() -> impl Iterator<Item = Quantile> {
    let hundredths = (0..100).map(|part| Quantile(part, 100));
    let tail =
        [(995, 1000), (999, 1000), (9995, 10_000), (9999, 10_000), (99_999, 100_000), (1, 1)];
    hundredths.chain(tail.map(|(part, whole)| Quantile(part, whole)))
}

pub(crate) fn write(folder: &Path, name: &RunName, latency: &mut Sample) -> io::Result<Table> {
    let mut table = Table::begin(folder, "latency.csv", &COLUMNS)?;
    let count = latency.count();
    for quantile in quantiles() {
        let Some(value) = latency.quantile(quantile) else { break };
        let Quantile(part, whole) = quantile;
        table.row(of_run(
            name,
            [
                (part as f64 / whole as f64).to_string(),
                quantile.rank(count).to_string(),
                millis(value).to_string(),
                latency.is_whole().to_string(),
            ],
        ))?;
    }
    Ok(table)
}
