//! Going offline and coming back, by the user's wish or by a fault.

use super::{Client, ClientDisk, ClientTimer, Cx, Side, timer};
use crate::packet::Up;
use crate::purpose;
use crate::server::Server;

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    /// Plans when the user takes the device offline next.
    pub(super) fn plan_leave(&self, cx: &mut Cx<'_, S>) {
        if let Some(offline) = &cx.world().clients.offline {
            let after = offline.every.sample(&mut cx.draw(purpose::OFFLINE_EVERY));
            cx.set_background_timer(after, timer(ClientTimer::Leave));
        }
    }

    pub(super) fn leave(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let Some(offline) = &cx.world().clients.offline else { return };
        let lasts = offline.lasts.sample(&mut cx.draw(purpose::OFFLINE_LASTS));
        cx.set_timer(lasts, timer(ClientTimer::Return));
        // Who leaves on purpose says so; the host need not find out.
        self.send_host(Up::Bye, cx);
        cx.go_offline();
        self.now_offline(disk, cx);
    }

    pub(super) fn come_back(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        self.plan_leave(cx);
        cx.go_online();
        if cx.is_online() {
            self.now_online(disk, cx);
        }
    }

    pub(super) fn now_offline(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        self.online = false;
        self.rest(cx);
        Self::rest_outbox(disk, cx);
        Self::rest_telling(disk, cx);
    }

    pub(super) fn now_online(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        self.online = true;
        self.resume(disk, cx);
        self.send_outbox(disk, cx);
        self.tell_all(disk, cx);
    }
}
