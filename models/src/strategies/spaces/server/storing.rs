//! Storing: what is published or copied here is written, numbered, acknowledged, forwarded and pushed, and kept until
//! its time is over.

use std::rc::Rc;

use penult_sim::{Span, Time};

use super::shelf::Stored;
use super::{Replica, ReplicaDisk, shelf};
use crate::few::Few;
use crate::ids::{DeliveryId, GatewayId, MessageId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note};
use crate::parts::Write;
use crate::strategies::spaces::ids::{ServerId, Servers, SpaceId};
use crate::strategies::spaces::letters::{Copied, Letter, Number, Publishing, Reign};
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_gateway, to_server};

/// A message on its way to the shelf.
pub(super) struct Work {
    message: Rc<Message>,
    flags: Flags,
    space: SpaceId,
    /// When a server first stored it, if that is not now.
    first: Option<Time>,
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.message.deliveries()
    }
}

/// What waits for something to be written.
#[derive(Debug, Default)]
pub(super) struct Coming {
    /// Who published it here, and until how many have it each wants to hear.
    publishers: Vec<(GatewayId, u32)>,
    /// Which peers sent it, to be acknowledged.
    senders: Vec<ServerId>,
    /// To whom it is to be forwarded.
    rest: Option<Servers>,
    /// Who is known to have it.
    pub(super) holders: Servers,
    /// Its number, and who gave it.
    pub(super) number: Option<(Reign, Number)>,
}

impl Replica {
    /// A gateway publishes.
    pub(super) fn published(
        &mut self,
        disk: &mut ReplicaDisk,
        from: GatewayId,
        publishing: &Publishing,
        cx: &mut Cx<'_>,
    ) {
        let Publishing { message, flags, space, rest, report } = publishing;
        let id = message.id;
        if self.shelf(disk, cx).has(id) {
            cx.tell(counting::PUBLICATIONS_STOPPED.one());
            came_twice(message, cx);
            self.ack_gateway(disk, from, id, *space, cx);
            self.report(disk, id, from, *report, cx);
            if let Some(rest) = rest {
                self.forward(disk, id, rest, cx);
            }
            return;
        }
        let is_coming = self.coming.contains_key(&id);
        if is_coming {
            cx.tell(counting::PUBLICATIONS_STOPPED.one());
        }
        let coming = self.coming.entry(id).or_default();
        coming.publishers.push((from, *report));
        if let Some(rest) = rest {
            coming.rest.get_or_insert_default().add_all(rest);
        }
        let work = Work { message: message.clone(), flags: *flags, space: *space, first: None };
        self.write(disk, is_coming, work, cx);
    }

    /// A peer sends what this server may lack.
    pub(super) fn copied(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        copied: &Copied,
        cx: &mut Cx<'_>,
    ) {
        let id = copied.message.id;
        if self.shelf(disk, cx).has(id) {
            came_twice(&copied.message, cx);
            self.learn_number(disk, from, copied.space, id, copied.number, cx);
            self.learn_holders(disk, id, &copied.holders, cx);
            self.learn_holders(disk, id, &Servers::one(from), cx);
            return self.ack_server(disk, from, id, copied.space, cx);
        }
        self.take_copy(disk, from, copied, true, cx);
    }

    /// Something comes from a peer that is not here.
    pub(super) fn take_copy(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        copied: &Copied,
        acks: bool,
        cx: &mut Cx<'_>,
    ) {
        let Copied { message, flags, space, first, holders, number } = copied;
        let is_coming = self.coming.contains_key(&message.id);
        let coming = self.coming.entry(message.id).or_default();
        if acks {
            coming.senders.push(from);
        }
        coming.holders.add_all(holders);
        coming.holders.add(from);
        let newer = number.filter(|(reign, _)| {
            coming.number.as_ref().is_none_or(|(known, _)| known.term < reign.term)
        });
        coming.number = newer.or(coming.number);
        let (message, first) = (message.clone(), Some(*first));
        self.write(disk, is_coming, Work { message, flags: *flags, space: *space, first }, cx);
    }

    fn write(&mut self, disk: &mut ReplicaDisk, is_coming: bool, work: Work, cx: &mut Cx<'_>) {
        if is_coming {
            return came_twice(&work.message, cx);
        }
        work.message.deliveries().for_each(|delivery| cx.tell(Note::Kept(delivery)));
        if let Some((work, writing)) = self.intake.write(work, cx.world().queue, cx) {
            self.stored(disk, work, writing, cx);
        }
    }

    /// It is written: everybody who waits for that hears of it, and it goes on.
    pub(super) fn stored(
        &mut self,
        disk: &mut ReplicaDisk,
        work: Work,
        writing: Span,
        cx: &mut Cx<'_>,
    ) {
        let Work { message, flags, space, first } = work;
        let (id, retention) = (message.id, Self::options(cx).retention);
        for delivery in message.deliveries() {
            cx.tell(Note::Stored { delivery, disk: writing });
        }
        let Coming { publishers, senders, rest, mut holders, number } =
            self.coming.remove(&id).expect("somebody brought it");
        holders.add(self.me);
        let first = first.unwrap_or(cx.now());
        let (reports, place) = (Few::default(), 0);
        let (forwarded, pushed) = (false, false);
        let stored =
            Stored { message, flags, space, first, place, holders, reports, forwarded, pushed };
        self.shelf(disk, cx).put(stored, retention);
        self.await_expiry(disk, cx);
        let from = senders.first().copied().unwrap_or(self.me);
        self.learn_number(disk, from, space, id, number, cx);
        let is_numbered = self.number(disk, space, id, cx);
        for sender in senders {
            self.ack_server(disk, sender, id, space, cx);
        }
        for (gateway, report) in publishers {
            self.ack_gateway(disk, gateway, id, space, cx);
            self.report(disk, id, gateway, report, cx);
        }
        if let Some(rest) = rest {
            self.forward(disk, id, &rest, cx);
        }
        self.offer_later(disk, id, cx);
        if is_numbered {
            self.offer_number(disk, space, id, cx);
        }
        match Self::options(cx).lead {
            true => self.push_in_turn(disk, space, cx),
            false => self.push(disk, id, cx),
        }
        self.is_written(disk, id, cx);
    }

    fn holders_of(&mut self, disk: &mut ReplicaDisk, id: MessageId, cx: &Cx<'_>) -> Servers {
        let me = self.me;
        let stored = self.shelf(disk, cx).get(id);
        stored.map_or_else(|| Servers::one(me), |stored| stored.holders.clone())
    }

    fn ack(
        &mut self,
        disk: &mut ReplicaDisk,
        message: MessageId,
        space: SpaceId,
        cx: &Cx<'_>,
    ) -> Letter {
        let holders = self.holders_of(disk, message, cx);
        Letter::Ack { message, holders, lead: self.reign(disk, space, cx) }
    }

    fn ack_gateway(
        &mut self,
        disk: &mut ReplicaDisk,
        to: GatewayId,
        id: MessageId,
        space: SpaceId,
        cx: &mut Cx<'_>,
    ) {
        let ack = self.ack(disk, id, space, cx);
        to_gateway(to, ack, cx);
    }

    fn ack_server(
        &mut self,
        disk: &mut ReplicaDisk,
        to: ServerId,
        id: MessageId,
        space: SpaceId,
        cx: &mut Cx<'_>,
    ) {
        let ack = self.ack(disk, id, space, cx);
        to_server(to, ack, cx);
    }

    /// A gateway wants to hear of each more that has it, until so many have.
    fn report(
        &mut self,
        disk: &mut ReplicaDisk,
        id: MessageId,
        to: GatewayId,
        until: u32,
        cx: &Cx<'_>,
    ) {
        let Some(stored) = self.shelf(disk, cx).get_mut(id) else { return };
        if stored.holders.count() < until {
            stored.reports.retain(|&(gateway, _)| gateway != to);
            stored.reports.push((to, until));
        }
    }

    /// More servers are known to have something.
    pub(super) fn learn_holders(
        &mut self,
        disk: &mut ReplicaDisk,
        id: MessageId,
        holders: &Servers,
        cx: &mut Cx<'_>,
    ) {
        if let Some(coming) = self.coming.get_mut(&id) {
            coming.holders.add_all(holders);
        }
        let Some(stored) = shelf(&mut self.shelf, disk, cx).get_mut(id) else { return };
        let before = stored.holders.count();
        stored.holders.add_all(holders);
        let (now, space) = (stored.holders.count(), stored.space);
        if now == before || stored.reports.is_empty() {
            return;
        }
        let reports = stored.reports.clone();
        stored.reports.retain(|&(_, until)| until > now);
        for &(gateway, _) in reports.iter() {
            self.ack_gateway(disk, gateway, id, space, cx);
        }
    }

    /// A peer acknowledged a copy.
    pub(super) fn peer_acked(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        id: MessageId,
        holders: &Servers,
        cx: &mut Cx<'_>,
    ) {
        self.learn_holders(disk, id, holders, cx);
        self.learn_holders(disk, id, &Servers::one(from), cx);
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.has(id, true);
        }
    }

    /// Sends a message that was published here on to the others.
    fn forward(&mut self, disk: &mut ReplicaDisk, id: MessageId, to: &Servers, cx: &mut Cx<'_>) {
        let Some(stored) = shelf(&mut self.shelf, disk, cx).get_mut(id) else { return };
        if std::mem::replace(&mut stored.forwarded, true) {
            return;
        }
        let holders = stored.holders.clone();
        let servers = (0..Self::options(cx).servers).map(ServerId);
        let to: Vec<ServerId> = servers.filter(|&it| to.has(it) && !holders.has(it)).collect();
        for server in to {
            if server != self.me && !self.is_suspect(server, cx) {
                self.send_copy(disk, server, id, cx);
            }
        }
    }

    /// A stored message as it travels.
    pub(super) fn copy_of(
        &mut self,
        disk: &mut ReplicaDisk,
        id: MessageId,
        cx: &Cx<'_>,
    ) -> Option<Copied> {
        let stored = self.shelf(disk, cx).get(id)?;
        let (message, flags) = (stored.message.clone(), stored.flags);
        let (space, first, holders) = (stored.space, stored.first, stored.holders.clone());
        let number = self.number_of(disk, space, id, cx);
        Some(Copied { message, flags, space, first, holders, number })
    }

    /// Sends a peer a copy, and sees to it that it is offered later if it is not acknowledged.
    pub(super) fn send_copy(
        &mut self,
        disk: &mut ReplicaDisk,
        to: ServerId,
        id: MessageId,
        cx: &mut Cx<'_>,
    ) {
        let Some(copied) = self.copy_of(disk, id, cx) else { return };
        cx.tell(counting::COPIES.one());
        to_server(to, Letter::Copy(Rc::new(copied)), cx);
        self.peer(to, cx).sent(id, cx);
        self.await_due(to, cx);
    }

    fn await_expiry(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let next = self.shelf(disk, cx).next_expiry();
        let Some(next) = next else { return };
        if self.expires.is_some_and(|(at, _)| at <= next) {
            return;
        }
        if let Some((_, guard)) = self.expires.take() {
            cx.cancel_timer(guard);
        }
        let wait = next.max(cx.now()) - cx.now();
        let guard = cx.set_background_timer(wait, timer(SpacesTimer::Expires));
        self.expires = Some((next, guard));
    }

    /// What has been here for long enough is given up.
    pub(super) fn expire(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        self.expires = None;
        let (now, retention) = (cx.now(), Self::options(cx).retention);
        for stored in self.shelf(disk, cx).expire(now, retention) {
            let id = stored.message.id;
            for delivery in stored.message.deliveries() {
                cx.tell(Note::Dropped(delivery, Drop::Retention));
            }
            for peer in self.peers.values_mut() {
                peer.forget(id);
            }
            if Self::options(cx).lead {
                self.push_in_turn(disk, stored.space, cx);
            }
        }
        self.await_expiry(disk, cx);
    }

    /// After a return: what is on the disk has its time.
    pub(super) fn rearm(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let me = Servers::one(self.me);
        self.shelf(disk, cx).forget_others(&me);
        self.await_expiry(disk, cx);
    }
}

/// What a packet brought is here, or on its way to the disk.
pub(super) fn came_twice(message: &Message, cx: &mut Cx<'_>) {
    message.deliveries().for_each(|delivery| cx.tell(Note::Dropped(delivery, Drop::Twice)));
}
