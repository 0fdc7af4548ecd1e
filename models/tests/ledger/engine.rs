//! The ledger in a real run: devices, gateways that retry, a network that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_models::{
    Between, ClientId, DeliveryId, Down, Drop, Fate, Flags, GatewayId, Ledger, LedgerOptions,
    Message, MessageId, Note, Packet, Places, Recipients, Sink, Up,
};
use penult_sim::{
    Context, Delay, DiskFate, Distribution, Engine, Fault, Ids, Limits, LinkSpec, MachineSpec,
    Network, Node, NodeId, NodeSpec, Notes, Process, Seed, Span, Time, What, When, Who,
};

/// What gateways tell each other.
#[derive(Clone, Debug)]
enum Hop {
    Relay(Rc<Message>),
    Received(DeliveryId),
}

impl Ids for Hop {
    fn ids(&self) -> u64 {
        match self {
            Hop::Relay(message) => id_of(message).key(),
            Hop::Received(delivery) => delivery.key(),
        }
    }
}

impl Between for Hop {
    fn bytes(&self) -> u32 {
        match self {
            Hop::Relay(message) => message.bytes,
            Hop::Received(_) => 0,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        if let Hop::Relay(message) = self {
            message.deliveries().for_each(show);
        }
    }
}

fn id_of(message: &Message) -> DeliveryId {
    message.deliveries().next().expect("it has a recipient")
}

struct World {
    places: Places,
    gap: Span,
    each: u64,
}

impl World {
    fn is_client(&self, node: NodeId) -> bool {
        node.raw() >= self.places.gateways + self.places.services
    }

    fn home(&self, client: ClientId) -> NodeId {
        self.places.gateway(GatewayId(client.0 % self.places.gateways))
    }
}

#[derive(Default)]
struct Party;

/// What a node knows, all of it on disk: this is no test of nodes.
#[derive(Default)]
struct Disk {
    mail: BTreeMap<DeliveryId, Rc<Message>>,
    got: BTreeSet<DeliveryId>,
    sent: u64,
}

#[derive(Clone, Copy)]
enum Timer {
    Create,
    Again(DeliveryId),
}

impl Ids for Timer {
    fn ids(&self) -> u64 {
        match self {
            Timer::Create => 0,
            Timer::Again(delivery) => delivery.key(),
        }
    }
}

type Cx<'a> = Context<'a, Party>;

const RETRY: Span = Span::millis(500);

/// Sends a message one step on, and looks after it.
fn pass(message: &Rc<Message>, cx: &mut Cx<'_>) {
    let (world, delivery) = (cx.world(), id_of(message));
    let host = world.home(delivery.recipient);
    let message = Rc::clone(message);
    if world.is_client(cx.node()) {
        cx.send(world.home(message.sender), Packet::Up(Up::Submit(message)));
    } else if cx.node() == host {
        let deliver = Down::Deliver { message, flags: Flags::default(), epoch: 0 };
        cx.send(world.places.client(delivery.recipient), Packet::Down(deliver));
    } else {
        cx.send(host, Packet::Between(Hop::Relay(message)));
    }
    cx.set_timer(RETRY, Timer::Again(delivery));
}

fn keep(disk: &mut Disk, message: &Rc<Message>, cx: &mut Cx<'_>) {
    let delivery = id_of(message);
    if disk.got.contains(&delivery) || disk.mail.insert(delivery, Rc::clone(message)).is_some() {
        return cx.tell(Note::Dropped(delivery, Drop::Twice));
    }
    cx.tell(Note::Kept(delivery));
    cx.tell(Note::Stored { delivery, disk: Span::ZERO });
    pass(message, cx);
}

impl Node for Party {
    type World = World;
    type Disk = Disk;
    type Packet = Packet<Hop>;
    type Timer = Timer;
    type Note = Note;

    fn new_disk(_: NodeId, _: &World) -> Disk {
        Disk::default()
    }

    fn start(disk: &mut Disk, cx: &mut Cx<'_>) -> Self {
        if cx.world().is_client(cx.node()) {
            cx.set_timer(cx.world().gap, Timer::Create);
        }
        for message in disk.mail.values() {
            pass(message, cx);
        }
        Party
    }

    fn receive(&mut self, disk: &mut Disk, from: NodeId, packet: Packet<Hop>, cx: &mut Cx<'_>) {
        match packet {
            Packet::Up(Up::Submit(message)) => {
                keep(disk, &message, cx);
                cx.send(from, Packet::Down(Down::Accepted(message.id)));
            }
            Packet::Between(Hop::Relay(message)) => {
                keep(disk, &message, cx);
                if disk.got.contains(&id_of(&message)) {
                    cx.send(from, Packet::Between(Hop::Received(id_of(&message))));
                }
            }
            Packet::Up(Up::Got(delivery, ())) | Packet::Between(Hop::Received(delivery)) => {
                disk.got.insert(delivery);
                if let Some(message) = disk.mail.remove(&delivery) {
                    cx.tell(Note::Dropped(delivery, Drop::Done));
                    let source = cx.world().home(message.sender);
                    if source != cx.node() {
                        cx.send(source, Packet::Between(Hop::Received(delivery)));
                    }
                }
            }
            Packet::Down(Down::Accepted(id)) => {
                let first = DeliveryId { message: id, recipient: ClientId(0) };
                if let Some((&delivery, _)) = disk.mail.range(first..).next()
                    && delivery.message == id
                {
                    disk.mail.remove(&delivery);
                    cx.tell(Note::Accepted(id));
                    cx.tell(Note::Dropped(delivery, Drop::HandedOn));
                }
            }
            Packet::Down(Down::Deliver { message, .. }) => {
                let delivery = id_of(&message);
                let is_new = disk.got.insert(delivery);
                cx.tell(if is_new { Note::Delivered(delivery) } else { Note::Repeated(delivery) });
                cx.send(from, Packet::Up(Up::Got(delivery, ())));
            }
            _ => {}
        }
    }

    fn wake(&mut self, disk: &mut Disk, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Create => {
                let (world, sender) = (cx.world(), cx.world().places.as_client(cx.node()));
                let number = cx.label(0);
                let ahead = 1 + number as u32 % (world.places.clients - 1);
                let message = Rc::new(Message {
                    id: MessageId::of_workload(number),
                    sender,
                    recipients: Recipients::One(ClientId(
                        (sender.0 + ahead) % world.places.clients,
                    )),
                    created: cx.now(),
                    bytes: 1000,
                    attachment: 0,
                    view: Span::ZERO,
                    harmful: false,
                    answers: None,
                    conversation: None,
                });
                cx.tell(Note::Created(Rc::clone(&message)));
                disk.mail.insert(id_of(&message), Rc::clone(&message));
                pass(&message, cx);
                disk.sent += 1;
                if disk.sent < world.each {
                    cx.set_timer(world.gap, Timer::Create);
                }
            }
            Timer::Again(delivery) => {
                if let Some(message) = disk.mail.get(&delivery) {
                    pass(message, cx);
                }
            }
        }
    }
}

/// A world of gateways in a full mesh, and devices with access links.
fn engine(places: Places, each: u64, bad: bool, lost: bool) -> Engine<Party> {
    let mut network = Network::new();
    let machine = MachineSpec {
        cpu: Delay::constant(Span::micros(if bad { 50 } else { 0 })),
        ..MachineSpec::default()
    };
    for _ in 0..places.gateways {
        network.add_node(&NodeSpec { machine: machine.clone(), ..NodeSpec::default() });
    }
    let latency = Distribution::uniform(1e6, 5e6).expect("it has a width");
    let share = if bad { 0.05 } else { 0.0 };
    let link = LinkSpec {
        loss: share,
        duplicate: share,
        corrupt: share,
        ..LinkSpec::with_latency(Delay::from_nanos(latency))
    };
    for one in 0..places.gateways {
        for other in one + 1..places.gateways {
            let ends = (places.gateway(GatewayId(one)), places.gateway(GatewayId(other)));
            network.add_link(ends.0, ends.1, &link);
        }
    }
    for _ in 0..places.clients {
        let client = network.add_node(&NodeSpec { transit: false, ..NodeSpec::default() });
        network.add_access(client, &link);
    }
    let world = World { places, gap: Span::millis(10), each };
    let mut engine = Engine::new(Seed::new(7), network, world);
    if bad {
        let gateways = (0..places.gateways).map(|number| places.gateway(GatewayId(number)));
        let crash = What::Crash {
            who: Who::Nodes(gateways.collect()),
            disk: if lost { DiskFate::Lost } else { DiskFate::Kept },
        };
        let process =
            Process::new(Delay::constant(Span::millis(300)), Delay::constant(Span::millis(120)));
        engine
            .add_fault(Fault { what: crash, when: When::Process(process) })
            .expect("it is possible");
    }
    engine
}

fn ledger<S: Sink>(places: Places, sink: S) -> Ledger<S> {
    let options = LedgerOptions {
        places,
        services: Vec::new(),
        conduits: Vec::new(),
        devices_carry: false,
        gateways_on_disk: true,
        warmup: Time::ZERO,
        ends: Time::NEVER,
    };
    Ledger::new(options, sink)
}

const PLACES: Places = Places { gateways: 5, services: 0, clients: 20, relays: 0, conduits: 0 };

#[test]
fn watches_a_bad_network_without_changing_it() {
    for lost in [false, true] {
        let limits = Limits::until(Time::ZERO + Span::secs(20));
        let mut alone = engine(PLACES, 100, true, lost);
        alone.run(&limits).expect("no limit on events");
        let mut watched = engine(PLACES, 100, true, lost).observed_by(ledger(PLACES, Vec::new()));
        watched.run(&limits).expect("no limit on events");
        assert_eq!(watched.fingerprint(), alone.fingerprint());
        for node in (0..PLACES.access().index()).map(NodeId::new) {
            let mail = watched.disk(node).mail.len();
            assert_eq!(watched.observer().held_by(node) as usize, mail, "{node} counts otherwise");
        }
        let now = watched.now();
        let mut ledger = watched.into_observer();
        ledger.finish(now);
        let broken: Vec<_> = ledger.violations().iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
        let totals = ledger.totals().clone();
        assert_eq!(totals.offered, 2000);
        assert!(totals.duplicates_stopped > 0);
        if lost {
            assert!(totals.accepted_lost > 0, "{totals:?}");
        } else {
            assert_eq!(totals.of(Fate::Delivered), 2000, "{totals:?}");
        }
    }
}

#[test]
fn a_run_ends_when_nothing_is_open() {
    let mut engine = engine(PLACES, 3, false, false).observed_by(ledger(PLACES, Vec::new()));
    engine.run(&Limits::QUIET).expect("no limit on events");
    assert_eq!(engine.observer().open(), 0);
    assert_eq!(engine.observer().sink().len(), 60);
    assert!(engine.observer().sink().iter().all(|row| row.fate == Fate::Delivered));
    assert_eq!(engine.observer().copies().now(), 0);
}

#[test]
#[ignore = "a measurement: run it with --release"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn what_it_costs() {
    let places = Places { gateways: 16, services: 0, clients: 1000, relays: 0, conduits: 0 };
    for _ in 0..5 {
        let begun = std::time::Instant::now();
        let mut alone = engine(places, 300, false, false);
        alone.run(&Limits::QUIET).expect("no limit on events");
        let alone_took = begun.elapsed();
        let begun = std::time::Instant::now();
        let mut told = engine(places, 300, false, false).observed_by(Notes(|_, _, _: &Note| {}));
        told.run(&Limits::QUIET).expect("no limit on events");
        let told_took = begun.elapsed();
        let begun = std::time::Instant::now();
        let mut watched = engine(places, 300, false, false).observed_by(ledger(places, ()));
        watched.run(&Limits::QUIET).expect("no limit on events");
        let took = begun.elapsed();
        assert!(watched.observer().violations().is_empty());
        let messages = watched.observer().totals().of(Fate::Delivered);
        let each = took.saturating_sub(told_took).as_nanos() / u128::from(messages);
        println!(
            "{messages} messages: {alone_took:?} alone, {told_took:?} told, {took:?} watched, {each} ns each"
        );
    }
}
