//! Services: where they stand, how far they are from everybody and from each other, what they are called.

use std::collections::BTreeMap;

use crate::common::several::{Several, SeveralOptions};
use crate::common::*;
use penult_models::strategies::chain::{Acks, ChainOptions};
use penult_models::*;
use penult_sim::*;

const LATENCY: Span = Span::millis(3);
const DIRECTORY: Span = Span::millis(7);
/// From the first region to the second, and back.
const THERE: Span = Span::millis(40);
const BACK: Span = Span::millis(45);

/// Four gateways in two regions, no client, `s0` and so on, `bus0` and so on.
fn world(servers: u32, buses: u32) -> Setup {
    let mut setup = mesh(4, &[], Times::PLAIN, &ChainOptions::default());
    setup.directory.latency = Delay::constant(DIRECTORY);
    setup.gateways.regions = (0..4).map(|gateway| RegionId::new(gateway % 2)).collect();
    setup.regions = Some(RegionDelays::new(2, |from, to| {
        Delay::constant(match (from.index(), to.index()) {
            (0, 1) => THERE,
            (1, 0) => BACK,
            _ => Span::ZERO,
        })
    }));
    let options = SeveralOptions { servers, buses, latency: LATENCY, gateways: true };
    setup.strategy = StrategyOptions::of::<Several>(options);
    setup
}

/// How long each greeting took, by the names of who sent it and who got it.
#[derive(Default)]
struct Greetings(BTreeMap<(String, String), Span>, Vec<String>);

impl Observer<Member<Several>> for Greetings {
    fn see(&mut self, at: Time, what: Observed<'_, Member<Several>>) {
        if let Observed::Received(Carried { from, to, .. }) = what {
            let [from, to] = [from, to].map(|node| self.1[node.index()].clone());
            self.0.insert((from, to), at - Time::ZERO);
        }
    }
}

fn greetings(setup: &Setup) -> BTreeMap<(String, String), Span> {
    let gateways = (0..setup.gateways.count).map(|number| format!("g{number}"));
    let services = setup.services();
    let names = gateways.chain(services.iter().map(|it| it.name.to_string())).collect();
    let options = setup.strategy.get::<Several>().expect("it is that strategy").clone();
    let engine = setup.engine::<Several>(options).expect("there is nothing to send");
    let mut engine = engine.observed_by(Greetings(BTreeMap::new(), names));
    engine.run(&Limits::QUIET).expect("there are few events");
    engine.into_observer().0
}

#[test]
fn services_of_several_are_dealt_out_and_others_stand_nowhere() {
    let region = |setup: &Setup| -> BTreeMap<String, Option<usize>> {
        let services = setup.services().into_iter();
        services.map(|it| (it.name.to_string(), it.region.map(RegionId::index))).collect()
    };
    let of = region(&world(3, 1));
    let expected = [
        ("bus0", None),
        ("desk", None),
        ("directory", None),
        ("s0", Some(0)),
        ("s1", Some(1)),
        ("s2", Some(0)),
    ];
    assert_eq!(of, expected.map(|(name, region)| (name.to_owned(), region)).into());
    // A region that no gateway is in is one all the same; without regions everything stands nowhere.
    let mut apart = world(3, 2);
    apart.regions = Some(RegionDelays::new(3, |_, _| Delay::ZERO));
    assert_eq!(region(&apart)["s2"], Some(2));
    (apart.regions, apart.gateways.regions) = (None, Vec::new());
    assert!(region(&apart).values().all(Option::is_none));
    // Regions that are no distance apart only go down together.
    apart.gateways.regions = world(0, 0).gateways.regions;
    assert_eq!(region(&apart)["bus1"], Some(1));
}

#[test]
fn between_two_services_lie_both_latencies_and_between_replicas_one() {
    let took = greetings(&world(2, 2));
    let cases = [
        // Their own region's gateways are as far as their latency, the others' further.
        ("g0", "s0", LATENCY),
        ("s0", "g2", LATENCY),
        ("g0", "s1", LATENCY + THERE),
        ("s1", "g0", LATENCY + BACK),
        ("bus1", "g3", LATENCY),
        ("bus1", "g0", LATENCY + BACK),
        // What stands in no region is as far from all.
        ("g0", "directory", DIRECTORY),
        ("directory", "g1", DIRECTORY),
        ("desk", "g1", LATENCY),
        // Two services.
        ("s0", "s1", LATENCY * 2 + THERE),
        ("s1", "s0", LATENCY * 2 + BACK),
        ("s0", "bus0", LATENCY * 2),
        ("bus1", "s0", LATENCY * 2 + BACK),
        ("directory", "s1", DIRECTORY + LATENCY),
        ("bus0", "directory", DIRECTORY + LATENCY),
        ("desk", "directory", DIRECTORY + LATENCY),
        // Two of one kind that are close to each other.
        ("bus0", "bus1", LATENCY + THERE),
        ("bus1", "bus0", LATENCY + BACK),
    ];
    for (from, to, span) in cases {
        assert_eq!(took[&(from.to_owned(), to.to_owned())], span, "{from} to {to}");
    }
    // Each of the ten greets each.
    assert_eq!(took.len(), 90);
}

#[test]
fn the_ledger_knows_what_is_durable_of_each_service_and_what_gateways_keep() {
    let mut setup = world(2, 2);
    let durable = |setup: &Setup| -> Vec<String> {
        let options = setup.ledger_options();
        assert!(!options.gateways_on_disk, "its gateways keep all in memory");
        let durable = options.services.iter().filter(|service| service.durable);
        durable.map(|service| service.name.to_string()).collect()
    };
    assert_eq!(durable(&setup), ["directory", "bus0", "bus1", "desk"]);
    setup.gateways.queue = QueuePlace::Disk;
    assert_eq!(durable(&setup), ["directory", "s0", "s1", "bus0", "bus1", "desk"]);
    let times = Times { on_disk: true, ..Times::PLAIN };
    assert!(mesh(2, &[], times, &ChainOptions::default()).ledger_options().gateways_on_disk);
}

#[test]
fn nodes_find_services_by_their_kind() {
    for (acks, spill) in [(Acks::Hop, Spill::AtOnce), (Acks::Central, Spill::Never)] {
        let options = ChainOptions { acks, spill, ..ChainOptions::default() };
        let setup = mesh(3, &[0], Times::PLAIN, &options);
        let places = setup.places();
        assert_eq!(service(&setup, "directory"), Some(places.service(0)));
        let second = if acks == Acks::Hop { "store" } else { "processor" };
        assert_eq!(service(&setup, second), Some(places.service(1)));
        assert_eq!(setup.services().len(), 2);
    }
}
