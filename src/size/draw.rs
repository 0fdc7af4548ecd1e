//! `size.svg`: what each step buys, beside what it costs.

use penult_reports::statistics::Estimate;
use penult_reports::{Curves, Panel};

use super::step::Numbers;

/// Draws all steps; the recommended one is marked.
pub fn draw(
    title: &str,
    key: &str,
    values: &[String],
    numbers: &[Numbers],
    recommended: Option<usize>,
) -> String {
    let point = |estimate: Estimate| {
        let (low, high) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
        [estimate.mean, low.max(0.0), high]
    };
    let lost = |of_step: &Numbers| {
        let (low, high) = of_step.loss.interval;
        of_step.loss.rate.map(|rate| [rate, low, high].map(|it| 100.0 * it))
    };
    let mean = |path: &'static str| move |of_step: &Numbers| of_step.get(path).map(point);
    let panel = |name: &str, of: &dyn Fn(&Numbers) -> Option<[f64; 3]>| Panel {
        name: name.to_owned(),
        lines: vec![numbers.iter().map(of).collect()],
        is_time: false,
    };
    let time = |name: &str, path| Panel { is_time: true, ..panel(name, &mean(path)) };
    let curves = Curves {
        title: format!("What each {key} buys and costs"),
        run: title.to_owned(),
        key: key.to_owned(),
        values: values.to_vec(),
        series: Vec::new(),
        panels: vec![
            panel("lost, %", &lost),
            time("median latency", "latency.p50"),
            time("99 % within", "latency.p99"),
            panel("stored at most, bytes", &mean("cost.queue_bytes_peak")),
            panel("transmissions for each delivery", &mean("cost.transmissions_per_delivery")),
            panel("packets in a second", &|of_step| of_step.load.map(point)),
        ],
        marked: recommended,
    };
    curves.svg("size")
}
