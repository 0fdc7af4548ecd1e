//! `docs/scenario.md`, the page on the keys of a scenario: it is made of the JSON Schema and of what
//! strategies promise, and this is what makes it.
//! `BLESS=1 cargo test -p penult-scenarios reference` renews it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::path::Path;

use penult_scenarios::{Strategies, Strategy, schema};
use serde_json::{Map, Value};

const INTRODUCTION: &str = "\
# The scenario file

Every key of a scenario, table by table. This page is made of the JSON Schema, which `penult schema` prints; so an editor
that knows JSON Schema shows the same beside the file. `penult new FILE` writes a scenario to start from, `penult check
FILE` says what is wrong with one, and the `scenario.toml` of each report has every key with the value that it had.

A key of a table, as `chain.length`, may stand as `length` below `[chain]`, or be set from outside:
`--set chain.length=4`. What is no number, no truth and no table is text in quotes: `\"200ms\"`.
";

#[test]
fn the_page_is_what_the_schema_says() {
    let page = Page::of(&schema()).text();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = there.lines().zip(page.lines()).find(|(there, now)| there != now);
    assert!(there == page, "docs/scenario.md is not what the schema says (BLESS=1): {differs:?}");
}

#[test]
fn every_key_stands_in_it_and_every_link_leads_somewhere() {
    let schema = schema();
    let page = Page::of(&schema).text();
    let mut keys = BTreeSet::new();
    collect(&schema, &mut keys);
    assert!(keys.len() > 100, "{keys:?}");
    for key in keys {
        assert!(page.contains(&format!("`{key}`")) || page.contains(&format!("{key} = ")), "{key}");
    }
    let headings: Vec<String> =
        page.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    let distinct: BTreeSet<&String> = headings.iter().collect();
    assert_eq!(distinct.len(), headings.len(), "{headings:?}");
    for link in page.split("](#").skip(1) {
        let to = link.split(')').next().expect("it ends").to_owned();
        assert!(headings.contains(&to), "{to}");
    }
}

/// What a strategy is and what it promises, before its keys.
fn promises(text: &mut String, strategy: Strategy) {
    let it = strategy.promises();
    let _ = write!(
        text,
        "- What it is: {}.\n- An accepted message survives {}.\n- Order: {}.\n- Stored: {}.\n\n",
        strategy.about(),
        it.survives,
        it.order,
        it.stores
    );
}

/// All keys of all tables.
fn collect(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| collect(value, keys));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}

/// As GitHub names the place of a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.collect::<String>().replace(' ', "-")
}

/// The page while it is written.
struct Page<'s> {
    root: &'s Map<String, Value>,
    defs: &'s Map<String, Value>,
    /// Where each table of keys stands first: its path in a file.
    places: BTreeMap<&'s str, String>,
}

impl<'s> Page<'s> {
    fn of(schema: &'s Value) -> Page<'s> {
        let root = schema.as_object().expect("a schema is an object");
        let defs = root["$defs"].as_object().expect("definitions");
        let mut page = Page { root, defs, places: BTreeMap::new() };
        let mut open = VecDeque::from([(String::new(), root)]);
        while let Some((path, table)) = open.pop_front() {
            for (key, value) in properties(table) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                for (name, path) in named(value, defs, &path) {
                    let table = defs[name].as_object().expect("a schema");
                    if is_table(table) && !page.places.contains_key(name) {
                        page.places.insert(name, path.clone());
                        open.push_back((path.clone(), table));
                    }
                }
            }
        }
        page
    }

    fn text(&self) -> String {
        let mut text = format!("{INTRODUCTION}\n## At the top\n\n");
        self.table(&mut text, self.root);
        text += "\n## Tables\n";
        let mut tables: Vec<(&&str, &String)> = self.places.iter().collect();
        tables.sort_by_key(|(_, path)| *path);
        for (name, path) in tables {
            let table = self.defs[*name].as_object().expect("a schema");
            let _ = write!(text, "\n### {path}\n\n{}\n\n", about(table));
            if let Some(strategy) = Strategies::built_in().named(path) {
                promises(&mut text, strategy);
            }
            self.table(&mut text, table);
        }
        text += "\n## Values and their units\n";
        for (name, value) in self.defs {
            let value = value.as_object().expect("a schema");
            if is_table(value) {
                continue;
            }
            let _ = write!(text, "\n### {}\n\n{}\n", words(name), about(value));
            let forms = alternatives(value);
            if !forms.is_empty() {
                text.push('\n');
            }
            for form in forms {
                self.alternative(&mut text, form);
            }
        }
        text
    }

    /// The keys of a table.
    fn table(&self, text: &mut String, table: &Map<String, Value>) {
        *text +=
            "| key | meaning | value, unit | default | words, bounds |\n|---|---|---|---|---|\n";
        let required: Vec<&str> = table
            .get("required")
            .and_then(Value::as_array)
            .map_or(Vec::new(), |all| all.iter().filter_map(Value::as_str).collect());
        for (key, value) in properties(table) {
            let value = value.as_object().expect("a schema");
            let default = match value.get("default") {
                _ if required.contains(&key.as_str()) => "must be there".to_owned(),
                Some(Value::Object(_)) => "those of its keys".to_owned(),
                Some(Value::Array(_)) => "none".to_owned(),
                Some(default) => format!("`{default}`"),
                None => "absent".to_owned(),
            };
            let cells =
                [format!("`{key}`"), about(value), self.form(value, true), default, which(value)];
            let _ =
                writeln!(text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
        if let Some(Value::Object(others)) = table.get("additionalProperties") {
            let form = self.form(others, true).replace('|', "\\|");
            let _ = writeln!(text, "| any path | {} | {form} | absent | |", about(others));
        }
    }

    /// One of the forms that a value may have, and what stands in it.
    fn alternative(&self, text: &mut String, form: &Map<String, Value>) {
        let what = about(form);
        let gap = if what.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "- {}{gap}{what}", self.form(form, true));
        for (key, value) in properties(form) {
            let value = value.as_object().expect("a schema");
            let what = about(value);
            let default =
                value.get("default").map_or(String::new(), |it| format!(" Default: `{it}`."));
            if !what.is_empty() {
                let _ = writeln!(text, "  - `{key}`: {what}{default}");
            }
        }
    }

    /// How a value is written; with links outside of code.
    fn form(&self, value: &Map<String, Value>, with_links: bool) -> String {
        let code = |text: String| if with_links { format!("`{text}`") } else { text };
        if let Some(name) = reference(value) {
            let table = self.defs[name].as_object().expect("a schema");
            return match (with_links, self.places.get(name)) {
                (true, Some(path)) => format!("[table](#{})", anchor(path)),
                (true, None) => format!("[{}](#{})", words(name), anchor(&words(name))),
                (false, _) if is_table(table) => "{ … }".to_owned(),
                (false, _) => words(name),
            };
        }
        let forms = alternatives(value);
        if !forms.is_empty() {
            let is_word = |form: &&Map<String, Value>| form.contains_key("const");
            let mut all: Vec<String> = Vec::new();
            if forms.iter().any(is_word) {
                all.push("word".to_owned());
            }
            all.extend(forms.iter().filter(|it| !is_word(it)).map(|it| self.form(it, with_links)));
            return all.join(" or ");
        }
        if let Some(Value::Array(all)) = value.get("enum") {
            return all.iter().map(|it| code(it.to_string())).collect::<Vec<_>>().join(" or ");
        }
        let inner = |value: &Value, links| self.form(value.as_object().expect("a schema"), links);
        match value.get("type").and_then(Value::as_str) {
            Some("object") => {
                let pair =
                    |(key, value): (&String, &Value)| format!("{key} = {}", inner(value, false));
                let mut pairs: Vec<String> = properties(value).into_iter().map(pair).collect();
                if let Some(others @ Value::Object(_)) = value.get("additionalProperties") {
                    let name = value.get("propertyNames").map_or("name", |_| "g0");
                    pairs.push(format!("{name} = {}, …", inner(others, false)));
                }
                match pairs.is_empty() {
                    true => "table".to_owned(),
                    false => code(format!("{{ {} }}", pairs.join(", "))),
                }
            }
            Some("array") => match value.get("items") {
                Some(item) if value.get("maxItems") == Some(&2.into()) => {
                    let item = inner(item, false);
                    code(format!("[{item}, {item}]"))
                }
                Some(item) if with_links => format!("list of {}", inner(item, true)),
                Some(item) => format!("[{}, …]", inner(item, false)),
                None => "list".to_owned(),
            },
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => code("true".to_owned()) + " or " + &code("false".to_owned()),
            Some("number") => "number".to_owned(),
            Some("string") => "text".to_owned(),
            _ => String::new(),
        }
    }
}

/// Which values: the words with their meanings, or the bounds of a number.
fn which(value: &Map<String, Value>) -> String {
    let word = |form: &&Map<String, Value>| {
        form.get("const").map(|word| format!("`{word}`: {}", about(form)))
    };
    let mut words: Vec<String> = alternatives(value).iter().filter_map(word).collect();
    // Words may stand one level down, beside what is no word.
    for form in alternatives(value) {
        words.extend(alternatives(form).iter().filter_map(word));
    }
    let bound = |key: &str, before: &str| {
        value.get(key).map(|it| format!("{before} {}", it.to_string().trim_end_matches(".0")))
    };
    let bounds = [
        bound("minimum", "at least"),
        bound("exclusiveMinimum", "more than"),
        bound("maximum", "at most"),
        bound("exclusiveMaximum", "less than"),
    ];
    words.extend(bounds.into_iter().flatten());
    words.join("<br>")
}

fn about(value: &Map<String, Value>) -> String {
    value.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn properties(table: &Map<String, Value>) -> Vec<(&String, &Value)> {
    table.get("properties").and_then(Value::as_object).map_or(Vec::new(), |it| it.iter().collect())
}

/// What it may be instead of one thing.
fn alternatives(value: &Map<String, Value>) -> Vec<&Map<String, Value>> {
    let all = ["anyOf", "oneOf"].iter().find_map(|key| value.get(*key)?.as_array());
    all.map_or(Vec::new(), |all| all.iter().filter_map(Value::as_object).collect())
}

fn is_table(value: &Map<String, Value>) -> bool {
    value.get("type").and_then(Value::as_str) == Some("object")
}

fn reference(value: &Map<String, Value>) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

/// The tables that a value names, each with its path; where it names what is no table, those that this names.
fn named<'s>(value: &'s Value, defs: &'s Map<String, Value>, path: &str) -> Vec<(&'s str, String)> {
    match value {
        Value::Object(map) => match reference(map) {
            Some(name) if is_table(defs[name].as_object().expect("a schema")) => {
                vec![(name, path.to_owned())]
            }
            Some(name) => named(&defs[name], defs, path),
            None => {
                let below = properties(map)
                    .into_iter()
                    .flat_map(|(key, value)| named(value, defs, &format!("{path}.{key}")));
                let others = map.iter().filter(|(key, _)| *key != "properties");
                below.chain(others.flat_map(|(_, value)| named(value, defs, path))).collect()
            }
        },
        Value::Array(values) => values.iter().flat_map(|value| named(value, defs, path)).collect(),
        _ => Vec::new(),
    }
}

/// `VaryingTime` as "varying time".
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
