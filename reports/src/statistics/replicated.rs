//! Several runs of one scenario and strategy with different seeds: each number's mean and its interval.

use std::sync::OnceLock;

use penult_models::{Fold, Metric};

use crate::metrics::{quantities, reader};
use crate::statistics::{CONFIDENCE, LossRate, student_t};
use crate::summary::Summary;

/// What a sample of independent numbers says about their mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many numbers.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation; none of fewer than two.
    pub sd: Option<f64>,
    /// The 95 % interval of the mean, by Student's t; none of fewer than two.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// None of no numbers.
    pub fn of(numbers: &[f64]) -> Option<Estimate> {
        let count = numbers.len() as u64;
        if count == 0 {
            return None;
        }
        let mean = numbers.iter().sum::<f64>() / count as f64;
        // Twice over the numbers, so that nothing cancels; the second sum mends the rounding of the first.
        let mean = mean + numbers.iter().map(|number| number - mean).sum::<f64>() / count as f64;
        let around: f64 = numbers.iter().map(|number| (number - mean) * (number - mean)).sum();
        let sd = (count > 1).then(|| (around / (count - 1) as f64).sqrt());
        let interval = sd.map(|sd| {
            let half = quantile(count - 1) * sd / (count as f64).sqrt();
            (mean - half, mean + half)
        });
        Some(Estimate { count, mean, sd, interval })
    }

    /// Of the differences of pairs: the first less the second. A pair of which one is missing is left out.
    pub fn of_differences(pairs: &[(Option<f64>, Option<f64>)]) -> Option<Estimate> {
        let difference = |&(first, second): &(Option<f64>, Option<f64>)| Some(first? - second?);
        Estimate::of(&pairs.iter().filter_map(difference).collect::<Vec<f64>>())
    }

    /// Of the change of a mean, as a share of it: pairs are a number before and after. What the mean before was is an
    /// estimate too, and both move together, so the interval is that of a ratio of paired means, linearised. None if
    /// that mean is nothing.
    pub fn of_change(pairs: &[(f64, f64)]) -> Option<Estimate> {
        let count = pairs.len() as f64;
        let before = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
        let after = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
        (before > 0.0).then_some(())?;
        let ratio = after / before;
        let each: Vec<f64> = pairs.iter().map(|pair| (pair.1 - ratio * pair.0) / before).collect();
        Estimate::of(&each).map(|it| it.around(ratio - 1.0))
    }

    /// Of the difference of two rates, each the sum of some counts over the sum of others, paired: a pair has hits
    /// and trials before and after. Linearised, as that of a change.
    pub fn of_rates(pairs: &[[(u64, u64); 2]]) -> Option<Estimate> {
        let count = pairs.len() as f64;
        let sum = |of: usize| {
            let both = pairs.iter().map(|pair| pair[of]);
            both.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
        };
        let [before, after] = [sum(0), sum(1)];
        (before.1 > 0 && after.1 > 0).then_some(())?;
        let rate = |(hits, trials): (u64, u64)| hits as f64 / trials as f64;
        let off = |(hits, trials): (u64, u64), all: (u64, u64)| {
            (hits as f64 - rate(all) * trials as f64) / (all.1 as f64 / count)
        };
        let each: Vec<f64> =
            pairs.iter().map(|pair| off(pair[1], after) - off(pair[0], before)).collect();
        Estimate::of(&each).map(|it| it.around(rate(after) - rate(before)))
    }

    /// The same spread around another mean, its own being nothing but rounding.
    fn around(self, mean: f64) -> Estimate {
        let moved = |(low, high): (f64, f64)| {
            let half = (high - low) / 2.0;
            (mean - half, mean + half)
        };
        Estimate { mean, interval: self.interval.map(moved), ..self }
    }
}

/// Student's quantile for an interval with so many degrees of freedom. A table asks for the same again and again,
/// and it takes thousands of steps.
pub(super) fn quantile(freedom: u64) -> f64 {
    static KNOWN: [OnceLock<f64>; 1_024] = [const { OnceLock::new() }; 1_024];
    let t = || student_t((1.0 + CONFIDENCE) / 2.0, freedom);
    KNOWN.get(freedom as usize).map_or_else(t, |known| *known.get_or_init(t))
}

/// Several runs of one scenario and strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// How many runs.
    pub runs: u64,
    /// For each number of the summary, in its order: over the runs that had a sample. The loss rate among them is
    /// that of all deliveries together.
    pub numbers: Vec<(Metric, Option<Estimate>)>,
    /// All deliveries together.
    pub loss_rate: LossRate,
}

impl Replicated {
    /// Of these runs. Seeds and versions are numbers, but not quantities: they are left out. A number that only some
    /// runs have is over those.
    pub fn of(runs: &[Summary]) -> Replicated {
        let loss_rate = LossRate::of(runs.iter().map(Summary::losses));
        let number = |metric: Metric| {
            let numbers = || runs.iter().filter_map(reader(&metric.path));
            let estimate = match metric.fold {
                Fold::LossRate => loss_rate.estimate(),
                _ => Estimate::of(&numbers().collect::<Vec<f64>>()),
            };
            (metric, estimate)
        };
        let numbers = quantities(runs).into_iter().map(number).collect();
        Replicated { runs: runs.len() as u64, numbers, loss_rate }
    }

    /// The estimate of one number.
    pub fn get(&self, path: &str) -> Option<&Estimate> {
        self.numbers.iter().find(|(metric, _)| metric.path == path)?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_carry_their_intervals() {
        // A textbook's: 2, 4, 4, 4, 5, 5, 7, 9; t(0.975, 7) = 2.3646.
        let found = Estimate::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        let sd = (32.0_f64 / 7.0).sqrt();
        assert_eq!((found.count, found.mean, found.sd), (8, 5.0, Some(sd)));
        let (low, high) = found.interval.unwrap();
        let half = 2.3646 * sd / 8.0_f64.sqrt();
        assert!((low - (5.0 - half)).abs() < 1e-4 && (high - (5.0 + half)).abs() < 1e-4);
        let one = Estimate::of(&[3.0]).unwrap();
        assert_eq!((one.mean, one.sd, one.interval), (3.0, None, None));
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn quantiles_are_the_same_when_asked_for_again() {
        for freedom in [1, 9, 1_023, 1_024, 5_000] {
            let t = student_t(0.975, freedom);
            assert_eq!([quantile(freedom), quantile(freedom)].map(f64::to_bits), [t.to_bits(); 2]);
        }
    }

    #[test]
    fn equal_numbers_have_no_spread() {
        let found = Estimate::of(&[0.1; 30]).unwrap();
        assert_eq!((found.mean, found.sd, found.interval), (0.1, Some(0.0), Some((0.1, 0.1))));
    }

    #[test]
    fn differences_are_paired() {
        let pairs = [(Some(5.0), Some(3.0)), (Some(7.0), None), (Some(9.0), Some(5.0))];
        let found = Estimate::of_differences(&pairs).unwrap();
        assert_eq!((found.count, found.mean), (2, 3.0));
    }

    #[test]
    fn a_change_is_a_ratio_of_means_that_move_together() {
        // Each doubles: that is known, however far the numbers lie apart.
        let found = Estimate::of_change(&[(1.0, 2.0), (100.0, 200.0), (7.0, 14.0)]).unwrap();
        assert_eq!((found.count, found.mean, found.interval), (3, 1.0, Some((1.0, 1.0))));
        // Means 2 and 3; off the ratio of 1.5 by 0.5 and -0.5, in halves of the mean before.
        let found = Estimate::of_change(&[(1.0, 2.0), (3.0, 4.0)]).unwrap();
        let (low, high) = found.interval.unwrap();
        let half = student_t(0.975, 1) * 0.25;
        assert!((found.mean - 0.5).abs() < 1e-12);
        assert!((high - 0.5 - half).abs() < 1e-9 && (0.5 - low - half).abs() < 1e-9);
        assert_eq!(Estimate::of_change(&[(0.0, 1.0)]), None);
        assert_eq!(Estimate::of_change(&[]), None);
        assert_eq!(Estimate::of_change(&[(2.0, 3.0)]).unwrap().interval, None);
    }

    #[test]
    fn rates_differ_by_their_sums() {
        let found = Estimate::of_rates(&[[(1, 10), (0, 10)], [(3, 10), (2, 10)]]).unwrap();
        // One less of ten in each.
        assert!((found.mean + 0.1).abs() < 1e-12 && found.sd.unwrap() < 1e-12);
        let found = Estimate::of_rates(&[[(1, 10), (0, 10)], [(3, 10), (0, 10)]]).unwrap();
        let half = student_t(0.975, 1) * 0.1;
        assert!((found.mean + 0.2).abs() < 1e-12);
        assert!((found.interval.unwrap().1 + 0.2 - half).abs() < 1e-9);
        assert_eq!(Estimate::of_rates(&[[(0, 0), (0, 0)]]), None);
    }
}
