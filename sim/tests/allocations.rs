//! The hot path allocates nothing: what an event needs has been made for earlier ones and is used again.

use allocation_counter::measure;
use penult_sim::*;

const NODES: u32 = 16;
const TOKENS: u32 = 4;

/// Passes each token on, at random, and guards it by a timer that the answer cancels.
#[derive(Default)]
struct Juggler {
    guards: Vec<(u32, TimerId)>,
}

#[derive(Clone, Copy)]
enum Toss {
    Token(u32),
    Caught(u32),
}

impl Ids for Toss {
    fn ids(&self) -> u64 {
        match *self {
            Toss::Token(token) => u64::from(token) << 1,
            Toss::Caught(token) => u64::from(token) << 1 | 1,
        }
    }
}

impl Packet for Toss {}

const TO: Purpose = Purpose::of_models(1);

impl Juggler {
    fn toss(&mut self, token: u32, cx: &mut Context<'_, Self>) {
        let ahead = 1 + cx.draw(TO).below(u64::from(NODES - 1)) as u32;
        let to = NodeId::new(((cx.node().raw() + ahead) % NODES) as usize);
        cx.send(to, Toss::Token(token));
        self.guards.push((token, cx.set_timer(Span::millis(200), token)));
    }
}

impl Node for Juggler {
    type World = ();
    type Disk = ();
    type Packet = Toss;
    type Timer = u32;
    type Note = ();

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        let mut juggler = Juggler { guards: Vec::with_capacity(TOKENS as usize * 2) };
        let first = cx.node().raw() * TOKENS;
        (first..first + TOKENS).for_each(|token| juggler.toss(token, cx));
        juggler
    }

    fn receive(&mut self, (): &mut (), from: NodeId, toss: Toss, cx: &mut Context<'_, Self>) {
        match toss {
            Toss::Token(token) => {
                cx.send(from, Toss::Caught(token));
                self.toss(token, cx);
            }
            Toss::Caught(token) => {
                let place = self.guards.iter().position(|&(guarded, _)| guarded == token);
                let (_, guard) = self.guards.swap_remove(place.expect("it was tossed from here"));
                assert!(cx.cancel_timer(guard), "it was caught within 10 ms");
            }
        }
    }

    fn wake(&mut self, (): &mut (), token: u32, _: &mut Context<'_, Self>) {
        unreachable!("nobody caught token {token}");
    }
}

/// The events of three seconds, and the allocations made for them, once three have passed.
fn in_three_seconds(spec: &LinkSpec, machine: &MachineSpec) -> (u64, u64) {
    let mut network = Network::new();
    let node = NodeSpec { machine: machine.clone(), ..NodeSpec::default() };
    let nodes: Vec<NodeId> = (0..NODES).map(|_| network.add_node(&node)).collect();
    for (place, &from) in nodes.iter().enumerate() {
        for &to in &nodes[place + 1..] {
            network.add_link(from, to, spec);
        }
    }
    let mut engine: Engine<Juggler> = Engine::new(Seed::new(1), network, ());
    let until = |secs| Limits::until(Time::ZERO + Span::secs(secs));
    engine.run(&until(3)).expect("there is no limit");
    let before = engine.events();
    let made = measure(|| _ = engine.run(&until(6)).expect("there is no limit"));
    (engine.events() - before, made.count_total)
}

#[test]
fn events_allocate_nothing() {
    let uneven = Delay::from_nanos(Distribution::uniform(1e6, 5e6).unwrap());
    let plain = LinkSpec::with_latency(uneven);
    let narrow = LinkSpec { bandwidth: Bandwidth::bits_per_second(10_000_000), ..plain.clone() };
    let busy = MachineSpec { cpu: Delay::constant(Span::micros(5)), ..MachineSpec::default() };
    let worlds =
        [(&plain, MachineSpec::default()), (&narrow, MachineSpec::default()), (&plain, busy)];
    for (place, (spec, machine)) in worlds.into_iter().enumerate() {
        let (events, allocations) = in_three_seconds(spec, &machine);
        assert!(events > 100_000, "world {place}: only {events} events");
        // A list that has never been as long as now grows: that ends, while events go on.

        assert!(allocations <= 10, "world {place}: {allocations} allocations in {events} events");
    }
}

/// Hands a token to whom it meets, and says so to all.
struct Walker {
    new: Option<NodeId>,
}

impl Node for Walker {
    type World = ();
    type Disk = ();
    type Packet = u32;
    type Timer = ();
    type Note = ();

    const MEETS: bool = true;

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Walker { new: None }
    }

    fn receive(&mut self, (): &mut (), _: NodeId, token: u32, cx: &mut Context<'_, Self>) {
        if token > 0 {
            cx.rouse_peers();
        }
    }

    fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}

    fn met(&mut self, (): &mut (), peer: NodeId, cx: &mut Context<'_, Self>) {
        self.new = Some(peer);
        cx.say(peer, 0);
        cx.ask_turn();
    }

    fn turn(&mut self, (): &mut (), turn: &mut Turn<'_, Self>) {
        if let Some(peer) = self.new.take()
            && turn.ask(peer, &0).is_none()
        {
            turn.transfer(peer, 1);
        }
    }
}

#[test]
fn contacts_allocate_nothing() {
    let devices: Vec<Mobile> =
        (0..NODES).map(|n| Mobile { node: NodeId::new(n as usize), entity: n }).collect();
    let gaps = Delay::from_nanos(Distribution::exponential(100e6).unwrap());
    let meetings = Meetings::new(Purpose::of_models(1), &devices, gaps, Span::millis(20)).unwrap();
    let speed = Distribution::uniform(20.0, 90.0).unwrap();
    let walking = Walking { area: (100.0, 100.0), speed, pause: Delay::ZERO };
    let waypoint = Waypoint::new(Purpose::of_models(2), &devices, walking, 20.0).unwrap();
    let mut contacts = Contacts::new();
    contacts.add_source(meetings);
    contacts.add_source(waypoint);
    contacts.set_bandwidth(Bandwidth::bits_per_second(50_000));
    let mut network = Network::new();
    (0..NODES).for_each(|_| _ = network.add_node(&NodeSpec::default()));
    let mut engine: Engine<Walker> = Engine::new(Seed::new(1), network, ());
    engine.add_contacts(contacts).expect("all nodes are there");
    let until = |secs| Limits::until(Time::from_secs(secs));
    engine.run(&until(20)).expect("there is no limit");
    let before = engine.events();
    let made = measure(|| _ = engine.run(&until(60)).expect("there is no limit"));
    let (events, allocations) = (engine.events() - before, made.count_total);
    assert!(events > 100_000, "only {events} events");
    // Lists that have never been as long as now grow.
    assert!(allocations <= 10, "{allocations} allocations in {events} events");
}
