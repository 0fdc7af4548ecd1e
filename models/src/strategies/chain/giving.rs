//! Giving: a host sends another gateway what that lacks of its clients' queues, in batches, one after the
//! other at the pace of synchronising.
//!
//! What counts for the pace is the bytes of messages; headers don't. A host has one such stream for all
//! who ask it, the first first. It serves its clients all the while: letting go means that it sends what
//! came since the digest and marks the end, and the directory decides the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::gateway::{Gateway, GatewayDisk};
use super::letters::Letter;
use super::route::Route;
use super::{ChainTimer, Cx, between, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::{Leaving, Transfer, View};

/// What a gateway is giving.
#[derive(Debug, Default)]
pub(super) struct Giving {
    rounds: BTreeMap<(GatewayId, u64), Given>,
    /// What has to leave.
    transfer: Transfer<Batch>,
}

/// One synchronisation of another gateway.
#[derive(Debug)]
struct Given {
    clients: Rc<[ClientId]>,
    /// What the other has or was sent.
    known: BTreeSet<DeliveryId>,
    batches: u32,
}

#[derive(Debug)]
struct Batch {
    to: GatewayId,
    round: u64,
    number: u32,
    deliveries: Vec<DeliveryId>,
}

impl Giving {
    /// The other asks anew: what it asked for before is over.
    fn forget(&mut self, other: GatewayId, clients: &[ClientId]) {
        let is_asked_again = |given: &Given| match clients.is_empty() {
            true => given.clients.is_empty(),
            false => given.clients.iter().any(|client| clients.binary_search(client).is_ok()),
        };
        let of_other = self.rounds.range((other, 0)..=(other, u64::MAX));
        let over: Vec<u64> = of_other
            .filter(|(_, given)| is_asked_again(given))
            .map(|(&(_, name), _)| name)
            .collect();
        for name in over {
            self.rounds.remove(&(other, name));
            self.transfer.forget(|batch| (batch.to, batch.round) == (other, name));
        }
    }
}

impl Gateway {
    /// Another gateway says what it has of these clients' queues, and wants the rest.
    pub(super) fn digested(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        name: u64,
        clients: &Rc<[ClientId]>,
        have: &[DeliveryId],
        cx: &mut Cx<'_>,
    ) {
        if clients.is_empty() {
            self.has_joined(from, cx);
        } else if !clients.iter().any(|&client| self.hosts(client, cx)) {
            // Whoever hosts them answers; the other will hear of that one.
            return;
        }
        if self.giving.rounds.contains_key(&(from, name)) {
            return;
        }
        self.giving.forget(from, clients);
        let now = cx.now();
        let mut known = BTreeSet::new();
        for &delivery in have {
            let shelf = self.shelf(disk, cx);
            if let Some(over) = shelf.over(delivery, now) {
                between(from, over, cx);
            } else if let Some(held) = shelf.get_mut(delivery) {
                held.knows(from);
                known.insert(delivery);
            }
        }
        self.giving
            .rounds
            .insert((from, name), Given { clients: clients.clone(), known, batches: 0 });
        self.send_lacking(disk, from, name, false, cx);
    }

    /// The other has what it lacked: it gets what came since, and the end is marked.
    pub(super) fn asked_to_let_go(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        name: u64,
        cx: &mut Cx<'_>,
    ) {
        if self.giving.rounds.contains_key(&(from, name)) {
            self.send_lacking(disk, from, name, true, cx);
            self.giving.rounds.remove(&(from, name));
        }
    }

    /// Sends what is held for the clients of a round, who are hosted here, and is not known to the other.
    fn send_lacking(
        &mut self,
        disk: &mut GatewayDisk,
        to: GatewayId,
        name: u64,
        end: bool,
        cx: &mut Cx<'_>,
    ) {
        // What its recipient has already, nobody need get.
        let held = self.shelf(disk, cx).held.pick(|_, held| !held.is_received());
        let given = &self.giving.rounds[&(to, name)];
        let is_lacking = |delivery: &DeliveryId| {
            let client = delivery.recipient;
            (given.clients.is_empty() || given.clients.binary_search(&client).is_ok())
                && !given.known.contains(delivery)
                && self.hosts(client, cx)
        };
        let lacking: Vec<DeliveryId> = held.into_iter().filter(is_lacking).collect();
        let size = cx.world().strategy.resync.batch.max(1) as usize;
        let mut queued = Vec::new();
        let mut number = given.batches;
        for deliveries in lacking.chunks(size) {
            let deliveries = deliveries.to_vec();
            let bytes = deliveries.iter().map(|&delivery| self.bytes_of(disk, delivery, cx)).sum();
            queued.push((Batch { to, round: name, number, deliveries }, bytes));
            number += 1;
        }
        let given = self.giving.rounds.get_mut(&(to, name)).expect("it is there");
        given.batches = number;
        given.known.extend(lacking);
        let bandwidth = cx.world().strategy.resync.bandwidth;
        let Leaving { after, now } = self.giving.transfer.put(queued, bandwidth, cx.now());
        let coming = Letter::Coming { round: name, batches: number, after, end };
        between(to, coming, cx);
        for batch in now {
            self.send_batch(disk, batch, cx);
        }
        self.giving.transfer.begin(bandwidth, timer(ChainTimer::Paced), cx);
    }

    fn bytes_of(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &Cx<'_>) -> u64 {
        let held = self.shelf(disk, cx).held.get(delivery);
        held.map_or(0, |held| held.copy.flags.bytes_of(&held.copy.message).into())
    }

    /// A batch has left.
    pub(super) fn paced(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let bandwidth = cx.world().strategy.resync.bandwidth;
        let batch = self.giving.transfer.left(bandwidth, timer(ChainTimer::Paced), cx);
        self.send_batch(disk, batch, cx);
    }

    /// Sends what is still there of a batch. Whoever gets it holds it as a mirror until it hosts.
    fn send_batch(&mut self, disk: &mut GatewayDisk, batch: Batch, cx: &mut Cx<'_>) {
        let Batch { to, round, number, deliveries } = batch;
        let route = Route { gateways: Rc::from([self.me, to]), mirrors: true };
        let mut copies = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            // Whoever hosts it by now gets it by other ways.
            if !self.hosts(delivery.recipient, cx) {
                continue;
            }
            let View { epoch, .. } = self.view(delivery.recipient, cx);
            if let Some(held) = self.shelf(disk, cx).get_mut(delivery) {
                held.knows(to);
                let mut copy = held.copy.at(1);
                (copy.epoch, copy.route) = (epoch, route.clone());
                copies.push(copy);
            }
        }
        between(to, Letter::Batch { round, number, copies: copies.into() }, cx);
    }
}
