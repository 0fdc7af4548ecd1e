//! Moving: the first server stops a client and sends its data, the second gets them, and both hear how it ended.

use std::rc::Rc;

use penult_sim::{NodeId, Span};

use super::super::Context;
use super::super::letters::{Ask, Letter, Parcel};
use super::super::numbers::{BYTES, UNGOT};
use super::super::record::Place;
use super::super::timers::{Question, ServerTimer};
use super::performing::hold;
use super::shelf::Data;
use super::{Kept, Seat, Server, ServerDisk, timer};
use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note, Wait};
use crate::packet::Packet;
use crate::parts::{Again, Pace};
use crate::world::QueuePlace;

/// Data that leave for another server.
#[derive(Debug)]
pub(super) struct Sending {
    number: u32,
    to: GatewayId,
    parcel: Rc<Parcel>,
    /// They are sent until the other server has them.
    again: Again,
}

/// Data that the disk is at.
#[derive(Debug)]
pub(super) struct Arriving {
    from: NodeId,
    client: ClientId,
    parcel: Rc<Parcel>,
    writing: Span,
}

impl Sending {
    /// Nobody wants them any more.
    pub(super) fn stop(&mut self, cx: &mut Context<'_>) {
        self.again.stop(cx);
    }
}

impl Arriving {
    pub(super) fn has(&self, delivery: DeliveryId) -> bool {
        let client = self.client;
        delivery.recipient == client
            && self.parcel.inbox.iter().any(|kept| kept.message.id == delivery.message)
    }
}

impl Server {
    /// The broker wants a client to move from here: it stops, and its data leave.
    pub(super) fn told_to_move(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        epoch: u32,
        (number, to): (u32, GatewayId),
        cx: &mut Context<'_>,
    ) {
        let Some(seat) = self.seats.get_mut(&client).filter(|seat| seat.epoch == epoch) else {
            return;
        };
        if seat.moving == Some(number) {
            return;
        }
        seat.moving = Some(number);
        cx.tell(Note::ResyncStarted);
        self.stop_pushing(disk, client, cx);
        self.ask(disk, Question::Moving(client), Ask::Moving { client, number, late: false }, cx);
        let (now, options) = (cx.now(), &cx.world().strategy);
        let data = self.shelf(disk, cx).of(client, epoch);
        let mut inbox = Vec::with_capacity(data.inbox.len());
        data.inbox.for_each(|kept| {
            kept.since = now;
            inbox.push(Kept::clone(kept));
        });
        let mail: u64 =
            inbox.iter().map(|kept| u64::from(kept.flags.bytes_of(&kept.message))).sum();
        let bytes = options.data + mail;
        let parcel = Rc::new(Parcel { bytes, performed: data.performed.clone(), inbox });
        self.sending.insert(client, Sending { number, to, parcel, again: Again::default() });
        cx.tell(BYTES.add(bytes));
        let Some(bandwidth) = options.bandwidth else { return self.has_left(client, number, cx) };
        // Those that left earlier count, whatever became of them.
        self.left = self.left.max(now) + bandwidth.time_for(bytes);
        if self.left == now {
            return self.has_left(client, number, cx);
        }
        cx.set_timer(self.left - now, timer(ServerTimer::Left(client, number)));
    }

    /// A client's data have left.
    pub(super) fn has_left(&mut self, client: ClientId, number: u32, cx: &mut Context<'_>) {
        if self.is_sending(client, number) {
            let timeout = cx.world().strategy.timeout;
            cx.set_timer(timeout, timer(ServerTimer::Late(client, number)));
            self.unhad(client, number, cx);
        }
    }

    fn is_sending(&self, client: ClientId, number: u32) -> bool {
        self.sending.get(&client).is_some_and(|sending| sending.number == number)
    }

    /// Sends a client's data, again and again until the second server says that it has them.
    pub(super) fn unhad(&mut self, client: ClientId, number: u32, cx: &mut Context<'_>) {
        if !self.is_sending(client, number) {
            return;
        }
        let sending = self.sending.get_mut(&client).expect("it was just found");
        let parcel = sending.parcel.clone();
        let to = cx.world().places.gateway(sending.to);
        cx.send(to, Packet::Between(Letter::Data { client, number, parcel }));
        let pace = Pace::doubling(cx.world().strategy.ack_timeout);
        sending.again.said(pace, timer(ServerTimer::Unhad(client, number)), cx);
    }

    fn stop_sending(&mut self, client: ClientId, cx: &mut Context<'_>) {
        if let Some(mut sending) = self.sending.remove(&client) {
            sending.again.stop(cx);
        }
    }

    /// The second server has a client's data.
    pub(super) fn had(&mut self, client: ClientId, number: u32, cx: &mut Context<'_>) {
        if self.is_sending(client, number) {
            self.stop_sending(client, cx);
        }
    }

    /// The second server did not say in time that it has them.
    pub(super) fn late(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        number: u32,
        cx: &mut Context<'_>,
    ) {
        if self.is_sending(client, number) {
            let ask = Ask::Moving { client, number, late: true };
            self.ask(disk, Question::Moving(client), ask, cx);
        }
    }

    /// Data of a client came that may move to here.
    pub(super) fn data_came(
        &mut self,
        disk: &mut ServerDisk,
        from: NodeId,
        (client, number): (ClientId, u32),
        parcel: Rc<Parcel>,
        cx: &mut Context<'_>,
    ) {
        let copy = self.shelf(disk, cx).copies.get(&client);
        let has_copy = copy.is_some_and(|(copied, _)| *copied == number);
        let serves = self.seats.get(&client).is_some_and(|seat| seat.brought == Some(number));
        if has_copy || serves {
            return cx.send(from, Packet::Between(Letter::Have { client, number }));
        }
        if self.arriving.contains_key(&(client, number)) {
            return;
        }
        let deliveries = parcel.inbox.iter().map(|kept| kept.delivery_of(client));
        deliveries.for_each(|delivery| {
            self.questions.came_back(delivery.message);
            cx.tell(Note::Kept(delivery));
        });
        let writing = match cx.world().queue {
            QueuePlace::Memory => Span::ZERO,
            QueuePlace::Disk => cx.write(),
        };
        self.arriving.insert((client, number), Arriving { from, client, parcel, writing });
        if writing.is_zero() {
            self.data_written(disk, client, number, cx);
        } else {
            cx.set_timer(writing, timer(ServerTimer::DataWritten(client, number)));
        }
    }

    /// The disk is done with them.
    pub(super) fn data_written(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        number: u32,
        cx: &mut Context<'_>,
    ) {
        let Some(arriving) = self.arriving.remove(&(client, number)) else { return };
        let Arriving { from, parcel, writing, .. } = arriving;
        for delivery in parcel.inbox.iter().map(|kept| kept.delivery_of(client)) {
            cx.tell(Note::Stored { delivery, disk: writing });
        }
        let data = Data::of(&parcel, client, cx.now());
        let before = self.shelf(disk, cx).copies.insert(client, (number, data));
        if let Some((_, before)) = before {
            self.drop_data(disk, client, before, cx);
        }
        cx.send(from, Packet::Between(Letter::Have { client, number }));
        self.ask(disk, Question::Stored(client), Ask::Stored { client, number }, cx);
    }

    /// A migration is over.
    pub(super) fn ended(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        number: u32,
        place: Place,
        cx: &mut Context<'_>,
    ) {
        let asked = self.questions.get(Question::Moving(client));
        if matches!(asked, Some(Ask::Moving { number: asked, .. }) if *asked == number) {
            self.questions.answered(Question::Moving(client), cx);
        }
        let asked = self.questions.get(Question::Stored(client));
        if matches!(asked, Some(Ask::Stored { number: asked, .. }) if *asked == number) {
            self.questions.answered(Question::Stored(client), cx);
        }
        if self.is_sending(client, number) {
            self.stop_sending(client, cx);
        }
        let Place { host, epoch, brought, .. } = place;
        let own = self.seats.get(&client).copied();
        let is_newer = own.is_none_or(|seat| seat.epoch < epoch);
        if is_newer && host == self.me {
            let copy = self.shelf(disk, cx).copies.get(&client);
            let has_copy = copy.is_some_and(|(copied, _)| Some(*copied) == brought);
            if self.is_checked && has_copy {
                self.take(disk, client, place, cx);
                self.tell_finished(disk, client, place.from, cx);
            } else {
                self.check(disk, cx);
            }
        } else if is_newer && own.is_some() {
            self.forget(disk, client, cx);
        }
        // Whatever this migration brought and does not serve is not wanted.
        if Some(number) != brought || host != self.me {
            if host != self.me && own.is_none() {
                // It failed, and the first server goes on.
                let begun = cx.world().places.gateway(host);
                cx.tell(Note::ResyncTakenOver(begun));
                cx.tell(Note::ResyncFinished { messages: 0, bytes: 0 });
            }
            self.forget_copy(disk, client, number, cx);
        }
        let seat = self.seats.get_mut(&client);
        if let Some(seat) = seat.filter(|seat| seat.moving == Some(number)) {
            seat.moving = None;
            self.push_all(disk, client, cx);
        }
    }

    /// Tells that a client's data came.
    fn tell_finished(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        from: GatewayId,
        cx: &mut Context<'_>,
    ) {
        let (mut messages, mut bytes) = (0, 0);
        if let Some(data) = self.shelf(disk, cx).data.get_mut(&client) {
            data.inbox.for_each(|kept| {
                messages += 1;
                bytes += u64::from(kept.flags.bytes_of(&kept.message));
            });
        }
        let begun = cx.world().places.gateway(from);
        cx.tell(Note::ResyncTakenOver(begun));
        cx.tell(Note::ResyncFinished { messages, bytes });
    }

    /// Serves a client: with the copy that a migration brought, or with what is here of that epoch, or with nothing.
    pub(super) fn take(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        Place { epoch, brought, from, .. }: Place,
        cx: &mut Context<'_>,
    ) {
        self.stop_serving(disk, client, cx);
        self.seats.insert(client, Seat::new(epoch, brought));
        let shelf = self.shelf(disk, cx);
        let copy = shelf.copies.get(&client).is_some_and(|(copied, _)| Some(*copied) == brought);
        let is_there = shelf.data.get(&client).is_some_and(|data| data.epoch == epoch);
        let before = if copy || !is_there { shelf.data.remove(&client) } else { None };
        if copy {
            let (_, data) = shelf.copies.remove(&client).expect("it was just found");
            shelf.data.insert(client, data);
        }
        let data = shelf.of(client, epoch);
        cx.tell(UNGOT.rise(data.ungot()));
        let mut kept = Vec::new();
        data.inbox.for_each(|mail| kept.push((mail.delivery_of(client), mail.stored)));
        if let Some(before) = before {
            self.drop_data(disk, client, before, cx);
        }
        kept.into_iter().for_each(|(delivery, stored)| hold(delivery, stored, cx));
        if epoch != FIRST_EPOCH && !is_there {
            cx.tell(Note::Claimed { client, from, epoch });
        }
        self.greet(client, epoch, cx);
        self.push_all(disk, client, cx);
    }

    /// The second server forgets the copy of a migration that is over.
    fn forget_copy(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        number: u32,
        cx: &mut Context<'_>,
    ) {
        if let Some(arriving) = self.arriving.remove(&(client, number)) {
            for kept in &arriving.parcel.inbox {
                self.let_go(disk, kept.delivery_of(client), Drop::HandedOn, cx);
            }
        }
        let copies = &mut self.shelf(disk, cx).copies;
        if copies.get(&client).is_some_and(|(copied, _)| *copied == number) {
            let (_, data) = copies.remove(&client).expect("it was just found");
            self.drop_data(disk, client, data, cx);
        }
    }

    /// Data were taken out of the shelf, and are not wanted.
    pub(super) fn drop_data(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        mut data: Data,
        cx: &mut Context<'_>,
    ) {
        for delivery in data.all(client) {
            self.let_go(disk, delivery, Drop::HandedOn, cx);
        }
    }

    /// Pushes all that a device does not have; what is over goes now.
    pub(super) fn push_all(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        let Some(&Seat { epoch, .. }) = self.seats.get(&client) else { return };
        let Some(data) = self.shelf(disk, cx).data.get_mut(&client) else { return };
        let (mut over, mut mail) = (Vec::new(), Vec::new());
        let now = cx.now();
        data.inbox.for_each(|kept| match kept.over {
            Some(why) => over.push((kept.delivery_of(client), why)),
            None if kept.is_got => {}
            None => {
                let since = std::mem::replace(&mut kept.since, now);
                mail.push((kept.message.clone(), kept.flags, since));
            }
        });
        for &(delivery, why) in &over {
            let data = self.shelf(disk, cx).data.get_mut(&client).expect("it is there");
            let kept = data.inbox.remove(delivery.key());
            cx.tell(UNGOT.fall(kept.is_some_and(|kept| !kept.is_got).into()));
            self.let_go(disk, delivery, why, cx);
        }
        for (message, flags, since) in mail {
            let delivery = DeliveryId { message: message.id, recipient: client };
            if now > since {
                cx.tell(Note::Waited { delivery, why: Wait::Parked, since });
            }
            self.hosting.hand_over(message, flags, (client, epoch), cx);
        }
    }
}
