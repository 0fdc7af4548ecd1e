//! Gateways that come back, as reports tell of them.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, ResyncOptions};
use penult_models::*;
use penult_reports::*;
use penult_sim::*;

/// g4 is dead from 10 s to 25 s. Its clients are c4, away while three messages come for it, and c9.
fn returning() -> Scenario {
    let bandwidth = Bandwidth::bits_per_second(1_000_000);
    let resync = ResyncOptions { batch: 2, bandwidth, ..ResyncOptions::default() };
    let options = ChainOptions { resync, ..ChainOptions::default() };
    let mut setup = world(5, 10, StrategyOptions::of::<Chain>(options));
    let mut messages = List::new();
    let mut message = |at, to: u32| {
        messages.push(&Listed {
            at,
            from: ClientId(0),
            to: vec![ClientId(to)],
            bytes: Some(1000),
            attachment: Some(0),
            view: Some(Span::ZERO),
            harmful: None,
        });
    };
    (0..3).for_each(|number| message(at(12_000 + number * 10), 4));
    message(at(12_030), 9);
    message(at(30_000), 9);
    setup.workload.times = SendTimes::List(messages);
    let away = Who::Nodes(vec![setup.places().client(ClientId(4))]);
    setup.faults.push(Fault::once(What::Offline(away), at(5_000), Span::secs(40)));
    setup.faults.push(crash(4, 10_000, 15_000));
    named("a gateway comes back", setup)
}

#[test]
fn resyncs_and_failbacks_are_counted_and_timed() {
    let scenario = returning();
    let mut run = run(&scenario, RowFiles::none());
    assert!(run.violations().is_empty());
    let summary = run.summary(&scenario.name);
    let Resync { count, messages, bytes, time } = summary.resync;
    assert_eq!((count, messages, bytes), (1, 3, 3000));
    // 2·d + 2·l + k·b/bandwidth, in milliseconds.
    assert_eq!(time.p50, Some(2.0 + 4.0 + 24.0));
    assert_eq!((summary.failover.rehosts, summary.failover.failbacks), (4, 2));
    assert_eq!(summary.deliveries.delivered, 5);

    let claimed = at(25_000) + Span::millis(30 + 4 + 2);
    let home: Vec<&Failover> = run.failovers().iter().filter(|row| row.is_failback).collect();
    for (row, client) in home.iter().zip([4, 9]) {
        assert_eq!((row.client, row.from, row.to), (ClientId(client), GatewayId(1), GatewayId(4)));
        assert_eq!((row.died, row.suspected), (None, None), "nobody died");
        assert_eq!((row.claimed, row.handed_over), (claimed, Some(claimed)));
    }
    assert_eq!(home[0].attached, Some(at(45_040)), "when it is online again");
    assert_eq!(home[1].attached, Some(claimed + Span::millis(20)));
    assert_eq!(home[1].first_delivery, Some(at(30_044)));
    // c9 is with g1 meanwhile; c4 knows of nobody else than g4.
    let (g1, g4) = (run.hosted(GatewayId(1)), run.hosted(GatewayId(4)));
    assert_eq!((g1.most, g1.last), (3, 2));
    assert_eq!((g4.first, g4.last), (2, 2));
}

#[test]
fn a_resync_that_breaks_off_is_not_counted() {
    let mut scenario = returning();
    scenario.setup.faults.push(crash(4, 25_010, 5_000));
    let mut run = run(&scenario, RowFiles::none());
    let Resync { count, messages, time, .. } = run.summary(&scenario.name).resync;
    assert_eq!((count, messages, time.p50), (1, 3, Some(30.0)), "the second, from its own begin");
}

#[test]
fn failovers_csv_says_which_went_home() {
    let folder = tempfile::tempdir().expect("there is room");
    report(&returning(), folder.path());
    let table = std::fs::read_to_string(folder.path().join("failovers.csv")).expect("it is there");
    let home: Vec<&str> = table.lines().filter(|line| line.contains(",failback,")).collect();
    assert_eq!(
        home,
        [
            "a gateway comes back,chain,1,failback,c4,g1,g4,3,,,25.036,25.036,45.04,45.04",
            "a gateway comes back,chain,1,failback,c9,g1,g4,3,,,25.036,25.036,25.056,30.044",
        ]
    );
}
