//! Factors: numbers above zero that something is multiplied with.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::reading::write::Out;

/// A number above zero that something is multiplied with.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Factor(pub f64);

impl Default for Factor {
    /// One, which changes nothing.
    fn default() -> Self {
        Factor(1.0)
    }
}

impl Setting for Factor {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let value = f64::read(item, cx)?;
        if value > 0.0 {
            return Some(Factor(value));
        }
        let what = format!("{} is {value}", cx.key());
        cx.error(item.at, what, "it is a factor, more than zero: 10 is ten times as much");
        None
    }

    fn write(&self) -> Option<Out> {
        self.0.write()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "exclusiveMinimum": 0 })
    }
}
