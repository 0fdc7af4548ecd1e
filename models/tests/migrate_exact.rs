//! The exact results of `migrate` for constant latencies, to the nanosecond.

use crate::common::brokered::{BrokerTimes, migrate, options, play_migrate, request, world};
use crate::common::*;
use penult_models::strategies::migrate::{Drain, Plan};
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 5;
/// The recipient whose data migrate, from g1 to g3; c0 and c2 send.
const MOVER: u32 = 1;
const FIRST: u32 = 1;
const SECOND: u32 = 3;

/// What everything takes in a world.
#[derive(Clone, Copy, Debug)]
struct Costs {
    times: Times,
    broker: BrokerTimes,
    brokers: u32,
}

/// All kinds of times with one broker, two and three.
fn all_costs() -> impl Iterator<Item = Costs> {
    let nanos = Span::nanos;
    let plain = BrokerTimes { latency: Span::millis(1), cpu: Span::ZERO, write: Span::ZERO };
    let uneven =
        BrokerTimes { latency: nanos(1_300_017), cpu: nanos(210_003), write: nanos(700_001) };
    let times = several_times().into_iter();
    times.flat_map(move |times| {
        [plain, uneven]
            .into_iter()
            .flat_map(move |broker| (1..=3).map(move |brokers| Costs { times, broker, brokers }))
    })
}

impl Costs {
    fn access(self) -> Span {
        self.times.access
    }

    fn b(self) -> Span {
        self.broker.latency
    }

    /// A task is stored so long after it came.
    fn storing(self) -> Span {
        let own = self.broker.cpu + self.broker.write;
        if self.brokers == 1 { own } else { own * 2 + self.b() * 2 }
    }

    /// A record is written in this time.
    fn recording(self) -> Span {
        let own = self.broker.write;
        if self.brokers == 1 { own } else { own * 2 + self.b() * 2 }
    }

    /// From the wish until the task is stored.
    fn to_store(self) -> Span {
        self.access() + self.times.cpu + self.times.policy + self.b() + self.storing()
    }

    /// From handing over until the device has it.
    fn to_device(self) -> Span {
        self.b() + self.times.cpu + self.times.disk + self.access()
    }

    /// From one handing over to the next.
    fn round(self) -> Span {
        self.b() * 2 + self.times.cpu + self.times.disk
    }

    /// From the request until the migration's end, the transfer aside.
    fn migrating(self) -> Span {
        self.recording() * 2 + self.b() * 2 + self.times.link + self.times.cpu + self.times.disk
    }

    fn setup(self, in_order: bool) -> Setup {
        let mut options = options(self.brokers, self.broker, self.times.policy);
        options.in_order = in_order;
        options.delay = Span::nanos(437_000_009);
        // Nothing of a device comes between.
        let mut setup =
            world(GATEWAYS, &[0, FIRST, 2, 3, 4, FIRST, FIRST, FIRST], self.times, options);
        setup.clients.keepalive = Span::secs(3600);
        setup.clients.send_timeout = Span::secs(30);
        setup
    }
}

const EVERY: Span = Span::millis(500);
const MISSES: u64 = 3;
const ELECT: Span = Span::secs(1);
const ACK_TIMEOUT: Span = Span::millis(200);

/// When the last ping left of those of which `back` before `at` is late enough to be answered.
fn last_ping(at: Time, back: Span) -> Time {
    let mut ping = Time::ZERO;
    while ping + EVERY + back < at {
        ping += EVERY;
    }
    ping
}

fn plan(setup: &mut Setup, requests: &[(Time, &[u32], u32)]) {
    let requests = requests.iter().map(|&(at, clients, to)| request(at, clients, None, to));
    migrate(setup).plan = Plan::new(requests.collect(), Vec::new());
}

fn crash(setup: &mut Setup, node: NodeId, from: Time, until: Time) {
    let who = Who::Nodes(vec![node]);
    let what = What::Crash { who, disk: DiskFate::Kept };
    setup.faults.push(Fault::once(what, from, until - from));
}

fn broker(setup: &Setup, number: u32) -> NodeId {
    setup.places().service(number)
}

/// When a message was delivered.
fn delivered(played: &Played, message: u32, recipient: u32) -> Time {
    let row = played.row(message, recipient);
    assert_eq!(row.fate, Fate::Delivered, "{row:?}");
    row.delivered.expect("it was delivered")
}

/// When a device attached to a gateway.
fn attached(played: &Played, client: u32, gateway: u32) -> Time {
    let device = played.places.client(ClientId(client));
    let found = played.seen.notes.iter().find_map(|(at, node, note)| match note {
        Note::Attached { host, .. } if *node == device && host.0 == gateway => Some(*at),
        _ => None,
    });
    found.expect("it attached there")
}

/// The first instant at which what was stored at `x` is looked at after `end`.
fn looked_at(x: Time, end: Time, delay: Span) -> Time {
    let mut look = x;
    while look < end {
        look += delay;
    }
    look
}

#[test]
fn without_a_fault() {
    for costs in all_costs() {
        for in_order in [false, true] {
            let mut setup = costs.setup(in_order);
            listed(&mut setup, &[(at(3_000), 0, &[MOVER, 2]), (at(5_000), 2, &[3])]);
            let played = play_migrate(&setup);
            for (message, recipient, wish) in [(0, MOVER, 3_000), (0, 2, 3_000), (1, 3, 5_000)] {
                let stored = at(wish) + costs.to_store();
                assert_eq!(delivered(&played, message, recipient), stored + costs.to_device());
                let accepted = played.row(message, recipient).accepted;
                assert_eq!(accepted, Some(stored + costs.b() + costs.access()));
            }
        }
    }
}

#[test]
fn in_order_one_is_handed_over_after_the_other() {
    for costs in all_costs() {
        let mut setup = costs.setup(true);
        // From servers of their own, one a while after the other.
        let wishes: Vec<Time> = (0..4).map(|it| at(3_000) + Span::micros(700) * it).collect();
        let from = [0, 2, 3, 4];
        let list: Vec<_> =
            wishes.iter().zip(from).map(|(&wish, from)| (wish, from, &[MOVER][..])).collect();
        listed(&mut setup, &list);
        let played = play_migrate(&setup);
        // The broker's CPU and disks take them one after the other.
        let arrival = costs.access() + costs.times.cpu + costs.times.policy + costs.b();
        let (cpu, disk) = (costs.broker.cpu, costs.broker.write);
        let (mut cpu_free, mut disk_free, mut replica) = (Time::ZERO, Time::ZERO, [Time::ZERO; 2]);
        let mut before = Time::ZERO;
        for (message, &wish) in (0..).zip(&wishes) {
            cpu_free = cpu_free.max(wish + arrival) + cpu;
            disk_free = disk_free.max(cpu_free) + disk;
            let mut stored = disk_free;
            if costs.brokers > 1 {
                replica[0] = replica[0].max(disk_free + costs.b()) + cpu;
                replica[1] = replica[1].max(replica[0]) + disk;
                stored = replica[1] + costs.b();
            }
            let handed = if message == 0 { stored } else { stored.max(before + costs.round()) };
            assert_eq!(delivered(&played, message, MOVER), handed + costs.to_device(), "{costs:?}");
            before = handed;
        }
    }
}

#[test]
fn a_migration_and_what_is_stored_in_it() {
    const ASKED: u64 = 8_000;
    for costs in all_costs() {
        for (in_order, failure) in [(false, 0.0), (true, 0.0), (false, 1.0), (true, 1.0)] {
            let mut setup = costs.setup(in_order);
            let options = migrate(&mut setup);
            (options.failure, options.data) = (failure, 1_500_007);
            options.bandwidth = Bandwidth::bits_per_second(7_000_001);
            let (delay, bandwidth) =
                (options.delay, options.bandwidth.expect("it is more than none"));
            plan(&mut setup, &[(at(ASKED), &[MOVER], SECOND)]);
            let wishes = [8_300, 8_901, 9_207].map(at);
            listed(&mut setup, &wishes.map(|wish| (wish, 0, &[MOVER][..])));
            let played = play_migrate(&setup);
            let end = at(ASKED) + costs.migrating() + bandwidth.time_for(1_500_007);
            if failure == 0.0 {
                let heard = attached(&played, MOVER, SECOND);
                assert_eq!(heard, end + costs.b() + costs.access(), "{costs:?}");
            } else {
                assert_eq!(played.attached(), []);
            }
            let mut before = Time::ZERO;
            for (message, wish) in (0..).zip(wishes) {
                let mut handed = looked_at(wish + costs.to_store(), end, delay);
                assert!(handed > wish + costs.to_store(), "it is put back");
                if in_order {
                    handed = handed.max(before + costs.round());
                }
                before = handed;
                assert_eq!(delivered(&played, message, MOVER), handed + costs.to_device());
            }
        }
    }
}

#[test]
fn what_is_put_back_too_often_is_lost() {
    for costs in all_costs() {
        for in_order in [false, true] {
            let mut setup = costs.setup(in_order);
            let options = migrate(&mut setup);
            options.data = 2_000_000;
            options.bandwidth = Bandwidth::bits_per_second(8_000_000);
            options.max_returns = Some(2);
            let delay = options.delay;
            plan(&mut setup, &[(at(8_000), &[MOVER], SECOND)]);
            let end = at(8_000) + costs.migrating() + Span::secs(2);
            // The last before which two returns are not enough, and the first after which they are.
            let last = before(before(end, delay * 2), costs.to_store());
            let (early, late) = (before(last, Span::nanos(1)), last + Span::nanos(1));
            listed(&mut setup, &[(early, 0, &[MOVER]), (late, 2, &[MOVER])]);
            let played = play_migrate(&setup);
            let lost = played.row(0, MOVER);
            assert_eq!(lost.fate, Fate::Lost, "{costs:?}");
            assert_eq!(lost.cause.expect("it has one").kind.name(), "returns");
            let handed = late + costs.to_store() + delay * 2;
            assert!(delivered(&played, 1, MOVER) >= handed + costs.to_device());
        }
    }
}

#[test]
fn a_server_dies_in_the_transfer() {
    for costs in all_costs() {
        for dies in [FIRST, SECOND] {
            let mut setup = costs.setup(false);
            let options = migrate(&mut setup);
            options.data = 6_000_000;
            options.bandwidth = Bandwidth::bits_per_second(8_000_000);
            let delay = options.delay;
            plan(&mut setup, &[(at(7_000), &[MOVER], SECOND)]);
            let (dead, back) = (at(8_777), at(20_003));
            crash(&mut setup, node(dies), dead, back);
            let wishes = [8_111, 9_300].map(at);
            listed(&mut setup, &wishes.map(|wish| (wish, 0, &[MOVER][..])));
            let played = play_migrate(&setup);
            let suspected = last_ping(dead, costs.b()) + costs.b() * 2 + EVERY * MISSES;
            let told = played.seen.notes.iter().find(|it| matches!(it.2, Note::Suspected(_)));
            assert_eq!(told.map(|it| (it.0, it.1)), Some((suspected, broker(&setup, 0))));
            let end = suspected + costs.recording();
            let mut cpu_free = Time::ZERO;
            for (message, wish) in (0..).zip(wishes) {
                let handed = looked_at(wish + costs.to_store(), end, delay);
                // The first goes on where the second died; else when it is back, and has checked.
                let came = if dies == FIRST { handed.max(back + costs.b()) } else { handed };
                let begins = (came + costs.b()).max(cpu_free);
                cpu_free = begins + costs.times.cpu;
                let got = delivered(&played, message, MOVER);
                let least = came + costs.to_device();
                // Two that come at once take their turns at CPU and disk.
                let most = least + costs.times.cpu + costs.times.disk;
                assert!(least <= got && got <= most, "{costs:?} {message}");
            }
        }
    }
}

#[test]
fn a_server_is_away_without_a_migration() {
    for costs in all_costs() {
        let mut setup = costs.setup(true);
        let (dead, back) = (at(8_777), at(20_003));
        crash(&mut setup, node(FIRST), dead, back);
        listed(&mut setup, &[(at(9_111), 0, &[MOVER]), (at(30_000), 0, &[MOVER])]);
        let played = play_migrate(&setup);
        assert_eq!(delivered(&played, 0, MOVER), back + costs.b() + costs.to_device());
        let plain = at(30_000) + costs.to_store() + costs.to_device();
        assert_eq!(delivered(&played, 1, MOVER), plain);
    }
}

#[test]
fn clients_of_a_dead_server_are_evacuated() {
    for costs in all_costs() {
        let mut setup = costs.setup(true);
        migrate(&mut setup).copies = 1;
        migrate(&mut setup).keeps_to_delivery = true;
        let dead = at(8_777);
        crash(&mut setup, node(FIRST), dead, at(80_000));
        listed(&mut setup, &[(at(9_111), 0, &[MOVER]), (at(30_000), 0, &[MOVER])]);
        let played = play_migrate(&setup);
        let suspected = last_ping(dead, costs.b()) + costs.b() * 2 + EVERY * MISSES;
        let written = suspected + costs.recording();
        let heard = attached(&played, MOVER, FIRST + 1);
        assert_eq!(heard, written + costs.b() + costs.access());
        assert_eq!(delivered(&played, 0, MOVER), written + costs.to_device());
        let plain = at(30_000) + costs.to_store() + costs.to_device();
        assert_eq!(delivered(&played, 1, MOVER), plain);
    }
}

#[test]
fn a_drain_takes_one_client_after_the_other() {
    for costs in all_costs() {
        let mut setup = costs.setup(true);
        let options = migrate(&mut setup);
        options.data = 1_234_567;
        options.bandwidth = Bandwidth::bits_per_second(9_000_000);
        let transfer = options.bandwidth.expect("it is more than none").time_for(1_234_567);
        options.plan =
            Plan::new(Vec::new(), vec![Drain { at: at(8_000), gateway: GatewayId(FIRST) }]);
        listed(&mut setup, &[]);
        setup.stops = at(60_000);
        let played = play_migrate(&setup);
        // Round-robin from the next on.
        for (place, (client, to)) in (1..).zip([(MOVER, 2), (5, 3), (6, 4), (7, 0)]) {
            let end = at(8_000) + costs.migrating() + transfer * place;
            let heard = attached(&played, client, to);
            assert_eq!(heard, end + costs.b() + costs.access(), "{costs:?} c{client}");
        }
    }
}

#[test]
fn one_broker_is_away() {
    for costs in all_costs().filter(|costs| costs.brokers == 1) {
        for (wish, back) in [(9_000, 20_003), (9_000, 9_390), (9_000, 10_400)] {
            let mut setup = costs.setup(true);
            let (gone, back) = (at(8_777), at(back));
            let down = broker(&setup, 0);
            crash(&mut setup, down, gone, back);
            listed(&mut setup, &[(at(wish), 0, &[MOVER])]);
            let played = play_migrate(&setup);
            // The first question that finds it, or those that its first ping brings.
            let first = at(wish) + costs.access() + costs.times.cpu + costs.times.policy;
            let mut put = first;
            let mut wait = ACK_TIMEOUT;
            while put + costs.b() < back {
                put += wait;
                wait = (wait * 2).min(Span::secs(10));
            }
            let comes = (put + costs.b()).min(back + costs.b() * 2);
            let stored = comes + costs.storing();
            assert_eq!(delivered(&played, 0, MOVER), stored + costs.to_device(), "{costs:?}");
        }
    }
}

#[test]
fn the_primary_dies() {
    for costs in all_costs().filter(|costs| costs.brokers > 1) {
        let mut setup = costs.setup(true);
        // So late that no repeat comes before those that the new primary's pings bring.
        let (dead, wish) = (at(8_777), at(8_800));
        let down = broker(&setup, 0);
        crash(&mut setup, down, dead, at(80_000));
        listed(&mut setup, &[(wish, 0, &[MOVER])]);
        let played = play_migrate(&setup);
        let asks = last_ping(dead, Span::ZERO) + costs.b() + EVERY * MISSES + ELECT;
        let serves = if costs.brokers == 3 { asks + costs.b() * 2 } else { asks + ACK_TIMEOUT * 2 };
        let comes = serves + costs.b() * 2;
        let first = wish + costs.access() + costs.times.cpu + costs.times.policy;
        let repeats = (0..5).map(|it| first + ACK_TIMEOUT * ((1 << it) - 1) + costs.b());
        let hits = repeats.clone().any(|it| serves <= it && it < comes);
        // Of three the dead one still counts: the write waits for it to be silent.
        let alone = costs.broker.cpu + costs.broker.write;
        let storing = if costs.brokers == 3 { costs.storing() } else { alone };
        let got = delivered(&played, 0, MOVER);
        let at_most = comes + storing + costs.to_device();
        assert!(got <= at_most, "{costs:?}: {got} {at_most}");
        assert!(hits || got == at_most, "{costs:?}: {got} {at_most}");
    }
}

#[test]
fn the_broker_dies_as_the_data_are_stored() {
    for costs in all_costs().filter(|costs| costs.brokers == 1) {
        let mut setup = costs.setup(false);
        let options = migrate(&mut setup);
        options.data = 1_000_000;
        options.bandwidth = Bandwidth::bits_per_second(8_000_000);
        let delay = options.delay;
        plan(&mut setup, &[(at(8_000), &[MOVER], SECOND)]);
        // `stored` comes a write before the end.
        let stored = before(at(9_000) + costs.migrating(), costs.recording());
        let back = at(15_003);
        let down = broker(&setup, 0);
        crash(&mut setup, down, before(stored, Span::nanos(1)), back);
        listed(&mut setup, &[(at(8_600), 0, &[MOVER])]);
        let played = play_migrate(&setup);
        let end = back + costs.b() * 2 + costs.recording();
        assert_eq!(attached(&played, MOVER, SECOND), end + costs.b() + costs.access(), "{costs:?}");
        // Its clock begins as the broker is back.
        let handed = looked_at(back, end, delay);
        assert_eq!(delivered(&played, 0, MOVER), handed + costs.to_device(), "{costs:?}");
    }
}
