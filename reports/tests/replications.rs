//! Several seeds of one world, and what its author expects of it.

use crate::common::*;
use penult_reports::statistics::Replicated;
use penult_reports::*;
use penult_sim::Span;

fn seeds(count: u64) -> Vec<Summary> {
    let runs = (1..=count).map(|seed| {
        let mut scenario = memory_is_lost();
        (scenario.setup.seed, scenario.name.seed) = (seed, seed);
        run(&scenario, RowFiles::none()).summary(&scenario.name)
    });
    runs.collect()
}

#[test]
fn every_number_has_its_interval() {
    let runs = seeds(10);
    let replicated = Replicated::of(&runs);
    assert_eq!(replicated.runs, 10);
    let p50 = replicated.get("latency.p50").expect("it is a number");
    let (low, high) = p50.interval.expect("there are ten");
    assert!(p50.count == 10 && low <= p50.mean && p50.mean <= high);
    assert!(replicated.get("seed").is_none() && replicated.get("fingerprint").is_none());
    assert!(replicated.get("failover.detection.p50").is_none(), "nobody suspects anybody here");
    let lost: u64 = runs.iter().map(|run| run.deliveries.lost).sum();
    assert!(lost > 0 && replicated.loss_rate.lost == lost);
    let estimate = replicated.get("deliveries.loss_rate").expect("it is a number");
    let (rate, ends) = (replicated.loss_rate.rate.unwrap(), replicated.loss_rate.interval);
    assert_eq!((estimate.mean, estimate.interval), (rate, ends));
    assert!(ends.is_some_and(|(low, high)| low < rate && rate < high));
}

#[test]
fn expectations_are_held_against_a_run() {
    let scenario = memory_is_lost();
    let summary = run(&scenario, RowFiles::none()).summary(&scenario.name);
    let flat = summary.flat();
    let check = |path: &str, relation, wanted| {
        Expectation { path: path.to_owned(), relation, wanted, typed: "0".into() }
            .check(&flat, &Metrics::default())
    };
    let number = Wanted::Number;
    assert_eq!(
        check("latency.p50", Relation::AtMost, Wanted::Time(Span::millis(42))),
        Verdict::Met
    );
    assert_eq!(check("deliveries.loss_rate", Relation::Less, Wanted::Share(0.05)), Verdict::Met);
    assert_eq!(check("loss.causes.crash", Relation::Greater, number(0.0)), Verdict::Met);
    // What took nothing is zero, not unknown.
    assert_eq!(check("loss.causes.evicted", Relation::Equal, number(0.0)), Verdict::Met);
    let print = Wanted::Text(summary.fingerprint.clone());
    assert_eq!(check("fingerprint", Relation::Equal, print), Verdict::Met);
    let lost = check("deliveries.accepted_lost", Relation::Equal, number(0.0));
    assert_eq!(lost.to_string(), "expected == 0, found 6");
    let none = check("resync.time.p50", Relation::AtMost, Wanted::Time(Span::secs(1)));
    assert_eq!(none, Verdict::NoSample);
    let unknown = check("deliveries.accepted_losses", Relation::Equal, number(0.0));
    assert!(unknown.to_string().contains("deliveries.accepted_lost"), "{unknown}");
}
