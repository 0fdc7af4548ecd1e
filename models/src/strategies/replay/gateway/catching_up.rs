//! Temporary dispatchers: each reads for one client what it missed, and ends when all of that is pushed.

use std::collections::VecDeque;

use penult_sim::Time;

use super::connecting::Stage;
use super::dispatching::Pacing;
use super::{Gateway, GatewayTimer, timer};
use crate::ids::ClientId;
use crate::member::MemberTimer;
use crate::note::Drop;
use crate::packet::Packet;
use crate::parts::{Again, Pace};
use crate::strategies::replay::Cx;
use crate::strategies::replay::counting::{
    ATTACHED, BEGAN, CLIENT, END, ENDED, EVENTS, LIFE, REPLAYED, ROWS, SERVER, STARTED, TEMPORARY,
    WAIT, WAITING,
};
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::{BusLetter, Letter};
use crate::strategies::replay::number::Number;

/// A temporary dispatcher.
#[derive(Debug)]
pub(super) struct Temporary {
    /// What it has read.
    after: Number,
    /// Up to where it reads.
    to: Number,
    /// When it got its slot.
    pub(super) since: Time,
    /// Its question to the bus, while that is not answered; before it is started, the reminder of that.
    asked: Again,
    is_started: bool,
    /// Whether there is more to read after what it has.
    is_last: bool,
    /// What the CPU is not done with.
    reading: VecDeque<Event>,
    fifo: VecDeque<Event>,
    pacing: Pacing,
    /// How many it has pushed.
    pub(super) pushed: u64,
    /// Which row of the report it is.
    row: u32,
}

impl Gateway {
    /// A client has to catch up, after the first number, up to the second.
    pub(super) fn wait_for_temporary(
        &mut self,
        client: ClientId,
        number: u32,
        range: (Number, Number),
        cx: &mut Cx<'_>,
    ) {
        let Some(connection) = self.connection(client, number) else { return };
        connection.stage = Stage::InLine(range);
        self.line.push_back(((client, number), cx.now()));
        cx.tell(WAITING.rise(1));
        self.next_in_line(cx);
    }

    /// A client that waits in line is gone.
    pub(super) fn leaves_line(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        self.line.retain(|&(waiting, ..)| waiting != (client, number));
        cx.tell(WAITING.fall(1));
    }

    /// Gives slots that are free to those in line.
    fn next_in_line(&mut self, cx: &mut Cx<'_>) {
        let most = cx.world().strategy.max_temporary.unwrap_or(u32::MAX);
        while self.temporaries < most {
            let Some(((client, number), since)) = self.line.pop_front() else { return };
            let connection = self.connection(client, number).expect("who leaves is taken out");
            let Stage::InLine((after, to)) = connection.stage else {
                unreachable!("who is in line waits");
            };
            let mut asked = Again::default();
            let start = cx.world().strategy.start;
            if !start.is_zero() {
                let reminder = MemberTimer::Server(GatewayTimer::Started(client, number).into());
                asked.begins_after(start, Pace::steady(start), reminder, cx);
            }
            let (row, attached) = (cx.label(ROWS) as u32, connection.since);
            connection.stage = Stage::CatchingUp(Box::new(Temporary {
                after,
                to,
                since: cx.now(),
                asked,
                is_started: false,
                is_last: false,
                reading: VecDeque::new(),
                fifo: VecDeque::new(),
                pacing: Pacing::default(),
                pushed: 0,
                row,
            }));
            self.temporaries += 1;
            self.catching_up.insert((client, number));
            cx.tell(WAITING.fall(1));
            cx.tell(WAIT.took(cx.now() - since));
            cx.tell(TEMPORARY.rise(1));
            cx.tell(STARTED.one());
            cx.tell(CLIENT.cell(row, client));
            cx.tell(SERVER.cell(row, cx.node()));
            cx.tell(ATTACHED.cell(row, attached));
            cx.tell(BEGAN.cell(row, cx.now()));
            if start.is_zero() {
                self.started(client, number, cx);
            }
        }
    }

    fn temporary(&mut self, client: ClientId, number: u32) -> Option<&mut Temporary> {
        match &mut self.connection(client, number)?.stage {
            Stage::CatchingUp(temporary) => Some(temporary),
            _ => None,
        }
    }

    /// A temporary dispatcher is started.
    pub(super) fn started(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let Some(temporary) = self.temporary(client, number) else { return };
        temporary.is_started = true;
        temporary.asked = Again::default();
        self.ask_for_client(client, number, cx);
    }

    /// It asks the bus for what comes next.
    pub(super) fn ask_for_client(&mut self, client: ClientId, connection: u32, cx: &mut Cx<'_>) {
        let primary = self.primary;
        let pace = Pace::doubling(cx.world().strategy.ack_timeout);
        let Some(temporary) = self.temporary(client, connection) else { return };
        let (after, to) = (temporary.after, temporary.to);
        let Some(primary) = primary else { return };
        let reminder = timer(GatewayTimer::Unanswered(client, connection));
        temporary.asked.said(pace, reminder, cx);
        let read = BusLetter::ReadClient { client, connection, after, to };
        cx.send(primary, Packet::Between(Letter::Bus(read)));
    }

    /// There is a new primary: who waits for an answer asks there, at once.
    pub(super) fn catch_up_from_new_primary(&mut self, cx: &mut Cx<'_>) {
        let all: Vec<(ClientId, u32)> = self.catching_up.iter().copied().collect();
        for (client, number) in all {
            let Some(temporary) = self.temporary(client, number) else { continue };
            let waits = temporary.reading.is_empty() && temporary.fifo.is_empty();
            if temporary.is_started && waits {
                temporary.asked.forget_times();
                self.ask_for_client(client, number, cx);
            }
        }
    }

    /// The bus answers.
    pub(super) fn answered_for_client(
        &mut self,
        (client, connection): (ClientId, u32),
        after: Number,
        events: &[Event],
        last: bool,
        cx: &mut Cx<'_>,
    ) {
        let Some(temporary) = self.temporary(client, connection) else { return };
        let is_asked = temporary.is_started && temporary.asked.is_waiting();
        if !is_asked || temporary.after != after {
            return;
        }
        temporary.asked.stop(cx);
        temporary.asked.forget_times();
        temporary.is_last = last;
        if let Some(event) = events.last() {
            temporary.after = event.number;
        }
        temporary.reading.extend(events.iter().cloned());
        for event in events {
            self.copies.keep(event.delivery(), cx);
        }
        for _ in events {
            self.work(Letter::Turn { client, connection, temporary: true }, cx);
        }
        if events.is_empty() {
            self.read_on(client, connection, cx);
        }
    }

    /// One of its events is through the CPU.
    pub(super) fn temporary_turn(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let Some(temporary) = self.temporary(client, number) else { return };
        let event = temporary.reading.pop_front().expect("it was read");
        temporary.fifo.push_back(event);
        self.dispatch_temporary(client, number, cx);
    }

    /// It may push again.
    pub(super) fn temporary_paced(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        if let Some(temporary) = self.temporary(client, number) {
            temporary.pacing.guard = None;
            self.dispatch_temporary(client, number, cx);
        }
    }

    /// Pushes what may go; after the last it reads on, or ends.
    fn dispatch_temporary(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let reminder = GatewayTimer::TemporaryPaced(client, number);
        loop {
            let Some(temporary) = self.temporary(client, number) else { return };
            let Some(event) = temporary.fifo.front().cloned() else { break };
            if !temporary.pacing.passes(reminder, cx) {
                return;
            }
            temporary.fifo.pop_front();
            temporary.pushed += 1;
            cx.tell(REPLAYED.one());
            let connection = self.connection(client, number).expect("it is there");
            connection.push(client, event, cx);
        }
        let Some(temporary) = self.temporary(client, number) else { return };
        if temporary.reading.is_empty() {
            self.read_on(client, number, cx);
        }
    }

    /// All that it has read is pushed.
    fn read_on(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let Some(connection) = self.connection(client, number) else { return };
        match std::mem::replace(&mut connection.stage, Stage::Joined) {
            Stage::CatchingUp(temporary) if temporary.is_last => {
                // The slot is free before the client's queue goes on.
                self.temporaries -= 1;
                self.catching_up_ends(client, number, &temporary, &"joined", cx);
                self.join(client, number, cx);
                self.next_in_line(cx);
            }
            stage => {
                connection.stage = stage;
                self.ask_for_client(client, number, cx);
            }
        }
    }

    /// A connection ends while it catches up.
    pub(super) fn end_temporary(
        &mut self,
        client: ClientId,
        number: u32,
        mut temporary: Temporary,
        cx: &mut Cx<'_>,
    ) {
        temporary.asked.stop(cx);
        temporary.pacing.stop(cx);
        self.temporaries -= 1;
        self.catching_up_ends(client, number, &temporary, &"left", cx);
        for event in temporary.reading.into_iter().chain(temporary.fifo) {
            self.copies.release(event.delivery(), Drop::HandedOn, cx);
        }
        self.next_in_line(cx);
    }

    fn catching_up_ends(
        &mut self,
        client: ClientId,
        number: u32,
        temporary: &Temporary,
        end: &'static &'static str,
        cx: &mut Cx<'_>,
    ) {
        self.catching_up.remove(&(client, number));
        cx.tell(TEMPORARY.fall(1));
        cx.tell(LIFE.took(cx.now() - temporary.since));
        cx.tell(ENDED.cell(temporary.row, cx.now()));
        cx.tell(EVENTS.cell(temporary.row, temporary.pushed));
        cx.tell(END.cell(temporary.row, end));
    }
}
