//! Connections: each client that a gateway serves now. They begin with attaching or any sign of a client that is
//! hosted here, and end with silence.

use std::collections::VecDeque;

use penult_sim::{Time, TimerId};

use super::catching_up::Temporary;
use super::pushing::Pushed;
use super::{Gateway, GatewayTimer, timer};
use crate::client::patience;
use crate::ids::ClientId;
use crate::note::Drop;
use crate::packet::Packet;
use crate::strategies::replay::Cx;
use crate::strategies::replay::counting::{QUEUED, STORM};
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::Letter;
use crate::strategies::replay::number::Number;
use crate::strategies::replay::options::Begin;

/// A client that is served.
#[derive(Debug)]
pub(super) struct Connection {
    /// Which of the gateway's connections it is.
    pub(super) number: u32,
    /// Since when the gateway hosts the client.
    pub(super) epoch: u32,
    /// When it began.
    pub(super) since: Time,
    /// When the client was last heard.
    pub(super) heard: Time,
    silence: TimerId,
    pub(super) stage: Stage,
    /// What the main dispatcher reads up to this number is not for it.
    pub(super) skips: Number,
    /// The highest number that the client has acked, or began with.
    pub(super) acked: Number,
    /// The number that was pushed last.
    pub(super) last: Number,
    /// What the main dispatcher read, and the CPU is not done with.
    pub(super) reading: VecDeque<Event>,
    /// What the CPU is done with: for the FIFO, or for when the client joins.
    pub(super) queue: VecDeque<Event>,
    /// What was pushed and not acked.
    pub(super) unacked: VecDeque<Pushed>,
    /// How often its timer ran out since an ack took something off.
    pub(super) repeats: u32,
    pub(super) again: Option<TimerId>,
    /// When something was last sent.
    pub(super) sent: Time,
}

/// How far a connection is.
#[derive(Debug)]
pub(super) enum Stage {
    /// The main dispatcher does not know where it stands. The device's number, if it has one.
    Unplaced(Option<Number>),
    /// It waits in line for a temporary dispatcher for what is after the first number, up to the second.
    InLine((Number, Number)),
    /// It has one.
    CatchingUp(Box<Temporary>),
    /// The main dispatcher serves it.
    Joined,
}

impl Gateway {
    /// The connection of a client, if it is this one.
    pub(super) fn connection(&mut self, client: ClientId, number: u32) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(client.0.into());
        connection.map(|it| &mut **it).filter(|it| it.number == number)
    }

    /// A connection begins; an older one of the client ends.
    pub(super) fn begin(
        &mut self,
        client: ClientId,
        epoch: u32,
        number: Option<Number>,
        cx: &mut Cx<'_>,
    ) {
        self.end(client, cx);
        self.begun += 1;
        let (nth, now) = (self.begun, cx.now());
        let options = &cx.world().clients;
        let silence = patience(options.keepalive, options.send_timeout);
        let reminder = timer(GatewayTimer::Silent(client, nth));
        let connection = Connection {
            number: nth,
            epoch,
            since: now,
            heard: now,
            silence: cx.set_background_timer(silence, reminder),
            stage: Stage::Unplaced(number),
            skips: Number::ZERO,
            acked: number.unwrap_or(Number::ZERO),
            last: number.unwrap_or(Number::ZERO),
            reading: VecDeque::new(),
            queue: VecDeque::new(),
            unacked: VecDeque::new(),
            repeats: 0,
            again: None,
            sent: now,
        };
        self.connections.insert(client.0.into(), Box::new(connection));
        cx.tell(STORM.rise(1));
        match self.main.position {
            Some(_) => self.place(client, nth, cx),
            None => self.unplaced.push((client, nth)),
        }
    }

    /// The main dispatcher knows where it stands: so do connections.
    pub(super) fn place_all(&mut self, cx: &mut Cx<'_>) {
        for (client, nth) in std::mem::take(&mut self.unplaced) {
            self.place(client, nth, cx);
        }
    }

    /// Up to the main dispatcher's position a client has to catch up; from there on that one queues for it.
    fn place(&mut self, client: ClientId, nth: u32, cx: &mut Cx<'_>) {
        let position = self.main.position.expect("it is known");
        let Some(connection) = self.connection(client, nth) else { return };
        let Stage::Unplaced(number) = connection.stage else { return };
        let begins = match cx.world().strategy.begin {
            Begin::Tip => position,
            Begin::All => Number::ZERO,
        };
        let from = number.unwrap_or(begins);
        (connection.acked, connection.last) = (from, from);
        connection.skips = from.max(position);
        if number.is_none() {
            let begin = Letter::Begin { epoch: connection.epoch, number: from };
            cx.send(cx.world().places.client(client), Packet::Between(begin));
        }
        if from >= position {
            return self.join(client, nth, cx);
        }
        self.wait_for_temporary(client, nth, (from, position), cx);
    }

    /// A connection ends, with all that waits for it.
    pub(super) fn end(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        let Some(connection) = self.connections.remove(client.0.into()) else { return };
        let Connection { silence, again, stage, reading, queue, unacked, number, .. } = *connection;
        cx.cancel_timer(silence);
        if let Some(again) = again {
            cx.cancel_timer(again);
        }
        if !matches!(stage, Stage::Joined) {
            cx.tell(STORM.fall(1));
            if !queue.is_empty() {
                cx.tell(QUEUED.fall(queue.len() as u64));
            }
        }
        let pushed = unacked.into_iter().map(|pushed| pushed.event);
        for event in pushed.chain(reading).chain(queue) {
            self.copies.release(event.delivery(), Drop::HandedOn, cx);
        }
        match stage {
            Stage::InLine(_) => self.leaves_line(client, number, cx),
            Stage::CatchingUp(temporary) => self.end_temporary(client, number, *temporary, cx),
            Stage::Unplaced(_) | Stage::Joined => {}
        }
    }

    /// The time of a connection's silence may be over.
    pub(super) fn silent(&mut self, client: ClientId, number: u32, cx: &mut Cx<'_>) {
        let options = &cx.world().clients;
        let silence = patience(options.keepalive, options.send_timeout);
        let now = cx.now();
        let Some(connection) = self.connection(client, number) else { return };
        let due = connection.heard + silence;
        if due <= now {
            return self.end(client, cx);
        }
        let reminder = timer(GatewayTimer::Silent(client, number));
        connection.silence = cx.set_background_timer(due - now, reminder);
    }
}
