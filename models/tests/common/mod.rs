//! A small world for tests: gateways in a full mesh, clients, a list of messages, faults.

pub mod brokered;
pub mod carriers;
pub mod life;
pub mod plan;
pub mod promises;
pub mod replaying;
pub mod returns;
pub mod several;
pub mod spaces;

use std::collections::BTreeSet;

pub use penult_models::strategies::StrategyOptions;
pub use penult_models::strategies::chain::Chain;
use penult_models::strategies::chain::ChainOptions;
pub use penult_models::strategies::single::Single;
use penult_models::{Director, Packet, *};
use penult_sim::*;

/// So many random cases, times what `PENULT_CASES` says: few by default, so that all tests are over soon. `.ci/run` asks
/// for eight times as many.
pub fn cases(few: u32) -> u32 {
    let times = std::env::var("PENULT_CASES").map(|times| times.parse().expect("a number"));
    few * times.unwrap_or(1)
}

/// Constant times of a world, as the exact results name them.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub access: Span,
    pub link: Span,
    pub cpu: Span,
    pub disk: Span,
    pub policy: Span,
    pub directory: Span,
    /// Whether queues are on disk although writing takes no time.
    pub on_disk: bool,
}

impl Times {
    pub const PLAIN: Times = Times {
        access: Span::millis(20),
        link: Span::millis(2),
        cpu: Span::ZERO,
        disk: Span::ZERO,
        policy: Span::ZERO,
        directory: Span::millis(1),
        on_disk: false,
    };

    pub fn queue(&self) -> QueuePlace {
        if self.on_disk || !self.disk.is_zero() { QueuePlace::Disk } else { QueuePlace::Memory }
    }

    /// From sending until the source has stored it.
    pub fn to_source(self) -> Span {
        self.access + self.policy + self.cpu + self.disk
    }
}

/// Times of every kind: nothing but the network, a CPU, a disk, one that takes no time, and all of them, uneven.
pub fn several_times() -> Vec<Times> {
    let micros = Span::micros;
    vec![
        Times::PLAIN,
        Times { cpu: micros(700), ..Times::PLAIN },
        Times { disk: micros(1300), cpu: micros(300), ..Times::PLAIN },
        Times { on_disk: true, ..Times::PLAIN },
        Times { on_disk: true, disk: Span::ZERO, ..UNEVEN },
        UNEVEN,
    ]
}

/// No two of them, nor sums of some, are the same.
pub const UNEVEN: Times = Times {
    access: Span::nanos(17_123_457),
    link: Span::nanos(3_000_001),
    cpu: Span::nanos(100_003),
    disk: Span::nanos(900_007),
    policy: Span::nanos(500_009),
    directory: Span::nanos(1_700_011),
    on_disk: false,
};

/// `count` gateways in a full mesh; client `c_i` at home on gateway `homes[i]`.
pub fn mesh(count: u32, homes: &[u32], times: Times, options: &ChainOptions) -> Setup {
    let machine = MachineSpec {
        cpu: Delay::constant(times.cpu),
        cpu_control: Delay::ZERO,
        disk: Delay::constant(times.disk),
    };
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let links =
        pairs.map(|(a, b)| Link { ends: (GatewayId(a), GatewayId(b)), there: 0, back: Some(0) });
    let policy = PolicyOptions { cost: Delay::constant(times.policy), ..options.policy.clone() };
    // All services are as far as the directory.
    let latency = Delay::constant(times.directory);
    let service = ServiceOptions { latency, machine: MachineSpec::default() };
    let processor = service.clone();
    Setup {
        seed: 1,
        warmup: Time::ZERO,
        ends: at(60_000),
        stops: at(90_000),
        events: 10_000_000,
        gateways: Gateways {
            count,
            machine,
            queue: times.queue(),
            regions: Vec::new(),
            reroute: false,
            specs: vec![LinkSpec::with_latency(Delay::constant(times.link))],
            links: links.collect(),
        },
        regions: None,
        directory: service.clone(),
        store: service,
        homes: homes.iter().map(|&home| GatewayId(home)).collect(),
        access: LinkSpec::with_latency(Delay::constant(times.access)),
        clients: ClientOptions::default(),
        workload: WorkloadSpec::default(),
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy: StrategyOptions::of::<Chain>(ChainOptions {
            policy,
            processor,
            ..options.clone()
        }),
    }
}

pub fn at(millis: u64) -> Time {
    Time::ZERO + Span::millis(millis)
}

/// So long before.
pub fn before(at: Time, span: Span) -> Time {
    Time::ZERO + (at - Time::ZERO - span)
}

/// These messages: when, from whom, to whom.
pub fn listed(setup: &mut Setup, messages: &[(Time, u32, &[u32])]) {
    let mut list = List::new();
    for &(at, from, to) in messages {
        list.push(&Listed {
            at,
            from: ClientId(from),
            to: to.iter().map(|&to| ClientId(to)).collect(),
            bytes: Some(1000),
            attachment: Some(0),
            view: Some(Span::ZERO),
            harmful: None,
        });
    }
    setup.workload.times = SendTimes::List(list);
}

/// The node that a gateway is.
pub fn node(gateway: u32) -> NodeId {
    NodeId::new(gateway as usize)
}

/// The options of a world of the chain.
pub fn chain(setup: &mut Setup) -> &mut ChainOptions {
    setup.strategy.get_mut::<Chain>().expect("it is the chain")
}

/// The only service of a kind, if there is one.
pub fn service(setup: &Setup, kind: &str) -> Option<NodeId> {
    let number = setup.services().iter().position(|service| service.name.kind == kind)?;
    Some(setup.places().service(number as u32))
}

/// A gateway that is dead from an instant on.
pub fn dead(gateway: u32, from: Time) -> Fault {
    let who = Who::Nodes(vec![node(gateway)]);
    Fault::from(What::Crash { who, disk: DiskFate::Kept }, from)
}

/// What happened, in order.
#[derive(Default)]
pub struct Seen {
    pub notes: Vec<(Time, NodeId, Note)>,
    pub crashes: Vec<(Time, NodeId)>,
    /// Which gateways spoke to which devices as their hosts, and in which epoch.
    pub hosts: BTreeSet<(NodeId, u32, NodeId)>,
}

impl Seen {
    /// How long after its creation each message was delivered to each recipient.
    pub fn latency(&self, message: u32, recipient: u32) -> Option<Span> {
        let created = self.notes.iter().find_map(|(_, _, note)| match note {
            Note::Created(made) if made.id.number() == message => Some(made.created),
            _ => None,
        })?;
        self.notes.iter().find_map(|(at, _, note)| match note {
            Note::Delivered(delivery)
                if delivery.message.number() == message && delivery.recipient.0 == recipient =>
            {
                Some(*at - created)
            }
            _ => None,
        })
    }

    pub fn count(&self, wanted: impl Fn(&Note) -> bool) -> usize {
        self.notes.iter().filter(|(_, _, note)| wanted(note)).count()
    }
}

impl<P, W, N: Node<Note = Note, Packet = Packet<P, W>>> Observer<N> for Seen {
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        match what {
            Observed::Sent(Carried {
                from,
                to,
                packet: Packet::Down(Down::Deliver { epoch, .. } | Down::Hosted { epoch, .. }),
                ..
            }) => _ = self.hosts.insert((to, *epoch, from)),
            Observed::Told { node, note } => self.notes.push((at, node, note.clone())),
            Observed::Crashed { node, .. } => self.crashes.push((at, node)),
            _ => {}
        }
    }
}

/// A run that is over.
pub struct Played {
    pub places: Places,
    pub seen: Seen,
    pub rows: Vec<Row>,
    pub totals: Totals,
    pub costs: Costs,
    pub queued: Level,
    pub gateways: Vec<GatewayLoad>,
    pub fingerprint: Fingerprint,
    /// When nothing was left to do.
    pub over: Time,
}

impl Played {
    pub fn latency(&self, message: u32, recipient: u32) -> Option<Span> {
        self.seen.latency(message, recipient)
    }

    pub fn count(&self, wanted: impl Fn(&Note) -> bool) -> usize {
        self.seen.count(wanted)
    }

    pub fn row(&self, message: u32, recipient: u32) -> &Row {
        let found = self
            .rows
            .iter()
            .find(|row| row.message.id.number() == message && row.recipient.0 == recipient);
        found.expect("every delivery has a row")
    }

    /// When, where and of whom claims were won.
    pub fn claims(&self) -> Vec<(Time, u32, ClientId)> {
        let claims = self.seen.notes.iter().filter_map(|&(at, node, ref note)| match *note {
            Note::Claimed { client, .. } => Some((at, node.raw(), client)),
            _ => None,
        });
        claims.collect()
    }

    /// To which host each device attached, and in which epoch, in the order of time.
    pub fn attached(&self) -> Vec<(ClientId, GatewayId, u32)> {
        let attached = self.seen.notes.iter().filter_map(|&(_, node, ref note)| match *note {
            Note::Attached { host, epoch } => Some((self.places.as_client(node), host, epoch)),
            _ => None,
        });
        attached.collect()
    }

    /// When and where claims of one client were.
    pub fn claims_of(&self, client: u32) -> Vec<(Time, u32)> {
        let its = self.claims().into_iter().filter(|&(.., who)| who == ClientId(client));
        its.map(|(at, gateway, _)| (at, gateway)).collect()
    }
}

/// Where the time of a delivery went.
pub fn phases(row: &Row) -> Vec<(Phase, Span)> {
    let all = Phase::ALL.map(|phase| (phase, row.phases.get(phase)));
    all.into_iter().filter(|(_, span)| !span.is_zero()).collect()
}

/// Runs a setup of the chain to its end. Whatever it is, the ledger must find nothing wrong with it.
pub fn play(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Chain>().expect("it is the chain");
    play_as::<Chain>(setup, options)
}

/// The same of `single`.
pub fn play_single(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Single>().expect("it is single");
    play_as::<Single>(setup, options)
}

/// The same with any servers.
pub fn play_as<S: Server>(setup: &Setup, options: &S::Options) -> Played {
    play_within::<S>(setup, options, Limits::until(setup.stops))
}

/// The same, for no longer than this.
pub fn play_within<S: Server>(setup: &Setup, options: &S::Options, limits: Limits) -> Played {
    play_to::<S, ()>(setup, options, limits, |_| ()).0
}

/// A run with who watches it.
pub type Watched<S> = Engine<Member<S>, (Ledger<Vec<Row>>, Seen), Director>;

/// The same, and what somebody sees who looks at its nodes in the end.
pub fn play_and_look<S: Server, R>(
    setup: &Setup,
    options: &S::Options,
    look: impl FnOnce(&Watched<S>) -> R,
) -> (Played, R) {
    play_to(setup, options, Limits::until(setup.stops), look)
}

fn play_to<S: Server, R>(
    setup: &Setup,
    options: &S::Options,
    limits: Limits,
    look: impl FnOnce(&Watched<S>) -> R,
) -> (Played, R) {
    let engine = setup.engine::<S>(options.clone()).expect("the workload is well formed");
    let ledger = Ledger::new(setup.ledger_options(), Vec::<Row>::new());
    let mut engine = engine.observed_by((ledger, Seen::default()));
    let limits = Limits { events: 50_000_000, ..limits };
    engine.run(&limits).expect("there are few events");
    let (traffic, now) = (*engine.traffic(), engine.now());
    let fingerprint = engine.fingerprint();
    let in_flight = engine.in_flight() as u64;
    let seen_there = look(&engine);
    assert_eq!(
        traffic.sent + traffic.duplicated,
        traffic.received + traffic.lost.total() + in_flight
    );
    let (mut ledger, seen) = engine.into_observer();
    ledger.finish(now);
    assert!(ledger.violations().is_empty(), "{:?}", ledger.violations());
    let totals = ledger.totals().clone();
    assert_eq!(totals.ended(), totals.offered, "the fates add up");
    let costs = ledger.costs().clone();
    let queued = ledger.queue_bytes().clone();
    let gateways = ledger.gateways().to_vec();
    let rows = ledger.into_sink();
    let places = setup.places();
    let played =
        Played { places, seen, totals, costs, queued, gateways, fingerprint, over: now, rows };
    (played, seen_there)
}
