//! Rates: `"0.1/s"`, `"6/min"`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{number, number_and_unit, quantity_of_text};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::{Setting, decimal};
use crate::reading::write::Out;

/// How often something happens.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Rate {
    /// Times per second.
    pub per_second: f64,
}

pub(crate) fn parse_rate(text: &str) -> Result<Rate, String> {
    let (amount, unit) = number_and_unit(text);
    let seconds = match unit.strip_prefix('/').map(str::trim) {
        Some("ms") => 0.001,
        Some("s") => 1.0,
        Some("min") => 60.0,
        Some("h") => 3_600.0,
        Some("d") => 86_400.0,
        _ => return Err("the units of a rate are /s, /min, /h and /d, as in \"0.1/s\"".into()),
    };
    let per_second = number(amount)? / seconds;
    if per_second.is_finite() { Ok(Rate { per_second }) } else { Err("it is too large".into()) }
}

impl Setting for Rate {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a rate", "0.1/s", parse_rate)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(format!("{}/s", decimal(self.per_second))))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Rate>()
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A rate: a number and /ms, /s, /min, /h or /d, as in \"0.1/s\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*/\s*(ms|s|min|h|d)\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rates() {
        let rate = |text| parse_rate(text).map(|rate| rate.per_second);
        assert_eq!(rate("0.1/s"), Ok(0.1));
        assert_eq!(rate("6 / min"), Ok(0.1));
        assert!(rate("6").is_err());
        assert!(rate("-6/s").unwrap_err().contains("negative"));
    }
}
