//! Giving: a host sends another gateway what that lacks of its clients' queues, in batches, one after the
//! other at the pace of synchronising.
//!
//! What counts for the pace is the bytes of messages; headers don't. A host has one such stream for all
//! who ask it, the first first. It serves its clients all the while: letting go means that it sends what
//! came since the digest and marks the end, and the directory decides the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::letters::Letter;
use super::{ChainTimer, Cx, between, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::{Leaving, Transfer};

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

/// What leaves together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) to: GatewayId,
    pub(super) round: u64,
    pub(super) number: u32,
    pub(super) deliveries: Vec<DeliveryId>,
}

impl Giving {
    /// Whether this synchronisation is under way.
    pub(super) fn has(&self, other: GatewayId, name: u64) -> bool {
        self.rounds.contains_key(&(other, name))
    }

    /// Another gateway wants what it lacks of these clients' queues, and has these.
    pub(super) fn begin(
        &mut self,
        (other, name): (GatewayId, u64),
        clients: Rc<[ClientId]>,
        known: BTreeSet<DeliveryId>,
    ) {
        self.forget(other, &clients);
        let before = self.rounds.insert((other, name), Given { clients, known, batches: 0 });
        debug_assert!(before.is_none(), "{other} has two rounds of one name");
    }

    /// Whether this is a queue of one of those clients.
    pub(super) fn is_of(&self, round: (GatewayId, u64), client: ClientId) -> bool {
        let clients = &self.rounds[&round].clients;
        clients.is_empty() || clients.binary_search(&client).is_ok()
    }

    /// Whether the other lacks a delivery.
    pub(super) fn is_lacking(&self, round: (GatewayId, u64), delivery: DeliveryId) -> bool {
        !self.rounds[&round].known.contains(&delivery)
    }

    /// Says how much is coming, and puts it behind what has to leave: what leaves now, and then [`go`](Self::go).
    pub(super) fn put(
        &mut self,
        (to, name): (GatewayId, u64),
        lacking: &[DeliveryId],
        bytes_of: impl Fn(DeliveryId) -> u64,
        end: bool,
        cx: &mut Cx<'_>,
    ) -> Vec<Batch> {
        let size = cx.world().strategy.resync.batch.max(1) as usize;
        let given = self.rounds.get_mut(&(to, name)).expect("it is there");
        let mut queued = Vec::new();
        for deliveries in lacking.chunks(size) {
            let bytes = deliveries.iter().map(|&delivery| bytes_of(delivery)).sum();
            let (number, deliveries) = (given.batches, deliveries.to_vec());
            queued.push((Batch { to, round: name, number, deliveries }, bytes));
            given.batches += 1;
        }
        let batches = given.batches;
        given.known.extend(lacking);
        if end {
            self.rounds.remove(&(to, name));
        }
        let bandwidth = cx.world().strategy.resync.bandwidth;
        let Leaving { after, now } = self.transfer.put(queued, bandwidth, cx.now());
        between(to, Letter::Coming { round: name, batches, after, end }, cx);
        now
    }

    /// Sees to it that something leaves, if anything has to.
    pub(super) fn go(&mut self, cx: &mut Cx<'_>) {
        let bandwidth = cx.world().strategy.resync.bandwidth;
        self.transfer.begin(bandwidth, timer(ChainTimer::Paced), cx);
    }

    /// A batch has left.
    pub(super) fn left(&mut self, cx: &mut Cx<'_>) -> Batch {
        let bandwidth = cx.world().strategy.resync.bandwidth;
        self.transfer.left(bandwidth, timer(ChainTimer::Paced), cx)
    }

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
