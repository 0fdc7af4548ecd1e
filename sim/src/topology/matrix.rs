//! Latency matrices of regions: a square table, or a long one with a row for each pair.

use std::collections::BTreeMap;

use super::table::{Table, TableRow};
use super::text::{ParseError, decimal, many, shown};
use crate::Span;

/// How long a packet takes between regions, one way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionMatrix {
    /// The regions, in the order in which the file first names them.
    pub names: Vec<String>,
    /// TableRow by row: from the first region to each, from the second to each, and so on.
    pub latency: Vec<Span>,
    /// What the text left open and how it was understood, each said once, with counts.
    pub assumed: Vec<String>,
}

/// What the reader of a latency matrix must be told, as the file can't say it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MatrixOptions {
    /// The numbers are round trips, as `ping` gives them: half of each counts. Off by default.
    pub rtt: bool,
    /// The column of a long table that holds the milliseconds; `ms` by default.
    pub column: String,
}

impl Default for MatrixOptions {
    fn default() -> Self {
        Self { rtt: false, column: "ms".to_owned() }
    }
}

/// A matrix while it is being read: the pairs that came, with the line of each.
struct Pairs<'o> {
    options: &'o MatrixOptions,
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
    /// Where each region was first named.
    lines: Vec<usize>,
    given: BTreeMap<(usize, usize), (Span, usize)>,
    assumed: Vec<String>,
}

impl RegionMatrix {
    /// Reads a table of milliseconds. With the columns `from` and `to` first it is long, a row for
    /// each pair (any further columns may follow); otherwise square: names in the first row and
    /// the first column, from the row's region to the column's.
    ///
    /// ```
    /// # use penult_sim::{MatrixOptions, RegionMatrix, Span};
    /// let options = MatrixOptions::default();
    /// let matrix = RegionMatrix::from_csv("from,to,ms\neu,us,35.25\n", &options).unwrap();
    /// assert_eq!(matrix.between(1, 0), Span::micros(35_250));
    /// assert!(matrix.assumed[0].contains("the other way"));
    /// ```
    pub fn from_csv(text: &str, options: &MatrixOptions) -> Result<Self, ParseError> {
        let table = Table::read(text, "from,to,ms")?;
        let mut pairs = Pairs {
            options,
            names: Vec::new(),
            numbers: BTreeMap::new(),
            lines: Vec::new(),
            given: BTreeMap::new(),
            assumed: Vec::new(),
        };
        if options.rtt {
            let halved = "the latencies are round trips: half of each is taken as one way";
            pairs.assumed.push(halved.to_owned());
        }
        let long = ["from", "to"].iter().zip(table.header.cells());
        if long.filter(|(name, cell)| cell.eq_ignore_ascii_case(name)).count() == 2 {
            pairs.read_long(&table)?;
        } else {
            pairs.read_square(&table)?;
        }
        pairs.finish()
    }

    /// How long a packet takes from one region to another, by their positions in `names`.
    ///
    /// # Panics
    /// If there is no such region.
    pub fn between(&self, from: usize, to: usize) -> Span {
        let count = self.names.len();
        assert!(from < count && to < count, "no regions {from} and {to}: there are {count}");
        self.latency[from * count + to]
    }

    /// The position of the region of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|region| region == name)
    }
}

impl Pairs<'_> {
    fn read_long(&mut self, table: &Table) -> Result<(), ParseError> {
        let column = table.column(&self.options.column)?;
        if !self.options.rtt && self.options.column.to_lowercase().contains("rtt") {
            let name = shown(&self.options.column);
            self.assumed.push(format!(
                "the column {name} is taken as one way; if it holds round trips, say rtt = true"
            ));
        }
        for row in &table.rows {
            let (from, to) = (self.region(row, row.cell(0))?, self.region(row, row.cell(1))?);
            self.add(row, from, to, row.cell(column))?;
        }
        Ok(())
    }

    fn read_square(&mut self, table: &Table) -> Result<(), ParseError> {
        for name in table.header.cells().skip(1) {
            let count = self.names.len();
            if self.region(&table.header, name)? < count {
                return Err(table
                    .header
                    .error(format!("the region {} stands twice in the header", shown(name))));
            }
        }
        let mut seen = vec![0; self.names.len()];
        for row in &table.rows {
            let name = row.cell(0);
            let Some(&from) = self.numbers.get(name) else {
                return Err(row.error(format!(
                    "the region {} has a row but no column: a square table names the same \
                     regions in its first row and its first column \
                     (a long one begins with `from,to,ms`)",
                    shown(name)
                )));
            };
            if seen[from] > 0 {
                return Err(row.error(format!(
                    "a second row for {} (the first is on line {})",
                    shown(name),
                    seen[from]
                )));
            }
            seen[from] = row.line;
            for to in 0..self.names.len() {
                self.add(row, from, to, row.cell(to + 1))?;
            }
        }
        Ok(())
    }

    /// The number of a region; a name not seen before gets the next one.
    fn region(&mut self, row: &TableRow, name: &str) -> Result<usize, ParseError> {
        if name.is_empty() {
            return Err(row.error("a region without a name"));
        }
        if let Some(&known) = self.numbers.get(name) {
            return Ok(known);
        }
        self.numbers.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.lines.push(row.line);
        Ok(self.names.len() - 1)
    }

    /// Takes one number down; an empty cell says nothing.
    fn add(
        &mut self,
        row: &TableRow,
        from: usize,
        to: usize,
        cell: &str,
    ) -> Result<(), ParseError> {
        if cell.is_empty() {
            return Ok(());
        }
        // Halving the unit instead of the number loses nothing.
        let unit = if self.options.rtt { 500_000 } else { 1_000_000 };
        let pair = || format!("from {} to {}", shown(&self.names[from]), shown(&self.names[to]));
        let latency = decimal(cell, unit).map_err(|why| {
            row.error(format!(
                "the latency {}: {why}; it should be milliseconds, as in 35.25",
                pair()
            ))
        })?;
        if let Some((_, first)) = self.given.get(&(from, to)) {
            return Err(
                row.error(format!("the latency {} again: it is on line {first} already", pair()))
            );
        }
        self.given.insert((from, to), (Span::nanos(latency), row.line));
        Ok(())
    }

    fn finish(self) -> Result<RegionMatrix, ParseError> {
        let count = self.names.len();
        if count == 0 {
            return Err(ParseError::new(1, "the table names no region"));
        }
        // Before anything of the square of the count is set aside: names are cheap to write.
        if let Some(missing) = self.missing() {
            return Err(missing);
        }
        let (mut mirrored, mut inside) = (0, 0);
        let mut latency = Vec::with_capacity(count * count);
        for from in 0..count {
            for to in 0..count {
                let given = |pair| self.given.get(&pair).map(|(span, _)| *span);
                latency.push(given((from, to)).unwrap_or_else(|| {
                    inside += usize::from(from == to);
                    mirrored += usize::from(from != to);
                    given((to, from)).unwrap_or(Span::ZERO)
                }));
            }
        }
        let mut assumed = self.assumed;
        if mirrored > 0 {
            let n = many(mirrored, "latency").replace("latencys", "latencies");
            assumed.push(format!("{n} not given: taken from the other way of the same pair"));
        }
        if inside > 0 {
            let n = many(inside, "region");
            assumed.push(format!("{n} without a latency inside: taken as 0"));
        }
        Ok(RegionMatrix { names: self.names, latency, assumed })
    }

    /// The first pair that is given in neither direction, as an error, with a count of the rest.
    fn missing(&self) -> Option<ParseError> {
        let count = self.names.len();
        let given = |a, b| self.given.contains_key(&(a, b)) || self.given.contains_key(&(b, a));
        // This stops at the first gap, so it never takes longer than the file is.
        let mut pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let (a, b) = pairs.find(|&(a, b)| !given(a, b))?;
        let there = self
            .given
            .keys()
            .filter(|&&(a, b)| a < b || (a > b && !self.given.contains_key(&(b, a))))
            .count();
        let others = count * (count - 1) / 2 - there - 1;
        let more = if others > 0 {
            format!(" (and {})", many(others, "more pair"))
        } else {
            String::new()
        };
        let (a_name, b_name) = (shown(&self.names[a]), shown(&self.names[b]));
        let line = self.lines[a].max(self.lines[b]);
        Some(ParseError::new(
            line,
            format!(
                "no latency between {a_name} and {b_name}, in either direction{more}: \
                 every pair of regions needs one"
            ),
        ))
    }
}
