//! A gateway of the chain: its components, and what it does with them. Each file beside this one has one subject.

mod central;
mod client_watch;
mod deletion;
mod gathering;
mod handback;
mod hearing;
mod heartbeats;
mod intake;
mod offering;
mod parking;
mod receipting;
mod relay;
mod repair;
mod resync;
mod seating;
mod storing;
mod suspicion;
mod takeover;

use std::rc::Rc;

use penult_sim::{NodeId, Span};

use super::getting::Getting;
use super::giving::Giving;
use super::letters::Letter;
use super::offers::Offers;
use super::parcels::Parcels;
use super::receipts::Receipts;
use super::repairs::Repairs;
use super::reports::Reports;
use super::returning::Returning;
use super::route::{Route, Routes, Wanted};
use super::shelf::Shelf;
use super::spreading::Spreading;
use super::{ChainTimer, Cx, timer};
use crate::detector::Heartbeats;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::packet::{Packet, Up};
use crate::parts::hosting::{Hosting, Unacknowledged};
use crate::parts::parking::Parking;
use crate::parts::{Intake, Seats, Suspects, View};
use crate::world::QueuePlace;
use storing::Work;

/// A gateway's memory. What nearly every event needs comes first and so lies together: there are more
/// gateways than the processor's nearest cache has room for.
#[repr(C)]
pub struct Gateway {
    me: GatewayId,
    seats: Seats,
    /// Empty where queues are on disk.
    shelf: Shelf,
    hosting: Hosting,
    suspects: Suspects,
    offers: Offers,
    /// Who has yet to hear what became of a delivery.
    spreading: Spreading,
    /// What leaves at the end of the event in hand.
    parcels: Parcels,
    heartbeats: Option<Box<Heartbeats>>,
    intake: Intake<Work>,
    getting: Getting,
    /// What goes to the external store and comes from there.
    parking: Parking,
    /// The route of what has none yet: nobody but this gateway.
    alone: Route,
    routes: Routes,
    /// What has to be said of the triggers that came here.
    reports: Reports,
    returning: Returning,
    giving: Giving,
    repairs: Repairs,
    receipts: Receipts,
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
        Gateway::begin(Seats::new(me), cx)
    }

    /// Comes back: what is on the disk is there, what the directory says comes later.
    pub(super) fn recover(disk: &mut GatewayDisk, cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let mut gateway = Gateway::begin(Seats::returned(me), cx);
        gateway.rearm(disk, cx);
        gateway.getting.begin(cx);
        gateway.take_inventory(disk, cx);
        gateway.parcels.leave(cx);
        gateway
    }

    /// A device said something.
    pub(super) fn hear(&mut self, disk: &mut GatewayDisk, from: ClientId, up: Up, cx: &mut Cx<'_>) {
        self.device_said(disk, from, up, cx);
        self.parcels.leave(cx);
    }

    /// A letter came.
    #[inline(always)]
    pub(super) fn receive(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        self.letter_came(disk, from, letter, cx);
        self.parcels.leave(cx);
    }

    /// It is time for something.
    pub(super) fn wake(&mut self, disk: &mut GatewayDisk, timer: ChainTimer, cx: &mut Cx<'_>) {
        self.remind(disk, timer, cx);
        self.parcels.leave(cx);
    }

    /// How often policy runs over what a packet brings.
    pub(super) fn policy_runs(
        &mut self,
        disk: &mut GatewayDisk,
        packet: &Packet<Letter>,
        cx: &Cx<'_>,
    ) -> u32 {
        self.new_messages(disk, packet, cx)
    }

    fn begin(seats: Seats, cx: &mut Cx<'_>) -> Self {
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
            heartbeats: heartbeats::begin(me, cx).map(Box::new),
            reports: Reports::new(me),
            parking: Parking::default(),
            returning: Returning::default(),
            getting: Getting::default(),
            giving: Giving::default(),
            repairs: Repairs::new(me),
            receipts: Receipts::default(),
        }
    }

    #[inline]
    fn shelf<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        shelf(&mut self.shelf, disk, cx)
    }

    /// Who hosts a client, as far as this gateway knows.
    fn view(&self, client: ClientId, cx: &Cx<'_>) -> View {
        self.seats.view(client, cx)
    }

    /// Whether this gateway serves a client as its host.
    fn hosts(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        self.seats.hosts(client, cx)
    }

    /// Somebody else is suspected, or no longer: routes are chosen anew.
    fn forget_routes(&mut self) {
        self.routes.forget();
    }

    /// The route to the recipient's host, chosen now.
    fn route_to(&mut self, recipient: ClientId, sender: ClientId, cx: &Cx<'_>) -> Option<Route> {
        let host = self.view(recipient, cx).host;
        let wanted = Wanted { source: self.me, host, sender, recipient };
        self.routes.choose(wanted, cx.world(), |gateway| self.suspects.avoids(gateway))
    }

    /// Whether this gateway is one of those that may take a client over when its host is gone.
    fn may_take_over(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        !cx.world().strategy.split || cx.world().chain_of(client).contains(&self.me)
    }

    /// Hands a delivery to its recipient, who is hosted here.
    fn hand_over(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        debug_assert!(self.hosts(delivery.recipient, cx), "another hosts {}", delivery.recipient);
        let epoch = self.view(delivery.recipient, cx).epoch;
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        held.set_hosted();
        let (message, flags) = (held.copy.message.clone(), held.copy.flags);
        self.hosting.hand_over(message, flags, (delivery.recipient, epoch), cx);
    }

    /// What is on the disk needs its timers again.
    fn rearm(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
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
    fn ungreeted(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let is_host = self.seats.hosts_since(client, epoch, cx);
        if is_host && !self.hosting.has_heard_since(client, epoch) {
            self.greet(client, epoch, cx);
        }
    }

    fn unacknowledged(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        self.hosting.unacknowledged(Unacknowledged(delivery), cx);
        if self.hosting.is_away(delivery.recipient, cx) {
            self.tell_of_device(disk, delivery.recipient, cx);
        }
    }
}

/// The shelf that a gateway uses, its own or its disk's, for whoever needs the rest of the gateway beside it.
#[inline]
fn shelf<'a>(mine: &'a mut Shelf, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
    match cx.world().queue {
        QueuePlace::Memory => mine,
        QueuePlace::Disk => &mut disk.shelf,
    }
}

/// The same, to look at.
fn shelf_of<'a>(mine: &'a Shelf, disk: &'a GatewayDisk, cx: &Cx<'_>) -> &'a Shelf {
    match cx.world().queue {
        QueuePlace::Memory => mine,
        QueuePlace::Disk => &disk.shelf,
    }
}

/// The gateway that a node is.
fn gateway_of(node: NodeId, cx: &Cx<'_>) -> GatewayId {
    cx.world().places.as_gateway(node)
}
