//! Whatever the bytes, reading a scenario ends in a scenario or in messages; and what is written of a
//! scenario reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use penult_scenarios::{InMemory, Overrides, read};

fuzz_target!(|bytes: &[u8]| {
    let nowhere = InMemory::default();
    match read("fuzzed.toml", bytes, &Overrides::none(), &nowhere) {
        Ok(loaded) => {
            let written = loaded.scenario.to_toml();
            let again = read("written.toml", written.as_bytes(), &Overrides::none(), &nowhere)
                .unwrap_or_else(|complaints| panic!("{complaints}\n{written}"));
            assert_eq!(loaded.scenario, again.scenario, "{written}");
        }
        Err(complaints) => assert!(!complaints.render(true).is_empty()),
    }
});
