//! `penult size`, from outside: what it recommends, and how it ends.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{command, ends, out, said, with_threads};

/// The two gateways that hold c0's mail in a chain of one or two crash while it is away; a third keeps it.
const CRASH: &str = r#"
title    = "Crash"
duration = "20s"
drain    = "30s"
gateways = { count = 4 }
clients  = { count = 12 }
workload = { kind = "list" }

[[message]]
at   = "1500ms"
from = "c1"
to   = ["c0"]
size = "1KiB"

[[message]]
at   = "1500ms"
from = "c2"
to   = ["c3"]
size = "1KiB"

[[fault]]
at      = "1s"
offline = "c0"
for     = "3s"

[[fault]]
at    = "2s"
crash = ["g0", "g1"]
disk  = "lost"
"#;

fn size(folder: &Path, text: &str, arguments: &[&str]) -> Output {
    fs::write(folder.join("c.toml"), text).expect("it can be written");
    command(folder, &["size", "c.toml"]).args(arguments).output().expect("it runs")
}

/// The cells of a column of size.csv.
fn column(folder: &Path, name: &str) -> Vec<String> {
    let table = fs::read_to_string(folder.join("out/c-size/size.csv")).expect("it is there");
    let mut lines = table.lines().map(|line| line.split(','));
    let at = lines.next().expect("it has a header").position(|it| it == name).expect(name);
    lines.map(|mut cells| cells.nth(at).expect("it has all cells").to_owned()).collect()
}

#[test]
fn the_smallest_chain_that_meets_both() {
    let folder = tempfile::tempdir().expect("there is room");
    let slo = ["--slo", "accepted_lost == 0", "--slo", "latency.p99 <= 10s"];
    let output = size(folder.path(), CRASH, &[&["--chain", "1..3"][..], &slo].concat());
    ends(&output, 0);
    let told = out(&output);
    assert!(told.contains("recommended: chain.length = 3, the smallest that meets"), "{told}");
    assert!(
        told.contains(
            "chain.length = 2 does not; deliveries.accepted_lost == 0 was broken in 3 of 3 runs"
        ),
        "{told}"
    );
    assert_eq!(column(folder.path(), "verdict"), ["fails", "fails", "meets"]);
    // With a confidence of 1 − 0.05 / 3 for each: three that fail settle it (5/16 · 10³ > 60; two don't:
    // 3/8 · 10² < 60), and those that meet it all are as many as (Γ(n + ½) / (√π · n!)) / 0.9ⁿ > 60 takes.
    assert_eq!(column(folder.path(), "runs"), ["3", "3", "65"]);
    let svg = fs::read_to_string(folder.path().join("out/c-size/size.svg")).unwrap();
    assert!(svg.contains("cost.transmissions_per_delivery") && svg.contains("chain.length"));
    // The same on one core: what ran beside does not count.
    let before = fs::read(folder.path().join("out/c-size/size.csv")).unwrap();
    let arguments = ["size", "c.toml", "--vary", "chain.length=1,2,3", "--out", "one"];
    let arguments = [&arguments[..], &slo].concat();
    ends(&with_threads(folder.path(), &arguments, 1), 0);
    assert!(fs::read(folder.path().join("one/size.csv")).unwrap() == before);
}

#[test]
fn objectives_are_told_as_they_were_typed() {
    let folder = tempfile::tempdir().expect("there is room");
    let slo = ["--slo", "loss_rate <= 0.20%", "--slo", "cost.bytes <= 0.001MB"];
    let output = size(folder.path(), CRASH, &[&["--chain", "3..3"][..], &slo].concat());
    ends(&output, 1);
    let all = "deliveries.loss_rate <= 0.20% and cost.bytes <= 0.001MB";
    assert!(out(&output).contains(all), "{}", out(&output));
}

#[test]
fn nothing_meets_it_or_it_cannot_be_told() {
    let folder = tempfile::tempdir().expect("there is room");
    let asked = ["--chain", "3..4", "--slo"];
    // Nothing is faster than its links.
    let output = size(folder.path(), CRASH, &[&asked[..], &["latency.p50 <= 1us"]].concat());
    ends(&output, 1);
    assert!(out(&output).contains("no value of chain.length meets"), "{}", out(&output));
    let few = ["accepted_lost == 0", "--budget", "5"];
    let output = size(folder.path(), CRASH, &[&asked[..], &few].concat());
    ends(&output, 4);
    assert!(out(&output).contains("raise --budget"), "{}", out(&output));
    assert_eq!(column(folder.path(), "runs"), ["5", "5"]);
    // No message counts.
    let silent = CRASH.replace("drain ", "warmup   = \"10s\"\ndrain ");
    let output = size(folder.path(), &silent, &[&asked[..], &["latency.p99 <= 1s"]].concat());
    ends(&output, 4);
    assert!(out(&output).contains("has no sample"), "{}", out(&output));
}

#[test]
fn wrong_input_runs_nothing() {
    let folder = tempfile::tempdir().expect("there is room");
    for arguments in [
        ["--chain", "1..3", "--slo", "p50 <= 1ms"],
        ["--chain", "1..3", "--slo", "latency.p98 <= 1ms"],
        ["--chain", "3..1", "--slo", "accepted_lost == 0"],
        ["--chain", "1..9", "--slo", "accepted_lost == 0"],
        ["--vary", "chain.lenght=1..2", "--slo", "accepted_lost == 0"],
    ] {
        ends(&size(folder.path(), CRASH, &arguments), 2);
    }
    ends(&size(folder.path(), CRASH, &["--chain", "1..3"]), 2);
    let output = size(folder.path(), CRASH, &["--slo", "accepted_lost == 0"]);
    ends(&output, 2);
    let either = "--chain <FROM..TO>|--spaces <FROM..TO>|--vary <KEY=VALUES>";
    assert!(said(&output).contains(either), "{}", said(&output));
    // Every share is below 5.
    let meant =
        "error: --slo \"loss_rate <= 5\": a share is from 0 to 1: did you mean \"<= 5%\"?\n";
    let slo = ["--chain", "1..3", "--slo", "loss_rate <= 5"];
    assert_eq!(said(&size(folder.path(), CRASH, &slo)), meant);
    for (option, meant) in [("--share", "90"), ("--confidence", "99")] {
        let asked = ["--chain", "1..3", "--slo", "accepted_lost == 0", option, meant];
        let output = size(folder.path(), CRASH, &asked);
        ends(&output, 2);
        let meant = format!("it lies between 0 and 1: did you mean {meant}%?");
        assert!(said(&output).contains(&meant), "{}", said(&output));
    }
    let wrong = ["--slo", "latency.p98 <= 1s", "--slo", "lots == 0", "--set", "chain.lenght=2"];
    let output = size(folder.path(), CRASH, &[&["--chain", "1..3"], &wrong[..]].concat());
    ends(&output, 2);
    for what in ["latency.p98 <= 1s", "lots == 0", "did you mean `length`"] {
        assert!(said(&output).contains(what), "{what}: {}", said(&output));
    }
    let slo = ["--slo", "accepted_lost == 0"];
    for varied in [["--vary", "chain.lenght=1..3"], ["--chain", "1..9"]] {
        let output = size(folder.path(), CRASH, &[&varied[..], &slo].concat());
        ends(&output, 2);
        let typed = format!("\n1 | {}\n", varied.join(" "));
        assert!(said(&output).contains(&typed), "{}", said(&output));
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn every_value_that_fails_is_told() {
    let folder = tempfile::tempdir().expect("there is room");
    for (varied, told) in [
        (["--chain", "3..6"], ["a chain of 5 gateways", "a chain of 6 gateways"]),
        (["--vary", "gateways.latency=1s,soon,late"], ["is \"soon\"", "is \"late\""]),
        (["--vary", "chain.length=,2"], ["has a value that is empty", "compares nothing"]),
    ] {
        let wrong = ["--slo", "not an objective", "--set", "clients.count=0"];
        let output = size(folder.path(), CRASH, &[&varied[..], &wrong].concat());
        ends(&output, 2);
        let said = said(&output);
        for what in told {
            assert_eq!(said.matches(what).count(), 1, "{what}: {said}");
        }
        // What has to do with no value comes once; without values nothing is read.
        let count = said.matches("`count` in [clients]").count();
        assert_eq!(count, usize::from(varied[1] != "chain.length=,2"), "{said}");
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn what_is_out_soon_is_run_as_often_as_asked() {
    let folder = tempfile::tempdir().expect("there is room");
    let asked = ["--chain", "1..2", "--slo", "accepted_lost == 0", "--at-least", "5"];
    ends(&size(folder.path(), CRASH, &asked), 1);
    // Three that fail settle it: 5/16 · 10³ > 2 / 0.05; two don't: 3/8 · 10² < 40.
    assert_eq!(column(folder.path(), "runs"), ["5", "5"]);
    assert_eq!(column(folder.path(), "verdict"), ["fails", "fails"]);
    ends(&size(folder.path(), CRASH, &asked[..4]), 1);
    assert!(column(folder.path(), "runs").iter().all(|runs| runs == "3"));
}

#[test]
fn a_step_is_told_over_the_seeds_that_both_ran() {
    let folder = tempfile::tempdir().expect("there is room");
    let slo = ["--slo", "accepted_lost == 0"];
    let output = size(folder.path(), CRASH, &[&["--chain", "1..3"][..], &slo].concat());
    // Two runs 3 seeds and three 65: beside each other they are 3. Each of them loses one of two less.
    let told = out(&output);
    let steps = told.lines().filter(|line| line.trim_start().starts_with("2 to 3"));
    let cells: Vec<Vec<&str>> = steps
        .map(|step| step.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect())
        .collect();
    assert_eq!(&cells[0][..3], ["2 to 3", "3", "-50 in each seed"], "{told}");
    // What finds no room beside the others stands below.
    let changes = cells.iter().flat_map(|cells| &cells[2..]);
    let intervals = changes.filter(|it| it.contains(" to ") || it.contains("in each"));
    assert_eq!(intervals.count(), 4, "{told}");
    assert!(!told.contains("-0.0"), "{told}");
    // One value has no step, and no gap where it would be.
    let output = size(folder.path(), CRASH, &[&["--chain", "3..3"][..], &slo].concat());
    let told = out(&output);
    assert!(!told.contains("\n\n\n") && !told.contains("change from"), "{told}");
}
