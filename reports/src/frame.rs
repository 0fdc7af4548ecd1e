//! Tables as Parquet, for those who load them into a data frame: the cells of a CSV table, in columns that have
//! a type.
//!
//! A count is a signed number of 64 bits, so that differences of two may fall below zero; a seed is an unsigned
//! one, since each of the 64 bits counts. A number may be missing where there was no sample: the cell is empty in
//! CSV, and null here. Nothing in the file depends on anything but the columns and the cells.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Stored};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::flat::Value;
use crate::summary::Summary;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// `true` or `false`.
    Truth,
    /// A whole number.
    Whole,
    /// A seed.
    Seed,
    /// A number, or nothing.
    Number,
}

/// A column: its name, and what its cells are.
pub type Column = (String, Kind);

/// A table under way. Its rows are kept until there are many, then they are written column by column.
pub struct Frame<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<(Column, Cells)>,
    rows: usize,
}

/// The cells of a column that are not yet written.
#[derive(Debug)]
enum Cells {
    Text(Vec<ByteArray>),
    Truth(Vec<bool>),
    Whole(Vec<i64>),
    /// Those that there are; and for each row whether it has one.
    Number(Vec<f64>, Vec<i16>),
}

/// Rows that are written together: some ten megabytes, with the columns of a summary.
const TOGETHER: usize = 16_384;

impl Summary {
    /// The columns of a table with a [flat](Summary::flat) summary in each row.
    pub fn columns() -> Vec<Column> {
        let kind = |path: &str, value: &Value| match value {
            Value::Text(_) => Kind::Text,
            Value::Count(_) if path == "seed" => Kind::Seed,
            Value::Count(_) => Kind::Whole,
            Value::Number(_) | Value::Nothing => Kind::Number,
        };
        let flat = Summary::default().flat().into_iter();
        flat.map(|(path, value)| (path.clone(), kind(&path, &value))).collect()
    }
}

impl<W: Write + Send> Frame<W> {
    /// Begins a table.
    pub fn begin(writer: W, columns: Vec<Column>) -> io::Result<Frame<W>> {
        let fields: Result<Vec<TypePtr>, ParquetError> = columns.iter().map(field).collect();
        let root = Type::group_type_builder("schema").with_fields(fields.map_err(failed)?);
        let root = Arc::new(root.build().map_err(failed)?);
        let properties = Arc::new(WriterProperties::builder().build());
        let writer = SerializedFileWriter::new(writer, root, properties).map_err(failed)?;
        let columns = columns.into_iter().map(|column| {
            let cells = Cells::of(column.1);
            (column, cells)
        });
        Ok(Frame { writer, columns: columns.collect(), rows: 0 })
    }

    /// One more row: its cells as they stand in CSV.
    pub fn row<C: AsRef<str>>(&mut self, cells: &[C]) -> io::Result<()> {
        if cells.len() != self.columns.len() {
            let (cells, columns) = (cells.len(), self.columns.len());
            return Err(wrong(format!("a row of {cells} cells in a table of {columns} columns")));
        }
        for (((name, kind), column), cell) in self.columns.iter_mut().zip(cells) {
            let cell = cell.as_ref();
            column.add(cell, *kind).ok_or_else(|| wrong(format!("{cell:?} in column {name}")))?;
        }
        self.rows += 1;
        if self.rows == TOGETHER { self.write_out() } else { Ok(()) }
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

impl Cells {
    fn of(kind: Kind) -> Cells {
        match kind {
            Kind::Text => Cells::Text(Vec::new()),
            Kind::Truth => Cells::Truth(Vec::new()),
            Kind::Whole | Kind::Seed => Cells::Whole(Vec::new()),
            Kind::Number => Cells::Number(Vec::new(), Vec::new()),
        }
    }

    /// Adds a cell, if it is what the column has.
    fn add(&mut self, cell: &str, kind: Kind) -> Option<()> {
        match self {
            Cells::Text(cells) => cells.push(cell.into()),
            Cells::Truth(cells) => cells.push(cell.parse().ok()?),
            Cells::Whole(cells) if kind == Kind::Seed => {
                cells.push(cell.parse::<u64>().ok()?.cast_signed());
            }
            Cells::Whole(cells) => cells.push(cell.parse().ok()?),
            Cells::Number(_, there) if cell.is_empty() => there.push(0),
            Cells::Number(cells, there) => {
                cells.push(cell.parse().ok()?);
                there.push(1);
            }
        }
        Some(())
    }

    /// Writes all cells, and forgets them.
    fn write_out(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Cells::Text(cells) => {
                column.typed::<ByteArrayType>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Cells::Truth(cells) => {
                column.typed::<BoolType>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Cells::Whole(cells) => {
                column.typed::<Int64Type>().write_batch(cells, None, None)?;
                cells.clear();
            }
            Cells::Number(cells, there) => {
                column.typed::<DoubleType>().write_batch(cells, Some(there), None)?;
                cells.clear();
                there.clear();
            }
        }
        column.close()
    }
}

/// A column as the file describes it.
fn field((name, kind): &Column) -> Result<TypePtr, ParquetError> {
    let (stored, means) = match kind {
        Kind::Text => (Stored::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Truth => (Stored::BOOLEAN, None),
        Kind::Whole => (Stored::INT64, Some(LogicalType::integer(64, true))),
        Kind::Seed => (Stored::INT64, Some(LogicalType::integer(64, false))),
        Kind::Number => (Stored::DOUBLE, None),
    };
    let repeated = if *kind == Kind::Number { Repetition::OPTIONAL } else { Repetition::REQUIRED };
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
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    fn columns() -> Vec<Column> {
        [
            ("words", Kind::Text),
            ("truth", Kind::Truth),
            ("whole", Kind::Whole),
            ("seed", Kind::Seed),
            ("number", Kind::Number),
        ]
        .map(|(name, kind)| (name.to_owned(), kind))
        .into()
    }

    fn written(rows: &[[&str; 5]]) -> Vec<u8> {
        let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
        rows.iter().for_each(|row| frame.row(row).unwrap());
        frame.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> (Vec<Vec<Field>>, usize) {
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let rows = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect());
        (rows.collect(), reader.num_row_groups())
    }

    #[test]
    fn each_cell_is_what_it_was() {
        let rows = [
            ["", "true", "-9223372036854775808", "18446744073709551615", "0.1"],
            ["quote \" and, comma\nand line ü", "false", "9223372036854775807", "0", ""],
            ["x", "true", "0", "9223372036854775808", "5e-324"],
        ];
        let text = |text: &str| Field::Str(text.to_owned());
        let wanted = [
            vec![
                text(rows[0][0]),
                Field::Bool(true),
                Field::Long(i64::MIN),
                Field::ULong(u64::MAX),
                Field::Double(0.1),
            ],
            vec![
                text(rows[1][0]),
                Field::Bool(false),
                Field::Long(i64::MAX),
                Field::ULong(0),
                Field::Null,
            ],
            vec![
                text("x"),
                Field::Bool(true),
                Field::Long(0),
                Field::ULong(1 << 63),
                Field::Double(5e-324),
            ],
        ];
        let bytes = written(&rows);
        assert_eq!(bytes, written(&rows));
        assert_eq!(read(bytes), (wanted.into(), 1));
        assert_eq!(read(written(&[])), (Vec::new(), 0));
    }

    #[test]
    fn rows_are_written_in_groups() {
        let numbers: Vec<String> =
            (0..2 * TOGETHER as i64 + 1).map(|number| number.to_string()).collect();
        // Those that are missing lie otherwise in each group.
        let number = |at: usize| if at.is_multiple_of(3) { "" } else { numbers[at].as_str() };
        let rows: Vec<[&str; 5]> = (0..numbers.len())
            .map(|at| [&numbers[at], "true", &numbers[at], &numbers[at], number(at)])
            .collect();
        let (found, groups) = read(written(&rows));
        assert_eq!((found.len(), groups), (rows.len(), 3));
        for (at, row) in found.iter().enumerate() {
            let missing = at.is_multiple_of(3);
            let number = if missing { Field::Null } else { Field::Double(at as f64) };
            let wanted = [
                Field::Str(at.to_string()),
                Field::Bool(true),
                Field::Long(at as i64),
                Field::ULong(at as u64),
                number,
            ];
            assert_eq!(row[..], wanted, "{at}");
        }
    }

    #[test]
    fn what_a_column_cannot_hold_is_refused() {
        let right = ["x", "true", "1", "1", "1"];
        for (at, cell) in [(1, "yes"), (2, "1.5"), (2, ""), (3, "-1"), (4, "1ms")] {
            let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
            let mut row = right;
            row[at] = cell;
            let error = frame.row(&row).unwrap_err().to_string();
            assert!(error.contains(cell) && error.contains(&columns()[at].0), "{error}");
        }
        let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
        assert!(frame.row(&right[1..]).is_err());
    }

    #[test]
    fn every_summary_fits_its_columns() {
        let columns = Summary::columns();
        let flat = Summary::default().flat();
        assert_eq!(columns.len(), flat.len());
        let mut frame = Frame::begin(Vec::new(), columns.clone()).unwrap();
        let row = |frame: &mut Frame<Vec<u8>>, summary: &Summary| {
            let cells = summary.flat().into_iter().map(|(_, value)| value.to_string());
            frame.row(&cells.collect::<Vec<_>>()).unwrap();
        };
        let mut summary = Summary { seed: u64::MAX, ..Summary::default() };
        row(&mut frame, &summary);
        (summary.latency.p50, summary.latency.count) = (Some(1.5), 7);
        row(&mut frame, &summary);
        let (rows, _) = read(frame.finish().unwrap());
        let at = |path: &str| columns.iter().position(|(it, _)| it == path).unwrap();
        let of = |row: usize, path: &str| rows[row][at(path)].clone();
        assert_eq!(of(0, "seed"), Field::ULong(u64::MAX));
        assert_eq!([of(0, "latency.p50"), of(1, "latency.p50")], [Field::Null, Field::Double(1.5)]);
        assert_eq!(of(1, "latency.count"), Field::Long(7));
    }
}
