//! `penult diff` from outside: reports of runs, of replications and of whole libraries; exit codes; JSON.

use std::fs;

use crate::common::{ends, folder_with, out, penult};

const SMALL: &str = r#"
title    = "Small"
duration = "5s"
gateways = { count = 3, latency = { uniform = ["1ms", "9ms"] } }
clients  = { count = 6 }
workload = { kind = "poisson", rate = "1/s" }
"#;

/// A folder with a scenario, and the reports that these commands write: where, and with what.
fn with(runs: &[(&str, &[&str])]) -> tempfile::TempDir {
    let folder = folder_with(&[("small.toml", SMALL)]);
    for (name, more) in runs {
        let arguments = [&["run", "small.toml", "--quiet", "--out", name], *more].concat();
        ends(&penult(folder.path(), &arguments), 0);
    }
    folder
}

const SLOWER: [&str; 2] = ["--set", "clients.access.latency=30ms"];

#[test]
fn equal_runs_have_no_difference() {
    let folder = with(&[("a", &[]), ("b", &[])]);
    let output = penult(folder.path(), &["diff", "a", "b/summary.json"]);
    ends(&output, 0);
    assert!(out(&output).ends_with("numbers compared: none moved\n"), "{}", out(&output));
}

#[test]
fn one_seed_twice_leaves_nothing_to_chance() {
    let folder = with(&[("a", &[]), ("b", &SLOWER), ("c", &["--seed", "2"])]);
    let output = penult(folder.path(), &["diff", "a", "b"]);
    ends(&output, 1);
    let text = out(&output);
    assert!(text.starts_with("Small, chain, seed 1\n"), "{text}");
    let line = text.lines().find(|line| line.contains(" latency.mean ")).expect("it moved");
    assert!(line.trim_start().starts_with("worse ") && line.contains(" +"), "{line}");
    // Backwards it is good news, and what is allowed to move may.
    let output = penult(folder.path(), &["diff", "b", "a"]);
    let text = out(&output);
    let line = text.lines().find(|line| line.contains(" latency.mean ")).expect("it moved");
    assert!(line.trim_start().starts_with("better ") && line.contains(" -"), "{line}");
    let output = penult(folder.path(), &["diff", "a", "b", "--tolerance", "100%"]);
    ends(&output, 0);
    assert!(out(&output).contains("tolerated"), "{}", out(&output));
    // One run of each of two seeds can't tell chance from change.
    let output = penult(folder.path(), &["diff", "a", "c"]);
    ends(&output, 4);
    assert!(out(&output).contains("seed 1 → seed 2"), "{}", out(&output));
    assert!(out(&output).contains("too few runs can tell"), "{}", out(&output));
}

#[test]
fn replications_are_compared_in_pairs_or_by_their_means() {
    let folder = with(&[
        ("a", &["--replications", "8"]),
        ("b", &[&SLOWER[..], &["--replications", "8"]].concat()),
        ("c", &["--replications", "8", "--seed", "101"]),
    ]);
    let output = penult(folder.path(), &["diff", "a", "b", "--json"]);
    ends(&output, 1);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    let compared = &value["compared"][0];
    assert_eq!(
        (compared["paired"].as_bool(), compared["fingerprints_changed"].as_u64()),
        (Some(true), Some(8))
    );
    let moved = compared["moved"].as_array().expect("a list");
    let fastest = moved.iter().find(|moved| moved["path"] == "latency.min").expect("it moved");
    // Twice 10 ms on the way, in every world, to the rounding.
    assert!((fastest["difference"].as_f64().unwrap() - 20.0).abs() < 1e-6, "{fastest}");
    assert_eq!(fastest["beyond"].as_bool(), Some(true));
    let (low, high) = (&fastest["interval"][0], &fastest["interval"][1]);
    assert!(low.as_f64().unwrap() <= 20.000_001 && high.as_f64().unwrap() >= 19.999_999);
    // Other seeds of the same: what moved is noise, or all but.
    let output = penult(folder.path(), &["diff", "a", "c", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    let compared = &value["compared"][0];
    assert_eq!(compared["paired"].as_bool(), Some(false));
    let moved = compared["moved"].as_array().expect("a list");
    let noise = moved.iter().filter(|moved| moved["verdict"] == "noise").count();
    assert!(noise > 10 && noise * 10 >= moved.len() * 8, "{noise} of {}", moved.len());
    let output = penult(folder.path(), &["diff", "a", "c"]);
    assert!(out(&output).contains("8 seeds against 8 others"), "{}", out(&output));
    assert!(out(&output).contains("one in twenty"), "{}", out(&output));
}

#[test]
fn seeds_that_one_side_lacks_are_told_also_if_nothing_moved() {
    let folder = with(&[("a", &[]), ("b", &["--replications", "3"])]);
    let output = penult(folder.path(), &["diff", "a", "b"]);
    ends(&output, 0);
    let text = out(&output);
    assert!(
        text.starts_with("Small, chain, 1 seed that both have (of 1 and 3), in pairs\n"),
        "{text}"
    );
    assert!(text.ends_with("numbers compared: none moved\n"), "{text}");
}

#[test]
fn folders_of_reports_are_compared_one_by_one() {
    let folder = with(&[
        ("a/one", &[]),
        ("a/deep/two", &[]),
        ("a/three", &[]),
        ("b/one", &[]),
        ("b/deep/two", &SLOWER),
        ("b/four", &[]),
    ]);
    let output = penult(folder.path(), &["diff", "a", "b"]);
    ends(&output, 1);
    let text = out(&output);
    assert!(text.starts_with("deep/two: Small, chain, seed 1\n"), "{text}");
    assert!(text.contains("three: only before\nfour: only after\n"), "{text}");
    assert!(!text.contains("one: "), "{text}");
}

#[test]
fn another_strategy_is_said() {
    let folder = with(&[("a", &[]), ("b", &["--strategy", "single"])]);
    let output = penult(folder.path(), &["diff", "a", "b"]);
    assert!(out(&output).starts_with("Small, chain → single, seed 1\n"), "{}", out(&output));
}

#[test]
fn what_is_no_report_is_wrong_input() {
    let folder = with(&[("a", &[])]);
    fs::create_dir(folder.path().join("empty")).expect("it can be made");
    fs::write(folder.path().join("x.json"), "{\"a\": 1}").expect("it can be written");
    let wrong: [(&[&str], &str); 6] = [
        (&["a", "none"], "none:"),
        (&["a", "empty"], "there is no summary.json below it"),
        (&["x.json", "a"], "this is no summary of a run"),
        (&["small.toml", "a"], "small.toml:"),
        (&["a", "a", "--tolerance", "much"], "it is a share"),
        (&["a", "a", "--tolerance", "5"], "did you mean 5%?"),
    ];
    for (arguments, what) in wrong {
        let output = penult(folder.path(), &[&["diff"], arguments].concat());
        ends(&output, 2);
        let said = String::from_utf8(output.stderr.clone()).expect("words");
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[test]
fn what_a_run_cost_stands_in_no_other_file() {
    let folder = with(&[("a", &[]), ("b", &["--timing"])]);
    let timing = |name: &str| folder.path().join(name).join("timing.json");
    assert!(!timing("a").exists());
    let text = fs::read_to_string(timing("b")).expect("it is there");
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert!(value["wall_s"].as_f64().expect("a number") > 0.0);
    ends(&penult(folder.path(), &["diff", "a", "b"]), 0);
    for entry in fs::read_dir(folder.path().join("a")).expect("it is there") {
        let name = entry.expect("it can be listed").file_name();
        let read = |run: &str| fs::read(folder.path().join(run).join(&name)).expect("it is there");
        assert_eq!(read("a"), read("b"), "{name:?}");
    }
    // A report without it leaves no other run's beside it.
    ends(&penult(folder.path(), &["run", "small.toml", "--quiet", "--out", "b"]), 0);
    assert!(!timing("b").exists());
    // Loud, it is said on standard error, and nowhere else.
    let output = penult(folder.path(), &["run", "small.toml", "--out", "b"]);
    let said = String::from_utf8(output.stderr.clone()).expect("words");
    assert!(said.contains(" events/s\n"), "{said}");
    assert!(!out(&output).contains("events/s"), "{}", out(&output));
}
