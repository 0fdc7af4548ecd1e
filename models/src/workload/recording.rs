//! Recorded messages: a table `time_s,from,to,bytes`, or a temporal edge list `SRC DST UNIX_SECONDS`.

use std::collections::BTreeMap;

use penult_sim::{ParseError, Time};

use super::Workload;
use super::list::{List, Listed, trouble};
use super::text::{cells, decimal, lines, many, shown};
use crate::ids::ClientId;

/// Messages as a file has them. Texts come in: nothing here opens a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recording {
    /// The messages, in the order of the file.
    pub list: List,
    /// How many clients it takes: one more than the highest number.
    pub clients: u32,
    /// What the text left open and how it was understood, each said once, with counts.
    pub assumed: Vec<String>,
}

/// How the people of a file become clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum People {
    /// `5` or `c5` is the client c5.
    #[default]
    Numbered,
    /// By any name, in the order in which the file first has them: c0 is the first one.
    AsTheyCome,
}

const SECOND: u64 = 1_000_000_000;

impl Recording {
    /// Reads a table with the columns `time_s` (seconds since the start), `from`, `to` (several with blanks
    /// or semicolons between them) and, if it likes, `bytes`, in any order, with any others beside them and
    /// its rows in any order. Where there are no bytes, the workload says how large a message is.
    ///
    /// ```
    /// # use penult_models::{ClientId, People, Recording};
    /// let text = "time_s,from,to,bytes\n0.5,c0,c1;c2,1024\n2,c2,c0,\n";
    /// let recording = Recording::from_csv(text, People::Numbered, 3).unwrap();
    /// let messages: Vec<_> = recording.list.iter().collect();
    /// assert_eq!(messages[0].at.nanos(), 500_000_000);
    /// assert_eq!(messages[0].to, [ClientId(1), ClientId(2)]);
    /// assert_eq!((messages[0].bytes, messages[1].bytes), (Some(1024), None));
    /// ```
    pub fn from_csv(text: &str, people: People, clients: u32) -> Result<Self, ParseError> {
        const EXAMPLE: &str = "time_s,from,to,bytes";
        let mut lines = lines(text);
        let Some((header_line, header)) = lines.next() else {
            return Err(error(1, format!("no table: it begins with a header, as in `{EXAMPLE}`")));
        };
        let header = cells(header).map_err(|why| error(header_line, why))?;
        let column = |name: &str| {
            let mut named = (0..).zip(&header).filter(|(_, cell)| cell.eq_ignore_ascii_case(name));
            match (named.next(), named.next()) {
                (Some(_), Some(_)) => Err(error(header_line, format!("two columns `{name}`"))),
                (found, _) => Ok(found.map(|(at, _): (usize, _)| at)),
            }
        };
        let needed = |name: &str| {
            column(name)?.ok_or_else(|| {
                let there = shown(&header.join(","));
                let what = format!("no column `{name}` in {there}: a header is `{EXAMPLE}`");
                error(header_line, what)
            })
        };
        let (time, from, to) = (needed("time_s")?, needed("from")?, needed("to")?);
        let bytes = column("bytes")?;

        let mut reading = Reading::new(people, clients);
        for (line, row) in lines {
            let row = cells(row).map_err(|why| error(line, why))?;
            if row.len() != header.len() {
                let (came, all) = (many(row.len(), "column"), header.len());
                let header = shown(&header.join(","));
                return Err(error(line, format!("{came}: the header has {all}, {header}")));
            }
            let at = decimal(&row[time], SECOND).map_err(|why| {
                error(line, format!("time_s {why}: it is seconds since the start, as in 12.5"))
            })?;
            let size = match bytes.map(|at| row[at].as_ref()) {
                None | Some("") => None,
                Some(cell) => Some(whole_bytes(cell).map_err(|why| error(line, why))?),
            };
            let to = row[to].split([';', ',', ' ', '\t']).filter(|name| !name.is_empty());
            reading.add(line, at, &row[from], to, size)?;
        }
        reading.finish(header_line)
    }

    /// Reads lines of a sender, a recipient and an instant in seconds, with blanks between them, in any
    /// order; comments begin with `#` or `%`. The instants are counted from the first. Messages to oneself
    /// are left out, and the workload says how large messages are.
    ///
    /// ```
    /// # use penult_models::{ClientId, People, Recording};
    /// let text = "alice bob 1082040961\nbob carol 1082040963.5\n";
    /// let recording = Recording::from_edges(text, People::AsTheyCome, 100).unwrap();
    /// let second = recording.list.iter().nth(1).unwrap();
    /// assert_eq!((second.at.nanos(), second.from), (2_500_000_000, ClientId(1)));
    /// assert_eq!(recording.clients, 3);
    /// ```
    pub fn from_edges(text: &str, people: People, clients: u32) -> Result<Self, ParseError> {
        let mut edges = Vec::new();
        let mut to_oneself = 0;
        for (line, text) in lines(text) {
            let columns: Vec<&str> = text.split_whitespace().collect();
            let &[from, to, time] = columns.as_slice() else {
                let came = many(columns.len(), "column");
                let what =
                    format!("{came}: an edge is SRC DST UNIX_SECONDS, as in `7 12 1082040961`");
                return Err(error(line, what));
            };
            let nanos = decimal(time, SECOND).map_err(|why| {
                error(line, format!("the instant {why}: it is in seconds, as in 1082040961"))
            })?;
            match from == to {
                true => to_oneself += 1,
                false => edges.push((line, nanos, from, to)),
            }
        }
        let first = edges.iter().map(|&(_, nanos, ..)| nanos).min().unwrap_or(0);
        let mut reading = Reading::new(people, clients);
        for (line, nanos, from, to) in edges {
            reading.add(line, nanos - first, from, std::iter::once(to), None)?;
        }
        if first > 0 {
            let first = Time::from_nanos(first);
            reading
                .assumed
                .push(format!("instants count from the first message, which is at {first}"));
        }
        if to_oneself > 0 {
            reading.assumed.push(format!("{} to oneself left out", many(to_oneself, "message")));
        }
        reading.finish(1)
    }
}

/// A file while it is read.
struct Reading {
    people: People,
    clients: u32,
    names: BTreeMap<String, u32>,
    list: List,
    /// The highest number that a client has here, plus one.
    needed: u32,
    /// The first line that takes more clients than there are.
    beyond: Option<usize>,
    without_size: usize,
    assumed: Vec<String>,
}

impl Reading {
    fn new(people: People, clients: u32) -> Self {
        Self {
            people,
            clients,
            names: BTreeMap::new(),
            list: List::new(),
            needed: 0,
            beyond: None,
            without_size: 0,
            assumed: Vec::new(),
        }
    }

    fn add<'a>(
        &mut self,
        line: usize,
        nanos: u64,
        from: &str,
        to: impl Iterator<Item = &'a str>,
        bytes: Option<u32>,
    ) -> Result<(), ParseError> {
        let from = self.client(line, from)?;
        let to: Vec<ClientId> = to.map(|name| self.client(line, name)).collect::<Result<_, _>>()?;
        // Whether there are so many clients is said at the end, when it is known how many it takes.
        if let Some(why) = trouble(from, &to, u32::MAX) {
            return Err(error(line, why));
        }
        self.without_size += usize::from(bytes.is_none());
        let at = Time::from_nanos(nanos);
        self.list.push(&Listed { at, from, to, bytes, attachment: None, view: None });
        Ok(())
    }

    fn client(&mut self, line: usize, name: &str) -> Result<ClientId, ParseError> {
        let number = match self.people {
            _ if name.is_empty() => return Err(error(line, "a message without a sender")),
            People::Numbered => numbered(name).ok_or_else(|| {
                let name = shown(name);
                error(line, format!("{name} is no client: clients are written `5` or `c5` here"))
            })?,
            People::AsTheyCome => match self.names.get(name) {
                Some(&number) => number,
                None => {
                    let number = self.names.len() as u32;
                    self.names.insert(name.to_owned(), number);
                    number
                }
            },
        };
        self.needed = self.needed.max(number + 1);
        if number >= self.clients {
            self.beyond.get_or_insert(line);
        }
        Ok(ClientId(number))
    }

    fn finish(mut self, begins: usize) -> Result<Recording, ParseError> {
        let (needed, clients) = (self.needed, self.clients);
        if let Some(line) = self.beyond {
            let what = match self.people {
                People::Numbered => format!("no client c{clients} or above"),
                People::AsTheyCome => format!("its people are {needed}"),
            };
            let there = many(clients as usize, "client");
            let what = format!("{what}: there are {there}, and this file takes {needed}");
            return Err(error(line, what));
        }
        if self.list.is_empty() {
            return Err(error(begins, "no messages"));
        }
        if self.people == People::AsTheyCome {
            self.assumed.push(format!(
                "its {needed} people are c0 … c{} in the order in which it first has them",
                needed - 1
            ));
        }
        if self.without_size > 0 {
            let (without, all) = (self.without_size, many(self.list.len(), "message"));
            self.assumed.push(format!(
                "{without} of {all} without bytes: they are as large as the workload says"
            ));
        }
        Ok(Recording { list: self.list, clients: needed, assumed: self.assumed })
    }
}

/// The number in `5` or `c5`.
fn numbered(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('c').unwrap_or(name);
    let number: u32 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    // One more must be a number too: that of clients.
    (number < u32::MAX).then_some(number)
}

fn whole_bytes(cell: &str) -> Result<u32, String> {
    let bytes =
        decimal(cell, 1).map_err(|why| format!("bytes {why}: it is a number, as in 1024"))?;
    let fits = u32::try_from(bytes).ok().filter(|&bytes| bytes <= Workload::BYTES_MAX);
    fits.ok_or_else(|| format!("{bytes} bytes: a message has at most {}", Workload::BYTES_MAX))
}

fn error(line: usize, message: impl Into<String>) -> ParseError {
    ParseError { line, message: message.into() }
}
