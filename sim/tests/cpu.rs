//! The CPU: one packet after the other in the order of their coming, each for its service and for what the node
//! says that it costs beside.

use std::collections::BTreeSet;

use penult_sim::*;

use crate::common::{Letter, Log, Send, arrivals, at, millis, nodes, send};

/// What letters cost beside their service, by their ids.
struct Work {
    script: Vec<Send>,
    costs: Vec<Span>,
    /// Who asks for it.
    worker: NodeId,
}

/// A node for which a letter that it has had before costs nothing more.
struct Worker {
    had: BTreeSet<u32>,
}

impl Node for Worker {
    type World = Work;
    type Disk = ();
    type Packet = Letter;
    type Timer = u32;
    type Note = ();

    fn new_disk(_: NodeId, _: &Work) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        for (line, send) in (0..).zip(&cx.world().script) {
            if send.from == cx.node() {
                cx.set_timer(send.at, line);
            }
        }
        Worker { had: BTreeSet::new() }
    }

    fn recover((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Worker { had: BTreeSet::new() }
    }

    fn has_work(node: NodeId, world: &Work) -> bool {
        node == world.worker
    }

    fn work(
        &mut self,
        (): &mut (),
        _: NodeId,
        letter: &Letter,
        cx: &mut Context<'_, Self>,
    ) -> Span {
        let cost = cx.world().costs.get(letter.id as usize).copied().unwrap_or(Span::ZERO);
        if self.had.contains(&letter.id) { Span::ZERO } else { cost }
    }

    fn receive(&mut self, (): &mut (), _: NodeId, letter: Letter, _: &mut Context<'_, Self>) {
        self.had.insert(letter.id);
    }

    fn wake(&mut self, (): &mut (), line: u32, cx: &mut Context<'_, Self>) {
        let send = cx.world().script[line as usize];
        cx.send(send.to, send.letter);
    }
}

/// One that sends and one that works, 2 ms apart.
fn two(cpu: u64) -> (Network, NodeId, NodeId) {
    let mut network = Network::new();
    let [from] = nodes(&mut network);
    let cpu = Delay::constant(Span::millis(cpu));
    let machine = MachineSpec { cpu, ..MachineSpec::default() };
    let worker = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    network.add_link(from, worker, &millis(2));
    (network, from, worker)
}

/// Runs until nothing is left, where letters cost so many milliseconds beside their service.
fn play(network: Network, script: Vec<Send>, costs: &[u64], faults: &[Fault]) -> Log {
    let costs = costs.iter().map(|&cost| Span::millis(cost)).collect();
    let work = Work { worker: script[0].to, script, costs };
    let mut run = Engine::<Worker>::new(Seed::new(1), network, work).observed_by(Log::default());
    for fault in faults {
        run.add_fault(fault.clone()).expect("the fault fits the network");
    }
    run.run(&Limits::QUIET).expect("there is no limit on events");
    assert_eq!(run.in_flight(), 0);
    run.into_observer()
}

fn control(at: Span, from: NodeId, to: NodeId, id: u32) -> Send {
    let mut line = send(at, from, to, id);
    line.letter.message = false;
    line
}

#[test]
fn service_and_work_are_one_and_nothing_comes_between_them() {
    let (network, from, worker) = two(10);
    let script = vec![
        send(Span::ZERO, from, worker, 0),
        // It comes during the first one's service, the next during its work.
        send(Span::millis(1), from, worker, 1),
        control(Span::millis(11), from, worker, 2),
        send(Span::millis(12), from, worker, 3),
        control(Span::millis(40), from, worker, 4),
    ];
    let log = play(network, script, &[5, 0, 0, 7, 0], &[]);
    let expected = [(0, 17), (1, 27), (2, 27), (3, 44), (4, 44)];
    assert_eq!(arrivals(&log), expected.map(|(id, millis)| (id, millis * 1_000_000)));
}

#[test]
fn what_costs_no_service_costs_its_work() {
    let (network, from, worker) = two(0);
    let script = vec![
        send(Span::ZERO, from, worker, 0),
        control(Span::millis(1), from, worker, 1),
        send(Span::millis(2), from, worker, 2),
        // Nobody is before it, and it costs nothing.
        send(Span::millis(20), from, worker, 3),
    ];
    let log = play(network, script, &[5, 1, 0, 0], &[]);
    let expected = [(0, 7), (1, 8), (2, 8), (3, 22)];
    assert_eq!(arrivals(&log), expected.map(|(id, millis)| (id, millis * 1_000_000)));
}

#[test]
fn what_a_packet_costs_is_asked_when_its_turn_has_come() {
    // The second letter came before the first was handled, but its turn comes after.
    let (network, from, worker) = two(10);
    let script = vec![send(Span::ZERO, from, worker, 0), send(Span::millis(1), from, worker, 0)];
    let log = play(network, script, &[5], &[]);
    assert_eq!(arrivals(&log), [(0, 17_000_000), (0, 27_000_000)]);
}

#[test]
fn a_crash_empties_the_queue() {
    let (network, from, worker) = two(10);
    let mut script: Vec<Send> =
        (0..4).map(|id| send(Span::millis(id.into()), from, worker, id)).collect();
    script.push(send(Span::millis(28), from, worker, 4));
    script.push(send(Span::millis(28), from, worker, 5));
    let what = What::Crash { who: Who::Nodes(vec![worker]), disk: DiskFate::Kept };
    // The first is handled at 17; the second has been served until 27, and is at its work.
    let crash = Fault { what, when: When::Once { at: at(28), lasts: Some(Span::millis(1)) } };
    let log = play(network, script, &[5; 6], &[crash]);
    assert_eq!(arrivals(&log), [(0, 17_000_000), (4, 45_000_000), (5, 60_000_000)]);
    let lost = [1, 2, 3].map(|id| (at(28), id, Loss::Crash(worker)));
    assert_eq!(log.lost, lost);
}

#[test]
fn a_slow_cpu_takes_longer_for_the_service_of_what_comes_and_the_work_of_what_begins() {
    let (network, from, worker) = two(10);
    let script = vec![send(Span::ZERO, from, worker, 0), send(Span::millis(1), from, worker, 1)];
    let gray = Gray { cpu: 2.0, ..Gray::NONE };
    let what = What::Slow { who: Who::Nodes(vec![worker]), gray };
    let slow = Fault { what, when: When::Once { at: at(5), lasts: Some(Span::millis(1000)) } };
    let log = play(network, script, &[5, 5], &[slow]);
    assert_eq!(arrivals(&log), [(0, 17_000_000), (1, 37_000_000)]);
}
