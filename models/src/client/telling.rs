//! Telling what the user did: that a message was read, viewed or answered, where gateways wait for that.
//!
//! It is told to the present host, and again until somebody says that it was heard; the device keeps it
//! on its disk until then.

use std::rc::Rc;

use penult_sim::TimerId;

use super::received::Received;
use super::{Client, ClientDisk, ClientTimer, Cx, timer};
use crate::delete_on::DeleteOn;
use crate::ids::{DeliveryId, GatewayId};
use crate::line::{Line, Named};
use crate::message::Message;
use crate::packet::Up;
use crate::server::Server;
use crate::world::backed_off;

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
    sends: u32,
    /// Absent while the device is offline.
    guard: Option<TimerId>,
}

impl Named for Unheard {
    fn name(&self) -> u64 {
        self.delivery.key()
    }
}

impl Client {
    /// The user did something with a message.
    pub(super) fn happened<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        what: DeleteOn,
        message: &Rc<Message>,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        if cx.world().clients.tells != Some(what) {
            return;
        }
        disk.attention().telling.happened.insert(message);
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        self.begin_telling(disk, delivery, by, cx);
    }

    /// A message came once more: if it was read long ago, its host has yet to hear of that.
    pub(super) fn tell_again<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        let Some(attention) = &disk.attention else { return };
        if attention.telling.happened.contains(delivery.message) {
            self.begin_telling(disk, delivery, by, cx);
        }
    }

    fn begin_telling<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        delivery: DeliveryId,
        by: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        let unheard = &mut disk.attention().telling.unheard;
        match unheard.get_mut(delivery.key()) {
            Some(unheard) => unheard.by = by,
            None => {
                unheard.push(Unheard { delivery, by, sends: 0, guard: None });
                self.tell(disk, delivery, cx);
            }
        }
    }

    fn tell<S: Server>(&mut self, disk: &mut ClientDisk, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if !self.online {
            return;
        }
        let options = &cx.world().clients;
        let unheard = disk.attention().telling.unheard.get_mut(delivery.key());
        let unheard = unheard.expect("what is told was not heard");
        let Unheard { by, sends, .. } = *unheard;
        unheard.sends += 1;
        let wait = backed_off(options.send_timeout, options.send_backoff, sends);
        unheard.guard = Some(cx.set_timer(wait, timer(ClientTimer::Untold(delivery))));
        self.send_host(Up::Happened { delivery, by }, cx);
    }

    /// Nobody said that it was heard.
    pub(super) fn untold<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        self.tell(disk, delivery, cx);
    }

    pub(super) fn told<S: Server>(disk: &mut ClientDisk, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(unheard) = disk.attention().telling.unheard.remove(delivery.key())
            && let Some(guard) = unheard.guard
        {
            cx.cancel_timer(guard);
        }
    }

    /// Tells everything at once: after a return, or a new life.
    pub(super) fn tell_all<S: Server>(&mut self, disk: &mut ClientDisk, cx: &mut Cx<'_, S>) {
        let Some(attention) = &mut disk.attention else { return };
        let mut all = Vec::new();
        attention.telling.unheard.for_each(|unheard| {
            unheard.sends = 0;
            all.push(unheard.delivery);
        });
        all.into_iter().for_each(|delivery| self.tell(disk, delivery, cx));
    }

    /// Stops waiting for answers that can't come.
    pub(super) fn rest_telling<S: Server>(disk: &mut ClientDisk, cx: &mut Cx<'_, S>) {
        let Some(attention) = &mut disk.attention else { return };
        attention.telling.unheard.for_each(|unheard| {
            if let Some(guard) = unheard.guard.take() {
                cx.cancel_timer(guard);
            }
        });
    }
}
