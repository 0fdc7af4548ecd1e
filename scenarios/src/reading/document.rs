//! A TOML text as a tree in which every key and value knows where it stands.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::complaint::{At, Complaint};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Item {
    pub(crate) at: At,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(String),
    /// As it is written, without underscores.
    Integer(Option<i128>),
    /// Its value, and how it is written.
    Float(f64, String),
    Bool(bool),
    Date,
    List(Vec<Item>),
    Table(Table),
}

/// Keys and values in the order of the text, each found by its name however many there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    places: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: At,
    pub(crate) item: Item,
}

impl Table {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.places.get(key).map(|&place| &self.entries[place])
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.places.get(key).map(|&place| &mut self.entries[place])
    }

    /// Adds a key that is not there yet, behind all others.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.places.insert(entry.key.clone(), self.entries.len());
        self.entries.push(entry);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if self.places.contains_key(key) {
            let rest = std::mem::take(self).entries.into_iter().filter(|entry| entry.key != key);
            rest.for_each(|entry| self.push(entry));
        }
    }

    /// What a path may lead to: the entries whose keys it begins with, and what of it is left behind each. Keys may
    /// have dots themselves.
    fn along<'p>(&self, path: &'p str) -> impl Iterator<Item = (&Entry, &'p str)> {
        let cut = path.match_indices('.').map(|(dot, _)| (&path[..dot], &path[dot + 1..]));
        let cut = cut.filter(|(_, rest)| !rest.is_empty()).chain([(path, "")]);
        cut.filter_map(|(key, rest)| Some((self.get(key)?, rest)))
    }
}

impl Item {
    /// What kind of value it is, with its article.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Text(_) => "text",
            Content::Integer(_) => "a number",
            Content::Float(..) => "a number",
            Content::Bool(_) => "true or false",
            Content::Date => "a date",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }

    pub(crate) fn as_table(&self) -> Option<&Table> {
        match &self.content {
            Content::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Item]> {
        match &self.content {
            Content::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value at a path such as `fault.0.at`, and its key's place.
    pub(crate) fn find(&self, path: &str) -> Option<(&Item, At)> {
        match &self.content {
            Content::Table(table) => table.along(path).find_map(|(entry, rest)| match rest {
                "" => Some((&entry.item, entry.key_at)),
                rest => entry.item.find(rest),
            }),
            Content::List(list) => {
                let (step, rest) = path.split_once('.').unwrap_or((path, ""));
                let item = list.get(step.parse::<usize>().ok()?)?;
                if rest.is_empty() { Some((item, item.at)) } else { item.find(rest) }
            }
            _ => None,
        }
    }

    /// Has it and all that is in it stand at one place.
    pub(crate) fn move_to(&mut self, at: At) {
        self.at = at;
        match &mut self.content {
            Content::List(list) => list.iter_mut().for_each(|item| item.move_to(at)),
            Content::Table(table) => {
                for entry in &mut table.entries {
                    entry.key_at = at;
                    entry.item.move_to(at);
                }
            }
            _ => {}
        }
    }

    /// The same as a plain TOML value.
    pub(crate) fn to_value(&self) -> toml::Value {
        match &self.content {
            Content::Text(text) => toml::Value::String(text.clone()),
            Content::Integer(value) => {
                let value = value.and_then(|value| i64::try_from(value).ok());
                toml::Value::Integer(value.unwrap_or(i64::MAX))
            }
            Content::Float(value, _) => toml::Value::Float(*value),
            Content::Bool(value) => toml::Value::Boolean(*value),
            Content::Date => toml::Value::String("a date".into()),
            Content::List(list) => toml::Value::Array(list.iter().map(Item::to_value).collect()),
            Content::Table(table) => toml::Value::Table(
                (table.entries.iter())
                    .map(|entry| (entry.key.clone(), entry.item.to_value()))
                    .collect(),
            ),
        }
    }
}

/// Reads a text, `shift` bytes into its source. What it is in spite of its errors comes beside them.
pub(crate) fn parse(text: &str, source: usize, shift: usize) -> (Item, Vec<Complaint>) {
    let at = |span: std::ops::Range<usize>| At {
        source,
        start: span.start + shift,
        end: span.end + shift,
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    let whole = At { source, start: shift, end: shift };
    let complaints = errors.iter().map(|error| {
        let place = error.span().map_or(whole, at);
        let (what, mend) = match error.message().split_once(", expected ") {
            Some((what, _)) if what.contains("must be quoted") => {
                let mend = "put a text in quotes, as in \"5ms\"; leave no key without value";
                ("this is no value".to_owned(), mend.to_owned())
            }
            Some((what, expected)) => (what.to_owned(), format!("expected {expected}")),
            None if error.message() == "duplicate key" => {
                let key = text.get(error.span().unwrap_or_default()).unwrap_or_default();
                (format!("`{key}` stands here twice"), "this is the second".to_owned())
            }
            None => (error.message().to_owned(), "this is not TOML".to_owned()),
        };
        Complaint::error(place, what, mend)
    });
    let mut complaints: Vec<Complaint> = complaints.collect();
    // The keys of a table that comes twice are all twice there: the table says it.
    let mut in_second = false;
    complaints.retain(|complaint| {
        let start = complaint.at.map_or(0, |at| at.start.saturating_sub(shift));
        let is_header =
            text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']).ends_with('[');
        let twice = complaint.what.ends_with("stands here twice");
        let follows = twice && in_second && !is_header;
        in_second = (twice && is_header) || (in_second && follows);
        !follows
    });
    let content = Content::Table(convert_table(table.get_ref(), &at));
    (Item { at: whole, content }, complaints)
}

fn convert_table(table: &DeTable<'_>, at: &impl Fn(std::ops::Range<usize>) -> At) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_at: at(key.span()),
            item: convert(value.get_ref(), at(value.span()), at),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_at);
    let mut table = Table::default();
    entries.into_iter().for_each(|entry| table.push(entry));
    table
}

fn convert(value: &DeValue<'_>, here: At, at: &impl Fn(std::ops::Range<usize>) -> At) -> Item {
    let content = match value {
        DeValue::String(text) => Content::Text(text.to_string()),
        DeValue::Integer(value) => {
            Content::Integer(i128::from_str_radix(value.as_str(), value.radix()).ok())
        }
        DeValue::Float(value) => {
            Content::Float(value.as_str().parse().unwrap_or(f64::NAN), value.as_str().to_owned())
        }
        DeValue::Boolean(value) => Content::Bool(*value),
        DeValue::Datetime(_) => Content::Date,
        DeValue::Array(list) => {
            let item =
                |value: &toml::Spanned<DeValue<'_>>| convert(value.get_ref(), at(value.span()), at);
            Content::List(list.iter().map(item).collect())
        }
        DeValue::Table(table) => Content::Table(convert_table(table, at)),
    };
    Item { at: here, content }
}
