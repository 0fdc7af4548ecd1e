//! Copying: how a replica's stream becomes the primary's, and how what the primary lacks comes back to it.

use std::collections::BTreeSet;
use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::{Job, Replica, ReplicaDisk, node_of, say};
use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::strategies::replay::Cx;
use crate::strategies::replay::counting::HANDED_OVER;
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::BusLetter;
use crate::strategies::replay::number::{Number, Term};

/// How far a replica is that does not count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Copying {
    /// It has not asked.
    Not,
    /// It asked, or was done, at this instant.
    Since(Time),
    /// It writes what it lacked.
    Writing,
}

impl Replica {
    /// It does not count: what it lacks it asks for, not too often.
    pub(super) fn ask_for_copy(&mut self, disk: &ReplicaDisk, by: u32, cx: &mut Cx<'_>) {
        let is_time = match self.copying {
            Copying::Not => true,
            Copying::Since(at) => at + cx.world().strategy.ack_timeout <= cx.now(),
            Copying::Writing => false,
        };
        if is_time {
            self.copying = Copying::Since(cx.now());
            let has = disk.stream.all().map(|event| (event.number, event.delivery()));
            say(node_of(by, cx), BusLetter::Copy(has.collect()), cx);
        }
    }

    pub(super) fn stop_copying(&mut self) {
        self.copying = Copying::Not;
        self.handed = None;
    }

    /// Whether it writes what it lacked.
    pub(super) fn is_copying(&self) -> bool {
        matches!(self.copying, Copying::Writing)
    }

    /// A replica asks the primary for what it lacks. It gets new events from now on, and counts with its ack.
    pub(super) fn copy_for(
        &mut self,
        disk: &mut ReplicaDisk,
        by: u32,
        has: &[(Number, DeliveryId)],
        cx: &mut Cx<'_>,
    ) {
        let Some(leading) = &mut self.leading else { return };
        let newest = disk.stream.newest();
        leading.copies(by, newest, cx);
        let term = leading.term();
        let numbers: BTreeSet<Number> = has.iter().map(|&(number, _)| number).collect();
        let lacks = disk.stream.all().filter(|event| !numbers.contains(&event.number));
        let events: Rc<[Event]> = lacks.cloned().collect();
        let (mut unknown, mut fallen) = (Vec::new(), Vec::new());
        for &(_, delivery) in has {
            if disk.stream.number_of(delivery).is_some() || leading.is_coming(delivery) {
                continue;
            }
            let list = match disk.stream.has_fallen(delivery, cx.now()) {
                true => &mut fallen,
                false => &mut unknown,
            };
            list.push(delivery);
        }
        let (unknown, fallen) = (unknown.into(), fallen.into());
        let copied = BusLetter::Copied { term, events, unknown, fallen, newest };
        say(node_of(by, cx), copied, cx);
        self.advance(disk, cx);
    }

    /// The primary's answer: what it never had goes aside, the rest becomes its stream.
    pub(super) fn copied(
        &mut self,
        disk: &mut ReplicaDisk,
        term: Term,
        events: &[Event],
        (unknown, fallen): (&[DeliveryId], &[DeliveryId]),
        newest: Number,
        cx: &mut Cx<'_>,
    ) {
        let is_asked = matches!(self.copying, Copying::Since(_));
        if term != disk.known || self.leading.is_some() || !is_asked {
            return;
        }
        // What is being written is in the answer, or will be sent after it.
        self.turn += 1;
        self.is_fresh = false;
        for &delivery in unknown {
            let number = disk.stream.number_of(delivery);
            if let Some(event) = number.and_then(|number| disk.stream.take(number)) {
                disk.aside.insert(delivery, event);
            }
        }
        for &delivery in fallen {
            if let Some(event) = disk.stream.fall_delivery(delivery, cx.now()) {
                self.let_go(disk, &event, Drop::Retention, cx);
            }
        }
        disk.stream.set_newest(disk.stream.newest().min(newest));
        self.newest = newest;
        self.copying = Copying::Writing;
        let Some(last) = events.len().checked_sub(1) else {
            return self.whole(disk, newest, cx);
        };
        for (place, event) in events.iter().enumerate() {
            // Told before any of them is written: a write may be done at once.
            cx.tell(Note::Kept(event.delivery()));
            let ends = (place == last).then_some(newest);
            self.write(disk, Job::Copied { event: event.clone(), ends }, cx);
        }
    }

    /// Its stream is the primary's: it says so, and hands over what the primary lacks.
    pub(super) fn whole(&mut self, disk: &mut ReplicaDisk, newest: Number, cx: &mut Cx<'_>) {
        disk.stream.set_newest(newest);
        self.copying = Copying::Since(cx.now());
        self.ack(disk, cx);
        self.hand_over(disk, disk.known.by, cx);
    }

    /// Publishes what the primary lacks, not too often.
    pub(super) fn hand_over(&mut self, disk: &ReplicaDisk, by: u32, cx: &mut Cx<'_>) {
        let timeout = cx.world().strategy.ack_timeout;
        let is_time = self.handed.is_none_or(|at| at + timeout <= cx.now());
        if disk.aside.is_empty() || !is_time || self.is_copying() {
            return;
        }
        self.handed = Some(cx.now());
        let mut all: Vec<&Event> = disk.aside.values().collect();
        all.sort_by_key(|event| event.number);
        for event in all {
            say(node_of(by, cx), BusLetter::HandOver(event.clone()), cx);
        }
    }

    /// The primary has stored what it lacked.
    pub(super) fn taken_over(
        &mut self,
        disk: &mut ReplicaDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        if let Some(event) = disk.aside.remove(&delivery) {
            cx.tell(HANDED_OVER.one());
            self.let_go(disk, &event, Drop::HandedOn, cx);
        }
    }

    /// A replica hands something over that it once had and this primary lacks.
    pub(super) fn handed_over(
        &mut self,
        disk: &mut ReplicaDisk,
        from: NodeId,
        event: Event,
        cx: &mut Cx<'_>,
    ) {
        let Event { message, flags, recipient, born, .. } = event;
        let delivery = DeliveryId { message: message.id, recipient };
        let ack = BusLetter::HandedOver(delivery);
        self.take(disk, (from, ack), (&message, flags), &[(recipient, Some(born))], cx);
    }
}
