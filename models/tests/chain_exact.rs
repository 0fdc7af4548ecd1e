//! The chain's exact results for constant latencies, to the nanosecond: how long a delivery takes, and
//! where that time went.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 18;
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
/// The recipient's home. The sender's is g0.
const HOST: u32 = 8;
/// Its first neighbour: the last but one, where there are three.
const NEAR: u32 = HOST + 1;

fn options(length: u32, split: bool) -> ChainOptions {
    ChainOptions { length, split, ..ChainOptions::default() }
}

fn world(length: u32, split: bool, times: Times) -> Setup {
    let mut setup = mesh(GATEWAYS, &[0, HOST], times, &options(length, split));
    listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
    setup
}

/// How many gateways a route from g0 to g8 has: two chains, or one along the way.
fn on_route(length: u32, split: bool) -> u64 {
    u64::from(if split { 2 * length } else { length.max(2) })
}

/// Every length with every queue mode and all costs; `least` gateways may take over.
fn worlds(least: u32) -> impl Iterator<Item = (u32, bool, Times)> {
    let modes = move |split| (least..=8).map(move |length| (length, split));
    let all = [false, true].into_iter().flat_map(modes);
    all.flat_map(|(length, split)| {
        several_times().into_iter().map(move |times| (length, split, times))
    })
}

/// What the ledger says of where the time went. All that no key is named for is nothing.
#[derive(Debug, PartialEq, Eq)]
struct Spent([Span; Phase::ALL.len()]);

impl Spent {
    fn of(row: &Row) -> Spent {
        assert_eq!(row.latency(), Some(row.phases.total()));
        Spent(Phase::ALL.map(|phase| row.phases.get(phase)))
    }

    /// Over so many gateways, by as many links as there are between them, and the last one's access.
    fn over(times: Times, gateways: u64) -> Spent {
        let Times { access, link, cpu, disk, policy, .. } = times;
        let spent = Spent([Span::ZERO; Phase::ALL.len()]);
        let spent = spent.and(Phase::Network, access * 2 + link * (gateways - 1));
        spent.and(Phase::Cpu, policy + cpu * gateways).and(Phase::Disk, disk * gateways)
    }

    fn total(&self) -> Span {
        self.0.iter().fold(Span::ZERO, |sum, &span| sum + span)
    }

    fn and(mut self, phase: Phase, span: Span) -> Spent {
        self.0[phase as usize] += span;
        self
    }
}

fn timeout() -> Span {
    let ChainOptions { ack_timeout, attempts, .. } = ChainOptions::default();
    ack_timeout * u64::from(attempts)
}

/// Where the time of the one message went, and how often somebody was claimed on the way.
fn spent(setup: &Setup) -> (Spent, usize) {
    let played = play(setup);
    let row = played.row(0, RECIPIENT);
    assert_eq!(row.fate, Fate::Delivered);
    let delivered = row.delivered.expect("it was delivered");
    let claims = played.seen.notes.iter().filter(|(at, _, note)| {
        *at <= delivered && matches!(note, Note::Claimed { client: ClientId(RECIPIENT), .. })
    });
    (Spent::of(row), claims.count())
}

#[test]
fn without_faults() {
    for (length, split, times) in worlds(1) {
        let played = play(&world(length, split, times));
        let gateways = on_route(length, split);
        let what = format!("length {length}, split {split}, {times:?}");
        let Times { access, link, cpu, disk, policy, .. } = times;
        let expected = access + policy + (cpu + disk) * gateways + link * (gateways - 1) + access;
        assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{what}");
        let row = played.row(0, RECIPIENT);
        assert_eq!(Spent::of(row), Spent::over(times, gateways), "{what}");
        assert_eq!(u64::from(row.hops), gateways);
        assert_eq!(row.accepted, Some(row.created + access * 2 + policy + cpu + disk));
        assert_eq!(played.count(|note| matches!(note, Note::Repeated(_))), 0);
        let stored = played.count(|note| matches!(note, Note::Stored { .. }));
        assert_eq!(stored as u64, gateways, "each stores once");
        let dropped = played.count(|note| matches!(note, Note::Dropped(_, Drop::Done)));
        assert_eq!(dropped as u64, gateways, "and each lets go");
    }
}

#[test]
fn accepted_when_so_many_have_it() {
    for (length, split, times) in worlds(1) {
        for needed in 1..=9_u32 {
            let mut setup = world(length, split, times);
            let options = chain(&mut setup);
            options.accept_after = needed;
            let gateways = on_route(length, split).min(needed.into());
            let Times { access, link, cpu, disk, policy, .. } = times;
            let expected =
                access * 2 + policy + (cpu + disk) * gateways + link * (2 * (gateways - 1));
            let played = play(&setup);
            let row = played.row(0, RECIPIENT);
            // Received is accepted, however many have it.
            let received = row.delivered.unwrap() + access;
            let what = format!("length {length}, split {split}, after {needed}, {times:?}");
            let accepted = row.accepted.expect("it is accepted");
            assert_eq!(accepted, row.created + expected, "{what}, received {received}");
        }
    }
}

#[test]
fn at_one_gateway_the_message_is_handed_over_at_once() {
    for times in several_times() {
        for length in 1..=8 {
            let mut setup = mesh(GATEWAYS, &[HOST, HOST], times, &options(length, false));
            listed(&mut setup, &[(at(10_000), SENDER, &[RECIPIENT])]);
            let played = play(&setup);
            let row = played.row(0, RECIPIENT);
            assert_eq!(Spent::of(row), Spent::over(times, 1), "length {length}");
            let stored = played.count(|note| matches!(note, Note::Stored { .. }));
            assert_eq!(stored as u32, length, "mirrors beside");
        }
    }
}

#[test]
fn the_last_dead() {
    for (length, split, times) in worlds(2) {
        let mut setup = world(length, split, times);
        setup.faults.push(dead(HOST, at(5_000)));
        let expected = Spent::over(times, on_route(length, split) - 1)
            .and(Phase::Detection, timeout())
            .and(Phase::Handover, times.directory * 2);
        assert_eq!(spent(&setup), (expected, 1), "length {length}, split {split}, {times:?}");
    }
}

#[test]
fn the_last_two_dead() {
    for (length, split, times) in worlds(3) {
        let mut setup = world(length, split, times);
        setup.faults.extend([dead(HOST, at(5_000)), dead(NEAR, at(5_000))]);
        let expected = Spent::over(times, on_route(length, split) - 2)
            .and(Phase::Detection, timeout() * 2)
            .and(Phase::Handover, times.directory * 2);
        assert_eq!(spent(&setup), (expected, 1), "length {length}, split {split}, {times:?}");
    }
}

#[test]
fn one_in_the_middle_dead() {
    for (length, split, times) in worlds(2) {
        // Whichever it is: the one before it finds out.
        let middle = match split {
            true => (1..length).chain(HOST + 1..HOST + length).collect::<Vec<_>>(),
            false => (HOST + 1..HOST + length - 1).collect(),
        };
        for middle in middle {
            let mut setup = world(length, split, times);
            setup.faults.push(dead(middle, at(5_000)));
            let expected =
                Spent::over(times, on_route(length, split) - 1).and(Phase::Detection, timeout());
            let what = format!("g{middle} of length {length}, split {split}, {times:?}");
            assert_eq!(spent(&setup), (expected, 0), "{what}");
        }
    }
}

#[test]
fn the_source_dead() {
    for (length, split, times) in worlds(1) {
        let mut setup = world(length, split, times);
        setup.faults.push(dead(0, at(9_999)));
        // Its first keepalives would find out before otherwise.
        setup.clients.keepalive = Span::secs(1000);
        let next = match (split, length) {
            // In a chain of its own the next one still has the dead one in its sequence: a middle one.
            (true, 1) => Spent::over(times, 2).and(Phase::Detection, timeout()),
            (true, _) => {
                Spent::over(times, on_route(length, split) - 1).and(Phase::Detection, timeout())
            }
            (false, _) => Spent::over(times, on_route(length, split)),
        };
        let expected = next.and(Phase::Outbox, setup.clients.send_timeout);
        assert_eq!(spent(&setup), (expected, 0), "length {length}, split {split}, {times:?}");
    }
}

/// One that comes while the host is waited for waits for what is left.
#[test]
fn one_that_reaches_the_penultimate_later_waits_for_the_rest() {
    for (length, split, times) in worlds(2) {
        let takes = timeout() + times.directory * 2;
        let step = Span::nanos(takes.as_nanos() / 7);
        let mut setup = world(length, split, times);
        let sent: Vec<Time> = (0..7).map(|later| at(10_000) + step * later).collect();
        let list: Vec<(Time, u32, &[u32])> =
            sent.iter().map(|&sent| (sent, SENDER, &[RECIPIENT][..])).collect();
        listed(&mut setup, &list);
        setup.faults.push(dead(HOST, at(5_000)));
        let played = play(&setup);
        let gateways = on_route(length, split) - 1;
        for later in 0..7 {
            let row = played.row(later, RECIPIENT);
            let rest = takes - step * u64::from(later);
            let what = format!("{later} of length {length}, split {split}, {times:?}");
            let over = Spent::over(times, gateways);
            assert_eq!(row.latency(), Some(over.total() + rest), "{what}");
            // It waits for the dead host until that is suspected, then for the directory.
            let detection = timeout() - (step * u64::from(later)).min(timeout());
            let expected =
                over.and(Phase::Detection, detection).and(Phase::Handover, rest - detection);
            assert_eq!(Spent::of(row), expected, "{what}");
        }
        assert_eq!(played.totals.out_of_order, 0);
    }
}

/// The gateway before the host, which takes over when that is gone.
fn penultimate(length: u32, split: bool) -> u32 {
    if !split && length < 3 { 0 } else { NEAR }
}

/// From sending until so many gateways have stored it, one after the other.
fn stored_by(gateways: u64, times: Times) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1)
}

/// The device finds a gateway that does not have the message, and that one is faster than whoever has it.
#[test]
fn a_claim_lost_to_another() {
    // With a chain of its own of one gateway, nobody takes over.
    for (length, split, times) in worlds(1).filter(|&(length, split, _)| !split || length > 1) {
        let Times { access, link, cpu, disk, directory, .. } = times;
        for later in [Span::nanos(1), directory, directory * 2 - Span::nanos(1)] {
            let mut setup = world(length, split, times);
            setup.clients.keepalive = Span::secs(1000);
            setup.faults.push(dead(HOST, at(5_000)));
            // Its whole list does not answer; the next gateway by its number does.
            let device = setup.places().client(ClientId(RECIPIENT));
            setup.faults.push(Fault::once(What::offline(device), at(1_000), Span::secs(9)));
            let listed_ones = HOST + 1..HOST + length;
            let cuts = listed_ones.map(|other| Fault::from(What::link(device, node(other)), at(1)));
            setup.faults.extend(cuts);
            let winner = HOST + length;
            let ClientOptions { send_timeout, reconnect, .. } = setup.clients;
            let round = (send_timeout + reconnect) * u64::from(length);
            let first_claim = at(10_000) + round + access;
            // The claim comes after the other's, and before anything is heard of that.
            let gateways = on_route(length, split) - 1;
            let stored = before(first_claim + later, timeout());
            let sent = before(stored, stored_by(gateways, times));
            listed(&mut setup, &[(sent, SENDER, &[RECIPIENT])]);
            let played = play(&setup);
            let what = format!("{later} later, length {length}, split {split}, {times:?}");
            assert_eq!(
                played.claims_of(RECIPIENT),
                [(first_claim + directory * 2, winner)],
                "{what}"
            );
            let row = played.row(0, RECIPIENT);
            let after_store = timeout() + directory * 2 + link + cpu + disk + access;
            assert_eq!(row.delivered, Some(stored + after_store), "{what}");
            assert_eq!(row.host, Some(GatewayId(winner)), "{what}");
            let expected = Spent::over(times, gateways + 1)
                .and(Phase::Detection, timeout())
                .and(Phase::Handover, directory * 2);
            assert_eq!(Spent::of(row), expected, "{what}");
        }
    }
}

/// The gateway two before the host knows that the host is dead; the one between them, which was away then,
/// does not, stores the message, says so and dies.
#[test]
fn a_successor_dies_after_its_ack() {
    for (length, split, times) in worlds(3) {
        let mut setup = mesh(GATEWAYS, &[0, HOST, HOST], times, &options(length, split));
        setup.clients.keepalive = Span::secs(1000);
        listed(&mut setup, &[(at(10_000), SENDER, &[2]), (at(20_000), SENDER, &[RECIPIENT])]);
        setup.faults.push(dead(HOST, at(5_000)));
        setup.faults.push(Fault::once(What::crash(node(NEAR)), at(5_000), Span::secs(10)));
        let gateways = on_route(length, split) - 1;
        let stored = at(20_000) + stored_by(gateways, times);
        setup.faults.push(dead(NEAR, stored + Span::nanos(1)));
        let played = play(&setup);
        let Times { access, link, cpu, disk, directory, .. } = times;
        let ack_timeout = ChainOptions::default().ack_timeout;
        let row = played.row(1, RECIPIENT);
        let what = format!("length {length}, split {split}, {times:?}");
        let after_ack = timeout() + ack_timeout + directory * 2 + access;
        assert_eq!(row.delivered, Some(stored + link + after_ack), "{what}");
        let before_it = if length == 3 && !split { 0 } else { NEAR + 1 };
        assert_eq!(row.host, Some(GatewayId(before_it)), "{what}");
        // Until the ack the successor lived.
        let expected = Spent::over(times, gateways - 1)
            .and(Phase::Network, link * 2 + cpu + disk)
            .and(Phase::Detection, timeout() + ack_timeout)
            .and(Phase::Handover, directory * 2);
        assert_eq!(Spent::of(row), expected, "{what}");
    }
}

/// A gateway in the middle stores a message, says so, does not reach the next one and dies: the one before
/// it asks it, and then leaves it out.
#[test]
fn a_successor_in_the_middle_dies_after_its_ack() {
    for (length, split, times) in worlds(2) {
        let of_host = HOST + 1..HOST + length - u32::from(!split);
        let of_sender = 0..if split { length } else { 1 };
        let on_the_way: Vec<u32> = of_sender.chain(of_host.rev()).chain([HOST]).collect();
        assert_eq!(on_the_way.len() as u64, on_route(length, split));
        for place in 1..on_the_way.len() - 1 {
            let (middle, next) = (on_the_way[place], on_the_way[place + 1]);
            let mut setup = world(length, split, times);
            setup.faults.push(Fault::from(What::link(node(middle), node(next)), at(5_000)));
            let stored = at(10_000) + stored_by(place as u64 + 1, times);
            setup.faults.push(dead(middle, stored + Span::nanos(1)));
            let Times { link, cpu, disk, .. } = times;
            let asked = timeout() + ChainOptions::default().ack_timeout;
            let expected = Spent::over(times, on_route(length, split) - 1)
                .and(Phase::Network, link * 2 + cpu + disk)
                .and(Phase::Detection, asked);
            let what = format!("g{middle} of length {length}, split {split}, {times:?}");
            assert_eq!(spent(&setup), (expected, 0), "{what}");
        }
    }
}

/// The link between the last two is cut: the last but one takes the other for dead, which lives, and takes
/// its client over. When the client can be reached from its home, it goes home, and no message is shown
/// twice or lost.
#[test]
fn a_false_suspicion() {
    for (length, split, times) in worlds(1).filter(|&(length, split, _)| !split || length > 1) {
        let mut setup = world(length, split, times);
        setup.clients.keepalive = Span::secs(1000);
        let taker = penultimate(length, split);
        let cut = What::link(node(taker), node(HOST));
        setup.faults.push(Fault::once(cut, at(9_000), Span::millis(2_200)));
        listed(
            &mut setup,
            &[(at(10_000), SENDER, &[RECIPIENT]), (at(30_000), SENDER, &[RECIPIENT])],
        );
        let played = play(&setup);
        let what = format!("length {length}, split {split}, {times:?}");
        let Times { access, link, directory, .. } = times;
        let gateways = on_route(length, split) - 1;
        let taken = at(10_000) + stored_by(gateways, times) + timeout() + directory * 2;
        // Whom they waited for lived.
        let expected = Spent::over(times, gateways)
            .and(Phase::Network, timeout())
            .and(Phase::Handover, directory * 2);
        let row = played.row(0, RECIPIENT);
        assert_eq!(Spent::of(row), expected, "{what}");
        assert_eq!(row.host, Some(GatewayId(taker)), "{what}");
        // The home hears of it in that instant, asks the client, gets its queue, and claims.
        let probe = ChainOptions::default().probe;
        let home = taken + probe + access * 2 + link * 4 + directory * 2;
        assert_eq!(played.claims_of(RECIPIENT), [(taken, taker), (home, HOST)], "{what}");
        // As if nothing had been.
        let row = played.row(1, RECIPIENT);
        assert_eq!(Spent::of(row), Spent::over(times, gateways + 1), "{what}");
        assert_eq!(row.host, Some(GatewayId(HOST)), "{what}");
        assert_eq!(played.totals.duplicates_stopped, 0, "{what}");
        let suspected = played.count(|note| matches!(note, Note::Suspected(_)));
        assert_eq!(suspected, 1, "{what}");
    }
}

/// Once the source has heard of the new host, a new sequence has as many gateways as the first.
#[test]
fn a_new_sequence_fills_up_again() {
    for (length, split, times) in worlds(2).filter(|&(_, split, _)| !split) {
        let mut setup = world(length, split, times);
        let messages: [(Time, u32, &[u32]); 2] =
            [(at(10_000), SENDER, &[RECIPIENT]), (at(20_000), SENDER, &[RECIPIENT])];
        listed(&mut setup, &messages);
        setup.faults.push(dead(HOST, at(5_000)));
        let played = play(&setup);
        // With a length of two the source itself took over, and its neighbour mirrors it.
        let gateways = if length == 2 { 1 } else { on_route(length, split) };
        let row = played.row(1, RECIPIENT);
        assert_eq!(Spent::of(row), Spent::over(times, gateways), "length {length}, {times:?}");
    }
}
