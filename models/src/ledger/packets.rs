//! What packets do to copies.

use penult_sim::{Loss, NodeId, Packet as _, Time};

use super::cause::Took;
use super::copies::State;
use super::phases::{Phase, Phases};
use super::row::Sink;
use super::violations::Violation;
use super::{Kind, Ledger};
use crate::ids::DeliveryId;
use crate::packet::{Between, Packet};

type Ends = (NodeId, NodeId);

impl<S: Sink> Ledger<S> {
    /// What a packet carries. Whoever is done with it puts it back, so that its memory is used again.
    #[inline]
    fn contents<P: Between>(&mut self, to: NodeId, packet: &Packet<P>) -> Vec<DeliveryId> {
        let mut carried = std::mem::take(&mut self.carried);
        carried.clear();
        if let Some(message) = packet.delivers() {
            // A device gets what is for it; anybody else who is sent such a thing gets nothing.
            if let Kind::Client(recipient) = self.options.places.kind(to) {
                carried.push(DeliveryId { message: message.id, recipient });
            }
        } else {
            packet.contents(&mut |delivery| carried.push(delivery));
        }
        carried
    }

    pub(super) fn sent<P: Between>(&mut self, at: Time, ends: Ends, packet: &Packet<P>) {
        let carried = self.contents(ends.1, packet);
        let (background, empty) = (packet.is_background(), carried.is_empty());
        self.costs.packets += u64::from(!background);
        self.costs.control += u64::from(empty);
        self.costs.bytes += u64::from(packet.bytes());
        if !empty {
            self.costs.transmissions += 1;
            self.costs.carried += carried.len() as u64;
            if let Some(gateway) = self.gateway_at(ends.0) {
                self.gateways[gateway.index()].transmissions += 1;
            }
        }
        for &delivery in &carried {
            match self.records.find(delivery) {
                Some(slot) => self.fly(at, ends, slot),
                None => self.broken(Violation::Unknown, at, Some(ends.0), Some(delivery)),
            }
        }
        self.carried = carried;
    }

    /// A packet takes along what its sender has, with the sums of that copy.
    fn fly(&mut self, at: Time, (from, to): Ends, slot: u32) {
        let record = self.records.get_mut(slot);
        self.costs.carried_counted += u64::from(record.counted);
        let wait = if record.sender == from { Phase::Outbox } else { Phase::Network };
        let source = self.copies.at(&record.copies, slot, from);
        let (hops, sums) = match source {
            Some(copy) => {
                let copy = self.copies.get(copy);
                (copy.hops, copy.sums_at(at, wait))
            }
            None => (0, Phases::default().with(Phase::Network, at - record.created)),
        };
        let id = self.copies.add(&mut record.copies, slot, from, (at, sums));
        let copy = self.copies.get_mut(id);
        (copy.peer, copy.hops, copy.state) = (to, hops, State::Flying);
        self.rise(slot, at);
        if source.is_none() {
            let delivery = self.records.get(slot).id();
            self.broken(Violation::SentFromNothing, at, Some(from), Some(delivery));
        }
    }

    pub(super) fn duplicated<P: Between>(
        &mut self,
        at: Time,
        ends: Ends,
        packet: &Packet<P>,
        sent: Time,
    ) {
        self.costs.duplicated += 1;
        let carried = self.contents(ends.1, packet);
        for &delivery in &carried {
            let Some((slot, first)) = self.find_flying(at, ends, delivery, sent) else { continue };
            let (hops, sums) = (self.copies.get(first).hops, self.copies.get(first).sums);
            let list = &mut self.records.get_mut(slot).copies;
            let id = self.copies.add(list, slot, ends.0, (sent, sums));
            let copy = self.copies.get_mut(id);
            (copy.peer, copy.hops, copy.state) = (ends.1, hops, State::Flying);
            self.rise(slot, at);
        }
        self.carried = carried;
    }

    pub(super) fn received<P: Between>(
        &mut self,
        at: Time,
        ends: Ends,
        packet: &Packet<P>,
        (sent, arrived): (Time, Time),
    ) {
        let carried = self.contents(ends.1, packet);
        let at_gateway = u32::from(self.gateway_at(ends.1).is_some());
        for &delivery in &carried {
            let Some((slot, copy)) = self.find_flying(at, ends, delivery, sent) else { continue };
            self.copies.land(copy, arrived, at);
            self.copies.get_mut(copy).hops += at_gateway;
            self.fall(slot, at, None);
        }
        self.carried = carried;
    }

    pub(super) fn lost<P: Between>(
        &mut self,
        at: Time,
        ends: Ends,
        packet: &Packet<P>,
        (sent, loss): (Time, Loss),
    ) {
        let carried = self.contents(ends.1, packet);
        for &delivery in &carried {
            let Some((slot, copy)) = self.find_flying(at, ends, delivery, sent) else { continue };
            self.copies.remove(&mut self.records.get_mut(slot).copies, copy);
            self.fall(slot, at, Some(Took::on_the_way(loss, at)));
        }
        self.carried = carried;
    }

    /// The record and the copy of a packet under way. Those of an unknown delivery were complained
    /// about when they were sent.
    #[inline]
    fn find_flying(
        &mut self,
        at: Time,
        ends: Ends,
        delivery: DeliveryId,
        sent: Time,
    ) -> Option<(u32, u32)> {
        let slot = self.records.find(delivery)?;
        let copy = self.copies.flying(&self.records.get(slot).copies, ends, sent);
        if copy.is_none() {
            self.broken(Violation::NeverSent, at, Some(ends.1), Some(delivery));
        }
        Some((slot, copy?))
    }
}
