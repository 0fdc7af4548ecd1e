//! The tables of the page that have numbers of the summary: each is called by its path, as in `[expect]`.

use penult_models::{Metric, Phase};

use super::html::{Cell, Table};
use crate::flat::Value;
use crate::metrics::{common_at, path, paths};
use crate::plots::millis;
use crate::seen::Seen;
use crate::tell::{beside, numbers, shown};
use crate::told::{GROUPS, When, is_part};

/// How deliveries ended: each fate, and what of it breaks a promise.
const FATES: [&str; 8] = paths([
    "deliveries.delivered",
    "deliveries.lost",
    "deliveries.accepted_lost",
    "deliveries.stranded",
    "deliveries.expired",
    "deliveries.unsent",
    "deliveries.rejected",
    "deliveries.offered",
]);

const MEAN: &str = path("latency.mean");

/// Rows of numbers: their paths, how much, and what that is.
type Rows = Vec<Vec<Cell>>;

fn cell(metric: &Metric, value: &Value) -> Cell {
    Cell::sorted(shown(metric.unit, value), value.number().unwrap_or(0.0))
}

/// How deliveries ended.
pub(super) fn fates(seen: &Seen<'_>) -> Table {
    let row = |path: &&str| {
        let common = common_at(path).expect("it is a path of all strategies");
        let (metric, value) = (&common.metric, common.of(seen.summary));
        let share = value.number().unwrap_or(0.0) / seen.summary.deliveries.offered.max(1) as f64;
        let said = beside(seen.summary, metric, &value);
        let said = if said.is_empty() { "-".to_owned() } else { said };
        vec![
            Cell::text(metric.path.to_string()),
            cell(metric, &value),
            Cell::sorted(said, share),
            Cell::text(metric.about.to_string()),
        ]
    };
    Table {
        id: "fates",
        title: "Deliveries by fate",
        columns: &["number", "#deliveries", "#share", "meaning"],
        rows: FATES.iter().map(row).collect(),
        note: (seen.summary.deliveries.offered > 0).then(|| {
            format!("The share of what is lost has no interval: {}.", crate::tell::ONE_RUN)
        }),
    }
}

/// How late they were, and where the time went.
pub(super) fn latencies(seen: &Seen<'_>) -> Table {
    let (_, told) = GROUPS[1];
    let mut rows: Rows = Vec::new();
    for (metric, value) in
        told.iter().flat_map(|&(path, _)| numbers(seen.summary, path, When::Always))
    {
        let phase = Phase::ALL.into_iter().find(|phase| {
            is_part(&metric.path) && metric.path.ends_with(&format!(".{}", phase.name()))
        });
        let slow = phase.and_then(|it| Some(seen.slowest.as_ref()?.phases[it as usize]));
        let is_any = value.number().unwrap_or(0.0) > 0.0 || slow.unwrap_or(0.0) > 0.0;
        if phase.is_some() && !is_any {
            continue;
        }
        let slow = match slow {
            Some(slow) => Cell::sorted(millis(slow), slow),
            None => Cell::text(""),
        };
        rows.push(vec![
            Cell::text(metric.path.to_string()),
            cell(metric, &value),
            slow,
            Cell::text(metric.about.to_string()),
        ]);
    }
    let note = seen.slowest.as_ref().map(|slowest| {
        format!(
            "The slowest delivery was {} to {}. What phases took adds up to {MEAN}.",
            slowest.message, slowest.recipient
        )
    });
    let columns = &["number", "#time", "#of the slowest", "meaning"];
    Table { id: "latencies", title: "Latency", columns, rows, note }
}

/// Who changed host, and what it cost.
pub(super) fn cost(seen: &Seen<'_>) -> Table {
    let told = GROUPS[2..5].iter().flat_map(|(_, told)| *told);
    let numbers = told.flat_map(|&(path, _)| numbers(seen.summary, path, When::Always));
    let rows = numbers.map(|(metric, value)| row(metric, &value)).collect();
    Table { id: "cost", title: "Failover and cost", columns: COLUMNS, rows, note: None }
}

/// The numbers of the strategy's own, if it has any.
pub(super) fn own(seen: &Seen<'_>) -> Option<Table> {
    let own = &seen.summary.own.0;
    let rows = own.iter().map(|(metric, value)| row(metric, value)).collect();
    let title = "The strategy's own numbers";
    let table = Table { id: "own", title, columns: COLUMNS, rows, note: None };
    (!own.is_empty()).then_some(table)
}

const COLUMNS: &[&str] = &["number", "#amount", "meaning"];

fn row(metric: &Metric, value: &Value) -> Vec<Cell> {
    vec![
        Cell::text(metric.path.to_string()),
        cell(metric, value),
        Cell::text(metric.about.to_string()),
    ]
}
