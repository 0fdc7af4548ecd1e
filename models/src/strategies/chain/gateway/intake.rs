//! Taking in: what of that which comes is new here, what policy runs over, and what a sender's device brings.

use std::rc::Rc;

use super::storing::Work;
use super::{Gateway, GatewayDisk};
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId};
use crate::message::Message;
use crate::note::Note;
use crate::packet::{Down, Packet, Up};
use crate::parts::{Known, Sorted};
use crate::store::StoreLetter;
use crate::strategies::chain::Cx;
use crate::strategies::chain::held::From;
use crate::strategies::chain::letters::{Copy, InStore, Letter};

impl Gateway {
    /// What is known here of a delivery. One that comes back from the external store is new again.
    #[inline(always)]
    pub(super) fn known(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        comes_back: bool,
        cx: &Cx<'_>,
    ) -> Known {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        if shelf.is_done(delivery, now) {
            Known::Done
        } else if shelf.held.contains(delivery) {
            Known::Held
        } else if !comes_back && shelf.is_parked(delivery, now) {
            Known::Parked
        } else if self.intake.is_at(delivery) {
            Known::Written
        } else {
            Known::Nothing
        }
    }

    #[inline(never)]
    fn is_new(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        comes_back: bool,
        cx: &Cx<'_>,
    ) -> bool {
        self.known(disk, delivery, comes_back, cx) == Known::Nothing
    }

    /// How often policy runs over what a packet brings: once over each message that is new here.
    pub(super) fn new_messages(
        &mut self,
        disk: &mut GatewayDisk,
        packet: &Packet<Letter>,
        cx: &Cx<'_>,
    ) -> u32 {
        let everywhere = cx.world().strategy.policy_everywhere;
        let mut is_new =
            |copy: &Copy| self.is_new(disk, copy.delivery(), copy.in_store == InStore::Back, cx);
        match packet {
            Packet::Up(Up::Submit(message)) => {
                let is_new = message.deliveries().any(|of| self.is_new(disk, of, false, cx));
                u32::from(is_new && self.intake.will_judge(message, cx.now()))
            }
            Packet::Between(letter) if everywhere => match letter {
                Letter::Relay(copy) => is_new(copy).into(),
                Letter::RelayAll(copies) => copies.iter().any(is_new).into(),
                Letter::Batch { copies, .. } => {
                    copies.iter().map(|copy| u32::from(is_new(copy))).sum()
                }
                Letter::Store(letter) => match &**letter {
                    StoreLetter::Hand { mail, .. } => {
                        self.is_new(disk, mail.delivery(), true, cx).into()
                    }
                    _ => 0,
                },
                _ => 0,
            },
            _ => 0,
        }
    }

    /// A device asks to send. Whoever is asked takes it, stores it, says so and relays it.
    pub(super) fn submitted(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        message: &Rc<Message>,
        cx: &mut Cx<'_>,
    ) {
        let device = cx.world().places.client(from);
        if !self.hosts(from, cx) {
            self.seats.claim_sender(from, cx);
        }
        // What a gateway has, or had, is a delivery: it may know one recipient's and not another's.
        let Sorted { held, is_written, missing } = Sorted::of(message, |delivery| {
            let known = self.known(disk, delivery, false, cx);
            if known == Known::Held {
                let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
                held.is_brought_by_sender();
            }
            known
        });
        if missing.is_empty() {
            return match held {
                Some(held) => self.accept(disk, held, cx),
                None if is_written => {}
                None => cx.send(device, Packet::Down(Down::Accepted(message.id))),
            };
        }
        let hold = cx.world().strategy.hold;
        let Some(flags) = self.intake.judge(message, hold, cx) else { return };
        let mut copies = Few::default();
        for delivery in missing {
            cx.tell(Note::Kept(delivery));
            copies.push(self.first_copy(message, delivery.recipient, flags, cx));
        }
        self.write(disk, Work { copies, from: From::Sender }, cx);
    }
}
