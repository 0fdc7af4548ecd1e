//! The numbers of `spaces`: what stands under its name in `summary.json`, in its table and in `timeline.csv`.

use std::fs;

use serde_json::Value;

use crate::common::{folder_with, penult};

/// Four gateways and a client at each; 20 ms to a gateway, 1 ms from there to a space server. c0 writes to c1 and c2.
const WORLD: &str = r#"
title = "numbers"
duration = "60s"
strategy = "spaces"
gateways = { count = 4, latency = "2ms" }
clients = { count = 4, access = { latency = "20ms" } }
workload = { kind = "list" }
[[message]]
at = "10s"
from = "c0"
to = ["c1", "c2"]
"#;

const NO_HEARTBEATS: &str = "heartbeat = { every = \"1h\", misses = 3 }";

/// What a run told.
struct Told {
    summary: Value,
    outages: String,
    timeline: String,
}

/// A run with these keys of the strategy and more tables.
fn told(keys: &str, more: &str) -> Told {
    let heartbeat = if keys.contains("heartbeat") { "" } else { NO_HEARTBEATS };
    let text = format!("{WORLD}{more}\n[spaces]\n{heartbeat}\n{keys}\n");
    let folder = folder_with(&[("numbers.toml", &text)]);
    let output = penult(folder.path(), &["run", "numbers.toml", "--quiet"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join("out/numbers").join(name));
    let summary = read("summary.json").expect("there is a summary");
    Told {
        summary: serde_json::from_str(&summary).expect("it is JSON"),
        outages: read("outages.csv").expect("there is a table of outages"),
        timeline: read("timeline.csv").expect("there is a timeline"),
    }
}

impl Told {
    fn number(&self, path: &str) -> f64 {
        let parts = path.split('.');
        let value = parts.fold(&self.summary["spaces"], |value, part| &value[part]);
        value.as_f64().unwrap_or_else(|| panic!("spaces.{path} is {value}"))
    }

    fn are(&self, numbers: &[(&str, f64)]) {
        let found: Vec<_> = numbers.iter().map(|&(path, _)| (path, self.number(path))).collect();
        assert_eq!(found, numbers);
    }
}

#[test]
fn packets_are_counted() {
    told("", "").are(&[
        ("count", 1.0),
        // Of three members at three servers, by three gateways.
        ("subscriptions.peak", 9.0),
        ("connections.peak", 9.0),
        ("publications", 3.0),
        ("publications_stopped", 0.0),
        // Three servers push to two gateways, of which each passes the first on.
        ("pushes", 6.0),
        ("pushes_stopped", 4.0),
        // Each offers it to both others: nobody told them.
        ("offers", 6.0),
        ("copies", 0.0),
        ("fetched", 0.0),
        ("elections", 0.0),
        ("moves", 0.0),
        ("degraded_users.peak", 0.0),
    ]);
    // The nearest forwards it to the two others, which offer it to each other.
    told("publish = \"nearest\"\nsubscribe = \"nearest\"", "").are(&[
        ("subscriptions.peak", 3.0),
        ("connections.peak", 3.0),
        ("publications", 1.0),
        ("copies", 2.0),
        ("offers", 2.0),
        ("pushes", 2.0),
        ("pushes_stopped", 0.0),
    ]);
}

/// The sender's gateway dies between publishing and hearing of it: the next publishes again.
#[test]
fn what_comes_again_is_stopped() {
    let crash = "[[fault]]\ncrash = \"g0\"\nat = \"10.0215s\"\n";
    told("", crash).are(&[("publications", 6.0), ("publications_stopped", 3.0)]);
}

/// c1's host is dead when the message comes: another fetches it, from each of the three.
#[test]
fn what_is_fetched_is_counted() {
    let crash = "[[fault]]\ncrash = \"g1\"\nat = \"9s\"\n";
    told("", crash).are(&[("fetched", 3.0)]);
}

#[test]
fn outages_are_counted_and_listed() {
    let second = "[[message]]\nat = \"50s\"\nfrom = \"c0\"\nto = [\"c3\"]\n";
    let fault =
        |who: &str| format!("{second}[[fault]]\ncrash = {who}\nat = \"20s\"\nfor = \"5s\"\n");
    let one = told("", &fault("\"s1\""));
    one.are(&[
        ("count", 2.0),
        ("degraded_users.peak", 4.0),
        ("dark_users.peak", 0.0),
        ("dark_user_s", 0.0),
    ]);
    assert!(one.outages.ends_with("\nnumbers,spaces,1,s1,20,25,2,4,0,0\n"), "{}", one.outages);
    let all = told("", &fault("[\"s0\", \"s1\", \"s2\"]"));
    all.are(&[("degraded_users.peak", 4.0), ("dark_users.peak", 4.0), ("dark_user_s", 20.0)]);
    // With the third the last server of both spaces is gone.
    assert!(all.outages.ends_with("\nnumbers,spaces,1,s2,20,25,2,4,2,4\n"), "{}", all.outages);
    let columns = all.timeline.lines().next().expect("there is a head");
    assert!(columns.ends_with(",degraded_users,dark_users"), "{columns}");
    let at = |second: &str| {
        let row = all.timeline.lines().find(|row| row.contains(&format!(",1,{second},")));
        row.expect("there is such a second").to_owned()
    };
    assert!(at("22").ends_with(",4,4") && at("30").ends_with(",0,0"), "{}", at("22"));
    // A cluster's outage touches its spaces alone.
    let clusters = "servers = 6\nclusters = 2\ncluster_by = \"members\"\noverlap = 1.0";
    let part = told(clusters, &fault("[\"s0\", \"s1\", \"s2\"]"));
    part.are(&[("degraded_users.peak", 3.0), ("dark_users.peak", 3.0)]);
}

/// The lead is dead from 5 s on. When the message is stored, its peers find out: after T and twice T, then one waits for
/// a second and asks the other.
#[test]
fn a_space_without_a_lead_is_counted() {
    let of =
        |who: &str| told("lead = true", &format!("[[fault]]\ncrash = \"{who}\"\nat = \"5s\"\n"));
    let all = ["s0", "s1", "s2"].map(of);
    let led: Vec<&Told> = all.iter().filter(|it| it.number("elections") > 0.0).collect();
    assert_eq!(led.len(), 1, "one of them leads");
    let elected = 10.0 + 0.021 + 0.2 + 0.4 + 1.0 + 2.0 * 0.002;
    let leadless = led[0].number("leadless_s");
    assert!((leadless - (elected - 5.0)).abs() < 1e-9, "{leadless} s");
    led[0].are(&[("elections", 1.0), ("renumbered", 0.0)]);
    assert!(all.iter().filter(|it| it.number("leadless_s") == 0.0).count() == 2);
}

/// A lead that is cut off from its peers numbers a message, and so does who comes after it.
#[test]
fn what_is_numbered_twice_is_counted() {
    let cut = |one: &str, other: &str| {
        format!("[[fault]]\nlink = [\"{one}\", \"{other}\"]\nat = \"9s\"\nfor = \"20s\"\n")
    };
    let of = |off: &str, rest: [&str; 2]| {
        told("lead = true", &rest.map(|other| cut(off, other)).concat()).number("renumbered")
    };
    let all = [of("s0", ["s1", "s2"]), of("s1", ["s0", "s2"]), of("s2", ["s0", "s1"])];
    assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{all:?}: the lead's alone");
}

#[test]
fn moves_are_counted() {
    let moves = "[[move]]\nat = \"15s\"\nspace = \"c0+c1+c2\"\nto = 1\n";
    let keys = "servers = 6\nclusters = 2";
    // What the new servers get: each of the old ones offers it to each.
    let told = told(keys, moves);
    told.are(&[("moves", 1.0), ("count", 1.0)]);
    assert!(told.number("copies") >= 3.0);
}
