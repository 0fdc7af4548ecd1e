//! What a message costs in allocations: the message, its waybill and its place in a host's mail. The ledger,
//! acknowledgements, timers and deletions use again what others have left.

use crate::common::*;
use allocation_counter::measure;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const CLIENTS: u32 = 40;

/// How many messages are delivered in this time, and what was allocated for them, the world's making included.
fn in_so_long(ends: Time) -> (u64, u64) {
    let homes: Vec<u32> = (0..CLIENTS).map(|client| client % 8).collect();
    let mut setup = mesh(8, &homes, Times::PLAIN, &ChainOptions::default());
    setup.workload =
        WorkloadSpec { times: SendTimes::Poisson { rate: 1.0 }, ..WorkloadSpec::default() };
    (setup.ends, setup.stops) = (ends, ends + Span::secs(10));
    let options = setup.strategy.get::<Chain>().expect("it is the chain");
    let mut delivered = 0;
    let made = measure(|| {
        let engine = setup.engine::<Chain>(options.clone()).expect("it is well formed");
        let ledger = Ledger::new(setup.ledger_options(), ());
        let mut engine = engine.observed_by(ledger);
        engine.run(&Limits::until(setup.stops)).expect("there are few events");
        delivered = engine.into_observer().totals().of(Fate::Delivered);
    });
    (delivered, made.count_total)
}

#[test]
fn a_message_takes_three_allocations() {
    let (few, before) = in_so_long(at(60_000));
    let (many, after) = in_so_long(at(180_000));
    assert!(many - few > 4_000, "only {} messages more", many - few);
    let each = (after - before) as f64 / (many - few) as f64;
    assert!(each < 3.1, "{each:.2} allocations for each of {} messages", many - few);
}
