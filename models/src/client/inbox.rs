//! Receiving: what comes is shown once, acknowledged always, read, viewed and perhaps answered.

use std::rc::Rc;

use penult_sim::{Draw, Drawing, Purpose, Span, Time};

use super::{Client, ClientDisk, ClientTimer, Cx, Side, With, timer};
use crate::delete_on::DeleteOn;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::line::Named;
use crate::message::{Flags, Message};
use crate::note::Note;
use crate::packet::Up;
use crate::purpose;
use crate::server::Server;

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    pub(super) fn deliver(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        message: &Rc<Message>,
        flags: Flags,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        if !self.obeys(disk, from, epoch, cx) {
            return;
        }
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        self.show(disk, from, message, flags, cx);
        // Repeats too: the acknowledgement of the first may be what was lost.
        let word = X::word(self, disk, With::Got, cx);
        self.send(from, Up::Got(delivery, word), cx);
    }
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    /// Shows a message that came from a gateway to the user, unless that was done. Says whether it was shown.
    pub fn show(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        by: GatewayId,
        message: &Rc<Message>,
        flags: Flags,
        cx: &mut Cx<'_, S>,
    ) -> bool {
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        let is_new = disk.received.insert(message);
        if is_new {
            cx.tell(Note::Delivered(delivery));
            self.plan_reading(disk, by, message, flags, cx);
        } else {
            cx.tell(Note::Repeated(delivery));
            // A host that brings it again does not know what became of it.
            self.tell_again(disk, delivery, by, cx);
        }
        is_new
    }
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    /// A gateway says that what the user sent was received. It is told so until the device says that it knows.
    pub(super) fn was_received(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        message: &Rc<Message>,
        recipient: ClientId,
        cx: &mut Cx<'_, S>,
    ) {
        let delivery = DeliveryId { message: message.id, recipient };
        if disk.attention().receipts.insert_as(delivery.key(), message) {
            cx.tell(Note::Receipt { delivery, created: message.created });
        }
        let word = X::word(self, disk, With::Got, cx);
        self.send(from, Up::Got(delivery, word), cx);
    }
}

/// A message that the user has yet to read, view to the end or answer. It is kept only where that matters.
#[derive(Debug)]
pub(super) struct Reading {
    message: Rc<Message>,
    flags: Flags,
    /// The gateway that brought it.
    by: GatewayId,
    /// When each is to happen, until it has.
    read: Option<Time>,
    viewed: Option<Time>,
    answer: Option<Time>,
}

impl Named for Reading {
    fn name(&self) -> u64 {
        self.message.id.raw().into()
    }
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    fn plan_reading(
        &self,
        disk: &mut ClientDisk<X::Disk>,
        by: GatewayId,
        message: &Rc<Message>,
        flags: Flags,
        cx: &mut Cx<'_, S>,
    ) {
        let (options, tells) = (&cx.world().clients, cx.world().needs.tells);
        let may_answer = options.reply_probability > 0.0 && message.answers.is_none();
        let matters = tells.has(DeleteOn::Read) || tells.has(DeleteOn::Viewed);
        if !(matters || may_answer) {
            return;
        }
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        let after = options.read_after.sample(&mut draw(purpose::READ_DELAY, delivery, cx));
        cx.set_timer(after, timer(ClientTimer::Read(delivery)));
        let (message, read) = (message.clone(), Some(cx.now() + after));
        disk.attention().reading.push(Reading {
            message,
            flags,
            by,
            read,
            viewed: None,
            answer: None,
        });
    }

    /// A device that comes back goes on reading: what was due meanwhile happens now.
    pub(super) fn read_on(&self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let now = cx.now();
        let Some(attention) = &mut disk.attention else { return };
        attention.reading.for_each(|reading| {
            let delivery = DeliveryId { message: reading.message.id, recipient: self.me };
            let all = [
                (reading.read, ClientTimer::Read(delivery)),
                (reading.viewed, ClientTimer::Viewed(delivery)),
                (reading.answer, ClientTimer::Answer(delivery)),
            ];
            for (due, reminder) in all {
                if let Some(due) = due {
                    cx.set_timer(due.max(now) - now, timer(reminder));
                }
            }
        });
    }

    pub(super) fn read(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let (options, now) = (&cx.world().clients, cx.now());
        let reading = reading(disk, delivery);
        reading.read = None;
        let (message, by) = (reading.message.clone(), reading.by);
        let may_view = reading.flags.view_of(&message);
        let is_answer = message.answers.is_some();
        if cx.world().needs.tells.has(DeleteOn::Viewed) {
            let view = match &options.view_for {
                Some(wanted) => {
                    wanted.sample(&mut draw(purpose::VIEW_FOR, delivery, cx)).min(may_view)
                }
                // Where nothing limits it, one look is enough.
                None if may_view == Span::MAX => Span::ZERO,
                None => may_view,
            };
            reading.viewed = Some(now + view);
            cx.set_timer(view, timer(ClientTimer::Viewed(delivery)));
        }
        let share = options.reply_probability;
        if !is_answer && draw(purpose::REPLY, delivery, cx).chance(share) {
            let after = options.reply_after.sample(&mut draw(purpose::REPLY_DELAY, delivery, cx));
            reading.answer = Some(now + after);
            cx.set_timer(after, timer(ClientTimer::Answer(delivery)));
        }
        forget_if_done(disk, delivery);
        self.happened(disk, DeleteOn::Read, &message, by, cx);
    }

    pub(super) fn viewed(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let reading = reading(disk, delivery);
        reading.viewed = None;
        let (message, by) = (reading.message.clone(), reading.by);
        forget_if_done(disk, delivery);
        self.happened(disk, DeleteOn::Viewed, &message, by, cx);
    }

    pub(super) fn answer(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let reading = reading(disk, delivery);
        reading.answer = None;
        let (message, by) = (reading.message.clone(), reading.by);
        forget_if_done(disk, delivery);
        self.happened(disk, DeleteOn::Reply, &message, by, cx);
        self.send_answer(disk, &message, delivery, cx);
    }
}

fn reading<D: Default>(disk: &mut ClientDisk<D>, delivery: DeliveryId) -> &mut Reading {
    let found = disk.attention().reading.get_mut(delivery.message.raw().into());
    found.expect("what is read has come")
}

fn forget_if_done<D: Default>(disk: &mut ClientDisk<D>, delivery: DeliveryId) {
    let Reading { read, viewed, answer, .. } = *reading(disk, delivery);
    if [read, viewed, answer].iter().all(Option::is_none) {
        disk.attention().reading.remove(delivery.message.raw().into());
    }
}

/// Drawn by message and recipient, so that two strategies see the same users.
pub(crate) fn draw<'c, S: Server>(
    purpose: Purpose,
    delivery: DeliveryId,
    cx: &'c mut Cx<'_, S>,
) -> Drawing<'c> {
    cx.draw_at(purpose, u64::from(delivery.message.number()))
}
