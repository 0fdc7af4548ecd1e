//! `timeline.csv`: a row for each bin of time.
//!
//! A delivery is offered in the bin of its creation, accepted, delivered and lost in the bins in which that
//! happened, and its latency belongs to the bin in which it was delivered. Queued bytes and clients
//! without a host are means over the bin, and so are columns of a strategy's own, which come last.

use std::io;
use std::path::Path;

use super::{Table, cell, instant, of_run};
use crate::decimal::millis;
use crate::names::RunName;
use crate::outcome::Outcome;
use crate::sample::Quantile;

pub(crate) const COLUMNS: [&str; 15] = [
    "scenario",
    "strategy",
    "seed",
    "from_s",
    "to_s",
    "offered",
    "accepted",
    "delivered",
    "lost",
    "latency_p50_ms",
    "latency_p90_ms",
    "latency_p99_ms",
    "latency_max_ms",
    "queued_bytes",
    "unhosted_clients",
];

pub(crate) fn write(folder: &Path, name: &RunName, run: &mut Outcome) -> io::Result<Table> {
    let own = run.own.timeline.iter().map(|(name, _)| *name);
    let columns: Vec<&str> = COLUMNS.into_iter().chain(own).collect();
    let mut table = Table::begin(folder, "timeline.csv", &columns)?;
    let (layout, end) = (run.layout, run.ended);
    for place in 0..layout.count() {
        let from = layout.begins(place);
        if from >= end && place > 0 {
            break;
        }
        let queued = run.queued.mean_in(place, end);
        let unhosted = run.recorder.attachments.unhosted().mean_in(place, end);
        let bin = &mut run.bins[place];
        let mut quantile = |quantile| cell(bin.latency.quantile(quantile).map(millis));
        let latency = [Quantile::P50, Quantile::P90, Quantile::P99].map(&mut quantile);
        let [p50, p90, p99] = latency;
        let mut row = of_run(
            name,
            [
                instant(Some(from)),
                instant(Some(layout.begins(place + 1).min(end))),
                bin.offered.to_string(),
                bin.accepted.to_string(),
                bin.delivered.to_string(),
                bin.lost.to_string(),
                p50,
                p90,
                p99,
                cell(bin.latency.greatest().map(millis)),
                cell(queued),
                cell(unhosted),
            ],
        );
        row.extend(run.own.timeline.iter().map(|(_, course)| cell(course.mean_in(place, end))));
        table.row(row)?;
    }
    Ok(table)
}
