//! `single`, to the nanosecond: what a message takes, what waits for a dead gateway, and what is lost with it.

use crate::common::plan::plans;
use crate::common::promises::kept;
use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

const SENDER: u32 = 0;
/// At home where the sender is.
const NEIGHBOUR: u32 = 1;
/// At home elsewhere.
const RECIPIENT: u32 = 2;
const SOURCE: u32 = 0;
const HOME: u32 = 1;
const SENT: Span = Span::secs(10);

/// One message to these.
fn world(times: Times, to: &[u32]) -> Setup {
    let mut setup = mesh(3, &[SOURCE, SOURCE, HOME], times, &ChainOptions::default());
    let cost = Delay::constant(times.policy);
    let policy = PolicyOptions { cost, ..PolicyOptions::default() };
    setup.strategy =
        StrategyOptions::of::<Single>(SingleOptions { policy, ..SingleOptions::default() });
    listed(&mut setup, &[(Time::ZERO + SENT, SENDER, to)]);
    setup
}

fn crash(gateway: u32, from: Time, until: Time) -> Fault {
    Fault::once(What::crash(node(gateway)), from, until - from)
}

/// From the sender's device until it is on the recipient's shelf, where nothing goes wrong.
fn to_the_shelf(times: Times, recipient: u32) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    let source = access + policy + cpu + disk;
    if recipient == RECIPIENT { source + link + cpu + disk } else { source }
}

#[test]
fn latencies_are_the_sums_of_their_parts() {
    for times in several_times() {
        let played = play_single(&world(times, &[RECIPIENT, NEIGHBOUR]));
        for recipient in [RECIPIENT, NEIGHBOUR] {
            let expected = to_the_shelf(times, recipient) + times.access;
            assert_eq!(played.latency(0, recipient), Some(expected), "c{recipient}, {times:?}");
        }
        // Accepted when the source has it.
        let accepted = Time::ZERO + SENT + to_the_shelf(times, NEIGHBOUR) + times.access;
        assert_eq!(played.row(0, RECIPIENT).accepted, Some(accepted));
    }
}

/// When the source sends the message to its home that reaches it, where that is back at this instant.
fn tried(times: Times, back: Time) -> Time {
    let mut tried = Time::ZERO + SENT + to_the_shelf(times, NEIGHBOUR);
    let mut wait = SingleOptions::default().ack_timeout;
    while tried + times.link < back {
        tried += wait;
        wait = (wait * 2).min(Span::secs(10));
    }
    tried
}

/// The source asks a dead home again after the time-out, twice that, four times that, up to ten seconds.
#[test]
fn a_dead_home_is_tried_again_and_again() {
    for times in several_times() {
        for lasts in [1, 300, 2_000, 7_000, 60_000] {
            let mut setup = world(times, &[RECIPIENT]);
            setup.stops = at(200_000);
            setup.faults.push(crash(HOME, at(9_000), at(10_100 + lasts)));
            let played = play_single(&setup);
            let tried = tried(times, at(10_100 + lasts));
            let Times { link, cpu, disk, access, .. } = times;
            let expected = tried + link + cpu + disk + access;
            assert_eq!(played.row(0, RECIPIENT).delivered, Some(expected), "{lasts} ms, {times:?}");
        }
    }
}

/// Until its home has it the source holds it, from then on its home alone. What is in memory is lost with whoever
/// holds it, at that instant; what is on disk goes on at the holder's return.
#[test]
fn what_is_held_is_lost_with_the_memory_of_its_holder() {
    for times in several_times() {
        for holder in [SOURCE, HOME] {
            let mut setup = world(times, &[RECIPIENT]);
            setup.stops = at(200_000);
            let device = setup.places().client(ClientId(RECIPIENT));
            setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(15)));
            let (dies, back) = (at(11_000), at(30_000));
            setup.faults.push(crash(holder, dies, back));
            if holder == SOURCE {
                setup.faults.push(crash(HOME, at(9_000), at(25_000)));
            }
            let played = play_single(&setup);
            let row = played.row(0, RECIPIENT);
            if times.queue() == QueuePlace::Memory {
                assert_eq!((row.fate, row.gone), (Fate::Lost, Some(dies)), "g{holder}, {times:?}");
                assert!(row.accepted.is_some_and(|at| at < dies), "a promise was broken");
                continue;
            }
            let Times { link, cpu, disk, access, .. } = times;
            let from_source = link + cpu + disk;
            let way = if holder == SOURCE { from_source } else { Span::ZERO } + access;
            assert_eq!(row.delivered, Some(back + way), "g{holder}, {times:?}");
        }
    }
}

/// A device that was not answered sends again when one of two deliveries is done and forgotten, and the other
/// still waits for a dead home: only the forgotten one is taken in once more.
#[test]
fn what_is_sent_again_is_stored_where_it_is_missing() {
    for times in several_times() {
        let mut setup = world(times, &[NEIGHBOUR, RECIPIENT]);
        let options = setup.strategy.get_mut::<Single>().expect("it is single");
        (options.hold, options.spill) = (Span::millis(300), Spill::AfterHold);
        setup.stops = at(200_000);
        let places = setup.places();
        let ends = (node(SOURCE), places.client(ClientId(SENDER)));
        let unanswered = What::Link { ends, one_way: true };
        setup.faults.push(Fault::once(unanswered, at(9_000), Span::secs(2)));
        let store = What::crash(places.service(0));
        setup.faults.push(Fault::once(store, at(9_000), Span::secs(100)));
        setup.faults.push(crash(HOME, at(9_000), at(20_000)));
        let played = play_single(&setup);
        let Times { link, cpu, disk, access, .. } = times;
        let expected = tried(times, at(20_000)) + link + cpu + disk + access;
        assert_eq!(played.row(0, RECIPIENT).delivered, Some(expected), "{times:?}");
        let stored = |recipient| {
            let delivery = played.row(0, recipient).delivery();
            let stored =
                |note: &Note| matches!(note, Note::Stored { delivery: it, .. } if *it == delivery);
            played.count(stored)
        };
        assert_eq!(stored(NEIGHBOUR), 2, "at the source, twice: {times:?}");
        assert_eq!(stored(RECIPIENT), 2, "at the source and at home, once each: {times:?}");
        assert_eq!(played.totals.duplicates_stopped, 1);
    }
}

/// No device changes its host: it tries its home again, after two seconds, then four, until that is back, or
/// gives up.
#[test]
fn a_dead_source_is_tried_as_often_as_devices_try() {
    for times in several_times() {
        for attempts in 1..=5 {
            let mut setup = world(times, &[RECIPIENT]);
            setup.clients.send_attempts = attempts;
            setup.faults.push(crash(SOURCE, at(9_000), at(14_500)));
            let played = play_single(&setup);
            let third = setup.clients.send_timeout * 3;
            let expected = third + to_the_shelf(times, RECIPIENT) + times.access;
            let (latency, fate) = (played.latency(0, RECIPIENT), played.row(0, RECIPIENT).fate);
            let what = format!("{attempts} attempts, {times:?}");
            match attempts {
                ..3 => assert_eq!((latency, fate), (None, Fate::Unsent), "{what}"),
                _ => assert_eq!((latency, fate), (Some(expected), Fate::Delivered), "{what}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(plan in plans()) {
        let setup = plan.setup_of_single();
        let played = play_single(&setup);
        kept(&plan, &played)?;
        let again = play_single(&setup);
        prop_assert_eq!(played.fingerprint, again.fingerprint);
        prop_assert_eq!(played.rows, again.rows);
    }
}
