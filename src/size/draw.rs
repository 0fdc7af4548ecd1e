//! `size.svg`: what each step buys, beside what it costs.

use penult_reports::statistics::{Estimate, LossRate};
use penult_reports::{Curves, Measure, Panel, path};

use super::step::Numbers;
use crate::known::known;

/// Draws all steps; the recommended one is marked.
pub fn draw(
    title: &str,
    key: &str,
    values: &[String],
    numbers: &[Numbers],
    recommended: Option<usize>,
) -> String {
    let panel = |name: &str, measure, of: &dyn Fn(&Numbers) -> Option<Estimate>| Panel {
        name: name.to_owned(),
        measure,
        lines: vec![numbers.iter().map(of).collect()],
    };
    let number = |path: &str| {
        let mean = |of_step: &Numbers| of_step.get(path);
        panel(path, Measure::of(known().players.metrics().unit(path)), &mean)
    };
    let curves = Curves {
        title: format!("What each {key} buys and costs"),
        run: title.to_owned(),
        key: key.to_owned(),
        values: values.to_vec(),
        series: Vec::new(),
        panels: vec![
            number(LossRate::PATH),
            number(const { path("latency.p50") }),
            number(const { path("latency.p99") }),
            number(const { path("cost.queue_bytes_peak") }),
            number(const { path("cost.transmissions_per_delivery") }),
            panel("packets in a second", Measure::Number, &|of_step| of_step.load),
        ],
        marked: recommended,
    };
    curves.svg("size")
}
