//! The summary flattened: paths with dots, as expectations, objectives and columns name them.

use std::fmt;

use penult_models::{CauseKind, Phase};

use crate::summary::{Cost, Deliveries, Failovers, Latency, Receipts, Resync, Summary};
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

type Flat = Vec<(String, Value)>;

/// Adds each field under its own name.
macro_rules! put {
    ($flat:ident, $prefix:literal, $of:ident: $($($field:ident).+),* $(,)?) => {
        $flat.extend([$((
            concat!($prefix, stringify!($($field).+)).replace(' ', ""),
            Value::from(&$of.$($field).+),
        )),*])
    };
}

impl Summary {
    /// Every value with its path, in the order of `summary.json`. There is one for each kind of cause,
    /// also of those that took nothing, so that all runs have the same paths.
    pub fn flat(&self) -> Flat {
        let mut flat = Flat::new();
        put!(flat, "", self: penult, schema, scenario, strategy, seed, fingerprint, events, simulated_s,
            messages);
        self.deliveries.put(&mut flat);
        for cause in CauseKind::ALL {
            let count = self.loss.causes.get(cause).copied().unwrap_or(0);
            flat.push((format!("loss.causes.{cause}"), Value::from(&count)));
        }
        self.latency.put(&mut flat);
        self.failover.put(&mut flat);
        self.resync.put(&mut flat);
        self.receipts.put(&mut flat);
        self.cost.put(&mut flat);
        flat.extend(self.own.0.iter().cloned());
        flat
    }
}

impl Deliveries {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "deliveries.", self: offered, accepted, delivered, rejected, unsent, expired, lost,
            stranded, accepted_lost, duplicates_stopped, duplicates_seen, out_of_order, loss_rate);
    }
}

impl Latency {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "latency.", self: count, mean, sd, min, p50, p90, p99, p999, max);
        for (phase, mean) in Phase::ALL.iter().zip(self.phases.0) {
            flat.push((format!("latency.phases.{}", phase.name()), Value::from(&mean)));
        }
    }
}

impl Failovers {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "failover.", self: suspicions, false_suspicions, rehosts, failbacks, detection.p50,
            handover.p50, unhosted_s, availability);
    }
}

impl Resync {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "resync.", self: count, messages, bytes, time.p50);
    }
}

impl Receipts {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "receipts.", self: count, p50, missing);
    }
}

impl Cost {
    fn put(&self, flat: &mut Flat) {
        put!(flat, "cost.", self: packets, control, gateways_per_message, bytes,
            transmissions_per_delivery, copies_peak, queue_bytes_peak, queue_byte_seconds, policy_runs,
            transmissions_saved, policy_runs_saved);
    }
}
