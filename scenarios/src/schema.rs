//! The JSON Schema of a scenario, from the same declarations as its reader.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::Scenario;
use crate::reading::document::{Content, parse};
use crate::reading::setting::Setting;

/// The JSON Schema of a scenario file: every key with its meaning, its unit and its default.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.root_schema_for::<Scenario>();
    schema.insert("title".into(), "A scenario of Penult".into());
    schema.to_value()
}

/// The schema of a table while it is put together.
pub(crate) struct TableSchema {
    about: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl TableSchema {
    pub(crate) fn new(about: &[&str]) -> Self {
        TableSchema { about: sentence(about), properties: Map::new(), required: Vec::new() }
    }

    pub(crate) fn add<T: Setting>(&mut self, key: &str, schema: Schema, has_default: bool) {
        self.properties.insert(key.to_owned(), schema.to_value());
        if !has_default && !T::OPTIONAL {
            self.required.push(key.into());
        }
    }

    pub(crate) fn finish(self) -> Schema {
        json_schema!({
            "type": "object",
            "description": self.about,
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }
}

/// What may stand at a key, its meaning and its default.
pub(crate) fn key<T: Setting>(
    doc: &[&str],
    default: Option<&str>,
    generator: &mut SchemaGenerator,
) -> Schema {
    let mut schema = T::schema(generator);
    schema.insert("description".into(), sentence(doc).into());
    if let Some(default) = default {
        schema.insert("default".into(), json(default));
    }
    schema
}

/// One of these words, each with its meaning.
pub(crate) fn words(words: &[(&str, &[&str])]) -> Schema {
    let word = |(word, doc): &(&str, &[&str])| serde_json::json!({ "const": word, "description": sentence(doc) });
    json_schema!({ "oneOf": words.iter().map(word).collect::<Vec<_>>() })
}

fn sentence(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A default, which stands in the code as it would in a scenario, as JSON.
fn json(default: &str) -> Value {
    let (document, _) = parse(&format!("it = {default}"), 0, 0);
    let item = document.as_table().and_then(|table| table.get("it"));
    match item.map(|entry| &entry.item.content) {
        Some(Content::Text(text)) => text.as_str().into(),
        Some(Content::Integer(Some(value))) => i64::try_from(*value).unwrap_or(i64::MAX).into(),
        Some(Content::Float(value, _)) => (*value).into(),
        Some(Content::Bool(value)) => (*value).into(),
        Some(Content::List(_)) => Value::Array(Vec::new()),
        _ => Value::Object(Map::new()),
    }
}
