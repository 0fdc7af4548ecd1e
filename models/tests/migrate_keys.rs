//! Every key of `migrate` acts.

use crate::common::brokered::{BrokerTimes, migrate, options, play_migrate, request, world};
use crate::common::*;
use penult_models::strategies::migrate::{Drain, MigrateOptions, Plan};
use penult_models::*;
use penult_sim::*;

/// Two servers and a third; c1 at g1 gets messages. It migrates to g2 at 8 s, which takes a second.
fn plain() -> Setup {
    let micros = Span::micros;
    let broker = BrokerTimes { latency: micros(1_300), cpu: micros(70), write: micros(400) };
    let mut options = options(1, broker, Span::ZERO);
    options.data = 1_000_000;
    options.bandwidth = Bandwidth::bits_per_second(8_000_000);
    options.plan = Plan::new(vec![request(at(8_000), &[1], None, 2)], Vec::new());
    let mut setup = world(3, &[0, 1, 2], UNEVEN, options);
    setup.clients.keepalive = Span::secs(2);
    setup.clients.send_timeout = Span::secs(1);
    let sent: Vec<_> = (0..12).map(|it| (at(7_000 + 300 * it), 0, &[1][..])).collect();
    listed(&mut setup, &sent);
    setup
}

fn dies(setup: &mut Setup, node: NodeId, from: u64, lasts: u64) {
    let what = What::Crash { who: Who::Nodes(vec![node]), disk: DiskFate::Kept };
    setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
}

/// What comes out where a key is changed differs from what comes out where it is not.
fn acts(key: &str, world: &Setup, change: impl FnOnce(&mut MigrateOptions)) {
    let mut changed = world.clone();
    change(migrate(&mut changed));
    let (one, other) = (play_migrate(world), play_migrate(&changed));
    let shown = |played: &Played| {
        let rows = played.rows.iter().map(|row| (row.delivered, row.accepted, row.fate));
        (rows.collect::<Vec<_>>(), played.attached(), played.fingerprint)
    };
    assert_ne!(shown(&one), shown(&other), "`{key}` does nothing");
}

#[test]
fn keys_of_a_migration_act() {
    let world = plain();
    acts("delay", &world, |it| it.delay = Span::millis(700));
    acts("order", &world, |it| it.in_order = false);
    acts("max_returns", &world, |it| it.max_returns = Some(0));
    acts("bandwidth", &world, |it| it.bandwidth = None);
    acts("data", &world, |it| it.data = 2_000_000);
    acts("failure", &world, |it| it.failure = 1.0);
    acts("timeout", &world, |it| it.timeout = Span::millis(1));
    acts("keep", &world, |it| it.keeps_to_delivery = true);
    acts("heartbeat.every", &world, |it| it.every = Span::millis(300));
    acts("broker.latency", &world, |it| {
        it.broker.latency = Delay::constant(Span::millis(2));
    });
    acts("broker.write", &world, |it| {
        it.broker.machine.disk = Delay::constant(Span::millis(2));
    });
    acts("broker.cpu", &world, |it| it.broker.machine.cpu = Delay::constant(Span::millis(2)));
    acts("broker.replicas", &world, |it| it.replicas = 2);
    acts("migration", &world, |it| it.plan = Plan::default());
    acts("drain", &world, |it| {
        let drain = Drain { at: at(8_500), gateway: GatewayId(1) };
        it.plan = Plan::new(Vec::new(), vec![drain]);
    });
    acts("policy_cost", &world, |it| it.policy.cost = Delay::constant(Span::millis(3)));
    acts("policy", &world, |it| {
        it.policy.cost = Delay::constant(Span::millis(3));
        it.policy_everywhere = true;
    });
    acts("hold", &world, |it| it.hold = Span::millis(100));
    acts("delete_on", &world, |it| it.delete_on = DeleteOn::Never);
}

#[test]
fn keys_of_faults_act() {
    let mut dead = plain();
    dies(&mut dead, node(1), 8_500, 9_000);
    acts("heartbeat.misses", &dead, |it| it.misses = 6);
    acts("copies", &dead, |it| (it.copies, it.keeps_to_delivery) = (1, true));
    // Where neighbours are not in the order of their numbers, the list says whom a device asks next.
    let mut uneven = dead.clone();
    let slow = LinkSpec::with_latency(Delay::constant(Span::millis(9)));
    uneven.gateways.specs.push(slow);
    let far = |link: &&mut Link| link.ends == (GatewayId(1), GatewayId(2));
    let far = uneven.gateways.links.iter_mut().find(far).expect("all are linked");
    (far.there, far.back) = (1, Some(1));
    acts("length", &uneven, |it| it.length = 1);
    let mut standby = dead.clone();
    (migrate(&mut standby).copies, migrate(&mut standby).keeps_to_delivery) = (1, true);
    acts("evacuate", &standby, |it| it.evacuate = false);
    let mut elected = plain();
    migrate(&mut elected).replicas = 3;
    let primary = elected.places().service(0);
    dies(&mut elected, primary, 8_500, 9_000);
    acts("elect", &elected, |it| it.elect = Span::millis(300));
    acts("ack_timeout", &elected, |it| it.ack_timeout = Span::millis(130));
    // A replica dies, and the primary waits for it.
    let mut missing = plain();
    migrate(&mut missing).replicas = 3;
    let replica = missing.places().service(2);
    dies(&mut missing, replica, 7_500, 9_000);
    acts("attempts", &missing, |it| it.attempts = 5);
}

/// A migration does what its keys say: refused where the client is not at `from`, or is at `to`; failed at once where a
/// server is suspected.
#[test]
fn requests_are_refused_or_fail_at_once() {
    for (from, to, happens) in
        [(None, 2, true), (Some(1), 2, true), (Some(2), 0, false), (None, 1, false)]
    {
        let mut setup = plain();
        migrate(&mut setup).plan = Plan::new(vec![request(at(8_000), &[1], from, to)], Vec::new());
        let attached = play_migrate(&setup).attached();
        assert_eq!(attached.iter().any(|it| it.2 == 2), happens, "{from:?} {to} {attached:?}");
    }
    for dead in [1, 2] {
        let mut setup = plain();
        dies(&mut setup, node(dead), 4_000, 20_000);
        assert!(play_migrate(&setup).attached().iter().all(|it| it.2 == 1), "g{dead} is dead");
    }
}

/// Data migrate for M; what is offered at a uniform instant of that is put back every D. How long that takes on average,
/// and which share is lost if it is put back K times at most, the sawtooth says.
#[test]
fn the_sawtooth_of_what_is_put_back() {
    const M: u64 = 10_000;
    for (delay, returns, mean, lost) in
        [(2_000, None, 6.0, 0.0), (3_000, None, 6.6, 0.0), (2_000, Some(3), 4.0, 0.4)]
    {
        let nothing = BrokerTimes { latency: Span::ZERO, cpu: Span::ZERO, write: Span::ZERO };
        let mut options = options(1, nothing, Span::ZERO);
        (options.delay, options.in_order) = (Span::millis(delay), false);
        options.max_returns = returns;
        options.timeout = Span::secs(60);
        options.data = M;
        options.bandwidth = Bandwidth::bits_per_second(8_000);
        options.plan = Plan::new(vec![request(at(8_000), &[1], None, 2)], Vec::new());
        let none = Times { link: Span::ZERO, access: Span::ZERO, ..Times::PLAIN };
        let mut setup = world(3, &[0, 1, 2], none, options);
        setup.clients.keepalive = Span::secs(3_600);
        // In the middle of each of a thousand parts.
        let count = 1_000;
        let sent: Vec<_> =
            (0..count).map(|it| (at(8_000 + M * it / count + 5), 0, &[1][..])).collect();
        listed(&mut setup, &sent);
        let played = play_migrate(&setup);
        let waits = played.rows.iter().filter_map(Row::latency).map(Span::as_secs_f64);
        let waits: Vec<f64> = waits.collect();
        let found = waits.iter().sum::<f64>() / waits.len() as f64;
        assert!((found - mean).abs() < 1e-9, "D = {delay} ms: {found} s, {mean} s");
        let share = played.totals.of(Fate::Lost) as f64 / count as f64;
        assert!((share - lost).abs() < 1e-9, "D = {delay} ms: {share}, {lost}");
    }
}
