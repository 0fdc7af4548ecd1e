//! Offering: what is held for a client whom another gateway hosts is offered there, ids first, so that what the
//! host has is not sent.
//!
//! It is offered less and less often until the host has answered for all of it. To move mail on that was moved
//! before makes slow gateways slower, and who is slow may take its time. But the clients of one of which nothing
//! at all is heard until offers come as seldom as they can are claimed: it is gone, or out of reach from here.

use std::collections::BTreeMap;

use penult_sim::Time;

use super::gateway::{Gateway, GatewayDisk};
use super::held::State;
use super::letters::Letter;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::{Again, View};

/// What is offered for each client.
#[derive(Debug, Default)]
pub(super) struct Offers {
    open: BTreeMap<ClientId, Offer>,
    /// When each gateway was last heard while something was offered.
    heard: BTreeMap<GatewayId, Time>,
}

/// What a host has not answered, or not all of it.
#[derive(Debug)]
struct Offer {
    host: GatewayId,
    /// Something is offered for this client until the host has answered for all of it.
    again: Again,
    /// Since when it waits for this host.
    since: Time,
    /// How often in a row nothing at all had come from the host when it was time to offer again.
    silent: u32,
}

impl Offers {
    /// Something came from a gateway. All packets pass here: it is noted once, not for each client.
    #[inline]
    pub(super) fn heard(&mut self, gateway: GatewayId, now: Time) {
        if !self.open.is_empty() {
            self.heard.insert(gateway, now);
        }
    }

    fn was_heard(&self, offer: &Offer) -> bool {
        self.heard.get(&offer.host).is_some_and(|&at| at > offer.since)
    }

    /// The clients for whom something is offered to a gateway.
    fn to(&self, host: GatewayId) -> Vec<ClientId> {
        let all = self.open.iter().filter(|(_, offer)| offer.host == host);
        all.map(|(&client, _)| client).collect()
    }
}

impl Gateway {
    /// Offers deliveries of one client to its host. The next time comes when it would have come for what is
    /// offered already, be it to another: a client that changes its host often is not spoken of more often.
    pub(super) fn offer(&mut self, client: ClientId, offers: Vec<DeliveryId>, cx: &mut Cx<'_>) {
        let (View { host, .. }, since) = (self.view(client, cx), cx.now());
        match self.offers.open.get_mut(&client) {
            Some(offer) => {
                between(host, Letter::Offer(offers.into()), cx);
                offer.again.said_beside();
                if offer.host != host {
                    (offer.host, offer.since, offer.silent) = (host, since, 0);
                }
            }
            None => {
                let offer = Offer { host, again: Again::default(), since, silent: 0 };
                self.make_offer(client, offers, offer, cx);
            }
        }
    }

    fn make_offer(
        &mut self,
        client: ClientId,
        offers: Vec<DeliveryId>,
        mut offer: Offer,
        cx: &mut Cx<'_>,
    ) {
        between(offer.host, Letter::Offer(offers.into()), cx);
        offer.again.said(pace(cx), timer(ChainTimer::Unwanted(client)), cx);
        offer.since = cx.now();
        self.offers.open.insert(client, offer);
    }

    /// The host has said nothing of what was offered to it, or not of all.
    pub(super) fn unwanted(&mut self, disk: &mut GatewayDisk, client: ClientId, cx: &mut Cx<'_>) {
        let offer = self.offers.open.remove(&client).expect("what is guarded is offered");
        let View { host, .. } = self.view(client, cx);
        let open = self.not_arrived(disk, client, cx);
        if host == self.me || open.is_empty() {
            return;
        }
        let is_silent = offer.host == host && !self.offers.was_heard(&offer);
        let silent = if is_silent { offer.silent + 1 } else { 0 };
        let (pace, times) = (pace(cx), offer.again.times());
        let can_wait_longer = pace.wait_after(times) > pace.wait_after(times - 1);
        let is_gone = silent >= cx.world().strategy.attempts && !can_wait_longer;
        if !(is_gone && self.may_take_over(client, cx)) {
            return self.make_offer(client, open, Offer { host, silent, ..offer }, cx);
        }
        let mut clients = self.offers.to(host);
        // Some may have another host by now, or nothing that is still offered.
        clients.retain(|&other| {
            self.may_take_over(other, cx)
                && self.view(other, cx).host == host
                && !self.not_arrived(disk, other, cx).is_empty()
        });
        clients.push(client);
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
        self.refuse_mirror(from, here, cx);
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
