//! Hosts that can't reach their clients: suspected by acknowledgements of clients that are missing.

use crate::common::*;
use penult_models::strategies::chain::{Acks, ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 8;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
const HOST: u32 = 4;
const WAIT: Span = Span::millis(1_000);

fn several_times() -> Vec<Times> {
    vec![Times::PLAIN, Times { on_disk: true, ..Times::PLAIN }, UNEVEN]
}

fn world(length: u32, sent: Time, times: Times) -> Setup {
    let client_ack_timeout = Some(WAIT);
    // Who is suspected falsely would take its clients back.
    let failback = Failback::Stay;
    let options = ChainOptions { length, client_ack_timeout, failback, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
    listed(&mut setup, &[(sent, SENDER, &[RECIPIENT])]);
    setup
}

/// The recipient and a gateway can't reach each other from an instant on.
fn cut(gateway: u32, from: Time) -> Fault {
    let device = NodeId::new((GATEWAYS + 1 + RECIPIENT) as usize);
    let ends = (NodeId::new(gateway as usize), device);
    Fault::from(What::Link { ends, one_way: false }, from)
}

fn stored_at(times: Times, gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1)
}

fn suspicions(played: &Played) -> usize {
    played.count(|note| matches!(note, Note::Suspected(_)))
}

fn claims(played: &Played) -> usize {
    played.count(|note| matches!(note, Note::Claimed { .. }))
}

#[test]
fn the_penultimate_takes_over_who_the_host_cannot_reach() {
    for times in several_times() {
        for length in 2..=6 {
            let mut setup = world(length, at(10_000), times);
            setup.faults.push(cut(HOST, at(9_990)));
            // The host's ack reaches the penultimate a hop after it stored; then the wait and the claim.
            let arrived = stored_at(times, length.into()) + times.link;
            let expected = arrived + WAIT + times.directory * 2 + times.access;
            let played = play(&setup);
            assert_eq!(played.latency(0, RECIPIENT), Some(expected), "length {length}");
            assert_eq!((suspicions(&played), claims(&played)), (1, 1));
            assert_eq!(played.totals.duplicates_seen, 0);
        }
    }
}

#[test]
fn without_the_key_its_own_keepalives_are_what_a_client_has() {
    let mut setup = world(3, at(10_000), Times::PLAIN);
    chain(&mut setup).client_ack_timeout = None;
    setup.faults.push(cut(HOST, at(9_990)));
    let played = play(&setup);
    assert_eq!(suspicions(&played), 0);
    assert!(played.latency(0, RECIPIENT) > Some(Span::secs(10)));
}

#[test]
fn the_next_that_can_reach_it_takes_over() {
    for times in several_times() {
        for length in 3..=6_u32 {
            for unreachable in 1..length {
                let mut setup = world(length, at(10_000), times);
                setup.clients.keepalive = Span::secs(1000);
                let backwards = [HOST, 5, 6, 7, 1].into_iter().take(unreachable as usize);
                setup.faults.extend(backwards.map(|gateway| cut(gateway, at(9_990))));
                // Each claims, says so one hop back, and is waited for.
                let turn = times.link + WAIT + times.directory * 2;
                let turns = turn * u64::from(unreachable);
                let expected = stored_at(times, length.into()) + turns + times.access;
                let played = play(&setup);
                let what = format!("length {length}, the last {unreachable} cut off");
                assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{what}");
                assert_eq!(claims(&played), unreachable as usize);
            }
        }
    }
}

#[test]
fn nobody_claims_for_ever_who_nobody_reaches() {
    for length in 2..=6 {
        let mut setup = world(length, at(10_000), Times::PLAIN);
        setup.clients.keepalive = Span::secs(1000);
        setup.faults.extend((0..GATEWAYS).map(|gateway| cut(gateway, at(9_990))));
        setup.stops = at(90_000);
        let played = play(&setup);
        assert_eq!(claims(&played), length as usize - 1, "one for each that can watch");
        assert_eq!(played.totals.of(Fate::Stranded), 1);
    }
}

#[test]
fn of_one_gateway_the_first_mirror_takes_over_and_then_the_second() {
    for times in several_times() {
        for unreachable in 1..=2_u32 {
            let client_ack_timeout = Some(WAIT);
            let options = ChainOptions { length: 3, client_ack_timeout, ..ChainOptions::default() };
            let mut setup = mesh(GATEWAYS, &[HOST, HOST], times, &options);
            setup.clients.keepalive = Span::secs(1000);
            listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
            setup.faults.extend((0..unreachable).map(|step| cut(HOST + step, at(9_990))));
            // The mirror stores a hop later, says so, and hears of the device; it is busy until the
            // second has it too.
            let heard = stored_at(times, 3) + times.link;
            let turn = WAIT + times.directory * 2;
            let more = (times.link + turn) * u64::from(unreachable - 1);
            let expected = heard + turn + more + times.access;
            let played = play(&setup);
            assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{unreachable} cut off");
        }
    }
}

#[test]
fn a_host_that_dies_after_it_stored_is_found_out_too() {
    let times = Times::PLAIN;
    let mut setup = world(3, at(10_000), times);
    setup.faults.push(cut(HOST, at(9_990)));
    setup.faults.push(dead(HOST, at(10_000) + stored_at(times, 3) + Span::micros(1)));
    let arrived = stored_at(times, 3) + times.link;
    let expected = arrived + WAIT + times.directory * 2 + times.access;
    let played = play(&setup);
    assert_eq!(played.latency(0, RECIPIENT), Some(expected));
    // That wait was for a dead node.
    let detection = played.row(0, RECIPIENT).phases.get(Phase::Detection);
    assert_eq!(detection, WAIT);
    assert_eq!(played.row(0, RECIPIENT).phases.get(Phase::Handover), times.directory * 2);
}

#[test]
fn a_host_that_says_its_client_is_offline_is_not_suspected() {
    // It said good-bye, which the host heard before it stored the message, or while it was waited for.
    // (So did the sender's device, just after it had sent.)
    let leaving = |sent| {
        let mut setup = world(3, sent, Times::PLAIN);
        setup.clients.offline = Some(Offline {
            every: Delay::constant(Span::secs(7)),
            lasts: Delay::constant(Span::secs(30)),
        });
        setup
    };
    // Or it has not been heard for long.
    let mut silent = world(3, at(50_000), Times::PLAIN);
    let device = NodeId::new((GATEWAYS + 1 + RECIPIENT) as usize);
    let what = What::Offline(Who::Nodes(vec![device]));
    silent.faults.push(Fault::once(what, at(20_000), Span::secs(60)));
    let worlds =
        [(leaving(at(6_999)), at(37_000)), (leaving(at(6_990)), at(37_000)), (silent, at(80_000))];
    for (setup, back) in worlds {
        for acks in [Acks::Hop, Acks::Central] {
            let mut setup = setup.clone();
            chain(&mut setup).acks = acks;
            chain(&mut setup).processor.latency = Delay::constant(Span::millis(3));
            setup.stops = at(120_000);
            let played = play(&setup);
            assert_eq!((suspicions(&played), claims(&played)), (0, 0));
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.fate, Fate::Delivered);
            assert!(row.delivered.expect("it is delivered") > back);
        }
    }
}

#[test]
fn the_wait_begins_anew_when_the_client_is_back() {
    // It is heard again, but the host's packets don't reach it.
    let times = Times::PLAIN;
    let mut setup = world(3, at(50_000), times);
    let device = NodeId::new((GATEWAYS + 1 + RECIPIENT) as usize);
    let what = What::Offline(Who::Nodes(vec![device]));
    setup.faults.push(Fault::once(what, at(20_000), Span::secs(60)));
    let ends = (NodeId::new(HOST as usize), device);
    setup.faults.push(Fault::from(What::Link { ends, one_way: true }, at(70_000)));
    setup.stops = at(120_000);
    let Times { access, link, directory, .. } = times;
    let expected = at(80_000) + access + link + WAIT + directory * 2 + access - at(50_000);
    assert_eq!(play(&setup).latency(0, RECIPIENT), Some(expected));
}

#[test]
fn a_client_that_answers_in_time_is_left_alone() {
    // To the device and back is 40 ms, and a hop to say so.
    for (wait, claims_expected) in [(42, 1), (43, 0)] {
        let mut setup = world(3, at(10_000), Times::PLAIN);
        chain(&mut setup).client_ack_timeout = Some(Span::millis(wait) - Span::millis(2));
        assert_eq!(claims(&play(&setup)), claims_expected, "{wait}");
    }
}
