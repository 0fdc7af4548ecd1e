//! The kernel: everything that nodes act through. It moves packets and keeps the clock; it holds no node.

mod contacts;
mod faults;

use crate::agenda::{Agenda, Owner, Timer, TimerId};
use crate::contacts::Live;
use crate::draws::Draws;
use crate::fingerprint::{Fingerprint, Kind};
use crate::network::{
    Crossing, DirectionId, Flights, NO_LINE, Network, Refused, Stage, Taken, Way, slowed,
};
use crate::{
    Bandwidth, Drawing, Gray, Loss, Node, NodeId, Packet, Purpose, Seed, Span, Stream, Time,
    Traffic,
};

/// Something to tell observers once the event in hand has been handled.
pub(crate) enum Told<N: Node> {
    Sent(u32),
    Duplicated(u32),
    /// Its slot is free afterwards unless an event still points at it.
    Lost {
        slot: u32,
        cause: Loss,
        frees: bool,
    },
    Note(NodeId, N::Note),
    ReachChanged(NodeId, bool),
    Met((NodeId, NodeId), Option<Bandwidth>),
    Parted((NodeId, NodeId)),
}

/// What becomes of a packet whose event fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// Its receiver handles it now.
    Handled,
    /// It comes to a CPU that is at nothing: its turn begins, for this service and whatever its receiver
    /// says that it costs beside.
    Begins(Span),
    /// Its receiver's CPU is done with it: it is handled now, and the next one's turn begins.
    Served,
    /// It went on, it waits, or it is gone.
    Elsewhere,
    /// It was gone before: nothing happens.
    Void,
}

pub(crate) struct Kernel<N: Node> {
    pub(crate) now: Time,
    pub(crate) seed: Seed,
    pub(crate) agenda: Agenda<N::Timer>,
    pub(crate) network: Network,
    pub(crate) flights: Flights<N::Packet>,
    pub(crate) traffic: Traffic,
    pub(crate) fingerprint: Fingerprint,
    /// Packets and timers that a run waits for before it ends.
    pub(crate) open: u64,
    /// Whether anybody wants to be told.
    pub(crate) observed: bool,
    pub(crate) told: Vec<Told<N>>,
    draws: Draws,
    /// The stream of a draw that names its own place.
    placed: Stream,
    /// How many labels each series has given out.
    labels: Vec<u64>,
    /// Empty where nodes don't meet.
    pub(crate) contacts: Box<Live>,
}

impl<N: Node> Kernel<N> {
    pub(crate) fn new(seed: Seed, network: Network) -> Self {
        Kernel {
            now: Time::ZERO,
            seed,
            agenda: Agenda::new(),
            network,
            flights: Flights::new(),
            traffic: Traffic::default(),
            fingerprint: Fingerprint::EMPTY,
            open: 0,
            observed: false,
            told: Vec::new(),
            draws: Draws::default(),
            placed: Stream::new(Purpose::LINK_LATENCY, 0),
            labels: Vec::new(),
            contacts: Box::default(),
        }
    }

    /// Sends a packet on its way. Never inlined, like what sets and cancels timers: handlers call these from
    /// everywhere, and one copy each stays where the processor has it at hand.
    #[inline(never)]
    pub(crate) fn send(&mut self, from: NodeId, to: NodeId, packet: N::Packet) {
        let slot = self.put_out(from, to, packet);
        if !self.network.hosts[from.index()].is_online() {
            return self.lose(slot, Loss::Offline(from));
        }
        let way = self.network.way(from, to, &self.seed);
        self.set_out(slot, way);
    }

    /// Sends a packet over the line with this number: of its sender, or of its receiver.
    #[inline(never)]
    pub(crate) fn send_over(
        &mut self,
        (from, to): (NodeId, NodeId),
        number: u32,
        packet: N::Packet,
    ) {
        let slot = self.put_out(from, to, packet);
        if !self.network.hosts[from.index()].is_online() {
            return self.lose(slot, Loss::Offline(from));
        }
        let lines = &self.network.lines;
        let end = if lines.count(from) > 0 { from } else { to };
        let line = lines.find(end, number);
        let line = line.unwrap_or_else(|| panic!("{end} has no line {number}"));
        self.flights.get_mut(slot).line = line;
        let way = self.network.way_over((from, to), line, &self.seed);
        self.set_out(slot, way);
    }

    /// A node says whether a line of its own is up. False if it was so before.
    pub(crate) fn set_line(&mut self, node: NodeId, number: u32, up: bool) -> bool {
        let line = self.network.lines.find(node, number);
        let line = line.unwrap_or_else(|| panic!("{node} has no line {number}"));
        let line = self.network.lines.get_mut(line);
        let changes = line.is_off == up;
        line.is_off = !up;
        let up_way = line.up;
        if changes {
            self.hold_links(&[up_way, DirectionId(up_way.0 + 1)], !up);
        }
        changes
    }

    #[inline(always)]
    fn put_out(&mut self, from: NodeId, to: NodeId, packet: N::Packet) -> u32 {
        assert!(from != to, "{from} sent a packet to itself: it needs no network for that");
        let background = packet.is_background();
        self.traffic.sent += 1;
        self.open += u64::from(!background);
        let slot = self.flights.insert((from, to), self.now, background, packet);
        if self.observed {
            self.told.push(Told::Sent(slot));
        }
        slot
    }

    #[inline(always)]
    fn set_out(&mut self, slot: u32, way: Way) {
        let (link, stage, beyond) = match way {
            Way::Link(link) => (link, Stage::Last(link), Span::ZERO),
            Way::Up { first, backbone } => (first, Stage::Last(first), backbone),
            Way::Down { backbone, last } if backbone.is_zero() => {
                (last, Stage::Last(last), Span::ZERO)
            }
            Way::UpAndDown { first, backbone, last } => (first, Stage::Backbone { last }, backbone),
            way => return self.send_otherwise(slot, way),
        };
        self.cross(slot, link, stage, beyond);
    }

    /// Sends a packet on a way that does not begin with a link, or with one of several.
    #[inline(never)]
    fn send_otherwise(&mut self, slot: u32, way: Way) {
        let flight = self.flights.get_mut(slot);
        let (from, to) = (flight.from, flight.to);
        match way {
            Way::Route(route) => {
                self.network.routes.enter(route);
                let first = self.network.routes.hop(route, 0);
                self.pass_on(slot, first, Stage::Route { route, hop: 0 });
            }
            Way::Down { backbone, last } => {
                flight.stage = Stage::Backbone { last };
                let slow = self.network.grays.between(from, to).latency;
                let across = self.now + slowed(backbone, slow);
                let across = self.network.across((from, to), last, across);
                self.agenda.schedule_packet(across, slot);
            }
            Way::Cut => self.lose(slot, Loss::LinkDown(from, to)),
            Way::None => self.lose(slot, Loss::NoPath(from, to)),
            Way::Link(_) | Way::Up { .. } | Way::UpAndDown { .. } => {
                unreachable!("such a way begins with a link")
            }
        }
    }

    /// Puts a packet onto the next of several links.
    #[inline(never)]
    fn pass_on(&mut self, slot: u32, link: DirectionId, stage: Stage) {
        self.cross(slot, link, stage, Span::ZERO);
    }

    /// Puts a packet onto a link, from which it goes on `beyond` to where `stage` says. Part of `send`,
    /// which all packets pass; what only few do is a function apart.
    #[inline(always)]
    fn cross(&mut self, slot: u32, direction: DirectionId, stage: Stage, beyond: Span) {
        let grays = &self.network.grays;
        let gray = grays.any().then(|| self.gray(slot, direction, stage));
        let flight = self.flights.get_mut(slot);
        flight.stage = stage;
        let bytes = || flight.packet().bytes();
        let directions = &mut self.network.directions;
        match directions.cross(direction, self.now, bytes, gray.as_ref(), &self.seed) {
            Ok(Crossing { departs, arrives, corrupted, again }) => {
                flight.departs = departs;
                flight.arrives = arrives;
                flight.corrupted |= corrupted;
                let beyond = slowed(beyond, gray.map_or(1.0, |gray| gray.latency));
                let (from, to) = (flight.from, flight.to);
                let network = &mut self.network;
                let mut across = |at: Time| network.across((from, to), direction, at + beyond);
                let first = across(arrives);
                let again = again.map(|again| (again, across(again)));
                self.agenda.schedule_packet(first, slot);
                if let Some((again, across)) = again {
                    self.duplicate(slot, again, across);
                }
            }
            Err(why) => self.refuse(slot, direction, stage, why),
        }
    }

    #[inline(never)]
    fn refuse(&mut self, slot: u32, direction: DirectionId, stage: Stage, why: Refused) {
        let (from, to) = self.leg(slot, direction, stage);
        let cause = match why {
            Refused::Down => Loss::LinkDown(from, to),
            Refused::Chance => Loss::Chance(from, to),
            Refused::BufferFull => Loss::BufferFull(from, to),
        };
        self.lose(slot, cause);
    }

    /// The two nodes that a packet is between while it crosses this link: those of the link, or, on
    /// an access link, the sender and the receiver.
    #[inline(never)]
    fn leg(&self, slot: u32, direction: DirectionId, stage: Stage) -> (NodeId, NodeId) {
        if let Stage::Route { .. } = stage {
            let direction = self.network.directions.get(direction);
            return (direction.from, direction.to);
        }
        let flight = self.flights.get(slot);
        (flight.from, flight.to)
    }

    /// How much worse than built a link is for a packet. What goes over two access links meets its
    /// sender's trouble on the first and all other trouble on the second, nothing twice.
    #[inline(never)]
    fn gray(&self, slot: u32, direction: DirectionId, stage: Stage) -> Gray {
        let (grays, (from, to)) = (&self.network.grays, self.leg(slot, direction, stage));
        match stage {
            Stage::Backbone { .. } => grays.on_node(from),
            Stage::Last(link)
                if self.network.directions.is_access(link)
                    && self.network.has_access(from)
                    && self.network.has_access(to)
                    && !self.network.is_own_access(from, link) =>
            {
                grays.on_node(to).and(grays.on_pair(from, to))
            }
            _ => grays.between(from, to),
        }
    }

    #[inline(never)]
    fn duplicate(&mut self, slot: u32, arrives: Time, across: Time) {
        let second = self.flights.copy(slot, arrives);
        let flight = self.flights.get(second);
        if let Stage::Route { route, .. } = flight.stage {
            self.network.routes.enter(route);
        }
        self.traffic.duplicated += 1;
        self.open += u64::from(!flight.background);
        self.agenda.schedule_packet(across, second);
        if self.observed {
            self.told.push(Told::Duplicated(second));
        }
    }

    /// A packet is gone, and no event points at its slot any more.
    #[inline(never)]
    pub(crate) fn lose(&mut self, slot: u32, cause: Loss) {
        self.count_lost(slot, cause, true);
    }

    fn count_lost(&mut self, slot: u32, cause: Loss, frees: bool) {
        let flight = self.flights.get_mut(slot);
        if let Stage::Route { route, .. } = flight.stage {
            self.network.routes.leave(route);
        }
        flight.stage = match flight.stage {
            Stage::Contact(over) if N::MEETS => Stage::Broken(over),
            _ => Stage::Gone,
        };
        let ids = crate::Ids::ids(flight.packet());
        self.fingerprint.fold(self.now, flight.to, Kind::Lost, cause.number(), ids);
        self.open -= u64::from(!flight.background);
        self.traffic.lost.count(cause);
        let flight = self.flights.get(slot);
        if self.observed && flight.from != flight.to {
            self.told.push(Told::Lost { slot, cause, frees });
        } else if frees {
            self.flights.remove(slot);
        }
    }

    /// A packet's event fired: moves it on.
    #[inline]
    pub(crate) fn land(&mut self, at: Time, slot: u32) -> Landing {
        let stage = self.flights.get(slot).stage;
        if stage == Stage::Gone {
            // It was lost before its event fired, which alone kept its slot.
            self.flights.remove(slot);
            return Landing::Void;
        }
        self.now = at;
        match stage {
            Stage::Last(_) => self.arrive(slot),
            Stage::Cpu => Landing::Served,
            _ => self.land_on_the_way(slot),
        }
    }

    /// A packet came to the end of a link, or of the way between regions, that may not be its last.
    #[inline(never)]
    fn land_on_the_way(&mut self, slot: u32) -> Landing {
        let flight = self.flights.get(slot);
        match flight.stage {
            Stage::Last(_)
            | Stage::Waiting
            | Stage::Cpu
            | Stage::Contact(_)
            | Stage::Gone
            | Stage::Broken(_) => {
                unreachable!("such a packet is not on its way")
            }
            Stage::Backbone { last } => {
                let (from, to) = (flight.from, flight.to);
                let ids = crate::Ids::ids(flight.packet());
                self.fingerprint.fold(self.now, to, Kind::Passed, from.raw(), ids);
                self.pass_on(slot, last, Stage::Last(last));
                Landing::Elsewhere
            }
            Stage::Route { route, hop } if self.network.routes.is_last(route, hop) => {
                self.arrive(slot)
            }
            Stage::Route { route, hop } => {
                let at = self.network.directions.get(self.network.routes.hop(route, hop)).to;
                let ids = crate::Ids::ids(flight.packet());
                self.fingerprint.fold(self.now, at, Kind::Passed, flight.from.raw(), ids);
                let host = &self.network.hosts[at.index()];
                if !host.is_up() {
                    self.lose(slot, Loss::Crash(at));
                } else if !host.is_online() {
                    self.lose(slot, Loss::Offline(at));
                } else {
                    let next = self.network.routes.hop(route, hop + 1);
                    self.pass_on(slot, next, Stage::Route { route, hop: hop + 1 });
                }
                Landing::Elsewhere
            }
        }
    }

    /// A packet has come all the way to its receiver's door.
    #[inline(always)]
    fn arrive(&mut self, slot: u32) -> Landing {
        let flight = self.flights.get_mut(slot);
        let host = &self.network.hosts[flight.to.index()];
        if flight.line != NO_LINE && self.network.is_cut_behind(flight.line) {
            let (from, to) = (flight.from, flight.to);
            self.lose(slot, Loss::LinkDown(from, to));
            return Landing::Elsewhere;
        }
        if !host.is_up() || !host.is_online() || flight.corrupted {
            return self.turn_away(slot);
        }
        if let Stage::Route { route, .. } = flight.stage {
            self.network.routes.leave(route);
        }
        flight.stage = Stage::Cpu;
        flight.arrives = self.now;
        if host.machine.is_some() { self.queue_for_cpu(slot) } else { Landing::Handled }
    }

    #[inline(never)]
    fn turn_away(&mut self, slot: u32) -> Landing {
        let to = self.flights.get(slot).to;
        let host = &self.network.hosts[to.index()];
        let cause = if !host.is_up() {
            Loss::Crash(to)
        } else if !host.is_online() {
            Loss::Offline(to)
        } else {
            Loss::Corrupted(to)
        };
        self.lose(slot, cause);
        Landing::Elsewhere
    }

    /// Where handling a packet takes time: it is handled when its receiver's CPU is done with it.
    #[inline(never)]
    fn queue_for_cpu(&mut self, slot: u32) -> Landing {
        let flight = self.flights.get_mut(slot);
        let (from, to) = (flight.from, flight.to);
        let slow = if self.network.grays.any() { self.network.grays.on_node(to).cpu } else { 1.0 };
        let machine = self.network.hosts[to.index()].machine.as_mut().expect("it has a CPU");
        let message = flight.packet().is_served_as_message();
        let landing = match machine.take_packet(slot, message, slow, &self.seed) {
            Taken::Now(service) if machine.asks => Landing::Begins(service),
            Taken::Now(service) if service.is_zero() => return Landing::Handled,
            Taken::Now(service) => {
                machine.begin();
                self.agenda.schedule_packet(self.now + service, slot);
                Landing::Elsewhere
            }
            Taken::Later => {
                flight.stage = Stage::Waiting;
                Landing::Elsewhere
            }
        };
        let ids = crate::Ids::ids(flight.packet());
        self.fingerprint.fold(self.now, to, Kind::Queued, from.raw(), ids);
        landing
    }

    /// Puts a packet of a node to itself into its CPU's queue. No link carries it, and nobody is told of it.
    #[inline(never)]
    pub(crate) fn work(&mut self, node: NodeId, packet: N::Packet) -> Option<N::Packet> {
        let host = &mut self.network.hosts[node.index()];
        let Some(machine) = &mut host.machine else { return Some(packet) };
        let slow =
            if self.network.grays.any() { self.network.grays.on_node(node).cpu } else { 1.0 };
        let (message, background) = (packet.is_served_as_message(), packet.is_background());
        let ids = crate::Ids::ids(&packet);
        let slot = self.flights.insert((node, node), self.now, background, packet);
        match machine.take_packet(slot, message, slow, &self.seed) {
            Taken::Now(service) if service.is_zero() => return Some(self.flights.remove(slot)),
            Taken::Now(service) => {
                machine.begin();
                self.flights.get_mut(slot).stage = Stage::Cpu;
                self.agenda.schedule_packet(self.now + service, slot);
            }
            Taken::Later => self.flights.get_mut(slot).stage = Stage::Waiting,
        }
        self.traffic.sent += 1;
        self.open += u64::from(!background);
        self.fingerprint.fold(self.now, node, Kind::Queued, node.raw(), ids);
        None
    }

    /// A node's CPU is at a packet, for so long.
    pub(crate) fn serve(&mut self, slot: u32, work: Span) {
        let flight = self.flights.get_mut(slot);
        flight.stage = Stage::Cpu;
        let machine = &mut self.network.hosts[flight.to.index()].machine;
        machine.as_mut().expect("it has a CPU").begin();
        self.agenda.schedule_packet(self.now + work, slot);
    }

    /// A node's CPU is done with a packet: the next one in its queue, with its service.
    pub(crate) fn next_waiting(&mut self, node: NodeId) -> Option<(u32, Span)> {
        self.network.hosts[node.index()].machine.as_mut().expect("it has a CPU").end()
    }

    /// Whether packets may give a node's CPU work beside their service.
    pub(crate) fn asks_for_work(&self, node: NodeId) -> bool {
        self.network.hosts[node.index()].machine.as_ref().is_some_and(|machine| machine.asks)
    }

    /// As long as this takes on a node's CPU right now.
    pub(crate) fn slowed_on(&self, node: NodeId, work: Span) -> Span {
        if work.is_zero() { work } else { slowed(work, self.network.grays.on_node(node).cpu) }
    }

    /// Takes a packet out for its receiver to handle.
    #[inline]
    pub(crate) fn take(&mut self, slot: u32) -> N::Packet {
        self.traffic.received += 1;
        self.open -= u64::from(!self.flights.get(slot).background);
        self.flights.remove(slot)
    }

    #[inline(never)]
    pub(crate) fn set_timer(
        &mut self,
        node: NodeId,
        after: Span,
        what: N::Timer,
        background: bool,
    ) -> TimerId {
        let host = &mut self.network.hosts[node.index()];
        let wait = u32::from(!background);
        host.open_timers += wait;
        self.open += u64::from(wait);
        let owner = Owner { node, life: host.life, background };
        self.agenda.set(self.now, after, Timer { owner, what })
    }

    #[inline(never)]
    pub(crate) fn cancel_timer(&mut self, node: NodeId, id: TimerId) -> bool {
        let Some(owner) = self.agenda.cancel(id) else {
            return false;
        };
        assert!(owner.node == node, "{node} cancelled a timer of {}", owner.node);
        self.close_timer(owner)
    }

    /// A timer ran out or was cancelled. False if it was void.
    #[inline]
    pub(crate) fn close_timer(&mut self, owner: Owner) -> bool {
        let host = &mut self.network.hosts[owner.node.index()];
        if host.life != owner.life {
            return false;
        }
        let wait = u32::from(!owner.background);
        host.open_timers -= wait;
        self.open -= u64::from(wait);
        true
    }

    pub(crate) fn write(&mut self, node: NodeId) -> Span {
        match &mut self.network.hosts[node.index()].machine {
            None => Span::ZERO,
            Some(machine) => machine.write(self.now, &self.seed) - self.now,
        }
    }

    pub(crate) fn draw(&mut self, node: NodeId, purpose: Purpose) -> Drawing<'_> {
        assert!(purpose.is_of_models(), "{purpose:?} is the engine's own");
        let hosts = &self.network.hosts;
        self.draws.stream(node, purpose, |node| hosts[node].entity).with(&self.seed)
    }

    pub(crate) fn draw_at(&mut self, node: NodeId, purpose: Purpose, place: u64) -> Drawing<'_> {
        let entity = u64::from(self.network.hosts[node.index()].entity);
        self.draw_of(purpose, entity, place)
    }

    pub(crate) fn draw_of(&mut self, purpose: Purpose, entity: u64, place: u64) -> Drawing<'_> {
        self.placed = Stream::new(purpose, entity);
        self.placed.skip_to(place);
        self.placed.with(&self.seed)
    }

    pub(crate) fn label(&mut self, series: usize) -> u64 {
        if self.labels.len() <= series {
            self.labels.resize(series + 1, 0);
        }
        let label = self.labels[series];
        self.labels[series] += 1;
        label
    }

    pub(crate) fn tell(&mut self, node: NodeId, note: N::Note) {
        if self.observed {
            self.told.push(Told::Note(node, note));
        }
    }

    /// The device itself leaves the network or comes back to it.
    pub(crate) fn set_left(&mut self, node: NodeId, left: bool) {
        let host = &mut self.network.hosts[node.index()];
        let before = host.is_online();
        host.set_left(left);
        let online = host.is_online();
        if online != before {
            self.network.routes.forget();
            if self.observed {
                self.told.push(Told::ReachChanged(node, online));
            }
            if N::MEETS {
                self.reach_contacts(node, online);
            }
        }
    }
}
