//! Faults: each kind, each source, and how they overlap. To the nanosecond where time is constant.

use crate::common::*;
use penult_sim::*;

fn crash(node: NodeId) -> What {
    What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Kept }
}

fn crash_with_disk(node: NodeId) -> What {
    What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Lost }
}

fn once(what: What, from: u64, to: u64) -> Fault {
    Fault::once(what, at(from), Span::millis(to - from))
}

/// Two nodes with a link of 10 ms between them.
fn pair() -> (Network, NodeId, NodeId) {
    let mut network = Network::new();
    let [a, b] = nodes(&mut network);
    network.add_link(a, b, &millis(10));
    (network, a, b)
}

/// A letter each millisecond, its number the instant at which it is sent.
fn each_milli(from: NodeId, to: NodeId, count: u32) -> Vec<Send> {
    (0..count).map(|id| send(Span::millis(id.into()), from, to, id)).collect()
}

fn ids(log: &Log) -> Vec<u32> {
    log.received.iter().map(|&(.., id)| id).collect()
}

#[test]
fn a_dead_node_takes_what_arrives_and_sends_nothing() {
    let (network, a, b) = pair();
    let log = play(network, each_milli(a, b, 50), &[once(crash(b), 20, 30)]);
    // Sent before the crash and arriving after the recovery arrives: those sent from 20 on do.
    assert_eq!(ids(&log), (0..10).chain(20..50).collect::<Vec<_>>());
    let lost: Vec<_> = (10..20).map(|id| (at(id + 10), id as u32, Loss::Crash(b))).collect();
    assert_eq!(log.lost, lost);

    let (network, a, b) = pair();
    let log = play(network, each_milli(a, b, 50), &[once(crash(a), 20, 30)]);
    // Its timers are gone for good, what is on the wire is not.
    assert_eq!(ids(&log), (0..20).collect::<Vec<_>>());
}

#[test]
fn memory_dies_and_the_disk_lives_unless_it_is_lost_too() {
    let (network, a, b) = pair();
    let mut run = world(network, vec![send(Span::ZERO, a, b, 0), send(Span::millis(90), a, b, 1)]);
    for fault in [once(crash(b), 20, 30), once(crash(b), 40, 50)] {
        run.add_fault(fault).unwrap();
    }
    run.run(&Limits::until(at(19))).unwrap();
    assert_eq!(run.memory(b).unwrap().got, [0]);
    run.run(&Limits::until(at(25))).unwrap();
    assert!(run.memory(b).is_none() && !run.is_up(b));
    run.run(&Limits::QUIET).unwrap();
    let memory = run.memory(b).unwrap();
    assert_eq!((memory.life, memory.got.as_slice()), (3, &[1][..]), "counted on its disk");

    let (network, a, b) = pair();
    let mut run = world(network, vec![send(Span::millis(90), a, b, 1)]);
    // A crash during a crash changes nothing but its end, and the disk.
    run.add_fault(once(crash(b), 20, 40)).unwrap();
    run.add_fault(once(crash_with_disk(b), 30, 60)).unwrap();
    run.run(&Limits::QUIET).unwrap();
    assert_eq!(run.memory(b).unwrap().life, 1, "it begins anew");
    assert_eq!(run.observer().crashed, [(at(20), b)]);
    assert_eq!(run.observer().recovered, [(at(60), b)]);
}

#[test]
fn a_crash_empties_the_cpu_and_what_had_not_left() {
    let mut network = Network::new();
    let slow = MachineSpec { cpu: Delay::constant(Span::millis(10)), ..MachineSpec::default() };
    let a = network.add_node(&NodeSpec::default());
    let b = network.add_node(&NodeSpec { machine: slow, ..NodeSpec::default() });
    let bandwidth = Bandwidth::bits_per_second(800_000);
    network.add_link(a, b, &LinkSpec { bandwidth, ..millis(1) });
    // 10 ms to send, 1 to travel, 10 in the CPU.
    let script = vec![
        send(Span::ZERO, a, b, 0),
        send(Span::ZERO, a, b, 1),
        send(Span::ZERO, a, b, 2),
        send(Span::millis(50), b, a, 3),
    ];
    let log = play(network, script, &[once(crash(a), 15, 16), once(crash(b), 20, 22)]);
    // The first is in the CPU when b dies at 20; the others had not left when a died at 15.
    assert_eq!(
        log.lost,
        [(at(15), 1, Loss::Crash(a)), (at(15), 2, Loss::Crash(a)), (at(20), 0, Loss::Crash(b)),]
    );
    // Line 3 was b's timer, and died with it.
    assert_eq!(ids(&log), []);
}

#[test]
fn in_transit_at_a_node_that_crashes_is_lost() {
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    network.add_link(a, b, &millis(5));
    let bandwidth = Bandwidth::bits_per_second(800_000);
    network.add_link(b, c, &LinkSpec { bandwidth, ..millis(5) });
    // The first waits at b from 5 to 15 ms for its turn to leave, the second to 25 ms.
    let script = vec![send(Span::ZERO, a, c, 0), send(Span::ZERO, a, c, 1)];
    let log = play(network, script, &[once(crash(b), 18, 19)]);
    assert_eq!(arrivals(&log), [(0, 20_000_000)]);
    assert_eq!(log.lost, [(at(18), 1, Loss::Crash(b))]);
}

#[test]
fn a_region_fails_with_all_that_is_in_it() {
    let mut network = Network::new();
    let region = RegionId::new(0);
    let inside = NodeSpec { region: Some(region), ..NodeSpec::default() };
    let [a, b] = [(); 2].map(|()| network.add_node(&inside));
    let [c, d] = nodes(&mut network);
    for (from, to) in [(a, b), (b, c), (c, d)] {
        network.add_link(from, to, &millis(10));
    }
    let script = vec![
        send(Span::ZERO, a, b, 0),
        send(Span::ZERO, b, c, 1),
        send(Span::ZERO, c, b, 2),
        send(Span::ZERO, c, d, 3),
    ];
    let log = play(network, script, &[once(What::Region(region), 5, 8)]);
    // The link within drops what is on it; the link out carries on.
    assert_eq!(log.lost, [(at(5), 0, Loss::LinkDown(a, b))]);
    assert_eq!(log.crashed, [(at(5), a), (at(5), b)]);
    let mut ids = ids(&log);
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3], "b is back when letter 2 arrives");
}

#[test]
fn a_link_that_goes_down_drops_what_is_on_it() {
    let (network, a, b) = pair();
    let mut script = each_milli(a, b, 40);
    script.extend((0..40).map(|id| send(Span::millis(id), b, a, 100 + id as u32)));
    let down = What::Link { ends: (a, b), one_way: true };
    let log = play(network, script, &[once(down, 20, 30)]);
    // At 20 the fault comes before the letter of that instant, and so does its end at 30.
    let lost: Vec<u32> = log.lost.iter().map(|&(_, id, _)| id).collect();
    assert_eq!(lost, (10..30).collect::<Vec<_>>());
    assert!(
        log.lost[..10]
            .iter()
            .all(|&(when, _, loss)| (when, loss) == (at(20), Loss::LinkDown(a, b)))
    );
    assert_eq!(log.received.iter().filter(|&&(_, node, _)| node == a).count(), 40, "the other way");
}

#[test]
fn overlapping_faults_of_a_link_end_with_the_last() {
    let (network, a, b) = pair();
    let down = |one_way| What::Link { ends: (a, b), one_way };
    let faults = [once(down(false), 5, 20), once(down(true), 10, 40), once(down(false), 15, 30)];
    let log = play(
        network,
        vec![send(Span::millis(35), a, b, 0), send(Span::millis(35), b, a, 1)],
        &faults,
    );
    assert_eq!(arrivals(&log), [(1, 45_000_000)]);
}

#[test]
fn a_partition_cuts_links_and_access_between_its_groups_only() {
    let mut network = Network::new();
    let [a, b, c] = nodes(&mut network);
    for (from, to) in [(a, b), (b, c), (a, c)] {
        network.add_link(from, to, &millis(10));
    }
    let [device, service] = nodes(&mut network);
    network.add_access(device, &millis(10));
    network.add_access(service, &millis(10));
    let partition = What::Partition(vec![vec![a, service], vec![b], vec![]]);
    let now = Span::millis(5);
    let script = vec![
        send(Span::ZERO, b, service, 0),
        send(now, a, b, 1),
        send(now, b, a, 2),
        send(now, a, service, 3),
        send(now, b, service, 4),
        send(now, service, b, 5),
        send(now, a, c, 6),
        send(now, b, c, 7),
        send(now, device, a, 8),
        send(now, device, b, 9),
        send(Span::millis(9), a, b, 10),
    ];
    let log = play(network, script, &[once(partition, 4, 8)]);
    let mut arrived = ids(&log);
    arrived.sort_unstable();
    assert_eq!(arrived, [3, 6, 7, 8, 9, 10]);
    let lost: Vec<_> = log.lost.iter().map(|&(when, id, _)| (when, id)).collect();
    assert_eq!(lost, [(at(4), 0), (at(5), 1), (at(5), 2), (at(5), 4), (at(5), 5)]);
}

#[test]
fn a_pair_is_cut_alone_where_an_access_link_joins_it() {
    let mut network = Network::new();
    let [a, b, device] = nodes(&mut network);
    network.add_access(device, &millis(10));
    let cut = What::Link { ends: (a, device), one_way: false };
    let both = |at| {
        [
            send(at, a, device, 0),
            send(at, device, a, 1),
            send(at, b, device, 2),
            send(at, device, b, 3),
        ]
    };
    let log = play(network, both(Span::millis(1)).to_vec(), &[once(cut.clone(), 0, 100)]);
    assert_eq!(ids(&log), [2, 3]);
    let network = {
        let mut network = Network::new();
        let [_, _, device] = nodes(&mut network);
        network.add_access(device, &millis(10));
        network
    };
    let log = play(network, both(Span::ZERO).to_vec(), &[once(cut, 5, 100)]);
    assert_eq!(ids(&log), [2, 3], "on its way when the cut comes");
}

#[test]
fn slow_times_two_and_slow_times_three_make_six() {
    let (network, a, b) = pair();
    let slow = |latency| Gray { latency, ..Gray::NONE };
    let faults = [
        once(What::SlowLink { ends: (b, a), gray: slow(2.0) }, 10, 60),
        once(What::Slow { who: Who::Nodes(vec![b]), gray: slow(3.0) }, 30, 60),
        once(What::Slow { who: Who::Nodes(vec![a]), gray: slow(0.5) }, 40, 60),
    ];
    let script = vec![
        send(Span::ZERO, a, b, 0),
        send(Span::millis(20), a, b, 1),
        send(Span::millis(35), a, b, 2),
        send(Span::millis(75), b, a, 3),
        send(Span::millis(45), b, a, 4),
    ];
    let log = play(network, script, &faults);
    let expected =
        [(0, 10), (1, 40), (4, 75), (3, 85), (2, 95)].map(|(id, ms)| (id, ms * 1_000_000));
    assert_eq!(arrivals(&log), expected);
}

#[test]
fn every_part_of_a_gray_failure_acts() {
    let gray = |gray: Gray| {
        let mut network = Network::new();
        let cpu = Delay::constant(Span::millis(2));
        let machine = MachineSpec { cpu, ..MachineSpec::default() };
        let [a, b] = [(); 2].map(|()| {
            network.add_node(&NodeSpec { machine: machine.clone(), ..NodeSpec::default() })
        });
        let bandwidth = Bandwidth::bits_per_second(8_000_000);
        network.add_link(a, b, &LinkSpec { bandwidth, ..millis(10) });
        let fault = Fault::from(What::Slow { who: Who::Nodes(vec![b]), gray }, Time::ZERO);
        play(network, vec![send(Span::millis(1), a, b, 0)], &[fault])
    };
    // 1 ms to begin, 1 to send, 10 to travel, 2 in the CPU.
    let arrival = |log: &Log| log.received.first().map(|&(when, ..)| when);
    assert_eq!(arrival(&gray(Gray::NONE)), Some(at(14)));
    assert_eq!(arrival(&gray(Gray { bandwidth: 0.1, ..Gray::NONE })), Some(at(23)));
    assert_eq!(arrival(&gray(Gray { latency: 10.0, ..Gray::NONE })), Some(at(104)));
    assert_eq!(arrival(&gray(Gray { cpu: 5.0, ..Gray::NONE })), Some(at(22)));
    let log = gray(Gray { loss: 1.0, ..Gray::NONE });
    assert!(matches!(log.lost[..], [(_, 0, Loss::Chance(..))]));
    let log = gray(Gray { corrupt: 1.0, ..Gray::NONE });
    assert!(matches!(log.lost[..], [(_, 0, Loss::Corrupted(_))]));
    let log = gray(Gray { duplicate: 1.0, ..Gray::NONE });
    assert_eq!((ids(&log), log.duplicated), (vec![0, 0], 1));
}

#[test]
fn an_offline_device_lives_on_and_knows() {
    let (network, a, b) = pair();
    let off = What::Offline(Who::Nodes(vec![b]));
    let mut script = each_milli(a, b, 40);
    script.push(send(Span::millis(22), b, a, 100));
    script.push(send(Span::millis(35), b, a, 101));
    let log = play(network, script, &[once(off.clone(), 20, 30), once(off, 25, 28)]);
    assert_eq!(log.reach, [(at(20), b, false), (at(30), b, true)]);
    let arrived: Vec<u32> = ids(&log).into_iter().filter(|&id| id < 100).collect();
    assert_eq!(arrived, (0..10).chain(20..40).collect::<Vec<_>>());
    assert!(ids(&log).contains(&101), "its timers live on");
    assert!(log.lost.contains(&(at(22), 100, Loss::Offline(b))));
    assert!(log.lost.contains(&(at(25), 15, Loss::Offline(b))));
    assert!(log.crashed.is_empty());
}

#[test]
fn a_recorded_trace_is_played_back() {
    let text = "node,down_s,up_s\nb,0.020,0.030\na,0.5,\nb,0.060,0.061\n";
    let trace = FailureTrace::from_csv(text).unwrap();
    let (network, a, b) = pair();
    let number = |name: &str| if name == "a" { a } else { b };
    let records = trace.outages.iter().map(|outage| Record {
        node: number(&outage.node),
        down: outage.down,
        up: outage.up,
    });
    let what = What::Crash { who: Who::Nodes(vec![a, b]), disk: DiskFate::Kept };
    let mut run = world(network, Vec::new());
    run.add_fault(Fault { what, when: When::Recorded(records.collect()) }).unwrap();
    run.run(&Limits::until(at(1000))).unwrap();
    assert_eq!(run.observer().crashed, [(at(20), b), (at(60), b), (at(500), a)]);
    assert_eq!(run.observer().recovered, [(at(30), b), (at(61), b)]);
    assert!(!run.is_up(a));
}

#[test]
fn a_process_takes_the_right_share_of_time() {
    // Up 9 s, down 1 s on average. Over T = 200,000 s of ten nodes the share of time down is 0.1 with
    // a variance of 2·λ·μ/(λ + μ)³/T each: four standard errors of the mean of ten are 0.0012.
    let mut network = Network::new();
    let all: [NodeId; 10] = nodes(&mut network);
    let process = Process::new(
        Delay::from_nanos(Distribution::exponential(9e9).unwrap()),
        Delay::from_nanos(Distribution::exponential(1e9).unwrap()),
    );
    let what = What::Crash { who: Who::Nodes(all.to_vec()), disk: DiskFate::Kept };
    let mut run = world(network, Vec::new());
    run.add_fault(Fault { what, when: When::Process(process) }).unwrap();
    let end = Time::ZERO + Span::secs(200_000);
    run.run(&Limits::until(end)).unwrap();
    let log = run.observer();
    let mut down = 0.0;
    for node in all {
        let of = |list: &[(Time, NodeId)]| -> Vec<Time> {
            list.iter().filter(|&&(_, who)| who == node).map(|&(when, _)| when).collect()
        };
        let (crashes, mut recoveries) = (of(&log.crashed), of(&log.recovered));
        recoveries.resize(crashes.len(), end);
        down += crashes
            .iter()
            .zip(recoveries)
            .map(|(&down, up)| (up - down).as_secs_f64())
            .sum::<f64>();
    }
    let share = down / 2_000_000.0;
    assert!((share - 0.1).abs() < 0.0012, "{share}");
}

#[test]
fn several_at_once_are_several() {
    let mut network = Network::new();
    let all: [NodeId; 7] = nodes(&mut network);
    let mut process = Process::new(Delay::constant(Span::secs(5)), Delay::constant(Span::secs(1)));
    process.together = Some(3);
    process.until = Time::ZERO + Span::secs(6001);
    let what = What::Crash { who: Who::Nodes(all.to_vec()), disk: DiskFate::Kept };
    let mut run = world(network, Vec::new());
    run.add_fault(Fault { what, when: When::Process(process) }).unwrap();
    run.run(&Limits::until(Time::ZERO + Span::secs(7000))).unwrap();
    let crashed = &run.observer().crashed;
    // At 5, 11, 17, … below 6001 s.
    assert_eq!(crashed.len(), 3 * 1000);
    for (strike, three) in (0..).zip(crashed.chunks(3)) {
        let when = Time::ZERO + Span::secs(5 + 6 * strike);
        assert!(three.iter().all(|&(at, _)| at == when));
        assert!(three[0].1 < three[1].1 && three[1].1 < three[2].1);
    }
    // Each of seven is among 3/7 of a thousand strikes: four standard errors are 62.6.
    for node in all {
        let count = crashed.iter().filter(|&&(_, who)| who == node).count() as f64;
        assert!((count - 3000.0 / 7.0).abs() < 62.6, "{node}: {count}");
    }
}

#[test]
fn one_more_fault_moves_no_other() {
    let process = |mean: f64| {
        let law = |mean| Delay::from_nanos(Distribution::exponential(mean).unwrap());
        When::Process(Process::new(law(mean), law(mean / 10.0)))
    };
    let run = |more: bool| {
        let mut network = Network::new();
        let [a, b, c] = nodes(&mut network);
        network.add_link(a, b, &millis(1));
        let mut run = world(network, Vec::new());
        if more {
            let on = |who| What::Crash { who: Who::Nodes(vec![who]), disk: DiskFate::Kept };
            run.add_fault(Fault { what: on(c), when: process(3e9) }).unwrap();
            let slow =
                What::Slow { who: Who::Nodes(vec![a]), gray: Gray { latency: 2.0, ..Gray::NONE } };
            run.add_fault(Fault { what: slow, when: process(2e9) }).unwrap();
        }
        let what = What::Crash { who: Who::Nodes(vec![a, b]), disk: DiskFate::Kept };
        run.add_fault(Fault { what, when: process(5e9) }).unwrap();
        run.run(&Limits::until(Time::ZERO + Span::secs(1000))).unwrap();
        let log = run.into_observer();
        log.crashed.into_iter().filter(|&(_, node)| node != c).collect::<Vec<_>>()
    };
    let alone = run(false);
    assert!(alone.len() > 200);
    assert_eq!(alone, run(true));
}

/// Strikes fault 0 when letter 3 comes, fault 1 when letter 5 does; the receiver of the last letter
/// plays the only role.
#[derive(Default)]
struct Watcher {
    last: Option<NodeId>,
}

impl Director<Actor> for Watcher {
    fn see(&mut self, _: Time, node: NodeId, letter: &Letter, strike: &mut Vec<FaultId>) {
        self.last = Some(node);
        match letter.id {
            3 => strike.push(FaultId::new(0)),
            5 => strike.push(FaultId::new(1)),
            _ => {}
        }
    }

    fn cast(&self, role: Role) -> Vec<NodeId> {
        assert_eq!(role, Role(7));
        self.last.into_iter().collect()
    }
}

#[test]
fn triggers_strike_at_the_worst_moment_whoever_plays_the_role() {
    let (network, a, b) = pair();
    let mut run = world(network, each_milli(a, b, 10)).directed_by(Watcher::default());
    let what = What::Crash { who: Who::Role(Role(7)), disk: DiskFate::Kept };
    let when = |after, lasts| When::Triggered { after: Span::nanos(after), lasts };
    run.add_fault(Fault { what: what.clone(), when: when(0, Some(Span::nanos(1))) }).unwrap();
    run.add_fault(Fault { what, when: when(1_000_001, None) }).unwrap();
    run.run(&Limits::QUIET).unwrap();
    let log = run.observer();
    assert_eq!(log.crashed, [(at(13), b), (at(16) + Span::nanos(1), b)]);
    assert_eq!(log.recovered, [(at(13) + Span::nanos(1), b)]);
    assert_eq!(ids(log), [0, 1, 2, 3, 4, 5, 6], "between two events, never inside one");
}

#[test]
fn plans_that_make_no_sense_are_refused_with_a_reason() {
    let (network, a, b) = pair();
    let mut run = world(network, Vec::new());
    let stranger = NodeId::new(9);
    let mut refused = |what: What, when: When, reason: &str| {
        let error = run.add_fault(Fault { what, when }).expect_err(reason);
        assert_eq!(error.to_string(), reason);
    };
    let now = When::Once { at: Time::ZERO, lasts: None };
    let who = Who::Nodes(vec![a, b]);
    let slow = |gray| What::Slow { who: who.clone(), gray };
    refused(crash(stranger), now.clone(), "there is no node n9");
    refused(What::Region(RegionId::new(2)), now.clone(), "no node is in region r2");
    refused(What::Link { ends: (a, stranger), one_way: true }, now.clone(), "there is no node n9");
    refused(What::Link { ends: (a, a), one_way: true }, now.clone(), "no link joins n0 and n0");
    refused(
        slow(Gray { latency: 0.0, ..Gray::NONE }),
        now.clone(),
        "the factor of latency must be above zero, not 0",
    );
    refused(
        slow(Gray { loss: 1.5, ..Gray::NONE }),
        now.clone(),
        "the share of loss must be from 0 to 1, not 1.5",
    );
    refused(
        What::Partition(vec![vec![a], vec![b, a]]),
        now,
        "n0 is in two groups of the partition",
    );
    let mut process = Process::new(Delay::ZERO, Delay::ZERO);
    refused(
        crash(a),
        When::Process(process.clone()),
        "the process takes no time from failure to failure",
    );
    process.up = Delay::constant(Span::secs(1));
    process.together = Some(2);
    refused(crash(a), When::Process(process), "2 can't fail together of 1, nor can none");
    let record = Record { node: b, down: at(5), up: Some(at(4)) };
    refused(
        crash(a),
        When::Recorded(vec![record]),
        "n1 is recorded to come back before it went down",
    );
    refused(
        What::Partition(Vec::new()),
        When::Recorded(vec![record]),
        "only faults of nodes can be recorded, or strike several together",
    );
}
