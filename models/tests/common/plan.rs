//! Random worlds for the chain: gateways crash, are cut off and come back, with every option.

use std::collections::BTreeMap;

use penult_models::detector::{Detector, HeartbeatOptions};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::{
    Acks, ChainOptions, Failback, Repair, ResyncOptions, ResyncWhat, RouteChoice,
};
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

use super::life::Life;
use super::{Played, Seen, Single, Times, at, mesh, service};

/// A world in which gateways crash again and again until the users stop sending, then all is well.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub gateways: u32,
    pub clients: u32,
    pub length: u32,
    pub accept_after: u32,
    pub queue: Queue,
    /// Whether gateways keep what the directory says.
    pub cache: bool,
    /// How long the directory gathers changes, in milliseconds.
    pub notice: u64,
    /// How often devices ask whether their host is there, in milliseconds: also as often as they wait for an answer,
    /// and more often.
    pub keepalive: u64,
    pub split: bool,
    pub balanced: bool,
    /// Whether gateways stand in a ring instead of each having a link to each.
    pub ring: bool,
    pub recipients: u32,
    pub shared_segments: bool,
    /// Gateway, from when, for how long, in milliseconds.
    pub crashes: Vec<(u32, u64, u64)>,
    /// The gateways that are cut off from the rest and the directory, as bits.
    pub partitions: Vec<(u32, u64, u64)>,
    /// A client and a gateway that can't reach each other.
    pub cuts: Vec<(u32, u32, u64, u64)>,
    /// The share of packets that every link loses.
    pub loss: f64,
    pub detection: Detection,
    pub life: Life,
    /// Whether packets between gateways are duplicated and overtake each other.
    pub unruly: bool,
    pub returns: Returns,
}

/// Where queues are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Memory,
    /// On a disk that takes no time to write.
    DiskAtOnce,
    Disk,
}

/// How gateways find out that others are dead or out of reach.
#[derive(Clone, Debug)]
pub struct Detection {
    pub acks: Acks,
    pub client_ack_timeout: Option<u64>,
    pub heartbeat: Option<(u64, Detector)>,
    /// Outages of the central processor: from when, for how long.
    pub processor: Vec<(u64, u64)>,
}

fn detections() -> impl Strategy<Value = Detection> {
    let acks = prop_oneof![2 => Just(Acks::Hop), 1 => Just(Acks::Central), 1 => Just(Acks::Both)];
    let client_ack_timeout = prop::option::of(50..5_000u64);
    let detector = prop_oneof![
        (1..4u32).prop_map(Detector::Misses),
        (1..10u32).prop_map(|phi| Detector::Phi(phi.into())),
    ];
    let heartbeat = prop::option::of((100..3_000u64, detector));
    let processor = prop::collection::vec((1..50_000u64, 1..20_000u64), 0..3_usize);
    (acks, client_ack_timeout, heartbeat, processor).prop_map(
        |(acks, client_ack_timeout, heartbeat, processor)| Detection {
            acks,
            client_ack_timeout,
            heartbeat,
            processor,
        },
    )
}

impl Detection {
    fn options(&self, options: ChainOptions) -> ChainOptions {
        let heartbeat = self
            .heartbeat
            .map(|(every, detector)| HeartbeatOptions { every: Span::millis(every), detector });
        let client_ack_timeout = self.client_ack_timeout.map(Span::millis);
        ChainOptions { acks: self.acks, client_ack_timeout, heartbeat, ..options }
    }

    fn add_to(&self, setup: &mut Setup) {
        let Some(processor) = service(setup, "processor") else { return };
        setup.store.latency = Delay::constant(Span::millis(5));
        for &(from, lasts) in &self.processor {
            let who = Who::Nodes(vec![processor]);
            let what = What::Crash { who, disk: DiskFate::Kept };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
    }
}

/// How gateways come back and are replaced.
#[derive(Clone, Debug)]
pub struct Returns {
    pub failback: Failback,
    /// In milliseconds.
    pub failback_after: u64,
    pub repair: Repair,
    pub repair_after: u64,
    pub batch: u32,
    pub what: ResyncWhat,
    /// In bits per second; zero: none.
    pub bandwidth: u64,
}

fn returns() -> impl Strategy<Value = Returns> {
    let failback = prop_oneof![4 => Just(Failback::Resume), 1 => Just(Failback::Stay)];
    let repair = prop_oneof![Just(Repair::None), Just(Repair::Replace)];
    let after = || prop_oneof![Just(0u64), 1..3000u64];
    // A message takes eight seconds at the slowest.
    let bandwidth = prop_oneof![Just(0u64), 1_000..100_000u64];
    let what = prop_oneof![3 => Just(ResyncWhat::All), 1 => Just(ResyncWhat::Undelivered)];
    (failback, after(), repair, after(), (1..5u32, what), bandwidth).prop_map(
        |(failback, failback_after, repair, repair_after, (batch, what), bandwidth)| Returns {
            failback,
            failback_after,
            repair,
            repair_after,
            batch,
            what,
            bandwidth,
        },
    )
}

/// As it is by default; as long as devices wait for an answer, or a part of that, less a round trip or not; and any.
fn keepalives() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => Just(10_000u64),
        2 => prop::sample::select(vec![500, 990, 1_000, 1_970, 1_999, 2_000, 2_001, 2_030]),
        2 => 100..4_000u64,
    ]
}

pub fn plans() -> impl Strategy<Value = Plan> {
    use Queue::*;
    let queue = prop_oneof![2 => Just(Memory), 1 => Just(DiskAtOnce), 1 => Just(Disk)];
    let directory = (
        prop_oneof![3 => Just(true), 1 => Just(false)],
        prop_oneof![3 => Just(0), 1 => 1..2_000u64],
        keepalives(),
    );
    let shape = (any::<u64>(), 2..7u32, 2..8u32, (queue, directory), any::<[bool; 4]>());
    shape.prop_flat_map(
        |(seed, gateways, clients, (queue, directory), [crashes, partitions, cuts, loss])| {
            let (from, lasts) = (1..50_000u64, 1..8_000u64);
            // Each kind of trouble is left out of half of the worlds: everything at once hides what needs quiet.
            let some = |wanted| 0..if wanted { 5 } else { 1_usize };
            let crashes =
                prop::collection::vec((0..gateways, from.clone(), lasts.clone()), some(crashes));
            let sides = 1..1_u32 << gateways;
            let partitions =
                prop::collection::vec((sides, from.clone(), lasts.clone()), some(partitions));
            let cuts = prop::collection::vec((0..clients, 0..gateways, from, lasts), some(cuts));
            let loss =
                if loss { prop_oneof![Just(0.01), Just(0.1)].boxed() } else { Just(0.0).boxed() };
            let options = (
                1..=gateways,
                1..4u32,
                (detections(), Life::any(clients), any::<bool>(), returns()),
            );
            let ring = prop_oneof![3 => Just(false), 1 => Just(true)];
            let ways = (any::<[bool; 3]>(), 1..=3.min(clients - 1), ring);
            (options, ways, crashes, partitions, cuts, loss).prop_map(
                move |(
                    (length, accept_after, (detection, life, unruly, returns)),
                    ways,
                    crashes,
                    partitions,
                    cuts,
                    loss,
                )| {
                    Plan {
                        seed,
                        gateways,
                        clients,
                        length,
                        accept_after,
                        queue,
                        cache: directory.0,
                        notice: directory.1,
                        keepalive: directory.2,
                        split: ways.0[0],
                        balanced: ways.0[1],
                        ring: ways.2,
                        shared_segments: ways.0[2],
                        recipients: ways.1,
                        crashes,
                        partitions,
                        cuts,
                        loss,
                        detection,
                        life,
                        unruly,
                        returns,
                    }
                },
            )
        },
    )
}

impl Plan {
    /// The clients that are not at home in the end, as the last claims say, and where they are.
    pub fn away(&self, seen: &Seen) -> Vec<(ClientId, NodeId)> {
        let mut hosts = BTreeMap::new();
        for &(_, node, ref note) in &seen.notes {
            if let Note::Claimed { client, epoch, .. } = *note {
                let last = hosts.entry(client).or_insert((epoch, node));
                *last = (epoch, node).max(*last);
            }
        }
        let hosts = hosts.into_iter().map(|(client, (_, host))| (client, host));
        hosts.filter(|(client, host)| host.index() as u32 != client.0 % self.gateways).collect()
    }

    pub fn setup(&self) -> Setup {
        self.with_troubles(self.mesh())
    }

    /// The same world with one host for each client.
    pub fn setup_of_single(&self) -> Setup {
        let mut options = SingleOptions {
            policy_everywhere: self.life.policy_everywhere,
            ..SingleOptions::default()
        };
        if let Some((spill, hold)) = self.life.spill {
            (options.spill, options.hold) = (spill, Span::millis(hold));
        }
        let mut setup = self.mesh();
        setup.strategy = StrategyOptions::of::<Single>(options);
        self.with_troubles(setup)
    }

    fn mesh(&self) -> Setup {
        let Plan { length, accept_after, split, shared_segments, .. } = *self;
        let route =
            if self.balanced { RouteChoice::LoadBalanced } else { RouteChoice::ShortestPath };
        let Returns { failback, repair, batch, .. } = self.returns;
        let options = ChainOptions {
            length,
            accept_after,
            cache: self.cache,
            notice: Span::millis(self.notice),
            route,
            split,
            shared_segments,
            failback,
            failback_after: Span::millis(self.returns.failback_after),
            // With queues of fixed chains there is nobody to step in.
            repair: if split { Repair::None } else { repair },
            repair_after: Span::millis(self.returns.repair_after),
            resync: ResyncOptions {
                batch,
                bandwidth: Bandwidth::bits_per_second(self.returns.bandwidth),
                what: self.returns.what,
            },
            ..ChainOptions::default()
        };
        let mut options = self.detection.options(options);
        self.life.set_options(&mut options);
        let homes: Vec<u32> = (0..self.clients).map(|client| client % self.gateways).collect();
        let times = match self.queue {
            Queue::Memory => Times::PLAIN,
            Queue::DiskAtOnce => Times { on_disk: true, ..Times::PLAIN },
            Queue::Disk => Times { disk: Span::micros(500), ..Times::PLAIN },
        };
        let mut setup = mesh(self.gateways, &homes, times, &options);
        if self.ring && self.gateways > 3 {
            let is_beside = |link: &Link| {
                let step = link.ends.1.0 - link.ends.0.0;
                step == 1 || step == self.gateways - 1
            };
            setup.gateways.links.retain(is_beside);
        }
        setup
    }

    fn with_troubles(&self, mut setup: Setup) -> Setup {
        setup.seed = self.seed;
        setup.stops = at(600_000);
        setup.clients.keepalive = Span::millis(self.keepalive);
        setup.workload.times = SendTimes::Poisson { rate: 0.5 };
        setup.workload.recipients =
            Distribution::constant(f64::from(self.recipients)).expect("a number");
        for &(gateway, from, lasts) in &self.crashes {
            let who = Who::Nodes(vec![NodeId::new(gateway as usize)]);
            let what = What::Crash { who, disk: DiskFate::Kept };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        let places = setup.places();
        let gateway = |number| places.gateway(GatewayId(number));
        for &(side, from, lasts) in &self.partitions {
            let (cut, mut rest): (Vec<u32>, Vec<u32>) =
                (0..self.gateways).partition(|gateway| side >> gateway & 1 == 1);
            let group = |numbers: Vec<u32>| numbers.into_iter().map(gateway).collect::<Vec<_>>();
            let mut first = group(std::mem::take(&mut rest));
            // The directory, where there is one.
            first.extend((0..places.services.min(1)).map(|number| places.service(number)));
            let what = What::Partition(vec![first, group(cut)]);
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        for &(client, other, from, lasts) in &self.cuts {
            let ends = (places.client(ClientId(client)), gateway(other));
            let what = What::Link { ends, one_way: false };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        self.detection.add_to(&mut setup);
        setup.gateways.specs[0].loss = self.loss;
        if self.unruly {
            let link = &mut setup.gateways.specs[0];
            (link.duplicate, link.order) = (0.1, Order::Free);
            link.latency = Delay::from_nanos(Distribution::exponential(5e6).expect("a mean"));
        }
        setup.access.loss = self.loss;
        self.life.set(&mut setup);
        setup
    }
}

impl Plan {
    pub fn disturbances(&self) -> usize {
        let life = self.life.store_crashes.len() + self.life.offline.len();
        let detection = self.detection.processor.len();
        self.crashes.len() + self.partitions.len() + self.cuts.len() + life + detection
    }

    /// How many packets a delivery takes when each that the rules name is sent once, at `gateways` gateways.
    fn packets_once(&self) -> u64 {
        let if_so = |it: bool, packets: u64| if it { packets } else { 0 };
        let (gateways, n) = (u64::from(self.gateways), u64::from(self.accept_after));
        let central = self.detection.acks != Acks::Hop;
        let several = self.recipients > 1;
        let parked = self.life.spill.is_some();
        let tells = !self.life.delete_on.told_by_device().is_empty();
        // Submitted, accepted, delivered, acknowledged, and its sender hears that and says so; what the user did with
        // it, and that this was heard.
        let devices = 6 + if_so(tells, 2);
        // A copy; that it is stored, n − 1 grown numbers, and that it arrived; the question whose host the
        // recipient has, and its answer.
        let stored = 2 + n + if_so(!self.cache, 2);
        // Of these n + 1 answers each goes over the processor as well, in two pieces; it hears of two waits,
        // and of the end.
        let counted = if_so(central, 2 * (n + 1) + 3);
        // What became of it, and that this was heard: once where receiving it is what deletes it.
        let told = 2 + if_so(several || !self.life.delete_on.has(DeleteOn::Received), 2);
        // The same of the store, which is offered it, wants it, gets it, has it, and is told the end of it
        // by whoever saw that, and says so.
        let offered = if_so(parked, 2 + 7);
        // From there it travels a second time: the host is ready, there is something for it, and it is
        // handed out, each with its answer.
        let ways = 1 + u64::from(parked);
        let back = if_so(parked, 6);
        // Its trigger is told to the source, or to the next of its list.
        let gathered = if_so(several, 2 * u64::from(self.length));
        devices + gathered + back + gateways * (ways * (stored + counted) + told + offered)
    }

    /// How many packets a run of this world may send, keepalives and heartbeats aside:
    ///
    /// - for each delivery what it takes without trouble;
    /// - while it is not delivered, no gateway says more of it than one thing in each `ack_timeout`, be it
    ///   a copy once more or a question, and each gets one answer;
    /// - a suspicion moves what waits for the suspect: of each message under way a copy, and its ack, over
    ///   the processor as well;
    /// - a claim is a question and its answer, and for each gateway a notice and its ack; a new host greets
    ///   its client, and of each message under way to that each gateway may send the id, be asked for the
    ///   message, send it and get its ack;
    /// - what became of a message is told to one that is silent after `ack_timeout`, `attempts` times, and
    ///   then twice as late each time, so of an outage of less than 9 s at most `attempts` and six times;
    /// - one that returns asks the directory at most once in each `ack_timeout` until that answers, and
    ///   whoever synchronises exchanges with each other gateway what it has, what comes, that it has it, and
    ///   what came since;
    /// - where suspects are replaced, all clients hear of each, whoever steps in is asked `attempts` times,
    ///   and one that is heard again hears that it was replaced, or is asked too.
    ///
    /// Where one packet in ten is lost, each exchange of two takes 1.24 tries on average; where one in ten
    /// is doubled, some answers are given twice. For both and for chance, all that twice.
    pub fn most_packets(&self, played: &Played) -> f64 {
        let (gateways, options) = (u64::from(self.gateways), ChainOptions::default());
        let timeout = options.ack_timeout;
        let times = 1 + u64::from(self.detection.acks != Acks::Hop);
        let attempts = u64::from(options.attempts);
        let replacing = match self.returns.repair {
            Repair::Replace if !self.split => u64::from(self.clients) + attempts,
            _ => 0,
        };
        let ends = |row: &Row| row.delivered.or(row.gone).unwrap_or(played.over);
        let mut packets = played.rows.len() as u64 * self.packets_once();
        for row in &played.rows {
            let open = ends(row) - row.created;
            packets += 2 * gateways * times * open.as_nanos().div_ceil(timeout.as_nanos());
        }
        let under_way = |at: Time, client: Option<ClientId>| {
            let is_meant = |row: &&Row| client.is_none_or(|client| row.recipient == client);
            let is_open = |row: &&Row| row.created <= at && at <= ends(row);
            played.rows.iter().filter(is_meant).filter(is_open).count() as u64
        };
        for &(at, _, ref note) in &played.seen.notes {
            packets += match *note {
                Note::Suspected(_) => 2 * times * under_way(at, None) + replacing,
                Note::Trusted(_) if replacing > 0 => attempts,
                Note::ResyncStarted => 4 * gateways,
                Note::Claimed { client, .. } => {
                    3 + 2 * gateways + 4 * gateways * under_way(at, Some(client))
                }
                _ => 0,
            };
        }
        let outages = self.crashes.iter().chain(&self.partitions);
        for &(_, from, lasts) in outages {
            let (from, until) = (at(from), at(from + lasts));
            let is_told = |row: &&Row| (from..=until).contains(&ends(row));
            let told = played.rows.iter().filter(is_told).count() as u64;
            packets += told * gateways * (attempts + 6);
            let asks = Span::millis(lasts).as_nanos().div_ceil(timeout.as_nanos());
            packets += 2 * asks;
        }
        let chance = if self.loss > 0.0 || self.unruly { 2.0 } else { 1.0 };
        chance * packets as f64
    }
}
