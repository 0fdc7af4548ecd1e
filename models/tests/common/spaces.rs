//! Worlds for `spaces`: plain ones with constant times, and random ones in which anything fails until all is well.

use std::sync::Arc;

use penult_models::strategies::spaces::{
    ClusterBy, Move, Plan as SpacesPlan, Publish, SpaceName, Spaces, SpacesOptions, Subscribe,
};
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

use super::{Played, Times, at, listed, mesh, play_as};

/// How far space servers are and what they are made of.
#[derive(Clone, Copy, Debug)]
pub struct ServerTimes {
    pub latency: Span,
    pub cpu: Span,
    pub write: Span,
}

/// Options of a space server's cluster: three that have every space.
pub fn options(times: ServerTimes) -> SpacesOptions {
    let machine = MachineSpec {
        cpu: Delay::constant(times.cpu),
        cpu_control: Delay::ZERO,
        disk: Delay::constant(times.write),
    };
    SpacesOptions {
        servers: 3,
        server: ServiceOptions { latency: Delay::constant(times.latency), machine },
        replicas: 3,
        publish: Publish::All,
        subscribe: Subscribe::All,
        accept_after: 1,
        lead: false,
        ack_timeout: Span::millis(900),
        attempts: 2,
        beat: Span::secs(3600),
        misses: 3,
        elect: Span::secs(1),
        probe: Span::secs(1),
        retention: Span::secs(24 * 3600),
        length: 3,
        notice: Span::ZERO,
        policy: PolicyOptions::default(),
        clusters: 1,
        cluster_by: ClusterBy::None,
        teams: 1,
        overlap: 0.5,
        replace_after: None,
        moves: Vec::new(),
        cache: true,
        replies: false,
        plan: Arc::new(SpacesPlan::default()),
    }
}

/// `count` gateways and clients at home there, dealt to regions that are so far apart.
pub fn world(
    count: u32,
    homes: &[u32],
    times: Times,
    regions: &[&[u64]],
    options: SpacesOptions,
) -> Setup {
    let mut setup = mesh(count, homes, times, &Default::default());
    setup.store = ServiceOptions::default();
    let options = SpacesOptions {
        policy: PolicyOptions { cost: Delay::constant(times.policy), ..options.policy.clone() },
        length: options.length.min(count),
        ..options
    };
    if !regions.is_empty() {
        let dealt = (0..count as usize).map(|it| RegionId::new(it % regions.len()));
        setup.gateways.regions = dealt.collect();
        setup.regions = Some(RegionDelays::new(regions.len(), |from, to| {
            Delay::constant(Span::micros(regions[from.index()][to.index()]))
        }));
    }
    // What keepalives find out is tried elsewhere.
    setup.clients.keepalive = Span::secs(3600);
    setup.clients.send_timeout = Span::secs(30);
    setup.strategy = StrategyOptions::of::<Spaces>(options);
    setup
}

pub use penult_models::strategies::StrategyOptions;

/// The node of a space server.
pub fn server(setup: &Setup, number: u32) -> NodeId {
    setup.places().service(number + 1)
}

/// Runs a world of `spaces` to its end. Whatever it is, the ledger must find nothing wrong with it.
pub fn play_spaces(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Spaces>().expect("it is spaces");
    play_as::<Spaces>(setup, options)
}

/// The plan that the nodes of a world make.
pub fn plan_of(setup: &Setup) -> Arc<SpacesPlan> {
    let options = setup.strategy.get::<Spaces>().expect("it is spaces").clone();
    let engine = setup.engine::<Spaces>(options).expect("the workload is well formed");
    engine.world().strategy.plan.clone()
}

/// A random world. Times are in milliseconds, nodes are numbered gateways first, then the directory and the servers.
#[derive(Clone, Debug)]
pub struct Random {
    pub seed: u64,
    pub gateways: u32,
    pub clients: u32,
    pub shape: Shape,
    pub choice: Choice,
    pub patience: Patience,
    pub groups: Vec<u32>,
    /// When, in which group, who of it sends.
    pub messages: Vec<(u64, u32, u32)>,
    pub faults: Faults,
}

/// How many servers there are, and which have what.
#[derive(Clone, Debug)]
pub struct Shape {
    pub per_cluster: u32,
    pub replicas: u32,
    pub clusters: u32,
    pub cluster_by: ClusterBy,
    pub regions: u32,
    pub teams: u32,
    pub overlap: f64,
}

/// What gateways and servers do.
#[derive(Clone, Debug)]
pub struct Choice {
    pub publish: Publish,
    pub subscribe: Subscribe,
    pub accept_after: u32,
    pub lead: bool,
    /// Absent: in memory.
    pub write: Option<u64>,
    pub cpu: u64,
    pub cache: bool,
    pub moves: Vec<(u64, u32, u32)>,
    pub replace_after: Option<u64>,
}

/// How patient everybody is.
#[derive(Clone, Debug)]
pub struct Patience {
    pub ack_timeout: u64,
    pub attempts: u32,
    pub beat: u64,
    pub misses: u32,
    pub elect: u64,
    pub probe: u64,
    pub keepalive: u64,
    pub notice: u64,
}

/// What fails: everything is well from 75 s on.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Who, from when, for how long, and whether the disk is lost.
    pub crashes: Vec<(u32, u64, u64, bool)>,
    /// Who is cut off from the rest, as bits.
    pub partitions: Vec<(u32, u64, u64)>,
    pub cuts: Vec<(u32, u32, u64, u64)>,
    pub offline: Vec<(u32, u64, u64)>,
    pub loss: f64,
}

pub fn randoms() -> impl Strategy<Value = Random> {
    let shapes = (1..6u32, 1..4u32, 0..4u32, (1..4u32, 0..5u32, 1..4u32, 0..=10u32)).prop_map(
        |(replicas, clusters, more, (regions, by, teams, overlap))| Shape {
            per_cluster: replicas + more,
            replicas,
            clusters,
            cluster_by: [
                ClusterBy::None,
                ClusterBy::Region,
                ClusterBy::Team,
                ClusterBy::Volume,
                ClusterBy::Members,
            ][by as usize],
            regions,
            teams,
            overlap: f64::from(overlap) / 10.0,
        },
    );
    let publish =
        prop_oneof![Just(Publish::All), Just(Publish::Quorum), Just(Publish::Nearest)].boxed();
    let subscribe = prop_oneof![Just(Subscribe::All), Just(Subscribe::Nearest)];
    let moves = prop::collection::vec((0..70_000u64, 0..4u32, 0..3u32), 0..3);
    let choices = (
        (publish, subscribe, 1..6u32, any::<bool>()),
        (prop::option::of(0..40u64), 0..5u64, any::<bool>()),
        (moves, prop::option::of(0..20_000u64)),
    )
        .prop_map(
            |(
                (publish, subscribe, accept_after, lead),
                (write, cpu, cache),
                (moves, replace_after),
            )| {
                Choice {
                    publish,
                    subscribe,
                    accept_after,
                    lead,
                    write,
                    cpu,
                    cache,
                    moves,
                    replace_after,
                }
            },
        );
    let patience = (
        (30..1_500u64, 1..4u32, 50..3_000u64, 1..4u32),
        (1..3_000u64, 100..3_000u64, 500..20_000u64, 0..300u64),
    )
        .prop_map(
            |((ack_timeout, attempts, beat, misses), (elect, probe, keepalive, notice))| Patience {
                ack_timeout,
                attempts,
                beat,
                misses,
                elect,
                probe,
                keepalive,
                notice,
            },
        );
    let when = || (1..60_000u64, 1..15_000u64);
    let faults = (
        prop::collection::vec((0..40u32, when(), any::<bool>()), 0..7),
        prop::collection::vec((any::<u32>(), when()), 0..4),
        prop::collection::vec((0..40u32, 0..40u32, when()), 0..5),
        prop::collection::vec((0..8u32, when()), 0..4),
        prop_oneof![Just(0.0), Just(0.0), Just(0.02)],
    )
        .prop_map(|(crashes, partitions, cuts, offline, loss)| Faults {
            crashes: crashes.into_iter().map(|(who, (at, it), lost)| (who, at, it, lost)).collect(),
            partitions: partitions.into_iter().map(|(who, (at, it))| (who, at, it)).collect(),
            cuts: cuts.into_iter().map(|(a, b, (at, it))| (a, b, at, it)).collect(),
            offline: offline.into_iter().map(|(who, (at, it))| (who, at, it)).collect(),
            loss,
        });
    let people = (any::<u64>(), 1..5u32, 2..7u32);
    let messages = prop::collection::vec((0..60_000u64, 0..4u32, 0..8u32), 1..25);
    let groups = prop::collection::vec(3..256u32, 1..5);
    (people, shapes, choices, patience, groups, messages, faults).prop_map(
        |((seed, gateways, clients), shape, choice, patience, groups, messages, faults)| {
            let mut random = Random {
                seed,
                gateways,
                clients,
                shape,
                choice,
                patience,
                groups,
                messages,
                faults,
            };
            random.settle();
            random
        },
    )
}

impl Random {
    /// What can't be together is not.
    fn settle(&mut self) {
        let choice = &mut self.choice;
        choice.lead &= self.shape.replicas >= 3;
        if choice.lead {
            choice.moves.clear();
            choice.replace_after = None;
        }
    }

    /// The members of a group.
    pub fn members(&self, group: u32) -> Vec<u32> {
        let bits = self.groups[group as usize % self.groups.len()];
        let mut members: Vec<u32> = (0..self.clients).filter(|it| bits >> it & 1 == 1).collect();
        if members.len() < 2 {
            members = vec![0, 1];
        }
        members
    }

    pub fn servers(&self) -> u32 {
        self.shape.per_cluster * self.shape.clusters
    }

    /// Whether a server's crash takes what it has stored.
    pub fn forgets(&self, disk_lost: bool) -> bool {
        self.choice.write.is_none() || disk_lost
    }

    fn node(&self, setup: &Setup, number: u32) -> NodeId {
        let places = setup.places();
        NodeId::new((number % (places.gateways + places.services)) as usize)
    }

    pub fn setup(&self) -> Setup {
        let Random { shape, choice, patience, .. } = self;
        let millis = Span::millis;
        let times = ServerTimes {
            latency: millis(2),
            cpu: millis(choice.cpu),
            write: millis(choice.write.unwrap_or(0)),
        };
        let space = |group: u32| {
            SpaceName::Members(self.members(group).into_iter().map(ClientId).collect())
        };
        let mut moves: Vec<Move> = choice
            .moves
            .iter()
            .map(|&(when, group, to)| Move {
                at: at(when),
                space: space(group),
                to: to % shape.clusters,
            })
            .collect();
        moves.sort_by_key(|it| it.at);
        let options = SpacesOptions {
            servers: self.servers(),
            replicas: shape.replicas,
            clusters: shape.clusters,
            cluster_by: shape.cluster_by,
            teams: shape.teams,
            overlap: shape.overlap,
            publish: choice.publish,
            subscribe: choice.subscribe,
            accept_after: choice.accept_after,
            lead: choice.lead,
            cache: choice.cache,
            moves,
            replace_after: choice.replace_after.map(millis),
            ack_timeout: millis(patience.ack_timeout),
            attempts: patience.attempts,
            beat: millis(patience.beat),
            misses: patience.misses,
            elect: millis(patience.elect),
            probe: millis(patience.probe),
            notice: millis(patience.notice),
            ..options(times)
        };
        let homes: Vec<u32> = (0..self.clients).map(|client| client % self.gateways).collect();
        let apart: Vec<Vec<u64>> = (0..u64::from(shape.regions))
            .map(|from| {
                (0..u64::from(shape.regions)).map(|to| from.abs_diff(to) * 40_000).collect()
            })
            .collect();
        let apart: Vec<&[u64]> = apart.iter().map(Vec::as_slice).collect();
        let times = Times { on_disk: choice.write.is_some(), ..Times::PLAIN };
        let mut setup = world(self.gateways, &homes, times, &apart, options);
        setup.seed = self.seed;
        setup.stops = at(660_000);
        setup.clients.keepalive = millis(patience.keepalive);
        setup.clients.send_timeout = Span::secs(2);
        setup.access.loss = self.faults.loss;
        let messages: Vec<(Time, u32, Vec<u32>)> = self
            .messages
            .iter()
            .map(|&(when, group, who)| {
                let members = self.members(group);
                let from = members[who as usize % members.len()];
                (at(when), from, members.into_iter().filter(|&it| it != from).collect())
            })
            .collect();
        let messages: Vec<(Time, u32, &[u32])> =
            messages.iter().map(|(when, from, to)| (*when, *from, &to[..])).collect();
        listed(&mut setup, &messages);
        self.add_faults(&mut setup);
        setup
    }

    fn add_faults(&self, setup: &mut Setup) {
        let places = setup.places();
        let servers = places.gateways + places.services;
        let mut faults = Vec::new();
        let mut once = |what: What, from: u64, lasts: u64| {
            faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        };
        for &(who, from, lasts, lost) in &self.faults.crashes {
            let node = self.node(setup, who);
            // The directory keeps its disk.
            let lost = lost && node.raw() != places.gateways;
            let disk = if lost { DiskFate::Lost } else { DiskFate::Kept };
            once(What::Crash { who: Who::Nodes(vec![node]), disk }, from, lasts);
        }
        for &(side, from, lasts) in &self.faults.partitions {
            let all = (0..servers).map(|it| NodeId::new(it as usize));
            let (off, rest): (Vec<NodeId>, Vec<NodeId>) =
                all.partition(|it| side >> (it.raw() % 32) & 1 == 1);
            if !off.is_empty() && !rest.is_empty() {
                once(What::Partition(vec![rest, off]), from, lasts);
            }
        }
        for &(a, b, from, lasts) in &self.faults.cuts {
            let (a, b) = (self.node(setup, a), self.node(setup, b));
            if a != b {
                once(What::link(a, b), from, lasts);
            }
        }
        for &(client, from, lasts) in &self.faults.offline {
            let device = places.client(ClientId(client % self.clients));
            once(What::offline(device), from, lasts);
        }
        setup.faults.extend(faults);
    }
}
