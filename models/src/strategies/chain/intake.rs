//! Taking in: what of that which comes is new here, what policy runs over, and what a sender's device brings.

use std::rc::Rc;

use penult_sim::Span;

use super::Cx;
use super::gateway::{Gateway, GatewayDisk};
use super::letters::{Copy, InStore, Letter};
use super::shelf::From;
use super::storing::Work;
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId};
use crate::message::Message;
use crate::note::Note;
use crate::packet::{Down, Packet, Up};
use crate::policy::Verdict;
use crate::store::StoreLetter;

/// What a gateway knows of a delivery that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It was here and is done.
    Done,
    /// It is here.
    Held,
    /// It went to the external store from here.
    Parked,
    /// The disk is at it.
    Written,
    /// Nothing: it is new.
    Nothing,
}

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
        } else if self.writing.has(delivery) {
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
    pub(super) fn policy_runs(
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
                u32::from(is_new && !self.policy.has_refused(message, cx.now()))
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
            self.claim_sender(from, cx);
        }
        // What a gateway has, or had, is a delivery: it may know one recipient's and not another's.
        let (mut held, mut written, mut missing) = (None, false, Few::default());
        for delivery in message.deliveries() {
            match self.known(disk, delivery, false, cx) {
                Known::Held => {
                    let kept = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
                    kept.is_brought_by_sender();
                    held = Some(delivery);
                }
                Known::Written => written = true,
                Known::Done | Known::Parked => {}
                Known::Nothing => missing.push(delivery.recipient),
            }
        }
        if missing.is_empty() {
            return match held {
                Some(held) => self.accept(disk, held, cx),
                None if written => {}
                None => cx.send(device, Packet::Down(Down::Accepted(message.id))),
            };
        }
        let now = cx.now();
        if self.policy.has_refused(message, now) {
            return cx.send(device, Packet::Down(Down::Refused(message.id)));
        }
        let (options, hold) = (&cx.world().strategy.policy, cx.world().strategy.hold);
        cx.tell(Note::PolicyRan(message.id));
        let Verdict::Passes(flags) = self.policy.judge(options, message, now) else {
            self.policy.refuse(message, now, hold);
            return cx.send(device, Packet::Down(Down::Refused(message.id)));
        };
        if flags.stripped {
            cx.tell(Note::Stripped(message.id));
        }
        let mut copies = Few::default();
        for recipient in missing {
            cx.tell(Note::Kept(DeliveryId { message: message.id, recipient }));
            copies.push(self.first_copy(message, recipient, flags, cx));
        }
        self.write(disk, Work { copies, from: From::Sender, disk: Span::ZERO }, cx);
    }
}
