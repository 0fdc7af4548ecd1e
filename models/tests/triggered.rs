//! Faults that an event of the run sets off: when they strike, to the nanosecond, and whom.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, ResyncOptions};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 16;
/// The recipient of everything is c1, whose home is this. That of the sender c0 is g0.
const HOST: u32 = 4;
/// A gateway that has no part in anything.
const BYSTANDER: u32 = 12;

const TIMES: Times = UNEVEN;

/// One message at ten seconds, over g0, g5 and g4.
fn world() -> Setup {
    let mut setup = mesh(GATEWAYS, &[0, HOST], TIMES, &ChainOptions::default());
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup
}

fn gateway(number: u32) -> NodeId {
    NodeId::new(number as usize)
}

fn any(event: Event) -> Trigger {
    Trigger { fault: 0, event, node: None, message: None, client: None, nth: 1 }
}

/// Adds a crash, for good, so long after this trigger goes off.
fn crash(setup: &mut Setup, who: impl Into<Who>, after: Span, trigger: Trigger) {
    let what = What::Crash { who: who.into(), disk: DiskFate::Kept };
    setup.triggers.push(Trigger { fault: setup.faults.len(), ..trigger });
    setup.faults.push(Fault { what, when: When::Triggered { after, lasts: None } });
}

fn host_of(client: u32) -> Who {
    Who::Role(Part::HostOf(ClientId(client)).into())
}

fn penultimate_of(client: u32) -> Who {
    Who::Role(Part::PenultimateOf(ClientId(client)).into())
}

/// When the n-th gateway of the way has stored the message.
fn stored(n: u64) -> Time {
    let Times { access, link, cpu, disk, policy, .. } = TIMES;
    at(10_000) + access + policy + (cpu + disk) * n + link * (n - 1)
}

/// When the bystander dies that waits for this.
fn struck(mut setup: Setup, after: Span, trigger: Trigger) -> Option<Time> {
    crash(&mut setup, gateway(BYSTANDER), after, trigger);
    let crashes = play(&setup).seen.crashes;
    crashes.iter().find(|(_, node)| *node == gateway(BYSTANDER)).map(|&(at, _)| at)
}

/// The home forgets everything from 5 s to 20 s; its first neighbour hosts c1, which is offline until 40 s,
/// and has the message for it.
fn returning() -> Setup {
    let mut setup = world();
    let bandwidth = Bandwidth::bits_per_second(1_000_000);
    let options = chain(&mut setup);
    options.resync = ResyncOptions { bandwidth, ..options.resync };
    let crash = What::Crash { who: gateway(HOST).into(), disk: DiskFate::Lost };
    setup.faults.push(Fault::once(crash, at(5_000), Span::secs(15)));
    let device = setup.places().client(ClientId(1));
    setup.faults.push(Fault::once(What::offline(device), at(1_000), Span::secs(39)));
    setup.clients.keepalive = Span::secs(1000);
    setup
}

/// When it has what it lacked: the directory's answer, the host's, a message of 1000 bytes, and its work.
fn has_all() -> Time {
    let Times { link, cpu, disk, directory, .. } = TIMES;
    at(20_000) + directory * 2 + link * 2 + Span::millis(8) + cpu + disk
}

#[test]
fn each_event_strikes_at_its_instant() {
    let Times { access, directory, .. } = TIMES;
    let timeout = ChainOptions::default().ack_timeout * 2;
    let broken = || {
        let mut setup = world();
        setup.faults.push(dead(HOST, at(5_000)));
        setup
    };
    let claimed = stored(2) + timeout + directory * 2;
    let cases = [
        (world(), Event::Sent, at(10_000)),
        (world(), Event::Stored, stored(1)),
        (world(), Event::Accepted, stored(1) + access),
        (world(), Event::Delivered, stored(3) + access),
        (broken(), Event::Suspected, stored(2) + timeout),
        (broken(), Event::Claimed, claimed),
        (broken(), Event::HandedOver, claimed),
        (broken(), Event::Delivered, claimed + access),
        (returning(), Event::ResyncStarted, at(20_000)),
        (returning(), Event::ResyncFinished, has_all()),
    ];
    for (setup, event, at) in cases {
        for after in [Span::ZERO, Span::nanos(7), Span::secs(3)] {
            let found = struck(setup.clone(), after, any(event));
            assert_eq!(found, Some(at + after), "{event:?}, {after} later");
        }
        // Once, though what sets it off may come again.
        let first = struck(setup.clone(), Span::ZERO, any(event));
        let mut both = setup;
        crash(&mut both, gateway(BYSTANDER + 1), Span::ZERO, any(event));
        assert_eq!(struck(both, Span::ZERO, any(event)), first, "{event:?} twice in a plan");
    }
}

#[test]
fn conditions_choose_among_events() {
    let two = || {
        let mut setup = world();
        listed(&mut setup, &[(at(10_000), 0, &[1]), (at(30_000), 1, &[0])]);
        setup
    };
    let later = stored(1) + Span::secs(20);
    let node = |number| Some(Who::from(gateway(number)));
    let message = |number| Some(MessageId::of_workload(number));
    let cases = [
        (Trigger { nth: 2, ..any(Event::Stored) }, Some(stored(2))),
        (Trigger { nth: 3, ..any(Event::Stored) }, Some(stored(3))),
        (Trigger { nth: 4, ..any(Event::Stored) }, Some(later)),
        (Trigger { nth: 7, ..any(Event::Stored) }, None),
        (Trigger { node: node(HOST), ..any(Event::Stored) }, Some(stored(3))),
        (Trigger { node: node(HOST), nth: 2, ..any(Event::Stored) }, Some(later)),
        (Trigger { node: Some(host_of(1)), ..any(Event::Stored) }, Some(stored(3))),
        (Trigger { node: Some(penultimate_of(1)), ..any(Event::Stored) }, Some(stored(2))),
        (Trigger { message: message(1), ..any(Event::Stored) }, Some(later)),
        (Trigger { client: Some(ClientId(0)), ..any(Event::Stored) }, Some(later)),
        (Trigger { client: Some(ClientId(1)), nth: 4, ..any(Event::Stored) }, None),
        (Trigger { client: Some(ClientId(1)), ..any(Event::Sent) }, Some(at(30_000))),
        (Trigger { message: message(2), ..any(Event::Sent) }, None),
        (Trigger { client: Some(ClientId(1)), ..any(Event::Accepted) }, Some(later + TIMES.access)),
        (Trigger { node: node(HOST), ..any(Event::Suspected) }, None),
    ];
    for (trigger, expected) in cases {
        assert_eq!(struck(two(), Span::ZERO, trigger.clone()), expected, "{trigger:?}");
    }
    // Who is suspected is the node, whoever suspects it.
    let mut setup = world();
    setup.faults.push(dead(HOST, at(5_000)));
    let suspected = stored(2) + ChainOptions::default().ack_timeout * 2;
    let trigger = |number| Trigger { node: node(number), ..any(Event::Suspected) };
    assert_eq!(struck(setup.clone(), Span::ZERO, trigger(HOST)), Some(suspected));
    assert_eq!(struck(setup, Span::ZERO, trigger(HOST + 1)), None);
}

#[test]
fn roles_are_cast_when_the_fault_strikes() {
    let mut setup = world();
    setup.faults.push(dead(HOST, at(5_000)));
    let once = |who: Who, at: Time| {
        let what = What::Crash { who, disk: DiskFate::Kept };
        Fault::once(what, at, Span::millis(1))
    };
    setup.faults.extend([
        once(penultimate_of(1), at(9_000)),
        once(host_of(0), at(9_500)),
        // By now g5 has taken c1 over.
        once(penultimate_of(1), at(20_000)),
        once(host_of(1), at(21_000)),
    ]);
    let found = play(&setup).seen.crashes;
    let expected = [(5_000, HOST), (9_000, 5), (9_500, 0), (20_000, 6), (21_000, 5)];
    assert_eq!(found, expected.map(|(millis, number)| (at(millis), gateway(number))));
    // With one gateway there is no penultimate, and nothing is struck.
    let mut alone = mesh(1, &[0, 0], TIMES, &ChainOptions::default());
    alone.faults.push(once(penultimate_of(1), at(9_000)));
    assert_eq!(play(&alone).seen.crashes, []);
}

/// The host of c1 dies when it first holds a message that c1 does not have. It has sent it on in that very
/// instant, so c1 gets it if it is there.
#[test]
fn the_host_dies_when_it_first_holds_mail() {
    let worst = |setup: &mut Setup| {
        let (node, client) = (Some(host_of(1)), Some(ClientId(1)));
        let trigger = Trigger { node, client, ..any(Event::Stored) };
        crash(setup, host_of(1), Span::ZERO, trigger);
    };
    let mut setup = world();
    worst(&mut setup);
    let played = play(&setup);
    assert_eq!(played.seen.crashes, [(stored(3), gateway(HOST))]);
    assert_eq!(played.latency(0, 1), Some(stored(3) + TIMES.access - at(10_000)));

    // If it is away, the mail is with those before the host: c1 gets it from the penultimate, to which it
    // turns when it is back and its host does not answer.
    let mut setup = world();
    worst(&mut setup);
    let back = at(20_000);
    let device = setup.places().client(ClientId(1));
    setup.faults.push(Fault::once(What::offline(device), at(9_000), back - at(9_000)));
    setup.clients.keepalive = Span::secs(1000);
    let played = play(&setup);
    assert_eq!(played.seen.crashes, [(stored(3), gateway(HOST))]);
    let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
    let attached = send_timeout + reconnect + TIMES.access * 2 + TIMES.directory * 2;
    assert_eq!(played.latency(0, 1), Some(back + attached - at(10_000)));
    assert_eq!(played.row(0, 1).fate, Fate::Delivered);
}

/// Whoever synchronises dies in the instant in which it begins, or has what it lacked; then it has taken
/// nothing, and the client gets its mail from where it was.
#[test]
fn a_gateway_dies_in_the_instant_of_its_synchronising() {
    let cases = [(Event::ResyncStarted, at(20_000)), (Event::ResyncFinished, has_all())];
    for (event, at_instant) in cases {
        let mut setup = returning();
        let trigger = Trigger { node: Some(gateway(HOST).into()), ..any(event) };
        crash(&mut setup, gateway(HOST), Span::ZERO, trigger);
        let played = play(&setup);
        let expected = [(at(5_000), gateway(HOST)), (at_instant, gateway(HOST))];
        assert_eq!(played.seen.crashes, expected, "{event:?}");
        let by_home = |(_, node, note): &&(Time, NodeId, Note)| {
            *node == gateway(HOST) && matches!(note, Note::Claimed { .. })
        };
        assert_eq!(played.seen.notes.iter().filter(by_home).count(), 0, "{event:?}");
        // At 40 s the client turns to its home in vain, and then to the next of its list.
        let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
        let delivered = at(40_000) + send_timeout + reconnect + TIMES.access * 2;
        let row = played.row(0, 1);
        assert_eq!(row.delivered, Some(delivered), "{event:?}");
        assert_eq!((row.fate, row.host), (Fate::Delivered, Some(GatewayId(HOST + 1))));
    }
}

/// A fault that waits for an event draws no number: all others strike as without it.
#[test]
fn other_faults_strike_as_they_would() {
    let mut setup = world();
    let seconds = |mean: f64| {
        Delay::from_nanos(Distribution::exponential(mean * 1e9).expect("a mean above zero"))
    };
    let who = Who::Nodes((6..10).map(gateway).collect());
    let what = What::Crash { who, disk: DiskFate::Kept };
    let process = When::Process(Process::new(seconds(10.0), seconds(2.0)));
    setup.faults.push(Fault { what, when: process });
    let without = play(&setup).seen.crashes;
    assert!(without.len() > 10);
    crash(&mut setup, gateway(BYSTANDER), Span::ZERO, any(Event::Accepted));
    let mut with = play(&setup).seen.crashes;
    let before = with.len();
    with.retain(|(_, node)| *node != gateway(BYSTANDER));
    assert_eq!((with.len() + 1, &with), (before, &without));
}
