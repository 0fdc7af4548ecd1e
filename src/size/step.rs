//! A step of `penult size`: one value, its runs, and whether enough of them meet every objective.

use penult_reports::Summary;
use penult_reports::statistics::{Estimate, LossRate, Replicated, any_time};
use penult_scenarios::Loaded;

use super::objective::Objective;
use crate::options::Changes;

/// One value of the key that is varied.
pub struct Step {
    /// The value, as it was given.
    pub value: String,
    /// What sets it.
    pub changes: Changes,
    /// The scenario with it.
    pub loaded: Loaded,
    /// Its runs, by their seeds.
    pub runs: Vec<Summary>,
    /// How many of them met every objective.
    pub met: u64,
    /// How many broke each objective.
    pub broken: Vec<u64>,
    /// What is established.
    pub verdict: Option<Verdict>,
}

/// What is established about a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Enough runs meet every objective.
    Meets,
    /// Too few do.
    Fails,
    /// A run had no sample for an objective.
    NoSample(String),
}

/// What is asked of each step.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The share of runs that must meet every objective.
    pub share: f64,
    /// How surely, for this step.
    pub confidence: f64,
    /// Nothing is settled by fewer runs.
    pub least: u64,
}

impl Step {
    /// One more run, the next of its seeds. What comes after a verdict does not count.
    pub fn take(&mut self, run: Summary, objectives: &[Objective], asked: Asked) {
        if self.verdict.is_some() {
            return;
        }
        let mut is_met = true;
        for (objective, broken) in objectives.iter().zip(&mut self.broken) {
            match objective.is_met(&run) {
                Ok(true) => {}
                Ok(false) => {
                    is_met = false;
                    *broken += 1;
                }
                Err(why) => {
                    let what = format!("{} {why} with seed {}", objective.text, run.seed);
                    self.verdict = Some(Verdict::NoSample(what));
                }
            }
        }
        self.met += u64::from(is_met && self.verdict.is_none());
        self.runs.push(run);
        if self.verdict.is_none() && self.runs.len() as u64 >= asked.least {
            let (low, high) = self.interval(asked);
            self.verdict = match () {
                () if low > asked.share => Some(Verdict::Meets),
                () if high < asked.share => Some(Verdict::Fails),
                () => None,
            };
        }
    }

    /// What the runs so far say about the share that meets every objective.
    pub fn interval(&self, asked: Asked) -> (f64, f64) {
        any_time(self.met, self.runs.len() as u64, asked.confidence)
    }

    /// Means over its runs.
    pub fn numbers(&self) -> Numbers {
        let all = Replicated::of(&self.runs);
        let per_second: Vec<f64> = self
            .runs
            .iter()
            .filter(|run| run.simulated_s > 0.0)
            .map(|run| run.cost.packets as f64 / run.simulated_s)
            .collect();
        Numbers { loss: all.loss_rate, load: Estimate::of(&per_second), all }
    }
}

/// What a step buys and costs.
pub struct Numbers {
    /// Lost of offered, over all its runs.
    pub loss: LossRate,
    /// Packets for each simulated second.
    pub load: Option<Estimate>,
    all: Replicated,
}

impl Numbers {
    /// The estimate of a number of the summary.
    pub fn get(&self, path: &str) -> Option<Estimate> {
        self.all.get(path).copied()
    }

    /// Its mean.
    pub fn mean(&self, path: &str) -> Option<f64> {
        self.get(path).map(|estimate| estimate.mean)
    }
}
