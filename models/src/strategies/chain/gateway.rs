//! A gateway of the chain: what it remembers, and who handles what.

use std::rc::Rc;

use penult_sim::{NodeId, Span};

use super::getting::Getting;
use super::giving::Giving;
use super::offers::Offers;
use super::parcels::Parcels;
use super::repairs::Repairs;
use super::reports::Reports;
use super::returning::Returning;
use super::route::{Route, Routes, Wanted};
use super::shelf::Shelf;
use super::spreading::Spreading;
use super::storing::Work;
use super::{ChainTimer, Cx, timer};
use crate::detector::Heartbeats;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::packet::Up;
use crate::parts::hosting::{Hosting, Unacknowledged};
use crate::parts::parking::Parking;
use crate::parts::{Intake, Seats, Suspects, View};
use crate::world::QueuePlace;

/// A gateway's memory. What nearly every event needs comes first and so lies together: there are more
/// gateways than the processor's nearest cache has room for.
#[repr(C)]
pub struct Gateway {
    pub(super) me: GatewayId,
    pub(super) seats: Seats,
    /// Empty where queues are on disk.
    pub(super) shelf: Shelf,
    pub(super) hosting: Hosting,
    pub(super) suspects: Suspects,
    pub(super) offers: Offers,
    /// Who has yet to hear what became of a delivery.
    pub(super) spreading: Spreading,
    /// What leaves at the end of the event in hand.
    pub(super) parcels: Parcels,
    pub(super) heartbeats: Option<Box<Heartbeats>>,
    pub(super) intake: Intake<Work>,
    pub(super) getting: Getting,
    /// What goes to the external store and comes from there.
    pub(super) parking: Parking,
    /// The route of what has none yet: nobody but this gateway.
    pub(super) alone: Route,
    routes: Routes,
    /// What has to be said of the triggers that came here.
    pub(super) reports: Reports,
    pub(super) returning: Returning,
    pub(super) giving: Giving,
    pub(super) repairs: Repairs,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
}

impl Gateway {
    pub(super) fn begin(seats: Seats, cx: &mut Cx<'_>) -> Self {
        let me = seats.me();
        Gateway {
            me,
            seats,
            alone: Route { gateways: Rc::from([me]), mirrors: false },
            hosting: Hosting::default(),
            shelf: Shelf::default(),
            intake: Intake::default(),
            suspects: Suspects::default(),
            offers: Offers::default(),
            routes: Routes::default(),
            parcels: Parcels::default(),
            spreading: Spreading::new(me),
            heartbeats: super::heartbeats::begin(me, cx).map(Box::new),
            reports: Reports::new(me),
            parking: Parking::default(),
            returning: Returning::default(),
            getting: Getting::default(),
            giving: Giving::default(),
            repairs: Repairs::new(me),
        }
    }

    #[inline]
    pub(super) fn shelf<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        shelf(&mut self.shelf, disk, cx)
    }

    /// Who hosts a client, as far as this gateway knows.
    pub(super) fn view(&self, client: ClientId, cx: &Cx<'_>) -> View {
        self.seats.view(client, cx)
    }

    /// Whether this gateway serves a client as its host.
    pub(super) fn hosts(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        self.seats.hosts(client, cx)
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
            Up::Attach { epoch } | Up::Stale { epoch } => self.seats.is_behind(from, epoch, cx),
            _ => false,
        };
        match up {
            Up::Submit(message) => self.submitted(disk, from, &message, cx),
            Up::Got(delivery) => {
                self.seats.is_taken_for_host(from);
                self.got(disk, delivery, cx);
            }
            Up::Keepalive => self.seats.kept_alive(from, cx),
            Up::Bye => {
                self.hosting.left(from, cx);
                return self.tell_of_device(disk, from, cx);
            }
            Up::Attach { epoch } => self.asked_to_host(disk, from, epoch, cx),
            Up::Stale { epoch } => self.told_stale(disk, from, epoch, cx),
            Up::Happened { delivery, by } => self.happened(disk, from, delivery, by, cx),
            Up::Here => self.returning.is_in_reach(from, cx),
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

    /// Hands a delivery to its recipient, who is hosted here.
    pub(super) fn hand_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let epoch = self.view(delivery.recipient, cx).epoch;
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        held.set_hosted();
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
            held.comes_back(cx.set_background_timer(left, reminder), now);
        }
        self.resume_deletion(disk, cx);
    }

    /// The client has not said anything to its new host yet.
    pub(super) fn ungreeted(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let is_host = self.seats.hosts_since(client, epoch, cx);
        if is_host && !self.hosting.has_heard_since(client, epoch) {
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
