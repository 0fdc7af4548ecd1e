//! What holds of the chain without knowing any number: one run against another that differs in one thing.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 6;
/// c0 to c5 send, the others get.
const CLIENTS: u32 = 12;

fn uniform(low: u64, high: u64) -> Delay {
    Delay::from_nanos(Distribution::uniform(low as f64 * 1e6, high as f64 * 1e6).unwrap())
}

/// Each sender writes each recipient, so long after the message before.
fn messages(setup: &mut Setup, apart: Span) {
    let pairs =
        (0..CLIENTS / 2).flat_map(|from| (CLIENTS / 2..CLIENTS).map(move |to| (from, [to])));
    let pairs: Vec<(u32, [u32; 1])> = pairs.collect();
    let list: Vec<(Time, u32, &[u32])> = (0..)
        .zip(&pairs)
        .map(|(nth, (from, to))| (at(1_000) + apart * nth, *from, &to[..]))
        .collect();
    listed(setup, &list);
}

fn world(length: u32, times: Times, apart: Span) -> Setup {
    let options = ChainOptions { length, ..ChainOptions::default() };
    let homes: Vec<u32> = (0..CLIENTS).map(|client| client % GATEWAYS).collect();
    let mut setup = mesh(GATEWAYS, &homes, times, &options);
    messages(&mut setup, apart);
    setup.clients.keepalive = Span::secs(1_000);
    setup
}

/// In an order of their own: rows come when fates are settled.
fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| (row.message.id.number(), row.recipient));
    rows
}

/// Every latency of the one run, with that of the other.
fn pairs(one: &Setup, other: &Setup) -> Vec<(Span, Span)> {
    let latencies = |setup| sorted(play(setup).rows).into_iter().map(|row| row.latency().unwrap());
    latencies(one).zip(latencies(other)).collect()
}

#[test]
fn a_longer_last_hop_delays_every_message_by_as_much() {
    for times in several_times() {
        for length in 1..=4 {
            // Messages overlap, and find nobody's queue.
            let apart = Span::millis(7);
            let near = world(length, Times { access: Span::millis(20), ..times }, apart);
            let mut far = near.clone();
            let receivers = (CLIENTS / 2..CLIENTS).map(|it| far.places().client(ClientId(it)));
            let who = Who::Nodes(receivers.collect());
            let gray = Gray { latency: 1.25, ..Gray::NONE };
            far.faults.push(Fault::from(What::Slow { who, gray }, Time::ZERO));
            for (before, after) in pairs(&near, &far) {
                assert_eq!(after, before + Span::millis(5), "length {length}, {times:?}");
            }
        }
    }
}

#[test]
fn access_that_is_drawn_is_drawn_alike() {
    for seed in 0..20 {
        let mut near = world(3, UNEVEN, Span::millis(300));
        (near.seed, near.access.latency) = (seed, uniform(10, 40));
        let mut far = near.clone();
        far.access.latency = uniform(15, 45);
        let all = pairs(&near, &far);
        // On the way up and on the way down.
        assert!(all.iter().all(|&(before, after)| after == before + Span::millis(10)), "{all:?}");
        let mut different: Vec<Span> = all.iter().map(|&(before, _)| before).collect();
        different.sort_unstable();
        different.dedup();
        assert!(different.len() > 30, "they are drawn");
    }
}

/// Random worlds in which gateways die, all with mail on their disks.
fn troubled(seed: u64) -> Setup {
    let times = Times { disk: Span::micros(300), ..Times::PLAIN };
    let mut setup = world(3, times, Span::millis(211));
    setup.seed = seed;
    setup.gateways.specs[0].latency = uniform(1, 5);
    setup.gateways.specs[0].loss = 0.02;
    setup.access.latency = uniform(10, 40);
    setup.clients.keepalive = Span::secs(5);
    setup.stops = at(300_000);
    for (gateway, from, lasts) in [(seed % 6, 2_000, 3_000), ((seed + 2) % 6, 4_000, 1_000)] {
        let what = What::crash(NodeId::new(gateway as usize));
        setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
    }
    setup
}

#[test]
fn those_with_no_part_in_it_change_nothing() {
    for seed in 0..20 {
        let setup = troubled(seed);
        let played = play(&setup);
        let claims = played.count(|note| matches!(note, Note::Claimed { .. }));
        assert!(claims > 0, "something happens");
        let rows = sorted(played.rows);

        // A client to whom nobody writes.
        let mut more = setup.clone();
        more.homes.push(GatewayId(3));
        assert_eq!(sorted(play(&more).rows), rows, "seed {seed}");

        // A gateway far away from all the others.
        let mut more = setup.clone();
        more.gateways.count += 1;
        more.gateways.specs.push(LinkSpec::with_latency(Delay::constant(Span::secs(1))));
        for other in 0..GATEWAYS {
            let ends = (GatewayId(other), GatewayId(GATEWAYS));
            more.gateways.links.push(Link { ends, there: 1, back: Some(1) });
        }
        assert_eq!(sorted(play(&more).rows), rows, "seed {seed}");
    }
}

/// `hops` links in a row between g0 and the last gateway, of so long together.
fn line(hops: u32, whole: Span) -> Setup {
    let options = ChainOptions { length: 2, ..ChainOptions::default() };
    let mut setup = mesh(hops + 1, &[0, hops], Times::PLAIN, &options);
    let each = Span::nanos(whole.as_nanos() / u64::from(hops));
    setup.gateways.specs = vec![LinkSpec::with_latency(Delay::constant(each))];
    let ends = (0..hops).map(|hop| (GatewayId(hop), GatewayId(hop + 1)));
    setup.gateways.links = ends.map(|ends| Link { ends, there: 0, back: Some(0) }).collect();
    listed(&mut setup, &[(at(1_000), 0, &[1]), (at(1_001), 1, &[0]), (at(30_000), 0, &[1])]);
    setup
}

#[test]
fn a_link_in_pieces_takes_as_long() {
    for hops in [1, 2, 3, 4, 5, 6, 10] {
        for (one, pieces) in pairs(&line(1, Span::millis(60)), &line(hops, Span::millis(60))) {
            assert_eq!(one, pieces, "{hops} pieces");
            assert_eq!(one, Span::millis(100));
        }
    }
}

/// Everything takes `times` as long as in a small world with a crash, a re-host, a dead source and a
/// client that is offline.
fn stretched(length: u32, by: u64) -> Setup {
    let Times { access, link, cpu, disk, policy, directory, .. } = UNEVEN;
    let times = Times {
        access: access * by,
        link: link * by,
        cpu: cpu * by,
        disk: disk * by,
        policy: policy * by,
        directory: directory * by,
        ..UNEVEN
    };
    let plain = ChainOptions::default();
    let options = ChainOptions {
        length,
        ack_timeout: plain.ack_timeout * by,
        probe: plain.probe * by,
        hold: plain.hold * by,
        ..plain
    };
    let millis = |millis: u64| Time::ZERO + Span::millis(millis) * by;
    let mut setup = mesh(GATEWAYS, &[0, 4, 2, 4], times, &options);
    let list: [(Time, u32, &[u32]); 6] = [
        (millis(1_000), 0, &[1, 2]),
        (millis(1_003), 3, &[1]),
        (millis(2_000), 0, &[1]),
        (millis(2_100), 1, &[0, 2]),
        (millis(4_000), 2, &[3]),
        (millis(9_000), 3, &[0, 1, 2]),
    ];
    listed(&mut setup, &list);
    let clients = &mut setup.clients;
    clients.keepalive = Span::secs(100_000) * by;
    // Waits that grow stay below their bound, which does not.
    clients.send_timeout = Span::millis(300) * by;
    clients.reconnect = clients.reconnect * by;
    (setup.ends, setup.stops) = (millis(60_000), millis(90_000));
    let lasts = |millis| Span::millis(millis) * by;
    let crash = |gateway| What::crash(NodeId::new(gateway));
    let device = setup.places().client(ClientId(2));
    setup.faults = vec![
        Fault::once(crash(4), millis(1_999), lasts(3_000)),
        Fault::once(crash(2), millis(3_990), lasts(500)),
        Fault::once(What::offline(device), millis(8_000), lasts(2_000)),
    ];
    setup
}

#[test]
fn all_times_longer_make_all_latencies_longer() {
    for length in 1..=5 {
        let plain = sorted(play(&stretched(length, 1)).rows);
        assert!(plain.iter().all(|row| row.fate == Fate::Delivered));
        let has = |phase| plain.iter().any(|row| !row.phases.get(phase).is_zero());
        assert!(has(Phase::Detection) && has(Phase::Handover));
        for by in [2, 3, 7] {
            let longer = sorted(play(&stretched(length, by)).rows);
            for (plain, longer) in plain.iter().zip(&longer) {
                let what = format!("length {length}, × {by}: {plain:?}");
                assert_eq!(longer.latency(), plain.latency().map(|it| it * by), "{what}");
                for phase in Phase::ALL {
                    assert_eq!(longer.phases.get(phase), plain.phases.get(phase) * by, "{what}");
                }
            }
        }
    }
}

/// Gateways in a ring of uneven links: without trouble nothing takes longer than the longest way.
#[test]
fn without_trouble_nothing_is_lost_and_nothing_takes_longer_than_the_longest_way() {
    let links = [3, 5, 2, 11, 7, 4];
    let distance = |a: u32, b: u32| {
        let (low, high) = (a.min(b) as usize, a.max(b) as usize);
        let way: u64 = links[low..high].iter().sum();
        way.min(links.iter().sum::<u64>() - way)
    };
    for length in 1..=2 {
        let mut setup = world(length, Times::PLAIN, Span::millis(1));
        setup.gateways.specs =
            links.map(|link| LinkSpec::with_latency(Delay::constant(Span::millis(link)))).to_vec();
        setup.gateways.links = (0..GATEWAYS)
            .map(|it| (GatewayId(it), GatewayId((it + 1) % GATEWAYS), it))
            .map(|(a, b, spec)| Link { ends: (a, b), there: spec, back: Some(spec) })
            .collect();
        let played = play(&setup);
        let Totals { out_of_order, duplicates_stopped, duplicates_seen, .. } = played.totals;
        assert_eq!([out_of_order, duplicates_stopped, duplicates_seen], [0; 3]);
        assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered);
        for row in &played.rows {
            let way = distance(row.message.sender.0 % GATEWAYS, row.recipient.0 % GATEWAYS);
            assert_eq!(row.latency(), Some(Span::millis(40 + way)));
        }
    }
}

/// Little's law: what was in flight, summed over time, is what the latencies sum up to.
#[test]
fn what_is_in_flight_is_the_rate_times_the_latency() {
    for seed in 0..20 {
        let mut setup = troubled(seed);
        setup.workload.times = SendTimes::Poisson { rate: 2.0 };
        setup.ends = at(10_000);
        let played = play(&setup);
        assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered, "none is left");
        assert!(played.totals.offered > 100);
        let (mut area, mut level, mut last) = (0_u128, 0_u128, Time::ZERO);
        for (at, _, note) in &played.seen.notes {
            area += level * u128::from((*at - last).as_nanos());
            last = *at;
            match note {
                Note::Created(message) => level += message.deliveries().count() as u128,
                Note::Delivered(_) => level -= 1,
                _ => {}
            }
        }
        assert_eq!(level, 0);
        let all = played.rows.iter().map(|row| u128::from(row.latency().unwrap().as_nanos()));
        assert_eq!(area, all.sum::<u128>(), "seed {seed}");
    }
}

/// The table at the top of the strategy names a test for each clause, and there is that test.
#[test]
fn each_clause_has_its_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: String| std::fs::read_to_string(root.join(path)).expect("it is there");
    let table = read("src/strategies/chain/mod.rs".into());
    for clause in 1..=20 {
        let head = format!("//! | C{clause} |");
        let line =
            table.lines().find(|line| line.starts_with(&head)).expect("every clause is named");
        let test = line.rsplit('`').nth(1).expect("its test stands last");
        let (file, test) = test.split_once("::").expect("a file and a test");
        let tests = read(format!("tests/{file}.rs"));
        assert!(tests.contains(&format!("#[test]\nfn {test}() {{")), "C{clause}: {file}::{test}");
    }
}
