//! Messages from a file: a table `time_s,from,to,bytes`, or a temporal edge list `SRC DST UNIX_SECONDS`.

use std::collections::BTreeMap;

use penult_sim::Time;
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
struct Row<'t> {
    line: usize,
    nanos: u64,
    from: &'t str,
    to: Vec<&'t str>,
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
fn rows<'t>(text: &'t Text, cx: &mut Reading<'_>) -> Result<Vec<Row<'t>>, Failed> {
    let lines = text.text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.trim()));
    let mut lines =
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%'])).peekable();
    match lines.peek() {
        None => Err((1, "no messages: a table begins with time_s,from,to,bytes".into())),
        Some((_, first)) if first.contains(',') => table(lines),
        Some(_) => edges(lines, &text.name, cx),
    }
}

fn table<'t>(mut lines: impl Iterator<Item = (usize, &'t str)>) -> Result<Vec<Row<'t>>, Failed> {
    let (number, header) = lines.next().expect("there is a first line");
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let column = |name: &str| names.iter().position(|it| it.eq_ignore_ascii_case(name));
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            (number, format!("no column `{name}`: the header is time_s,from,to,bytes"))
        })
    };
    let (time, from, to) = (needed("time_s")?, needed("from")?, needed("to")?);
    let bytes = column("bytes");
    lines
        .map(|(line, text)| {
            let cells: Vec<&str> = text.split(',').map(str::trim).collect();
            if cells.len() != names.len() {
                let (came, header) = (cells.len(), names.len());
                return Err((line, format!("{came} columns: the header has {header}")));
            }
            let whole = |cell: &str, unit| {
                decimal(cell, unit).map_err(|mend| (line, format!("{cell:?} is no number: {mend}")))
            };
            let bytes = bytes.map(|at| cells[at]).filter(|cell| !cell.is_empty());
            Ok(Row {
                line,
                nanos: whole(cells[time], SECOND)?,
                from: cells[from],
                to: cells[to].split_whitespace().collect(),
                bytes: bytes.map(|cell| whole(cell, 1)).transpose()?.map(Bytes),
            })
        })
        .collect()
}

const SECOND: u64 = 1_000_000_000;

fn edges<'t>(
    lines: impl Iterator<Item = (usize, &'t str)>,
    name: &str,
    cx: &mut Reading<'_>,
) -> Result<Vec<Row<'t>>, Failed> {
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
            rows.push(Row { line, nanos, from, to: vec![to], bytes: None });
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

fn messages(rows: &[Row<'_>], renumber: bool) -> Result<Vec<RecordedMessage>, Failed> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        let mut client = |name| client(name, renumber, &mut numbers, row.line);
        let from = client(row.from)?;
        let to: Vec<Client> = row.to.iter().copied().map(client).collect::<Result<_, _>>()?;
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
                "description": "A CSV table with the columns time_s,from,to,bytes, or an edge list with \
                                SRC DST UNIX_SECONDS on each line.",
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
