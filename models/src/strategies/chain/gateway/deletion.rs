//! Deletion: what became of a delivery travels to everybody who holds it, and they let go.
//!
//! Whoever learns of it tells the others ([spreading](crate::strategies::chain::spreading)). One that is silent is suspected like one
//! that does not acknowledge a message.

use super::{Gateway, GatewayDisk};
use crate::delete_on::DeleteOn;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::strategies::chain::held::From;
use crate::strategies::chain::letters::{InStore, Letter, News};
use crate::strategies::chain::route::Behind;
use crate::strategies::chain::spreading::Hearers;
use crate::strategies::chain::{Cx, between, turned_to};

impl Gateway {
    /// A client acknowledged this: it has it.
    pub(super) fn got(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        self.hosting.acknowledged(delivery, cx);
        if cx.world().strategy.delete_on.has(DeleteOn::Received) {
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
            let to = turned_to(cx.world(), delivery.recipient, by).into();
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
                let several = shelf.several_of(delivery);
                self.mark_in_store(delivery, true, cx);
                // The others' copies are deleted once all triggers came, this one among them.
                if let Some((source, recipients)) = several {
                    let to = cx.world().list_of(source);
                    self.report_to(disk, delivery, to, Some(recipients), cx);
                }
            }
            return;
        };
        if held.copy.message.recipients.as_slice().len() == 1 {
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
                self.spreading.pass_beyond((delivery, News::Received), beyond, &self.suspects, cx);
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
        let (from, message, in_store) =
            (held.from, held.copy.message.clone(), held.copy.in_store != InStore::No);
        self.hosting.acknowledged(delivery, cx);
        self.parking.note_received(delivery);
        if told_by.is_none() && in_store {
            self.mark_in_store(delivery, false, cx);
        }
        if from == From::Sender {
            self.accept(disk, delivery, cx);
            self.receipt(&message, delivery.recipient, cx);
        }
        if let Some(hearers) = self.hearers(disk, delivery, cx) {
            let news = (delivery, News::Received);
            let source_is_gone =
                self.spreading.tell_all(news, &hearers, told_by, true, &self.suspects, cx);
            if source_is_gone {
                self.receipt(&message, delivery.recipient, cx);
            }
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
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        if !shelf.held.contains(delivery) && shelf.is_done(delivery, now) {
            return;
        }
        let Some(held) = shelf.finish(delivery, cx) else {
            return self.spreading.pass_beyond((delivery, News::Done), beyond, &self.suspects, cx);
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
            let message = &held.copy.message;
            if !held.accepted {
                let device = cx.world().places.client(message.sender);
                cx.send(device, Packet::Down(Down::Accepted(delivery.message)));
            }
            if !held.is_received() {
                self.receipt(message, delivery.recipient, cx);
            }
        }
        // What was received and not done before was told already.
        let (is_new, message) = (!held.is_received(), held.copy.message.clone());
        let (news, hearers) = ((delivery, News::Done), Hearers::from(held));
        let source_is_gone =
            self.spreading.tell_all(news, &hearers, told_by, is_new, &self.suspects, cx);
        if source_is_gone {
            self.receipt(&message, delivery.recipient, cx);
        }
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
        Some(Hearers::of(held))
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
                self.spreading.pass_beyond((delivery, News::Parked), beyond, &self.suspects, cx);
            }
            return;
        };
        self.let_go_parked(disk, delivery, cx);
        let news = (delivery, News::Parked);
        self.spreading.tell_all(news, &hearers, told_by, false, &self.suspects, cx);
    }

    pub(super) fn news_unheard(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let attempts = cx.world().strategy.attempts;
        let late = self.spreading.late(delivery, by, attempts, &self.suspects);
        let Some(late) = late else { return };
        if late.is_silent && !self.suspects.has(by) {
            self.suspect(disk, by, cx);
        }
        let unreceipted = self.spreading.tell_late(late, &self.suspects, cx);
        if let Some(message) = unreceipted {
            self.receipt(&message, delivery.recipient, cx);
        }
    }
}
