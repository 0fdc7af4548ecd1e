//! What may stand at a key: how it is read, written and described.

use std::ops::Deref;

use schemars::{Schema, SchemaGenerator, json_schema};

use super::Reading;
use super::document::{Content, Item};
use super::reader::Reader;
use super::write::Out;
use crate::schema::TableSchema;
use crate::units::Varying;

/// A value that may stand at a key of a scenario.
///
/// Its `Default` is what stands in for one that is missing or broken, so that reading can go on: it is
/// seen by nobody but the checks.
pub trait Setting: Sized + Default {
    /// Whether the key may be left out, with nothing to stand in for it.
    const OPTIONAL: bool = false;

    /// Whether it is a table of its own.
    const TABLE: bool = false;

    /// Whether it is no value of one key, but has [keys](Setting::keys) in the table around it.
    const SPREAD: bool = false;

    /// The keys that it has in the table around it, if it is spread out there.
    fn keys(_: &Reading<'_>) -> Vec<&'static str> {
        Vec::new()
    }

    /// Describes those keys.
    fn describe(_: &mut TableSchema, _: &mut SchemaGenerator) {}

    /// The value, or nothing after a complaint.
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self>;

    /// As it stands in a scenario that has every key; nothing where the key is left out.
    fn write(&self) -> Option<Out>;

    /// What may stand there.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A table as [`table!`](crate::table) makes it: its keys can be read and described by themselves.
pub trait Keys: Setting {
    /// All of them, in the order of their declaration.
    const KEYS: &'static [&'static str];

    /// Takes them out of a table that is being read.
    fn take(reader: &mut Reader<'_>, cx: &mut Reading<'_>) -> Self;

    /// Describes them.
    fn describe(table: &mut TableSchema, generator: &mut SchemaGenerator);
}

/// A table whose keys stand in the table around it: those that several tables share.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Spread<T>(pub T);

impl<T> Deref for Spread<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Keys> Setting for Spread<T> {
    const SPREAD: bool = true;

    fn keys(_: &Reading<'_>) -> Vec<&'static str> {
        T::KEYS.to_vec()
    }

    fn describe(table: &mut TableSchema, generator: &mut SchemaGenerator) {
        <T as Keys>::describe(table, generator);
    }

    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        // What is left over is for the table around it to find.
        let mut reader = Reader::new(item, cx)?;
        Some(Spread(T::take(&mut reader, cx)))
    }

    fn write(&self) -> Option<Out> {
        self.0.write()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// A demand that goes beyond the type of a value.
pub trait Rule<T> {
    /// The least whole number, so that one that can't be read at all is told so too.
    const LEAST: u64 = 0;

    /// What the value is and what would be right, if it isn't.
    fn broken(value: &T) -> Option<(&'static str, &'static str)>;
    /// Says it in the schema.
    fn describe(schema: &mut Schema);
}

impl<T: Setting> Setting for Option<T> {
    const OPTIONAL: bool = true;

    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        T::read(item, cx).map(Some)
    }

    fn write(&self) -> Option<Out> {
        self.as_ref().and_then(T::write)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Content::List(items) = &item.content else {
            let what = format!("{} is {}", cx.key(), item.kind());
            let mend = match item.content {
                Content::Table(_) => "it is a list of tables: double the brackets, as in [[fault]]",
                _ => "it is a list, in brackets",
            };
            cx.error(item.at, what, mend);
            return None;
        };
        // One that is broken keeps its place, so that the others keep their numbers.
        Some(items.iter().map(|item| T::read(item, cx).unwrap_or_default()).collect())
    }

    fn write(&self) -> Option<Out> {
        Some(Out::List(self.iter().filter_map(T::write).collect()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": T::schema(generator) })
    }
}

impl Setting for String {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Text(text) => Some(text.clone()),
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(item.at, what, "it is text, in quotes");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.clone()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Setting for bool {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match item.content {
            Content::Bool(value) => Some(value),
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(item.at, what, "it is true or false, without quotes");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Plain(self.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// TOML's whole numbers have a sign and 64 bits, so that 63 are left.
const WHOLE_MAX: u64 = i64::MAX as u64;

/// A whole number up to `max`.
fn whole_number(item: &Item, max: u64, cx: &mut Reading<'_>) -> Option<u64> {
    let least = std::mem::take(&mut cx.least);
    let Content::Integer(value) = item.content else {
        let what = format!("{} is {}", cx.key(), shown(item));
        cx.error(item.at, what, "it is a whole number, without quotes or unit");
        return None;
    };
    let read = value.and_then(|value| u64::try_from(value).ok()).filter(|value| *value <= max);
    match (read, value) {
        (None, Some(..0)) if least > 0 => {
            let what = format!("{} is too small", cx.key());
            cx.error(item.at, what, format!("it is {least} or more"));
        }
        (None, _) => {
            let what = format!("{} is out of range", cx.key());
            cx.error(item.at, what, format!("it is a whole number from {least} to {max}"));
        }
        _ => {}
    }
    read
}

impl Setting for u64 {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        whole_number(item, WHOLE_MAX, cx)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Plain(self.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0 })
    }
}

impl Setting for u32 {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        whole_number(item, u64::from(u32::MAX), cx).and_then(|value| value.try_into().ok())
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Plain(self.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        u64::schema(generator)
    }
}

impl Setting for f64 {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let value = match item.content {
            Content::Integer(value) => value.map(|value| value as f64),
            Content::Float(value, _) => Some(value).filter(|value| value.is_finite()),
            _ => {
                let what = format!("{} is {}", cx.key(), shown(item));
                cx.error(item.at, what, "it is a number, without quotes or unit");
                return None;
            }
        };
        if value.is_none() {
            let what = format!("{} is not a finite number", cx.key());
            cx.error(item.at, what, "it is a finite number");
        }
        value
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Plain(plain_number(*self)))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

/// The shortest decimal that reads as this number again, without an exponent.
pub(crate) fn decimal(value: f64) -> String {
    format!("{value}")
}

/// A number as TOML has it: a large one has an exponent, so that it is no whole number of 63 bits.
pub(crate) fn plain_number(value: f64) -> String {
    // From here on not every whole number is a float.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if value.abs() > EXACT_MAX { format!("{value:e}") } else { decimal(value) }
}

/// What came, for messages: text in quotes, anything else by its kind.
pub(crate) fn shown(item: &Item) -> String {
    const LENGTH_MAX: usize = 40;
    match &item.content {
        Content::Text(text) if text.chars().count() <= LENGTH_MAX => format!("{text:?}"),
        _ => item.kind().to_owned(),
    }
}

/// More than nothing.
pub struct AboveZero;

/// Always the same whole number of 1 or more, or drawn and then rounded.
pub struct Counted;

/// One or more.
pub struct OneOrMore;

/// What can be nothing.
pub trait Magnitude {
    /// What is wrong with nothing, and what would be right.
    const NOTHING: (&'static str, &'static str) = ("is zero", "it is more than zero");

    /// Whether it is nothing.
    fn is_zero(&self) -> bool;
}

macro_rules! magnitudes {
    ($($type:ty),*) => { $(
        impl Magnitude for $type {
            fn is_zero(&self) -> bool {
                *self == <$type>::default()
            }
        }
    )* };
}

magnitudes!(u32, u64, penult_sim::Span, crate::Rate, crate::Bytes);

impl Magnitude for f64 {
    fn is_zero(&self) -> bool {
        *self <= 0.0
    }
}

impl<T: Magnitude> Magnitude for Option<T> {
    fn is_zero(&self) -> bool {
        self.as_ref().is_some_and(T::is_zero)
    }
}

impl<T> Magnitude for Vec<T> {
    const NOTHING: (&'static str, &'static str) = ("is empty", "name one or more");

    fn is_zero(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Magnitude> Rule<T> for AboveZero {
    fn broken(value: &T) -> Option<(&'static str, &'static str)> {
        value.is_zero().then_some(T::NOTHING)
    }

    fn describe(schema: &mut Schema) {
        remark(schema, "More than zero.");
    }
}

impl Rule<Varying<f64>> for Counted {
    fn broken(value: &Varying<f64>) -> Option<(&'static str, &'static str)> {
        let value = value.as_constant()?;
        let too_large = ("is too large", "it is 4294967295 at most");
        match value {
            _ if value < 1.0 => Some(("is too small", "it is 1 or more")),
            _ if value > f64::from(u32::MAX) => Some(too_large),
            _ if value.fract() > 0.0 => {
                Some(("is no whole number", "it is 1, 2, …; what is drawn is rounded"))
            }
            _ => None,
        }
    }

    fn describe(schema: &mut Schema) {
        // Of numbers only: a distribution is a table.
        schema.insert("minimum".into(), 1.into());
        schema.insert("multipleOf".into(), 1.into());
        remark(schema, "A plain number is whole.");
    }
}

impl Rule<Option<u32>> for OneOrMore {
    const LEAST: u64 = 1;

    fn broken(value: &Option<u32>) -> Option<(&'static str, &'static str)> {
        (*value == Some(0)).then_some(("is too small", "it is 1 or more"))
    }

    fn describe(schema: &mut Schema) {
        schema.insert("minimum".into(), 1.into());
    }
}

impl Rule<u32> for OneOrMore {
    const LEAST: u64 = 1;

    fn broken(value: &u32) -> Option<(&'static str, &'static str)> {
        (*value == 0).then_some(("is too small", "it is 1 or more"))
    }

    fn describe(schema: &mut Schema) {
        schema.insert("minimum".into(), 1.into());
    }
}

impl Rule<f64> for OneOrMore {
    fn broken(value: &f64) -> Option<(&'static str, &'static str)> {
        (*value < 1.0).then_some(("is too small", "it is 1 or more"))
    }

    fn describe(schema: &mut Schema) {
        schema.insert("minimum".into(), 1.into());
    }
}

/// Adds a sentence to the description of a key.
pub(crate) fn remark(schema: &mut Schema, sentence: &str) {
    let before = schema.get("description").and_then(|text| text.as_str()).unwrap_or_default();
    let text = format!("{before} {sentence}");
    schema.insert("description".into(), text.trim().into());
}
