//! Several runs of one scenario and strategy with different seeds: each number's mean and its interval.

use std::sync::OnceLock;

use crate::flat::Value;
use crate::statistics::{CONFIDENCE, clopper_pearson, student_t};
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
}

/// Student's quantile for an interval with so many degrees of freedom. A table asks for the same again and again,
/// and it takes thousands of steps.
fn quantile(freedom: u64) -> f64 {
    static KNOWN: [OnceLock<f64>; 1_024] = [const { OnceLock::new() }; 1_024];
    let t = || student_t((1.0 + CONFIDENCE) / 2.0, freedom);
    KNOWN.get(freedom as usize).map_or_else(t, |known| *known.get_or_init(t))
}

/// The loss rate over several runs, with its exact interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossRate {
    /// Lost in all runs.
    pub lost: u64,
    /// Offered in all runs.
    pub offered: u64,
    /// Lost of offered; none of none.
    pub rate: Option<f64>,
    /// Clopper–Pearson at 95 %.
    pub interval: (f64, f64),
}

/// Several runs of one scenario and strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// How many runs.
    pub runs: u64,
    /// For each number of the summary, in its order: over the runs that had a sample.
    pub numbers: Vec<(String, Option<Estimate>)>,
    /// All deliveries together.
    pub loss_rate: LossRate,
}

impl Replicated {
    /// Of these runs. Seeds and versions are numbers, but not quantities: they are left out.
    pub fn of(runs: &[Summary]) -> Replicated {
        let flat: Vec<Vec<(String, Value)>> = runs.iter().map(Summary::flat).collect();
        let paths = flat.first().map_or(&[][..], Vec::as_slice).iter().enumerate();
        let is_quantity = |path: &str, value: &Value| {
            !matches!(value, Value::Text(_)) && path != "seed" && path != "schema"
        };
        let quantities = paths.filter(|(_, (path, value))| is_quantity(path, value));
        let numbers = quantities.map(|(place, (path, _))| {
            let numbers: Vec<f64> = flat.iter().filter_map(|run| run[place].1.number()).collect();
            (path.clone(), Estimate::of(&numbers))
        });
        let numbers = numbers.collect();
        let sum = |count: fn(&Summary) -> u64| runs.iter().map(count).sum::<u64>();
        let (lost, offered) = (sum(|run| run.deliveries.lost), sum(|run| run.deliveries.offered));
        let rate = (offered > 0).then(|| lost as f64 / offered as f64);
        let interval = clopper_pearson(lost, offered);
        let loss_rate = LossRate { lost, offered, rate, interval };
        Replicated { runs: runs.len() as u64, numbers, loss_rate }
    }

    /// The estimate of one number.
    pub fn get(&self, path: &str) -> Option<&Estimate> {
        self.numbers.iter().find(|(name, _)| name == path)?.1.as_ref()
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
}
