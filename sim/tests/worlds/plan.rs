//! Plans of random worlds: nodes, links, regions, a script, and faults of some kinds.

use penult_sim::*;
use proptest::prelude::*;

use super::busy::{Act, Busy, Line, Script};
use super::watch::{Stage, Watch};

/// Which link joins two nodes.
#[derive(Clone, Debug)]
pub enum Join {
    Even(LinkSpec),
    Uneven(LinkSpec, LinkSpec),
    OneWay(LinkSpec),
}

/// All that a run is built from.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub nodes: Vec<(NodeSpec, Option<LinkSpec>)>,
    pub links: Vec<(usize, usize, Join)>,
    pub matrix: bool,
    pub reroute: bool,
    pub lines: Vec<Line>,
    pub beat: Option<Span>,
    /// Faults, and after how many notes those that wait for a trigger strike.
    pub faults: Vec<(Fault, u64)>,
}

/// No fault begins from here on.
pub const TROUBLE_END: Time = Time::from_nanos(2_000_000_000);
/// When everything that is drawn has happened: faults end before, and what is sent now must arrive.
pub const CALM: Span = Span::secs(8);
/// The end of all runs.
pub const END: Time = Time::from_nanos(9_000_000_000);
/// Small enough that all of them find room in any buffer.
const PROBE_BYTES: u32 = 100;

impl Plan {
    pub fn network(&self) -> Network {
        let mut network = Network::new();
        for (spec, access) in &self.nodes {
            let node = network.add_node(spec);
            if let Some(access) = access {
                network.add_access(node, access);
            }
        }
        for (a, b, join) in &self.links {
            let (a, b) = (NodeId::new(*a), NodeId::new(*b));
            match join {
                Join::Even(spec) => network.add_link(a, b, spec),
                Join::Uneven(there, back) => network.add_uneven_link(a, b, there, back),
                Join::OneWay(spec) => network.add_one_way_link(a, b, spec),
            };
        }
        network.reroute(self.reroute);
        if self.matrix {
            let csv = ",x,y,z\nx,0,3,9\ny,4,0,0\nz,9,1,0\n";
            let matrix = RegionMatrix::from_csv(csv, &MatrixOptions::default());
            network.set_regions(matrix.expect("the matrix is square"));
        }
        network
    }

    /// Each direction of each link: its ends and what it is like.
    pub fn directions(&self) -> Vec<(NodeId, NodeId, &LinkSpec)> {
        let mut directions = Vec::new();
        for (a, b, join) in &self.links {
            let (a, b) = (NodeId::new(*a), NodeId::new(*b));
            match join {
                Join::Even(spec) => directions.extend([(a, b, spec), (b, a, spec)]),
                Join::Uneven(there, back) => directions.extend([(a, b, there), (b, a, back)]),
                Join::OneWay(spec) => directions.push((a, b, spec)),
            }
        }
        directions
    }

    /// Who must reach whom when all is well, at which latency if that is certain: those whose link
    /// loses nothing, and those without a link whose access links lose nothing.
    pub fn reachable(&self) -> Vec<(NodeId, NodeId, Option<Span>)> {
        let directions = self.directions();
        let linked = |from, to| directions.iter().find(|&&(a, b, _)| (a, b) == (from, to));
        let safe = |spec: &LinkSpec| spec.loss + spec.corrupt == 0.0;
        // Where packets double at each hop, what queues may still be full of them long after.
        let calm = !self.doubles();
        let mut pairs = Vec::new();
        for from in 0..self.nodes.len() {
            for to in (0..self.nodes.len()).filter(|&to| to != from) {
                let accesses = [&self.nodes[from].1, &self.nodes[to].1];
                let instant = self.nodes[to].0.machine == MachineSpec::default();
                let (from, to) = (NodeId::new(from), NodeId::new(to));
                if let Some((.., spec)) = linked(from, to) {
                    let certain = instant && spec.bandwidth.is_none();
                    let latency = spec.latency.as_constant().filter(|_| certain);
                    let in_time = safe(spec) && (calm || certain);
                    pairs.extend(in_time.then_some((from, to, latency)));
                } else if accesses != [&None, &None] && accesses.into_iter().flatten().all(safe) {
                    pairs.extend(calm.then_some((from, to, None)));
                }
            }
        }
        pairs
    }

    /// Whether any link or fault makes second copies.
    fn doubles(&self) -> bool {
        let links = self.directions().into_iter().map(|(.., spec)| spec.duplicate);
        let accesses = self.nodes.iter().filter_map(|(_, access)| access.as_ref());
        let faults = self.faults.iter().map(|(fault, _)| match &fault.what {
            What::Slow { gray, .. } | What::SlowLink { gray, .. } => gray.duplicate,
            _ => 0.0,
        });
        links.chain(accesses.map(|spec| spec.duplicate)).chain(faults).any(|share| share > 0.0)
    }

    /// The script, and after it one line at [`CALM`] for each two that must reach each other.
    pub fn script(&self) -> Script {
        let probe = |(node, to, _)| {
            let act = Act::Send { to, bytes: PROBE_BYTES, message: false, replies: 0 };
            Line { at: CALM, node, act }
        };
        let probes = self.reachable().into_iter().map(probe);
        let lines = self.lines.iter().copied().chain(probes).collect();
        Script { lines, beat: self.beat, nodes: self.nodes.len() }
    }

    /// Whether everything that breaks is mended.
    pub fn heals(&self) -> bool {
        self.faults.iter().all(|(fault, _)| match &fault.when {
            When::Once { lasts, .. } | When::Triggered { lasts, .. } => lasts.is_some(),
            When::Recorded(records) => records.iter().all(|record| record.up.is_some()),
            When::Process(_) => true,
        })
    }

    pub fn watch(&self) -> Watch {
        let slow = |(spec, _): &(NodeSpec, _)| spec.machine != MachineSpec::default();
        let worked = self.lines.iter().filter_map(|line| match line.act {
            Act::Burden { to, .. } => Some(to),
            _ => None,
        });
        let mut slow: Vec<bool> = self.nodes.iter().map(slow).collect();
        worked.for_each(|to| slow[to.index()] = true);
        let fifo = self.directions().into_iter().filter(|(.., spec)| spec.order == Order::Fifo);
        // Where packets may go around, two ways are two orders.
        let fifo = fifo.filter(|_| !self.reroute).map(|(from, to, _)| (from, to));
        Watch::new(slow, fifo)
    }

    /// A run of it, with nobody but the director.
    pub fn directed(&self) -> Engine<Busy, (), Stage> {
        let mut stage = Stage::default();
        let mut bare = Engine::<Busy>::new(Seed::new(self.seed), self.network(), self.script());
        for (fault, notes) in &self.faults {
            // What makes no sense in this network is refused, always in the same way.
            if let Ok(id) = bare.add_fault(fault.clone())
                && matches!(fault.when, When::Triggered { .. })
            {
                stage.triggers.push((*notes, id));
            }
        }
        bare.directed_by(stage)
    }

    /// The same with nobody at all, where nothing needs a director.
    pub fn alone(&self) -> Option<Engine<Busy>> {
        let directed = |(fault, _): &(Fault, u64)| {
            let who = match &fault.what {
                What::Crash { who, .. } | What::Slow { who, .. } | What::Offline(who) => Some(who),
                _ => None,
            };
            matches!(who, Some(Who::Role(_))) || matches!(fault.when, When::Triggered { .. })
        };
        let needed = self.faults.iter().any(directed);
        (!needed).then(|| self.directed().directed_by(()))
    }

    pub fn watched(&self) -> Engine<Busy, Watch, Stage> {
        self.directed().observed_by(self.watch())
    }
}

fn millis(range: std::ops::Range<u64>) -> impl Strategy<Value = Span> {
    range.prop_map(Span::millis)
}

/// Mostly round numbers, so that much happens at one instant.
fn delay() -> impl Strategy<Value = Delay> {
    let constant = |ms| Just(Delay::constant(Span::millis(ms)));
    let uniform = Distribution::uniform(0.0, 5e6).expect("it is in order");
    let exponential = Distribution::exponential(4e6).expect("the mean is above zero");
    prop_oneof![
        2 => constant(0),
        2 => constant(1),
        2 => constant(5),
        1 => Just(Delay::from_nanos(uniform)),
        2 => Just(Delay::from_nanos(exponential)),
    ]
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![5 => Just(0.0), 1 => Just(0.3), 1 => Just(1.0)]
}

fn link() -> impl Strategy<Value = LinkSpec> {
    let bandwidth = prop_oneof![3 => Just(0u64), 2 => Just(1_000_000), 1 => Just(8_000_000)];
    let buffer = prop_oneof![Just(None), Just(Some(1500)), Just(Some(6000))];
    let order = prop_oneof![Just(Order::Fifo), Just(Order::Free)];
    (delay(), bandwidth, buffer, share(), share(), share(), order).prop_map(
        |(latency, bandwidth, buffer, loss, duplicate, corrupt, order)| {
            let bandwidth = Bandwidth::bits_per_second(bandwidth);
            LinkSpec { latency, bandwidth, buffer, loss, duplicate, corrupt, order }
        },
    )
}

fn node() -> impl Strategy<Value = (NodeSpec, Option<LinkSpec>)> {
    let machine = prop_oneof![
        2 => Just(MachineSpec::default()),
        1 => (delay(), delay(), delay())
            .prop_map(|(cpu, cpu_control, disk)| MachineSpec { cpu, cpu_control, disk }),
    ];
    let region = prop::option::of((0..3usize).prop_map(RegionId::new));
    let transit = prop::bool::weighted(0.8);
    let access = prop::option::weighted(0.3, link());
    (machine, region, transit, access).prop_map(|(machine, region, transit, access)| {
        (NodeSpec { machine, region, transit, ..NodeSpec::default() }, access)
    })
}

fn join() -> impl Strategy<Value = Join> {
    prop_oneof![
        3 => link().prop_map(Join::Even),
        1 => (link(), link()).prop_map(|(there, back)| Join::Uneven(there, back)),
        1 => link().prop_map(Join::OneWay),
    ]
}

fn line(nodes: usize) -> impl Strategy<Value = Line> {
    let one = move || (0..nodes).prop_map(NodeId::new);
    let bytes = prop_oneof![Just(64u32), Just(1000), Just(1500)];
    let act = prop_oneof![
        6 => (one(), bytes, any::<bool>(), 0..5u8)
            .prop_map(|(to, bytes, message, replies)| Act::Send { to, bytes, message, replies }),
        1 => (one(), millis(0..9)).prop_map(|(to, work)| Act::Burden { to, work }),
        1 => one().prop_map(|to| Act::Write { to }),
        1 => one().prop_map(|to| Act::Dawdle { to }),
        1 => millis(0..50).prop_map(|back| Act::Away { back }),
        1 => (millis(0..20), millis(0..20))
            .prop_map(|(after, cancel)| Act::Guard { after, cancel }),
    ];
    // Many lines at few instants: queues fill, and ties are common.
    let at = prop_oneof![millis(0..30), millis(0..1000)];
    (at, one(), act).prop_map(|(at, node, act)| Line { at, node, act })
}

fn gray() -> impl Strategy<Value = Gray> {
    let factor = || prop_oneof![Just(1.0), Just(2.5), Just(0.5)];
    (factor(), factor(), factor(), share(), share(), share()).prop_map(
        |(latency, bandwidth, cpu, loss, duplicate, corrupt)| Gray {
            latency,
            bandwidth,
            cpu,
            loss,
            duplicate,
            corrupt,
        },
    )
}

fn what(kind: usize, nodes: usize) -> BoxedStrategy<What> {
    let one = move || (0..nodes).prop_map(NodeId::new);
    let who = || {
        prop_oneof![
            // A node may stand there twice, or nobody.
            4 => prop::collection::vec(one(), 0..4).prop_map(Who::Nodes),
            1 => (0..3u32).prop_map(|role| Who::Role(Role(role))),
        ]
    };
    let disk = prop_oneof![Just(DiskFate::Kept), Just(DiskFate::Lost)];
    let ends = || (one(), one());
    match kind {
        0 => (who(), disk).prop_map(|(who, disk)| What::Crash { who, disk }).boxed(),
        1 => (0..3usize).prop_map(|region| What::Region(RegionId::new(region))).boxed(),
        2 => {
            (ends(), any::<bool>()).prop_map(|(ends, one_way)| What::Link { ends, one_way }).boxed()
        }
        3 => prop::collection::vec(prop::option::of(0..3usize), nodes)
            .prop_map(|groups| {
                let of = |number| {
                    let of = (0..).map(NodeId::new).zip(&groups);
                    of.filter(|&(_, group)| *group == Some(number)).map(|(node, _)| node).collect()
                };
                What::Partition((0..3).map(of).collect())
            })
            .boxed(),
        4 => (who(), gray()).prop_map(|(who, gray)| What::Slow { who, gray }).boxed(),
        5 => (ends(), gray()).prop_map(|(ends, gray)| What::SlowLink { ends, gray }).boxed(),
        _ => who().prop_map(What::Offline).boxed(),
    }
}

fn when(source: usize, nodes: usize) -> BoxedStrategy<When> {
    let at = || prop_oneof![millis(0..30), millis(0..1000)].prop_map(|span| Time::ZERO + span);
    let lasts = || {
        let some = prop_oneof![millis(0..10), millis(0..500)].prop_map(Some);
        prop_oneof![19 => some, 1 => Just(None)]
    };
    match source {
        0 => (at(), lasts()).prop_map(|(at, lasts)| When::Once { at, lasts }).boxed(),
        1 => {
            let law = || {
                prop_oneof![
                    Just(Distribution::exponential(5e7).expect("the mean is above zero")),
                    Just(Distribution::uniform(0.0, 3e8).expect("it is in order")),
                    Just(Distribution::constant(2e7).expect("it is above zero")),
                ]
                .prop_map(Delay::from_nanos)
            };
            let down = prop_oneof![3 => law(), 1 => Just(Delay::ZERO)];
            (law(), down, prop::option::of(1..4usize), at())
                .prop_map(|(up, down, together, from)| {
                    When::Process(Process {
                        together,
                        from,
                        until: TROUBLE_END,
                        ..Process::new(up, down)
                    })
                })
                .boxed()
        }
        2 => {
            let record = (0..nodes, at(), lasts()).prop_map(|(node, down, lasts)| Record {
                node: NodeId::new(node),
                down,
                up: lasts.map(|lasts| down + lasts),
            });
            prop::collection::vec(record, 0..6).prop_map(When::Recorded).boxed()
        }
        _ => (millis(0..5), lasts())
            .prop_map(|(after, lasts)| When::Triggered { after, lasts })
            .boxed(),
    }
}

/// Faults of some kinds and some sources only: everything at once hides what needs quiet.
fn faults(nodes: usize) -> impl Strategy<Value = Vec<(Fault, u64)>> {
    let kinds = prop::sample::subsequence((0..7).collect::<Vec<usize>>(), 0..=7);
    let sources = prop::sample::subsequence((0..4).collect::<Vec<usize>>(), 1..=4);
    (kinds, sources).prop_flat_map(move |(kinds, sources)| {
        let most = if kinds.is_empty() { 1 } else { 8 };
        let kind = prop::sample::select(if kinds.is_empty() { vec![0] } else { kinds });
        let fault = (kind, prop::sample::select(sources), 1..60u64).prop_flat_map(
            move |(kind, source, notes)| {
                (what(kind, nodes), when(source, nodes))
                    .prop_map(move |(what, when)| (Fault { what, when }, notes))
            },
        );
        prop::collection::vec(fault, 0..most)
    })
}

/// Any plan.
pub fn plan() -> impl Strategy<Value = Plan> {
    (2..=8usize).prop_flat_map(|count| {
        let pairs: Vec<(usize, usize)> =
            (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).collect();
        let most = pairs.len();
        let pairs = prop::sample::subsequence(pairs, 1..=most.min(10));
        let turned = any::<bool>();
        let links = pairs.prop_flat_map(move |pairs| {
            let link = (join(), turned);
            prop::collection::vec(link, pairs.len()).prop_map(move |joins| {
                let ends = pairs.iter().zip(joins);
                ends.map(
                    |(&(a, b), (join, turned))| if turned { (b, a, join) } else { (a, b, join) },
                )
                .collect::<Vec<_>>()
            })
        });
        let beat = prop::option::of(Just(Span::millis(100)));
        let lines = prop::collection::vec(line(count), 0..150);
        let nodes = prop::collection::vec(node(), count);
        (any::<u64>(), nodes, links, any::<bool>(), any::<bool>(), lines, beat, faults(count))
            .prop_map(|(seed, nodes, links, matrix, reroute, lines, beat, faults)| Plan {
                seed,
                nodes,
                links,
                matrix,
                reroute,
                lines,
                beat,
                faults,
            })
    })
}
