//! Acknowledgements by way of a central processor: each detection takes twice the way to it longer.

use crate::common::*;
use penult_models::strategies::chain::{Acks, ChainOptions};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 16;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
const HOST: u32 = 4;
/// How far the processor is, one way.
const CENTRAL: Span = Span::nanos(5_300_003);

fn several_times() -> Vec<Times> {
    vec![Times::PLAIN, Times { on_disk: true, ..Times::PLAIN }, UNEVEN]
}

fn world(length: u32, acks: Acks, times: Times) -> Setup {
    let options = ChainOptions { length, acks, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
    chain(&mut setup).processor.latency = Delay::constant(CENTRAL);
    listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
    setup
}

fn processor() -> NodeId {
    NodeId::new(GATEWAYS as usize + 1)
}

fn processor_dead(from: Time, lasts: Span) -> Fault {
    let what = What::Crash { who: Who::Nodes(vec![processor()]), disk: DiskFate::Kept };
    Fault::once(what, from, lasts)
}

/// When the k-th of the sequence has stored it.
fn stored_at(times: Times, gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1)
}

/// What one detection takes.
fn detection(acks: Acks) -> Span {
    let counted = ChainOptions::default().ack_timeout * 2;
    if acks == Acks::Central { counted + CENTRAL * 2 } else { counted }
}

const ALL: [Acks; 3] = [Acks::Hop, Acks::Central, Acks::Both];

#[test]
fn without_faults_nothing_takes_longer() {
    for acks in ALL {
        for times in several_times() {
            for length in 2..=8 {
                let seen = play(&world(length, acks, times));
                let expected = stored_at(times, length.into()) + times.access;
                assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {acks:?}");
                assert_eq!(seen.count(|note| matches!(note, Note::Suspected(_))), 0);
            }
        }
    }
}

#[test]
fn the_last_dead() {
    for acks in ALL {
        for times in several_times() {
            for length in 2..=8 {
                let mut setup = world(length, acks, times);
                setup.faults.push(dead(HOST, at(5_000)));
                let before = u64::from(length) - 1;
                let takeover = detection(acks) + times.directory * 2 + times.access;
                let seen = play(&setup);
                let expected = stored_at(times, before) + takeover;
                assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {acks:?}");
                assert_eq!(seen.count(|note| matches!(note, Note::Claimed { .. })), 1);
                assert_eq!(seen.count(|note| matches!(note, Note::Suspected(_))), 1);
            }
        }
    }
}

#[test]
fn the_last_two_dead() {
    for acks in ALL {
        for times in several_times() {
            for length in 3..=8 {
                let mut setup = world(length, acks, times);
                setup.faults.extend([dead(HOST, at(5_000)), dead(HOST + 1, at(5_000))]);
                let before = u64::from(length) - 2;
                let takeover = detection(acks) * 2 + times.directory * 2 + times.access;
                let seen = play(&setup);
                let expected = stored_at(times, before) + takeover;
                assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {acks:?}");
            }
        }
    }
}

#[test]
fn one_in_the_middle_dead() {
    for acks in ALL {
        for times in several_times() {
            for length in 3..=8 {
                let mut setup = world(length, acks, times);
                setup.faults.push(dead(HOST + 1, at(5_000)));
                let without = stored_at(times, u64::from(length) - 1) + times.access;
                let expected = without + detection(acks);
                let seen = play(&setup);
                assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {acks:?}");
            }
        }
    }
}

#[test]
fn a_successor_that_dies_after_its_ack_is_questioned_centrally() {
    // The penultimate stores and dies before the host does: here its link to the host is cut, so that
    // nothing passes.
    let times = Times::PLAIN;
    for acks in [Acks::Hop, Acks::Central] {
        let mut setup = world(3, acks, times);
        let stored = at(10_000) + stored_at(times, 2);
        setup.faults.push(dead(HOST + 1, stored + Span::nanos(1)));
        let ends = (NodeId::new(HOST as usize + 1), NodeId::new(HOST as usize));
        setup.faults.push(Fault::from(What::Link { ends, one_way: false }, at(5_000)));
        let heard = if acks == Acks::Hop { times.link } else { CENTRAL * 2 };
        // Then three times the timeout, from the ack's arrival at who counts; then straight to the host.
        let counted = ChainOptions::default().ack_timeout * 3;
        let expected = stored + heard + counted + times.link + times.access - at(10_000);
        let seen = play(&setup);
        assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "{acks:?}");
    }
}

#[test]
fn acceptance_waits_for_the_way_over_the_processor() {
    for times in several_times() {
        for needed in 1..=4 {
            let mut setup = world(4, Acks::Central, times);
            let options = chain(&mut setup);
            options.accept_after = needed;
            let played = play(&setup);
            let accepted = played.row(0, RECIPIENT).accepted.expect("it is accepted");
            let back = CENTRAL * 2 * u64::from(needed - 1);
            let expected = stored_at(times, needed.into()) + back + times.access;
            assert_eq!(accepted - at(10_000), expected, "after {needed}");
        }
    }
}

#[test]
fn while_the_processor_is_down_nothing_is_detected() {
    let times = Times::PLAIN;
    let lasts = Span::secs(7);
    let mut setup = world(3, Acks::Central, times);
    setup.clients.keepalive = Span::secs(1000);
    setup.faults.extend([dead(HOST, at(5_000)), processor_dead(at(9_000), lasts)]);
    let played = play(&setup);
    // Reported when stored, and again after 400 ms, 1.2 s, 2.8 s, 6 s: then it is up again.
    let reported = at(10_000) + stored_at(times, 2) + Span::millis(6_000);
    let expected = reported + detection(Acks::Central) + times.directory * 2 + times.access;
    assert_eq!(played.latency(0, RECIPIENT), Some(expected - at(10_000)));
    let first = played.seen.notes.iter().find(|(.., note)| matches!(note, Note::Suspected(_)));
    assert!(first.unwrap().0 > at(9_000) + lasts);

    // With both, neighbours count for themselves.
    let options = chain(&mut setup);
    options.acks = Acks::Both;
    let expected = stored_at(times, 2) + detection(Acks::Both) + times.directory * 2 + times.access;
    assert_eq!(play(&setup).latency(0, RECIPIENT), Some(expected));
}

#[test]
fn without_faults_a_dead_processor_delays_no_delivery() {
    for acks in [Acks::Central, Acks::Both] {
        let mut setup = world(4, acks, Times::PLAIN);
        setup.faults.push(processor_dead(at(1_000), Span::secs(20)));
        let played = play(&setup);
        let expected = stored_at(Times::PLAIN, 4) + Times::PLAIN.access;
        assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{acks:?}");
    }
}

#[test]
fn the_processor_works_on_one_packet_after_the_other() {
    let times = Times::PLAIN;
    let cpu = Span::micros(700);
    let mut setup = world(2, Acks::Central, times);
    let delay = Delay::constant(cpu);
    let machine = MachineSpec { cpu: delay.clone(), cpu_control: delay, ..MachineSpec::default() };
    chain(&mut setup).processor.machine = machine;
    setup.faults.push(dead(HOST, at(5_000)));
    // One report is worked on before the count begins.
    let takeover = detection(Acks::Central) + cpu + times.directory * 2 + times.access;
    let expected = stored_at(times, 1) + takeover;
    assert_eq!(play(&setup).latency(0, RECIPIENT), Some(expected));
}
