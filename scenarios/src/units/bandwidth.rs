//! Bandwidths: `"10MB/s"`, `"1Gbit/s"`.

use penult_sim::Bandwidth;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::size::unit_bytes;
use super::{decimal, number_and_unit, quantity_of_text};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::reading::write::Out;

pub(crate) fn parse_bandwidth(text: &str) -> Result<Bandwidth, String> {
    const UNITS: &str = "the units of bandwidth are bit/s, kbit/s, Mbit/s, Gbit/s and B/s, KB/s, MB/s, \
                         GB/s, as in \"10Mbit/s\"";
    let (amount, unit) = number_and_unit(text);
    let bits = unit.strip_suffix("/s").and_then(|unit| match unit {
        "bit" => Some(1),
        "kbit" | "Kbit" => Some(1_000),
        "Mbit" => Some(1_000_000),
        "Gbit" => Some(1_000_000_000),
        "Tbit" => Some(1_000_000_000_000),
        _ => Some(unit_bytes(unit)? * 8),
    });
    let bits = bits.ok_or_else(|| UNITS.to_owned())?;
    let bits = decimal(amount, bits)?;
    Bandwidth::bits_per_second(bits)
        .ok_or_else(|| "it is more than zero; leave it out for no limit".to_owned())
}

impl Setting for Option<Bandwidth> {
    const OPTIONAL: bool = true;

    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a bandwidth", "10Mbit/s", parse_bandwidth).map(Some)
    }

    fn write(&self) -> Option<Out> {
        self.map(|bandwidth| Out::Text(bandwidth.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<BandwidthSchema>()
    }
}

/// For the schema.
struct BandwidthSchema;

impl JsonSchema for BandwidthSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bandwidth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A bandwidth: a number and bit/s, kbit/s, Mbit/s, Gbit/s or B/s, KB/s, MB/s, \
                            GB/s, as in \"10Mbit/s\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*([kKMGT]?bit|B|[kKMGT]B|[KMGT]iB)/s\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bits_and_bytes_per_second() {
        let bits = |text| parse_bandwidth(text).map(Bandwidth::bits);
        assert_eq!(bits("1Gbit/s"), Ok(1_000_000_000));
        assert_eq!(bits("10MB/s"), Ok(80_000_000));
        assert_eq!(bits("1.5 KiB/s"), Ok(12_288));
        assert_eq!(bits("64 kbit/s"), Ok(64_000));
        assert!(bits("0Mbit/s").unwrap_err().contains("more than zero"));
        assert!(bits("10Mbps").unwrap_err().contains("as in \"10Mbit/s\""));
    }
}
