//! A strategy from a crate outside the workspace, `examples/backup`: in the same worlds as those that come with
//! Penult it keeps its promise, and the ledger finds nothing wrong with it.

#[path = "../examples/backup/src/main.rs"]
#[allow(dead_code, missing_docs, reason = "it is a program of its own")]
mod backup;

use std::path::Path;

use backup::{Backup, Gateway};
use penult::models::Maps;
use penult::reports::{Players, RowFiles, RunName, Summary};
use penult::scenarios::{Care, Overrides, Strategies};

/// The world of the example with these changes, run with one of the strategies.
fn run(strategy: &str, seed: u64, sets: &[&str]) -> Summary {
    let strategies = Strategies::built_in().and::<Backup>();
    let mut overrides: Overrides = sets.iter().copied().collect();
    overrides.add(format!("strategy={strategy}"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/backup/world.toml");
    let loaded = strategies.load_with(&file, &overrides, Care::default());
    let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}"));
    let built = loaded.build_as(loaded.scenario.strategy, seed);
    let setup = built.unwrap_or_else(|wrong| panic!("{wrong}")).setup;
    let mut players = Players::built_in();
    players.add::<Gateway>();
    let outcome = players.play(&setup, &Maps::default(), RowFiles::none(), &|_| true);
    let mut outcome = outcome.expect("it comes to its end");
    assert!(outcome.violations().is_empty(), "{strategy} {seed}: {:?}", outcome.violations());
    let name = RunName { scenario: "s".to_owned(), strategy: strategy.to_owned(), seed };
    outcome.summary(&name)
}

#[test]
fn it_keeps_its_promise_where_memory_alone_does_not() {
    let mut lost = [0; 4];
    for seed in 1..=8 {
        let one_has_it = ["backup.both=false"];
        let all = [("single", &[][..]), ("chain", &[]), ("backup", &[]), ("backup", &one_has_it)];
        let summaries = all.map(|(strategy, sets)| run(strategy, seed, sets));
        for (lost, summary) in lost.iter_mut().zip(&summaries) {
            *lost += summary.deliveries.accepted_lost;
            // The same messages, each of which came to an end.
            assert_eq!(summary.deliveries.offered, summaries[0].deliveries.offered);
            assert_eq!(summary.deliveries.duplicates_seen, 0);
        }
        let [single, chain, backup, _] = &summaries;
        assert_eq!(backup.deliveries.stranded, 0);
        // Nobody takes clients over: they wait for their home, as with `single`.
        assert_eq!((backup.failover.rehosts, single.failover.rehosts), (0, 0));
        assert!(chain.failover.rehosts > 0);
        assert!(backup.latency.p99 > chain.latency.p99);
        // A second copy costs transmissions, and fewer than a chain.
        let costs = [single, backup, chain].map(|it| it.cost.transmissions_per_delivery);
        assert!(costs.is_sorted_by(|one, other| one < other), "{costs:?}");
    }
    let [single, chain, backup, either] = lost;
    assert!(single > 0, "memory alone forgets");
    assert_eq!((chain, backup), (0, 0), "a second copy is enough where crashes come one by one");
    assert!(either <= single, "{either} lost where either has it, {single} where one has it");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let fingerprint = |seed, sets: &[&str]| run("backup", seed, sets).fingerprint;
    assert_eq!(fingerprint(3, &[]), fingerprint(3, &[]));
    assert_ne!(fingerprint(3, &[]), fingerprint(4, &[]));
    assert_ne!(fingerprint(3, &[]), fingerprint(3, &["backup.both=false"]));
}

#[test]
fn it_is_small() {
    let text = include_str!("../examples/backup/src/main.rs");
    assert!(text.lines().count() <= 150, "{} lines", text.lines().count());
}

/// What the blocks of a language on the page say together, line by line: they may begin and end in the middle of
/// something.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let begins = format!("```{language}\n");
    let blocks = page.split(&begins).skip(1).map(|it| it.split("```").next().expect("it ends"));
    blocks.flat_map(str::lines).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_page_that_goes_through_it_says_it_word_by_word() {
    let page = include_str!("../docs/strategy.md");
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
    };
    let files = [
        include_str!("../examples/backup/Cargo.toml"),
        include_str!("../examples/backup/world.toml"),
    ];
    assert_eq!(blocks(page, "rust"), lines(include_str!("../examples/backup/src/main.rs")));
    assert_eq!(blocks(page, "toml"), lines(&files.concat()));
}
