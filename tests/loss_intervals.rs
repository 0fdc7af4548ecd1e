//! The interval of a loss rate: the same from `run`, `sweep`, `size` and `compare`, in tables and words, and it comes
//! from the runs.

use std::fs;
use std::path::Path;

use crate::common::{ends, out, penult};
use penult_reports::statistics::LossRate;

/// A lone copy in memory: in some runs a crash takes many at once, in others nothing is lost.
const BURSTS: &str = r#"
title    = "Bursts"
seed     = 11
duration = "30s"
strategy = "single"
gateways = { count = 3, queue = "memory" }
clients  = { count = 6 }
workload = { kind = "poisson", rate = "3/s" }

[[fault]]
offline = "clients"
mtbf    = "20s"
mttr    = "4s"

[[fault]]
crash = "gateways"
mtbf  = "60s"
mttr  = "2s"
disk  = "lost"
"#;

/// Rows of a table, each with these columns.
fn columns<const N: usize>(table: &Path, names: [&str; N]) -> Vec<[String; N]> {
    let table = fs::read_to_string(table).expect("it is there");
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("it has a header");
    let at = names.map(|name| header.iter().position(|it| *it == name).expect(name));
    lines.map(|cells| at.map(|at| cells[at].to_owned())).collect()
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}

/// What runs of a table come to: their rate and its ends.
fn of_runs(table: &Path, of: impl Fn(&str) -> bool) -> LossRate {
    let rows = columns(table, ["strategy", "deliveries.lost", "deliveries.offered"]);
    let rows = rows.iter().filter(|[strategy, ..]| of(strategy));
    LossRate::of(rows.map(|[_, lost, offered]| (number(lost) as u64, number(offered) as u64)))
}

#[test]
fn the_interval_is_the_same_wherever_it_stands_and_comes_from_the_runs() {
    let folder = tempfile::tempdir().expect("there is room");
    let at = |path: &str| folder.path().join(path);
    fs::write(at("b.toml"), BURSTS).expect("it can be written");
    let ten = ["--replications", "10"];
    let strategies = ["compare", "b.toml", "--strategies", "single,chain"];
    ends(&penult(folder.path(), &[&strategies[..], &ten].concat()), 0);
    let rate = of_runs(&at("out/b-compare/runs.csv"), |it| it == "single");
    let (low, high) = rate.interval.expect("there are ten");
    let mean = rate.rate.expect("there are some");
    // Some runs lost nothing, the others many each: it is much wider than were deliveries independent.
    assert!(rate.runs_that_lost > 0 && rate.runs_that_lost < 10, "{rate:?}");
    assert!(rate.lost > 4 * rate.runs_that_lost, "{rate:?}");
    let by_deliveries = penult_reports::statistics::clopper_pearson(rate.lost, rate.offered);
    assert!(high - low > 2.0 * (by_deliveries.1 - by_deliveries.0), "{rate:?} {by_deliveries:?}");
    let ends_of = |rate: &[String]| {
        assert_eq!(rate.iter().map(|it| number(it)).collect::<Vec<_>>(), [mean, low, high]);
    };
    let compared = columns(
        &at("out/b-compare/compare.csv"),
        ["metric", "strategy", "mean", "mean_low", "mean_high"],
    );
    let ours = compared.iter().find(|it| it[0] == "deliveries.loss_rate" && it[1] == "single");
    ends_of(&ours.expect("a row")[2..]);
    // The same seeds.
    let slo = ["size", "b.toml", "--vary", "clients.count=6", "--slo", "latency.p50 <= 1h"];
    let few = ["--at-least", "10", "--budget", "10"];
    let output = penult(folder.path(), &[&slo[..], &few].concat());
    ends(&output, 4);
    let sized =
        columns(&at("out/b-size/size.csv"), ["loss_rate", "loss_rate.low", "loss_rate.high"]);
    ends_of(&sized[0]);
    let cell = penult_reports::loss_rate_with_interval(&rate);
    assert!(out(&output).contains(&cell), "{cell}: {}", out(&output));
    let output = penult(folder.path(), &[&["run", "b.toml"][..], &ten].concat());
    ends(&output, 0);
    let told = out(&output);
    let line = told.lines().find(|it| it.starts_with("  deliveries.loss_rate")).expect("a row");
    let (share, interval) =
        cell.strip_suffix(')').and_then(|it| it.split_once(" (")).expect("both");
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    assert_eq!(words.join(" "), format!("{share} % {interval}"));
    // A sweep has seeds of its own.
    let vary = ["sweep", "b.toml", "--vary", "clients.count=6"];
    let output = penult(folder.path(), &[&vary[..], &ten].concat());
    ends(&output, 0);
    let rate = of_runs(&at("out/b-sweep/runs.csv"), |_| true);
    let names = ["", ".low", ".high"].map(|end| format!("deliveries.loss_rate{end}"));
    let points = columns(&at("out/b-sweep/points.csv"), [&names[0], &names[1], &names[2]]);
    let (low, high) = rate.interval.expect("there are ten");
    let found: Vec<f64> = points[0].iter().map(|it| number(it)).collect();
    assert_eq!(found, [rate.rate.expect("some"), low, high]);
    let cell = penult_reports::loss_rate_with_interval(&rate);
    assert!(out(&output).contains(&cell), "{cell}: {}", out(&output));
    let shown = ["--show", "loss_rate", "--fresh"];
    let output = penult(folder.path(), &[&vary[..], &ten, &shown].concat());
    assert!(out(&output).contains(&cell), "{cell}: {}", out(&output));
}

#[test]
fn one_run_has_no_interval_and_says_so() {
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("b.toml"), BURSTS).expect("it can be written");
    let output = penult(folder.path(), &["run", "b.toml"]);
    ends(&output, 0);
    let told = out(&output);
    let line = told.lines().find(|it| it.starts_with("  deliveries.loss_rate")).expect("a row");
    assert!(line.ends_with("losses come in bursts, so one run gives no interval"), "{told}");
    let page = fs::read_to_string(folder.path().join("out/b/report.html")).expect("it is there");
    assert!(page.contains("so one run gives no interval") && !page.contains("95 % interval"));
    let vary = ["sweep", "b.toml", "--vary", "clients.count=6", "--replications", "1"];
    let output = penult(folder.path(), &vary);
    assert!(out(&output).contains(" ±?"), "{}", out(&output));
    let names = ["deliveries.loss_rate.low", "deliveries.loss_rate.high"];
    let points = columns(&folder.path().join("out/b-sweep/points.csv"), names);
    assert_eq!(points[0], ["", ""]);
}

#[test]
fn none_lost_in_several_runs_is_a_bound_of_runs() {
    let folder = tempfile::tempdir().expect("there is room");
    let quiet = BURSTS.split("[[fault]]").next().expect("a beginning");
    fs::write(folder.path().join("b.toml"), quiet).expect("it can be written");
    let five = ["--replications", "5"];
    // 1 − 0.025^(1/5).
    let output = penult(folder.path(), &[&["run", "b.toml"][..], &five].concat());
    let said = " lost in 5 seeds: at most 53 % of runs lose anything (95 %, exact)\n";
    assert!(out(&output).contains(said), "{}", out(&output));
    let strategies = ["compare", "b.toml", "--strategies", "single,chain"];
    let output = penult(folder.path(), &[&strategies[..], &five].concat());
    let said = "with either in 5 seeds, so at most 53 % of runs have any (95 %, exact).\n";
    assert!(out(&output).contains(said), "{}", out(&output));
    let vary = ["sweep", "b.toml", "--vary", "clients.count=6"];
    let output = penult(folder.path(), &[&vary[..], &five].concat());
    assert!(out(&output).contains("0 (≤53 % of runs)"), "{}", out(&output));
    assert!(out(&output).contains("≤: no run lost anything"), "{}", out(&output));
}
