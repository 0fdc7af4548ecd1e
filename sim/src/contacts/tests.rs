//! What contacts cost, counted: a step is a link followed, a key looked up, a place moved.

use std::cell::Cell;

use crate::*;

thread_local! {
    /// Steps taken, see [`super::effort`].
    pub(super) static EFFORT: Cell<u64> = const { Cell::new(0) };
}

/// Hands a packet to whom it meets, of a size that breaks many transfers off.
struct Courier {
    new: Vec<NodeId>,
}

impl Node for Courier {
    type World = ();
    type Disk = ();
    type Packet = Parcel;
    type Timer = ();
    type Note = ();

    const MEETS: bool = true;

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Courier { new: Vec::new() }
    }

    fn receive(&mut self, (): &mut (), from: NodeId, parcel: Parcel, cx: &mut Context<'_, Self>) {
        if let Parcel::Freight = parcel {
            cx.say(from, Parcel::Thanks);
        }
    }

    fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}

    fn met(&mut self, (): &mut (), peer: NodeId, cx: &mut Context<'_, Self>) {
        if cx.node() < peer {
            self.new.push(peer);
            cx.ask_turn();
        }
    }

    fn turn(&mut self, (): &mut (), turn: &mut Turn<'_, Self>) {
        while let Some(peer) = self.new.pop() {
            turn.ask(peer, &Parcel::Thanks);
            assert!(turn.transfer(peer, Parcel::Freight));
        }
    }
}

#[derive(Clone, Copy)]
enum Parcel {
    Freight,
    Thanks,
}

impl Ids for Parcel {
    fn ids(&self) -> u64 {
        0
    }
}

impl Packet for Parcel {
    fn bytes(&self) -> u32 {
        1_000_000
    }
}

const DEVICES: u64 = 1000;

/// A run of so many contacts among a thousand devices in an hour, each for so long: how many began, how many
/// were in contact at once, and the steps for each that began. At their rate a packet takes a minute.
fn cost(count: u64, lasts: Span) -> (u64, usize, f64) {
    let seed = Seed::new(1);
    let mut stream = Stream::new(Purpose::of_models(0), 0);
    let mut draw = stream.with(&seed);
    let row = |_| {
        let up = Time::from_nanos(draw.below(3_600_000_000_000));
        let a = draw.below(DEVICES);
        let b = (a + 1 + draw.below(DEVICES - 1)) % DEVICES;
        let node = |n: u64| NodeId::new(n as usize);
        Contact { a: node(a), b: node(b), up, down: up + lasts }
    };
    let rows = ContactTrace::new((0..count).map(row).collect()).expect("nobody meets itself");
    let mut contacts = Contacts::new();
    contacts.add_source(rows);
    contacts.set_bandwidth(Bandwidth::bits_per_second(8_000_000 / 60));
    let mut network = Network::new();
    (0..DEVICES).for_each(|_| _ = network.add_node(&NodeSpec::default()));
    let mut engine = Engine::<Courier>::new(seed, network, ()).observed_by(Begun(0));
    engine.add_contacts(contacts).expect("all nodes are there");
    EFFORT.set(0);
    engine.run(&Limits::until(Time::from_secs(1800))).expect("there is no limit on events");
    let halfway = EFFORT.get();
    let nodes = (0..DEVICES as usize).map(NodeId::new);
    let together = nodes.map(|node| engine.peers(node).count()).sum::<usize>() / 2;
    EFFORT.set(halfway);
    engine.run(&Limits::until(Time::from_secs(10_000))).expect("there is no limit on events");
    let Begun(begun) = *engine.observer();
    (begun, together, EFFORT.get() as f64 / begun as f64)
}

struct Begun(u64);

impl Observer<Courier> for Begun {
    fn see(&mut self, _: Time, what: Observed<'_, Courier>) {
        self.0 += u64::from(matches!(what, Observed::Met { .. }));
    }
}

#[test]
fn a_million_contacts_cost_some_twenty_steps_each() {
    let (begun, together, steps) = cost(1_000_000, Span::secs(59));
    assert!(begun > 950_000 && together > 15_000, "{begun} began, {together} at once");
    assert!(steps < 24.0, "{steps} steps for a contact whose transfer breaks off");
    // Neither what is in contact nor what is under way makes them dearer, nor how many have been.
    for (count, lasts, at_once) in [(100_000, 1, 20), (100_000, 61, 1500), (100_000, 2000, 40_000)]
    {
        let (_, together, steps) = cost(count, Span::secs(lasts));
        assert!(together > at_once, "{together} at once");
        assert!(steps < 24.0, "{steps} steps for a contact of {lasts} s");
    }
}

#[test]
fn a_walker_that_turns_looks_at_each_other_one_once() {
    let speed = Distribution::uniform(1.0, 2.0).expect("it is in order");
    let pause = Delay::constant(Span::secs(60));
    let walking = Walking { area: (1000.0, 1000.0), speed, pause };
    let device = |n| Mobile { node: NodeId::new(n as usize), entity: n };
    let devices: Vec<Mobile> = (0..DEVICES as u32).map(device).collect();
    let seed = Seed::new(1);
    let until = Time::from_secs(900);
    let turns = devices.iter().map(|device| {
        let mut walk = Walk::new(Purpose::of_models(1), device.entity.into());
        let legs = std::iter::from_fn(|| Some(walk.next(&walking, &seed)));
        legs.take_while(|leg| leg.from < until).count() as u64
    });
    let turns: u64 = turns.sum();
    let mut source = Waypoint::new(Purpose::of_models(1), &devices, walking.clone(), 30.0)
        .expect("devices are in order");
    EFFORT.set(0);
    let (mut begun, mut changes) = (0, Vec::new());
    while let Some(at) = source.next(&seed, &mut changes)
        && at < until
    {
        begun += changes.drain(..).filter(|change| change.begins).count() as u64;
    }
    let looks = EFFORT.get() as f64;
    assert!(begun > 50_000 && turns > 4 * DEVICES, "{begun} contacts, {turns} turns");
    // And a few steps for each contact, which its end takes among those that are near.
    assert!(looks < (turns * DEVICES + 8 * begun) as f64, "{looks} steps for {turns} turns");
    assert!(looks / (begun as f64) < 90.0, "{looks} steps for {begun} contacts");
}
