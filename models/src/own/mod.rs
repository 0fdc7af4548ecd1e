//! Numbers of a strategy's own: what it declares, and what its nodes tell.
//!
//! A strategy says in [`Server::METRICS`] which numbers it has; they stand in `summary.json` under its name, and every
//! command knows them as any other. What they are made of is told by notes: a [count](OwnCount) that is added to, a
//! [level](OwnLevel) that rises and falls, a [sample](OwnSample) of times or sizes, and what is
//! [computed](Own::computed) from these. Rows of tables of its own are [told](OwnColumn::cell) alike, and levels may
//! have a [column](Server::TIMELINE) of `timeline.csv`.
//!
//! ```
//! use penult_models::{Own, OwnCount, OwnLevel, OwnSample, Stat};
//!
//! const RELAYED: OwnCount = OwnCount::new(0);
//! const ABORTED: OwnCount = OwnCount::new(1);
//! const TEMPORARY: OwnLevel = OwnLevel::in_memory(0);
//! const LIFE: OwnSample = OwnSample::of_times(0);
//! const METRICS: &[Own] = &[
//!     RELAYED.metric("relayed", "transfers that came whole").more(),
//!     TEMPORARY.peak("temporary.peak", "temporary dispatchers at one time, at most").less(),
//!     LIFE.stats("temporary.life", "from its slot to its end", &[Stat::P50, Stat::P99]),
//!     Own::computed("aborted_share", "transfers that were broken off, of all", |all| {
//!         let [whole, broken] = [RELAYED, ABORTED].map(|it| all.count(it) as f64);
//!         (whole + broken > 0.0).then(|| broken / (whole + broken))
//!     }),
//! ];
//! // In a handler: cx.tell(RELAYED.one()); cx.tell(TEMPORARY.rise(1)); cx.tell(LIFE.took(cx.now() - began));
//! ```
//!
//! A run without observers pays nothing for it, and no note allocates. Counts and samples are over the whole run, levels over
//! the part that counts. A strategy that has not declared a number has none: it is absent from its summaries, not 0.

mod tables;
mod told;

use std::borrow::Cow;
use std::fmt;

use penult_sim::{NodeId, Time};

pub use self::tables::{OwnCell, OwnColumn, OwnKind, OwnTable};
pub use self::told::{OwnCount, OwnLevel, OwnNote, OwnSample, Slot, seen};
use crate::metric::{Better, Metric, Unit, family};
use crate::note::Note;
use crate::server::Server;

/// A number that a strategy brings, or several that say things of one sample.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    path: &'static str,
    about: &'static str,
    unit: Unit,
    better: Option<Better>,
    source: Source,
}

/// What a number is made of.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A count.
    Count(OwnCount),
    /// A count of millionths.
    Millionths(OwnCount),
    /// How high a level stood at most.
    Peak(OwnLevel),
    /// How high it stood on average.
    Mean(OwnLevel),
    /// How high it stood, times seconds.
    Seconds(OwnLevel),
    /// Something about a sample.
    Stat(OwnSample, Stat),
    /// Several things about a sample.
    Stats(OwnSample, &'static [Stat]),
    /// Something else.
    Computed(fn(&dyn OwnNumbers) -> Option<f64>),
}

/// What is said about a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stat {
    /// How many values.
    Count,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// Half are at most that.
    P50,
    /// 90 % are.
    P90,
    /// 95 % are.
    P95,
    /// 99 % are.
    P99,
    /// 99.9 % are.
    P999,
    /// The greatest.
    Max,
}

/// What has come of the numbers of a strategy, for what is computed from them.
pub trait OwnNumbers {
    /// A count.
    fn count(&self, of: OwnCount) -> u64;
    /// How high a level stood at most.
    fn peak(&self, of: OwnLevel) -> u64;
    /// How high it stood, times seconds.
    fn seconds(&self, of: OwnLevel) -> f64;
    /// How long the part of the run is over which levels are: from the warm-up until users stop sending.
    fn counted_s(&self) -> f64;
    /// How many values a sample has.
    fn values(&self, of: OwnSample) -> u64;
    /// Their sum: nanoseconds, or sizes.
    fn sum(&self, of: OwnSample) -> u128;
}

/// Watches a run for a strategy, for numbers that no node can know: which of several replicas are dead at one time, say. It
/// changes nothing.
pub trait Watcher: fmt::Debug {
    /// Sees what happened, and tells what comes of it for the numbers, as nodes do.
    fn see(&mut self, at: Time, what: Sight, tell: &mut dyn FnMut(Note));
}

/// What a watcher sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    /// A node told something about the strategy's own numbers.
    Told(NodeId, OwnNote),
    /// A node crashed.
    Down(NodeId),
    /// It came back.
    Up(NodeId),
}

impl Own {
    const fn new(path: &'static str, about: &'static str, source: Source) -> Own {
        Own { path, about, unit: Unit::Number, better: None, source }
    }

    /// A number that is computed from others of the strategy; absent of a sample, none.
    pub const fn computed(
        path: &'static str,
        about: &'static str,
        how: fn(&dyn OwnNumbers) -> Option<f64>,
    ) -> Own {
        Own::new(path, about, Source::Computed(how))
    }

    /// It is measured in this. Counts and sizes are plain numbers otherwise, lengths of time milliseconds.
    #[must_use]
    pub const fn in_unit(self, unit: Unit) -> Own {
        Own { unit, ..self }
    }

    /// The less, the better.
    #[must_use]
    pub const fn less(self) -> Own {
        Own { better: Some(Better::Less), ..self }
    }

    /// The more, the better.
    #[must_use]
    pub const fn more(self) -> Own {
        Own { better: Some(Better::More), ..self }
    }

    /// What it says, one by one: below the name of its strategy.
    fn each(&self, strategy: &str) -> Vec<OwnMetric> {
        let metric = |path: String, about: String, source: Source, unit: Unit| OwnMetric {
            metric: Metric {
                path: Cow::Owned(format!("{strategy}.{path}")),
                about: Cow::Owned(about),
                unit,
                whole: source.is_whole(),
                better: self.better,
                fold: crate::metric::Fold::Mean,
            },
            source,
        };
        let Source::Stats(sample, stats) = self.source else {
            return vec![metric(self.path.into(), self.about.into(), self.source, self.unit)];
        };
        let several = stats.iter().map(|&stat| {
            let (path, about) = (self.path, self.about);
            let unit = if stat == Stat::Count { Unit::Number } else { self.unit };
            let about = format!("{about}: {}", stat.about());
            metric(format!("{path}.{}", stat.name()), about, Source::Stat(sample, stat), unit)
        });
        several.collect()
    }
}

impl Source {
    /// Whether it is always a whole number. Times are not, however they are kept.
    fn is_whole(self) -> bool {
        match self {
            Source::Count(_) | Source::Peak(_) => true,
            Source::Stat(_, Stat::Count) => true,
            Source::Stat(sample, stat) => sample.unit != Unit::Millis && stat != Stat::Mean,
            Source::Millionths(_)
            | Source::Mean(_)
            | Source::Seconds(_)
            | Source::Stats(..)
            | Source::Computed(_) => false,
        }
    }

    /// The same of one member of a family.
    fn of(self, member: u16) -> Source {
        match self {
            Source::Count(it) => Source::Count(it.of(member)),
            Source::Millionths(it) => Source::Millionths(it.of(member)),
            Source::Peak(it) => Source::Peak(it.of(member)),
            Source::Mean(it) => Source::Mean(it.of(member)),
            Source::Seconds(it) => Source::Seconds(it.of(member)),
            Source::Stat(it, stat) => Source::Stat(it.of(member), stat),
            Source::Stats(it, stats) => Source::Stats(it.of(member), stats),
            Source::Computed(_) => self,
        }
    }
}

impl Stat {
    /// Its name in paths.
    pub const fn name(self) -> &'static str {
        match self {
            Stat::Count => "count",
            Stat::Sum => "sum",
            Stat::Mean => "mean",
            Stat::P50 => "p50",
            Stat::P90 => "p90",
            Stat::P95 => "p95",
            Stat::P99 => "p99",
            Stat::P999 => "p999",
            Stat::Max => "max",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Stat::Count => "how many",
            Stat::Sum => "all together",
            Stat::Mean => "on average",
            Stat::P50 => "half at most",
            Stat::P90 => "90 % at most",
            Stat::P95 => "95 % at most",
            Stat::P99 => "99 % at most",
            Stat::P999 => "99.9 % at most",
            Stat::Max => "the greatest",
        }
    }
}

/// One number of a strategy's own, and what it is made of.
#[derive(Clone, Debug)]
pub struct OwnMetric {
    /// What it is.
    pub metric: Metric,
    /// What it is made of.
    pub source: Source,
}

/// The numbers that a strategy declares, families as such.
pub fn declared<S: Server>() -> Vec<OwnMetric> {
    S::METRICS.iter().flat_map(|own| own.each(S::NAME)).collect()
}

/// The numbers of a strategy with these options: of families each member.
pub fn numbers<S: Server>(options: &S::Options) -> Vec<OwnMetric> {
    let one = |own: OwnMetric| {
        let path = own.metric.path.clone();
        let Some((before, name, after)) = family(&path) else { return vec![own] };
        let members = (0..).zip(S::members(name, options));
        let member = |(number, member): (u16, String)| {
            let path = Cow::Owned(format!("{before}{member}{after}"));
            let metric = Metric { path, ..own.metric.clone() };
            OwnMetric { metric, source: own.source.of(number) }
        };
        members.map(member).collect()
    };
    let numbers: Vec<OwnMetric> = declared::<S>().into_iter().flat_map(one).collect();
    #[cfg(debug_assertions)]
    check_apart(&numbers);
    numbers
}

/// A path is one number's alone, and no number stands where others stand below.
#[cfg(debug_assertions)]
fn check_apart(numbers: &[OwnMetric]) {
    let paths: Vec<&str> = numbers.iter().map(|it| it.metric.path.as_ref()).collect();
    for (place, path) in paths.iter().enumerate() {
        for other in &paths[..place] {
            let is_below = |one: &str, other: &str| {
                one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            assert!(
                !is_below(path, other) && !is_below(other, path),
                "`{path}` and `{other}` can't both be numbers"
            );
        }
    }
}
