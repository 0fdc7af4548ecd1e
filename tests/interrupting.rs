//! Ctrl-C and other signals, from outside: what is finished is kept, nothing is there by half, and the exit code says
//! which it was.
//!
//! A program is interrupted once there is a sign that it is at work: a file under way, a line in a journal, or time
//! of the processor that it took.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::common::process::{ignores_hangup, signalled, wait, worked};
use crate::common::{command, folder_with, longer, longer_and_longer, out, said};

/// The runs of [`longer`].
const RUNS: usize = 3 * 2 * 20;

/// None of them is over while somebody waits, nor comes to hold all that fails in that time.
const ENDLESS: [&str; 4] = ["--set", "duration=9000h", "--set", "memory_limit=64GiB"];

fn with_longer() -> tempfile::TempDir {
    folder_with(&[("s.toml", &longer())])
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    crate::common::ends(output, code);
    said(output)
}

/// Starts it, and interrupts it as soon as the sign is there.
#[track_caller]
fn interrupted(folder: &Path, arguments: &[&str], sign: impl Fn(&Child) -> bool) -> Output {
    let mut command = command(folder, arguments);
    command.env("RAYON_NUM_THREADS", "2");
    signalled(command, "-INT", sign)
}

/// Interrupts it later and later, until it says neither of these; what came of that.
#[track_caller]
fn interrupted_with_some(folder: &Path, arguments: &[&str], few: [&str; 2]) -> Output {
    let later = (0..10).map(|times| 20 << times);
    let mut outputs = later.map(|hundredths| interrupted(folder, arguments, worked(hundredths)));
    let has_some = |output: &Output| !few.iter().any(|few| said(output).contains(few));
    outputs.find(has_some).expect("something is finished at last")
}

/// All files in a folder, below it too.
fn names(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let below = |path: PathBuf| if path.is_dir() { names(&path) } else { vec![path] };
    let mut names: Vec<PathBuf> = paths.flat_map(below).collect();
    names.sort_unstable();
    names
}

/// With all that is in them.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("it can be read");
        (path, bytes)
    };
    names(folder).into_iter().map(read).collect()
}

/// Files that were not finished.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let is_part = |path: &PathBuf| path.extension().is_some_and(|it| it == "part");
    names(folder).into_iter().filter(is_part).collect()
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn a_run_leaves_what_was_there() {
    let folder = with_longer();
    let out = folder.path().join("out/s");
    let run = ["run", "s.toml", "--deliveries"];
    let long = [&run[..], &ENDLESS].concat();
    let is_begun = |_: &Child| !parts(&out).is_empty();
    ends(&interrupted(folder.path(), &long, is_begun), 130);
    assert!(!folder.path().join("out/s").exists(), "{:?}", names(&out));
    ends(&command(folder.path(), &run).output().expect("it runs"), 0);
    let before = files(&out);
    assert_eq!(before.len(), 17);
    ends(&interrupted(folder.path(), &long, is_begun), 130);
    assert!(files(&out) == before);
}

#[test]
fn other_signals_leave_nothing_by_half_either() {
    let folder = with_longer();
    let out = folder.path().join("out/s");
    let long = [&["run", "s.toml", "--deliveries"], &ENDLESS[..]].concat();
    let is_begun = |_: &Child| !parts(&out).is_empty();
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let started = command(folder.path(), &long);
        let said = ends(&signalled(started, signal, is_begun), code);
        assert!(said.contains("interrupted: 0 of 1 runs are finished"), "{said}");
        assert!(!out.exists(), "{:?}", names(&out));
    }
}

#[test]
fn with_nohup_it_goes_on() {
    let folder = with_longer();
    let program = command(folder.path(), &[]).get_program().to_owned();
    let mut started = Command::new("nohup");
    started.current_dir(folder.path()).arg(program).args(["run", "s.toml", "--deliveries"]);
    started.args(ENDLESS);
    let out = folder.path().join("out/s");
    let is_begun = |child: &Child| !parts(&out).is_empty() && ignores_hangup(child);
    ends(&signalled(started, "-INT", is_begun), 130);
}

/// What a test inherits from whoever started it is not what it tests.
#[test]
fn these_tests_hold_with_nohup_too() {
    let mut tests = Command::new("nohup");
    tests.arg(std::env::current_exe().expect("it has a name"));
    let output =
        tests.args(["--exact", "interrupting::other_signals_leave_nothing_by_half_either"]);
    let output = output.output().expect("there is nohup");
    assert!(out(&output).contains("1 passed"), "{}{}", out(&output), said(&output));
}

#[test]
fn what_killed_runs_left_goes_with_the_next() {
    let folder = with_longer();
    let out = folder.path().join("out/s");
    let start = |arguments: &[&str], count: usize| {
        let mut started = command(folder.path(), arguments);
        let mut child =
            started.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        wait(&mut child, "files under way", |_| parts(&out).len() >= count);
        child
    };
    let kill = |mut child: Child| {
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
    };
    let run = |more: &[&str]| {
        let arguments = [&["run", "s.toml"], more].concat();
        ends(&command(folder.path(), &arguments).output().expect("it runs"), 0);
    };
    let long = [&["run", "s.toml", "--deliveries"], &ENDLESS[..]].concat();
    kill(start(&long, 3));
    assert_eq!(parts(&out).len(), 3);
    run(&[]);
    assert!(parts(&out).is_empty(), "{:?}", names(&out));
    // Of other seeds too.
    kill(start(&[&long[..], &["--replications", "3"]].concat(), 1));
    assert!(!parts(&out).is_empty());
    run(&[]);
    assert!(parts(&out).is_empty(), "{:?}", names(&out));
    // What is under way stays.
    let child = start(&long, 3);
    let under_way = parts(&out);
    run(&[]);
    assert_eq!(parts(&out), under_way);
    kill(child);
    // Every command that writes to a folder clears it.
    for (arguments, place) in [
        (&["sweep", "s.toml", "--replications", "1", "--out", "o"][..], "o"),
        (
            &[
                "compare",
                "s.toml",
                "--strategies",
                "single,chain",
                "--replications",
                "2",
                "--out",
                "o",
            ],
            "o",
        ),
        (
            &[
                "size",
                "s.toml",
                "--chain",
                "2",
                "--slo",
                "offered > 0",
                "--budget",
                "1",
                "--out",
                "o",
            ],
            "o",
        ),
        (&["test", "s.toml", "--out", "o"], "o/s"),
        (&["test", "s.toml", "--junit", "o/j.xml"], "o"),
        (&["new", "o/new.toml"], "o"),
    ] {
        let place = folder.path().join(place);
        fs::create_dir_all(&place).expect("it can be made");
        fs::write(place.join(".penult-left.part"), "half").expect("it can be written");
        command(folder.path(), arguments).output().expect("it runs");
        assert!(parts(&place).is_empty(), "{arguments:?}");
    }
}

#[test]
fn runs_that_are_finished_are_kept() {
    let folder = with_longer();
    let endless = longer().replace("\"20s\"", "\"9000h\"\nmemory_limit = \"64GiB\"");
    fs::write(folder.path().join("endless.toml"), endless).expect("it can be written");
    let (short, endless) = (folder.path().join("out/s"), folder.path().join("out/endless"));
    let is_between = |_: &Child| short.join("summary.json").exists() && !parts(&endless).is_empty();
    let output = interrupted(folder.path(), &["run", "s.toml", "endless.toml"], is_between);
    let said = ends(&output, 130);
    assert!(said.contains("interrupted: 1 of 2 runs are finished"), "{said}");
    assert!(out(&output).contains("Swept"));
    assert!(parts(&short).is_empty() && !endless.exists());
    let kept = files(&short);
    ends(&command(folder.path(), &["run", "s.toml"]).output().expect("it runs"), 0);
    assert!(files(&short) == kept);
}

#[test]
fn a_sweep_goes_on_where_it_was_interrupted() {
    let done = longer_and_longer().any(|text| goes_on_where_it_was_interrupted(&text));
    assert!(done, "it was over each time before it was interrupted");
}

/// Whether it was interrupted before its end.
fn goes_on_where_it_was_interrupted(text: &str) -> bool {
    let folder = folder_with(&[("s.toml", text)]);
    let sweep = |out: &str| {
        let output = command(folder.path(), &["sweep", "s.toml", "--out", out]).output();
        ends(&output.expect("it runs"), 0)
    };
    sweep("whole");
    let tables = |out: &str| {
        let read = |name: &str| fs::read(folder.path().join(out).join(name)).expect(name);
        ["runs.csv", "points.csv", "runs.parquet", "points.parquet"].map(read)
    };
    let cut = folder.path().join("cut");
    let under_way = |_: &Child| lines(&cut.join("journal.jsonl")) > 10;
    let output = interrupted(folder.path(), &["sweep", "s.toml", "--out", "cut"], under_way);
    if output.status.success() {
        return false;
    }
    let said = ends(&output, 130);
    assert!(said.contains("interrupted: ") && said.contains(" of 120 runs are finished"), "{said}");
    assert!(parts(&cut).is_empty());
    // The tables have what was finished, each row as it will be.
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("words");
    let (whole, begun) = (text(&tables("whole")[0]), text(&tables("cut")[0]));
    let whole: Vec<&str> = whole.lines().collect();
    let rows = begun.lines().count();
    assert!(rows > 10 && rows < RUNS + 1, "{rows}");
    assert!(begun.lines().all(|row| whole.contains(&row)));
    let said = sweep("cut");
    assert!(said.contains(&format!("{} of 120 runs are there already", rows - 1)), "{said}");
    assert!(tables("cut") == tables("whole"));
    true
}

#[test]
fn of_a_sweep_that_finished_nothing_there_is_no_table() {
    let folder = with_longer();
    let sweep = [&["sweep", "s.toml"], &ENDLESS[..]].concat();
    let output = interrupted(folder.path(), &sweep, worked(20));
    let said = ends(&output, 130);
    let none = "interrupted: none of 120 runs is finished; the same command makes those that are missing\n";
    assert!(said.ends_with(none), "{said}");
    assert_eq!(out(&output), "");
    let made = |out: &str| -> Vec<String> {
        let names = names(&folder.path().join(out)).into_iter();
        names.map(|path| path.file_name().expect("a name").display().to_string()).collect()
    };
    assert_eq!(made("out/s-sweep"), [".lock", "journal.jsonl"]);
    // Where a sweep ended before, its tables stay.
    let small = ["sweep", "s.toml", "--out", "o", "--replications", "1"];
    ends(&command(folder.path(), &small).output().expect("it runs"), 0);
    let fresh = [&small[..], &["--fresh"], &ENDLESS].concat();
    let tables = |path: &Path| -> Vec<_> {
        let is_table = |path: &PathBuf| path.extension().is_some_and(|it| it != "jsonl");
        files(path).into_iter().filter(|(path, _)| is_table(path)).collect()
    };
    let before = tables(&folder.path().join("o"));
    assert_eq!(before.len(), 5, "{:?}", made("o"));
    ends(&interrupted(folder.path(), &fresh, worked(20)), 130);
    assert!(tables(&folder.path().join("o")) == before);
}

#[test]
fn a_comparison_has_the_seeds_that_are_finished() {
    let folder = with_longer();
    let compare = ["compare", "s.toml", "--strategies", "single,chain"];
    let out = folder.path().join("out/s-compare");
    let endless = [&compare[..], &ENDLESS].concat();
    let said = ends(&interrupted(folder.path(), &endless, worked(20)), 130);
    assert!(said.contains("interrupted: 0 of 10 seeds are finished"), "{said}");
    assert!(names(&folder.path().join("out")).is_empty());
    let many = [&compare[..], &["--replications", "100000"]].concat();
    let output = interrupted_with_some(folder.path(), &many, ["interrupted: 0 of"; 2]);
    let said = ends(&output, 130);
    let runs = lines(&out.join("runs.csv")) - 1;
    assert!(runs > 0 && runs < 200_000);
    let finished = format!("interrupted: {} of 100000 seeds are finished", runs / 2);
    assert!(said.contains(&finished), "{finished}: {said}");
    assert!(parts(&out).is_empty());
    let json = fs::read_to_string(out.join("compare.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is whole");
    assert_eq!(json["seeds"].as_array().map_or(0, Vec::len), runs / 2);
}

#[test]
fn sizes_have_the_runs_that_are_finished() {
    let folder = with_longer();
    let size = ["size", "s.toml", "--chain", "2..3", "--slo", "deliveries.offered > 0"];
    let out = folder.path().join("out/s-size");
    let endless = [&size[..], &ENDLESS].concat();
    let said = ends(&interrupted(folder.path(), &endless, worked(20)), 130);
    assert!(said.contains("interrupted: 0 runs are finished"), "{said}");
    assert!(names(&folder.path().join("out")).is_empty());
    // So much is asked that no number of runs in reach settles it.
    let many = [&size[..], &["--share", "99.9999%", "--budget", "1000000"]].concat();
    // Two at once, one of each value.
    let few = ["interrupted: 0 runs", "interrupted: 1 runs"];
    let output = interrupted_with_some(folder.path(), &many, few);
    let said = ends(&output, 130);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("runs don't settle it yet"), "{told}");
    assert!(parts(&out).is_empty() && out.join("size.svg").exists());
    let table = fs::read_to_string(out.join("size.csv")).expect("it is there");
    let cells = |at: usize| {
        let rows = table.lines().skip(1);
        rows.map(|row| row.split(',').nth(at).expect("it has all cells")).collect::<Vec<_>>()
    };
    assert_eq!(cells(1), ["untold"; 2]);
    let runs: Vec<u64> = cells(2).iter().map(|cell| cell.parse().expect("a count")).collect();
    assert!(runs.iter().all(|&runs| runs > 0), "{runs:?}");
    let finished = format!("interrupted: {} runs are finished", runs.iter().sum::<u64>());
    assert!(said.contains(&finished), "{finished}: {said}");
}
