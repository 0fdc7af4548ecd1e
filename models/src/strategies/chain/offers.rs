//! Offers: what is held for a client whom another gateway hosts is offered there, ids first, so that what the
//! host has is not sent.
//!
//! It is offered less and less often until the host has answered for all of it. To move mail on that was moved
//! before makes slow gateways slower, and who is slow may take its time. But the clients of one of which nothing
//! at all is heard until offers come as seldom as they can are claimed: it is gone, or out of reach from here.

use std::collections::BTreeMap;

use penult_sim::Time;

use super::letters::Letter;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::Again;

/// What is offered for each client.
#[derive(Debug, Default)]
pub(super) struct Offers {
    open: BTreeMap<ClientId, Offer>,
    /// When each gateway was last heard while something was offered.
    heard: BTreeMap<GatewayId, Time>,
}

/// What a host has not answered, or not all of it.
#[derive(Debug)]
pub(super) struct Offer {
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

    /// Offers deliveries of one client to its host. The next time comes when it would have come for what is
    /// offered already, be it to another: a client that changes its host often is not spoken of more often.
    pub(super) fn make(
        &mut self,
        client: ClientId,
        host: GatewayId,
        deliveries: Vec<DeliveryId>,
        cx: &mut Cx<'_>,
    ) {
        let since = cx.now();
        match self.open.get_mut(&client) {
            Some(offer) => {
                between(host, Letter::Offer(deliveries.into()), cx);
                offer.again.said_beside();
                if offer.host != host {
                    (offer.host, offer.since, offer.silent) = (host, since, 0);
                }
            }
            None => {
                let offer = Offer { host, again: Again::default(), since, silent: 0 };
                self.send(client, deliveries, offer, cx);
            }
        }
    }

    fn send(
        &mut self,
        client: ClientId,
        deliveries: Vec<DeliveryId>,
        mut offer: Offer,
        cx: &mut Cx<'_>,
    ) {
        debug_assert!(!deliveries.is_empty(), "nothing is offered for {client}");
        between(offer.host, Letter::Offer(deliveries.into()), cx);
        offer.again.said(pace(cx), timer(ChainTimer::Unwanted(client)), cx);
        offer.since = cx.now();
        self.open.insert(client, offer);
    }

    /// The host has said nothing of what was offered to it, or not of all.
    pub(super) fn unwanted(&mut self, client: ClientId) -> Offer {
        self.open.remove(&client).expect("what is guarded is offered")
    }

    /// What is still open is offered again, unless nothing at all has come from the host for so long that it is
    /// taken for gone: then all clients for whom something is offered there, this one last.
    pub(super) fn make_again(
        &mut self,
        client: ClientId,
        host: GatewayId,
        deliveries: Vec<DeliveryId>,
        (offer, may_give_up): (Offer, bool),
        cx: &mut Cx<'_>,
    ) -> Option<Vec<ClientId>> {
        let is_silent = offer.host == host && !self.was_heard(&offer);
        let silent = if is_silent { offer.silent + 1 } else { 0 };
        let (pace, times) = (pace(cx), offer.again.times());
        let can_wait_longer = pace.wait_after(times) > pace.wait_after(times - 1);
        let is_gone = silent >= cx.world().strategy.attempts && !can_wait_longer;
        if is_gone && may_give_up {
            let mut clients = self.to(host);
            clients.push(client);
            return Some(clients);
        }
        self.send(client, deliveries, Offer { host, silent, ..offer }, cx);
        None
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
