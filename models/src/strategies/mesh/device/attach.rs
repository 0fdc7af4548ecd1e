//! Having a host: keepalives over each connection that is up, and the search for another host.

use std::sync::Arc;

use penult_sim::{Delay, Distribution, NodeId, Time, TimerId};

use super::{Carrier, CarrierDisk, CarrierTimer, Cx, timer};
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;
use crate::places::Kind;
use crate::purpose;
use crate::strategies::mesh::letters::{Lines, Up};

/// What a device knows of its host.
#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) host: GatewayId,
    /// Whom to turn to, the host first; absent: as it is configured.
    list: Option<Arc<[GatewayId]>>,
    state: State,
    heard: Time,
    /// How many keepalives in a row were not answered.
    missed: u8,
    /// The number of the last keepalive.
    beat: u32,
}

#[derive(Debug)]
enum State {
    Attached,
    /// A gateway was asked; `turn` counts those asked since there was a host.
    Asking {
        turn: u32,
        asked: GatewayId,
        guard: TimerId,
    },
    /// A while until the next is asked.
    Pausing {
        turn: u32,
        guard: TimerId,
    },
    /// No connection is up.
    Resting,
}

/// So many keepalives without an answer, and the host is gone.
const MISSES: u8 = 2;

impl Attachment {
    pub(super) fn at_home(me: ClientId, cx: &Cx<'_>) -> Self {
        Attachment {
            host: cx.world().homes[me.index()],
            list: None,
            state: State::Attached,
            heard: Time::ZERO,
            missed: 0,
            beat: 0,
        }
    }

    /// Whether there are gateways at all.
    pub(super) fn has_host(&self) -> bool {
        self.host != GatewayId::NOWHERE
    }

    pub(super) fn heard_from(&mut self, from: NodeId, cx: &Cx<'_>) {
        if self.has_host() && cx.world().places.gateway(self.host) == from {
            self.heard = cx.now();
        }
    }

    /// The gateway to turn to after so many others: the list, then the others by their numbers after the host's.
    pub(super) fn round(&self, turn: u32, cx: &Cx<'_>) -> GatewayId {
        let world = cx.world();
        let gateways = world.places.gateways;
        let turn = (turn % gateways) as usize;
        let list = self.list.as_deref().unwrap_or(&world.lists[self.host.index()]);
        if let Some(&listed) = list.get(turn) {
            return listed;
        }
        let after = (1..gateways).map(|step| GatewayId((self.host.0 + step) % gateways));
        let mut others = after.filter(|gateway| !list.contains(gateway));
        others.nth(turn - list.len()).expect("the list and the others are all gateways")
    }

    fn set(&mut self, state: State, cx: &mut Cx<'_>) {
        let before = std::mem::replace(&mut self.state, state);
        if let State::Asking { guard, .. } | State::Pausing { guard, .. } = before {
            cx.cancel_timer(guard);
        }
    }
}

impl Carrier {
    /// The first keepalive comes after a part of the time from one to the next.
    pub(super) fn begin_beat(&mut self, cx: &mut Cx<'_>) {
        if !self.attachment.has_host() || self.lines.is_empty() {
            return;
        }
        let keepalive = cx.world().clients.keepalive;
        let phase = Distribution::uniform(0.0, keepalive.as_nanos() as f64);
        let phase = Delay::from_nanos(phase.expect("a period is a range"));
        let first = phase.sample(&mut cx.draw(purpose::KEEPALIVE_PHASE));
        cx.set_background_timer(first, timer(CarrierTimer::Keepalive));
    }

    pub(super) fn keep_alive(&mut self, _: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let clients = &cx.world().clients;
        let (every, timeout) = (clients.keepalive, clients.send_timeout);
        cx.set_background_timer(every, timer(CarrierTimer::Keepalive));
        let up = self.up();
        if up.is_empty() || !matches!(self.attachment.state, State::Attached) {
            return;
        }
        self.attachment.beat += 1;
        let (host, number) = (Self::gateway(self.attachment.host, cx), self.attachment.beat);
        for line in up.iter() {
            self.say_over(host, line, Up::Keepalive(number), cx);
            self.asked_alive(line, number, cx);
            self.watch(line, cx);
        }
        cx.set_background_timer(timeout, timer(CarrierTimer::KeepaliveDue));
    }

    pub(super) fn alive(&mut self, _: NodeId, via: u32, number: u32, cx: &mut Cx<'_>) {
        self.answered_alive(via, number, cx);
    }

    pub(super) fn keepalive_due(&mut self, cx: &mut Cx<'_>) {
        let attachment = &mut self.attachment;
        if !matches!(attachment.state, State::Attached) {
            return;
        }
        let was_answered = attachment.heard + cx.world().clients.send_timeout >= cx.now();
        attachment.missed = if was_answered { 0 } else { attachment.missed.saturating_add(1) };
        if attachment.missed >= MISSES {
            self.tell_detached(cx);
            self.pause(1, cx);
        }
    }

    fn pause(&mut self, turn: u32, cx: &mut Cx<'_>) {
        let guard = cx.set_timer(cx.world().clients.reconnect, timer(CarrierTimer::Reconnect));
        self.attachment.set(State::Pausing { turn, guard }, cx);
    }

    pub(super) fn reconnect(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        if let State::Pausing { turn, .. } = self.attachment.state {
            let next = self.attachment.round(turn, cx);
            let uses = self.uses(cx);
            self.request_host(disk, (next, turn), uses, cx);
        }
    }

    /// Connections came into use: the device attaches over them, to the host that it last had.
    pub(super) fn attach_over(&mut self, disk: &mut CarrierDisk, lines: Lines, cx: &mut Cx<'_>) {
        self.request_host(disk, (self.attachment.host, 0), lines, cx);
    }

    fn request_host(
        &mut self,
        disk: &mut CarrierDisk,
        (gateway, turn): (GatewayId, u32),
        lines: Lines,
        cx: &mut Cx<'_>,
    ) {
        let to = Self::gateway(gateway, cx);
        for line in lines.iter() {
            self.say_over(to, line, Up::Attach(disk.epoch), cx);
            self.watch(line, cx);
        }
        let wait = cx.world().clients.send_timeout;
        let guard = cx.set_timer(wait, timer(CarrierTimer::AttachDue));
        self.attachment.set(State::Asking { turn, asked: gateway, guard }, cx);
    }

    pub(super) fn attach_due(&mut self, cx: &mut Cx<'_>) {
        if let State::Asking { turn, .. } = self.attachment.state {
            self.pause(turn + 1, cx);
        }
    }

    /// A gateway says that it is the host.
    pub(super) fn hosted(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        via: u32,
        epoch: u32,
        list: Arc<[GatewayId]>,
        cx: &mut Cx<'_>,
    ) {
        let Kind::Gateway(gateway) = cx.world().places.kind(from) else { return };
        if epoch < disk.epoch {
            return self.say_over(from, via, Up::Stale(disk.epoch), cx);
        }
        let attached = matches!(self.attachment.state, State::Attached);
        if !(attached && epoch == disk.epoch && gateway == self.attachment.host) {
            disk.epoch = epoch;
            self.turn_to(disk, gateway, cx);
            self.attachment.set(State::Attached, cx);
            if self.has_user(cx) {
                cx.tell(Note::Attached { host: gateway, epoch });
            }
        }
        self.attachment.list = Some(list);
    }

    fn turn_to(&mut self, disk: &mut CarrierDisk, host: GatewayId, cx: &Cx<'_>) {
        let attachment = &mut self.attachment;
        if attachment.host != host {
            attachment.host = host;
            attachment.list = None;
            disk.round += 1;
        }
        (attachment.heard, attachment.missed) = (cx.now(), 0);
    }

    /// A gateway says that another is the host. What it knows may be older than what the device knows.
    pub(super) fn turned_away(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        host: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        let from = cx.world().places.as_gateway(from);
        let asked_it = match self.attachment.state {
            State::Asking { asked, .. } => asked == from,
            State::Attached => self.attachment.host == from,
            State::Pausing { .. } | State::Resting => false,
        };
        if asked_it && epoch >= disk.epoch {
            disk.epoch = epoch;
            self.turn_to(disk, host, cx);
            let uses = self.uses(cx);
            self.request_host(disk, (host, 0), uses, cx);
        }
    }

    /// No connection is up: it expects nothing.
    pub(super) fn rest(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        self.attachment.set(State::Resting, cx);
        self.rest_tries(disk, cx);
    }

    fn tell_detached(&self, cx: &mut Cx<'_>) {
        if self.has_user(cx) {
            cx.tell(Note::Detached);
        }
    }

    /// Whether somebody uses it. A relay has no user.
    pub(super) fn has_user(&self, cx: &Cx<'_>) -> bool {
        self.me.0 < cx.world().places.clients
    }
}
