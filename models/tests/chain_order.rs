//! Order: without trouble, what one user writes another comes in the order in which it was written.

use std::collections::BTreeMap;

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

fn exponential(millis: f64) -> Delay {
    Delay::from_nanos(Distribution::exponential(millis * 1e6).expect("a mean"))
}

/// Links that are first in, first out, one way for each message, and nobody suspects anybody: everything
/// else takes as long as chance will have it.
#[derive(Clone, Debug)]
struct World {
    seed: u64,
    gateways: u32,
    clients: u32,
    length: u32,
    split: bool,
    shared_segments: bool,
    recipients: u32,
    on_disk: bool,
    /// In bits per second; zero: none.
    bandwidth: u64,
}

fn worlds() -> impl Strategy<Value = World> {
    let size = (any::<u64>(), 1..7u32, 2..8u32);
    size.prop_flat_map(|(seed, gateways, clients)| {
        let options = (1..=gateways, any::<[bool; 3]>(), 1..=3.min(clients - 1));
        let bandwidth = prop_oneof![Just(0), 200_000..2_000_000_u64];
        (options, bandwidth).prop_map(move |((length, [split, shared, on_disk], to), bandwidth)| {
            World {
                seed,
                gateways,
                clients,
                length,
                split,
                shared_segments: shared,
                recipients: to,
                on_disk,
                bandwidth,
            }
        })
    })
}

impl World {
    fn setup(&self) -> Setup {
        let World { length, split, shared_segments, .. } = *self;
        // Longer than anything takes.
        let ack_timeout = Span::secs(60);
        let options =
            ChainOptions { length, split, shared_segments, ack_timeout, ..ChainOptions::default() };
        let homes: Vec<u32> = (0..self.clients).map(|client| client % self.gateways).collect();
        let mut setup = mesh(self.gateways, &homes, Times::PLAIN, &options);
        setup.seed = self.seed;
        setup.ends = at(20_000);
        setup.stops = at(600_000);
        setup.clients.send_timeout = Span::secs(60);
        setup.workload.times = SendTimes::Poisson { rate: 3.0 };
        setup.workload.recipients =
            Distribution::constant(f64::from(self.recipients)).expect("a number");
        setup.gateways.specs[0].latency = exponential(30.0);
        setup.gateways.specs[0].bandwidth = Bandwidth::bits_per_second(self.bandwidth);
        setup.access.latency = exponential(100.0);
        setup.gateways.machine.cpu = exponential(2.0);
        setup.gateways.machine.disk = exponential(5.0);
        let queue = if self.on_disk { QueuePlace::Disk } else { QueuePlace::Memory };
        setup.gateways.queue = queue;
        chain(&mut setup).policy.cost = exponential(3.0);
        setup
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(8), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn without_trouble_order_is_kept(world in worlds()) {
        let played = play(&world.setup());
        prop_assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered);
        prop_assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
        prop_assert_eq!(played.totals.out_of_order, 0);
        // The same, counted by hand.
        let mut last: BTreeMap<(ClientId, ClientId), (Time, Time)> = BTreeMap::new();
        let mut rows = played.rows;
        rows.sort_by_key(|row| (row.created, row.message.id.number()));
        for row in rows {
            let (created, delivered) = (row.created, row.delivered.expect("all are"));
            let pair = (row.message.sender, row.recipient);
            if let Some((before, came)) = last.insert(pair, (created, delivered)) {
                prop_assert!(came <= delivered, "{pair:?}: of {before} after that of {created}");
            }
        }
    }
}
