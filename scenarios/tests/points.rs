//! `[sweep]`, looked at closely: every value is tried in the whole scenario.

use std::cell::Cell;

use crate::common::PLAIN;
use penult_scenarios::{Care, Complaints, Condition, InMemory, Overrides, read_with};

/// What is wrong with a scenario that has this sweep, and this before it.
fn wrong(before: &str, sweep: &str) -> Complaints {
    let text = format!("{PLAIN}{before}\n[sweep]\n{sweep}");
    let care = Care { points: true, ..Care::default() };
    let read = read_with("s.toml", text.as_bytes(), &Overrides::none(), &InMemory::default(), care);
    read.err().unwrap_or_default()
}

#[test]
fn values_that_do_not_fit_the_scenario_are_found() {
    let shown: Vec<String> = [
        ("", "\"chain.length\" = [1, 9, 2, 8]\n"),
        ("[[fault]]\nat = \"1s\"\ncrash = \"g4\"\n", "\"gateways.count\" = [5, 4]\n"),
        ("", "\"gateways.count\" = [4, 9]\n\"chain.length\" = [3, 5]\n"),
        ("", "\"chain.length\" = { from = 1, to = 9, steps = 9 }\n"),
        ("", "\"clients.count\" = [10, 1]\nduration = [\"1s\", \"0s\"]\n"),
        ("[chain]\nlenght = 2", "\"clients.count\" = [10, 1]\n"),
    ]
    .iter()
    .map(|(before, sweep)| wrong(before, sweep).to_string())
    .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn one_value_that_fails_beside_all_others_is_said_once() {
    // With the first length nothing works; the others are tried beside the second.
    let sweep = "\"chain.length\" = [9, 2, 7]\n\"gateways.count\" = [5, 1, 6]\n";
    let complaints = wrong("", sweep);
    assert_eq!(complaints.errors(), 3, "{complaints}");
    // No length works: nothing can be said of the others.
    let sweep = "\"chain.length\" = [9, 7]\n\"gateways.count\" = [5, 1]\n";
    let complaints = wrong("", sweep);
    assert_eq!(complaints.errors(), 2, "{complaints}");
}

#[test]
fn what_goes_together_is_tried_together() {
    let sweep = "\"gateways.count\" = [2, 9]\n\"chain.length\" = [2, 9]\n";
    let together = format!("{sweep}zip = [[\"gateways.count\", \"chain.length\"]]\n");
    assert_eq!(wrong("", &together).errors(), 0);
    assert_eq!(wrong("", sweep).errors(), 1);
}

#[test]
fn many_points_take_no_longer_than_their_values() {
    let hundred = |key: &str| {
        let values: Vec<String> = (1..=100).map(|it| format!("\"{it}ms\"")).collect();
        format!("\"{key}\" = [{}]\n", values.join(", "))
    };
    // A million points. Whenever the scenario is looked at, so is what it expects.
    let sweep = ["gateways.latency", "chain.ack_timeout", "directory.latency"].map(hundred);
    let text = format!("{PLAIN}[expect]\n\"deliveries.lost\" = 0\n[sweep]\n{}", sweep.concat());
    let looks = Cell::new(0);
    let judge = |_: &Condition| {
        looks.set(looks.get() + 1);
        None
    };
    let care = Care { judge: &judge, points: true, base: true };
    let read = read_with("s.toml", text.as_bytes(), &Overrides::none(), &InMemory::default(), care);
    assert!(read.is_ok());
    // The scenario with the sweep and without it, the first point, and 99 other values of each key.
    assert_eq!(looks.get(), 2 + 1 + 3 * 99);
}
