//! Asking the presence database before a message is brought to a server, and telling it what is known first hand.

use std::rc::Rc;

use penult_sim::NodeId;

use super::buffer::Stage;
use super::{Carrier, CarrierDisk, CarrierTimer, Cx, timer};
use crate::ids::DeliveryId;
use crate::strategies::mesh::letters::{Told, Up};
use crate::strategies::mesh::{numbers, presence};

/// What a device asks and waits for.
#[derive(Debug, Default)]
pub(super) struct Questions {
    /// What is to be asked at this instant.
    next: Vec<DeliveryId>,
    /// The number of the last question.
    asked: u32,
    /// Those that wait for an answer.
    open: Vec<u32>,
    /// Whether a question had no answer in time, and nothing was heard since: then nothing waits for one.
    unheard: bool,
}

/// New messages come last in an instant; questions are asked after all of them.
const LAST: u32 = (1 << 29) - 1;

impl Carrier {
    fn database(cx: &Cx<'_>) -> Option<NodeId> {
        presence::node(cx.world())
    }

    /// Asks about a message, in one question with all others of this instant.
    pub(super) fn ask_about(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        if self.questions.next.is_empty() {
            cx.set_late_timer(penult_sim::Span::ZERO, LAST, timer(CarrierTimer::Question));
        }
        if !self.questions.next.contains(&delivery) {
            self.questions.next.push(delivery);
        }
        if self.questions.unheard {
            self.attempt(disk, delivery, cx);
        } else if let Some(held) = disk.buffer.get_mut(delivery) {
            held.tried.stage = Stage::Asked(None);
        }
    }

    /// All that is to be asked at this instant is known.
    pub(super) fn ask(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let asked = std::mem::take(&mut self.questions.next);
        let Some(database) = Self::database(cx) else { return };
        if self.up().is_empty() {
            return;
        }
        self.questions.asked += 1;
        let number = self.questions.asked;
        let mut about = Vec::with_capacity(asked.len());
        for delivery in asked {
            let Some(held) = disk.buffer.get_mut(delivery) else { continue };
            if held.tried.stage == Stage::Asked(None) {
                held.tried.stage = Stage::Asked(Some(number));
            }
            about.push((delivery, held.own));
        }
        if about.is_empty() {
            return;
        }
        cx.tell(numbers::QUESTIONS.one());
        self.say(database, &Up::Ask { number, about: about.into() }, cx);
        self.questions.open.push(number);
        let wait = cx.world().clients.send_timeout;
        cx.set_timer(wait, timer(CarrierTimer::Unanswered(number)));
    }

    /// The presence database answered.
    pub(super) fn answered(
        &mut self,
        disk: &mut CarrierDisk,
        number: u32,
        told: &Rc<[Told]>,
        cx: &mut Cx<'_>,
    ) {
        self.questions.open.retain(|&it| it != number);
        self.database_heard(disk, cx);
        for &told in told.iter() {
            self.learn(disk, told, None, false, cx);
        }
        self.go_on(disk, number, cx);
    }

    /// Nothing came from it in time.
    pub(super) fn unanswered(&mut self, disk: &mut CarrierDisk, number: u32, cx: &mut Cx<'_>) {
        if self.questions.open.contains(&number) {
            self.questions.open.retain(|&it| it != number);
            self.questions.unheard = true;
            self.go_on(disk, number, cx);
        }
    }

    /// What waited for the answer to a question is brought to a server, unless it is settled.
    fn go_on(&mut self, disk: &mut CarrierDisk, number: u32, cx: &mut Cx<'_>) {
        let waiting: Vec<DeliveryId> = disk
            .buffer
            .iter()
            .filter(|(_, held)| held.tried.stage == Stage::Asked(Some(number)))
            .map(|(_, held)| held.mail.delivery())
            .collect();
        for delivery in waiting {
            if let Some(held) = disk.buffer.get_mut(delivery) {
                held.tried.stage = Stage::New;
            }
            self.attempt(disk, delivery, cx);
        }
    }

    /// Something came from the presence database.
    pub(super) fn database_heard(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        if std::mem::take(&mut self.questions.unheard) {
            self.send_log(disk, cx);
        }
    }

    /// A device begins anew: it waits for answers again.
    pub(super) fn questions_begin_anew(&mut self) {
        self.questions.unheard = false;
        self.questions.open.clear();
    }

    /// Tells the presence database all that is known first hand, and not acknowledged.
    pub(super) fn send_log(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let Some(database) = Self::database(cx) else { return };
        if self.up().is_empty() || !disk.log.has_marks() {
            return;
        }
        self.say(database, &disk.log.all(), cx);
    }
}
