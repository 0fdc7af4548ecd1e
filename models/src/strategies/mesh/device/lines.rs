//! A device's connections: which are up, which are silent, which are in use, and how long an answer takes.

use penult_sim::{MediumId, NodeId, Span, Time};

use super::{Carrier, CarrierDisk, CarrierTimer, Cx, look_again, options, timer};
use crate::ids::{ClientId, GatewayId};
use crate::packet::Packet;
use crate::strategies::mesh::letters::{Letter, Lines, Up};
use crate::strategies::mesh::numbers;

/// How a connection stands, as its device knows it.
#[derive(Debug)]
pub(super) struct LineState {
    /// Which of the list it is; its medium has that number.
    connection: u32,
    covered: bool,
    /// Whether what it stands or falls with stands.
    carried: bool,
    /// How often something came over it.
    heard: u32,
    silent: bool,
    /// For which count of what came it is watched already, and since when.
    watched: Option<(u32, Time)>,
    /// The keepalives over it that have no answer.
    waiting: Vec<(u32, Time)>,
    /// Whether the last answer, or the one that it waits for, took too long.
    slow: bool,
}

/// The connections of a device that comes to life.
pub(super) fn of(me: ClientId, cx: &Cx<'_>) -> Vec<LineState> {
    let lines = options(me, cx).lines.iter();
    let state = |line: &crate::strategies::mesh::options::Line| LineState {
        connection: line.connection,
        covered: false,
        carried: false,
        heard: 0,
        silent: false,
        watched: None,
        waiting: Vec::new(),
        slow: false,
    };
    lines.map(state).collect()
}

impl Carrier {
    fn is_up(&self, line: u32) -> bool {
        let state = &self.lines[line as usize];
        self.online && state.covered && state.carried
    }

    fn all_lines(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.lines.len() as u32
    }

    /// Those that are up.
    pub(super) fn up(&self) -> Lines {
        let up = self.all_lines().filter(|&line| self.is_up(line));
        up.fold(Lines::default(), |all, line| Lines(all.0 | Lines::one(line).0))
    }

    /// Those in use: all that are up, or the first that is up and not silent, or the first that is up.
    pub(super) fn uses(&self, cx: &Cx<'_>) -> Lines {
        let up = self.up();
        if cx.world().strategy.use_all {
            return up;
        }
        let heard = up.iter().find(|&line| !self.lines[line as usize].silent);
        heard.or_else(|| up.iter().next()).map_or(Lines::default(), Lines::one)
    }

    /// Whether a server can be reached, for all that the device knows.
    pub(super) fn is_in_reach(&self) -> bool {
        self.attachment.has_host() && self.up().iter().any(|line| !self.lines[line as usize].silent)
    }

    /// Tells whether the user is cut off.
    fn tell_reach(&mut self, cx: &mut Cx<'_>) {
        let cut_off = self.has_user(cx) && !self.is_in_reach();
        if std::mem::replace(&mut self.cut_off, cut_off) != cut_off {
            cx.tell(numbers::CUT_OFF.stands(cut_off.into()));
        }
    }

    /// Whether an answer takes too long over the first connection in use.
    pub(super) fn is_slow(&self, cx: &Cx<'_>) -> bool {
        self.uses(cx).iter().next().is_some_and(|line| self.lines[line as usize].slow)
    }

    /// Sends something to a server over each connection in use.
    pub(super) fn say(&self, to: NodeId, up: &Up, cx: &mut Cx<'_>) {
        for via in self.uses(cx).iter() {
            self.say_over(to, via, up.clone(), cx);
        }
    }

    /// Sends something to a server over one connection.
    pub(super) fn say_over(&self, to: NodeId, via: u32, up: Up, cx: &mut Cx<'_>) {
        let uses = self.uses(cx);
        let letter = Packet::Between(Letter::Up { via, uses, up });
        count_packet(self.me, via, &letter, cx);
        cx.send_over(to, via, letter);
    }

    /// The node of a gateway.
    pub(super) fn gateway(gateway: GatewayId, cx: &Cx<'_>) -> NodeId {
        cx.world().places.gateway(gateway)
    }

    /// A device comes to life: which of its connections are covered, and when that changes.
    pub(super) fn begin_lines(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let before = (self.up(), self.uses(cx));
        for line in self.all_lines() {
            let (turns, now) = (&options(self.me, cx).lines[line as usize].turns, cx.now());
            let passed = turns.partition_point(|&at| at <= now);
            let covered = passed % 2 == 1;
            self.plan_coverage(line, cx);
            self.set_coverage(line, covered, cx);
        }
        self.lines_changed(disk, before, cx);
    }

    fn plan_coverage(&self, line: u32, cx: &mut Cx<'_>) {
        let (turns, now) = (&options(self.me, cx).lines[line as usize].turns, cx.now());
        if let Some(&next) = turns.get(turns.partition_point(|&at| at <= now)) {
            cx.set_early_timer(next - now, timer(CarrierTimer::Coverage(line)));
        }
    }

    fn set_coverage(&mut self, line: u32, covered: bool, cx: &mut Cx<'_>) {
        let state = &mut self.lines[line as usize];
        cx.set_line(line, covered);
        let medium = MediumId::new(state.connection as usize);
        if covered && !state.covered {
            let connection = &cx.world().strategy.connections[state.connection as usize];
            state.carried = cx.join(medium, connection.link.bandwidth);
            state.begin_anew();
        } else if !covered && state.covered {
            cx.leave(medium);
        }
        state.covered = covered;
    }

    /// It comes into coverage, or leaves it.
    pub(super) fn coverage_changes(&mut self, disk: &mut CarrierDisk, line: u32, cx: &mut Cx<'_>) {
        let before = (self.up(), self.uses(cx));
        let covered = !self.lines[line as usize].covered;
        self.plan_coverage(line, cx);
        self.set_coverage(line, covered, cx);
        self.lines_changed(disk, before, cx);
    }

    /// What a connection stands or falls with fell, or stands again.
    pub(super) fn carrier_changes(
        &mut self,
        disk: &mut CarrierDisk,
        medium: MediumId,
        up: bool,
        cx: &mut Cx<'_>,
    ) {
        let before = (self.up(), self.uses(cx));
        for state in &mut self.lines {
            if state.connection == medium.raw() {
                state.carried = up;
                state.begin_anew();
            }
        }
        self.lines_changed(disk, before, cx);
    }

    /// The device is off the network, or on it again.
    pub(super) fn set_online(&mut self, disk: &mut CarrierDisk, online: bool, cx: &mut Cx<'_>) {
        let before = (self.up(), self.uses(cx));
        self.online = online;
        self.lines.iter_mut().for_each(LineState::begin_anew);
        self.lines_changed(disk, before, cx);
    }

    /// Something came over a connection.
    pub(super) fn heard_over(&mut self, disk: &mut CarrierDisk, line: u32, cx: &mut Cx<'_>) {
        let before = (self.up(), self.uses(cx));
        let state = &mut self.lines[line as usize];
        state.heard += 1;
        if std::mem::take(&mut state.silent) {
            self.lines_changed(disk, before, cx);
            self.send_waiting(disk, cx);
        }
    }

    /// Something was sent over a connection of which an answer is expected.
    pub(super) fn watch(&mut self, line: u32, cx: &mut Cx<'_>) {
        let state = &mut self.lines[line as usize];
        let watched = (state.heard, cx.now());
        if state.watched != Some(watched) {
            state.watched = Some(watched);
            let wait = cx.world().clients.send_timeout;
            let reminder = timer(CarrierTimer::Silent(line, state.heard));
            cx.set_background_timer(wait, reminder);
        }
    }

    /// Nothing came over a connection for as long as a device waits for an answer.
    pub(super) fn silent_if_unheard(
        &mut self,
        disk: &mut CarrierDisk,
        line: u32,
        heard: u32,
        cx: &mut Cx<'_>,
    ) {
        let before = (self.up(), self.uses(cx));
        if self.lines[line as usize].heard == heard && self.is_up(line) {
            self.lines[line as usize].silent = true;
            self.lines_changed(disk, before, cx);
        }
    }

    /// The device asked its host over a connection whether that is there.
    pub(super) fn asked_alive(&mut self, line: u32, number: u32, cx: &mut Cx<'_>) {
        self.lines[line as usize].waiting.push((number, cx.now()));
        if let Some(limit) = cx.world().strategy.latency_limit {
            let reminder = timer(CarrierTimer::Slow(line, number));
            cx.set_background_timer(limit + Span::nanos(1), reminder);
        }
    }

    /// The host's answer came over a connection.
    pub(super) fn answered_alive(&mut self, line: u32, number: u32, cx: &mut Cx<'_>) {
        let Some(limit) = cx.world().strategy.latency_limit else {
            return self.lines[line as usize].waiting.clear();
        };
        let state = &mut self.lines[line as usize];
        let Some(place) = state.waiting.iter().position(|&(it, _)| it == number) else { return };
        let (_, sent) = state.waiting[place];
        // Those before it are as good as answered.
        state.waiting.drain(..=place);
        let waits = state.waiting.iter().any(|&(_, sent)| cx.now() > sent + limit);
        let slow = cx.now() > sent + limit || waits;
        if std::mem::replace(&mut state.slow, slow) != slow {
            look_again(cx);
        }
    }

    /// A keepalive waits for its answer for longer than it may.
    pub(super) fn slow_if_waiting(&mut self, line: u32, number: u32, cx: &mut Cx<'_>) {
        let state = &mut self.lines[line as usize];
        if state.waiting.iter().any(|&(it, _)| it == number)
            && !std::mem::replace(&mut state.slow, true)
        {
            look_again(cx);
        }
    }

    /// What a change of connections means: `before` are those that were up and those in use.
    fn lines_changed(&mut self, disk: &mut CarrierDisk, before: (Lines, Lines), cx: &mut Cx<'_>) {
        let (were_up, were_used) = before;
        let (up, used) = (self.up(), self.uses(cx));
        look_again(cx);
        self.tell_reach(cx);
        if !self.attachment.has_host() {
            return;
        }
        if up.is_empty() {
            if !were_up.is_empty() {
                self.rest(disk, cx);
            }
            return;
        }
        let new = used.without(were_used);
        if new.is_empty() || cx.now() == Time::ZERO {
            return;
        }
        self.attach_over(disk, new, cx);
        let went_down = !were_used.without(up).is_empty();
        if were_up.is_empty() || went_down {
            self.begin_anew(disk, cx);
        } else {
            self.send_waiting(disk, cx);
        }
    }
}

/// Counts what goes over a connection of a device.
pub(in crate::strategies::mesh) fn count_packet(
    device: ClientId,
    via: u32,
    packet: &Packet<Letter>,
    cx: &mut Cx<'_>,
) {
    let strategy = &cx.world().strategy;
    let line = &strategy.devices[device.index()].lines[via as usize];
    let connection = &strategy.connections[line.connection as usize];
    let bytes = u64::from(penult_sim::Packet::bytes(packet));
    cx.tell(numbers::KIND_PACKETS.of(connection.kind).one());
    cx.tell(numbers::KIND_BYTES.of(connection.kind).add(bytes));
    let price = u128::from(connection.price) * u128::from(bytes) / 1_000_000;
    if price > 0 {
        cx.tell(numbers::KIND_PRICE.of(connection.kind).add(price as u64));
    }
}

impl LineState {
    /// It comes up anew, or goes down.
    fn begin_anew(&mut self) {
        self.silent = false;
        self.slow = false;
        self.heard += 1;
        self.waiting.clear();
    }
}
