//! On one seed every strategy, and the chain at every length, meets the same messages at the same instants
//! and the same faults: in the report, to the byte. What a strategy lacks fails nowhere else, and moves nobody's.

use std::path::Path;

use crate::common::command;

/// Everything that draws: sizes, recipients, attachments, devices that go away, crash processes of each node
/// and of several together, a trace. Faults end before the users stop sending: until then each run goes on,
/// however early it is quiet.
const WORLD: &str = r#"
title    = "Same worlds"
seed     = 11
duration = "2min"
drain    = "5min"
gateways = { count = 6, latency = { exponential = "2ms" }, loss = "1%" }

[workload]
kind       = "poisson"
rate       = "0.3/s"
recipients = { uniform = [1, 4] }

[clients]
count   = 30
access  = { latency = { uniform = ["5ms", "30ms"] } }
offline = { every = "40s", lasts = "5s" }

[workload.size]
lognormal = { median = "1KiB", p99 = "64KiB" }

[workload.attachment]
size  = { exponential = "100KB" }
share = "20%"

[[fault]]
crash = "gateways"
mtbf  = "40s"
mttr  = "2s"
until = "90s"

[[fault]]
crash    = "gateways"
mtbf     = "30s"
mttr     = { uniform = ["1s", "3s"] }
together = 2
until    = "90s"

[[fault]]
offline = "clients"
mtbf    = "60s"
mttr    = "2s"
until   = "90s"

[[fault]]
link  = ["g0", "g1"]
mtbf  = "20s"
mttr  = "1s"
until = "90s"

[[fault]]
file = "failures.csv"

[[fault]]
slow    = "g2"
latency = 4
at      = "20s"
for     = "10s"

[chain]
failback = "stay"
"#;

const FAILURES: &str = "node,down_s,up_s\ng3,10,12.5\ng4,30,31\n";

/// What the users did, and what broke, in a run with these changes.
struct World {
    messages: Vec<String>,
    faults: Vec<u8>,
    fingerprint: String,
}

fn world(folder: &Path, name: &str, changes: &[&str]) -> World {
    let arguments = ["run", "world.toml", "--deliveries", "--quiet", "--out", name];
    let mut command = command(folder, &arguments);
    let output = command.args(changes).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |file: &str| std::fs::read_to_string(folder.join(name).join(file)).expect("there");
    World {
        // In the order in which they ended, which is the strategy's.
        messages: columns(
            &read("deliveries.csv"),
            &["message", "sender", "recipient", "bytes", "created_s"],
        ),
        // The name of the strategy stands in each row.
        faults: cut(&read("faults.csv"), "strategy").into_bytes(),
        fingerprint: columns(&read("summary.csv"), &["fingerprint"]).concat(),
    }
}

/// These columns of a table without quotes, sorted.
fn columns(table: &str, wanted: &[&str]) -> Vec<String> {
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let place = |name: &&str| header.iter().position(|it| it == name).expect("such a column");
    let places: Vec<usize> = wanted.iter().map(place).collect();
    let cells = |line: Vec<&str>| places.iter().map(|&at| line[at]).collect::<Vec<_>>().join(",");
    let mut rows: Vec<String> = lines.map(cells).collect();
    rows.sort_unstable();
    rows
}

/// A table without one of its columns.
fn cut(table: &str, column: &str) -> String {
    let lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let lines: Vec<Vec<&str>> = lines.collect();
    let place = lines[0].iter().position(|it| *it == column).expect("such a column");
    let without = |line: &Vec<&str>| {
        let cells = line.iter().enumerate().filter(|(at, _)| *at != place);
        cells.map(|(_, cell)| *cell).collect::<Vec<_>>().join(",")
    };
    lines.iter().map(without).collect::<Vec<_>>().join("\n")
}

#[test]
fn strategies_and_lengths_meet_the_same_messages_and_faults() {
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::write(folder.path().join("world.toml"), WORLD).expect("it can be written");
    std::fs::write(folder.path().join("failures.csv"), FAILURES).expect("it can be written");
    let chain = world(folder.path(), "chain", &[]);
    assert!(chain.messages.len() > 1_000, "{} deliveries", chain.messages.len());
    let kinds = |kind: &str| {
        let faults = String::from_utf8_lossy(&chain.faults).into_owned();
        faults.lines().filter(|line| line.contains(kind)).count()
    };
    for (kind, least) in [("crash", 15), ("offline", 20), ("link", 3), ("slow", 1)] {
        assert!(kinds(kind) >= least, "{} of {kind}", kinds(kind));
    }
    for (name, changes) in [
        ("single", vec!["--strategy", "single"]),
        ("short", vec!["--set", "chain.length=2"]),
        ("long", vec!["--set", "chain.length=5", "--set", "chain.accept_after=3"]),
        ("asking", vec!["--set", "directory.cache=false"]),
    ] {
        let other = world(folder.path(), name, &changes);
        assert_ne!(other.fingerprint, chain.fingerprint, "{name} is another run");
        assert_eq!(other.messages, chain.messages, "{name}");
        assert!(other.faults == chain.faults, "{name} has other faults");
    }
    // The comparison can fail.
    let seed = world(folder.path(), "seed", &["--seed", "12"]);
    assert!(seed.messages != chain.messages && seed.faults != chain.faults);
}

/// A world with a store where a `hold` ends within the run, a directory under `chain`, and a processor with
/// central acks.
const SERVICES: &str = r#"
title    = "Services"
seed     = 5
duration = "2min"
drain    = "20s"
gateways = { count = 4 }
clients  = { count = 8, offline = { every = "5s", lasts = "8s" } }
workload = { kind = "poisson", rate = "0.5/s" }
chain    = { acks = "central" }

[[fault]]
mttr  = "1s"
until = "110s"
"#;

/// Faults on services, each in a world of its own, so that none finds a node dead that another took; and whose
/// instants are to be looked at: those of each node, or of all together.
const ON_SERVICES: [(&str, &[&str]); 8] = [
    ("crash = \"services\"\nmtbf = \"10s\"", &["directory", "processor", "store"]),
    ("crash = [\"store\", \"processor\"]\nmtbf = \"10s\"", &["processor", "store"]),
    ("crash = [\"directory\", \"g3\", \"store\"]\nmtbf = \"10s\"\ntogether = 1", &[""]),
    ("partition = [[\"g0\", \"store\"], [\"g1\", \"processor\"]]\nmtbf = \"10s\"", &[""]),
    ("link = [\"g2\", \"store\"]\nmtbf = \"10s\"", &["g2-store"]),
    ("link = [\"directory\", \"store\"]\nmtbf = \"10s\"", &["directory-store"]),
    ("crash = \"access\"\nmtbf = \"10s\"", &["access"]),
    ("crash = [\"access\", \"store\"]\nmtbf = \"10s\"\ntogether = 1", &[""]),
];

/// The instants at which the fault of a run strikes, of what is called so.
fn instants(folder: &Path, name: &str, what: &str) -> Vec<String> {
    let table = std::fs::read_to_string(folder.join(name).join("faults.csv")).expect("there");
    let rows = columns(&table, &["down_s", "what"]).into_iter();
    let of_it = rows.filter_map(|row| {
        let (instant, whom) = row.split_once(',')?;
        (what.is_empty() || whom == what).then(|| instant.to_owned())
    });
    of_it.collect()
}

#[test]
fn a_service_fails_at_the_same_instants_whatever_else_there_is() {
    let folder = tempfile::tempdir().expect("there is room");
    for (fault, all) in ON_SERVICES {
        let text = format!("{SERVICES}{fault}\n");
        std::fs::write(folder.path().join("world.toml"), text).expect("it can be written");
        world(folder.path(), "all", &["--set", "chain.hold=2s"]);
        let wanted = |what: &&str| instants(folder.path(), "all", what);
        let wanted: Vec<Vec<String>> = all.iter().map(wanted).collect();
        assert!(wanted.iter().all(|instants| instants.len() > 1), "{fault}: {wanted:?}");
        let single = ["--strategy", "single"];
        for (name, changes, missing) in [
            ("bare", &single[..], &["store", "processor", "directory"][..]),
            (
                "single",
                &[single[0], single[1], "--set", "single.hold=2s"],
                &["processor", "directory"],
            ),
            ("memory", &[], &["store"]),
            ("at-once", &["--set", "chain.spill=at-once"], &[]),
            ("split", &["--set", "chain.hold=2s", "--set", "chain.queues=split"], &[]),
            ("both", &["--set", "chain.hold=2s", "--set", "chain.acks=both"], &[]),
            ("more", &["--set", "chain.hold=2s", "--set", "gateways.count=9"], &[]),
        ] {
            world(folder.path(), name, changes);
            for (what, wanted) in all.iter().zip(&wanted) {
                let is_there = !missing.iter().any(|service| what.contains(service));
                let wanted = if is_there { wanted.as_slice() } else { &[] };
                assert_eq!(
                    instants(folder.path(), name, what),
                    wanted,
                    "{fault}: {what} in {name}"
                );
            }
        }
    }
}
