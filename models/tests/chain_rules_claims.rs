//! Rules of taking over: who wins a claim, what becomes of the mail of those who don't, and what they do
//! while the directory is out of reach.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 12;
const HOST: u32 = 8;
/// At home on g8. The senders are c0 and c1.
const RECIPIENT: u32 = 2;

/// Two senders, each at a gateway of its own: with a length of two, each is the penultimate.
fn two_sources(homes: [u32; 2], times: Times) -> Setup {
    let options = ChainOptions { length: 2, ..ChainOptions::default() };
    mesh(GATEWAYS, &[homes[0], homes[1], HOST], times, &options)
}

fn timeout() -> Span {
    let ChainOptions { ack_timeout, attempts, .. } = ChainOptions::default();
    ack_timeout * u64::from(attempts)
}

#[test]
fn of_two_claims_that_arrive_together_the_first_scheduled_wins() {
    for times in several_times() {
        for homes in [[0, 1], [1, 0], [5, 3]] {
            let mut setup = two_sources(homes, times);
            listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT]), (at(10_000), 1, &[RECIPIENT])]);
            setup.faults.push(dead(HOST, at(5_000)));
            let played = play(&setup);
            let claimed = times.to_source() + timeout() + times.directory * 2;
            assert_eq!(played.claims_of(RECIPIENT), [(at(10_000) + claimed, homes[0])]);
            assert_eq!(played.latency(0, RECIPIENT), Some(claimed + times.access));
            // The answer to the loser names the winner, and its mail goes there at once.
            let Times { access, link, cpu, disk, .. } = times;
            assert_eq!(
                played.latency(1, RECIPIENT),
                Some(claimed + link + cpu + disk + access),
                "{times:?}"
            );
        }
    }
}

#[test]
fn who_loses_a_claim_relays_when_the_answer_comes() {
    for times in several_times() {
        // Its own claim is under way when the notice of the other's comes: the answer decides.
        let longest = times.directory * 2;
        for later in [Span::nanos(1), times.directory, Span::nanos(longest.as_nanos() - 1)] {
            let mut setup = two_sources([0, 1], times);
            let messages: [(Time, u32, &[u32]); 2] =
                [(at(10_000), 0, &[RECIPIENT]), (at(10_000) + later, 1, &[RECIPIENT])];
            listed(&mut setup, &messages);
            setup.faults.push(dead(HOST, at(5_000)));
            let played = play(&setup);
            let Times { access, link, cpu, disk, policy, directory, .. } = times;
            let after_store = timeout() + directory * 2 + link + cpu + disk + access;
            let row = played.row(1, RECIPIENT);
            assert_eq!(row.latency(), Some(times.to_source() + after_store), "{later}, {times:?}");
            let mut expected = vec![(Phase::Network, access * 2 + link)];
            expected.push((Phase::Cpu, policy + cpu * 2));
            expected.push((Phase::Disk, disk * 2));
            expected.push((Phase::Detection, timeout()));
            expected.push((Phase::Handover, directory * 2));
            expected.retain(|(_, span)| !span.is_zero());
            assert_eq!(phases(row), expected, "{later}, {times:?}");
            assert_eq!(row.host, Some(GatewayId(0)));
            assert_eq!(played.claims_of(RECIPIENT).len(), 1);
        }
    }
}

#[test]
fn who_hears_of_the_new_host_before_it_claims_offers_ids_first() {
    for times in several_times() {
        let mut setup = two_sources([0, 1], times);
        let later = times.directory * 2 + Span::millis(100);
        let messages: [(Time, u32, &[u32]); 2] =
            [(at(10_000), 0, &[RECIPIENT]), (at(10_000) + later, 1, &[RECIPIENT])];
        listed(&mut setup, &messages);
        setup.faults.push(dead(HOST, at(5_000)));
        let played = play(&setup);
        // The notice comes after as long as the winner's answer took; then the ids, what of them is
        // wanted, and that.
        let Times { access, link, cpu, disk, policy, directory, .. } = times;
        let noticed = times.to_source() + timeout() + directory * 2;
        let row = played.row(1, RECIPIENT);
        let expected = noticed - later + link * 3 + cpu + disk + access;
        assert_eq!(row.latency(), Some(expected), "{times:?}");
        let waited = timeout() + directory * 2 - later;
        let mut expected = vec![(Phase::Network, access * 2 + link * 3)];
        expected.push((Phase::Cpu, policy + cpu * 2));
        expected.push((Phase::Disk, disk * 2));
        expected.push((Phase::Detection, waited));
        expected.retain(|(_, span)| !span.is_zero());
        assert_eq!(phases(row), expected, "{times:?}");
        assert_eq!(played.claims_of(RECIPIENT).len(), 1);
    }
}

/// Those who hold what the new host has too offer the ids alone.
#[test]
fn what_the_new_host_has_is_not_sent() {
    for length in 3..=8 {
        let options = ChainOptions { length, ..ChainOptions::default() };
        let mut setup = mesh(GATEWAYS, &[0, 1, HOST], Times::PLAIN, &options);
        listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
        setup.faults.push(dead(HOST, at(5_000)));
        let played = play(&setup);
        // From the device, along the living, twice to the dead host, to the device.
        let transmissions = 1 + (u64::from(length) - 2) + 2 + 1;
        assert_eq!(played.costs.transmissions, transmissions, "length {length}");
        let stored = played.count(|note| matches!(note, Note::Stored { .. }));
        assert_eq!(stored, length as usize - 1);
    }
}

/// When the n-th question of somebody is asked whom nobody answers, after the first: T, 2T, 4T… apart,
/// at most ten seconds.
fn asked_again(n: u32) -> Span {
    let timeout = ChainOptions::default().ack_timeout;
    let wait = |n: u32| (timeout * (1 << n)).min(Span::secs(10));
    (0..n).fold(Span::ZERO, |sum, n| sum + wait(n))
}

#[test]
fn without_the_directory_claims_are_asked_again_and_again() {
    for times in several_times() {
        for asked in 0..=9 {
            let mut setup = two_sources([0, 1], times);
            listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
            setup.clients.keepalive = Span::secs(1000);
            setup.faults.push(dead(HOST, at(5_000)));
            let claimed = at(10_000) + times.to_source() + timeout() + asked_again(asked);
            // It is back at the last instant for this question, and the one before came too early.
            let directory = setup.places().service(0);
            let back = claimed + times.directory - Time::ZERO - Span::nanos(1);
            let what = What::Crash { who: Who::Nodes(vec![directory]), disk: DiskFate::Kept };
            setup.faults.push(Fault::once(what, at(5_000), back - Span::secs(5)));
            let played = play(&setup);
            let answered = claimed + times.directory * 2;
            assert_eq!(
                played.claims_of(RECIPIENT),
                [(answered, 0)],
                "asked {asked} times, {times:?}"
            );
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.delivered, Some(answered + times.access));
            assert_eq!(row.phases.get(Phase::Detection), timeout());
            let handover = asked_again(asked) + times.directory * 2;
            assert_eq!(row.phases.get(Phase::Handover), handover);
        }
    }
}

/// Two claim while the directory is away. Whoever asks it first once it is back has the client, and the other,
/// which has heard of that when it asks again, asks as it did before: it does not take the client from its new
/// host.
#[test]
fn a_claim_that_is_repeated_is_the_one_that_was_made() {
    for times in several_times() {
        for questions in 1..=5 {
            let mut setup = two_sources([0, 1], times);
            let Times { access, link, cpu, disk, directory: one_way, .. } = times;
            let later = one_way * 2 + Span::millis(20);
            let messages: [(Time, u32, &[u32]); 2] =
                [(at(10_000), 0, &[RECIPIENT]), (at(10_000) + later, 1, &[RECIPIENT])];
            listed(&mut setup, &messages);
            setup.faults.push(dead(HOST, at(5_000)));
            let claimed = at(10_000) + times.to_source() + timeout();
            let answered = claimed + asked_again(questions) + one_way * 2;
            let outage = answered - at(6_000) - one_way - Span::nanos(1);
            let directory = What::crash(setup.places().service(0));
            setup.faults.push(Fault::once(directory, at(6_000), outage));
            let played = play(&setup);
            let what = format!("{questions} questions, {times:?}");
            assert_eq!(played.claims_of(RECIPIENT), [(answered, 0)], "{what}");
            let lost = answered + later;
            let expected = lost + link + cpu + disk + access;
            assert_eq!(played.row(1, RECIPIENT).delivered, Some(expected), "{what}");
            assert_eq!(played.row(1, RECIPIENT).host, Some(GatewayId(0)), "{what}");
        }
    }
}

#[test]
fn without_the_directory_what_is_known_serves() {
    for times in several_times() {
        let mut setup = two_sources([0, 1], times);
        listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
        let directory = setup.places().service(0);
        setup.faults.push(Fault::from(What::crash(directory), at(1_000)));
        let played = play(&setup);
        let Times { access, link, cpu, disk, .. } = times;
        let expected = times.to_source() + link + cpu + disk + access;
        assert_eq!(played.latency(0, RECIPIENT), Some(expected));
    }
}

/// Two gateways that can't reach each other, and a client that reaches nobody: with mail for it at both
/// all the time, each new message makes one suspect the other anew, and they claim in turn. They do so
/// ever more seldom.
#[test]
fn two_gateways_that_suspect_each_other_claim_ever_more_seldom() {
    let times = Times::PLAIN;
    let options = ChainOptions { length: 2, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[0, HOST, HOST], times, &options);
    setup.clients.keepalive = Span::secs(1000);
    let messages: Vec<(Time, u32, &[u32])> = (0..600)
        .flat_map(|n| {
            [
                (at(10_000 + n * 100), 0, &[RECIPIENT][..]),
                (at(10_050 + n * 100), 1, &[RECIPIENT][..]),
            ]
        })
        .collect();
    listed(&mut setup, &messages);
    setup.ends = at(80_000);
    setup.stops = at(200_000);
    let places = setup.places();
    let (here, there) = (NodeId::new(0), NodeId::new(HOST as usize));
    // Neither around it: the other gateways are of no use to a pair that has a link.
    setup.faults.push(Fault::once(What::link(here, there), at(5_000), Span::secs(75)));
    let device = places.client(ClientId(RECIPIENT));
    setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(75)));
    let played = play(&setup);
    let claims = played.claims_of(RECIPIENT);
    let until = at(80_000);
    // Each claims 400 ms after the first message that waits for the other in vain, but no sooner after its
    // last claim than T, 2T, 4T… and at most ten seconds.
    let instants = |first: &[u64], rest: &[u64]| {
        let mut all: Vec<u64> = first.to_vec();
        rest.iter().for_each(|gap| all.push(all.last().unwrap() + gap));
        all.into_iter().map(at).collect::<Vec<Time>>()
    };
    let of = |gateway| -> Vec<Time> {
        let own = claims.iter().filter(|&&(at, by)| by == gateway && at < until);
        own.map(|&(at, _)| at).collect()
    };
    let ten = 10_000;
    let own = instants(&[10_422, 10_922], &[400, 800, 1600, 3200, 6400, ten, ten, ten, ten, ten]);
    assert_eq!(of(0), own);
    let others = instants(&[10_872], &[200, 400, 800, 1600, 3200, 6400, ten, ten, ten, ten]);
    assert_eq!(of(HOST), others);
    assert_eq!(played.totals.duplicates_seen, 0);
    assert_eq!(played.totals.of(Fate::Delivered), 1200);
}
