//! `deliveries.csv`: a row for each delivery, in the order in which they were finished. Those that are not
//! counted, because their message was created in the warm-up or after the end, are not in it.

use std::io;

use penult_models::{Phase, Row};

use super::{Table, cell, instant};
use crate::decimal::millis;

/// Those of the design, then the phases in their order.
pub(crate) const COLUMNS: [&str; 20] = [
    "message",
    "sender",
    "recipient",
    "bytes",
    "created_s",
    "accepted_s",
    "delivered_s",
    "latency_ms",
    "fate",
    "cause",
    "hops",
    "host",
    "outbox_ms",
    "network_ms",
    "cpu_ms",
    "disk_ms",
    "detection_ms",
    "handover_ms",
    "away_ms",
    "parked_ms",
];

pub(crate) fn write(table: &mut Table, row: &Row) -> io::Result<()> {
    if !row.counted {
        return Ok(());
    }
    let delivered = row.delivered.is_some();
    let cells = [
        row.message.name(),
        row.message.sender.to_string(),
        row.recipient.to_string(),
        row.bytes.to_string(),
        instant(Some(row.created)),
        instant(row.accepted),
        instant(row.delivered),
        cell(row.latency().map(millis)),
        row.fate.to_string(),
        cell(row.cause),
        cell(delivered.then_some(row.hops)),
        cell(row.host),
    ];
    let phase = |phase| cell(delivered.then(|| millis(row.phases.get(phase))));
    table.row(cells.into_iter().chain(Phase::ALL.map(phase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_for_each_phase() {
        let phases = Phase::ALL.map(|phase| format!("{}_ms", phase.name()));
        assert!(COLUMNS.iter().rev().take(phases.len()).rev().eq(phases.iter()));
    }
}
