//! Receipts: when the sender's device hears that its message was received, to the nanosecond.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const HOST: u32 = 4;
const T: Span = Span::millis(200);

/// One message from c0 on g0 to c1 on g4, at 10 s.
fn world(times: Times, options: &ChainOptions) -> Setup {
    let mut setup = mesh(8, &[0, HOST], times, options);
    setup.stops = at(200_000);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup
}

fn client(setup: &Setup, client: u32) -> NodeId {
    setup.places().client(ClientId(client))
}

fn offline(setup: &mut Setup, who: u32, from: u64, until: u64) {
    let what = What::Offline(Who::Nodes(vec![client(setup, who)]));
    setup.faults.push(Fault::once(what, at(from), Span::millis(until - from)));
}

/// When senders heard of what.
fn receipts(played: &Played) -> Vec<(Time, u32, u32)> {
    let notes = played.seen.notes.iter().filter_map(|&(at, _, ref note)| match *note {
        Note::Receipt { delivery, created } => {
            assert_eq!(
                created,
                played.row(delivery.message.number(), delivery.recipient.0).created
            );
            Some((at, delivery.message.number(), delivery.recipient.0))
        }
        _ => None,
    });
    notes.collect()
}

/// It was received at this instant, and goes back along `hops` links to the sender's device.
fn back(received: Time, hops: u64, times: Times) -> Time {
    received + times.access + times.link * hops + times.access
}

#[test]
fn it_goes_back_along_the_sequence_to_the_device() {
    for times in [Times::PLAIN, UNEVEN] {
        for length in 2..=6 {
            let setup = world(times, &ChainOptions { length, ..ChainOptions::default() });
            let played = play(&setup);
            let received = at(10_000) + played.latency(0, 1).expect("it is delivered");
            let expected = back(received, u64::from(length) - 1, times);
            assert_eq!(receipts(&played), [(expected, 0, 1)], "length {length}");
        }
    }
}

#[test]
fn it_is_sent_until_the_device_says_that_it_knows() {
    let times = Times::PLAIN;
    let received = at(10_000) + times.access * 2 + times.link * 2;
    let first = back(received, 2, times);
    // The word to the device is lost, or the device's answer.
    for (down, expected) in [(true, first + Span::secs(2)), (false, first)] {
        let mut setup = world(times, &ChainOptions::default());
        let (gateway, device) = (node(0), client(&setup, 0));
        let ends = if down { (gateway, device) } else { (device, gateway) };
        let cut = What::Link { ends, one_way: true };
        setup.faults.push(Fault::once(cut, before(first, times.access), times.access * 2));
        let played = play(&setup);
        assert_eq!(receipts(&played), [(expected, 0, 1)], "down: {down}");
        let without = play(&world(times, &ChainOptions::default()));
        let more = played.costs.packets - without.costs.packets;
        assert_eq!(more, if down { 1 } else { 2 }, "once more, and its answer");
    }
}

#[test]
fn it_is_held_for_a_sender_who_is_offline() {
    let times = Times::PLAIN;
    for (hold, is_told) in [(Span::secs(30), true), (Span::secs(15), false)] {
        let mut setup = world(times, &ChainOptions { hold, ..ChainOptions::default() });
        offline(&mut setup, 1, 5_000, 12_000);
        offline(&mut setup, 0, 11_000, 30_000);
        let heard = at(30_000) + times.access * 2;
        let expected = if is_told { vec![(heard, 0, 1)] } else { vec![] };
        assert_eq!(receipts(&play(&setup)), expected, "{hold:?}");
    }
}

#[test]
fn the_next_of_the_sequence_sees_to_it_when_the_source_is_dead() {
    let times = Times::PLAIN;
    let mut setup = world(times, &ChainOptions::default());
    setup.clients.keepalive = Span::secs(1);
    offline(&mut setup, 1, 5_000, 30_000);
    // Its memory goes; the sender finds another host.
    setup.faults.push(dead(0, at(12_000)));
    let played = play(&setup);
    assert_eq!(played.claims_of(0).len(), 1, "by g1");
    let received = at(30_000) + times.access * 2;
    // To the gateway before the host, which finds the source silent, and tells the sender's host.
    let found = received + times.access + times.link + T * 2;
    assert_eq!(receipts(&played), [(found + times.link + times.access, 0, 1)]);
}

#[test]
fn a_sender_that_changes_its_host_hears_it_there() {
    let times = Times::PLAIN;
    let mut setup = world(times, &ChainOptions::default());
    setup.clients.keepalive = Span::secs(1);
    offline(&mut setup, 1, 5_000, 30_000);
    // The sender can't reach its host any more, and finds another.
    let cut = What::link(node(0), client(&setup, 0));
    setup.faults.push(Fault::from(cut, at(12_000)));
    let played = play(&setup);
    assert_eq!(played.claims_of(0).len(), 1, "by g1");
    let received = at(30_000) + times.access * 2;
    // Back to the source as ever, and from there to the host.
    assert_eq!(receipts(&played), [(back(received, 3, times), 0, 1)]);
}

#[test]
fn each_recipient_of_several_is_told_of() {
    let times = Times::PLAIN;
    let mut setup = mesh(8, &[0, HOST, 2], times, &ChainOptions::default());
    listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
    offline(&mut setup, 2, 5_000, 20_000);
    let first = at(10_000) + times.access * 2 + times.link * 2;
    let second = at(20_000) + times.access * 2;
    // The first comes along the sequence, the last with its host's report to the source, which gathers.
    let expected = [(back(first, 2, times), 0, 1), (back(second, 1, times), 0, 2)];
    assert_eq!(receipts(&play(&setup)), expected);
}
