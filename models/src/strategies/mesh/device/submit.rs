//! Bringing messages to a server: what is held is tried again and again, and rests; nothing is dropped for that.

use penult_sim::Span;

use super::buffer::{Stage, Tried};
use super::{Carrier, CarrierDisk, CarrierTimer, Cx, timer};
use crate::ids::DeliveryId;
use crate::strategies::mesh::letters::{Told, Up};

impl Carrier {
    /// A message is here now: it is brought to a server, if one may be reached. The presence database is asked
    /// `first`, where there is one.
    pub(super) fn first_try(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        first: bool,
        cx: &mut Cx<'_>,
    ) {
        if !self.attachment.has_host() || self.up().is_empty() {
            return;
        }
        if first && cx.world().strategy.presence.is_some() {
            self.ask_about(disk, delivery, cx);
        } else {
            self.attempt(disk, delivery, cx);
        }
    }

    /// Whether a message is one to bring to a server.
    fn is_to_bring(&self, disk: &CarrierDisk, delivery: DeliveryId, cx: &Cx<'_>) -> bool {
        let held = disk.buffer.get(delivery);
        held.is_some_and(|held| !held.back) && !self.is_settled(disk, delivery, false, cx)
    }

    /// Tries once more.
    pub(super) fn attempt(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        if self.up().is_empty() || !self.is_to_bring(disk, delivery, cx) {
            return;
        }
        let round = disk.round;
        let held = disk.buffer.get_mut(delivery).expect("it is held");
        let tried = &mut held.tried;
        if std::mem::replace(&mut tried.round, round) != round {
            tried.turns = 0;
        }
        let gateway = self.attachment.round(tried.turns, cx);
        tried.attempts += 1;
        tried.turns += 1;
        tried.stage = Stage::Tried;
        tried.last = Some(cx.now());
        let wait = wait_after(tried.attempts, cx);
        if let Some(guard) = tried.guard.take() {
            cx.cancel_timer(guard);
        }
        let mail = held.mail.clone();
        let to = Self::gateway(gateway, cx);
        self.say(to, &Up::Submit(mail), cx);
        for line in self.uses(cx).iter() {
            self.watch(line, cx);
        }
        // Whether a connection is silent is judged before this.
        let guard = cx.set_timer(wait, timer(CarrierTimer::Unacknowledged(delivery)));
        let held = disk.buffer.get_mut(delivery).expect("it is held");
        held.tried.guard = Some(guard);
    }

    /// Nobody said that it is stored.
    pub(super) fn unacknowledged(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let Some(held) = disk.buffer.get_mut(delivery) else { return };
        held.tried.guard = None;
        if held.tried.attempts < cx.world().clients.send_attempts {
            self.attempt(disk, delivery, cx);
        } else {
            held.tried.stage = Stage::Rests;
        }
    }

    /// A server said what became of a message that it was brought.
    pub(super) fn acknowledged(&mut self, disk: &mut CarrierDisk, told: Told, cx: &mut Cx<'_>) {
        if let Some(held) = disk.buffer.get_mut(told.delivery) {
            held.tried.stage = Stage::Ended;
            if let Some(guard) = held.tried.guard.take() {
                cx.cancel_timer(guard);
            }
        }
        self.learn(disk, told, None, true, cx);
    }

    /// What is held, in the order of its coming.
    fn to_bring(&self, disk: &CarrierDisk, cx: &Cx<'_>) -> Vec<DeliveryId> {
        let all = disk.buffer.iter().map(|(_, held)| held.mail.delivery());
        all.filter(|&delivery| self.is_to_bring(disk, delivery, cx)).collect()
    }

    /// A connection is there where none was, or another than before: all that is held is brought anew, and the log.
    pub(super) fn begin_anew(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        self.rest_tries(disk, cx);
        self.send_log(disk, cx);
        for delivery in self.to_bring(disk, cx) {
            self.first_try(disk, delivery, true, cx);
        }
    }

    /// What has waited for as long as an answer takes, or rests, is tried anew, without a question.
    pub(super) fn send_waiting(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        if !self.attachment.has_host() || self.up().is_empty() {
            return;
        }
        let timeout = cx.world().clients.send_timeout;
        for delivery in self.to_bring(disk, cx) {
            let held = disk.buffer.get_mut(delivery).expect("it is held");
            let waited = held.tried.last.is_none_or(|last| cx.now() >= last + timeout);
            let is_due = match held.tried.stage {
                Stage::Rests => true,
                Stage::Tried | Stage::New => waited,
                Stage::Asked(_) | Stage::Ended => false,
            };
            if is_due {
                let guard = held.tried.guard.take();
                held.tried = Tried { round: held.tried.round, ..Tried::default() };
                if let Some(guard) = guard {
                    cx.cancel_timer(guard);
                }
                self.attempt(disk, delivery, cx);
            }
        }
    }

    /// Stops waiting for answers that can't come.
    pub(super) fn rest_tries(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        self.questions_begin_anew();
        for held in disk.buffer.iter_mut() {
            if let Some(guard) = held.tried.guard.take() {
                cx.cancel_timer(guard);
            }
            held.tried = Tried { round: held.tried.round, ..Tried::default() };
        }
    }
}

/// The wait after this attempt: the first takes `send_timeout`, each further one longer by a factor.
fn wait_after(attempt: u32, cx: &Cx<'_>) -> Span {
    let options = &cx.world().clients;
    (1..attempt).fold(options.send_timeout, |wait, _| wait.scaled(options.send_backoff))
}
