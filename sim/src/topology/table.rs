//! A table in CSV: a header, then rows of the same width; lines that begin with `#` are comments.

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::text::{Lines, ParseError, many, shown, without_mark};

/// A table in CSV, with the line of each row.
#[derive(Clone, Debug)]
pub struct Table {
    /// The names of its columns.
    pub header: TableRow,
    /// All others, each as wide as the header.
    pub rows: Vec<TableRow>,
}

/// A row of a [`Table`].
#[derive(Clone, Debug)]
pub struct TableRow {
    /// The line that it stands on, from 1.
    pub line: usize,
    cells: StringRecord,
}

impl TableRow {
    /// The cell of a column, by its number; empty behind the last.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default()
    }

    /// All cells, without blanks around them.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter()
    }

    /// Something that is wrong with it.
    pub fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.line, message)
    }
}

impl Table {
    /// Reads one. `example` is a header that would be right, for the message when there is none.
    pub fn read(text: &str, example: &str) -> Result<Self, ParseError> {
        let text = without_mark(text);
        let lines = Lines::of(text);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .comment(Some(b'#'))
            .trim(Trim::All)
            // Rows of another width are found below, where the message can say more.
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let cells = record.map_err(|error| not_csv(&error))?;
            let begun = cells.position().map_or(0, |position| position.byte() as usize);
            let line = lines.at(after_blank_lines(text, begun));
            // A line of blanks only.
            if cells.len() > 1 || cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(TableRow { line, cells });
            }
        }
        if rows.is_empty() {
            let what = format!("the table is empty: it begins with a header, as in `{example}`");
            return Err(ParseError::new(1, what));
        }
        let header = rows.remove(0);
        let width = header.cells.len();
        if let Some(row) = rows.iter().find(|row| row.cells.len() != width) {
            let came = many(row.cells.len(), "column");
            let mend = match row.cells.len() < width {
                true => "an empty cell still needs its comma",
                false => "a cell with a comma inside needs quotes around it",
            };
            let what = format!("{came} here, {width} in the header: {mend}");
            return Err(row.error(what));
        }
        Ok(Self { header, rows })
    }

    /// Where the column of that name is, in any case, if there is one.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.header.cells().position(|cell| cell.eq_ignore_ascii_case(name))
    }

    /// The same, where there has to be one.
    pub fn column(&self, name: &str) -> Result<usize, ParseError> {
        self.find(name).ok_or_else(|| {
            let there: Vec<String> = self.header.cells().map(shown).collect();
            let there = there.join(", ");
            self.header.error(format!("no column `{name}`; there are {there}"))
        })
    }
}

/// The reader counts comments and blank lines to the row behind them; a person doesn't.
fn after_blank_lines(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let found = rest.trim_start_matches(['\n', '\r']);
        at += rest.len() - found.len();
        match found.find('\n') {
            Some(length) if found.starts_with('#') => at += length,
            _ => return at,
        }
    }
}

fn not_csv(error: &csv::Error) -> ParseError {
    let line = error.position().map_or(1, |position| position.line() as usize);
    match error.kind() {
        ErrorKind::Utf8 { .. } => ParseError::new(line, "this is not UTF-8 text"),
        _ => ParseError::new(line, format!("this is not a CSV table: {error}")),
    }
}
