//! What packets do to copies.

use penult_sim::{Loss, NodeId, Packet as _, Span, Time};

use super::aboard::EMPTY;
use super::cause::Took;
use super::copies::State;
use super::phases::Phase;
use super::row::Sink;
use super::violations::Violation;
use super::{Kind, Ledger};
use crate::ids::DeliveryId;
use crate::packet::{Between, DeviceWord, Down, Packet};
use crate::places::Places;

type Ends = (NodeId, NodeId);

/// Shows what a packet carries.
#[inline]
fn contents<P: Between, W: DeviceWord>(
    places: Places,
    to: NodeId,
    packet: &Packet<P, W>,
    mut show: impl FnMut(DeliveryId),
) {
    match packet {
        Packet::Down(Down::Deliver { message, .. }) => {
            // A device gets what is for it; anybody else who is sent such a thing gets nothing.
            if let Kind::Client(recipient) = places.kind(to) {
                show(DeliveryId { message: message.id, recipient });
            }
        }
        Packet::Down(_) => {}
        Packet::Up(_) | Packet::Between(_) => packet.contents(&mut show),
    }
}

impl<S: Sink> Ledger<S> {
    #[inline]
    pub(super) fn sent<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        flight: u32,
        ends: Ends,
        packet: &Packet<P, W>,
        background: bool,
    ) {
        self.costs.packets += u64::from(!background);
        self.costs.bytes += u64::from(packet.bytes());
        // Most packets are acks and the like.
        if packet.carries_message() {
            return self.sent_with_contents(at, flight, ends, packet);
        }
        self.costs.control += 1;
        self.aboard.leave(flight, EMPTY);
    }

    #[inline(never)]
    fn sent_with_contents<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        flight: u32,
        ends: Ends,
        packet: &Packet<P, W>,
    ) {
        let (mut first, mut count) = (EMPTY, 0);
        contents(self.options.places, ends.1, packet, |delivery| {
            count += 1;
            first = self.fly(at, ends, delivery, first);
        });
        self.aboard.leave(flight, first);
        if count == 0 {
            self.costs.control += 1;
            return;
        }
        self.costs.transmissions += 1;
        self.costs.carried += count;
        if let Some(gateway) = self.gateway_at(ends.0) {
            self.loads.gateways[gateway.index()].transmissions += 1;
        }
    }

    /// A packet takes along what its sender has, beside what it carries already.
    #[inline(never)]
    fn fly(&mut self, at: Time, (from, to): Ends, delivery: DeliveryId, along: u32) -> u32 {
        let Some(slot) = self.records.find(delivery) else {
            self.broken(Violation::Unknown, at, Some(from), Some(delivery));
            return along;
        };
        let record = self.records.get_mut(slot);
        self.costs.carried_counted += u64::from(record.counted);
        let wait = if record.sender == from {
            Phase::Outbox
        } else if self.options.devices_carry && self.options.places.kind(from).is_device() {
            Phase::Away
        } else {
            Phase::Network
        };
        let source = self.copies.at(&record.copies, slot, from);
        record.live += 1;
        self.alive += 1;
        if let Some(source) = source {
            let away = match wait {
                Phase::Network => {
                    let since = self.copies.get(source).since;
                    self.absences.between(delivery.recipient, since, at)
                }
                _ => Span::ZERO,
            };
            let list = &mut record.copies;
            return self.copies.fly(list, source, to, (wait, away), at, along);
        }
        let way = (at, at - record.created);
        let id = self.copies.fly_from_nothing(&mut record.copies, slot, (from, to), way, along);
        self.broken_here(Violation::SentFromNothing, at, from, slot);
        id
    }

    pub(super) fn duplicated<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        flight: u32,
        ends: Ends,
        packet: &Packet<P, W>,
        sent: Time,
    ) {
        self.costs.duplicated += 1;
        let mut along = EMPTY;
        contents(self.options.places, ends.1, packet, |delivery| {
            let Some(slot) = self.records.find(delivery) else { return };
            let list = &mut self.records.get_mut(slot).copies;
            let Some(first) = self.copies.flying(list, ends, sent) else {
                return self.broken(Violation::NeverSent, at, Some(ends.1), Some(delivery));
            };
            along = self.copies.double(list, first, along);
            self.rise(slot);
        });
        self.aboard.leave(flight, along);
    }

    #[inline]
    pub(super) fn received<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        flight: u32,
        ends: Ends,
        packet: &Packet<P, W>,
        arrived: Time,
    ) {
        match self.aboard.land(flight) {
            Some(EMPTY) => {}
            Some(first) => self.landed(at, first, ends.1, arrived),
            None => self.never_sent(at, ends, packet),
        }
    }

    /// The copies of a packet came to its receiver.
    #[inline(never)]
    fn landed(&mut self, at: Time, first: u32, node: NodeId, arrived: Time) {
        let hops = u16::from(self.options.devices_carry || self.gateway_at(node).is_some());
        let mut next = first;
        while next != EMPTY {
            let copy = self.copies.get(next);
            let (id, slot, state) = (next, copy.owner, copy.state);
            next = copy.along;
            if state == State::Adrift {
                self.copies.sink(id);
                continue;
            }
            self.copies.land(id, arrived, at, hops);
            self.fall(slot, None);
            self.records.expect(slot);
        }
    }

    pub(super) fn lost<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        flight: u32,
        ends: Ends,
        packet: &Packet<P, W>,
        loss: Loss,
    ) {
        let Some(mut next) = self.aboard.land(flight) else {
            return self.never_sent(at, ends, packet);
        };
        while next != EMPTY {
            let copy = self.copies.get(next);
            let (id, slot, state) = (next, copy.owner, copy.state);
            next = copy.along;
            if state == State::Adrift {
                self.copies.sink(id);
                continue;
            }
            let record = self.records.get_mut(slot);
            self.copies.remove(&mut record.copies, id);
            let took = record.ran_out_by().unwrap_or(Took::on_the_way(loss));
            self.fall(slot, Some(took));
        }
    }

    /// A packet came, or was lost, that had not left. Whatever it carries should not be in it.
    #[cold]
    fn never_sent<P: Between, W: DeviceWord>(
        &mut self,
        at: Time,
        ends: Ends,
        packet: &Packet<P, W>,
    ) {
        contents(self.options.places, ends.1, packet, |delivery| {
            if self.records.find(delivery).is_some() {
                self.broken(Violation::NeverSent, at, Some(ends.1), Some(delivery));
            }
        });
    }
}
