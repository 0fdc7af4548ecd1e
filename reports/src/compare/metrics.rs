//! The comparison in numbers: means, paired differences, counts of pairs.

use penult_models::{Fold, Metric};

use super::originals::Mishap;
use super::paired::{Pairs, Seed};
use crate::metrics::{quantities, reader};
use crate::promised::Promised;
use crate::seen::together;
use crate::statistics::{CONFIDENCE, Estimate, LossRate, Ranks, mcnemar, quantile_interval};

/// Of a rival less the reference, over the seeds in which both have the number.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its mean.
    pub mean: Estimate,
    /// Its median.
    pub median: f64,
    /// Between which values the median lies, and how sure that is: whatever differences are distributed
    /// like. None of fewer than six.
    pub median_interval: Option<(f64, f64, f64)>,
    /// Whether it is the same in every seed, of several.
    pub is_constant: bool,
}

/// A number of the summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// What it is.
    pub metric: Metric,
    /// For each strategy, over the seeds that have it. The loss rate is that of all their deliveries.
    pub means: Vec<Option<Estimate>>,
    /// For each rival.
    pub differences: Vec<Option<Difference>>,
}

/// What happened to deliveries with a rival and with the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// What.
    pub mishap: Mishap,
    /// To so many, over all seeds.
    pub pairs: Pairs,
    /// McNemar's test, were deliveries independent.
    pub p: f64,
    /// In how many seeds it happened to fewer with the rival.
    pub seeds_less: u64,
    /// In how many it happened to more.
    pub seeds_more: u64,
    /// The sign test over seeds.
    pub p_seeds: f64,
}

/// Strategies in the same worlds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The version of Penult.
    pub penult: String,
    /// What was run.
    pub scenario: String,
    /// The strategies as they were asked for; the first is the reference.
    pub strategies: Vec<String>,
    /// What they promise, each strategy once: variants of one promise the same.
    pub promised: Vec<Promised>,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// How many replies were left out, over all runs.
    pub replies: u64,
    /// Each number that any of the runs has, in the order of the summary.
    pub numbers: Vec<Number>,
    /// For each rival each mishap; none if in some seed the deliveries were others.
    pub losses: Vec<Option<[Losses; Mishap::ALL.len()]>>,
    /// For each strategy latencies from the slowest on, in ms, and which share of all deliveries over all seeds took at
    /// least so long.
    pub tails: Vec<Vec<(f64, f64)>>,
}

impl Comparison {
    /// Of seeds, each run with these strategies.
    ///
    /// # Panics
    ///
    /// Without a seed, or if a seed was not run with each.
    pub fn of(scenario: &str, strategies: &[String], seeds: &[Seed]) -> Comparison {
        let whole = seeds.iter().all(|seed| seed.summaries.len() == strategies.len());
        assert!(whole && !seeds.is_empty(), "a seed was not run with each strategy");
        let rivals = 0..strategies.len() - 1;
        Comparison {
            penult: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.to_owned(),
            strategies: strategies.to_vec(),
            promised: promised(seeds),
            seeds: seeds.iter().map(|seed| seed.seed).collect(),
            replies: seeds.iter().map(|seed| seed.replies).sum(),
            numbers: numbers(strategies.len(), seeds),
            losses: rivals.map(|rival| losses(rival, seeds)).collect(),
            tails: (0..strategies.len()).map(|strategy| tail(strategy, seeds)).collect(),
        }
    }

    /// The first strategy.
    pub fn reference(&self) -> &str {
        &self.strategies[0]
    }

    /// All others.
    pub fn rivals(&self) -> &[String] {
        &self.strategies[1..]
    }

    /// One number.
    pub fn get(&self, path: &str) -> Option<&Number> {
        self.numbers.iter().find(|it| it.metric.path == path)
    }
}

fn promised(seeds: &[Seed]) -> Vec<Promised> {
    let mut all: Vec<Promised> = Vec::new();
    for promised in &seeds[0].promised {
        if !all.iter().any(|it| it.strategy == promised.strategy) {
            all.push(*promised);
        }
    }
    all
}

fn numbers(strategies: usize, seeds: &[Seed]) -> Vec<Number> {
    let number = |metric: Metric| {
        // None where the strategy has no such number, or the run no sample.
        let of = |strategy: usize| -> Vec<Option<f64>> {
            let number = reader(&metric.path);
            seeds.iter().map(|seed| number(&seed.summaries[strategy])).collect()
        };
        let reference = of(0);
        let is_loss_rate = metric.fold == Fold::LossRate;
        let losses = |strategy: usize| seeds.iter().map(move |it| it.summaries[strategy].losses());
        let mean = |strategy| match is_loss_rate {
            true => LossRate::of(losses(strategy)).estimate(),
            false => Estimate::of(&of(strategy).into_iter().flatten().collect::<Vec<_>>()),
        };
        let difference = |strategy| {
            let rival = of(strategy);
            let pairs = rival.iter().zip(&reference);
            let pairs = pairs.filter_map(|(rival, reference)| Some((*rival)? - (*reference)?));
            let difference = Difference::of(pairs.collect())?;
            // Of rates over all deliveries, as the means are.
            let pairs: Vec<_> =
                losses(0).zip(losses(strategy)).map(|(one, other)| [one, other]).collect();
            let mean = Estimate::of_rates(&pairs).filter(|_| is_loss_rate);
            Some(Difference { mean: mean.unwrap_or(difference.mean), ..difference })
        };
        let means = (0..strategies).map(mean).collect();
        let differences = (1..strategies).map(difference).collect();
        Number { metric, means, differences }
    };
    quantities(seeds.iter().flat_map(|seed| &seed.summaries)).into_iter().map(number).collect()
}

impl Difference {
    fn of(mut differences: Vec<f64>) -> Option<Difference> {
        let mean = Estimate::of(&differences)?;
        differences.sort_by(f64::total_cmp);
        let count = differences.len();
        let middle = f64::midpoint(differences[(count - 1) / 2], differences[count / 2]);
        let at = |rank: u64| differences[rank as usize - 1];
        let interval = quantile_interval(count as u64, 0.5, CONFIDENCE);
        let between = |Ranks { low, high, confidence }| (at(low), at(high), confidence);
        // Of floats: what differs by less than a part in 10¹² differs by rounding.
        let spread = differences[count - 1] - differences[0];
        let is_constant = count > 1 && spread <= 1e-12 * mean.mean.abs();
        let median_interval = interval.map(between);
        Some(Difference { mean, median: middle, median_interval, is_constant })
    }
}

fn losses(rival: usize, seeds: &[Seed]) -> Option<[Losses; Mishap::ALL.len()]> {
    let all: Option<Vec<&[Pairs; Mishap::ALL.len()]>> =
        seeds.iter().map(|seed| seed.pairs[rival].as_ref()).collect();
    let all = all?;
    Some(Mishap::ALL.map(|mishap| {
        let mut pairs = Pairs::default();
        let (mut seeds_less, mut seeds_more) = (0, 0);
        for of_seed in all.iter().map(|it| it[mishap as usize]) {
            pairs.offered += of_seed.offered;
            pairs.both += of_seed.both;
            pairs.reference_only += of_seed.reference_only;
            pairs.rival_only += of_seed.rival_only;
            seeds_less += u64::from(of_seed.rival_only < of_seed.reference_only);
            seeds_more += u64::from(of_seed.rival_only > of_seed.reference_only);
        }
        Losses {
            mishap,
            pairs,
            p: mcnemar(pairs.reference_only, pairs.rival_only),
            seeds_less,
            seeds_more,
            p_seeds: mcnemar(seeds_less, seeds_more),
        }
    }))
}

/// Of all its deliveries together, so that it is flat where in no seed anything was delivered.
fn tail(strategy: usize, seeds: &[Seed]) -> Vec<(f64, f64)> {
    let tail = together(seeds.iter().map(|seed| seed.tails[strategy].as_slice()));
    let count = tail.last().map_or(0, |&(_, count)| count) as f64;
    tail.into_iter().map(|(ms, slower)| (ms, slower as f64 / count)).collect()
}
