//! Handing over: a task goes to the server of its client until that has performed it. One that is looked at while the client
//! migrates is put back, and looked at again later.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{NodeId, Time, TimerId};

use super::super::Context;
use super::super::letters::Say;
use super::super::numbers::{BACK, DELAYED, DROPPED, PUT_BACKS, RETURNS};
use super::super::timers::BrokerTimer;
use super::primary::Primary;
use super::{BrokerDisk, say_to_server};
use crate::ids::{ClientId, DeliveryId};
use crate::note::{Drop, Note, Wait};
use crate::parts::{Again, Pace};

/// The tasks of a client, in their order.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Those that its server has not performed.
    open: BTreeMap<u64, Hand>,
    /// Those that it has, kept until its device has what they brought.
    performed: BTreeSet<u64>,
}

/// A task that is not performed.
#[derive(Debug)]
struct Hand {
    delivery: DeliveryId,
    state: State,
    /// How often it was put back.
    returns: u32,
    /// Since when it waits for what comes next.
    since: Time,
}

#[derive(Debug)]
enum State {
    /// It may be handed over when its turn comes.
    Ready,
    /// It was put back.
    Back(TimerId),
    /// It was handed over, and is again until it is performed.
    Handed(Again),
}

impl Line {
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.performed.is_empty()
    }

    /// Whether a task was handed over that is not performed.
    pub(super) fn is_out(&self) -> bool {
        self.open.values().any(|hand| matches!(hand.state, State::Handed(_)))
    }

    /// How many tasks wait until they are looked at again.
    pub(super) fn backs(&self) -> u64 {
        self.open.values().filter(|hand| matches!(hand.state, State::Back(_))).count() as u64
    }

    fn ready(&self) -> Vec<u64> {
        let ready = self.open.iter().filter(|(_, hand)| matches!(hand.state, State::Ready));
        ready.map(|(&number, _)| number).collect()
    }
}

impl Hand {
    /// Tells for what it has waited until now.
    fn account(&mut self, why: Wait, cx: &mut Context<'_>) {
        let since = std::mem::replace(&mut self.since, cx.now());
        if cx.now() > since {
            cx.tell(Note::Waited { delivery: self.delivery, why, since });
        }
    }
}

impl Primary {
    /// A task is stored: it stands in its client's line from now on.
    pub(super) fn enters(
        &mut self,
        disk: &mut BrokerDisk,
        number: u64,
        delivery: DeliveryId,
        stored: Time,
        cx: &mut Context<'_>,
    ) {
        self.hold(delivery, stored, cx);
        let hand = Hand { delivery, state: State::Ready, returns: 0, since: cx.now() };
        self.lines.entry(delivery.recipient).or_default().open.insert(number, hand);
        self.look_at(disk, delivery.recipient, number, cx);
    }

    /// Looks at a task: it is put back while its client migrates, and else goes when its turn comes.
    fn look_at(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        number: u64,
        cx: &mut Context<'_>,
    ) {
        if self.runs.contains_key(&client) {
            self.put_back(disk, client, number, cx);
        } else {
            self.advance(disk, client, cx);
        }
    }

    /// Puts a task back; one that was put back too often is lost.
    fn put_back(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        number: u64,
        cx: &mut Context<'_>,
    ) {
        let options = &cx.world().strategy;
        let guard = self.reminder(BrokerTimer::Back(number));
        let hand = self.hand(client, number).expect("what is looked at is in its line");
        if options.max_returns == Some(hand.returns) {
            let delivery = hand.delivery;
            cx.tell(DROPPED.one());
            self.delete(disk, delivery, Drop::Returns, cx);
            return self.advance(disk, client, cx);
        }
        if hand.returns == 0 {
            cx.tell(DELAYED.one());
        }
        hand.returns += 1;
        cx.tell(PUT_BACKS.one());
        cx.tell(BACK.rise(1));
        let server = Wait::For(cx.node());
        hand.account(server, cx);
        hand.state = State::Back(cx.set_timer(options.delay, guard));
        if let Some(run) = self.runs.get_mut(&client) {
            run.put_backs += 1;
        }
    }

    fn hand(&mut self, client: ClientId, number: u64) -> Option<&mut Hand> {
        self.lines.get_mut(&client)?.open.get_mut(&number)
    }

    /// A task was put back for long enough.
    pub(super) fn is_back(&mut self, disk: &mut BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let Some(task) = disk.tasks.get(number) else { return };
        let client = task.delivery.recipient;
        let Some(line) = self.lines.get_mut(&client) else { return };
        let is_first = line.open.first_key_value().is_some_and(|(&first, _)| first == number);
        let Some(hand) = line.open.get_mut(&number) else { return };
        hand.account(Wait::Parked, cx);
        hand.state = State::Ready;
        cx.tell(BACK.fall(1));
        if is_first && cx.world().strategy.in_order {
            // Those behind it have waited for it.
            for hand in line.open.values_mut() {
                if matches!(hand.state, State::Ready) {
                    hand.account(Wait::Parked, cx);
                }
            }
        }
        self.look_at(disk, client, number, cx);
    }

    /// Hands over what may go: the first of the line, or all where there is no order.
    pub(super) fn advance(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        if self.runs.contains_key(&client) || self.uncertain.contains(&client) {
            return;
        }
        let Some(line) = self.lines.get(&client) else { return };
        if cx.world().strategy.in_order {
            let first = line.open.first_key_value();
            if let Some((&first, Hand { state: State::Ready, .. })) = first {
                self.hand_over(disk, client, first, cx);
            }
        } else {
            for number in line.ready() {
                self.hand_over(disk, client, number, cx);
            }
        }
    }

    /// Sends a task to its client's server.
    fn hand_over(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        number: u64,
        cx: &mut Context<'_>,
    ) {
        let record = disk.record(client, cx.world());
        let why = match self.is_suspected(record.server) {
            true => Wait::Handover,
            false => Wait::For(cx.world().places.gateway(record.server)),
        };
        let reminder = self.reminder(BrokerTimer::Undone(number));
        let Some(hand) = self.hand(client, number) else { return };
        hand.account(why, cx);
        let mut again = match std::mem::replace(&mut hand.state, State::Ready) {
            State::Handed(again) => again,
            State::Ready | State::Back(_) => Again::default(),
        };
        again.said(Pace::doubling(cx.world().strategy.ack_timeout), reminder, cx);
        hand.state = State::Handed(again);
        let task = disk.tasks.get(number).expect("what is handed over is kept");
        let (message, flags, stored) = (task.message.clone(), task.flags, task.stored);
        let epoch = record.epoch;
        let task = Say::Task { message, flags, recipient: client, epoch, stored };
        say_to_server(record.server, disk.term, task, cx);
    }

    /// The server has not said that it performed a task.
    pub(super) fn undone(&mut self, disk: &mut BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let Some(task) = disk.tasks.get(number) else { return };
        self.hand_over(disk, task.delivery.recipient, number, cx);
    }

    /// A server says that it performed a task.
    pub(super) fn did(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        delivery: DeliveryId,
        epoch: u32,
        cx: &mut Context<'_>,
    ) {
        let (client, world) = (delivery.recipient, cx.world());
        let record = disk.record(client, world);
        if record.epoch != epoch || world.places.gateway(record.server) != from {
            return;
        }
        let Some(number) = disk.tasks.number_of(delivery) else { return };
        let Some(hand) = self.hand(client, number) else { return };
        hand.stop(cx);
        let line = self.lines.get_mut(&client).expect("it was just found");
        line.open.remove(&number);
        if world.strategy.keeps_to_delivery {
            line.performed.insert(number);
        } else {
            self.delete(disk, delivery, Drop::HandedOn, cx);
        }
        self.all_in(disk, client, cx);
        self.advance(disk, client, cx);
    }

    /// A task is kept no longer.
    pub(super) fn leaves(&mut self, number: u64, client: ClientId, cx: &mut Context<'_>) {
        let Some(line) = self.lines.get_mut(&client) else { return };
        if let Some(mut hand) = line.open.remove(&number) {
            hand.stop(cx);
        }
        line.performed.remove(&number);
        if line.is_empty() {
            self.lines.remove(&client);
        }
    }

    /// Tasks that are ready are put back: their client begins to migrate.
    pub(super) fn put_back_ready(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        let ready = self.lines.get(&client).map(Line::ready).unwrap_or_default();
        ready.into_iter().for_each(|number| self.put_back(disk, client, number, cx));
    }

    /// A client's server is there again: what it has not performed goes again at once, and if it lost what it stores
    /// what it had performed too.
    pub(super) fn server_is_back(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        has_lost: bool,
        cx: &mut Context<'_>,
    ) {
        if has_lost {
            self.go_again(disk, client, cx);
        } else {
            let Some(line) = self.lines.get_mut(&client) else { return };
            let mut out = Vec::new();
            for (&number, hand) in &mut line.open {
                if let State::Handed(again) = &mut hand.state {
                    again.forget_times();
                    out.push(number);
                }
            }
            out.into_iter().for_each(|number| self.hand_over(disk, client, number, cx));
        }
    }

    /// All tasks of a client go again, in their order; those that are put back when they are due.
    pub(super) fn go_again(
        &mut self,
        disk: &mut BrokerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        let Some(line) = self.lines.get_mut(&client) else { return };
        let now = cx.now();
        for number in std::mem::take(&mut line.performed) {
            let task = disk.tasks.get(number).expect("what was performed is kept");
            let (delivery, state) = (task.delivery, State::Ready);
            line.open.insert(number, Hand { delivery, state, returns: 0, since: now });
        }
        for hand in line.open.values_mut() {
            if let State::Handed(again) = &mut hand.state {
                again.stop(cx);
                hand.state = State::Ready;
            }
        }
        if self.runs.contains_key(&client) {
            self.put_back_ready(disk, client, cx);
            self.all_in(disk, client, cx);
        } else {
            self.advance(disk, client, cx);
        }
    }
}

impl Hand {
    /// Nobody waits for it any more.
    fn stop(&mut self, cx: &mut Context<'_>) {
        if self.returns > 0 {
            cx.tell(RETURNS.was(self.returns.into()));
        }
        match &mut self.state {
            State::Ready => {}
            State::Back(guard) => {
                cx.cancel_timer(*guard);
                cx.tell(BACK.fall(1));
            }
            State::Handed(again) => again.stop(cx),
        }
    }
}
