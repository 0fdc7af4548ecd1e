//! The external store, as a gateway of `single` sees it: what was held for long enough goes there, and comes
//! back when its recipient is ready.

use super::gateway::{Brought, Context, Gateway, GatewayDisk, timer};
use super::shelf::Way;
use super::{Single, SingleTimer};
use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::parts::parking::{heard_of, taken};
use crate::store::{Mail, Spill, StoreLetter, WithStore};

impl Gateway {
    /// It was held for as long as messages are held.
    pub(super) fn hold_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        let home = cx.world().homes[delivery.recipient.index()];
        let is_home = cx.world().places.gateway(home) == cx.node();
        let options = &cx.world().strategy;
        let Some(kept) = self.shelf(disk, cx).get_mut(delivery) else { return };
        kept.over = true;
        let (in_store, beside) = (kept.in_store, kept.beside);
        if options.spill == Spill::Never {
            self.hosting.acknowledged(delivery, cx);
            self.let_go(disk, delivery, Drop::Expired, cx);
        } else if in_store {
            self.let_go_parked(disk, delivery, cx);
        } else if is_home {
            self.bring(disk, delivery, beside, cx);
        } else {
            // The home has it, or can't be reached: it had the time to bring it.
            let (timeout, times) = Single::patience(options);
            let wait = timeout.saturating_mul(times.into());
            cx.set_background_timer(wait, timer(SingleTimer::Unparked(delivery)));
        }
    }

    pub(super) fn unparked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        if self.shelf(disk, cx).get(delivery).is_some_and(|kept| kept.over) {
            self.bring(disk, delivery, true, cx);
        }
    }

    /// Brings what is kept to the store; by its id first if that may have it.
    pub(super) fn bring(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        asks: bool,
        cx: &mut Context<'_>,
    ) {
        let me = cx.world().places.as_gateway(cx.node());
        let kept = self.shelf(disk, cx).get(delivery).expect("it is kept");
        let source = match kept.way {
            Way::FromSender => me,
            Way::From(source) | Way::FromStore(source) => source,
        };
        let (message, flags) = (kept.message.clone(), kept.flags);
        let recipient = delivery.recipient;
        self.hosting.account(delivery, cx);
        self.parking.bring(Mail { message, recipient, flags, source, received: false }, asks, cx);
    }

    /// The store has it, so that nobody else need keep it.
    fn let_go_parked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Context<'_>,
    ) {
        if !self.shelf(disk, cx).park(delivery, cx) {
            return;
        }
        self.parking.stop(delivery, cx);
        self.hosting.acknowledged(delivery, cx);
        cx.tell(Note::Dropped(delivery, Drop::HandedOn));
        let home = cx.world().homes[delivery.recipient.index()];
        if cx.world().places.gateway(home) == cx.node() {
            self.parking.expect(delivery.recipient);
        }
    }

    pub(super) fn store_said(
        &mut self,
        disk: &mut GatewayDisk,
        letter: StoreLetter,
        cx: &mut Context<'_>,
    ) {
        match letter {
            StoreLetter::Has(delivery) => {
                self.parking.stop(delivery, cx);
                let Some(kept) = self.shelf(disk, cx).get_mut(delivery) else { return };
                kept.in_store = true;
                if kept.over {
                    self.let_go_parked(disk, delivery, cx);
                }
            }
            StoreLetter::Gone(delivery) => {
                self.hosting.acknowledged(delivery, cx);
                self.let_go(disk, delivery, Drop::Done, cx);
            }
            StoreLetter::Want(delivery) => {
                self.parking.wanted(delivery, cx);
            }
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
    fn handed(&mut self, disk: &mut GatewayDisk, mail: Mail, cx: &mut Context<'_>) {
        let (delivery, now) = (mail.delivery(), cx.now());
        let hold = cx.world().strategy.hold;
        let shelf = self.shelf(disk, cx);
        if shelf.is_done(delivery, now) {
            return self.parking.mark(delivery, true, cx);
        }
        if let Some(kept) = shelf.get_mut(delivery) {
            // It never left, or is on its way there once more: its time begins anew.
            if kept.over {
                (kept.over, kept.in_store, kept.beside, kept.stored) = (false, false, true, now);
                let guard = cx.set_background_timer(hold, timer(SingleTimer::HoldOver(delivery)));
                kept.hold_guard = guard;
                self.parking.stop(delivery, cx);
            }
            taken(delivery, cx);
        } else if !self.intake.is_at(delivery) {
            cx.tell(Note::Kept(delivery));
            let what = (mail.message, delivery.recipient);
            self.take_in(disk, what, mail.flags, Brought::Store(mail.source), None, cx);
        }
    }
}
