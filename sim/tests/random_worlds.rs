//! Random worlds: whatever is built and whatever breaks, the engine keeps its promises.
//!
//! Each run of the tests draws other worlds; no chance of failing is accepted. A failure prints the plan
//! of the smallest world that shows it. What a world is made of stands in `worlds/plan.rs`, what its nodes
//! do and check in `worlds/busy.rs`, what the observer checks in `worlds/watch.rs`.

use penult_sim::*;
use proptest::prelude::*;

use crate::common::cases;

use crate::worlds::busy::Busy;
use crate::worlds::plan::{CALM, END, Plan, plan};
use crate::worlds::watch::{Own, Seen, Stage, Watch};

type Run = Engine<Busy, Watch, Stage>;

/// What must be true between any two events.
fn check(run: &Run) {
    let (traffic, watch) = (run.traffic(), run.observer());
    let gone = traffic.received + traffic.lost.total();
    let in_flight = run.in_flight() as u64;
    assert_eq!(traffic.sent + traffic.duplicated, gone + in_flight, "at {}", run.now());
    assert_eq!(*traffic, watch.traffic, "what was counted is what was told, at {}", run.now());
    assert_eq!(in_flight, watch.under_way());
    for (node, &up) in (0..).map(NodeId::new).zip(&watch.up) {
        assert_eq!((run.is_up(node), run.memory(node).is_some()), (up, up), "{node}");
        let (memory, disk) = (run.memory(node), run.disk(node));
        let got = memory.map_or(0, |memory| memory.got);
        let own = Own { lives: disk.lives, writes: disk.written.len(), got };
        assert_eq!(own, watch.own[node.index()], "{node}");
    }
    assert_eq!(watch.settled, run.events() + 1, "each event settles, and the start");
}

/// What two runs of one plan have in common, and how the world stands then.
fn result(run: &Run) -> (Fingerprint, u64, Traffic, &[(Time, Seen)]) {
    (run.fingerprint(), run.events(), *run.traffic(), &run.observer().log)
}

fn to_the_end(plan: &Plan) -> Run {
    let mut run = plan.watched();
    run.run(&Limits::until(END)).expect("there is no limit on events");
    check(&run);
    run
}

/// After the last fault all is well: every node is up, and what is sent over a link arrives.
fn check_healed(plan: &Plan, run: &Run) {
    assert!(run.observer().up.iter().all(|up| *up), "all faults have ended");
    assert!(run.observer().online.iter().all(|online| *online), "and nobody is away");
    let first = plan.lines.len() as u64;
    for (id, (from, to, latency)) in (first..).zip(plan.reachable()) {
        let came = |&(_, seen): &(Time, Seen)| seen == Seen::Received(from, to, id);
        let came = run.observer().log.iter().find(|&seen| came(seen));
        let &(at, _) = came.unwrap_or_else(|| panic!("{from} to {to} is open again"));
        if let Some(latency) = latency {
            assert_eq!(at, Time::ZERO + CALM + latency, "{from} to {to} is as built again");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(128), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(plan in plan(), slices in prop::collection::vec(0..400u64, 1..20)) {
        let whole = to_the_end(&plan);
        if plan.heals() {
            check_healed(&plan, &whole);
        }

        // The same again is the same.
        let again = to_the_end(&plan);
        prop_assert_eq!(result(&whole), result(&again));

        // Who watches changes nothing.
        let mut unseen = plan.directed();
        unseen.run(&Limits::until(END)).expect("there is no limit on events");
        prop_assert_eq!(unseen.fingerprint(), whole.fingerprint());
        prop_assert_eq!(unseen.events(), whole.events());
        prop_assert_eq!(unseen.traffic(), whole.traffic());
        prop_assert_eq!(unseen.in_flight(), whole.in_flight());
        if let Some(mut alone) = plan.alone() {
            alone.run(&Limits::until(END)).expect("there is no limit on events");
            prop_assert_eq!(alone.fingerprint(), whole.fingerprint());
            prop_assert_eq!(alone.events(), whole.events());
            prop_assert_eq!(alone.traffic(), whole.traffic());
        }

        // Event by event.
        let mut stepped = plan.watched();
        for _ in 0..whole.events() {
            prop_assert!(stepped.step());
            check(&stepped);
        }
        prop_assert_eq!(result(&stepped), result(&whole));

        // In slices, some of them empty.
        let mut sliced = plan.watched();
        let mut until = Time::ZERO;
        for slice in slices {
            let ending = sliced.run(&Limits::until(until)).expect("there is no limit on events");
            check(&sliced);
            prop_assert!(ending == Ending::Quiet || sliced.now() == until);
            prop_assert!(sliced.observer().log.last().is_none_or(|&(at, _)| at <= until));
            until += Span::millis(slice);
        }
        sliced.run(&Limits::until(END)).expect("there is no limit on events");
        prop_assert_eq!(result(&sliced), result(&whole));
    }

    /// Heartbeats go on for ever; a run ends all the same, and then nothing that counts is under way.
    #[test]
    fn a_run_ends_when_nothing_is_left(plan in plan()) {
        let mut run = plan.watched();
        let limits = Limits { events: 200_000, ..Limits::QUIET };
        prop_assert_eq!(run.run(&limits), Ok(Ending::Quiet));
        check(&run);
        prop_assert_eq!(run.observer().foreground, 0);
    }
}
