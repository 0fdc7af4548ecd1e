//! Sizes: `"4KiB"`, `"10MB"`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Quantity, decimal, number_and_unit, quantity_of_text};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::reading::write::Out;

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Bytes(pub u64);

const UNITS: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

/// How many bytes a unit has.
pub(super) fn unit_bytes(unit: &str) -> Option<u64> {
    match unit {
        "B" => Some(1),
        "kB" => Some(1_000),
        _ => UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes),
    }
}

pub(crate) fn parse_bytes(text: &str) -> Result<Bytes, String> {
    let (amount, unit) = number_and_unit(text);
    let Some(bytes) = unit_bytes(unit) else {
        return Err(match unit {
            "" => "a size needs a unit, as in \"4KiB\"".to_owned(),
            _ => "the units of size are B, KB, MB, GB, TB and KiB, MiB, GiB, TiB, as in \"4KiB\""
                .to_owned(),
        });
    };
    decimal(amount, bytes).map(Bytes).map_err(Into::into)
}

impl fmt::Display for Bytes {
    /// In the largest unit that keeps it whole: `4KiB`, `1500B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, bytes): &&(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*bytes);
        let (unit, bytes) = UNITS.iter().find(whole).copied().unwrap_or(("B", 1));
        f.pad(&format!("{}{unit}", self.0 / bytes))
    }
}

impl Setting for Bytes {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a size", "4KiB", parse_bytes)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Bytes>()
    }
}

impl Quantity for Bytes {
    const CALLED: &'static str = "Size";

    fn amount(self) -> f64 {
        self.0 as f64
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_bytes(text)
    }

    fn unit(name: &str) -> Option<f64> {
        let name = if name == "bytes" { "B" } else { name };
        unit_bytes(name).map(|bytes| bytes as f64)
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A size: a number and B, KB, MB, GB, TB (thousands) or KiB, MiB, GiB, TiB \
                            (1024), as in \"4KiB\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*(B|[kKMGT]B|[KMGT]iB)\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_sizes() {
        for (text, bytes, written) in [
            ("4KiB", 4096, "4KiB"),
            ("1.5MB", 1_500_000, "1500KB"),
            ("1500 B", 1500, "1500B"),
            ("2kB", 2000, "2KB"),
            ("1GiB", 1 << 30, "1GiB"),
            ("0B", 0, "0B"),
        ] {
            assert_eq!(parse_bytes(text), Ok(Bytes(bytes)), "{text}");
            assert_eq!(Bytes(bytes).to_string(), written);
        }
        assert!(parse_bytes("4K").is_err());
        assert!(parse_bytes("4").unwrap_err().contains("needs a unit"));
    }
}
