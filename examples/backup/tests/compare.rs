//! The program with its own strategy has every command, and compares it with `single` and `chain` in the same worlds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A folder of its own for each test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("there is room");
    folder
}

fn backup(arguments: &[&str], at: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backup"));
    command.args(arguments).current_dir(at).output().expect("it can be run")
}

fn told(arguments: &[&str], at: &Path) -> String {
    let Output { status, stdout, stderr } = backup(arguments, at);
    let [out, err] = [stdout, stderr].map(|text| String::from_utf8(text).expect("it is text"));
    assert!(status.success(), "{arguments:?}\n{out}{err}");
    out + &err
}

/// For each run of `runs.csv` its strategy and the value of a column.
fn column(runs: &str, column: &str) -> Vec<(String, f64)> {
    let mut lines = runs.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let place = |name: &str| header.iter().position(|it| *it == name).expect("such a column");
    let (strategy, value) = (place("strategy"), place(column));
    lines.map(|line| (line[strategy].to_owned(), line[value].parse().expect("a number"))).collect()
}

#[test]
fn it_is_compared_with_those_of_penult_in_the_same_worlds() {
    let at = folder("compared");
    let world = file("world.toml").display().to_string();
    let list = "single,chain,backup,backup:both=false";
    let compare =
        ["compare", &world, "--strategies", list, "--replications", "8", "--out", "out", "--quiet"];
    told(&compare, &at);
    let runs = std::fs::read_to_string(at.join("out/runs.csv")).expect("it was written");
    let of = |strategy: &str, name: &str| -> f64 {
        let all = column(&runs, name).into_iter();
        all.filter(|(it, _)| it == strategy).map(|(_, value)| value).sum()
    };
    let offered = ["single", "chain", "backup"].map(|it| of(it, "deliveries.offered"));
    assert!(offered.iter().all(|it| *it == offered[0] && *it > 1_000.0), "{offered:?}");
    assert!(of("single", "deliveries.accepted_lost") > 0.0);
    for strategy in ["chain", "backup"] {
        assert_eq!(of(strategy, "deliveries.accepted_lost"), 0.0, "{strategy}");
    }
    let either = of("backup:both=false", "deliveries.offered");
    assert_eq!(either, offered[0]);
}

#[test]
fn it_has_every_command() {
    let at = folder("commands");
    std::fs::copy(file("world.toml"), at.join("world.toml")).expect("there is room");
    assert!(told(&["list"], &at).contains("backup    a primary and one backup for each client"));
    assert!(told(&["schema"], &at).contains("\"const\": \"backup\""));
    assert!(told(&["check", "world.toml"], &at).contains("world.toml: fine"));
    assert!(told(&["test", "world.toml"], &at).contains("all 3 expectations met"));
    let run = ["run", "world.toml", "--set", "backup.both=false", "--out", "a", "--quiet"];
    told(&run, &at);
    let understood = std::fs::read_to_string(at.join("a/scenario.toml")).expect("it is there");
    assert!(understood.contains("strategy = \"backup\"") && understood.contains("both = false"));
    told(&["run", "a/scenario.toml", "--out", "b", "--quiet"], &at);
    let fingerprint = |run: &str| {
        let summary = std::fs::read_to_string(at.join(run).join("summary.json")).expect("there");
        let line = summary.lines().find(|line| line.contains("\"fingerprint\""));
        line.expect("it has one").to_owned()
    };
    assert_eq!(fingerprint("a"), fingerprint("b"));
    let sweep = ["sweep", "world.toml", "--vary", "backup.both=true,false", "--quiet"];
    told(&sweep, &at);
    let size = ["size", "world.toml", "--vary", "gateways.count=5,6", "--share", "50%", "--quiet"];
    told(&[&size[..], &["--slo", "deliveries.accepted_lost == 0"]].concat(), &at);
    assert!(told(&["diff", "a", "b"], &at).contains("none moved"));
    // What is wrong with its keys is said as of all others.
    let wrong = backup(&["check", "world.toml", "--set", "backup.bth=true"], &at);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("did you mean `both`?"));
}
