//! Taking in: what a device sends waits here, in memory, until the broker has stored it.

use std::rc::Rc;

use super::super::Context;
use super::super::letters::{Ask, Known, Letter, Say};
use super::super::timers::Question;
use super::{Server, ServerDisk};
use crate::ids::MessageId;
use crate::message::Message;
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet, Up};

impl Server {
    /// How often policy runs over what a packet brings: once over a message that is new here.
    pub(in super::super) fn policy_runs(
        &mut self,
        disk: &mut ServerDisk,
        packet: &Packet<Letter, Known>,
        cx: &Context<'_>,
    ) -> u32 {
        let runs = match packet {
            Packet::Up(Up::Submit(message)) => {
                self.is_new(message, cx) && self.intake.will_judge(message, cx.now())
            }
            Packet::Between(Letter::Say(term, Say::Task { message, recipient, epoch, .. }))
                if cx.world().strategy.policy_everywhere =>
            {
                *term >= disk.term && self.is_task_new(disk, message.id, *recipient, *epoch, cx)
            }
            _ => false,
        };
        runs.into()
    }

    /// Whether a message that a device brings is neither on its way to the broker nor there.
    fn is_new(&mut self, message: &Message, cx: &Context<'_>) -> bool {
        !self.questions.is_open(Question::Put(message.id)) && !self.is_accepted(message, cx)
    }

    fn is_accepted(&mut self, message: &Message, cx: &Context<'_>) -> bool {
        let first = message.deliveries().next();
        first.is_some_and(|first| self.accepted.knows(first, cx.now()))
    }

    pub(super) fn submitted(
        &mut self,
        disk: &mut ServerDisk,
        message: Rc<Message>,
        cx: &mut Context<'_>,
    ) {
        if self.questions.is_open(Question::Put(message.id)) {
            return;
        }
        if self.is_accepted(&message, cx) {
            let device = cx.world().places.client(message.sender);
            return cx.send(device, Packet::Down(Down::Accepted(message.id)));
        }
        let hold = cx.world().strategy.hold;
        let Some(flags) = self.intake.judge(&message, hold, cx) else { return };
        message.deliveries().for_each(|delivery| cx.tell(Note::Kept(delivery)));
        self.ask(disk, Question::Put(message.id), Ask::Put(message, flags), cx);
    }

    /// The broker has stored it.
    pub(super) fn accepted(
        &mut self,
        disk: &mut ServerDisk,
        message: MessageId,
        cx: &mut Context<'_>,
    ) {
        let asked = self.questions.answered(Question::Put(message), cx);
        let Some(Ask::Put(message, _)) = asked else { return };
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        if let Some(first) = message.deliveries().next() {
            self.accepted.add(first, Some(&message), now, hold);
        }
        let device = cx.world().places.client(message.sender);
        cx.send(device, Packet::Down(Down::Accepted(message.id)));
        for delivery in message.deliveries() {
            if !self.holds(disk, delivery, cx) {
                cx.tell(Note::Dropped(delivery, Drop::HandedOn));
            }
        }
    }
}
