//! Watching: which space servers a gateway takes for dead, and what it does when they live.

use penult_sim::Time;

use super::{Gateway, GatewayDisk};
use crate::strategies::spaces::ids::ServerId;
use crate::strategies::spaces::options::Subscribe;
use crate::strategies::spaces::{Cx, SpacesTimer, timer};

/// How a gateway watches a server.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// When it was last heard, or the watch began.
    heard: Time,
    /// How many clients are subscribed there: nobody watches others.
    pub(super) subscribed: u32,
    /// Whether a timer waits.
    armed: bool,
}

impl Gateway {
    /// One more client is subscribed at a server.
    pub(super) fn watch(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let watch = &mut self.servers[server.index()].watch;
        watch.subscribed += 1;
        if watch.subscribed == 1 {
            watch.heard = cx.now();
            self.arm(server, cx);
        }
    }

    fn arm(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let watch = &mut self.servers[server.index()].watch;
        if !std::mem::replace(&mut watch.armed, true) {
            let due = watch.heard + cx.world().strategy.silence();
            cx.set_background_timer(
                due.max(cx.now()) - cx.now(),
                timer(SpacesTimer::Silent(server)),
            );
        }
    }

    /// A server may have been silent for too long.
    pub(super) fn silent(&mut self, disk: &mut GatewayDisk, server: ServerId, cx: &mut Cx<'_>) {
        let suspected = self.is_suspect(server, cx);
        let watch = &mut self.servers[server.index()].watch;
        watch.armed = false;
        if watch.subscribed == 0 || suspected {
            return;
        }
        if watch.heard + cx.world().strategy.silence() <= cx.now() {
            self.suspect(disk, server, cx);
        } else {
            self.arm(server, cx);
        }
    }

    /// Takes a server for dead.
    pub(super) fn suspect(&mut self, disk: &mut GatewayDisk, server: ServerId, cx: &mut Cx<'_>) {
        if !self.suspects.suspect(server.node(&cx.world().places), cx) {
            return;
        }
        self.publish_past(disk, server, cx);
        self.give_up_subscribing(server, cx);
        self.choose_anew(disk, server, cx);
    }

    /// Something came from a server.
    pub(super) fn heard_server(
        &mut self,
        disk: &mut GatewayDisk,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        self.servers[server.index()].watch.heard = cx.now();
        if self.suspects.heard(server.node(&cx.world().places), cx).is_some() {
            if self.servers[server.index()].watch.subscribed > 0 {
                self.arm(server, cx);
            }
            self.publish_to(disk, server, false, cx);
            self.choose_anew(disk, server, cx);
            self.subscribe_at(server, cx);
        }
    }

    /// A server says in which life it is.
    pub(super) fn lives(
        &mut self,
        disk: &mut GatewayDisk,
        server: ServerId,
        boot: u64,
        cx: &mut Cx<'_>,
    ) {
        let known = &mut self.servers[server.index()].boot;
        if boot > *known {
            *known = boot;
            self.publish_to(disk, server, true, cx);
            self.forget_subscriptions_at(server, cx);
            self.subscribe_at(server, cx);
        }
    }

    /// Where each space's nearest counts, those of which this server is a replica may have another now.
    fn choose_anew(&mut self, disk: &GatewayDisk, server: ServerId, cx: &mut Cx<'_>) {
        if cx.world().strategy.subscribe == Subscribe::Nearest {
            let options = &cx.world().strategy;
            let concerned = |client: &crate::ids::ClientId| {
                let mut spaces = options.plan.of_client(*client).iter();
                spaces.any(|&space| disk.map.replicas(space, options).contains(&server))
            };
            let guests: Vec<_> = self.guests.keys().copied().filter(concerned).collect();
            let suspected = self.is_suspect(server, cx);
            for client in guests {
                if suspected && let Some(guest) = self.guests.get_mut(&client) {
                    guest.since = cx.now();
                }
                self.subscribe(disk, client, cx);
            }
            self.subscribe_all(cx);
        }
    }
}
