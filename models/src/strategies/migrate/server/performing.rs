//! Performing: a task is noted, put into its recipient's inbox and pushed to the device.

use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use super::super::Context;
use super::super::letters::{Ask, Letter, Reply};
use super::super::numbers::{REPEATS_STOPPED, UNGOT};
use super::super::timers::{Question, ServerTimer};
use super::{Kept, Server, ServerDisk, timer};
use crate::delete_on::DeleteOn;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::parts::Write;

/// A task on its way from the network card to an inbox.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) message: Rc<Message>,
    pub(super) flags: Flags,
    pub(super) recipient: ClientId,
    /// In which epoch of the recipient it was handed over.
    pub(super) epoch: u32,
    /// When the broker stored it.
    pub(super) stored: Time,
    /// Who wants to hear of it.
    pub(super) broker: NodeId,
}

impl Work {
    fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        std::iter::once(self.delivery())
    }
}

impl Server {
    /// Whether a client is hosted here in this epoch, and is to stay.
    fn serves(&self, client: ClientId, epoch: u32) -> bool {
        let seat = self.seats.get(&client);
        seat.is_some_and(|seat| seat.epoch == epoch && seat.moving.is_none())
    }

    fn has_performed(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        message: MessageId,
        cx: &Context<'_>,
    ) -> bool {
        let data = self.shelf(disk, cx).data.get(&client);
        data.is_some_and(|data| data.performed.contains(message))
    }

    /// Whether a task that came is to be performed.
    pub(super) fn is_task_new(
        &mut self,
        disk: &mut ServerDisk,
        message: MessageId,
        recipient: ClientId,
        epoch: u32,
        cx: &Context<'_>,
    ) -> bool {
        self.serves(recipient, epoch)
            && !self.has_performed(disk, recipient, message, cx)
            && !self.intake.is_at(DeliveryId { message, recipient })
    }

    /// The broker hands a task over.
    pub(super) fn task(&mut self, disk: &mut ServerDisk, work: Work, cx: &mut Context<'_>) {
        let (delivery, epoch) = (work.delivery(), work.epoch);
        if !self.serves(work.recipient, epoch) || self.intake.is_at(delivery) {
            return;
        }
        if self.has_performed(disk, work.recipient, delivery.message, cx) {
            cx.tell(REPEATS_STOPPED.one());
            say_did(work.broker, delivery, epoch, cx);
            if cx.world().strategy.keeps_to_delivery {
                // A crash may have taken what was asked when the device had it.
                let kept = self.shelf(disk, cx).kept(delivery);
                if kept.is_none_or(|kept| kept.is_got) {
                    self.ask(disk, Question::Done(delivery), Ask::Done(delivery), cx);
                }
            }
            return;
        }
        if cx.world().strategy.policy_everywhere {
            cx.tell(Note::PolicyRan(delivery.message));
        }
        self.questions.came_back(delivery.message);
        cx.tell(Note::Kept(delivery));
        if let Some((work, writing)) = self.intake.write(work, cx.world().queue, cx) {
            self.performed(disk, work, writing, cx);
        }
    }

    /// The disk is done with a task.
    pub(super) fn performed(
        &mut self,
        disk: &mut ServerDisk,
        work: Work,
        writing: Span,
        cx: &mut Context<'_>,
    ) {
        let (delivery, epoch) = (work.delivery(), work.epoch);
        let Work { message, flags, recipient, stored, broker, .. } = work;
        if !self.serves(recipient, epoch) {
            if !self.holds(disk, delivery, cx) {
                cx.tell(Note::Dropped(delivery, Drop::HandedOn));
            }
            return;
        }
        cx.tell(Note::Stored { delivery, disk: writing });
        let now = cx.now();
        let data = self.shelf(disk, cx).of(recipient, epoch);
        data.performed.insert(&message);
        cx.tell(UNGOT.rise(1));
        data.inbox.push(Box::new(Kept {
            message: message.clone(),
            flags,
            stored,
            is_got: false,
            over: None,
            since: now,
            name: delivery.key(),
        }));
        hold(delivery, stored, cx);
        say_did(broker, delivery, epoch, cx);
        if !self.seats[&recipient].is_refused {
            self.hosting.hand_over(message, flags, (recipient, epoch), cx);
        }
    }

    /// A device says that it has something.
    pub(super) fn got(
        &mut self,
        disk: &mut ServerDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        self.hosting.acknowledged(delivery, cx);
        if !self.seats.contains_key(&delivery.recipient) {
            return;
        }
        let (options, at) = (&cx.world().strategy, delivery);
        let Some(kept) = self.shelf(disk, cx).kept(at) else { return };
        if !std::mem::replace(&mut kept.is_got, true) {
            cx.tell(UNGOT.fall(1));
        }
        if options.delete_on == DeleteOn::Received {
            self.remove(disk, delivery, Drop::Done, cx);
        }
        if options.keeps_to_delivery {
            self.ask(disk, Question::Done(delivery), Ask::Done(delivery), cx);
        }
    }

    /// A user did with a message what it is kept for.
    pub(super) fn happened(
        &mut self,
        disk: &mut ServerDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        // Whoever does not host the client says nothing: the device tells its host.
        if self.seats.contains_key(&delivery.recipient) {
            self.hosting.acknowledged(delivery, cx);
            self.remove(disk, delivery, Drop::Done, cx);
            let device = cx.world().places.client(delivery.recipient);
            cx.send(device, Packet::Down(Down::HappenedHeard(delivery)));
        }
    }

    /// It was held for as long as messages are held.
    pub(super) fn hold_over(
        &mut self,
        disk: &mut ServerDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        self.hosting.acknowledged(delivery, cx);
        self.remove(disk, delivery, Drop::Expired, cx);
    }

    /// Takes a message out of an inbox; one that is just being sent elsewhere, when it is known what became of that.
    fn remove(
        &mut self,
        disk: &mut ServerDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        let seat = self.seats.get(&delivery.recipient);
        let is_moving = seat.is_some_and(|seat| seat.moving.is_some());
        let shelf = self.shelf(disk, cx);
        if is_moving {
            if let Some(kept) = shelf.kept(delivery) {
                kept.over.get_or_insert(why);
            }
            return;
        }
        let data = shelf.data.get_mut(&delivery.recipient);
        if let Some(kept) = data.and_then(|data| data.inbox.remove(delivery.key())) {
            if !kept.is_got {
                cx.tell(UNGOT.fall(1));
            }
            self.let_go(disk, delivery, why, cx);
        }
    }

    /// A copy was taken out of where it was. If it is nowhere else here, it is gone.
    pub(super) fn let_go(
        &mut self,
        disk: &mut ServerDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        if !self.holds(disk, delivery, cx) {
            cx.tell(Note::Dropped(delivery, why));
        }
    }
}

/// Sees to it that nothing is held for longer than messages are held.
pub(super) fn hold(delivery: DeliveryId, stored: Time, cx: &mut Context<'_>) {
    let until = stored + cx.world().strategy.hold;
    let left = until.max(cx.now()) - cx.now();
    cx.set_background_timer(left, timer(ServerTimer::HoldOver(delivery)));
}

fn say_did(broker: NodeId, delivery: DeliveryId, epoch: u32, cx: &mut Context<'_>) {
    cx.send(broker, Packet::Between(Letter::Reply(Reply::Did { delivery, epoch })));
}
