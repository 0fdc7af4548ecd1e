//! Going home: a gateway takes those clients back whose home it is.
//!
//! One that returns finds them hosted elsewhere. It gets their queues from their hosts
//! ([synchronising](super::resync)), asks each host to let go, gets what came meanwhile, and claims. Until
//! that claim the host serves the clients as before, so a death of either hands nothing over; what reaches
//! the old host afterwards is relayed, as by anybody who holds mail for a client that is not his. One that
//! learns that it lost clients while it was alive asks each of them, again and again, whether it is in
//! reach: it may be the way between the two that is broken. `failback_after` after the first answer it
//! takes the client back like one that returned.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::Time;

use super::gateway::{Gateway, GatewayDisk};
use super::options::Failback;
use super::resync::Aim;
use super::{ChainTimer, Cx, timer};
use crate::ids::ClientId;
use crate::packet::{Down, Packet};
use crate::parts::{Again, Pace};

/// The clients that a gateway is to have back.
#[derive(Debug, Default)]
pub(super) struct Returning {
    /// Lost while it was alive.
    lost: BTreeMap<ClientId, Lost>,
    /// On their way home.
    bound: BTreeSet<ClientId>,
}

#[derive(Debug)]
enum Lost {
    /// It is asked whether it is in reach.
    Asked(Again),
    /// It is, and is taken back at this instant.
    Due(Time),
}

impl Returning {
    /// Whether this client is on its way home.
    pub(super) fn is_bound(&self, client: ClientId) -> bool {
        self.bound.contains(&client)
    }
}

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
        self.returning.bound.extend(&own);
        self.get_from_hosts(disk, &own, cx);
    }

    /// After a return, where each client has a chain of its own: this gateway mirrors those whose chain it
    /// is in and who are not to come home.
    pub(super) fn mirror_chains(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let clients: Vec<ClientId> = self.chain_clients(cx);
        let others = clients.into_iter().filter(|&client| !self.is_to_return(client, cx));
        let others: Vec<ClientId> = others.collect();
        for (host, clients) in self.by_host(&others, cx) {
            if host != self.me {
                self.synchronise(disk, host, clients, (Aim::Mirror, 0, true), cx);
            }
        }
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

    /// Gets the queues of clients from those who host them, and then the clients.
    fn get_from_hosts(&mut self, disk: &mut GatewayDisk, clients: &[ClientId], cx: &mut Cx<'_>) {
        for (host, clients) in self.by_host(clients, cx) {
            if host != self.me {
                self.synchronise(disk, host, clients, (Aim::Host, 0, true), cx);
            }
        }
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
                self.returning.bound.remove(&client);
                if let Some(Lost::Asked(mut again)) = self.returning.lost.remove(&client) {
                    again.stop(cx);
                }
                self.stop_getting(client, None, cx);
            } else if self.returning.bound.contains(&client) {
                self.stop_getting(client, Some(host), cx);
                // While it is claimed, the answer decides.
                if !self.getting.is_getting(client, host) && !self.seats.asks_about(client) {
                    moved.push(client);
                }
            } else {
                let lost = self.returning.lost.entry(client);
                lost.or_insert_with(|| {
                    let mut again = Again::default();
                    ask_later(&mut again, client, cx);
                    Lost::Asked(again)
                });
            }
        }
        moved.sort_unstable();
        self.get_from_hosts(disk, &moved, cx);
        self.end_resync(cx);
    }

    /// Asks a client that was lost whether it is in reach.
    pub(super) fn ask_client(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if let Some(Lost::Asked(again)) = self.returning.lost.get_mut(&client) {
            ask_later(again, client, cx);
            cx.send(cx.world().places.client(client), Packet::Down(Down::Ask));
        }
    }

    /// It is.
    pub(super) fn client_is_here(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if let Some(lost) = self.returning.lost.get_mut(&client)
            && let Lost::Asked(again) = lost
        {
            again.stop(cx);
            let after = cx.world().strategy.failback_after;
            *lost = Lost::Due(cx.now() + after);
            // Those who answer at one instant go home together.
            cx.set_background_timer(after, timer(ChainTimer::TakeBack));
        }
    }

    /// Those who have been in reach for long enough go home.
    pub(super) fn take_back(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let now = cx.now();
        let is_due = |lost: &Lost| matches!(*lost, Lost::Due(at) if at <= now);
        let lost = self.returning.lost.iter();
        let due: Vec<ClientId> =
            lost.filter(|(_, lost)| is_due(lost)).map(|(&client, _)| client).collect();
        due.iter().for_each(|client| _ = self.returning.lost.remove(client));
        self.bring_home(disk, due.into_iter(), cx);
    }
}

/// A client that was lost is asked whether it is in reach, once in each `probe`.
fn ask_later(again: &mut Again, client: ClientId, cx: &mut Cx<'_>) {
    let pace = Pace::steady(cx.world().strategy.probe).in_background();
    again.said(pace, timer(ChainTimer::AskClient(client)), cx);
}
