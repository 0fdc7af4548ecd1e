//! The cells of a table's columns, until they are written.

use std::mem;

use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;

use super::Kind;

/// A cell that is not read from text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'t> {
    Nothing,
    Text(&'t str),
    Truth(bool),
    Whole(i64),
    Number(f64),
}

/// The cells of a column that are not yet written.
#[derive(Debug)]
pub(super) struct Cells {
    values: Values,
    /// For each row whether it has a cell, where it may have none.
    there: Option<Vec<i16>>,
}

/// The cells that there are.
#[derive(Debug)]
enum Values {
    /// One after the other, and where each ends.
    Text(Vec<u8>, Vec<usize>),
    Truth(Vec<bool>),
    Whole(Vec<i64>),
    Number(Vec<f64>),
}

impl<'t> Cell<'t> {
    /// The cell as it stands in CSV, if it is what the column has.
    pub(super) fn read(cell: &'t str, kind: Kind) -> Option<Cell<'t>> {
        Some(match kind {
            kind if kind.may_miss() && cell.is_empty() => Cell::Nothing,
            Kind::Text | Kind::MaybeText => Cell::Text(cell),
            Kind::Truth => Cell::Truth(cell.parse().ok()?),
            Kind::Whole | Kind::MaybeWhole => Cell::Whole(cell.parse().ok()?),
            Kind::Seed => Cell::Whole(cell.parse::<u64>().ok()?.cast_signed()),
            Kind::Number => Cell::Number(cell.parse().ok()?),
        })
    }
}

impl Cells {
    pub(super) fn of(kind: Kind) -> Cells {
        let values = match kind {
            Kind::Text | Kind::MaybeText => Values::Text(Vec::new(), Vec::new()),
            Kind::Truth => Values::Truth(Vec::new()),
            Kind::Whole | Kind::MaybeWhole | Kind::Seed => Values::Whole(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
        };
        Cells { values, there: kind.may_miss().then(Vec::new) }
    }

    /// Adds a cell, if it is what the column has.
    pub(super) fn add(&mut self, cell: Cell<'_>) -> Option<()> {
        match (&mut self.values, cell) {
            (_, Cell::Nothing) => {}
            (Values::Text(bytes, ends), Cell::Text(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
            }
            (Values::Truth(cells), Cell::Truth(truth)) => cells.push(truth),
            (Values::Whole(cells), Cell::Whole(number)) => cells.push(number),
            (Values::Number(cells), Cell::Number(number)) => cells.push(number),
            _ => return None,
        }
        match (&mut self.there, cell) {
            (Some(there), Cell::Nothing) => there.push(0),
            (Some(there), _) => there.push(1),
            (None, Cell::Nothing) => return None,
            (None, _) => {}
        }
        Some(())
    }

    /// Writes all cells, and forgets them.
    pub(super) fn write_out(
        &mut self,
        mut column: SerializedColumnWriter<'_>,
    ) -> Result<(), ParquetError> {
        let there = self.there.as_deref();
        match &mut self.values {
            Values::Text(bytes, ends) => {
                // Cells share one piece of memory, and go on from where they stand.
                let next = Vec::with_capacity(bytes.len());
                let all = ByteArray::from(mem::replace(bytes, next));
                let mut from = 0;
                let cell = |end| {
                    let begins = mem::replace(&mut from, end);
                    all.slice(begins, end - begins)
                };
                let cells: Vec<ByteArray> = ends.drain(..).map(cell).collect();
                column.typed::<ByteArrayType>().write_batch(&cells, there, None)?;
            }
            Values::Truth(cells) => {
                column.typed::<BoolType>().write_batch(cells, there, None)?;
                cells.clear();
            }
            Values::Whole(cells) => {
                column.typed::<Int64Type>().write_batch(cells, there, None)?;
                cells.clear();
            }
            Values::Number(cells) => {
                column.typed::<DoubleType>().write_batch(cells, there, None)?;
                cells.clear();
            }
        }
        self.there.iter_mut().for_each(Vec::clear);
        column.close()
    }
}
