//! Deletion: what became of a delivery travels to everybody who holds it, and they let go.
//!
//! Whoever learns of it tells those that it has the delivery from and those that it gave it to, until they say
//! that they heard. One that is silent is suspected like one that does not acknowledge a message, and whoever
//! stands behind it in the sequence is told instead; it itself is told when it returns.

use super::gateway::{Gateway, GatewayDisk};
use super::held::{From, Held};
use super::letters::{Copy, InStore, Letter, News};
use super::route::Behind;
use super::unheard::Unheard;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::delete_on::DeleteOn;
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::parts::{Again, Pace};

/// Who is to hear from here what became of a delivery: those it was sent to, and who brought it.
struct Hearers {
    others: Few<GatewayId>,
    from: From,
    /// What they have of it says in which route they stand.
    copy: Copy,
}

impl Hearers {
    fn gateways(&self) -> impl Iterator<Item = GatewayId> {
        let brought = match self.from {
            From::Gateway(from) => Some(from),
            From::Sender | From::Store => None,
        };
        self.others.iter().copied().chain(brought)
    }
}

impl std::convert::From<Held> for Hearers {
    fn from(Held { others, from, copy, .. }: Held) -> Self {
        Hearers { others, from, copy }
    }
}

impl Gateway {
    /// A client acknowledged this: it has it.
    pub(super) fn got(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        self.hosting.acknowledged(delivery, cx);
        if cx.world().strategy.delete_on == DeleteOn::Received {
            self.triggered(disk, delivery, cx);
        } else {
            self.received(disk, delivery, None, &Behind::NOBODY, cx);
        }
    }

    /// A user did what deletes this, as its device says.
    pub(super) fn happened(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let (device, now) = (cx.world().places.client(from), cx.now());
        cx.send(device, Packet::Down(Down::HappenedHeard(delivery)));
        let shelf = self.shelf(disk, cx);
        let is_known = shelf.held.contains(delivery) || shelf.is_parked(delivery, now);
        if is_known {
            self.triggered(disk, delivery, cx);
        } else if !shelf.is_done(delivery, now) {
            // Whoever brought it holds it, or those do who would have taken over.
            let to = super::turned_to(cx.world(), delivery.recipient, by).into();
            self.report_to(disk, delivery, to, None, cx);
            self.mark_in_store(delivery, true, cx);
        }
    }

    /// What deletes this came, at its host.
    pub(super) fn triggered(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        let Some(held) = shelf.get_mut(delivery) else {
            if shelf.is_parked(delivery, now) {
                self.mark_in_store(delivery, true, cx);
            }
            return;
        };
        // What comes from the store goes by itself: for the others' triggers nobody waited so long.
        let is_alone = held.copy.in_store == InStore::Back;
        if is_alone || held.copy.message.recipients.as_slice().len() == 1 {
            return self.done(disk, delivery, None, cx);
        }
        held.triggered = true;
        let (source, recipients) = (held.copy.source, held.copy.message.recipients.clone());
        self.received(disk, delivery, None, &Behind::NOBODY, cx);
        let to = cx.world().list_of(source);
        self.report_to(disk, delivery, to, Some(recipients), cx);
    }

    /// The recipient has it, and those who hold it go on holding it: nobody hands it over any more.
    pub(super) fn received(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        told_by: Option<GatewayId>,
        beyond: &Behind,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        let was_parked = shelf.is_parked(delivery, now);
        let is_done = shelf.is_done(delivery, now);
        let Some(held) = shelf.get_mut(delivery) else {
            if was_parked && told_by.is_none() {
                self.mark_in_store(delivery, false, cx);
            }
            if !is_done && !was_parked {
                self.pass_beyond(delivery, News::Received, beyond, cx);
            }
            return;
        };
        if !held.set_received() {
            return;
        }
        let feeds_mirrors = held.copy.route.mirrors && held.waits_for().is_some();
        if !feeds_mirrors {
            held.rest(cx);
        }
        let (from, sender, in_store) =
            (held.from, held.copy.message.sender, held.copy.in_store != InStore::No);
        self.hosting.acknowledged(delivery, cx);
        self.parking.note_received(delivery);
        if told_by.is_none() && in_store {
            self.mark_in_store(delivery, false, cx);
        }
        if from == From::Sender {
            self.accept(disk, delivery, cx);
            self.hosting.tell_received(sender, delivery, cx.world().strategy.hold, cx);
        }
        if let Some(hearers) = self.hearers(disk, delivery, cx) {
            self.tell_all(delivery, News::Received, &hearers, told_by, cx);
        }
    }

    /// Nobody need keep it any more. Who brought it is told, and whoever it was sent to, except who said so.
    pub(super) fn done(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        told_by: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        self.done_along(disk, delivery, told_by, &Behind::NOBODY, cx);
    }

    fn done_along(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        told_by: Option<GatewayId>,
        beyond: &Behind,
        cx: &mut Cx<'_>,
    ) {
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        let shelf = self.shelf(disk, cx);
        if !shelf.held.contains(delivery) && shelf.is_done(delivery, now) {
            return;
        }
        let Some(held) = shelf.finish(delivery, cx) else {
            return self.pass_beyond(delivery, News::Done, beyond, cx);
        };
        if held.handed_over {
            self.hosting.acknowledged(delivery, cx);
        }
        cx.tell(Note::Dropped(delivery, Drop::Done));
        let is_on_its_way = self.parking.is_bringing(delivery);
        if is_on_its_way || told_by.is_none() && held.copy.in_store != InStore::No {
            self.parking.stop(delivery, cx);
            self.mark_in_store(delivery, true, cx);
        }
        if held.from == From::Sender {
            let sender = held.copy.message.sender;
            if !held.accepted {
                let device = cx.world().places.client(sender);
                cx.send(device, Packet::Down(Down::Accepted(delivery.message)));
            }
            if !held.is_received() {
                self.hosting.tell_received(sender, delivery, hold, cx);
            }
        }
        self.tell_all(delivery, News::Done, &Hearers::from(held), told_by, cx);
    }

    /// Comes back from the disk: what was begun and not finished goes on.
    pub(super) fn resume_deletion(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let held = &self.shelf(disk, cx).held;
        let begun = held.pick(|_, held| {
            let half_brought = held.from == From::Sender
                && held.copy.in_store == InStore::Beside
                && !held.in_store;
            held.triggered || half_brought
        });
        let begun: Vec<(DeliveryId, bool)> =
            begun.into_iter().map(|delivery| (delivery, held[delivery].triggered)).collect();
        for (delivery, triggered) in begun {
            if triggered {
                self.triggered(disk, delivery, cx);
            } else {
                self.bring(disk, delivery, true, cx);
            }
        }
    }

    /// Who is to hear what became of a delivery, as far as it is held here.
    pub(super) fn hearers_of(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &Cx<'_>,
    ) -> Vec<GatewayId> {
        let hearers = self.hearers(disk, delivery, cx);
        hearers.map_or_else(Vec::new, |hearers| hearers.gateways().collect())
    }

    fn hearers(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &Cx<'_>,
    ) -> Option<Hearers> {
        let held = self.shelf(disk, cx).get_mut(delivery)?;
        Some(Hearers { others: held.others.clone(), from: held.from, copy: held.copy.clone() })
    }

    fn tell_all(
        &mut self,
        delivery: DeliveryId,
        news: News,
        hearers: &Hearers,
        told_by: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        for to in hearers.gateways() {
            if Some(to) == told_by || to == self.me {
                continue;
            }
            let beyond = Behind::of(&hearers.copy.route, hearers.copy.place, to);
            self.tell_news(delivery, news, to, beyond, cx);
        }
    }

    /// The next of a sequence can't pass it on: those behind it are told from here.
    fn pass_beyond(&mut self, delivery: DeliveryId, news: News, beyond: &Behind, cx: &mut Cx<'_>) {
        if let Some((next, rest)) = beyond.split_first() {
            if next == self.me {
                return self.pass_beyond(delivery, news, &rest, cx);
            }
            self.tell_news(delivery, news, next, rest, cx);
        }
    }

    /// Tells a gateway what became of a delivery, and those behind it if it is suspected.
    pub(super) fn tell_news(
        &mut self,
        delivery: DeliveryId,
        news: News,
        to: GatewayId,
        beyond: Behind,
        cx: &mut Cx<'_>,
    ) {
        match self.unheard.get_mut(delivery, to) {
            Some(before) if before.news >= news => return,
            Some(before) => before.again.stop(cx),
            None => {}
        }
        if self.suspects.has(to) {
            self.tell_again(delivery, to, (news, Behind::NOBODY), Again::default(), cx);
            self.pass_beyond(delivery, news, &beyond, cx);
        } else {
            self.tell_again(delivery, to, (news, beyond), Again::default(), cx);
        }
    }

    fn tell_again(
        &mut self,
        delivery: DeliveryId,
        to: GatewayId,
        (news, beyond): (News, Behind),
        mut again: Again,
        cx: &mut Cx<'_>,
    ) {
        between(to, Letter::News { delivery, news, beyond: beyond.clone() }, cx);
        let in_vain = self.suspects.has(to);
        let pace = match in_vain {
            true => pace(cx),
            false => Pace::steady(cx.world().strategy.ack_timeout),
        };
        again.said(pace.in_background(), timer(ChainTimer::Unheard(delivery, to)), cx);
        let unheard = Unheard { news, beyond, again, in_vain };
        self.unheard.insert(delivery, to, unheard);
    }

    /// A gateway says what became of a delivery.
    pub(super) fn news(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        (news, beyond): (News, &Behind),
        cx: &mut Cx<'_>,
    ) {
        between(from, Letter::NewsHeard { delivery, news }, cx);
        match news {
            News::Received => self.received(disk, delivery, Some(from), beyond, cx),
            News::Parked => self.parked(disk, delivery, Some(from), beyond, cx),
            News::Done => self.done_along(disk, delivery, Some(from), beyond, cx),
        }
    }

    /// What the external store has, as another gateway says.
    pub(super) fn parked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        told_by: Option<GatewayId>,
        beyond: &Behind,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let hearers = self.hearers(disk, delivery, cx);
        let shelf = self.shelf(disk, cx);
        let Some(hearers) = hearers else {
            if !shelf.is_parked(delivery, now) && !shelf.is_done(delivery, now) {
                shelf.park(delivery, cx);
                self.pass_beyond(delivery, News::Parked, beyond, cx);
            }
            return;
        };
        self.let_go_parked(disk, delivery, cx);
        self.tell_all(delivery, News::Parked, &hearers, told_by, cx);
    }

    pub(super) fn news_heard(
        &mut self,
        delivery: DeliveryId,
        by: GatewayId,
        news: News,
        cx: &mut Cx<'_>,
    ) {
        let heard = self.unheard.remove_if(delivery, by, |unheard| unheard.news == news);
        if let Some(mut unheard) = heard {
            unheard.again.stop(cx);
        }
    }

    pub(super) fn news_unheard(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let Some(unheard) = self.unheard.remove_if(delivery, by, |_| true) else { return };
        let Unheard { news, beyond, mut again, in_vain } = unheard;
        if in_vain && !self.suspects.has(by) {
            // It is back. What it was told while it was dead is no silence of its own.
            again.forget_times();
        }
        let is_silent = again.times() >= cx.world().strategy.attempts;
        if is_silent && !self.suspects.has(by) {
            self.suspect(disk, by, cx);
        }
        let rest = if is_silent { Behind::NOBODY } else { beyond.clone() };
        self.tell_again(delivery, by, (news, rest), again, cx);
        if is_silent {
            self.pass_beyond(delivery, news, &beyond, cx);
        }
    }
}
