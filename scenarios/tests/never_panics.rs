//! Whatever the bytes, reading ends in a scenario or in messages, never in a panic.

use std::path::PathBuf;

use crate::common::{cases, folder, scenarios};
use penult_scenarios::{Files, InMemory, Overrides, read, template};
use proptest::prelude::*;

/// Every scenario of the tests.
fn texts() -> Vec<String> {
    let all = scenarios("good").into_iter().chain(scenarios("malformed"));
    all.map(|(_, text)| text).chain([template().to_owned()]).collect()
}

/// The files that the good scenarios name, in memory, so that a mutated name reads nothing else.
fn files() -> InMemory {
    let names =
        ["store.csv", "failures.csv", "devices.csv", "messages.csv", "edges.txt", "regions.csv"];
    let read =
        |name: &&str| (PathBuf::from(name), std::fs::read(folder("good").join(name)).unwrap());
    InMemory(names.iter().map(read).collect())
}

/// Reads it; if it can be read, what is written must be read as the same.
fn survives(bytes: &[u8], overrides: &Overrides, files: &dyn Files) {
    match read("fuzzed.toml", bytes, overrides, files) {
        Ok(loaded) => {
            let written = loaded.scenario.to_toml();
            match read("written.toml", written.as_bytes(), &Overrides::none(), files) {
                Ok(again) => assert_eq!(loaded.scenario, again.scenario, "{written}"),
                Err(complaints) => panic!("{complaints}\n{written}"),
            }
        }
        Err(complaints) => {
            assert!(complaints.errors() > 0);
            assert!(!complaints.render(true).is_empty());
        }
    }
}

/// What a mutation puts in: mostly pieces that mean something.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "",
        "\"",
        "'",
        "[",
        "]",
        "[[",
        "{",
        "}",
        "=",
        "\n",
        "#",
        ",",
        ".",
        "-1",
        "0",
        "1",
        "99999999999999999999",
        "1e308",
        "nan",
        "inf",
        "true",
        "\"0s\"",
        "\"5ms\"",
        "\"5\"",
        "\"100%\"",
        "\"g0\"",
        "\"c99\"",
        "\"m1\"",
        "\"directory\"",
        "{}",
        "[]",
        "é",
        "\u{feff}",
        "\u{0}",
        "1979-05-27",
        "\"\"\"",
        "at",
        "crash",
        "when",
        "mtbf",
        "length",
        "count",
        "uniform = [\"1ms\", \"2ms\"]",
        "file = \"failures.csv\"",
        "file = \"edges.txt\"",
        "\"584y\"",
        "\"18446744073s\"",
    ];
    prop_oneof![
        9 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

/// A piece in place of so many letters from a part of the text on.
fn mutated(text: &str, changes: &[(prop::sample::Index, usize, String)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, length, piece) in changes {
        let start = at.index(letters.len() + 1);
        let end = (start + length).min(letters.len());
        letters.splice(start..end, piece.chars());
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(128), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes, &Overrides::none(), &InMemory::default());
    }

    #[test]
    fn mutated_scenarios_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..4),
    ) {
        let texts: Vec<String> = texts();
        let text = mutated(&texts[which.index(texts.len())], &changes);
        survives(text.as_bytes(), &Overrides::none(), &files());
    }

    #[test]
    fn sets_never_panic(sets in prop::collection::vec("[a-z\"'.=0-9 \\[\\]{}-]{0,30}", 1..3)) {
        let overrides: Overrides = sets.into_iter().collect();
        survives(template().as_bytes(), &overrides, &InMemory::default());
    }

    #[test]
    fn sets_of_real_keys_never_panic(
        path in prop::sample::select(vec![
            "chain.length", "fault.0.at", "fault.0", "fault", "gateways", "clients.placement", "workload.kind",
            "sweep.\"chain.length\"", "expect", "gateways.shape", "gateways.latency", "duration", "message.0",
        ]),
        value in piece(),
    ) {
        let overrides: Overrides = [format!("{path}={value}")].into_iter().collect();
        survives(template().as_bytes(), &overrides, &files());
    }
}
