//! Two reports compared: which numbers moved, by how much, and whether that is more than chance.
//!
//! Runs with the same seeds are compared in pairs, because they lived in the same world; others by their means
//! (Welch's interval). One run on either side with the same seed leaves nothing to chance: what moved, moved.

mod read;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

pub use read::{Read, Unreadable, read_reports};

use penult_models::Better;

use crate::metrics::{Metrics, paths};
use crate::statistics::{CONFIDENCE, Estimate, student_t};

/// What a difference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is more than chance makes.
    Real,
    /// It can't be told: runs of different seeds, and too few of them.
    Untold,
    /// Chance makes as much.
    Noise,
}

/// A number that is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Its path in the summary.
    pub path: String,
    /// Its mean before; none without a sample.
    pub before: Option<f64>,
    /// Its mean after.
    pub after: Option<f64>,
    /// After less before; of pairs, the mean of theirs.
    pub difference: Option<f64>,
    /// The 95 % interval of the difference, where there are several runs.
    pub interval: Option<(f64, f64)>,
    /// What that is worth.
    pub change: Change,
    /// Which way is good, where one is.
    pub better: Option<Better>,
}

/// The runs of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Their scenario.
    pub scenario: String,
    /// Their strategy.
    pub strategy: String,
    /// Their seeds, in order.
    pub seeds: Vec<u64>,
}

/// The runs of one folder, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The folder as seen from the two that were named; empty if it is those.
    pub name: String,
    /// Before.
    pub before: Side,
    /// After.
    pub after: Side,
    /// Whether they are compared seed by seed.
    pub paired: bool,
    /// How many seeds that both have gave another fingerprint.
    pub fingerprints: usize,
    /// How many numbers both have.
    pub numbers: usize,
    /// Those that moved, the most important first.
    pub moved: Vec<Moved>,
    /// Numbers that only one side knows: another version wrote it.
    pub unmatched: Vec<String>,
}

/// Two sets of reports compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// Whatever both have, by name.
    pub compared: Vec<Compared>,
    /// What only the first has.
    pub gone: Vec<String>,
    /// What only the second has.
    pub new: Vec<String>,
}

/// Compares reports, those of before with those of after; `metrics` are all that is known of their numbers.
pub fn diff(
    before: &BTreeMap<String, Vec<Read>>,
    after: &BTreeMap<String, Vec<Read>>,
    metrics: &Metrics,
) -> Diff {
    // The only one of each is compared, whatever it is called.
    if let (Some((_, one)), Some((name, other)), 1, 1) =
        (before.first_key_value(), after.first_key_value(), before.len(), after.len())
    {
        let compared = vec![Compared::of(name, one, other, metrics)];
        return Diff { compared, gone: Vec::new(), new: Vec::new() };
    }
    let both = before.iter().filter_map(|(name, one)| Some((name, one, after.get(name)?)));
    let compared = both.map(|(name, one, other)| Compared::of(name, one, other, metrics)).collect();
    let without = |these: &BTreeMap<String, Vec<Read>>, those: &BTreeMap<String, Vec<Read>>| {
        these.keys().filter(|name| !those.contains_key(*name)).cloned().collect()
    };
    Diff { compared, gone: without(before, after), new: without(after, before) }
}

impl Diff {
    /// The most that anything moved beyond a share of its value before. What stands on one side only moved, too.
    pub fn most(&self, tolerance: f64) -> Option<Change> {
        let moved = self.compared.iter().flat_map(|compared| &compared.moved);
        let changes = moved.filter(|moved| moved.is_beyond(tolerance)).map(|moved| moved.change);
        let alone = !self.gone.is_empty() || !self.new.is_empty();
        changes.chain(alone.then_some(Change::Real)).min()
    }
}

impl Moved {
    /// By which share of its value before it moved; none if it was nothing.
    pub fn relative(&self) -> Option<f64> {
        let (before, difference) = (self.before?, self.difference?);
        (before.abs() > 0.0).then(|| difference / before.abs())
    }

    /// Whether it moved by more than that share. What was nothing before did.
    pub fn is_beyond(&self, tolerance: f64) -> bool {
        self.relative().is_none_or(|share| share.abs() > tolerance)
    }
}

impl Compared {
    fn of(name: &str, before: &[Read], after: &[Read], metrics: &Metrics) -> Compared {
        let seeds = |runs: &[Read]| runs.iter().map(|run| run.seed).collect::<Vec<u64>>();
        let side = |runs: &[Read]| Side {
            scenario: runs[0].scenario.clone(),
            strategy: runs[0].strategy.clone(),
            seeds: seeds(runs),
        };
        let pairs = pairs(before, after);
        // All of one side, at least: a few that happen to be in both would leave the others out.
        let paired = !pairs.is_empty() && pairs.len() == before.len().min(after.len());
        let paths: BTreeSet<&String> =
            before.iter().chain(after).flat_map(|run| run.numbers.keys()).collect();
        let known = |runs: &[Read], path: &str| runs.iter().all(|run| run.has(path));
        let (paths, unmatched): (Vec<&String>, Vec<&String>) =
            paths.into_iter().partition(|path| known(before, path) && known(after, path));
        let moved = paths.iter().filter_map(|path| match paired {
            true => in_pairs(path, &pairs),
            false => by_means(path, before, after),
        });
        let better = |path: &str| metrics.find(path).and_then(|metric| metric.better);
        let mut moved: Vec<Moved> =
            moved.map(|moved| Moved { better: better(&moved.path), ..moved }).collect();
        moved.sort_by(|one, other| {
            let share = |moved: &Moved| moved.relative().map_or(f64::INFINITY, f64::abs);
            let important = |moved: &Moved| (moved.change, rank(&moved.path));
            let by_share = share(other).total_cmp(&share(one));
            important(one).cmp(&important(other)).then(by_share).then(one.path.cmp(&other.path))
        });
        Compared {
            name: name.to_owned(),
            before: side(before),
            after: side(after),
            paired,
            fingerprints: pairs.iter().filter(|(a, b)| a.fingerprint != b.fingerprint).count(),
            numbers: paths.len(),
            moved,
            unmatched: unmatched.into_iter().cloned().collect(),
        }
    }
}

/// Runs of both sides with the same seed; none if a side has a seed twice.
fn pairs<'r>(before: &'r [Read], after: &'r [Read]) -> Vec<(&'r Read, &'r Read)> {
    let by_seed = |runs: &'r [Read]| -> Option<BTreeMap<u64, &'r Read>> {
        let by_seed: BTreeMap<u64, &Read> = runs.iter().map(|run| (run.seed, run)).collect();
        (by_seed.len() == runs.len()).then_some(by_seed)
    };
    let (Some(before), Some(after)) = (by_seed(before), by_seed(after)) else { return Vec::new() };
    before.iter().filter_map(|(seed, one)| Some((*one, *after.get(seed)?))).collect()
}

fn in_pairs(path: &str, pairs: &[(&Read, &Read)]) -> Option<Moved> {
    let pairs: Vec<(Option<f64>, Option<f64>)> =
        pairs.iter().map(|(one, other)| (one.number(path), other.number(path))).collect();
    if pairs.iter().all(|(one, other)| one.map(f64::to_bits) == other.map(f64::to_bits)) {
        return None;
    }
    let turned: Vec<_> = pairs.iter().map(|&(before, after)| (after, before)).collect();
    let estimate = Estimate::of_differences(&turned);
    let interval = estimate.and_then(|estimate| estimate.interval);
    let mean = |numbers: Vec<f64>| Estimate::of(&numbers).map(|estimate| estimate.mean);
    Some(Moved {
        path: path.to_owned(),
        before: mean(pairs.iter().filter_map(|pair| pair.0).collect()),
        after: mean(pairs.iter().filter_map(|pair| pair.1).collect()),
        difference: estimate.map(|estimate| estimate.mean),
        interval,
        change: match interval {
            // One pair, or a sample on one side only: the same world, so it is no chance.
            None => Change::Real,
            Some(interval) if is_clear(interval) => Change::Real,
            Some(_) => Change::Noise,
        },
        better: None,
    })
}

fn by_means(path: &str, before: &[Read], after: &[Read]) -> Option<Moved> {
    let numbers =
        |runs: &[Read]| -> Vec<f64> { runs.iter().filter_map(|run| run.number(path)).collect() };
    let (before, after) = (Estimate::of(&numbers(before)), Estimate::of(&numbers(after)));
    let interval = before.as_ref().zip(after.as_ref()).and_then(|(one, other)| welch(one, other));
    let (before, after) = (before.map(|it| it.mean), after.map(|it| it.mean));
    if before.map(f64::to_bits) == after.map(f64::to_bits) {
        return None;
    }
    Some(Moved {
        path: path.to_owned(),
        before,
        after,
        difference: before.zip(after).map(|(before, after)| after - before),
        interval,
        change: match interval {
            None => Change::Untold,
            Some(interval) if is_clear(interval) => Change::Real,
            Some(_) => Change::Noise,
        },
        better: None,
    })
}

/// Whether no difference at all lies outside.
fn is_clear((low, high): (f64, f64)) -> bool {
    low > 0.0 || high < 0.0
}

/// The interval of the difference of two means, whose spreads may differ; none of fewer than two numbers each.
/// Degrees of freedom are rounded down, which makes it wider if anything.
fn welch(before: &Estimate, after: &Estimate) -> Option<(f64, f64)> {
    let part = |estimate: &Estimate| Some(estimate.sd? * estimate.sd? / estimate.count as f64);
    let (one, other) = (part(before)?, part(after)?);
    let difference = after.mean - before.mean;
    let both = one + other;
    if both <= 0.0 {
        return Some((difference, difference));
    }
    let of_each = one * one / (before.count - 1) as f64 + other * other / (after.count - 1) as f64;
    let freedom = (both * both / of_each).floor().max(1.0) as u64;
    let half = student_t((1.0 + CONFIDENCE) / 2.0, freedom) * both.sqrt();
    Some((difference - half, difference + half))
}

/// Broken promises first, then what users notice, then what it cost, then what is the strategy's own.
fn rank(path: &str) -> usize {
    ORDER.iter().position(|known| path.starts_with(known)).unwrap_or(ORDER.len())
}

const ORDER: [&str; 12] = paths([
    "deliveries.accepted_lost",
    "deliveries.duplicates_seen",
    "deliveries.lost",
    "deliveries.loss_rate",
    "loss.",
    "deliveries.delivered",
    "deliveries.",
    "latency.phases.",
    "latency.",
    "failover.",
    "resync.",
    "cost.",
]);

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, numbers: &[(&str, f64)]) -> Read {
        let number = |&(path, number): &(&str, f64)| {
            (path.to_owned(), Some(number).filter(|number| number.is_finite()))
        };
        Read {
            scenario: "Small".to_owned(),
            strategy: "chain".to_owned(),
            seed,
            fingerprint: format!("{numbers:?}"),
            numbers: numbers.iter().map(number).collect(),
        }
    }

    fn of(path: &str, before: &[f64], after: &[f64], shift: u64) -> Compared {
        let runs = |numbers: &[f64], shift| -> Vec<Read> {
            (shift..).zip(numbers).map(|(seed, &number)| run(seed, &[(path, number)])).collect()
        };
        Compared::of("", &runs(before, 0), &runs(after, shift), &Metrics::default())
    }

    #[test]
    fn pairs_of_one_seed_leave_nothing_to_chance() {
        assert_eq!(of("latency.p50", &[44.0], &[44.0], 0).moved, []);
        let compared = of("latency.p50", &[44.0], &[45.0], 0);
        assert!(compared.paired);
        let moved = &compared.moved[0];
        assert_eq!((moved.difference, moved.interval), (Some(1.0), None));
        assert_eq!(moved.change, Change::Real);
        assert!(moved.is_beyond(0.02) && !moved.is_beyond(0.03));
        let apart = of("latency.p50", &[44.0], &[45.0], 7);
        assert!(!apart.paired);
        assert_eq!(apart.moved[0].change, Change::Untold);
        let appeared = of("latency.p50", &[f64::NAN], &[45.0], 0);
        assert_eq!(appeared.moved[0].change, Change::Real);
        assert!(appeared.moved[0].is_beyond(1e9));
    }

    #[test]
    fn pairs_see_what_means_do_not() {
        // Each seed differs from the next by far more than each moved.
        let before = [10.0, 20.0, 30.0, 40.0];
        let after = [11.0, 21.1, 30.9, 41.0];
        let paired = of("latency.p50", &before, &after, 0);
        assert_eq!(paired.moved[0].change, Change::Real);
        // The differences 1, 1.1, 0.9, 1 by hand: mean 1, sd √(0.02/3), t(0.975, 3) = 3.1824.
        let half = 3.1824 * (0.02_f64 / 3.0).sqrt() / 2.0;
        let (low, high) = paired.moved[0].interval.unwrap();
        assert!((low - (1.0 - half)).abs() < 1e-4 && (high - (1.0 + half)).abs() < 1e-4);
        let apart = of("latency.p50", &before, &after, 100);
        assert_eq!(apart.moved[0].change, Change::Noise);
        // One seed in both is no pairing: it would leave out the others.
        assert!(!of("latency.p50", &before, &after, 3).paired);
    }

    #[test]
    fn welch_is_as_published() {
        // Two samples of which t = −1.57 and 9.9 degrees of freedom are published (Wikipedia, Welch's t-test).
        let a = [17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8];
        let b = [
            21.5, 22.8, 21.0, 23.0, 21.6, 23.6, 22.5, 20.7, 23.4, 21.8, 20.7, 21.7, 21.5, 22.5,
            23.6, 21.5, 22.5, 23.5, 21.5, 21.8,
        ];
        let (one, other) = (Estimate::of(&a).unwrap(), Estimate::of(&b).unwrap());
        let (low, high) = welch(&one, &other).unwrap();
        let half = (high - low) / 2.0;
        let t = f64::midpoint(low, high) * student_t(0.975, 9) / half;
        assert!((t - 1.57).abs() < 0.01, "{t}");
        assert!((low + 0.6787).abs() < 1e-3 && (high - 3.7287).abs() < 1e-3, "{low} to {high}");
    }

    #[test]
    fn the_worst_comes_first() {
        let numbers = ["cost.bytes", "latency.p99", "deliveries.accepted_lost", "latency.p50"];
        let before: Vec<_> = numbers.map(|path| (path, 1.0)).to_vec();
        let after =
            [(numbers[0], 9.0), (numbers[1], 1.5), (numbers[2], 2.0), (numbers[3], 3.0)].to_vec();
        let compared = Compared::of("", &[run(1, &before)], &[run(1, &after)], &Metrics::default());
        let order: Vec<&str> = compared.moved.iter().map(|moved| moved.path.as_str()).collect();
        assert_eq!(order, ["deliveries.accepted_lost", "latency.p50", "latency.p99", "cost.bytes"]);
        assert_eq!((compared.fingerprints, compared.numbers), (1, 4));
    }

    #[test]
    fn what_stands_on_one_side_moved() {
        let side = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), vec![run(1, &[])])).collect()
        };
        let found = diff(&side(&["a", "b"]), &side(&["b", "c"]), &Metrics::default());
        assert_eq!(
            (found.gone.as_slice(), found.new.as_slice()),
            (&["a".into()][..], &["c".into()][..])
        );
        assert_eq!(found.most(1.0), Some(Change::Real));
        let alone = diff(&side(&["a"]), &side(&["b"]), &Metrics::default());
        assert_eq!((alone.compared.len(), alone.most(0.0)), (1, None));
    }
}
