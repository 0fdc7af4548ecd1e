//! Repairs: the list of a host as it is now, and who steps into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::letters::Letter;
use super::options::Repair;
use super::route::Route;
use super::{Chain, ChainTimer, Cx, between, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::parts::{Insist, Pace, Saying, Suspects};

/// What became of a host's list.
#[derive(Debug)]
pub(super) struct Repairs {
    me: GatewayId,
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

impl Repairs {
    pub(super) fn new(me: GatewayId) -> Self {
        Repairs { me, list: None, replaced: BTreeMap::new(), asked: Insist::default() }
    }

    /// Whom the clients of this host turn to.
    pub(super) fn list(&self, cx: &Cx<'_>) -> Arc<[GatewayId]> {
        self.list.clone().unwrap_or_else(|| cx.world().list_of(self.me))
    }

    /// A gateway is suspected: if it is in the list, it will not be for long. True if it is to be replaced at once.
    pub(super) fn plan(&self, suspect: GatewayId, cx: &mut Cx<'_>) -> bool {
        let options = &cx.world().strategy;
        if options.repair == Repair::None || !self.list(cx).contains(&suspect) {
            return false;
        }
        let after = options.repair_after;
        if !after.is_zero() {
            cx.set_background_timer(after, timer(ChainTimer::Replace(suspect)));
        }
        after.is_zero()
    }

    /// Puts the next neighbour in the place of a suspect, if that is one still: who that is. Clients are told of the
    /// new list before it is asked.
    pub(super) fn replace(
        &mut self,
        suspect: GatewayId,
        suspects: &Suspects,
        cx: &Cx<'_>,
    ) -> Option<GatewayId> {
        let list = self.list(cx);
        let place = list.iter().position(|&member| member == suspect)?;
        if !suspects.has(suspect) {
            return None;
        }
        let mut neighbours = cx.world().neighbours[self.me.index()].iter().copied();
        let can_step_in = |near: &GatewayId| !list.contains(near) && !suspects.avoids(*near);
        let new = neighbours.find(can_step_in)?;
        let mut list = list.to_vec();
        list[place] = new;
        debug_assert!(list.contains(&self.me), "a host stays in its list");
        self.list = Some(list.into());
        self.replaced.remove(&new);
        self.replaced.insert(suspect, new);
        Some(new)
    }

    /// Asks a gateway to step in, until it has said what it has.
    pub(super) fn ask(&mut self, new: GatewayId, cx: &mut Cx<'_>) {
        self.asked.begin(new, Join, pace(cx), cx);
    }

    /// Whoever was asked has not said what it has: it is asked again. False if that was often enough.
    pub(super) fn ask_again(&mut self, new: GatewayId, cx: &mut Cx<'_>) -> bool {
        self.asked.say_up_to(cx.world().strategy.attempts, new, pace(cx), cx).is_none()
    }

    /// It has: it is sent what it lacks.
    pub(super) fn has_joined(&mut self, new: GatewayId, cx: &mut Cx<'_>) {
        self.asked.heard(new, cx);
    }

    /// There are new clients: those who stepped in get their queues too.
    pub(super) fn ask_anew(&mut self, cx: &mut Cx<'_>) {
        let stepped_in: Vec<GatewayId> = self.replaced.values().copied().collect();
        for new in stepped_in {
            if self.list(cx).contains(&new) && self.asked.get(new).is_none() {
                self.ask(new, cx);
            }
        }
    }

    /// Who stepped in for a suspect of a route that is to be fed beside it.
    #[inline]
    pub(super) fn stand_in(&self, route: &Route, suspects: &Suspects) -> Option<GatewayId> {
        if self.replaced.is_empty() {
            return None;
        }
        let is_missing =
            |member: &&GatewayId| suspects.has(**member) && self.replaced.contains_key(member);
        let missing = route.gateways.iter().find(is_missing)?;
        let new = self.replaced[missing];
        (!route.mirrors && new != self.me && !route.gateways.contains(&new)).then_some(new)
    }

    /// Whether a gateway stepped into the place of another.
    pub(super) fn has_stepped_in(&self, gateway: GatewayId) -> bool {
        self.replaced.values().any(|&new| new == gateway)
    }

    /// Tells a gateway whose place was taken that these are held here.
    pub(super) fn refuse_mirror(&self, other: GatewayId, held: Vec<DeliveryId>, cx: &mut Cx<'_>) {
        if self.replaced.contains_key(&other) && !held.is_empty() {
            between(other, Letter::Replaced(held.into()), cx);
        }
    }
}
