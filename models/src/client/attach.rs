//! Having a host: keepalives that notice when it is gone, and the search for another.

use std::sync::Arc;

use penult_sim::{Delay, Distribution, Span, Time, TimerId};

use super::{Client, ClientDisk, ClientTimer, Cx, Side, With, timer};
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;
use crate::packet::Up;
use crate::purpose;
use crate::server::Server;

/// What a device knows of its host.
#[derive(Debug)]
pub(super) struct Attachment {
    /// The gateway that it takes for its host.
    pub(super) host: GatewayId,
    /// Whom to turn to, the host first; absent: as it is configured.
    list: Option<Arc<[GatewayId]>>,
    state: State,
    /// When the host was last heard.
    heard: Time,
    /// How many keepalives in a row it has not answered. Each is judged by itself, when its time is over: where
    /// they come faster than that, several are open.
    missed: u8,
}

#[derive(Debug)]
enum State {
    /// The host is the host.
    Attached,
    /// A gateway was asked; `turn` counts the gateways asked since there was a host.
    Asking { turn: u32, asked: GatewayId, guard: TimerId },
    /// It did not answer, or the host is gone: a while until the next is asked.
    Pausing { turn: u32, guard: TimerId },
    /// The device is offline.
    Resting,
}

/// So many keepalives without an answer, and the host is gone.
const MISSES: u8 = 2;

impl Attachment {
    pub(super) fn at_home<S: Server>(me: ClientId, cx: &Cx<'_, S>) -> Self {
        let world = cx.world();
        let host = world.homes[me.index()];
        Attachment { host, list: None, state: State::Attached, heard: Time::ZERO, missed: 0 }
    }

    pub(super) fn heard_from(&mut self, from: GatewayId, now: Time) {
        if from == self.host {
            self.heard = now;
        }
    }

    /// The gateway to turn to after so many others: the list, then the others by their numbers after
    /// the host's, round and round.
    pub(super) fn round<S: Server>(&self, turn: u32, cx: &Cx<'_, S>) -> GatewayId {
        let world = cx.world();
        if !world.needs.roams {
            return self.host;
        }
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
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    pub(super) fn keep_alive(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let options = &cx.world().clients;
        let (every, timeout) = (options.keepalive, options.send_timeout);
        cx.set_background_timer(every, timer(ClientTimer::Keepalive));
        if self.online && matches!(self.attachment.state, State::Attached) {
            let word = X::word(self, disk, With::Keepalive, cx);
            self.send_host(Up::Keepalive(word), cx);
            cx.set_background_timer(timeout, timer(ClientTimer::KeepaliveDue));
        }
    }

    pub(super) fn keepalive_due(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let attachment = &mut self.attachment;
        if !matches!(attachment.state, State::Attached) {
            return;
        }
        let was_answered = attachment.heard + cx.world().clients.send_timeout >= cx.now();
        attachment.missed = if was_answered { 0 } else { attachment.missed.saturating_add(1) };
        if attachment.missed >= MISSES && cx.world().needs.roams {
            self.give_up_host(disk, cx);
        }
    }

    /// The host is gone: after a pause, the next of the list is asked.
    fn give_up_host(&mut self, _: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        cx.tell(Note::Detached);
        self.side.left_host(cx);
        self.pause(1, cx);
    }

    /// The host is there, but another may be better: the next of the list is asked.
    pub(super) fn leave_host(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if matches!(self.attachment.state, State::Attached) && self.online {
            cx.tell(Note::Detached);
            self.side.left_host(cx);
            let next = self.attachment.round(1, cx);
            self.ask(disk, next, 1, cx);
        }
    }

    fn pause(&mut self, turn: u32, cx: &mut Cx<'_, S>) {
        let guard = cx.set_timer(cx.world().clients.reconnect, timer(ClientTimer::Reconnect));
        self.set_state(State::Pausing { turn, guard }, cx);
    }

    pub(super) fn reconnect(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if let State::Pausing { turn, .. } = self.attachment.state {
            let next = self.attachment.round(turn, cx);
            self.ask(disk, next, turn, cx);
        }
    }

    /// Begins with the host that the device last had, as after a return.
    pub(super) fn attach_anew(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if self.attachment.host == GatewayId::NOWHERE {
            return;
        }
        self.side.left_host(cx);
        self.ask(disk, self.attachment.host, 0, cx);
    }

    fn ask(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        gateway: GatewayId,
        turn: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let guard = cx.set_timer(cx.world().clients.send_timeout, timer(ClientTimer::AttachDue));
        self.set_state(State::Asking { turn, asked: gateway, guard }, cx);
        let word = X::word(self, disk, With::Attach, cx);
        self.send(gateway, Up::Attach { epoch: disk.epoch, word }, cx);
    }

    pub(super) fn attach_due(&mut self, _: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if let State::Asking { turn, .. } = self.attachment.state {
            self.pause(turn + 1, cx);
        }
    }

    /// A gateway says that it is the host.
    pub(super) fn hosted(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        epoch: u32,
        list: Arc<[GatewayId]>,
        cx: &mut Cx<'_, S>,
    ) {
        if self.obeys(disk, from, epoch, cx) {
            self.attachment.list = Some(list);
            if X::SAYS_HERE {
                let word = X::word(self, disk, With::Here, cx);
                self.send(from, Up::Here(word), cx);
            }
        }
    }

    /// Something came from the host of an epoch that is not older than any seen: that is the host.
    pub(super) fn see_epoch(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let attached = matches!(self.attachment.state, State::Attached);
        if attached && epoch == disk.epoch && from == self.attachment.host {
            return;
        }
        disk.epoch = epoch;
        self.turn_to(disk, from, cx);
        self.set_state(State::Attached, cx);
        cx.tell(Note::Attached { host: from, epoch });
    }

    fn turn_to(&mut self, disk: &mut ClientDisk<X::Disk>, host: GatewayId, cx: &Cx<'_, S>) {
        let attachment = &mut self.attachment;
        if attachment.host != host {
            attachment.host = host;
            attachment.list = None;
            Self::begin_round(disk);
        }
        (attachment.heard, attachment.missed) = (cx.now(), 0);
    }

    /// A gateway says that another is the host. What it knows may be older than what the device knows.
    pub(super) fn turned_away(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        host: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let asked_it = match self.attachment.state {
            State::Asking { asked, .. } => asked == from,
            State::Attached => self.attachment.host == from,
            State::Pausing { .. } | State::Resting => false,
        };
        if asked_it && epoch >= disk.epoch {
            disk.epoch = epoch;
            self.turn_to(disk, host, cx);
            self.ask(disk, host, 0, cx);
        }
    }

    /// The device goes offline: it expects nothing.
    pub(super) fn rest(&mut self, cx: &mut Cx<'_, S>) {
        self.set_state(State::Resting, cx);
    }

    fn set_state(&mut self, state: State, cx: &mut Cx<'_, S>) {
        let before = std::mem::replace(&mut self.attachment.state, state);
        if let State::Asking { guard, .. } | State::Pausing { guard, .. } = before {
            cx.cancel_timer(guard);
        }
    }

    /// The device is online again: its host may have noticed nothing.
    pub(super) fn resume(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if cx.world().needs.roams {
            self.attach_anew(disk, cx);
        } else {
            self.set_state(State::Attached, cx);
            let word = X::word(self, disk, With::Keepalive, cx);
            self.send_host(Up::Keepalive(word), cx);
        }
    }
}

/// When in its life a device asks first whether its host is there.
pub(super) fn first_keepalive<S: Server>(cx: &mut Cx<'_, S>) -> Span {
    let keepalive = cx.world().clients.keepalive;
    let phase = Distribution::uniform(0.0, keepalive.as_nanos() as f64);
    let phase = Delay::from_nanos(phase.expect("a period is a range"));
    phase.sample(&mut cx.draw(purpose::KEEPALIVE_PHASE))
}

/// How long after a host's last word its device gives it up at the latest.
pub(crate) fn patience(keepalive: Span, send_timeout: Span) -> Span {
    keepalive.saturating_mul(MISSES.into()).saturating_add(send_timeout)
}
