//! Receipts: the sender's device is told that its message was received, by whoever hosts it; where the gateway that took
//! the message from it is dead, the next of the sequence sees to that.

use std::rc::Rc;

use super::Gateway;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Message;
use crate::strategies::chain::letters::Letter;
use crate::strategies::chain::{Cx, between};

impl Gateway {
    /// This recipient has a message whose sender is to hear of it from here.
    pub(super) fn receipt(&mut self, message: &Rc<Message>, recipient: ClientId, cx: &mut Cx<'_>) {
        let hold = cx.world().strategy.hold;
        if self.hosts(message.sender, cx) {
            self.hosting.tell_received(message, recipient, hold, cx);
        } else {
            let to = self.host_elsewhere(message.sender, cx);
            self.receipts.begin(message, recipient, to, cx);
        }
    }

    fn host_elsewhere(&self, client: ClientId, cx: &Cx<'_>) -> Option<GatewayId> {
        let host = self.view(client, cx).host;
        (host != self.me).then_some(host)
    }

    /// A client is hosted elsewhere by now: so is what it has yet to hear.
    pub(super) fn pass_receipts(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        for (message, recipient) in self.hosting.take_receipts(client, cx) {
            self.receipt(&message, recipient, cx);
        }
    }

    /// The sender's host has not said that it sees to it: whoever hosts the sender now is told.
    pub(super) fn unreceipted(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let Some(message) = self.receipts.unheard(delivery, cx) else { return };
        if self.hosts(message.sender, cx) {
            self.receipts.heard(delivery, cx);
            self.receipt(&message, delivery.recipient, cx);
        } else {
            let to = self.host_elsewhere(message.sender, cx);
            self.receipts.again(delivery, to, cx);
        }
    }

    /// Another gateway says that a client of this one is to hear that its message was received.
    pub(super) fn receipt_came(
        &mut self,
        from: GatewayId,
        message: &Rc<Message>,
        recipient: ClientId,
        cx: &mut Cx<'_>,
    ) {
        // Whoever hosts it answers; the other will hear of that one.
        if self.hosts(message.sender, cx) {
            let delivery = DeliveryId { message: message.id, recipient };
            between(from, Letter::ReceiptHeard(delivery), cx);
            self.receipt(message, recipient, cx);
        }
    }
}
