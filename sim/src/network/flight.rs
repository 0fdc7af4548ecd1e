//! Packets under way, each in a slot that its event points at.

use super::{DirectionId, RouteId};
use crate::{NodeId, Time};

/// Where a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// On its last link, or its only one.
    Last(DirectionId),
    /// On a link of a route; `hop` counts from 0.
    Route { route: RouteId, hop: u16 },
    /// Between regions, on its way to the access link that ends at its receiver.
    Backbone { last: DirectionId },
    /// In the queue of its receiver's CPU.
    Cpu,
    /// Lost while its event stands in the agenda; the slot is free when that fires.
    Gone,
}

/// A packet under way.
#[derive(Clone, Debug)]
pub(crate) struct Flight<P> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) stage: Stage,
    pub(crate) corrupted: bool,
    pub(crate) background: bool,
    pub(crate) sent: Time,
    /// When its last bit leaves the node it was sent or passed on by.
    pub(crate) departs: Time,
    /// When it comes to the end of the link that it is on.
    pub(crate) arrives: Time,
    pub(crate) packet: P,
}

/// The arena of packets under way.
#[derive(Debug)]
pub(crate) struct Flights<P> {
    slots: Vec<Option<Flight<P>>>,
    free: Vec<u32>,
}

impl<P> Flights<P> {
    pub(crate) fn new() -> Self {
        Flights { slots: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(crate) fn insert(&mut self, flight: Flight<P>) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(flight);
                slot
            }
            None => {
                self.slots.push(Some(flight));
                u32::try_from(self.slots.len() - 1).expect("more than 2^32 packets are under way")
            }
        }
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> &Flight<P> {
        self.slots[slot as usize].as_ref().expect("the slot holds a packet")
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: u32) -> &mut Flight<P> {
        self.slots[slot as usize].as_mut().expect("the slot holds a packet")
    }

    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) -> Flight<P> {
        let flight = self.slots[slot as usize].take().expect("the slot holds a packet");
        self.free.push(slot);
        flight
    }

    /// The slots whose packet `wanted` picks, in the order in which the packets left. A walk over
    /// everything under way: for faults, which are rare, so that packets, which are not, need no lists.
    pub(crate) fn select(&self, wanted: impl Fn(&Flight<P>) -> bool) -> Vec<u32> {
        let under_way = (0..).zip(&self.slots).filter_map(|(slot, place)| {
            let flight = place.as_ref().filter(|flight| flight.stage != Stage::Gone)?;
            wanted(flight).then_some((flight.departs, slot))
        });
        let mut found: Vec<(Time, u32)> = under_way.collect();
        found.sort_unstable();
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Those under way: not yet received, not yet lost.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = &Flight<P>> {
        self.slots.iter().flatten().filter(|flight| flight.stage != Stage::Gone)
    }
}
