//! `faults.csv`: a row for each thing that a fault took, in the order of the strikes. Without `up_s` it did
//! not come back; without `what` the fault found nothing that still stood.

use std::io;
use std::path::Path;

use super::{Table, instant, of_run};
use crate::faults::Outage;
use crate::names::RunName;
use crate::uncomputed::uncomputed;

pub(crate) const COLUMNS: [&str; 9] =
    ["scenario", "strategy", "seed", "fault", "kind", "what", "disk", "down_s", "up_s"];

pub(crate) fn write(folder: &Path, name: &RunName, list: &[Outage]) -> io::Result<Table> {
    let mut table = Table::begin(folder, "faults.csv", &COLUMNS)?;
    for outage in list {
        let disk = match (outage.kind, outage.disk_lost) {
            ("crash", true) => "lost",
            ("crash" | "region", false) => "kept",
            _ => "",
        };
        table.row(of_run(
            name,
            [
                outage.fault.to_string(),
                outage.kind.to_owned(),
                uncomputed(&outage.what).into_owned(),
                disk.to_owned(),
                instant(Some(outage.down)),
                instant(outage.up),
            ],
        ))?;
    }
    Ok(table)
}
