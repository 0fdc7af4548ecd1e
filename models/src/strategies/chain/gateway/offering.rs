//! Offering: what is held for a client whom another gateway hosts is [offered](crate::strategies::chain::offers) there, and sent if the
//! host lacks it.

use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::View;
use crate::strategies::chain::held::State;
use crate::strategies::chain::letters::Letter;
use crate::strategies::chain::{Cx, between};

impl Gateway {
    /// The host has said nothing of what was offered to it, or not of all.
    pub(super) fn unwanted(&mut self, disk: &mut GatewayDisk, client: ClientId, cx: &mut Cx<'_>) {
        let offer = self.offers.unwanted(client);
        let View { host, .. } = self.view(client, cx);
        let open = self.not_arrived(disk, client, cx);
        if host == self.me || open.is_empty() {
            return;
        }
        let again = (offer, self.may_take_over(client, cx));
        let Some(mut clients) = self.offers.make_again(client, host, open, again, cx) else {
            return;
        };
        // Some may have another host by now, or nothing that is still offered.
        clients.retain(|&other| {
            self.may_take_over(other, cx)
                && self.view(other, cx).host == host
                && !self.not_arrived(disk, other, cx).is_empty()
        });
        self.give_up(disk, host, &clients, cx);
    }

    /// What is held for a client and goes nowhere, and the host has not said that it has it.
    fn not_arrived(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &Cx<'_>,
    ) -> Vec<DeliveryId> {
        self.shelf(disk, cx).held.pick(|delivery, held| {
            delivery.recipient == client && held.state() == State::Resting && !held.arrived
        })
    }

    /// A host is gone, or out of reach: its clients for whom something is offered there are claimed.
    fn give_up(
        &mut self,
        disk: &mut GatewayDisk,
        host: GatewayId,
        clients: &[ClientId],
        cx: &mut Cx<'_>,
    ) {
        self.suspect(disk, host, cx);
        for &client in clients {
            self.put_on_claim(disk, client, host, cx);
        }
        self.seats.claim(clients, Some(host), cx);
    }

    /// Another gateway holds these for clients that it takes to be hosted here.
    pub(super) fn offered(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        offers: &[DeliveryId],
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let mut wanted = Vec::new();
        let mut here = Vec::new();
        for &delivery in offers {
            let shelf = self.shelf(disk, cx);
            if let Some(over) = shelf.over(delivery, now) {
                between(from, over, cx);
            } else if let Some(held) = shelf.get_mut(delivery) {
                held.knows(from);
                self.acknowledge(disk, delivery, from, cx);
                here.push(delivery);
            } else {
                wanted.push(delivery);
            }
        }
        self.repairs.refuse_mirror(from, here, cx);
        if !wanted.is_empty() {
            between(from, Letter::Want(wanted.into()), cx);
        }
    }

    /// The new host lacks these.
    pub(super) fn wanted(&mut self, disk: &mut GatewayDisk, ids: &[DeliveryId], cx: &mut Cx<'_>) {
        for &delivery in ids {
            // Meanwhile the recipient may be hosted here.
            let elsewhere = self.view(delivery.recipient, cx).host != self.me;
            if elsewhere && self.shelf(disk, cx).held.contains(delivery) {
                self.relay_to_host(disk, delivery, cx);
            }
        }
    }
}
