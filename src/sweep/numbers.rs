//! The numbers that a sweep shows of each point: what it prints, and `sweep.svg`.

use std::collections::BTreeSet;

use penult_models::Unit;
use penult_reports::statistics::Estimate;
use penult_reports::{Curves, Measure, Panel, SERIES_MAX, paths};

use super::plan::{Plan, shown};
use super::tables::Point;
use crate::exit::{Failure, all};
use crate::known::known;
use crate::size::whole_path;

/// What is drawn if nothing is asked for.
const DRAWN: [&str; 4] =
    paths(["deliveries.loss_rate", "latency.p50", "latency.p99", "cost.bytes"]);
/// A plot with more values than this can't be read.
const VALUES_MAX: usize = 40;

/// The numbers that are shown, and what came of them.
pub struct Numbers {
    /// Paths of the summary, if some were asked for.
    asked: Vec<String>,
    /// For each point that was heard of, its number, and each number that is drawn.
    points: Vec<(usize, Vec<Option<Estimate>>)>,
    /// The fewest runs and the most that a point had.
    runs: Option<(u64, u64)>,
}

impl Numbers {
    /// Those that are asked for, each shortened or not.
    pub fn of(show: &[String]) -> Result<Numbers, Failure> {
        let metrics = known().players.metrics();
        let whole = |short: &String| {
            let wrong = |what: String| Failure::input(format!("--show {short}: {what}"));
            let path = whole_path(short).map_err(wrong)?;
            match metrics.find(&path) {
                Some(metric) if metric.unit == Unit::Text => Err(wrong("it is no number".into())),
                Some(_) => Ok(path),
                None => Err(wrong("the summary has no such number".into())),
            }
        };
        let asked = all(show.iter().map(whole))?;
        Ok(Numbers { asked, points: Vec::new(), runs: None })
    }

    fn drawn(&self) -> Vec<&str> {
        match self.asked.as_slice() {
            [] => DRAWN.to_vec(),
            asked => asked.iter().map(String::as_str).collect(),
        }
    }

    /// Those that were asked for.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// Remembers a point.
    pub fn take(&mut self, point: &Point) {
        let estimates = self.drawn().iter().map(|path| point.estimate(path)).collect();
        // More than can be drawn are not kept.
        if self.points.len() <= VALUES_MAX * SERIES_MAX {
            self.points.push((point.number as usize, estimates));
        }
        let (least, most) = self.runs.unwrap_or((u64::MAX, 0));
        self.runs = Some((least.min(point.runs), most.max(point.runs)));
    }

    /// The plot: along the axis with the most values, a line for each point of the others. None if it had more
    /// lines or values than can be read.
    pub fn svg(&self, plan: &Plan, title: &str) -> Option<String> {
        let values = |point: usize, axes: &[usize]| -> Vec<String> {
            axes.iter().map(|&axis| shown(&plan.points[point][axis])).collect()
        };
        let points = 0..plan.points.len();
        let count = |axis: usize| {
            points.clone().map(|point| values(point, &[axis])).collect::<BTreeSet<_>>().len()
        };
        let most = (0..plan.axes.len()).map(count).max()?;
        let along = (0..plan.axes.len()).find(|&axis| count(axis) == most)?;
        // What goes together with it stands beside its values.
        let is_bound = |axis: &usize| {
            let pairs = points.clone().map(|point| values(point, &[along, *axis]));
            pairs.collect::<BTreeSet<_>>().len() == most
        };
        let (bound, free): (Vec<usize>, Vec<usize>) = (0..plan.axes.len()).partition(is_bound);
        // In the order of the sweep, each once.
        let distinct = |axes: &[usize]| {
            let mut all: Vec<Vec<String>> = Vec::new();
            for value in points.clone().map(|point| values(point, axes)) {
                if !all.contains(&value) {
                    all.push(value);
                }
                if all.len() > VALUES_MAX {
                    break;
                }
            }
            all
        };
        let (across, series) = (distinct(&bound), distinct(&free));
        if across.len() > VALUES_MAX || series.len() > SERIES_MAX {
            return None;
        }
        let drawn = self.drawn();
        let mut lines = vec![vec![vec![None; across.len()]; series.len()]; drawn.len()];
        for (point, estimates) in &self.points {
            let at = across.iter().position(|it| *it == values(*point, &bound))?;
            let line = series.iter().position(|it| *it == values(*point, &free))?;
            for (panel, estimate) in estimates.iter().enumerate() {
                lines[panel][line][at] = *estimate;
            }
        }
        let names = |axes: &[usize]| -> Vec<&str> {
            axes.iter().map(|&axis| plan.axes[axis].as_str()).collect()
        };
        let named = |values: &Vec<String>| {
            let pairs = names(&free).into_iter().zip(values);
            pairs.map(|(axis, value)| format!("{axis} = {value}")).collect::<Vec<_>>().join(", ")
        };
        // Values that go together are often the same one.
        let beside = |mut values: Vec<String>| {
            values.dedup();
            values.join(", ")
        };
        let panels = drawn.iter().zip(lines);
        let panel = |(name, lines): (&&str, _)| Panel {
            name: (*name).to_owned(),
            measure: Measure::of(known().players.metrics().unit(name)),
            lines,
        };
        let runs = runs_in_words(self.runs, plan.replications.into());
        let curves = Curves {
            title: title.to_owned(),
            run: format!("runs of each point: {runs}; means with 95 % intervals"),
            key: names(&bound).join(", "),
            values: across.into_iter().map(beside).collect(),
            series: series.iter().map(named).collect(),
            panels: panels.map(panel).collect(),
            marked: None,
        };
        Some(curves.svg("sweep"))
    }
}

/// The fewest runs and the most that points had, of so many that were to be.
fn runs_in_words(runs: Option<(u64, u64)>, planned: u64) -> String {
    match runs {
        Some((least, most)) if least < most => format!("{least} to {most} of {planned}"),
        Some((all, _)) if all < planned => format!("{all} of {planned}"),
        _ => planned.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_sweep_says_how_many_runs_its_points_have() {
        let runs = [Some((5, 5)), Some((1, 5)), Some((1, 4)), Some((2, 2)), None];
        let words = ["5", "1 to 5 of 5", "1 to 4 of 5", "2 of 5", "5"];
        assert_eq!(runs.map(|runs| runs_in_words(runs, 5)), words);
    }
}
