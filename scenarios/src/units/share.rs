//! Shares and probabilities: `"2%"`, or a number from 0 to 1.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{number, number_and_unit};
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{Setting, decimal, shown};
use crate::reading::write::Out;

/// A share of a whole, or a probability. It is kept in percent, as it is mostly written, so that it
/// comes back from a file to the last bit.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Share {
    /// From 0 to 100.
    pub percent: f64,
}

impl Share {
    /// From 0 to 1.
    pub fn fraction(self) -> f64 {
        self.percent / 100.0
    }
}

pub(crate) fn parse_share(text: &str) -> Result<Share, String> {
    let (amount, unit) = number_and_unit(text);
    if unit != "%" {
        return Err("a share is in percent, as in \"2%\"".into());
    }
    let percent = number(amount)?;
    if percent > 100.0 { Err("it is 100% or less".into()) } else { Ok(Share { percent }) }
}

impl Setting for Share {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let share = match &item.content {
            Content::Text(text) => parse_share(text),
            Content::Integer(Some(0)) => Ok(Share { percent: 0.0 }),
            Content::Integer(Some(1)) => Err("is it \"1%\" or \"100%\"?".to_owned()),
            Content::Float(value, _) if (1.0..=1.0).contains(value) => {
                Err("is it \"1%\" or \"100%\"?".to_owned())
            }
            Content::Float(value, text) if (0.0..1.0).contains(value) => {
                // 0.07 is 7 %: times 100 as floats would be a little more.
                let percent = format!("{text}e2").parse().unwrap_or(value * 100.0);
                Ok(Share { percent })
            }
            Content::Float(..) | Content::Integer(_) => {
                Err("it lies between 0 and 1, or is in percent, as in \"2%\"".to_owned())
            }
            _ => Err("it is a share, as in \"2%\"".to_owned()),
        };
        let came = match item.content {
            Content::Float(_, ref text) => text.clone(),
            Content::Integer(Some(value)) => value.to_string(),
            _ => shown(item),
        };
        share.map_err(|mend| cx.error(item.at, format!("{} is {came}", cx.key()), mend)).ok()
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(format!("{}%", decimal(self.percent))))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Share>()
    }
}

impl JsonSchema for Share {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share or probability: \"0%\" to \"100%\", or a number of 0 or more and \
                            below 1.",
            "anyOf": [
                { "type": "string", "pattern": r"^\s*[0-9]*\.?[0-9]*\s*%\s*$" },
                { "type": "number", "minimum": 0, "exclusiveMaximum": 1 },
            ],
        })
    }
}
