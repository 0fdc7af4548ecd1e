//! `failovers.csv`: a row for each client that got another host, in the order of the claims. An instant that
//! never came, or that nobody needed, is an empty cell.

use std::io;
use std::path::Path;

use super::{Table, instant, of_run};
use crate::failovers::Failover;
use crate::names::RunName;

pub(crate) const COLUMNS: [&str; 14] = [
    "scenario",
    "strategy",
    "seed",
    "kind",
    "client",
    "from",
    "to",
    "epoch",
    "died_s",
    "suspected_s",
    "claimed_s",
    "handed_over_s",
    "attached_s",
    "first_delivery_s",
];

pub(crate) fn write(folder: &Path, name: &RunName, list: &[Failover]) -> io::Result<Table> {
    let mut table = Table::begin(folder, "failovers.csv", &COLUMNS)?;
    for failover in list {
        let kind = if failover.is_failback { "failback" } else { "re-host" };
        table.row(of_run(
            name,
            [
                kind.to_owned(),
                failover.client.to_string(),
                failover.from.to_string(),
                failover.to.to_string(),
                failover.epoch.to_string(),
                instant(failover.died),
                instant(failover.suspected),
                instant(Some(failover.claimed)),
                instant(failover.handed_over),
                instant(failover.attached),
                instant(failover.first_delivery),
            ],
        ))?;
    }
    Ok(table)
}
