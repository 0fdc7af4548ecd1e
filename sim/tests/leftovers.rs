//! What a fault leaves behind of queues, servers and marks: nothing that it took, all that it did not.

use crate::common::*;
use penult_sim::*;

/// A thousand bytes take 10 ms.
fn narrow(latency: u64) -> LinkSpec {
    LinkSpec { bandwidth: Bandwidth::bits_per_second(800_000), ..millis(latency) }
}

fn crash(node: NodeId) -> What {
    What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Kept }
}

fn once(what: What, from: u64, to: u64) -> Fault {
    Fault::once(what, at(from), Span::millis(to - from))
}

fn letters(times: &[u64], from: NodeId, to: NodeId) -> Vec<Send> {
    (0..).zip(times).map(|(id, &ms)| send(Span::millis(ms), from, to, id)).collect()
}

fn ids(log: &Log) -> Vec<u32> {
    log.received.iter().map(|&(.., id)| id).collect()
}

#[test]
fn a_link_that_fell_has_an_empty_queue_and_an_empty_buffer() {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &LinkSpec { buffer: Some(2000), ..narrow(1) });
    let script = letters(&[0, 0, 0, 7, 7, 7], a, b);
    let down = What::Link { ends: (a, b), one_way: true };
    let log = play(network, script, &[once(down, 5, 6)]);
    let lost: Vec<u32> = log.lost.iter().map(|&(_, id, _)| id).collect();
    assert_eq!(lost, [0, 1, 2]);
    let expected = [(3, 18), (4, 28), (5, 38)].map(|(id, ms)| (id, ms * 1_000_000));
    assert_eq!(arrivals(&log), expected);
}

#[test]
fn a_link_that_fell_keeps_no_order_with_what_it_dropped() {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &millis(10));
    let gray = Gray { latency: 100.0, ..Gray::NONE };
    let down = What::Link { ends: (a, b), one_way: false };
    let faults = [once(What::SlowLink { ends: (a, b), gray }, 0, 5), once(down, 5, 6)];
    let log = play(network, letters(&[1, 7], a, b), &faults);
    assert_eq!(arrivals(&log), [(1, 17_000_000)]);
}

#[test]
fn a_crashed_sender_has_an_empty_queue_and_an_empty_buffer() {
    // b passes on what a sends to c.
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    network.add_link(a, b, &millis(0));
    network.add_link(b, c, &LinkSpec { buffer: Some(2000), ..narrow(1) });
    let log = play(network, letters(&[0, 0, 0, 7, 7, 7], a, c), &[once(crash(b), 5, 6)]);
    let lost: Vec<u32> = log.lost.iter().map(|&(_, id, _)| id).collect();
    assert_eq!(lost, [0, 1, 2]);
    let expected = [(3, 18), (4, 28), (5, 38)].map(|(id, ms)| (id, ms * 1_000_000));
    assert_eq!(arrivals(&log), expected);
}

#[test]
fn what_left_before_a_crash_is_not_overtaken_by_what_leaves_after_it() {
    // A crash that emptied a queue forgot what was on the wire as well, and with it the order.
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    network.add_link(a, b, &millis(1));
    let bandwidth = Bandwidth::bits_per_second(800_000);
    network.add_link(b, c, &LinkSpec { bandwidth, ..millis(10) });
    let gray = Gray { latency: 10.0, ..Gray::NONE };
    let faults = [once(What::SlowLink { ends: (b, c), gray }, 0, 5), once(crash(b), 15, 16)];
    let script = [(0, 0), (0, 1), (20, 2)].map(|(ms, id)| send(Span::millis(ms), a, c, id));
    let log = play(network, script.to_vec(), &faults);
    // The first leaves b at 11 and takes 100; the second had not left; the third leaves at 31.
    assert_eq!(log.lost, [(at(15), 1, Loss::Crash(b))]);
    assert_eq!(arrivals(&log), [(0, 111_000_000), (2, 111_000_000)]);
}

#[test]
fn a_node_that_comes_back_has_an_idle_cpu() {
    let cpu = Delay::constant(Span::millis(10));
    let machine = MachineSpec { cpu, ..MachineSpec::default() };
    let mut network = Network::new();
    let a = network.add_node(&NodeSpec::default());
    let b = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    network.add_link(a, b, &millis(1));
    let log = play(network, letters(&[0, 0, 0, 0, 19], a, b), &[once(crash(b), 5, 6)]);
    assert_eq!(arrivals(&log), [(4, 30_000_000)]);
}

#[test]
fn a_node_that_comes_back_has_an_idle_disk() {
    /// Writes three times whenever it begins, and notes when the last is done.
    struct Writer;
    impl Node for Writer {
        type World = ();
        type Disk = Vec<u64>;
        type Packet = Letter;
        type Timer = ();
        type Note = ();
        fn new_disk(_: NodeId, (): &()) -> Vec<u64> {
            Vec::new()
        }
        fn start(_: &mut Vec<u64>, cx: &mut Context<'_, Self>) -> Self {
            let done = [(); 3].map(|()| cx.write());
            cx.set_timer(done[2], ());
            Writer
        }
        fn receive(&mut self, _: &mut Vec<u64>, _: NodeId, _: Letter, _: &mut Context<'_, Self>) {}
        fn wake(&mut self, disk: &mut Vec<u64>, (): (), cx: &mut Context<'_, Self>) {
            disk.push(cx.now().nanos());
        }
    }
    let disk = Delay::constant(Span::millis(10));
    let machine = MachineSpec { disk, ..MachineSpec::default() };
    let mut network = Network::new();
    let node = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    let mut engine = Engine::<Writer>::new(Seed::new(1), network, ());
    engine.add_fault(once(crash(node), 5, 6)).unwrap();
    while engine.step() {}
    assert_eq!(engine.disk(node)[..], [36_000_000]);
}

#[test]
fn a_node_that_comes_back_carries_others_packets_again() {
    // Over b it takes 2 ms, around it 20; c has no other way.
    let mut network = Network::new();
    let [a, b, c, d, far] = nodes(&mut network);
    for (from, to, latency) in [(a, b, 1), (b, c, 1), (b, d, 1), (a, far, 10), (far, d, 10)] {
        network.add_link(from, to, &millis(latency));
    }
    let mut script = letters(&[1, 50], a, c);
    script.extend([(1, 2), (50, 3)].map(|(ms, id)| send(Span::millis(ms), a, d, id)));
    let log = play(network, script, &[once(crash(b), 0, 40)]);
    assert_eq!(log.lost, [(at(1), 0, Loss::NoPath(a, c))]);
    assert_eq!(arrivals(&log), [(2, 21_000_000), (1, 52_000_000), (3, 52_000_000)]);
}

#[test]
fn cuts_of_access_links_heal_each_by_itself() {
    let mut network = Network::new();
    let [a, device] = nodes(&mut network);
    network.add_access(device, &millis(0));
    let parted = || What::Partition(vec![vec![a], vec![device]]);
    let cut = |one_way| What::Link { ends: (a, device), one_way };
    let faults = [
        once(parted(), 10, 30),
        once(parted(), 20, 40),
        once(cut(true), 35, 60),
        once(cut(false), 50, 70),
        once(cut(false), 55, 56),
    ];
    let times: Vec<u64> = (0..9).map(|number| 10 * number + 5).collect();
    let there = play(network, letters(&times, a, device), &faults);
    assert_eq!(ids(&there), [0, 7, 8]);

    let mut network = Network::new();
    let [a, device] = nodes(&mut network);
    network.add_access(device, &millis(0));
    let back = play(network, letters(&times, device, a), &faults);
    assert_eq!(ids(&back), [0, 4, 7, 8]);
}

/// A device, and 40 ms from it, in another region, a server and another device.
fn regions(access: &LinkSpec) -> (Network, [NodeId; 3]) {
    let mut network = Network::new();
    let matrix = RegionMatrix::from_csv(",eu,us\neu,0,40\nus,40,0\n", &MatrixOptions::default());
    network.set_regions(matrix.unwrap());
    let nodes = [0, 1, 1].map(|region| {
        let region = Some(RegionId::new(region));
        network.add_node(&NodeSpec { region, ..NodeSpec::default() })
    });
    let [device, _, other] = nodes;
    network.add_access(device, access);
    network.add_access(other, access);
    (network, nodes)
}

#[test]
fn a_device_that_crashes_loses_what_had_not_left_whichever_way_it_was_to_go() {
    // Each letter takes 10 ms to leave.
    let (network, [device, server, other]) = regions(&narrow(1));
    let mut script = letters(&[0], device, server);
    script.extend([1, 2, 3].map(|id| {
        let to = if id == 2 { server } else { other };
        send(Span::ZERO, device, to, id)
    }));
    let log = play(network, script, &[once(crash(device), 15, 16)]);
    let lost = [1, 2, 3].map(|id| (at(15), id, Loss::Crash(device)));
    assert_eq!(log.lost, lost);
    assert_eq!(arrivals(&log), [(0, 51_000_000)]);
}

#[test]
fn what_left_a_device_before_its_crash_is_on_its_way() {
    let (network, [device, _, other]) = regions(&narrow(1));
    // Up 10 and 1, across 40, down 10 and 1.
    let log = play(network, letters(&[0, 0], device, other), &[once(crash(device), 15, 16)]);
    assert_eq!(log.lost, [(at(15), 1, Loss::Crash(device))]);
    assert_eq!(arrivals(&log), [(0, 62_000_000)]);
}

#[test]
fn a_cut_takes_what_is_between_the_regions() {
    for to_device in [false, true] {
        let (network, [device, server, other]) = regions(&millis(1));
        let (from, to) = if to_device { (server, device) } else { (device, other) };
        let cut = once(What::Partition(vec![vec![device], vec![server, other]]), 20, 30);
        let log = play(network, letters(&[0, 31], from, to), &[cut]);
        assert_eq!(log.lost, [(at(20), 0, Loss::LinkDown(from, to))]);
        assert_eq!(ids(&log), [1]);
    }
}

#[test]
fn a_slow_way_between_regions_is_slow_all_the_way() {
    // 20 ms of access and 40 between the regions, twice as long, either way.
    let (network, [device, server, _]) = regions(&millis(20));
    let gray = Gray { latency: 2.0, ..Gray::NONE };
    let slow = Fault::from(What::SlowLink { ends: (server, device), gray }, Time::ZERO);
    let script = vec![send(Span::ZERO, device, server, 0), send(Span::ZERO, server, device, 1)];
    let log = play(network, script, &[slow]);
    assert_eq!(arrivals(&log), [(0, 120_000_000), (1, 120_000_000)]);
}

#[test]
fn a_region_that_comes_back_finds_its_disks() {
    let mut network = Network::new();
    let region = RegionId::new(0);
    let node = network.add_node(&NodeSpec { region: Some(region), ..NodeSpec::default() });
    let mut run = world(network, Vec::new());
    run.add_fault(once(What::Region(region), 5, 6)).unwrap();
    while run.step() {}
    assert_eq!((run.memory(node).unwrap().life, *run.disk(node)), (2, 2), "counted on its disk");
}

#[test]
fn a_node_listed_twice_is_struck_once() {
    // The first of two equal gray failures to end took both away, and the second found nothing to end.
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &millis(10));
    let gray = Gray { latency: 2.0, ..Gray::NONE };
    let slow = What::Slow { who: Who::Nodes(vec![b, a, b]), gray };
    let script = vec![send(Span::millis(1), a, b, 0), send(Span::millis(60), a, b, 1)];
    let log = play(network, script, &[once(slow, 0, 50)]);
    assert_eq!(arrivals(&log), [(0, 41_000_000), (1, 70_000_000)], "twice for a, twice for b");
}

#[test]
fn two_processes_that_do_the_same_to_the_same_fail_apart() {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &millis(1));
    let law = |mean: f64| Delay::from_nanos(Distribution::exponential(mean).unwrap());
    let mut run = world(network, Vec::new());
    for _ in 0..2 {
        let what = What::Link { ends: (a, b), one_way: false };
        let when = When::Process(Process::new(law(1e9), law(1e8)));
        run.add_fault(Fault { what, when }).unwrap();
    }
    run.run(&Limits::until(at(20_000))).unwrap();
    let faults = &run.observer().faults;
    let times = |of| faults.iter().filter(move |(_, fault, _)| *fault == of).map(|&(at, ..)| at);
    let second: Vec<Time> = times(FaultId::new(1)).collect();
    assert!(second.len() > 10 && times(FaultId::new(0)).all(|at| !second.contains(&at)));
}

#[test]
fn what_one_hop_spoils_no_later_hop_mends() {
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    network.add_link(a, b, &LinkSpec { corrupt: 1.0, ..millis(1) });
    network.add_link(b, c, &millis(1));
    let log = play(network, letters(&[0], a, c), &[]);
    assert_eq!(log.lost, [(at(2), 0, Loss::Corrupted(c))]);
}
