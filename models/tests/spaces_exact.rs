//! The exact results of `spaces` for constant latencies, to the nanosecond.

use crate::common::spaces::{ServerTimes, options, plan_of, play_spaces, server, world};
use crate::common::*;
use penult_models::strategies::spaces::{
    ClusterBy, Letter, Publish, ServerId, SpaceId, Spaces, SpacesOptions, Subscribe,
};
use penult_models::{Packet, *};
use penult_sim::*;

const GATEWAYS: u32 = 6;
/// At g0 and g4.
const HOMES: &[u32] = &[0, 4, 0];
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
/// At home where the sender is.
const BESIDE: u32 = 2;
const SENT: u64 = 10_000;

const PLAIN: ServerTimes =
    ServerTimes { latency: Span::millis(3), cpu: Span::ZERO, write: Span::ZERO };
const UNEVEN_SERVERS: ServerTimes = ServerTimes {
    latency: Span::nanos(3_300_017),
    cpu: Span::nanos(210_011),
    write: Span::nanos(1_040_003),
};

/// How far regions are apart, in microseconds: none, two, and three, each at another distance.
const REGIONS: [&[&[u64]]; 3] = [
    &[],
    &[&[0, 40_013], &[40_013, 0]],
    &[&[0, 31_007, 77_003], &[31_007, 0, 52_009], &[77_003, 52_009, 0]],
];

/// All times, in a world of these regions.
fn all_times() -> Vec<(Times, ServerTimes)> {
    let on_disk = Times { on_disk: true, disk: Span::ZERO, ..UNEVEN };
    vec![
        (Times::PLAIN, PLAIN),
        (Times { disk: Span::ZERO, ..UNEVEN }, UNEVEN_SERVERS),
        (on_disk, UNEVEN_SERVERS),
    ]
}

/// A world, and its results on paper.
struct Paper {
    setup: Setup,
    times: Times,
    servers: ServerTimes,
    regions: &'static [&'static [u64]],
}

impl Paper {
    fn new(
        (times, servers): (Times, ServerTimes),
        regions: &'static [&'static [u64]],
        change: impl FnOnce(&mut SpacesOptions),
    ) -> Paper {
        let mut options = options(servers);
        change(&mut options);
        let mut setup = world(GATEWAYS, HOMES, times, regions, options);
        listed(&mut setup, &[(at(SENT), SENDER, &[RECIPIENT])]);
        Paper { setup, times, servers, regions }
    }

    fn options(&self) -> &SpacesOptions {
        self.setup.strategy.get::<Spaces>().expect("it is spaces")
    }

    /// What lies between two of gateways and servers, by their numbers.
    fn apart(&self, one: u32, other: u32) -> Span {
        match self.regions.len() {
            0 => Span::ZERO,
            _ if self.options().servers == 1 => Span::ZERO,
            count => Span::micros(self.regions[one as usize % count][other as usize % count]),
        }
    }

    fn u(&self, gateway: u32, server: u32) -> Span {
        self.servers.latency + self.apart(gateway, server)
    }

    fn d(&self, one: u32, other: u32) -> Span {
        self.servers.latency * 2 + self.apart(one, other)
    }

    fn sigma(&self) -> Span {
        let on_disk = self.times.queue() == QueuePlace::Disk;
        self.servers.cpu + if on_disk { self.servers.write } else { Span::ZERO }
    }

    fn x(&self) -> Span {
        self.times.access + self.times.policy + self.times.cpu
    }

    fn z(&self) -> Span {
        self.times.cpu + self.times.access
    }

    fn patience(&self) -> Span {
        self.options().ack_timeout * u64::from(self.options().attempts)
    }

    /// The replicas of the space of the first message, in its order.
    fn replicas(&self) -> Vec<u32> {
        let order = plan_of(&self.setup).space(SpaceId(0)).order.clone();
        let replicas = order.iter().take(self.options().replicas as usize);
        replicas.map(|&ServerId(number)| number).collect()
    }

    /// The same, the nearest to a gateway first.
    fn nearest(&self, gateway: u32, among: &[u32]) -> Vec<u32> {
        let mut all = among.to_vec();
        all.sort_by_key(|&it| self.u(gateway, it));
        all
    }

    /// When each of these has it after `x`, if g0 publishes to them.
    fn stored(&self, among: &[u32]) -> Vec<(u32, Span)> {
        let options = self.options();
        let mut order = self.nearest(0, among);
        if options.lead {
            order.sort_by_key(|it| *it != among[0]);
        }
        let asked = match options.publish {
            Publish::All => order.len(),
            Publish::Quorum => (options.replicas / 2 + 1) as usize,
            Publish::Nearest => 1,
        };
        let (first, sigma) = (order[0], self.sigma());
        let of = |(place, &it): (usize, &u32)| match place < asked {
            true => (it, self.u(0, it) + sigma),
            false => (it, self.u(0, first) + sigma + self.d(first, it) + sigma),
        };
        order.iter().enumerate().map(of).collect()
    }

    /// When the message is at the recipient, if these live and nobody is suspected.
    fn delivered(&self, among: &[u32]) -> Span {
        let stored = self.stored(among);
        let lead = stored[0];
        let may_push = |(it, at): (u32, Span)| match self.options().lead && it != lead.0 {
            true => at.max(lead.1 + self.d(lead.0, it)),
            false => at,
        };
        let nearest = self.nearest(4, among)[0];
        let all = self.options().subscribe == Subscribe::All;
        let pushers = stored.into_iter().filter(|(it, _)| all || *it == nearest);
        let first = pushers.map(|it| may_push(it) + self.u(4, it.0)).min();
        self.x() + first.expect("somebody pushes") + self.z()
    }

    fn crash(&mut self, node: NodeId, from: Time) {
        self.setup.faults.push(Fault::from(What::crash(node), from));
    }

    fn shown(&self) -> String {
        let options = self.options();
        format!(
            "{} of {}, {:?}, {:?}, lead {}, {} regions, {:?}",
            options.replicas,
            options.servers,
            options.publish,
            options.subscribe,
            options.lead,
            self.regions.len(),
            self.times,
        )
    }
}

/// Every way to publish and to subscribe, in all worlds.
fn papers(change: impl Fn(&mut SpacesOptions)) -> Vec<Paper> {
    let mut papers = Vec::new();
    for times in all_times() {
        for regions in REGIONS {
            for publish in [Publish::All, Publish::Quorum, Publish::Nearest] {
                for subscribe in [Subscribe::All, Subscribe::Nearest] {
                    papers.push(Paper::new(times, regions, |options| {
                        (options.publish, options.subscribe) = (publish, subscribe);
                        change(options);
                    }));
                }
            }
        }
    }
    papers
}

#[test]
fn without_faults() {
    for (replicas, lead) in [(1, false), (2, false), (3, false), (3, true), (4, true), (5, false)] {
        let papers = papers(|options| {
            (options.servers, options.replicas, options.lead) = (replicas.max(2), replicas, lead);
        });
        for paper in papers {
            let played = play_spaces(&paper.setup);
            let expected = paper.delivered(&paper.replicas());
            assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{}", paper.shown());
        }
    }
}

#[test]
fn accepted_when_so_many_have_it() {
    for accept_after in 1..=6 {
        let papers = papers(|options| {
            (options.servers, options.replicas, options.accept_after) = (7, 5, accept_after);
        });
        for paper in papers {
            let asked = match paper.options().publish {
                Publish::All => 5,
                Publish::Quorum => 3,
                Publish::Nearest => 1,
            };
            let replicas = paper.nearest(0, &paper.replicas());
            let (first, sigma) = (replicas[0], paper.sigma());
            let of = |(place, &it): (usize, &u32)| match place < asked {
                true => paper.u(0, it) * 2 + sigma,
                false => paper.u(0, first) * 2 + sigma + paper.d(first, it) * 2 + sigma,
            };
            let mut acks: Vec<Span> = replicas.iter().enumerate().map(of).collect();
            let wanted = accept_after.min(5) as usize;
            // Who has not to say more than it is asked says nothing of the others.
            if wanted <= asked {
                acks.truncate(asked);
            }
            acks.sort_unstable();
            let expected = paper.times.access + paper.x() + acks[wanted - 1];
            let played = play_spaces(&paper.setup);
            let row = played.row(0, RECIPIENT);
            let accepted = row.accepted.expect("it is accepted");
            assert_eq!(accepted - row.created, expected, "{accept_after}, {}", paper.shown());
        }
    }
}

#[test]
fn what_is_not_cached_is_asked_for() {
    for (clusters, questions) in [(1, 2), (2, 4)] {
        let papers = papers(|options| {
            (options.servers, options.clusters) = (6, clusters);
            (options.cache, options.cluster_by) = (false, ClusterBy::Members);
        });
        for paper in papers {
            let played = play_spaces(&paper.setup);
            let expected = paper.delivered(&paper.replicas()) + paper.times.directory * questions;
            assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{}", paper.shown());
        }
    }
}

#[test]
fn a_dead_replica_takes_no_detection() {
    for times in all_times() {
        for regions in REGIONS {
            for dead in 0..3 {
                let mut paper = Paper::new(times, regions, |_| {});
                let replicas = paper.replicas();
                let node = server(&paper.setup, replicas[dead]);
                paper.crash(node, at(5_000));
                let others: Vec<u32> =
                    replicas.iter().copied().filter(|&it| it != replicas[dead]).collect();
                let played = play_spaces(&paper.setup);
                assert_eq!(played.latency(0, RECIPIENT), Some(paper.delivered(&others)));
            }
        }
    }
}

/// All servers of a region, and a gateway that nobody here uses.
#[test]
fn a_lost_region_takes_no_detection() {
    for times in all_times() {
        let mut paper = Paper::new(times, REGIONS[2], |options| options.servers = 6);
        paper.crash(node(2), at(5_000));
        for number in [2, 5] {
            let server = server(&paper.setup, number);
            paper.crash(server, at(5_000));
        }
        let left: Vec<u32> = paper.replicas().into_iter().filter(|it| it % 3 != 2).collect();
        assert_eq!(left.len(), 2, "each replica is in another region");
        let played = play_spaces(&paper.setup);
        assert_eq!(played.latency(0, RECIPIENT), Some(paper.delivered(&left)));
    }
}

#[test]
fn the_next_is_published_to_when_the_first_is_dead() {
    for attempts in 1..=3 {
        for times in all_times() {
            for regions in REGIONS {
                let mut paper = Paper::new(times, regions, |options| {
                    (options.publish, options.attempts) = (Publish::Nearest, attempts);
                    (options.servers, options.replicas) = (4, 4);
                });
                let replicas = paper.replicas();
                let first = paper.nearest(0, &replicas)[0];
                let dead = server(&paper.setup, first);
                paper.crash(dead, at(5_000));
                let left: Vec<u32> = replicas.into_iter().filter(|&it| it != first).collect();
                let expected = paper.delivered(&left) + paper.patience();
                let played = play_spaces(&paper.setup);
                assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{}", paper.shown());
            }
        }
    }
}

/// The nearest of the recipient's gateway is dead, and that gateway publishes itself: it finds out.
#[test]
fn a_gateway_that_publishes_subscribes_at_the_next() {
    for times in all_times() {
        for regions in REGIONS {
            let mut paper =
                Paper::new(times, regions, |options| options.subscribe = Subscribe::Nearest);
            listed(
                &mut paper.setup,
                &[(at(SENT), SENDER, &[BESIDE]), (at(SENT + 20_000), BESIDE, &[SENDER])],
            );
            let near = paper.nearest(0, &paper.replicas());
            let dead = server(&paper.setup, near[0]);
            paper.crash(dead, at(5_000));
            let played = play_spaces(&paper.setup);
            let expected = paper.x() + paper.patience() + paper.u(0, near[1]) * 2 + paper.z();
            assert_eq!(played.latency(0, BESIDE), Some(expected), "{}", paper.shown());
            // The next message knows.
            let next = paper.x() + paper.u(0, near[1]) * 2 + paper.sigma() + paper.z();
            assert_eq!(played.latency(1, SENDER), Some(next), "{}", paper.shown());
        }
    }
}

/// When which packets came, and what was told.
#[derive(Default)]
struct Wire {
    beats: Vec<(Time, NodeId, NodeId)>,
    attaches: Vec<(Time, NodeId, NodeId)>,
    delivered: Vec<Time>,
    stored: Vec<(Time, NodeId)>,
    synchronised: Vec<(Time, NodeId)>,
}

impl Observer<Member<Spaces>> for Wire {
    fn see(&mut self, at: Time, what: Observed<'_, Member<Spaces>>) {
        match what {
            Observed::Received(it) => {
                if let Packet::Between(Letter::Beat(_)) = it.packet {
                    self.beats.push((at, it.from, it.to));
                }
            }
            Observed::Sent(it) => {
                if let Packet::Up(Up::Attach { .. }) = it.packet {
                    self.attaches.push((at, it.from, it.to));
                }
            }
            Observed::Told { node, note } => match note {
                Note::Delivered(_) => self.delivered.push(at),
                Note::Stored { .. } => self.stored.push((at, node)),
                Note::ResyncFinished { .. } => self.synchronised.push((at, node)),
                _ => {}
            },
            _ => {}
        }
    }
}

fn watched(setup: &Setup) -> Wire {
    let options = setup.strategy.get::<Spaces>().expect("it is spaces").clone();
    let engine = setup.engine::<Spaces>(options).expect("the workload is well formed");
    let mut engine = engine.observed_by(Wire::default());
    engine.run(&Limits::until(setup.stops)).expect("there are few events");
    engine.into_observer()
}

#[test]
fn missing_heartbeats_lead_to_the_next() {
    for (misses, every) in [(1, 4_000), (3, 2_000)] {
        for times in all_times() {
            for regions in REGIONS {
                let mut paper = Paper::new(times, regions, |options| {
                    options.subscribe = Subscribe::Nearest;
                    (options.misses, options.beat) = (misses, Span::millis(every));
                });
                let near = paper.nearest(4, &paper.replicas());
                let dead = server(&paper.setup, near[0]);
                paper.crash(dead, at(SENT - 50));
                let wire = watched(&paper.setup);
                let beats = wire.beats.iter().filter(|it| it.1 == dead && it.2 == node(4));
                let last = beats.map(|it| it.0).max().expect("it told that it is there");
                let silence = Span::millis(every) * u64::from(misses);
                let expected = last + silence + paper.u(4, near[1]) * 2 + paper.z();
                assert_eq!(wire.delivered, [expected], "{}", paper.shown());
            }
        }
    }
}

#[test]
fn a_lead_is_elected_when_the_lead_is_dead() {
    for times in all_times() {
        for regions in REGIONS {
            for elect in [1_000, 2_700] {
                let mut paper = Paper::new(times, regions, |options| {
                    (options.lead, options.elect) = (true, Span::millis(elect));
                });
                let [lead, next, other] = paper.replicas()[..] else { panic!("three replicas") };
                let dead = server(&paper.setup, lead);
                paper.crash(dead, at(5_000));
                let timeout = paper.options().ack_timeout;
                let suspected =
                    paper.x() + paper.u(0, next) + paper.sigma() + timeout + paper.patience();
                let elected = suspected + Span::millis(elect) + paper.d(next, other) * 2;
                let push = paper.u(4, next).min(paper.d(next, other) + paper.u(4, other));
                let played = play_spaces(&paper.setup);
                let expected = elected + push + paper.z();
                assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{}", paper.shown());
            }
        }
    }
}

#[test]
fn a_dead_source_costs_the_patience_of_the_device() {
    for paper in papers(|_| {}) {
        let mut paper = paper;
        paper.setup.clients.send_timeout = Span::secs(2);
        // With regions, the next of the list is in another one: only where there are none is it equally far.
        if !paper.regions.is_empty() {
            continue;
        }
        paper.crash(node(0), at(5_000));
        let expected = paper.delivered(&paper.replicas()) + Span::secs(2);
        let played = play_spaces(&paper.setup);
        assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{}", paper.shown());
    }
}

#[test]
fn a_dead_host_costs_attaching_elsewhere() {
    for mut paper in papers(|_| {}) {
        paper.setup.clients.keepalive = Span::secs(5);
        paper.setup.clients.send_timeout = Span::secs(1);
        paper.crash(node(4), at(SENT - 100));
        let wire = watched(&paper.setup);
        let device = paper.setup.places().client(ClientId(RECIPIENT));
        let attached = wire.attaches.iter().rfind(|it| it.1 == device);
        let &(from, _, to) = attached.expect("it attached elsewhere");
        let replicas = paper.replicas();
        let nearest = paper.nearest(to.raw(), &replicas)[0];
        let expected = paper.times.access
            + paper.times.directory * 2
            + paper.u(to.raw(), nearest) * 2
            + paper.z();
        // It is in the region of its home.
        let extra = match paper.regions.len() {
            0 => Span::ZERO,
            _ => paper.apart(4, to.raw()),
        };
        assert_eq!(wire.delivered, [from + expected + extra * 2], "{}", paper.shown());
    }
}

#[test]
fn who_was_offline_gets_it_from_its_host() {
    for mut paper in papers(|_| {}) {
        let device = paper.setup.places().client(ClientId(RECIPIENT));
        let fault = Fault::once(What::offline(device), at(5_000), Span::millis(20_000));
        paper.setup.faults.push(fault);
        // The host has found out that nobody hears it.
        paper.setup.clients.keepalive = Span::secs(4);
        paper.setup.clients.send_timeout = Span::secs(1);
        let wire = watched(&paper.setup);
        let expected = at(25_000) + paper.times.access * 2;
        assert_eq!(wire.delivered, [expected], "{}", paper.shown());
    }
}

#[test]
fn a_server_serves_once_it_has_what_it_lacked() {
    for times in all_times() {
        for regions in REGIONS {
            for count in [0_u64, 1, 5] {
                let mut paper = Paper::new(times, regions, |options| options.lead = false);
                let sent = (0..count).map(|it| (at(SENT + 1_000 * it), SENDER, &[RECIPIENT][..]));
                // One that is long over, so that there is a space.
                let first = [(at(1_000), SENDER, &[RECIPIENT][..])];
                let all: Vec<_> = first.into_iter().chain(sent).collect();
                listed(&mut paper.setup, &all);
                let returns = paper.replicas()[1];
                let back = server(&paper.setup, returns);
                let crash = What::crash(back);
                paper.setup.faults.push(Fault::once(crash, at(5_000), Span::millis(30_000)));
                // Without a disk it lacks the first too.
                let on_disk = paper.times.queue() == QueuePlace::Disk;
                let lacks = count + u64::from(!on_disk);
                let peers: Vec<u32> =
                    paper.replicas().into_iter().filter(|&it| it != returns).collect();
                let round = |it: &u32| paper.d(returns, *it) * 2;
                let farthest = peers.iter().map(round).max().expect("two peers");
                let nearest = peers.iter().map(round).min().expect("two peers");
                let (cpu, write) = (paper.servers.cpu, paper.servers.write);
                let write = if on_disk { write } else { Span::ZERO };
                let expected = match lacks {
                    0 => farthest,
                    _ if farthest == nearest => {
                        // Two packets come at once: the CPU takes one after the other.
                        nearest + (cpu + write * lacks).max(cpu * 2)
                    }
                    _ => (farthest + cpu).max(nearest + cpu + write * lacks),
                };
                let wire = watched(&paper.setup);
                assert_eq!(wire.synchronised, [(at(35_000) + expected, back)], "{}", paper.shown());
            }
        }
    }
}

#[test]
fn who_is_out_of_reach_gets_it_from_another() {
    for times in all_times() {
        for regions in REGIONS {
            for lead in [false, true] {
                let mut paper = Paper::new(times, regions, |options| {
                    options.lead = lead;
                    options.ack_timeout = Span::millis(1_300);
                });
                let replicas = paper.replicas();
                let cut = replicas[2];
                let link = What::link(node(0), server(&paper.setup, cut));
                paper.setup.faults.push(Fault::from(link, at(5_000)));
                let sigma = paper.sigma();
                let stored = |it: u32| paper.x() + paper.u(0, it) + sigma;
                let from = |it: u32| stored(it) + paper.d(it, cut) * 3 + sigma;
                let timeout = paper.options().ack_timeout;
                let expected = match lead {
                    true => from(replicas[0]),
                    false => from(replicas[0]).min(from(replicas[1])) + timeout,
                };
                let wire = watched(&paper.setup);
                let node = server(&paper.setup, cut);
                let at_it: Vec<_> = wire.stored.iter().filter(|(_, it)| *it == node).collect();
                assert_eq!(at_it, [&(at(SENT) + expected, node)], "{}", paper.shown());
            }
        }
    }
}
