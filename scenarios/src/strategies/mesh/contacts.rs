//! `[contacts]`: who meets whom, from a file or from a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use penult_sim::{Bandwidth, Span, Table, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::devices::Device;
use crate::files::FileName;
use crate::reading::document::{Content, Item};
use crate::reading::reader::Reader;
use crate::reading::setting::{AboveZero, Setting};
use crate::reading::table::table;
use crate::reading::write::Out;
use crate::reading::{Reading, Text};
use crate::tables::host;
use crate::units::{Length, Rate, Speed, Varying, decimal};

/// Who meets whom.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Contacts {
    /// Contacts of a file.
    pub file: Option<RecordedContacts>,
    /// Contacts by a model.
    pub model: Option<ContactsModel>,
    /// How fast radios are.
    pub bandwidth: Option<Bandwidth>,
}

/// Contacts as a file has them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordedContacts {
    /// The file.
    pub file: FileName,
    /// The devices that its names stand for, where these differ.
    pub map: BTreeMap<String, Device>,
    /// What it says.
    pub said: Said,
}

/// A name in a file: of a device, or a number that counts clients and then relays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Named {
    /// A device.
    Device(Device),
    /// A number.
    Number(u32),
}

impl Named {
    /// The number of the device, where relays follow so many clients.
    pub(super) fn number(self, clients: u32) -> u32 {
        match self {
            Named::Device(device) => device.number(clients),
            Named::Number(number) => number,
        }
    }
}

/// A contact: its line, two devices, when it begins and when it ends.
pub type Row = (usize, Named, Named, Time, Time);

/// A beginning or an end: its line, when, two devices, and whether it begins.
pub type Change = (usize, Time, Named, Named, bool);

/// The contacts of a file.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    /// Whole contacts.
    Rows(Arc<[Row]>),
    /// Beginnings and ends.
    Events(Arc<[Change]>),
}

impl Default for Said {
    fn default() -> Self {
        Said::Rows(Arc::default())
    }
}

/// Contacts by a model.
#[derive(Clone, PartialEq, Debug)]
pub enum ContactsModel {
    /// Each pair meets at random.
    Exponential {
        /// How often.
        rate: Rate,
        /// How long each meeting lasts.
        lasts: Span,
    },
    /// All walk from point to point.
    Waypoint(WaypointKeys),
}

impl Default for ContactsModel {
    fn default() -> Self {
        ContactsModel::Waypoint(WaypointKeys::default())
    }
}

table! {
    /// Devices that walk in a plane.
    pub struct WaypointKeys {
        /// Width and height of the area.
        area: Vec<Length>,
        /// How fast a device walks to the next point. May vary.
        speed: Varying<Speed>,
        /// How long it stays there. May vary.
        pause: Varying<Span> = "0s",
        /// Up to which distance two devices are in contact.
        range: Length [AboveZero],
    }
}

table! {
    /// Pairs that meet at random.
    pub struct ExponentialKeys {
        /// How often each pair meets.
        rate: Rate [AboveZero],
        /// How long a meeting lasts.
        lasts: Span [AboveZero] = "1ns",
    }
}

impl Setting for ContactsModel {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let mut reader = Reader::new(item, cx)?;
        let before = cx.complained;
        let short = reader.entry("exponential").filter(|it| it.item.as_text().is_some());
        let (rate, keys): (Option<Rate>, Option<ExponentialKeys>) = match short {
            Some(_) => (reader.required("exponential", cx), None),
            None => (None, reader.required("exponential", cx)),
        };
        let waypoint: Option<WaypointKeys> = reader.required("waypoint", cx);
        reader.finish(cx);
        if cx.complained > before {
            return None;
        }
        if rate.is_some_and(|rate| rate.per_second <= 0.0) {
            let what = cx.within("exponential", |cx| format!("{} is zero", cx.key()));
            cx.error(item.at, what, "it is more than zero");
            return None;
        }
        let short = rate.map(|rate| ExponentialKeys { rate, lasts: Span::nanos(1) });
        match (short.or(keys), waypoint) {
            (Some(ExponentialKeys { rate, lasts }), None) => {
                Some(ContactsModel::Exponential { rate, lasts })
            }
            (None, Some(keys)) => {
                let wrong = if keys.area.len() != 2 {
                    Some(("area", "is not a pair", "it is width and height: [\"1km\", \"1km\"]"))
                } else if keys.area.iter().any(|side| side.metres <= 0.0) {
                    Some(("area", "is nothing", "both sides are more than zero"))
                } else if keys.speed.as_constant().is_some_and(|it| it.metres_per_second <= 0.0) {
                    Some(("speed", "is zero", "it is more than zero"))
                } else {
                    None
                };
                if let Some((key, what, mend)) = wrong {
                    let at = item.find(&format!("waypoint.{key}")).map_or(item.at, |it| it.0.at);
                    let key = cx.within("waypoint", |cx| cx.within(key, |cx| cx.key()));
                    cx.error(at, format!("{key} {what}"), mend);
                    return None;
                }
                Some(ContactsModel::Waypoint(keys))
            }
            _ => {
                let what = format!("{} is one of two", cx.key());
                cx.error(item.at, what, "it is { exponential = … } or { waypoint = … }");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        let (key, out) = match self {
            &ContactsModel::Exponential { rate, lasts } => {
                ("exponential", ExponentialKeys { rate, lasts }.write()?)
            }
            ContactsModel::Waypoint(keys) => ("waypoint", keys.write()?),
        };
        Some(Out::Table(vec![(key.to_owned(), out)]))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let rate = Rate::schema(generator);
        let exponential = ExponentialKeys::schema(generator);
        let waypoint = WaypointKeys::schema(generator);
        json_schema!({
            "anyOf": [
                {
                    "type": "object",
                    "description": "Each pair meets at random, so often; for a nanosecond each time, or for \
                                    `lasts`.",
                    "properties": { "exponential": { "anyOf": [rate, exponential] } },
                    "required": ["exponential"], "additionalProperties": false,
                },
                {
                    "type": "object",
                    "description": "All walk from point to point in a plane.",
                    "properties": { "waypoint": waypoint },
                    "required": ["waypoint"], "additionalProperties": false,
                },
            ],
        })
    }
}

const SECOND: u64 = 1_000_000_000;
const HEADER: &str = "a,b,up_s,down_s";

type Failed = (usize, String);

fn named(name: &str, map: &BTreeMap<String, Device>, line: usize) -> Result<Named, Failed> {
    if let Some(&device) = map.get(name) {
        return Ok(Named::Device(device));
    }
    let number = name.parse().ok().map(Named::Number);
    Device::parse(name).map(Named::Device).or(number).ok_or_else(|| {
        let what = format!("{name:?} is no device: write c5, r0 or 5, or name it in `map`");
        (line, what)
    })
}

fn instant(cell: &str, line: usize) -> Result<Time, Failed> {
    let read = decimal(cell, SECOND).map(Time::from_nanos);
    read.map_err(|why| (line, format!("{cell:?} is no instant: {why}")))
}

fn table(text: &str, map: &BTreeMap<String, Device>) -> Result<Said, Failed> {
    let table = Table::read(text, HEADER).map_err(|error| (error.line, error.message))?;
    let column = |name| table.column(name).map_err(|error| (error.line, error.message));
    let (a, b, up, down) = (column("a")?, column("b")?, column("up_s")?, column("down_s")?);
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let line = row.line;
        let (one, other) = (named(row.cell(a), map, line)?, named(row.cell(b), map, line)?);
        let from = instant(row.cell(up), line)?;
        let until = match row.cell(down) {
            "" => Time::NEVER,
            cell => instant(cell, line)?,
        };
        if until < from {
            let what = "the contact ends before it begins: down_s is not less than up_s";
            return Err((line, what.to_owned()));
        }
        rows.push((line, one, other, from, until));
    }
    Ok(Said::Rows(rows.into()))
}

/// The ONE's events: `T CONN a b up` and `T CONN a b down`. What else it has is not about contacts.
fn events(text: &str, map: &BTreeMap<String, Device>) -> Result<Said, Failed> {
    let mut events = Vec::new();
    for (number, row) in text.lines().enumerate() {
        let line = number + 1;
        let cells: Vec<&str> = row.split_whitespace().collect();
        let &[at, "CONN", a, b, what] = cells.as_slice() else { continue };
        let begins = match what {
            "up" => true,
            "down" => false,
            _ => return Err((line, format!("{what:?} is no change: it is up or down"))),
        };
        let at = instant(at, line)?;
        let name = |name: &str| match map.contains_key(name) || Device::parse(name).is_some() {
            true => named(name, map, line),
            false => named(&host(name), map, line),
        };
        events.push((line, at, name(a)?, name(b)?, begins));
    }
    events.sort_by_key(|&(_, at, ..)| at);
    Ok(Said::Events(events.into()))
}

fn said(text: &Text, map: &BTreeMap<String, Device>) -> Result<Said, Failed> {
    let lines = text.text.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_events = lines.next().is_some_and(|line| !line.contains(','));
    if is_events { events(&text.text, map) } else { table(&text.text, map) }
}

fn read_map(item: &Item, cx: &mut Reading<'_>) -> BTreeMap<String, Device> {
    let Content::Table(table) = &item.content else {
        let what = format!("{} is {}", cx.key(), item.kind());
        cx.error(item.at, what, "it is a table of names: { \"17\" = \"c3\" }");
        return BTreeMap::new();
    };
    let entries = table.entries().iter();
    entries
        .filter_map(|entry| {
            let device = cx.within(&entry.key, |cx| Device::read(&entry.item, cx))?;
            Some((entry.key.clone(), device))
        })
        .collect()
}

impl Setting for Contacts {
    const TABLE: bool = true;

    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let mut reader = Reader::new(item, cx)?;
        let (file, map) = (reader.entry("file"), reader.entry("map"));
        let model = reader.required("model", cx);
        let bandwidth = reader.required("bandwidth", cx);
        reader.finish(cx);
        let names = map.map(|map| cx.within("map", |cx| read_map(&map.item, cx)));
        if let (None, Some(map)) = (file, map) {
            cx.error(map.key_at, "names without a file", "they stand beside `file`");
        }
        if let (Some(file), Some((_, model))) = (file, item.find("model")) {
            let complaint = crate::Complaint::error(
                model,
                "contacts of a file, and of a model",
                "one of them is too many",
            );
            cx.complain(complaint.also(file.key_at, "the file"));
        }
        let recorded = file.and_then(|named| {
            let map = names.unwrap_or_default();
            let (file, text) = cx.within("file", |cx| FileName::open(&named.item, cx))?;
            match said(&text, &map) {
                Ok(said) => Some(RecordedContacts { file, map, said }),
                Err((line, what)) => {
                    cx.error_in_file(&text, line, &what, named.item.at);
                    None
                }
            }
        });
        Some(Contacts { file: recorded, model, bandwidth })
    }

    fn write(&self) -> Option<Out> {
        let mut out = Vec::new();
        if let Some(recorded) = &self.file {
            out.push(("file".to_owned(), recorded.file.write()?));
            if !recorded.map.is_empty() {
                let names = recorded.map.iter();
                let names = names.map(|(name, to)| (name.clone(), Out::Text(to.to_string())));
                out.push(("map".to_owned(), Out::Table(names.collect())));
            }
        }
        out.extend(self.model.write().map(|model| ("model".to_owned(), model)));
        out.extend(self.bandwidth.write().map(|it| ("bandwidth".to_owned(), it)));
        Some(Out::Table(out))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Contacts>()
    }
}

/// A schema with what a key of it means.
fn described(mut schema: Schema, meaning: &str) -> Schema {
    schema.insert("description".to_owned(), meaning.into());
    schema
}

impl JsonSchema for Contacts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Contacts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (model, bandwidth) =
            (ContactsModel::schema(generator), Option::<Bandwidth>::schema(generator));
        let device = Device::schema(generator);
        json_schema!({
            "description": "Who meets whom, for the strategy `mesh`.",
            "type": "object",
            "properties": {
                "file": {
                    "type": "string",
                    "description": "Contacts: a CSV table a,b,up_s,down_s (an empty down_s: for ever), or The ONE's \
                                    events, T CONN a b up and down. A number counts clients, then relays. \
                                    Absent: `model` says, or nobody meets.",
                },
                "map": {
                    "type": "object",
                    "description": "The devices that names of the file stand for. Absent: they are devices or \
                                    numbers.",
                    "additionalProperties": device,
                },
                "model": described(
                    model,
                    "Who meets whom by chance: { exponential = \"0.01/s\" }, each pair, or { waypoint = … }, \
                     all walk. Absent: `file` says, or nobody meets.",
                ),
                "bandwidth": described(
                    bandwidth,
                    "How fast radios are: a transfer takes a message's size by the lower of two. Absent: it takes \
                     no time.",
                ),
            },
            "additionalProperties": false,
        })
    }
}
