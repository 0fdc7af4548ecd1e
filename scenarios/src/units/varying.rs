//! Quantities that may vary: one value, or a distribution.

use std::sync::Arc;

use penult_sim::{Delay, Distribution, DistributionError, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::files::FileName;
use crate::reading::Reading;
use crate::reading::document::{Content, Item, Table};
use crate::reading::reader::{Reader, listed};
use crate::reading::setting::{Magnitude, Setting};
use crate::reading::write::Out;
use crate::{empirical, nearest};

/// What a distribution can be of.
#[allow(private_bounds, reason = "nobody else adds quantities")]
pub trait Quantity: Copy + PartialEq + std::fmt::Debug + Setting {
    /// Its name in the schema.
    const CALLED: &'static str;

    /// As a number: nanoseconds, bytes, or plain.
    fn amount(self) -> f64;

    /// Reads one from the cell of a file; if it can't, says what would be right.
    fn parse(text: &str) -> Result<Self, String>;

    /// How much a bare number counts in a column that is named after this unit.
    fn unit(name: &str) -> Option<f64>;
}

impl Quantity for f64 {
    const CALLED: &'static str = "Number";

    fn parse(text: &str) -> Result<Self, String> {
        super::number(text).map_err(Into::into)
    }

    fn unit(_: &str) -> Option<f64> {
        Some(1.0)
    }

    fn amount(self) -> f64 {
        self
    }
}

/// A quantity that is always the same, or drawn anew each time. Its parameters make sense: that was
/// checked.
#[derive(Clone, PartialEq, Debug)]
pub enum Varying<Q> {
    /// Always this.
    Constant(Q),
    /// Anything from the first to the second.
    Uniform(Q, Q),
    /// The times between events that happen at random, with this mean.
    Exponential(Q),
    /// The bell curve, without what lies below zero.
    Normal {
        /// The mean of the whole curve.
        mean: Q,
        /// The standard deviation of the whole curve.
        sd: Q,
    },
    /// The logarithm is normal.
    Lognormal {
        /// Half of the values are below it.
        median: Q,
        /// Of a hundred values, one is above it.
        p99: Q,
    },
    /// A power law.
    Pareto {
        /// The least value.
        min: Q,
        /// The exponent of the tail.
        shape: f64,
    },
    /// Times until failure.
    Weibull {
        /// What 63 % of the values stay below.
        scale: Q,
        /// Below 1 the old last longer, above 1 they wear out.
        shape: f64,
    },
    /// One of these values, each as likely as any other.
    Empirical(Empirical),
}

/// Values from a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Empirical {
    /// The file.
    pub file: FileName,
    /// The values in the order of the file: nanoseconds, bytes, or plain.
    pub values: Arc<[f64]>,
}

impl<Q: Default> Default for Varying<Q> {
    fn default() -> Self {
        Varying::Constant(Q::default())
    }
}

impl<Q: Quantity> Varying<Q> {
    /// Its distribution: of nanoseconds, bytes, or plain numbers.
    pub fn distribution(&self) -> Distribution {
        self.try_distribution().expect("the parameters were checked when they were read")
    }

    /// What it is on average; may be infinite.
    pub fn mean(&self) -> f64 {
        self.distribution().mean()
    }

    /// The value, if it is always the same.
    pub fn as_constant(&self) -> Option<Q> {
        match *self {
            Varying::Constant(value) => Some(value),
            _ => None,
        }
    }

    fn try_distribution(&self) -> Result<Distribution, DistributionError> {
        match *self {
            Varying::Constant(value) => Distribution::constant(value.amount()),
            Varying::Uniform(low, high) => Distribution::uniform(low.amount(), high.amount()),
            Varying::Exponential(mean) => Distribution::exponential(mean.amount()),
            Varying::Normal { mean, sd } => Distribution::normal(mean.amount(), sd.amount()),
            Varying::Lognormal { median, p99 } => {
                Distribution::log_normal_median_p99(median.amount(), p99.amount())
            }
            Varying::Pareto { min, shape } => Distribution::pareto(min.amount(), shape),
            Varying::Weibull { scale, shape } => Distribution::weibull(scale.amount(), shape),
            Varying::Empirical(ref empirical) => Distribution::empirical(empirical.values.to_vec()),
        }
    }
}

impl Varying<Span> {
    /// As a delay of the engine.
    pub fn delay(&self) -> Delay {
        match *self {
            // Exact, where a float would round beyond some hundred days.
            Varying::Constant(span) => Delay::constant(span),
            _ => Delay::from_nanos(self.distribution()),
        }
    }
}

const LAWS: [&str; 7] =
    ["uniform", "exponential", "normal", "lognormal", "pareto", "weibull", "empirical"];

impl<Q: Quantity> Setting for Varying<Q> {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let (read, at) = match &item.content {
            Content::Table(table) => {
                let at = table.entries().first().map_or(item.at, |entry| entry.item.at);
                (read_law(item, table, cx)?, at)
            }
            _ => (Varying::Constant(Q::read(item, cx)?), item.at),
        };
        if let Err(error) = read.try_distribution() {
            let what = match read {
                Varying::Constant(_) => format!("{} is out of range", cx.key()),
                _ => format!("{} is no distribution", cx.key()),
            };
            cx.error(at, what, mend(&error));
            return None;
        }
        Some(read)
    }

    fn write(&self) -> Option<Out> {
        let pair = |a: (&str, Option<Out>), b: (&str, Option<Out>)| {
            Some(Out::Table(vec![(a.0.to_owned(), a.1?), (b.0.to_owned(), b.1?)]))
        };
        let (law, out) = match self {
            Varying::Constant(value) => return value.write(),
            Varying::Uniform(low, high) => {
                ("uniform", Some(Out::List(vec![low.write()?, high.write()?])))
            }
            Varying::Exponential(mean) => ("exponential", mean.write()),
            Varying::Normal { mean, sd } => {
                ("normal", pair(("mean", mean.write()), ("sd", sd.write())))
            }
            Varying::Lognormal { median, p99 } => {
                ("lognormal", pair(("median", median.write()), ("p99", p99.write())))
            }
            Varying::Pareto { min, shape } => {
                ("pareto", pair(("min", min.write()), ("shape", shape.write())))
            }
            Varying::Weibull { scale, shape } => {
                ("weibull", pair(("scale", scale.write()), ("shape", shape.write())))
            }
            Varying::Empirical(Empirical { file, .. }) => ("empirical", file.write()),
        };
        Some(Out::Table(vec![(law.to_owned(), out?)]))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Varying<Q>>()
    }
}

fn read_law<Q: Quantity>(item: &Item, table: &Table, cx: &mut Reading<'_>) -> Option<Varying<Q>> {
    let known = table.entries().iter().filter(|entry| LAWS.contains(&entry.key.as_str()));
    let known: Vec<_> = known.collect();
    let &[law] = known.as_slice() else {
        let key = cx.key();
        match (known.as_slice(), table.entries().first()) {
            ([first, second, ..], _) => {
                let what = format!("{key} has two distributions");
                let complaint =
                    crate::Complaint::error(second.key_at, what, "one of them is too many");
                cx.complain(complaint.also(first.key_at, "the first"));
            }
            (_, Some(entry)) => {
                let mend = match nearest(&entry.key, LAWS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the distributions are {}", listed(&LAWS)),
                };
                cx.error(entry.key_at, format!("{key} has no distribution `{}`", entry.key), mend);
            }
            (_, None) => {
                let mend = format!("the distributions are {}", listed(&LAWS));
                cx.error(item.at, format!("{key} is an empty table"), mend);
            }
        }
        return None;
    };
    if let Some(other) = table.entries().iter().find(|entry| entry.key != law.key) {
        let what = format!("unknown key `{}` beside `{}`", other.key, law.key);
        cx.error(other.key_at, what, "a distribution stands alone in its table");
        return None;
    }
    let parameters = &law.item;
    cx.within(&law.key, |cx| match law.key.as_str() {
        "uniform" => match parameters.as_list() {
            Some([low, high]) => {
                let (low, high) = (Q::read(low, cx), Q::read(high, cx));
                Some(Varying::Uniform(low?, high?))
            }
            _ => {
                let what = format!("{} is not a pair", cx.key());
                cx.error(
                    parameters.at,
                    what,
                    "it is the least and the greatest value: [\"1ms\", \"5ms\"]",
                );
                None
            }
        },
        "exponential" => Q::read(parameters, cx).map(Varying::Exponential),
        "empirical" => empirical::read::<Q>(parameters, cx).map(Varying::Empirical),
        "normal" => {
            pair(parameters, ("mean", "sd"), cx).map(|(mean, sd)| Varying::Normal { mean, sd })
        }
        "lognormal" => pair(parameters, ("median", "p99"), cx)
            .map(|(median, p99)| Varying::Lognormal { median, p99 }),
        "pareto" => pair(parameters, ("min", "shape"), cx)
            .map(|(min, shape)| Varying::Pareto { min, shape }),
        _ => pair(parameters, ("scale", "shape"), cx)
            .map(|(scale, shape)| Varying::Weibull { scale, shape }),
    })
}

/// Two parameters, both of which must be there and right.
fn pair<A: Setting, B: Setting>(
    item: &Item,
    keys: (&'static str, &'static str),
    cx: &mut Reading<'_>,
) -> Option<(A, B)> {
    let before = cx.complained;
    let mut reader = Reader::new(item, cx)?;
    let pair = (reader.required(keys.0, cx), reader.required(keys.1, cx));
    reader.finish(cx);
    (cx.complained == before).then_some(pair)
}

/// What would be right instead of these parameters.
fn mend(error: &DistributionError) -> String {
    match error {
        DistributionError::NotFinite { what, .. } => format!("{what} is too large"),
        DistributionError::Negative { what: "the constant", .. } => "it can't be negative".into(),
        DistributionError::Negative { what, .. } => format!("{what} can't be negative"),
        DistributionError::NotPositive { what, .. } => format!("{what} is more than zero"),
        DistributionError::LowAboveHigh { .. } => "the smaller of the two comes first".into(),
        DistributionError::NoSpread { .. } => {
            "the 99th percentile lies above the median; for a constant, write the value alone"
                .into()
        }
        DistributionError::NeverPositive { .. } => "practically all of it lies below zero".into(),
        DistributionError::Empty => "the file has no values".into(),
    }
}

impl<Q: Quantity> Magnitude for Varying<Q> {
    fn is_zero(&self) -> bool {
        self.try_distribution().is_ok_and(|it| it.as_constant().is_some_and(|value| value <= 0.0))
    }
}

impl<Q: Quantity> JsonSchema for Varying<Q> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Varying{}", Q::CALLED).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = Q::schema(generator);
        let shape = json_schema!({ "type": "number", "exclusiveMinimum": 0 });
        let law = |name: &str, about: &str, parameters: Schema| {
            json_schema!({
                "type": "object", "description": about, "properties": { name: parameters },
                "required": [name], "additionalProperties": false,
            })
        };
        let pair = |a: (&str, &Schema), b: (&str, &Schema)| {
            json_schema!({
                "type": "object", "properties": { a.0: a.1, b.0: b.1 },
                "required": [a.0, b.0], "additionalProperties": false,
            })
        };
        let ends = json_schema!({ "type": "array", "items": one, "minItems": 2, "maxItems": 2 });
        json_schema!({
            "description": "Always the same, or drawn anew each time from a distribution. A draw below \
                            zero is drawn again.",
            "anyOf": [
                one,
                law("uniform", "Anything from the first to the second.", ends),
                law("exponential", "Exponential, with this mean.", one.clone()),
                law("normal", "Normal, truncated at zero.", pair(("mean", &one), ("sd", &one))),
                law("lognormal", "Lognormal.", pair(("median", &one), ("p99", &one))),
                law("pareto", "Pareto.", pair(("min", &one), ("shape", &shape))),
                law("weibull", "Weibull.", pair(("scale", &one), ("shape", &shape))),
                law("empirical", "One of the values of a file, one on each line.",
                    json_schema!({ "type": "string" })),
            ],
        })
    }
}
