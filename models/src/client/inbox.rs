//! Receiving: what comes is shown once, acknowledged always, read, viewed and perhaps answered.

use std::rc::Rc;

use penult_sim::{Draw, Drawing, Purpose};

use super::{Client, ClientDisk, ClientTimer, Cx, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::note::Note;
use crate::packet::Up;
use crate::purpose;
use crate::server::Server;

impl Client {
    pub(super) fn deliver<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        from: GatewayId,
        message: &Rc<Message>,
        flags: Flags,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        if epoch < disk.epoch {
            self.send(from, Up::Stale { epoch: disk.epoch }, cx);
            return;
        }
        self.see_epoch(disk, from, epoch, cx);
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        if disk.received.insert(message) {
            cx.tell(Note::Delivered(delivery));
            self.plan_reading(disk, message, flags, cx);
        } else {
            cx.tell(Note::Repeated(delivery));
        }
        // Repeats too: the acknowledgement of the first may be what was lost.
        self.send(from, Up::Got(delivery), cx);
    }
}

/// A message that the user has yet to read, view or answer. It is kept only where that matters.
#[derive(Debug)]
pub(super) struct Reading {
    message: Rc<Message>,
    flags: Flags,
}

impl Client {
    fn plan_reading<S: Server>(
        &self,
        disk: &mut ClientDisk,
        message: &Rc<Message>,
        flags: Flags,
        cx: &mut Cx<'_, S>,
    ) {
        let options = &cx.world().clients;
        let may_answer = options.reply_probability > 0.0 && message.answers.is_none();
        if !(options.tells_reading || may_answer) {
            return;
        }
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        let after = options.read_after.sample(&mut draw(purpose::READ_DELAY, delivery, cx));
        cx.set_timer(after, timer(ClientTimer::Read(delivery)));
        disk.reading.push(Reading { message: message.clone(), flags });
    }

    pub(super) fn read<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let options = &cx.world().clients;
        let reading = reading(disk, delivery);
        let may_view = reading.flags.view_of(&reading.message);
        let is_answer = reading.message.answers.is_some();
        if options.tells_reading {
            self.send_host(Up::Read(delivery), cx);
            let view = options.view_for.sample(&mut draw(purpose::VIEW_FOR, delivery, cx));
            cx.set_timer(view.min(may_view), timer(ClientTimer::Viewed(delivery)));
        }
        let share = options.reply_probability;
        if !is_answer && draw(purpose::REPLY, delivery, cx).chance(share) {
            let after = options.reply_after.sample(&mut draw(purpose::REPLY_DELAY, delivery, cx));
            cx.set_timer(after, timer(ClientTimer::Answer(delivery)));
        } else {
            done(disk, delivery);
        }
    }

    pub(super) fn answer<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let message = reading(disk, delivery).message.clone();
        done(disk, delivery);
        if cx.world().clients.tells_reading {
            self.send_host(Up::Answered(delivery), cx);
        }
        self.send_answer(disk, &message, delivery, cx);
    }
}

fn reading(disk: &ClientDisk, delivery: DeliveryId) -> &Reading {
    let found = disk.reading.iter().find(|reading| reading.message.id == delivery.message);
    found.expect("what is read has come")
}

fn done(disk: &mut ClientDisk, delivery: DeliveryId) {
    disk.reading.retain(|reading| reading.message.id != delivery.message);
}

/// Drawn by message and recipient, so that two strategies see the same users.
fn draw<'c, S: Server>(
    purpose: Purpose,
    delivery: DeliveryId,
    cx: &'c mut Cx<'_, S>,
) -> Drawing<'c> {
    cx.draw_at(purpose, u64::from(delivery.message.number()))
}
