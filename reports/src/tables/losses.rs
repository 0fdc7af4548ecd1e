//! `losses.csv`: a row for each lost delivery, in the order of their losses.

use std::io;

use penult_models::{Cause, Row};

use super::{Table, cell, instant, of_run};
use crate::names::RunName;

pub(crate) const COLUMNS: [&str; 14] = [
    "scenario",
    "strategy",
    "seed",
    "message",
    "sender",
    "recipient",
    "bytes",
    "created_s",
    "accepted_s",
    "lost_s",
    "cause",
    "place",
    "to",
    "broken_promise",
];

pub(crate) fn write(table: &mut Table, name: &RunName, row: &Row) -> io::Result<()> {
    let cause: Option<Cause> = row.cause;
    table.row(of_run(
        name,
        [
            row.message.name(),
            row.message.sender.to_string(),
            row.recipient.to_string(),
            row.bytes.to_string(),
            instant(Some(row.created)),
            instant(row.accepted),
            instant(row.gone),
            cell(cause.map(|cause| cause.kind)),
            cell(cause.map(|cause| cause.place)),
            cell(cause.and_then(|cause| cause.to)),
            row.is_accepted_lost().to_string(),
        ],
    ))
}
