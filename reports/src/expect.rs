//! Expectations: what a number of the summary must be, and whether it is.

use std::fmt;

use penult_models::Unit;
use penult_sim::Span;

use crate::flat::Value;
use crate::metrics::Metrics;
use crate::near::near;

/// What a value of the summary must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Its path in the summary: `latency.p99`.
    pub path: String,
    /// How it must compare.
    pub relation: Relation,
    /// With what.
    pub wanted: Wanted,
    /// The same as it was typed: `0.2%`, `1MB`.
    pub typed: String,
}

/// How a value must compare with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A number, in the unit of the summary.
    Number(f64),
    /// A length of time.
    Time(Span),
    /// A share, from 0 to 1.
    Share(f64),
    /// A number of bytes.
    Bytes(u64),
    /// A name, such as a fingerprint.
    Text(String),
}

/// What came of an expectation.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not.
    Failed {
        /// What was expected, as it was typed.
        expected: String,
        /// What was found.
        found: String,
    },
    /// There was no sample: it can't be told, and is not met.
    NoSample,
    /// The strategy has no such number, or no such member of it: it can't be told, and is not met.
    Lacking,
    /// The summary has no such path.
    NoSuchPath {
        /// Those that were perhaps meant, the nearest first.
        near: Vec<String>,
    },
    /// It is a share, and what it is compared with is none: none is below 0 or above 1.
    NoShare {
        /// What was perhaps meant.
        meant: Option<String>,
    },
    /// The value is no such thing: a count is not compared with milliseconds.
    WrongUnit {
        /// What the value is.
        unit: Unit,
    },
}

impl Expectation {
    /// Whether the [flat](crate::Summary::flat) summary of a run meets it; `metrics` are all that there may be.
    pub fn check(&self, flat: &[(String, Value)], metrics: &Metrics) -> Verdict {
        let Some((_, value)) = flat.iter().find(|(path, _)| *path == self.path) else {
            let paths = flat.iter().map(|(path, _)| path.as_str());
            let near = near(&self.path, paths.chain(metrics.paths()));
            let is_known = metrics.find(&self.path).is_some();
            return if is_known { Verdict::Lacking } else { Verdict::NoSuchPath { near } };
        };
        let unit = metrics.unit(&self.path);
        if let Some(wrong) = self.misfit(unit) {
            return wrong;
        }
        let holds = match (&self.wanted, value) {
            (Wanted::Text(wanted), Value::Text(found)) => {
                (found == wanted) == (self.relation == Relation::Equal)
            }
            _ => {
                let Some(wanted) = self.number(unit) else { return Verdict::WrongUnit { unit } };
                let Some(found) = value.number() else { return Verdict::NoSample };
                self.relation.holds(found, wanted)
            }
        };
        if holds {
            return Verdict::Met;
        }
        let expected = format!("{} {}", self.relation, self.typed);
        Verdict::Failed { expected, found: value.to_string() }
    }

    /// What is wrong with it before any run: a path that no run can have, another unit than its own, or a bound that no
    /// share can pass.
    pub fn trouble(&self, metrics: &Metrics) -> Option<Verdict> {
        match metrics.find(&self.path) {
            Some(metric) => self.misfit(metric.unit),
            None => Some(Verdict::NoSuchPath { near: near(&self.path, metrics.paths()) }),
        }
    }

    /// What is wrong with comparing a value in this unit so.
    fn misfit(&self, unit: Unit) -> Option<Verdict> {
        if let (Unit::Share, Wanted::Number(number)) = (unit, &self.wanted)
            && !(0.0..=1.0).contains(number)
        {
            // What is not in percent is from 0 to 1: with 5 every share would be less.
            let percent = (1.0..=100.0).contains(number);
            let meant = percent.then(|| format!("{} {}%", self.relation, self.typed));
            return Some(Verdict::NoShare { meant });
        }
        let fits = match (unit, &self.wanted) {
            (Unit::Text, Wanted::Text(_)) => {
                matches!(self.relation, Relation::Equal | Relation::NotEqual)
            }
            _ => self.number(unit).is_some(),
        };
        (!fits).then_some(Verdict::WrongUnit { unit })
    }

    /// What a value in this unit is compared with; none where the two have none in common.
    fn number(&self, unit: Unit) -> Option<f64> {
        match (&self.wanted, unit) {
            (_, Unit::Text) => None,
            (Wanted::Number(number), _) => Some(*number),
            (Wanted::Time(span), Unit::Millis) => Some(span.as_millis_f64()),
            (Wanted::Time(span), Unit::Seconds) => Some(span.as_secs_f64()),
            (Wanted::Share(share), Unit::Share) => Some(*share),
            (Wanted::Bytes(bytes), Unit::Bytes) => Some(*bytes as f64),
            _ => None,
        }
    }
}

impl Relation {
    /// Whether this number compares so with that one. Of no number nothing holds.
    pub fn holds(self, found: f64, wanted: f64) -> bool {
        let order = found.partial_cmp(&wanted);
        order.is_some_and(|order| match self {
            Relation::Equal => order.is_eq(),
            Relation::NotEqual => order.is_ne(),
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::AtLeast => order.is_ge(),
        })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Relation::Equal => "==",
            Relation::NotEqual => "!=",
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::Greater => ">",
            Relation::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.path, self.relation, self.typed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Met => f.write_str("met"),
            Verdict::Failed { expected, found } => write!(f, "expected {expected}, found {found}"),
            Verdict::NoSample => f.write_str("there was no sample, so it can't be told"),
            Verdict::Lacking => f.write_str("the strategy has no such number, so it can't be told"),
            Verdict::NoSuchPath { near } if near.is_empty() => {
                f.write_str("the summary has no such path")
            }
            Verdict::NoSuchPath { near } => {
                write!(f, "the summary has no such path; did you mean {}?", near.join(" or "))
            }
            Verdict::NoShare { meant: Some(meant) } => {
                write!(f, "a share is from 0 to 1: did you mean \"{meant}\"?")
            }
            Verdict::NoShare { meant: None } => {
                f.write_str("a share is from 0 to 1, or in percent, as in \"<= 2%\"")
            }
            Verdict::WrongUnit { unit } => write!(f, "what is there is {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat() -> Vec<(String, Value)> {
        let number = |path: &str, number| (path.to_owned(), Value::Number(number));
        vec![
            ("fingerprint".into(), Value::Text("00ff".into())),
            ("deliveries.lost".into(), Value::Count(3)),
            number("deliveries.loss_rate", 0.02),
            ("latency.count".into(), Value::Count(7)),
            number("latency.p50", 44.0),
            number("latency.p99", 400.0),
            ("latency.p999".into(), Value::Nothing),
            number("failover.unhosted_s", 2.5),
            number("failover.availability", 0.99),
            ("cost.bytes".into(), Value::Count(4096)),
        ]
    }

    fn expectation(path: &str, relation: Relation, wanted: Wanted) -> Expectation {
        Expectation { path: path.into(), relation, wanted, typed: "as typed".into() }
    }

    fn check(path: &str, relation: Relation, wanted: Wanted) -> Verdict {
        expectation(path, relation, wanted).check(&flat(), &Metrics::default())
    }

    #[test]
    fn conditions_hold_in_the_units_of_their_paths() {
        use Relation::*;
        let ms = |millis| Wanted::Time(Span::millis(millis));
        let number = Wanted::Number;
        for (path, relation, wanted, is_met) in [
            ("latency.p99", AtMost, ms(400), true),
            ("latency.p99", Less, ms(400), false),
            ("latency.p99", Less, Wanted::Time(Span::nanos(400_000_001)), true),
            ("latency.p99", Equal, number(400.0), true),
            ("failover.unhosted_s", Equal, ms(2500), true),
            ("failover.unhosted_s", Greater, Wanted::Time(Span::secs(3)), false),
            ("deliveries.loss_rate", Less, Wanted::Share(0.05), true),
            ("deliveries.loss_rate", AtMost, Wanted::Share(0.01), false),
            ("failover.availability", AtLeast, number(0.99), true),
            ("deliveries.lost", Equal, number(0.0), false),
            ("deliveries.lost", NotEqual, number(0.0), true),
            ("cost.bytes", AtMost, Wanted::Bytes(4096), true),
            ("fingerprint", Equal, Wanted::Text("00ff".into()), true),
            ("fingerprint", Equal, Wanted::Text("00fe".into()), false),
        ] {
            let verdict = check(path, relation, wanted.clone());
            assert_eq!(verdict == Verdict::Met, is_met, "{path} {relation} {wanted:?}: {verdict}");
        }
    }

    #[test]
    fn trouble_is_known_before_the_run() {
        let of = |path: &str, wanted| {
            expectation(path, Relation::AtMost, wanted).trouble(&Metrics::default())
        };
        for path in ["latency.p99", "deliveries.lost", "loss.causes.crash", "latency.phases.cpu"] {
            assert_eq!(of(path, Wanted::Number(1.0)), None, "{path}");
        }
        assert_eq!(of("latency.p99", Wanted::Time(Span::millis(1))), None);
        let near = ["latency.p90", "latency.p95", "latency.p99"].map(str::to_owned).to_vec();
        assert_eq!(of("latency.p98", Wanted::Number(1.0)), Some(Verdict::NoSuchPath { near }));
        let count = Some(Verdict::WrongUnit { unit: Unit::Number });
        assert_eq!(of("deliveries.lost", Wanted::Bytes(1)), count);
    }

    #[test]
    fn no_share_is_above_one() {
        use Relation::*;
        let of = |path: &str, relation, number: f64| {
            let typed = number.to_string();
            let wanted = Wanted::Number(number);
            Expectation { path: path.into(), relation, wanted, typed }.trouble(&Metrics::default())
        };
        for path in ["deliveries.loss_rate", "failover.availability"] {
            for relation in [Equal, NotEqual, Less, AtMost, Greater, AtLeast] {
                for within in [0.0, 0.05, 1.0] {
                    assert_eq!(of(path, relation, within), None, "{path} {relation} {within}");
                }
                let said = of(path, relation, 5.0).expect("it is none").to_string();
                assert!(said.ends_with(&format!("did you mean \"{relation} 5%\"?")), "{said}");
            }
            for beyond in [-0.1, 100.5] {
                assert_eq!(of(path, AtMost, beyond), Some(Verdict::NoShare { meant: None }));
            }
        }
        // What is no share may be more.
        assert_eq!(of("deliveries.lost", AtMost, 5.0), None);
    }

    #[test]
    fn failures_say_why() {
        let failed = check("latency.p99", Relation::Less, Wanted::Time(Span::millis(300)));
        assert_eq!(failed.to_string(), "expected < as typed, found 400");
        let unknown = check("latency.p9", Relation::Less, Wanted::Number(1.0));
        assert!(
            matches!(&unknown, Verdict::NoSuchPath { near } if near.contains(&"latency.p99".to_owned()))
        );
        let no_sample = check("latency.p999", Relation::AtMost, Wanted::Number(1.0));
        assert_eq!(no_sample, Verdict::NoSample);
        for (path, wanted) in [
            ("deliveries.lost", Wanted::Time(Span::millis(4))),
            ("latency.count", Wanted::Time(Span::millis(4))),
            ("latency.p99", Wanted::Bytes(4)),
            ("latency.p99", Wanted::Share(0.5)),
            ("latency.p99", Wanted::Text("late".into())),
            ("fingerprint", Wanted::Number(4.0)),
        ] {
            let verdict = check(path, Relation::Equal, wanted.clone());
            assert!(matches!(verdict, Verdict::WrongUnit { .. }), "{path} {wanted:?}: {verdict}");
        }
    }
}
