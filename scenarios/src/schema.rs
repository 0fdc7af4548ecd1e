//! The JSON Schema of a scenario, from the same declarations as its reader.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::reading::document::{Content, parse};
use crate::reading::setting::Setting;
use crate::{Scenario, Strategies, Strategy};

/// The JSON Schema of a scenario file: every key with its meaning, its unit and its default.
pub fn schema() -> Value {
    Strategies::built_in().schema()
}

impl Strategies {
    /// The JSON Schema of a scenario file for these strategies.
    pub fn schema(&self) -> Value {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        // What a declaration can't know, since it hangs on the list.
        let words: Vec<(&str, String)> = self.iter().map(|it| (it.word(), meaning(it))).collect();
        let words = words.iter().map(|(word, meaning)| (*word, meaning.as_str()));
        let words = one_of(words);
        let tables = self.top_keys().into_iter().map(|top| {
            let schema = describe(top.schema(&mut generator), &top.about, top.default);
            (top.name, schema.to_value())
        });
        let tables: Vec<(&str, Value)> = tables.collect();
        let mut schema = generator.root_schema_for::<Scenario>();
        schema.insert("title".into(), "A scenario of Penult".into());
        let mut schema = schema.to_value();
        let properties = schema["properties"].as_object_mut().expect("a scenario has keys");
        properties.extend(tables.into_iter().map(|(key, schema)| (key.to_owned(), schema)));
        properties["strategy"]["oneOf"] = words;
        schema["$defs"]["Node"]["pattern"] = self.node_pattern().into();
        schema
    }
}

/// What a strategy is, as the meaning of a word.
fn meaning(strategy: Strategy) -> String {
    let about = strategy.about();
    let mut letters = about.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}.", first.chain(letters).collect::<String>())
}

/// The schema of a table while it is put together.
pub struct TableSchema {
    about: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl TableSchema {
    /// A table without keys.
    pub fn new(about: &[&str]) -> Self {
        TableSchema { about: sentence(about), properties: Map::new(), required: Vec::new() }
    }

    /// Adds what may stand at a key, its meaning and its default, and what a rule says of it; or the keys of what is
    /// spread out.
    pub fn add<T: Setting>(
        &mut self,
        key: &str,
        doc: &[&str],
        default: Option<&str>,
        rule: impl Fn(&mut Schema),
        generator: &mut SchemaGenerator,
    ) {
        if T::SPREAD {
            return T::describe(self, generator);
        }
        let mut schema = describe(T::schema(generator), &sentence(doc), default);
        rule(&mut schema);
        self.properties.insert(key.to_owned(), schema.to_value());
        if default.is_none() && !T::OPTIONAL {
            self.required.push(key.into());
        }
    }

    /// All of it.
    pub fn finish(self) -> Schema {
        json_schema!({
            "type": "object",
            "description": self.about,
            "properties": self.properties,
            "required": self.required,
            "additionalProperties": false,
        })
    }
}

/// What may stand at a key, with its meaning and its default.
fn describe(mut schema: Schema, meaning: &str, default: Option<&str>) -> Schema {
    schema.insert("description".into(), meaning.into());
    if let Some(default) = default {
        schema.insert("default".into(), json(default));
    }
    schema
}

/// One of these words, each with its meaning.
pub fn words(words: &[(&str, &[&str])]) -> Schema {
    let words: Vec<(&str, String)> =
        words.iter().map(|(word, doc)| (*word, sentence(doc))).collect();
    let words = words.iter().map(|(word, meaning)| (*word, meaning.as_str()));
    json_schema!({ "oneOf": one_of(words) })
}

fn one_of<'w>(words: impl Iterator<Item = (&'w str, &'w str)>) -> Value {
    let word = |(word, meaning)| serde_json::json!({ "const": word, "description": meaning });
    words.map(word).collect()
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
