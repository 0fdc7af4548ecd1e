//! What follows from a suspicion, and from its end.

use super::{Gateway, GatewayDisk};
use crate::ids::GatewayId;
use crate::parts::suspects::Was;
use crate::strategies::chain::Cx;

impl Gateway {
    /// A gateway did not answer often enough. Everything that waits for it moves at once.
    pub(super) fn suspect(&mut self, disk: &mut GatewayDisk, suspect: GatewayId, cx: &mut Cx<'_>) {
        self.take_for_dead(suspect, cx);
        let held = &self.shelf(disk, cx).held;
        let waiting = held.pick(|_, held| held.waits_for() == Some(suspect));
        let mut orphans = Vec::new();
        for delivery in waiting {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            let (route, place) = (held.copy.route.clone(), held.copy.place as usize);
            if held.is_received() && !route.mirrors {
                held.rest(cx);
                continue;
            }
            let is_suspected = |gateway: &GatewayId| self.suspects.has(*gateway);
            let rest_is_gone = route.gateways[place + 1..].iter().all(is_suspected);
            let may_take_over = self.may_take_over(delivery.recipient, cx);
            if rest_is_gone && !route.mirrors && may_take_over {
                orphans.push(delivery);
            } else {
                self.send_on(disk, delivery, cx);
            }
        }
        if !orphans.is_empty() {
            self.take_over(disk, &orphans, suspect, cx);
        }
    }

    /// Takes a gateway for dead from now on.
    pub(super) fn take_for_dead(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        if self.suspects.suspect(suspect, cx) {
            self.forget_routes();
            self.plan_repair(suspect, cx);
        }
    }

    /// Another gateway took clients over because it suspected this one: it is put into no sequence until heard.
    pub(super) fn named_suspect(&mut self, suspect: GatewayId) {
        if self.suspects.name(suspect) {
            self.forget_routes();
        }
    }

    /// Something came from a gateway: it lives.
    #[inline]
    pub(super) fn trust(&mut self, disk: &mut GatewayDisk, gateway: GatewayId, cx: &mut Cx<'_>) {
        self.offers.heard(gateway, cx.now());
        if let Some(was) = self.suspects.heard(gateway, cx) {
            self.trust_again(disk, gateway, was, cx);
        }
    }

    #[cold]
    fn trust_again(
        &mut self,
        disk: &mut GatewayDisk,
        gateway: GatewayId,
        was: Was,
        cx: &mut Cx<'_>,
    ) {
        self.forget_routes();
        if was == Was::Suspected {
            self.suspect_lives(disk, gateway, cx);
        }
    }
}
