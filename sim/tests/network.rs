//! The network, to the nanosecond: latency, bandwidth, queues, buffers, order, routes, regions, machines.

use crate::common::*;
use penult_sim::*;

fn megabit(spec: LinkSpec) -> LinkSpec {
    LinkSpec { bandwidth: Bandwidth::bits_per_second(1_000_000), ..spec }
}

#[test]
fn a_packet_takes_its_latency() {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &LinkSpec::with_latency(Delay::constant(Span::nanos(1_234_567))));
    let log =
        play(network, vec![send(Span::nanos(3), a, b, 0), send(Span::nanos(4), b, a, 1)], &[]);
    assert_eq!(arrivals(&log), [(0, 1_234_570), (1, 1_234_571)]);
}

#[test]
fn packets_queue_behind_each_other_and_each_direction_by_itself() {
    // A thousand bytes on a megabit take 8 ms to send, then 5 ms to travel.
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &megabit(millis(5)));
    let script = vec![
        send(Span::ZERO, a, b, 0),
        send(Span::millis(1), a, b, 1),
        send(Span::millis(1), b, a, 2),
        send(Span::millis(30), a, b, 3),
    ];
    let log = play(network, script, &[]);
    assert_eq!(
        arrivals(&log),
        [(0, 13_000_000), (2, 14_000_000), (1, 21_000_000), (3, 43_000_000)]
    );
}

#[test]
fn a_buffer_holds_what_waits_and_drops_what_comes_after() {
    // Two may wait beside the one that is being sent; when it is gone there is room again.
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &LinkSpec { buffer: Some(2000), ..megabit(millis(0)) });
    let mut script: Vec<Send> = (0..5).map(|id| send(Span::ZERO, a, b, id)).collect();
    script.push(send(Span::nanos(7_999_999), a, b, 5));
    script.push(send(Span::nanos(8_000_000), a, b, 6));
    let log = play(network, script, &[]);
    let ids: Vec<u32> = arrivals(&log).iter().map(|&(id, _)| id).collect();
    assert_eq!(ids, [0, 1, 2, 6]);
    assert_eq!(log.received.last().unwrap().0, at(32));
    let full = Loss::BufferFull(a, b);
    assert_eq!(
        log.lost,
        [(at(0), 3, full), (at(0), 4, full), (Time::from_nanos(7_999_999), 5, full)]
    );
}

fn varying(order: Order) -> (Vec<(u32, u64)>, usize) {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    let latency = Distribution::uniform(1e6, 50e6).unwrap();
    let spec = LinkSpec::with_latency(Delay::from_nanos(latency));
    network.add_link(a, b, &LinkSpec { order, ..spec });
    let script = (0..1000).map(|id| send(Span::millis(id.into()), a, b, id)).collect();
    let arrivals = arrivals(&play(network, script, &[]));
    let overtakes = arrivals.windows(2).filter(|pair| pair[0].0 > pair[1].0).count();
    (arrivals, overtakes)
}

#[test]
fn fifo_never_reorders_and_free_does() {
    let (fifo, overtakes) = varying(Order::Fifo);
    assert_eq!(overtakes, 0);
    let (mut free, overtakes) = varying(Order::Free);
    assert!(overtakes > 100, "{overtakes} of 1000 overtook the one before");
    // Both draw the same latencies, so fifo is the running maximum of free.
    free.sort_unstable();
    let mut latest = 0;
    for (&(id, kept), (_, taken)) in fifo.iter().zip(free) {
        latest = latest.max(taken);
        assert_eq!(kept, latest, "letter {id}");
    }
}

#[test]
fn a_route_queues_at_each_hop_and_costs_no_cpu_on_the_way() {
    // a -8ms- b -8ms- c on megabit links: the second letter waits at a, and never again.
    let mut network = Network::new();
    let cpu = MachineSpec { cpu: Delay::constant(Span::millis(3)), ..MachineSpec::default() };
    let spec = NodeSpec { machine: cpu, ..NodeSpec::default() };
    let [a, b, c] = [(); 3].map(|()| network.add_node(&spec));
    network.add_link(a, b, &megabit(millis(2)));
    network.add_link(b, c, &megabit(millis(4)));
    let log = play(network, vec![send(Span::ZERO, a, c, 0), send(Span::ZERO, a, c, 1)], &[]);
    // 8 + 2 + 8 + 4, and 3 for the CPU of c alone; the second follows 8 behind.
    assert_eq!(arrivals(&log), [(0, 25_000_000), (1, 33_000_000)]);
}

#[test]
fn routes_take_least_latency_then_fewest_hops_then_smallest_ids() {
    // From 0 to 5: over 1 and 2 (1 + 1 + 2 ms), over 3 (2 + 2 ms), over 4 (2 + 2 ms).
    let build = || {
        let mut network = Network::new();
        let all: [NodeId; 6] = nodes(&mut network);
        for (a, b, latency) in
            [(0, 1, 1), (1, 2, 1), (2, 5, 2), (0, 4, 2), (4, 5, 2), (0, 3, 2), (3, 5, 2)]
        {
            network.add_link(all[a], all[b], &millis(latency));
        }
        (network, all)
    };
    // Who carries the letter shows in who takes it when they die under way.
    let taken_by = |dead: usize, more: &[usize]| {
        let (network, all) = build();
        let crash =
            |node: usize| What::Crash { who: Who::Nodes(vec![all[node]]), disk: DiskFate::Kept };
        let mut faults = vec![Fault::from(crash(dead), Time::from_nanos(1))];
        faults.extend(more.iter().map(|&node| Fault::from(crash(node), Time::ZERO)));
        let log = play(network, vec![send(Span::ZERO, all[0], all[5], 0)], &faults);
        log.lost.first().map(|&(_, _, loss)| loss)
    };
    assert_eq!(taken_by(3, &[]), Some(Loss::Crash(NodeId::new(3))), "of two hops, the smaller id");
    assert_eq!(taken_by(4, &[]), None);
    assert_eq!(taken_by(1, &[]), None, "three hops of the same length are not taken");
    assert_eq!(taken_by(4, &[3]), Some(Loss::Crash(NodeId::new(4))), "around what was down before");
    assert_eq!(taken_by(1, &[3, 4]), Some(Loss::Crash(NodeId::new(1))));
}

#[test]
fn two_that_share_a_link_use_it_unless_rerouted() {
    for (reroute, expected) in [(false, vec![]), (true, vec![(0, 2_000_000)])] {
        let mut network = Network::new();
        let [a, b, c] = nodes(&mut network);
        network.reroute(reroute);
        network.add_link(a, b, &millis(10));
        network.add_link(a, c, &millis(1));
        network.add_link(c, b, &millis(1));
        let down = What::Link { ends: (a, b), one_way: false };
        let down = Fault::once(down, Time::ZERO, Span::millis(5));
        let script = vec![send(Span::ZERO, a, b, 0), send(Span::millis(6), a, b, 1)];
        let log = play(network, script, &[down]);
        let mut expected = expected;
        expected.push((1, 16_000_000));
        assert_eq!(arrivals(&log), expected, "reroute = {reroute}");
    }
}

#[test]
fn without_a_path_packets_are_lost_and_counted() {
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    network.add_link(a, b, &millis(1));
    let mut run = world(network, vec![send(Span::ZERO, a, c, 0), send(Span::ZERO, c, a, 1)]);
    run.run(&Limits::QUIET).unwrap();
    assert_eq!(run.traffic().lost.no_path, 2);
    let lost = &run.observer().lost;
    assert_eq!(lost[..], [(at(0), 0, Loss::NoPath(a, c)), (at(0), 1, Loss::NoPath(c, a))]);
}

#[test]
fn nodes_that_carry_no_transit_are_gone_around() {
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    let service = network.add_node(&NodeSpec { transit: false, ..NodeSpec::default() });
    for (from, to, latency) in [(a, service, 1), (service, b, 1), (a, c, 5), (c, b, 5)] {
        network.add_link(from, to, &millis(latency));
    }
    let log = play(network, vec![send(Span::ZERO, a, b, 0), send(Span::ZERO, a, service, 1)], &[]);
    assert_eq!(arrivals(&log), [(1, 1_000_000), (0, 10_000_000)]);
}

#[test]
fn routes_end_at_nodes_that_carry_no_transit_and_at_dead_ones() {
    // Who sends can't know that the other is dead; it is back when the packet comes.
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    let service = network.add_node(&NodeSpec { transit: false, ..NodeSpec::default() });
    for (from, to) in [(a, b), (b, c), (b, service)] {
        network.add_link(from, to, &millis(5));
    }
    let dead = What::Crash { who: Who::Nodes(vec![c]), disk: DiskFate::Kept };
    let faults = [Fault::once(dead, Time::ZERO, Span::millis(9))];
    let log =
        play(network, vec![send(Span::ZERO, a, c, 0), send(Span::ZERO, a, service, 1)], &faults);
    assert_eq!(arrivals(&log), [(0, 10_000_000), (1, 10_000_000)]);
}

#[test]
fn access_links_lead_everywhere_with_regions_on_top() {
    let mut network = Network::new();
    let (eu, us) = (RegionId::new(0), RegionId::new(1));
    let regions = RegionMatrix::from_csv(",eu,us\neu,0,40\nus,45,0\n", &MatrixOptions::default());
    network.set_regions(regions.unwrap());
    let inside = |region| NodeSpec { region: Some(region), ..NodeSpec::default() };
    let near = network.add_node(&inside(eu));
    let far = network.add_node(&inside(us));
    let device = network.add_node(&inside(eu));
    let other = network.add_node(&inside(us));
    network.add_access(device, &millis(20));
    network.add_access(other, &megabit(millis(7)));
    let script = vec![
        send(Span::ZERO, device, near, 0),
        send(Span::ZERO, device, far, 1),
        send(Span::ZERO, near, device, 2),
        send(Span::ZERO, far, device, 3),
        send(Span::ZERO, device, other, 4),
    ];
    let log = play(network, script, &[]);
    let mut arrivals = arrivals(&log);
    arrivals.sort_unstable();
    // The last: 20 up, 40 across, 8 + 7 down.
    let expected = [20, 60, 20, 65, 75].map(|millis| millis * 1_000_000);
    assert_eq!(arrivals, (0..).zip(expected).collect::<Vec<_>>());
}

#[test]
fn both_copies_of_a_packet_take_the_whole_way() {
    // The access link repeats everything; the way between the regions is 40 ms for each copy.
    let mut network = Network::new();
    let regions = RegionMatrix::from_csv(",eu,us\neu,0,40\nus,45,0\n", &MatrixOptions::default());
    network.set_regions(regions.unwrap());
    let inside = |region| NodeSpec { region: Some(RegionId::new(region)), ..NodeSpec::default() };
    let (device, far) = (network.add_node(&inside(0)), network.add_node(&inside(1)));
    network.add_access(device, &LinkSpec { duplicate: 1.0, ..millis(20) });
    let log = play(network, vec![send(Span::ZERO, device, far, 0)], &[]);
    assert_eq!(arrivals(&log), [(0, 60_000_000), (0, 60_000_000)]);
}

#[test]
fn one_way_links_lead_one_way() {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_one_way_link(a, b, &millis(1));
    let log = play(network, vec![send(Span::ZERO, a, b, 0), send(Span::ZERO, b, a, 1)], &[]);
    assert_eq!(arrivals(&log), [(0, 1_000_000)]);
    assert_eq!(log.lost, [(at(0), 1, Loss::NoPath(b, a))]);
}

#[test]
fn a_cpu_serves_in_order_and_messages_cost_otherwise_than_control() {
    let mut network = Network::new();
    let machine = MachineSpec {
        cpu: Delay::constant(Span::millis(10)),
        cpu_control: Delay::constant(Span::millis(1)),
        disk: Delay::ZERO,
    };
    let a = network.add_node(&NodeSpec::default());
    let b = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    network.add_link(a, b, &millis(2));
    let control = |id| {
        let mut line = send(Span::ZERO, a, b, id);
        line.letter.message = false;
        line
    };
    let script =
        vec![control(0), send(Span::ZERO, a, b, 1), control(2), send(Span::millis(30), b, a, 3)];
    let log = play(network, script, &[]);
    // Sending costs nothing: the letter back takes its latency alone.
    assert_eq!(arrivals(&log), [(0, 3_000_000), (1, 13_000_000), (2, 14_000_000), (3, 32_000_000)]);
}

#[test]
fn what_costs_no_cpu_waits_for_what_came_before_it() {
    // It came at the very instant at which the CPU was done, and was handled before what was done.
    let mut network = Network::new();
    let cpu = Delay::constant(Span::millis(10));
    let machine = MachineSpec { cpu, ..MachineSpec::default() };
    let [a, b] = nodes(&mut network);
    let c = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    network.add_link(a, c, &millis(2));
    network.add_link(b, c, &millis(12));
    let mut control = send(Span::ZERO, b, c, 1);
    control.letter.message = false;
    let log = play(network, vec![send(Span::ZERO, a, c, 0), control], &[]);
    assert_eq!(arrivals(&log), [(0, 12_000_000), (1, 12_000_000)]);
}

#[test]
fn dice_do_not_move_each_others_numbers() {
    // The latencies of those that arrive are the same with loss and duplication as without.
    let build = |loss, duplicate| {
        let mut network = Network::new();
        let [a, b] = nodes(&mut network);
        let latency = Delay::from_nanos(Distribution::uniform(1e6, 9e6).unwrap());
        let spec =
            LinkSpec { loss, duplicate, order: Order::Free, ..LinkSpec::with_latency(latency) };
        network.add_link(a, b, &spec);
        let script = (0..200).map(|id| send(Span::millis(id.into()), a, b, id)).collect();
        arrivals(&play(network, script, &[]))
    };
    let all = build(0.0, 0.0);
    let some = build(0.3, 0.0);
    assert!(some.len() < 170 && some.iter().all(|arrival| all.contains(arrival)));
    let twice = build(0.0, 0.3);
    assert!(twice.len() > 230 && all.iter().all(|arrival| twice.contains(arrival)));
}

#[test]
fn shares_of_loss_duplication_and_corruption_are_as_said() {
    // 20,000 packets; four standard errors of a share of 0.1 are 0.0085.
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    let spec = LinkSpec { loss: 0.1, duplicate: 0.1, corrupt: 0.1, ..millis(1) };
    network.add_link(a, b, &spec);
    let script = (0..20_000).map(|id| send(Span::micros(id.into()), a, b, id)).collect();
    let mut run = world(network, script);
    run.run(&Limits::QUIET).unwrap();
    let traffic = *run.traffic();
    let near = |count: u64, of: f64, share: f64| (count as f64 / of - share).abs() < 0.0085;
    assert!(near(traffic.lost.chance, 20_000.0, 0.1), "{traffic:?}");
    assert!(near(traffic.duplicated, 18_000.0, 0.1), "{traffic:?}");
    assert!(near(traffic.lost.corrupted, 19_800.0, 0.1), "{traffic:?}");
}

#[test]
fn a_disk_takes_one_write_after_the_other() {
    /// Writes twice at once at its start, and once more at 100 ms.
    struct Writer;
    impl Node for Writer {
        type World = ();
        type Disk = Vec<u64>;
        type Packet = Letter;
        type Timer = u32;
        type Note = ();
        fn new_disk(_: NodeId, (): &()) -> Vec<u64> {
            Vec::new()
        }
        fn start(_: &mut Vec<u64>, cx: &mut Context<'_, Self>) -> Self {
            for write in 0..2 {
                let done = cx.write();
                cx.set_timer(done, write);
            }
            cx.set_timer(Span::millis(100), 9);
            Writer
        }
        fn receive(&mut self, _: &mut Vec<u64>, _: NodeId, _: Letter, _: &mut Context<'_, Self>) {}
        fn wake(&mut self, disk: &mut Vec<u64>, write: u32, cx: &mut Context<'_, Self>) {
            match write {
                9 => disk.push(cx.write().as_nanos()),
                _ => disk.push(cx.now().nanos()),
            }
        }
    }
    let mut network = Network::new();
    let disk = Delay::constant(Span::millis(7));
    let machine = MachineSpec { disk, ..MachineSpec::default() };
    let node = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    let mut engine = Engine::<Writer>::new(Seed::new(1), network, ());
    engine.run(&Limits::QUIET).unwrap();
    assert_eq!(engine.disk(node)[..], [7_000_000, 14_000_000, 7_000_000]);
}

#[test]
fn losses_do_not_decide_who_is_doubled() {
    let doubled = |loss| {
        let mut network = Network::new();
        let [a, b] = nodes(&mut network);
        let latency = Delay::from_nanos(Distribution::uniform(1e6, 9e6).unwrap());
        let spec = LinkSpec { loss, duplicate: 0.5, ..LinkSpec::with_latency(latency) };
        network.add_link(a, b, &spec);
        let script = (0..100).map(|id| send(Span::millis(id.into()), a, b, id)).collect();
        let log = play(network, script, &[]);
        let came = |id| log.received.iter().filter(|&&(.., got)| got == id).count();
        (0..100).map(came).collect::<Vec<_>>()
    };
    let (all, some) = (doubled(0.0), doubled(0.3));
    let survivors = all.iter().zip(&some).filter(|&(_, &some)| some > 0);
    assert!(survivors.clone().count() > 50);
    assert!(survivors.clone().all(|(all, some)| all == some));
}

#[test]
fn what_took_a_packet_shows_in_the_fingerprint() {
    let fingerprint = |spec: &LinkSpec, linked: bool| {
        let mut network = Network::new();
        let [a, b] = nodes(&mut network);
        if linked {
            network.add_link(a, b, spec);
        }
        let mut run = world(network, vec![send(Span::ZERO, a, b, 0)]);
        run.run(&Limits::QUIET).unwrap();
        assert_eq!(run.traffic().lost.total(), 1);
        run.fingerprint()
    };
    let by_chance = fingerprint(&LinkSpec { loss: 1.0, ..millis(1) }, true);
    assert_ne!(by_chance, fingerprint(&millis(1), false));
}
