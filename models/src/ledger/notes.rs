//! What notes do to copies and deliveries.

use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use super::Ledger;
use super::cause::Took;
use super::copies::{State, Usual};
use super::phases::Phase;
use super::row::Sink;
use super::violations::Violation;
use crate::ids::{DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};

impl<S: Sink> Ledger<S> {
    pub(super) fn told(&mut self, at: Time, node: NodeId, note: &Note) {
        match *note {
            Note::Created(ref message) => self.created(at, node, message),
            Note::Accepted(message) => self.accepted(at, node, message),
            Note::AcceptedOne(delivery) => match self.records.find(delivery) {
                Some(slot) => self.accepted_one(at, node, slot),
                None => self.totals.accepted_late += 1,
            },
            Note::Refused(message) => self.refused(at, node, message),
            Note::RefusedOne(delivery) => {
                if let Some(slot) = self.records.find(delivery) {
                    self.refused_one(at, node, slot);
                }
            }
            Note::Stripped(message) => self.stripped(at, message),
            Note::PolicyRan(_) => self.costs.policy_runs += 1,
            Note::Receipt { .. } => {}
            Note::PolicySpared(_) => self.costs.policy_runs_saved += 1,
            Note::Shared(more) => self.costs.transmissions_saved += u64::from(more),
            Note::Delivered(delivery) => self.with(at, node, delivery, Self::delivered),
            Note::Repeated(delivery) => self.with(at, node, delivery, Self::repeated),
            Note::Kept(delivery) => self.with(at, node, delivery, Self::kept),
            Note::Stored { delivery, disk } => {
                self.with(at, node, delivery, |ledger, at, node, slot| {
                    ledger.stored(at, node, slot, disk);
                });
            }
            Note::Dropped(delivery, why) => {
                self.with(at, node, delivery, |ledger, at, node, slot| {
                    ledger.dropped(at, node, slot, why);
                });
            }
            Note::Waited { delivery, why, since } => {
                self.with(at, node, delivery, |ledger, at, node, slot| {
                    ledger.waited(at, node, slot, (why, since));
                });
            }
            Note::Suspected(_)
            | Note::Trusted(_)
            | Note::Claimed { .. }
            | Note::HandedOver(_)
            | Note::Attached { .. }
            | Note::Detached
            | Note::ResyncStarted
            | Note::Own(_)
            | Note::ResyncFinished { .. }
            | Note::ResyncTakenOver(_) => {}
        }
    }

    /// Does something with a delivery that has a record.
    #[inline]
    fn with(
        &mut self,
        at: Time,
        node: NodeId,
        delivery: DeliveryId,
        act: impl FnOnce(&mut Self, Time, NodeId, u32),
    ) {
        match self.records.find(delivery) {
            Some(slot) => act(self, at, node, slot),
            None => self.broken(Violation::Unknown, at, Some(node), Some(delivery)),
        }
    }

    #[cold]
    pub(super) fn broken_here(&mut self, what: Violation, at: Time, node: NodeId, slot: u32) {
        let delivery = self.records.get(slot).id();
        self.broken(what, at, Some(node), Some(delivery));
    }

    #[inline(never)]
    fn created(&mut self, at: Time, node: NodeId, message: &Rc<Message>) {
        let created = message.created.min(at);
        let counted = self.options.warmup <= created && created < self.options.ends;
        let is_sender = self.options.places.client(message.sender) == node;
        let made = self.records.create(message, node, created, counted);
        let asked = message.recipients.as_slice().len();
        let is_whole = made.is_some_and(|(_, count)| count as usize == asked);
        if !is_sender || !is_whole || created != message.created {
            self.broken(Violation::BadlyCreated, at, Some(node), message.deliveries().next());
        }
        let Some((first, _)) = made else { return };
        self.totals.messages += u64::from(counted);
        let mut next = Some(first);
        while let Some(slot) = next {
            self.totals.offered += u64::from(counted);
            self.open += 1;
            let list = &mut self.records.get_mut(slot).copies;
            let copy = self.copies.appear(list, slot, node, (created, Span::ZERO));
            self.hold(slot, copy, at);
            next = self.records.after(slot);
        }
    }

    #[inline(never)]
    fn accepted(&mut self, at: Time, node: NodeId, message: MessageId) {
        let Some(first) = self.records.first_of(message) else {
            self.totals.accepted_late += 1;
            return;
        };
        let mut next = Some(first);
        while let Some(slot) = next {
            self.accepted_one(at, node, slot);
            next = self.records.after(slot);
        }
    }

    fn accepted_one(&mut self, at: Time, node: NodeId, slot: u32) {
        let story = self.records.story_mut(slot);
        story.accepted = story.accepted.min(at);
        let record = self.records.get(slot);
        let (is_wrong, is_unstored) =
            (record.sender != node, !record.stored && !record.is_delivered);
        if is_wrong {
            self.broken_here(Violation::WrongDevice, at, node, slot);
        }
        if is_unstored {
            self.broken_here(Violation::AcceptedUnstored, at, node, slot);
        }
    }

    fn refused_one(&mut self, at: Time, node: NodeId, slot: u32) {
        if self.records.get(slot).sender != node {
            self.broken_here(Violation::WrongDevice, at, node, slot);
        }
        self.records.get_mut(slot).refused = true;
        self.close(slot);
        self.touch(slot);
    }

    #[inline(never)]
    fn refused(&mut self, at: Time, node: NodeId, message: MessageId) {
        // The sender may give up before it is told.
        let Some(first) = self.records.first_of(message) else { return };
        let mut next = Some(first);
        while let Some(slot) = next {
            self.refused_one(at, node, slot);
            next = self.records.after(slot);
        }
    }

    /// Servers hold less of a message from now on.
    #[inline(never)]
    fn stripped(&mut self, at: Time, message: MessageId) {
        let mut next = self.records.first_of(message);
        while let Some(slot) = next {
            let Some(message) = &self.records.story(slot).message else { return };
            let stripped = Flags { stripped: true, ..Flags::default() }.bytes_of(message);
            let record = self.records.get_mut(slot);
            let less = i64::from(record.bytes - stripped);
            record.bytes = stripped;
            let held = self.copies.walk(&record.copies).map(|id| self.copies.get(id));
            for copy in held.filter(|copy| copy.state == State::Held) {
                self.loads.weigh(at, copy.node, 0, -less);
            }
            next = self.records.after(slot);
        }
    }

    /// The copy that a node holds from now on, if it did not before.
    #[inline(never)]
    fn kept(&mut self, at: Time, node: NodeId, slot: u32) {
        let record = self.records.get_mut(slot);
        let copy = match self.copies.at(&record.copies, slot, node) {
            Some(copy) => copy,
            None => {
                let network = at - record.created;
                let copy = self.copies.appear(&mut record.copies, slot, node, (at, network));
                self.broken_here(Violation::KeptFromNothing, at, node, slot);
                copy
            }
        };
        self.keep(at, node, slot, copy);
    }

    /// A node keeps the copy that it has, and may have kept it before.
    #[inline]
    fn keep(&mut self, at: Time, node: NodeId, slot: u32, copy: u32) {
        if self.copies.get(copy).state == State::Held {
            // Two copies at one place are one: the first one's way counts.
            self.copies.explain(&self.records.get(slot).copies, slot, node);
        } else {
            self.hold(slot, copy, at);
        }
    }

    #[inline(never)]
    fn stored(&mut self, at: Time, node: NodeId, slot: u32, disk: Span) {
        let record = self.records.get(slot);
        let is_sender = record.sender == node;
        let Some(id) = self.copies.at(&record.copies, slot, node) else {
            return self.broken_here(Violation::NotHere, at, node, slot);
        };
        // Storing what just came says that it is kept.
        self.keep(at, node, slot, id);
        let gateway = self.gateway_at(node);
        let copy = self.copies.get_mut(id);
        if std::mem::replace(&mut copy.stored, true) || is_sender {
            return;
        }
        let passed = disk.min(at - copy.since);
        copy.since += passed;
        copy.at_gateway |= gateway.is_some();
        copy.spend(Usual::Disk, passed);
        let record = self.records.get_mut(slot);
        (record.stored, record.ran_out) = (true, false);
        if let Some(gateway) = gateway {
            self.loads.gateways[gateway.index()].stored += 1;
        }
        if passed != disk {
            self.broken_here(Violation::TooLong, at, node, slot);
        }
    }

    #[inline(never)]
    fn dropped(&mut self, at: Time, node: NodeId, slot: u32, why: Drop) {
        let took = Took::dropped(why, node);
        let list = &self.records.get(slot).copies;
        // Whatever becomes of what came, it is told here.
        let arrived = self.copies.explain(list, slot, node);
        match self.copies.at(list, slot, node) {
            Some(copy) if self.copies.get(copy).state == State::Held => {
                if why != Drop::Twice || self.copies.get(copy).is_fresh() {
                    let runs_out = took.kind.is_time() && self.is_last_stored(slot, copy);
                    self.let_go(slot, copy, at, took);
                    self.records.get_mut(slot).ran_out |= runs_out;
                }
            }
            // It came and was not kept: it is gone already, but now there is a reason.
            _ if arrived.is_some() => {
                let record = self.records.get_mut(slot);
                if !record.ran_out {
                    record.took = Some(took.after(record.took));
                }
                self.touch(slot);
            }
            _ => self.broken_here(Violation::NotHere, at, node, slot),
        }
    }

    #[inline(never)]
    fn waited(&mut self, at: Time, node: NodeId, slot: u32, (why, since): (Wait, Time)) {
        let record = self.records.get(slot);
        let Some(id) = self.copies.at(&record.copies, slot, node) else {
            return self.broken_here(Violation::NotHere, at, node, slot);
        };
        if since > at {
            return self.broken_here(Violation::TooLong, at, node, slot);
        }
        // Whatever its device waits for, it waits in the outbox.
        if record.sender == node {
            return;
        }
        let recipient = record.delivery.recipient;
        let copy = self.copies.get_mut(id);
        // What is accounted for already stays as it is.
        let before = std::mem::replace(&mut copy.since, at);
        // Nobody asks any more where the time of its copies went.
        if record.is_delivered {
            return;
        }
        let since = since.max(before);
        let waited = at - since;
        // What nobody explains is the network, or that the recipient was away.
        let away = self.absences.between(recipient, before, since);
        self.copies.add_to(id, Phase::Away, away);
        let unexplained = if why == Wait::Moved { Phase::Detection } else { Phase::Network };
        self.copies.add_to(id, unexplained, since - before - away);
        match why {
            Wait::For(awaited) => {
                let dead = self.outages.dead_between(awaited, since, at);
                // Who waits for a device that is off the network may not know that. It is so all the same.
                let away = match self.options.places.client(recipient) == awaited {
                    true => self.absences.between(recipient, since, at) - dead,
                    false => Span::ZERO,
                };
                self.copies.add_to(id, Phase::Detection, dead);
                self.copies.add_to(id, Phase::Away, away);
                self.copies.add_to(id, Phase::Network, waited - dead - away);
            }
            Wait::Cpu => self.copies.add_to(id, Phase::Cpu, waited),
            Wait::Handover | Wait::Moved => self.copies.add_to(id, Phase::Handover, waited),
            Wait::Away => self.copies.add_to(id, Phase::Away, waited),
            Wait::Parked => self.copies.add_to(id, Phase::Parked, waited),
        }
    }

    #[inline(never)]
    fn repeated(&mut self, _at: Time, node: NodeId, slot: u32) {
        let record = self.records.get(slot);
        self.totals.duplicates_stopped += u64::from(record.counted);
        self.copies.explain(&record.copies, slot, node);
    }

    #[inline(never)]
    fn delivered(&mut self, at: Time, node: NodeId, slot: u32) {
        let record = self.records.get(slot);
        if self.options.places.client(record.delivery.recipient) != node {
            return self.broken_here(Violation::WrongDevice, at, node, slot);
        }
        let arrived = self.copies.explain(&record.copies, slot, node);
        if record.is_delivered {
            return self.delivered_again(at, node, slot);
        }
        let copy = arrived.or_else(|| self.copies.at(&record.copies, slot, node));
        let host = copy.and_then(|copy| self.gateway_at(self.copies.get(copy).peer));
        let latency = at - record.created;
        let counted = u64::from(record.counted);
        self.records.get_mut(slot).is_delivered = true;
        let story = self.records.story_mut(slot);
        story.delivered = at;
        match copy {
            Some(copy) => {
                story.phases = self.copies.sums_at(copy, at);
                story.hops = self.copies.get(copy).hops;
                story.host = host;
            }
            None => {
                story.phases.add(Phase::Network, latency);
                self.broken_here(Violation::DeliveredFromNothing, at, node, slot);
            }
        }
        if self.records.story(slot).phases.total() != latency {
            self.broken_here(Violation::PhasesDiffer, at, node, slot);
        }
        self.totals.out_of_order += counted * u64::from(self.records.overtake(slot));
        self.close(slot);
        self.touch(slot);
    }

    #[cold]
    fn delivered_again(&mut self, at: Time, node: NodeId, slot: u32) {
        let counted = u64::from(self.records.get(slot).counted);
        let before = self.records.story(slot).delivered;
        if self.forgot.get(u64::from(node.raw())).is_some_and(|&forgot| forgot >= before) {
            self.totals.duplicates_forgotten += counted;
        } else {
            self.totals.duplicates_seen += counted;
            self.broken_here(Violation::DeliveredTwice, at, node, slot);
        }
    }
}
