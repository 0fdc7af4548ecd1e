//! Lengths and speeds: `"30m"`, `"1km"`, `"1.5m/s"`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Quantity, number, number_and_unit, quantity_of_text};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::{Magnitude, Setting, decimal};
use crate::reading::write::Out;

/// How far something is.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Length {
    /// In metres.
    pub metres: f64,
}

/// How fast something moves.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Speed {
    /// In metres per second.
    pub metres_per_second: f64,
}

fn finite(value: f64) -> Result<f64, String> {
    if value.is_finite() { Ok(value) } else { Err("it is too large".to_owned()) }
}

fn parse_length(text: &str) -> Result<Length, String> {
    let (amount, unit) = number_and_unit(text);
    let metres = match unit {
        "km" => 1_000.0,
        "m" => 1.0,
        "cm" => 0.01,
        _ => return Err("the units of length are cm, m and km, as in \"30m\"".to_owned()),
    };
    Ok(Length { metres: finite(number(amount)? * metres)? })
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    let (amount, unit) = number_and_unit(text);
    // The quotient of two whole numbers is the nearest there is.
    let (metres, seconds) = match unit {
        "m/s" => (1.0, 1.0),
        "km/h" => (1_000.0, 3_600.0),
        _ => return Err("the units of speed are m/s and km/h, as in \"1.5m/s\"".to_owned()),
    };
    Ok(Speed { metres_per_second: finite(number(amount)? * metres / seconds)? })
}

impl Setting for Length {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a length", "30m", parse_length)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(format!("{}m", decimal(self.metres))))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Length>()
    }
}

impl JsonSchema for Length {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length: a number and cm, m or km, as in \"30m\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*(cm|m|km)\s*$",
        })
    }
}

impl Magnitude for Length {
    fn is_zero(&self) -> bool {
        self.metres <= 0.0
    }
}

impl Setting for Speed {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a speed", "1.5m/s", parse_speed)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(format!("{}m/s", decimal(self.metres_per_second))))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Speed>()
    }
}

impl JsonSchema for Speed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Speed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A speed: a number and m/s or km/h, as in \"1.5m/s\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*(m/s|km/h)\s*$",
        })
    }
}

impl Quantity for Speed {
    const CALLED: &'static str = "Speed";

    fn amount(self) -> f64 {
        self.metres_per_second
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_speed(text)
    }

    fn unit(name: &str) -> Option<f64> {
        parse_speed(&format!("1{name}")).ok().map(|speed| speed.metres_per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lengths_and_speeds() {
        assert_eq!(parse_length("1.5 km").map(|it| it.metres), Ok(1_500.0));
        assert_eq!(parse_length("35m").map(|it| it.metres), Ok(35.0));
        assert!(parse_length("35").unwrap_err().contains("units of length"));
        assert_eq!(parse_speed("3m/s").map(|it| it.metres_per_second), Ok(3.0));
        assert_eq!(parse_speed("36km/h").map(|it| it.metres_per_second), Ok(10.0));
        assert!(parse_speed("-1m/s").unwrap_err().contains("negative"));
    }
}
