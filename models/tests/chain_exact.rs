//! The chain's exact results for constant latencies, to the nanosecond.

mod common;

use common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 16;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
/// The recipient's home. The sender's is g0.
const HOST: u32 = 4;

fn several_times() -> Vec<Times> {
    let micros = Span::micros;
    vec![
        Times::PLAIN,
        Times { cpu: micros(700), ..Times::PLAIN },
        Times { disk: micros(1300), cpu: micros(300), ..Times::PLAIN },
        Times {
            access: Span::nanos(17_123_457),
            link: Span::nanos(3_000_001),
            cpu: Span::nanos(100_003),
            disk: Span::nanos(900_007),
            policy: Span::nanos(500_009),
            directory: Span::nanos(1_700_011),
        },
    ]
}

fn world(length: u32, times: Times) -> Setup {
    let options = ChainOptions { length, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
    listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
    setup
}

/// How many gateways a route from g0 to g4 has.
fn on_route(length: u32) -> u64 {
    u64::from(length.max(2))
}

fn no_fault(times: Times, gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1) + access
}

#[test]
fn without_faults() {
    for times in several_times() {
        for length in 1..=8 {
            let seen = play(&world(length, times));
            let expected = no_fault(times, on_route(length));
            assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {times:?}");
            assert_eq!(seen.count(|note| matches!(note, Note::Repeated(_))), 0);
            let stored = seen.count(|note| matches!(note, Note::Stored { .. }));
            assert_eq!(stored as u64, on_route(length), "each stores once");
            let dropped = seen.count(|note| matches!(note, Note::Dropped(_, Drop::Done)));
            assert_eq!(dropped as u64, on_route(length), "and each lets go");
        }
    }
}

#[test]
fn at_one_gateway_the_message_is_handed_over_at_once() {
    for times in several_times() {
        for length in 1..=8 {
            let options = ChainOptions { length, ..ChainOptions::default() };
            let mut setup = mesh(GATEWAYS, &[HOST, HOST], times, &options);
            listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
            let seen = play(&setup);
            assert_eq!(seen.latency(0, RECIPIENT), Some(no_fault(times, 1)), "length {length}");
            let stored = seen.count(|note| matches!(note, Note::Stored { .. }));
            assert_eq!(stored as u32, length, "mirrors beside");
        }
    }
}

#[test]
fn the_last_dead() {
    let timeout = ChainOptions::default().ack_timeout * 2;
    for times in several_times() {
        for length in 2..=8 {
            let mut setup = world(length, times);
            setup.faults.push(dead(HOST, at(5_000)));
            let Times { access, link, cpu, disk, policy, directory } = times;
            let before = on_route(length) - 1;
            let stored = access + policy + (cpu + disk) * before + link * (before - 1);
            let expected = stored + timeout + directory * 2 + access;
            let seen = play(&setup);
            assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {times:?}");
            assert_eq!(seen.count(|note| matches!(note, Note::Claimed { .. })), 1);
        }
    }
}

#[test]
fn the_last_two_dead() {
    let timeout = ChainOptions::default().ack_timeout * 2;
    for times in several_times() {
        for length in 3..=8 {
            let mut setup = world(length, times);
            setup.faults.extend([dead(HOST, at(5_000)), dead(HOST + 1, at(5_000))]);
            let Times { access, link, cpu, disk, policy, directory } = times;
            let before = on_route(length) - 2;
            let stored = access + policy + (cpu + disk) * before + link * (before - 1);
            let expected = stored + timeout * 2 + directory * 2 + access;
            let seen = play(&setup);
            assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {times:?}");
        }
    }
}

#[test]
fn one_in_the_middle_dead() {
    let timeout = ChainOptions::default().ack_timeout * 2;
    for times in several_times() {
        for length in 3..=8 {
            let mut setup = world(length, times);
            setup.faults.push(dead(HOST + 1, at(5_000)));
            let expected = no_fault(times, on_route(length) - 1) + timeout;
            let seen = play(&setup);
            assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {times:?}");
        }
    }
}

#[test]
fn the_source_dead() {
    for times in several_times() {
        for length in 2..=8 {
            let mut setup = world(length, times);
            setup.faults.push(dead(0, at(9_999)));
            // Its first keepalives would find out before otherwise.
            setup.clients.keepalive = Span::secs(1000);
            let seen = play(&setup);
            let expected = setup.clients.send_timeout + no_fault(times, on_route(length));
            assert_eq!(seen.latency(0, RECIPIENT), Some(expected), "length {length}, {times:?}");
        }
    }
}
