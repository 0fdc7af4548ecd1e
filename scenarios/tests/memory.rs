//! Worlds that are too large are refused by what they would need, with the strategy that runs; the limit can be raised.

use crate::common::{PLAIN, fine, read_set};
use penult_scenarios::Strategy;
use penult_scenarios::strategies::Chain;

fn wrong(sets: &[&str]) -> String {
    read_set(PLAIN, sets).err().map_or_else(String::new, |complaints| complaints.to_string())
}

#[test]
fn the_limit_can_be_raised() {
    let mesh = "gateways.count=4000";
    assert!(wrong(&[mesh]).contains("about 2.2 GiB of memory"), "{}", wrong(&[mesh]));
    assert!(wrong(&[mesh]).contains("memory_limit = \"4GiB\""), "{}", wrong(&[mesh]));
    assert_eq!(wrong(&[mesh, "memory_limit=4GiB"]), "");
}

#[test]
fn what_is_needed_hangs_on_the_strategy() {
    let sets = ["workload.rate=1000/s", "clients.access.latency=\"10s\""];
    let single = read_set(PLAIN, &[sets[0], sets[1], "strategy=single"]).expect("it fits");
    let chain = read_set(PLAIN, &sets).expect("it fits");
    assert!(single.memory() < chain.memory());
    let limit = format!("memory_limit={}B", (single.memory().0 + chain.memory().0) / 2);
    let loaded = read_set(PLAIN, &[sets[0], sets[1], "strategy=single", &limit]).expect("it fits");
    assert!(loaded.build().is_ok());
    let complaints = loaded.build_as(Strategy::of::<Chain>(), 1).expect_err("it is too large");
    assert!(complaints.to_string().contains("deliveries under way"), "{complaints}");
    assert!(wrong(&[sets[0], sets[1], &limit]).contains("deliveries under way"));
}

#[test]
fn what_is_missing_is_not_too_large_too() {
    let text = PLAIN.replace("count = 5", "").replace("\"1/s\"", "\"1000000000/s\"");
    let complaints = read_set(&text, &[]).expect_err("there is no count");
    assert_eq!(complaints.errors(), 1, "{complaints}");
}

/// What stands in the library needs next to nothing of what is allowed.
#[test]
fn small_worlds_are_small() {
    assert!(fine(PLAIN).memory().0 < 16 << 20, "{}", fine(PLAIN).memory());
}
