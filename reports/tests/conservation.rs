//! What has to add up in every report.

use std::collections::BTreeMap;

use crate::common::*;
use penult_reports::*;

/// The rows of a table, each by the names of its columns.
fn rows(folder: &std::path::Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).expect("it was written");
    reader.deserialize().map(|row| row.expect("it has its columns")).collect()
}

#[test]
fn no_run_breaks_an_invariant() {
    for scenario in all() {
        let run = run(&scenario, RowFiles::none());
        let broken: Vec<String> = run.violations().iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{}: {broken:#?}", scenario.name.scenario);
    }
}

#[test]
fn fates_and_causes_and_phases_add_up() {
    for scenario in all() {
        let made = tempfile::tempdir().unwrap();
        let summary = report(&scenario, made.path());
        let Deliveries { offered, delivered, rejected, unsent, expired, lost, stranded, .. } =
            summary.deliveries;
        assert!(offered > 20, "there is something to count");
        assert_eq!(offered, delivered + rejected + unsent + expired + lost + stranded);
        assert_eq!(lost, summary.loss.causes.values().sum::<u64>());
        assert_eq!(summary.deliveries.loss_rate, Some(lost as f64 / offered as f64));
        let mean = summary.latency.mean.expect("something was delivered");
        let phases: f64 = summary.latency.phases.0.iter().flatten().sum();
        assert!((mean - phases).abs() < 1e-9 * mean, "{mean} ms of {phases} ms");

        // The tables say the same.
        let deliveries = rows(made.path(), "deliveries.csv");
        assert_eq!(deliveries.len() as u64, offered);
        let of_fate = |fate| deliveries.iter().filter(|row| row["fate"] == fate).count() as u64;
        assert_eq!((of_fate("delivered"), of_fate("lost")), (delivered, lost));
        let losses = rows(made.path(), "losses.csv");
        assert_eq!(losses.len() as u64, lost);
        let broken = losses.iter().filter(|row| row["broken_promise"] == "true").count() as u64;
        assert_eq!(broken, summary.deliveries.accepted_lost);
        let timeline = rows(made.path(), "timeline.csv");
        let sum = |column: &str| -> u64 {
            timeline.iter().map(|row| row[column].parse::<u64>().expect("a count")).sum()
        };
        assert_eq!(
            [sum("offered"), sum("accepted"), sum("delivered"), sum("lost")],
            [offered, summary.deliveries.accepted, delivered, lost]
        );
        for row in deliveries.iter().filter(|row| row["fate"] == "delivered") {
            let number = |column: &str| row[column].parse::<f64>().expect("a number");
            let phases = row.keys().filter(|name| name.ends_with("_ms") && *name != "latency_ms");
            let total: f64 = phases.map(|name| number(name)).sum();
            assert!((total - number("latency_ms")).abs() < 1e-6);
            let took = (number("delivered_s") - number("created_s")) * 1e3;
            assert!((took - number("latency_ms")).abs() < 1e-6);
        }
    }
}

#[test]
fn quantiles_are_those_of_the_rows() {
    for scenario in all() {
        let made = tempfile::tempdir().unwrap();
        let summary = report(&scenario, made.path());
        let delivered = rows(made.path(), "deliveries.csv").into_iter();
        let latency = |row: BTreeMap<String, String>| row["latency_ms"].parse::<f64>().ok();
        let mut sorted: Vec<f64> = delivered.filter_map(latency).collect();
        sorted.sort_by(f64::total_cmp);
        let rank = |part: usize, whole: usize| (sorted.len() * part).div_ceil(whole).max(1);
        let nearest = |part, whole| Some(sorted[rank(part, whole) - 1]);
        let Latency { min, p50, p90, p99, p999, max, .. } = summary.latency;
        assert_eq!([min, max], [nearest(0, 1), nearest(1, 1)]);
        assert_eq!([p50, p90], [nearest(50, 100), nearest(90, 100)]);
        assert_eq!([p99, p999], [nearest(99, 100), nearest(999, 1000)]);
    }
}

#[test]
fn a_sample_that_is_not_kept_is_within_a_thousandth() {
    let mut scenario = memory_is_lost();
    let whole = run(&scenario, RowFiles::none()).summary(&scenario.name).latency;
    scenario.options.whole_sample = 5;
    let mut folded = run(&scenario, RowFiles::none());
    assert!(!folded.latency().is_whole());
    let folded = folded.summary(&scenario.name).latency;
    assert_eq!((whole.count, whole.mean, whole.sd), (folded.count, folded.mean, folded.sd));
    assert_eq!((whole.min, whole.max), (folded.min, folded.max));
    for (whole, folded) in
        [(whole.p50, folded.p50), (whole.p90, folded.p90), (whole.p99, folded.p99)]
    {
        let (whole, folded) = (whole.unwrap(), folded.unwrap());
        assert!((whole - folded).abs() <= whole / 1000.0, "{folded} for {whole}");
    }
}

#[test]
fn every_path_of_the_json_is_in_the_flat_summary() {
    fn leaves(path: &str, value: &serde_json::Value, into: &mut BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    leaves(&path, value, into);
                }
            }
            serde_json::Value::String(text) => drop(into.insert(path.into(), text.clone())),
            // Words, which are no value of a column.
            serde_json::Value::Array(_) => {}
            serde_json::Value::Null => drop(into.insert(path.into(), String::new())),
            value => drop(into.insert(path.into(), value.to_string())),
        }
    }
    for scenario in all() {
        let summary = run(&scenario, RowFiles::none()).summary(&scenario.name);
        let json = serde_json::from_str(&summary.to_json()).expect("it is JSON");
        let mut found = BTreeMap::new();
        leaves("", &json, &mut found);
        let mut flat: BTreeMap<String, String> =
            summary.flat().into_iter().map(|(path, value)| (path, value.to_string())).collect();
        // Causes that took nothing stand in the flat one alone.
        flat.retain(|path, value| !(path.starts_with("loss.causes.") && value == "0"));
        let same = |path: &String| {
            flat[path] == found[path]
                || flat[path]
                    .parse::<f64>()
                    .unwrap()
                    .total_cmp(&found[path].parse().unwrap())
                    .is_eq()
        };
        assert!(flat.keys().eq(found.keys()));
        assert_eq!(flat.keys().find(|path| !same(path)), None);
    }
}
