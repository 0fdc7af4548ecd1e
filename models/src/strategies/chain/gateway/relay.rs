//! Relaying: each gateway stores, sends on, waits for an ack, and stays responsible until it hears that
//! the recipient's host has stored the message.

use super::{Gateway, GatewayDisk, shelf};
use crate::ids::{DeliveryId, GatewayId};
use crate::message::Recipients;
use crate::packet::{Down, Packet};
use crate::parts::View;
use crate::strategies::chain::counting::{await_ack, await_arrival};
use crate::strategies::chain::held::{From, Held, State};
use crate::strategies::chain::letters::{Letter, Stored};
use crate::strategies::chain::{ChainTimer, Cx, between, timer};

impl Gateway {
    /// A stored delivery goes where it has to go from here.
    pub(super) fn set_off(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let here = self.hosts(delivery.recipient, cx);
        let View { host, .. } = self.view(delivery.recipient, cx);
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        if let From::Gateway(from) = held.from
            && (held.copy.is_beside() || held.is_received())
        {
            return self.hold_beside(disk, delivery, from, cx);
        }
        let (from, route) = (held.from, &held.copy.route);
        let (mirrors, route_host) = (route.mirrors, route.host());
        let is_last = held.copy.place as usize + 1 == route.gateways.len();
        held.whole |= is_last;
        if here {
            self.hand_over(disk, delivery, cx);
        } else if mirrors && held.copy.place > 0 && host == route_host {
            // A mirror: the host has it, and hands it over.
            held.arrived = true;
        }
        if let From::Gateway(from) = from {
            self.acknowledge(disk, delivery, from, cx);
        }
        // The recipient is hosted elsewhere by now. Along a route to its host, the last one sees to it.
        let moved = !here && host != route_host;
        if !(is_last || moved && mirrors) {
            self.send_on(disk, delivery, cx);
        } else if here {
            self.feed_stand_in(disk, delivery, cx);
        } else if moved {
            if host != self.me {
                self.relay_to_host(disk, delivery, cx);
            } else if self.seats.is_settled() {
                self.seats.look_up(delivery.recipient, cx);
            }
        }
    }

    /// A stored delivery came from a host with the rest of a client's queue: it is received, or its client sent it and
    /// the recipient is hosted elsewhere. That host is offered it: whoever brought it may die before it has it.
    #[cold]
    fn hold_beside(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        from: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let View { host, .. } = self.view(delivery.recipient, cx);
        let is_received = self.shelf(disk, cx).held[delivery].is_received();
        if !is_received && self.hosts(delivery.recipient, cx) {
            self.hand_over(disk, delivery, cx);
        }
        self.acknowledge(disk, delivery, from, cx);
        if !is_received && host != self.me {
            self.offers.make(delivery.recipient, host, vec![delivery], cx);
        }
    }

    /// Sends to the next of the route that is not suspected. If that is nobody, the host is suspected:
    /// this gateway takes the recipient over.
    pub(super) fn send_on(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        let place = held.copy.place as usize;
        let rest = held.copy.route.gateways.iter().enumerate().skip(place + 1);
        let mut rest = rest.map(|(next_place, &next)| (next_place, next));
        let next = rest.find(|&(_, next)| !self.suspects.has(next));
        match next {
            Some((next_place, next)) if next_place > place + 1 && !self.is_linked(next, cx) => {
                self.send_around(disk, delivery, (next, next_place), cx);
            }
            Some((next_place, next)) => self.send_to(disk, delivery, next, next_place, 1, cx),
            None => self.has_no_next(disk, delivery, cx),
        }
    }

    fn is_linked(&self, other: GatewayId, cx: &Cx<'_>) -> bool {
        cx.world().map.linked_from(self.me).any(|linked| linked == other)
    }

    /// Between this gateway and the next that is not suspected somebody is left out, and no link leads across the gap:
    /// the rest of the way is planned anew. Where no way leads around, or chains are fixed, the network finds its own.
    #[cold]
    fn send_around(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        (next, next_place): (GatewayId, usize),
        cx: &mut Cx<'_>,
    ) {
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        let (route, place) = (&held.copy.route, held.copy.place as usize);
        let is_fixed = route.mirrors || cx.world().strategy.split;
        let avoided = |gateway| self.suspects.avoids(gateway);
        let anew = match is_fixed {
            true => None,
            false => self.routes.anew(route, place, cx.world(), avoided),
        };
        let Some(anew) = anew else {
            return self.send_to(disk, delivery, next, next_place, 1, cx);
        };
        let next = anew.gateways[place + 1];
        held.copy.route = anew;
        self.send_to(disk, delivery, next, place + 1, 1, cx);
    }

    /// Nobody else of the route is left to send this to.
    #[cold]
    fn has_no_next(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        let (mirrors, host) = (held.copy.route.mirrors, held.copy.route.host());
        if mirrors {
            held.whole = true;
            held.rest(cx);
            self.tell_back(disk, delivery, cx);
            self.watch_host(disk, delivery, cx);
        } else if self.may_take_over(delivery.recipient, cx) {
            self.take_over(disk, &[delivery], host, cx);
        } else {
            self.ask_host_again(disk, delivery, cx);
        }
    }

    /// Everybody after this gateway is suspected, and it may not replace the host: it keeps the message and
    /// sends it to the host again and again.
    pub(super) fn ask_host_again(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let limit = cx.world().strategy.attempts;
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        let (host, place) = (held.copy.route.host(), held.copy.route.gateways.len() - 1);
        let attempt = match held.state() {
            State::Sent { to, attempts, .. } if to == host && attempts > limit => attempts + 1,
            _ => limit + 1,
        };
        self.send_to(disk, delivery, host, place, attempt, cx);
    }

    /// Sends a copy, as attempt number `attempt`, and waits for its ack.
    pub(super) fn send_to(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        to: GatewayId,
        place: usize,
        attempt: u32,
        cx: &mut Cx<'_>,
    ) {
        debug_assert_ne!(to, self.me);
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        held.knows(to);
        // In the state Hosted the recipient is served beside; the mirrors are fed all the same.
        held.stop_waiting(cx);
        self.parcels.send_copy(to, held.copy.at(place as u32), cx);
        if attempt == 1 {
            (held.sent_to, held.turn) = (Some(to), cx.now());
        }
        let guard = await_ack(held, to, attempt, cx);
        held.set_sent(to, attempt, guard);
    }

    /// No ack came in time.
    pub(super) fn unacked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        to: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let limit = cx.world().strategy.attempts;
        let held = self.shelf(disk, cx).get_mut(delivery).expect("what is guarded is held");
        let State::Sent { to: waited, attempts, .. } = held.state() else { return };
        debug_assert_eq!(waited, to);
        if attempts < limit {
            self.send_again(disk, delivery, attempts + 1, cx);
        } else if attempts > limit {
            let together = self.sent_together(disk, delivery, cx);
            together.into_iter().for_each(|delivery| self.send_on(disk, delivery, cx));
        } else {
            self.suspect(disk, to, cx);
        }
    }

    /// Sends once more, as attempt number `attempt`, what waits for the same ack as this delivery.
    pub(super) fn send_again(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        attempt: u32,
        cx: &mut Cx<'_>,
    ) {
        for delivery in self.sent_together(disk, delivery, cx) {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            let to = held.waits_for().expect("it was sent");
            let place = place_of(held, to);
            self.send_to(disk, delivery, to, place, attempt, cx);
        }
    }

    /// The deliveries of a message that went in one packet with this one, and wait for the same ack.
    fn sent_together(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &Cx<'_>,
    ) -> Vec<DeliveryId> {
        let shelf = self.shelf(disk, cx);
        let sent = |delivery: &DeliveryId| {
            let held = shelf.held.get(*delivery)?;
            let State::Sent { to, attempts, .. } = held.state() else { return None };
            Some((to, attempts, held.since))
        };
        let mine = sent(&delivery);
        let message = shelf.held[delivery].copy.message.clone();
        message.deliveries().filter(|other| sent(other) == mine).collect()
    }

    /// Says what is known of a delivery to a gateway that brought it.
    pub(super) fn acknowledge(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        to: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let device = self.device_of(delivery.recipient, cx);
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        let (stored, whole, arrived) = (1 + held.beyond, held.whole, held.arrived);
        let shares = held.copy.message.recipients.as_slice().len() > 1;
        let what = Stored { delivery, stored, whole, arrived, device };
        self.parcels.send_ack(to, what, shares, cx);
    }

    /// More is known than was: whoever waits for that is told.
    pub(super) fn tell_back(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        match held.from {
            From::Gateway(from) => self.acknowledge(disk, delivery, from, cx),
            From::Sender => self.accept(disk, delivery, cx),
            From::Store => {}
        }
    }

    /// A gateway says that it has stored a delivery, and what it knows of the others.
    pub(super) fn acked(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        Stored { delivery, stored, whole, arrived, device }: Stored,
        cx: &mut Cx<'_>,
    ) {
        let needed = cx.world().strategy.accept_after;
        let host = self.view(delivery.recipient, cx).host;
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        // A mirror says so of the host that fed it, which may be the host no longer.
        let arrived = arrived && (!held.copy.route.mirrors || from == host);
        let before = (held.beyond.min(needed), held.whole, held.arrived);
        held.beyond = held.beyond.max(stored);
        held.whole |= whole;
        held.arrived |= arrived;
        let after = (held.beyond.min(needed), held.whole, held.arrived);
        if held.waits_for() == Some(from) {
            held.rest(cx);
            if !held.arrived {
                held.set_passed(from, await_arrival(delivery, from, cx));
            }
            held.since = cx.now();
        }
        // A grown number matters only while somebody waits for it.
        let waits = matches!(held.from, From::Sender) || 1 < needed;
        if before.2 != after.2 || waits && before != after {
            self.tell_back(disk, delivery, cx);
        }
        self.told_of_device(disk, from, delivery, device, cx);
    }

    /// The successor has it, but has not said that the host has.
    pub(super) fn unarrived(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        to: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let (limit, timeout) = (cx.world().strategy.attempts, cx.world().strategy.ack_timeout);
        let held = self.shelf(disk, cx).get_mut(delivery).expect("what is guarded is held");
        let State::Passed { to: asked, questions, .. } = held.state() else { return };
        debug_assert_eq!(asked, to);
        if questions >= limit {
            return self.suspect(disk, to, cx);
        }
        between(to, Letter::Question(delivery), cx);
        let guard = cx.set_timer(timeout, timer(ChainTimer::Unarrived(delivery, to)));
        held.asked_again(guard);
    }

    /// A predecessor asks what became of a delivery.
    pub(super) fn questioned(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        if let Some(over) = shelf.over(delivery, now) {
            return between(from, over, cx);
        }
        let Some(held) = shelf.get_mut(delivery) else {
            return between(from, Letter::Lacking(delivery), cx);
        };
        held.knows(from);
        match held.state() {
            _ if held.arrived => self.acknowledge(disk, delivery, from, cx),
            // Its own claim waits for the directory: silence, so that others act.
            State::Claiming => {}
            _ => between(from, Letter::Working(delivery), cx),
        }
    }

    /// The successor is at it: the count of unanswered questions starts anew.
    pub(super) fn works(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        cx: &Cx<'_>,
    ) {
        if let Some(held) = self.shelf(disk, cx).get_mut(delivery) {
            held.is_worked_on_by(from);
        }
    }

    /// The successor does not have it any more: it gets it again.
    pub(super) fn lacks(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        if held.waits_for() == Some(from) {
            let place = place_of(held, from);
            self.send_to(disk, delivery, from, place, 1, cx);
        }
    }

    /// Tells the sender's device that the system has its message, once enough gateways do.
    pub(super) fn accept(&mut self, disk: &mut GatewayDisk, any: DeliveryId, cx: &mut Cx<'_>) {
        let (needed, now) = (cx.world().strategy.accept_after, cx.now());
        let shelf = self.shelf(disk, cx);
        let Some(held) = shelf.get_mut(any) else { return };
        if matches!(held.copy.message.recipients, Recipients::Several(_)) {
            return self.accept_for_all(disk, any, cx);
        }
        if held.accepted || !held.is_safe(needed) && !shelf.is_over(any, now) {
            return;
        }
        let held = shelf.get_mut(any).expect("it is held");
        held.accepted = true;
        let device = cx.world().places.client(held.copy.message.sender);
        cx.send(device, Packet::Down(Down::Accepted(any.message)));
    }

    /// The same for a message with several recipients: enough gateways must have it for each of them.
    fn accept_for_all(&mut self, disk: &mut GatewayDisk, any: DeliveryId, cx: &mut Cx<'_>) {
        let (needed, now) = (cx.world().strategy.accept_after, cx.now());
        let shelf = self.shelf(disk, cx);
        let message = shelf.held[any].copy.message.clone();
        for delivery in message.deliveries() {
            let is_safe = shelf.held.get(delivery).is_some_and(|held| held.is_safe(needed));
            if !is_safe && !shelf.is_over(delivery, now) {
                return;
            }
        }
        let mut news = false;
        for delivery in message.deliveries() {
            if let Some(held) = shelf.get_mut(delivery) {
                news |= !std::mem::replace(&mut held.accepted, true);
            }
        }
        if news {
            let device = cx.world().places.client(message.sender);
            cx.send(device, Packet::Down(Down::Accepted(message.id)));
        }
    }
}

/// Where a gateway stands in the route of what is held.
fn place_of(held: &Held, gateway: GatewayId) -> usize {
    let place = held.copy.route.gateways.iter().position(|&other| other == gateway);
    place.expect("it was sent along its route")
}
