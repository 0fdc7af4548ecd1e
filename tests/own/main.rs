//! The program of `examples/backup` from outside: the number that its strategy brings is known to every command as any other.
//!
//! This is that program, too: it calls itself, as whoever has a strategy of their own calls theirs.

#[path = "../../examples/backup/src/main.rs"]
#[allow(dead_code, missing_docs, reason = "it is a program of its own")]
mod backup;

use std::path::Path;
use std::process::{Command, ExitCode, Output};

/// What is tested, in a folder with the world of the example.
type Test = fn(&Path);

/// Set where it is the program.
const AS_PROGRAM: &str = "PENULT_TEST_AS_PROGRAM";

const WORLD: &str = include_str!("../../examples/backup/world.toml");

fn main() -> ExitCode {
    if std::env::var_os(AS_PROGRAM).is_some() {
        return penult::main_with(penult::strategies![backup::Backup]);
    }
    let all: [(&str, Test); 8] = [
        ("lists_have_it", lists_have_it),
        ("a_run_has_it_wherever_it_is_told", a_run_has_it_wherever_it_is_told),
        ("several_seeds_have_its_mean", several_seeds_have_its_mean),
        ("it_may_be_expected", it_may_be_expected),
        ("comparisons_have_it_where_it_is", comparisons_have_it_where_it_is),
        ("sweeps_have_it_where_it_is", sweeps_have_it_where_it_is),
        ("it_may_be_an_objective", it_may_be_an_objective),
        ("differences_know_which_side_has_it", differences_know_which_side_has_it),
    ];
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&String> = asked.iter().filter(|it| !it.starts_with('-')).collect();
    let is_asked = |name: &str| names.is_empty() || names.iter().any(|it| name.contains(*it));
    // None is left for when there is time.
    let all = all.into_iter().filter(|_| !asked.iter().any(|it| it == "--ignored"));
    for (name, test) in all.filter(|(name, _)| is_asked(name)) {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("w.toml"), WORLD).expect("it can be written");
        test(folder.path());
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

/// What the program prints; it ends with this code.
#[track_caller]
fn penult(folder: &Path, arguments: &str, code: i32) -> String {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    command.current_dir(folder).env(AS_PROGRAM, "1").args(arguments.split_whitespace());
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let [out, err] = [stdout, stderr].map(|it| String::from_utf8(it).expect("words"));
    assert_eq!(status.code(), Some(code), "{arguments}\n{out}\n{err}");
    if code == 2 { err } else { out }
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cells of a column, by its name.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = reader.headers().expect("a header").iter().position(|it| it == name).expect(name);
    reader.records().map(|row| row.expect("a row")[at].to_owned()).collect()
}

fn restored(summary: &str) -> u64 {
    let json: serde_json::Value = serde_json::from_str(summary).expect("it is JSON");
    json["backup"]["restored"].as_u64().expect("a whole number")
}

fn lists_have_it(folder: &Path) {
    let list = penult(folder, "list --metrics", 0);
    let line = list.lines().find(|line| line.starts_with("backup.restored ")).expect("it is there");
    assert!(line.ends_with("copies that homes got back"), "{line}");
}

fn a_run_has_it_wherever_it_is_told(folder: &Path) {
    let told = penult(folder, "run w.toml", 0);
    let count = restored(&read(folder, "out/w/summary.json"));
    assert!(count > 0);
    let line = told.lines().find(|line| line.trim_start().starts_with("backup.restored"));
    let cells: Vec<&str> = line.expect("it is told").split_whitespace().collect();
    assert_eq!(cells[1].replace(',', ""), count.to_string());
    assert_eq!(column(&read(folder, "out/w/summary.csv"), "backup.restored"), [count.to_string()]);
    assert!(read(folder, "out/w/report.html").contains("<td>backup.restored</td>"));
    // Another strategy has none: it is absent, not 0.
    penult(folder, "run w.toml --strategy chain", 0);
    let summary = read(folder, "out/w/summary.json");
    assert!(!summary.contains("restored") && !summary.contains("\"backup\""), "{summary}");
    assert!(!read(folder, "out/w/summary.csv").contains("backup."));
}

fn several_seeds_have_its_mean(folder: &Path) {
    let told = penult(folder, "run w.toml --replications 3", 0);
    let counts =
        [1, 2, 3].map(|seed| restored(&read(folder, &format!("out/w/seed-{seed}/summary.json"))));
    let mean = counts.iter().sum::<u64>() as f64 / 3.0;
    let line = told.lines().find(|line| line.trim_start().starts_with("backup.restored"));
    let said: f64 = line.expect("it is told").split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!((said - mean).abs() <= 0.05 * mean, "{said} {mean}");
}

fn it_may_be_expected(folder: &Path) {
    let expect = |what: &str| {
        std::fs::write(folder.join("e.toml"), format!("{WORLD}{what}\n"))
            .expect("it can be written");
    };
    expect("\"backup.restored\" = \">= 1\"");
    penult(folder, "test e.toml", 0);
    // Whatever has no such number can't be told.
    let told = penult(folder, "test e.toml --set strategy=chain", 4);
    assert!(told.contains("the strategy has no such number"), "{told}");
    expect("\"backup.restored\" = \">= 1000000\"");
    let told = penult(folder, "test e.toml", 1);
    assert!(told.contains("backup.restored: expected >= 1000000, found "), "{told}");
    expect("\"backup.restord\" = \">= 1\"");
    let told = penult(folder, "check e.toml", 2);
    assert!(told.contains("did you mean `backup.restored`?"), "{told}");
    expect("\"backup.restored\" = \"<= 3ms\"");
    let told = penult(folder, "check e.toml", 2);
    assert!(told.contains("compared with another unit"), "{told}");
}

fn comparisons_have_it_where_it_is(folder: &Path) {
    let compare = "compare w.toml --strategies chain,backup,backup:both=false --replications 3";
    let told = penult(folder, compare, 0);
    let line = told.lines().find(|line| line.starts_with("backup.restored")).expect("a row");
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert!(cells.len() == 4 && cells[1] == "-" && cells[2] != "-", "{line}");
    let table = read(folder, "out/w-compare/compare.csv");
    let rows: Vec<&str> = table.lines().filter(|row| row.contains(",backup.restored,")).collect();
    assert!(rows[0].contains(",chain,,0,,,,"), "{}", rows[0]);
    // Nothing to be paired with.
    assert!(rows[1].contains(",backup,chain,3,") && rows[1].contains(",,0,,,"), "{}", rows[1]);
    let runs = read(folder, "out/w-compare/runs.csv");
    let cells = column(&runs, "backup.restored");
    assert!(cells[..3].iter().all(String::is_empty), "{cells:?}");
    assert!(cells[3..].iter().all(|cell| cell.parse::<u64>().is_ok()), "{cells:?}");
    let json: serde_json::Value =
        serde_json::from_str(&read(folder, "out/w-compare/compare.json")).expect("it is JSON");
    assert_eq!(json["metrics"]["backup.restored"][0]["mean"], serde_json::Value::Null);
    assert!(json["metrics"]["backup.restored"][1]["mean"].as_f64().is_some());
}

fn sweeps_have_it_where_it_is(folder: &Path) {
    let sweep = "sweep w.toml --vary strategy=chain,backup --vary clients.count=10,20";
    let show = "--replications 2 --show restored,latency.p9999";
    let told = penult(folder, &format!("{sweep} {show}"), 0);
    assert!(told.lines().next().expect("a head").contains("backup.restored"), "{told}");
    let runs = column(&read(folder, "out/w-sweep/runs.csv"), "backup.restored");
    let points = column(&read(folder, "out/w-sweep/points.csv"), "backup.restored");
    assert_eq!((runs.len(), points.len()), (8, 4));
    assert!(runs[..4].iter().all(String::is_empty) && points[..2].iter().all(String::is_empty));
    for (at, point) in points.iter().enumerate().skip(2) {
        let runs: Vec<f64> =
            runs[2 * at..2 * at + 2].iter().map(|it| it.parse().unwrap()).collect();
        assert_eq!(point.to_owned(), f64::midpoint(runs[0], runs[1]).to_string());
    }
    // It goes on where it was, with the same tables.
    let before =
        ["runs.csv", "points.csv"].map(|name| read(folder, &format!("out/w-sweep/{name}")));
    penult(folder, &format!("{sweep} {show}"), 0);
    let after = ["runs.csv", "points.csv"].map(|name| read(folder, &format!("out/w-sweep/{name}")));
    assert_eq!(before, after);
    let wrong = penult(folder, &format!("{sweep} --show restord"), 2);
    assert!(wrong.contains("no such number"), "{wrong}");
}

fn it_may_be_an_objective(folder: &Path) {
    let size = "size w.toml --vary clients.count=10,20 --slo restored>=1 --budget 70";
    let told = penult(folder, size, 0);
    assert!(told.contains("backup.restored >= 1"), "{told}");
    let told = penult(folder, &format!("{size} --set strategy=chain"), 4);
    assert!(told.contains("a number that the strategy lacks"), "{told}");
}

fn differences_know_which_side_has_it(folder: &Path) {
    penult(folder, "run w.toml --out a", 0);
    penult(folder, "run w.toml --out b --strategy chain", 0);
    penult(folder, "run w.toml --out c --set clients.count=30", 0);
    let told = penult(folder, "diff a b", 1);
    assert!(told.contains("on one side only: backup.restored"), "{told}");
    let told = penult(folder, "diff a c", 1);
    assert!(told.lines().any(|line| line.contains("backup.restored")), "{told}");
}
