//! Reading: from a TOML text to plain values, with a complaint for everything that is wrong.

//!
//! Strategies outside read their tables with it too: a type that may stand at a key is a [`Setting`]; most are made by
//! [`table!`](crate::table) and [`choice!`](crate::choice).

pub(crate) mod document;
pub(crate) mod reader;
pub(crate) mod setting;
#[macro_use]
pub(crate) mod table;
pub(crate) mod write;
pub(crate) mod wrong;

pub use document::Item;
pub use reader::Reader;
#[doc(hidden)]
pub use reader::from_text;
pub use schemars;
pub use setting::{AboveZero, Counted, Keys, Magnitude, OneOrMore, Rule, Setting, Spread};
#[doc(hidden)]
pub use table::{obeying, put, word};
pub use write::Out;

pub use crate::schema::TableSchema;
#[doc(hidden)]
pub use crate::schema::words;

use std::rc::Rc;

use crate::complaint::{At, Complaint, Complaints, SHOWN_MAX, Severity, Source};
use crate::files::Shelf;
use crate::tables::Half;
use crate::{Care, Strategies};
use wrong::Wrong;

/// So many complaints are gathered before those that nobody will be shown are let go.
const GATHERED_MAX: usize = 4 * SHOWN_MAX;

/// What goes along while a scenario is read: the complaints so far, the files, the key at hand.
pub struct Reading<'f> {
    pub(crate) complaints: Complaints,
    pub(crate) shelf: &'f Shelf<'f>,
    /// The strategies that there are.
    pub(crate) strategies: Strategies,
    /// How closely is looked.
    pub(crate) care: Care<'f>,
    /// What had to be assumed, in sentences.
    pub(crate) assumed: Vec<String>,
    /// Where something is wrong, or a file is named that has errors inside.
    pub(crate) wrong: Wrong,
    /// How many complaints there were, be they shown or not.
    pub(crate) complained: usize,
    /// Where the keys that a sweep varies stand, and the values of each.
    pub(crate) axes: Vec<(At, Vec<At>)>,
    /// What could be read of each fault that is broken, in the order of the file.
    pub(crate) faults: Vec<Option<Half>>,
    /// The least whole number that the key at hand takes.
    pub(crate) least: u64,
    /// The tables and keys around what is being read, outermost first.
    around: Vec<String>,
}

impl<'f> Reading<'f> {
    pub(crate) fn new(shelf: &'f Shelf<'f>, strategies: Strategies) -> Self {
        Reading::with(shelf, strategies, Care::default())
    }

    pub(crate) fn with(shelf: &'f Shelf<'f>, strategies: Strategies, care: Care<'f>) -> Self {
        let (complaints, assumed) = (Complaints::default(), Vec::new());
        Reading {
            complaints,
            shelf,
            strategies,
            care,
            assumed,
            wrong: Wrong::default(),
            complained: 0,
            axes: Vec::new(),
            faults: Vec::new(),
            least: 0,
            around: Vec::new(),
        }
    }

    pub(crate) fn complain(&mut self, complaint: Complaint) {
        self.complained += 1;
        if let Some(at) = complaint.at.filter(|_| complaint.severity == Severity::Error) {
            self.wrong.add(at);
        }
        self.complaints.list.push(complaint);
        if self.complaints.list.len() >= GATHERED_MAX {
            self.complaints.sort();
            self.wrong.learn(&self.complaints);
        }
    }

    /// An error of which nobody is shown more than that there is one: see [`shows`](Wrong::shows).
    pub(crate) fn count_error(&mut self, at: At) {
        self.complained += 1;
        self.wrong.add(at);
        self.complaints.more.errors += 1;
    }

    /// Whether there are as many errors as are shown: what takes long to look for is left, which is to be said.
    pub(crate) fn has_enough(&mut self) -> bool {
        let enough = self.complaints.errors() >= SHOWN_MAX;
        self.complaints.more.unseen |= enough;
        enough
    }

    /// The next whole number is so many or more.
    pub fn at_least(&mut self, least: u64) {
        self.least = least;
    }

    /// The value at an item is wrong: what is wrong with it, and what would be right.
    pub fn wrong(&mut self, item: &Item, what: impl Into<String>, mend: impl Into<String>) {
        self.error(item.at, what, mend);
    }

    pub(crate) fn error(&mut self, at: At, what: impl Into<String>, mend: impl Into<String>) {
        self.complain(Complaint::error(at, what, mend));
    }

    /// Adds a text that places can point into. The same text is added once.
    pub(crate) fn add_source(&mut self, name: &str, text: &str) -> usize {
        let sources = &mut self.complaints.sources;
        if let Some(known) = sources.iter().position(|source| source.name == name) {
            return known;
        }
        sources.push(Source { name: name.to_owned(), text: text.into() });
        sources.len() - 1
    }

    /// An error in a file that the scenario names, on a line counted from 1.
    pub(crate) fn error_in_file(&mut self, file: &Text, line: usize, what: &str, named: At) {
        let source = self.add_source(&file.name, &file.text);
        let line = line.max(1);
        let start: usize = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let length = file.text[start..].find(['\n', '\r']).unwrap_or(file.text.len() - start);
        let at = At { source, start, end: start + length };
        let (what, mend) = match what.split_once(": ") {
            Some((what, mend)) => (what, mend),
            None => (what, "this line"),
        };
        self.wrong.add(named);
        let complaint = Complaint::error(at, format!("in {}: {what}", file.name), mend);
        self.complain(complaint.also(named, "the file is named here"));
    }

    /// Whether something in one of these places has been complained about.
    pub(crate) fn broken(&self, places: impl IntoIterator<Item = At>) -> bool {
        places.into_iter().any(|place| self.wrong.is_within(place))
    }

    /// Goes into a table or to a key of it, for the messages.
    pub fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.around.push(name.to_owned());
        let value = read(self);
        self.around.pop();
        value
    }

    /// The table being read, as it stands in the file: `[clients.access]`; empty at the top.
    pub(crate) fn table(&self) -> String {
        bracketed(&self.around)
    }

    /// The key at hand, and where: `` `latency` in [gateways] ``.
    pub fn key(&self) -> String {
        match self.around.split_last() {
            None => "the scenario".to_owned(),
            Some((key, [])) => format!("`{key}`"),
            Some((key, around)) => format!("`{key}` in {}", bracketed(around)),
        }
    }
}

/// A table as its header has it: `[clients.access]`, `[[fault]]`; empty at the top.
fn bracketed(around: &[String]) -> String {
    let name = around.join(".");
    match name.as_str() {
        "" => name,
        "fault" | "message" | "gateways.link" => format!("[[{name}]]"),
        _ => format!("[{name}]"),
    }
}

/// The text of a file that a scenario names.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: Rc<str>,
}
