//! Pushing: what a device is sent, its acks, and what goes again.

use std::rc::Rc;

use super::connecting::Connection;
use super::{Gateway, GatewayTimer, timer};
use crate::ids::ClientId;
use crate::note::Drop;
use crate::packet::Packet;
use crate::parts::Pace;
use crate::strategies::replay::Cx;
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::{Letter, Word};
use crate::strategies::replay::number::Number;

/// An event that was pushed and is not acked.
#[derive(Debug)]
pub(super) struct Pushed {
    /// The number pushed before it.
    after: Number,
    pub(super) event: Event,
}

impl Connection {
    /// Sends an event, in a packet of its own.
    pub(super) fn push(&mut self, client: ClientId, event: Event, cx: &mut Cx<'_>) {
        let after = std::mem::replace(&mut self.last, event.number);
        let is_first = self.unacked.is_empty();
        let events: Rc<[Event]> = Rc::from([event.clone()]);
        self.unacked.push_back(Pushed { after, event });
        self.send(client, after, events, cx);
        if is_first {
            self.await_ack(client, cx);
        }
    }

    fn send(&mut self, client: ClientId, after: Number, events: Rc<[Event]>, cx: &mut Cx<'_>) {
        self.sent = cx.now();
        let letter = Letter::Events { epoch: self.epoch, after, events };
        cx.send(cx.world().places.client(client), Packet::Between(letter));
    }

    /// Sets the timer for what is not acked.
    fn await_ack(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if let Some(again) = self.again.take() {
            cx.cancel_timer(again);
        }
        if self.unacked.is_empty() {
            return;
        }
        let options = &cx.world().clients;
        let pace = Pace::growing(options.send_timeout, options.send_backoff);
        let wait = pace.wait_after(self.repeats);
        let reminder = timer(GatewayTimer::Unacked(client, self.number));
        self.again = Some(cx.set_timer(wait, reminder));
    }

    /// All that is not acked goes again, in one packet.
    pub(super) fn repeat(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        let Some(first) = self.unacked.front() else { return };
        let after = first.after;
        let events = self.unacked.iter().map(|pushed| pushed.event.clone()).collect();
        self.send(client, after, events, cx);
        self.await_ack(client, cx);
    }

    /// A keepalive came: what was last sent may be what was lost.
    pub(super) fn kept_alive(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if self.sent + cx.world().clients.send_timeout < cx.now() {
            self.repeat(client, cx);
        }
    }
}

impl Gateway {
    /// The time to wait for an ack is over: the next wait is longer.
    pub(super) fn unacked(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        if let Some(connection) = self.connection(client, number) {
            connection.again = None;
            connection.repeats += 1;
            connection.repeat(client, cx);
        }
    }

    /// A device says what it has, and whether it refused something.
    pub(super) fn acked(&mut self, client: ClientId, word: Word, refused: bool, cx: &mut Cx<'_>) {
        if !self.is_served(client, &word, cx) {
            return;
        }
        let Some(connection) = self.connections.get_mut(client.0.into()) else {
            return self.begin_for(client, &word, cx);
        };
        let has_forgotten = word.number.is_none_or(|number| number < connection.acked);
        if refused && has_forgotten {
            return self.begin_for(client, &word, cx);
        }
        let Some(number) = word.number else { return };
        connection.acked = connection.acked.max(number);
        let mut took_off = false;
        while connection.unacked.front().is_some_and(|pushed| pushed.event.number <= number) {
            let pushed = connection.unacked.pop_front().expect("it is there");
            self.copies.release(pushed.event.delivery(), Drop::Done, cx);
            took_off = true;
        }
        if took_off {
            connection.repeats = 0;
            connection.await_ack(client, cx);
        }
        if refused {
            connection.repeat(client, cx);
        }
    }
}
