//! Handing over: a host sends its clients what it has for them until they have it, over the connections that they
//! named last.

use penult_sim::Time;

use super::{Gateway, GatewayDisk, timer};
use crate::client::patience;
use crate::ids::{ClientId, DeliveryId};
use crate::note::{Note, Wait};
use crate::packet::Packet;
use crate::parts::Pace;
use crate::store::Spill;
use crate::strategies::mesh::device::lines::count_packet;
use crate::strategies::mesh::letters::{Down, Letter, Lines};
use crate::strategies::mesh::{Cx, MeshTimer};

/// What a gateway knows of a device.
#[derive(Debug)]
pub(super) struct Hosted {
    heard: Time,
    /// It said good-bye, or has not been heard for too long.
    offline: bool,
    /// A hand-over had no answer in time, and nothing was heard since.
    gone: bool,
    /// The connections that it named last; none if it never did.
    uses: Lines,
}

impl Hosted {
    fn is_away(&self, cx: &Cx<'_>) -> bool {
        let clients = &cx.world().clients;
        let longest = patience(clients.keepalive, clients.send_timeout);
        self.offline || self.gone || cx.now() - self.heard > longest
    }
}

impl Gateway {
    fn of(&mut self, device: ClientId) -> &mut Hosted {
        let heard = self.since;
        let uses = Lines::default();
        let new = || Hosted { heard, offline: false, gone: false, uses };
        self.hosted.entry(device).or_insert_with(new)
    }

    /// A device names the connections that it uses.
    pub(super) fn names(&mut self, device: ClientId, uses: Lines, _: &Cx<'_>) {
        self.of(device).uses = uses;
    }

    /// Whether a device is gone, or held for offline.
    pub(super) fn is_away(&self, device: ClientId, cx: &Cx<'_>) -> bool {
        self.hosted.get(&device).is_some_and(|hosted| hosted.is_away(cx))
    }

    /// The connections to a device: those that it named last; before any the first that it has, or all.
    fn lines_to(&self, device: ClientId, cx: &Cx<'_>) -> Lines {
        let named = self.hosted.get(&device).map_or(Lines::default(), |hosted| hosted.uses);
        if !named.is_empty() {
            return named;
        }
        let options = &cx.world().strategy;
        match options.devices[device.index()].lines.len() as u32 {
            0 => Lines::default(),
            count if options.use_all => Lines((1 << count) - 1),
            _ => Lines::one(0),
        }
    }

    /// Says something to a device.
    pub(super) fn say(&self, device: ClientId, down: &Down, cx: &mut Cx<'_>) {
        for via in self.lines_to(device, cx).iter() {
            self.say_over(device, via, down.clone(), cx);
        }
    }

    /// Says something to a device over one of its connections.
    pub(super) fn say_over(&self, device: ClientId, via: u32, down: Down, cx: &mut Cx<'_>) {
        let node = cx.world().places.client(device);
        let letter = Packet::Between(Letter::Down { via, down });
        count_packet(device, via, &letter, cx);
        cx.send_over(node, via, letter);
    }

    /// Hands over what is kept for a client; at once, unless it is held for offline.
    pub(super) fn hand_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let client = delivery.recipient;
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        kept.again.forget_times();
        let hosted = self.of(client);
        let (offline, gone) = (hosted.offline, hosted.gone);
        if !offline {
            self.send_mail(disk, delivery, cx);
        }
        if offline || gone {
            self.begin_back(disk, delivery, cx);
        }
    }

    fn send_mail(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let (now, client) = (cx.now(), delivery.recipient);
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        let since = std::mem::replace(&mut kept.since, now);
        let waited = std::mem::replace(&mut kept.handed, true);
        let mail = kept.mail.clone();
        if now > since {
            let to = cx.world().places.client(client);
            let why = if waited { Wait::For(to) } else { Wait::Away };
            cx.tell(Note::Waited { delivery, why, since });
        }
        self.say(client, &Down::Deliver(mail), cx);
        let clients = &cx.world().clients;
        let pace = Pace::growing(clients.send_timeout, clients.send_backoff);
        let kept = self.shelf(disk, cx).kept_mut(delivery).expect("it is still here");
        kept.again.said(pace, timer(MeshTimer::Unhanded(delivery)), cx);
    }

    /// No acknowledgement came in time: it is sent again, unless its client is held for offline. If nothing was heard
    /// of that since, it is gone.
    pub(super) fn unhanded(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let client = delivery.recipient;
        if !self.seats.hosts(client, cx) {
            return self.set_off(disk, delivery, cx);
        }
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        let since = kept.since;
        let clients = &cx.world().clients;
        let longest = patience(clients.keepalive, clients.send_timeout);
        let now = cx.now();
        let hosted = self.of(client);
        hosted.offline |= now - hosted.heard > longest;
        if hosted.offline {
            // Nothing is sent until it is heard, but others may carry.
            let kept = self.shelf(disk, cx).kept_mut(delivery).expect("it is kept");
            kept.again.rests();
            return self.begin_back(disk, delivery, cx);
        }
        if hosted.heard <= since && !std::mem::replace(&mut hosted.gone, true) {
            self.begin_back_for(disk, client, cx);
        }
        self.send_mail(disk, delivery, cx);
    }

    /// A device said good-bye.
    pub(super) fn left(&mut self, device: ClientId) {
        self.of(device).offline = true;
    }

    /// Something came from a device: it gets what it should long have had, and what it can carry if it was away.
    pub(super) fn heard(
        &mut self,
        disk: &mut GatewayDisk,
        device: ClientId,
        attaches: bool,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let was_away = self.is_away(device, cx);
        let hosted = self.of(device);
        hosted.heard = now;
        hosted.gone = false;
        let was_offline = std::mem::take(&mut hosted.offline);
        if !self.seats.hosts(device, cx) {
            return;
        }
        let timeout = cx.world().clients.send_timeout;
        for delivery in self.shelf(disk, cx).for_client(device) {
            let kept = self.shelf(disk, cx).kept_mut(delivery).expect("it is kept");
            if was_offline || attaches || now - kept.since > timeout {
                self.send_mail(disk, delivery, cx);
            }
        }
        if was_away || attaches {
            self.give_all_to(disk, device, cx);
        }
    }

    /// A client is hosted here from now on: it gets all that there is for it.
    pub(super) fn begin_hosting(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let hosted = self.of(client);
        (hosted.heard, hosted.offline, hosted.gone) = (now, false, false);
        for delivery in self.shelf(disk, cx).for_client(client) {
            self.hand_over(disk, delivery, cx);
        }
        self.give_all_to(disk, client, cx);
        if cx.world().strategy.spill != Spill::Never {
            self.parking.expect(client);
        }
    }
}
