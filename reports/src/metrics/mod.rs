//! What is known of each number of a summary. Whoever tells, checks, compares or writes numbers asks here, by path.

mod table;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use penult_models::{CauseKind, Fold, Metric, Phase, Server, Unit, family, own};

use self::table::COMMON;
use crate::flat::Value;
use crate::sample::Quantile;
use crate::summary::Summary;

/// A number that all strategies have, or a family of them.
pub(crate) struct Entry {
    /// What it is.
    pub(crate) metric: Metric,
    of: Of,
    behind: Behind,
}

impl Entry {
    const fn one(metric: Metric, of: fn(&Summary) -> Value) -> Entry {
        Entry { metric, of: Of::One(of), behind: Behind::Nothing }
    }

    const fn family(metric: Metric, of: Of) -> Entry {
        Entry { metric, of, behind: Behind::Nothing }
    }

    /// What explains it.
    const fn behind(mut self, behind: Behind) -> Entry {
        self.behind = behind;
        self
    }
}

/// Where it stands in a summary.
enum Of {
    One(fn(&Summary) -> Value),
    /// For each cause of losses.
    Cause,
    /// For each phase of latency.
    Phase,
}

/// What explains a number that is not as expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Behind {
    /// Nothing that would be more than a guess.
    Nothing,
    /// What took deliveries.
    Losses,
    /// What took those that were accepted before.
    BrokenPromises,
    /// Where the cause took them that the path names.
    LossesByCause,
    /// How those ended that were not delivered.
    Undelivered,
    /// When the run ended with them under way.
    Stranded,
    /// The slowest delivery.
    Slowest,
    /// The phase that took most of the mean.
    Phases,
    /// The phases of those at a quantile and above.
    Tail(Quantile),
    /// What failed; this table of the report shows it.
    Outages(&'static str),
}

/// A number that all strategies have: of families one member.
pub(crate) struct Common {
    /// What it is.
    pub(crate) metric: Metric,
    entry: &'static Entry,
    member: usize,
}

impl Common {
    /// Its value. A cause that took nothing took none, so that all runs have the same paths.
    pub(crate) fn of(&self, summary: &Summary) -> Value {
        match self.entry.of {
            Of::One(of) => of(summary),
            Of::Cause => {
                let count = summary.loss.causes.get(&CauseKind::ALL[self.member]);
                Value::Count(count.copied().unwrap_or(0))
            }
            Of::Phase => Value::from(&summary.latency.phases.0[self.member]),
        }
    }

    /// What explains it.
    pub(crate) fn behind(&self) -> Behind {
        self.entry.behind
    }
}

/// All numbers that all strategies have, in the order of `summary.json`.
pub(crate) fn common() -> &'static [Common] {
    static ALL: OnceLock<Vec<Common>> = OnceLock::new();
    ALL.get_or_init(|| COMMON.iter().flat_map(members).collect())
}

fn members(entry: &'static Entry) -> Vec<Common> {
    let names: Vec<&str> = match entry.of {
        Of::One(_) => return vec![Common { metric: entry.metric.clone(), entry, member: 0 }],
        Of::Cause => CauseKind::ALL.iter().map(|cause| cause.name()).collect(),
        Of::Phase => Phase::ALL.iter().map(|phase| phase.name()).collect(),
    };
    let (before, _, after) = family(&entry.metric.path).expect("a family says so in its path");
    let member = |(member, name): (usize, &str)| {
        let path = Cow::Owned(format!("{before}{name}{after}"));
        Common { metric: Metric { path, ..entry.metric.clone() }, entry, member }
    };
    names.into_iter().enumerate().map(member).collect()
}

/// One of them.
pub(crate) fn common_at(path: &str) -> Option<&'static Common> {
    common().iter().find(|it| it.metric.path == path)
}

/// A path that all strategies have, or the beginning of several. In a constant, one that nobody has does not compile.
///
/// # Panics
///
/// If no number has it.
pub const fn path(path: &'static str) -> &'static str {
    let mut place = 0;
    while place < COMMON.len() {
        if let Cow::Borrowed(known) = &COMMON[place].metric.path
            && begins_with(known.as_bytes(), path.as_bytes())
        {
            return path;
        }
        place += 1;
    }
    panic!("no number has this path")
}

/// Several of them.
///
/// # Panics
///
/// If no number has one of them.
pub const fn paths<const N: usize>(paths: [&'static str; N]) -> [&'static str; N] {
    let mut place = 0;
    while place < N {
        path(paths[place]);
        place += 1;
    }
    paths
}

/// Whether it is the whole of a path, or all of it up to a dot.
const fn begins_with(path: &[u8], beginning: &[u8]) -> bool {
    let mut place = 0;
    while place < beginning.len() {
        if place >= path.len() || path[place] != beginning[place] {
            return false;
        }
        place += 1;
    }
    place == path.len() || place > 0 && path[place - 1] == b'.'
}

/// What is known of numbers in a program: those that all strategies have, and those of its strategies' own.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Families as such: their members are the scenario's.
    own: Vec<Metric>,
}

impl Metrics {
    /// Those of a strategy's own are known, too.
    ///
    /// # Panics
    ///
    /// If it is called as a number of all strategies is, or a table of them.
    pub fn add<S: Server>(&mut self) {
        let own = own::declared::<S>();
        let first = |path: &str| path.split('.').next() == Some(S::NAME);
        let is_taken = COMMON.iter().any(|entry| first(&entry.metric.path));
        assert!(own.is_empty() || !is_taken, "{} is what other numbers are called", S::NAME);
        self.own.extend(own.into_iter().map(|own| own.metric));
    }

    /// All of them, families as such.
    pub fn all(&self) -> impl Iterator<Item = &Metric> {
        COMMON.iter().map(|entry| &entry.metric).chain(&self.own)
    }

    /// The one at a path. Of a family of a strategy's own any name may be a member.
    pub fn find(&self, path: &str) -> Option<&Metric> {
        let common = common_at(path).map(|it| &it.metric);
        common.or_else(|| self.own.iter().find(|metric| metric.is_at(path)))
    }

    /// In what the number at a path is measured. What nobody knows is a plain number.
    pub fn unit(&self, path: &str) -> Unit {
        self.find(path).map_or(Unit::Number, |metric| metric.unit)
    }

    /// Every path that can be named without a scenario: the members of a strategy's own families can't.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|metric| metric.path.as_ref());
        let own = own.filter(|path| family(path).is_none());
        common().iter().map(|it| it.metric.path.as_ref()).chain(own)
    }
}

impl Summary {
    /// What every summary has, in its order: of families each member.
    pub fn metrics() -> impl Iterator<Item = &'static Metric> {
        common().iter().map(|it| &it.metric)
    }

    /// The number at a path, if this run has it.
    pub fn get(&self, path: &str) -> Option<Value> {
        match common_at(path) {
            Some(common) => Some(common.of(self)),
            None => self.own.get(path).cloned(),
        }
    }
}

/// Reads the number at a path from one run after the other: none where the run lacks it, or has no sample.
pub(crate) fn reader(path: &str) -> impl Fn(&Summary) -> Option<f64> {
    let common = common_at(path);
    move |run| match common {
        Some(common) => common.of(run).number(),
        None => run.own.get(path)?.number(),
    }
}

/// What several runs have, together: first what all strategies have, then their own numbers, each once.
pub(crate) fn of_runs<'r>(runs: impl IntoIterator<Item = &'r Summary>) -> Vec<Metric> {
    let mut all: Vec<Metric> = common().iter().map(|it| it.metric.clone()).collect();
    let mut there: BTreeSet<String> = BTreeSet::new();
    for (metric, _) in runs.into_iter().flat_map(|run| &run.own.0) {
        if there.insert(metric.path.to_string()) {
            all.push(metric.clone());
        }
    }
    all
}

/// The same, but only what seeds fold: what says which run it was is no quantity.
pub(crate) fn quantities<'r>(runs: impl IntoIterator<Item = &'r Summary>) -> Vec<Metric> {
    let all = of_runs(runs).into_iter();
    all.filter(|metric| metric.fold != Fold::Nothing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every path of a value that is no table, in its order.
    fn paths_in(json: &serde_json::Value, path: &str, paths: &mut Vec<String>) {
        match json {
            serde_json::Value::Object(table) => {
                for (key, value) in table {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    paths_in(value, &path, paths);
                }
            }
            _ => paths.push(path.to_owned()),
        }
    }

    #[test]
    fn the_table_has_what_the_summary_has() {
        let mut summary = Summary::default();
        summary.loss.causes = CauseKind::ALL.iter().map(|&cause| (cause, 1)).collect();
        let json = serde_json::to_value(&summary).expect("it can be written");
        let mut written = Vec::new();
        paths_in(&json, "", &mut written);
        let mut known: Vec<String> = common()
            .iter()
            .map(|it| it.metric.path.to_string())
            .chain(["assumed".into()])
            .collect();
        written.sort_unstable();
        known.sort_unstable();
        assert_eq!(written, known);
        // Each says what its value is.
        for it in common() {
            let at = it.metric.path.split('.').fold(&json, |json, key| &json[key]);
            let is_whole = at.is_u64();
            assert_eq!(
                (it.metric.unit == Unit::Text, it.metric.whole),
                (at.is_string(), is_whole),
                "{}",
                it.metric.path
            );
            assert_eq!(it.of(&summary).number(), at.as_f64(), "{}", it.metric.path);
        }
    }

    #[test]
    fn a_number_that_strategies_bring_is_found_as_any_other() {
        let mut metrics = Metrics::default();
        let relayed =
            Metric::new("mesh.relayed", Unit::Number, "transfers that came whole").whole().more();
        let packets = Metric::new("mesh.kinds.<kind>.bytes", Unit::Bytes, "so many").whole();
        metrics.own.extend([relayed.clone(), packets]);
        assert_eq!(metrics.find("mesh.relayed"), Some(&relayed));
        assert_eq!(metrics.unit("mesh.kinds.wifi.bytes"), Unit::Bytes);
        assert_eq!(metrics.find("mesh.kinds.wifi.packets"), None);
        assert_eq!(metrics.unit("latency.phases.cpu"), Unit::Millis);
        assert!(metrics.paths().any(|path| path == "mesh.relayed"));
        assert!(metrics.paths().any(|path| path == "loss.causes.crash"));
        assert!(!metrics.paths().any(|path| path.contains('<')));
    }
}
