//! What the tests share.

pub mod several;

use std::path::{Path, PathBuf};

use penult_scenarios::{Complaints, Folder, InMemory, Loaded, Overrides, read};

/// So many random cases, times what `PENULT_CASES` says: few by default, so that all tests are over soon. `.ci/run` asks
/// for eight times as many.
pub fn cases(few: u32) -> u32 {
    let times = std::env::var("PENULT_CASES").map(|times| times.parse().expect("a number"));
    few * times.unwrap_or(1)
}

/// A scenario that is fine, to which a test adds what it is about.
pub const PLAIN: &str = r#"
title    = "Plain"
duration = "10s"

[gateways]
count = 5

[clients]
count = 10

[workload]
kind = "poisson"
rate = "1/s"
"#;

/// A folder of the tests.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The scenarios of a folder of the tests, by name.
pub fn scenarios(name: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), text)
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Reads a text whose files are in a folder of the tests.
pub fn read_in(name: &str, text: &str) -> Result<Loaded, Complaints> {
    read("scenario.toml", text.as_bytes(), &Overrides::none(), &Folder(folder(name)))
}

/// Reads a text that names no file, with `--set`s.
pub fn read_set(text: &str, sets: &[&str]) -> Result<Loaded, Complaints> {
    let overrides: Overrides = sets.iter().copied().collect();
    read("scenario.toml", text.as_bytes(), &overrides, &InMemory::default())
}

/// Reads a text that is right.
pub fn fine(text: &str) -> Loaded {
    read_set(text, &[]).unwrap_or_else(|complaints| panic!("{complaints}"))
}
