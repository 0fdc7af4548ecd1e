//! Numbers of a strategy's own: what notes say of them is what summaries, columns and tables have.

use std::path::Path;

use crate::common::counting::{Counting, CountingOptions};
use crate::common::*;
use penult_models::*;
use penult_reports::*;

/// Three gateways. g1 is dead from 10 s to 15 s, g2 from 12 s to 14 s; the first five seconds don't count.
fn counted() -> Setup {
    let kinds = vec!["red".to_owned(), "blue".to_owned()];
    let mut setup = world(3, 3, StrategyOptions::of::<Counting>(CountingOptions { kinds }));
    setup.warmup = at(5_000);
    setup.faults.extend([crash(1, 10_000, 5_000), crash(2, 12_000, 2_000)]);
    setup
}

fn summary(setup: &Setup, folder: &Path) -> Summary {
    let name = named("counting", setup.clone()).name;
    let report = Report::begin(folder, name).expect("the folder can be made");
    let files = report.row_files(false).expect("files can be made");
    let mut players = Players::built_in();
    players.add::<Counting>();
    let outcome = players.play(setup, &Maps::default(), files, &|_| true).expect("it ends");
    assert!(outcome.violations().is_empty());
    report.write(outcome).expect("files can be written")
}

#[test]
fn what_notes_tell_stands_under_the_name_of_the_strategy() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = summary(&counted(), folder.path());
    let text = std::fs::read_to_string(folder.path().join("summary.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    // Five lives begin, and each ticks three times. Of 3 x 55 s that count, 7 s are dead ones.
    let expected = serde_json::json!({
        "begun": 5,
        "kinds": { "red": { "ticks": 9 }, "blue": { "ticks": 6 } },
        "price": 4.5,
        "up": { "peak": 3, "mean": 158.0 / 55.0 },
        "up_s": 158.0,
        "ever": { "peak": 5 },
        "dead": { "peak": 2 },
        "finished": 5,
        "dead_s": 7.0,
        "took": {
            "count": 15, "mean": 20.0, "p50": 20.0, "p90": 30.0, "p95": 30.0, "p99": 30.0, "p999": 30.0, "max": 30.0
        },
        "took_s": 0.3,
        "size": { "p50": 2, "mean": 2.0, "sum": 30, "max": 3 },
        "never": { "count": 0, "p50": null, "mean": null, "max": null },
        "dead_share": 7.0 / 165.0,
        "nothing": null,
    });
    assert_eq!(json["counting"], expected);
    // The same by their paths, each a cell of its own.
    let flat = summary.flat();
    let value = |path: &str| flat.iter().find(|(it, _)| it == path).map(|(_, value)| value.clone());
    assert_eq!(value("counting.kinds.blue.ticks"), Some(Value::Count(6)));
    assert_eq!(value("counting.took.p95"), Some(Value::Number(30.0)));
    assert_eq!(value("counting.never.p50"), Some(Value::Nothing));
    assert_eq!(value("counting.took"), None);
}

#[test]
fn a_strategy_has_no_numbers_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let setup = world(3, 3, StrategyOptions::of::<Single>(SingleOptions::default()));
    let summary = report(&named("single", setup), folder.path());
    let json: serde_json::Value = serde_json::from_str(&summary.to_json()).expect("it is JSON");
    assert_eq!(json.get("counting"), None);
    assert!(summary.flat().iter().all(|(path, _)| !path.starts_with("counting")));
}

fn lines(folder: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(name)).expect(name);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn rows_of_its_own_are_filled_cell_by_cell_and_ended_by_crashes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut setup = counted();
    setup.faults.push(crash(0, 20_000, 1_000));
    summary(&setup, folder.path());
    let expected = [
        "scenario,strategy,seed,gateway,client,began_s,ended_s,ticks,last_ms,end",
        // It ended before its gateway crashed.
        "counting,counting,1,g0,c0,0,3,3,30,done",
        "counting,counting,1,g1,c1,0,10,3,30,crash",
        "counting,counting,1,g2,c2,0,12,3,30,crash",
        "counting,counting,1,g2,c3,14,,3,30,",
        "counting,counting,1,g1,c4,15,,3,30,",
        "counting,counting,1,g0,c5,21,24,3,30,done",
    ];
    assert_eq!(lines(folder.path(), "lives.csv"), expected);
}

#[test]
fn levels_have_columns_of_the_timeline() {
    let folder = tempfile::tempdir().expect("a folder");
    summary(&counted(), folder.path());
    let lines = lines(folder.path(), "timeline.csv");
    assert!(lines[0].ends_with(",queued_bytes,unhosted_clients,up,dead"), "{}", lines[0]);
    let of_second = |second: usize| {
        let cells: Vec<&str> = lines[second + 1].split(',').collect();
        assert_eq!(cells[3], second.to_string());
        [cells[cells.len() - 2].to_owned(), cells[cells.len() - 1].to_owned()]
    };
    // Columns are over the whole run, also of its warm-up.
    assert_eq!(of_second(0), ["3", "0"]);
    assert_eq!(of_second(10), ["2", "1"]);
    assert_eq!(of_second(12), ["1", "2"]);
    assert_eq!(of_second(15), ["3", "0"]);
}

#[test]
fn a_report_leaves_no_table_of_another_strategy() {
    let folder = tempfile::tempdir().expect("a folder");
    summary(&counted(), folder.path());
    assert!(folder.path().join("lives.csv").exists());
    let mut players = Players::built_in();
    players.add::<Counting>();
    let setup = world(3, 3, StrategyOptions::of::<Single>(SingleOptions::default()));
    let single = named("single", setup);
    let mut report = Report::begin(folder.path(), single.name.clone()).expect("it is there");
    report.may_have(players.tables().iter().copied());
    let files = report.row_files(false).expect("files can be made");
    report.write(run(&single, files)).expect("files can be written");
    assert!(!folder.path().join("lives.csv").exists());
    assert!(folder.path().join("timeline.csv").exists());
}

#[test]
fn a_comparison_pairs_by_path() {
    // The other way round, and with a member that the first has not.
    let with = |kinds: [&str; 2]| {
        let folder = tempfile::tempdir().expect("a folder");
        let kinds = kinds.map(str::to_owned).to_vec();
        let mut setup = counted();
        setup.strategy = StrategyOptions::of::<Counting>(CountingOptions { kinds });
        summary(&setup, folder.path())
    };
    let (one, other) = (with(["red", "blue"]), with(["green", "red"]));
    let all = statistics::Replicated::of(&[one.clone(), other.clone()]);
    let of = |path: &str| all.get(path).map(|it| (it.count, it.mean));
    assert_eq!(of("counting.kinds.red.ticks"), Some((2, 7.5)));
    assert_eq!(of("counting.kinds.blue.ticks"), Some((1, 6.0)));
    assert_eq!(of("counting.kinds.green.ticks"), Some((1, 9.0)));
    assert_eq!(of("counting.kinds.yellow.ticks"), None);
    let columns: Vec<String> =
        Summary::columns([&one, &other]).into_iter().map(|(path, _)| path).collect();
    assert!(columns.iter().any(|path| path == "counting.kinds.green.ticks"));
    let cell = |run: &Summary, path: &str| {
        let at = columns.iter().position(|it| it == path).expect("a column");
        run.cells(&Summary::columns([&one, &other]))[at].clone()
    };
    assert_eq!(cell(&one, "counting.kinds.green.ticks"), "");
    assert_eq!(cell(&other, "counting.kinds.green.ticks"), "9");
    assert_eq!(cell(&other, "counting.kinds.red.ticks"), "6");
}
