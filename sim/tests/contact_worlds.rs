//! Random worlds in which devices meet and carry: what the engine promises holds in all of them.
//!
//! No chance of failing is accepted. What devices do and check stands in `meeting/carrier.rs`, who must be in
//! contact with whom in `meeting/twin.rs`.

use crate::common::cases;
use crate::meeting::carrier::{Carrier, Errand};
use crate::meeting::plan::{END, Plan, plan};
use crate::meeting::twin::{Seen, Watch};
use penult_sim::*;
use proptest::prelude::*;

type Run = Engine<Carrier, Watch>;

/// What must be true between any two events.
fn check(run: &Run) {
    let (traffic, watch) = (run.traffic(), run.observer());
    let gone = traffic.received + traffic.lost.total();
    assert_eq!(traffic.sent + traffic.duplicated, gone + run.in_flight() as u64);
    assert_eq!(*traffic, watch.traffic, "what was counted is what was told");
    assert_eq!(watch.settled, run.events() + 1, "each event settles, and the start");
    let nodes = (0..).map(NodeId::new).take_while(|node| node.index() < 10);
    let of = |node| watch.in_contact.iter().filter(move |&&(a, b)| a == node || b == node).count();
    for node in nodes.filter(|&node| of(node) > 0) {
        assert_eq!(run.peers(node).count(), of(node));
    }
}

fn result(run: &Run) -> (Fingerprint, u64, Traffic, &[Seen]) {
    (run.fingerprint(), run.events(), *run.traffic(), &run.observer().log)
}

fn to_the_end(plan: &Plan) -> Run {
    let mut run = plan.watched();
    run.run(&Limits::until(END)).expect("there is no limit on events");
    check(&run);
    run.observer().check(END);
    run
}

/// When a message reaches everybody, if whoever has it gives it to all in contact at once, but for whom it
/// is for, who keeps it.
fn flood(plan: &Plan, message: usize) -> Vec<Time> {
    let message = plan.errand.messages[message];
    let mut reached = vec![Time::NEVER; plan.nodes()];
    reached[message.from.index()] = Time::ZERO + message.born;
    loop {
        let before = reached.clone();
        for &Contact { a, b, up, down } in &plan.rows {
            for (one, other) in [(a, b), (b, a)] {
                let at = reached[one.index()].max(up);
                if at < down && one != message.to {
                    reached[other.index()] = reached[other.index()].min(at);
                }
            }
        }
        if before == reached {
            return reached;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(plan in plan(), slices in prop::collection::vec(0..60u64, 1..10)) {
        let whole = to_the_end(&plan);
        let again = to_the_end(&plan);
        prop_assert_eq!(result(&whole), result(&again), "the same again is the same");

        // Who watches changes nothing.
        let mut unseen = plan.bare();
        unseen.run(&Limits::until(END)).expect("there is no limit on events");
        prop_assert_eq!(unseen.fingerprint(), whole.fingerprint());
        prop_assert_eq!(unseen.events(), whole.events());
        prop_assert_eq!(unseen.traffic(), whole.traffic());

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
            sliced.run(&Limits::until(until)).expect("there is no limit on events");
            check(&sliced);
            until += Span::millis(slice);
        }
        sliced.run(&Limits::until(END)).expect("there is no limit on events");
        prop_assert_eq!(result(&sliced), result(&whole));
    }

    /// Where transfers take no time and nothing fails, each message takes the earliest path to everybody.
    #[test]
    fn without_bandwidth_everything_takes_the_earliest_path(plan in plan()) {
        let errand = Errand { happens: Vec::new(), ..plan.errand };
        // In a trace that tells of a beginning before an end, both are there at that instant.
        let in_order = false;
        let plan = Plan { bandwidth: None, radios: Vec::new(), faults: Vec::new(), errand, in_order, ..plan };
        let run = to_the_end(&plan);
        let has = &run.observer().has;
        for (number, message) in plan.errand.messages.iter().enumerate() {
            let reached = flood(&plan, number);
            for (node, &at) in (0..).map(NodeId::new).zip(&reached) {
                // Who learns that it was delivered spreads it no further.
                if plan.errand.forgets && node != message.to {
                    continue;
                }
                let at = (at < Time::NEVER).then_some(&at);
                prop_assert_eq!(has.get(&(number as u32, node)), at, "message {} at {}", number, node);
            }
        }
    }
}

/// The worlds above are worth something: contacts are many, and much is broken off.
#[test]
fn random_worlds_are_busy() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut contacts, mut aborted, mut traffic) = (0, 0, Traffic::default());
    for _ in 0..200 {
        let plan = plan().new_tree(&mut runner).expect("nothing is filtered").current();
        let run = to_the_end(&plan);
        contacts += run.observer().contacts;
        aborted += run.observer().aborted;
        traffic.received += run.traffic().received;
        for (sum, more) in [
            (&mut traffic.lost.crash, run.traffic().lost.crash),
            (&mut traffic.lost.offline, run.traffic().lost.offline),
            (&mut traffic.lost.parted, run.traffic().lost.parted),
            (&mut traffic.lost.aborted, run.traffic().lost.aborted),
        ] {
            *sum += more;
        }
    }
    let LostBy { crash, offline, parted, aborted: stopped, .. } = traffic.lost;
    assert!(contacts > 2_000 && aborted > 150 && traffic.received > 1_500, "{contacts} {aborted}");
    assert!([crash, offline, parted, stopped].iter().all(|&count| count > 3), "{:?}", traffic.lost);
}
