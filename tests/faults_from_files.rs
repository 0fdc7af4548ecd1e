//! Faults as scenario files say them: whom a partition leaves with whom, and when a fault strikes that waits
//! for an event. All instants are exact.

use std::path::Path;

use crate::common::command;

/// Two pairs of gateways that can't reach each other from 5 s to 20 s, and a message to each pair from the
/// other. No gateway can take a client over without the directory.
const PARTED: &str = r#"
title     = "Parted"
duration  = "60s"
gateways  = { count = 4, latency = "2ms" }
clients   = { count = 4, access = { latency = "20ms" }, keepalive = "1000s" }
directory = { latency = "1ms" }
workload  = { kind = "list" }
chain     = { length = 2, failback = "stay", processor = { latency = "3ms" } }

[[message]]
at   = "10s"
from = "c0"
to   = ["c2"]

[[message]]
at   = "10s"
from = "c3"
to   = ["c1"]

[[fault]]
at        = "5s"
for       = "15s"
partition = [["g0", "g1"], ["g2", "g3"]]
"#;

/// The home of c2 is dead from 5 s to 20 s and forgets everything; at 10 s its neighbour takes c2 over, with a
/// message for it. c2 is away.
const RETURNING: &str = r#"
title     = "Returning"
duration  = "60s"
gateways  = { count = 4, latency = "2ms" }
clients   = { count = 4, access = { latency = "20ms" }, keepalive = "1000s" }
directory = { latency = "1ms" }
workload  = { kind = "list" }

[chain]
resync = { bandwidth = "100kB/s" }

[[message]]
at   = "10s"
from = "c0"
to   = ["c2"]
size = "1kB"

[[fault]]
crash = "g2"
at    = "5s"
for   = "15s"
disk  = "lost"

[[fault]]
offline = "c2"
at      = "1s"
for     = "39s"

[[fault]]
crash = "g1"
when  = { event = "resync-started", node = "g2" }
for   = "1s"

[[fault]]
crash = "g2"
when  = { event = "resync-finished" }
for   = "1s"
"#;

/// A table of a run of this scenario.
fn table(folder: &Path, scenario: &str, sets: &[&str], table: &str) -> Vec<Vec<String>> {
    let file = folder.join("scenario.toml");
    std::fs::write(&file, scenario).expect("it can be written");
    let mut command = command(folder, &["run", "scenario.toml", "--deliveries", "--quiet"]);
    command.args(["--out", "out"]).args(sets.iter().flat_map(|set| ["--set", set]));
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.join("out").join(table)).expect("it is there");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// One column of it.
fn column(table: &[Vec<String>], name: &str) -> Vec<String> {
    let place = table[0].iter().position(|it| it == name).expect("such a column");
    table[1..].iter().map(|row| row[place].clone()).collect()
}

/// How long the two messages took, in milliseconds: the first is for the second pair, the second for the
/// first.
fn latencies(sets: &[&str]) -> [String; 2] {
    let folder = tempfile::tempdir().expect("there is room");
    let mut rows = table(folder.path(), PARTED, sets, "deliveries.csv");
    rows[1..].sort_unstable();
    let latencies = column(&rows, "latency_ms");
    latencies.try_into().expect("two messages")
}

/// Two attempts of 200 ms, the directory's answer, and twice the way of a device.
const AT_ONCE: &str = "442";
/// The directory is asked 420 ms after the sending in vain, and 0.2, 0.6, 1.4, 3, 6.2 and 12.6 s later.
const AFTER: &str = "13042";

#[test]
fn services_that_are_not_named_stay_with_the_first_group() {
    assert_eq!(latencies(&[]), [AT_ONCE, AFTER]);
    let other_way_round = r#"fault.0.partition=[["g2", "g3"], ["g0", "g1"]]"#;
    assert_eq!(latencies(&[other_way_round]), [AFTER, AT_ONCE]);
    // Gateways, too.
    let one_named = r#"fault.0.partition=[["g2"], ["g0", "g1"]]"#;
    assert_eq!(latencies(&[one_named]), [AFTER, AT_ONCE]);
    // Where they are named they are.
    let named = r#"fault.0.partition=[["g0", "g1"], ["g2", "g3", "directory"]]"#;
    assert_eq!(latencies(&[named]), [AFTER, AT_ONCE]);
}

#[test]
fn the_central_processor_stays_with_the_directory() {
    let central = "chain.acks=central";
    // Twice the way to it more. Without it nothing is detected: the message waits for the partition's end.
    let [first, second] = latencies(&[central]);
    assert_eq!(first, "448");
    let waited: f64 = second.parse().expect("a number");
    assert!(waited > 10_000.0, "{waited} ms");
    let named = r#"fault.0.partition=[["g0", "g1"], ["g2", "g3", "processor"]]"#;
    let [first, _] = latencies(&[central, named]);
    let waited: f64 = first.parse().expect("a number");
    assert!(waited > 10_000.0, "{waited} ms");
}

#[test]
fn a_fault_strikes_when_synchronising_begins_and_when_it_ends() {
    let folder = tempfile::tempdir().expect("there is room");
    let rows = table(folder.path(), RETURNING, &[], "faults.csv");
    let struck: Vec<String> = column(&rows, "what")
        .into_iter()
        .zip(column(&rows, "down_s"))
        .map(|(what, down)| format!("{what} {down}"))
        .collect();
    // The directory's answer, the host's, and a kilobyte at that pace.
    let expected = ["c2 1", "g2 5", "g1 20", "g2 20.016"];
    assert_eq!(struck, expected);
    // Nothing is lost by it: the neighbour has the message until c2 is back.
    let rows = table(folder.path(), RETURNING, &[], "deliveries.csv");
    assert_eq!(column(&rows, "fate"), ["delivered"]);
}
