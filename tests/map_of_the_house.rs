//! The map of the house leads to places that are there.

use std::fs;
use std::path::Path;

#[test]
fn all_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("docs/architecture.md")).expect("it is there");
    let mut looked_at = 0;
    let mut missing = Vec::new();
    // Without its picture.
    let words: String = map.split("```").step_by(2).collect();
    for named in words.split('`').skip(1).step_by(2).filter(|it| it.contains('/')) {
        // `gateway/` alone is the chain's; `fault*.rs` are several.
        let homes = ["", "models/src/strategies/chain/"];
        let named = named
            .split_once('*')
            .map_or(named, |(folder, _)| folder.rsplit_once('/').expect("it is in a folder").0);
        looked_at += 1;
        if !homes.iter().any(|home| root.join(home).join(named).exists()) {
            missing.push(named);
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    assert!(looked_at > 20, "{looked_at}");
}
