//! Repair: a host whose list has a suspect in it puts its next neighbour in that place, which gets the queue.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::gateway::{Gateway, GatewayDisk};
use super::getting::{Aim, Want};
use super::held::{From, State};
use super::letters::Letter;
use super::options::Repair;
use super::route::Route;
use super::{Chain, ChainTimer, Cx, between, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet};
use crate::parts::{Insist, Pace, Saying};

/// What became of a host's list.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    /// The list as it is now, if it is not the one that was configured.
    list: Option<Arc<[GatewayId]>>,
    /// Who was in it, and who is in that place now.
    replaced: BTreeMap<GatewayId, GatewayId>,
    /// Who was asked to step in and has not.
    asked: Insist<GatewayId, Join>,
}

/// A host asks another gateway to step into its list.
#[derive(Debug)]
struct Join;

impl Saying<Chain> for Join {
    type Key = GatewayId;

    fn say(&self, new: GatewayId, cx: &mut Cx<'_>) {
        between(new, Letter::Join, cx);
    }

    fn reminder(new: GatewayId) -> ChainTimer {
        ChainTimer::NotJoined(new)
    }
}

/// Who is asked to step in has as many attempts as any, and is then taken for dead.
fn pace(cx: &Cx<'_>) -> Pace {
    Pace::steady(cx.world().strategy.ack_timeout).in_background()
}

impl Gateway {
    /// Whom the clients of this host turn to.
    pub(super) fn list(&self, cx: &Cx<'_>) -> Arc<[GatewayId]> {
        self.repairs.list.clone().unwrap_or_else(|| cx.world().list_of(self.me))
    }

    /// A gateway is suspected: if it is in the list, it will not be for long.
    pub(super) fn plan_repair(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        let options = &cx.world().strategy;
        if options.repair == Repair::None || !self.list(cx).contains(&suspect) {
            return;
        }
        if options.repair_after.is_zero() {
            self.replace(suspect, cx);
        } else {
            let after = options.repair_after;
            cx.set_background_timer(after, timer(ChainTimer::Replace(suspect)));
        }
    }

    /// Puts the next neighbour in the place of a suspect, if that is one still.
    pub(super) fn replace(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        let list = self.list(cx);
        let Some(place) = list.iter().position(|&member| member == suspect) else { return };
        if !self.suspects.has(suspect) {
            return;
        }
        let mut neighbours = cx.world().neighbours[self.me.index()].iter().copied();
        let can_step_in = |near: &GatewayId| !list.contains(near) && !self.suspects.avoids(*near);
        let Some(new) = neighbours.find(can_step_in) else { return };
        let mut list = list.to_vec();
        list[place] = new;
        self.repairs.list = Some(list.into());
        self.repairs.replaced.remove(&new);
        self.repairs.replaced.insert(suspect, new);
        self.tell_list(cx);
        self.repairs.asked.begin(new, Join, pace(cx), cx);
    }

    /// Tells the clients whom to turn to from now on.
    fn tell_list(&self, cx: &mut Cx<'_>) {
        let list = self.list(cx);
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
        if self.repairs.asked.times(new) < cx.world().strategy.attempts {
            self.repairs.asked.say_again(new, pace(cx), cx);
        } else {
            self.repairs.asked.heard(new, cx);
            self.suspect(disk, new, cx);
        }
    }

    /// It has: it is sent what it lacks.
    pub(super) fn has_joined(&mut self, new: GatewayId, cx: &mut Cx<'_>) {
        self.repairs.asked.heard(new, cx);
    }

    /// There are new clients: those who stepped in get their queues too.
    pub(super) fn mirror_anew(&mut self, cx: &mut Cx<'_>) {
        let stepped_in: Vec<GatewayId> = self.repairs.replaced.values().copied().collect();
        for new in stepped_in {
            if self.list(cx).contains(&new) && self.repairs.asked.get(new).is_none() {
                self.repairs.asked.begin(new, Join, pace(cx), cx);
            }
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
        if self.repairs.replaced.is_empty() {
            return;
        }
        let me = self.me;
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        let route = held.copy.route.clone();
        let missing = route.gateways.iter().find(|&member| {
            self.suspects.has(*member) && self.repairs.replaced.contains_key(member)
        });
        let Some(&new) = missing.and_then(|member| self.repairs.replaced.get(member)) else {
            return;
        };
        if route.mirrors || new == me || route.gateways.contains(&new) {
            return;
        }
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        held.copy.route = Route { gateways: Rc::from([me, new]), mirrors: true };
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
        let list = self.list(cx);
        if list.contains(&returned) {
            if self.repairs.replaced.values().any(|&new| new == returned) {
                self.repairs.asked.begin(returned, Join, pace(cx), cx);
            }
            return;
        }
        for &member in list.iter() {
            if self.suspects.has(member) {
                self.plan_repair(member, cx);
            }
        }
        if self.list(cx).contains(&returned) {
            return;
        }
        let held = self.shelf(disk, cx).held.ids();
        let hosted = held.into_iter().filter(|delivery| self.hosts(delivery.recipient, cx));
        self.refuse_mirror(returned, hosted.collect(), cx);
    }

    /// Tells a gateway whose place was taken that these are held here. False if it was not.
    pub(super) fn refuse_mirror(
        &self,
        other: GatewayId,
        held: Vec<DeliveryId>,
        cx: &mut Cx<'_>,
    ) -> bool {
        let was_replaced = self.repairs.replaced.contains_key(&other);
        if was_replaced && !held.is_empty() {
            between(other, Letter::Replaced(held.into()), cx);
        }
        was_replaced
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
