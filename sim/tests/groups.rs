//! Nodes that are close to each other, and nodes that others reach the network through.

use crate::common::*;
use penult_sim::*;

/// Two regions 40 ms apart; three services with access links of 3 ms, of which the first two are close to each
/// other, and a plain node in the first region.
fn services(network: &mut Network) -> [NodeId; 4] {
    let regions = RegionMatrix::from_csv(",eu,us\neu,0,40\nus,45,0\n", &MatrixOptions::default());
    network.set_regions(regions.expect("it is a matrix"));
    let plain = NodeSpec { region: Some(RegionId::new(0)), ..NodeSpec::default() };
    let server = network.add_node(&plain);
    let of =
        |region, group| NodeSpec { region: Some(RegionId::new(region)), group, ..plain.clone() };
    let all = [of(0, Some(1)), of(1, Some(1)), of(1, Some(2))].map(|spec| network.add_node(&spec));
    all.iter().for_each(|&node| network.add_access(node, &millis(3)));
    [server, all[0], all[1], all[2]]
}

#[test]
fn between_close_nodes_lies_one_access_link_and_between_others_both() {
    let mut network = Network::new();
    let [server, one, two, other] = services(&mut network);
    let script = vec![
        send(Span::ZERO, one, two, 0),
        send(Span::ZERO, two, one, 1),
        send(Span::ZERO, two, other, 2),
        send(Span::ZERO, one, other, 3),
        send(Span::ZERO, one, server, 4),
        send(Span::ZERO, server, two, 5),
    ];
    let mut arrivals = arrivals(&play(network, script, &[]));
    arrivals.sort_unstable();
    let expected = [3 + 40, 45 + 3, 3 + 3, 3 + 40 + 3, 3, 40 + 3].map(|it| it * 1_000_000);
    assert_eq!(arrivals, (0..).zip(expected).collect::<Vec<_>>());
}

#[test]
fn what_is_slow_at_either_close_node_counts_once() {
    let mut network = Network::new();
    let [_, one, two, _] = services(&mut network);
    let slow =
        |who: NodeId| What::Slow { who: who.into(), gray: Gray { latency: 2.0, ..Gray::NONE } };
    let pair = What::SlowLink { ends: (one, two), gray: Gray { latency: 5.0, ..Gray::NONE } };
    let faults = [slow(one), slow(two), pair].map(|what| Fault::from(what, Time::ZERO));
    let log = play(network, vec![send(Span::millis(1), one, two, 0)], &faults);
    // The access link and the way between the regions, each twenty times as long.
    assert_eq!(arrivals(&log), [(0, (1 + 20 * (3 + 40)) * 1_000_000)]);
}

#[test]
fn close_nodes_can_be_cut_from_each_other() {
    let mut network = Network::new();
    let [server, one, two, _] = services(&mut network);
    let cut = Fault::once(What::link(one, two), at(10), Span::millis(90));
    let script = vec![
        send(Span::ZERO, one, two, 0),
        send(Span::millis(20), two, one, 1),
        send(Span::millis(20), one, server, 2),
        send(Span::millis(100), one, two, 3),
    ];
    let log = play(network, script, &[cut]);
    assert_eq!(arrivals(&log), [(2, 23_000_000), (3, 143_000_000)]);
    let lost = [(at(10), 0, Loss::LinkDown(one, two)), (at(20), 1, Loss::LinkDown(two, one))];
    assert_eq!(log.lost, lost);
}

/// A server, three devices, and behind them the gate of the last two.
fn gated() -> (Network, NodeId, [NodeId; 3], NodeId) {
    let mut network = Network::new();
    let [server, one, two, three, gate] = nodes(&mut network);
    [one, two, three].iter().for_each(|&device| network.add_access(device, &millis(5)));
    network.add_gate(gate, two..gate);
    (network, server, [one, two, three], gate)
}

#[test]
fn who_is_behind_a_gate_is_off_the_network_while_it_is_down_and_knows() {
    let (network, server, devices, gate) = gated();
    let down = Fault::once(What::crash(gate), at(10), Span::millis(20));
    let mut script = Vec::new();
    for (number, &device) in (0..).zip(&devices) {
        // On its way when the gate falls; sent while it is down; on its way when it is back.
        script.push(send(Span::millis(7), server, device, number));
        script.push(send(Span::millis(12), device, server, 10 + number));
        script.push(send(Span::millis(26), server, device, 20 + number));
    }
    let log = play(network, script, &[down]);
    let got: Vec<u32> = log.received.iter().map(|&(_, _, id)| id).collect();
    assert_eq!(got, [0, 10, 20, 21, 22]);
    let [_, two, three] = devices;
    let off = |(when, device)| (when, device, false);
    let on = |(when, device)| (when, device, true);
    let fell = [(at(10), two), (at(10), three)].map(off);
    let rose = [(at(30), two), (at(30), three)].map(on);
    assert_eq!(log.reach, [fell, rose].concat());
    assert_eq!((log.crashed, log.recovered), (vec![(at(10), gate)], vec![(at(30), gate)]));
}

#[test]
fn a_device_is_back_when_neither_its_gate_nor_a_fault_of_its_own_keeps_it_away() {
    let (network, server, [one, two, three], gate) = gated();
    let faults = [
        Fault::once(What::offline(two), at(5), Span::millis(20)),
        Fault::once(What::crash(gate), at(10), Span::millis(10)),
        Fault::once(What::crash(gate), at(15), Span::millis(25)),
        Fault::once(What::offline(three), at(30), Span::millis(20)),
    ];
    // Without a letter to wait for, the run would be over.
    let log = play(network, vec![send(Span::millis(60), server, one, 0)], &faults);
    let two_was = [(at(5), two, false), (at(40), two, true)];
    let three_was = [(at(10), three, false), (at(50), three, true)];
    let mut expected = [two_was, three_was].concat();
    expected.sort_by_key(|&(when, ..)| when);
    assert_eq!(log.reach, expected);
}
