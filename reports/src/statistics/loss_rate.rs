//! The loss rate over several runs, with an interval that comes from the runs.
//!
//! Losses come in bursts: one crash takes many deliveries, and then nothing is lost for a long time. An exact
//! interval over deliveries takes each for itself and is far too narrow; a t interval takes what runs lost for
//! normal, and is too narrow where few of many runs lost anything. This one is that of Korn and Graubard ("Confidence
//! intervals for proportions with small expected number of positive counts estimated from survey data", Survey
//! Methodology 24, 1998), each run a cluster. The rate's variance is estimated from one run to the next, as that of a
//! ratio; it says how many independent deliveries would tell as much; the exact (Clopper–Pearson) interval is that of so
//! many. They are never more than there were, and they are fewer by the square of the normal quantile over Student's,
//! as the variance is an estimate, too. Student's has a degree of freedom for each run that lost something and one for
//! all that did not, below the number of runs: where two of a hundred lost something, two tell how much a run loses.
//!
//! Where no run lost anything (or each lost everything) there is no variance to go by, and no size of a burst: the
//! interval goes to the exact bound of the share of *runs* that lose anything. No run loses more than it has, so the
//! rate is below that as well. Over one run there is none.
//!
//! The test below measures how often it holds the true rate: bursts of 40 and bursts of any size, in few runs of a
//! hundred and in all, and losses one by one. It is 95.2 % to 99.6 %, where a t interval has 79 % and more and an exact one
//! over deliveries 14 % to 24 %. A burst so rare that no run has shown it is in no interval.

use crate::metrics::path;
use crate::statistics::replicated::quantile;
use crate::statistics::{CONFIDENCE, Estimate, clopper_pearson, clopper_pearson_of};

/// The quantile of the normal distribution that [`CONFIDENCE`] takes.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The loss rate over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossRate {
    /// Lost in all runs.
    pub lost: u64,
    /// Offered in all runs.
    pub offered: u64,
    /// Runs that were offered anything.
    pub runs: u64,
    /// Those of them that lost anything.
    pub runs_that_lost: u64,
    /// Lost of offered; none of none.
    pub rate: Option<f64>,
    /// Its 95 % interval; none of fewer than two runs.
    pub interval: Option<(f64, f64)>,
    /// The standard deviation of what runs add to the rate.
    sd: Option<f64>,
}

impl LossRate {
    /// Its path in the summary.
    pub const PATH: &str = path("deliveries.loss_rate");

    /// Of runs, each with what it lost and what it was offered. One that was offered nothing says nothing.
    ///
    /// ```
    /// use penult_reports::statistics::LossRate;
    /// // Three of ten runs lost forty of a thousand each.
    /// let runs = [40, 0, 0, 40, 0, 0, 0, 40, 0, 0].map(|lost| (lost, 1000));
    /// let found = LossRate::of(runs);
    /// let (low, high) = found.interval.unwrap();
    /// assert!(found.rate == Some(0.012) && low < 0.002 && high > 0.04);
    /// // None did: up to 31 % of runs may lose something.
    /// let (_, most) = LossRate::of([(0, 1000); 10]).interval.unwrap();
    /// assert!((most - 0.308).abs() < 0.001);
    /// ```
    pub fn of(runs: impl IntoIterator<Item = (u64, u64)>) -> LossRate {
        let runs: Vec<(u64, u64)> = runs.into_iter().filter(|run| run.1 > 0).collect();
        let (lost, offered) = runs.iter().fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1));
        let runs_that_lost = runs.iter().filter(|run| run.0 > 0).count() as u64;
        let rate = (offered > 0).then(|| lost as f64 / offered as f64);
        let sd = rate.and_then(|rate| deviation(&runs, rate, offered));
        let runs = runs.len() as u64;
        let found = LossRate { lost, offered, runs, runs_that_lost, rate, interval: None, sd };
        LossRate { interval: found.between(), ..found }
    }

    /// Between which ends it lies.
    fn between(&self) -> Option<(f64, f64)> {
        let (rate, sd) = (self.rate?, self.sd?);
        if self.lost == 0 {
            return Some(clopper_pearson(0, self.runs));
        }
        if self.lost == self.offered {
            return Some(clopper_pearson(self.runs, self.runs));
        }
        let variance = sd * sd / self.runs as f64;
        // Runs that are all alike would be worth any number.
        let worth = (rate * (1.0 - rate) / variance).min(self.offered as f64);
        let freedom = (self.runs - 1).min(self.runs_that_lost + 1);
        let less = NORMAL / quantile(freedom);
        let worth = worth * less * less;
        Some(clopper_pearson_of(rate * worth, worth, CONFIDENCE))
    }

    /// Of so many runs none lost anything: at most this share of all runs does, exact. None if any did, or if it is
    /// but one.
    pub fn none_lost(&self) -> Option<f64> {
        let (_, most) = self.interval.filter(|_| self.lost == 0)?;
        Some(most)
    }

    /// The same as an estimate: its mean is the rate over all runs.
    pub fn estimate(&self) -> Option<Estimate> {
        let LossRate { runs: count, rate, sd, interval, .. } = *self;
        Some(Estimate { count, mean: rate?, sd, interval })
    }
}

/// The standard deviation of what each run lost beyond the rate, in parts of what runs were offered on average. None of
/// fewer than two.
fn deviation(runs: &[(u64, u64)], rate: f64, offered: u64) -> Option<f64> {
    let count = runs.len() as f64;
    let each = offered as f64 / count;
    let beyond = runs.iter().map(|&(lost, offered)| (lost as f64 - rate * offered as f64) / each);
    let squares: f64 = beyond.map(|it| it * it).sum();
    (runs.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1, the same each time: SplitMix64.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn exponential(&mut self, mean: f64) -> f64 {
            -mean * libm::log(1.0 - self.next())
        }

        /// How many events of a process of this rate fall into a unit of time.
        fn poisson(&mut self, rate: f64) -> u64 {
            let (mut count, mut at) = (0, self.exponential(1.0));
            while at < rate {
                count += 1;
                at += self.exponential(1.0);
            }
            count
        }
    }

    /// How much a burst takes: 40 on average.
    #[derive(Clone, Copy, Debug)]
    enum Burst {
        Equal,
        Exponential,
        /// One delivery.
        Single,
    }

    /// One run: what it lost of 4,000 or so, in so many bursts on average.
    fn run(chance: &mut Chance, burst: Burst, rate: f64) -> (u64, u64) {
        let offered = 3_900 + (200.0 * chance.next()) as u64;
        let of = |chance: &mut Chance| match burst {
            Burst::Equal => 40,
            // Rounded so that its mean is 40.
            Burst::Exponential => chance.exponential(40.0).round() as u64,
            Burst::Single => 1,
        };
        let lost: u64 = (0..chance.poisson(rate)).map(|_| of(chance)).sum();
        (lost.min(offered), offered)
    }

    /// How often the true rate is held: by the interval of so many runs, by a t interval of the same, and by the
    /// exact one over deliveries.
    fn coverage(burst: Burst, rate: f64, runs: usize) -> [f64; 3] {
        const TRIALS: u32 = 2_000;
        let mut chance = Chance(7);
        let size = if matches!(burst, Burst::Single) { 1.0 } else { 40.0 };
        // What is offered is uniform from 3,900 to 4,099.
        let truth = rate * size / 3_999.5;
        let holds = |(low, high): (f64, f64)| u32::from(low <= truth && truth <= high);
        let mut held = [0; 3];
        for trial in 0..TRIALS {
            let found = LossRate::of((0..runs).map(|_| run(&mut chance, burst, rate)));
            held[0] += holds(found.interval.expect("there are several"));
            let half = quantile(runs as u64 - 1) * found.sd.unwrap() / (runs as f64).sqrt();
            // Of none it knows as little, so that its bound is the same.
            held[1] += match (found.none_lost(), found.rate.unwrap()) {
                (Some(most), _) => holds((0.0, most)),
                (None, rate) => holds((rate - half, rate + half)),
            };
            // It takes long, and it is far off.
            if trial % 10 == 0 {
                held[2] += 10 * holds(clopper_pearson(found.lost, found.offered));
            }
        }
        held.map(|held| f64::from(held) / f64::from(TRIALS))
    }

    #[test]
    fn it_holds_the_true_rate_although_losses_come_in_bursts() {
        use Burst::{Equal, Exponential, Single};
        let all = |burst, rate, runs| {
            let held = coverage(burst, rate, runs);
            println!("{burst:?}, {rate} in a run, {runs} runs: {held:?}");
            assert!(held[0] >= 0.945, "{burst:?}, {rate} in a run, {runs} runs: {held:?}");
            held
        };
        for (burst, rate, runs) in [
            (Equal, 0.03, 100),
            (Equal, 0.1, 30),
            (Equal, 1.0, 3),
            (Equal, 1.0, 10),
            (Equal, 3.0, 30),
            (Exponential, 0.03, 100),
            (Exponential, 0.1, 30),
            (Exponential, 0.3, 10),
            (Exponential, 1.0, 5),
            (Exponential, 3.0, 30),
        ] {
            let [_, by_t, by_deliveries] = all(burst, rate, runs);
            // Why it is neither of the others.
            assert!(by_deliveries < 0.4);
            let is_rare = matches!(burst, Exponential) && rate <= 1.0;
            assert!(by_t < 0.9 || !is_rare);
        }
        // Losses one by one are held too, and not by saying nothing.
        for (rate, runs) in [(0.4, 10), (4.0, 10), (4.0, 100), (80.0, 30)] {
            all(Single, rate, runs);
        }
        let alone = LossRate::of((0..30).map(|run| (run % 9, 4_000)));
        let (low, high) = alone.interval.unwrap();
        let exact = clopper_pearson(alone.lost, alone.offered);
        assert!(high - low < 1.7 * (exact.1 - exact.0), "{low} to {high}, {exact:?}");
    }

    #[test]
    fn bursts_of_one_size_are_counted_as_bursts() {
        // Three of a hundred runs: as if three of a hundred lost one each, with four degrees of freedom.
        let runs =
            |lost: u64, of: u64| (0..100).map(move |run| (if run < 3 { lost } else { 0 }, of));
        let less = NORMAL / crate::statistics::student_t(0.975, 4);
        for lost in [2, 40, 900] {
            let found = LossRate::of(runs(lost, 1_000_000));
            let (low, high) = found.interval.unwrap();
            let scale = lost as f64 / 1e6;
            // Of a hundred runs: the variance of counts is that of three of a hundred, with 99 for 100.
            let worth = 99.0 * less * less / scale;
            let rate = 0.03 * scale;
            let worth = worth * (1.0 - rate) / 0.97;
            let exact = clopper_pearson_of(rate * worth, worth, 0.95);
            assert!((low / exact.0 - 1.0).abs() < 1e-6, "{low} {exact:?}");
            assert!((high / exact.1 - 1.0).abs() < 1e-6, "{high} {exact:?}");
        }
    }

    #[test]
    fn of_none_lost_the_bound_is_one_of_runs() {
        for runs in [2, 10, 100] {
            let found = LossRate::of(vec![(0, 40_000); runs]);
            let most = -libm::expm1(libm::log(0.025) / runs as f64);
            let (low, high) = found.interval.unwrap();
            assert!(low <= 0.0 && (high - most).abs() < 1e-9, "{high} for {most}");
            assert_eq!(found.none_lost(), Some(high));
            // All lost is the same from the other end.
            let (low, high) = LossRate::of(vec![(40_000, 40_000); runs]).interval.unwrap();
            assert!(high >= 1.0 && (1.0 - low - most).abs() < 1e-9, "{low} for {most}");
        }
        assert_eq!(LossRate::of([(0, 10), (3, 10)]).none_lost(), None);
    }

    #[test]
    fn one_run_has_no_interval() {
        let one = LossRate::of([(3, 1000), (0, 0)]);
        assert_eq!(
            (one.runs, one.rate, one.interval, one.none_lost()),
            (1, Some(0.003), None, None)
        );
        assert_eq!(LossRate::of([(0, 1000)]).none_lost(), None);
        let none = LossRate::of([(0, 0), (0, 0)]);
        assert_eq!((none.rate, none.interval, none.estimate()), (None, None, None));
        let two = LossRate::of([(3, 1000), (1, 1000)]).estimate().unwrap();
        assert_eq!((two.count, two.mean), (2, 0.002));
        assert!((two.sd.unwrap() - 0.002_f64.sqrt() * 0.001_f64.sqrt()).abs() < 1e-12, "{two:?}");
    }
}
