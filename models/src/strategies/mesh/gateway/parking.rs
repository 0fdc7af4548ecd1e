//! The external store: what was held for long enough goes there, and comes back when its recipient is ready.

use super::shelf::Way;
use super::{Gateway, GatewayDisk, Work, timer};
use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::parts::parking::{heard_of, taken};
use crate::store::{Mail as Parked, Spill, StoreLetter, WithStore};
use crate::strategies::mesh::letters::{Mail, Marks, Trail};
use crate::strategies::mesh::{Cx, Mesh, MeshTimer};

impl Gateway {
    /// It was held for as long as messages are held.
    pub(super) fn hold_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let hosts = self.seats.hosts(delivery.recipient, cx);
        let options = &cx.world().strategy;
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        kept.over = true;
        let (in_store, beside) = (kept.in_store, kept.beside);
        if options.spill == Spill::Never {
            self.let_go(disk, delivery, Drop::Expired, Marks::TAKEN, cx);
        } else if in_store {
            self.let_go_parked(disk, delivery, cx);
        } else if hosts {
            self.bring(disk, delivery, beside, cx);
        } else {
            // The host has it, or can't be reached: it had the time to bring it.
            let (timeout, times) = Mesh::patience(options);
            let wait = timeout.saturating_mul(times.into());
            cx.set_background_timer(wait, timer(MeshTimer::Unparked(delivery)));
        }
    }

    pub(super) fn unparked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        if self.shelf(disk, cx).kept_mut(delivery).is_some_and(|kept| kept.over) {
            self.bring(disk, delivery, true, cx);
        }
    }

    /// Brings what is kept to the store; by its id first if that may have it.
    pub(super) fn bring(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        asks: bool,
        cx: &mut Cx<'_>,
    ) {
        let me = self.seats.me();
        let kept = self.shelf(disk, cx).kept_mut(delivery).expect("it is kept");
        let source = kept.way.from.unwrap_or(me);
        let Mail { message, recipient, flags, .. } = kept.mail.clone();
        self.parking.bring(Parked { message, recipient, flags, source, received: false }, asks, cx);
    }

    /// The store has it, so that nobody else need keep it.
    fn let_go_parked(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let kept = self.let_go(disk, delivery, Drop::HandedOn, Marks::TAKEN, cx);
        if kept.is_none() {
            return;
        }
        if let Some(passed) = self.shelf(disk, cx).passed_mut(delivery) {
            passed.parked = true;
        }
        if self.seats.hosts(delivery.recipient, cx) {
            self.parking.expect(delivery.recipient);
        }
    }

    pub(super) fn store_said(
        &mut self,
        disk: &mut GatewayDisk,
        letter: StoreLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            StoreLetter::Has(delivery) => {
                self.parking.stop(delivery, cx);
                let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
                kept.in_store = true;
                if kept.over {
                    self.let_go_parked(disk, delivery, cx);
                }
            }
            StoreLetter::Gone(delivery) => {
                self.let_go(disk, delivery, Drop::Done, Marks::DELIVERED, cx);
            }
            StoreLetter::Want(delivery) => _ = self.parking.wanted(delivery, cx),
            StoreLetter::Marked { delivery, delete } => self.parking.marked(delivery, delete, cx),
            StoreLetter::ReadyHeard(client) => self.parking.answered(client, cx),
            StoreLetter::Waiting(client) => {
                self.parking.expect(client);
                heard_of(client, cx);
            }
            StoreLetter::Hand { mail, .. } => self.handed(disk, mail, cx),
            letter => panic!("the store sent {letter:?} to a gateway"),
        }
    }

    /// The store hands out what is for a client of this gateway.
    fn handed(&mut self, disk: &mut GatewayDisk, parked: Parked, cx: &mut Cx<'_>) {
        let (delivery, now, me) = (parked.delivery(), cx.now(), self.seats.me());
        let hold = cx.world().strategy.hold;
        let shelf = self.shelf(disk, cx);
        let known = shelf.known(delivery, now);
        if known.is_some_and(|told| told.marks.any(Marks::DELIVERED)) {
            return self.parking.mark(delivery, true, cx);
        }
        if let Some(kept) = shelf.kept_mut(delivery) {
            // It never left, or is on its way there once more: its time begins anew.
            if kept.over {
                (kept.over, kept.in_store, kept.beside, kept.stored) = (false, false, true, now);
                let guard = cx.set_background_timer(hold, timer(MeshTimer::HoldOver(delivery)));
                kept.hold_guard = guard;
                self.parking.stop(delivery, cx);
            }
            return taken(delivery, cx);
        }
        if self.intake.is_at(delivery) {
            return;
        }
        cx.tell(Note::Kept(delivery));
        if cx.world().strategy.policy_everywhere {
            cx.tell(Note::PolicyRan(delivery.message));
        }
        let before = shelf_way(self, disk, delivery, cx);
        let from = Some(parked.source).filter(|&source| source != me);
        let way = before.unwrap_or(Way { from, bringers: Vec::new() });
        let Parked { message, recipient, flags, .. } = parked;
        let trail = Trail { server: true, ..Trail::default() };
        let mail = Mail { message, recipient, flags, trail }.come(true);
        let work = Work { mail, way, stored: Some(now), from: None, of_store: true };
        self.write(disk, work, cx);
    }
}

/// The way that a message came by before it went to the store, if that is remembered.
fn shelf_way(
    gateway: &mut Gateway,
    disk: &mut GatewayDisk,
    delivery: DeliveryId,
    cx: &Cx<'_>,
) -> Option<Way> {
    gateway.shelf(disk, cx).passed_mut(delivery).map(|passed| passed.way.clone())
}
