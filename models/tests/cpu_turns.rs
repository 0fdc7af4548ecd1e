//! Turns at a gateway's CPU, to the nanosecond: service and policy are one piece of work, and whatever comes waits
//! for its turn.

use crate::common::{
    Chain, Played, Single, StrategyOptions, chain, listed, mesh, play, play_single,
};
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;

const ACCESS: Span = Span::nanos(17_123_457);
const LINK: Span = Span::nanos(3_000_001);
const CPU: Span = Span::nanos(100_000_003);
const POLICY: Span = Span::nanos(40_000_009);

/// When the first is sent.
const START: Time = Time::from_nanos(10_000_000_000);

/// c0 and c1 are at home at g0, c2 and c3 at g1.
fn world(single: bool, everywhere: bool) -> Setup {
    world_of(2, &[0, 0, 1, 1], single, everywhere)
}

fn world_of(gateways: u32, homes: &[u32], single: bool, everywhere: bool) -> Setup {
    let times = crate::common::Times {
        access: ACCESS,
        link: LINK,
        cpu: CPU,
        ..crate::common::Times::PLAIN
    };
    let policy = PolicyOptions { cost: Delay::constant(POLICY), ..PolicyOptions::default() };
    let options = ChainOptions {
        length: 1,
        policy: policy.clone(),
        policy_everywhere: everywhere,
        ack_timeout: Span::secs(30),
        ..ChainOptions::default()
    };
    let mut setup = mesh(gateways, homes, times, &options);
    setup.strategy = StrategyOptions::of::<Chain>(options);
    if single {
        setup.strategy = StrategyOptions::of::<Single>(SingleOptions {
            policy,
            policy_everywhere: everywhere,
            ack_timeout: Span::secs(30),
            ..SingleOptions::default()
        });
    }
    setup
}

fn run(setup: &Setup) -> Played {
    match setup.strategy.name() {
        "chain" => play(setup),
        _ => play_single(setup),
    }
}

fn took(played: &Played, message: u32, recipient: u32) -> Span {
    played.latency(message, recipient).expect("it was delivered")
}

/// The second comes during the first one's service, the third during its policy: neither is taken before the
/// first is done with both.
#[test]
fn nothing_comes_between_service_and_policy() {
    for single in [false, true] {
        let mut setup = world(single, false);
        let millis = |millis| START + Span::millis(millis);
        let sent = [(millis(0), 0), (millis(50), 1), (millis(120), 0)];
        listed(&mut setup, &sent.map(|(at, from)| (at, from, &[2][..])));
        let played = run(&setup);
        // The home runs no policy: it is done with each before the next comes.
        let rest = LINK + CPU + ACCESS;
        for (number, (created, _)) in (0..).zip(sent) {
            let done = START + ACCESS + (CPU + POLICY) * u64::from(number + 1);
            assert_eq!(took(&played, number, 2), done + rest - created, "m{number}, {single}");
            let accepted = played.row(number, 2).accepted;
            assert_eq!(accepted, Some(done + ACCESS), "m{number}, {single}");
        }
    }
}

/// A device sends again, to the only gateway, before its message's turn is over. The repeat waits, and is no work
/// for policy.
#[test]
fn a_repeat_costs_its_service_and_no_policy() {
    for single in [false, true] {
        let mut setup = world_of(1, &[0, 0], single, false);
        setup.clients.send_timeout = Span::millis(100);
        // The second message comes after the repeat of the first.
        let second = START + Span::millis(110);
        listed(&mut setup, &[(START, 0, &[1]), (second, 1, &[0])]);
        setup.clients.send_backoff = 100.0;
        setup.clients.send_attempts = 2;
        let played = run(&setup);
        let first_done = START + ACCESS + CPU + POLICY;
        assert_eq!(took(&played, 0, 1), first_done + ACCESS - START, "{single}");
        let second_done = first_done + CPU + (CPU + POLICY);
        assert_eq!(took(&played, 1, 0), second_done + ACCESS - second, "{single}");
        // Its own repeat came as well, 100 ms after it.
        assert_eq!(played.costs.policy_runs, 2, "{single}");
    }
}

/// Who is refused hears so when policy has run.
#[test]
fn a_refusal_waits_for_policy_too() {
    for single in [false, true] {
        let mut setup = world(single, false);
        setup.workload.harmful = 1.0;
        listed(&mut setup, &[(START, 0, &[1]), (START + Span::millis(1), 1, &[0])]);
        let played = run(&setup);
        let refused = played.seen.notes.iter().filter_map(|&(at, _, ref note)| match note {
            Note::Refused(message) => Some((message.number(), at)),
            _ => None,
        });
        let done = |number| START + ACCESS + (CPU + POLICY) * number + ACCESS;
        assert_eq!(refused.collect::<Vec<_>>(), [(0, done(1)), (1, done(2))], "{single}");
        assert!(played.rows.iter().all(|row| row.fate == Fate::Rejected), "{single}");
    }
}

/// Where policy runs at every gateway, it does so once for each message in a packet.
#[test]
fn policy_at_every_hop_is_one_piece_of_work_with_service_there() {
    for single in [false, true] {
        let mut setup = world(single, true);
        listed(&mut setup, &[(START, 0, &[2, 3]), (START + Span::millis(1), 1, &[2])]);
        let played = run(&setup);
        let both = CPU + POLICY;
        // `single` sends each delivery in a packet of its own, which is a piece of work of its own.
        let packets = if single { 2 } else { 1 };
        let first = ACCESS + both + LINK + both + ACCESS;
        assert_eq!(took(&played, 0, 2), first, "{single}");
        assert_eq!(took(&played, 0, 3), first + both * (packets - 1), "{single}");
        let second = START + ACCESS + both * 2 + LINK;
        let home_is_free = START + ACCESS + both + LINK + both * packets;
        let delivered = second.max(home_is_free) + both + ACCESS;
        assert_eq!(played.row(1, 2).delivered, Some(delivered), "{single}");
        assert_eq!(played.costs.policy_runs, 4 + packets - 1, "{single}");
    }
}

/// An ack costs nothing, and waits for its turn: behind a message that came before it, it is late.
#[test]
fn what_costs_nothing_ends_a_wait_when_its_turn_has_come() {
    for behind in [false, true] {
        let mut setup = world(false, false);
        let options = chain(&mut setup);
        // The ack comes 50 ms before this is over; the turn of what comes 10 ms before it ends 80 ms after.
        options.ack_timeout = LINK * 2 + CPU + Span::millis(50);
        let acked = START + ACCESS + (CPU + POLICY) + LINK * 2 + CPU;
        let mut messages = vec![(START, 0, &[2][..])];
        if behind {
            let before = Span::millis(10) + ACCESS;
            messages.push((crate::common::before(acked, before), 1, &[0][..]));
        }
        listed(&mut setup, &messages);
        let played = play(&setup);
        let hops = played.costs.transmissions;
        // The device, the source, the home; then the source again if no ack was there in time.
        let expected = if behind { 3 + 1 + 2 } else { 3 };
        assert_eq!(hops, expected, "{behind}");
        assert_eq!(played.row(0, 2).delivered, Some(START + ACCESS * 2 + CPU * 2 + POLICY + LINK));
        assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
    }
}
