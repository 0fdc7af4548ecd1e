//! A world in which a part is tried by itself: gateways 1 ms apart that have it, and steps that g0 takes at
//! given instants. What is told and sent is written down.

use std::fmt::Debug;

use penult_sim::{
    Delay, Fault, Ids, Limits, LinkSpec, MachineSpec, NodeId, Observed, Observer, Span, Time, What,
};

use crate::client::{Client, ClientOptions};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{Member, MemberTimer};
use crate::note::Note;
use crate::packet::{Between, Down, Packet, Up};
use crate::places::{ACCESS, Kind, Places};
use crate::policy::PolicyOptions;
use crate::server::{Cx, Needs, Promises, Server};
use crate::services::{Facts, ServiceKind, ServiceOptions, ServiceSpec};
use crate::setup::{Gateways, Link, Setup};
use crate::strategies::StrategyOptions;
use crate::workload::{List, SendTimes, WorkloadSpec};
use crate::world::{QueuePlace, World};

/// A part, and what its server does with it.
pub(crate) trait Tried: Default + Sized + 'static {
    /// What its servers send each other.
    type Letter: Clone + Debug;
    /// What it is reminded of.
    type Timer: Clone + Debug;
    /// What the service is.
    const SERVICE: ServiceKind = ServiceKind::DIRECTORY;

    /// What policy is like at its gateways.
    fn policy() -> Option<&'static PolicyOptions> {
        None
    }

    /// A letter as the log has it.
    fn words(letter: &Self::Letter) -> String {
        format!("{letter:?}")
    }

    /// At g0 the step with this number is due.
    fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>);

    /// A letter came.
    fn receive(&mut self, _from: NodeId, _letter: Self::Letter, _cx: &mut Cx<'_, Trial<Self>>) {}

    /// A device said something.
    fn hear(&mut self, _from: ClientId, _up: Up, _cx: &mut Cx<'_, Trial<Self>>) {}

    /// A timer ran out.
    fn wake(&mut self, timer: Self::Timer, cx: &mut Cx<'_, Trial<Self>>);
}

/// No part at all.
#[derive(Default)]
struct Idle;

impl Tried for Idle {
    type Letter = ();
    type Timer = ();

    fn step(&mut self, _: usize, _: &mut Cx<'_, Trial<Self>>) {}

    fn wake(&mut self, (): (), _: &mut Cx<'_, Trial<Self>>) {}
}

/// A server that has nothing but the part.
pub(crate) struct Trial<T>(T);

/// A letter of such a server.
#[derive(Clone, Debug)]
pub(crate) struct Said<L>(pub(crate) L);

/// What such a server is reminded of.
#[derive(Clone, Debug)]
pub(crate) enum Due<T> {
    Step(usize),
    Of(T),
}

impl<L> Ids for Said<L> {
    fn ids(&self) -> u64 {
        0
    }
}

impl<L: Clone + Debug> Between for Said<L> {
    fn bytes(&self) -> u32 {
        0
    }

    fn contents(&self, _: &mut dyn FnMut(DeliveryId)) {}
}

impl<T> Ids for Due<T> {
    fn ids(&self) -> u64 {
        0
    }
}

impl<T: Tried> Server for Trial<T> {
    const NAME: &'static str = "trial";
    const ABOUT: &'static str = "a part by itself";
    const PROMISES: Promises =
        Promises { survives: "nothing", order: "none", stores: "nothing anywhere" };
    const SERVICES: &'static [ServiceKind] = &[T::SERVICE];

    /// When each step is due.
    type Options = Vec<Span>;
    type Disk = ();
    type Packet = Said<T::Letter>;
    type Timer = Due<T::Timer>;
    type Device = Client<Self>;

    fn needs(_: &Vec<Span>) -> Needs {
        Needs { roams: false, ..Needs::default() }
    }

    fn services(_: &Vec<Span>, _: &Facts<'_>) -> Vec<ServiceSpec> {
        let latency = Delay::constant(Span::millis(1));
        let options = ServiceOptions { latency, machine: MachineSpec::default() };
        vec![ServiceSpec::only(T::SERVICE, &options)]
    }

    fn policy(_: &Vec<Span>) -> Option<&PolicyOptions> {
        T::policy()
    }

    fn new_disk(_: NodeId, _: &World<Vec<Span>>) {}

    fn start(_: &mut (), cx: &mut Cx<'_, Self>) -> Self {
        if cx.node() == NodeId::new(0) {
            for (number, &due) in cx.world().strategy.iter().enumerate() {
                cx.set_timer(due, MemberTimer::Server(Due::Step(number)));
            }
        }
        Trial(T::default())
    }

    fn recover(_: &mut (), _: &mut Cx<'_, Self>) -> Self {
        Trial(T::default())
    }

    fn hear(&mut self, _: &mut (), from: ClientId, up: Up, cx: &mut Cx<'_, Self>) {
        self.0.hear(from, up, cx);
    }

    fn receive(
        &mut self,
        _: &mut (),
        from: NodeId,
        Said(letter): Said<T::Letter>,
        cx: &mut Cx<'_, Self>,
    ) {
        self.0.receive(from, letter, cx);
    }

    fn wake(&mut self, _: &mut (), timer: Due<T::Timer>, cx: &mut Cx<'_, Self>) {
        match timer {
            Due::Step(number) => self.0.step(number, cx),
            Due::Of(timer) => self.0.wake(timer, cx),
        }
    }
}

/// What happened: when, in milliseconds, and what, in words.
pub(crate) type Log = Vec<(u64, String)>;

struct Writer {
    places: Places,
    log: Log,
}

impl Writer {
    fn name(&self, node: NodeId) -> String {
        match self.places.kind(node) {
            Kind::Gateway(gateway) => gateway.to_string(),
            Kind::Service(number) => format!("service {number}"),
            Kind::Client(client) => client.to_string(),
            Kind::Access => ACCESS.to_owned(),
            Kind::Relay(_) | Kind::Conduit(_) => unreachable!("there are none"),
        }
    }
}

impl<T: Tried> Observer<Member<Trial<T>>> for Writer {
    fn see(&mut self, at: Time, what: Observed<'_, Member<Trial<T>>>) {
        let what = match what {
            Observed::Sent(sent) => {
                let what = match sent.packet {
                    // Devices do what they always do.
                    Packet::Up(_) => return,
                    Packet::Down(down) => words(down),
                    Packet::Between(Said(letter)) => T::words(letter),
                };
                format!("{} to {}: {what}", self.name(sent.from), self.name(sent.to))
            }
            Observed::Told { node, note } if node.raw() < self.places.gateways => {
                let what = match note {
                    Note::Waited { .. } => "Waited".to_owned(),
                    note => format!("{note:?}"),
                };
                format!("{}: {what}", self.name(node))
            }
            _ => return,
        };
        self.log.push(((at - Time::ZERO).as_nanos() / 1_000_000, what));
    }
}

/// What is said to a device.
fn words(down: &Down) -> String {
    match down {
        Down::Deliver { message, epoch, .. } => {
            format!("Deliver {} in epoch {epoch}", message.name())
        }
        Down::Refused(message) => format!("Refused m{}", message.number()),
        Down::Received { message, .. } => format!("Received {}", message.name()),
        down => format!("{down:?}"),
    }
}

/// A world of three gateways, a service, and one client at home at each of g0 and g1. Devices stay where they
/// are, and send nothing but keepalives.
pub(crate) fn world() -> Setup {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let link = |(a, b)| Link { ends: (GatewayId(a), GatewayId(b)), there: 0, back: Some(0) };
    let latency = |millis| LinkSpec::with_latency(Delay::constant(Span::millis(millis)));
    let workload = WorkloadSpec { times: SendTimes::List(List::new()), ..WorkloadSpec::default() };
    Setup {
        seed: 1,
        warmup: Time::ZERO,
        ends: Time::from_secs(60),
        stops: Time::from_secs(60),
        events: 100_000,
        gateways: Gateways {
            count: 3,
            machine: MachineSpec::default(),
            queue: QueuePlace::Memory,
            regions: Vec::new(),
            reroute: false,
            specs: vec![latency(1)],
            links: pairs.map(link).to_vec(),
        },
        regions: None,
        directory: ServiceOptions::default(),
        store: ServiceOptions::default(),
        homes: vec![GatewayId(0), GatewayId(1)],
        access: latency(1),
        clients: ClientOptions::default(),
        workload,
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy: StrategyOptions::of::<Trial<Idle>>(Vec::new()),
    }
}

/// What happens in a world in which steps are due at these milliseconds.
pub(crate) fn play<T: Tried>(setup: &Setup, steps: &[u64]) -> Log {
    let steps: Vec<_> = steps.iter().map(|&due| Span::millis(due)).collect();
    let strategy = StrategyOptions::of::<Trial<T>>(steps.clone());
    let setup = Setup { strategy, ..setup.clone() };
    let engine = setup.engine::<Trial<T>>(steps).expect("the world is well formed");
    let mut engine = engine.observed_by(Writer { places: setup.places(), log: Vec::new() });
    engine.run(&Limits::until(setup.stops)).expect("there are few events");
    engine.into_observer().log
}

/// A log as a test writes it.
pub(crate) fn log<const N: usize>(lines: [(u64, &str); N]) -> Log {
    lines.map(|(at, what)| (at, what.to_owned())).to_vec()
}

/// A node that is dead between these milliseconds.
pub(crate) fn dead(node: u32, from: u64, until: u64) -> Fault {
    let crash = What::crash(NodeId::new(node as usize));
    Fault::once(crash, Time::from_millis(from), Span::millis(until - from))
}
