//! `[expect]`: what must come out of a run.

use std::collections::BTreeSet;
use std::fmt;

use penult_sim::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::reading::Reading;
use crate::reading::document::{Content, Item, Table};
use crate::reading::setting::{Setting, plain_number, shown};
use crate::reading::write::Out;
use crate::units::{Share, number, number_and_unit, parse_bytes, parse_share, parse_span};

/// What must come out of a run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Expect {
    /// In the order of the file.
    pub conditions: Vec<Condition>,
    /// The fingerprint of the run, 32 hex digits, if nothing at all may change.
    pub fingerprint: Option<String>,
}

/// A number of the summary, and what it must be.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// Its path in summary.json: `latency.p99`.
    pub path: String,
    /// How it must compare.
    pub relation: Relation,
    /// With what.
    pub value: Value,
    /// The same as it was typed: `0.2%`, `1MB`.
    pub typed: String,
}

/// How a number must compare with another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What a number of the summary is compared with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// As it stands in the summary.
    Plain(f64),
    /// A length of time.
    Time(Span),
    /// A share.
    Share(Share),
    /// A number of bytes.
    Bytes(u64),
}

const RELATIONS: [(&str, Relation); 7] = [
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Less),
    (">", Relation::Greater),
    ("=", Relation::Equal),
];

impl Condition {
    const BEGINS: &str = "it begins with ==, !=, <, <=, > or >=, as in \"<= 400ms\"";

    /// Reads a condition on one line, `latency.p99 <= 400ms`; if it can't, says what would be right.
    ///
    /// ```
    /// let condition = penult_scenarios::Condition::parse("latency.p99 <= 400ms")?;
    /// assert!(condition.holds(399.9));
    /// assert!(!condition.holds(400.1));
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str) -> Result<Condition, String> {
        let at = text.find(['<', '>', '=', '!']).ok_or_else(|| {
            format!("{text:?} compares nothing: it is a path and a condition, as in \"latency.p99 <= 400ms\"")
        })?;
        let (path, condition) = text.split_at(at);
        let path = path.trim();
        if path.is_empty() {
            return Err(format!(
                "{text:?} begins with a path of summary.json, as in \"latency.p99 <= 400ms\""
            ));
        }
        Condition::read(path, condition)
    }

    fn read(path: &str, text: &str) -> Result<Condition, String> {
        let text = text.trim();
        let relation = RELATIONS.iter().find(|(sign, _)| text.starts_with(sign));
        let Some((sign, relation)) = relation else {
            return Err(Condition::BEGINS.into());
        };
        let rest = text[sign.len()..].trim();
        if rest.starts_with(['<', '>', '=', '!']) {
            return Err(Condition::BEGINS.into());
        }
        let value = Value::parse(rest)?;
        let typed = rest.to_owned();
        Ok(Condition { path: path.to_owned(), relation: *relation, value, typed })
    }

    /// Whether the number that the summary has at this path is as it must be. Lengths of time are in
    /// milliseconds there, or in seconds where the path ends with `_s`.
    pub fn holds(&self, actual: f64) -> bool {
        let value = self.number();
        match self.relation {
            Relation::Equal => actual.total_cmp(&value).is_eq() || (actual - value).abs() <= 0.0,
            Relation::NotEqual => (actual - value).abs() > 0.0,
            Relation::Less => actual < value,
            Relation::AtMost => actual <= value,
            Relation::Greater => actual > value,
            Relation::AtLeast => actual >= value,
        }
    }

    /// The number to compare with, in the unit of the summary.
    pub fn number(&self) -> f64 {
        match self.value {
            Value::Plain(value) => value,
            Value::Time(span) if self.path.ends_with("_s") => span.as_secs_f64(),
            Value::Time(span) => span.as_millis_f64(),
            Value::Share(share) => share.fraction(),
            Value::Bytes(bytes) => bytes as f64,
        }
    }
}

impl Value {
    fn parse(text: &str) -> Result<Value, String> {
        let (_, unit) = number_and_unit(text);
        match unit {
            "" => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                let value = number(digits).map_err(|_| format!("{text:?} is no number"))?;
                Ok(Value::Plain(if digits.len() < text.len() { -value } else { value }))
            }
            "%" => parse_share(text).map(Value::Share),
            _ => {
                let time = parse_span(text).map(Value::Time);
                time.or_else(|_| parse_bytes(text).map(|bytes| Value::Bytes(bytes.0))).map_err(
                    |_| format!("{text:?} is no value: it is a number, as in 0, 400ms, 2% or 4KiB"),
                )
            }
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = RELATIONS.iter().find(|(_, relation)| relation == self);
        f.pad(sign.map_or("==", |(sign, _)| sign))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.path, self.relation, self.typed)
    }
}

impl Setting for Expect {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let mut expect = Expect::default();
        match item.as_table() {
            Some(table) => read_table("", table, &mut expect, &mut BTreeSet::new(), cx),
            None => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(item.at, what, "it is a table: [expect]");
            }
        }
        Some(expect)
    }

    fn write(&self) -> Option<Out> {
        let line = |condition: &Condition| {
            let Condition { path, relation, value, typed } = condition;
            let out = match (relation, value) {
                (Relation::Equal, Value::Plain(value)) => Out::Plain(plain_number(*value)),
                _ => Out::Text(format!("{relation} {typed}")),
            };
            (path.clone(), out)
        };
        let fingerprint =
            self.fingerprint.iter().map(|it| ("fingerprint".into(), Out::Text(it.clone())));
        Some(Out::Table(self.conditions.iter().map(line).chain(fingerprint).collect()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Expect>()
    }
}

fn read_table(
    around: &str,
    table: &Table,
    expect: &mut Expect,
    seen: &mut BTreeSet<String>,
    cx: &mut Reading<'_>,
) {
    for entry in table.entries() {
        let path =
            if around.is_empty() { entry.key.clone() } else { format!("{around}.{}", entry.key) };
        if let Content::Table(inner) = &entry.item.content {
            // latency.p99 = …, without quotes, makes tables.
            read_table(&path, inner, expect, seen, cx);
            continue;
        }
        if path == "fingerprint" {
            expect.fingerprint = cx.within("fingerprint", |cx| fingerprint(&entry.item, cx));
            continue;
        }
        let equal = |value: f64, typed: &str| Condition {
            path: path.clone(),
            relation: Relation::Equal,
            value: Value::Plain(value),
            typed: typed.to_owned(),
        };
        let read = match &entry.item.content {
            Content::Integer(Some(value)) => Ok(equal(*value as f64, &value.to_string())),
            Content::Float(value, typed) if value.is_finite() => Ok(equal(*value, typed)),
            Content::Text(text) => Condition::read(&path, text),
            _ => Err("it is a number, or a condition as in \"<= 400ms\"".to_owned()),
        };
        match read {
            Ok(_) if !seen.insert(path.clone()) => {
                cx.error(entry.key_at, format!("`{path}` is expected twice"), "say each once");
            }
            Ok(condition) => expect.conditions.push(condition),
            Err(mend) => {
                let what = format!("`{path}` in [expect] is {}", shown(&entry.item));
                cx.error(entry.item.at, what, mend);
            }
        }
    }
}

fn fingerprint(item: &Item, cx: &mut Reading<'_>) -> Option<String> {
    let hex = |text: &&str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = item.as_text().filter(hex);
    if found.is_none() {
        let what = format!("{} is {}", cx.key(), shown(item));
        cx.error(item.at, what, "it is 32 hex digits; `penult test --bless` writes them");
    }
    found.map(str::to_lowercase)
}

impl JsonSchema for Expect {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expect".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "What `penult test` checks: paths of summary.json and what must be there.",
            "properties": {
                "fingerprint": {
                    "type": "string", "pattern": "^[0-9a-fA-F]{32}$",
                    "description": "The fingerprint of the run, if nothing at all may change. Absent: it \
                                    may.",
                },
            },
            "additionalProperties": {
                "description": "A number, or a condition as in \"<= 400ms\". A time without a unit is in that of its path: milliseconds, or seconds where it ends with `_s`.",
                "anyOf": [
                    { "type": "number" },
                    { "type": "string", "pattern": r"^\s*(==|!=|<=|>=|<|>|=)" },
                    { "type": "object" },
                ],
            },
        })
    }
}
