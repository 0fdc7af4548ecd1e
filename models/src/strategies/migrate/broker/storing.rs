//! Storing: what a source puts into the broker becomes a task for each recipient.

use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::super::Context;
use super::super::letters::{Peer, Say, Written};
use super::super::tasks::{Gone, Task};
use super::super::timers::BrokerTimer;
use super::primary::Primary;
use super::{BrokerDisk, say, say_to_peer};
use crate::ids::{DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note};

impl Primary {
    /// A source wants this stored. What is here, or was, is; what is just being stored is not yet.
    pub(super) fn put(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        message: Rc<Message>,
        flags: Flags,
        cx: &mut Context<'_>,
    ) {
        let now = cx.now();
        if message.deliveries().any(|delivery| self.is_storing(delivery)) {
            return;
        }
        let is_new = |it: &DeliveryId| !disk.tasks.has(*it) && !disk.deleted.has(*it, now);
        let missing: Vec<DeliveryId> = message.deliveries().filter(is_new).collect();
        if missing.is_empty() {
            return say(from, disk.term, Say::Yes(message.id), cx);
        }
        let mut tasks = Vec::with_capacity(missing.len());
        for delivery in missing {
            cx.tell(Note::Kept(delivery));
            self.storing.insert(delivery);
            let number = self.next_task();
            let message = message.clone();
            tasks.push(Task { number, delivery, message, flags, stored: now });
        }
        self.write(disk, Written::Tasks(tasks), Some((from, message.id)), cx);
    }

    /// Tasks are stored: their source hears that, and they are looked at.
    pub(super) fn tasks_stored(
        &mut self,
        disk: &mut BrokerDisk,
        tasks: &[Task],
        source: Option<(NodeId, MessageId)>,
        cx: &mut Context<'_>,
    ) {
        for task in tasks {
            self.storing.remove(&task.delivery);
        }
        if let Some((source, message)) = source {
            say(source, disk.term, Say::Yes(message), cx);
        }
        for task in tasks {
            // It may have been deleted meanwhile.
            if disk.tasks.has(task.delivery) {
                self.enters(disk, task.number, task.delivery, task.stored, cx);
            }
        }
    }

    /// A task is not wanted any more.
    pub(super) fn delete(
        &mut self,
        disk: &mut BrokerDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        let Some(task) = disk.tasks.remove(delivery) else { return };
        cx.tell(Note::Dropped(delivery, why));
        let until = cx.now() + cx.world().strategy.hold;
        let gone = Gone { why, until, message: Rc::downgrade(&task.message) };
        disk.deleted.add(delivery, gone.clone(), cx.now());
        self.leaves(task.number, delivery.recipient, cx);
        for other in (0..self.count).filter(|&id| id != self.me && self.live[id as usize]) {
            let deleted = Rc::from([(delivery, gone.clone())]);
            say_to_peer(other, disk.term, Peer::Deleted(deleted), cx);
        }
    }

    /// A task is not wanted any more, whatever became of it: what has waited for it goes on.
    pub(super) fn give_up(
        &mut self,
        disk: &mut BrokerDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        self.delete(disk, delivery, why, cx);
        self.all_in(disk, delivery.recipient, cx);
        self.advance(disk, delivery.recipient, cx);
    }

    /// The device has what a task brought.
    pub(super) fn done(
        &mut self,
        disk: &mut BrokerDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        if disk.tasks.has(delivery) && !self.is_storing(delivery) {
            self.give_up(disk, delivery, Drop::Done, cx);
        }
    }

    /// Sees to it that a task is held no longer than messages are held.
    pub(super) fn hold(&self, delivery: DeliveryId, stored: Time, cx: &mut Context<'_>) {
        let until = stored + cx.world().strategy.hold;
        let left = until.max(cx.now()) - cx.now();
        cx.set_background_timer(left, self.reminder(BrokerTimer::HoldOver(delivery)));
    }

    pub(super) fn hold_over(
        &mut self,
        disk: &mut BrokerDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        if disk.tasks.has(delivery) {
            self.give_up(disk, delivery, Drop::Expired, cx);
        }
    }
}
