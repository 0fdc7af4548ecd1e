//! The source: what devices send is stored, published to the bus's primary until that has it, and then let go.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use super::{Gateway, GatewayDisk, GatewayTimer, timer};
use crate::few::Few;
use crate::ids::{DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};
use crate::packet::{Down, Packet, Up};
use crate::parts::{Again, Known, Pace, Sorted, Write};
use crate::remembered::Remembered;
use crate::strategies::replay::Cx;
use crate::strategies::replay::letters::{BusLetter, Letter, Word};
use crate::strategies::replay::number::Term;
use crate::world::QueuePlace;

/// What a gateway publishes, and what it has published: in its memory or on its disk, as `queue` says.
#[derive(Debug, Default)]
pub struct Publishing {
    open: BTreeMap<MessageId, Open>,
    done: Remembered,
}

/// A message that the bus has not acknowledged.
#[derive(Debug)]
struct Open {
    message: Rc<Message>,
    flags: Flags,
    again: Again,
    /// Whom it was last published to.
    to: Option<NodeId>,
}

/// A message on its way from the network card to where it is stored.
pub(super) struct Work {
    message: Rc<Message>,
    deliveries: Few<DeliveryId>,
    flags: Flags,
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.deliveries.iter().copied()
    }
}

impl Gateway {
    fn publishing<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Publishing {
        match cx.world().queue {
            QueuePlace::Memory => &mut self.publishing,
            QueuePlace::Disk => &mut disk.publishing,
        }
    }

    /// What a message's deliveries are here: all of them the same.
    fn sorted(&mut self, disk: &mut GatewayDisk, message: &Message, cx: &Cx<'_>) -> Sorted {
        let now = cx.now();
        Sorted::of(message, |delivery| {
            if self.intake.is_at(delivery) {
                return Known::Written;
            }
            let publishing = self.publishing(disk, cx);
            if publishing.open.contains_key(&message.id) {
                Known::Held
            } else if publishing.done.knows(delivery, now) {
                Known::Done
            } else {
                Known::Nothing
            }
        })
    }

    /// How often policy runs over what a packet brings: once over a message that is new here.
    pub(in crate::strategies::replay) fn policy_runs(
        &mut self,
        disk: &mut GatewayDisk,
        packet: &Packet<Letter, Word>,
        cx: &Cx<'_>,
    ) -> u32 {
        let Packet::Up(Up::Submit(message)) = packet else { return 0 };
        let sorted = self.sorted(disk, message, cx);
        let is_new = !sorted.is_written && !sorted.missing.is_empty();
        u32::from(is_new && self.intake.will_judge(message, cx.now()))
    }

    /// A device asks to send. While the bus has not acknowledged it, a repeat gets no answer of its own.
    pub(super) fn submitted(
        &mut self,
        disk: &mut GatewayDisk,
        message: Rc<Message>,
        cx: &mut Cx<'_>,
    ) {
        let Sorted { held, is_written, missing } = self.sorted(disk, &message, cx);
        if is_written || held.is_some() {
            return;
        }
        if missing.is_empty() {
            return accept(&message, cx);
        }
        // What was refused is refused again for as long as it can come.
        let Some(flags) = self.intake.judge(&message, Span::MAX, cx) else { return };
        missing.iter().for_each(|&delivery| self.copies.keep(delivery, cx));
        let work = Work { message, deliveries: missing, flags };
        if let Some((work, writing)) = self.intake.write(work, cx.world().queue, cx) {
            self.stored(disk, work, writing, cx);
        }
    }

    /// It is stored here: it is published.
    pub(super) fn stored(
        &mut self,
        disk: &mut GatewayDisk,
        work: Work,
        writing: Span,
        cx: &mut Cx<'_>,
    ) {
        let Work { message, deliveries, flags } = work;
        for &delivery in deliveries.iter() {
            cx.tell(Note::Stored { delivery, disk: writing });
        }
        let (id, again) = (message.id, Again::default());
        self.publishing(disk, cx).open.insert(id, Open { message, flags, again, to: None });
        self.publish(disk, id, cx);
    }

    /// Sends a message to the primary, if one is known, again and again until that has it.
    pub(super) fn publish(&mut self, disk: &mut GatewayDisk, id: MessageId, cx: &mut Cx<'_>) {
        let Some(primary) = self.primary else { return };
        let pace = Pace::doubling(cx.world().strategy.ack_timeout);
        let Some(open) = self.publishing(disk, cx).open.get_mut(&id) else { return };
        let (message, flags) = (open.message.clone(), open.flags);
        open.again.said(pace, timer(GatewayTimer::Unpublished(id)), cx);
        if let Some(before) = open.to.replace(primary) {
            for delivery in message.deliveries() {
                let why = Wait::For(before);
                cx.tell(Note::Waited { delivery, why, since: Time::ZERO });
            }
        }
        cx.send(primary, Packet::Between(Letter::Bus(BusLetter::Publish { message, flags })));
    }

    /// There is a new primary: it gets everything at once.
    fn publish_all(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let publishing = self.publishing(disk, cx);
        publishing.open.values_mut().for_each(|open| open.again.forget_times());
        let all: Vec<MessageId> = publishing.open.keys().copied().collect();
        all.into_iter().for_each(|id| self.publish(disk, id, cx));
    }

    /// The bus has it.
    pub(super) fn was_published(&mut self, disk: &mut GatewayDisk, id: MessageId, cx: &mut Cx<'_>) {
        let now = cx.now();
        let publishing = self.publishing(disk, cx);
        let Some(Open { message, mut again, .. }) = publishing.open.remove(&id) else { return };
        for delivery in message.deliveries() {
            publishing.done.add(delivery, Some(&message), now, Span::MAX);
        }
        again.stop(cx);
        for delivery in message.deliveries() {
            self.copies.release(delivery, Drop::HandedOn, cx);
        }
        accept(&message, cx);
    }

    /// What the disk has to publish waits for word of a primary. Its timers died with the memory.
    pub(super) fn recover_publishing(&mut self, disk: &mut GatewayDisk) {
        for open in disk.publishing.open.values_mut() {
            open.again = Again::default();
            open.message.deliveries().for_each(|delivery| self.copies.count(delivery));
        }
    }

    /// The bus's primary of a term said something. False if a later one is known.
    pub(super) fn hear_term(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        term: Term,
        cx: &mut Cx<'_>,
    ) -> bool {
        if term < self.term {
            return false;
        }
        if term > self.term || self.primary.is_none() {
            (self.term, self.primary) = (term, Some(from));
            self.publish_all(disk, cx);
            self.read_from_new_primary(cx);
        }
        true
    }
}

/// Tells a message's device that the system has it.
fn accept(message: &Message, cx: &mut Cx<'_>) {
    let device = cx.world().places.client(message.sender);
    cx.send(device, Packet::Down(Down::Accepted(message.id)));
}
