//! Tables: one file for each kind of row, comma-separated, with a header.

pub(crate) mod deliveries;
pub(crate) mod failovers;
pub(crate) mod faults;
pub(crate) mod gateways;
pub(crate) mod latency;
pub(crate) mod losses;
pub(crate) mod own;
pub(crate) mod percentiles;
pub(crate) mod timeline;

use std::fmt::Display;
use std::io;
use std::path::Path;

use penult_sim::Time;

use crate::decimal;
use crate::names::RunName;
use crate::staged::{Ready, Staged};
use crate::uncomputed::uncomputed;

/// A table under way.
#[derive(Debug)]
pub(crate) struct Table(csv::Writer<Staged>);

impl Table {
    pub(crate) fn begin<C: AsRef<str>>(
        folder: &Path,
        name: &str,
        columns: &[C],
    ) -> io::Result<Table> {
        let writer = csv::WriterBuilder::new().from_writer(Staged::begin(folder, name)?);
        let mut table = Table(writer);
        table.row(columns.iter().map(AsRef::as_ref))?;
        Ok(table)
    }

    pub(crate) fn row<C: AsRef<[u8]>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> io::Result<()> {
        self.0.write_record(cells).map_err(io::Error::from)
    }

    pub(crate) fn ready(self) -> io::Result<Ready> {
        let staged = self.0.into_inner().map_err(csv::IntoInnerError::into_error)?;
        staged.ready()
    }
}

/// A row that begins with the run it is of.
pub(crate) fn of_run<const N: usize>(name: &RunName, cells: [String; N]) -> Vec<String> {
    let RunName { scenario, strategy, seed } = name;
    let [scenario, strategy] = [scenario, strategy].map(|name| uncomputed(name).into_owned());
    let run = [scenario, strategy, seed.to_string()];
    run.into_iter().chain(cells).collect()
}

/// An empty cell where there is nothing.
pub(crate) fn cell(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// An instant in seconds, or an empty cell.
pub(crate) fn instant(at: Option<Time>) -> String {
    cell(at.map(decimal::seconds))
}
