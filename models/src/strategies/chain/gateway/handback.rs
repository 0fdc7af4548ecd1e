//! Going home: a gateway takes those clients back whose home it is.
//!
//! One that returns finds them hosted elsewhere. It gets their queues from their hosts
//! ([synchronising](super::resync)), asks each host to let go, gets what came meanwhile, and claims. Until
//! that claim the host serves the clients as before, so a death of either hands nothing over; what reaches
//! the old host afterwards is relayed, as by anybody who holds mail for a client that is not his. One that
//! learns that it lost clients while it was alive asks each of them, again and again, whether it is in
//! reach: it may be the way between the two that is broken. `failback_after` after the first answer it
//! takes the client back like one that returned.

use super::{Gateway, GatewayDisk};
use crate::ids::ClientId;
use crate::strategies::chain::Cx;
use crate::strategies::chain::getting::{Aim, Want};
use crate::strategies::chain::options::Failback;

impl Gateway {
    fn is_to_return(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        let world = cx.world();
        world.strategy.failback == Failback::Resume && world.homes[client.index()] == self.me
    }

    /// After a return: these are at home here, wherever they are now.
    pub(super) fn bring_home(
        &mut self,
        disk: &mut GatewayDisk,
        clients: impl Iterator<Item = ClientId>,
        cx: &mut Cx<'_>,
    ) {
        let mut own: Vec<ClientId> =
            clients.filter(|&client| self.is_to_return(client, cx)).collect();
        own.sort_unstable();
        own.dedup();
        self.returning.bind(&own);
        self.synchronise_with_hosts(disk, &own, Want::new(Aim::Host), cx);
    }

    /// After a return, where each client has a chain of its own: this gateway mirrors those whose chain it
    /// is in and who are not to come home.
    pub(super) fn mirror_chains(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let clients: Vec<ClientId> = self.chain_clients(cx);
        let others = clients.into_iter().filter(|&client| !self.is_to_return(client, cx));
        let others: Vec<ClientId> = others.collect();
        self.synchronise_with_hosts(disk, &others, Want::new(Aim::Mirror), cx);
    }

    /// Those whose fixed chain this gateway is in, if chains are fixed.
    pub(super) fn chain_clients(&self, cx: &Cx<'_>) -> Vec<ClientId> {
        let world = cx.world();
        if !world.strategy.split {
            return Vec::new();
        }
        let all = (0..world.places.clients).map(ClientId);
        all.filter(|&client| world.chain_of(client).contains(&self.me)).collect()
    }

    /// The hosts of these may have changed, as this gateway has just learned.
    pub(super) fn follow(
        &mut self,
        disk: &mut GatewayDisk,
        clients: impl Iterator<Item = ClientId>,
        cx: &mut Cx<'_>,
    ) {
        let mut moved = Vec::new();
        for client in clients {
            if !self.seats.is_settled() || !self.is_to_return(client, cx) {
                continue;
            }
            let host = self.view(client, cx).host;
            if host == self.me {
                self.returning.is_home(client, cx);
                self.getting.stop(client, None, cx);
            } else if self.returning.is_bound(client) {
                self.getting.stop(client, Some(host), cx);
                // While it is claimed, the answer decides.
                if !self.getting.is_getting(client, host) && !self.seats.asks_about(client) {
                    moved.push(client);
                }
            } else {
                self.returning.lose(client, cx);
            }
        }
        moved.sort_unstable();
        self.synchronise_with_hosts(disk, &moved, Want::new(Aim::Host), cx);
        self.end_resync(cx);
    }

    /// Those who have been in reach for long enough go home.
    pub(super) fn take_back(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let due = self.returning.take_due(cx.now());
        self.bring_home(disk, due.into_iter(), cx);
    }
}
