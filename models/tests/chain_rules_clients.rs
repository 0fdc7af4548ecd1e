//! Rules of devices: how they try, when they give a host up and where they turn, and which host they believe.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Failback};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 12;
const HOST: u32 = 8;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;

fn world(length: u32, times: Times) -> Setup {
    let options = ChainOptions { length, ..ChainOptions::default() };
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
    listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
    setup
}

fn device(setup: &Setup, client: u32) -> NodeId {
    setup.places().client(ClientId(client))
}

fn no_fault(times: Times, gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1) + access
}

/// When a device first asks its host whether it is there so that this comes after an instant.
fn next_keepalive(setup: &Setup, client: u32, access: Span, after: Time) -> Time {
    let every = setup.clients.keepalive;
    let uniform = Delay::from_nanos(Distribution::uniform(0.0, every.as_nanos() as f64).unwrap());
    let entity = setup.entity(device(setup, client));
    let mut stream = Stream::new(purpose::KEEPALIVE_PHASE, entity.into());
    let mut sent = Time::ZERO + uniform.sample(&mut stream.with(&Seed::new(setup.seed)));
    while sent + access < after {
        sent += every;
    }
    sent
}

fn told(played: &Played, node: NodeId, wanted: impl Fn(&Note) -> bool) -> Vec<Time> {
    let notes = played.seen.notes.iter();
    notes.filter(|(_, by, note)| *by == node && wanted(note)).map(|&(at, ..)| at).collect()
}

fn attached(played: &Played, node: NodeId) -> Vec<(Time, GatewayId, u32)> {
    let notes = played.seen.notes.iter().filter(|(_, by, _)| *by == node);
    notes
        .filter_map(|&(at, _, ref note)| match *note {
            Note::Attached { host, epoch } => Some((at, host, epoch)),
            _ => None,
        })
        .collect()
}

/// No packet passes from one to the other.
fn deaf(from: NodeId, to: NodeId, since: Time, lasts: Span) -> Fault {
    Fault::once(What::Link { ends: (from, to), one_way: true }, since, lasts)
}

#[test]
fn keepalives_alone_find_a_dead_host() {
    for times in several_times() {
        // The device's next keepalive comes at another time with each seed.
        for (seed, split) in (1..=16).zip([false, true].into_iter().cycle()) {
            let length = (seed as u32).div_ceil(2);
            let options = ChainOptions { length, split, ..ChainOptions::default() };
            let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
            listed(&mut setup, &[]);
            setup.seed = seed;
            let crash = at(20_000) + Span::nanos(12_345);
            setup.faults.push(dead(HOST, crash));
            let played = play(&setup);
            let device = device(&setup, RECIPIENT);
            let ClientOptions { keepalive, send_timeout, reconnect, .. } = setup.clients;
            // One on its way to the host at the crash is lost too.
            let asked = next_keepalive(&setup, RECIPIENT, times.access, crash);
            let gone = asked + keepalive + send_timeout;
            assert_eq!(told(&played, device, |note| matches!(note, Note::Detached)), [gone]);
            let Times { access, directory, .. } = times;
            let back = gone + reconnect + access * 2 + directory * 2;
            // The device is at the first of the list, by the directory's word.
            assert_eq!(attached(&played, device), [(back, GatewayId(HOST + 1), 2)], "{times:?}");
        }
    }
}

/// As often as a device waits for an answer, or more often: several keepalives are open, and each is judged by
/// itself.
#[test]
fn a_host_that_answers_each_keepalive_is_kept() {
    let times = UNEVEN;
    let (timeout, round) = (ClientOptions::default().send_timeout, times.access * 2);
    let nano = Span::nanos(1);
    let mut every = vec![timeout + nano, timeout, timeout - nano, timeout - round + nano];
    let part = |span: Span, of: u64| Span::nanos(span.as_nanos() / of);
    every.extend((2..=9).flat_map(|of| [part(timeout, of), part(timeout - round, of) + nano]));
    every.extend([timeout - round, timeout - round - nano, timeout - part(round, 2)]);
    for keepalive in every {
        let mut setup = mesh(GATEWAYS, &[0, HOST], times, &ChainOptions::default());
        listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
        setup.clients.keepalive = keepalive;
        let played = play(&setup);
        let left = played.count(|note| matches!(note, Note::Detached | Note::Claimed { .. }));
        assert_eq!(left, 0, "every {keepalive}");
    }
}

/// Two keepalives in a row without a word from the host, each in the time after it: then the host is gone, however
/// many others are open.
#[test]
fn keepalives_that_overlap_find_a_dead_host() {
    let times = UNEVEN;
    for every in [50, 333, 700, 1_000, 1_990, 2_000, 2_010, 3_000] {
        let mut setup = mesh(GATEWAYS, &[0, HOST], times, &ChainOptions::default());
        listed(&mut setup, &[]);
        setup.clients.keepalive = Span::millis(every);
        let crash = at(20_000) + Span::nanos(12_345);
        setup.faults.push(dead(HOST, crash));
        let played = play(&setup);
        let ClientOptions { keepalive, send_timeout, .. } = setup.clients;
        let asked = next_keepalive(&setup, RECIPIENT, times.access, crash);
        let gone = asked + keepalive + send_timeout;
        let device = device(&setup, RECIPIENT);
        let left = told(&played, device, |note| matches!(note, Note::Detached));
        assert_eq!(left, [gone], "every {keepalive}");
    }
}

/// An answer that comes when its keepalive's time is over is too late for that one, and in time for the next.
#[test]
fn a_late_answer_counts_for_the_next_keepalive() {
    let times = UNEVEN;
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &ChainOptions::default());
    listed(&mut setup, &[]);
    // The first is answered after its time is over by a nanosecond, the second in the middle of its own.
    setup.clients.send_timeout = times.access * 2 - Span::nanos(1);
    setup.clients.keepalive = times.access;
    let played = play(&setup);
    assert_eq!(played.count(|note| matches!(note, Note::Detached)), 0);
    // With no other open, each is missed.
    setup.clients.keepalive = times.access * 3;
    let played = play(&setup);
    assert!(played.count(|note| matches!(note, Note::Detached)) > 0);
}

#[test]
fn with_its_whole_list_dead_a_device_finds_another_gateway() {
    for length in 1..=5 {
        let times = UNEVEN;
        let mut setup = world(length, times);
        listed(&mut setup, &[]);
        let crash = at(20_000);
        setup.faults.extend((HOST..HOST + length).map(|listed| dead(listed % GATEWAYS, crash)));
        let played = play(&setup);
        let device = device(&setup, RECIPIENT);
        let ClientOptions { keepalive, send_timeout, reconnect, .. } = setup.clients;
        let asked = next_keepalive(&setup, RECIPIENT, times.access, crash);
        let gone = asked + keepalive + send_timeout;
        let round = (reconnect + send_timeout) * u64::from(length - 1) + reconnect;
        let back = gone + round + times.access * 2 + times.directory * 2;
        let host = GatewayId((HOST + length) % GATEWAYS);
        assert_eq!(attached(&played, device), [(back, host, 2)], "length {length}");
    }
}

/// The k-th wait is `send_timeout · send_backoff^(k−1)`.
#[test]
fn attempts_are_ever_farther_apart() {
    for backoff in [1.0, 2.0, 3.0] {
        for attempt in 1..=5_u32 {
            let times = UNEVEN;
            let mut setup = world(3, times);
            setup.clients.keepalive = Span::secs(1000);
            setup.clients.send_backoff = backoff;
            setup.stops = at(300_000);
            let timeout = setup.clients.send_timeout;
            let waits = (1..attempt).map(|k| timeout * (backoff as u64).pow(k - 1));
            let waited = waits.fold(Span::ZERO, |sum, wait| sum + wait);
            // Out of reach of all until the instant before this attempt.
            let sender = device(&setup, SENDER);
            let lasts = Span::secs(5) + waited - Span::nanos(1);
            setup.faults.extend((0..GATEWAYS).map(|gateway| {
                Fault::once(What::link(sender, NodeId::new(gateway as usize)), at(5_000), lasts)
            }));
            let played = play(&setup);
            // They go round: the list, then the others, one after the other.
            let source = attempt - 1;
            let row = played.row(0, RECIPIENT);
            let expected = waited + no_fault(times, 3);
            assert_eq!(row.latency(), Some(expected), "attempt {attempt}, × {backoff}");
            assert_eq!(row.phases.get(Phase::Outbox), waited);
            let stored = played.seen.notes.iter().find_map(|(_, node, note)| {
                matches!(note, Note::Stored { .. }).then_some(node.raw())
            });
            assert_eq!(stored, Some(source));
        }
    }
}

#[test]
fn a_device_gives_up_after_so_many_attempts() {
    for attempts in 1..=4_u32 {
        let mut setup = world(3, Times::PLAIN);
        setup.clients.keepalive = Span::secs(1000);
        setup.clients.send_attempts = attempts;
        setup.stops = at(200_000);
        let sender = device(&setup, SENDER);
        setup.faults.extend((0..GATEWAYS).map(|gateway| {
            Fault::from(What::link(sender, NodeId::new(gateway as usize)), at(5_000))
        }));
        let played = play(&setup);
        let row = played.row(0, RECIPIENT);
        assert_eq!(row.fate, Fate::Unsent, "nobody else ever stored it");
        // 2 s, 4 s, 8 s…
        let waited = setup.clients.send_timeout * ((1 << attempts) - 1);
        assert_eq!(row.gone, Some(at(10_000) + waited));
        let cause = row.cause.map(|cause| cause.to_string());
        assert_eq!(cause.as_deref(), Some("gave-up(c0)"));
        assert_eq!(row.accepted, None);
    }
}

/// A gateway has stored it and dies with it; the sender has not heard that, and has the last copy.
#[test]
fn giving_up_the_last_copy_of_what_was_stored_is_a_loss() {
    let mut setup = world(2, Times::PLAIN);
    setup.clients.keepalive = Span::secs(1000);
    setup.clients.send_attempts = 3;
    let (sender, source) = (device(&setup, SENDER), NodeId::new(0));
    setup.faults.push(Fault::from(What::link(source, NodeId::new(HOST as usize)), at(5_000)));
    setup.faults.push(dead(0, at(10_100)));
    setup.faults.push(Fault::from(What::Link { ends: (source, sender), one_way: true }, at(5_000)));
    setup.faults.extend(
        (1..GATEWAYS).map(|gateway| {
            Fault::from(What::link(sender, NodeId::new(gateway as usize)), at(5_000))
        }),
    );
    let played = play(&setup);
    let row = played.row(0, RECIPIENT);
    assert_eq!((row.fate, row.accepted), (Fate::Lost, None));
    let cause = row.cause.map(|cause| cause.to_string());
    assert_eq!((cause.as_deref(), row.gone), (Some("gave-up(c0)"), Some(at(24_000))));
}

/// The source has it, and its ack got lost: the next of the list is told so, or tells from what it knows.
#[test]
fn at_a_second_source_nothing_is_stored_twice() {
    for times in several_times() {
        // The next of the sender's list is on the way of the first sequence, or it is not.
        for (home, on_the_way) in [(1, true), (HOST, false)] {
            let mut setup = world(3, times);
            setup.homes[RECIPIENT as usize] = GatewayId(home);
            setup.clients.keepalive = Span::secs(1000);
            let (sender, source) = (device(&setup, SENDER), NodeId::new(0));
            setup.faults.push(deaf(source, sender, at(5_000), Span::secs(6)));
            let played = play(&setup);
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.latency(), Some(no_fault(times, 3)));
            // A second source without it does what a first one would: it stores it, then says so.
            let Times { access, cpu, disk, policy, .. } = times;
            let work = if on_the_way { Span::ZERO } else { policy + cpu + disk };
            let accepted = row.created + setup.clients.send_timeout + access * 2 + work;
            // One that remembers the id need not even work on it again.
            let accepted = if on_the_way { accepted + cpu } else { accepted };
            assert_eq!(row.accepted, Some(accepted), "on the way {on_the_way}, {times:?}");
            let mut stored: Vec<u32> = played
                .seen
                .notes
                .iter()
                .filter(|(.., note)| matches!(note, Note::Stored { .. }))
                .map(|(_, node, _)| node.raw())
                .collect();
            let all = stored.len();
            stored.sort_unstable();
            stored.dedup();
            assert_eq!(stored.len(), all, "nobody stores it twice");
            assert!(stored.contains(&home));
            assert_eq!(played.totals.duplicates_stopped, 0, "the host takes it once");
            assert_eq!(played.totals.of(Fate::Delivered), 1);
        }
    }
}

/// While a host is cut off from the others, and its client is not, another takes the client over. What
/// the old host hands over then is refused; it hears the newer epoch and, when it can, gives the mail on.
#[test]
fn a_stale_host_is_refused_and_relays() {
    let times = UNEVEN;
    let failback = Failback::Stay;
    let options = ChainOptions { length: 1, failback, ..ChainOptions::default() };
    // c2 is at home with the recipient.
    let mut setup = mesh(GATEWAYS, &[0, HOST, HOST], times, &options);
    listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT]), (at(20_000), 2, &[RECIPIENT])]);
    setup.clients.keepalive = Span::secs(1000);
    let alone = vec![NodeId::new(HOST as usize)];
    let mut others: Vec<NodeId> =
        (0..HOST).chain(HOST + 1..GATEWAYS).map(|it| NodeId::new(it as usize)).collect();
    others.push(setup.places().service(0));
    setup.faults.push(Fault::once(What::Partition(vec![others, alone]), at(5_000), Span::secs(19)));
    let played = play(&setup);
    let Times { access, link, cpu, disk, policy, directory, .. } = times;
    let receiver = device(&setup, RECIPIENT);
    // The source takes it over, and delivers.
    let taken = at(10_000) + access + policy + cpu + disk + Span::millis(400) + directory * 2;
    assert_eq!(attached(&played, receiver), [(taken + access, GatewayId(0), 2)]);
    assert_eq!(played.row(0, RECIPIENT).delivered, Some(taken + access));
    // The old host hands over in the old epoch, and hears of the newer one. It asks the directory who it
    // is: at once, and after T, 2T, 4T… The first question after the partition is over is answered.
    let handed = at(20_000) + access + policy + cpu + disk;
    let asked = handed + access * 2;
    let questions = (0..8).map(|n| asked + Span::millis(200) * ((1 << n) - 1));
    let answered =
        questions.into_iter().find(|&question| question >= at(24_000)).unwrap() + directory * 2;
    // The ids, what of them is wanted, and that.
    let expected = answered + link * 3 + cpu + disk + access;
    let row = played.row(1, RECIPIENT);
    assert_eq!((row.delivered, row.host), (Some(expected), Some(GatewayId(0))));
    assert_eq!(played.totals.duplicates_seen, 0);
    assert_eq!(told(&played, receiver, |note| matches!(note, Note::Delivered(_))).len(), 2);
}

/// Nobody but one device notices that its home is out of reach, and of that device alone.
#[test]
fn a_client_cut_off_from_its_home_alone_is_hosted_by_the_next() {
    for times in several_times() {
        let mut setup = world(3, times);
        let (device, home) = (device(&setup, RECIPIENT), NodeId::new(HOST as usize));
        let cut = at(9_000);
        setup.faults.push(Fault::from(What::link(device, home), cut));
        let played = play(&setup);
        let ClientOptions { keepalive, send_timeout, reconnect, .. } = setup.clients;
        let asked = next_keepalive(&setup, RECIPIENT, times.access, cut);
        let claimed =
            asked + keepalive + send_timeout + reconnect + times.access + times.directory * 2;
        let first = attached(&played, device)[0];
        assert_eq!(first, (claimed + times.access, GatewayId(HOST + 1), 2), "{times:?}");
        // The next of its list is the penultimate, and has the mail: it comes with the new host's word.
        let row = played.row(0, RECIPIENT);
        assert_eq!(row.delivered, Some(claimed + times.access));
        assert_eq!(row.host, Some(GatewayId(HOST + 1)));
        assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
    }
}

/// The device was away without a word, and comes back between two sendings of its host, which are far apart by
/// then. The last was less than `send_timeout` ago: nobody was there to get it.
#[test]
fn a_device_that_is_back_gets_at_once_what_it_missed() {
    for times in several_times() {
        for crashed in [false, true] {
            let mut setup = world(3, times);
            let device = device(&setup, RECIPIENT);
            let stored = at(10_000) + (no_fault(times, 3) - times.access);
            let back = stored + Span::secs(2 + 4) + Span::millis(700);
            let what = if crashed { What::crash(device) } else { What::offline(device) };
            setup.faults.push(Fault::once(what, at(5_000), back - at(5_000)));
            let played = play(&setup);
            let delivered = played.row(0, RECIPIENT).delivered;
            assert_eq!(delivered, Some(back + times.access * 2), "{times:?}");
        }
    }
}

/// A host that was gone for an instant only: nobody noticed. It asks who is here, claims them anew, and so
/// hears of the mail that others hold.
#[test]
fn a_restart_that_nobody_noticed_is_made_good() {
    let forgets = |times: &Times| times.queue() == QueuePlace::Memory;
    for times in several_times().into_iter().filter(forgets) {
        for length in 2..=6 {
            let mut setup = world(length, times);
            let (device, home) = (device(&setup, RECIPIENT), NodeId::new(HOST as usize));
            setup.clients.keepalive = Span::secs(1000);
            setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(35)));
            setup.faults.push(Fault::once(What::crash(home), at(20_000), Span::millis(1)));
            let played = play(&setup);
            // The inventory, the claim and its notice; the ids, what of them is wanted, and that.
            let Times { access, link, cpu, directory, .. } = times;
            let stored = at(20_001) + directory * 4 + link * 3 + cpu;
            let all = told(&played, home, |note| matches!(note, Note::Stored { .. }));
            assert_eq!(all.len(), 2, "before the crash, and again");
            assert_eq!(all[1], stored, "length {length}, {times:?}");
            assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
            // The device turns to it when it is back, and hears of the new epoch.
            let back = at(40_000) + access * 2;
            assert_eq!(played.row(0, RECIPIENT).delivered, Some(back));
            assert_eq!(attached(&played, device), [(back, GatewayId(HOST), 2)]);
        }
    }
}

#[test]
fn a_client_of_a_host_that_restarts_stays_and_hears_of_the_new_epoch() {
    for times in several_times() {
        let mut setup = world(3, times);
        let (device, home) = (device(&setup, RECIPIENT), NodeId::new(HOST as usize));
        setup.faults.push(Fault::once(What::crash(home), at(8_000), Span::millis(500)));
        let played = play(&setup);
        let told = at(8_500) + times.directory * 4 + times.access;
        assert_eq!(attached(&played, device), [(told, GatewayId(HOST), 2)], "{times:?}");
        assert_eq!(played.latency(0, RECIPIENT), Some(no_fault(times, 3)));
    }
}

/// Lost with its source's memory, or not lost with its disk: what no other gateway got.
#[test]
fn mail_on_the_disk_of_one_that_returns_goes_to_its_host() {
    let times = UNEVEN;
    let mut setup = world(2, times);
    let (source, host) = (NodeId::new(0), NodeId::new(HOST as usize));
    let Times { access, link, cpu, disk, policy, directory, .. } = times;
    let stored = at(10_000) + access + policy + cpu + disk;
    // It has told the sender, and dies before any other gateway has it.
    setup.faults.push(Fault::once(What::link(source, host), at(9_000), Span::secs(5)));
    let dies = stored + Span::nanos(1);
    let lasts = at(30_000) - dies;
    setup.faults.push(Fault::once(What::crash(source), dies, lasts));
    let played = play(&setup);
    let row = played.row(0, RECIPIENT);
    assert_eq!(row.accepted, Some(stored + access));
    // The directory says whom it has mail for; then the ids, what of them is wanted, and that.
    let expected = at(30_000) + directory * 2 + link * 3 + cpu + disk + access;
    assert_eq!(row.delivered, Some(expected));

    setup.gateways.queue = QueuePlace::Memory;
    let played = play(&setup);
    let row = played.row(0, RECIPIENT);
    let cause = row.cause.map(|cause| cause.to_string());
    assert_eq!((row.fate, cause.as_deref()), (Fate::Lost, Some("crash(g0)")));
}

/// An ack that comes at the very instant of the timeout is late: the message is sent once more.
#[test]
fn an_ack_at_the_instant_of_the_timeout_is_late() {
    for times in several_times() {
        let round_trip = times.link * 2 + times.cpu + times.disk;
        for (timeout, packets) in [(round_trip, 2), (round_trip + Span::nanos(1), 1)] {
            let options =
                ChainOptions { length: 2, ack_timeout: timeout, ..ChainOptions::default() };
            let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
            listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
            let played = play(&setup);
            // From the device, between the gateways, and to the device.
            assert_eq!(played.costs.transmissions, 2 + packets, "{times:?}");
            assert_eq!(played.latency(0, RECIPIENT), Some(no_fault(times, 2)));
            assert_eq!(played.count(|note| matches!(note, Note::Suspected(_))), 0);
        }
        // With a single attempt it is a suspicion: the source takes the recipient over.
        let options = ChainOptions {
            length: 2,
            ack_timeout: round_trip,
            attempts: 1,
            ..ChainOptions::default()
        };
        let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options);
        listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
        let played = play(&setup);
        let Times { access, cpu, disk, policy, .. } = times;
        let late = at(10_000) + access + policy + cpu + disk + round_trip;
        assert_eq!(
            told(&played, NodeId::new(0), |note| matches!(note, Note::Suspected(_)))[0],
            late
        );
        assert_eq!(played.totals.duplicates_seen, 0);
    }
}

/// g4 is cut off from 5 s to 20 s, and so does not hear that g0 took c1 over. c1, which was off the network
/// meanwhile, comes back to it at 20.1 s: it hosts c1 as far as it knows, but asks the directory beside that.
#[test]
fn a_host_that_was_replaced_unheard_learns_of_it_when_its_client_attaches() {
    let options = ChainOptions { length: 2, ..ChainOptions::default() };
    let mut setup = mesh(8, &[0, 4], Times::PLAIN, &options);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    let (places, device) = (setup.places(), setup.places().client(ClientId(1)));
    let gateways = (0..8).filter(|&gateway| gateway != 4).map(node);
    let others = gateways.chain((0..2).map(|service| places.service(service))).collect();
    let faults = [
        (What::Partition(vec![others, vec![node(4)]]), 5_000, 20_000),
        (What::Offline(Who::Nodes(vec![device])), 5_000, 20_100),
    ];
    let strike = |(what, from, until)| Fault::once(what, at(from), Span::millis(until - from));
    setup.faults = faults.into_iter().map(strike).collect();
    let played = play(&setup);
    // Attach, question and answer, word of the new host, attach there, mail.
    let Times { access, directory, .. } = Times::PLAIN;
    let delivered = at(20_100) + access + directory * 2 + access * 3;
    assert_eq!(played.row(0, 1).delivered, Some(delivered));
    assert_eq!(played.row(0, 1).host, Some(GatewayId(0)));
}
