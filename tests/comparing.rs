//! `penult compare` from outside: where theory knows the answer, exit codes, files.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{folder_with, out, parquet_rows, with_threads};

/// c1 is away when c0 writes to it; its host crashes meanwhile. Of that mail `single` loses all, and a chain
/// that mirrors it nothing.
const AWAY: &str = r#"
title    = "Away"
duration = "60s"
gateways = { count = 3 }
clients  = { count = 3 }

[workload]
kind = "list"

[[message]]
at   = "10s"
from = "c0"
to   = ["c1"]

[[message]]
at   = "11s"
from = "c2"
to   = ["c1", "c0"]

[[message]]
at   = "40s"
from = "c0"
to   = ["c1"]

[[fault]]
offline = "c1"
at      = "5s"
for     = "25s"

[[fault]]
crash = "g1"
at    = "20s"
for   = "5s"
"#;

/// Nothing fails, and nothing queues.
const CALM: &str = r#"
title    = "Calm"
duration = "5s"
gateways = { count = 4 }
clients  = { count = 8 }
workload = { kind = "poisson", rate = "2/s" }
"#;

/// Gateways crash, and devices go away.
const ROUGH: &str = r#"
title    = "Rough"
duration = "20s"
gateways = { count = 4 }
clients  = { count = 8, offline = { every = "10s", lasts = "2s" } }
workload = { kind = "poisson", rate = "1/s" }

[[fault]]
crash = "gateways"
mtbf  = "10s"
mttr  = "1s"
until = "18s"
"#;

fn penult(folder: &Path, arguments: &[&str]) -> Output {
    with_threads(folder, arguments, 2)
}

fn with(scenario: &str) -> tempfile::TempDir {
    folder_with(&[("world.toml", scenario)])
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("words")
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    crate::common::ends(output, code);
    out(output)
}

/// Compares the strategies; gives what is printed.
#[track_caller]
fn compare(folder: &Path, strategies: &str, more: &[&str], code: i32) -> String {
    let arguments = [&["compare", "world.toml", "--strategies", strategies], more].concat();
    ends(&penult(folder, &arguments), code)
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("it is there")
}

/// The row of a table whose cells from the second on begin with these.
fn row(table: &str, begin: &str) -> Vec<String> {
    let found = table.lines().find(|line| line.split_once(',').unwrap().1.starts_with(begin));
    let found = found.unwrap_or_else(|| panic!("{begin}: {table}"));
    found.split(',').map(str::to_owned).collect()
}

#[test]
fn what_theory_knows_is_established() {
    let folder = with(AWAY);
    let told = compare(folder.path(), "single,chain", &[], 0);
    let out = folder.path().join("out/world-compare");
    // Two deliveries of four wait at g1 when it dies: 20 of 40 in ten seeds, p = 2 · 2⁻²⁰.
    let paired = read(&out, "paired.csv");
    let lost = row(&paired, "chain,single,lost");
    assert_eq!(lost[4..10], ["40", "0", "20", "0", "0", "20"]);
    assert_eq!(lost[11..13], ["10", "0"]);
    let p: f64 = lost[10].parse().expect("a number");
    assert!((p - 2.0 / 1_048_576.0).abs() < 1e-15, "{p}");
    let sentence = "chain loses less than single: 0 of 40 against 20 (McNemar: p < 0.001; less in 10 of 10 \
                    seeds, more in none, sign test: p = 0.00195).";
    assert!(told.contains(sentence), "{told}");
    let table = read(&out, "compare.csv");
    assert_eq!(
        row(&table, "deliveries.lost,chain,single")[5..13],
        ["0", "0", "0", "2", "10", "-2", "-2", "-2"]
    );
    // The reference has means, and no difference.
    let reference = row(&table, "deliveries.lost,single,,");
    assert_eq!(reference[4..8], ["10", "2", "2", "2"]);
    assert!(reference[8..].iter().all(String::is_empty), "{reference:?}");
}

#[test]
fn a_gateway_more_takes_a_link_more() {
    // 20 ms to the first gateway, 2 ms from each to the next, 20 ms to the device. In a full mesh the last
    // is the recipient's host: it is the next to the sender's where there is none between.
    let folder = with(CALM);
    let told = compare(folder.path(), "single,chain,chain:length=4", &[], 0);
    for sentence in [
        "latency.p50: chain has 2 ms more than single in every seed (44 ms against 42 ms).",
        "latency.p50: chain:length=4 has 4 ms more than single in every seed (46 ms against 42 ms).",
        "deliveries.lost: none of ",
    ] {
        assert!(told.contains(sentence), "{sentence}: {told}");
    }
    let table = read(&folder.path().join("out/world-compare"), "compare.csv");
    for (strategy, difference) in [("chain", "2"), ("\"chain:length=4\"", "4")] {
        let begin = format!("latency.p50,{},single", strategy.trim_matches('"'));
        let found = row(&table, &begin);
        assert_eq!(found[10..13], [difference; 3], "{strategy}");
        assert_eq!(found[17], "true");
    }
}

#[test]
fn each_run_is_the_run_that_its_command_makes() {
    let folder = with(ROUGH);
    compare(folder.path(), "single,chain:length=2", &["--replications", "6", "--seed", "3"], 0);
    let runs = read(&folder.path().join("out/world-compare"), "runs.csv");
    let lines: Vec<&str> = runs.lines().collect();
    assert_eq!(lines.len(), 13);
    for (line, seed, strategy, more) in
        [(2, "4", "single", "chain.length=3"), (8, "4", "chain", "chain.length=2")]
    {
        let arguments = [
            "run",
            "world.toml",
            "--strategy",
            strategy,
            "--seed",
            seed,
            "--set",
            more,
            "--out",
            "r",
        ];
        ends(&penult(folder.path(), &arguments), 0);
        let alone = read(&folder.path().join("r"), "summary.csv");
        let alone: Vec<&str> = alone.lines().collect();
        assert_eq!(lines[0], alone[0]);
        let named = lines[line].replace("chain:length=2", "chain");
        assert_eq!(named, alone[1], "{strategy}");
    }
}

#[test]
fn cores_do_not_matter() {
    let folder = with(ROUGH);
    let run = |threads: u32| {
        let out = format!("out-{threads}");
        let arguments = ["compare", "world.toml", "--strategies", "single,chain", "--out", &out];
        let told = words(&with_threads(folder.path(), &arguments, threads).stdout);
        let names = files(&folder.path().join(&out));
        let whole = |name| fs::read(folder.path().join(&out).join(name)).expect("it is there");
        let bytes: Vec<Vec<u8>> = names.iter().map(whole).collect();
        (told, names, bytes)
    };
    let one = run(1);
    assert_eq!(one.1, FILES);
    assert!(one == run(4));
}

const FILES: [&str; 7] = [
    "compare.csv",
    "compare.json",
    "compare.svg",
    "paired.csv",
    "report.html",
    "runs.csv",
    "runs.parquet",
];

#[test]
fn the_plot_is_there_as_png_if_asked_for() {
    let folder = with(CALM);
    let out = folder.path().join("out/world-compare");
    compare(folder.path(), "single,chain", &["--png"], 0);
    let mut files_and_png = [&FILES[..], &["compare.png"]].concat();
    files_and_png.sort_unstable();
    assert_eq!(files(&out), files_and_png);
    let png = fs::read(out.join("compare.png")).expect("it is there");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    // Width and height, as the SVG says them, twice as large.
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    let svg = read(&out, "compare.svg");
    let written = |name: &str| -> u32 {
        let rest = svg.split_once(&format!("{name}=\"")).expect("it has a size").1;
        rest.split_once('"').expect("a quote").0.parse().expect("a number")
    };
    assert_eq!([size(16), size(20)], [2 * written("width"), 2 * written("height")]);
    // The next one has none, and what is left of this one is not taken for its own.
    compare(folder.path(), "single,chain", &[], 0);
    assert_eq!(files(&out), FILES);
}

#[test]
fn runs_are_there_for_data_frames() {
    let folder = with(ROUGH);
    compare(folder.path(), "single,chain", &["--replications", "2", "--seed", SEED], 0);
    let out = folder.path().join("out/world-compare");
    let mut csv = csv::Reader::from_path(out.join("runs.csv")).expect("it is there");
    let wanted: Vec<Vec<String>> =
        csv.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    assert_eq!(parquet_rows(&out.join("runs.parquet")), wanted);
    let seed = csv.headers().expect("a header").iter().position(|it| it == "seed").unwrap();
    assert_eq!([&wanted[0][seed], &wanted[1][seed]], [SEED, "0"]);
}

/// The last that can be typed; after it comes 0.
const SEED: &str = "9223372036854775807";

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("words"))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn replies_are_left_out() {
    let folder = with(CALM);
    let numbers = |share: &str| {
        let set = format!("clients.reply_probability={share}");
        let told = compare(folder.path(), "single,chain", &["--set", &set], 0);
        let table = read(&folder.path().join("out/world-compare"), "compare.csv");
        let is_paired = |line: &&str| line.contains(",deliveries.") || line.contains(",latency.");
        // What an application sees out of order or twice is counted over all.
        let is_own = |line: &&str| !line.contains("out_of_order") && !line.contains("duplicates");
        let rows: Vec<String> =
            table.lines().filter(is_paired).filter(is_own).map(str::to_owned).collect();
        (rows, told, row(&table, "cost.packets,single")[5].clone())
    };
    let (without, told, packets) = numbers("0%");
    assert!(!told.contains("left out"), "{told}");
    let (with, told, more) = numbers("60%");
    assert!(told.contains("replies are left out"), "{told}");
    assert_eq!(without, with);
    assert_ne!(packets, more);
}

#[test]
fn what_cant_be_told_ends_with_four() {
    let folder = with(AWAY);
    let told = compare(folder.path(), "single,chain", &["--replications", "1"], 4);
    assert!(
        told.contains("deliveries.lost can't be told of one seed: 0 of 4 against 2."),
        "{told}"
    );
    let told = compare(folder.path(), "single,chain", &["--replications", "5"], 4);
    assert!(told.contains("(5 seeds can't tell, 6 at least can)"), "{told}");
    compare(folder.path(), "single,chain", &["--replications", "6"], 0);
    let told = compare(folder.path(), "single,chain", &["--set", "warmup=59s"], 4);
    assert!(told.contains("deliveries.lost can't be told: nothing was offered."), "{told}");
    assert!(told.contains("neither chain nor single has a sample"), "{told}");
}

#[test]
fn json_and_quiet() {
    let folder = with(CALM);
    let told = compare(folder.path(), "single,chain", &["--json", "--quiet", "--out", "there"], 0);
    assert_eq!(told, read(&folder.path().join("there"), "compare.json"));
    let json: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(json["strategies"], serde_json::json!(["single", "chain"]));
    assert_eq!(json["metrics"]["latency.p50"][1]["difference"]["mean"].as_f64(), Some(2.0));
    assert_eq!(json["rivals"][0]["statements"][0]["standing"], "same");
    assert_eq!(compare(folder.path(), "single,chain", &["--quiet"], 0), "");
}

#[test]
fn wrong_input_ends_with_two_and_writes_nothing() {
    let folder = with(CALM);
    fs::write(folder.path().join("taken"), "mine").expect("it can be written");
    for (strategies, more, what) in [
        ("single,chian", &[][..], "there is no strategy `chian`"),
        ("single", &[], "it takes two strategies or more"),
        ("single,chain:lenght=4", &[], "did you mean `length`?"),
        ("single,chain:length=none", &[], "length"),
        ("single,chain", &["--set", "gateways.cuont=4"], "did you mean `count`?"),
        ("single,chain", &["--replications", "0"], "0 is not in"),
        ("single,chain", &["--out", "taken"], "taken is no folder"),
        ("single,chain", &["--out", "taken/deep"], "taken is no folder"),
    ] {
        let arguments = [&["compare", "world.toml", "--strategies", strategies], more].concat();
        let output = penult(folder.path(), &arguments);
        assert_eq!(ends(&output, 2), "", "{strategies} {more:?}");
        let said = words(&output.stderr);
        assert!(said.contains(what), "{what}: {said}");
        assert_eq!(files(folder.path()), ["taken", "world.toml"]);
    }
    // What is wrong for several is said once.
    let output = penult(folder.path(), &["compare", "none.toml", "--strategies", "single,chain"]);
    ends(&output, 2);
    assert_eq!(words(&output.stderr).matches("can't be read").count(), 1);
}

#[test]
fn how_gateways_keep_mail_may_be_a_strategys_own() {
    let folder = with(AWAY);
    let disks = "single,single:gateways.queue=disk,gateways.disk=3ms";
    let output = penult(
        folder.path(),
        &["compare", "world.toml", "--strategies", disks, "--set", "gateways.disk=1ms"],
    );
    let told = ends(&output, 0);
    // A crash takes what is in memory; a disk keeps it, for two writes of mail between two gateways.
    let sentence =
        "single:gateways.queue=disk,gateways.disk=3ms loses less than single: 0 of 40 against 20";
    assert!(told.contains(sentence), "{told}");
    // That a disk is never written holds for the file, and is said; of a rival's own keys nothing is.
    let said = words(&output.stderr);
    assert_eq!(said.matches("never write to their disks").count(), 1, "{said}");
    let own = "single:gateways.queue=disk,single:gateways.queue=memory,gateways.disk=3ms";
    let output = penult(folder.path(), &["compare", "world.toml", "--strategies", own]);
    ends(&output, 0);
    assert_eq!(words(&output.stderr).matches("never write").count(), 0);
}
