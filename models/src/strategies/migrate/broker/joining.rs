//! Joining: a replica that was away brings what it has, gets what there is, and counts again. And what a replica does with
//! what the primary sends it.

use std::rc::Rc;

use penult_sim::Span;

use super::super::letters::{Peer, Whole, Written};
use super::super::tasks::{Gone, Task};
use super::super::timers::BrokerTimer;
use super::super::{Context, World};
use super::electing::Replica;
use super::primary::Primary;
use super::{Broker, BrokerDisk, Copying, Role, reminder, say_to_peer};
use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::parts::{Again, Pace};

/// Takes over what another has: tasks that are not here and deletions.
pub(super) fn absorb(disk: &mut BrokerDisk, whole: &Whole, cx: &mut Context<'_>) {
    for (delivery, gone) in &whole.deleted {
        delete(disk, *delivery, gone, cx);
    }
    for task in &whole.tasks {
        if is_missing(disk, task.delivery, cx) {
            let number = match disk.tasks.get(task.number) {
                // Another has its place in another order.
                Some(_) => disk.tasks.last_number() + 1,
                None => task.number,
            };
            take_in(disk, Task { number, ..task.clone() }, cx);
        }
    }
}

fn is_missing(disk: &BrokerDisk, delivery: DeliveryId, cx: &Context<'_>) -> bool {
    !disk.tasks.has(delivery) && !disk.deleted.has(delivery, cx.now())
}

/// A task that another had is here too.
fn take_in(disk: &mut BrokerDisk, task: Task, cx: &mut Context<'_>) {
    cx.tell(Note::Kept(task.delivery));
    cx.tell(Note::Stored { delivery: task.delivery, disk: Span::ZERO });
    disk.tasks.put(task);
}

/// Takes over of each client what was written later.
pub(super) fn absorb_records(disk: &mut BrokerDisk, whole: &Whole, world: &World) {
    for (client, record) in &whole.records {
        let own = disk.record(*client, world);
        let pending = disk.pending.get(client).map(|it| it.stamp);
        if record.stamp > own.stamp.max(pending.unwrap_or_default()) {
            disk.pending.insert(*client, record.clone());
        }
    }
}

/// A task is not wanted any more.
fn delete(disk: &mut BrokerDisk, delivery: DeliveryId, gone: &Gone, cx: &mut Context<'_>) {
    disk.deleted.add(delivery, gone.clone(), cx.now());
    if disk.tasks.remove(delivery).is_some() {
        cx.tell(Note::Dropped(delivery, gone.why));
    }
}

/// What a replica's disk is at is given up.
pub(super) fn break_off(replica: &mut Replica, cx: &mut Context<'_>) {
    for (_, copying) in std::mem::take(&mut replica.copying) {
        if let Written::Tasks(tasks) = &*copying.what {
            for task in tasks {
                cx.tell(Note::Dropped(task.delivery, Drop::HandedOn));
            }
        }
    }
}

impl Broker {
    /// Asks to join, unless it does so already.
    pub(super) fn join(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let Role::Replica(replica) = &mut self.role else { return };
        if replica.joining.is_none() {
            replica.joining = Some((0, Again::default()));
            self.ask_to_join(disk, cx);
        }
    }

    /// Asks the primary as it is known, then the others, one after the other.
    pub(super) fn ask_to_join(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let (me, count, era) = (self.me, self.count, self.era);
        let Role::Replica(replica) = &mut self.role else { return };
        let Some((turn, again)) = &mut replica.joining else { return };
        let mut to = (disk.term.id + *turn) % count;
        if to == me {
            *turn += 1;
            to = (disk.term.id + *turn) % count;
        }
        *turn += 1;
        let mut whole = disk.whole();
        whole.records.clear();
        say_to_peer(to, disk.term, Peer::Join(Rc::new(whole)), cx);
        let pace = Pace::doubling(cx.world().strategy.ack_timeout).in_background();
        again.said(pace, reminder(era, BrokerTimer::Unjoined), cx);
    }

    /// The primary sends all that there is.
    pub(super) fn got_all(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        upto: u64,
        whole: &Whole,
        cx: &mut Context<'_>,
    ) {
        let Role::Replica(replica) = &mut self.role else { return };
        if let Some((_, mut again)) = replica.joining.take() {
            again.stop(cx);
        }
        for (delivery, gone) in &whole.deleted {
            delete(disk, *delivery, gone, cx);
        }
        // The numbers are the primary's from now on.
        for task in &whole.tasks {
            if let Some(own) = disk.tasks.remove(task.delivery) {
                replica_moves(disk, task.number, cx);
                disk.tasks.put(Task { number: task.number, ..own });
            } else if !disk.deleted.has(task.delivery, cx.now()) {
                replica_moves(disk, task.number, cx);
                take_in(disk, task.clone(), cx);
            }
        }
        disk.pending.clear();
        disk.records.replace(&whole.records, disk.term, cx.world());
        say_to_peer(from, disk.term, Peer::Has(upto), cx);
    }

    /// The primary wants something written.
    pub(super) fn store(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        number: u64,
        what: Rc<Written>,
        cx: &mut Context<'_>,
    ) {
        let era = self.era;
        let Role::Replica(replica) = &mut self.role else { return };
        if replica.copying.contains_key(&number) {
            return;
        }
        let is_there = match &*what {
            Written::Tasks(tasks) => tasks.iter().all(|task| !is_missing(disk, task.delivery, cx)),
            Written::Records(records) => records
                .iter()
                .all(|(client, record)| disk.record(*client, cx.world()).stamp >= record.stamp),
        };
        if is_there {
            return say_to_peer(from, disk.term, Peer::Ack(number), cx);
        }
        if let Written::Tasks(tasks) = &*what {
            tasks.iter().for_each(|task| cx.tell(Note::Kept(task.delivery)));
        }
        let writing = cx.write();
        replica.copying.insert(number, Copying { from, what, writing });
        if writing.is_zero() {
            self.copied(disk, number, cx);
        } else {
            cx.set_timer(writing, reminder(era, BrokerTimer::Copied(number)));
        }
    }

    /// The disk is done with it.
    pub(super) fn copied(&mut self, disk: &mut BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let Role::Replica(replica) = &mut self.role else { return };
        let Some(copying) = replica.copying.remove(&number) else { return };
        match &*copying.what {
            Written::Tasks(tasks) => {
                for task in tasks {
                    let delivery = task.delivery;
                    if disk.tasks.has(delivery) {
                        continue;
                    }
                    if disk.deleted.has(delivery, cx.now()) {
                        cx.tell(Note::Dropped(delivery, Drop::HandedOn));
                        continue;
                    }
                    cx.tell(Note::Stored { delivery, disk: copying.writing });
                    replica_moves(disk, task.number, cx);
                    disk.tasks.put(task.clone());
                }
            }
            Written::Records(records) => {
                for (client, record) in records {
                    if disk.record(*client, cx.world()).stamp < record.stamp {
                        disk.records.set(*client, record.clone(), cx.world());
                    }
                }
            }
        }
        say_to_peer(copying.from, disk.term, Peer::Ack(number), cx);
    }

    pub(super) fn delete(
        &mut self,
        disk: &mut BrokerDisk,
        delivery: DeliveryId,
        gone: &Gone,
        cx: &mut Context<'_>,
    ) {
        delete(disk, delivery, gone, cx);
    }
}

/// A task is to have this number: one that has it, from another order, moves behind all others.
fn replica_moves(disk: &mut BrokerDisk, number: u64, _: &Context<'_>) {
    if let Some(other) = disk.tasks.get(number).map(|task| task.delivery) {
        let number = disk.tasks.last_number() + 1;
        let task = disk.tasks.remove(other).expect("it was just found");
        disk.tasks.put(Task { number, ..task });
    }
}

impl Primary {
    /// A replica asks to join, with what it has.
    pub(super) fn joins(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        whole: &Whole,
        cx: &mut Context<'_>,
    ) {
        for (delivery, gone) in &whole.deleted {
            if disk.tasks.has(*delivery) && !self.is_storing(*delivery) {
                self.give_up(disk, *delivery, gone.why, cx);
            } else if !self.is_storing(*delivery) {
                disk.deleted.add(*delivery, gone.clone(), cx.now());
            }
        }
        let mut lacked = Vec::new();
        for task in &whole.tasks {
            if is_missing(disk, task.delivery, cx) && !self.is_storing(task.delivery) {
                let task = Task { number: self.next_task(), ..task.clone() };
                take_in(disk, task.clone(), cx);
                lacked.push(task);
            }
        }
        self.live[from as usize] = true;
        let upto = self.last_write();
        if !lacked.is_empty() {
            self.store_elsewhere(disk, lacked, from, cx);
        }
        self.send_all(disk, from, upto, cx);
        self.joined(disk, cx);
    }

    pub(super) fn send_all(&self, disk: &BrokerDisk, to: u32, upto: u64, cx: &mut Context<'_>) {
        say_to_peer(to, disk.term, Peer::All(upto, Rc::new(disk.whole())), cx);
    }
}
