//! A gateway of the chain: what it remembers, and who handles what.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{IdMap, NodeId, Span};

use super::claims::Claims;
use super::gathering::Report;
use super::giving::Giving;
use super::handback::Returning;
use super::lookups::LookUps;
use super::offers::Offers;
use super::parcels::Parcels;
use super::repair::Repairs;
use super::resync::Getting;
use super::route::{Route, Routes, Wanted};
use super::shelf::{Shelf, State};
use super::storing::Work;
use super::suspects::Suspects;
use super::unheard::AllUnheard;
use super::{ChainTimer, Cx, timer};
use crate::client::FIRST_EPOCH;
use crate::detector::Heartbeats;
use crate::hosting::{Hosting, Unacknowledged};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::packet::{Down, Packet, Up};
use crate::parking::Parking;
use crate::policy::Policy;
use crate::world::QueuePlace;
use crate::writing::Writing;

/// A gateway's memory. What nearly every event needs comes first and so lies together: there are more
/// gateways than the processor's nearest cache has room for.
#[repr(C)]
pub struct Gateway {
    pub(super) me: GatewayId,
    /// Whether this gateway may take those for its own whose home it is and of whom it heard nothing.
    /// One that returns hosts nobody before the directory says so.
    pub(super) settled: bool,
    /// Whom the directory said to host clients that are not at home.
    views: IdMap<View>,
    /// Empty where queues are on disk.
    pub(super) shelf: Shelf,
    pub(super) hosting: Hosting,
    pub(super) suspects: Suspects,
    pub(super) offers: Offers,
    /// Who has yet to hear what became of a delivery.
    pub(super) unheard: AllUnheard,
    /// What leaves at the end of the event in hand.
    pub(super) parcels: Parcels,
    pub(super) heartbeats: Option<Box<Heartbeats>>,
    /// What the disk is still busy with.
    pub(super) writing: Writing<Work>,
    pub(super) getting: Getting,
    /// What goes to the external store and comes from there.
    pub(super) parking: Parking,
    pub(super) claims: Claims,
    pub(super) policy: Policy,
    /// The route of what has none yet: nobody but this gateway.
    pub(super) alone: Route,
    routes: Routes,
    pub(super) lookups: LookUps,
    /// What has to be said of the triggers that came here.
    pub(super) reports: BTreeMap<DeliveryId, Report>,
    pub(super) returning: Returning,
    pub(super) giving: Giving,
    pub(super) repairs: Repairs,
}

/// Who hosts a client, as far as a gateway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) host: GatewayId,
    pub(super) epoch: u32,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
}

impl Gateway {
    pub(super) fn start(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        Gateway {
            me,
            alone: Route { gateways: Rc::from([me]), mirrors: false },
            hosting: Hosting::default(),
            policy: Policy::default(),
            shelf: Shelf::default(),
            writing: Writing::default(),
            suspects: Suspects::default(),
            claims: Claims::default(),
            offers: Offers::default(),
            lookups: LookUps::default(),
            views: IdMap::new(),
            settled: true,
            routes: Routes::default(),
            parcels: Parcels::default(),
            unheard: AllUnheard::default(),
            heartbeats: super::heartbeats::begin(me, cx).map(Box::new),
            reports: BTreeMap::new(),
            parking: Parking::default(),
            returning: Returning::default(),
            getting: Getting::default(),
            giving: Giving::default(),
            repairs: Repairs::default(),
        }
    }

    #[inline]
    pub(super) fn shelf<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        shelf(&mut self.shelf, disk, cx)
    }

    /// Who hosts a client, as far as this gateway knows.
    pub(super) fn view(&self, client: ClientId, cx: &Cx<'_>) -> View {
        let home = cx.world().homes[client.index()];
        self.views.get(client.0.into()).copied().unwrap_or(View { host: home, epoch: FIRST_EPOCH })
    }

    /// Learns who hosts a client. False if it is nothing new.
    pub(super) fn learn(&mut self, client: ClientId, view: View, cx: &Cx<'_>) -> bool {
        let newer = view.epoch > self.view(client, cx).epoch;
        if newer {
            self.views.insert(client.0.into(), view);
        }
        newer
    }

    /// Whether this gateway serves a client as its host.
    pub(super) fn hosts(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        let known = self.settled || self.views.contains(client.0.into());
        known && self.view(client, cx).host == self.me
    }

    /// Somebody else is suspected, or no longer: routes are chosen anew.
    pub(super) fn forget_routes(&mut self) {
        self.routes.forget();
    }

    /// The route to the recipient's host, chosen now.
    pub(super) fn route_to(
        &mut self,
        recipient: ClientId,
        sender: ClientId,
        cx: &Cx<'_>,
    ) -> Option<Route> {
        let host = self.view(recipient, cx).host;
        let wanted = Wanted { source: self.me, host, sender, recipient };
        self.routes.choose(wanted, cx.world(), |gateway| self.suspects.avoids(gateway))
    }

    /// Whether this gateway is one of those that may take a client over when its host is gone.
    pub(super) fn may_take_over(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        !cx.world().strategy.split || cx.world().chain_of(client).contains(&self.me)
    }

    /// A device said something.
    pub(super) fn hear(&mut self, disk: &mut GatewayDisk, from: ClientId, up: Up, cx: &mut Cx<'_>) {
        let attaches = matches!(up, Up::Attach { .. });
        // A device that knows of a later host takes this gateway for no host.
        let is_replaced = match up {
            Up::Attach { epoch } | Up::Stale { epoch } => epoch > self.view(from, cx).epoch,
            _ => false,
        };
        match up {
            Up::Submit(message) => self.submitted(disk, from, &message, cx),
            Up::Got(delivery) => {
                self.claims.answered(from);
                self.got(disk, delivery, cx);
            }
            Up::Keepalive => self.kept_alive(from, cx),
            Up::Bye => {
                self.hosting.left(from, cx);
                return self.tell_of_device(disk, from, cx);
            }
            Up::Attach { epoch } => self.asked_to_host(disk, from, epoch, cx),
            Up::Stale { epoch } => self.told_stale(disk, from, epoch, cx),
            Up::Happened { delivery, by } => self.happened(disk, from, delivery, by, cx),
            Up::Here => self.client_is_here(from, cx),
        }
        if !is_replaced && self.hosts(from, cx) {
            let was_away = self.hosting.heard(from, attaches, cx);
            if was_away {
                self.tell_of_device(disk, from, cx);
            }
            if self.parking.expects_mail() {
                let View { epoch, .. } = self.view(from, cx);
                self.parking.heard(from, epoch, cx);
            }
        }
    }

    fn kept_alive(&mut self, from: ClientId, cx: &mut Cx<'_>) {
        let device = cx.world().places.client(from);
        let View { host, epoch } = self.view(from, cx);
        if self.hosts(from, cx) {
            cx.send(device, Packet::Down(Down::Alive));
        } else if host != self.me {
            cx.send(device, Packet::Down(Down::Elsewhere { host, epoch }));
        }
    }

    /// Hands a delivery to its recipient, who is hosted here.
    pub(super) fn hand_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let epoch = self.view(delivery.recipient, cx).epoch;
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        held.state = State::Hosted;
        (held.arrived, held.handed_over) = (true, true);
        let (message, flags) = (held.copy.message.clone(), held.copy.flags);
        self.hosting.hand_over(message, flags, (delivery.recipient, epoch), cx);
    }

    /// What is on the disk needs its timers again.
    pub(super) fn rearm(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        let shelf = self.shelf(disk, cx);
        for delivery in shelf.held.ids() {
            let held = shelf.get_mut(delivery).expect("it was just listed");
            let held_for = now - held.copy.stored;
            let left = if held_for < hold { hold - held_for } else { Span::ZERO };
            let reminder = timer(ChainTimer::HoldOver(delivery));
            held.hold_guard = Some(cx.set_background_timer(left, reminder));
            (held.state, held.since) = (State::Resting, now);
        }
        self.resume_deletion(disk, cx);
    }

    /// The client has not said anything to its new host yet.
    pub(super) fn ungreeted(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let View { host, epoch: known } = self.view(client, cx);
        if host == self.me && known == epoch && !self.hosting.has_heard_since(client, epoch) {
            self.greet(client, epoch, cx);
        }
    }

    pub(super) fn unacknowledged(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        self.hosting.unacknowledged(Unacknowledged(delivery), cx);
        if self.hosting.is_away(delivery.recipient, cx) {
            self.tell_of_device(disk, delivery.recipient, cx);
        }
    }
}

/// The shelf that a gateway uses, its own or its disk's, for whoever needs the rest of the gateway beside it.
#[inline]
pub(super) fn shelf<'a>(
    mine: &'a mut Shelf,
    disk: &'a mut GatewayDisk,
    cx: &Cx<'_>,
) -> &'a mut Shelf {
    match cx.world().queue {
        QueuePlace::Memory => mine,
        QueuePlace::Disk => &mut disk.shelf,
    }
}

/// The gateway that a node is.
pub(super) fn gateway_of(node: NodeId, cx: &Cx<'_>) -> GatewayId {
    cx.world().places.as_gateway(node)
}
