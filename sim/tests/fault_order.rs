//! Faults come first: before everything else of their instant, and right after what sets them off.

use crate::common::*;
use penult_sim::*;

#[test]
fn a_recorded_fault_strikes_like_a_planned_one() {
    let lost = |plan: &dyn Fn(NodeId) -> Fault| {
        let mut network = Network::new();
        let [a, b] = nodes(&mut network);
        network.add_link(a, b, &millis(10));
        let log = play(network, vec![send(Span::ZERO, a, b, 0)], &[plan(b)]);
        log.lost.len()
    };
    let lasts = Span::millis(5);
    assert_eq!(lost(&|b| Fault::once(What::crash(b), at(10), lasts)), 1);
    // Not the first of its list either, so it is scheduled when the run is under way.
    let records = |node| {
        let record = |down, up| Record { node, down: at(down), up: Some(at(up)) };
        When::Recorded(vec![record(1, 2), record(10, 15)])
    };
    assert_eq!(lost(&|b| Fault { what: What::crash(b), when: records(b) }), 1);
}

/// A node that stores at once and would acknowledge at the same instant.
struct Eager;

struct Trigger;

impl Director<Eager> for Trigger {
    fn see(&mut self, _: Time, _: NodeId, (): &(), strike: &mut Vec<FaultId>) {
        strike.push(FaultId::new(0));
    }
}

impl Node for Eager {
    type World = ();
    type Disk = u32;
    type Packet = u32;
    type Timer = u32;
    type Note = ();

    fn new_disk(_: NodeId, (): &()) -> u32 {
        0
    }

    fn start(_: &mut u32, cx: &mut Context<'_, Self>) -> Self {
        cx.set_timer(Span::millis(1), 0);
        Eager
    }

    fn recover(_: &mut u32, _: &mut Context<'_, Self>) -> Self {
        Eager
    }

    fn receive(&mut self, _: &mut u32, _: NodeId, _: u32, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, acknowledged: &mut u32, step: u32, cx: &mut Context<'_, Self>) {
        if step == 0 {
            cx.tell(());
            cx.set_timer(Span::ZERO, 1);
        } else {
            *acknowledged += 1;
        }
    }
}

#[test]
fn a_trigger_strikes_before_the_next_step() {
    let mut network = Network::new();
    let node = network.add_node(&NodeSpec::default());
    let mut engine = Engine::<Eager>::new(Seed::new(1), network, ()).directed_by(Trigger);
    let when = When::Triggered { after: Span::ZERO, lasts: None };
    engine.add_fault(Fault { what: What::crash(node), when }).unwrap();
    engine.run(&Limits::QUIET).unwrap();
    assert_eq!((*engine.disk(node), engine.is_up(node)), (0, false));
}

#[test]
fn one_more_flaky_link_at_a_hub_moves_no_other() {
    let failures = |more: bool| {
        let mut network = Network::new();
        let [hub, a, b] = nodes(&mut network);
        network.add_link(hub, a, &millis(1));
        network.add_link(hub, b, &millis(1));
        let mut run = world(network, Vec::new());
        let law = |mean| Delay::from_nanos(Distribution::exponential(mean).unwrap());
        let flaky = |other| Fault {
            what: What::link(hub, other),
            when: When::Process(Process::new(law(5e9), law(1e9))),
        };
        if more {
            run.add_fault(flaky(a)).unwrap();
        }
        let wanted = run.add_fault(flaky(b)).unwrap();
        run.run(&Limits::until(Time::from_secs(500))).unwrap();
        let faults = run.into_observer().faults.into_iter();
        let times = faults.filter(|&(_, fault, _)| fault == wanted).map(|(at, ..)| at);
        times.collect::<Vec<_>>()
    };
    let alone = failures(false);
    assert!(alone.len() > 50);
    assert_eq!(alone, failures(true));
}
