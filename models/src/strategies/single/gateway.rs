//! A gateway of `single`: it takes in, hands over to its clients, and sends everything else to their homes.

use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use super::letters::Letter;
use super::shelf::{Kept, Shelf, Way};
use super::{Single, SingleTimer};
use crate::client::FIRST_EPOCH;
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};
use crate::packet::{Down, Packet, Up};
use crate::parts::hosting::{Hosting, Unacknowledged};
use crate::parts::parking::{Parking, taken};
use crate::parts::{Again, Intake, Known, Pace, Sorted, Write, Written};
use crate::server::Cx;
use crate::store::{Spill, StoreLetter};
use crate::world::QueuePlace;

/// A gateway's memory.
#[derive(Default)]
pub struct Gateway {
    pub(super) hosting: Hosting,
    pub(super) intake: Intake<Work>,
    /// Empty where queues are on disk.
    shelf: Shelf,
    /// What goes to the external store and comes from there.
    pub(super) parking: Parking,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
}

/// A message on its way from the network card to the shelf.
pub(super) struct Work {
    message: Rc<Message>,
    /// Which deliveries of it, one at least.
    deliveries: Few<DeliveryId>,
    flags: Flags,
    brought: Brought,
    /// When the source stored it, if that is not now.
    stored: Option<Time>,
}

/// Who brought a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    /// Its sender's device.
    Sender,
    /// The gateway at which it entered the system.
    Source(GatewayId),
    /// The external store; it entered the system at this gateway.
    Store(GatewayId),
}

pub(super) type Context<'a> = Cx<'a, Single>;

pub(super) fn timer<C>(timer: SingleTimer) -> MemberTimer<SingleTimer, C> {
    MemberTimer::Server(timer)
}

impl Gateway {
    /// What is on the disk goes on where it was: to its clients, or to their homes.
    pub(super) fn recover(disk: &mut GatewayDisk, cx: &mut Context<'_>) -> Self {
        let mut gateway = Gateway::default();
        let hold = cx.world().strategy.hold;
        for delivery in disk.shelf.all() {
            let kept = disk.shelf.get_mut(delivery).expect("it was just listed");
            // The timers died with the memory.
            let held = cx.now() - kept.stored;
            let left = if held < hold { hold - held } else { Span::ZERO };
            kept.again = Again::from(kept.again.times());
            kept.hold_guard = cx.set_background_timer(left, timer(SingleTimer::HoldOver(delivery)));
            let kept = disk.shelf.get_mut(delivery).expect("it is still there");
            let half_brought = kept.beside && !kept.in_store && kept.way == Way::FromSender;
            gateway.set_off(disk, delivery, cx);
            if half_brought {
                gateway.bring(disk, delivery, true, cx);
            }
        }
        if has_store(cx) {
            let me = cx.world().places.as_gateway(cx.node());
            let homes = (0..).map(ClientId).zip(&cx.world().homes);
            let own = homes.filter(|&(_, &home)| home == me);
            own.for_each(|(client, _)| gateway.parking.expect(client));
        }
        gateway
    }

    pub(super) fn hear(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        up: Up,
        cx: &mut Context<'_>,
    ) {
        match up {
            Up::Bye => return self.hosting.left(from, cx),
            Up::Submit(message) => self.submitted(disk, message, cx),
            Up::Got(delivery, _) if delivery.recipient != from => {
                self.hosting.receipt_heard(from, delivery, cx);
            }
            Up::Got(delivery, _) => self.got(disk, delivery, cx),
            Up::Keepalive(_) => {
                let device = cx.world().places.client(from);
                cx.send(device, Packet::Down(Down::Alive));
            }
            Up::Attach { .. } | Up::Stale { .. } | Up::Here(_) => {
                unreachable!("no client changes host here")
            }
            Up::Happened { .. } => unreachable!("nobody wants to hear that here"),
        }
        self.hosting.heard(from, false, cx);
        self.parking.heard(from, FIRST_EPOCH, cx);
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Context<'_>,
    ) {
        if let Letter::Store(letter) = letter {
            return self.store_said(disk, letter, cx);
        }
        let source = cx.world().places.as_gateway(from);
        match letter {
            Letter::Relay { message, flags, recipient, stored } => {
                let delivery = DeliveryId { message: message.id, recipient };
                if self.shelf(disk, cx).known(delivery, cx.now()) != Known::Nothing {
                    cx.send(from, Packet::Between(Letter::Stored(delivery)));
                } else if !self.intake.is_at(delivery) {
                    cx.tell(Note::Kept(delivery));
                    let brought = Brought::Source(source);
                    self.take_in(disk, (message, recipient), flags, brought, Some(stored), cx);
                }
            }
            Letter::Stored(delivery) => self.let_go(disk, delivery, Drop::HandedOn, cx),
            Letter::Received { message, recipient } => {
                self.hosting.tell_received(&message, recipient, cx.world().strategy.hold, cx);
            }
            Letter::Store(_) => unreachable!("handled above"),
        }
    }

    pub(super) fn wake(
        &mut self,
        disk: &mut GatewayDisk,
        reminder: SingleTimer,
        cx: &mut Context<'_>,
    ) {
        match reminder {
            SingleTimer::Written(first) => {
                let (work, writing) = self.intake.written(Written(first));
                self.stored(disk, work, writing, cx);
            }
            SingleTimer::Unstored(delivery) => self.send_on(disk, delivery, cx),
            SingleTimer::Unacknowledged(delivery) => {
                self.hosting.unacknowledged(Unacknowledged(delivery), cx);
            }
            SingleTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            SingleTimer::Unparked(delivery) => self.unparked(disk, delivery, cx),
            SingleTimer::Parking(timer) => self.parking.wake(timer, cx),
            SingleTimer::Store(timer) => panic!("a gateway has no {timer:?}"),
        }
    }
}

impl Gateway {
    pub(super) fn shelf<'a>(
        &'a mut self,
        disk: &'a mut GatewayDisk,
        cx: &Context<'_>,
    ) -> &'a mut Shelf {
        match cx.world().queue {
            QueuePlace::Memory => &mut self.shelf,
            QueuePlace::Disk => &mut disk.shelf,
        }
    }

    /// What is known here of the deliveries of a message that a device brings.
    fn sorted(&mut self, disk: &mut GatewayDisk, message: &Message, cx: &Context<'_>) -> Sorted {
        let now = cx.now();
        Sorted::of(message, |delivery| match self.intake.is_at(delivery) {
            true => Known::Written,
            false => self.shelf(disk, cx).known(delivery, now),
        })
    }

    /// How often policy runs over what a packet brings: once over a message that is new here.
    pub(super) fn policy_runs(
        &mut self,
        disk: &mut GatewayDisk,
        packet: &Packet<Letter>,
        cx: &Context<'_>,
    ) -> u32 {
        let (now, everywhere) = (cx.now(), cx.world().strategy.policy_everywhere);
        let runs = match packet {
            Packet::Up(Up::Submit(message)) => {
                let sorted = self.sorted(disk, message, cx);
                !sorted.is_written
                    && !sorted.missing.is_empty()
                    && self.intake.will_judge(message, now)
            }
            Packet::Between(Letter::Relay { message, recipient, .. }) if everywhere => {
                let delivery = DeliveryId { message: message.id, recipient: *recipient };
                let known = self.shelf(disk, cx).known(delivery, now);
                known == Known::Nothing && !self.intake.is_at(delivery)
            }
            Packet::Between(Letter::Store(StoreLetter::Hand { mail, .. })) if everywhere => {
                let (delivery, shelf) = (mail.delivery(), self.shelf(disk, cx));
                let is_here = shelf.is_done(delivery, now) || shelf.get(delivery).is_some();
                !is_here && !self.intake.is_at(delivery)
            }
            _ => false,
        };
        runs.into()
    }

    /// A device asks to send. What is known is acknowledged, as often as it comes; of several deliveries one may
    /// be known, and another not any more.
    fn submitted(&mut self, disk: &mut GatewayDisk, message: Rc<Message>, cx: &mut Context<'_>) {
        let Sorted { is_written, missing, .. } = self.sorted(disk, &message, cx);
        if is_written {
            return;
        }
        if missing.is_empty() {
            let device = cx.world().places.client(message.sender);
            return cx.send(device, Packet::Down(Down::Accepted(message.id)));
        }
        let hold = cx.world().strategy.hold;
        let Some(flags) = self.intake.judge(&message, hold, cx) else { return };
        missing.iter().for_each(|&delivery| cx.tell(Note::Kept(delivery)));
        let (deliveries, brought, stored) = (missing, Brought::Sender, None);
        self.write(disk, Work { message, deliveries, flags, brought, stored }, cx);
    }

    /// Takes in what another server brought. Where policy runs at every gateway it runs here too; what
    /// the source decided stands.
    pub(super) fn take_in(
        &mut self,
        disk: &mut GatewayDisk,
        (message, recipient): (Rc<Message>, ClientId),
        flags: Flags,
        brought: Brought,
        stored: Option<Time>,
        cx: &mut Context<'_>,
    ) {
        cx.tell(match cx.world().strategy.policy_everywhere {
            true => Note::PolicyRan(message.id),
            false => Note::PolicySpared(message.id),
        });
        let deliveries = Few::one(DeliveryId { message: message.id, recipient });
        self.write(disk, Work { message, deliveries, flags, brought, stored }, cx);
    }

    /// Writes what came, and goes on when it is written.
    fn write(&mut self, disk: &mut GatewayDisk, work: Work, cx: &mut Context<'_>) {
        if let Some((work, writing)) = self.intake.write(work, cx.world().queue, cx) {
            self.stored(disk, work, writing, cx);
        }
    }

    /// It is stored: whoever brought it is told, and it goes on.
    fn stored(&mut self, disk: &mut GatewayDisk, work: Work, writing: Span, cx: &mut Context<'_>) {
        let Work { message, deliveries, flags, brought, stored } = work;
        let (hold, now) = (cx.world().strategy.hold, cx.now());
        let stored = stored.unwrap_or(now);
        let left = (stored + hold).max(now) - now;
        let at_once = cx.world().strategy.spill == Spill::AtOnce;
        for &delivery in deliveries.iter() {
            cx.tell(Note::Stored { delivery, disk: writing });
            let guard = cx.set_background_timer(left, timer(SingleTimer::HoldOver(delivery)));
            let way = match brought {
                Brought::Sender => Way::FromSender,
                Brought::Source(source) => Way::From(source),
                Brought::Store(source) => Way::FromStore(source),
            };
            let mut kept = Kept::new(message.clone(), flags, way, guard, stored);
            kept.since = now;
            kept.beside = at_once || matches!(way, Way::FromStore(_));
            self.shelf(disk, cx).put(delivery, kept);
        }
        match brought {
            Brought::Sender => {
                let device = cx.world().places.client(message.sender);
                cx.send(device, Packet::Down(Down::Accepted(message.id)));
            }
            Brought::Source(source) => {
                let source = cx.world().places.gateway(source);
                cx.send(source, Packet::Between(Letter::Stored(deliveries[0])));
            }
            Brought::Store(_) => taken(deliveries[0], cx),
        }
        for &delivery in deliveries.iter() {
            self.set_off(disk, delivery, cx);
            if at_once && brought == Brought::Sender {
                self.bring(disk, delivery, false, cx);
            }
        }
    }

    /// A stored delivery goes to its client, or to its client's home.
    fn set_off(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        let home = cx.world().homes[delivery.recipient.index()];
        if cx.world().places.gateway(home) == cx.node() {
            let kept = self.shelf(disk, cx).get(delivery).expect("it was stored");
            let (message, flags) = (kept.message.clone(), kept.flags);
            self.hosting.hand_over(message, flags, (delivery.recipient, FIRST_EPOCH), cx);
        } else {
            self.send_on(disk, delivery, cx);
        }
    }

    /// Sends to the recipient's home, again and again until that has stored it.
    fn send_on(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        let (now, timeout) = (cx.now(), cx.world().strategy.ack_timeout);
        let home = cx.world().homes[delivery.recipient.index()];
        let to = cx.world().places.gateway(home);
        let kept = self.shelf(disk, cx).get_mut(delivery).expect("what is sent on is here");
        let since = std::mem::replace(&mut kept.since, now);
        let (message, flags, stored) = (kept.message.clone(), kept.flags, kept.stored);
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::For(to), since });
        }
        let recipient = delivery.recipient;
        cx.send(to, Packet::Between(Letter::Relay { message, flags, recipient, stored }));
        let kept = self.shelf(disk, cx).get_mut(delivery).expect("it is still here");
        kept.again.said(Pace::doubling(timeout), timer(SingleTimer::Unstored(delivery)), cx);
    }

    /// A client has it: so the sender may know, and nobody need keep it.
    fn got(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        self.hosting.acknowledged(delivery, cx);
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        let Some(kept) = shelf.get(delivery) else {
            if shelf.is_parked(delivery, now) {
                self.parking.mark(delivery, true, cx);
            }
            return;
        };
        let (way, message, beside) = (kept.way, kept.message.clone(), kept.beside);
        let recipient = delivery.recipient;
        match way {
            Way::From(source) | Way::FromStore(source) => {
                let source = cx.world().places.gateway(source);
                if source == cx.node() {
                    self.hosting.tell_received(&message, recipient, cx.world().strategy.hold, cx);
                } else {
                    cx.send(source, Packet::Between(Letter::Received { message, recipient }));
                }
            }
            Way::FromSender => {
                self.hosting.tell_received(&message, recipient, cx.world().strategy.hold, cx);
            }
        }
        if self.parking.is_bringing(delivery) || beside {
            self.parking.mark(delivery, true, cx);
        }
        self.let_go(disk, delivery, Drop::Done, cx);
    }

    pub(super) fn let_go(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        if !self.shelf(disk, cx).finish(delivery, cx) {
            return;
        }
        self.parking.stop(delivery, cx);
        cx.tell(Note::Dropped(delivery, why));
    }
}

/// Whether this run has a store.
fn has_store(cx: &Context<'_>) -> bool {
    cx.world().strategy.spill != Spill::Never
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.deliveries.iter().copied()
    }
}
