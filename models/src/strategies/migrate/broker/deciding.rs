//! Deciding: what becomes of clients. What one look decides is one write.

use penult_sim::{Draw, Time};

use super::super::Context;
use super::super::letters::Written;
use super::super::numbers;
use super::super::record::{Record, Running};
use super::BrokerDisk;
use super::primary::Primary;
use crate::ids::{ClientId, GatewayId};
use crate::purpose;

impl Primary {
    /// Looks at all clients of whom something may be decided.
    pub(super) fn look_everywhere(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        if !self.may_decide() {
            return;
        }
        let options = &cx.world().strategy;
        let mut clients: Vec<ClientId> =
            self.runs.keys().copied().chain(self.asked.iter().copied()).collect();
        if options.evacuate && options.copies > 0 {
            for (seen, at) in self.servers.iter().zip(&self.at) {
                if seen.is_suspected {
                    clients.extend(at);
                }
            }
        }
        for &drain in self.drains.keys() {
            let gateway = options.plan.drains[drain as usize].gateway;
            clients.extend(&self.at[gateway.index()]);
        }
        clients.sort_unstable();
        clients.dedup();
        self.look(disk, &clients, cx);
    }

    /// Looks at these clients, in this order.
    pub(super) fn look(
        &mut self,
        disk: &mut BrokerDisk,
        clients: &[ClientId],
        cx: &mut Context<'_>,
    ) {
        if !self.may_decide() {
            return;
        }
        let mut decided = Vec::new();
        for &client in clients {
            if self.writing.contains(&client) {
                continue;
            }
            if let Some(mut record) = self.decide(disk, client, cx) {
                record.stamp = (disk.term, self.next_stamp());
                self.writing.insert(client);
                decided.push((client, record));
            }
        }
        if !decided.is_empty() {
            self.write(disk, Written::Records(decided), None, cx);
        }
    }

    /// What becomes of a client, if anything does: the end of its migration, else that it goes to a standby, else what
    /// its first request that is due wants, else what a drain wants.
    fn decide(
        &mut self,
        disk: &BrokerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) -> Option<Record> {
        let world = cx.world();
        let record = disk.record(client, world);
        if let Some(running) = record.running {
            return self.decide_end(client, record, running, cx);
        }
        if self.is_suspected(record.server)
            && let Some(to) = self.standby(client, cx)
        {
            let epoch = record.epoch + 1;
            let from = record.server;
            return Some(Record { server: to, epoch, brought: None, from, ..record });
        }
        let request = world.strategy.plan.after(client, record.done);
        match request.filter(|request| request.at <= cx.now()) {
            None => _ = self.asked.remove(&client),
            Some(request) => {
                let (from, to) = (record.server, request.to);
                let done = record.done + 1;
                let is_refused = request.from.is_some_and(|it| it != from) || to == from;
                if is_refused || self.is_suspected(from) || self.is_suspected(to) {
                    return Some(Record { done, ..record });
                }
                return self.begin(Record { done, ..record }, to, (false, request.at), cx);
            }
        }
        self.decide_drain(client, record, cx)
    }

    /// Whether a migration is over, and how.
    fn decide_end(
        &self,
        client: ClientId,
        record: Record,
        running: Running,
        cx: &mut Context<'_>,
    ) -> Option<Record> {
        let run = &self.runs[&client];
        let has_crashed =
            |server, before| self.crashes(server).is_some_and(|crashes| crashes != before);
        let (first, second) = (record.server, running.to);
        let fails = run.is_late
            || self.is_suspected(first)
            || self.is_suspected(second)
            || has_crashed(first, running.crashes.0)
            || has_crashed(second, running.crashes.1);
        if !fails && !run.is_stored {
            return None;
        }
        if fails || fails_by_chance(client, running.number, cx) {
            return Some(Record { running: None, ..record });
        }
        let (epoch, brought) = (record.epoch + 1, Some(running.number));
        Some(Record { server: second, epoch, brought, from: first, running: None, ..record })
    }

    /// A migration begins, once both servers have checked.
    fn begin(
        &self,
        record: Record,
        to: GatewayId,
        (drains, asked): (bool, Time),
        cx: &mut Context<'_>,
    ) -> Option<Record> {
        let crashes = (self.crashes(record.server)?, self.crashes(to)?);
        let (number, asked) = (record.starts, (asked, cx.now()));
        let row = cx.label(numbers::ROWS) as u32;
        let running = Some(Running { number, to, crashes, drains, asked, row });
        Some(Record { running, starts: number + 1, ..record })
    }

    /// Who takes a client whose server is suspected.
    fn standby(&self, client: ClientId, cx: &Context<'_>) -> Option<GatewayId> {
        let (world, options) = (cx.world(), &cx.world().strategy);
        if !options.evacuate || options.copies == 0 {
            return None;
        }
        let home = world.homes[client.index()];
        let neighbours = world.neighbours[home.index()].iter().take(options.copies as usize);
        let mut all = std::iter::once(home).chain(neighbours.copied());
        all.find(|&it| !self.is_suspected(it) && !self.is_draining(it, cx))
    }

    fn is_draining(&self, server: GatewayId, cx: &Context<'_>) -> bool {
        let drains = &cx.world().strategy.plan.drains;
        self.drains.keys().any(|&drain| drains[drain as usize].gateway == server)
    }

    /// A client goes away from a server that is to be left.
    fn decide_drain(
        &mut self,
        client: ClientId,
        record: Record,
        cx: &mut Context<'_>,
    ) -> Option<Record> {
        let (server, drains) = (record.server, &cx.world().strategy.plan.drains);
        let mut due = self.drains.keys().copied();
        let drain = due.find(|&drain| drains[drain as usize].gateway == server)?;
        let waits = self.retry.get(&client).is_some_and(|&until| until > cx.now());
        if waits || self.is_suspected(server) || self.crashes(server).is_none() {
            return None;
        }
        let count = cx.world().places.gateways;
        let others = |step: u32| GatewayId((server.0 + step) % count);
        let may_take = |&step: &u32| {
            let it = others(step);
            !self.is_suspected(it) && !self.is_draining(it, cx)
        };
        if (1..count).filter(may_take).any(|step| self.crashes(others(step)).is_none()) {
            return None;
        }
        let next = self.drains[&drain];
        let round = (0..count - 1).map(|turn| (next + turn) % (count - 1) + 1);
        let step = round.into_iter().find(may_take)?;
        let begun = self.begin(record, others(step), (true, cx.now()), cx)?;
        self.drains.insert(drain, step % (count - 1));
        Some(begun)
    }
}

/// Whether chance lets a migration fail: drawn by client and start, so that it hangs on no broker.
fn fails_by_chance(client: ClientId, number: u32, cx: &mut Context<'_>) -> bool {
    let share = cx.world().strategy.failure;
    let entity = crate::places::Places::entity_of_client(client);
    share > 0.0 && cx.draw_of(purpose::MIGRATION_FAILS, entity.into(), number.into()).chance(share)
}
