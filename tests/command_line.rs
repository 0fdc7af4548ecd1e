//! The command line, from outside: exit codes, what is said where, which files come out.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{SMALL, command, ends, folder_with, names, out, penult, said};

const FILES: [&str; 17] = [
    "failovers.csv",
    "failovers.svg",
    "faults.csv",
    "gateways.csv",
    "latency.csv",
    "latency.hgrm",
    "latency.svg",
    "loss.svg",
    "losses.csv",
    "report.html",
    "scenario.toml",
    "summary.csv",
    "summary.json",
    "timeline.csv",
    "timeline.svg",
    "deliveries.csv",
    "deliveries.parquet",
];

/// A folder with the small scenario in it.
fn with_small() -> tempfile::TempDir {
    folder_with(&[("small.toml", SMALL)])
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn run_prints_the_summary_and_writes_the_report() {
    let folder = with_small();
    let output = penult(folder.path(), &["run", "small.toml"]);
    ends(&output, 0);
    assert!(out(&output).contains("fingerprint"), "{}", out(&output));
    assert!(said(&output).contains("report in out/small"), "{}", said(&output));
    assert_eq!(names(&folder.path().join("out/small")), sorted(&FILES[..15]));
    let output = penult(folder.path(), &["run", "small.toml", "--deliveries", "--out", "there"]);
    ends(&output, 0);
    assert_eq!(names(&folder.path().join("there")), sorted(&FILES));
}

#[test]
fn plots_are_png_too_if_asked_for() {
    let folder = with_small();
    let pictures = |names: Vec<String>| -> Vec<String> {
        names.into_iter().filter(|name| name.ends_with(".png")).collect()
    };
    ends(&penult(folder.path(), &["run", "small.toml", "--out", "o", "--png"]), 0);
    let made = pictures(names(&folder.path().join("o")));
    assert_eq!(made, ["failovers.png", "latency.png", "loss.png", "timeline.png"]);
    for name in &made {
        let bytes = fs::read(folder.path().join("o").join(name)).expect("it was written");
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 10_000, "{name}");
    }
    // Those of an earlier run would be taken for this one's.
    ends(&penult(folder.path(), &["run", "small.toml", "--out", "o", "--seed", "9"]), 0);
    assert_eq!(pictures(names(&folder.path().join("o"))), [""; 0]);
}

#[test]
fn the_command_of_the_page_repeats_the_run() {
    let folder = with_small();
    ends(&penult(folder.path(), &["run", "small.toml", "--out", "o", "--seed", "9"]), 0);
    let page = fs::read_to_string(folder.path().join("o/report.html")).expect("it was written");
    let (_, after) = page.split_once("<code id=\"again\">").expect("it says how");
    let (command, _) = after.split_once("</code>").expect("it ends");
    let words: Vec<&str> = command.split(' ').collect();
    let ["penult", arguments @ ..] = words.as_slice() else { panic!("{command}") };
    let again = penult(&folder.path().join("o"), arguments);
    ends(&again, 0);
    let fingerprint = page.split_once("<h2>Fingerprint</h2>\n<p><code>").expect("it has one").1;
    let fingerprint = fingerprint.get(..32).expect("32 digits");
    assert!(out(&again).contains(fingerprint), "{fingerprint}: {}", out(&again));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = with_small();
    let run = |out: &str, more: &[&str]| {
        let arguments = [&["run", "small.toml", "--deliveries", "--out", out], more].concat();
        let output = penult(folder.path(), &arguments);
        ends(&output, 0);
        let read = |name: &str| fs::read(folder.path().join(out).join(name)).expect("it is there");
        (output.stdout, FILES.map(read))
    };
    assert_eq!(run("a", &[]), run("b", &[]));
    assert_ne!(run("c", &["--seed", "2"]).1, run("d", &[]).1);
}

#[test]
fn the_scenario_as_it_was_understood_gives_the_same_run() {
    let folder = with_small();
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("it is there");
    fs::write(folder.path().join("rtt.csv"), "ms\n1\n2\n3\n").expect("it can be written");
    let set = r#"gateways.latency={ empirical = "rtt.csv" }"#;
    let arguments = ["run", "small.toml", "--set", set, "--seed", "9", "--out", "first/deep"];
    ends(&penult(folder.path(), &arguments), 0);
    let again = ["run", "first/deep/scenario.toml", "--out", "second"];
    ends(&penult(folder.path(), &again), 0);
    assert_eq!(read("first/deep/summary.json"), read("second/summary.json"));
    // The file it names is seen from the folder of the report.
    assert!(read("first/deep/scenario.toml").contains("\"../../rtt.csv\""));
}

#[test]
fn the_summary_as_json_is_the_file() {
    let folder = with_small();
    let output = penult(folder.path(), &["run", "small.toml", "--json", "--quiet"]);
    ends(&output, 0);
    let file = folder.path().join("out/small/summary.json");
    assert_eq!(out(&output), fs::read_to_string(file).expect("it is there"));
    assert_eq!(said(&output), "");
    let output = penult(folder.path(), &["run", "small.toml", "--quiet"]);
    assert_eq!((out(&output), said(&output)), (String::new(), String::new()));
}

#[test]
fn set_strategy_and_seed_act() {
    let folder = with_small();
    let summary = |more: &[&str]| {
        let output = penult(folder.path(), &[&["run", "small.toml", "--json"], more].concat());
        ends(&output, 0);
        serde_json::from_str::<serde_json::Value>(&out(&output)).expect("it is JSON")
    };
    let plain = summary(&[]);
    assert_eq!((plain["strategy"].as_str(), plain["seed"].as_u64()), (Some("chain"), Some(1)));
    assert_eq!(plain["scenario"].as_str(), Some("Small"));
    let single = summary(&["--strategy", "single", "--seed", "5"]);
    assert_eq!((single["strategy"].as_str(), single["seed"].as_u64()), (Some("single"), Some(5)));
    let slow = summary(&["--set", "gateways.latency=50ms", "--set", "title=Slow"]);
    assert_eq!(slow["scenario"].as_str(), Some("Slow"));
    assert_eq!(slow["latency"]["max"].as_f64(), Some(140.0));
    assert_eq!(slow["messages"], plain["messages"]);
}

#[test]
fn replications_are_seeds_in_a_row() {
    let folder = with_small();
    let arguments = ["run", "small.toml", "--replications", "4", "--seed", "7", "--json"];
    let output = penult(folder.path(), &arguments);
    ends(&output, 0);
    let all: serde_json::Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    let seeds: Vec<_> = all.as_array().unwrap().iter().map(|it| it["seed"].as_u64()).collect();
    assert_eq!(seeds, [7, 8, 9, 10].map(Some));
    let expected = ["seed-10", "seed-7", "seed-8", "seed-9"];
    assert_eq!(names(&folder.path().join("out/small")), expected);
    // Each is the run that its seed makes alone.
    ends(&penult(folder.path(), &["run", "small.toml", "--seed", "9", "--out", "alone"]), 0);
    for name in &FILES[..10] {
        let read = |path: &str| fs::read(folder.path().join(path).join(name)).expect("it is there");
        assert_eq!(read("alone"), read("out/small/seed-9"), "{name}");
    }
    let output = penult(folder.path(), &["run", "small.toml", "--replications", "4"]);
    ends(&output, 0);
    assert!(out(&output).contains("95 % interval"), "{}", out(&output));
    ends(&penult(folder.path(), &["run", "small.toml", "--replications", "0"]), 2);
}

/// Twice such a time is longer than time is.
#[test]
fn times_may_be_as_long_as_can_be_said() {
    let folder = with_small();
    let fault = r#"fault=[{ crash = "g0", at = "1s", for = "1s" }]"#;
    let sets: [&[&str]; 4] = [
        &["chain.ack_timeout=200000d"],
        &["clients.keepalive=200000d", "clients.send_timeout=200000d"],
        &["chain.hold=1s", "chain.spill=at-once", "chain.ack_timeout=200000d"],
        &["strategy=single", "single.hold=1s", "single.ack_timeout=200000d"],
    ];
    for sets in sets {
        let sets = sets.iter().chain([&fault]).flat_map(|set| ["--set", *set]);
        let arguments: Vec<&str> =
            ["run", "small.toml", "--quiet"].into_iter().chain(sets).collect();
        ends(&penult(folder.path(), &arguments), 0);
    }
}

#[test]
fn the_greatest_seed_is_followed_by_one_that_can_be_read() {
    let folder = with_small();
    let arguments = ["run", "small.toml", "--seed", "9223372036854775807", "--replications", "2"];
    ends(&penult(folder.path(), &arguments), 0);
    for seed in ["9223372036854775807", "0"] {
        let understood = format!("out/small/seed-{seed}/scenario.toml");
        ends(&penult(folder.path(), &["run", &understood, "--out", "again"]), 0);
    }
}

#[test]
fn several_files_have_a_folder_each() {
    let folder = with_small();
    fs::write(folder.path().join("other.toml"), SMALL).expect("it can be written");
    let output = penult(folder.path(), &["run", "small.toml", "other.toml", "--out", "o"]);
    ends(&output, 0);
    assert_eq!(names(&folder.path().join("o")), ["other", "small"]);
    fs::create_dir(folder.path().join("deep")).expect("it can be made");
    fs::write(folder.path().join("deep/small.toml"), SMALL).expect("it can be written");
    let output = penult(folder.path(), &["run", "small.toml", "deep/small.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("would both go to"), "{}", said(&output));
}

#[test]
fn wrong_input_ends_with_two_and_writes_nothing() {
    // This is well formed, and no world can be built of it.
    const LIST: &str = r#"workload={ kind = "list" }"#;
    const LARGE: &str = r#"message=[{ at = "1s", from = "c0", to = ["c1"], size = "3GiB" }]"#;
    let folder = with_small();
    let wrong: [(&[&str], &str); 9] = [
        (&["run", "none.toml"], "none.toml can't be read"),
        (&["run", "small.toml", "--strategy", "chian"], "a similar value exists: 'chain'"),
        (&["run", "small.toml", "--set", "chain.lenght=2"], "did you mean `length`?"),
        (&["run", "small.toml", "--set", "chain.length"], "key=value"),
        (&["run", "small.toml", "--set", LIST, "--set", LARGE], "2 GiB"),
        (&["run", "small.toml", "none.toml"], "none.toml can't be read"),
        (&["run"], "Usage"),
        (&["dance"], "unrecognized subcommand"),
        (&["check", "none.toml"], "none.toml can't be read"),
    ];
    for (arguments, what) in wrong {
        let output = penult(folder.path(), arguments);
        ends(&output, 2);
        assert!(said(&output).contains(what), "{arguments:?}: {}", said(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
        assert_eq!(names(folder.path()), ["small.toml"], "{arguments:?}");
    }
}

#[test]
fn a_report_that_cant_be_written_leaves_nothing() {
    let folder = with_small();
    // A file stands where the folder should be: that stops even those who may write anywhere.
    fs::write(folder.path().join("taken"), "mine").expect("it can be written");
    for out in ["taken", "taken/deeper"] {
        let output = penult(folder.path(), &["run", "small.toml", "--out", out]);
        ends(&output, 2);
        assert!(said(&output).contains("the report can't be written"), "{}", said(&output));
        assert_eq!(names(folder.path()), ["small.toml", "taken"]);
    }
    // A folder stands where a file should be: nothing else of the report is left beside it.
    fs::create_dir_all(folder.path().join("half/summary.json/x")).expect("it can be made");
    let output = penult(folder.path(), &["run", "small.toml", "--out", "half"]);
    ends(&output, 2);
    assert_eq!(names(&folder.path().join("half")), ["summary.json"]);
}

#[test]
fn a_file_of_dots_has_a_folder_of_its_own() {
    let folder = folder_with(&[("..toml", SMALL)]);
    ends(&penult(folder.path(), &["run", "..toml"]), 0);
    assert_eq!(names(&folder.path().join("out")), ["..toml"]);
    ends(&penult(folder.path(), &["test", "..toml", "--out", "tested"]), 0);
    assert_eq!(names(&folder.path().join("tested")), ["..toml"]);
}

#[test]
fn a_report_does_not_replace_its_scenario() {
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("scenario.toml"), SMALL).expect("it can be written");
    let output = penult(folder.path(), &["run", "scenario.toml", "--out", "."]);
    ends(&output, 2);
    assert!(said(&output).contains("would replace"), "{}", said(&output));
    assert_eq!(names(folder.path()), ["scenario.toml"]);
}

#[test]
fn what_is_not_as_expected_is_said() {
    let folder = with_small();
    let set = r#"expect."latency.max"="<= 1ms""#;
    let output = penult(folder.path(), &["run", "small.toml", "--set", set]);
    ends(&output, 0);
    assert!(said(&output).contains("latency.max is 44"), "{}", said(&output));
}

#[test]
fn check_says_what_is_wrong_with_each() {
    let folder = with_small();
    let output = penult(folder.path(), &["check", "small.toml"]);
    ends(&output, 0);
    assert_eq!((out(&output).as_str(), said(&output).as_str()), ("small.toml: fine\n", ""));
    let wrong = SMALL.replace("count = 3", "cuont = 3");
    fs::write(folder.path().join("wrong.toml"), wrong).expect("it can be written");
    let output = penult(folder.path(), &["check", "wrong.toml", "small.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("wrong.toml:4"), "{}", said(&output));
    assert_eq!(out(&output), "small.toml: fine\n");
    assert_eq!(names(folder.path()), ["small.toml", "wrong.toml"]);
}

#[test]
fn what_is_assumed_is_said_and_stands_in_the_report() {
    let folder = with_small();
    let matrix = "from,to,ms\neu,us,40\n";
    fs::write(folder.path().join("rtt.csv"), matrix).expect("it can be written");
    let sets = [
        r#"gateways.regions=["eu", "us"]"#,
        r#"regions.latency={ file = "rtt.csv", rtt = true }"#,
        r#"fault=[{ crash = "directory", at = "1s" }]"#,
        "strategy=single",
    ];
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    let arguments: Vec<&str> = ["run", "small.toml"].into_iter().chain(sets).collect();
    let output = penult(folder.path(), &arguments);
    ends(&output, 0);
    let text = fs::read_to_string(folder.path().join("out/small/summary.json"));
    let summary: serde_json::Value =
        serde_json::from_str(&text.expect("it is there")).expect("JSON");
    let assumed: Vec<&str> =
        summary["assumed"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for what in ["half of each", "the other way of the same pair", "fault.0 breaks nothing"] {
        assert!(assumed.iter().any(|said| said.contains(what)), "{what}: {assumed:?}");
    }
    for what in &assumed {
        assert!(said(&output).contains(what), "{what}: {}", said(&output));
    }
    // Nothing to assume, nothing there.
    ends(&penult(folder.path(), &["run", "small.toml"]), 0);
    let text = fs::read_to_string(folder.path().join("out/small/summary.json"));
    assert!(text.expect("it is there").contains("\"assumed\": []"));
}

#[test]
fn new_writes_a_scenario_that_runs_and_never_overwrites() {
    let folder = tempfile::tempdir().expect("there is room");
    ends(&penult(folder.path(), &["new", "mine.toml"]), 0);
    let output = penult(folder.path(), &["run", "mine.toml"]);
    ends(&output, 0);
    assert!(!said(&output).contains("note:"), "{}", said(&output));
    // It is about the length of a chain: what it expects depends on that, and its sweep shows it.
    for (length, what) in [("1", "deliveries.loss_rate is"), ("6", "latency.p50 is")] {
        let set = format!("chain.length={length}");
        let output = penult(folder.path(), &["run", "mine.toml", "--set", &set]);
        assert!(said(&output).contains(what), "{length}: {}", said(&output));
    }
    ends(&penult(folder.path(), &["sweep", "mine.toml", "--replications", "3"]), 0);
    let table = fs::read_to_string(folder.path().join("out/mine-sweep/points.csv"));
    let table = table.expect("it is there");
    let at = table
        .lines()
        .next()
        .and_then(|it| it.split(',').position(|it| it == "deliveries.loss_rate"));
    let rates = table.lines().skip(1).map(|line| line.split(',').nth(at.expect("a column")));
    let rates: Vec<f64> = rates.map(|it| it.expect("a cell").parse().expect("a rate")).collect();
    assert!(rates[0] > 3.0 * rates[2] && rates.len() == 4, "{rates:?}");
    fs::write(folder.path().join("mine.toml"), "mine").expect("it can be written");
    let output = penult(folder.path(), &["new", "mine.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("is there already"), "{}", said(&output));
    assert_eq!(fs::read_to_string(folder.path().join("mine.toml")).expect("it is there"), "mine");
    let output = penult(folder.path(), &["new", "no/folder.toml"]);
    ends(&output, 2);
    assert_eq!(said(&output), "error: no/folder.toml: there is no folder no\n");
    let output = penult(folder.path(), &["new", "mine.toml/it.toml"]);
    ends(&output, 2);
    assert_eq!(said(&output), "error: mine.toml/it.toml: mine.toml is no folder\n");
    assert_eq!(names(folder.path()), ["mine.toml", "out"]);
}

#[test]
fn list_and_schema_go_to_standard_output() {
    let folder = tempfile::tempdir().expect("there is room");
    let output = penult(folder.path(), &["list"]);
    ends(&output, 0);
    for what in ["single", "chain", "the penultimate takes over", "no-fault.toml", "The baseline"] {
        assert!(out(&output).contains(what), "{what}: {}", out(&output));
    }
    // Each says what it is about.
    let text = out(&output);
    let scenarios: Vec<&str> = text.lines().filter(|line| line.contains(".toml")).collect();
    assert!(scenarios.len() > 15);
    for line in scenarios {
        assert!(line.trim().split_once(".toml ").is_some_and(|(_, it)| it.len() > 20), "{line}");
    }
    let output = penult(folder.path(), &["schema"]);
    ends(&output, 0);
    let schema: serde_json::Value = serde_json::from_str(&out(&output)).expect("it is JSON");
    assert_eq!(schema["type"].as_str(), Some("object"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_half_file() {
    let folder = with_small();
    let long = ["--set", "duration=3000h", "--set", "chain.hold=4000h", "--out", "long"];
    let mut command = command(folder.path(), &["run", "small.toml"]);
    command.args(long);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let began = folder.path().join("long");
    while !began.exists() || names(&began).is_empty() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().expect("there is a kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    ends(&output, 130);
    assert!(said(&output).contains("interrupted: 0 of 1"), "{}", said(&output));
    assert_eq!(names(folder.path()), ["small.toml"]);
}

#[cfg(unix)]
#[test]
fn no_two_names_share_a_folder() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("there is room");
    let swept = format!("{SMALL}[sweep]\n\"chain.length\" = [1]\n");
    let names = [&b"a.toml"[..], b"a", b"a.txt", b"a-sweep.toml", b"\xff.toml", b"\xfe.toml"];
    for name in names {
        let file = folder.path().join(OsStr::from_bytes(name));
        fs::write(&file, &swept).expect("it can be written");
        for arguments in [
            &["run"][..],
            &["sweep"],
            &["compare", "--strategies", "single,chain", "--replications", "2"],
        ] {
            let mut command = command(folder.path(), arguments);
            ends(&command.arg(OsStr::from_bytes(name)).output().expect("it runs"), 0);
        }
    }
    let made = fs::read_dir(folder.path().join("out")).expect("it is there").count();
    assert_eq!(made, 3 * names.len());
}
