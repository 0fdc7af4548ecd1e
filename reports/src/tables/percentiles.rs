//! `latency.hgrm`: latencies in HdrHistogram's percentile text, for its plotters. Values are milliseconds.

use std::io::{self, Write};
use std::path::Path;

use penult_sim::Span;

use crate::sample::{Quantile, Sample};
use crate::staged::Staged;

/// Steps from each quantile to halfway between it and the end: 0.5, 0.75, 0.875…
const TICKS: u64 = 5;

/// What is below the last step is in no sample.
const HALVINGS: u32 = 50;

pub(crate) fn write(folder: &Path, latency: &mut Sample) -> io::Result<Staged> {
    let mut file = Staged::begin(folder, "latency.hgrm")?;
    writeln!(
        file,
        "{:>12} {:>14} {:>10} {:>14}\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    )?;
    let count = latency.count();
    for quantile in levels() {
        let Some(value) = latency.quantile(quantile) else { break };
        let Quantile(part, whole) = quantile;
        let millis = value.as_millis_f64();
        let below = latency.at_or_below(value);
        if below >= count {
            writeln!(file, "{millis:>12.3} {:>14.12} {count:>10}", 1.0)?;
            break;
        }
        let level = part as f64 / whole as f64;
        let beyond = whole as f64 / (whole - part) as f64;
        writeln!(file, "{millis:>12.3} {level:>14.12} {below:>10} {beyond:>14.2}")?;
    }
    let millis = |nanos: Option<f64>| nanos.unwrap_or(0.0) / 1e6;
    let (mean, deviation) = (millis(latency.mean()), millis(latency.deviation()));
    let greatest = latency.greatest().map_or(0.0, Span::as_millis_f64);
    writeln!(file, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]")?;
    writeln!(file, "#[Max     = {greatest:>12.3}, Total count    = {count:>12}]")?;
    Ok(file)
}

fn levels() -> impl Iterator<Item = Quantile> {
    (0..HALVINGS).flat_map(|halving| {
        let whole = TICKS << (halving + 1);
        (0..TICKS).map(move |tick| Quantile(whole - 2 * TICKS + tick, whole))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_halve_what_is_left() {
        let shares: Vec<f64> =
            levels().take(11).map(|Quantile(part, whole)| part as f64 / whole as f64).collect();
        assert_eq!(shares, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75]);
        assert!(levels().all(|Quantile(part, whole)| part < whole));
    }
}
