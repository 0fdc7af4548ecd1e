//! Messages from a file: a table `time_s,from,to,bytes`, a temporal edge list `SRC DST UNIX_SECONDS`, or The ONE's
//! events, of which `T C id from to bytes` is a message.

use std::collections::BTreeMap;

use penult_sim::{ParseError, Table, TableRow, Time};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::files::FileName;
use crate::names::Client;
use crate::reading::document::Item;
use crate::reading::reader::Reader;
use crate::reading::setting::Setting;
use crate::reading::write::Out;
use crate::reading::{Reading, Text};
use crate::units::{Bytes, decimal};

/// Messages as a file has them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordedMessages {
    /// The file.
    pub file: FileName,
    /// Whether clients are numbered in the order in which the file first names them. If not, the number
    /// `5`, or `c5`, is the client c5.
    pub renumber: bool,
    /// In the order of their instants; those of one instant in the order of the file.
    pub messages: Vec<RecordedMessage>,
}

/// A message of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedMessage {
    /// When it is sent. The first of an edge list is sent at the start.
    pub at: Time,
    /// Who sends it.
    pub from: Client,
    /// Who is to get it.
    pub to: Vec<Client>,
    /// How large it is; absent: as the workload says.
    pub bytes: Option<Bytes>,
    /// The line of the file that it stands on.
    pub line: usize,
}

/// A row while it is read: where, when, who, to whom, how large.
struct Row {
    line: usize,
    nanos: u64,
    from: String,
    to: Vec<String>,
    bytes: Option<Bytes>,
}

type Failed = (usize, String);

pub(super) fn read(item: &Item, cx: &mut Reading<'_>) -> Option<RecordedMessages> {
    let mut reader = Reader::new(item, cx)?;
    let named = reader.entry("file");
    let renumber = reader.or_default("renumber", "false", cx);
    reader.finish(cx);
    let Some(named) = named else {
        let what = format!("{} names no file", cx.key());
        cx.error(item.at, what, "it is a word, as in \"poisson\", or { file = \"messages.csv\" }");
        return None;
    };
    let (file, text) = cx.within("file", |cx| FileName::open(&named.item, cx))?;
    let read = rows(&text, cx).and_then(|rows| messages(&rows, renumber));
    match read {
        Ok(messages) => Some(RecordedMessages { file, renumber, messages }),
        Err((line, what)) => {
            cx.error_in_file(&text, line, &what, named.item.at);
            None
        }
    }
}

/// The rows of either kind of file. What is a comma-separated table has a header.
fn rows(text: &Text, cx: &mut Reading<'_>) -> Result<Vec<Row>, Failed> {
    let lines = text.text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.trim()));
    let mut lines =
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%'])).peekable();
    match lines.peek() {
        None => Err((1, format!("no messages: a table begins with {HEADER}"))),
        Some((_, first)) if first.contains(',') => {
            table(&text.text).map_err(|error| (error.line, error.message))
        }
        Some((_, first)) if is_event(first) => events(lines),
        Some(_) => edges(lines, &text.name, cx),
    }
}

/// Whether a line is an event of The ONE: an instant, then a word.
fn is_event(line: &str) -> bool {
    let word = line.split_whitespace().nth(1);
    word.is_some_and(|it| it.bytes().all(|letter| letter.is_ascii_uppercase()))
}

/// The ONE's events. What else happens there, contacts for one, is no message.
fn events<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Result<Vec<Row>, Failed> {
    let mut rows = Vec::new();
    for (line, text) in lines {
        let cells: Vec<&str> = text.split_whitespace().collect();
        let &[time, "C", ref rest @ ..] = cells.as_slice() else { continue };
        let &[_, from, to, bytes, ..] = rest else {
            let what = "a message of The ONE is T C id from to bytes";
            return Err((line, format!("{} columns: {what}", cells.len())));
        };
        let number = |cell: &str, unit| {
            decimal(cell, unit).map_err(|mend| (line, format!("{cell:?} is no number: {mend}")))
        };
        rows.push(Row {
            line,
            nanos: number(time, SECOND)?,
            from: host(from),
            to: vec![host(to)],
            bytes: Some(Bytes(number(bytes, 1)?)),
        });
    }
    Ok(rows)
}

/// The number of a host: The ONE puts letters of its group before it.
pub(crate) fn host(name: &str) -> String {
    let number = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
    let is_ours = number.len() == name.len() || Client::parse(name).is_some();
    if is_number && !is_ours { number.to_owned() } else { name.to_owned() }
}

const HEADER: &str = "time_s,from,to,bytes";

fn table(text: &str) -> Result<Vec<Row>, ParseError> {
    let table = Table::read(text, HEADER)?;
    for (number, name) in table.header.cells().enumerate() {
        if table.find(name).is_some_and(|first| first < number) && !name.is_empty() {
            return Err(table.header.error(format!("two columns {name:?}")));
        }
    }
    let needed = |name: &str| {
        let missing = || table.header.error(format!("no column `{name}`: the header is {HEADER}"));
        table.find(name).ok_or_else(missing)
    };
    let [time, from, to] = ["time_s", "from", "to"].map(needed);
    let (time, from, to, bytes) = (time?, from?, to?, table.find("bytes"));
    let row = |row: &TableRow| {
        let whole = |cell: &str, unit| {
            let wrong = |mend| row.error(format!("{cell:?} is no number: {mend}"));
            decimal(cell, unit).map_err(wrong)
        };
        let bytes = bytes.map(|at| row.cell(at)).filter(|cell| !cell.is_empty());
        let names = row.cell(to).split([';', ',', ' ', '\t']).filter(|name| !name.is_empty());
        Ok(Row {
            line: row.line,
            nanos: whole(row.cell(time), SECOND)?,
            from: row.cell(from).to_owned(),
            to: names.map(str::to_owned).collect(),
            bytes: bytes.map(|cell| whole(cell, 1)).transpose()?.map(Bytes),
        })
    };
    table.rows.iter().map(row).collect()
}

const SECOND: u64 = 1_000_000_000;

fn edges<'t>(
    lines: impl Iterator<Item = (usize, &'t str)>,
    name: &str,
    cx: &mut Reading<'_>,
) -> Result<Vec<Row>, Failed> {
    let mut rows = Vec::new();
    let mut to_themselves = 0;
    for (line, text) in lines {
        let cells: Vec<&str> = text.split_whitespace().collect();
        let &[from, to, time] = cells.as_slice() else {
            let came = cells.len();
            return Err((line, format!("{came} columns: an edge list has SRC DST UNIX_SECONDS")));
        };
        let nanos = decimal(time, SECOND)
            .map_err(|mend| (line, format!("{time:?} is no number of seconds: {mend}")))?;
        if from == to {
            to_themselves += 1;
        } else {
            let (from, to) = (from.to_owned(), vec![to.to_owned()]);
            rows.push(Row { line, nanos, from, to, bytes: None });
        }
    }
    let first = rows.iter().map(|row| row.nanos).min().unwrap_or(0);
    for row in &mut rows {
        row.nanos -= first;
    }
    let said =
        format!("{name}: the first message is sent at the start, at second {}", first / SECOND);
    cx.assumed.push(said);
    if to_themselves > 0 {
        cx.assumed.push(format!("{name}: {to_themselves} messages to oneself were left out"));
    }
    Ok(rows)
}

fn messages(rows: &[Row], renumber: bool) -> Result<Vec<RecordedMessage>, Failed> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let mut client = |name| client(name, renumber, &mut numbers, row.line);
        let from = client(row.from.as_str())?;
        let to: Vec<Client> =
            row.to.iter().map(|name| client(name.as_str())).collect::<Result<_, _>>()?;
        if to.is_empty() {
            return Err((row.line, "nobody is to get it: `to` names one client or more".into()));
        }
        if to.contains(&from) {
            return Err((row.line, format!("{from} writes to itself: `to` is another client")));
        }
        if (1..to.len()).any(|at| to[..at].contains(&to[at])) {
            return Err((row.line, "one client twice: each gets it once".into()));
        }
        let at = Time::from_nanos(row.nanos);
        messages.push(RecordedMessage { at, from, to, bytes: row.bytes, line: row.line });
    }
    messages.sort_by_key(|message| message.at);
    Ok(messages)
}

fn client<'t>(
    name: &'t str,
    renumber: bool,
    numbers: &mut BTreeMap<&'t str, u32>,
    line: usize,
) -> Result<Client, Failed> {
    if renumber {
        let next = numbers.len() as u32;
        return Ok(Client(*numbers.entry(name).or_insert(next)));
    }
    Client::parse(name).or_else(|| name.parse().ok().map(Client)).ok_or_else(|| {
        let what = format!("{name:?} is no client: write c5 or 5, or say renumber = true");
        (line, what)
    })
}

pub(super) fn write(messages: &RecordedMessages) -> Option<Out> {
    Some(Out::Table(vec![
        ("file".into(), messages.file.write()?),
        ("renumber".into(), messages.renumber.write()?),
    ]))
}

pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "file": {
                "type": "string",
                "description": "A CSV table with the columns time_s,from,to,bytes (several in `to` with \
                                blanks or semicolons between them), or an edge list with SRC DST \
                                UNIX_SECONDS on each line, or The ONE's events, T C id from to \
                                bytes.",
            },
            "renumber": {
                "type": "boolean", "default": false,
                "description": "Whether clients are numbered in the order in which the file first names \
                                them. If not, 5 or c5 is the client c5.",
            },
        },
        "required": ["file"],
        "additionalProperties": false,
    })
}
