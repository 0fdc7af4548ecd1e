//! `gateways.csv`: a row for each gateway. All but the crashes is over the part of the run that counts.

use std::io;
use std::path::Path;

use penult_models::GatewayId;
use penult_sim::Time;

use super::{Table, cell, instant, of_run};
use crate::names::RunName;
use crate::outcome::{Outcome, nano_parts};

pub(crate) const COLUMNS: [&str; 15] = [
    "scenario",
    "strategy",
    "seed",
    "gateway",
    "stored",
    "transmissions",
    "queue_peak",
    "queue_bytes_peak",
    "queue_byte_seconds",
    "crashes",
    "down_s",
    "clients_first",
    "clients_mean",
    "clients_most",
    "clients_last",
];

pub(crate) fn write(folder: &Path, name: &RunName, run: &Outcome) -> io::Result<Table> {
    let mut table = Table::begin(folder, "gateways.csv", &COLUMNS)?;
    for (gateway, load) in (0..).map(GatewayId).zip(&run.gateways) {
        let hosted = run.recorder.attachments.hosted(gateway);
        table.row(of_run(
            name,
            [
                gateway.to_string(),
                load.stored.to_string(),
                load.transmissions.to_string(),
                load.copies.peak().to_string(),
                load.bytes.peak().to_string(),
                nano_parts(load.bytes.area()).to_string(),
                load.crashes.to_string(),
                instant(Some(Time::ZERO + hosted.down)),
                hosted.first.to_string(),
                cell(hosted.mean),
                hosted.most.to_string(),
                hosted.last.to_string(),
            ],
        ))?;
    }
    Ok(table)
}
