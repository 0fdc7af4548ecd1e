//! `[regions]`: how far regions are apart.

use std::collections::BTreeMap;

use penult_sim::{MatrixOptions, RegionMatrix, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::files::FileName;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::reader::Reader;
use crate::reading::setting::Setting;
use crate::reading::table::table;
use crate::reading::write::Out;
use crate::units::Varying;

table! {
    /// How far regions are apart.
    pub struct Regions {
        /// How long a packet takes from one region to another: between gateways instead of their
        /// `latency`, to and from clients on top of their `access`. May vary. Either here, as in { eu = { us = "40ms" } } (the way back is as long where nothing else is said),
        /// or in a CSV file of milliseconds, square or with the columns from,to,ms.
        latency: RegionLatency,
    }
}

/// How long packets take between regions, one way.
#[derive(Clone, PartialEq, Debug)]
pub enum RegionLatency {
    /// As the scenario says, from the first region to the second.
    Given(BTreeMap<String, BTreeMap<String, Varying<Span>>>),
    /// From a file.
    File {
        /// The file.
        file: FileName,
        /// Whether it has round trips, half of which count.
        rtt: bool,
        /// The column of a long table that counts.
        column: String,
        /// What it says.
        matrix: RegionMatrix,
    },
}

impl Default for RegionLatency {
    fn default() -> Self {
        RegionLatency::Given(BTreeMap::new())
    }
}

impl Regions {
    /// The regions that it knows, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = match &self.latency {
            RegionLatency::Given(given) => given
                .iter()
                .flat_map(|(from, row)| row.keys().chain([from]))
                .map(String::as_str)
                .collect(),
            RegionLatency::File { matrix, .. } => matrix.names.iter().map(String::as_str).collect(),
        };
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How long a packet takes from one region to another, one way. Within a region
    /// it takes no longer unless the scenario says so. Nothing where it isn't known.
    pub fn between(&self, from: &str, to: &str) -> Option<Varying<Span>> {
        match &self.latency {
            RegionLatency::Given(given) => {
                let way = |from: &str, to: &str| given.get(from)?.get(to).cloned();
                let inside = || (from == to).then_some(Varying::Constant(Span::ZERO));
                way(from, to).or_else(|| way(to, from)).or_else(inside)
            }
            RegionLatency::File { matrix, .. } => {
                let span = matrix.between(matrix.position(from)?, matrix.position(to)?);
                Some(Varying::Constant(span))
            }
        }
    }
}

impl Setting for RegionLatency {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Content::Table(table) = &item.content else {
            let what = format!("{} is {}", cx.key(), item.kind());
            let mend = "it is { eu = { us = \"40ms\" } } or { file = \"matrix.csv\", rtt = true }";
            cx.error(item.at, what, mend);
            return None;
        };
        if table.get("file").is_some_and(|entry| entry.item.as_text().is_some()) {
            return read_matrix(item, cx);
        }
        let mut given = BTreeMap::new();
        for entry in table.entries() {
            let Some(row) = entry.item.as_table() else {
                let what = format!("the latency from {} is {}", entry.key, entry.item.kind());
                let mend = "it is a latency for each other region, as in { us = \"40ms\" }";
                cx.error(entry.item.at, what, mend);
                continue;
            };
            let row = row.entries().iter().filter_map(|entry| {
                let latency = cx.within(&entry.key, |cx| Setting::read(&entry.item, cx));
                Some((entry.key.clone(), latency?))
            });
            given.insert(entry.key.clone(), row.collect());
        }
        Some(RegionLatency::Given(given))
    }

    fn write(&self) -> Option<Out> {
        match self {
            RegionLatency::Given(given) => {
                let rows = given.iter().map(|(from, row)| {
                    let row = row.iter().filter_map(|(to, way)| Some((to.clone(), way.write()?)));
                    (from.clone(), Out::Table(row.collect()))
                });
                Some(Out::Table(rows.collect()))
            }
            RegionLatency::File { file, rtt, column, .. } => Some(Out::Table(vec![
                ("file".into(), file.write()?),
                ("rtt".into(), rtt.write()?),
                ("column".into(), column.write()?),
            ])),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<RegionLatency>()
    }
}

fn read_matrix(item: &Item, cx: &mut Reading<'_>) -> Option<RegionLatency> {
    let mut reader = Reader::new(item, cx)?;
    let named = reader.entry("file")?;
    let rtt = reader.or_default("rtt", "false", cx);
    let column: String = reader.or_default("column", "\"ms\"", cx);
    reader.finish(cx);
    let (file, text) = cx.within("file", |cx| FileName::open(&named.item, cx))?;
    let options = MatrixOptions { rtt, column: column.clone() };
    match RegionMatrix::from_csv(&text.text, &options) {
        Ok(matrix) => {
            cx.assumed.extend(matrix.assumed.iter().map(|it| format!("{}: {it}", file.path)));
            Some(RegionLatency::File { file, rtt, column, matrix })
        }
        Err(error) => {
            cx.error_in_file(&text, error.line, &error.message, named.item.at);
            None
        }
    }
}

impl JsonSchema for RegionLatency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RegionLatency".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let latency = <Varying<Span> as Setting>::schema(generator);
        json_schema!({
            "description": "Latencies between regions, here or in a file.",
            "anyOf": [
                {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "string",
                            "description": "A CSV file of milliseconds, square or with the columns \
                                            from,to,ms.",
                        },
                        "rtt": {
                            "type": "boolean", "default": false,
                            "description": "Whether the file has round trips: half of each counts.",
                        },
                        "column": {
                            "type": "string", "default": "ms",
                            "description": "The column of a long table that counts.",
                        },
                    },
                    "required": ["file"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "additionalProperties": { "type": "object", "additionalProperties": latency },
                },
            ],
        })
    }
}
