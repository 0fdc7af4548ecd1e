//! Regions whose distance varies: each pair of nodes draws its own numbers, and order is kept where the access
//! link keeps it.

use crate::common::*;
use penult_sim::*;

fn uniform() -> Delay {
    let nanos = Distribution::uniform(40e6, 200e6).expect("from less to more");
    Delay::from_nanos(nanos)
}

/// Gateways, one in each region; then devices in the first region, on access links of 20 ms. From the first
/// region to the second it varies, and back it takes 45 ms.
fn network(devices: usize, order: Order) -> (Network, Vec<NodeId>) {
    let mut network = Network::new();
    let delays = RegionDelays::new(2, |from, to| match (from.index(), to.index()) {
        (0, 1) => uniform(),
        (1, 0) => Delay::constant(Span::millis(45)),
        _ => Delay::ZERO,
    });
    network.set_regions(delays);
    let inside = |region| NodeSpec { region: Some(RegionId::new(region)), ..NodeSpec::default() };
    let mut nodes = vec![network.add_node(&inside(0)), network.add_node(&inside(1))];
    for _ in 0..devices {
        let device = network.add_node(&inside(0));
        network.add_access(device, &LinkSpec { order, ..millis(20) });
        nodes.push(device);
    }
    (network, nodes)
}

/// What the n-th packets from one node to another take between the regions.
fn drawn(from: NodeId, to: NodeId, count: usize) -> Vec<u64> {
    let mut stream =
        Stream::new(Purpose::REGION_LATENCY, u64::from(from.raw()) << 24 | u64::from(to.raw()));
    let seed = Seed::new(1);
    (0..count).map(|_| uniform().sample(&mut stream.with(&seed)).as_nanos()).collect()
}

/// Letters from 0 on, a millisecond apart, from one device to the far gateway; letters from 100 on from
/// another.
fn script(nodes: &[NodeId], both: bool) -> Vec<Send> {
    let mut script = Vec::new();
    for number in 0..50_u32 {
        let at = Span::millis(number.into());
        script.push(send(at, nodes[2], nodes[1], number));
        if both {
            script.push(send(at, nodes[3], nodes[1], 100 + number));
        }
    }
    script
}

/// When the letters below 100 came, by number.
fn first_fifty(log: &Log) -> Vec<u64> {
    let mut came: Vec<_> = arrivals(log).into_iter().filter(|(id, _)| *id < 100).collect();
    came.sort_unstable();
    came.into_iter().map(|(_, at)| at).collect()
}

#[test]
fn each_packet_takes_what_its_pair_draws() {
    let (world, nodes) = network(2, Order::Free);
    let expected: Vec<u64> = (0..)
        .zip(drawn(nodes[2], nodes[1], 50))
        .map(|(number, drawn): (u64, u64)| number * 1_000_000 + 20_000_000 + drawn)
        .collect();
    let alone = first_fifty(&play(world, script(&nodes, false), &[]));
    assert_eq!(alone, expected);
    let (world, _) = network(2, Order::Free);
    let beside = first_fifty(&play(world, script(&nodes, true), &[]));
    assert_eq!(beside, expected, "another that talks moves nobody");
    // A way that is always the same draws nothing.
    let (world, _) = network(2, Order::Free);
    let log = play(world, vec![send(Span::ZERO, nodes[1], nodes[2], 0)], &[]);
    assert_eq!(arrivals(&log), [(0, 65_000_000)]);
}

#[test]
fn what_a_cut_takes_moves_nobody_after_it() {
    let (world, nodes) = network(1, Order::Free);
    let whole = first_fifty(&play(world, script(&nodes, false), &[]));
    let (world, _) = network(1, Order::Free);
    let cut = What::link(nodes[2], nodes[1]);
    let cut = Fault::once(cut, Time::ZERO, Span::micros(9_500));
    let rest = first_fifty(&play(world, script(&nodes, false), &[cut]));
    assert_eq!(rest, whole[10..]);
}

#[test]
fn order_is_kept_where_the_access_link_keeps_it() {
    let (world, nodes) = network(1, Order::Free);
    let free = first_fifty(&play(world, script(&nodes, false), &[]));
    assert!(!free.is_sorted(), "a test of order needs packets that would overtake");
    let (world, _) = network(1, Order::Fifo);
    let kept = first_fifty(&play(world, script(&nodes, false), &[]));
    let highest = free.iter().scan(0, |highest, &at| {
        *highest = at.max(*highest);
        Some(*highest)
    });
    assert_eq!(kept, highest.collect::<Vec<_>>(), "each comes with the one before at the earliest");
}

/// To a device it varies before the access link, not behind it.
#[test]
fn the_way_down_is_drawn_too() {
    let mut network = Network::new();
    let varies = |from: RegionId, to: RegionId| if from == to { Delay::ZERO } else { uniform() };
    network.set_regions(RegionDelays::new(2, varies));
    let inside = |region| NodeSpec { region: Some(RegionId::new(region)), ..NodeSpec::default() };
    let (far, device) = (network.add_node(&inside(1)), network.add_node(&inside(0)));
    network.add_access(device, &millis(20));
    let script = (0..50).map(|number| send(Span::secs(number.into()), far, device, number));
    let log = play(network, script.collect(), &[]);
    let expected = (0..).zip(drawn(far, device, 50));
    let expected = expected
        .map(|(number, drawn): (u64, u64)| number * 1_000_000_000 + drawn + 20_000_000)
        .collect::<Vec<_>>();
    assert_eq!(first_fifty(&log), expected);
}
