//! Heartbeats in the chain: who is silent is suspected to the nanosecond when it should be.

use crate::common::*;
use penult_models::detector::{Detector, HeartbeatOptions, quantile_of};
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 6;
const HOST: u32 = 4;
const CLIENT: u32 = 1;
const EVERY: Span = Span::secs(1);

/// c0 at home on g5, c1 on g4.
fn world(detector: Detector, times: Times) -> Setup {
    let heartbeat = Some(HeartbeatOptions { every: EVERY, detector });
    let options = ChainOptions { length: 2, heartbeat, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[HOST + 1, HOST], times, &options);
    listed(&mut setup, &[]);
    // Devices find nothing out by themselves.
    setup.clients.keepalive = Span::secs(1000);
    setup
}

/// When the last heartbeat that a gateway sent before this instant arrives.
fn last_beat(gateway: u32, setup: &Setup, times: Times, before: Time) -> Time {
    let uniform = Distribution::uniform(0.0, EVERY.as_nanos() as f64).unwrap();
    let mut stream = Stream::new(purpose::HEARTBEAT_PHASE, gateway.into());
    let mut sent =
        Time::ZERO + Delay::from_nanos(uniform).sample(&mut stream.with(&Seed::new(setup.seed)));
    while sent + EVERY < before {
        sent += EVERY;
    }
    sent + times.link
}

fn when(played: &Played, by: u32, wanted: impl Fn(&Note) -> bool) -> Vec<Time> {
    let notes = played.seen.notes.iter();
    notes.filter(|(_, node, note)| node.raw() == by && wanted(note)).map(|&(at, ..)| at).collect()
}

fn suspected(played: &Played, by: u32, whom: u32) -> Vec<Time> {
    when(played, by, |note| matches!(note, Note::Suspected(node) if node.raw() == whom))
}

fn attached(played: &Played) -> Vec<Time> {
    let device = GATEWAYS + 1 + CLIENT;
    when(played, device, |note| matches!(note, Note::Attached { .. }))
}

#[test]
fn an_idle_host_that_dies_is_suspected_so_many_periods_after_its_last_word() {
    for times in [Times::PLAIN, UNEVEN] {
        for misses in 1..=5 {
            for seed in 1..=5 {
                let mut setup = world(Detector::Misses(misses), times);
                setup.seed = seed;
                setup.faults.push(dead(HOST, at(7_500)));
                let last = last_beat(HOST, &setup, times, at(7_500));
                let expected = last + EVERY * u64::from(misses);
                let seen = play(&setup);
                for other in (0..GATEWAYS).filter(|&other| other != HOST) {
                    assert_eq!(suspected(&seen, other, HOST), [expected], "{misses} {times:?}");
                }
                assert_eq!(seen.count(|note| matches!(note, Note::Suspected(_))), 5, "nobody else");
                let claims = seen.count(|note| matches!(note, Note::Claimed { .. }));
                assert_eq!(claims, 1, "the first neighbour alone");
                assert_eq!(attached(&seen), [expected + times.directory * 2 + times.access]);
            }
        }
    }
}

#[test]
fn any_packet_counts_as_a_heartbeat() {
    let times = Times::PLAIN;
    let mut setup = world(Detector::Misses(3), times);
    listed(&mut setup, &[(at(7_430), CLIENT, &[0])]);
    setup.faults.push(dead(HOST, at(7_500)));
    let played = play(&setup);
    let Times { access, link, .. } = times;
    // The message goes to g5 and to its device and back; g5 says that it is done, and g4 that it heard.
    let last_word = at(7_430) + access + link + access * 2 + link * 2;
    assert!(last_word > last_beat(HOST, &setup, times, at(7_500)), "or this tests nothing");
    assert_eq!(suspected(&played, HOST + 1, HOST), [last_word + EVERY * 3]);
    let elsewhere = last_beat(HOST, &setup, times, at(7_500)) + EVERY * 3;
    assert_eq!(suspected(&played, 0, HOST), [elsewhere], "g0 heard nothing of that");
}

#[test]
fn the_next_neighbour_claims_once_it_suspects_the_first_too() {
    for seed in 1..=10 {
        let times = Times::PLAIN;
        let mut setup = world(Detector::Misses(3), times);
        setup.seed = seed;
        setup.faults.extend([dead(HOST, at(7_500)), dead(HOST + 1, at(7_500))]);
        let silent = |gateway| last_beat(gateway, &setup, times, at(7_500)) + EVERY * 3;
        let both = silent(HOST).max(silent(HOST + 1));
        let seen = play(&setup);
        let claimed = when(
            &seen,
            0,
            |note| matches!(note, Note::Claimed { client, .. } if client.0 == CLIENT),
        );
        assert_eq!(claimed, [both + times.directory * 2]);
        assert_eq!(attached(&seen), [both + times.directory * 2 + times.access]);
    }
}

#[test]
fn all_clients_of_a_silent_host_go_in_one_request() {
    let times = Times::PLAIN;
    let count = |clients: u32| {
        let heartbeat = Some(HeartbeatOptions { every: EVERY, detector: Detector::Misses(3) });
        let options = ChainOptions { heartbeat, ..ChainOptions::default() };
        let mut setup = mesh(GATEWAYS, &vec![HOST; clients as usize], times, &options);
        listed(&mut setup, &[]);
        setup.clients.keepalive = Span::secs(1000);
        setup.faults.push(dead(HOST, at(7_500)));
        let played = play(&setup);
        let attached = played.count(|note| matches!(note, Note::Attached { .. }));
        assert_eq!(attached as u32, clients);
        let claimed: Vec<Time> =
            when(&played, HOST + 1, |note| matches!(note, Note::Claimed { .. }));
        assert!(claimed.windows(2).all(|two| two[0] == two[1]), "one answer");
        played.costs.packets
    };
    // Neither claims nor answers nor notices grow in number.
    assert_eq!(count(40) - count(20), 20, "one greeting each");
}

#[test]
fn mail_that_rests_at_the_penultimate_goes_along_with_the_claim() {
    // Stored by the host, which dies before its device acknowledged: nobody waits for anything.
    let times = Times::PLAIN;
    let mut setup = world(Detector::Misses(3), times);
    listed(&mut setup, &[(at(7_430), 0, &[CLIENT])]);
    let dies = at(7_430) + times.access + times.link + Span::millis(1);
    setup.faults.push(dead(HOST, dies));
    let device = NodeId::new((GATEWAYS + 1 + CLIENT) as usize);
    let ends = (device, NodeId::new(HOST as usize));
    setup.faults.push(Fault::from(What::Link { ends, one_way: false }, at(7_000)));
    let played = play(&setup);
    // The host's acknowledgement was its last word to g5, if no heartbeat came later.
    let Times { access, link, directory, .. } = times;
    let last_word = (at(7_430) + access + link * 2).max(last_beat(HOST, &setup, times, dies));
    let expected = last_word + EVERY * 3 + directory * 2 + access - at(7_430);
    assert_eq!(played.latency(0, CLIENT), Some(expected));
}

#[test]
fn phi_waits_for_as_long_as_its_quantile_says() {
    for times in [Times::PLAIN, UNEVEN] {
        for phi in [1.0, 2.0, 3.0, 5.0, 8.0] {
            let mut setup = world(Detector::Phi(phi), times);
            setup.faults.push(dead(HOST, at(20_500)));
            let last = last_beat(HOST, &setup, times, at(20_500));
            // Perfectly regular: the least standard deviation, a tenth of a period.
            let patience = EVERY + Span::from_nanos_f64(1e8 * quantile_of(phi));
            let played = play(&setup);
            assert_eq!(suspected(&played, 0, HOST), [last + patience], "phi {phi}");
            let claimed = last + patience + times.directory * 2;
            assert_eq!(attached(&played), [claimed + times.access]);
        }
    }
}

#[test]
fn phi_says_nothing_before_it_knows_ten_gaps() {
    for (beats, suspicions) in [(10, 0), (11, 5)] {
        let mut setup = world(Detector::Phi(3.0), Times::PLAIN);
        let first = last_beat(HOST, &setup, Times::PLAIN, Time::ZERO);
        setup.faults.push(dead(HOST, first + EVERY * (beats - 1) + Span::millis(100)));
        let seen = play(&setup);
        let found = seen.count(|note| matches!(note, Note::Suspected(node) if node.raw() == HOST));
        assert_eq!(found, suspicions, "{beats} heartbeats");
    }
}

#[test]
fn an_outage_is_no_gap_between_heartbeats() {
    let mut setup = world(Detector::Phi(3.0), Times::PLAIN);
    let who = || Who::Nodes(vec![NodeId::new(HOST as usize)]);
    let crash = || What::Crash { who: who(), disk: DiskFate::Kept };
    setup.faults.push(Fault::once(crash(), at(20_500), Span::secs(10)));
    setup.faults.push(Fault::from(crash(), at(50_500)));
    let played = play(&setup);
    let suspected = suspected(&played, 0, HOST);
    assert_eq!(suspected.len(), 2);
    let patience = EVERY + Span::from_nanos_f64(1e8 * quantile_of(3.0));
    assert!(suspected[1] <= at(50_500) + Times::PLAIN.link + patience, "{suspected:?}");
    assert_eq!(played.count(|note| matches!(note, Note::Trusted(node) if node.raw() == HOST)), 5);
}

#[test]
fn a_returned_gateway_watches_anew_and_is_watched() {
    let mut setup = world(Detector::Misses(2), Times::PLAIN);
    let who = Who::Nodes(vec![NodeId::new(2)]);
    let what = What::Crash { who, disk: DiskFate::Kept };
    setup.faults.push(Fault::once(what, at(10_000), Span::secs(10)));
    setup.faults.push(dead(HOST, at(15_000)));
    let played = play(&setup);
    // It was dead when the host died, and expects its first heartbeat within a period.
    assert_eq!(suspected(&played, 2, HOST), [at(20_000) + EVERY * 3]);
    assert_eq!(suspected(&played, 0, 2).len(), 1);
    assert_eq!(when(&played, 0, |note| matches!(note, Note::Trusted(_))).len(), 1);
}

#[test]
fn heartbeats_are_control_traffic_and_let_a_run_end() {
    let mut setup = world(Detector::Misses(3), Times::PLAIN);
    listed(&mut setup, &[(at(10_000), 0, &[CLIENT])]);
    let options = setup.strategy.get::<Chain>().expect("it is the chain");
    let run = |options: &ChainOptions, limits: &Limits| {
        let engine = setup.engine::<Chain>(options.clone()).unwrap();
        let ledger = Ledger::new(setup.ledger_options(), Vec::<Row>::new());
        let mut engine = engine.observed_by(ledger);
        engine.run(limits).unwrap();
        let now = engine.now();
        let mut ledger = engine.into_observer();
        ledger.finish(now);
        (now, ledger.costs().clone())
    };
    let silent = ChainOptions { heartbeat: None, ..options.clone() };
    let (ends, _) = run(options, &Limits::QUIET);
    assert_eq!(ends, run(&silent, &Limits::QUIET).0, "they don't keep it going");
    let whole = Limits::until(at(20_000));
    let (_, with) = run(options, &whole);
    let (_, without) = run(&silent, &whole);
    assert_eq!(with.packets, without.packets);
    let pairs = u64::from(GATEWAYS * (GATEWAYS - 1));
    // Twenty periods: each gateway has sent twenty.
    assert_eq!(with.control - without.control, pairs * 20);
}
