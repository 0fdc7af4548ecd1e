//! Telling what the user did: that a message was read, viewed or answered, where gateways wait for that.
//!
//! It is told to the present host, and again until somebody says that it was heard; the device keeps it
//! on its disk until then.

use std::rc::Rc;

use super::received::Received;
use super::{Client, ClientDisk, ClientTimer, Cx, Side, timer};
use crate::delete_on::DeleteOn;
use crate::ids::{DeliveryId, GatewayId};
use crate::line::{Line, Named};
use crate::message::Message;
use crate::packet::Up;
use crate::parts::{Again, Pace};
use crate::server::Server;

/// What a device has told of its user, and what of that nobody has heard.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// With what something happened, for as long as it can come again.
    happened: Received,
    unheard: Line<Unheard>,
}

#[derive(Debug)]
struct Unheard {
    delivery: DeliveryId,
    /// The gateway that brought the message.
    by: GatewayId,
    again: Again,
}

impl Named for Unheard {
    fn name(&self) -> u64 {
        self.delivery.key()
    }
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    /// The user did something with a message.
    pub(super) fn happened(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        what: DeleteOn,
        message: &Rc<Message>,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        // Of several that delete it, the first counts.
        if !cx.world().needs.tells.has(what) || !disk.attention().telling.happened.insert(message) {
            return;
        }
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        self.begin_telling(disk, delivery, by, cx);
    }

    /// A message came once more: if it was read long ago, its host has yet to hear of that.
    pub(super) fn tell_again(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        let Some(attention) = &disk.attention else { return };
        if attention.telling.happened.contains(delivery.message) {
            self.begin_telling(disk, delivery, by, cx);
        }
    }

    fn begin_telling(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        let unheard = &mut disk.attention().telling.unheard;
        match unheard.get_mut(delivery.key()) {
            Some(unheard) => unheard.by = by,
            None => {
                unheard.push(Unheard { delivery, by, again: Again::default() });
                self.tell(disk, delivery, cx);
            }
        }
    }

    fn tell(&mut self, disk: &mut ClientDisk<X::Disk>, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if !self.online {
            return;
        }
        let options = &cx.world().clients;
        let unheard = disk.attention().telling.unheard.get_mut(delivery.key());
        let unheard = unheard.expect("what is told was not heard");
        let by = unheard.by;
        let pace = Pace::growing(options.send_timeout, options.send_backoff);
        unheard.again.said(pace, timer(ClientTimer::Untold(delivery)), cx);
        self.send_host(Up::Happened { delivery, by }, cx);
    }

    /// Nobody said that it was heard.
    pub(super) fn untold(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        self.tell(disk, delivery, cx);
    }

    pub(super) fn told(disk: &mut ClientDisk<X::Disk>, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(mut unheard) = disk.attention().telling.unheard.remove(delivery.key()) {
            unheard.again.stop(cx);
        }
    }

    /// Tells everything at once: after a return, or a new life.
    pub(super) fn tell_all(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let Some(attention) = &mut disk.attention else { return };
        let mut all = Vec::new();
        attention.telling.unheard.for_each(|unheard| {
            unheard.again.forget_times();
            all.push(unheard.delivery);
        });
        all.into_iter().for_each(|delivery| self.tell(disk, delivery, cx));
    }

    /// Stops waiting for answers that can't come.
    pub(super) fn rest_telling(disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let Some(attention) = &mut disk.attention else { return };
        attention.telling.unheard.for_each(|unheard| unheard.again.stop(cx));
    }
}
