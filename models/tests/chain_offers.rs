//! Offers that nobody answers: whoever holds mail for a client that another gateway hosts suspects that one if
//! nothing is heard of it.

use crate::common::*;
use penult_models::detector::{Detector, HeartbeatOptions};
use penult_models::strategies::chain::{Acks, ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 12;
const HOST: u32 = 8;
/// At home on g8. The senders are c0 and c1.
const RECIPIENT: u32 = 2;

/// How long a gateway waits for one that is silent, with its attempts at most `ack_timeout` apart.
fn patience(options: &ChainOptions) -> Span {
    options.ack_timeout * u64::from(options.attempts)
}

/// How long it offers what it holds to one of which nothing is heard: T, 2T, 4T… and ten seconds at last.
fn offers_take(options: &ChainOptions) -> Span {
    let waits = std::iter::successors(Some(options.ack_timeout), |&wait| Some(wait * 2));
    let shorter = waits.take_while(|&wait| wait < Span::secs(10));
    shorter.fold(Span::secs(10), |sum, wait| sum + wait)
}

/// Two gateways hold mail for the client of a dead one, each the penultimate of its own: g0, which takes the
/// client over, and g1, which has its mail so much later. And when g1 hears of that.
fn two_holders(options: &ChainOptions, times: Times, later: Span) -> (Setup, Time) {
    let mut setup = mesh(GATEWAYS, &[0, 1, HOST], times, options);
    setup.clients.keepalive = Span::secs(1000);
    let messages: [(Time, u32, &[u32]); 2] =
        [(at(10_000), 0, &[RECIPIENT]), (at(10_000) + later, 1, &[RECIPIENT])];
    listed(&mut setup, &messages);
    setup.faults.push(dead(HOST, at(5_000)));
    (setup, at(10_000) + times.to_source() + patience(options) + times.directory * 2)
}

/// Two gateways hold mail for the client of a dead one, each the penultimate of its own. The first takes the
/// client over; the second hears of that and offers its mail there, but is cut off from the first for good, or
/// the first dies at once. It offers less and less often, and takes the client over in its turn.
#[test]
fn who_answers_no_offer_is_suspected_and_its_client_claimed() {
    for acks in [Acks::Hop, Acks::Central, Acks::Both] {
        for attempts in 1..=4 {
            for times in several_times() {
                for dies in [false, true] {
                    let options =
                        ChainOptions { length: 2, attempts, acks, ..ChainOptions::default() };
                    let Times { access, cpu, disk, policy, directory, .. } = times;
                    let later = directory * 2 + Span::millis(100);
                    let (mut setup, noticed) = two_holders(&options, times, later);
                    // The processor hears of the wait, and what it says has to come back.
                    let central = if acks == Acks::Central { directory * 2 } else { Span::ZERO };
                    let (noticed, offers) = (noticed + central, offers_take(&options));
                    let (taker, other) = (node(0), node(1));
                    setup.faults.push(if dies {
                        dead(0, noticed + Span::nanos(1))
                    } else {
                        Fault::from(What::link(taker, other), at(5_000))
                    });
                    let played = play(&setup);
                    let what = format!("{acks:?}, {attempts} attempts, dies {dies}, {times:?}");
                    let claimed = noticed + offers + directory * 2;
                    assert_eq!(played.claims_of(RECIPIENT), [(noticed, 0), (claimed, 1)], "{what}");
                    let row = played.row(1, RECIPIENT);
                    assert_eq!(row.delivered, Some(claimed + access), "{what}");
                    assert_eq!(row.host, Some(GatewayId(1)), "{what}");
                    let suspected = played.seen.notes.iter().find(|(_, by, note)| {
                        *by == other && matches!(note, Note::Suspected(whom) if *whom == taker)
                    });
                    let suspected = suspected.map(|&(at, ..)| at);
                    assert_eq!(suspected, Some(noticed + offers), "{what}");
                    // For the dead it waits until it hears of the new host, and then for that one.
                    let first = noticed - (at(10_000) + later) - times.to_source();
                    let alive = if dies { Span::nanos(1) } else { offers };
                    let mut expected = vec![(Phase::Network, access * 2 + alive)];
                    expected.push((Phase::Cpu, policy + cpu));
                    expected.push((Phase::Disk, disk));
                    expected.push((Phase::Detection, first + offers - alive));
                    expected.push((Phase::Handover, directory * 2));
                    expected.retain(|(_, span)| !span.is_zero());
                    assert_eq!(phases(row), expected, "{what}");
                    // The messages to their sources, once for each attempt to the dead host (of the second
                    // not all, and of it only those before the notice), and from either host to the client.
                    let tries = u64::from(attempts);
                    let before = first.as_nanos().div_ceil(options.ack_timeout.as_nanos());
                    if acks == Acks::Hop {
                        let sent = 2 + tries + before.min(tries) + 2;
                        assert_eq!(played.costs.transmissions, sent, "no offer is a copy: {what}");
                    }
                    assert_eq!(played.totals.of(Fate::Delivered), 2, "{what}");
                    assert_eq!(played.totals.duplicates_seen, 0, "{what}");
                }
            }
        }
    }
}

/// An offer goes to a suspected host as well: one that has just claimed its clients may be back. If it is,
/// nobody takes them from it.
#[test]
fn an_offer_finds_a_suspect_that_is_back() {
    for times in several_times() {
        let options =
            ChainOptions { length: 2, failback: Failback::Stay, ..ChainOptions::default() };
        let other = 3;
        let mut setup = mesh(GATEWAYS, &[0, 1, HOST, HOST], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        let Times { access, link, directory, .. } = times;
        // The source holds what the host has too, until the recipient is back, and suspects the host because of
        // another message. It would ask it a second later whether it is there.
        listed(&mut setup, &[(at(5_000), 0, &[RECIPIENT]), (at(10_000), 0, &[other])]);
        let device = setup.places().client(ClientId(RECIPIENT));
        setup.faults.push(Fault::once(What::offline(device), at(1_000), Span::secs(39)));
        let suspected = at(10_000) + times.to_source() + patience(&options);
        let back = suspected + Span::millis(500);
        let crash = What::crash(node(HOST));
        setup.faults.push(Fault::once(crash, at(8_000), back - at(8_000)));
        let played = play(&setup);
        // The host asks whom it hosts, claims those anew, and everybody hears of it.
        let claimed = back + directory * 4;
        assert_eq!(played.claims_of(RECIPIENT), [(claimed, HOST)], "{times:?}");
        let trusted = played.seen.notes.iter().find(|(_, by, note)| {
            *by == node(0) && matches!(note, Note::Trusted(whom) if *whom == node(HOST))
        });
        let trusted = trusted.map(|&(at, ..)| at);
        // What is on its disk it says itself; of the rest it wants what is offered.
        let says = if times.queue() == QueuePlace::Disk { link } else { link * 2 };
        assert_eq!(trusted, Some(claimed + says), "{times:?}");
        let delivered = played.row(0, RECIPIENT).delivered;
        assert_eq!(delivered, Some(at(40_000) + access * 2), "{times:?}");
        assert_eq!(played.row(0, RECIPIENT).host, Some(GatewayId(HOST)), "{times:?}");
    }
}

/// With chains of one each, a source may not take a client over. It goes on offering, T, 2T, 4T… apart, until the
/// new host hears it and wants the message.
#[test]
fn who_may_not_take_over_goes_on_offering() {
    for times in several_times() {
        for offers in 0..=6 {
            let options = ChainOptions {
                length: 1,
                split: true,
                failback: Failback::Stay,
                ..ChainOptions::default()
            };
            let mut setup = mesh(GATEWAYS, &[0, 1, HOST], times, &options);
            setup.clients.keepalive = Span::secs(1000);
            let Times { access, link, cpu, disk, directory, .. } = times;
            let client = setup.places().client(ClientId(RECIPIENT));
            // It is offline, and its host has the message and dies; then it finds another host.
            setup.faults.push(Fault::once(What::offline(client), at(1_000), Span::secs(14)));
            listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
            setup.faults.push(dead(HOST, at(12_000)));
            let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
            let hosted = at(15_000) + send_timeout + reconnect + access + directory * 2;
            let again = hosted + options.ack_timeout * ((1 << offers) - 1);
            let other = HOST + 1;
            let lasts = again - at(5_000) - Span::nanos(1);
            let cut = What::link(node(0), node(other));
            setup.faults.push(Fault::once(cut, at(5_000), lasts));
            let played = play(&setup);
            let what = format!("offer {offers}, {times:?}");
            assert_eq!(played.claims_of(RECIPIENT), [(hosted, other)], "{what}");
            let expected = again + link * 3 + cpu + disk + access;
            assert_eq!(played.row(0, RECIPIENT).delivered, Some(expected), "{what}");
        }
    }
}

/// The new host does not hear the other holder, which hears its heartbeats: it may be slow, and nobody takes its
/// client from it. It is offered the mail until it hears that.
#[test]
fn who_is_heard_is_not_given_up() {
    for times in several_times() {
        let timeouts = [Span::millis(100), Span::millis(200)];
        for (ack_timeout, attempts) in timeouts.into_iter().flat_map(|it| [(it, 1), (it, 2)]) {
            let every = Span::millis(50);
            let patient = HeartbeatOptions { every, detector: Detector::Misses(100_000) };
            let options = ChainOptions {
                length: 2,
                ack_timeout,
                attempts,
                heartbeat: Some(patient),
                ..ChainOptions::default()
            };
            let Times { access, link, cpu, disk, directory, .. } = times;
            let later = directory * 2 + Span::millis(50);
            let (mut setup, noticed) = two_holders(&options, times, later);
            // One more offer comes after the one that would have been the last.
            let heard = noticed + offers_take(&options) + Span::secs(10);
            let one_way = What::Link { ends: (node(1), node(0)), one_way: true };
            setup.faults.push(Fault::once(one_way, at(5_000), heard - at(5_000) - Span::nanos(1)));
            setup.stops = heard + Span::secs(5);
            let played = play(&setup);
            let what = format!("{ack_timeout}, {attempts} attempts, {times:?}");
            assert_eq!(played.claims_of(RECIPIENT), [(noticed, 0)], "{what}");
            let delivered = played.row(1, RECIPIENT).delivered;
            assert_eq!(delivered, Some(heard + link * 3 + cpu + disk + access), "{what}");
        }
    }
}

/// Who is given up loses all clients for whom mail is offered there, at once, however late they came to it.
#[test]
fn the_other_clients_of_one_that_is_given_up_are_claimed_with_the_first() {
    let other = RECIPIENT + 1;
    for times in several_times() {
        let options = ChainOptions { length: 2, ..ChainOptions::default() };
        let mut setup = mesh(GATEWAYS, &[0, 1, HOST, HOST], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        let Times { access, directory, .. } = times;
        let noticed = at(10_000) + times.to_source() + patience(&options) + directory * 2;
        // The host is suspected by then: the second message is stored, and its recipient claimed.
        let sent = noticed + Span::millis(20);
        let noticed_later = sent + times.to_source() + directory * 2;
        let before = at(10_000) + Span::millis(200);
        listed(
            &mut setup,
            &[
                (at(10_000), 0, &[RECIPIENT]),
                (before, 1, &[RECIPIENT]),
                (before, 1, &[other]),
                (sent, 0, &[other]),
            ],
        );
        setup.faults.push(dead(HOST, at(5_000)));
        setup.faults.push(Fault::from(What::link(node(0), node(1)), at(5_000)));
        let played = play(&setup);
        let claimed = noticed + offers_take(&options) + directory * 2;
        assert_eq!(played.claims_of(RECIPIENT), [(noticed, 0), (claimed, 1)], "{times:?}");
        assert_eq!(played.claims_of(other), [(noticed_later, 0), (claimed, 1)], "{times:?}");
        assert_eq!(played.row(1, RECIPIENT).delivered, Some(claimed + access), "{times:?}");
        assert_eq!(played.row(2, other).delivered, Some(claimed + access), "{times:?}");
    }
}

/// A client for whom nothing is left to offer is not claimed with them.
#[test]
fn who_has_no_mail_any_more_is_not_claimed_with_the_others() {
    let absent = RECIPIENT + 1;
    for times in several_times() {
        let options = ChainOptions {
            length: 2,
            hold: Span::secs(24),
            spill: Spill::Never,
            ..ChainOptions::default()
        };
        let mut setup = mesh(GATEWAYS, &[0, 1, HOST, HOST], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        let Times { access, directory, .. } = times;
        let device = setup.places().client(ClientId(absent));
        setup.faults.push(Fault::from(What::offline(device), at(1_000)));
        // What the absent one was sent first is held for that long, and then no more.
        let later = directory * 2 + Span::millis(100);
        listed(
            &mut setup,
            &[
                (at(6_000), 1, &[absent]),
                (at(10_000), 0, &[RECIPIENT, absent]),
                (at(10_000) + later, 1, &[RECIPIENT]),
            ],
        );
        setup.faults.push(dead(HOST, at(8_000)));
        setup.faults.push(Fault::from(What::link(node(0), node(1)), at(5_000)));
        let played = play(&setup);
        let noticed = at(10_000) + times.to_source() + patience(&options) + directory * 2;
        let claimed = noticed + offers_take(&options) + directory * 2;
        assert_eq!(played.claims_of(RECIPIENT), [(noticed, 0), (claimed, 1)], "{times:?}");
        assert_eq!(played.claims_of(absent), [(noticed, 0)], "{times:?}");
        assert_eq!(played.row(2, RECIPIENT).delivered, Some(claimed + access), "{times:?}");
    }
}

/// A third gateway takes the client from the second, which is dead, and the first can't reach it either. It gets all
/// its attempts however long the one before was silent, and offers come no sooner again because the host is new.
#[test]
fn a_new_host_is_offered_the_mail_no_sooner_and_given_all_its_attempts() {
    let (third, sender) = (5, RECIPIENT + 1);
    let options = ChainOptions { length: 2, ..ChainOptions::default() };
    let all = offers_take(&options);
    // When the third is sent something, and how long the offers take: the one at the change counts among them,
    // and if it is the last but for the attempts, these take ten seconds each.
    let early = (2, Span::millis(50), all - options.ack_timeout * 4);
    let late =
        [1, 2, 3].map(|it| (it, all - Span::secs(5), all + Span::secs(10) * u64::from(it - 1)));
    for times in several_times() {
        for (attempts, after, lasts) in late.into_iter().chain([early]) {
            let options = ChainOptions { attempts, ..options.clone() };
            let mut setup = mesh(GATEWAYS, &[0, 1, HOST, third], times, &options);
            setup.clients.keepalive = Span::secs(1000);
            let Times { access, directory, .. } = times;
            let takes = times.to_source() + patience(&options) + directory * 2;
            let noticed = at(10_000) + takes;
            let (sent, claimed) = (noticed + after, noticed + lasts + directory * 2);
            let messages: [(Time, u32, &[u32]); 3] = [
                (at(10_000), 0, &[RECIPIENT]),
                (at(10_100), 1, &[RECIPIENT]),
                (sent, sender, &[RECIPIENT]),
            ];
            listed(&mut setup, &messages);
            setup.faults.push(dead(HOST, at(5_000)));
            setup.faults.push(dead(0, noticed + Span::nanos(1)));
            setup.faults.push(Fault::from(What::link(node(1), node(third)), at(5_000)));
            let played = play(&setup);
            let what = format!("{attempts} attempts, {after}, {times:?}");
            let expected = [(noticed, 0), (sent + takes, third), (claimed, 1)];
            assert_eq!(played.claims_of(RECIPIENT), expected, "{what}");
            assert_eq!(played.row(1, RECIPIENT).delivered, Some(claimed + access), "{what}");
        }
    }
}
