//! Tables with a row for each delivery or loss: written while the run goes on, so that no run is too long.

use std::io;
use std::path::Path;

use penult_models::{Fate, Row};

use crate::compare::Originals;
use crate::names::RunName;
use crate::staged::Ready;
use crate::tables::{Table, deliveries, losses};

/// Where rows go while a run goes on. Nothing of it is seen before its report is written.
#[derive(Debug, Default)]
pub struct RowFiles {
    losses: Option<Table>,
    deliveries: Option<deliveries::Tables>,
    name: Option<RunName>,
    /// Kept in memory, to pair this run with another.
    pub(crate) originals: Option<Box<Originals>>,
    /// The first that could not be written: the run goes on, its report fails.
    error: Option<io::Error>,
}

impl RowFiles {
    /// No files: rows are counted and forgotten.
    pub fn none() -> Self {
        RowFiles::default()
    }

    /// Keeps too what [`Outcome::compared`](crate::Outcome::compared) needs.
    #[must_use]
    pub fn compared(mut self) -> Self {
        self.originals = Some(Box::default());
        self
    }

    /// `losses.csv` and, if asked for, `deliveries.csv` and `deliveries.parquet`, in a folder that exists.
    pub fn begin(folder: &Path, name: &RunName, with_deliveries: bool) -> io::Result<Self> {
        let deliveries = with_deliveries.then(|| deliveries::Tables::begin(folder)).transpose()?;
        Ok(RowFiles {
            losses: Some(Table::begin(folder, "losses.csv", &losses::COLUMNS)?),
            deliveries,
            name: Some(name.clone()),
            originals: None,
            error: None,
        })
    }

    pub(crate) fn finished(&mut self, row: &Row) {
        if let Some(originals) = &mut self.originals {
            originals.finished(row);
        }
        if self.error.is_some() {
            return;
        }
        let written = self.deliveries.as_mut().map_or(Ok(()), |tables| tables.write(row));
        let is_loss = row.counted && row.fate == Fate::Lost;
        let losses = self.losses.as_mut().zip(self.name.as_ref()).filter(|_| is_loss);
        let written = written
            .and_then(|()| losses.map_or(Ok(()), |(table, name)| losses::write(table, name, row)));
        self.error = written.err();
    }

    /// All rows are there.
    pub(crate) fn ready(self) -> io::Result<Vec<Ready>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut ready = Vec::new();
        if let Some(losses) = self.losses {
            ready.push(losses.ready()?);
        }
        if let Some(deliveries) = self.deliveries {
            ready.extend(deliveries.ready()?);
        }
        Ok(ready)
    }
}
