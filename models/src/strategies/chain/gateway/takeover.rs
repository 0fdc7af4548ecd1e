//! Taking over: who may host a client whose host is gone, and what becomes of its mail.

use std::rc::Rc;
use std::sync::Arc;

use penult_sim::Time;

use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Note, Wait};
use crate::parts::View;
use crate::strategies::chain::Cx;
use crate::strategies::chain::held::State;
use crate::strategies::chain::route::Route;

impl Gateway {
    /// The host of these is gone, and nobody is left after this gateway: it claims their recipients, in one
    /// request.
    pub(super) fn take_over(
        &mut self,
        disk: &mut GatewayDisk,
        orphans: &[DeliveryId],
        suspect: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let mut clients = Vec::new();
        for &delivery in orphans {
            let recipient = delivery.recipient;
            let view = self.view(recipient, cx);
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
            held.stop_waiting(cx);
            held.set_claiming();
            if view.host != suspect && view.host != self.me {
                // Somebody else took over already, and this gateway has heard of it.
                self.relay_to_host(disk, delivery, cx);
            } else if !clients.contains(&recipient) {
                clients.push(recipient);
            }
        }
        self.seats.claim(&clients, Some(suspect), cx);
    }

    /// This gateway hosts a client from now on: the client is told, and gets what there is for it.
    pub(super) fn host(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        epoch: u32,
        since: Time,
        cx: &mut Cx<'_>,
    ) {
        self.hosting.set_epoch(client, epoch, cx);
        self.greet(client, epoch, cx);
        for delivery in self.mail_of(disk, client, cx) {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            let before = held.state();
            held.rest(cx);
            held.whole = true;
            if before == State::Claiming {
                cx.tell(Note::Waited { delivery, why: Wait::Handover, since });
            }
            if before == State::Hosted {
                self.hosting.acknowledged(delivery, cx);
            }
            self.hand_over(disk, delivery, cx);
            self.tell_back(disk, delivery, cx);
        }
        cx.tell(Note::HandedOver(client));
        self.tell_of_device(disk, client, cx);
        self.repairs.ask_anew(cx);
    }

    /// Says to a client that it is hosted here.
    pub(super) fn greet(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let list = self.list_for(client, cx);
        self.seats.greet(client, epoch, list, cx);
    }

    /// Whom a client that is hosted here turns to when this gateway fails.
    fn list_for(&self, client: ClientId, cx: &Cx<'_>) -> Arc<[GatewayId]> {
        let world = cx.world();
        if !world.strategy.split {
            return self.repairs.list(cx);
        }
        let others = world.chain_of(client).iter().copied().filter(|&other| other != self.me);
        std::iter::once(self.me).chain(others).collect()
    }

    /// The deliveries that are held for a client who does not have them, in the order of their ids.
    pub(super) fn mail_of(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &Cx<'_>,
    ) -> Vec<DeliveryId> {
        let held = &self.shelf(disk, cx).held;
        held.pick(|delivery, held| delivery.recipient == client && !held.is_received())
    }

    /// Another gateway hosts a client: what is held for it is offered there, ids first.
    pub(super) fn relay_all(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        claimed_since: Option<Time>,
        cx: &mut Cx<'_>,
    ) {
        let View { host, .. } = self.view(client, cx);
        self.pass_receipts(client, cx);
        let mut offers = Vec::new();
        for delivery in self.mail_of(disk, client, cx) {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            match (held.state(), claimed_since) {
                // The mail of a lost claim goes at once.
                (State::Claiming, Some(since)) => {
                    cx.tell(Note::Waited { delivery, why: Wait::Handover, since });
                    self.relay_to_host(disk, delivery, cx);
                }
                // What waits for the directory's word on its recipient sets off when that comes.
                (State::LookedUp, _) => {}
                _ => {
                    // Whoever stored it as the host before is not the host now.
                    held.arrived = false;
                    held.stop_waiting(cx);
                    // It may have been handed over beside the feeding of mirrors.
                    self.hosting.acknowledged(delivery, cx);
                    offers.push(delivery);
                }
            }
        }
        if !offers.is_empty() && host != self.me {
            self.offers.make(client, host, offers, cx);
        }
    }

    /// Sends what is held for a client straight to its host.
    pub(super) fn relay_to_host(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let me = self.me;
        let View { host, epoch } = self.view(delivery.recipient, cx);
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        held.stop_waiting(cx);
        held.copy.route = Route { gateways: Rc::from([me, host]), mirrors: false };
        (held.copy.place, held.copy.epoch) = (0, epoch);
        held.arrived = false;
        self.send_on(disk, delivery, cx);
    }

    /// Somebody else hosts a client by now: what there is for it is not sent to it again.
    pub(super) fn stop_serving(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &mut Cx<'_>,
    ) {
        for delivery in self.mail_of(disk, client, cx) {
            self.hosting.acknowledged(delivery, cx);
        }
    }
}
