//! Handing back: when clients go from their old host to their home, and what becomes of mail that comes meanwhile.
//! All instants are exact.

use crate::common::returns::*;
use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

/// The world of these tests, with a message that reaches the old host at this instant.
fn with_mail_at(times: Times, reaches_host: Time, to: u32) -> (Setup, u32) {
    let mut setup = world(COUNT, times, SLOW);
    let created = reaches_host - Time::ZERO - (times.access + times.link * 2);
    list(&mut setup, COUNT, &[(Time::ZERO + created, to)]);
    (setup, COUNT as u32 + 1)
}

#[test]
fn until_the_claim_the_old_host_delivers_as_before() {
    let ns = Span::nanos(1);
    for times in times() {
        let has_all = synchronised(COUNT, times, SLOW);
        let begins = at(20_000) + times.directory * 2 + times.link;
        let let_go = has_all + times.link;
        let soonest = has_all + times.link * 2 + times.directory * 2;
        let no_fault = times.access * 2 + times.link * 2;
        for reaches_host in [
            at(19_999),
            before(begins, ns),
            begins + ns,
            at(20_100),
            has_all,
            before(let_go, ns),
            let_go + ns,
            let_go + times.link,
            before(soonest, ns),
        ] {
            // What its device has not acknowledged is held, and given to the home as well.
            let is_held = |at| reaches_host < at && at < reaches_host + times.access * 2;
            let more = is_held(begins) || is_held(let_go);
            let claimed = soonest + pace(u64::from(more), SLOW);
            let (setup, message) = with_mail_at(times, reaches_host, THERE);
            let seen = play(&setup);
            assert_eq!(seen.latency(message, THERE), Some(no_fault), "{reaches_host} {times:?}");
            assert_eq!(seen.row(message, THERE).host, Some(GatewayId(HOST)));
            assert_eq!(claims(&seen.seen, HOME, THERE), [claimed]);
            all_delivered(&seen);
            // What the device acknowledges before the claim, the home does not hand over again.
            let acknowledged = reaches_host + times.access * 2;
            let known = acknowledged + if more { times.link } else { Span::ZERO };
            assert_eq!(
                seen.totals.duplicates_stopped,
                u64::from(known > claimed),
                "{reaches_host} {times:?}"
            );
            lets_go_of_all(&seen);
        }
    }
}

#[test]
fn what_is_delivered_while_the_home_writes_it_is_not_kept() {
    let times = Times { disk: Span::millis(30), ..Times::PLAIN };
    let mut setup = world(COUNT, times, resync(64, 0));
    // The old host has just stored it at the digest; the home writes it last.
    let begins = at(20_000) + times.directory * 2 + times.link;
    let way = times.access + times.disk * 3 + times.link * 2 + Span::millis(1);
    list(&mut setup, COUNT, &[(before(begins, way), THERE)]);
    let seen = play(&setup);
    let message = COUNT + 1;
    let written = stored(&seen.seen, HOME, message);
    assert_eq!(written, [begins + times.link + times.disk * (COUNT + 1)]);
    assert!(seen.row(message as u32, THERE).delivered.unwrap() < written[0]);
    assert_eq!(seen.totals.duplicates_stopped, 0);
    lets_go_of_all(&seen);
    all_delivered(&seen);
}

#[test]
fn what_reaches_the_old_host_afterwards_is_relayed() {
    for times in times() {
        let claimed = synchronised(COUNT, times, SLOW) + times.link * 2 + times.directory * 2;
        // The source has sent it off before it heard of the new host.
        for later in [Span::nanos(1), times.link, times.link * 2 - Span::nanos(1)] {
            let (setup, message) = with_mail_at(times, claimed + later, THERE);
            let seen = play(&setup);
            let expected = times.access * 2 + times.link * 3;
            assert_eq!(seen.latency(message, THERE), Some(expected), "{later} {times:?}");
            assert_eq!(seen.row(message, THERE).host, Some(GatewayId(HOME)));
            all_delivered(&seen);
        }
        // This one it sends along the way to the new host.
        let (setup, message) =
            with_mail_at(times, claimed + times.link * 2 + Span::nanos(1), THERE);
        let seen = play(&setup);
        let no_fault = times.access * 2 + times.link * 2;
        assert_eq!(seen.latency(message, THERE), Some(no_fault), "{times:?}");
        assert_eq!(seen.row(message, THERE).host, Some(GatewayId(HOME)));
    }
}

#[test]
fn held_mail_that_comes_meanwhile_is_at_home_too() {
    let ns = Span::nanos(1);
    for times in times() {
        let begins = at(20_000) + times.directory * 2 + times.link;
        let has_all = synchronised(COUNT, times, SLOW);
        let let_go = has_all + times.link;
        let claims_at = let_go + pace(1, SLOW) + times.link;
        let claimed = claims_at + times.directory * 2;
        let at_home = |reaches_host| {
            let (setup, message) = with_mail_at(times, reaches_host, AWAY);
            let seen = play(&setup);
            all_delivered(&seen);
            let arrives = at(40_000) + times.access * 2;
            let created = seen.row(message, AWAY).message.created;
            assert_eq!(seen.latency(message, AWAY), Some(arrives - created));
            (stored(&seen.seen, HOME, message.into()), claims(&seen.seen, HOME, AWAY))
        };
        // Before the digest it is one of those that are lacking.
        let one_more = synchronised(COUNT + 1, times, SLOW);
        let expected = vec![one_more + times.link * 2 + times.directory * 2];
        assert_eq!(at_home(before(begins, Span::millis(1))), (vec![one_more], expected));
        // During the batches and until it lets go, it comes with the end.
        for reaches_host in [begins + ns, at(20_100), before(let_go, ns)] {
            assert_eq!(at_home(reaches_host), (vec![claims_at], vec![claimed]), "{reaches_host}");
        }
        // After that it is offered at the notice: ids first.
        let claimed = let_go + times.link + times.directory * 2;
        for reaches_host in [let_go + ns, before(claimed, ns)] {
            let relayed = claimed + times.link * 3;
            assert_eq!(at_home(reaches_host), (vec![relayed], vec![claimed]), "{reaches_host}");
        }
    }
}

/// The first neighbour can't reach the home for a while, and takes a client from it that sends and gets.
fn falsely_suspected(options: &ChainOptions, cut: Span) -> Setup {
    let times = Times::PLAIN;
    let mut setup = mesh(8, &[0, HOME, HOME], times, options);
    listed(&mut setup, &[(at(10_000), SENDER, &[THERE])]);
    let ends = (NodeId::new(HOME as usize), NodeId::new(HOST as usize));
    setup.faults.push(Fault::once(What::Link { ends, one_way: false }, at(9_000), cut));
    setup
}

/// When the home hears that it is none.
fn lost() -> Time {
    let Times { access, link, directory, .. } = Times::PLAIN;
    at(10_000) + access + link + ChainOptions::default().ack_timeout * 2 + directory * 2
}

#[test]
fn who_lost_a_client_alive_asks_it_and_waits() {
    let Times { access, link, directory, .. } = Times::PLAIN;
    for after in [Span::ZERO, Span::millis(700), Span::secs(5)] {
        for probe in [Span::secs(1), Span::millis(300)] {
            let options = ChainOptions { failback_after: after, probe, ..ChainOptions::default() };
            let seen = play(&falsely_suspected(&options, Span::millis(1_500)));
            assert_eq!(claims(&seen.seen, HOST, THERE), [lost()]);
            let returns = lost() + probe + access * 2 + after;
            assert_eq!(started(&seen.seen, HOME), [returns]);
            assert_eq!(finished(&seen.seen, HOME), [(returns + link * 2, 0, 0)]);
            let claimed = returns + link * 4 + directory * 2;
            assert_eq!(claims(&seen.seen, HOME, THERE), [claimed], "{after} {probe}");
            all_delivered(&seen);
        }
    }
}

#[test]
fn a_host_that_does_not_answer_is_asked_again_and_again() {
    let Times { access, link, directory, .. } = Times::PLAIN;
    let returns = lost() + Span::secs(1) + access * 2;
    let timeout = ChainOptions::default().ack_timeout;
    // Asked 0, 1, 3, 7, 15, 31, 63 timeouts after; then every ten seconds.
    let mut expected: Vec<Span> = [0, 1, 3, 7, 15, 31, 63].map(|times| timeout * times).into();
    expected.push(timeout * 63 + Span::secs(10));
    expected.push(timeout * 63 + Span::secs(20));
    for (place, after) in expected.iter().enumerate().skip(1) {
        // The link is back just before.
        let cut = returns + *after - at(9_000) - Span::millis(1);
        let seen = play(&falsely_suspected(&ChainOptions::default(), cut));
        let claimed = returns + *after + link * 4 + directory * 2;
        assert_eq!(claims(&seen.seen, HOME, THERE), [claimed], "question {place}");
        all_delivered(&seen);
    }
}

#[test]
fn a_client_out_of_reach_is_not_taken_back() {
    let mut setup = falsely_suspected(&ChainOptions::default(), Span::millis(1_500));
    let ends = (client(&setup, THERE), NodeId::new(HOME as usize));
    let what = What::Link { ends, one_way: false };
    setup.faults.push(Fault::once(what, at(10_100), Span::millis(9_900)));
    let seen = play(&setup);
    let Times { access, link, directory, .. } = Times::PLAIN;
    // The tenth question gets through.
    let returns = lost() + Span::secs(10) + access * 2;
    assert_eq!(claims(&seen.seen, HOME, THERE), [returns + link * 4 + directory * 2]);
    all_delivered(&seen);
}

#[test]
fn clients_stay_where_that_is_asked_for() {
    let options = ChainOptions { failback: Failback::Stay, ..ChainOptions::default() };
    let seen = play(&falsely_suspected(&options, Span::millis(1_500)));
    assert_eq!(claims(&seen.seen, HOME, THERE), []);
    let mut setup = world(COUNT, Times::PLAIN, SLOW);
    setup.strategy = StrategyOptions::of::<Chain>(options);
    let seen = play(&setup);
    assert_eq!(claims(&seen.seen, HOME, THERE), []);
    let answered = at(20_000) + Times::PLAIN.directory * 2;
    assert_eq!(finished(&seen.seen, HOME), [(answered, 0, 0)], "there is nothing to get");
    assert_eq!(seen.row(COUNT as u32, THERE).host, Some(GatewayId(HOST)));
    // The other has never heard of any other host, and asks for this one.
    assert_eq!(claims(&seen.seen, HOME, AWAY).len(), 1);
}
