//! What the primary has in memory, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{NodeId, Time};

use super::super::Context;
use super::super::letters::{Ask, Peer, Say};
use super::super::numbers::{BACK, MIGRATING};
use super::super::timers::BrokerTimer;
use super::following::{Run, Take};
use super::handing::Line;
use super::watching::Seen;
use super::writing::Writing;
use super::{BrokerDisk, patience, reminder, say, say_to_peer, say_to_server, set_timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Drop, Note};

/// The primary's memory.
pub struct Primary {
    pub(super) me: u32,
    pub(super) count: u32,
    pub(super) era: u32,
    /// Which brokers are counted on.
    pub(super) live: Vec<bool>,
    /// How often a replica that said yes was sent all that there is, until it has it.
    pub(super) owed: BTreeMap<u32, u32>,
    /// The servers, as they were heard.
    pub(super) servers: Vec<Seen>,
    /// Whom each server has, by the record.
    pub(super) at: Vec<BTreeSet<ClientId>>,
    last_task: u64,
    pub(super) last_write: u64,
    last_stamp: u64,
    pub(super) last_take: u64,
    /// What is being written.
    pub(super) writes: BTreeMap<u64, Writing>,
    /// Whose record is being written.
    pub(super) writing: BTreeSet<ClientId>,
    /// Those of whom, of two brokers, this one wrote alone before it came back: their tasks wait.
    pub(super) uncertain: BTreeSet<ClientId>,
    /// What is being stored.
    pub(super) storing: BTreeSet<DeliveryId>,
    /// The tasks of each client that has any.
    pub(super) lines: BTreeMap<ClientId, Line>,
    /// Clients that migrate.
    pub(super) runs: BTreeMap<ClientId, Run>,
    /// Clients of whom a request is due.
    pub(super) asked: BTreeSet<ClientId>,
    /// Of each drain that is due where the next client goes.
    pub(super) drains: BTreeMap<u32, u32>,
    /// From when on clients that did not come away from a draining server may try again.
    pub(super) retry: BTreeMap<ClientId, Time>,
    pub(super) takes: BTreeMap<u64, Take>,
}

impl Primary {
    /// `who`: the broker's number, how many there are, and its life.
    pub(super) fn new(
        who: (u32, u32, u32),
        disk: &BrokerDisk,
        yes: &[u32],
        first: bool,
        cx: &Context<'_>,
    ) -> Primary {
        let ((me, count, era), world, now) = (who, cx.world(), cx.now());
        let gateways = world.places.gateways as usize;
        let mut at = vec![BTreeSet::new(); gateways];
        for (client, &home) in (0..).map(ClientId).zip(&world.homes) {
            at[home.index()].insert(client);
        }
        for (client, record) in disk.records.changed() {
            at[world.homes[client.index()].index()].remove(&client);
            at[record.server.index()].insert(client);
        }
        Primary {
            me,
            count,
            era,
            // In the beginning all are.
            live: (0..count).map(|id| first || id == me || yes.contains(&id)).collect(),
            owed: BTreeMap::new(),
            // And nobody has crashed.
            servers: vec![Seen::since(now, first.then_some((0, 0))); gateways],
            at,
            last_task: disk.tasks.last_number(),
            last_write: 0,
            last_stamp: 0,
            last_take: 0,
            writes: BTreeMap::new(),
            writing: BTreeSet::new(),
            uncertain: BTreeSet::new(),
            storing: BTreeSet::new(),
            lines: BTreeMap::new(),
            runs: BTreeMap::new(),
            asked: BTreeSet::new(),
            drains: BTreeMap::new(),
            retry: BTreeMap::new(),
            takes: BTreeMap::new(),
        }
    }

    /// The first instant of its term.
    pub(super) fn begins(&mut self, disk: &mut BrokerDisk, yes: &[u32], cx: &mut Context<'_>) {
        let (world, now) = (cx.world(), cx.now());
        self.tick(disk, cx);
        for &other in yes {
            self.owed.insert(other, 0);
            self.owe(disk, other, cx);
        }
        let patience = patience(&world.strategy);
        for server in 0..world.places.gateways {
            cx.set_background_timer(patience, self.reminder(BrokerTimer::Missed(server)));
        }
        self.see_what_is_due(cx);
        // One look for all that is due at one instant.
        let plan = &world.strategy.plan;
        let all = plan.requests.iter().map(|it| it.at).chain(plan.drains.iter().map(|it| it.at));
        for at in all.filter(|&at| at > now).collect::<BTreeSet<Time>>() {
            cx.set_timer(at - now, self.reminder(BrokerTimer::Due));
        }
        self.go_on_with_pending(disk, cx);
        let running = disk.records.changed().filter(|(_, record)| record.running.is_some());
        let running: Vec<ClientId> = running.map(|(client, _)| client).collect();
        for client in running {
            self.runs.insert(client, Run::default());
            cx.tell(MIGRATING.rise(1));
            self.move_out(disk, client, cx);
        }
        let tasks: Vec<_> =
            disk.tasks.iter().map(|task| (task.number, task.delivery, task.stored)).collect();
        for (number, delivery, stored) in tasks {
            self.enters(disk, number, delivery, stored, cx);
        }
        self.look_everywhere(disk, cx);
    }

    /// Finds out which requests and drains are due.
    fn see_what_is_due(&mut self, cx: &Context<'_>) {
        let (plan, now) = (&cx.world().strategy.plan, cx.now());
        for request in plan.requests.iter().filter(|request| request.at <= now) {
            self.asked.extend(&request.clients);
        }
        for (number, drain) in (0..).zip(&*plan.drains) {
            if drain.at <= now {
                self.drains.entry(number).or_insert(0);
            }
        }
    }

    pub(super) fn reminder(
        &self,
        timer: BrokerTimer,
    ) -> crate::member::TimerOf<super::super::Migrate> {
        reminder(self.era, timer)
    }

    /// It is primary no longer: its memory goes as in a crash.
    pub(super) fn ends(self: Box<Self>, cx: &mut Context<'_>) {
        cx.tell(MIGRATING.fall(self.runs.len() as u64));
        cx.tell(BACK.fall(self.lines.values().map(Line::backs).sum()));
        // What its disk had not written yet is gone.
        for writing in self.writes.into_values().filter(|writing| !writing.is_local) {
            writing.deliveries().for_each(|it| cx.tell(Note::Dropped(it, Drop::HandedOn)));
        }
    }

    pub(super) fn next_task(&mut self) -> u64 {
        self.last_task += 1;
        self.last_task
    }

    pub(super) fn next_stamp(&mut self) -> u64 {
        self.last_stamp += 1;
        self.last_stamp
    }

    pub(super) fn last_write(&self) -> u64 {
        self.last_write
    }

    pub(super) fn is_storing(&self, delivery: DeliveryId) -> bool {
        self.storing.contains(&delivery)
    }

    pub(super) fn wake(&mut self, disk: &mut BrokerDisk, timer: BrokerTimer, cx: &mut Context<'_>) {
        match timer {
            BrokerTimer::Tick => self.tick(disk, cx),
            BrokerTimer::Stored(write) => self.stored(disk, write, cx),
            BrokerTimer::Unwritten(write) => self.unwritten(disk, write, cx),
            BrokerTimer::Unhad(replica) => self.owe(disk, replica, cx),
            BrokerTimer::Undone(number) => self.undone(disk, number, cx),
            BrokerTimer::Back(number) => self.is_back(disk, number, cx),
            BrokerTimer::Unmoved(client) => self.move_out(disk, client, cx),
            BrokerTimer::Untaken(number) => self.take(disk, number, cx),
            BrokerTimer::Missed(server) => self.missed(disk, GatewayId(server), cx),
            BrokerTimer::Due => {
                self.see_what_is_due(cx);
                self.look_everywhere(disk, cx);
            }
            BrokerTimer::Retry(client) => self.look(disk, &[client], cx),
            BrokerTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            BrokerTimer::Silent
            | BrokerTimer::Alone
            | BrokerTimer::Unjoined
            | BrokerTimer::Copied(_) => unreachable!("those are a replica's"),
        }
    }

    /// Says that it is there, to servers and replicas.
    fn tick(&mut self, disk: &BrokerDisk, cx: &mut Context<'_>) {
        for (server, seen) in (0..).map(GatewayId).zip(&self.servers) {
            let ping = Say::Ping { suspected: seen.is_suspected };
            say_to_server(server, disk.term, ping, cx);
        }
        for other in (0..self.count).filter(|&id| id != self.me) {
            let live = self.live[other as usize];
            say_to_peer(other, disk.term, Peer::Ping { live }, cx);
        }
        set_timer(disk, cx.world().strategy.every, self.era, BrokerTimer::Tick, cx);
    }

    /// A server asks.
    pub(super) fn asked(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        ask: Ask,
        cx: &mut Context<'_>,
    ) {
        match ask {
            Ask::Put(message, flags) => self.put(disk, from, message, flags, cx),
            Ask::Where(client) => {
                if !self.writing.contains(&client) {
                    let record = disk.record(client, cx.world());
                    let at = Say::At { client, host: record.server, epoch: record.epoch };
                    say(from, disk.term, at, cx);
                }
            }
            Ask::Moving { client, number, late } => {
                self.is_moving(disk, from, (client, number), late, cx);
            }
            Ask::Stored { client, number } => self.has_stored(disk, from, (client, number), cx),
            Ask::Done(delivery) => {
                self.done(disk, delivery, cx);
                say(from, disk.term, Say::DoneHeard(delivery), cx);
            }
            Ask::Check { crashes, losses } => {
                let server = cx.world().places.as_gateway(from);
                self.checks(disk, server, (crashes, losses), cx);
            }
        }
    }
}
