//! Two sequences of one message, from two sources, that cross.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

/// The first source, g3, waits for g1, whose packet got lost; the device turns to g4, whose sequence is
/// g1, g0, g5, g3 and the host g2. If g3 went on waiting for g1, everybody would wait in a circle.
#[test]
fn nobody_waits_in_a_circle() {
    let times = Times::PLAIN;
    let ack_timeout = Span::secs(5);
    // Accepted by two only: so the device, unanswered, turns to the next of its list.
    let accept_after = 2;
    let options = ChainOptions { length: 6, accept_after, ack_timeout, ..ChainOptions::default() };
    let mut setup = mesh(6, &[3, 2], times, &options);
    setup.clients.keepalive = Span::secs(1000);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    let ends = (NodeId::new(3), NodeId::new(1));
    let cut = What::Link { ends, one_way: false };
    setup.faults.push(Fault::once(cut, at(9_000), Span::secs(2)));
    let played = play(&setup);
    let along_six = times.access * 2 + times.link * 5;
    assert_eq!(played.latency(0, 1), Some(setup.clients.send_timeout + along_six));
    assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
    assert_eq!(played.totals.duplicates_seen, 0);
}

/// The first source, g3, waits for the directory, which was dead; the device turns to g4, which is answered,
/// and whose sequence is the one above. If g3 then set out along its own, g1, g0, g5, g4 and g2, everybody
/// would wait in a circle.
#[test]
fn what_waits_for_a_look_up_goes_on_along_the_way_that_comes() {
    for times in several_times() {
        let options = ChainOptions {
            length: 6,
            accept_after: 2,
            cache: false,
            // That g4 takes the device over from g3, which it suspects, is known too late to leave g3 out.
            notice: Span::millis(100),
            ..ChainOptions::default()
        };
        let mut setup = mesh(6, &[3, 2], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        listed(&mut setup, &[(at(10_000), 0, &[1])]);
        // g3 asks at once and 0.2, 0.6, 1.4 and 3 s later.
        let directory = setup.places().service(0);
        setup.faults.push(Fault::once(What::crash(directory), at(9_000), Span::millis(2_900)));
        let played = play(&setup);
        let Times { access, link, cpu, disk, policy, directory, .. } = times;
        let along_six = access * 2 + policy + link * 5 + (cpu + disk) * 5;
        // g3 has it on its disk.
        let at_g3 = cpu;
        let expected = setup.clients.send_timeout + directory * 2 + along_six + at_g3;
        assert_eq!(played.latency(0, 1), Some(expected), "{times:?}");
        assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
        assert_eq!(played.totals.of(Fate::Delivered), 1);
    }
}

/// The first source, g3, knows that c1 is at g5 by now, and waits for g1, whose packet got lost. The second,
/// g4, has not heard of that, nor has g2, where c1 was: its sequence, by way of g3, ends there. If g3 went on
/// along that one, which is shorter, in the name of what it knows, g2 would take itself for the new host.
#[test]
fn the_way_to_a_former_host_is_not_taken_for_one_to_the_present() {
    let times = Times::PLAIN;
    let options = ChainOptions {
        length: 6,
        accept_after: 2,
        ack_timeout: Span::secs(5),
        failback: Failback::Stay,
        ..ChainOptions::default()
    };
    let mut setup = mesh(6, &[3, 2], times, &options);
    setup.clients.keepalive = Span::secs(1000);
    listed(&mut setup, &[(at(50_000), 0, &[1])]);
    let (places, node) = (setup.places(), NodeId::new);
    let mut cut = |one, other, from, lasts| {
        setup.faults.push(Fault::once(What::link(one, other), at(from), Span::secs(lasts)));
    };
    for gateway in 2..=4 {
        cut(node(gateway), places.client(ClientId(1)), 1_000, 20);
    }
    cut(node(2), places.service(0), 1_000, 500);
    cut(node(4), places.service(0), 1_000, 500);
    cut(node(3), node(4), 49_000, 2);
    let away = What::offline(places.client(ClientId(1)));
    setup.faults.push(Fault::once(away, at(2_000), Span::secs(1)));
    let played = play(&setup);
    let to_host = times.access * 2 + times.link * 3;
    assert_eq!(played.latency(0, 1), Some(setup.clients.send_timeout + to_host));
    assert_eq!(played.attached(), [(ClientId(1), GatewayId(5), 2)]);
    let is_at_g2 = |at: &NodeId, note: &Note| *at == node(2) && matches!(note, Note::Stored { .. });
    assert!(!played.seen.notes.iter().any(|(_, at, note)| is_at_g2(at, note)));
}
