//! Watching: which servers are there, and what they are told when they check.

use std::rc::Rc;

use penult_sim::Time;

use super::super::Context;
use super::super::letters::{Inventory, Say};
use super::super::timers::BrokerTimer;
use super::primary::Primary;
use super::{BrokerDisk, patience, say_to_server};
use crate::ids::GatewayId;
use crate::note::Note;

/// A server, as the primary sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// When it was heard last, or since when it is waited for.
    heard: Time,
    pub(super) is_suspected: bool,
    /// How often it crashed, and lost what it stores, as it said to this primary.
    pub(super) counts: Option<(u32, u32)>,
}

impl Seen {
    pub(super) fn since(now: Time, counts: Option<(u32, u32)>) -> Seen {
        Seen { heard: now, is_suspected: false, counts }
    }
}

impl Primary {
    pub(super) fn is_suspected(&self, server: GatewayId) -> bool {
        self.servers[server.index()].is_suspected
    }

    /// How often a server has crashed, if it has checked.
    pub(super) fn crashes(&self, server: GatewayId) -> Option<u32> {
        self.servers[server.index()].counts.map(|(crashes, _)| crashes)
    }

    /// A server answers a ping.
    pub(super) fn heard(&mut self, server: GatewayId, cx: &Context<'_>) {
        self.servers[server.index()].heard = cx.now();
    }

    /// A server may have been silent for too long.
    pub(super) fn missed(
        &mut self,
        disk: &mut BrokerDisk,
        server: GatewayId,
        cx: &mut Context<'_>,
    ) {
        let seen = &mut self.servers[server.index()];
        if seen.is_suspected {
            return;
        }
        let due = seen.heard + patience(&cx.world().strategy);
        if due > cx.now() {
            let reminder = self.reminder(BrokerTimer::Missed(server.0));
            cx.set_background_timer(due - cx.now(), reminder);
            return;
        }
        seen.is_suspected = true;
        cx.tell(Note::Suspected(cx.world().places.gateway(server)));
        self.look_everywhere(disk, cx);
    }

    /// A server asks who is its own: what it says of itself may decide something before it is answered.
    pub(super) fn checks(
        &mut self,
        disk: &mut BrokerDisk,
        server: GatewayId,
        counts: (u32, u32),
        cx: &mut Context<'_>,
    ) {
        let patience = patience(&cx.world().strategy);
        let reminder = self.reminder(BrokerTimer::Missed(server.0));
        let seen = &mut self.servers[server.index()];
        seen.heard = cx.now();
        let before = seen.counts.replace(counts);
        if std::mem::take(&mut seen.is_suspected) {
            cx.tell(Note::Trusted(cx.world().places.gateway(server)));
            cx.set_background_timer(patience, reminder);
        }
        self.look_everywhere(disk, cx);
        self.say_whom(disk, server, cx);
        let clients: Vec<_> = self.at[server.index()].iter().copied().collect();
        let has_lost = before.is_some_and(|(_, losses)| losses < counts.1);
        for client in clients {
            self.server_is_back(disk, client, has_lost, cx);
        }
    }

    fn say_whom(&self, disk: &BrokerDisk, server: GatewayId, cx: &mut Context<'_>) {
        let world = cx.world();
        let mut clients = Vec::new();
        for &client in &self.at[server.index()] {
            if !self.writing.contains(&client) {
                let record = disk.record(client, world);
                clients.push((client, record.place()));
            }
        }
        let concerns = |record: &super::Record| {
            record.server == server || record.running.is_some_and(|running| running.to == server)
        };
        let mut written: Vec<_> = self.writing.iter().copied().collect();
        written.retain(|&client| {
            concerns(&disk.record(client, world))
                || disk.pending.get(&client).is_some_and(concerns)
                || self.is_written_to(client, concerns)
        });
        let yours = Say::Yours(Rc::new(Inventory { clients, written }));
        say_to_server(server, disk.term, yours, cx);
    }
}
