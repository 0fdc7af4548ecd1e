//! Known fingerprints: what a run gives, it gives for ever, in debug and in release.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::*;

use crate::meeting::apart;
use crate::meeting::carrier::{Carrier, Errand, Happens, Message};
use crate::worlds::busy::{Act, Busy, Line, Script};
use crate::worlds::watch::Stage;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fingerprints.txt");

/// A run with a name.
struct Known {
    name: &'static str,
    network: Network,
    lines: Vec<Line>,
    faults: Vec<Fault>,
    triggers: Vec<(u64, FaultId)>,
}

fn known(name: &'static str, network: Network, lines: Vec<Line>) -> Known {
    Known { name, network, lines, faults: Vec::new(), triggers: Vec::new() }
}

impl Known {
    fn with(self, faults: Vec<Fault>) -> Known {
        Known { faults, ..self }
    }

    /// Its line of the list.
    fn play(self) -> String {
        let nodes = self.network.node_count();
        let script = Script { lines: self.lines, beat: Some(Span::millis(250)), nodes };
        let stage = Stage::new(self.triggers);
        let mut run = Engine::<Busy>::new(Seed::new(2026), self.network, script).directed_by(stage);
        for fault in self.faults {
            run.add_fault(fault).expect("the fault fits the network");
        }
        run.run(&Limits::QUIET).expect("there is no limit on events");
        let (name, fingerprint, events) = (self.name, run.fingerprint(), run.events());
        format!("{name} {fingerprint} {events} {}", run.now().nanos())
    }
}

fn at(millis: u64) -> Time {
    Time::ZERO + Span::millis(millis)
}

fn constant(millis: u64) -> Delay {
    Delay::constant(Span::millis(millis))
}

fn law(distribution: Result<Distribution, DistributionError>) -> Delay {
    Delay::from_nanos(distribution.expect("the parameters make sense"))
}

fn exponential(millis: f64) -> Delay {
    law(Distribution::exponential(millis * 1e6))
}

fn id(node: usize) -> NodeId {
    NodeId::new(node)
}

fn who(nodes: &[usize]) -> Who {
    Who::Nodes(nodes.iter().copied().map(NodeId::new).collect())
}

/// So many nodes in a ring of this link.
fn ring(count: usize, node: &NodeSpec, link: &LinkSpec) -> Network {
    let mut network = Network::new();
    let nodes: Vec<NodeId> = (0..count).map(|_| network.add_node(node)).collect();
    for a in 0..count - usize::from(count == 2) {
        network.add_link(nodes[a], nodes[(a + 1) % count], link);
    }
    network
}

/// A line every few milliseconds, by turns of all nodes to all others, with some of everything.
fn talk(nodes: usize, count: u64) -> Vec<Line> {
    let line = |number: u64| {
        let node = number as usize % nodes;
        let to = id((node + 1 + number as usize / nodes % (nodes - 1)) % nodes);
        let (work, after) = (Span::millis(number % 7), Span::millis(number % 19));
        let act = match number % 16 {
            11 => Act::Burden { to, work },
            12 => Act::Write { to },
            13 => Act::Dawdle { to },
            14 => Act::Guard { after, cancel: work },
            15 if number.is_multiple_of(5) => Act::Away { back: after },
            kind => {
                let bytes = 64 + 100 * kind as u32;
                Act::Send { to, bytes, message: kind % 3 > 0, replies: (number % 4) as u8 }
            }
        };
        Line { at: Span::millis(3 * number), node: id(node), act }
    };
    (0..count).map(line).collect()
}

/// A pair whose link has this latency.
fn pair(name: &'static str, latency: Delay) -> Known {
    let link = LinkSpec::with_latency(latency);
    known(name, ring(2, &NodeSpec::default(), &link), talk(2, 300))
}

/// One pair for each law.
fn laws() -> Vec<Known> {
    vec![
        pair("constant", constant(5)),
        pair("uniform", law(Distribution::uniform(1e6, 9e6))),
        pair("exponential", exponential(5.0)),
        pair("normal", law(Distribution::normal(5e6, 3e6))),
        pair("log-normal", law(Distribution::log_normal_median_p99(5e6, 30e6))),
        pair("pareto", law(Distribution::pareto(2e6, 1.5))),
        pair("weibull", law(Distribution::weibull(5e6, 0.7))),
        pair("empirical", law(Distribution::empirical(vec![1e6, 4e6, 4e6, 9e6]))),
    ]
}

fn networks() -> Vec<Known> {
    let node = NodeSpec::default();
    let dice = LinkSpec {
        loss: 0.1,
        duplicate: 0.1,
        corrupt: 0.1,
        order: Order::Free,
        ..LinkSpec::with_latency(exponential(5.0))
    };
    let narrow = LinkSpec {
        bandwidth: Bandwidth::bits_per_second(1_000_000),
        buffer: Some(3000),
        ..LinkSpec::with_latency(constant(5))
    };
    let machine =
        MachineSpec { cpu: exponential(1.0), cpu_control: constant(1), disk: exponential(4.0) };
    let busy = NodeSpec { machine, ..NodeSpec::default() };
    vec![
        known("dice", ring(3, &node, &dice), talk(3, 300)),
        known("narrow", ring(3, &node, &narrow), talk(3, 300)),
        known("machines", ring(4, &busy, &LinkSpec::with_latency(constant(2))), talk(4, 300)),
        known("routes", ring(7, &node, &narrow), talk(7, 300)),
        known("regions", regions(&narrow, &dice), talk(6, 300)),
    ]
}

/// Two regions with two linked nodes, and in each a device on an access link.
fn regions(link: &LinkSpec, access: &LinkSpec) -> Network {
    let mut network = Network::new();
    let matrix = RegionMatrix::from_csv(",eu,us\neu,0,40\nus,45,0\n", &MatrixOptions::default());
    network.set_regions(matrix.expect("the matrix is square"));
    for number in 0..6 {
        let region = Some(RegionId::new(number % 2));
        network.add_node(&NodeSpec { region, ..NodeSpec::default() });
    }
    network.add_link(id(0), id(2), link);
    network.add_one_way_link(id(1), id(3), link);
    network.add_access(id(4), access);
    network.add_access(id(5), access);
    network
}

fn process(what: What, together: Option<usize>) -> Fault {
    let process = Process::new(exponential(200.0), exponential(40.0));
    Fault { what, when: When::Process(Process { together, until: at(4_000), ..process }) }
}

fn crash(who: Who, disk: DiskFate) -> What {
    What::Crash { who, disk }
}

fn faults() -> Vec<Known> {
    let link = LinkSpec {
        bandwidth: Bandwidth::bits_per_second(4_000_000),
        ..LinkSpec::with_latency(exponential(5.0))
    };
    let machine = MachineSpec { cpu: exponential(1.0), ..MachineSpec::default() };
    let region = Some(RegionId::new(0));
    let node = NodeSpec { machine, region, ..NodeSpec::default() };
    let world = |name| known(name, ring(5, &node, &link), talk(5, 600));
    let gray = Gray { latency: 2.5, bandwidth: 0.5, cpu: 3.0, loss: 0.1, ..Gray::NONE };
    let all = || who(&[0, 1, 2, 3, 4]);
    let ends = (id(1), id(2));
    let parted = What::Partition(vec![vec![id(0), id(1)], vec![id(3)], vec![id(4)]]);
    let record =
        |node, down, up: Option<u64>| Record { node: id(node), down: at(down), up: up.map(at) };
    let records = vec![record(2, 700, None), record(0, 30, Some(90)), record(1, 60, Some(60))];
    let triggered = |after, lasts| When::Triggered {
        after: Span::millis(after),
        lasts: Some(Span::millis(lasts)),
    };
    let role = |role| crash(Who::Role(Role(role)), DiskFate::Lost);
    let mut around = world("links").with(vec![
        process(What::Link { ends, one_way: false }, None),
        process(What::Link { ends: (id(3), id(4)), one_way: true }, None),
        Fault::once(parted.clone(), at(500), Span::millis(300)),
    ]);
    around.network.reroute(true);
    vec![
        around,
        world("crashes").with(vec![process(crash(all(), DiskFate::Kept), None)]),
        world("several-at-once").with(vec![
            process(crash(all(), DiskFate::Lost), Some(2)),
            Fault::once(What::Region(RegionId::new(0)), at(800), Span::millis(50)),
        ]),
        world("gray").with(vec![
            process(What::Slow { who: all(), gray }, None),
            process(What::SlowLink { ends, gray }, None),
        ]),
        world("offline").with(vec![process(What::Offline(all()), None), process(parted, None)]),
        world("recorded").with(vec![Fault {
            what: crash(all(), DiskFate::Kept),
            when: When::Recorded(records),
        }]),
        Known {
            triggers: vec![(10, FaultId::new(0)), (20, FaultId::new(1)), (21, FaultId::new(0))],
            ..world("triggered").with(vec![
                Fault { what: role(0), when: triggered(0, 30) },
                Fault { what: role(2), when: triggered(3, 0) },
                process(role(1), Some(1)),
            ])
        },
    ]
}

/// A message every tenth of a second, by turns of all devices to all others.
fn mail(devices: usize, count: u64) -> Vec<Message> {
    let message = |number: u64| {
        let from = number as usize % devices;
        let to = (from + 1 + number as usize / devices % (devices - 1)) % devices;
        let born = Span::millis(100 * number);
        Message { born, from: id(from), to: id(to), bytes: 1000 * (1 + (number % 40) as u32) }
    };
    (0..count).map(message).collect()
}

/// The line of a run in which so many devices meet and carry, for half a minute.
fn meet(
    name: &str,
    devices: usize,
    contacts: Contacts,
    faults: Vec<Fault>,
    errand: Errand,
) -> String {
    let network = apart(devices + 1);
    let mut run = Engine::<Carrier>::new(Seed::new(2026), network, errand);
    run.add_contacts(contacts).expect("the contacts fit the network");
    for fault in faults {
        run.add_fault(fault).expect("the fault fits the network");
    }
    run.run(&Limits::until(at(30_000))).expect("there is no limit on events");
    let Traffic { received, lost, .. } = *run.traffic();
    assert!(received > 200 && lost.total() > 10, "{name}: {received} came, {lost:?}");
    format!("{name} {} {} {}", run.fingerprint(), run.events(), run.now().nanos())
}

fn contacts() -> Vec<String> {
    const COUNT: usize = 10;
    let megabit = Bandwidth::bits_per_second(1_000_000);
    let from = |source: Box<dyn FnOnce(&mut Contacts)>| {
        let mut contacts = Contacts::new();
        contacts.set_bandwidth(megabit);
        contacts.set_radio(id(3), Bandwidth::bits_per_second(300_000));
        source(&mut contacts);
        contacts
    };
    let devices: Vec<Mobile> =
        (0..COUNT).map(|node| Mobile { node: id(node), entity: node as u32 }).collect();
    let of_them = devices.clone();
    let row = |number: u64| {
        let (a, more) = (number as usize % COUNT, 1 + number as usize / 3 % (COUNT - 1));
        let up = at(100 * number);
        let down = up + Span::millis(100 * (number % 14));
        Contact { a: id(a), b: id((a + more) % COUNT), up, down }
    };
    let rows = ContactTrace::new((0..300).map(row).collect()).expect("the rows make sense");
    let meetings =
        Meetings::new(Purpose::of_models(101), &devices, exponential(9e3), Span::millis(700))
            .expect("devices are in order");
    let walking = Walking {
        area: (60.0, 40.0),
        speed: Distribution::uniform(2.0, 9.0).expect("it is in order"),
        pause: exponential(500.0),
    };
    let waypoint = Waypoint::new(Purpose::of_models(100), &of_them, walking, 9.0)
        .expect("devices are in order");
    let (messages, happens) = (mail(COUNT, 250), Vec::new());
    let errand = Errand { messages, happens, forgets: true, broadcasts: true, office: None };
    let all: Vec<usize> = (0..COUNT).collect();
    let trouble = || {
        let until = |process: Process| When::Process(Process { until: at(25_000), ..process });
        let often = || until(Process::new(exponential(8e3), exponential(400.0)));
        vec![
            Fault { what: crash(who(&all), DiskFate::Lost), when: often() },
            Fault { what: What::Offline(who(&all)), when: often() },
        ]
    };
    let on_media = (0..250).map(|number: u64| {
        let (medium, node) = (MediumId::new(number as usize / 7 % 2), id(number as usize % COUNT));
        let is_on = number / 10 % 3 < 2;
        let what = if is_on { Happens::Join(medium, megabit) } else { Happens::Leave(medium) };
        (Span::millis(77 * number), node, what)
    });
    let join = Errand { happens: on_media.collect(), ..errand.clone() };
    let media = |contacts: &mut Contacts| {
        let needs = vec![id(COUNT)];
        let media =
            [false, true].map(|peers| contacts.add_medium(Medium { needs: needs.clone(), peers }));
        contacts.bridge(media[0], media[1], &[]);
    };
    let outages = process(crash(who(&[COUNT]), DiskFate::Kept), None);
    vec![
        meet("rows", COUNT, from(Box::new(|c| c.add_source(rows))), trouble(), errand.clone()),
        meet(
            "meetings",
            COUNT,
            from(Box::new(|c| c.add_source(meetings))),
            trouble(),
            errand.clone(),
        ),
        meet("waypoint", COUNT, from(Box::new(|c| c.add_source(waypoint))), trouble(), errand),
        meet("media", COUNT, from(Box::new(media)), vec![outages], join),
    ]
}

/// The lines of a list by the name of the run.
fn by_name(list: &str) -> BTreeMap<&str, &str> {
    list.lines().map(|line| (line.split(' ').next().unwrap_or_default(), line)).collect()
}

#[test]
fn known_runs_give_their_known_fingerprints() {
    let runs = laws().into_iter().chain(networks()).chain(faults());
    let lines: Vec<String> = runs.map(Known::play).chain(contacts()).collect();
    let prints = lines.iter().filter_map(|line| line.split(' ').nth(1));
    assert_eq!(prints.collect::<BTreeSet<_>>().len(), lines.len(), "each run is another");
    let got = lines.join("\n") + "\n";
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(LIST, got).expect("the list can be written");
    }
    let known = std::fs::read_to_string(LIST).expect("the list is beside this file");
    let (was, now) = (by_name(&known), by_name(&got));
    let names: BTreeSet<&str> = was.keys().chain(now.keys()).copied().collect();
    let moved = names.into_iter().filter(|name| was.get(name) != now.get(name)).map(|name| {
        let line =
            |of: &BTreeMap<&str, &str>| of.get(name).map_or("nothing".into(), <&str>::to_string);
        format!("{name} moved:\n  was {}\n  now {}\n", line(&was), line(&now))
    });
    let moved: String = moved.collect();
    assert!(
        moved.is_empty(),
        "{moved}The columns are name, fingerprint, events, end in nanoseconds. When these move, all \
         results do, those of published papers too.\nIf that is meant, run this test again with \
         BLESS=1, commit the list, and say why under \"Results that change\" in CHANGELOG.md."
    );
}
