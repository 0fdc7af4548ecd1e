//! A stand-in for the engine: tells a ledger what the test says, event by event.

use std::rc::Rc;

use penult_models::{
    Between, CauseKind, ClientId, DeliveryId, Down, Drop, Fate, Flags, GatewayId, Ledger,
    LedgerOptions, Message, MessageId, Note, Packet, Places, Recipients, Row, ServiceKind,
    ServiceOptions, ServiceSpec, Sink, Up, Violation, Wait,
};
use penult_sim::{
    Bearer, Carried, Context, Ids, Loss, Node, NodeId, Observed, Observer, Packet as _, Span, Time,
};

/// A packet between servers: it carries what it says.
#[derive(Clone, Debug, Default)]
pub struct Bag {
    pub contents: Vec<DeliveryId>,
    pub background: bool,
}

impl Ids for Bag {
    fn ids(&self) -> u64 {
        0
    }
}

impl Between for Bag {
    fn bytes(&self) -> u32 {
        10 * self.contents.len() as u32
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        self.contents.iter().copied().for_each(show);
    }

    fn is_background(&self) -> bool {
        self.background
    }
}

/// A node that does nothing: the ledger only ever sees what is told.
pub struct Puppet;

impl Node for Puppet {
    type World = ();
    type Disk = ();
    type Packet = Packet<Bag>;
    type Timer = ();
    type Note = Note;

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Puppet
    }

    fn receive(&mut self, (): &mut (), _: NodeId, _: Packet<Bag>, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}
}

/// A packet under way.
#[derive(Clone, Debug)]
pub struct Flight {
    pub number: u32,
    pub from: NodeId,
    pub to: NodeId,
    pub sent: Time,
    pub packet: Packet<Bag>,
}

pub const PLACES: Places = Places { gateways: 4, services: 2, clients: 4, relays: 0, conduits: 0 };

pub fn g(number: u32) -> NodeId {
    PLACES.gateway(GatewayId(number))
}

pub fn c(number: u32) -> NodeId {
    PLACES.client(ClientId(number))
}

pub fn store() -> NodeId {
    PLACES.service(1)
}

pub fn ms(millis: u64) -> Time {
    Time::ZERO + Span::millis(millis)
}

/// The delivery of the workload's n-th message to a client.
pub fn d(message: u64, recipient: u32) -> DeliveryId {
    DeliveryId { message: MessageId::of_workload(message), recipient: ClientId(recipient) }
}

pub fn message(number: u64, sender: u32, recipients: &[u32], created: Time) -> Rc<Message> {
    let recipients: Vec<ClientId> = recipients.iter().map(|&number| ClientId(number)).collect();
    Rc::new(Message {
        id: MessageId::of_workload(number),
        sender: ClientId(sender),
        recipients: match recipients[..] {
            [one] => Recipients::One(one),
            _ => Recipients::Several(recipients.into()),
        },
        created,
        bytes: 100,
        attachment: 20,
        view: Span::ZERO,
        harmful: false,
        answers: None,
        conversation: None,
    })
}

pub fn bag(contents: &[DeliveryId]) -> Packet<Bag> {
    Packet::Between(Bag { contents: contents.to_vec(), background: false })
}

pub fn submit(message: &Rc<Message>) -> Packet<Bag> {
    Packet::Up(Up::Submit(Rc::clone(message)))
}

pub fn deliver(message: &Rc<Message>) -> Packet<Bag> {
    let message = Rc::clone(message);
    Packet::Down(Down::Deliver { message, flags: Flags::default(), epoch: 0 })
}

/// A ledger and the time.
pub struct Drive<S = Vec<Row>> {
    pub ledger: Ledger<S>,
    pub now: Time,
    /// How many packets left.
    flights: u32,
}

impl Drive {
    pub fn with_queues_on_disk(gateways_on_disk: bool) -> Drive {
        Drive::into(Vec::new(), gateways_on_disk)
    }

    /// With memory queues.
    pub fn new() -> Drive {
        Drive::with_queues_on_disk(false)
    }

    /// The run ends: its rows.
    pub fn end(mut self) -> Vec<Row> {
        self.ledger.finish(self.now);
        let broken: Vec<String> =
            self.ledger.violations().iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
        self.ledger.into_sink()
    }

    /// The fate and the cause of every delivery, as reports show them.
    pub fn ends(self) -> Vec<String> {
        self.end().iter().map(shown).collect()
    }
}

impl<S: Sink> Drive<S> {
    pub fn into(sink: S, gateways_on_disk: bool) -> Drive<S> {
        let options = LedgerOptions {
            places: PLACES,
            services: [ServiceKind::DIRECTORY, ServiceKind::STORE]
                .map(|kind| ServiceSpec::only(kind, &ServiceOptions::default()))
                .into(),
            conduits: Vec::new(),
            devices_carry: false,
            gateways_on_disk,
            warmup: Time::ZERO,
            ends: Time::NEVER,
        };
        Drive { ledger: Ledger::new(options, sink), now: Time::ZERO, flights: 0 }
    }

    pub fn see(&mut self, what: Observed<'_, Puppet>) {
        self.ledger.see(self.now, what);
    }

    /// An event at this millisecond.
    pub fn at<R>(&mut self, millis: u64, act: impl FnOnce(&mut Self) -> R) -> R {
        self.event(ms(millis), act)
    }

    pub fn event<R>(&mut self, at: Time, act: impl FnOnce(&mut Self) -> R) -> R {
        assert!(self.now <= at, "time runs forward");
        self.now = at;
        let result = act(self);
        self.see(Observed::Settled);
        result
    }

    #[expect(clippy::needless_pass_by_value, reason = "as nodes tell")]
    pub fn tell(&mut self, node: NodeId, note: Note) {
        self.see(Observed::Told { node, note: &note });
    }

    pub fn create(&mut self, message: &Rc<Message>) {
        self.tell(PLACES.client(message.sender), Note::Created(Rc::clone(message)));
    }

    /// Kept and stored at once.
    pub fn store(&mut self, node: NodeId, delivery: DeliveryId) {
        self.tell(node, Note::Kept(delivery));
        self.tell(node, Note::Stored { delivery, disk: Span::ZERO });
    }

    pub fn drop(&mut self, node: NodeId, delivery: DeliveryId, why: Drop) {
        self.tell(node, Note::Dropped(delivery, why));
    }

    pub fn wait(&mut self, node: NodeId, delivery: DeliveryId, why: Wait, since: u64) {
        self.tell(node, Note::Waited { delivery, why, since: ms(since) });
    }

    pub fn accept(&mut self, message: &Rc<Message>) {
        let sender = PLACES.client(message.sender);
        self.tell(sender, Note::Accepted(message.id));
        for delivery in message.deliveries() {
            self.drop(sender, delivery, Drop::HandedOn);
        }
    }

    pub fn send(&mut self, from: NodeId, to: NodeId, packet: Packet<Bag>) -> Flight {
        let flight = Flight { number: self.next_flight(), from, to, sent: self.now, packet };
        self.see(Observed::Sent(flight.carried(self.now)));
        flight
    }

    /// The second packet.
    pub fn duplicate(&mut self, flight: &Flight) -> Flight {
        let second = Flight { number: self.next_flight(), ..flight.clone() };
        self.see(Observed::Duplicated(second.carried(flight.sent)));
        second
    }

    fn next_flight(&mut self) -> u32 {
        self.flights += 1;
        self.flights
    }

    pub fn receive(&mut self, flight: &Flight) {
        self.receive_since(flight, self.now);
    }

    pub fn receive_since(&mut self, flight: &Flight, arrived: Time) {
        self.see(Observed::Received(flight.carried(arrived)));
    }

    pub fn lose(&mut self, flight: &Flight, loss: Loss) {
        self.see(Observed::Lost(flight.carried(flight.sent), loss));
    }

    pub fn crash(&mut self, node: NodeId, disk_lost: bool) {
        self.see(Observed::Crashed { node, memory: &Puppet, disk: &(), disk_lost });
    }

    pub fn recover(&mut self, node: NodeId) {
        self.see(Observed::Recovered { node });
    }

    pub fn is_quiet(&self) -> bool {
        Observer::<Puppet>::is_quiet(&self.ledger)
    }

    pub fn broken(&self, what: Violation) -> u64 {
        self.ledger.violations().count(what)
    }

    /// A message of c0 to these, created at 0, that g0 stores at 10 and the sender knows at 20.
    pub fn accepted(&mut self, recipients: &[u32]) -> Rc<Message> {
        let message = message(0, 0, recipients, Time::ZERO);
        let up = self.at(0, |e| {
            e.create(&message);
            e.send(c(0), g(0), submit(&message))
        });
        self.at(10, |e| {
            e.receive(&up);
            for delivery in message.deliveries() {
                e.store(g(0), delivery);
            }
        });
        self.at(20, |e| e.accept(&message));
        message
    }
}

impl Flight {
    fn carried(&self, arrived: Time) -> Carried<'_, Puppet> {
        let &Flight { number: flight, from, to, sent, ref packet } = self;
        let background = packet.is_background();
        let over = Bearer::Network;
        Carried { flight, from, to, packet, background, sent, arrived, over }
    }
}

/// `lost crash(g3)`
pub fn shown(row: &Row) -> String {
    match row.cause {
        None => row.fate.to_string(),
        Some(cause) => format!("{} {cause}", row.fate),
    }
}

#[test]
fn names_are_those_of_scenarios() {
    assert_eq!(
        Fate::ALL.map(|fate| fate.to_string()).join(" "),
        "delivered rejected unsent expired lost stranded"
    );
    assert_eq!(CauseKind::ALL[0].to_string(), "crash");
}
