//! Repair: who steps into a host's list, and what it holds. All instants are exact.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Repair, ResyncOptions};
use penult_models::*;
use penult_sim::*;

/// The host of all. Its list is g4, g5, g6.
const HOST: u32 = 4;
/// In the list, and dies at 5 s.
const MEMBER: u32 = 5;
const OTHER: u32 = 6;
/// The next neighbour.
const NEW: u32 = 7;
const SENDER: u32 = 0;
/// Offline from the start: all its mail is held.
const AWAY: u32 = 1;
const BYTES: u64 = 1000;
/// What the list holds before the death; one more is sent at 10 s, and makes the host suspect.
const EARLY: u32 = 6;

fn options() -> ChainOptions {
    ChainOptions { repair: Repair::Replace, ..ChainOptions::default() }
}

fn world(times: Times, options: &ChainOptions, returns: bool) -> Setup {
    let mut setup = mesh(10, &[HOST, HOST], times, options);
    let early = (0..EARLY).map(|number| (at(1_100 + u64::from(number)), SENDER, &[AWAY][..]));
    let mut messages: Vec<_> = early.collect();
    messages.push((at(10_000), SENDER, &[AWAY]));
    listed(&mut setup, &messages);
    let who = Who::Nodes(vec![setup.places().client(ClientId(AWAY))]);
    setup.faults.push(Fault::once(What::Offline(who), at(1_000), Span::secs(39)));
    let death = match returns {
        true => {
            let who = Who::Nodes(vec![NodeId::new(MEMBER as usize)]);
            Fault::once(What::Crash { who, disk: DiskFate::Kept }, at(5_000), Span::secs(15))
        }
        false => dead(MEMBER, at(5_000)),
    };
    setup.faults.push(death);
    setup
}

/// When the host suspects the member.
fn suspects(times: Times) -> Time {
    at(10_000) + times.access + times.disk + ChainOptions::default().ack_timeout * 2
}

fn instants(seen: &Seen, gateway: u32, wanted: impl Fn(&Note) -> bool) -> Vec<Time> {
    let notes = seen.notes.iter().filter(|(_, node, _)| node.index() == gateway as usize);
    notes.filter(|(.., note)| wanted(note)).map(|&(at, ..)| at).collect()
}

fn stored(seen: &Seen, gateway: u32) -> Vec<Time> {
    instants(seen, gateway, |note| matches!(note, Note::Stored { .. }))
}

fn all_delivered(played: &Played) {
    assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered);
    assert_eq!(played.totals.duplicates_seen, 0);
}

#[test]
fn the_next_neighbour_steps_in_and_gets_the_queue() {
    let times = Times::PLAIN;
    for after in [Span::ZERO, Span::millis(1), Span::secs(3)] {
        for bits in [0, 1_000_000] {
            let bandwidth = Bandwidth::bits_per_second(bits);
            let resync = ResyncOptions { batch: 3, bandwidth, ..ResyncOptions::default() };
            let options = ChainOptions { repair_after: after, resync, ..options() };
            let seen = play(&world(times, &options, false));
            let joins = suspects(times) + after + times.link * 3;
            let pace = |count: u64| {
                bandwidth.map_or(Span::ZERO, |bandwidth| bandwidth.time_for(count * BYTES))
            };
            let expected = [3, 3, 3, 6, 6, 6, 7].map(|count| joins + pace(count));
            assert_eq!(stored(&seen.seen, NEW), expected, "{after} {bits}");
            all_delivered(&seen);
            let messages = instants(&seen.seen, NEW, |note| {
                matches!(note, Note::ResyncFinished { messages: 7, bytes: 7000 })
            });
            assert_eq!(messages, [joins + pace(7)]);
        }
    }
}

#[test]
fn nobody_steps_in_unless_that_is_asked_for() {
    let seen = play(&world(Times::PLAIN, &ChainOptions::default(), false));
    assert_eq!(stored(&seen.seen, NEW), []);
    all_delivered(&seen);
}

#[test]
fn who_is_heard_in_time_is_not_replaced() {
    let options = ChainOptions { repair_after: Span::secs(12), ..options() };
    let seen = play(&world(Times::PLAIN, &options, true));
    assert_eq!(stored(&seen.seen, NEW), []);
    all_delivered(&seen);
}

#[test]
fn a_neighbour_that_is_dead_is_replaced_in_turn() {
    let times = Times::PLAIN;
    let mut setup = world(times, &options(), false);
    setup.faults.push(dead(NEW, at(5_000)));
    let seen = play(&setup);
    let joins = suspects(times) + ChainOptions::default().ack_timeout * 2 + times.link * 3;
    assert_eq!(stored(&seen.seen, NEW + 1), [joins; 7]);
    all_delivered(&seen);
}

#[test]
fn what_the_list_held_survives_its_other_members() {
    let mail = |options: &ChainOptions| {
        let mut setup = world(Times::PLAIN, options, false);
        setup.faults.extend([dead(HOST, at(20_000)), dead(OTHER, at(20_000))]);
        let totals = play(&setup).totals;
        (totals.of(Fate::Delivered), totals.of(Fate::Lost))
    };
    assert_eq!(mail(&options()), (7, 0));
    assert_eq!(mail(&ChainOptions::default()), (0, 7));
}

#[test]
fn clients_turn_to_whoever_stepped_in() {
    let first_after = |options: &ChainOptions| {
        let mut setup = world(Times::PLAIN, options, false);
        setup.faults.push(dead(HOST, at(20_000)));
        let seen = play(&setup);
        let mut notes = seen.seen.notes.iter();
        notes.find_map(|(_, node, note)| match note {
            Note::Attached { host, .. } if setup.places().as_client(*node).0 == SENDER => {
                Some(host.0)
            }
            _ => None,
        })
    };
    assert_eq!(first_after(&options()), Some(NEW));
    assert_eq!(first_after(&ChainOptions::default()), Some(OTHER));
}

#[test]
fn one_that_returns_and_was_replaced_drops_what_the_host_has() {
    let times = Times { disk: Span::micros(700), ..Times::PLAIN };
    let dropped = |options: &ChainOptions| {
        let seen = play(&world(times, options, true));
        all_delivered(&seen);
        instants(&seen.seen, MEMBER, |note| matches!(note, Note::Dropped(_, Drop::HandedOn)))
    };
    // It asks the directory who hosts them, offers them to the host, and is told.
    let told = at(20_000) + times.directory * 2 + times.link * 2;
    assert_eq!(dropped(&options()), [told; EARLY as usize]);
    assert_eq!(dropped(&ChainOptions::default()), []);
}

#[test]
fn mail_that_passed_the_dead_member_by_goes_to_the_new_one() {
    // A source that does not know of the death yet: its sequence is g3, g5, g4.
    let times = Times::PLAIN;
    let mut setup = world(times, &options(), false);
    setup.homes.push(GatewayId(3));
    let early = (0..EARLY).map(|number| (at(1_100 + u64::from(number)), SENDER, &[AWAY][..]));
    let mut messages: Vec<_> = early.collect();
    messages.push((at(10_000), SENDER, &[AWAY]));
    messages.push((at(15_000), 2, &[AWAY]));
    listed(&mut setup, &messages);
    let seen = play(&setup);
    let at_host = at(15_000) + times.access + ChainOptions::default().ack_timeout * 2 + times.link;
    assert_eq!(stored(&seen.seen, NEW).last(), Some(&(at_host + times.link)));
    assert_eq!(stored(&seen.seen, NEW).len(), 8);
    all_delivered(&seen);
}

#[test]
fn a_home_that_returns_keeps_what_it_takes_back() {
    let mut setup = world(Times { disk: Span::micros(700), ..Times::PLAIN }, &options(), true);
    // The home of all is the second neighbour of the one that takes over.
    setup.gateways.specs.push(LinkSpec::with_latency(Delay::constant(Span::millis(3))));
    for link in &mut setup.gateways.links {
        let ends = [link.ends.0.0, link.ends.1.0];
        if ends != [HOST, MEMBER] && ends != [MEMBER, OTHER] {
            (link.there, link.back) = (1, Some(1));
        }
    }
    // Another sends: it is the home that dies, and its first neighbour that suspects it.
    setup.homes[SENDER as usize] = GatewayId(0);
    let who = Who::Nodes(vec![NodeId::new(HOST as usize)]);
    let crash = What::Crash { who, disk: DiskFate::Kept };
    setup.faults[1] = Fault::once(crash, at(5_000), Span::secs(15));
    let seen = play(&setup);
    assert_eq!(stored(&seen.seen, NEW).len(), 7, "its place was taken");
    let dropped =
        instants(&seen.seen, HOST, |note| matches!(note, Note::Dropped(_, Drop::HandedOn)));
    assert_eq!(dropped, []);
    let resyncs = instants(&seen.seen, HOST, |note| {
        matches!(note, Note::ResyncFinished { messages: 1, bytes: 1000 })
    });
    assert_eq!(resyncs.len(), 1, "it lacks what came after its death");
    all_delivered(&seen);
}

/// What a member of the list is bringing to the store when it hears that its place is taken, it brings no more:
/// it has dropped it. Whenever the store is back, the host brings it.
#[test]
fn who_was_replaced_brings_nothing_to_the_store() {
    for times in several_times() {
        for back in (12_500..=17_000).step_by(100) {
            let hold = Span::secs(8);
            let options = ChainOptions { spill: Spill::AfterHold, hold, ..options() };
            let mut setup = world(times, &options, false);
            setup.faults.pop();
            // Alive, but out of the host's reach when its own patience with the host ends.
            let ends = (NodeId::new(HOST as usize), NodeId::new(MEMBER as usize));
            let cut = What::Link { ends, one_way: false };
            setup.faults.push(Fault::once(cut, at(5_000), Span::secs(7)));
            let who = Who::Nodes(vec![setup.places().service(1)]);
            let crash = What::Crash { who, disk: DiskFate::Kept };
            setup.faults.push(Fault::once(crash, at(5_000), Span::millis(back - 5_000)));
            let played = play(&setup);
            let what = format!("the store is back at {back}, {times:?}");
            let is_drop = |note: &Note| matches!(note, Note::Dropped(_, Drop::HandedOn));
            let dropped = instants(&played.seen, MEMBER, is_drop);
            // Asked a second after another whether it is there, it says so, and hears that.
            let asked = suspects(times) + times.cpu + times.policy + Span::secs(2);
            assert_eq!(dropped, [asked + times.link * 3; EARLY as usize], "{what}");
            assert_eq!(played.totals.of(Fate::Delivered), u64::from(EARLY) + 1, "{what}");
            assert_eq!(played.totals.duplicates_seen, 0, "{what}");
        }
    }
}
