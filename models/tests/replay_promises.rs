//! What `replay` promises, in random worlds: servers, replicas of the bus, the directory and devices crash, are cut off
//! and come back.

use crate::common::replaying::*;
use crate::common::*;
use penult_models::strategies::replay::{Begin, ReplayOptions};
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

/// A world in which things break until users stop sending, and then all is well.
#[derive(Clone, Debug)]
struct Plan {
    seed: u64,
    gateways: u32,
    clients: u32,
    times: usize,
    bus: (u64, u64),
    /// Whether latencies vary, so that packets overtake each other.
    unruly: bool,
    loss: f64,
    keepalive: u64,
    recipients: u32,
    options: Options,
    /// Nodes: gateways, then the directory, then replicas, then clients; from when, for how long.
    crashes: Vec<(u32, u64, u64)>,
    /// Which of the gateways and services are cut off from the rest, as bits.
    partitions: Vec<(u32, u64, u64)>,
    offline: Vec<(u32, u64, u64)>,
}

#[derive(Clone, Debug)]
struct Options {
    length: u32,
    replicas: u32,
    ack_timeout: u64,
    attempts: u32,
    every: u64,
    misses: u32,
    rate: Option<u64>,
    max_temporary: Option<u32>,
    start: u64,
    all: bool,
    store_every: u32,
}

fn options() -> impl Strategy<Value = Options> {
    let bus = (1..4u32, 20..600u64, 1..4u32, 50..1_000u64, 1..4u32);
    let rate = prop_oneof![2 => Just(None), 1 => (1..2_000u64).prop_map(Some)];
    let slots = prop_oneof![2 => Just(None), 1 => (1..3u32).prop_map(Some)];
    let start = prop_oneof![1 => Just(0u64), 1 => 1..2_000u64];
    (1..4u32, bus, rate, slots, start, any::<bool>(), 1..5u32).prop_map(
        |(length, bus, rate, max_temporary, start, all, store_every)| {
            let (replicas, ack_timeout, attempts, every, misses) = bus;
            Options {
                length,
                replicas,
                ack_timeout,
                attempts,
                every,
                misses,
                rate,
                max_temporary,
                start,
                all,
                store_every,
            }
        },
    )
}

fn plans() -> impl Strategy<Value = Plan> {
    let shape = (any::<u64>(), 1..5u32, 2..7u32, 0..6usize, (1..20u64, 0..5u64), options());
    shape.prop_flat_map(|(seed, gateways, clients, times, bus, options)| {
        let services = 1 + options.replicas;
        let (from, lasts) = (1..50_000u64, 1..12_000u64);
        let nodes = gateways + services + clients;
        let crashes = prop_oneof![
            1 => Just(0..1usize),
            2 => Just(0..5usize),
            1 => Just(0..9usize),
        ]
        .prop_flat_map({
            let (from, lasts) = (from.clone(), lasts.clone());
            // The bus more often than all others together.
            let node = prop_oneof![0..nodes, gateways..gateways + services];
            move |count| prop::collection::vec((node.clone(), from.clone(), lasts.clone()), count)
        });
        let sides = 1..1_u32 << (gateways + services);
        let partitions = prop_oneof![2 => Just(0..1usize), 1 => Just(0..4usize)].prop_flat_map({
            let (from, lasts) = (from.clone(), lasts.clone());
            move |count| prop::collection::vec((sides.clone(), from.clone(), lasts.clone()), count)
        });
        let offline = prop::collection::vec((0..clients, from, lasts), 0..6usize);
        let loss = prop_oneof![3 => Just(0.0), 1 => Just(0.02), 1 => Just(0.2)];
        let keepalive = prop_oneof![1 => Just(10_000u64), 2 => 200..4_000u64];
        let ways = (any::<bool>(), loss, keepalive, 1..=3.min(clients - 1));
        (crashes, partitions, offline, ways).prop_map(
            move |(crashes, partitions, offline, (unruly, loss, keepalive, recipients))| Plan {
                seed,
                gateways,
                clients,
                times,
                bus,
                unruly,
                loss,
                keepalive,
                recipients,
                options: options.clone(),
                crashes,
                partitions,
                offline,
            },
        )
    })
}

impl Plan {
    fn setup(&self) -> Setup {
        let (it, millis) = (&self.options, Span::millis);
        let options = ReplayOptions {
            length: it.length.min(self.gateways),
            replicas: it.replicas,
            ack_timeout: millis(it.ack_timeout),
            attempts: it.attempts,
            every: millis(it.every),
            misses: it.misses,
            between_pushes: Span::nanos(it.rate.map_or(0, |rate| 1_000_000_000 / rate)),
            max_temporary: it.max_temporary,
            start: millis(it.start),
            begin: if it.all { Begin::All } else { Begin::Tip },
            store_every: it.store_every,
            ..ReplayOptions::default()
        };
        let homes: Vec<u32> = (0..self.clients).map(|client| client % self.gateways).collect();
        let (latency, write) = self.bus;
        let bus = BusTimes { latency: millis(latency), write: millis(write) };
        let times = several_times()[self.times];
        let mut setup = stream(self.gateways, &homes, times, bus, &options);
        setup.seed = self.seed;
        setup.stops = at(600_000);
        setup.clients.keepalive = millis(self.keepalive);
        setup.workload.times = SendTimes::Poisson { rate: 0.5 };
        setup.workload.recipients =
            Distribution::constant(f64::from(self.recipients)).expect("a number");
        setup.access.loss = self.loss;
        if self.unruly {
            let vary = |span: Span| {
                let nanos = span.as_nanos() as f64;
                let range = Distribution::uniform(nanos * 0.5, nanos * 3.0).expect("a range");
                Delay::from_nanos(range)
            };
            setup.access = LinkSpec { order: Order::Free, ..setup.access };
            setup.access.latency = vary(times.access);
            replay(&mut setup).bus.latency = vary(millis(latency));
        }
        let node = |number: u32| NodeId::new(number as usize);
        for &(number, from, lasts) in &self.crashes {
            let fault = crash(node(number), at(from), millis(lasts), DiskFate::Kept);
            setup.faults.push(fault);
        }
        let servers = self.gateways + 1 + it.replicas;
        for &(side, from, lasts) in &self.partitions {
            let (cut, rest): (Vec<u32>, Vec<u32>) =
                (0..servers).partition(|number| side >> number & 1 == 1);
            let groups = [cut, rest].map(|group| group.into_iter().map(node).collect());
            let groups: Vec<Vec<NodeId>> = groups.into();
            if groups.iter().all(|group| !group.is_empty()) {
                let what = What::Partition(groups);
                setup.faults.push(Fault::once(what, at(from), millis(lasts)));
            }
        }
        for &(client, from, lasts) in &self.offline {
            offline(&mut setup, client, at(from), millis(lasts));
        }
        setup
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), max_shrink_iters: 3000, ..ProptestConfig::default() })]

    /// Nothing accepted is lost, nothing is shown twice, nothing is stranded nine minutes after the last trouble.
    #[test]
    fn what_was_accepted_is_delivered_once(plan in plans()) {
        let played = play_replay(&plan.setup());
        prop_assert_eq!(played.totals.duplicates_seen, 0);
        for row in &played.rows {
            let is_fine = match row.accepted {
                Some(_) => row.fate == Fate::Delivered,
                None => row.fate != Fate::Stranded,
            };
            prop_assert!(is_fine, "{row:?}");
        }
    }
}
