//! What a node gives its own CPU to do: it waits behind all that came before, takes a packet's service, and nobody is told
//! of a packet.

use penult_sim::*;

use crate::common::{Letter, at, nodes};

/// A node that gives itself two pieces of work with each letter of an even number, and says when what is done.
struct Own;

impl Node for Own {
    type World = NodeId;
    type Disk = ();
    type Packet = Letter;
    type Timer = u32;
    type Note = u32;

    fn new_disk(_: NodeId, _: &NodeId) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        if cx.node() != *cx.world() {
            for line in 0..3 {
                cx.set_timer(Span::millis(u64::from(line)), line);
            }
        }
        Own
    }

    fn recover((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Own
    }

    fn receive(&mut self, (): &mut (), _: NodeId, letter: Letter, cx: &mut Context<'_, Self>) {
        cx.tell(letter.id);
        if letter.id < 10 && letter.id.is_multiple_of(2) {
            for part in [10, 20] {
                let work = Letter { id: letter.id + part, ..letter };
                if let Some(done) = cx.work(work) {
                    cx.tell(done.id);
                }
            }
        }
    }

    fn wake(&mut self, (): &mut (), line: u32, cx: &mut Context<'_, Self>) {
        cx.send(*cx.world(), Letter { id: line, bytes: 64, message: true });
    }
}

/// What was told, and how many packets anybody was told of.
#[derive(Default)]
struct Told {
    notes: Vec<(Time, u32)>,
    packets: usize,
}

impl Observer<Own> for Told {
    fn see(&mut self, at: Time, what: Observed<'_, Own>) {
        match what {
            Observed::Told { note, .. } => self.notes.push((at, *note)),
            Observed::Sent(_) | Observed::Received(_) | Observed::Lost(..) => self.packets += 1,
            _ => {}
        }
    }
}

/// Three letters, a millisecond apart and two on their way, to a node with such a CPU.
fn play(cpu: u64, faults: &[Fault]) -> (Told, Traffic) {
    let mut network = Network::new();
    let [from] = nodes(&mut network);
    let cpu = Delay::constant(Span::millis(cpu));
    let machine = MachineSpec { cpu, ..MachineSpec::default() };
    let worker = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    network.add_link(from, worker, &LinkSpec::with_latency(Delay::constant(Span::millis(2))));
    let run = Engine::<Own>::new(Seed::new(1), network, worker);
    let mut run = run.observed_by(Told::default());
    for fault in faults {
        run.add_fault(fault.clone()).expect("the fault fits the network");
    }
    run.run(&Limits::QUIET).expect("there is no limit on events");
    assert_eq!(run.in_flight(), 0);
    let traffic = *run.traffic();
    (run.into_observer(), traffic)
}

#[test]
fn it_waits_behind_all_that_came() {
    let (told, traffic) = play(5, &[]);
    // Letters 1 and 2 came while the first was served.
    let expected = [(7, 0), (12, 1), (17, 2), (22, 10), (27, 20), (32, 12), (37, 22)];
    assert_eq!(told.notes, expected.map(|(millis, id)| (at(millis), id)));
    assert_eq!((told.packets, traffic.sent, traffic.received), (6, 7, 7));
}

#[test]
fn what_costs_nothing_is_done_at_once() {
    let (told, traffic) = play(0, &[]);
    let expected = [(2, 0), (2, 10), (2, 20), (3, 1), (4, 2), (4, 12), (4, 22)];
    assert_eq!(told.notes, expected.map(|(millis, id)| (at(millis), id)));
    assert_eq!((told.packets, traffic.sent, traffic.received), (6, 3, 3));
}

#[test]
fn a_crash_takes_it() {
    let who = Who::Nodes(vec![NodeId::new(1)]);
    let crash = What::Crash { who, disk: DiskFate::Kept };
    let crash = Fault::once(crash, at(24), Span::millis(10));
    let (told, traffic) = play(5, &[crash]);
    let expected = [(7, 0), (12, 1), (17, 2), (22, 10)];
    assert_eq!(told.notes, expected.map(|(millis, id)| (at(millis), id)));
    assert_eq!((told.packets, traffic.sent, traffic.received), (6, 7, 4));
    assert_eq!(traffic.lost.total(), 3);
}
