//! Synchronising: a gateway says what it has of the queues of clients whom another hosts, and [gets](crate::strategies::chain::getting)
//! what it lacks, which that one [gives](crate::strategies::chain::giving).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::Span;

use super::{Gateway, GatewayDisk, shelf};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::parts::View;
use crate::strategies::chain::getting::Want;
use crate::strategies::chain::giving::Batch;
use crate::strategies::chain::letters::{Copy, Letter};
use crate::strategies::chain::options::ResyncWhat;
use crate::strategies::chain::route::Route;
use crate::strategies::chain::{Cx, between};

impl Gateway {
    /// Asks a host for what is lacking of its clients' queues.
    pub(super) fn synchronise(
        &mut self,
        disk: &mut GatewayDisk,
        host: GatewayId,
        clients: Vec<ClientId>,
        want: Want,
        cx: &mut Cx<'_>,
    ) {
        let is_of = |client: ClientId| match clients.is_empty() {
            true => self.view(client, cx).host == host,
            false => clients.binary_search(&client).is_ok(),
        };
        let all = &super::shelf_of(&self.shelf, disk, cx).held;
        let have = all.pick(|delivery, held| {
            is_of(delivery.recipient) || gets_all(cx) && is_of(held.copy.message.sender)
        });
        self.getting.ask(host, clients, have, want, cx);
    }

    /// The same of each client's host, but for those that are hosted here.
    pub(super) fn synchronise_with_hosts(
        &mut self,
        disk: &mut GatewayDisk,
        clients: &[ClientId],
        want: Want,
        cx: &mut Cx<'_>,
    ) {
        let mut by_host: BTreeMap<GatewayId, Vec<ClientId>> = BTreeMap::new();
        for &client in clients {
            by_host.entry(self.view(client, cx).host).or_default().push(client);
        }
        for (host, clients) in by_host {
            if host != self.me {
                self.synchronise(disk, host, clients, want, cx);
            }
        }
    }

    /// The host says how much is coming, and until when.
    pub(super) fn coming(
        &mut self,
        from: GatewayId,
        round: u64,
        (batches, after, end): (u32, Span, bool),
        cx: &mut Cx<'_>,
    ) {
        if self.getting.coming(from, round, (batches, after, end), cx) {
            self.go_on_with(round, cx);
        }
    }

    /// A batch came. What is in it is stored in any case, also when its round is over.
    pub(super) fn batch_came(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        (round, number): (u64, u32),
        copies: &[Copy],
        cx: &mut Cx<'_>,
    ) {
        let mut writing = BTreeSet::new();
        let now = cx.now();
        for copy in copies {
            let delivery = copy.delivery();
            let is_new = !self.shelf(disk, cx).held.contains(delivery)
                && !self.shelf(disk, cx).is_done(delivery, now)
                && !self.intake.is_at(delivery);
            if is_new {
                self.getting.count(copy.flags.bytes_of(&copy.message));
            }
            self.relayed(disk, from, copy.clone(), cx);
            if self.intake.is_at(delivery) {
                writing.insert(delivery);
            }
        }
        if self.getting.came(from, (round, number), writing) {
            self.go_on_with(round, cx);
        }
    }

    /// The disk is done with these.
    #[inline]
    pub(super) fn written(&mut self, stored: &[DeliveryId], cx: &mut Cx<'_>) {
        // Nearly always there is nothing to get.
        if !self.getting.is_idle() {
            self.got_stored(stored, cx);
        }
    }

    fn got_stored(&mut self, stored: &[DeliveryId], cx: &mut Cx<'_>) {
        for round in self.getting.written(stored) {
            self.go_on_with(round, cx);
        }
    }

    /// If all of a stage has come, the next begins.
    fn go_on_with(&mut self, round: u64, cx: &mut Cx<'_>) {
        if let Some(clients) = self.getting.go_on(round, self.seats.is_settled(), cx) {
            // It has all that their host has, who lets them go.
            self.seats.claim(&clients, None, cx);
        }
    }

    /// The host has not sent all in time: whoever hosts them now is asked anew.
    pub(super) fn incomplete(&mut self, disk: &mut GatewayDisk, round: u64, cx: &mut Cx<'_>) {
        let Some((host, clients, want)) = self.getting.give_up(round) else { return };
        if clients.is_empty() {
            return self.synchronise(disk, host, clients, want, cx);
        }
        self.synchronise_with_hosts(disk, &clients, want, cx);
        self.end_resync(cx);
    }

    /// Tells that this gateway has what it lacked, if it has.
    pub(super) fn end_resync(&mut self, cx: &mut Cx<'_>) {
        self.getting.end(self.seats.is_settled(), cx);
    }

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
            self.repairs.has_joined(from, cx);
        } else if !clients.iter().any(|&client| self.hosts(client, cx)) {
            // Whoever hosts them answers; the other will hear of that one.
            return;
        }
        if self.giving.has(from, name) {
            return;
        }
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
        self.giving.begin((from, name), clients.clone(), known);
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
        if self.giving.has(from, name) {
            self.send_lacking(disk, from, name, true, cx);
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
        let round = (to, name);
        let is_mine = |client| self.giving.is_of(round, client) && self.hosts(client, cx);
        let all = &super::shelf_of(&self.shelf, disk, cx).held;
        let lacking = all.pick(|delivery, held| {
            let is_wanted = match gets_all(cx) {
                true => is_mine(delivery.recipient) || is_mine(held.copy.message.sender),
                // What its recipient has already, nobody need get.
                false => !held.is_received() && is_mine(delivery.recipient),
            };
            is_wanted && self.giving.is_lacking(round, delivery)
        });
        let held = &shelf(&mut self.shelf, disk, cx).held;
        let bytes_of = |delivery| held[delivery].bytes().into();
        for batch in self.giving.put(round, &lacking, bytes_of, end, cx) {
            self.send_batch(disk, batch, cx);
        }
        self.giving.go(cx);
    }

    /// A batch has left.
    pub(super) fn paced(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let batch = self.giving.left(cx);
        self.send_batch(disk, batch, cx);
    }

    /// Sends what is still there of a batch. Whoever gets it holds it as a mirror until it hosts; of what its clients
    /// sent, it stands before the recipient's host.
    fn send_batch(&mut self, disk: &mut GatewayDisk, batch: Batch, cx: &mut Cx<'_>) {
        let Batch { to, round, number, deliveries } = batch;
        let route = Route { gateways: Rc::from([self.me, to]), mirrors: true };
        let mut copies = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let View { host, epoch } = self.view(delivery.recipient, cx);
            let is_host = self.hosts(delivery.recipient, cx);
            let Some(held) = shelf(&mut self.shelf, disk, cx).get_mut(delivery) else { continue };
            let is_sent = gets_all(cx) && self.seats.hosts(held.copy.message.sender, cx);
            // Whoever hosts it by now gets it by other ways.
            if !is_host && (!is_sent || host == to || host == self.me) {
                continue;
            }
            held.knows(to);
            let mut copy = held.copy.at(u32::from(is_host));
            (copy.epoch, copy.received) = (epoch, held.is_received());
            copy.route = match is_host {
                true => route.clone(),
                false => Route { gateways: Rc::from([to, host]), mirrors: false },
            };
            copies.push(copy);
        }
        between(to, Letter::Batch { round, number, copies: copies.into() }, cx);
    }
}

/// Whether whole queues are got.
fn gets_all(cx: &Cx<'_>) -> bool {
    cx.world().strategy.resync.what == ResyncWhat::All
}
