//! Coming back: what a gateway that returns gets, and when, also where somebody dies meanwhile. All instants are exact.

use crate::common::returns::*;
use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback, ResyncOptions, ResyncWhat};
use penult_models::*;
use penult_sim::*;

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
fn it_gets_the_whole_of_its_queues_what_was_received_too() {
    for times in times() {
        for (what, got) in [(ResyncWhat::All, COUNT + 1), (ResyncWhat::Undelivered, COUNT)] {
            let resync = ResyncOptions { what, ..SLOW };
            let mut setup = world(COUNT, times, resync);
            chain(&mut setup).delete_on = DeleteOn::Never.into();
            let seen = play(&setup);
            // One more message came to the client that is there, which has it; nothing deletes it.
            let has_all = synchronised(got, times, resync);
            assert_eq!(finished(&seen.seen, HOME), [(has_all, got, got * BYTES)], "{what:?}");
            let claimed = has_all + times.link * 2 + times.directory * 2;
            assert_eq!(claims(&seen.seen, HOME, THERE), [claimed], "{what:?}");
            all_delivered(&seen);
            assert_eq!(
                seen.totals.duplicates_stopped, 0,
                "what was received is not handed over again"
            );
        }
    }
}

#[test]
fn it_gets_what_its_users_sent() {
    for times in times() {
        for (what, got) in [(ResyncWhat::All, 1), (ResyncWhat::Undelivered, 0)] {
            let resync = ResyncOptions { what, ..SLOW };
            let mut setup = world(0, times, resync);
            // Its client writes to one at home on g0 who is away, from the gateway that hosts it meanwhile. That
            // has stored it, and has passed it on.
            setup.clients.keepalive = Span::secs(1);
            listed(&mut setup, &[(at(15_000), THERE, &[SENDER])]);
            let away = What::Offline(Who::Nodes(vec![client(&setup, SENDER)]));
            setup.faults.push(Fault::once(away, at(12_000), Span::secs(18)));
            let seen = play(&setup);
            let has_all = synchronised(got, times, resync);
            assert_eq!(finished(&seen.seen, HOME), [(has_all, got, got * BYTES)], "{what:?}");
            assert_eq!(stored(&seen.seen, HOME, 0).len() as u64, got, "{what:?}");
            // It is delivered once, and deleted there with the others.
            assert_eq!(seen.latency(0, SENDER), Some(Span::secs(15) + times.access * 2));
            all_delivered(&seen);
            assert_eq!((seen.totals.duplicates_stopped, seen.queued.now()), (0, 0), "{what:?}");
        }
    }
}

/// The host of its client takes a message, and dies before anybody else has it; who came back and has got it brings it
/// to the recipient's host.
#[test]
fn what_it_got_of_what_its_users_sent_it_brings_to_the_host() {
    let times = Times::PLAIN;
    let mut setup = world(0, times, SLOW);
    setup.clients.keepalive = Span::secs(1);
    listed(&mut setup, &[(at(19_970), THERE, &[SENDER])]);
    // The host can reach nobody but the one that comes back, and the directory.
    for other in (0..8).filter(|other| ![HOME, HOST].contains(other)) {
        let cut = What::link(node(HOST), node(other));
        setup.faults.push(Fault::from(cut, at(19_000)));
    }
    setup.faults.push(dead(HOST, at(20_030)));
    let seen = play(&setup);
    let got = stored(&seen.seen, HOME, 0)[0];
    // Offered, wanted, sent, handed over.
    let expected = got + times.link * 3 + times.access;
    assert_eq!(seen.latency(0, SENDER), Some(expected - at(19_970)));
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
    let options = chain(&mut setup);
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
                harmful: None,
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

#[test]
fn with_fixed_chains_a_gateway_gets_the_queues_of_all_chains_that_it_is_in() {
    let times = Times::PLAIN;
    let resync = resync(2, 1_000_000);
    let got = |split, failback| {
        let mut setup = world(5, times, resync);
        let options = ChainOptions { split, failback, resync, ..ChainOptions::default() };
        setup.strategy = StrategyOptions::of::<Chain>(options);
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
