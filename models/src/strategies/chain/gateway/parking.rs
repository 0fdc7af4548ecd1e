//! The external store, as the chain uses it: what was held for long enough goes there, and comes back along the
//! client's list when the client is ready.

use std::rc::Rc;

use penult_sim::NodeId;

use super::{Gateway, GatewayDisk};
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::parts::View;
use crate::parts::parking::{heard_of, taken};
use crate::places::Kind;
use crate::store::{Mail, Spill, StoreLetter};
use crate::strategies::chain::held::{From, Held};
use crate::strategies::chain::letters::{Copy, InStore, Waybill};
use crate::strategies::chain::route::{Behind, Route};
use crate::strategies::chain::{ChainTimer, Cx, between, timer};

impl Gateway {
    /// It was held for as long as messages are held.
    pub(super) fn hold_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let options = &cx.world().strategy;
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        held.set_over();
        // Nothing would ever delete it there.
        let is_useless = held.triggered || held.is_received() && options.delete_on.is_empty();
        if options.spill == Spill::Never || is_useless {
            return self.expire(disk, delivery, cx);
        }
        if held.in_store {
            return self.parked(disk, delivery, None, &Behind::NOBODY, cx);
        }
        let may_be_there = held.copy.in_store != InStore::No;
        if self.hosts(delivery.recipient, cx) {
            self.bring(disk, delivery, may_be_there, cx);
        } else {
            let wait = options.ack_timeout.saturating_mul(options.attempts.into());
            cx.set_background_timer(wait, timer(ChainTimer::Unparked(delivery)));
        }
    }

    fn expire(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let Some(held) = self.shelf(disk, cx).finish(delivery, cx) else { return };
        self.parking.stop(delivery, cx);
        self.hosting.acknowledged(delivery, cx);
        cx.tell(Note::Dropped(delivery, Drop::Expired));
        if held.copy.in_store != InStore::No && held.is_received() {
            self.mark_in_store(delivery, true, cx);
        }
    }

    /// The host should have brought it to the store by now, and nobody said that it did.
    pub(super) fn unparked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let held = self.shelf(disk, cx).get_mut(delivery);
        if held.is_some_and(|held| held.is_over()) {
            self.bring(disk, delivery, true, cx);
        }
    }

    /// Brings what is held to the store; by its id first if that may have it.
    pub(super) fn bring(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        asks: bool,
        cx: &mut Cx<'_>,
    ) {
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        let mail = mail(held);
        self.hosting.account(delivery, cx);
        self.parking.bring(mail, asks, cx);
    }

    /// Tells the store, if there is one, what became of a delivery.
    pub(super) fn mark_in_store(&mut self, delivery: DeliveryId, delete: bool, cx: &mut Cx<'_>) {
        if has_store(cx) {
            self.parking.mark(delivery, delete, cx);
        }
    }

    /// A client of this gateway may have mail in the store.
    pub(super) fn expect_parked(&mut self, client: ClientId, cx: &Cx<'_>) {
        if has_store(cx) {
            self.parking.expect(client);
        }
    }

    /// A client of this gateway is there: its mail in the store is asked for.
    pub(super) fn ask_store(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if has_store(cx) {
            let View { epoch, .. } = self.view(client, cx);
            self.parking.ask(client, epoch, cx);
        }
    }

    /// The store has it, so that nobody else need keep it.
    pub(super) fn let_go_parked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let Some(held) = self.shelf(disk, cx).park(delivery, cx) else { return };
        self.parking.stop(delivery, cx);
        self.hosting.acknowledged(delivery, cx);
        cx.tell(Note::Dropped(delivery, Drop::HandedOn));
        if held.from == From::Sender && !held.accepted {
            let device = cx.world().places.client(held.copy.message.sender);
            cx.send(device, Packet::Down(Down::Accepted(delivery.message)));
        }
        if self.hosts(delivery.recipient, cx) && !held.is_received() {
            self.parking.expect(delivery.recipient);
        }
    }

    /// The store, or a gateway that it took for a host, says something.
    pub(super) fn store_said(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: StoreLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            StoreLetter::Has(delivery) => self.store_has(disk, delivery, cx),
            StoreLetter::Gone(delivery) => {
                self.parking.stop(delivery, cx);
                self.done(disk, delivery, Some(self.me), cx);
            }
            StoreLetter::Want(delivery) => {
                self.parking.wanted(delivery, cx);
            }
            StoreLetter::Marked { delivery, delete } => self.parking.marked(delivery, delete, cx),
            StoreLetter::ReadyHeard(client) => self.parking.answered(client, cx),
            StoreLetter::Hand { mail, way, epoch } => self.handed(disk, mail, way, epoch, cx),
            StoreLetter::Waiting(client) => {
                let View { host, .. } = self.view(client, cx);
                let is_from_store = matches!(cx.world().places.kind(from), Kind::Service(_));
                if self.hosts(client, cx) {
                    self.parking.expect(client);
                    heard_of(client, cx);
                } else if host != self.me && is_from_store {
                    // Passed on once: two that each take the other for the host would go on for ever.
                    between(host, StoreLetter::Waiting(client).into(), cx);
                }
            }
            letter => panic!("{from} sent {letter:?} to a gateway"),
        }
    }

    fn store_has(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        self.parking.stop(delivery, cx);
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        held.in_store = true;
        if held.is_over() {
            self.parked(disk, delivery, None, &Behind::NOBODY, cx);
        } else if held.from == From::Sender {
            self.accept(disk, delivery, cx);
        }
    }

    /// The store hands out what this gateway is to relay.
    fn handed(
        &mut self,
        disk: &mut GatewayDisk,
        mail: Mail,
        way: Rc<[GatewayId]>,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let (delivery, now) = (mail.delivery(), cx.now());
        if self.shelf(disk, cx).is_done(delivery, now) {
            return self.mark_in_store(delivery, true, cx);
        }
        let Mail { message, recipient, flags, source, .. } = mail;
        let route = Route { gateways: way, mirrors: false };
        let copy = Copy::from(Waybill {
            message,
            recipient,
            flags,
            epoch,
            stored: now,
            route,
            source,
            in_store: InStore::Back,
            received: false,
        });
        if self.shelf(disk, cx).held.contains(delivery) {
            taken(delivery, cx);
            self.set_out_again(disk, copy, From::Store, cx);
        } else if !self.intake.is_at(delivery) {
            self.take_in(disk, Few::one(copy), From::Store, cx);
        }
    }

    /// What is held comes back from the store: if its time here was over, it begins anew.
    pub(super) fn set_out_again(
        &mut self,
        disk: &mut GatewayDisk,
        copy: Copy,
        from: From,
        cx: &mut Cx<'_>,
    ) -> bool {
        let (delivery, now) = (copy.delivery(), cx.now());
        let hold = cx.world().strategy.hold;
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        if held.is_received() || copy.in_store != InStore::Back || !held.is_over() {
            return false;
        }
        let left = (copy.stored + hold).max(now) - now;
        let guard = cx.set_background_timer(left, timer(ChainTimer::HoldOver(delivery)));
        held.set_out_again(copy, from, guard, cx);
        self.parking.stop(delivery, cx);
        self.hosting.acknowledged(delivery, cx);
        self.set_off(disk, delivery, cx);
        true
    }
}

fn mail(held: &Held) -> Mail {
    let Waybill { message, recipient, flags, source, .. } = &*held.copy;
    Mail {
        message: message.clone(),
        recipient: *recipient,
        flags: *flags,
        source: *source,
        received: held.is_received(),
    }
}

/// Whether this run has a store.
pub(super) fn has_store(cx: &Cx<'_>) -> bool {
    cx.world().strategy.spill != Spill::Never
}
