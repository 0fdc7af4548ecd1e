//! The main dispatcher: it reads the stream from its position on, and puts what is for connected clients into one FIFO.

use std::collections::VecDeque;

use penult_sim::{Time, TimerId};

use super::connecting::Stage;
use super::{Gateway, GatewayTimer, timer};
use crate::ids::ClientId;
use crate::packet::Packet;
use crate::parts::{Again, Pace};
use crate::strategies::replay::Cx;
use crate::strategies::replay::counting::{JOINED, QUEUED, READS, STORM};
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::{BusLetter, Letter};
use crate::strategies::replay::number::Number;

/// The main dispatcher.
#[derive(Debug, Default)]
pub(super) struct Main {
    /// What it has read; absent: it does not know where it stands.
    pub(super) position: Option<Number>,
    reading: Option<Reading>,
    /// Whose turn it is, with the number of the connection; what is pushed waits there.
    fifo: VecDeque<(ClientId, u32)>,
    pub(super) pacing: Pacing,
}

/// A question to the bus: what comes after this number?
#[derive(Debug)]
struct Reading {
    after: Number,
    again: Again,
}

/// What keeps a dispatcher's pushes apart.
#[derive(Debug)]
pub(super) struct Pacing {
    /// When the next may go.
    next: Time,
    pub(super) guard: Option<TimerId>,
}

impl Default for Pacing {
    fn default() -> Self {
        Pacing { next: Time::ZERO, guard: None }
    }
}

impl Pacing {
    /// Whether a push may go now, and then it does. If not, there is a reminder of when.
    pub(super) fn passes(&mut self, reminder: GatewayTimer, cx: &mut Cx<'_>) -> bool {
        let (now, apart) = (cx.now(), cx.world().strategy.between_pushes);
        if now < self.next {
            if self.guard.is_none() {
                self.guard = Some(cx.set_timer(self.next - now, timer(reminder)));
            }
            return false;
        }
        self.next = now + apart;
        true
    }

    /// It reminds of nothing any more.
    pub(super) fn stop(&mut self, cx: &mut Cx<'_>) {
        if let Some(guard) = self.guard.take() {
            cx.cancel_timer(guard);
        }
    }
}

impl Gateway {
    /// The primary pushes what is stored.
    pub(super) fn pushed(
        &mut self,
        (before, last): (Number, Number),
        events: &[Event],
        cx: &mut Cx<'_>,
    ) {
        let Some(position) = self.main.position else { return };
        if before > position {
            return self.read(cx);
        }
        if last > position {
            self.main.position = Some(last);
            self.take_all(position, events, cx);
        }
    }

    /// The primary says what is the newest number stored.
    pub(super) fn newest_is(&mut self, newest: Number, cx: &mut Cx<'_>) {
        match self.main.position {
            None => {
                self.main.position = Some(newest);
                self.place_all(cx);
            }
            Some(position) if newest > position => self.read(cx),
            Some(_) => {}
        }
    }

    /// Asks for what comes after the position, unless something is asked.
    fn read(&mut self, cx: &mut Cx<'_>) {
        let (None, Some(after)) = (&self.main.reading, self.main.position) else { return };
        self.main.reading = Some(Reading { after, again: Again::default() });
        cx.tell(READS.one());
        self.ask_again(cx);
    }

    /// Sends the question.
    pub(super) fn ask_again(&mut self, cx: &mut Cx<'_>) {
        let (Some(primary), Some(reading)) = (self.primary, &mut self.main.reading) else { return };
        let pace = Pace::doubling(cx.world().strategy.ack_timeout);
        reading.again.said(pace, timer(GatewayTimer::Unread), cx);
        cx.send(primary, Packet::Between(Letter::Bus(BusLetter::ReadAll(reading.after))));
    }

    /// There is a new primary: all that is asked is asked there, at once.
    pub(super) fn read_from_new_primary(&mut self, cx: &mut Cx<'_>) {
        if let Some(reading) = &mut self.main.reading {
            reading.again.forget_times();
        }
        self.ask_again(cx);
        self.catch_up_from_new_primary(cx);
    }

    /// The primary answers.
    pub(super) fn answered(
        &mut self,
        after: Number,
        events: &[Event],
        end: Option<Number>,
        cx: &mut Cx<'_>,
    ) {
        let Some(reading) = self.main.reading.as_mut().filter(|it| it.after == after) else {
            return;
        };
        reading.again.stop(cx);
        self.main.reading = None;
        let position = self.main.position.expect("who reads knows where it stands");
        let last = end.or(events.last().map(|event| event.number)).unwrap_or(position);
        self.main.position = Some(position.max(last));
        self.take_all(position, events, cx);
        if end.is_none() {
            self.read(cx);
        }
    }

    /// Takes what comes after a position and is for clients that are connected now: each through the CPU.
    fn take_all(&mut self, position: Number, events: &[Event], cx: &mut Cx<'_>) {
        for event in events.iter().filter(|event| event.number > position) {
            let client = event.recipient;
            let Some(connection) = self.connections.get_mut(client.0.into()) else { continue };
            if event.number <= connection.skips {
                continue;
            }
            self.copies.keep(event.delivery(), cx);
            connection.reading.push_back(event.clone());
            let connection = connection.number;
            self.work(Letter::Turn { client, connection, temporary: false }, cx);
        }
    }

    /// Puts an event into the CPU's queue.
    pub(super) fn work(&mut self, turn: Letter, cx: &mut Cx<'_>) {
        if let Some(Packet::Between(Letter::Turn { client, connection, temporary })) =
            cx.work(Packet::Between(turn))
        {
            self.turn(client, connection, temporary, cx);
        }
    }

    /// An event is through the CPU.
    pub(super) fn turn(&mut self, client: ClientId, number: u32, temporary: bool, cx: &mut Cx<'_>) {
        if temporary {
            return self.temporary_turn(client, number, cx);
        }
        let Some(connection) = self.connection(client, number) else { return };
        let event = connection.reading.pop_front().expect("it was read");
        connection.queue.push_back(event);
        let is_joined = matches!(connection.stage, Stage::Joined);
        if is_joined {
            self.main.fifo.push_back((client, number));
            self.dispatch(cx);
        } else {
            cx.tell(QUEUED.rise(1));
        }
    }

    /// A client joins: what was queued for it enters the FIFO.
    pub(super) fn join(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let Some(connection) = self.connection(client, number) else { return };
        connection.stage = Stage::Joined;
        let queued = connection.queue.len();
        cx.tell(STORM.fall(1));
        cx.tell(JOINED.took(cx.now() - connection.since));
        if queued > 0 {
            cx.tell(QUEUED.fall(queued as u64));
        }
        self.main.fifo.extend(std::iter::repeat_n((client, number), queued));
        self.dispatch(cx);
    }

    /// Pushes what may go.
    pub(super) fn dispatch(&mut self, cx: &mut Cx<'_>) {
        while let Some(&(client, number)) = self.main.fifo.front() {
            let connection = self.connections.get_mut(client.0.into());
            let connection = connection.filter(|it| it.number == number);
            // What waited for a connection that has ended left no gap in the pace.
            if let Some(connection) = connection {
                if !self.main.pacing.passes(GatewayTimer::Paced, cx) {
                    return;
                }
                let event = connection.queue.pop_front().expect("it is in the FIFO");
                connection.push(client, event, cx);
            }
            self.main.fifo.pop_front();
        }
    }
}
