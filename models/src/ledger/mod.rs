//! The ledger: watches a run, counts every copy of every delivery, and says how each one ended.
//!
//! No node can read it, and it changes no run. It believes what nodes tell of themselves, and checks
//! it against what packets brought them: what does not fit is a [`Violation`].
//!
//! ```text
//!   Sent, Duplicated ─▶ a copy flies       Kept ─▶ a node holds it     Dropped, Crashed ─▶ one less
//!   Received ─▶ it has come                Stored, Waited ─▶ where its time went
//!   Settled ─▶ whose last copy is gone? ─▶ Row ─▶ Sink
//! ```
//!
//! Within one event nothing is decided: a packet that is received, and kept by a note told right after,
//! is one copy all the while. Deliveries are handed out as [`Row`]s and forgotten as soon as they are
//! delivered or lost and no copy is left, so memory holds what is in flight.

mod aboard;
mod absences;
mod cause;
mod copies;
mod fate;
mod index;
mod list;
mod notes;
mod packets;
mod passed;
mod phases;
mod records;
mod row;
mod settle;
mod tally;
#[cfg(test)]
mod tests;
mod violations;

use penult_sim::{IdMap, Node, NodeId, Observed, Observer, Time};

pub use cause::{Cause, CauseKind, PlaceName};
pub use fate::Fate;
pub use phases::{Phase, Phases};
pub use row::{Row, Sink};
pub use tally::{Costs, GatewayLoad, Level, Totals};
pub use violations::{Broken, Example, Violation, Violations};

use crate::ids::{DeliveryId, GatewayId};
use crate::note::Note;
use crate::packet::{Between, DeviceWord, Packet};
use crate::places::{Kind, Places};
use crate::service::ServiceName;
use crate::services::ServiceSpec;
use aboard::Aboard;
use absences::{Absences, Away};
use cause::{Took, place_name};
use copies::Copies;
use phases::Outages;
use records::Records;
use tally::Loads;

/// What a ledger has to know of the world.
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// Which node is which.
    pub places: Places,
    /// The services, in the order of their nodes.
    pub services: Vec<ServiceSpec>,
    /// How the conduits are called, in the order of their nodes.
    pub conduits: Vec<ServiceName>,
    /// Whether devices carry what others sent: then every node that a copy comes to is a hop, and what waits at one
    /// that is not its sender's is away.
    pub devices_carry: bool,
    /// Whether gateways keep their queues on disk.
    pub gateways_on_disk: bool,
    /// What is created before is not counted.
    pub warmup: Time,
    /// What is created then or later is not either.
    pub ends: Time,
}

impl LedgerOptions {
    fn name_of(&self, node: NodeId) -> PlaceName {
        place_name(&self.places, &self.services, &self.conduits, node)
    }
}

/// Watches a run of any strategy.
#[derive(Debug)]
pub struct Ledger<S> {
    options: LedgerOptions,
    records: Records,
    copies: Copies,
    aboard: Aboard,
    outages: Outages,
    absences: Absences,
    /// Deliveries to look at once the event in hand is over.
    touched: Vec<u32>,
    /// The gateways that stored the message in hand.
    stored_at: Vec<NodeId>,
    /// When devices lost their disks, and with them what they knew to have received.
    forgot: IdMap<Time>,
    open: u64,
    /// How many copies are alive, and how that rose and fell from event to event.
    alive: u64,
    live: Level,
    loads: Loads,
    totals: Totals,
    costs: Costs,
    violations: Violations,
    sink: S,
}

impl<S: Sink> Ledger<S> {
    /// A ledger that hands its rows to `sink`.
    pub fn new(options: LedgerOptions, sink: S) -> Self {
        let places = options.places;
        let level = Level::within(options.warmup, options.ends);
        Ledger {
            options,
            records: Records::default(),
            copies: Copies::with_nodes(places.count()),
            aboard: Aboard::default(),
            outages: Outages::default(),
            absences: Absences::default(),
            touched: Vec::new(),
            stored_at: Vec::new(),
            forgot: IdMap::new(),
            open: 0,
            alive: 0,
            loads: Loads::within(places, &level),
            live: level,
            totals: Totals::default(),
            costs: Costs::default(),
            violations: Violations::default(),
            sink,
        }
    }

    /// Counts of deliveries. They add up once the run is [finished](Ledger::finish).
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What it cost.
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// All live copies.
    pub fn copies(&self) -> &Level {
        &self.live
    }

    /// The bytes that nodes hold: gateways, services and devices.
    pub fn queue_bytes(&self) -> &Level {
        &self.loads.queued
    }

    /// What each gateway bore.
    pub fn gateways(&self) -> &[GatewayLoad] {
        &self.loads.gateways
    }

    /// What went wrong with the run itself.
    pub fn violations(&self) -> &Violations {
        &self.violations
    }

    /// How many deliveries something can still become of: neither delivered nor refused, with a copy left.
    pub fn open(&self) -> u64 {
        self.open
    }

    /// How many copies a node holds: what its own count must agree with.
    pub fn held_by(&self, node: NodeId) -> u32 {
        self.copies.held_by(node)
    }

    /// How many copies of a delivery are alive; none once it is finished.
    pub fn copies_of(&self, delivery: DeliveryId) -> Option<u32> {
        let record = self.records.get(self.records.look_up(delivery)?);
        (!record.finished).then_some(record.live)
    }

    /// Who gets the rows.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Ends the ledger and gives back who got the rows.
    pub fn into_sink(self) -> S {
        self.sink
    }

    fn gateway_at(&self, node: NodeId) -> Option<GatewayId> {
        match self.options.places.kind(node) {
            Kind::Gateway(gateway) => Some(gateway),
            _ => None,
        }
    }

    fn is_client(&self, node: NodeId) -> bool {
        self.options.places.kind(node).is_device()
    }

    fn cause(&self, took: Took) -> Cause {
        let name = |node| self.options.name_of(node);
        Cause { kind: took.kind, place: name(took.place), to: took.to.map(name) }
    }

    /// A device begins to be away, or ends to.
    fn note_away(&mut self, at: Time, node: NodeId, why: Away, is_away: bool) {
        if let Kind::Client(client) = self.options.places.kind(node) {
            self.absences.changed(client, why, is_away, at, &self.records);
        }
    }

    #[cold]
    fn broken(
        &mut self,
        what: Violation,
        at: Time,
        node: Option<NodeId>,
        delivery: Option<DeliveryId>,
    ) {
        let name = |node| self.options.name_of(node);
        self.violations.add(what, Example { at, place: node.map(name), delivery });
    }

    /// Something happened to a delivery that may end it.
    #[inline(never)]
    fn touch(&mut self, slot: u32) {
        let record = self.records.get_mut(slot);
        if !std::mem::replace(&mut record.touched, true) {
            self.touched.push(slot);
        }
    }

    /// One more copy of it is alive.
    #[inline]
    fn rise(&mut self, slot: u32) {
        self.records.get_mut(slot).live += 1;
        self.alive += 1;
    }

    /// One copy of it is gone; `took` took it, if anything but its receiver did.
    #[inline(always)]
    fn fall(&mut self, slot: u32, took: Option<Took>) {
        let record = self.records.get_mut(slot);
        record.live -= 1;
        if let Some(took) = took
            && (record.live == 0 || !record.ran_out)
        {
            record.took = Some(took.after(record.took));
        }
        if record.live == 0 {
            self.touch(slot);
        }
        self.alive -= 1;
    }

    /// The node at which this copy is holds it from now on.
    #[inline(never)]
    fn hold(&mut self, slot: u32, copy: u32, at: Time) {
        let record = self.records.get_mut(slot);
        record.live += 1;
        self.alive += 1;
        let bytes = i64::from(record.bytes);
        let node = self.copies.hold(&record.copies, copy);
        self.loads.weigh(at, node, 1, bytes);
    }

    /// The node that held this copy has it no longer.
    #[inline(never)]
    fn let_go(&mut self, slot: u32, copy: u32, at: Time, took: Took) {
        let record = self.records.get(slot);
        let bytes = i64::from(record.bytes);
        let node = self.copies.let_go(&record.copies, copy);
        self.fall(slot, Some(took));
        self.loads.weigh(at, node, -1, -bytes);
    }

    /// Whether this copy is the last that is stored anywhere but at its sender's device.
    #[cold]
    fn is_last_stored(&self, slot: u32, copy: u32) -> bool {
        let record = self.records.get(slot);
        let is_stored = |id: u32| {
            let copy = self.copies.get(id);
            copy.stored && copy.node != record.sender
        };
        let mut others = self.copies.held(&record.copies).filter(|&other| other != copy);
        is_stored(copy) && !others.any(is_stored)
    }

    /// Nothing can become of this delivery any more that is not known.
    fn close(&mut self, slot: u32) {
        let open = &mut self.records.get_mut(slot).open;
        self.open -= u64::from(std::mem::replace(open, false));
    }
}

impl<N, P, W, S> Observer<N> for Ledger<S>
where
    N: Node<Note = Note, Packet = Packet<P, W>>,
    P: Between,
    W: DeviceWord,
    S: Sink,
{
    // Whoever tells knows what it tells: only one arm is left of this where it is put.
    #[inline(always)]
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        match what {
            Observed::Sent(carried) => {
                let ends = (carried.from, carried.to);
                self.sent(at, carried.flight, ends, carried.packet, carried.background);
            }
            Observed::Duplicated(carried) => {
                let (ends, sent) = ((carried.from, carried.to), carried.sent);
                self.duplicated(at, carried.flight, ends, carried.packet, sent);
            }
            Observed::Received(carried) => {
                let ends = (carried.from, carried.to);
                self.received(at, carried.flight, ends, carried.packet, carried.arrived);
            }
            Observed::Lost(carried, loss) => {
                self.lost(at, carried.flight, (carried.from, carried.to), carried.packet, loss);
            }
            Observed::Told { node, note } => self.told(at, node, note),
            Observed::Crashed { node, disk_lost, .. } => self.crashed(at, node, disk_lost),
            Observed::DiskLost { node, .. } => self.disk_lost(at, node),
            Observed::Recovered { node } => {
                self.outages.recovered(node, at);
                self.note_away(at, node, Away::Dead, false);
            }
            Observed::ReachChanged { node, online } => {
                self.note_away(at, node, Away::Offline, !online);
            }
            Observed::Settled => self.settle(at),
            Observed::FaultBegan { .. } | Observed::FaultEnded { .. } => {}
            Observed::Met { .. } | Observed::Parted { .. } => {}
        }
    }

    /// A run may end while nothing can become of any delivery: each is delivered or refused, or has no
    /// copy left. One that somebody still holds, be it on the disk of a dead node, keeps the run going
    /// until its time is up. Where devices carry, what they carry and tell each other goes on for as long as they meet.
    fn is_quiet(&self) -> bool {
        self.open == 0 && !self.options.devices_carry
    }
}
