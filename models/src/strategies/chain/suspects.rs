//! Suspicion: one gateway's opinion that another is dead. Any packet from the other ends it.

use std::collections::BTreeSet;

use super::gateway::{Gateway, GatewayDisk};
use super::letters::Letter;
use super::shelf::State;
use super::{ChainTimer, Cx, between, timer};
use crate::ids::GatewayId;
use crate::note::Note;

/// Whom a gateway takes for dead.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    /// Its own suspects.
    own: BTreeSet<GatewayId>,
    /// Whom others suspected when they took clients over: not to be put into a sequence until heard.
    named: BTreeSet<GatewayId>,
}

impl Suspects {
    #[inline]
    pub(super) fn has(&self, gateway: GatewayId) -> bool {
        self.own.contains(&gateway)
    }

    /// Whether a gateway is to be left out of new sequences.
    pub(super) fn avoids(&self, gateway: GatewayId) -> bool {
        self.own.contains(&gateway) || self.named.contains(&gateway)
    }
}

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
            if held.received && !route.mirrors {
                if let Some(guard) = held.guard() {
                    cx.cancel_timer(guard);
                }
                held.state = State::Resting;
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
        if self.suspects.own.insert(suspect) {
            cx.tell(Note::Suspected(cx.world().places.gateway(suspect)));
            self.forget_routes();
            let probe = cx.world().strategy.probe;
            cx.set_background_timer(probe, timer(ChainTimer::Probe(suspect)));
            self.plan_repair(suspect, cx);
        }
    }

    /// Another gateway took clients over because it suspected this one.
    pub(super) fn named_suspect(&mut self, suspect: GatewayId) {
        if self.suspects.named.insert(suspect) {
            self.forget_routes();
        }
    }

    /// Something came from a gateway: it lives.
    #[inline]
    pub(super) fn trust(&mut self, disk: &mut GatewayDisk, gateway: GatewayId, cx: &mut Cx<'_>) {
        self.offers.heard(gateway, cx.now());
        if self.suspects.avoids(gateway) {
            self.trust_again(disk, gateway, cx);
        }
    }

    #[cold]
    fn trust_again(&mut self, disk: &mut GatewayDisk, gateway: GatewayId, cx: &mut Cx<'_>) {
        self.suspects.named.remove(&gateway);
        let was_suspected = self.suspects.own.remove(&gateway);
        if was_suspected {
            cx.tell(Note::Trusted(cx.world().places.gateway(gateway)));
        }
        self.forget_routes();
        if was_suspected {
            self.suspect_lives(disk, gateway, cx);
        }
    }

    /// Asks a suspect whether it is there, again and again.
    pub(super) fn probe(&mut self, suspect: GatewayId, cx: &mut Cx<'_>) {
        if self.suspects.has(suspect) {
            between(suspect, Letter::Probe, cx);
            let probe = cx.world().strategy.probe;
            cx.set_background_timer(probe, timer(ChainTimer::Probe(suspect)));
        }
    }
}
