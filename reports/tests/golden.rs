//! Whole reports of small worlds, byte for byte.

use std::path::Path;

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_reports::compare::{Comparison, Seed};
use penult_reports::{RowFiles, RunName};

const FILES: [&str; 10] = [
    "summary.json",
    "summary.csv",
    "deliveries.csv",
    "latency.csv",
    "latency.hgrm",
    "losses.csv",
    "timeline.csv",
    "gateways.csv",
    "failovers.csv",
    "faults.csv",
];

/// What is not to be read line by line, so that it is only the same each time, and whole.
const UNREAD: [&str; 6] = [
    "deliveries.parquet",
    "failovers.svg",
    "latency.svg",
    "loss.svg",
    "report.html",
    "timeline.svg",
];

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("it can be listed").file_name().into_string().expect("names are words")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort_unstable();
    names
}

#[test]
fn reports_are_as_they_were() {
    for scenario in all() {
        let made = tempfile::tempdir().expect("there is room");
        let summary = report(&scenario, made.path());
        let mut expected: Vec<String> = FILES.into_iter().chain(UNREAD).map(String::from).collect();
        expected.sort_unstable();
        assert_eq!(names_in(made.path()), expected);
        let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(scenario.name.scenario.replace(' ', "-"));
        for name in FILES {
            let got = std::fs::read_to_string(made.path().join(name)).expect("it was written");
            compare(&golden.join(name), &got);
        }
        compare(&golden.join("told.txt"), &penult_reports::tell(&summary));
    }
}

/// The files of a comparison that are kept. All of `report.html` stands in them, but for its frame.
const COMPARED: [&str; 5] =
    ["compare.csv", "compare.json", "compare.svg", "paired.csv", "runs.csv"];

/// A world of three gateways of which one crashes while devices are away, with each strategy and seven seeds.
fn comparison() -> (Comparison, Vec<Seed>) {
    let longer = ChainOptions { length: 3, ..ChainOptions::default() };
    let short = ChainOptions { length: 2, ..ChainOptions::default() };
    let strategies = [
        ("single", StrategyOptions::of::<Single>(SingleOptions::default())),
        ("chain", StrategyOptions::of::<Chain>(longer)),
        ("chain:length=2", StrategyOptions::of::<Chain>(short)),
    ];
    let of_seed = |seed: u64| {
        let runs = strategies.iter().map(|(strategy, options)| {
            let mut setup = world(3, 6, options.clone());
            (setup.seed, setup.ends) = (seed, at(20_000));
            setup.faults.push(away(&setup, 1, 4_000, 12_000));
            setup.faults.push(crash(1, 10_000, 5_000));
            let scenario = named("three gateways", setup);
            let mut outcome = run(&scenario, RowFiles::none().compared());
            assert!(outcome.violations().is_empty());
            let name = RunName { strategy: (*strategy).to_owned(), ..scenario.name };
            outcome.compared(&name).expect("its rows were kept")
        });
        Seed::of(seed, runs.collect())
    };
    let seeds: Vec<Seed> = (1..=7).map(of_seed).collect();
    let names = strategies.map(|(name, _)| name.to_owned());
    (Comparison::of("three gateways", &names, &seeds), seeds)
}

#[test]
fn comparisons_are_as_they_were() {
    let (comparison, seeds) = comparison();
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    comparison.write(first.path(), &seeds, true).expect("files can be written");
    comparison.write(second.path(), &seeds, true).expect("files can be written");
    let mut expected: Vec<&str> =
        COMPARED.into_iter().chain(["compare.png", "report.html", "runs.parquet"]).collect();
    expected.sort_unstable();
    assert_eq!(names_in(first.path()), expected);
    for name in expected {
        let read = |folder: &Path| std::fs::read(folder.join(name)).expect("it was written");
        assert!(read(first.path()) == read(second.path()), "{name}");
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/a-comparison");
    for name in COMPARED {
        let got = std::fs::read_to_string(first.path().join(name)).expect("it was written");
        compare(&golden.join(name), &got);
    }
    compare(&golden.join("told.txt"), &comparison.tell());
}

fn compare(golden: &Path, got: &str) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().expect("it is in a folder")).expect("it is made");
        std::fs::write(golden, got).expect("it can be written");
        return;
    }
    let was = std::fs::read_to_string(golden).expect("BLESS=1 makes it");
    if was == got {
        return;
    }
    let lines = was.lines().chain(std::iter::repeat("")).zip(got.lines().chain([""]));
    let (line, (was, now)) =
        (1..).zip(lines).find(|(_, (was, now))| was != now).expect("they differ");
    panic!(
        "{} moved at line {line}:\n  was {was}\n  now {now}\n\
         If that is meant, run again with BLESS=1 and say why in CHANGELOG.md.",
        golden.display()
    );
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for scenario in all() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        report(&scenario, first.path());
        report(&scenario, second.path());
        for name in FILES.into_iter().chain(UNREAD) {
            let read = |folder: &Path| std::fs::read(folder.join(name)).expect("it was written");
            assert_eq!(read(first.path()), read(second.path()), "{name}");
        }
    }
}

/// The words in back quotes below the heading that names a file.
fn documented(docs: &str, file: &str) -> Vec<String> {
    let mut sections = docs.split("\n## ").filter(|section| {
        section.lines().next().is_some_and(|heading| heading.split(", ").any(|it| it == file))
    });
    let section = sections.next().unwrap_or_else(|| panic!("{file} has no section"));
    section.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_column_is_documented_in_its_order() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
    let docs = std::fs::read_to_string(docs).expect("the page is there");
    let folder = tempfile::tempdir().expect("there is room");
    report(&last_gateway_crashes(), folder.path());
    for file in FILES.iter().filter(|file| file.ends_with(".csv") && **file != "summary.csv") {
        let table = std::fs::read_to_string(folder.path().join(file)).expect("it was written");
        let header = table.lines().next().expect("it has a header");
        let of_run = ["scenario", "strategy", "seed"];
        let own = header.split(',').filter(|column| !of_run.contains(column));
        let mut words = documented(&docs, file).into_iter();
        for column in own {
            assert!(words.any(|word| word == column), "{column} of {file}");
        }
    }
}
