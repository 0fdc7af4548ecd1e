//! Plans of random worlds in which devices meet.

use penult_sim::*;
use proptest::prelude::*;

use super::carrier::{Carrier, Errand, Happens, Message};
use super::twin::{Ground, Watch};
use super::{apart, id};

/// All that a run is built from. Behind the devices stand two nodes that media need.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub devices: usize,
    pub rows: Vec<Contact>,
    /// Whether the rows are told as a trace of beginnings and ends.
    pub in_order: bool,
    pub bandwidth: Option<Bandwidth>,
    pub radios: Vec<(NodeId, Option<Bandwidth>)>,
    pub media: bool,
    pub errand: Errand,
    pub faults: Vec<Fault>,
}

/// Everything that is drawn has happened by then.
pub const END: Time = Time::from_millis(2_000);

impl Plan {
    pub fn nodes(&self) -> usize {
        self.devices + 2
    }

    fn ground(&self) -> Ground {
        let needs = [0, 1].map(|number| id(self.devices + number));
        let media = vec![(needs[0], true), (needs[1], false)];
        let bridges = vec![(0, 1, needs[1])];
        let rows = self.rows.clone();
        if self.media {
            Ground { rows, media, bridges }
        } else {
            Ground { rows, ..Ground::default() }
        }
    }

    fn contacts(&self) -> Contacts {
        let mut contacts = Contacts::new();
        contacts.set_bandwidth(self.bandwidth);
        self.radios.iter().for_each(|&(node, bandwidth)| contacts.set_radio(node, bandwidth));
        let Ground { media, bridges, .. } = self.ground();
        let media: Vec<MediumId> = media
            .into_iter()
            .map(|(needs, peers)| contacts.add_medium(Medium { needs: vec![needs], peers }))
            .collect();
        for (one, other, needs) in bridges {
            contacts.bridge(media[one], media[other], &[needs]);
        }
        let rows = if self.in_order { self.trace() } else { ContactTrace::new(self.rows.clone()) };
        contacts.add_source(rows.expect("the rows make sense"));
        contacts
    }

    /// The union of the rows of each pair, told in some order at each instant.
    fn trace(&self) -> Result<ContactTrace, ContactError> {
        let held = |row: &Contact, at| {
            let same = |other: &&Contact| {
                (other.a.min(other.b), other.a.max(other.b)) == (row.a.min(row.b), row.a.max(row.b))
            };
            self.rows.iter().filter(same).any(|other| other.up <= at && at < other.down)
        };
        let mut changes = Vec::new();
        for row in &self.rows {
            changes.push((row.up, ContactChange::begin(row.a, row.b)));
            // What another row goes on with does not end here.
            if !held(row, row.down) {
                changes.push((row.down, ContactChange::end(row.a, row.b)));
            }
        }
        ContactTrace::in_order(&changes)
    }

    pub fn bare(&self) -> Engine<Carrier> {
        let mut network = apart(self.nodes());
        if let Some(office) = self.errand.office {
            let latency = Distribution::uniform(0.0, 4e6).expect("it is in order");
            let link = LinkSpec {
                loss: 0.2,
                duplicate: 0.2,
                corrupt: 0.2,
                ..LinkSpec::with_latency(Delay::from_nanos(latency))
            };
            let others = network.nodes().filter(|&node| node != office);
            others.for_each(|node| _ = network.add_link(office, node, &link));
        }
        let mut run = Engine::new(Seed::new(self.seed), network, self.errand.clone());
        run.add_contacts(self.contacts()).expect("the contacts fit the network");
        for fault in &self.faults {
            run.add_fault(fault.clone()).expect("the fault fits the network");
        }
        run
    }

    pub fn watched(&self) -> Engine<Carrier, Watch> {
        self.bare().observed_by(Watch::new(self.nodes(), self.ground()))
    }
}

/// Few instants, so that much happens at one.
fn millis(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![0..most.min(12), 0..most]
}

fn bandwidth() -> impl Strategy<Value = Option<Bandwidth>> {
    prop::sample::select(vec![0, 0, 8_000_000, 4_000_000, 3_333_333])
        .prop_map(Bandwidth::bits_per_second)
}

fn node(count: usize) -> impl Strategy<Value = NodeId> {
    (0..count).prop_map(NodeId::new)
}

fn row(devices: usize) -> impl Strategy<Value = Contact> {
    let ends =
        (0..devices, 1..devices).prop_map(move |(a, more)| (id(a), id((a + more) % devices)));
    let lasts = prop_oneof![9 => millis(60).prop_map(Some), 1 => Just(None)];
    (ends, millis(200), lasts).prop_map(|((a, b), up, lasts)| {
        let up = Time::from_millis(up);
        let down = lasts.map_or(Time::NEVER, |lasts| up + Span::millis(lasts));
        Contact { a, b, up, down }
    })
}

fn fault(nodes: usize) -> impl Strategy<Value = Fault> {
    let who = prop::collection::vec(node(nodes), 1..3).prop_map(Who::Nodes);
    let disk = prop_oneof![Just(DiskFate::Kept), Just(DiskFate::Lost)];
    let what = (who, disk, any::<bool>()).prop_map(|(who, disk, offline)| {
        if offline { What::Offline(who) } else { What::Crash { who, disk } }
    });
    (what, millis(200), millis(50))
        .prop_map(|(what, at, lasts)| Fault::once(what, Time::from_millis(at), Span::millis(lasts)))
}

fn happens(devices: usize, media: bool) -> impl Strategy<Value = (Span, NodeId, Happens)> {
    let medium = (0..2usize).prop_map(MediumId::new);
    let away = millis(30).prop_map(|back| Happens::Away { back: Span::millis(back) });
    let what = if media {
        prop_oneof![
            3 => (medium.clone(), bandwidth()).prop_map(|(medium, rate)| Happens::Join(medium, rate)),
            2 => medium.prop_map(Happens::Leave),
            1 => away,
        ]
        .boxed()
    } else {
        away.boxed()
    };
    (millis(200).prop_map(Span::millis), node(devices), what)
}

fn message(devices: usize) -> impl Strategy<Value = Message> {
    (millis(200), node(devices), node(devices), 0..6u32).prop_map(|(born, from, to, kilobytes)| {
        let bytes = 1000 * kilobytes;
        Message { born: Span::millis(born), from, to, bytes }
    })
}

/// Any plan.
pub fn plan() -> impl Strategy<Value = Plan> {
    (2..=8usize, any::<bool>()).prop_flat_map(|(devices, media)| {
        let rows = prop::collection::vec(row(devices), 0..50);
        let radios = prop::collection::vec((node(devices), bandwidth()), 0..3);
        let messages = prop::collection::vec(message(devices), 0..15);
        let quiet = prop::bool::weighted(0.3);
        let troubles = (
            prop::collection::vec(happens(devices, media), 0..20),
            prop::collection::vec(fault(devices + 2), 0..10),
            quiet,
        );
        let office = prop::option::of(node(devices));
        let flags = (any::<bool>(), any::<bool>(), any::<bool>(), office);
        (any::<u64>(), rows, bandwidth(), radios, messages, troubles, flags).prop_map(
            move |(
                seed,
                rows,
                bandwidth,
                radios,
                messages,
                troubles,
                (in_order, forgets, broadcasts, office),
            )| {
                let (happens, faults, quiet) = troubles;
                let (happens, faults) =
                    if quiet { (Vec::new(), Vec::new()) } else { (happens, faults) };
                let errand = Errand { messages, happens, forgets, broadcasts, office };
                Plan { seed, devices, rows, in_order, bandwidth, radios, media, errand, faults }
            },
        )
    })
}
