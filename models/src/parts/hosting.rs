//! Hosting: how a gateway hands its clients what it has for them, and repeats it until they have it.
//!
//! Mail for a device that is held for offline waits; the device's next packet starts it again.

use std::collections::BTreeSet;
use std::rc::Rc;

use penult_sim::{IdMap, Ids, Span, Time};

use crate::client::{FIRST_EPOCH, patience};
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId};
use crate::line::{Line, Named};
use crate::member::MemberTimer;
use crate::message::{Flags, Message};
use crate::note::{Note, Wait};
use crate::packet::{Down, Packet};
use crate::parts::{Again, Pace};
use crate::server::{Cx, Server};

/// What a gateway is reminded of as a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unacknowledged(pub DeliveryId);

impl Ids for Unacknowledged {
    fn ids(&self) -> u64 {
        self.0.key()
    }
}

/// The clients that a gateway has mail for.
#[derive(Debug, Default)]
pub struct Hosting {
    clients: IdMap<Hosted>,
    /// Boxes that nothing is in: each delivery takes two, one for the message and one for its receipt.
    #[expect(clippy::vec_box, reason = "it is the boxes that are used again")]
    spare: Vec<Box<Mail>>,
}

/// So many empty boxes are kept.
const SPARE: usize = 64;

#[derive(Debug)]
struct Hosted {
    epoch: u32,
    /// When it was last heard.
    heard: Time,
    /// Whether it was heard in this epoch.
    has_spoken: bool,
    /// It said good-bye, or has not been heard for too long.
    offline: bool,
    /// What it has not acknowledged, in the order of its coming. Most clients have nothing most of the time.
    mail: Line<Box<Mail>>,
    /// The same by the beginnings of their waits, where it is much: what waits for too long is found at once.
    #[expect(clippy::box_collection, reason = "much is rare, and room for it is not")]
    waits: Option<Box<BTreeSet<(Time, u64)>>>,
}

#[derive(Debug)]
struct Mail {
    delivery: DeliveryId,
    what: What,
    /// Since when it waits: for its first sending, or for an acknowledgement of the last.
    since: Time,
    /// It is sent until it is acknowledged.
    again: Again,
}

/// What a device is to get.
#[derive(Debug)]
enum What {
    /// Nothing: the box is spare.
    Nothing,
    /// A message for it.
    Message(Rc<Message>, Flags),
    /// The word that a message of its own was received. Its name is that of a delivery to the sender itself, which
    /// there is not.
    Receipts {
        /// Which.
        message: Rc<Message>,
        /// By these, of which it does not know.
        recipients: Few<ClientId>,
        /// How long it is kept for a device that is offline.
        until: Time,
    },
}

impl Named for Mail {
    fn name(&self) -> u64 {
        self.delivery.key()
    }
}

impl Hosting {
    fn of<S: Server>(&mut self, client: ClientId, cx: &Cx<'_, S>) -> &mut Hosted {
        let now = cx.now();
        self.clients.get_or_insert_with(client.0.into(), || Hosted {
            epoch: FIRST_EPOCH,
            heard: now,
            has_spoken: false,
            offline: false,
            mail: Line::default(),
            waits: None,
        })
    }

    /// A client is hosted since this epoch: what is sent from now on says so.
    pub fn set_epoch<S: Server>(&mut self, client: ClientId, epoch: u32, cx: &Cx<'_, S>) {
        self.of(client, cx).set_epoch(epoch, cx.now());
    }

    /// Whether a client has said anything since it is hosted in this epoch.
    pub fn has_heard_since(&self, client: ClientId, epoch: u32) -> bool {
        let hosted = self.clients.get(client.0.into());
        hosted.is_some_and(|hosted| hosted.epoch == epoch && hosted.has_spoken)
    }

    /// Whether a client is held for offline: it said good-bye, or has not been heard for too long.
    pub fn is_away<S: Server>(&self, client: ClientId, cx: &Cx<'_, S>) -> bool {
        self.clients.get(client.0.into()).is_some_and(|hosted| hosted.is_away(cx))
    }

    /// Hands over what came for a client that is hosted since this epoch; at once, unless the client is held
    /// for offline.
    pub fn hand_over<S>(
        &mut self,
        message: Rc<Message>,
        flags: Flags,
        (to, epoch): (ClientId, u32),
        cx: &mut Cx<'_, S>,
    ) where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let delivery = DeliveryId { message: message.id, recipient: to };
        let mut mail = self.boxed(delivery, What::Message(message, flags), cx.now());
        let hosted = self.of(to, cx);
        hosted.set_epoch(epoch, cx.now());
        // A host that was none for a while hands over again what it had begun with.
        hosted.take_off(delivery, cx);
        if !hosted.offline {
            mail.send(hosted.epoch, cx);
        }
        hosted.put_on(mail);
    }

    /// A client acknowledged this. False if it was not waited for.
    pub fn acknowledged<S: Server>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) -> bool {
        let hosted = self.clients.get_mut(delivery.recipient.0.into());
        let taken = hosted.and_then(|hosted| hosted.take_off(delivery, cx));
        taken.is_some_and(|mail| {
            self.empty(mail);
            true
        })
    }

    /// A box with this in it.
    fn boxed(&mut self, delivery: DeliveryId, what: What, since: Time) -> Box<Mail> {
        let mail = Mail { delivery, what, since, again: Again::default() };
        match self.spare.pop() {
            Some(mut spare) => {
                *spare = mail;
                spare
            }
            None => Box::new(mail),
        }
    }

    /// What is in a box is not waited for any more.
    fn empty(&mut self, mut mail: Box<Mail>) {
        if self.spare.len() < SPARE {
            mail.what = What::Nothing;
            self.spare.push(mail);
        }
    }

    /// Something came from a client: it is online, and gets what it should long have had. What was sent
    /// within the last wait is left alone: its acknowledgement may be on the way. Not so for a device that
    /// attaches: it may not have been there when that came. True if it was held for offline until now.
    pub fn heard<S>(&mut self, client: ClientId, attaches: bool, cx: &mut Cx<'_, S>) -> bool
    where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let now = cx.now();
        let timeout = cx.world().clients.send_timeout;
        let hosted = self.of(client, cx);
        let was_away = hosted.is_away(cx);
        hosted.heard = now;
        hosted.has_spoken = true;
        let was_offline = std::mem::take(&mut hosted.offline);
        if hosted.mail.len() > 0 {
            if was_offline || attaches {
                hosted.drop_expired(cx);
            }
            hosted.send_due(was_offline || attaches, timeout, cx);
        }
        was_away
    }

    /// Tells a client of this host that what it sent was received, until it says that it knows; one that is offline when
    /// it is heard again, if that is not later than `hold` from now.
    pub fn tell_received<S>(
        &mut self,
        message: &Rc<Message>,
        recipient: ClientId,
        hold: Span,
        cx: &mut Cx<'_, S>,
    ) where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let name = DeliveryId { message: message.id, recipient: message.sender };
        let until = cx.now() + hold;
        let hosted = self.of(message.sender, cx);
        let is_online = !hosted.offline;
        if let Some(mail) = hosted.mail.get_mut(name.key()) {
            let What::Receipts { recipients, .. } = &mut mail.what else {
                unreachable!("nobody writes to itself")
            };
            if !recipients.contains(&recipient) {
                recipients.push(recipient);
                if is_online {
                    say_received(message, recipient, cx);
                }
            }
            return;
        }
        let recipients = Few::one(recipient);
        let what = What::Receipts { message: message.clone(), recipients, until };
        let mut mail = self.boxed(name, what, cx.now());
        let hosted = self.of(message.sender, cx);
        if is_online {
            mail.send(hosted.epoch, cx);
        }
        hosted.put_on(mail);
    }

    /// A client said that it knows that this message of its own was received.
    pub fn receipt_heard<S: Server>(
        &mut self,
        from: ClientId,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let name = DeliveryId { message: delivery.message, recipient: from };
        let Some(hosted) = self.clients.get_mut(from.0.into()) else { return };
        let Some(mail) = hosted.mail.get_mut(name.key()) else { return };
        if let What::Receipts { recipients, .. } = &mut mail.what {
            recipients.retain(|&recipient| recipient != delivery.recipient);
            if recipients.is_empty()
                && let Some(mail) = hosted.take_off(name, cx)
            {
                self.empty(mail);
            }
        }
    }

    /// A client is hosted elsewhere by now: what it has yet to hear of its own messages, and who received them.
    pub fn take_receipts<S: Server>(
        &mut self,
        client: ClientId,
        cx: &mut Cx<'_, S>,
    ) -> Vec<(Rc<Message>, ClientId)> {
        let Some(hosted) = self.clients.get_mut(client.0.into()) else { return Vec::new() };
        let (mut names, mut taken) = (Vec::new(), Vec::new());
        hosted.mail.for_each(|mail| {
            if let What::Receipts { message, recipients, .. } = &mail.what {
                names.push(mail.delivery);
                taken.extend(recipients.iter().map(|&recipient| (message.clone(), recipient)));
            }
        });
        names.into_iter().for_each(|name| _ = hosted.take_off(name, cx));
        taken
    }

    /// What waits for its client is sent elsewhere now: tells how long it has waited.
    pub fn account<S: Server>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        let client = delivery.recipient;
        let Some(hosted) = self.clients.get_mut(client.0.into()) else { return };
        hosted.change(delivery.key(), |mail| mail.account(cx));
    }

    /// A client said good-bye: nothing is sent until it is heard again.
    pub fn left<S: Server>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        self.of(client, cx).rest(cx);
    }

    /// No acknowledgement came in time: the mail is sent again, unless its client is offline.
    pub fn unacknowledged<S>(
        &mut self,
        Unacknowledged(delivery): Unacknowledged,
        cx: &mut Cx<'_, S>,
    ) where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let options = &cx.world().clients;
        let longest = patience(options.keepalive, options.send_timeout);
        let hosted = self.of(delivery.recipient, cx);
        if cx.now() - hosted.heard > longest {
            return hosted.rest(cx);
        }
        let epoch = hosted.epoch;
        let is_there = hosted.change(delivery.key(), |mail| mail.send(epoch, cx));
        assert!(is_there, "what is guarded waits");
    }
}

impl Hosted {
    fn set_epoch(&mut self, epoch: u32, now: Time) {
        debug_assert!(self.epoch <= epoch, "epoch {} came after {epoch}", self.epoch);
        if self.epoch != epoch {
            // A device owes its new host no word of before.
            (self.epoch, self.heard) = (epoch, now);
            (self.offline, self.has_spoken) = (false, false);
        }
    }

    /// It said good-bye, or has not been heard for too long.
    fn is_away<S: Server>(&self, cx: &Cx<'_, S>) -> bool {
        let options = &cx.world().clients;
        self.offline || cx.now() - self.heard > patience(options.keepalive, options.send_timeout)
    }

    /// It is not waited for any more. Nothing if it was not.
    fn take_off<S: Server>(
        &mut self,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) -> Option<Box<Mail>> {
        let mut mail = self.mail.remove(delivery.key())?;
        mail.again.stop(cx);
        if let Some(waits) = &mut self.waits {
            waits.remove(&(mail.since, mail.name()));
            if !self.mail.is_long() {
                self.waits = None;
            }
        }
        self.check_waits();
        Some(mail)
    }

    /// Where waits are kept, each is that of something in the line.
    fn check_waits(&self) {
        let count = self.waits.as_ref().map_or(self.mail.len(), |waits| waits.len());
        debug_assert_eq!(count, self.mail.len(), "a wait without mail, or mail without a wait");
    }

    /// It is waited for.
    fn put_on(&mut self, mail: Box<Mail>) {
        if let Some(waits) = &mut self.waits {
            waits.insert((mail.since, mail.name()));
        }
        self.mail.push(mail);
        if self.mail.is_long() && self.waits.is_none() {
            let mut waits = Box::<BTreeSet<(Time, u64)>>::default();
            self.mail.for_each(|mail| _ = waits.insert((mail.since, mail.name())));
            self.waits = Some(waits);
        }
        self.check_waits();
    }

    /// Does something to what is waited for, by which the wait may begin anew. False if it is not waited for.
    fn change(&mut self, name: u64, change: impl FnOnce(&mut Mail)) -> bool {
        let Some(mail) = self.mail.get_mut(name) else { return false };
        let before = mail.since;
        change(mail);
        if let Some(waits) = &mut self.waits
            && mail.since != before
        {
            let was_there = waits.remove(&(before, name));
            debug_assert!(was_there, "its wait was not kept");
            waits.insert((mail.since, name));
        }
        true
    }

    /// Sends what has waited for longer than this, or all, in the order of its coming.
    fn send_due<S>(&mut self, all: bool, timeout: Span, cx: &mut Cx<'_, S>)
    where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let (now, epoch) = (cx.now(), self.epoch);
        let is_due = |since: Time| all || now - since > timeout;
        let Some(waits) = &self.waits else {
            return self.mail.for_each(|mail| {
                if is_due(mail.since) {
                    mail.send(epoch, cx);
                }
            });
        };
        let due = waits.iter().take_while(|&&(since, _)| is_due(since));
        let mut due: Vec<u64> = due.map(|&(_, name)| name).collect();
        self.mail.sort(&mut due);
        for name in due {
            self.change(name, |mail| mail.send(epoch, cx));
        }
    }

    /// What was kept for the device for long enough is not.
    fn drop_expired<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        let now = cx.now();
        let mut expired = Vec::new();
        self.mail.for_each(|mail| {
            if matches!(mail.what, What::Receipts { until, .. } if until < now) {
                expired.push(mail.delivery);
            }
        });
        expired.into_iter().for_each(|name| _ = self.take_off(name, cx));
    }

    fn rest<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        self.offline = true;
        self.mail.for_each(|mail| mail.again.stop(cx));
    }
}

impl Mail {
    fn account<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        let since = std::mem::replace(&mut self.since, cx.now());
        if cx.now() > since && matches!(self.what, What::Message(..)) {
            let to = cx.world().places.client(self.delivery.recipient);
            let why = if self.again.is_waiting() { Wait::For(to) } else { Wait::Away };
            cx.tell(Note::Waited { delivery: self.delivery, why, since });
        }
    }

    fn send<S>(&mut self, epoch: u32, cx: &mut Cx<'_, S>)
    where
        S: Server<Timer: From<Unacknowledged>>,
    {
        let to = cx.world().places.client(self.delivery.recipient);
        self.account(cx);
        match &self.what {
            What::Nothing => unreachable!("a spare box is in no line"),
            What::Message(message, flags) => {
                let (message, flags) = (message.clone(), *flags);
                cx.send(to, Packet::Down(Down::Deliver { message, flags, epoch }));
            }
            // It is not said any more; it goes when the device attaches.
            What::Receipts { until, .. } if *until < cx.now() => return,
            What::Receipts { message, recipients, .. } => {
                recipients.iter().for_each(|&recipient| say_received(message, recipient, cx));
            }
        }
        let options = &cx.world().clients;
        let pace = Pace::growing(options.send_timeout, options.send_backoff);
        let reminder = MemberTimer::Server(Unacknowledged(self.delivery).into());
        self.again.said(pace, reminder, cx);
    }
}

fn say_received<S: Server>(message: &Rc<Message>, recipient: ClientId, cx: &mut Cx<'_, S>) {
    let (to, message) = (cx.world().places.client(message.sender), message.clone());
    cx.send(to, Packet::Down(Down::Received { message, recipient }));
}

#[cfg(test)]
mod tests {
    use penult_sim::{Fault, What};

    use super::*;
    use crate::packet::Up;
    use crate::parts::trial::{Due, Trial, Tried, log, play, world};

    const CLIENT: ClientId = ClientId(0);

    impl From<Unacknowledged> for Due<Unacknowledged> {
        fn from(timer: Unacknowledged) -> Self {
            Due::Of(timer)
        }
    }

    #[derive(Default)]
    struct Host {
        hosting: Hosting,
        /// At what was heard first after a silence.
        came_back: u32,
    }

    fn of(number: u64) -> DeliveryId {
        DeliveryId { message: Message::numbered(number).id, recipient: CLIENT }
    }

    impl Tried for Host {
        type Letter = ();
        type Timer = Unacknowledged;

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let hosting = &mut self.hosting;
            let (flags, to) = (Flags::default(), (CLIENT, FIRST_EPOCH));
            match number {
                0 => {
                    hosting.hand_over(Message::numbered(1), flags, to, cx);
                    hosting.hand_over(Message::numbered(2), flags, to, cx);
                    assert!(hosting.acknowledged(of(2), cx) && !hosting.acknowledged(of(2), cx));
                    assert!(!hosting.is_away(CLIENT, cx));
                }
                // Two keepalives and the time for an answer, and it is away; then nothing is sent.
                1 => {
                    assert!(hosting.is_away(CLIENT, cx));
                    let (seven, eight) = (Message::numbered(7), Message::numbered(8));
                    hosting.tell_received(&seven, ClientId(1), Span::secs(60), cx);
                    hosting.tell_received(&seven, ClientId(1), Span::secs(60), cx);
                    hosting.tell_received(&eight, ClientId(1), Span::secs(1), cx);
                    hosting.hand_over(Message::numbered(3), flags, to, cx);
                }
                _ => {
                    assert_eq!(self.came_back, 1);
                    assert!(!hosting.acknowledged(of(1), cx), "the device has");
                    hosting.tell_received(&Message::numbered(9), ClientId(1), Span::ZERO, cx);
                    // It has said nothing to its host of a new epoch.
                    assert!(hosting.has_heard_since(CLIENT, FIRST_EPOCH));
                    hosting.set_epoch(CLIENT, FIRST_EPOCH + 1, cx);
                    assert!(!hosting.has_heard_since(CLIENT, FIRST_EPOCH + 1));
                    hosting.left(CLIENT, cx);
                    assert!(hosting.is_away(CLIENT, cx));
                }
            }
        }

        fn hear(&mut self, from: ClientId, up: Up, cx: &mut Cx<'_, Trial<Self>>) {
            match up {
                Up::Got(delivery, _) if delivery.recipient != from => {
                    self.hosting.receipt_heard(from, delivery, cx);
                    assert!(self.hosting.take_receipts(from, cx).is_empty());
                }
                Up::Got(delivery, _) => assert!(self.hosting.acknowledged(delivery, cx)),
                _ => {}
            }
            self.came_back += u32::from(self.hosting.heard(from, false, cx));
        }

        fn wake(&mut self, timer: Unacknowledged, cx: &mut Cx<'_, Trial<Self>>) {
            self.hosting.unacknowledged(timer, cx);
        }
    }

    #[test]
    fn mail_is_sent_until_the_device_has_it_or_is_away() {
        let mut setup = world();
        setup.clients.keepalive = Span::secs(4);
        let device = setup.places().client(CLIENT);
        setup.faults.push(Fault::once(What::offline(device), Time::from_secs(1), Span::secs(39)));
        let expected = log([
            (2_000, "g0 to c0: Deliver m1 in epoch 1"),
            (2_000, "g0 to c0: Deliver m2 in epoch 1"),
            (4_000, "g0: Waited"),
            (4_000, "g0 to c0: Deliver m1 in epoch 1"),
            (8_000, "g0: Waited"),
            (8_000, "g0 to c0: Deliver m1 in epoch 1"),
            // The device is back, says so, and hears at once what there was.
            (40_001, "g0: Waited"),
            (40_001, "g0 to c0: Deliver m1 in epoch 1"),
            (40_001, "g0 to c0: Received m7"),
            (40_001, "g0: Waited"),
            (40_001, "g0 to c0: Deliver m3 in epoch 1"),
            (50_000, "g0 to c0: Received m9"),
        ]);
        assert_eq!(play::<Host>(&setup, &[2_000, 17_000, 50_000]), expected);
    }
}
