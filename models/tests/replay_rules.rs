//! Rules of `replay` one by one: connections, gaps, repeats, lines, keepalives that measure, what notes tell of it.

use crate::common::replaying::*;
use crate::common::*;
use penult_models::strategies::replay::{Letter, ReplayOptions, Unreliable};
use penult_models::{Packet, *};
use penult_sim::*;

const RECIPIENT: u32 = 1;
const BUS: BusTimes = BusTimes { latency: Span::millis(3), write: Span::millis(1) };

fn world(homes: &[u32], options: &ReplayOptions) -> Setup {
    let mut setup = stream(3, homes, Times::PLAIN, BUS, options);
    setup.stops = at(200_000);
    setup
}

/// Messages to the recipient, one each second from five seconds on.
fn each_second(setup: &mut Setup, count: u64) {
    let to: &[u32] = &[RECIPIENT];
    let all: Vec<(Time, u32, &[u32])> =
        (0..count).map(|nth| (at(5_000 + 1_000 * nth), 0, to)).collect();
    listed(setup, &all);
}

/// Packets to devices that carry events: when, and how many.
#[derive(Default)]
struct Pushes(Vec<(Time, usize)>);

impl<N: Node<Packet = Packet<Letter, W>>, W> Observer<N> for Pushes {
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        if let Observed::Sent(Carried {
            packet: Packet::Between(Letter::Events { events, .. }),
            ..
        }) = what
        {
            self.0.push((at, events.len()));
        }
    }
}

fn pushes(setup: &Setup) -> Vec<(Time, usize)> {
    use penult_models::strategies::replay::Replay;
    let options = setup.strategy.get::<Replay>().expect("it is replay").clone();
    let engine = setup.engine::<Replay>(options).expect("the workload is well formed");
    let mut engine = engine.observed_by(Pushes::default());
    engine.run(&Limits::until(setup.stops)).expect("there are few events");
    engine.into_observer().0
}

/// What nobody acks goes again, in one packet: after `send_timeout`, and then ever later, until silence ends the
/// connection.
#[test]
fn what_is_not_acked_goes_again_ever_later() {
    let mut setup = world(&[0, 1], &ReplayOptions::default());
    setup.clients.keepalive = Span::secs(20);
    setup.clients.send_timeout = Span::secs(2);
    each_second(&mut setup, 2);
    // Off the network before its first keepalive, and unnoticed.
    offline(&mut setup, RECIPIENT, at(100), Span::secs(150));
    let first = at(5_000) + Span::millis(20 + 3 + 1 + 3);
    let second = first + Span::secs(1);
    let mut due = vec![(first, 1), (second, 1)];
    let mut again = first;
    for wait in [2, 4, 8, 10, 10] {
        again += Span::secs(wait);
        due.push((again, 2));
    }
    // Silent for twice a keepalive and a timeout since the run began.
    let sent = pushes(&setup);
    let ends = at(42_000);
    let before: Vec<_> = due.into_iter().filter(|(at, _)| *at < ends).collect();
    assert_eq!(sent[..before.len()], before);
    assert!(sent[before.len()].0 > at(150_000), "{:?}", sent[before.len()]);
}

/// A device that lost something refuses what comes after it, says so, and gets all of it at once.
#[test]
fn a_gap_is_refused_and_filled_at_once() {
    let mut setup = world(&[0, 1], &ReplayOptions::default());
    setup.clients.send_timeout = Span::secs(30);
    each_second(&mut setup, 3);
    let (device, host) = (setup.places().client(ClientId(RECIPIENT)), node(1));
    // The first is lost on its way; nobody takes anybody for gone.
    setup.faults.push(Fault::once(What::link(device, host), at(5_010), Span::millis(500)));
    let played = play_replay(&setup);
    let pushed = |nth: u64| at(5_000 + 1_000 * nth) + Span::millis(27);
    // The second comes, its refusal goes back, and both come together.
    let filled = pushed(1) + Span::millis(60);
    for message in [0, 1] {
        assert_eq!(played.row(message, RECIPIENT).delivered, Some(filled));
    }
    assert_eq!(played.row(2, RECIPIENT).delivered, Some(pushed(2) + Span::millis(20)));
    assert_eq!(played.totals.duplicates_stopped, 0);
    assert_eq!(
        pushes(&setup),
        [(pushed(0), 1), (pushed(1), 1), (pushed(1) + Span::millis(40), 2), (pushed(2), 1)]
    );
}

/// A lost last event needs no gap: a keepalive brings it.
#[test]
fn a_keepalive_brings_what_was_sent_last() {
    let mut setup = world(&[0, 1], &ReplayOptions::default());
    setup.clients.send_timeout = Span::secs(3);
    setup.clients.keepalive = Span::secs(1);
    setup.clients.send_backoff = 9.0;
    each_second(&mut setup, 1);
    let (device, host) = (setup.places().client(ClientId(RECIPIENT)), node(1));
    setup.faults.push(Fault::once(What::link(device, host), at(5_010), Span::millis(4_000)));
    let played = play_replay(&setup);
    let delivered = played.row(0, RECIPIENT).delivered.expect("it was delivered");
    // Its timer sent it in vain after 3 s, and waits for 10 s from then.
    assert!((at(9_010)..at(12_100)).contains(&delivered), "{delivered}");
}

/// Who attaches anew while it waits in line goes to its end.
#[test]
fn a_place_in_line_goes_with_its_connection() {
    let options =
        ReplayOptions { max_temporary: Some(1), start: Span::secs(5), ..ReplayOptions::default() };
    let mut setup = world(&[0, 1, 1, 1], &options);
    listed(&mut setup, &[(at(5_000), 0, &[1, 2, 3])]);
    for client in 1..4 {
        offline(&mut setup, client, at(3_000), Span::secs(60) + Span::millis(client.into()));
    }
    let second = setup.places().client(ClientId(2));
    setup.faults.push(crash(second, at(63_500), Span::secs(1), DiskFate::Kept));
    let played = play_replay(&setup);
    let delivered = |client| played.row(0, client).delivered.expect("it was delivered");
    let (first, slot) = (at(63_001) + Span::millis(20 + 5_000 + 6 + 20), Span::millis(5_006));
    assert_eq!([1, 3, 2].map(delivered), [first, first + slot, first + slot * 2]);
}

/// A device whose keepalives take long, or are not answered, is told and moves on without a pause.
#[test]
fn an_unreliable_connection_is_left() {
    let slow = Unreliable { rtt: Some(Span::millis(100)), loss: None };
    let lossy = Unreliable { rtt: None, loss: Some(0.2) };
    for (unreliable, what) in [(slow, "slow"), (lossy, "lossy")] {
        let options = ReplayOptions { unreliable: Some(unreliable), ..ReplayOptions::default() };
        let mut setup = world(&[0, 1], &options);
        setup.clients.keepalive = Span::secs(1);
        setup.clients.send_timeout = Span::millis(900);
        let host = node(1);
        let plain = play_replay(&setup);
        assert_eq!(plain.attached(), [], "{what}: as it is, nothing is wrong");
        let trouble = match what {
            "slow" => Gray { latency: 3.0, ..Gray::NONE },
            _ => Gray { loss: 0.3, ..Gray::NONE },
        };
        let gray = What::Slow { who: host.into(), gray: trouble };
        setup.faults.push(Fault::from(gray, at(10_000)));
        let played = play_replay(&setup);
        let moved = played.attached();
        assert!(
            moved
                .iter()
                .any(|&(client, to, _)| { client == ClientId(RECIPIENT) && to == GatewayId(2) }),
            "{what}: {moved:?}"
        );
    }
}

/// What a delivery without faults spends where.
#[test]
fn phases_of_a_plain_delivery() {
    let options = ReplayOptions { replicas: 3, ..ReplayOptions::default() };
    let mut setup = stream(3, &[0, 1], UNEVEN, UNEVEN_BUS, &options);
    each_second(&mut setup, 1);
    let played = play_replay(&setup);
    let Times { access, cpu, disk, policy, .. } = UNEVEN;
    let BusTimes { latency, write } = UNEVEN_BUS;
    let expected = vec![
        // Between replicas too: until they have written it, its copy waits for the network.
        (Phase::Network, access * 2 + latency * 4 + write),
        (Phase::Cpu, policy + cpu * 2),
        (Phase::Disk, disk + write),
    ];
    assert_eq!(phases(played.row(0, RECIPIENT)), expected);
}

/// A rate's wait is the CPU's; that its client was away is the client's; what it waits for to be caught up, handover.
#[test]
fn phases_of_a_catch_up() {
    let options = ReplayOptions {
        start: Span::millis(300),
        between_pushes: Span::millis(50),
        ..ReplayOptions::default()
    };
    let mut setup = world(&[0, 1], &options);
    each_second(&mut setup, 3);
    let back = at(33_000);
    offline(&mut setup, RECIPIENT, at(3_000), back - at(3_000));
    let played = play_replay(&setup);
    for nth in 0..3_u64 {
        let row = played.row(nth as u32, RECIPIENT);
        let stored = row.created + Span::millis(20 + 3 + 1);
        let spent = |phase| row.phases.get(phase);
        assert_eq!(spent(Phase::Away), back - stored, "{nth}");
        // From its return until the bus reads.
        assert_eq!(spent(Phase::Handover), Span::millis(20 + 300 + 3), "{nth}");
        assert_eq!(spent(Phase::Cpu), Span::millis(50) * nth, "{nth}");
        assert_eq!(row.latency(), Some(row.phases.total()));
    }
}

/// While nobody leads, what a source has waits for the dead.
#[test]
fn the_time_without_a_primary_is_detection() {
    let options = ReplayOptions { replicas: 2, ..ReplayOptions::default() };
    let mut setup = world(&[0, 1], &options);
    listed(&mut setup, &[(at(10_100), 0, &[RECIPIENT])]);
    let who = bus(&setup, 0);
    setup.faults.push(crash(who, at(9_800), Span::secs(100), DiskFate::Kept));
    let played = play_replay(&setup);
    let row = played.row(0, RECIPIENT);
    // From storing to the new primary's heartbeat.
    let next = at(9_500) + Span::millis(3 + 1_500 + 1_000 + 3);
    assert_eq!(row.phases.get(Phase::Detection), next - (row.created + Span::millis(20)));
}

/// A dead server's client is not known to be without one until it notices; from then on it is handed over.
#[test]
fn the_time_until_a_server_is_missed_is_detection() {
    let mut setup = world(&[0, 1], &ReplayOptions::default());
    each_second(&mut setup, 2);
    let down = at(4_000);
    setup.faults.push(dead(1, down));
    let played = play_replay(&setup);
    let device = played.places.client(ClientId(RECIPIENT));
    let left = played
        .seen
        .notes
        .iter()
        .find(|(_, by, note)| *by == device && matches!(note, Note::Detached));
    let left = left.expect("it left").0;
    for nth in 0..2 {
        let row = played.row(nth, RECIPIENT);
        let stored = row.created + Span::millis(20 + 3 + 1);
        assert_eq!(row.phases.get(Phase::Detection), left - stored);
        // A pause, attaching, the claim, and the question to the bus.
        assert_eq!(row.phases.get(Phase::Handover), Span::millis(500 + 20 + 2 + 3));
    }
}

/// A server that returns is missed until then.
#[test]
fn the_time_until_a_server_is_back_is_detection() {
    let mut setup = world(&[0, 1], &ReplayOptions::default());
    each_second(&mut setup, 1);
    setup.faults.push(crash(node(1), at(4_000), Span::secs(3), DiskFate::Kept));
    let played = play_replay(&setup);
    let row = played.row(0, RECIPIENT);
    let stored = row.created + Span::millis(20 + 3 + 1);
    assert_eq!(row.phases.get(Phase::Detection), at(7_000) - stored);
    assert_eq!(row.phases.get(Phase::Handover), Span::millis(2 + 40 + 3));
}
