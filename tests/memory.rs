//! The memory that a run is said to need is what it takes, by a factor of two: in worlds that are large for one reason
//! each, and small enough to be run here.

use allocation_counter::measure;
use penult_reports::{RowFiles, play};
use penult_scenarios::{InMemory, Overrides, read};

use crate::common::cases;

const WORLD: &str = r#"
title    = "Memory"
duration = "20s"
drain    = "10s"
gateways = { count = 4 }
clients  = { count = 20, send_timeout = "1h", keepalive = "1h" }
workload = { kind = "poisson", rate = "0.05/s" }
"#;

/// What a run is said to need and what it holds at its peak, with these changes.
fn said_and_held(sets: &[&str]) -> (f64, f64) {
    let overrides: Overrides = sets.iter().copied().collect();
    let loaded = read("m.toml", WORLD.as_bytes(), &overrides, &InMemory::default());
    let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong}"));
    let held = measure(|| {
        let built = loaded.build().unwrap_or_else(|wrong| panic!("{wrong}"));
        play(&built.setup, RowFiles::none(), &|| true).expect("it ends");
    });
    (loaded.memory().0 as f64, held.bytes_max as f64)
}

#[test]
fn what_is_said_to_be_needed_is_held() {
    let (base, least) = said_and_held(&[]);
    let worlds: [&[&str]; 9] = [
        &["clients.count=20000", "workload.rate=0.001/s"],
        &["gateways.count=250", "strategy=single"],
        &["gateways.count=200", "chain.heartbeat={every=\"20s\",misses=3}"],
        &["gateways.count=1500", "gateways.shape=\"ring\""],
        // Half a minute on access links, which nothing hurries.
        &["workload.rate=25/s", "clients.access.latency=\"3s\""],
        &["workload.rate=25/s", "clients.access.latency=\"3s\"", "strategy=single"],
        &[
            "workload.rate=10/s",
            "clients.access.latency=\"3s\"",
            "chain.length=4",
            "workload.recipients=5",
        ],
        // Kept by all of a long way.
        &[
            "workload.rate=1/s",
            "clients.count=200",
            "gateways.latency=\"50ms\"",
            "gateways.shape=\"line\"",
            "gateways.count=100",
        ],
        &["workload.rate=25/s", "chain.delete_on=\"never\""],
    ];
    let mut off = Vec::new();
    // The first three are soon over.
    for sets in worlds.into_iter().take(cases(3) as usize) {
        let (said, held) = said_and_held(sets);
        let (said, held) = (said - base, held - least);
        assert!(held > 2e6, "{sets:?} is not large: {held:.0} bytes");
        if !(0.5..=2.0).contains(&(said / held)) {
            off.push(format!("{sets:?}: said {said:.0}, held {held:.0}"));
        }
        println!("{sets:?}: said {said:.0}, held {held:.0}: {:.2}", said / held);
    }
    assert!(off.is_empty(), "{off:#?}");
}
