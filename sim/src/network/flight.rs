//! Packets under way, each in a slot that its event points at.

use super::{DirectionId, NO_LINE, RouteId};
use crate::{Bearer, NodeId, Time};

/// Where a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// On its last link, or its only one.
    Last(DirectionId),
    /// On a link of a route; `hop` counts from 0.
    Route { route: RouteId, hop: u16 },
    /// Between regions, on its way to the access link that ends at its receiver.
    Backbone { last: DirectionId },
    /// In the queue of its receiver's CPU, behind others. No event points at its slot.
    Waiting,
    /// At its receiver's CPU.
    Cpu,
    /// On a contact.
    Contact(Bearer),
    /// Lost while its event stands in the agenda, where the slot is free when that fires; or not
    /// under way yet, or no more: so stand all free slots.
    Gone,
    /// Gone, and it was on a contact.
    Broken(Bearer),
}

impl Stage {
    /// What carries a packet that is there, or did when it was lost.
    pub(crate) fn over(self) -> Bearer {
        match self {
            Stage::Contact(over) | Stage::Broken(over) => over,
            _ => Bearer::Network,
        }
    }

    fn is_under_way(self) -> bool {
        !matches!(self, Stage::Gone | Stage::Broken(_))
    }
}

/// A packet under way, in as few lines of the cache as it can be: what each event looks at comes first,
/// in one line with where the packet begins.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Flight<P> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) stage: Stage,
    pub(crate) corrupted: bool,
    pub(crate) background: bool,
    /// The line that it goes over, or [`NO_LINE`].
    pub(crate) line: u32,
    pub(crate) sent: Time,
    /// When its last bit leaves the node it was sent or passed on by.
    pub(crate) departs: Time,
    /// When it comes to the end of the link that it is on.
    pub(crate) arrives: Time,
    /// Absent where the slot is free.
    packet: Option<P>,
}

impl<P> Flight<P> {
    #[inline]
    pub(crate) fn packet(&self) -> &P {
        self.packet.as_ref().expect("the slot holds a packet")
    }
}

/// The arena of packets under way. What is moved in and out are the packets alone.
#[derive(Debug)]
pub(crate) struct Flights<P> {
    slots: Vec<Flight<P>>,
    free: Vec<u32>,
}

impl<P> Flights<P> {
    pub(crate) fn new() -> Self {
        Flights { slots: Vec::new(), free: Vec::new() }
    }

    /// Puts a packet that leaves now into a slot. Until it is on its way, it counts as gone.
    #[inline]
    pub(crate) fn insert(
        &mut self,
        (from, to): (NodeId, NodeId),
        now: Time,
        background: bool,
        packet: P,
    ) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| self.grow());
        let flight = &mut self.slots[slot as usize];
        flight.from = from;
        flight.to = to;
        flight.corrupted = false;
        flight.background = background;
        flight.line = NO_LINE;
        flight.sent = now;
        flight.departs = now;
        flight.arrives = now;
        flight.packet = Some(packet);
        slot
    }

    /// A free slot more.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> u32 {
        self.slots.push(Flight {
            from: NodeId::new(0),
            to: NodeId::new(0),
            stage: Stage::Gone,
            corrupted: false,
            background: false,
            line: NO_LINE,
            sent: Time::ZERO,
            departs: Time::ZERO,
            arrives: Time::ZERO,
            packet: None,
        });
        u32::try_from(self.slots.len() - 1).expect("more than 2^32 packets are under way")
    }

    /// Puts a second copy of a packet next to it, which arrives at another time.
    pub(crate) fn copy(&mut self, slot: u32, arrives: Time) -> u32
    where
        P: Clone,
    {
        let second = self.free.pop().unwrap_or_else(|| self.grow());
        self.slots[second as usize] = Flight { arrives, ..self.get(slot).clone() };
        second
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> &Flight<P> {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> &mut Flight<P> {
        &mut self.slots[slot as usize]
    }

    /// Takes a packet out for a look; its slot stays its own.
    pub(crate) fn lend(&mut self, slot: u32) -> P {
        self.slots[slot as usize].packet.take().expect("the slot holds a packet")
    }

    /// Puts back what was taken out for a look.
    pub(crate) fn give_back(&mut self, slot: u32, packet: P) {
        self.slots[slot as usize].packet = Some(packet);
    }

    /// Takes a packet out; its slot is free.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) -> P {
        let flight = &mut self.slots[slot as usize];
        flight.stage = Stage::Gone;
        let packet = flight.packet.take().expect("the slot holds a packet");
        self.free.push(slot);
        packet
    }

    /// The slots whose packet `wanted` picks, in the order in which the packets left. A walk over
    /// everything under way: for faults, which are rare, so that packets, which are not, need no lists.
    pub(crate) fn select(&self, wanted: impl Fn(&Flight<P>) -> bool) -> Vec<u32> {
        let under_way = (0..).zip(&self.slots).filter(|(_, flight)| flight.stage.is_under_way());
        let wanted = under_way.filter(|(_, flight)| wanted(flight));
        let mut found: Vec<(Time, u32)> =
            wanted.map(|(slot, flight)| (flight.departs, slot)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Those under way: not yet received, not yet lost.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = &Flight<P>> {
        self.slots.iter().filter(|flight| flight.stage.is_under_way())
    }
}
