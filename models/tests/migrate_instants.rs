//! Small worlds of `migrate`, enumerated: a client migrates with tasks under way, and a server or a broker dies at every
//! instant at which anything happens, right before and right after, and comes back.

use std::collections::BTreeSet;

use crate::common::brokered::{BrokerTimes, migrate, options, play_migrate, request, world};
use crate::common::*;
use penult_models::strategies::migrate::{Migrate, Plan};
use penult_models::*;
use penult_sim::*;

/// The instants at which anything happens.
#[derive(Default)]
struct Instants(BTreeSet<Time>);

impl<N: Node> Observer<N> for Instants {
    fn see(&mut self, at: Time, _: Observed<'_, N>) {
        self.0.insert(at);
    }
}

/// Two servers; c1 migrates from g1 to g0 while c0 sends to it.
fn small(brokers: u32, on_disk: bool, in_order: bool) -> Setup {
    let micros = Span::micros;
    let broker = BrokerTimes { latency: micros(1_300), cpu: micros(70), write: micros(400) };
    let times = Times { on_disk, disk: micros(if on_disk { 300 } else { 0 }), ..UNEVEN };
    let mut options = options(brokers, broker, micros(0));
    options.in_order = in_order;
    options.keeps_to_delivery = !on_disk;
    options.delay = Span::millis(90);
    options.data = 100_000;
    options.bandwidth = Bandwidth::bits_per_second(8_000_000);
    options.every = Span::millis(200);
    options.elect = Span::millis(100);
    options.plan = Plan::new(vec![request(at(1_000), &[1], None, 0)], Vec::new());
    let mut setup = world(2, &[0, 1], times, options);
    setup.clients.keepalive = Span::millis(700);
    setup.clients.send_timeout = Span::millis(500);
    (setup.ends, setup.stops) = (at(2_000), at(90_000));
    listed(&mut setup, &[(at(930), 0, &[1]), (at(1_040), 0, &[1]), (at(1_100), 0, &[1])]);
    setup
}

fn instants(setup: &Setup) -> Vec<Time> {
    let options = setup.strategy.get::<Migrate>().expect("it is migrate").clone();
    let engine = setup.engine::<Migrate>(options).expect("the workload is well formed");
    let mut engine = engine.observed_by(Instants::default());
    engine.run(&Limits::until(at(1_400))).expect("there are few events");
    let all = engine.into_observer().0.into_iter();
    all.filter(|&instant| instant >= at(940)).collect()
}

/// What must hold whoever dies when: each message is shown once, and no migration runs for ever.
fn holds(setup: &Setup, what: &str) {
    let played = play_migrate(setup);
    assert_eq!(played.totals.duplicates_seen, 0, "{what}");
    for row in &played.rows {
        assert_eq!(row.fate, Fate::Delivered, "{what}: {row:?}");
    }
    assert!(played.over < setup.stops, "{what}: something goes on for ever");
    // An epoch has one host, and the device is where the last one is.
    let mut hosts = played.seen.hosts.iter().zip(played.seen.hosts.iter().skip(1));
    assert!(hosts.all(|(one, other)| (one.0, one.1) != (other.0, other.1)), "{what}");
    assert_eq!(played.queued.now(), 0, "{what}: nobody keeps what was received");
}

fn everybody_dies_at_every_instant(brokers: u32, on_disk: bool, in_order: bool, stride: usize) {
    let plain = small(brokers, on_disk, in_order);
    let instants = instants(&plain);
    assert!(instants.len() > 60, "{}", instants.len());
    let nodes = 2 + brokers;
    for (place, &instant) in instants.iter().enumerate() {
        for dies in (0..nodes).filter(|dies| (place + *dies as usize).is_multiple_of(stride)) {
            for (from, lasts) in [(before(instant, Span::nanos(1)), 150), (instant, 1_900)] {
                let mut setup = plain.clone();
                let who = Who::Nodes(vec![NodeId::new(dies as usize)]);
                let what = What::Crash { who, disk: DiskFate::Kept };
                setup.faults.push(Fault::once(what, from, Span::millis(lasts)));
                holds(&setup, &format!("{brokers} brokers, n{dies} dies at {from} for {lasts} ms"));
            }
        }
    }
}

/// Each of them takes a part of the instants by default, and all where there is time.
fn stride() -> usize {
    16_usize.div_ceil(cases(1) as usize)
}

#[test]
fn one_broker() {
    everybody_dies_at_every_instant(1, true, true, stride());
    everybody_dies_at_every_instant(1, false, false, stride());
}

#[test]
fn two_brokers() {
    everybody_dies_at_every_instant(2, true, true, stride());
    everybody_dies_at_every_instant(2, false, true, stride());
}

#[test]
fn three_brokers() {
    everybody_dies_at_every_instant(3, true, true, stride());
    everybody_dies_at_every_instant(3, false, false, stride());
}

/// Without a fault the same holds, and the migration is one that moves.
#[test]
fn the_small_world_migrates() {
    for brokers in 1..=3 {
        let mut setup = small(brokers, true, true);
        holds(&setup, "no fault");
        let played = play_migrate(&setup);
        assert!(played.attached().contains(&(ClientId(1), GatewayId(0), 2)));
        migrate(&mut setup).failure = 1.0;
        holds(&setup, "it fails");
        assert_eq!(play_migrate(&setup).attached(), []);
    }
}
