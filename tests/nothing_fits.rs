//! Where results can't be printed or written: the exit code is not that of wrong input, and what was done is kept.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::{SMALL, command, ends, folder_with, names, out, penult, said};

/// What comes of it where standard output takes nothing.
fn into_the_full(folder: &Path, arguments: &[&str]) -> Output {
    let full = File::options().write(true).open("/dev/full").expect("Linux has it");
    command(folder, arguments).stdout(Stdio::from(full)).output().expect("it runs")
}

#[test]
fn a_full_standard_output_is_no_wrong_input() {
    let small =
        format!("{SMALL}[sweep]\n\"chain.length\" = [1, 2]\n[expect]\n\"deliveries.lost\" = 0\n");
    let folder = folder_with(&[("s.toml", &small)]);
    let size = ["size", "s.toml", "--chain", "1..2", "--slo", "offered > 0", "--budget", "2"];
    for (arguments, written) in [
        (&["run", "s.toml"][..], Some("out/s/summary.json")),
        (&["run", "s.toml", "--json", "--quiet"], Some("out/s/summary.json")),
        (&["sweep", "s.toml"], Some("out/s-sweep/points.csv")),
        (
            &["compare", "s.toml", "--strategies", "single,chain"],
            Some("out/s-compare/compare.json"),
        ),
        (&size, Some("out/s-size/size.svg")),
        (&["test", "s.toml", "--junit", "j.xml"], Some("j.xml")),
        (&["check", "s.toml"], None),
        (&["diff", "out/s", "out/s"], None),
        (&["list"], None),
        (&["schema"], None),
    ] {
        let output = into_the_full(folder.path(), arguments);
        ends(&output, 5);
        let said = said(&output);
        assert!(said.contains("error: standard output: No space left on device"), "{said}");
        // What was written is there, and it is said where.
        let Some(written) = written else { continue };
        assert!(folder.path().join(written).exists(), "{arguments:?}");
        let place = written.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_quiet = arguments.contains(&"--quiet");
        assert!(is_quiet || said.contains(place), "{arguments:?}: {said}");
    }
    // What else is wrong wins, if it is worse; who stops reading early has read enough.
    ends(&into_the_full(folder.path(), &["run", "none.toml"]), 2);
}

#[test]
fn what_fails_beside_what_is_written_is_no_wrong_input_either() {
    // A file stands where a folder should be.
    let folder = folder_with(&[("a.toml", SMALL), ("b.toml", SMALL), ("o/b", "mine")]);
    let output = penult(folder.path(), &["run", "a.toml", "b.toml", "--out", "o"]);
    ends(&output, 5);
    assert!(said(&output).contains("the report can't be written"), "{}", said(&output));
    assert!(folder.path().join("o/a/summary.json").exists());
    // Where that is all, nothing is.
    ends(&penult(folder.path(), &["run", "b.toml", "--out", "o/b"]), 2);
    assert_eq!(fs::read_to_string(folder.path().join("o/b")).expect("it is there"), "mine");
    assert_eq!(names(&folder.path().join("o")), ["a", "b"]);
}

#[test]
fn help_and_readme_have_every_exit_code() {
    let folder = folder_with(&[]);
    let output = penult(folder.path(), &["--help"]);
    ends(&output, 0);
    let help = out(&output);
    let codes = help.split("Exit codes:").nth(1).expect("they are there");
    let readme = include_str!("../README.md");
    let told = readme.split("They exit with").nth(1).expect("they are there");
    let told = told.split("\n\n").next().expect("a paragraph");
    for code in ["0", "1", "2", "3", "4", "5", "130"] {
        let is_code = |line: &str| line.trim_start().split(' ').next() == Some(code);
        assert!(codes.lines().any(is_code), "{code}: {codes}");
        let words = told.split(|letter: char| !letter.is_alphanumeric());
        assert!(words.into_iter().any(|word| word == code), "{code}: {told}");
    }
}
