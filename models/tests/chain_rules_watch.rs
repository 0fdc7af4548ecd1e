//! Rules of watching: a successor that dies after its ack, a host that repeats, what one claim takes along,
//! and who can claim during a partition.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 12;
const HOST: u32 = 8;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;

/// c0 at home on g0, the others on g8.
fn world(options: &ChainOptions, clients: u32, times: Times) -> Setup {
    let mut homes = vec![HOST; clients as usize];
    homes[SENDER as usize] = 0;
    let mut setup = mesh(GATEWAYS, &homes, times, options);
    setup.clients.keepalive = Span::secs(1000);
    setup
}

fn of_length(length: u32) -> ChainOptions {
    ChainOptions { length, ..ChainOptions::default() }
}

/// From sending until so many gateways have stored it, one after the other.
fn stored_by(gateways: u64, times: Times) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1)
}

/// The source knows that the host is dead; its neighbour, which was away then, does not, stores the
/// message, says so and dies.
#[test]
fn a_successor_that_dies_after_its_ack_is_asked_and_then_suspected() {
    for attempts in 1..=4_u32 {
        for times in several_times() {
            let options = ChainOptions { attempts, ..of_length(3) };
            let mut setup = world(&options, 3, times);
            listed(&mut setup, &[(at(10_000), SENDER, &[2]), (at(20_000), SENDER, &[RECIPIENT])]);
            setup.faults.push(dead(HOST, at(5_000)));
            let away = What::crash(node(HOST + 1));
            setup.faults.push(Fault::once(away, at(5_000), Span::secs(10)));
            let stored = at(20_000) + stored_by(2, times);
            setup.faults.push(dead(HOST + 1, stored + Span::nanos(1)));
            let played = play(&setup);
            let Times { access, link, cpu, disk, policy, directory, .. } = times;
            let asked = options.ack_timeout * u64::from(attempts + 1);
            let expected = stored + link + asked + directory * 2 + access;
            let row = played.row(1, RECIPIENT);
            let what = format!("{attempts} attempts, {times:?}");
            assert_eq!(row.delivered, Some(expected), "{what}");
            assert_eq!(row.host, Some(GatewayId(0)));
            // Until the ack the successor lived.
            assert_eq!(row.phases.get(Phase::Detection), asked, "{what}");
            assert_eq!(row.phases.get(Phase::Handover), directory * 2);
            assert_eq!(row.phases.get(Phase::Cpu), policy + cpu);
            assert_eq!(row.phases.get(Phase::Disk), disk);
            let network = access * 2 + link * 2 + cpu + disk;
            assert_eq!(row.phases.get(Phase::Network), network);
        }
    }
}

/// One suspicion, one request: all whose mail waits for the suspect, and nobody else.
#[test]
fn one_claim_takes_all_who_have_mail_there() {
    for times in several_times() {
        let mut setup = world(&of_length(2), 6, times);
        let late = at(10_100);
        listed(&mut setup, &[(at(10_000), SENDER, &[4]), (late, SENDER, &[1, 3])]);
        setup.faults.push(dead(HOST, at(5_000)));
        let played = play(&setup);
        let claimed = at(10_000) + stored_by(1, times) + Span::millis(400) + times.directory * 2;
        // c2 and c5 have no mail: they stay where they are until they find out.
        let expected = [1, 3, 4].map(|client| (claimed, 0, ClientId(client)));
        let mut claims = played.claims();
        claims.sort_by_key(|&(.., client)| client);
        assert_eq!(claims, expected, "{times:?}");
        for (message, client) in [(0, 4), (1, 1), (1, 3)] {
            assert_eq!(played.row(message, client).delivered, Some(claimed + times.access));
        }
    }
}

/// The host sends again after `send_timeout`, then `send_backoff` times that, and at most ten seconds.
#[test]
fn a_host_repeats_until_its_client_acknowledges() {
    for times in several_times() {
        let waits = [2_000, 4_000, 8_000, 10_000, 10_000];
        for repeats in 1..=waits.len() {
            let mut setup = world(&of_length(2), 2, times);
            listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
            let waited = Span::millis(waits[..repeats].iter().sum());
            let sent = at(10_000) + stored_by(2, times) + waited;
            let device = setup.places().client(ClientId(RECIPIENT));
            let cut = What::Link { ends: (node(HOST), device), one_way: true };
            let lasts = sent - at(5_000) - Span::nanos(1);
            setup.faults.push(Fault::once(cut, at(5_000), lasts));
            let played = play(&setup);
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.delivered, Some(sent + times.access), "{repeats} times, {times:?}");
            // The device lived: that is no detection.
            let network = times.access * 2 + times.link + waited;
            assert_eq!(row.phases.get(Phase::Network), network);
            assert_eq!(played.totals.duplicates_stopped, 0);

            // The first came, and its acknowledgements did not: all the others are stopped.
            let cut = What::Link { ends: (device, node(HOST)), one_way: true };
            setup.faults = vec![Fault::once(cut, at(5_000), lasts)];
            let played = play(&setup);
            assert_eq!(played.latency(0, RECIPIENT), Some(stored_by(2, times) + times.access));
            assert_eq!(played.totals.duplicates_stopped, repeats as u64);
        }
    }
}

/// A new host says that it is one every `keepalive`, until its client says something.
#[test]
fn a_new_host_repeats_its_notice_to_the_client() {
    let times = UNEVEN;
    for repeats in 1..=3_u64 {
        let mut setup = world(&of_length(2), 2, times);
        let every = Span::millis(1_100);
        listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
        // Its own searching does not come into it.
        setup.clients.keepalive = every;
        setup.clients.send_timeout = Span::secs(20);
        setup.faults.push(dead(HOST, at(9_900)));
        let claimed = at(10_000) + stored_by(1, times) + Span::millis(400) + times.directory * 2;
        let heard = claimed + every * repeats;
        let device = setup.places().client(ClientId(RECIPIENT));
        let cut = What::Link { ends: (node(0), device), one_way: true };
        let lasts = heard - at(5_000) - Span::nanos(1);
        setup.faults.push(Fault::once(cut, at(5_000), lasts));
        let played = play(&setup);
        let attached = played.seen.notes.iter().find(|(_, by, note)| {
            *by == device && matches!(note, Note::Attached { host: GatewayId(0), epoch: 2 })
        });
        assert_eq!(attached.map(|&(at, ..)| at), Some(heard + times.access));
    }
}

/// The two halves suspect each other; only the one with the directory can claim. What waits at the other
/// for its claim waits until the partition is over.
#[test]
fn in_a_partition_those_with_the_directory_take_over() {
    for times in several_times() {
        // c1 is at home on g8, with the directory; c3 and c2 on g0 and g1, without.
        let options = ChainOptions { failback: Failback::Stay, ..of_length(2) };
        let mut setup = mesh(GATEWAYS, &[0, HOST, 1, 0], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        setup.clients.send_timeout = Span::secs(100);
        listed(&mut setup, &[(at(10_000), 1, &[3]), (at(12_000), 2, &[1])]);
        let without = vec![node(0), node(1)];
        let mut with: Vec<NodeId> = (2..GATEWAYS).map(node).collect();
        with.push(setup.places().service(0));
        let partition = What::Partition(vec![with, without]);
        let healed = at(20_000);
        setup.faults.push(Fault::once(partition, at(5_000), healed - at(5_000)));
        let played = play(&setup);
        let takeover = stored_by(1, times) + Span::millis(400) + times.directory * 2;
        // g8 takes c3 from g0, and reaches it: a device is in no group.
        let claimed = at(10_000) + takeover;
        assert_eq!(played.claims()[0], (claimed, HOST, ClientId(3)));
        assert_eq!(played.row(0, 3).delivered, Some(claimed + times.access));
        // g1 asks the directory at once, and after T, 2T, 4T…: the first question after the end counts.
        let asked = at(12_000) + stored_by(1, times) + Span::millis(400);
        let questions = (0..10).map(|n| asked + Span::millis(200) * ((1 << n) - 1));
        let question = questions.into_iter().find(|&question| question > healed).unwrap();
        let claimed = question + times.directory * 2;
        let row = played.row(1, 1);
        assert_eq!(played.claims()[1], (claimed, 1, ClientId(1)), "{times:?}");
        assert_eq!(row.delivered, Some(claimed + times.access));
        assert_eq!(row.phases.get(Phase::Handover), claimed - asked);
        assert_eq!(played.claims().len(), 2);
    }
}

/// Only a packet of the suspect ends a suspicion, not the directory's word that it is back: until the next
/// question whether it is there is answered, the gateway before it takes its clients from it when mail comes
/// for them, which nobody notices but by the epoch. What is to come home brings a packet earlier.
#[test]
fn a_returned_host_is_suspected_until_it_is_heard() {
    let ns = Span::nanos(1);
    for times in several_times() {
        for (failback, brings_home) in [(Failback::Stay, false), (Failback::Resume, true)] {
            let options = ChainOptions { failback, ..of_length(3) };
            let Times { access, link, cpu, disk, directory, .. } = times;
            // The mail for c2 makes the first neighbour suspect the host, and take c2 over.
            let suspected = at(10_000) + stored_by(2, times) + Span::millis(400);
            let back = suspected + Span::millis(2_300);
            let heard = if brings_home {
                back + directory * 2 + link
            } else {
                suspected + options.probe * 3 + link * 2
            };
            let noticed = back + directory * 4;
            let with_mail_at = |stored: Time| {
                let mut setup = world(&options, 3, times);
                let sent = Time::ZERO + (stored - Time::ZERO - stored_by(2, times));
                listed(&mut setup, &[(at(10_000), SENDER, &[2]), (sent, SENDER, &[RECIPIENT])]);
                let away = What::crash(node(HOST));
                setup.faults.push(Fault::once(away, at(5_000), back - at(5_000)));
                let played = play(&setup);
                assert_eq!(played.totals.duplicates_seen, 0);
                let claims = played.claims().into_iter();
                let taken =
                    claims.filter(|&(_, by, client)| (by, client.0) == (HOST + 1, RECIPIENT));
                let row = played.row(1, RECIPIENT).clone();
                (taken.map(|(at, ..)| at).collect::<Vec<Time>>(), row.delivered, row.host)
            };
            let to_host = |stored: Time| Some(stored + link + cpu + disk + access);
            let (near, host) = (Some(GatewayId(HOST + 1)), Some(GatewayId(HOST)));
            let what = format!("{failback:?}, {times:?}");
            if !brings_home {
                let last = Time::ZERO + (heard - Time::ZERO - ns);
                // What came before the notice is worked on before it.
                let first = noticed + cpu + disk + ns;
                for stored in [first, noticed + Span::millis(300), last] {
                    let taken = stored + directory * 2;
                    let expected = (vec![taken], Some(taken + access), near);
                    assert_eq!(with_mail_at(stored), expected, "{stored}, {what}");
                }
            }
            for stored in [heard + cpu + disk + ns, heard + Span::millis(500)] {
                assert_eq!(
                    with_mail_at(stored),
                    (vec![], to_host(stored), host),
                    "{stored}, {what}"
                );
            }
        }
    }
}
