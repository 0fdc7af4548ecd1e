//! Two sequences of one message, from two sources, that cross.

mod common;

use common::*;
use penult_models::strategies::chain::ChainOptions;
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
