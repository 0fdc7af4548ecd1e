//! Relations between runs on one seed that hold to the nanosecond, without knowing any number.

use crate::common::*;
use penult_sim::*;

fn uniform(low: f64, high: f64) -> Delay {
    Delay::from_nanos(Distribution::uniform(low * 1e6, high * 1e6).expect("it is in order"))
}

fn exponential(millis: f64) -> Delay {
    Delay::from_nanos(Distribution::exponential(millis * 1e6).expect("the mean is above zero"))
}

/// A link that varies, loses, repeats, spoils and queues.
fn rough() -> LinkSpec {
    LinkSpec {
        bandwidth: Bandwidth::bits_per_second(10_000_000),
        buffer: Some(20_000),
        loss: 0.05,
        duplicate: 0.05,
        corrupt: 0.05,
        ..LinkSpec::with_latency(uniform(1.0, 20.0))
    }
}

/// When each letter came and to whom, in an order that does not depend on ties.
fn came(log: &Log) -> Vec<(u32, u64, NodeId)> {
    let mut came: Vec<_> =
        log.received.iter().map(|&(at, node, id)| (id, at.nanos(), node)).collect();
    came.sort_unstable();
    came
}

/// Five milliseconds more on the last hop move every letter by five milliseconds: the paired
/// difference has no variance.
#[test]
fn a_longer_last_hop_moves_everything_by_as_much() {
    let run = |last: u64| {
        let mut network = Network::new();
        let [a, b, c, device] = nodes(&mut network);
        network.add_link(a, b, &rough());
        network.add_link(b, c, &millis(last));
        network.add_access(device, &LinkSpec { order: Order::Free, ..rough() });
        network.add_link(device, b, &rough());
        let mut script = Vec::new();
        for id in 0..500 {
            let at = Span::millis(u64::from(id) * 2);
            script.extend([send(at, a, c, id), send(at, device, c, 500 + id)]);
        }
        play(network, script, &[])
    };
    // The device reaches c over its access link, which has no last hop: it does not move.
    let (near, far) = (run(10), run(15));
    let lost = |log: &Log| {
        let mut lost: Vec<_> = log.lost.iter().map(|&(_, id, loss)| (id, loss)).collect();
        lost.sort_unstable();
        lost
    };
    assert_eq!(lost(&near), lost(&far));
    assert!(near.received.len() > 600 && near.lost.len() > 50);
    let moved = came(&near).into_iter().map(|(id, at, node)| {
        let more = if id < 500 { 5_000_000 } else { 0 };
        (id, at + more, node)
    });
    assert_eq!(moved.collect::<Vec<_>>(), came(&far));
}

/// A link of 10 ms and two of 5 ms with a node between them that does nothing are the same.
#[test]
fn a_split_link_is_the_same_link() {
    let run = |split: bool| {
        let mut network = Network::new();
        let [a, b, c, middle] = nodes(&mut network);
        if split {
            network.add_link(a, middle, &millis(5));
            network.add_link(middle, b, &millis(5));
        } else {
            network.add_link(a, b, &millis(10));
        }
        network.add_link(b, c, &rough());
        let mut script = Vec::new();
        for id in 0..500 {
            let at = Span::millis(u64::from(id) * 2);
            let to = if id % 2 == 0 { b } else { c };
            script.extend([send(at, a, to, id), send(at, c, a, 500 + id)]);
        }
        play(network, script, &[])
    };
    let (whole, split) = (run(false), run(true));
    assert!(whole.received.len() > 800 && whole.lost.len() > 50);
    assert_eq!(came(&whole), came(&split));
    let lost =
        |log: &Log| log.lost.iter().map(|&(at, id, loss)| (id, at, loss)).collect::<Vec<_>>();
    assert_eq!(lost(&whole), lost(&split));
}

/// A world k times as slow gives every instant times k.
#[test]
fn a_slower_clock_changes_no_order() {
    let run = |k: u64| {
        let times = |millis: u64| Span::millis(millis) * k;
        let constant = |millis| Delay::constant(times(millis));
        let at = |millis| Time::ZERO + times(millis);
        let mut network = Network::new();
        let machine = MachineSpec { cpu: constant(3), cpu_control: constant(1), disk: constant(2) };
        let node = NodeSpec { machine, region: Some(RegionId::new(0)), ..NodeSpec::default() };
        let all = [(); 5].map(|()| network.add_node(&node));
        let [a, b, c, d, device] = all;
        let link = |latency| LinkSpec {
            // A thousand bytes take k ms.
            bandwidth: Bandwidth::bits_per_second(8_000_000_000 / k / 1000),
            buffer: Some(4000),
            loss: 0.05,
            duplicate: 0.05,
            corrupt: 0.05,
            ..LinkSpec::with_latency(constant(latency))
        };
        for (from, to, latency) in [(a, b, 4), (b, c, 7), (c, d, 5), (d, a, 9)] {
            network.add_link(from, to, &link(latency));
        }
        network.add_access(device, &link(11));
        let script = (0..900).map(|id: u32| {
            let number = id as usize;
            let from = all[number % 5];
            let to = all[(number + 1 + number / 5 % 4) % 5];
            let mut line = send(times(u64::from(id)), from, to, id);
            line.letter.message = !id.is_multiple_of(3);
            line
        });
        let crash = |node| What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Kept };
        let gray = Gray { latency: 2.0, cpu: 3.0, ..Gray::NONE };
        let down = Process::new(constant(97), constant(13));
        let faults = [
            Fault::once(crash(b), at(600), times(50)),
            Fault::once(What::Slow { who: Who::Nodes(vec![c]), gray }, at(200), times(100)),
            Fault::once(What::Link { ends: (a, device), one_way: false }, at(300), times(90)),
            Fault {
                what: What::Link { ends: (c, d), one_way: true },
                when: When::Process(Process { until: at(900), ..down }),
            },
        ];
        play(network, script.collect(), &faults)
    };
    let one = run(1);
    assert!(one.received.len() > 400 && one.lost.len() > 100, "{}", one.received.len());
    for k in [2, 5, 1000] {
        let slow = run(k);
        let received = one.received.iter().map(|&(at, node, id)| (at.nanos() * k, node, id));
        let slowly = slow.received.iter().map(|&(at, node, id)| (at.nanos(), node, id));
        assert!(received.eq(slowly), "{k} times as slow");
        let lost = one.lost.iter().map(|&(at, id, loss)| (at.nanos() * k, id, loss));
        let slowly = slow.lost.iter().map(|&(at, id, loss)| (at.nanos(), id, loss));
        assert!(lost.eq(slowly), "{k} times as slow");
    }
}

/// One node more that does nothing moves no other's numbers, wherever it stands, if the others keep
/// their entities: latencies, dice, CPUs, failures and repairs stay as they were.
#[test]
fn an_idle_node_changes_no_other_number() {
    let run = |idle: Option<usize>| {
        let mut network = Network::new();
        let mut all = Vec::new();
        for number in 0..5 {
            if idle == Some(number) {
                let entity = Some(99);
                let more = network.add_node(&NodeSpec { entity, ..NodeSpec::default() });
                network.add_access(more, &rough());
            }
            let machine = MachineSpec { cpu: exponential(2.0), ..MachineSpec::default() };
            let entity = Some(number as u32);
            all.push(network.add_node(&NodeSpec { machine, entity, ..NodeSpec::default() }));
        }
        for (a, b) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
            network.add_link(all[a], all[b], &rough());
        }
        network.add_access(all[4], &rough());
        let process = |up, down| When::Process(Process::new(exponential(up), exponential(down)));
        let who = Who::Nodes(vec![all[1], all[4]]);
        let together = Process {
            together: Some(1),
            until: at(900),
            ..Process::new(exponential(150.0), exponential(20.0))
        };
        let faults = [
            Fault { what: What::Offline(who.clone()), when: process(100.0, 20.0) },
            Fault {
                what: What::Link { ends: (all[2], all[3]), one_way: false },
                when: process(100.0, 20.0),
            },
            Fault {
                what: What::Crash { who, disk: DiskFate::Kept },
                when: When::Process(together),
            },
        ];
        let script = (0..900).map(|id: u32| {
            let number = id as usize;
            let (from, to) = (all[number % 5], all[(number + 1 + number / 5 % 4) % 5]);
            send(Span::millis(id.into()), from, to, id)
        });
        let log = play(network, script.collect(), &faults);
        let place = |node: NodeId| all.iter().position(|other| *other == node);
        let mut seen: Vec<_> =
            log.received.iter().map(|&(at, node, id)| (at, id, place(node))).collect();
        seen.sort_unstable();
        let lost: Vec<_> = log.lost.iter().map(|&(at, id, _)| (at, id)).collect();
        let crashed: Vec<_> = log.crashed.iter().map(|&(at, node)| (at, place(node))).collect();
        let reach: Vec<_> =
            log.reach.iter().map(|&(at, node, online)| (at, place(node), online)).collect();
        (seen, lost, crashed, reach)
    };
    let without = run(None);
    assert!(without.0.len() > 300 && without.1.len() > 100 && without.2.len() > 3);
    assert!(without.3.len() > 10);
    for place in 0..5 {
        assert!(run(Some(place)) == without, "with an idle node before number {place}");
    }
}

/// A node that draws one number as it starts.
struct Drawer(u64);

impl Node for Drawer {
    type World = ();
    type Disk = ();
    type Packet = ();
    type Timer = ();
    type Note = ();

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        Drawer(cx.draw(Purpose::of_models(1)).number())
    }

    fn receive(&mut self, (): &mut (), _: NodeId, (): (), _: &mut Context<'_, Self>) {}

    fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}
}

/// What a node draws itself goes by its entity, not by its place among the nodes.
#[test]
fn what_a_node_draws_is_its_own_whoever_stands_before_it() {
    let drawn = |entities: &[u32]| {
        let mut network = Network::new();
        let named = |&entity| NodeSpec { entity: Some(entity), ..NodeSpec::default() };
        let nodes: Vec<NodeId> =
            entities.iter().map(named).map(|spec| network.add_node(&spec)).collect();
        let mut engine = Engine::<Drawer>::new(Seed::new(1), network, ());
        engine.step();
        let last = *nodes.last().expect("there is a node");
        engine.memory(last).expect("it is up").0
    };
    assert_eq!(drawn(&[7]), drawn(&[3, 7]));
    assert_eq!(drawn(&[7]), drawn(&[9, 8, 7]));
    assert_ne!(drawn(&[7]), drawn(&[8]));
}
