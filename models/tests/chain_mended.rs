//! What random worlds found first, each in the smallest world that shows it: with exact outcomes.

use crate::common::*;
use penult_models::strategies::chain::{Acks, ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 12;
const HOST: u32 = 8;
/// Its first neighbour.
const NEAR: u32 = HOST + 1;
/// The next one: with a length of two it has no part in anything.
const FAR: u32 = HOST + 2;

fn device(setup: &Setup, client: u32) -> NodeId {
    setup.places().client(ClientId(client))
}

fn options(length: u32) -> ChainOptions {
    ChainOptions { length, failback: Failback::Stay, ..ChainOptions::default() }
}

/// Nobody notices anything by keepalives.
fn world(homes: &[u32], times: Times, options: &ChainOptions) -> Setup {
    let mut setup = mesh(GATEWAYS, homes, times, options);
    setup.clients.keepalive = Span::secs(1000);
    setup
}

/// When the n-th question of somebody is asked whom nobody answers, after the first.
fn asked_again(n: u32) -> Span {
    ChainOptions::default().ack_timeout * ((1 << n) - 1)
}

fn stored(played: &Played, gateway: u32, message: u32) -> Vec<Time> {
    let notes = played.seen.notes.iter().filter(|(_, by, _)| *by == node(gateway));
    let notes = notes.filter(|(.., note)| {
        matches!(note, Note::Stored { delivery, .. } if delivery.message.number() == message)
    });
    notes.map(|&(at, ..)| at).collect()
}

/// How often each gateway stored each delivery, at most.
fn most_stored(played: &Played) -> usize {
    let stored = played.seen.notes.iter().filter_map(|(_, node, note)| match note {
        Note::Stored { delivery, .. } => Some((*node, *delivery)),
        _ => None,
    });
    let all: Vec<(NodeId, DeliveryId)> = stored.collect();
    all.iter().map(|it| all.iter().filter(|other| *other == it).count()).max().unwrap_or(0)
}

/// A gateway claims whose message came to it, dies, and is back when the answer comes: that is not the
/// answer to what it asked at its return. It still has to hear whom else it hosts, claims them anew, and so
/// gets what others hold for them.
#[test]
fn an_answer_to_a_claim_of_a_former_life_is_no_inventory() {
    // Nothing is worked on when it dies, and its memory is what it loses.
    let uneven = Times { policy: Span::ZERO, disk: Span::ZERO, ..UNEVEN };
    let cpu = Times { cpu: Span::micros(700), ..Times::PLAIN };
    for times in [Times::PLAIN, cpu, uneven] {
        for length in 2..=6 {
            // c1 is at home on g8, and offline; c2 on g7, which is dead.
            let mut setup = world(&[0, HOST, HOST - 1], times, &options(length));
            listed(&mut setup, &[(at(10_000), 0, &[1]), (at(18_000), 2, &[0])]);
            setup.faults.push(dead(HOST - 1, at(17_000)));
            let away = What::offline(device(&setup, 1));
            setup.faults.push(Fault::once(away, at(5_000), Span::secs(35)));
            let Times { access, link, cpu, directory, .. } = times;
            // c2 turns to the next of its list, which claims it and stores its message.
            let claims_at = at(18_000) + setup.clients.send_timeout + access + cpu;
            let dies = claims_at + Span::nanos(1);
            let back = before(claims_at + directory * 2, Span::nanos(1));
            setup.faults.push(Fault::once(What::crash(node(HOST)), dies, back - dies));
            let played = play(&setup);
            let what = format!("length {length}, {times:?}");
            let claimed = back + directory * 4;
            let expected = [1, 2].map(|client| (claimed, HOST, ClientId(client)));
            assert_eq!(played.claims(), expected, "both in one request: {what}");
            // The ids, what of them is wanted, and that.
            let again = stored(&played, HOST, 0);
            assert_eq!(again.last(), Some(&(claimed + link * 3 + cpu)), "{what}");
            assert_eq!(again.len(), 2, "before the crash, and again: {what}");
            assert_eq!(played.row(0, 1).delivered, Some(at(40_000) + access * 2), "{what}");
            assert_eq!(played.totals.of(Fate::Delivered), 2);
        }
    }
}

/// When c1, which is out of reach of g8 and g9, is hosted by g10, and everybody hears of that.
fn moves_to_far(setup: &mut Setup, times: Times) -> Time {
    let client = device(setup, 1);
    setup.faults.push(Fault::once(What::offline(client), at(1_000), Span::secs(9)));
    for gateway in [HOST, NEAR] {
        setup.faults.push(Fault::from(What::link(client, node(gateway)), at(1_000)));
    }
    let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
    at(10_000) + (send_timeout + reconnect) * 2 + times.access + times.directory * 2
}

/// A host was dead and can't ask the directory: it takes its client for one at home. The store tells it that
/// there is mail, it passes that on to the home, and that knows better who the host is: they must not tell each
/// other again and again.
#[test]
fn what_waits_in_the_store_is_passed_on_once() {
    for times in [Times::PLAIN, UNEVEN] {
        let ack_timeout = Span::secs(60);
        let options = ChainOptions { ack_timeout, spill: Spill::AtOnce, ..options(2) };
        let mut setup = world(&[0, HOST], times, &options);
        moves_to_far(&mut setup, times);
        listed(&mut setup, &[(at(32_000), 0, &[1])]);
        setup.faults.push(Fault::once(What::crash(node(FAR)), at(30_000), Span::secs(1)));
        for other in [node(0), setup.places().service(0)] {
            let cut = What::link(other, node(FAR));
            setup.faults.push(Fault::once(cut, at(29_000), Span::secs(11)));
        }
        setup.stops = at(300_000);
        let played = play(&setup);
        let Times { access, link, cpu, policy, disk, .. } = times;
        let relayed = access * 2 + policy + link + (cpu + disk) * 2;
        assert_eq!(played.latency(0, 1), Some(ack_timeout + relayed), "{times:?}");
        let packets = played.costs.packets;
        assert!(packets < 100, "{packets} packets, where it took thousands: {times:?}");
    }
}

/// The home of c1 can't reach the directory, and has not heard that c1 has another host. That dies, and c1 turns
/// to its home, with a later epoch than is known there: its home is no host before the directory's yes.
#[test]
fn who_hears_of_a_later_epoch_from_the_device_is_not_its_host_yet() {
    for times in [Times::PLAIN, UNEVEN] {
        let mut setup = mesh(2, &[0, 0], times, &options(2));
        setup.clients.keepalive = Span::secs(1000);
        setup.stops = at(200_000);
        listed(&mut setup, &[(at(40_000), 0, &[1])]);
        let client = device(&setup, 1);
        let unheard =
            [What::link(node(0), setup.places().service(0)), What::link(node(0), node(1))];
        setup.faults.extend(unheard.map(|cut| Fault::once(cut, at(1_000), Span::secs(59))));
        setup.faults.push(Fault::once(What::link(client, node(0)), at(1_000), Span::secs(11)));
        setup.faults.push(dead(1, at(30_000)));
        for offline_at in [at(2_000), at(31_000)] {
            setup.faults.push(Fault::once(What::offline(client), offline_at, Span::secs(1)));
        }
        let played = play(&setup);
        let hosts = [1, 0].map(GatewayId).into_iter().zip([2, 3]);
        let attached: Vec<_> = hosts.map(|(host, epoch)| (ClientId(1), host, epoch)).collect();
        assert_eq!(played.attached(), attached, "{times:?}");
        let claimed = played.claims_of(1);
        let &[_, (again, 0)] = &claimed[..] else { panic!("{claimed:?}") };
        assert!(again > at(60_000), "when the directory is in reach");
        assert_eq!(played.row(0, 1).delivered, Some(again + times.access), "{times:?}");
    }
}

/// c1 can't reach its home g8, and g9, which mirrors it, claims it for its device. The answer is under way for so
/// long that the device turns to g10, which claims it again, and of which g9 hears before the answer comes: that
/// is not the newest word any more.
#[test]
fn a_yes_that_comes_after_news_of_a_later_host_makes_no_host() {
    for times in [Times::PLAIN, Times { cpu: Span::micros(700), ..Times::PLAIN }] {
        let mut setup = world(&[0, HOST], times, &options(3));
        listed(&mut setup, &[(at(9_500), 0, &[1])]);
        let (places, client) = (setup.places(), device(&setup, 1));
        setup.faults.push(Fault::once(What::offline(client), at(9_000), Span::secs(1)));
        setup.faults.push(Fault::from(What::link(client, node(HOST)), at(9_000)));
        // Nobody who has heard of it brings it to its new host.
        for other in [0, HOST] {
            let cut = What::link(node(other), node(NEAR));
            setup.faults.push(Fault::once(cut, at(12_000), Span::secs(10)));
        }
        let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
        let Times { access, cpu, directory, .. } = times;
        let asked = at(10_000) + send_timeout + reconnect + access + cpu;
        let turns = send_timeout + reconnect;
        let late = turns + directory * 2 + Span::millis(100);
        let gray = Gray { latency: late.as_secs_f64() / directory.as_secs_f64(), ..Gray::NONE };
        let slow = What::SlowLink { ends: (places.service(0), node(NEAR)), gray };
        setup.faults.push(Fault::once(slow, asked + Span::nanos(1), turns));
        let played = play(&setup);
        let hosts: Vec<_> = played.seen.hosts.iter().filter(|it| it.0 == client).collect();
        assert_eq!(hosts, [&(client, 1, node(HOST)), &(client, 3, node(FAR))], "{times:?}");
        assert_eq!(played.totals.of(Fate::Delivered), 1);
    }
}

/// A host feeds a mirror, and hears of the new host; then the mirror says that the host has the message,
/// by which it means the old one. The old host goes on until the new one has it.
#[test]
fn a_mirrors_word_of_the_old_host_does_not_speak_for_the_new_one() {
    for times in several_times() {
        for questions in 0..=4 {
            let mut setup = world(&[HOST, HOST], times, &options(2));
            let hosted = moves_to_far(&mut setup, times);
            let Times { access, link, cpu, disk, policy, .. } = times;
            let half = Span::nanos(link.as_nanos() / 2);
            // The mirror has it just before it can hear of the new host, and does not live to.
            let mirrored = before(hosted, half);
            let sent = before(mirrored, access + policy + (cpu + disk) * 2 + link);
            listed(&mut setup, &[(sent, 0, &[1])]);
            setup.faults.push(dead(NEAR, mirrored + Span::nanos(1)));
            // The new host does not hear the old one until this question.
            let offered = hosted + asked_again(questions);
            let lasts = offered - at(1_000) - Span::nanos(1);
            let cut = What::link(node(HOST), node(FAR));
            setup.faults.push(Fault::once(cut, at(1_000), lasts));
            let played = play(&setup);
            let what = format!("question {questions}, {times:?}");
            assert_eq!(stored(&played, NEAR, 0), [mirrored], "{what}");
            assert_eq!(played.claims(), [(hosted, FAR, ClientId(1))], "{what}");
            let row = played.row(0, 1);
            let expected = offered + link * 3 + cpu + disk + access;
            assert_eq!((row.delivered, row.fate), (Some(expected), Fate::Delivered), "{what}");
            assert_eq!(row.host, Some(GatewayId(FAR)));
        }
    }
}

/// While a host waits for its mirror it hears that it is none any more. It has given the message to its
/// client beside that, and does not do so again.
#[test]
fn a_former_host_that_waits_for_its_mirror_hands_nothing_over() {
    for times in several_times() {
        let mut setup = world(&[HOST, HOST], times, &options(2));
        let hosted = moves_to_far(&mut setup, times);
        setup.faults.push(dead(NEAR, at(500)));
        let Times { access, link, cpu, disk, policy, .. } = times;
        // The first attempt is under way.
        let kept = before(hosted, Span::millis(100));
        listed(&mut setup, &[(before(kept, access + policy + cpu + disk), 0, &[1])]);
        // It can't give the message on before it would send it again.
        let offered = hosted + asked_again(4);
        assert!(offered > kept + setup.clients.send_timeout);
        let lasts = offered - at(1_000) - Span::nanos(1);
        setup.faults.push(Fault::once(What::link(node(HOST), node(FAR)), at(1_000), lasts));
        let played = play(&setup);
        let row = played.row(0, 1);
        let expected = offered + link * 3 + cpu + disk + access;
        assert_eq!(row.delivered, Some(expected), "{times:?}");
        // Its sender to the host, that to the client and to the mirror, in vain, and to the new host, and
        // that to the client.
        assert_eq!(played.costs.transmissions, 5, "{times:?}");
        assert_eq!(played.totals.of(Fate::Delivered), 1);
    }
}

/// The source dies when one recipient's gateway has the message and the other's has not. The device turns
/// to the first: that one takes it for the other recipient, and leaves the first one's as it is.
#[test]
fn what_is_known_for_one_recipient_is_taken_for_the_other() {
    for times in several_times() {
        for recipients in [[1, 2], [2, 1]] {
            for is_away in [false, true] {
                // c1 is at home on g1, the next of the sender's list.
                let mut setup = world(&[0, 1, HOST], times, &options(2));
                listed(&mut setup, &[(at(10_000), 0, &recipients)]);
                let (source, sender) = (node(0), device(&setup, 0));
                setup.faults.push(Fault::from(What::link(source, node(HOST)), at(5_000)));
                let deaf = What::Link { ends: (source, sender), one_way: true };
                setup.faults.push(Fault::from(deaf, at(5_000)));
                let Times { access, link, cpu, disk, policy, .. } = times;
                let first = access + policy + cpu + disk;
                setup.faults.push(dead(0, at(10_000) + first + Span::nanos(1)));
                if is_away {
                    let away = What::offline(device(&setup, 1));
                    setup.faults.push(Fault::once(away, at(5_000), Span::secs(15)));
                }
                let played = play(&setup);
                let what = format!("{recipients:?}, away {is_away}, {times:?}");
                let again = at(10_000) + setup.clients.send_timeout;
                let over_two = first + link + cpu + disk + access;
                let expected =
                    if is_away { at(20_000) + access * 2 } else { at(10_000) + over_two };
                assert_eq!(played.row(0, 1).delivered, Some(expected), "{what}");
                assert_eq!(played.row(0, 2).delivered, Some(again + over_two), "{what}");
                for recipient in recipients {
                    let row = played.row(0, recipient);
                    assert_eq!(row.accepted, Some(again + first + access), "{what}");
                }
                assert_eq!(most_stored(&played), 1, "nobody stores it twice: {what}");
                assert_eq!(played.totals.duplicates_stopped, 0, "{what}");
            }
        }
    }
}

/// The source offers a message to a new host, hears that the recipient has it, and is then asked for it all
/// the same. The new host dies: the source has nothing more to do, and waits for nobody.
#[test]
fn who_is_given_up_with_what_was_received_is_waited_for_no_more() {
    for acks in [Acks::Hop, Acks::Central, Acks::Both] {
        let times = Times::PLAIN;
        let options = ChainOptions { acks, delete_on: DeleteOn::Never.into(), ..options(2) };
        // c0 writes c1; so does c2, from a gateway that can't reach that of c1 and takes it over.
        let taker = 5;
        let mut setup = world(&[0, HOST, taker], times, &options);
        setup.faults.push(Fault::from(What::link(node(taker), node(HOST)), at(1_000)));
        let Times { access, link, directory, .. } = times;
        // The host hears that c1 has the first, and the source hears of the new host, then of that.
        let away = What::offline(device(&setup, 1));
        setup.faults.push(Fault::once(away, at(1_000), Span::secs(9)));
        let received = at(10_000) + access * 3;
        let taken = received + Span::millis(1);
        let central = if acks == Acks::Central { Span::millis(2) } else { Span::ZERO };
        let sent = before(taken, access + Span::millis(400) + central + directory * 2);
        // When c1 is back, its host has last sent it in vain long ago.
        listed(&mut setup, &[(at(1_900), 0, &[1]), (sent, 2, &[1])]);
        // It has just asked for what was offered.
        setup.faults.push(dead(taker, taken + link + Span::nanos(1)));
        let played = play(&setup);
        assert_eq!(played.claims(), [(taken, taker, ClientId(1))], "{acks:?}");
        assert_eq!(played.row(0, 1).delivered, Some(at(10_000) + access * 2), "{acks:?}");
        assert_eq!(played.row(1, 1).delivered, Some(taken + access), "{acks:?}");
        let suspects = played.seen.notes.iter().filter(|(_, by, note)| {
            *by == node(0) && matches!(note, Note::Suspected(whom) if *whom == node(taker))
        });
        assert_eq!(suspects.count(), 1, "{acks:?}: it was asked, and sent it in vain");
        assert_eq!(played.totals.duplicates_stopped, 0, "{acks:?}");
    }
}
