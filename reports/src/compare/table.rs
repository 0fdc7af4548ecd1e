//! `compare.csv`, `paired.csv`, `runs.csv` and the same as Parquet, and `compare.json`, which has the first two and
//! the words.

use std::io;
use std::path::Path;

use penult_models::Promises;
use serde_json::{Value as Json, json};

use super::metrics::{Comparison, Losses, Number};
use super::paired::Seed;
use crate::frame::{Frame, Kind};
use crate::staged::Staged;
use crate::summary::Summary;
use crate::tables::{Table, cell};
use crate::uncomputed::uncomputed;

const NUMBERS: [&str; 18] = [
    "scenario",
    "metric",
    "strategy",
    "reference",
    "runs",
    "mean",
    "mean_low",
    "mean_high",
    "reference_mean",
    "pairs",
    "difference",
    "difference_low",
    "difference_high",
    "median_difference",
    "median_low",
    "median_high",
    "median_confidence",
    "same_in_every_seed",
];

/// `compare.csv`: a row for each number of the summary and each strategy.
pub(super) fn numbers(folder: &Path, all: &Comparison) -> io::Result<Table> {
    let mut table = Table::begin(folder, "compare.csv", &NUMBERS)?;
    for number in &all.numbers {
        for strategy in 0..all.strategies.len() {
            table.row(of_strategy(all, number, strategy))?;
        }
    }
    Ok(table)
}

/// The cells of the reference that are about a difference are empty.
fn of_strategy(all: &Comparison, metric: &Number, strategy: usize) -> [String; NUMBERS.len()] {
    let mean = metric.means[strategy];
    let interval = mean.and_then(|mean| mean.interval);
    let rival = strategy.checked_sub(1);
    let difference = rival.and_then(|rival| metric.differences[rival].as_ref());
    let by = difference.and_then(|it| it.mean.interval);
    let middle = difference.and_then(|it| it.median_interval);
    [
        uncomputed(&all.scenario).into_owned(),
        metric.metric.path.to_string(),
        all.strategies[strategy].clone(),
        cell(rival.map(|_| all.reference())),
        mean.map_or(0, |mean| mean.count).to_string(),
        cell(mean.map(|mean| mean.mean)),
        cell(interval.map(|it| it.0)),
        cell(interval.map(|it| it.1)),
        cell(rival.and(metric.means[0]).map(|mean| mean.mean)),
        cell(rival.map(|_| difference.map_or(0, |it| it.mean.count))),
        cell(difference.map(|it| it.mean.mean)),
        cell(by.map(|it| it.0)),
        cell(by.map(|it| it.1)),
        cell(difference.map(|it| it.median)),
        cell(middle.map(|it| it.0)),
        cell(middle.map(|it| it.1)),
        cell(middle.map(|it| it.2)),
        cell(difference.map(|it| it.is_constant)),
    ]
}

const PAIRS: [&str; 14] = [
    "scenario",
    "strategy",
    "reference",
    "what",
    "offered",
    "count",
    "reference_count",
    "both",
    "strategy_only",
    "reference_only",
    "p",
    "seeds_less",
    "seeds_more",
    "p_seeds",
];

/// `paired.csv`: a row for each rival, and for each thing that may go wrong with a delivery.
pub(super) fn pairs(folder: &Path, all: &Comparison) -> io::Result<Table> {
    let mut table = Table::begin(folder, "paired.csv", &PAIRS)?;
    for (rival, losses) in all.rivals().iter().zip(&all.losses) {
        for losses in losses.iter().flatten() {
            let Losses { mishap, pairs, p, seeds_less, seeds_more, p_seeds } = *losses;
            let names = [&*uncomputed(&all.scenario), rival, all.reference(), mishap.name()];
            let counts = [
                pairs.offered,
                pairs.rival(),
                pairs.reference(),
                pairs.both,
                pairs.rival_only,
                pairs.reference_only,
            ];
            let names = names.map(str::to_owned).into_iter();
            let numbers = [p.to_string(), seeds_less.to_string(), seeds_more.to_string()];
            let numbers = counts.map(|it| it.to_string()).into_iter().chain(numbers);
            table.row(names.chain(numbers).chain([p_seeds.to_string()]))?;
        }
    }
    Ok(table)
}

/// `runs.csv` and `runs.parquet`: the summary of each run flattened, as it was paired.
pub(super) fn runs(
    folder: &Path,
    all: &Comparison,
    seeds: &[Seed],
) -> io::Result<(Table, Frame<Staged>)> {
    let columns = Summary::columns(seeds.iter().flat_map(|seed| &seed.summaries));
    let paths: Vec<&str> = columns.iter().map(|(path, _)| path.as_str()).collect();
    let mut table = Table::begin(folder, "runs.csv", &paths)?;
    let parquet = Staged::begin(folder, "runs.parquet")?;
    let mut frame = Frame::begin(parquet, columns.clone())?;
    for strategy in 0..all.strategies.len() {
        for seed in seeds {
            let cells = seed.summaries[strategy].cells(&columns);
            let texts = columns.iter().zip(&cells).map(|((_, kind), cell)| match kind {
                Kind::Text => uncomputed(cell).into_owned(),
                _ => cell.clone(),
            });
            table.row(texts)?;
            frame.row(&cells)?;
        }
    }
    Ok((table, frame))
}

impl Comparison {
    /// The comparison as JSON: numbers, pairs, and what is established.
    pub fn to_json(&self) -> String {
        let pair = |it: Option<(f64, f64)>| it.map(|(low, high)| json!([low, high]));
        let metric = |metric: &Number| -> (String, Json) {
            let of = |strategy: usize| -> Json {
                let mean = metric.means[strategy];
                let mut json = json!({
                    "strategy": self.strategies[strategy],
                    "runs": mean.map_or(0, |it| it.count),
                    "mean": mean.map(|it| it.mean),
                    "interval": mean.and_then(|it| pair(it.interval)),
                });
                if let Some(rival) = strategy.checked_sub(1) {
                    json["difference"] = metric.differences[rival].as_ref().map_or(Json::Null, |it| {
                        json!({
                            "pairs": it.mean.count,
                            "mean": it.mean.mean,
                            "interval": pair(it.mean.interval),
                            "median": it.median,
                            "median_interval":
                                it.median_interval.map(|(low, high, sure)| json!([low, high, sure])),
                            "same_in_every_seed": it.is_constant,
                        })
                    });
                }
                json
            };
            (metric.metric.path.to_string(), (0..self.strategies.len()).map(of).collect())
        };
        let rival = |(number, name): (usize, &String)| {
            let losses = self.losses[number].iter().flatten().map(|it| {
                let paired = json!({
                    "offered": it.pairs.offered,
                    "count": it.pairs.rival(),
                    "reference_count": it.pairs.reference(),
                    "both": it.pairs.both,
                    "strategy_only": it.pairs.rival_only,
                    "reference_only": it.pairs.reference_only,
                    "p": it.p,
                    "seeds_less": it.seeds_less,
                    "seeds_more": it.seeds_more,
                    "p_seeds": it.p_seeds,
                });
                (it.mishap.name().to_owned(), paired)
            });
            let losses: serde_json::Map<String, Json> = losses.collect();
            let statements = self
                .statements(number)
                .into_iter()
                .map(|it| json!({ "standing": it.standing.name(), "words": it.words }));
            json!({
                "strategy": name,
                "reference": self.reference(),
                "paired": losses,
                "statements": statements.collect::<Json>(),
            })
        };
        let metrics: serde_json::Map<String, Json> = self.numbers.iter().map(metric).collect();
        let promises = self.promised.iter().map(|it| {
            let Promises { survives, order, stores } = it.promises;
            let words = json!({ "survives": survives, "order": order, "stores": stores });
            (it.strategy.to_owned(), words)
        });
        let promises: serde_json::Map<String, Json> = promises.collect();
        let json = json!({
            "penult": self.penult,
            "scenario": self.scenario,
            "strategies": self.strategies,
            "promises": promises,
            "seeds": self.seeds,
            "replies_left_out": self.replies,
            "rivals": self.rivals().iter().enumerate().map(rival).collect::<Json>(),
            "metrics": metrics,
            "remarks": self.remarks(),
        });
        format!("{json:#}\n")
    }
}
