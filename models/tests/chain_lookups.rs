//! Without a cache each message waits for the directory's answer, and for the directory.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

const HOST: u32 = 4;

fn uncached(homes: &[u32], times: Times) -> Setup {
    let options = ChainOptions { cache: false, ..ChainOptions::default() };
    mesh(16, homes, times, &options)
}

const TIMES: Times = UNEVEN;

fn no_fault(gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = TIMES;
    access * 2 + policy + (cpu + disk) * gateways + link * (gateways - 1)
}

#[test]
fn a_message_waits_for_one_answer() {
    let mut setup = uncached(&[0, HOST, HOST + 1], TIMES);
    // The second is sent before the first is answered: each has its own question, whatever came before.
    let second = at(10_001);
    listed(&mut setup, &[(at(10_000), 0, &[1]), (second, 0, &[1]), (at(30_000), 1, &[0])]);
    let played = play(&setup);
    let expected = no_fault(3) + TIMES.directory * 2;
    assert_eq!(played.latency(0, 1), Some(expected));
    assert_eq!(played.latency(2, 0), Some(expected));
    assert_eq!(played.latency(1, 1), Some(expected));
    let row = played.row(0, 1);
    assert_eq!(
        row.phases.get(Phase::Network),
        TIMES.access * 2 + (TIMES.link + TIMES.directory) * 2
    );
    assert_eq!(row.phases.get(Phase::Handover), Span::ZERO);
    assert_eq!(row.accepted, Some(at(10_000) + no_fault(1)), "storing is enough to accept");
}

#[test]
fn one_question_for_all_recipients_and_none_for_its_own_clients() {
    // c1 is at the sender's gateway, c2 and c3 elsewhere.
    let mut setup = uncached(&[0, 0, HOST, HOST + 1], TIMES);
    listed(&mut setup, &[(at(10_000), 0, &[1, 2, 3])]);
    let both = play(&setup);
    assert_eq!(both.latency(0, 1), Some(no_fault(1)), "a host knows its clients");
    for recipient in [2, 3] {
        assert_eq!(both.latency(0, recipient), Some(no_fault(3) + TIMES.directory * 2));
    }
    let options = chain(&mut setup);
    options.cache = true;
    let cached = play(&setup);
    assert_eq!(cached.latency(0, 2), Some(no_fault(3)));
    assert_eq!(both.costs.packets, cached.costs.packets + 2, "a question and its answer");
    // Headers, and each 16 for the message and two clients.
    assert_eq!(both.costs.bytes, cached.costs.bytes + 2 * (64 + 3 * 16));
}

/// Asked at the instant of storing, then after T, 2T, 4T…: the first question that finds the directory up
/// is answered.
#[test]
fn without_the_directory_it_waits_and_asks_again() {
    let timeout = ChainOptions::default().ack_timeout;
    let stored = no_fault(1) - TIMES.access;
    for (down_for, times) in [(100, 1), (500, 3), (1_300, 7), (10_000, 63)] {
        let mut setup = uncached(&[0, HOST], TIMES);
        listed(&mut setup, &[(at(10_000), 0, &[1])]);
        let directory = setup.places().service(0);
        let outage = Fault::once(What::crash(directory), at(9_000), Span::millis(1_000 + down_for));
        setup.faults.push(outage);
        let played = play(&setup);
        let waits = timeout * times;
        assert_eq!(
            played.latency(0, 1),
            Some(waits + no_fault(3) + TIMES.directory * 2),
            "down until {down_for} ms after the message was sent"
        );
        assert_eq!(played.row(0, 1).accepted, Some(at(10_000) + stored + TIMES.access));
        let phases = played.row(0, 1).phases;
        assert_eq!(phases.get(Phase::Detection), Span::ZERO);
        assert_eq!(
            phases.get(Phase::Network),
            waits + TIMES.access * 2 + (TIMES.link + TIMES.directory) * 2
        );
    }
}

#[test]
fn a_source_that_dies_waiting_asks_again_from_its_disk() {
    let mut setup = uncached(&[0, HOST], TIMES);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    let directory = setup.places().service(0);
    setup.faults.push(Fault::once(What::crash(directory), at(9_000), Span::secs(4)));
    setup.faults.push(Fault::once(What::crash(NodeId::new(0)), at(11_000), Span::secs(1)));
    let played = play(&setup);
    assert_eq!(played.row(0, 1).fate, Fate::Delivered);
    assert_eq!(played.totals.accepted, 1);
}

/// An answer may be the first that a gateway hears of a new host: then it gives on what it holds, and does
/// not wait for a notice that will be no news.
#[test]
fn who_hears_of_a_new_host_by_an_answer_relays_what_it_holds() {
    let gathered = Span::secs(1);
    for (asks, times) in several_times().into_iter().flat_map(|it| [(false, it), (true, it)]) {
        let options = ChainOptions {
            length: 2,
            cache: false,
            notice: gathered,
            failback: Failback::Stay,
            ..ChainOptions::default()
        };
        let mut setup = mesh(16, &[0, HOST], times, &options);
        setup.clients.keepalive = Span::secs(1000);
        let client = setup.places().client(ClientId(1));
        setup.faults.push(Fault::once(What::offline(client), at(5_000), Span::secs(5)));
        setup.faults.push(dead(HOST, at(8_000)));
        // The source alone has the first when the client turns to the next of its list.
        let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
        let Times { access, link, cpu, disk, policy, directory, .. } = times;
        let decided = at(10_000) + send_timeout + reconnect + access + directory;
        let sent = decided + Span::millis(100);
        let all: [(Time, u32, &[u32]); 2] = [(at(7_000), 0, &[1]), (sent, 0, &[1])];
        listed(&mut setup, &all[..1 + usize::from(asks)]);
        let played = play(&setup);
        let answered = sent + access + policy + cpu + disk + directory * 2;
        let hears = if asks { answered } else { decided + gathered + directory };
        // The ids, what of them is wanted, and that.
        let expected = hears + link * 3 + cpu + disk + access;
        assert_eq!(played.row(0, 1).delivered, Some(expected), "asks {asks}, {times:?}");
        if asks {
            let expected = answered + link + cpu + disk + access;
            assert_eq!(played.row(1, 1).delivered, Some(expected), "{times:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// Gateways and the directory crash, and what the directory says takes times of its own and overtakes.
    #[test]
    fn nothing_is_lost_while_hosts_are_looked_up(
        seed in any::<u64>(),
        (gateways, clients) in (2..6u32, 2..7u32),
        crashes in prop::collection::vec((0..7u32, 1..50_000u64, 1..8_000u64), 0..6),
    ) {
        let homes: Vec<u32> = (0..clients).map(|client| client % gateways).collect();
        let mut setup = uncached(&homes, Times { disk: Span::micros(500), ..Times::PLAIN });
        setup.gateways.count = gateways;
        setup.gateways.links.retain(|link| link.ends.0.0.max(link.ends.1.0) < gateways);
        let varies = Distribution::exponential(5e6).expect("a mean above zero");
        setup.directory.latency = Delay::from_nanos(varies);
        (setup.seed, setup.stops) = (seed, at(600_000));
        setup.workload.times = SendTimes::Poisson { rate: 0.5 };
        setup.workload.recipients = Distribution::uniform(1.0, 3.0).expect("from less to more");
        for (number, from, lasts) in crashes {
            // Behind the gateways comes the directory, twice as often as each of them.
            let who = What::crash(NodeId::new(number.min(gateways) as usize));
            setup.faults.push(Fault::once(who, at(from), Span::millis(lasts)));
        }
        let played = play(&setup);
        prop_assert_eq!(played.totals.duplicates_seen, 0);
        prop_assert_eq!(played.totals.of(Fate::Stranded), 0);
        prop_assert_eq!(played.totals.of(Fate::Lost), 0);
    }
}
