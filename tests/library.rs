//! The scenarios of the library: each runs, and what it expects comes out.

#[path = "../src/expect.rs"]
mod expect;

use std::path::Path;

use crate::common::cases;

use penult_reports::{Players, RowFiles, RunName, play};
use penult_scenarios::{LIBRARY, LIBRARY_FILES, Overrides, load};

#[test]
fn every_scenario_of_the_library_is_what_it_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/library");
    let players = Players::built_in();
    for (name, _) in LIBRARY {
        let loaded = load(&folder.join(name), &Overrides::none())
            .unwrap_or_else(|complaints| panic!("{complaints}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        let scenario = &loaded.scenario;
        assert!(!scenario.expect.conditions.is_empty(), "{name} expects nothing");
        // What it is about must not hang on one seed. With many clients, one has much of chance in it.
        let seeds = if scenario.clients.count > 1_000 { 1 } else { cases(1).min(5).into() };
        for seed in scenario.seed..scenario.seed + seeds {
            let built = loaded
                .build_as(scenario.strategy, seed)
                .unwrap_or_else(|complaints| panic!("{complaints}"));
            let run = play(&built.setup, RowFiles::none(), &|| true);
            let mut run = run.unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(run.violations().is_empty(), "{name}: {:?}", run.violations());
            let summary = run.summary(&RunName {
                scenario: scenario.title.clone(),
                strategy: scenario.strategy.word().to_owned(),
                seed,
            });
            assert_eq!(
                expect::unmet(&scenario.expect, &summary, players.metrics()),
                [""; 0],
                "{name}, seed {seed}"
            );
        }
    }
}

#[test]
fn the_library_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/library");
    let entries = std::fs::read_dir(folder).expect("the library is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("words"))
        .collect();
    names.sort_unstable();
    // Beside the scenarios stand the files that they name.
    let is_scenario = |name: &String| Path::new(name).extension().is_some_and(|it| it == "toml");
    let (names, files): (Vec<String>, Vec<String>) = names.into_iter().partition(is_scenario);
    let named: Vec<&str> = LIBRARY_FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, named);
    let listed: Vec<&str> = LIBRARY.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed);
}
