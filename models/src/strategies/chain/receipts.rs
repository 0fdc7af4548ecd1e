//! Receipts: that what a client sent was received is told to its host, where that is another gateway, until that one
//! says that it sees to it.

use std::rc::Rc;

use penult_sim::Time;

use super::letters::Letter;
use super::{Chain, ChainTimer, Cx, between, pace};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Message;
use crate::parts::{Insist, Saying};

/// What the hosts of senders have yet to hear.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    open: Insist<DeliveryId, Receipt>,
}

#[derive(Debug)]
struct Receipt {
    message: Rc<Message>,
    /// Who hosts the sender; absent while nobody else does.
    to: Option<GatewayId>,
    /// It is kept for as long as messages are held.
    until: Time,
}

impl Saying<Chain> for Receipt {
    type Key = DeliveryId;

    fn say(&self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        if let Some(to) = self.to {
            let (message, recipient) = (self.message.clone(), delivery.recipient);
            between(to, Letter::Receipt { message, recipient }, cx);
        }
    }

    fn reminder(delivery: DeliveryId) -> ChainTimer {
        ChainTimer::Unreceipted(delivery)
    }
}

impl Receipts {
    /// Tells the sender's host that this recipient has a message.
    pub(super) fn begin(
        &mut self,
        message: &Rc<Message>,
        recipient: ClientId,
        to: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        let delivery = DeliveryId { message: message.id, recipient };
        let until = cx.now() + cx.world().strategy.hold;
        let receipt = Receipt { message: message.clone(), to, until };
        self.open.begin(delivery, receipt, pace(cx).in_background(), cx);
    }

    /// Nobody said that they see to this: whose message it is. It is not told any more when its time is over.
    pub(super) fn unheard(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) -> Option<Rc<Message>> {
        let receipt = self.open.get(delivery)?;
        if receipt.until < cx.now() {
            self.open.heard(delivery, cx);
            return None;
        }
        Some(receipt.message.clone())
    }

    /// It is told once more.
    pub(super) fn again(&mut self, delivery: DeliveryId, to: Option<GatewayId>, cx: &mut Cx<'_>) {
        if let Some(receipt) = self.open.get_mut(delivery) {
            receipt.to = to;
        }
        self.open.say_again(delivery, pace(cx).in_background(), cx);
    }

    /// The sender's host sees to it.
    pub(super) fn heard(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        self.open.heard(delivery, cx);
    }
}
