//! The summary flattened: paths with dots, as expectations, objectives and columns name them.

use std::fmt;

use crate::metrics::common;
use crate::summary::Summary;
use crate::uncomputed::uncomputed;

/// A value of the summary.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A name.
    Text(String),
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// There was no sample.
    Nothing,
}

impl Value {
    /// As a number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Count(count) => Some(*count as f64),
            Value::Number(number) => Some(*number),
            Value::Text(_) | Value::Nothing => None,
        }
    }

    /// As it stands in CSV.
    pub(crate) fn cell(&self) -> String {
        match self {
            Value::Text(text) => uncomputed(text).into_owned(),
            value => value.to_string(),
        }
    }
}

impl fmt::Display for Value {
    /// As in a column of a table that has types: empty where there is nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.pad(text),
            Value::Count(count) => f.pad(&count.to_string()),
            Value::Number(number) => f.pad(&number.to_string()),
            Value::Nothing => f.pad(""),
        }
    }
}

impl From<&Option<f64>> for Value {
    fn from(number: &Option<f64>) -> Self {
        number.map_or(Value::Nothing, Value::Number)
    }
}

impl From<&f64> for Value {
    fn from(&number: &f64) -> Self {
        Value::Number(number)
    }
}

impl From<&u64> for Value {
    fn from(&count: &u64) -> Self {
        Value::Count(count)
    }
}

impl From<&u32> for Value {
    fn from(&count: &u32) -> Self {
        Value::Count(count.into())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.clone())
    }
}

impl Summary {
    /// Every value with its path, in the order of `summary.json`; the numbers of the strategy's own come last. There is
    /// one for each kind of cause, also of those that took nothing, so that all runs of a strategy have the same paths.
    pub fn flat(&self) -> Vec<(String, Value)> {
        let common = common().iter().map(|it| (it.metric.path.to_string(), it.of(self)));
        let own = self.own.0.iter().map(|(metric, value)| (metric.path.to_string(), value.clone()));
        common.chain(own).collect()
    }
}
