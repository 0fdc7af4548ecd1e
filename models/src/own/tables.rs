//! Tables of a strategy's own: one file of the report each, filled by notes cell by cell.

use penult_sim::{NodeId, Span, Time};

use super::OwnNote;
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;

/// A table of a strategy's own. Before its own columns stand those that say of which run a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnTable {
    /// Its place among the tables of the strategy.
    pub place: u8,
    /// The name of its file: `migrations.csv`.
    pub file: &'static str,
    /// A row for each of what, in a clause without a full stop.
    pub about: &'static str,
    /// The names of its columns. Those that end with `_s` hold instants or lengths of time in seconds, with `_ms` in
    /// milliseconds.
    pub columns: &'static [&'static str],
    /// The columns that get the instant and the word `crash` where the node that began a row crashes before the first
    /// of them has its cell.
    pub ends: Option<(u8, u8)>,
}

/// A column of a table of a strategy's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnColumn {
    /// The table's place.
    pub table: u8,
    /// The column's.
    pub column: u8,
}

/// A cell of a table of a strategy's own: made of a count, an instant, a length of time, a client, a node or `&"a word"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnCell {
    /// A number of this kind.
    Of(OwnKind, u64),
    /// A word.
    Word(&'static &'static str),
}

/// What a cell is, if it is no word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnKind {
    /// A count.
    Count,
    /// An instant, or a length of time, in nanoseconds.
    Nanos,
    /// A client, by its number.
    Client,
    /// A gateway, a service or a device, by the number of its node.
    Node,
}

impl OwnTable {
    /// One more table of a strategy: each has a place of its own.
    pub const fn new(
        place: u8,
        file: &'static str,
        about: &'static str,
        columns: &'static [&'static str],
    ) -> OwnTable {
        OwnTable { place, file, about, columns, ends: None }
    }

    /// A crash of the node that began a row ends it: with the instant in one column, and `crash` in another. It has ended
    /// by itself where the first of them has its cell.
    #[must_use]
    pub const fn ended_by_a_crash(self, at: &str, why: &str) -> OwnTable {
        OwnTable { ends: Some((self.column(at).column, self.column(why).column)), ..self }
    }

    /// The column of this name. In a constant, a name that is misspelt does not compile.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub const fn column(&self, name: &str) -> OwnColumn {
        let mut column = 0;
        while column < self.columns.len() {
            if are_equal(self.columns[column].as_bytes(), name.as_bytes()) {
                return OwnColumn { table: self.place, column: column as u8 };
            }
            column += 1;
        }
        panic!("the table has no such column")
    }
}

impl OwnColumn {
    /// The cell of a row in this column. Rows are told apart by numbers that the strategy gives, each once in a run;
    /// [`label`](penult_sim::Context::label) has such numbers. A row begins with the first of its cells, and rows stand in
    /// the order in which they began. A cell that is told twice is what was told last.
    pub fn cell(self, row: u32, cell: impl Into<OwnCell>) -> Note {
        Note::Own(match cell.into() {
            OwnCell::Of(kind, value) => OwnNote::Cell(self, kind, row, value),
            OwnCell::Word(word) => OwnNote::Word(self, row, word),
        })
    }
}

/// As `==`, where a constant is made.
const fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

impl From<u64> for OwnCell {
    fn from(count: u64) -> OwnCell {
        OwnCell::Of(OwnKind::Count, count)
    }
}

impl From<Time> for OwnCell {
    fn from(at: Time) -> OwnCell {
        OwnCell::Of(OwnKind::Nanos, at.nanos())
    }
}

impl From<Span> for OwnCell {
    fn from(span: Span) -> OwnCell {
        OwnCell::Of(OwnKind::Nanos, span.as_nanos())
    }
}

impl From<ClientId> for OwnCell {
    fn from(client: ClientId) -> OwnCell {
        OwnCell::Of(OwnKind::Client, client.0.into())
    }
}

impl From<NodeId> for OwnCell {
    fn from(node: NodeId) -> OwnCell {
        OwnCell::Of(OwnKind::Node, node.raw().into())
    }
}

impl From<GatewayId> for OwnCell {
    /// Gateways are the first nodes.
    fn from(gateway: GatewayId) -> OwnCell {
        NodeId::new(gateway.index()).into()
    }
}

impl From<&'static &'static str> for OwnCell {
    fn from(word: &'static &'static str) -> OwnCell {
        OwnCell::Word(word)
    }
}
