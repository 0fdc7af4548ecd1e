//! The life of a message after it is stored, to the nanosecond: policy and deletion.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;

pub const GATEWAYS: u32 = 16;
pub const RECIPIENT: u32 = 1;
pub const HOST: u32 = 4;
pub const ACCESS: Span = Span::millis(20);
pub const LINK: Span = Span::millis(2);
/// One way to the directory and to the store.
pub const SERVICE: Span = Span::millis(1);

/// One message from c0 on g0 to c1 on g4, at 10 s.
pub fn world(options: &ChainOptions) -> Setup {
    let mut setup = mesh(GATEWAYS, &[0, HOST], Times::PLAIN, options);
    setup.stops = at(200_000);
    listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
    setup
}

pub fn after(delay: Span) -> Delay {
    Delay::constant(delay)
}

/// When and where copies were dropped for this reason, in order.
pub fn dropped(seen: &Seen, why: Drop) -> Vec<(Time, usize)> {
    let notes = seen.notes.iter().filter_map(|(at, node, note)| match note {
        Note::Dropped(_, how) if *how == why => Some((*at, node.index())),
        _ => None,
    });
    notes.collect()
}

pub fn accepted(seen: &Seen) -> Time {
    let accepted = seen.notes.iter().find(|(_, _, note)| matches!(note, Note::Accepted(_)));
    accepted.expect("it was accepted").0
}

pub fn offline(setup: &Setup, client: u32, from: u64, until: u64) -> Fault {
    let who = Who::Nodes(vec![setup.places().client(ClientId(client))]);
    Fault::once(What::Offline(who), at(from), Span::millis(until - from))
}

/// A crash of any node for a while.
pub fn crash(node: NodeId, from: u64, until: u64) -> Fault {
    let what = What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Kept };
    Fault::once(what, at(from), Span::millis(until - from))
}

#[test]
fn policy_at_every_hop_is_paid_at_every_hop() {
    let policy = Span::micros(700);
    for length in 2..=8 {
        for everywhere in [false, true] {
            let options =
                ChainOptions { length, policy_everywhere: everywhere, ..ChainOptions::default() };
            let times =
                Times { policy, cpu: Span::micros(300), disk: Span::micros(900), ..Times::PLAIN };
            let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
            listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
            let played = play(&setup);
            let gateways = u64::from(length);
            let runs = if everywhere { gateways } else { 1 };
            let work = policy * runs + (times.cpu + times.disk) * gateways;
            let expected = ACCESS * 2 + work + LINK * (gateways - 1);
            assert_eq!(played.latency(0, RECIPIENT), Some(expected), "length {length}");
            assert_eq!(played.costs.policy_runs, runs, "length {length}");
            assert_eq!(played.costs.policy_runs_saved, gateways - runs, "length {length}");
            let cpu = played.row(0, RECIPIENT).phases.get(Phase::Cpu);
            assert_eq!(cpu, policy * runs + times.cpu * gateways);
        }
    }
}

#[test]
fn policy_may_cost_more_or_less() {
    let cost = Delay::from_nanos(Distribution::uniform(1e6, 9e6).unwrap());
    let mut setup = world(&ChainOptions::default());
    let options = chain(&mut setup);
    options.policy.cost = cost;
    let once = play(&setup).row(0, RECIPIENT).phases.get(Phase::Cpu);
    assert!((1_000_000..9_000_000).contains(&once.as_nanos()), "{once:?}");
    setup.seed = 2;
    assert_ne!(play(&setup).row(0, RECIPIENT).phases.get(Phase::Cpu), once);
}

#[test]
fn what_is_stripped_is_not_held() {
    let policy = PolicyOptions { attachment: Some(10_000), ..PolicyOptions::default() };
    let mut setup = world(&ChainOptions { policy, ..ChainOptions::default() });
    let mut list = List::new();
    list.push(&Listed {
        at: at(10_000),
        from: ClientId(0),
        to: vec![ClientId(RECIPIENT)],
        bytes: Some(1000),
        attachment: Some(50_000),
        view: None,
        harmful: None,
    });
    setup.workload.times = SendTimes::List(list);
    let played = play(&setup);
    let peaks = played.gateways.iter().map(|load| load.bytes.peak());
    let of_holders: Vec<u64> = peaks.filter(|&peak| peak > 0).collect();
    assert_eq!(of_holders, [1000; 3], "three gateways hold what is left of it");
    assert_eq!(played.queued.peak(), 50_000 + 1000, "the outbox holds all of it");
}

#[test]
fn a_refusal_is_repeated_to_each_resend() {
    let messages = Some(MessageLimit { messages: 1, per: Span::secs(1) });
    let policy = PolicyOptions { messages, ..PolicyOptions::default() };
    let options = ChainOptions { policy, ..ChainOptions::default() };
    let mut setup = world(&options);
    listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT]), (at(10_100), 0, &[RECIPIENT])]);
    // The first refusal is lost, and the resend comes, to the same gateway, when the sender might send again: its
    // device was dead meanwhile, and begins anew with its host.
    let places = setup.places();
    let ends = (places.gateway(GatewayId(0)), places.client(ClientId(0)));
    let what = What::Link { ends, one_way: true };
    setup.faults.push(Fault::once(what, at(10_050), Span::millis(500)));
    let device = What::crash(places.client(ClientId(0)));
    setup.faults.push(Fault::once(device, at(10_300), Span::secs(2)));
    let played = play(&setup);
    assert_eq!(played.row(0, RECIPIENT).fate, Fate::Delivered);
    assert_eq!(played.row(1, RECIPIENT).fate, Fate::Rejected);
    assert_eq!(played.costs.policy_runs, 2, "a refusal is not decided anew");
}

#[test]
fn a_message_of_the_list_may_be_harmful_or_not() {
    for (share, harmful, fate) in [
        (0.0, Some(true), Fate::Rejected),
        (0.0, None, Fate::Delivered),
        (1.0, Some(false), Fate::Delivered),
        (1.0, None, Fate::Rejected),
    ] {
        let mut setup = world(&ChainOptions::default());
        let mut list = List::new();
        list.push(&Listed {
            at: at(10_000),
            from: ClientId(0),
            to: vec![ClientId(RECIPIENT)],
            bytes: Some(1000),
            attachment: Some(0),
            view: None,
            harmful,
        });
        setup.workload.times = SendTimes::List(list);
        setup.workload.harmful = share;
        let played = play(&setup);
        assert_eq!(played.row(0, RECIPIENT).fate, fate, "{share} {harmful:?}");
        assert_eq!(played.costs.policy_runs, 1);
    }
}

/// The gateways of the sequence of length three, the host first, and what deletion takes to them.
const BACK: [usize; 3] = [HOST as usize, HOST as usize + 1, 0];

fn deleted_from(start: Time) -> Vec<(Time, usize)> {
    (0..).zip(BACK).map(|(hops, gateway)| (start + LINK * hops, gateway)).collect()
}

#[test]
fn each_trigger_deletes_when_it_comes() {
    let (read, view, reply) = (Span::secs(3), Span::secs(7), Span::secs(11));
    let delivered = at(10_000) + ACCESS * 2 + LINK * 2;
    let cases = [
        (DeleteOn::Received, None, Some(Span::ZERO)),
        (DeleteOn::Read, None, Some(read)),
        (DeleteOn::Viewed, None, Some(read + view)),
        (DeleteOn::Viewed, Some(Span::secs(5)), Some(read + Span::secs(5))),
        (DeleteOn::Reply, None, Some(read + reply)),
        (DeleteOn::Never, None, None),
    ];
    let mut bytes = Vec::new();
    for (delete_on, limit, expected) in cases {
        let policy = PolicyOptions { view: limit, ..PolicyOptions::default() };
        let options =
            ChainOptions { delete_on: delete_on.into(), policy, ..ChainOptions::default() };
        let mut setup = world(&options);
        let SendTimes::List(list) = &mut setup.workload.times else { panic!() };
        *list = List::new();
        list.push(&Listed {
            at: at(10_000),
            from: ClientId(0),
            to: vec![ClientId(RECIPIENT)],
            bytes: Some(1000),
            attachment: Some(0),
            view: None,
            harmful: None,
        });
        setup.clients.read_after = after(read);
        setup.clients.view_for = Some(after(view));
        setup.clients.reply_after = after(reply);
        setup.clients.reply_probability = f64::from(u8::from(delete_on == DeleteOn::Reply));
        let played = play(&setup);
        assert_eq!(played.latency(0, RECIPIENT), Some(ACCESS * 2 + LINK * 2), "{delete_on:?}");
        let gone = dropped(&played.seen, Drop::Done);
        let of_it: Vec<_> = gone.into_iter().take(3).collect();
        match expected {
            Some(later) => {
                assert_eq!(of_it, deleted_from(delivered + later + ACCESS), "{delete_on:?}");
            }
            None => assert!(of_it.is_empty(), "{of_it:?}"),
        }
        // A reply is no reason to delete a reply: that one stays.
        if delete_on != DeleteOn::Reply {
            bytes.push(played.queued.area());
        }
    }
    let [received, read, viewed, cut, never] = bytes[..] else { panic!("{bytes:?}") };
    assert!(received < read && read < cut && cut < viewed && viewed < never, "{bytes:?}");
}

#[test]
fn the_first_of_several_triggers_deletes() {
    use DeleteOn::{Read, Received, Reply, Viewed};
    let (read, view) = (Span::secs(3), Span::secs(7));
    let delivered = at(10_000) + ACCESS * 2 + LINK * 2;
    let play_with = |delete_on: Triggers, reply: Span| {
        let mut setup = world(&ChainOptions { delete_on, ..ChainOptions::default() });
        setup.clients.read_after = after(read);
        setup.clients.reply_after = after(reply);
        setup.clients.reply_probability = 1.0;
        setup.clients.view_for = Some(after(view));
        let mut list = List::new();
        list.push(&Listed {
            at: at(10_000),
            from: ClientId(0),
            to: vec![ClientId(RECIPIENT)],
            bytes: Some(1000),
            attachment: Some(0),
            view: None,
            harmful: None,
        });
        setup.workload.times = SendTimes::List(list);
        play(&setup)
    };
    let (early, late) = (Span::secs(2), Span::secs(11));
    let cases = [
        (&[Viewed, Reply][..], early, Reply, read + early),
        (&[Viewed, Reply], late, Viewed, read + view),
        (&[Read, Viewed, Reply], early, Read, read),
        (&[Received, Reply], early, Received, Span::ZERO),
    ];
    for (all, reply, first, later) in cases {
        let played = play_with(all.iter().copied().collect(), reply);
        let gone = dropped(&played.seen, Drop::Done);
        assert_eq!(gone[..3], deleted_from(delivered + later + ACCESS), "{all:?}");
        // The others say no more than the first alone, where the reply is deleted alike.
        if matches!(first, Read | Received) {
            assert_eq!(
                played.costs.packets,
                play_with(first.into(), reply).costs.packets,
                "{all:?}"
            );
        }
    }
}

/// A message that may be viewed for six seconds is deleted six seconds after it was read: its user looks for as long as
/// that unless the scenario says less.
#[test]
fn a_user_looks_for_as_long_as_the_limit_allows() {
    let (read, six) = (Span::secs(3), Span::secs(6));
    let delivered = at(10_000) + ACCESS * 2 + LINK * 2;
    let cases = [
        (Some(six), None, None, six),
        (Some(six), None, Some(Span::secs(4)), Span::secs(4)),
        (Some(six), Some(Span::nanos(4_999_999_999)), None, Span::nanos(4_999_999_999)),
        (Some(six), Some(Span::secs(7)), None, six),
        (None, None, Some(six), six),
        (None, None, None, Span::ZERO),
    ];
    for (asked, view_for, limit, looks) in cases {
        let policy = PolicyOptions { view: limit, ..PolicyOptions::default() };
        let delete_on = DeleteOn::Viewed.into();
        let mut setup = world(&ChainOptions { delete_on, policy, ..ChainOptions::default() });
        let SendTimes::List(list) = &mut setup.workload.times else { panic!() };
        *list = List::new();
        list.push(&Listed {
            at: at(10_000),
            from: ClientId(0),
            to: vec![ClientId(RECIPIENT)],
            bytes: Some(1000),
            attachment: Some(0),
            view: asked,
            harmful: None,
        });
        setup.clients.read_after = after(read);
        setup.clients.view_for = view_for.map(after);
        let gone = dropped(&play(&setup).seen, Drop::Done);
        assert_eq!(gone, deleted_from(delivered + read + looks + ACCESS), "{asked:?} {view_for:?}");
    }
}

#[test]
fn deletion_goes_past_a_dead_gateway() {
    let options = ChainOptions { length: 4, ..ChainOptions::default() };
    let delivered = at(10_000) + ACCESS * 2 + LINK * 3;
    let mut setup = world(&options);
    // g0, g6, g5, g4: the penultimate dies with the delivery, for good.
    let died = Fault::from(
        What::Crash { who: Who::Nodes(vec![NodeId::new(5)]), disk: DiskFate::Kept },
        delivered,
    );
    setup.faults.push(died);
    let played = play(&setup);
    let start = delivered + ACCESS;
    let silence = options.ack_timeout * u64::from(options.attempts);
    let gone = dropped(&played.seen, Drop::Done);
    let expected = [(start, 4), (start + silence + LINK, 6), (start + silence + LINK * 2, 0)];
    assert_eq!(gone, expected);
}

#[test]
fn a_message_to_several_is_deleted_when_all_have_it() {
    for dead_in_the_middle in [false, true] {
        let mut setup = mesh(GATEWAYS, &[0, HOST, 9], Times::PLAIN, &ChainOptions::default());
        setup.stops = at(200_000);
        listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
        setup.faults.push(offline(&setup, 2, 5_000, 20_000));
        if dead_in_the_middle {
            // It holds the copy for c2, and dies before c2 has it.
            setup.faults.push(dead(10, at(15_000)));
        }
        let played = play(&setup);
        // c2 attaches, gets its mail at once, and acknowledges; its host tells the source.
        let got = at(20_000) + ACCESS * 2;
        assert_eq!(played.latency(0, 2), Some(got - at(10_000)));
        let all = got + ACCESS + LINK;
        let gone = dropped(&played.seen, Drop::Done);
        let mut expected =
            vec![(all, 0), (all, 0), (all + LINK, 4), (all + LINK, 5), (all + LINK, 9)];
        if !dead_in_the_middle {
            expected.push((all + LINK, 10));
        }
        let mut found = gone.clone();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "dead in the middle: {dead_in_the_middle}");
    }
}

#[test]
fn the_next_of_the_list_gathers_when_the_source_is_dead() {
    let mut setup = mesh(GATEWAYS, &[0, HOST, 9], Times::PLAIN, &ChainOptions::default());
    setup.stops = at(200_000);
    listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
    setup.faults.push(offline(&setup, 2, 5_000, 20_000));
    // Its memory goes, and with it what it had gathered.
    setup.faults.push(dead(0, at(12_000)));
    let played = play(&setup);
    assert_eq!(played.totals.of(Fate::Delivered), 2);
    let gone = dropped(&played.seen, Drop::Done);
    let mut gateways: Vec<usize> = gone.iter().map(|&(_, gateway)| gateway).collect();
    gateways.sort_unstable();
    assert_eq!(gateways, [4, 5, 9, 10], "everybody who lives lets go");
    assert!(gone.iter().all(|&(when, _)| when > at(20_000) && when < at(45_000)), "{gone:?}");
}

#[test]
fn what_the_user_did_is_told_until_a_gateway_hears_it() {
    let options = ChainOptions { delete_on: DeleteOn::Read.into(), ..ChainOptions::default() };
    let mut setup = world(&options);
    setup.clients.read_after = after(Span::secs(5));
    // The host dies after it handed over, and never returns: the device finds another.
    setup.faults.push(dead(HOST, at(12_000)));
    let played = play(&setup);
    let mut gateways: Vec<usize> =
        dropped(&played.seen, Drop::Done).iter().map(|&(_, gateway)| gateway).collect();
    gateways.sort_unstable();
    assert_eq!(gateways, [0, 5]);
    assert_eq!(played.totals.duplicates_seen, 0);
}

#[test]
fn single_runs_policy_at_every_hop() {
    let cost = after(Span::millis(1));
    for everywhere in [false, true] {
        let policy = PolicyOptions { cost: cost.clone(), ..PolicyOptions::default() };
        let options =
            SingleOptions { policy, policy_everywhere: everywhere, ..SingleOptions::default() };
        let mut setup = world(&ChainOptions::default());
        setup.strategy = StrategyOptions::of::<Single>(options.clone());
        let played = play_single(&setup);
        let runs = 1 + u64::from(everywhere);
        assert_eq!(played.costs.policy_runs, runs);
        assert_eq!(played.latency(0, RECIPIENT), Some(ACCESS * 2 + LINK + Span::millis(1) * runs));
    }
}
