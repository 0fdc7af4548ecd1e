//! Tables of a strategy's own: a row for each of what it tells.

use std::io;
use std::path::Path;

use penult_models::OwnTable;

use super::{Table, of_run};
use crate::names::RunName;

pub(crate) fn write(
    folder: &Path,
    name: &RunName,
    own: &OwnTable,
    rows: &[Vec<String>],
) -> io::Result<Table> {
    let columns: Vec<&str> =
        ["scenario", "strategy", "seed"].iter().chain(own.columns).copied().collect();
    let mut table = Table::begin(folder, own.file, &columns)?;
    for cells in rows {
        let mut row = of_run(name, []);
        row.extend(cells.iter().cloned());
        table.row(row)?;
    }
    Ok(table)
}
