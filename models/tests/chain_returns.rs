//! Coming back: what a gateway that returns gets, when, and what becomes of mail that comes meanwhile.
//! All instants are exact.

mod common;

use common::*;
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::{ChainOptions, Failback, ResyncOptions};
use penult_models::*;
use penult_sim::*;

const SENDER: u32 = 0;
/// Offline while the gateways change: what it is to get is held.
const AWAY: u32 = 1;
/// Online all the time.
const THERE: u32 = 2;
/// The home of both; the sender's is g0.
const HOME: u32 = 4;
/// Its first neighbour, who takes over.
const HOST: u32 = 5;
/// The first neighbour of that one.
const THIRD: u32 = 6;
const BYTES: u64 = 1000;

fn times() -> Vec<Times> {
    let odd = Times {
        access: Span::nanos(17_123_457),
        link: Span::nanos(3_000_001),
        directory: Span::nanos(1_700_011),
        ..Times::PLAIN
    };
    vec![Times::PLAIN, odd]
}

/// The home is dead from 5 s to 20 s and forgets everything; so many messages for the client that is away
/// have come to its host since 10 s, and one for the other.
fn world(count: u64, times: Times, resync: ResyncOptions) -> Setup {
    let options = ChainOptions { resync, ..ChainOptions::default() };
    let mut setup = mesh(8, &[0, HOME, HOME], times, &options);
    list(&mut setup, count, &[]);
    let who = Who::Nodes(vec![NodeId::new(HOME as usize)]);
    let crash = What::Crash { who, disk: DiskFate::Lost };
    setup.faults.push(Fault::once(crash, at(5_000), Span::secs(15)));
    let away = What::Offline(Who::Nodes(vec![client(&setup, AWAY)]));
    setup.faults.push(Fault::once(away, at(1_000), Span::secs(39)));
    setup
}

/// Messages 0 to `count - 1` are held for who is away, `count` came to the other; the rest follow.
fn list(setup: &mut Setup, count: u64, more: &[(Time, u32)]) {
    let early = (0..count).map(|number| (at(10_000 + number * 10), SENDER, &[AWAY][..]));
    let mut messages: Vec<(Time, u32, &[u32])> = early.collect();
    messages.push((at(10_000 + count * 10), SENDER, &[THERE]));
    messages.extend(more.iter().map(|(at, to)| (*at, SENDER, std::slice::from_ref(to))));
    listed(setup, &messages);
}

fn client(setup: &Setup, client: u32) -> NodeId {
    setup.places().client(ClientId(client))
}

fn resync(batch: u32, bits: u64) -> ResyncOptions {
    ResyncOptions { batch, bandwidth: Bandwidth::bits_per_second(bits) }
}

/// So long before.
fn before(at: Time, span: Span) -> Time {
    Time::ZERO + (at - Time::ZERO - span)
}

/// How long the messages take at the pace of synchronising.
fn pace(count: u64, resync: ResyncOptions) -> Span {
    resync.bandwidth.map_or(Span::ZERO, |bandwidth| bandwidth.time_for(count * BYTES))
}

/// From the return of the home at 20 s until it has what it lacked.
fn synchronised(count: u64, times: Times, resync: ResyncOptions) -> Time {
    at(20_000) + times.directory * 2 + times.link * 2 + pace(count, resync)
}

/// When something was noted at a gateway.
fn instants(seen: &Seen, gateway: u32, wanted: impl Fn(&Note) -> bool) -> Vec<Time> {
    let notes = seen.notes.iter().filter(|(_, node, _)| node.index() == gateway as usize);
    notes.filter(|(.., note)| wanted(note)).map(|&(at, ..)| at).collect()
}

fn claims(seen: &Seen, gateway: u32, client: u32) -> Vec<Time> {
    instants(
        seen,
        gateway,
        |note| matches!(note, Note::Claimed { client: ClientId(it), .. } if *it == client),
    )
}

fn stored(seen: &Seen, gateway: u32, message: u64) -> Vec<Time> {
    instants(
        seen,
        gateway,
        |note| matches!(note, Note::Stored { delivery, .. } if u64::from(delivery.message.number()) == message),
    )
}

fn finished(seen: &Seen, gateway: u32) -> Vec<(Time, u64, u64)> {
    let notes = seen.notes.iter().filter(|(_, node, _)| node.index() == gateway as usize);
    notes
        .filter_map(|&(at, _, ref note)| match *note {
            Note::ResyncFinished { messages, bytes } => Some((at, messages, bytes)),
            _ => None,
        })
        .collect()
}

fn started(seen: &Seen, gateway: u32) -> Vec<Time> {
    instants(seen, gateway, |note| matches!(note, Note::ResyncStarted))
}

fn all_delivered(played: &Played) {
    assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered);
    assert_eq!(played.totals.duplicates_seen, 0);
}

#[test]
fn what_a_gateway_lacks_comes_at_the_pace_of_synchronising_then_it_claims() {
    for times in times() {
        for count in [1, 2, 7, 64, 65, 100] {
            for resync in [
                resync(64, 0),
                resync(1, 0),
                resync(64, 1_000_000),
                resync(3, 1_000_000),
                resync(1, 7_777_777),
                resync(1000, 999_999_937),
            ] {
                let seen = play(&world(count, times, resync));
                let case = format!("{count}, {resync:?}, {times:?}");
                let has_all = synchronised(count, times, resync);
                assert_eq!(started(&seen.seen, HOME), [at(20_000)], "{case}");
                assert_eq!(finished(&seen.seen, HOME), [(has_all, count, count * BYTES)], "{case}");
                let claimed = has_all + times.link * 2 + times.directory * 2;
                assert_eq!(claims(&seen.seen, HOME, AWAY), [claimed], "{case}");
                assert_eq!(claims(&seen.seen, HOME, THERE), [claimed], "in one request: {case}");
                // Online at 40 s, it attaches to its home, which has the mail.
                for message in 0..count {
                    let created = at(10_000 + message * 10);
                    let expected = at(40_000) + times.access * 2 - created;
                    assert_eq!(seen.latency(message as u32, AWAY), Some(expected), "{case}");
                }
                all_delivered(&seen);
            }
        }
    }
}

#[test]
fn batches_are_packets_of_so_many_messages() {
    let packets = |batch, bits| {
        let played = play(&world(60, Times::PLAIN, resync(batch, bits)));
        played.costs.packets
    };
    assert_eq!(packets(1, 0) - packets(60, 0), 59);
    assert_eq!(packets(7, 0) - packets(60, 0), 8);
}

#[test]
fn a_disk_writes_what_comes_before_the_claim() {
    let times = Times { disk: Span::micros(1300), ..Times::PLAIN };
    let count = 9;
    let seen = play(&world(count, times, resync(4, 0)));
    let has_all = synchronised(count, times, resync(4, 0)) + times.disk * count;
    assert_eq!(finished(&seen.seen, HOME), [(has_all, count, count * BYTES)]);
    let claimed = has_all + times.link * 2 + times.directory * 2;
    assert_eq!(claims(&seen.seen, HOME, AWAY), [claimed]);
    all_delivered(&seen);
}

#[test]
fn what_a_disk_kept_is_not_sent() {
    let times = Times { disk: Span::micros(1300), ..Times::PLAIN };
    let mut setup = world(5, times, resync(2, 1_000_000));
    let StrategyOptions::Chain(options) = &mut setup.strategy else { panic!("a chain") };
    options.length = 2;
    // The home has stored the first two when it dies.
    let who = Who::Nodes(vec![NodeId::new(HOME as usize)]);
    let crash = What::Crash { who, disk: DiskFate::Kept };
    setup.faults[0] = Fault::once(crash, at(10_038), Span::millis(9_962));
    let seen = play(&setup);
    assert_eq!(stored(&seen.seen, HOME, 0).len() + stored(&seen.seen, HOME, 1).len(), 2);
    let [(_, messages, bytes)] = finished(&seen.seen, HOME)[..] else { panic!("one resync") };
    assert_eq!((messages, bytes), (3, 3000), "two were there");
    all_delivered(&seen);
}

/// Twenty messages, 160 ms of synchronising.
const COUNT: u64 = 20;
const SLOW: ResyncOptions =
    ResyncOptions { batch: 4, bandwidth: Bandwidth::bits_per_second(1_000_000) };

/// The world above, with a message that reaches the old host at this instant.
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

/// What the home holds it lets go of when it is delivered.
fn lets_go_of_all(played: &Played) {
    let kept = instants(&played.seen, HOME, |note| matches!(note, Note::Kept(_)));
    let dropped = instants(&played.seen, HOME, |note| matches!(note, Note::Dropped(..)));
    assert_eq!(kept.len(), dropped.len());
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

#[test]
fn a_home_that_dies_again_has_taken_nothing() {
    let times = Times::PLAIN;
    let has_all = synchronised(COUNT, times, SLOW);
    let claims_at = has_all + times.link * 2;
    for dies in [at(20_001), at(20_080), has_all, before(claims_at, Span::nanos(1))] {
        let mut setup = world(COUNT, times, SLOW);
        // 25 s: while the home is dead again. It returns at 30 s.
        list(&mut setup, COUNT, &[(at(25_000), THERE)]);
        let who = Who::Nodes(vec![NodeId::new(HOME as usize)]);
        let crash = What::Crash { who, disk: DiskFate::Kept };
        setup.faults.push(Fault::once(crash, dies, at(30_000) - dies));
        let seen = play(&setup);
        let no_fault = times.access * 2 + times.link * 2;
        assert_eq!(seen.latency(COUNT as u32 + 1, THERE), Some(no_fault), "{dies}");
        assert_eq!(started(&seen.seen, HOME), [at(20_000), at(30_000)]);
        let again = has_all + Span::secs(10);
        let last = *finished(&seen.seen, HOME).last().unwrap();
        assert_eq!(last, (again, COUNT, COUNT * BYTES), "all of it again: memory forgets");
        let claimed = again + times.link * 2 + times.directory * 2;
        assert_eq!(claims(&seen.seen, HOME, AWAY), [claimed]);
        assert_eq!(claims(&seen.seen, HOME, THERE), [claimed]);
        all_delivered(&seen);
    }
}

#[test]
fn a_home_that_dies_with_its_claim_under_way_is_taken_over_again() {
    let times = Times::PLAIN;
    let claims_at = synchronised(COUNT, times, SLOW) + times.link * 2;
    let mut setup = world(COUNT, times, SLOW);
    list(&mut setup, COUNT, &[(at(25_000), THERE)]);
    setup.faults.push(dead(HOME, claims_at + Span::nanos(1)));
    let seen = play(&setup);
    assert_eq!(claims(&seen.seen, HOME, THERE), [], "it never heard the yes");
    // The directory gave it the clients: their mail goes there. It is suspected by then, since it did not
    // hear that what it mirrored was received: the gateway before it takes over at once.
    let at_penultimate = times.access + times.link;
    let expected = at_penultimate + times.directory * 2 + times.access;
    assert_eq!(seen.latency(COUNT as u32 + 1, THERE), Some(expected));
    all_delivered(&seen);
}

#[test]
fn a_host_that_dies_meanwhile_has_handed_nothing_over() {
    let times = Times::PLAIN;
    let has_all = synchronised(COUNT, times, SLOW);
    for dies in [at(20_003), at(20_080), has_all + Span::millis(1)] {
        let mut setup = world(COUNT, times, SLOW);
        list(&mut setup, COUNT, &[(at(22_000), AWAY), (at(22_000), THERE)]);
        setup.faults.push(dead(HOST, dies));
        let seen = play(&setup);
        let claimed_by_third = claims(&seen.seen, THIRD, THERE);
        let timeout = ChainOptions::default().ack_timeout * 2;
        let detected = at(22_000) + times.access + times.link + timeout + times.directory * 2;
        assert_eq!(claimed_by_third, [detected], "{dies}");
        // The home hears of the new host at that instant, and turns to it.
        let [claimed] = claims(&seen.seen, HOME, THERE)[..] else { panic!("one claim, {dies}") };
        let least = detected + times.link * 4 + times.directory * 2;
        assert!(claimed >= least && claimed <= at(23_000), "{dies}: {claimed}");
        assert_eq!(claims(&seen.seen, HOME, AWAY).len(), 1, "{dies}");
        // The source still has everything.
        all_delivered(&seen);
    }
}

#[test]
fn several_hosts_let_go_each_for_itself() {
    let times = Times::PLAIN;
    let mut setup = world(COUNT, times, SLOW);
    setup.clients.keepalive = Span::secs(1);
    // This client can't reach the first neighbour, and finds the second before there is mail for it.
    list(&mut setup, COUNT, &[]);
    setup.workload.times = {
        let mut messages = List::new();
        for number in 0..COUNT {
            messages.push(&Listed {
                at: at(15_000 + number * 10),
                from: ClientId(SENDER),
                to: vec![ClientId(AWAY)],
                bytes: Some(BYTES as u32),
                attachment: Some(0),
                view: Some(Span::ZERO),
            });
        }
        SendTimes::List(messages)
    };
    let ends = (client(&setup, THERE), NodeId::new(HOST as usize));
    setup.faults.push(Fault::from(What::Link { ends, one_way: false }, at(0)));
    let seen = play(&setup);
    assert_eq!(claims(&seen.seen, THIRD, THERE).len(), 1);
    assert_eq!(claims(&seen.seen, HOST, AWAY).len(), 1);
    let then = times.link * 2 + times.directory * 2;
    assert_eq!(claims(&seen.seen, HOME, THERE), [synchronised(0, times, SLOW) + then]);
    assert_eq!(claims(&seen.seen, HOME, AWAY), [synchronised(COUNT, times, SLOW) + then]);
    let has_all = synchronised(COUNT, times, SLOW);
    assert_eq!(finished(&seen.seen, HOME), [(has_all, COUNT, COUNT * BYTES)], "the last of them");
    all_delivered(&seen);
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
    setup.strategy = StrategyOptions::Chain(options);
    let seen = play(&setup);
    assert_eq!(claims(&seen.seen, HOME, THERE), []);
    let answered = at(20_000) + Times::PLAIN.directory * 2;
    assert_eq!(finished(&seen.seen, HOME), [(answered, 0, 0)], "there is nothing to get");
    assert_eq!(seen.row(COUNT as u32, THERE).host, Some(GatewayId(HOST)));
    // The other has never heard of any other host, and asks for this one.
    assert_eq!(claims(&seen.seen, HOME, AWAY).len(), 1);
}

#[test]
fn with_fixed_chains_a_gateway_gets_the_queues_of_all_chains_that_it_is_in() {
    let times = Times::PLAIN;
    let resync = resync(2, 1_000_000);
    let got = |split, failback| {
        let mut setup = world(5, times, resync);
        let options = ChainOptions { split, failback, resync, ..ChainOptions::default() };
        setup.strategy = StrategyOptions::Chain(options);
        // The host lives; who stands after it in the chain of its clients is dead for a while.
        setup.faults[0] = {
            let who = Who::Nodes(vec![NodeId::new(HOST as usize)]);
            let crash = What::Crash { who, disk: DiskFate::Lost };
            Fault::once(crash, at(5_000), Span::secs(15))
        };
        let seen = play(&setup);
        assert_eq!(seen.count(|note| matches!(note, Note::Claimed { .. })), 0);
        all_delivered(&seen);
        lets_go_of_all(&seen);
        finished(&seen.seen, HOST)
    };
    for failback in [Failback::Resume, Failback::Stay] {
        assert_eq!(got(true, failback), [(synchronised(5, times, resync), 5, 5 * BYTES)]);
        let answered = at(20_000) + times.directory * 2;
        assert_eq!(got(false, failback), [(answered, 0, 0)], "only those at home there");
    }
}
