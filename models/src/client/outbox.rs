//! Sending: what the user wants to send stays in the outbox until the system has it, or the device
//! has tried often enough.

use std::rc::Rc;

use penult_sim::{Span, TimerId};

use super::{Client, ClientDisk, ClientTimer, Cx, Side, timer};
use crate::ids::{DeliveryId, GatewayId, MessageId};
use crate::line::Named;
use crate::message::Message;
use crate::note::{Drop, Note};
use crate::packet::Up;
use crate::server::Server;

/// A message that the system does not have yet, as far as its device knows.
#[derive(Debug)]
pub(super) struct Outgoing {
    message: Rc<Message>,
    /// How many attempts were made.
    attempts: u32,
    /// How many gateways it was sent to in this round.
    turns: u32,
    /// Which round that is.
    round: u32,
    /// What ends the wait for the last attempt; absent while the device is offline. A crash leaves a
    /// stale one, and `recover` sets another.
    guard: Option<TimerId>,
}

impl Named for Outgoing {
    fn name(&self) -> u64 {
        self.message.id.raw().into()
    }
}

/// Labels of messages: those of the workload, and replies.
const MESSAGES: usize = 0;
const REPLIES: usize = 1;

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    pub(super) fn first_wish(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        disk.next_wish = cx.world().workload.next(self.me, &mut disk.sending, cx);
        self.await_wish(disk, cx);
    }

    fn await_wish(&self, disk: &ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        if let Some(at) = disk.next_wish {
            cx.set_timer(at - cx.now().min(at), timer(ClientTimer::Wish));
        }
    }

    /// The user did not stop wanting while the device was dead.
    pub(super) fn overdue_wishes(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        while disk.next_wish.is_some_and(|at| at <= cx.now()) {
            self.create(disk, cx);
        }
        self.await_wish(disk, cx);
    }

    pub(super) fn wish(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let message = self.create(disk, cx);
        self.attempt(disk, message, cx);
        self.await_wish(disk, cx);
    }

    /// Makes the message that is due, puts it in the outbox and finds out when the next is.
    fn create(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) -> MessageId {
        let workload = &cx.world().workload;
        let draft = workload.make(self.me, &disk.sending, cx);
        disk.next_wish = workload.next(self.me, &mut disk.sending, cx);
        // A list says how its messages are numbered; others are numbered as they are made.
        let number = draft.number.map_or_else(|| cx.label(MESSAGES), u64::from);
        let message = Message {
            id: MessageId::of_workload(number),
            sender: self.me,
            recipients: draft.recipients,
            created: draft.created,
            bytes: draft.bytes,
            attachment: draft.attachment,
            view: draft.view,
            harmful: draft.harmful,
            answers: None,
            conversation: draft.conversation,
        };
        Self::put_out(disk, message, cx)
    }

    /// The user answers a message.
    pub(super) fn send_answer(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        to: &Message,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let message = Message {
            id: MessageId::of_reply(cx.label(REPLIES)),
            sender: self.me,
            recipients: crate::Recipients::One(to.sender),
            created: cx.now(),
            bytes: to.bytes,
            attachment: 0,
            view: to.view,
            harmful: false,
            answers: Some(delivery),
            conversation: to.conversation,
        };
        let message = Self::put_out(disk, message, cx);
        self.attempt(disk, message, cx);
    }

    fn put_out(disk: &mut ClientDisk<X::Disk>, message: Message, cx: &mut Cx<'_, S>) -> MessageId {
        let (id, message) = (message.id, Rc::new(message));
        cx.tell(Note::Created(message.clone()));
        let round = disk.round;
        disk.outbox.push(Outgoing { message, attempts: 0, turns: 0, round, guard: None });
        id
    }

    /// Tries to send a message of the outbox. Offline, it stays for the return; where there is no gateway at all, it
    /// stays.
    fn attempt(&mut self, disk: &mut ClientDisk<X::Disk>, message: MessageId, cx: &mut Cx<'_, S>) {
        if !self.online || self.attachment.host == GatewayId::NOWHERE {
            return;
        }
        let round = disk.round;
        let outgoing = get_mut(disk, message);
        if std::mem::replace(&mut outgoing.round, round) != round {
            outgoing.turns = 0;
        }
        let to = self.attachment.round(outgoing.turns, cx);
        outgoing.attempts += 1;
        outgoing.turns += 1;
        let wait = wait_after(outgoing.attempts, cx);
        let reminder = timer(ClientTimer::Unaccepted(outgoing.message.id));
        outgoing.guard = Some(cx.set_timer(wait, reminder));
        let submit = Up::Submit(outgoing.message.clone());
        self.send(to, submit, cx);
    }

    pub(super) fn unaccepted(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        message: MessageId,
        cx: &mut Cx<'_, S>,
    ) {
        if get_mut(disk, message).attempts < cx.world().clients.send_attempts {
            self.attempt(disk, message, cx);
        } else {
            Self::take_out(disk, message, None, Drop::GaveUp, cx);
        }
    }

    pub(super) fn accepted(disk: &mut ClientDisk<X::Disk>, message: MessageId, cx: &mut Cx<'_, S>) {
        Self::take_out(disk, message, Some(Note::Accepted(message)), Drop::HandedOn, cx);
    }

    pub(super) fn refused(disk: &mut ClientDisk<X::Disk>, message: MessageId, cx: &mut Cx<'_, S>) {
        Self::take_out(disk, message, Some(Note::Refused(message)), Drop::Rejected, cx);
    }

    /// Takes a message out of the outbox, if it is there, and tells why.
    fn take_out(
        disk: &mut ClientDisk<X::Disk>,
        message: MessageId,
        answer: Option<Note>,
        why: Drop,
        cx: &mut Cx<'_, S>,
    ) {
        let Some(outgoing) = disk.outbox.remove(message.raw().into()) else { return };
        if let Some(answer) = answer {
            cx.tell(answer);
        }
        if let Some(guard) = outgoing.guard {
            cx.cancel_timer(guard);
        }
        for delivery in outgoing.message.deliveries() {
            cx.tell(Note::Dropped(delivery, why));
        }
    }

    /// Sends everything at once: after a return, or a new life. An attempt that was broken off is made again.
    pub(super) fn send_outbox(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        let mut all = Vec::new();
        Self::begin_round(disk);
        disk.outbox.for_each(|outgoing| {
            outgoing.attempts = outgoing.attempts.saturating_sub(1);
            all.push(outgoing.message.id);
        });
        all.into_iter().for_each(|message| self.attempt(disk, message, cx));
    }

    /// Stops waiting for answers that can't come.
    pub(super) fn rest_outbox(disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        disk.outbox.for_each(|outgoing| {
            if let Some(guard) = outgoing.guard.take() {
                cx.cancel_timer(guard);
            }
        });
    }

    /// There is a new host: the next attempts begin with it.
    pub(super) fn begin_round(disk: &mut ClientDisk<X::Disk>) {
        disk.round += 1;
    }
}

fn get_mut<D>(disk: &mut ClientDisk<D>, message: MessageId) -> &mut Outgoing {
    disk.outbox.get_mut(message.raw().into()).expect("it is in the outbox")
}

/// The wait after this attempt: the first takes `send_timeout`, each further one longer by a factor.
fn wait_after<S: Server>(attempt: u32, cx: &Cx<'_, S>) -> Span {
    let options = &cx.world().clients;
    (1..attempt).fold(options.send_timeout, |wait, _| wait.scaled(options.send_backoff))
}
