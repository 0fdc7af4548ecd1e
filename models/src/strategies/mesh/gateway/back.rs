//! The way back: a host that doesn't reach a client asks the devices that it reaches to carry.

use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId};
use crate::strategies::mesh::letters::{Copies, Down};
use crate::strategies::mesh::{Cx, numbers};

impl Gateway {
    /// All that there is for a client begins its way back.
    pub(super) fn begin_back_for(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        cx: &mut Cx<'_>,
    ) {
        for delivery in self.shelf(disk, cx).for_client(client) {
            self.begin_back(disk, delivery, cx);
        }
    }

    /// A message begins its way back: each device that is hosted here and reached gets one copy.
    pub(super) fn begin_back(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        if !cx.world().strategy.back {
            return;
        }
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        if kept.copies.is_none() {
            let copies = cx.world().strategy.copies.map_or(Copies::Unlimited, Copies::Some);
            kept.copies = Some(copies);
        }
        for device in (0..cx.world().places.devices()).map(ClientId) {
            self.give(disk, delivery, device, cx);
        }
    }

    /// A device that attached, or is heard again, gets what it can carry.
    pub(super) fn give_all_to(
        &mut self,
        disk: &mut GatewayDisk,
        device: ClientId,
        cx: &mut Cx<'_>,
    ) {
        let kept = self.shelf(disk, cx).iter();
        let begun = kept.filter(|(_, kept)| kept.copies.is_some());
        let begun: Vec<DeliveryId> = begun.map(|(delivery, _)| delivery).collect();
        for delivery in begun {
            if self.is_away(delivery.recipient, cx) {
                self.give(disk, delivery, device, cx);
            }
        }
    }

    /// Gives a device a copy, if it can have one.
    fn give(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        device: ClientId,
        cx: &mut Cx<'_>,
    ) {
        let has_line = !cx.world().strategy.devices[device.index()].lines.is_empty();
        if device == delivery.recipient
            || !has_line
            || !self.seats.hosts(device, cx)
            || self.is_away(device, cx)
        {
            return;
        }
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        let Some(copies) = kept.copies.filter(|copies| copies.can_spread()) else { return };
        if kept.given.contains(&device) {
            return;
        }
        kept.copies = Some(copies.left());
        kept.given.push(device);
        let mail = kept.mail.clone();
        cx.tell(numbers::BACK.one());
        self.say(device, &Down::Carry(mail, copies.given()), cx);
    }
}
