//! What follows when something of clients is decided and written: migrations begin and end, clients go to standbys.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use super::super::Context;
use super::super::letters::Say;
use super::super::numbers::{
    ASKED_S, CLIENT, ENDED_S, EVACUATED, FAILED, FROM, HOW, MIGRATING, MOVED, MOVED_S, REFUSED,
    ROW_PUT_BACKS, ROWS, STARTED, STARTED_S, TIME, TO,
};
use super::super::record::{Place, Record, Running};
use super::super::timers::BrokerTimer;
use super::handing::Line;
use super::primary::Primary;
use super::{BrokerDisk, say, say_to_server};
use crate::ids::{ClientId, GatewayId};
use crate::parts::{Again, Pace};

/// A migration under way, as this primary knows it.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Whether the first server said that it has stopped.
    is_moving: bool,
    /// Whether the second server said that it has the data.
    pub(super) is_stored: bool,
    /// Whether the first server said that the second was too slow.
    pub(super) is_late: bool,
    /// The first server is told to stop until it says that it has.
    again: Again,
    /// When it began, if this primary saw that.
    since: Option<Time>,
    /// How often tasks were put back in it.
    pub(super) put_backs: u64,
}

/// Clients that a server is to take.
#[derive(Debug)]
pub(super) struct Take {
    server: GatewayId,
    clients: Vec<(ClientId, Place)>,
    again: Again,
}

/// How long after a failure a client of a draining server tries again.
const RETRY: Span = Span::secs(10);

impl Primary {
    /// What was decided of these clients is so.
    pub(super) fn records_written(
        &mut self,
        disk: &mut BrokerDisk,
        records: &[(ClientId, Record)],
        cx: &mut Context<'_>,
    ) {
        let mut taken = BTreeMap::<GatewayId, Vec<(ClientId, Place)>>::new();
        let mut again = Vec::new();
        for (client, record) in records {
            let client = *client;
            self.writing.remove(&client);
            self.uncertain.remove(&client);
            disk.pending.remove(&client);
            let before = disk.records.set(client, record.clone(), cx.world());
            if before.server != record.server {
                self.at[before.server.index()].remove(&client);
                self.at[record.server.index()].insert(client);
            }
            match (before.running, record.running) {
                (None, Some(running)) => {
                    cx.tell(STARTED.one());
                    cx.tell(STARTED_S.cell(running.row, cx.now()));
                    tell_asked(
                        client,
                        (record.server, running.to),
                        running.asked.0,
                        running.row,
                        cx,
                    );
                    self.begun(disk, client, cx);
                }
                (Some(running), None) => {
                    self.over(disk, client, &before, running, cx);
                    // A crash beside the last write may have taken the copy.
                    if self.crashes(record.server).is_some_and(|it| it != running.crashes.1)
                        && record.server == running.to
                    {
                        again.push(client);
                    }
                }
                _ if before.epoch != record.epoch => {
                    cx.tell(EVACUATED.one());
                    taken.entry(record.server).or_default().push((client, record.place()));
                    again.push(client);
                }
                _ => self.turned_down(client, &before, cx),
            }
        }
        for (server, clients) in taken {
            self.last_take += 1;
            let number = self.last_take;
            self.takes.insert(number, Take { server, clients, again: Again::default() });
            self.take(disk, number, cx);
        }
        again.into_iter().for_each(|client| self.go_again(disk, client, cx));
        let clients: Vec<ClientId> = records.iter().map(|&(client, _)| client).collect();
        // Where a record was not certain, tasks have waited for it.
        clients.iter().for_each(|&client| self.advance(disk, client, cx));
        self.look(disk, &clients, cx);
    }

    /// A request is done with, and nothing began: it was refused, or failed at once.
    fn turned_down(&self, client: ClientId, before: &Record, cx: &mut Context<'_>) {
        let Some(request) = cx.world().strategy.plan.after(client, before.done) else { return };
        let is_there = request.from.is_none_or(|from| from == before.server);
        let is_refused = !is_there || request.to == before.server;
        let row = cx.label(ROWS) as u32;
        cx.tell(if is_refused { REFUSED.one() } else { FAILED.one() });
        tell_asked(client, (before.server, request.to), request.at, row, cx);
        cx.tell(ENDED_S.cell(row, cx.now()));
        cx.tell(HOW.cell(row, if is_refused { &"refused" } else { &"failed at once" }));
    }

    /// A migration begins: its client's tasks are put back, and when those that are out are in its server is told.
    fn begun(&mut self, disk: &mut BrokerDisk, client: ClientId, cx: &mut Context<'_>) {
        self.runs.insert(client, Run { since: Some(cx.now()), ..Run::default() });
        cx.tell(MIGRATING.rise(1));
        self.put_back_ready(disk, client, cx);
        self.all_in(disk, client, cx);
    }

    /// If no task of a client is out any more, and it is to migrate, its server is told to stop.
    pub(super) fn all_in(&mut self, disk: &mut BrokerDisk, client: ClientId, cx: &mut Context<'_>) {
        let is_told = self.runs.get(&client).is_none_or(|run| run.again.times() > 0);
        if !is_told && !self.lines.get(&client).is_some_and(Line::is_out) {
            self.move_out(disk, client, cx);
        }
    }

    /// Tells the first server to stop a client, until it says that it has.
    pub(super) fn move_out(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        let may_begin = self.may_decide();
        let reminder = self.reminder(BrokerTimer::Unmoved(client));
        let Some(run) = self.runs.get_mut(&client).filter(|run| !run.is_moving) else { return };
        if run.again.times() == 0 && !may_begin {
            return;
        }
        let Record { server, epoch, running, .. } = disk.record(client, cx.world());
        let Some(Running { number, to, .. }) = running else { return };
        run.again.said(Pace::doubling(cx.world().strategy.ack_timeout), reminder, cx);
        say_to_server(server, disk.term, Say::Move { client, epoch, number, to }, cx);
    }

    /// A migration is over: both servers hear it.
    fn over(
        &mut self,
        disk: &BrokerDisk,
        client: ClientId,
        before: &Record,
        running: Running,
        cx: &mut Context<'_>,
    ) {
        let has_failed = disk.record(client, cx.world()).server == before.server;
        if let Some(mut run) = self.runs.remove(&client) {
            run.again.stop(cx);
            cx.tell(MIGRATING.fall(1));
            cx.tell(TIME.took(cx.now() - run.since.unwrap_or(running.asked.1)));
            cx.tell(ROW_PUT_BACKS.cell(running.row, run.put_backs));
        }
        cx.tell(if has_failed { FAILED.one() } else { MOVED.one() });
        cx.tell(ENDED_S.cell(running.row, cx.now()));
        cx.tell(HOW.cell(running.row, if has_failed { &"failed" } else { &"moved" }));
        if has_failed && running.drains {
            self.retry.insert(client, cx.now() + RETRY);
            cx.set_timer(RETRY, self.reminder(BrokerTimer::Retry(client)));
        }
        for server in [before.server, running.to] {
            let to = cx.world().places.gateway(server);
            Self::say_end(disk, to, client, running.number, cx);
        }
    }

    fn say_end(disk: &BrokerDisk, to: NodeId, client: ClientId, number: u32, cx: &mut Context<'_>) {
        let place = disk.record(client, cx.world()).place();
        say(to, disk.term, Say::End { client, number, place }, cx);
    }

    /// The first server says that it has stopped a client, or that the second was too slow.
    pub(super) fn is_moving(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        (client, number): (ClientId, u32),
        late: bool,
        cx: &mut Context<'_>,
    ) {
        let running = disk.record(client, cx.world()).running;
        if running.is_some_and(|running| running.number == number) {
            let Some(run) = self.runs.get_mut(&client) else { return };
            run.is_moving = true;
            run.again.stop(cx);
            if late && !std::mem::replace(&mut run.is_late, true) {
                self.look(disk, &[client], cx);
            }
        } else if !self.writing.contains(&client) {
            Self::say_end(disk, from, client, number, cx);
        }
    }

    /// The second server says that it has a client's data.
    pub(super) fn has_stored(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        (client, number): (ClientId, u32),
        cx: &mut Context<'_>,
    ) {
        let running = disk.record(client, cx.world()).running;
        if running.is_some_and(|running| running.number == number) {
            let Some(run) = self.runs.get_mut(&client) else { return };
            if !std::mem::replace(&mut run.is_stored, true) {
                cx.tell(MOVED_S.cell(running.map_or(0, |running| running.row), cx.now()));
                self.look(disk, &[client], cx);
            }
        } else if !self.writing.contains(&client) {
            Self::say_end(disk, from, client, number, cx);
        }
    }

    /// Gives a server the clients that it is to take and has by the record, until it says that it has them.
    pub(super) fn take(&mut self, disk: &BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let reminder = self.reminder(BrokerTimer::Untaken(number));
        let Some(take) = self.takes.get_mut(&number) else { return };
        let server = take.server;
        take.clients.retain(|&(client, place)| disk.record(client, cx.world()).place() == place);
        if take.clients.is_empty() {
            self.takes.remove(&number);
            return;
        }
        take.again.said(Pace::doubling(cx.world().strategy.ack_timeout), reminder, cx);
        let clients = Rc::from(take.clients.as_slice());
        say_to_server(server, disk.term, Say::Take { number, clients }, cx);
    }

    pub(super) fn taken(&mut self, number: u64, cx: &mut Context<'_>) {
        if let Some(mut take) = self.takes.remove(&number) {
            take.again.stop(cx);
        }
    }

    /// A replica counts again: what could not be decided while it did not may be now.
    pub(super) fn joined(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let waiting: BTreeSet<ClientId> =
            self.runs.iter().filter(|(_, run)| run.again.times() == 0).map(|(&it, _)| it).collect();
        waiting.into_iter().for_each(|client| self.all_in(disk, client, cx));
        self.look_everywhere(disk, cx);
    }
}

/// What stands in the table of a migration from the beginning.
fn tell_asked(
    client: ClientId,
    (from, to): (GatewayId, GatewayId),
    asked: Time,
    row: u32,
    cx: &mut Context<'_>,
) {
    let places = cx.world().places;
    cx.tell(CLIENT.cell(row, client));
    cx.tell(FROM.cell(row, places.gateway(from)));
    cx.tell(TO.cell(row, places.gateway(to)));
    cx.tell(ASKED_S.cell(row, asked));
}
