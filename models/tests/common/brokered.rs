//! Worlds for `migrate`: servers, a broker and planned migrations; and random ones, in which all of them crash, are cut off
//! and come back.

use penult_models::strategies::migrate::{
    Drain, Migrate, MigrateOptions, Plan as Planned, Request,
};
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

use super::plan::Queue;
use super::{Played, Times, at, mesh, play_within};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::ChainOptions;

/// What a broker takes.
#[derive(Clone, Copy, Debug)]
pub struct BrokerTimes {
    pub latency: Span,
    pub cpu: Span,
    pub write: Span,
}

/// The options that scenarios have by default, with so many brokers.
pub fn options(brokers: u32, times: BrokerTimes, policy: Span) -> MigrateOptions {
    let machine = MachineSpec {
        cpu: Delay::constant(times.cpu),
        disk: Delay::constant(times.write),
        ..MachineSpec::default()
    };
    MigrateOptions {
        broker: ServiceOptions { latency: Delay::constant(times.latency), machine },
        replicas: brokers,
        delay: Span::secs(1),
        in_order: true,
        max_returns: None,
        bandwidth: None,
        data: 0,
        failure: 0.0,
        timeout: Span::secs(10),
        evacuate: true,
        copies: 0,
        keeps_to_delivery: false,
        every: Span::millis(500),
        misses: 3,
        elect: Span::secs(1),
        ack_timeout: Span::millis(200),
        attempts: 2,
        length: 3,
        hold: Span::secs(24 * 3600),
        delete_on: DeleteOn::Received,
        policy: PolicyOptions { cost: Delay::constant(policy), ..PolicyOptions::default() },
        policy_everywhere: false,
        plan: Planned::default(),
    }
}

/// A full mesh of servers with a broker.
pub fn world(count: u32, homes: &[u32], times: Times, options: MigrateOptions) -> Setup {
    let setup = mesh(count, homes, times, &ChainOptions::default());
    Setup { strategy: StrategyOptions::of::<Migrate>(options), ..setup }
}

/// The options of such a world.
pub fn migrate(setup: &mut Setup) -> &mut MigrateOptions {
    setup.strategy.get_mut::<Migrate>().expect("it is migrate")
}

/// Runs such a world until nothing is left to do.
pub fn play_migrate(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Migrate>().expect("it is migrate");
    let limits = Limits { stop_when_quiet: true, ..Limits::until(setup.stops) };
    play_within::<Migrate>(setup, options, limits)
}

/// A migration of some clients.
pub fn request(at: Time, clients: &[u32], from: Option<u32>, to: u32) -> Request {
    let clients = clients.iter().map(|&client| ClientId(client)).collect();
    Request { at, clients, from: from.map(GatewayId), to: GatewayId(to) }
}

/// A world in which everything fails until its users stop sending; then all is well.
#[derive(Clone, Debug)]
pub struct Brokered {
    pub seed: u64,
    pub gateways: u32,
    pub clients: u32,
    pub brokers: u32,
    pub queue: Queue,
    pub in_order: bool,
    pub keeps: bool,
    pub copies: u32,
    pub evacuate: bool,
    pub failure: f64,
    /// In milliseconds.
    pub delay: u64,
    pub timeout: u64,
    pub every: u64,
    pub misses: u32,
    pub elect: u64,
    pub ack_timeout: u64,
    pub attempts: u32,
    /// Bytes of each client, and bits per second.
    pub data: u64,
    pub bandwidth: u64,
    /// What the broker's disk takes, in microseconds.
    pub write: u64,
    pub delete_on: DeleteOn,
    /// When, whom (as bits) and where to.
    pub requests: Vec<(u64, u32, u32)>,
    /// When and whom.
    pub drains: Vec<(u64, u32)>,
    /// Gateway or broker (behind the gateways), from when, for how long, in milliseconds.
    pub crashes: Vec<(u32, u64, u64)>,
    /// The gateways and brokers that are cut off from the rest, as bits.
    pub partitions: Vec<(u32, u64, u64)>,
    /// A client and a gateway that can't reach each other.
    pub cuts: Vec<(u32, u32, u64, u64)>,
    /// Devices that are off the network.
    pub offline: Vec<(u32, u64, u64)>,
    pub loss: f64,
    /// Whether packets between servers are duplicated and overtake each other.
    pub unruly: bool,
    pub keepalive: u64,
}

/// Random worlds, with options near each other's limits.
pub fn brokered() -> impl Strategy<Value = Brokered> {
    let sizes = (any::<u64>(), 2..5u32, 2..6u32, 1..=3u32);
    let queue = prop_oneof![Just(Queue::Memory), Just(Queue::DiskAtOnce), Just(Queue::Disk)];
    let triggers = prop_oneof![3 => Just(DeleteOn::Received), 1 => Just(DeleteOn::Read)];
    let ways = (queue, any::<bool>(), any::<bool>(), 0..3u32, any::<bool>(), triggers);
    let share = prop_oneof![3 => Just(0.0), 1 => Just(0.4), 1 => Just(1.0)];
    let tasks = (share, 50..3_000u64, prop_oneof![100..2_000u64, Just(10_000u64)]);
    let watch = (100..1_000u64, 2..4u32, 20..1_500u64, 10..400u64, 1..4u32);
    let data = prop_oneof![Just(0u64), 1..2_000_000u64];
    let bandwidth = prop_oneof![Just(0u64), 200_000..20_000_000u64];
    let sending = (data, bandwidth, prop_oneof![Just(0u64), 1..30_000u64]);
    (sizes, ways, tasks, watch, sending).prop_flat_map(|(sizes, ways, tasks, watch, sending)| {
        let (seed, gateways, clients, brokers) = sizes;
        let (queue, in_order, keeps, copies, evacuate, delete_on) = ways;
        let (failure, delay, timeout) = tasks;
        let (every, misses, elect, ack_timeout, attempts) = watch;
        let (data, bandwidth, write) = sending;
        let from = || 1..50_000u64;
        let lasts = || prop_oneof![1..500u64, 500..10_000u64];
        let nodes = gateways + brokers;
        let requests = prop::collection::vec((from(), 1..1_u32 << clients, 0..gateways), 0..6);
        let drains = prop::collection::vec((from(), 0..gateways), 0..2);
        let crashes = prop::collection::vec((0..nodes, from(), lasts()), 0..8);
        let partitions = prop::collection::vec((1..1_u32 << nodes, from(), lasts()), 0..3);
        let cuts = prop::collection::vec((0..clients, 0..gateways, from(), lasts()), 0..3);
        let offline = prop::collection::vec((0..clients, from(), lasts()), 0..3);
        let chance = (prop_oneof![3 => Just(0.0), 1 => Just(0.1)], prop::bool::weighted(0.2));
        let keepalive = prop_oneof![Just(10_000u64), 500..4_000u64];
        let troubles = (requests, drains, crashes, partitions, cuts, offline, chance, keepalive);
        troubles.prop_map(
            move |(requests, drains, crashes, partitions, cuts, offline, chance, keepalive)| {
                Brokered {
                    seed,
                    gateways,
                    clients,
                    brokers,
                    queue,
                    in_order,
                    keeps: keeps || copies > 0,
                    copies: copies.min(gateways - 1),
                    evacuate,
                    failure,
                    delay,
                    timeout,
                    every,
                    misses,
                    elect,
                    ack_timeout,
                    attempts,
                    data,
                    bandwidth,
                    write,
                    delete_on,
                    requests,
                    drains,
                    crashes,
                    partitions,
                    cuts,
                    offline,
                    loss: chance.0,
                    unruly: chance.1,
                    keepalive,
                }
            },
        )
    })
}

impl Brokered {
    pub fn setup(&self) -> Setup {
        let micros = Span::micros;
        let broker =
            BrokerTimes { latency: micros(1_500), cpu: Span::ZERO, write: micros(self.write) };
        let requests = self.requests.iter().map(|&(due, clients, to)| {
            let all: Vec<u32> = (0..self.clients).filter(|it| clients >> it & 1 == 1).collect();
            request(at(due), &all, None, to)
        });
        let drains = self
            .drains
            .iter()
            .map(|&(due, gateway)| Drain { at: at(due), gateway: GatewayId(gateway) });
        let millis = Span::millis;
        let options = MigrateOptions {
            delay: millis(self.delay),
            in_order: self.in_order,
            bandwidth: Bandwidth::bits_per_second(self.bandwidth),
            data: self.data,
            failure: self.failure,
            timeout: millis(self.timeout),
            evacuate: self.evacuate,
            copies: self.copies,
            keeps_to_delivery: self.keeps,
            every: millis(self.every),
            misses: self.misses,
            elect: millis(self.elect),
            ack_timeout: millis(self.ack_timeout),
            attempts: self.attempts,
            delete_on: self.delete_on,
            plan: Planned::new(requests.collect(), drains.collect()),
            ..options(self.brokers, broker, Span::ZERO)
        };
        let homes: Vec<u32> = (0..self.clients).map(|client| client % self.gateways).collect();
        let times = match self.queue {
            Queue::Memory => Times::PLAIN,
            Queue::DiskAtOnce => Times { on_disk: true, ..Times::PLAIN },
            Queue::Disk => Times { disk: micros(500), ..Times::PLAIN },
        };
        let mut setup = world(self.gateways, &homes, times, options);
        setup.seed = self.seed;
        setup.stops = at(600_000);
        setup.clients.keepalive = millis(self.keepalive);
        setup.workload.times = SendTimes::Poisson { rate: 0.5 };
        self.add_troubles(&mut setup);
        setup
    }

    fn add_troubles(&self, setup: &mut Setup) {
        let places = setup.places();
        // Gateways come first, then brokers.
        let node = |number: u32| NodeId::new(number as usize);
        for &(number, from, lasts) in &self.crashes {
            let who = Who::Nodes(vec![node(number)]);
            let what = What::Crash { who, disk: DiskFate::Kept };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        for &(side, from, lasts) in &self.partitions {
            let all = 0..self.gateways + self.brokers;
            let (off, rest): (Vec<u32>, Vec<u32>) = all.partition(|it| side >> it & 1 == 1);
            let group = |numbers: Vec<u32>| numbers.into_iter().map(node).collect::<Vec<_>>();
            let what = What::Partition(vec![group(rest), group(off)]);
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        for &(client, other, from, lasts) in &self.cuts {
            let ends = (places.client(ClientId(client)), node(other));
            let what = What::Link { ends, one_way: false };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        for &(client, from, lasts) in &self.offline {
            let who = Who::Nodes(vec![places.client(ClientId(client))]);
            setup.faults.push(Fault::once(What::Offline(who), at(from), Span::millis(lasts)));
        }
        setup.gateways.specs[0].loss = self.loss;
        setup.access.loss = self.loss;
        if self.unruly {
            let link = &mut setup.gateways.specs[0];
            (link.duplicate, link.order) = (0.1, Order::Free);
            link.latency = Delay::from_nanos(Distribution::exponential(5e6).expect("a mean"));
            let options = migrate(setup);
            options.broker.latency =
                Delay::from_nanos(Distribution::exponential(3e6).expect("a mean"));
        }
    }
}
