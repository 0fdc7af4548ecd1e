//! Lengths of time and instants: `"5ms"`, `"24h"`.

use penult_sim::{Span, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Quantity, decimal, number_and_unit, quantity_of_text};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::reading::write::Out;

const UNITS: &str = "ns, us, ms, s, min, h and d";

/// Reads `"5ms"`; if it can't, says what would be right.
pub(crate) fn parse_span(text: &str) -> Result<Span, String> {
    let (amount, unit) = number_and_unit(text);
    let nanos: u64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        "d" => 86_400 * 1_000_000_000,
        "" => return Err("a length of time needs a unit, as in \"5ms\"".into()),
        "m" => return Err(format!("is it \"{amount}min\" or \"{amount}ms\"?")),
        _ => return Err(format!("the units of time are {UNITS}, as in \"5ms\"")),
    };
    decimal(amount, nanos).map(Span::nanos).map_err(Into::into)
}

/// In the largest unit that keeps it whole, from seconds up: `24h`, `90s`; below as the engine shows it.
pub(crate) fn written(span: Span) -> String {
    let seconds = span.as_nanos() / 1_000_000_000;
    let whole = !span.is_zero() && span == Span::secs(seconds);
    match seconds {
        _ if whole && seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if whole && seconds.is_multiple_of(60) => format!("{}min", seconds / 60),
        _ => span.to_string(),
    }
}

impl Setting for Span {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        quantity_of_text!(item, cx, "a length of time", "5ms", parse_span)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(written(*self)))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<LengthOfTime>()
    }
}

impl Quantity for Span {
    const CALLED: &'static str = "Time";

    fn amount(self) -> f64 {
        self.as_nanos() as f64
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse_span(text)
    }

    fn unit(name: &str) -> Option<f64> {
        parse_span(&format!("1{name}")).ok().map(Span::amount)
    }
}

impl Setting for Time {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let span = quantity_of_text!(item, cx, "an instant", "10s", parse_span)?;
        Some(Time::ZERO + span)
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(written(*self - Time::ZERO)))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<LengthOfTime>()
    }
}

/// For the schema.
struct LengthOfTime;

impl JsonSchema for LengthOfTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time, or an instant as the time since the start: a number and \
                            ns, us, ms, s, min, h or d, as in \"5ms\".",
            "pattern": r"^\s*[0-9]*\.?[0-9]*\s*(ns|us|µs|μs|ms|s|min|h|d)\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_of_time() {
        for (text, nanos) in [
            ("7ns", 7),
            ("0.5us", 500),
            ("3µs", 3_000),
            ("5 ms", 5_000_000),
            ("2.5s", 2_500_000_000),
            ("1.5min", 90_000_000_000),
            ("24h", 86_400_000_000_000),
            ("1d", 86_400_000_000_000),
        ] {
            assert_eq!(parse_span(text), Ok(Span::nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn says_what_would_be_a_length_of_time() {
        for (text, mend) in [
            ("5", "needs a unit"),
            ("5m", "\"5min\" or \"5ms\""),
            ("5 parsecs", "ns, us, ms, s, min, h and d"),
            ("-5ms", "can't be negative"),
            ("ms", "no number"),
            ("1,5s", "has a point"),
            ("9999999d", "too large"),
            ("NaN", "ns, us"),
        ] {
            let error = parse_span(text).expect_err(text);
            assert!(error.contains(mend), "{text}: {error}");
        }
    }
}
