//! Tables as Parquet, for those who load them into a data frame: the cells of a CSV table, in columns that have
//! a type.
//!
//! A count is a signed number of 64 bits, so that differences of two may fall below zero; a seed is an unsigned
//! one, since each of the 64 bits counts. A number may be missing where there was no sample, and what is said to
//! be there or not: the cell is empty in CSV, and null here. Nothing in the file depends on anything but the
//! columns and the cells.

mod cells;

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Stored};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

pub(crate) use self::cells::Cell;
use self::cells::Cells;
use penult_models::{Metric, Unit};

use crate::flat::Value;
use crate::metrics::{common_at, of_runs};
use crate::summary::Summary;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Words, or nothing.
    MaybeText,
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Whole,
    /// A whole number, or nothing.
    MaybeWhole,
    /// A seed.
    Seed,
    /// A number, or nothing.
    Number,
}

/// A column: its name, and what its cells are.
pub type Column = (String, Kind);

/// How a file lays its cells out; it changes none of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'n> {
    /// Rows that are written together.
    pub(crate) together: usize,
    /// Columns in which hardly any two cells are the same: to look for those that are is wasted.
    pub(crate) varied: &'n [&'n str],
}

/// A table under way. Its rows are kept until there are many, then they are written column by column.
pub struct Frame<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<(Column, Cells)>,
    rows: usize,
    together: usize,
}

/// That of a table of summaries: some ten megabytes are written together.
const SUMMARIES: Layout<'_> = Layout { together: 16_384, varied: &[] };

impl Summary {
    /// The columns of a table with the summary of a run in each row: numbers that only some strategies have may be
    /// missing.
    pub fn columns<'r>(runs: impl IntoIterator<Item = &'r Summary>) -> Vec<Column> {
        of_runs(runs).iter().map(column).collect()
    }

    /// Its cells in these columns, as they stand in a column that has a type.
    pub fn cells(&self, columns: &[Column]) -> Vec<String> {
        let cell = |(path, _): &Column| self.get(path).unwrap_or(Value::Nothing).to_string();
        columns.iter().map(cell).collect()
    }
}

/// The column of a number. Those of a strategy's own are not in every row.
pub fn column(metric: &Metric) -> Column {
    let is_common = common_at(&metric.path).is_some();
    let kind = match (metric.unit, metric.whole) {
        (Unit::Text, _) => Kind::Text,
        (_, true) if metric.path == "seed" => Kind::Seed,
        (_, true) if is_common => Kind::Whole,
        (_, true) => Kind::MaybeWhole,
        (_, false) => Kind::Number,
    };
    (metric.path.to_string(), kind)
}

impl<W: Write + Send> Frame<W> {
    /// Begins a table.
    pub fn begin(writer: W, columns: Vec<Column>) -> io::Result<Frame<W>> {
        Frame::laid_out(writer, columns, SUMMARIES)
    }

    /// The same, laid out otherwise.
    pub(crate) fn laid_out(
        writer: W,
        columns: Vec<Column>,
        layout: Layout<'_>,
    ) -> io::Result<Frame<W>> {
        let fields: Result<Vec<TypePtr>, ParquetError> = columns.iter().map(field).collect();
        let root = Type::group_type_builder("schema").with_fields(fields.map_err(failed)?);
        let root = Arc::new(root.build().map_err(failed)?);
        let plain = |properties: WriterPropertiesBuilder, name: &&str| {
            properties.set_column_dictionary_enabled(ColumnPath::from(*name), false)
        };
        let properties = layout.varied.iter().fold(WriterProperties::builder(), plain);
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(writer, root, properties).map_err(failed)?;
        let columns = columns.into_iter().map(|column| {
            let cells = Cells::of(column.1);
            (column, cells)
        });
        let (columns, together) = (columns.collect(), layout.together);
        Ok(Frame { writer, columns, rows: 0, together })
    }

    /// One more row: its cells as they stand in CSV.
    pub fn row<C: AsRef<str>>(&mut self, cells: &[C]) -> io::Result<()> {
        self.fits(cells.len())?;
        for ((column, kind), cells, cell) in self.beside(cells) {
            let text = cell.as_ref();
            let cell = Cell::read(text, *kind);
            cell.and_then(|cell| cells.add(cell))
                .ok_or_else(|| wrong(format!("{text:?} in column {column}")))?;
        }
        self.one_more()
    }

    /// One more row, of cells that are of their columns' kinds.
    pub(crate) fn typed(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.fits(cells.len())?;
        for ((column, _), cells, cell) in self.beside(cells) {
            cells.add(*cell).ok_or_else(|| wrong(format!("{cell:?} in column {column}")))?;
        }
        self.one_more()
    }

    fn fits(&self, cells: usize) -> io::Result<()> {
        let columns = self.columns.len();
        if cells == columns {
            return Ok(());
        }
        Err(wrong(format!("a row of {cells} cells in a table of {columns} columns")))
    }

    /// Each column with its cell of a row.
    fn beside<'c, C>(
        &'c mut self,
        row: &'c [C],
    ) -> impl Iterator<Item = (&'c Column, &'c mut Cells, &'c C)> {
        let columns = self.columns.iter_mut().zip(row);
        columns.map(|((column, cells), cell)| (&*column, cells, cell))
    }

    fn one_more(&mut self) -> io::Result<()> {
        self.rows += 1;
        if self.rows == self.together { self.write_out() } else { Ok(()) }
    }

    /// All rows are there: gives back what they were written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_out()?;
        self.writer.into_inner().map_err(failed)
    }

    fn write_out(&mut self) -> io::Result<()> {
        if mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for (_, cells) in &mut self.columns {
            let column = group.next_column().map_err(failed)?;
            cells
                .write_out(column.expect("there are as many as the schema has"))
                .map_err(failed)?;
        }
        group.close().map_err(failed)?;
        Ok(())
    }
}

impl<W: Write + Send> fmt::Debug for Frame<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.len();
        f.debug_struct("Frame").field("columns", &columns).field("rows", &self.rows).finish()
    }
}

impl Kind {
    /// Whether a cell may be missing.
    fn may_miss(self) -> bool {
        matches!(self, Kind::MaybeText | Kind::MaybeWhole | Kind::Number)
    }
}

/// A column as the file describes it.
fn field((name, kind): &Column) -> Result<TypePtr, ParquetError> {
    let (stored, means) = match kind {
        Kind::Text | Kind::MaybeText => (Stored::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Truth => (Stored::BOOLEAN, None),
        Kind::Whole | Kind::MaybeWhole => (Stored::INT64, Some(LogicalType::integer(64, true))),
        Kind::Seed => (Stored::INT64, Some(LogicalType::integer(64, false))),
        Kind::Number => (Stored::DOUBLE, None),
    };
    let repeated = if kind.may_miss() { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let field = Type::primitive_type_builder(name, stored).with_repetition(repeated);
    Ok(Arc::new(field.with_logical_type(means).build()?))
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests;
