//! Watching hosts by what their clients acknowledge (`client_ack_timeout`).
//!
//! After the host has stored a delivery, the gateway that sent it there waits to hear that
//! the client has received it. If that takes too long and the host does not say that it holds
//! the device for offline, the host is suspected, and the client claimed. A gateway that took a client
//! over says so to whoever it got the mail from, which watches it in turn: so the client wanders up the
//! sequence until one can reach it. The source is watched by nobody, and to be watched again takes
//! another sending: no gateways claim in turn for ever.
//!
//! A device that vanished without a word is taken for online until two of its keepalives are missing.

use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::strategies::chain::held::{From, Held, State};
use crate::strategies::chain::letters::Device;
use crate::strategies::chain::{ChainTimer, Cx, timer};

impl Held {
    /// The gateway that is watched once it hosts the recipient: the next of the sequence; of mirrors, the
    /// one that fed this one.
    fn watched(&self) -> Option<GatewayId> {
        match self.from {
            _ if !self.copy.route.mirrors => self.sent_to,
            From::Gateway(from) if self.copy.place > 0 => Some(from),
            From::Gateway(_) | From::Sender | From::Store => None,
        }
    }
}

impl Gateway {
    /// What to say of a client's device beside an acknowledgement.
    pub(super) fn device_of(&self, client: ClientId, cx: &Cx<'_>) -> Device {
        if cx.world().strategy.client_ack_timeout.is_none() || !self.hosts(client, cx) {
            Device::Unknown
        } else if self.hosting.is_away(client, cx) {
            Device::Offline
        } else {
            Device::Online
        }
    }

    /// Tells everybody who may watch this gateway as a client's host how its device is.
    pub(super) fn tell_of_device(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &mut Cx<'_>,
    ) {
        if self.device_of(client, cx) == Device::Unknown {
            return;
        }
        for delivery in self.mail_of(disk, client, cx) {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            let mut others = held.others.clone();
            if let From::Gateway(from) = held.from {
                others.push(from);
            }
            if held.arrived {
                for other in others {
                    self.acknowledge(disk, delivery, other, cx);
                }
            }
        }
    }

    /// A gateway says how a device is that it hosts.
    pub(super) fn told_of_device(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        device: Device,
        cx: &mut Cx<'_>,
    ) {
        if cx.world().strategy.client_ack_timeout.is_none() {
            return;
        }
        let hosts = self.hosts(delivery.recipient, cx);
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        match device {
            // A mirror has it: it does not know of the device yet.
            Device::Unknown if hosts && held.copy.route.mirrors && held.copy.place == 0 => {
                self.acknowledge(disk, delivery, from, cx);
            }
            Device::Unknown => {}
            Device::Online => held.online_at = Some(from),
            Device::Offline => {
                held.online_at = held.online_at.filter(|&host| host != from);
                if matches!(held.state(), State::Watching { to, .. } if to == from) {
                    held.rest(cx);
                }
            }
        }
        self.watch_host(disk, delivery, cx);
    }

    /// Watches the host of a delivery's recipient, if that is for this gateway to do, and nothing else is.
    pub(super) fn watch_host(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let Some(timeout) = cx.world().strategy.client_ack_timeout else { return };
        if !self.may_take_over(delivery.recipient, cx) {
            return;
        }
        let (now, host) = (cx.now(), self.view(delivery.recipient, cx).host);
        let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { return };
        let is_online = held.arrived && !held.is_received() && held.online_at == Some(host);
        if is_online && held.state() == State::Resting && held.watched() == Some(host) {
            let guard = cx.set_timer(timeout, timer(ChainTimer::Unhanded(delivery)));
            held.set_watching(host, guard, now);
        }
    }

    /// The host has not said that its client acknowledged this, nor that it is offline.
    pub(super) fn unhanded(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let recipient = delivery.recipient;
        let held = self.shelf(disk, cx).get_mut(delivery).expect("what is guarded is held");
        let State::Watching { to, .. } = held.state() else { return };
        held.rest(cx);
        if !held.is_received() && self.view(recipient, cx).host == to {
            self.put_on_claim(disk, recipient, to, cx);
            self.seats.claim(&[recipient], Some(to), cx);
            self.suspect(disk, to, cx);
        }
    }
}
