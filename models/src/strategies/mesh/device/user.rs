//! What the user does: wants to send, gets what comes, goes offline and comes back.

use std::rc::Rc;

use penult_sim::{Draw, NodeId, Span, Time};

use super::{Carrier, CarrierDisk, CarrierTimer, Cx, timer};
use crate::client::draw;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::message::{Flags, Message, Recipients};
use crate::note::Note;
use crate::purpose;
use crate::strategies::mesh::letters::{Copies, Mail, Marks, Trail, Up};
use crate::strategies::mesh::numbers;

/// Labels of messages of the workload.
const MESSAGES: usize = 0;
/// Labels of answers.
const REPLIES: usize = 1;

/// A message that the user may answer: when it is read, then, if it is to be answered, when that happens.
#[derive(Debug)]
pub(super) struct Reading {
    message: Rc<Message>,
    due: Time,
    answers: bool,
}

impl Carrier {
    pub(super) fn first_wish(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        if self.has_user(cx) {
            disk.next_wish = cx.world().workload.next(self.me, &mut disk.sending, cx);
            self.await_wish(disk, cx);
        }
    }

    /// New messages come last in an instant, in the order of their numbers where these are known.
    fn place(&self, disk: &CarrierDisk, cx: &Cx<'_>) -> u32 {
        cx.world().workload.number(self.me, &disk.sending).unwrap_or(self.me.0)
    }

    fn await_wish(&self, disk: &CarrierDisk, cx: &mut Cx<'_>) {
        if let Some(at) = disk.next_wish {
            let place = self.place(disk, cx);
            cx.set_late_timer(at - cx.now().min(at), place, timer(CarrierTimer::Wish));
        }
    }

    /// The user did not stop wanting while the device was dead.
    pub(super) fn overdue_wishes(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        if !self.has_user(cx) {
            return;
        }
        if !std::mem::replace(&mut disk.begun, true) {
            disk.sending = cx.world().workload.resume(self.me, cx.now());
            disk.next_wish = cx.world().workload.next(self.me, &mut disk.sending, cx);
        }
        while disk.dealing.is_some() {
            self.deal_one(disk, cx);
        }
        while disk.next_wish.is_some_and(|at| at <= cx.now()) {
            self.create(disk, cx);
            while disk.dealing.is_some() {
                self.deal_one(disk, cx);
            }
        }
        self.await_wish(disk, cx);
    }

    /// The user sends: each recipient's is a message of its own.
    pub(super) fn wish(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let place = self.place(disk, cx);
        self.create(disk, cx);
        self.deal(disk, cx);
        if disk.dealing.is_some() {
            cx.set_late_timer(Span::ZERO, place, timer(CarrierTimer::Deal));
        }
        self.await_wish(disk, cx);
    }

    /// The next recipient's.
    pub(super) fn deal(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        self.deal_one(disk, cx);
        if let Some((message, _)) = &disk.dealing {
            let place = if message.id.is_reply() { self.me.0 } else { message.id.number() };
            cx.set_late_timer(Span::ZERO, place, timer(CarrierTimer::Deal));
        }
    }

    fn create(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let workload = &cx.world().workload;
        let draft = workload.make(self.me, &disk.sending, cx);
        disk.next_wish = workload.next(self.me, &mut disk.sending, cx);
        let number = draft.number.map_or_else(|| cx.label(MESSAGES), u64::from);
        let message = Rc::new(Message {
            id: MessageId::of_workload(number),
            sender: self.me,
            recipients: draft.recipients,
            conversation: draft.conversation,
            created: draft.created,
            bytes: draft.bytes,
            attachment: draft.attachment,
            view: draft.view,
            harmful: draft.harmful,
            answers: None,
        });
        cx.tell(Note::Created(message.clone()));
        disk.dealing = Some((message, 0));
    }

    fn deal_one(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let Some((message, dealt)) = disk.dealing.take() else { return };
        let recipient = message.recipients.as_slice()[dealt];
        if dealt + 1 < message.recipients.as_slice().len() {
            disk.dealing = Some((message.clone(), dealt + 1));
        }
        self.send_new(disk, message, recipient, cx);
    }

    fn send_new(
        &mut self,
        disk: &mut CarrierDisk,
        message: Rc<Message>,
        recipient: ClientId,
        cx: &mut Cx<'_>,
    ) {
        let (flags, trail) = (Flags::default(), Trail::default());
        let mail = Mail { message, recipient, flags, trail };
        let delivery = mail.delivery();
        self.make_room(disk, mail.bytes().into(), cx);
        disk.unaccepted.insert(delivery);
        cx.tell(numbers::CREATED.one());
        let copies = cx.world().strategy.copies.map_or(Copies::Unlimited, Copies::Some);
        self.hold(disk, mail, (copies, false), cx);
        self.first_try(disk, delivery, false, cx);
    }

    /// Shows a message to the user, unless that was done.
    pub(super) fn show(&mut self, disk: &mut CarrierDisk, mail: &Mail, cx: &mut Cx<'_>) {
        let delivery = mail.delivery();
        let is_new = disk.received.insert(delivery.key(), ()).is_none();
        cx.tell(if is_new { Note::Delivered(delivery) } else { Note::Repeated(delivery) });
        if is_new {
            let Trail { hops, server, carried } = mail.trail;
            cx.tell(numbers::DELIVERED.one());
            cx.tell(numbers::HOPS.was(hops.into()));
            let way = match (server, carried) {
                (false, _) => numbers::BY_PEER,
                (true, false) => numbers::BY_SERVER,
                (true, true) => numbers::BY_PROXY,
            };
            cx.tell(way.one());
            self.plan_reading(disk, &mail.message, cx);
        }
    }

    /// The user reads a message after a while, if anything hangs on it.
    fn plan_reading(&self, disk: &mut CarrierDisk, message: &Rc<Message>, cx: &mut Cx<'_>) {
        let clients = &cx.world().clients;
        if clients.reply_probability <= 0.0 || message.answers.is_some() {
            return;
        }
        let delivery = DeliveryId { message: message.id, recipient: self.me };
        let after = clients.read_after.sample(&mut draw(purpose::READ_DELAY, delivery, cx));
        let due = cx.now() + after;
        disk.reading.push(Reading { message: message.clone(), due, answers: false });
        cx.set_timer(after, timer(CarrierTimer::Read(delivery)));
    }

    /// A device that comes back goes on reading: what was due meanwhile happens now.
    pub(super) fn read_on(&self, disk: &CarrierDisk, cx: &mut Cx<'_>) {
        let now = cx.now();
        for reading in &disk.reading {
            let delivery = DeliveryId { message: reading.message.id, recipient: self.me };
            cx.set_timer(reading.due.max(now) - now, timer(CarrierTimer::Read(delivery)));
        }
    }

    /// The user reads a message now, or answers it.
    pub(super) fn read(&mut self, disk: &mut CarrierDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let place = disk.reading.iter().position(|it| it.message.id == delivery.message);
        let Some(place) = place else { return };
        if disk.reading[place].answers {
            let Reading { message, .. } = disk.reading.remove(place);
            return self.send_answer(disk, &message, delivery, cx);
        }
        let clients = &cx.world().clients;
        if !draw(purpose::REPLY, delivery, cx).chance(clients.reply_probability) {
            disk.reading.remove(place);
            return;
        }
        let after = clients.reply_after.sample(&mut draw(purpose::REPLY_DELAY, delivery, cx));
        let reading = &mut disk.reading[place];
        (reading.due, reading.answers) = (cx.now() + after, true);
        cx.set_timer(after, timer(CarrierTimer::Read(delivery)));
    }

    fn send_answer(
        &mut self,
        disk: &mut CarrierDisk,
        to: &Message,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let message = Rc::new(Message {
            id: MessageId::of_reply(cx.label(REPLIES)),
            sender: self.me,
            recipients: Recipients::One(to.sender),
            conversation: to.conversation,
            created: cx.now(),
            bytes: to.bytes,
            attachment: 0,
            view: to.view,
            harmful: false,
            answers: Some(delivery),
        });
        cx.tell(Note::Created(message.clone()));
        self.send_new(disk, message, to.sender, cx);
    }

    /// A gateway hands over what is for the user.
    pub(super) fn mail_came(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        via: u32,
        mail: Mail,
        cx: &mut Cx<'_>,
    ) {
        let mail = mail.come(false);
        self.show(disk, &mail, cx);
        // Repeats too: the acknowledgement of the first may be what was lost.
        self.say_over(from, via, Up::Got(mail.delivery()), cx);
        let told = Self::told(&mail, Marks::DELIVERED);
        self.learn(disk, told, None, false, cx);
    }

    /// A host asks to carry something to somebody whom it doesn't reach.
    pub(super) fn asked_to_carry(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        via: u32,
        mail: Mail,
        copies: Copies,
        cx: &mut Cx<'_>,
    ) {
        let mut mail = mail.come(false);
        mail.trail.carried = true;
        let delivery = mail.delivery();
        let takes = self.takes(disk, &mail, true, false, None, cx);
        if takes {
            self.keep(disk, mail, copies, true, cx);
        } else {
            cx.tell(Note::Dropped(delivery, crate::note::Drop::Twice));
        }
        self.say_over(from, via, Up::Carries(delivery, takes), cx);
    }

    /// Plans when the user takes the device offline next.
    pub(super) fn plan_leave(&self, cx: &mut Cx<'_>) {
        if let Some(offline) = cx.world().clients.offline.as_ref().filter(|_| self.has_user(cx)) {
            let after = offline.every.sample(&mut cx.draw(purpose::OFFLINE_EVERY));
            cx.set_background_timer(after, timer(CarrierTimer::Leaves));
        }
    }

    /// The user takes the device offline: it says so, as the host need not find out.
    pub(super) fn leave(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let Some(offline) = &cx.world().clients.offline else { return };
        let lasts = offline.lasts.sample(&mut cx.draw(purpose::OFFLINE_LASTS));
        cx.set_timer(lasts, timer(CarrierTimer::Returns));
        if self.attachment.has_host() {
            let host = Self::gateway(self.attachment.host, cx);
            self.say(host, &Up::Bye, cx);
        }
        cx.go_offline();
        self.set_online(disk, false, cx);
    }

    pub(super) fn come_back(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        self.plan_leave(cx);
        cx.go_online();
        if cx.is_online() {
            self.set_online(disk, true, cx);
        }
    }
}
