//! Repair: a host whose list has a suspect in it puts its next neighbour in that [place](crate::strategies::chain::repairs), which gets
//! the queue.

use std::rc::Rc;

use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::strategies::chain::Cx;
use crate::strategies::chain::getting::{Aim, Want};
use crate::strategies::chain::held::{From, State};
use crate::strategies::chain::options::Repair;
use crate::strategies::chain::route::Route;

impl Gateway {
    /// A gateway is suspected: if it is in the list, it will not be for long.
    pub(super) fn plan_repair(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        if self.repairs.plan(suspect, cx) {
            self.replace(suspect, cx);
        }
    }

    /// Puts the next neighbour in the place of a suspect, if that is one still.
    pub(super) fn replace(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        if let Some(new) = self.repairs.replace(suspect, &self.suspects, cx) {
            self.tell_list(cx);
            self.repairs.ask(new, cx);
        }
    }

    /// Tells the clients whom to turn to from now on.
    fn tell_list(&self, cx: &mut Cx<'_>) {
        let list = self.repairs.list(cx);
        for client in (0..cx.world().places.clients).map(ClientId) {
            if self.hosts(client, cx) {
                let epoch = self.view(client, cx).epoch;
                let hosted = Down::Hosted { epoch, list: list.clone() };
                cx.send(cx.world().places.client(client), Packet::Down(hosted));
            }
        }
    }

    /// Whoever steps in has not said what it has: it may be dead as well.
    pub(super) fn not_joined(&mut self, disk: &mut GatewayDisk, new: GatewayId, cx: &mut Cx<'_>) {
        if !self.repairs.ask_again(new, cx) {
            self.suspect(disk, new, cx);
        }
    }

    /// A host asks this gateway to step into its list.
    pub(super) fn asked_to_join(
        &mut self,
        disk: &mut GatewayDisk,
        host: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        if !self.getting.is_mirroring(host) {
            self.synchronise(disk, host, Vec::new(), Want::new(Aim::Mirror), cx);
        }
    }

    /// A delivery came to its host along a sequence with a suspect in it that has been replaced: it goes
    /// to whoever stepped in.
    pub(super) fn feed_stand_in(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let held = super::shelf(&mut self.shelf, disk, cx).get_mut(delivery);
        let held = held.expect("it is held");
        let Some(new) = self.repairs.stand_in(&held.copy.route, &self.suspects) else { return };
        held.copy.route = Route { gateways: Rc::from([self.me, new]), mirrors: true };
        held.copy.place = 0;
        self.send_on(disk, delivery, cx);
    }

    /// A suspect lives. If its place was taken, it need not hold what is held here. If it stepped in or
    /// can, it is asked to.
    pub(super) fn suspect_lives(
        &mut self,
        disk: &mut GatewayDisk,
        returned: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        if cx.world().strategy.repair == Repair::None {
            return;
        }
        let list = self.repairs.list(cx);
        if list.contains(&returned) {
            if self.repairs.has_stepped_in(returned) {
                self.repairs.ask(returned, cx);
            }
            return;
        }
        for &member in list.iter() {
            if self.suspects.has(member) {
                self.plan_repair(member, cx);
            }
        }
        if self.repairs.list(cx).contains(&returned) {
            return;
        }
        let held = self.shelf(disk, cx).held.ids();
        let hosted = held.into_iter().filter(|delivery| self.hosts(delivery.recipient, cx));
        self.repairs.refuse_mirror(returned, hosted.collect(), cx);
    }

    /// Another has the place of this gateway. What that host holds for its clients is dropped here, but for
    /// what a device has given to this gateway, and for those who are on their way home.
    pub(super) fn was_replaced(
        &mut self,
        disk: &mut GatewayDisk,
        host: GatewayId,
        ids: &[DeliveryId],
        cx: &mut Cx<'_>,
    ) {
        for &delivery in ids {
            let client = delivery.recipient;
            let is_his = self.seats.is_settled() && self.view(client, cx).host == host;
            if !is_his || self.returning.is_bound(client) || self.seats.asks_about(client) {
                continue;
            }
            let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { continue };
            if held.from == From::Sender || held.state() == State::Hosted {
                continue;
            }
            self.shelf(disk, cx).drop(delivery, cx);
            self.hosting.acknowledged(delivery, cx);
            // It may have been on its way to the store from here: its host sees to that.
            self.parking.stop(delivery, cx);
            cx.tell(Note::Dropped(delivery, Drop::HandedOn));
        }
    }
}
