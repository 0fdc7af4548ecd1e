//! The engine: fires the events of a world, one after the other, until it is told to stop.

mod meeting;
mod striking;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::agenda::{Next, Timer};
use crate::faults::{Action, Schedule, Source};
use crate::fingerprint::{Fingerprint, Kind};
use crate::kernel::{Kernel, Landing, Told};
use crate::network::{Flight, Flights, Network};
use crate::{
    Carried, Context, Director, Fault, FaultError, FaultId, Ids, Node, NodeId, Observed, Observer,
    Seed, Span, Time, Traffic,
};

/// A run: a world of nodes on a network, its faults, and whoever watches. It is a function of what it
/// was built from and of nothing else.
pub struct Engine<N: Node, O = (), D = ()> {
    kernel: Kernel<N>,
    world: N::World,
    nodes: Vec<Slot<N>>,
    schedule: Schedule,
    observer: O,
    director: D,
    struck: Vec<FaultId>,
    started: bool,
    events: u64,
}

/// A node: what a crash takes, and what it leaves.
pub(crate) struct Slot<N: Node> {
    pub(crate) memory: Option<N>,
    pub(crate) disk: N::Disk,
}

/// When a run stops, if nothing stops it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Events after this instant do not fire.
    pub until: Time,
    /// So many events at most; reaching this is an error.
    pub events: u64,
    /// Whether to stop as soon as only background timers, background packets and faults are left
    /// and the observer sees nothing open.
    pub stop_when_quiet: bool,
}

impl Limits {
    /// Until everything is quiet, however long that takes, but for 10,000 million events at most: a retry
    /// without end is never quiet.
    pub const QUIET: Limits =
        Limits { until: Time::NEVER, events: 10_000_000_000, stop_when_quiet: true };

    /// Everything up to and at this instant.
    pub const fn until(until: Time) -> Limits {
        Limits { until, events: u64::MAX, stop_when_quiet: false }
    }
}

/// How a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing was left that anybody waits for.
    Quiet,
    /// Its time was over.
    TimeUp,
}

/// A run reached its limit on events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLimit {
    /// The limit.
    pub events: u64,
    /// When it was reached.
    pub at: Time,
}

impl std::error::Error for EventLimit {}

impl fmt::Display for EventLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the limit of {} events was reached at {}", self.events, self.at)
    }
}

impl<N: Node> Engine<N> {
    /// A run of this network's nodes, without faults and unobserved.
    pub fn new(seed: Seed, network: Network, world: N::World) -> Self {
        Engine::new_while(seed, network, world, &|| true).expect("nobody stops it")
    }

    /// The same; with many nodes it asks now and then whether it `goes_on`. Nothing if not.
    pub fn new_while(
        seed: Seed,
        mut network: Network,
        world: N::World,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let slot = |node: NodeId| {
            let goes_on = !node.index().is_multiple_of(STRIDE) || goes_on();
            goes_on.then(|| Slot { memory: None, disk: N::new_disk(node, &world) })
        };
        let mut nodes = Vec::with_capacity(network.node_count());
        for node in network.nodes() {
            nodes.push(slot(node)?);
            if N::has_work(node, &world) {
                network.ask_for_work(node);
            }
        }
        Some(Engine {
            kernel: Kernel::new(seed, network),
            world,
            nodes,
            schedule: Schedule::default(),
            observer: (),
            director: (),
            struck: Vec::new(),
            started: false,
            events: 0,
        })
    }
}

/// So many nodes are made from question to question.
const STRIDE: usize = 1 << 12;

impl<N: Node, O, D> Engine<N, O, D> {
    /// The same run, watched.
    pub fn observed_by<P>(self, observer: P) -> Engine<N, P, D> {
        let Engine { kernel, world, nodes, schedule, director, struck, started, events, .. } = self;
        Engine { kernel, world, nodes, schedule, observer, director, struck, started, events }
    }

    /// The same run, with somebody to trigger its faults and cast their roles.
    pub fn directed_by<E>(self, director: E) -> Engine<N, O, E> {
        let Engine { kernel, world, nodes, schedule, observer, struck, started, events, .. } = self;
        Engine { kernel, world, nodes, schedule, observer, director, struck, started, events }
    }

    /// Adds a fault to the plan. Faults are numbered in the order in which they are added.
    pub fn add_fault(&mut self, fault: Fault) -> Result<FaultId, FaultError> {
        assert!(!self.started, "a plan is made before the run");
        fault.check(&self.kernel.network)?;
        Ok(self.schedule.add(fault))
    }

    /// The time of the last event that fired, or the end of the time that the run was given.
    pub fn now(&self) -> Time {
        self.kernel.now
    }

    /// How many events have fired.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What has happened so far, in 128 bits.
    pub fn fingerprint(&self) -> Fingerprint {
        self.kernel.fingerprint
    }

    /// How many packets went where.
    pub fn traffic(&self) -> &Traffic {
        &self.kernel.traffic
    }

    /// How many packets are under way: neither received nor lost.
    pub fn in_flight(&self) -> usize {
        self.kernel.flights.under_way().count()
    }

    /// The memory of a node, for who looks from outside; nothing while it is dead.
    pub fn memory(&self, node: NodeId) -> Option<&N> {
        self.nodes[node.index()].memory.as_ref()
    }

    /// The disk of a node, for who looks from outside.
    pub fn disk(&self, node: NodeId) -> &N::Disk {
        &self.nodes[node.index()].disk
    }

    /// Whether a node is up.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.kernel.network.hosts[node.index()].is_up()
    }

    /// What every node knows from the start, for who looks from outside.
    pub fn world(&self) -> &N::World {
        &self.world
    }

    /// Who watches.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Ends the run and gives back who watched it.
    pub fn into_observer(self) -> O {
        self.observer
    }
}

impl<N: Node, O: Observer<N>, D: Director<N>> Engine<N, O, D> {
    /// Fires events until a limit is met. A run that stopped can be run on.
    pub fn run(&mut self, limits: &Limits) -> Result<Ending, EventLimit> {
        self.start(&|| true);
        loop {
            if limits.stop_when_quiet
                && self.kernel.open == 0
                && !self.has_urgent()
                && self.observer.is_quiet()
            {
                return Ok(Ending::Quiet);
            }
            if self.events >= limits.events {
                return Err(EventLimit { events: limits.events, at: self.kernel.now });
            }
            if !self.fire(limits.until) {
                if self.kernel.agenda.is_empty() {
                    return Ok(Ending::Quiet);
                }
                self.kernel.now = self.kernel.now.max(limits.until);
                return Ok(Ending::TimeUp);
            }
        }
    }

    /// Fires the next event, whenever it is. False if there is none.
    pub fn step(&mut self) -> bool {
        self.start(&|| true);
        self.fire(Time::NEVER)
    }

    /// Wakes the world: faults are scheduled, then every node starts, in the order of their ids. The first
    /// event does that where nobody has. With many nodes it asks now and then whether it `goes_on`; false if
    /// not, and then this is no run.
    pub fn start(&mut self, goes_on: &dyn Fn() -> bool) -> bool {
        if self.started {
            return true;
        }
        self.started = true;
        self.kernel.observed = O::ACTIVE || D::ACTIVE;
        let Kernel { network, seed, agenda, .. } = &mut self.kernel;
        for (at, action) in self.schedule.begin(seed, |node| network.hosts[node.index()].entity) {
            agenda.schedule_fault(at, action);
        }
        for node in self.kernel.network.nodes() {
            if node.index().is_multiple_of(STRIDE) && !goes_on() {
                return false;
            }
            let Slot { memory, disk } = &mut self.nodes[node.index()];
            let mut context = Context { node, world: &self.world, kernel: &mut self.kernel };
            *memory = Some(N::start(disk, &mut context));
        }
        if N::MEETS {
            self.kernel.begin_contacts();
        }
        self.settle();
        true
    }

    #[inline]
    fn fire(&mut self, until: Time) -> bool {
        if N::MEETS && self.fire_urgent() {
            return true;
        }
        loop {
            let Some((at, next)) = self.kernel.agenda.pop_until(until) else {
                return false;
            };
            debug_assert!(at >= self.kernel.now, "time ran back");
            match next {
                Next::Timer(Timer { owner, what }) => {
                    if !self.kernel.close_timer(owner) {
                        continue;
                    }
                    self.kernel.now = at;
                    self.kernel.fingerprint.fold(at, owner.node, Kind::Woke, 0, what.ids());
                    self.with_node(owner.node, |memory, disk, context| {
                        memory.wake(disk, what, context);
                    });
                }
                Next::Packet(slot) => {
                    let landing = match self.kernel.land(at, slot) {
                        Landing::Begins(service) => self.begin(slot, service),
                        landing => landing,
                    };
                    match landing {
                        Landing::Void => continue,
                        Landing::Elsewhere => {}
                        // Both in one place, so that the handlers are where all packets pass.
                        _ => {
                            let node = self.deliver(slot);
                            if landing == Landing::Served {
                                self.serve_next(node);
                            }
                        }
                    }
                }
                Next::Fault(slot) => {
                    self.kernel.now = at;
                    self.act(slot);
                }
                Next::Transfer(_) | Next::Contact(_) if !N::MEETS => {
                    unreachable!("these nodes don't meet")
                }
                Next::Transfer(slot) => {
                    if !self.end_transfers(at, slot) {
                        continue;
                    }
                }
                Next::Contact(source) => {
                    if !self.kernel.change_contact(at, source) {
                        continue;
                    }
                    // The event is that both ends hear of it.
                    return self.fire_urgent();
                }
            }
            self.events += 1;
            self.settle();
            return true;
        }
    }

    #[inline(always)]
    fn with_node<R>(
        &mut self,
        node: NodeId,
        handle: impl FnOnce(&mut N, &mut N::Disk, &mut Context<'_, N>) -> R,
    ) -> R {
        let Slot { memory, disk } = &mut self.nodes[node.index()];
        let memory = memory.as_mut().expect("only live nodes handle events");
        let mut context = Context { node, world: &self.world, kernel: &mut self.kernel };
        handle(memory, disk, &mut context)
    }

    /// A packet's receiver handles it. Who that is.
    #[inline]
    fn deliver(&mut self, slot: u32) -> NodeId {
        let (at, kernel) = (self.kernel.now, &mut self.kernel);
        let carried: Carried<'_, N> = carried(&kernel.flights, slot);
        let Carried { from, to, packet, .. } = carried;
        kernel.fingerprint.fold(at, to, Kind::Received, from.raw(), packet.ids());
        // What a node gave itself to do came from nobody.
        if O::ACTIVE && from != to {
            self.observer.see(at, Observed::Received(carried));
        }
        let packet = kernel.take(slot);
        self.with_node(to, |memory, disk, context| memory.receive(disk, from, packet, context));
        to
    }

    /// A packet's turn at a CPU begins, which was at nothing. What costs nothing is handled at once.
    #[inline(never)]
    fn begin(&mut self, slot: u32, service: Span) -> Landing {
        let work = self.whole_work(slot, service);
        if work.is_zero() {
            return Landing::Handled;
        }
        self.kernel.serve(slot, work);
        Landing::Elsewhere
    }

    /// A node's CPU was at a packet, which is handled: the next one's turn begins.
    #[inline(never)]
    fn serve_next(&mut self, node: NodeId) {
        if let Some((slot, service)) = self.kernel.next_waiting(node) {
            let work = self.whole_work(slot, service);
            self.kernel.serve(slot, work);
        }
    }

    /// How long a CPU is at a packet whose turn has come.
    fn whole_work(&mut self, slot: u32, service: Span) -> Span {
        let &Flight { from, to, .. } = self.kernel.flights.get(slot);
        if !self.kernel.asks_for_work(to) {
            return service;
        }
        let packet = self.kernel.flights.lend(slot);
        let work =
            self.with_node(to, |memory, disk, context| memory.work(disk, from, &packet, context));
        self.kernel.flights.give_back(slot, packet);
        service + self.kernel.slowed_on(to, work)
    }

    /// Tells observers and the director what the event in hand did.
    #[inline]
    fn settle(&mut self) {
        if !(O::ACTIVE || D::ACTIVE) {
            return;
        }
        self.tell();
        if O::ACTIVE {
            self.observer.see(self.kernel.now, Observed::Settled);
        }
        if !self.struck.is_empty() {
            self.trigger();
        }
    }

    fn tell(&mut self) {
        let Kernel { now: at, told, flights, .. } = &mut self.kernel;
        let at = *at;
        // Looked at where they lie, not taken out one by one: a note may be large.
        for told in told.iter() {
            match *told {
                Told::Sent(slot) => {
                    self.observer.see(at, Observed::Sent(carried(flights, slot)));
                }
                Told::Duplicated(slot) => {
                    self.observer.see(at, Observed::Duplicated(carried(flights, slot)));
                }
                Told::Lost { slot, cause, frees } => {
                    self.observer.see(at, Observed::Lost(carried(flights, slot), cause));
                    if frees {
                        flights.remove(slot);
                    }
                }
                Told::Note(node, ref note) => {
                    self.observer.see(at, Observed::Told { node, note });
                    self.director.see(at, node, note, &mut self.struck);
                }
                Told::ReachChanged(node, online) => {
                    self.observer.see(at, Observed::ReachChanged { node, online });
                }
                Told::Met(ends, rate) => self.observer.see(at, Observed::Met { ends, rate }),
                Told::Parted(ends) => self.observer.see(at, Observed::Parted { ends }),
            }
        }
        told.clear();
    }

    /// Schedules the faults that the director has asked for.
    #[cold]
    fn trigger(&mut self) {
        for fault in self.struck.drain(..) {
            let crate::When::Triggered { after, .. } = self.schedule.fault(fault).when else {
                panic!("the director struck {fault}, which no trigger sets off");
            };
            let action = self.schedule.put(Action::Strike { fault, source: Source::Once });
            self.kernel.agenda.schedule_fault(self.kernel.now + after, action);
        }
    }
}

fn carried<N: Node>(flights: &Flights<N::Packet>, slot: u32) -> Carried<'_, N> {
    let flight = flights.get(slot);
    let &Flight { from, to, background, sent, arrives: arrived, .. } = flight;
    let over = flight.stage.over();
    Carried { flight: slot, from, to, packet: flight.packet(), background, sent, arrived, over }
}
