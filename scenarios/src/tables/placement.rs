//! Which gateway hosts which client at the start.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::names::Gateway;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::Setting;
use crate::reading::table::word;
use crate::reading::write::Out;

/// Which gateway hosts which client at the start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Placement {
    /// Client i on gateway i mod the number of gateways.
    #[default]
    RoundRobin,
    /// Each on any.
    Random,
    /// So many on each, in the order of the gateways.
    Counts(BTreeMap<Gateway, u32>),
}

impl Setting for Placement {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let table = match &item.content {
            Content::Table(table) => table,
            Content::Text(_) => {
                let placements = [Placement::RoundRobin, Placement::Random];
                return word(item, &["round-robin", "random"], cx).map(|it| placements[it].clone());
            }
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(
                    item.at,
                    what,
                    "it is \"round-robin\", \"random\" or { g0 = 60, g4 = 40 }",
                );
                return None;
            }
        };
        let mut counts = BTreeMap::new();
        for entry in table.entries() {
            let count = cx.within(&entry.key, |cx| u32::read(&entry.item, cx));
            match Gateway::parse(&entry.key) {
                Some(gateway) => {
                    counts.insert(gateway, count.unwrap_or_default());
                }
                None => {
                    let what = format!("{} names `{}`", cx.key(), entry.key);
                    cx.error(
                        entry.key_at,
                        what,
                        "it says how many clients each gateway has: g0 = 60",
                    );
                }
            }
        }
        Some(Placement::Counts(counts))
    }

    fn write(&self) -> Option<Out> {
        Some(match self {
            Placement::RoundRobin => Out::Text("round-robin".into()),
            Placement::Random => Out::Text("random".into()),
            Placement::Counts(counts) => {
                let entry = |(gateway, count): (&Gateway, &u32)| {
                    (gateway.to_string(), Out::Plain(count.to_string()))
                };
                Out::Table(counts.iter().map(entry).collect())
            }
        })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Placement>()
    }
}

impl JsonSchema for Placement {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Placement".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Which gateway hosts which client at the start.",
            "anyOf": [
                { "enum": ["round-robin", "random"] },
                {
                    "type": "object",
                    "propertyNames": { "pattern": "^g(0|[1-9][0-9]*)$" },
                    "additionalProperties": { "type": "integer", "minimum": 0 },
                },
            ],
        })
    }
}
