//! When devices are covered by a connection: always, for a while again and again, or as it was recorded.

use std::sync::Arc;

use penult_sim::{Span, Table, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::devices::Device;
use crate::files::FileName;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::reader::Reader;
use crate::reading::setting::{Magnitude, Setting};
use crate::reading::write::Out;
use crate::units::{Varying, decimal};

/// When devices are covered.
#[derive(Clone, PartialEq, Debug)]
pub enum Coverage {
    /// For a while, then not for a while, and so on.
    Times {
        /// So long.
        every: Varying<Span>,
        /// Then not for so long.
        lasts: Varying<Span>,
    },
    /// As a file has it.
    Recorded {
        /// The file.
        file: FileName,
        /// Who is covered from when to when.
        rows: Arc<[(Device, Time, Time)]>,
    },
}

impl Default for Coverage {
    fn default() -> Self {
        Coverage::Times { every: Varying::default(), lasts: Varying::default() }
    }
}

const SECOND: u64 = 1_000_000_000;
const HEADER: &str = "device,up_s,down_s";

/// A device is covered from when to when.
type Row = (Device, Time, Time);

fn rows(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let table = Table::read(text, HEADER).map_err(|error| (error.line, error.message))?;
    let column = |name| table.column(name).map_err(|error| (error.line, error.message));
    let (device, up, down) = (column("device")?, column("up_s")?, column("down_s")?);
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let instant = |column: usize| {
            let cell = row.cell(column);
            let read = decimal(cell, SECOND).map(Time::from_nanos);
            read.map_err(|why| (row.line, format!("{cell:?} is no instant: {why}")))
        };
        let name = row.cell(device);
        let device = Device::parse(name)
            .ok_or_else(|| (row.line, format!("{name:?} is no device: it is \"c0\" or \"r0\"")))?;
        let from = instant(up)?;
        let until = if row.cell(down).is_empty() { Time::NEVER } else { instant(down)? };
        if until < from {
            let what = "it ends before it begins: down_s is not less than up_s";
            return Err((row.line, what.to_owned()));
        }
        rows.push((device, from, until));
    }
    Ok(rows)
}

impl Setting for Coverage {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let mut reader = Reader::new(item, cx)?;
        if let Some(named) = reader.entry("file") {
            reader.finish(cx);
            let (file, text) = cx.within("file", |cx| FileName::open(&named.item, cx))?;
            return match rows(&text.text) {
                Ok(rows) => Some(Coverage::Recorded { file, rows: rows.into() }),
                Err((line, what)) => {
                    cx.error_in_file(&text, line, &what, named.item.at);
                    None
                }
            };
        }
        let every: Varying<Span> = reader.required("every", cx);
        let lasts: Varying<Span> = reader.required("lasts", cx);
        reader.finish(cx);
        for (key, value) in [("every", &every), ("lasts", &lasts)] {
            if value.is_zero()
                && let Some((given, _)) = item.find(key)
            {
                let what = cx.within(key, |cx| format!("{} is zero", cx.key()));
                cx.error(given.at, what, "it is more than zero");
            }
        }
        Some(Coverage::Times { every, lasts })
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Table(match self {
            Coverage::Times { every, lasts } => {
                vec![("every".to_owned(), every.write()?), ("lasts".to_owned(), lasts.write()?)]
            }
            Coverage::Recorded { file, .. } => vec![("file".to_owned(), file.write()?)],
        }))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Coverage>()
    }
}

impl JsonSchema for Coverage {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Coverage".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut span = |meaning: &str| {
            let mut span = Varying::<Span>::schema(generator);
            span.insert("description".to_owned(), meaning.into());
            span
        };
        let every = span("For how long a device is covered. May vary.");
        let lasts = span("For how long it is not, after that. May vary.");
        json_schema!({
            "description": "When devices are covered: for `every`, then not for `lasts`, and so on, each by its \
                            own chance; or as the rows device,up_s,down_s of a file say.",
            "anyOf": [
                {
                    "type": "object", "properties": { "every": every, "lasts": lasts },
                    "required": ["every", "lasts"], "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": { "file": {
                        "type": "string",
                        "description": "Rows device,up_s,down_s: who is covered from when to when.",
                    } },
                    "required": ["file"], "additionalProperties": false,
                },
            ],
        })
    }
}
