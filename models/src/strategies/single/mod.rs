//! `single`: one host for each client, no mirror, no failover. The floor that every strategy has to beat.
//!
//! The source stores a message, says so to the sender's device, sends it to the recipient's home and
//! keeps it until that has stored it. No client changes host; a dead host's clients wait for it.

mod letters;
mod shelf;

use std::rc::Rc;

use penult_sim::{Ids, NodeId, Span};

use crate::hosting::{Hosting, Unacknowledged};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};
use crate::packet::{Down, Packet, Up, kind_and_ids};
use crate::policy::{Policy, PolicyOptions, Verdict};
use crate::server::{Cx, Server};
use crate::world::{QueuePlace, World, backed_off};
pub use letters::Letter;
use shelf::{Kept, Shelf, Way};

/// The table `[single]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleOptions {
    /// How long the source waits for the host before it sends again; doubled each time, up to 10 s.
    pub ack_timeout: Span,
    /// Policy, which runs at the source.
    pub policy: PolicyOptions,
    /// How long a gateway holds what was not delivered, and remembers what was.
    pub hold: Span,
}

impl Default for SingleOptions {
    fn default() -> Self {
        SingleOptions {
            ack_timeout: Span::millis(200),
            policy: PolicyOptions::default(),
            hold: Span::secs(24 * 3600),
        }
    }
}

/// A gateway's memory.
#[derive(Default)]
pub struct Single {
    hosting: Hosting,
    policy: Policy,
    /// Empty where queues are on disk.
    shelf: Shelf,
    /// What policy or the disk is still busy with.
    working: Vec<Work>,
}

/// A gateway's disk.
#[derive(Default)]
pub struct SingleDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
}

/// A message on its way from the network card to the shelf.
struct Work {
    message: Rc<Message>,
    flags: Flags,
    /// Who brought it: its sender's device, or the source with one delivery of it.
    brought: Brought,
    cpu: Span,
    disk: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Brought {
    BySender,
    BySource(GatewayId, DeliveryId),
}

/// What a gateway is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingleTimer {
    /// Policy is done with what came as this delivery first.
    Judged(DeliveryId),
    /// The disk is.
    Written(DeliveryId),
    /// The host has not said that it stored this.
    Unstored(DeliveryId),
    /// The client has not said that it got this.
    Unacknowledged(DeliveryId),
    /// It was held for as long as messages are held.
    HoldOver(DeliveryId),
}

impl From<Unacknowledged> for SingleTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        SingleTimer::Unacknowledged(delivery)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for SingleTimer {
    fn ids(&self) -> u64 {
        let (kind, delivery) = match self {
            SingleTimer::Judged(delivery) => (1, delivery),
            SingleTimer::Written(delivery) => (2, delivery),
            SingleTimer::Unstored(delivery) => (3, delivery),
            SingleTimer::Unacknowledged(delivery) => (4, delivery),
            SingleTimer::HoldOver(delivery) => (5, delivery),
        };
        kind_and_ids(kind, delivery.key())
    }
}

type Context<'a> = Cx<'a, Single>;

fn timer(timer: SingleTimer) -> MemberTimer<SingleTimer> {
    MemberTimer::Server(timer)
}

impl Server for Single {
    type Options = SingleOptions;
    type Disk = SingleDisk;
    type Packet = Letter;
    type Timer = SingleTimer;

    fn new_disk(_: NodeId, _: &World<SingleOptions>) -> SingleDisk {
        SingleDisk::default()
    }

    fn start(_: &mut SingleDisk, _: &mut Context<'_>) -> Self {
        Single::default()
    }

    /// What is on the disk goes on where it was: to its clients, or to their homes.
    fn recover(disk: &mut SingleDisk, cx: &mut Context<'_>) -> Self {
        let mut gateway = Single::default();
        let hold = cx.world().strategy.hold;
        for delivery in disk.shelf.all() {
            let kept = disk.shelf.get_mut(delivery).expect("it was just listed");
            // The timers died with the memory.
            let held = cx.now() - kept.stored;
            let left = if held < hold { hold - held } else { Span::ZERO };
            kept.guard = None;
            kept.hold_guard = cx.set_background_timer(left, timer(SingleTimer::HoldOver(delivery)));
            gateway.set_off(disk, delivery, cx);
        }
        gateway
    }

    fn hear(&mut self, disk: &mut SingleDisk, from: ClientId, up: Up, cx: &mut Context<'_>) {
        match up {
            Up::Bye => return self.hosting.left(from, cx),
            Up::Submit(message) => self.submitted(disk, message, cx),
            Up::Got(delivery) => self.got(disk, delivery, cx),
            Up::Keepalive => {
                let device = cx.world().places.client(from);
                cx.send(device, Packet::Down(Down::Alive));
            }
            Up::Attach { .. } | Up::Stale { .. } => {
                unreachable!("no client changes host here")
            }
            Up::Read(_) | Up::Viewed(_) | Up::Answered(_) | Up::Here => {}
        }
        self.hosting.heard(from, cx);
    }

    fn receive(
        &mut self,
        disk: &mut SingleDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Context<'_>,
    ) {
        let source = cx.world().places.as_gateway(from);
        match letter {
            Letter::Relay { message, flags, recipient } => {
                let delivery = DeliveryId { message: message.id, recipient };
                if self.shelf(disk, cx).has(delivery, cx.now()) {
                    cx.send(from, Packet::Between(Letter::Stored(delivery)));
                } else if !self.is_working_on(delivery) {
                    cx.tell(Note::Kept(delivery));
                    let brought = Brought::BySource(source, delivery);
                    self.work(disk, message, flags, brought, Span::ZERO, cx);
                }
            }
            Letter::Stored(delivery) => self.let_go(disk, delivery, Drop::HandedOn, cx),
            Letter::Received { delivery, sender } => {
                let device = cx.world().places.client(sender);
                cx.send(device, Packet::Down(Down::Received(delivery)));
            }
        }
    }

    fn wake(&mut self, disk: &mut SingleDisk, reminder: SingleTimer, cx: &mut Context<'_>) {
        match reminder {
            SingleTimer::Judged(first) => {
                let Work { message, flags, brought, cpu, .. } = self.finish_work(first);
                self.work(disk, message, flags, brought, cpu, cx);
            }
            SingleTimer::Written(first) => {
                let work = self.finish_work(first);
                self.stored(disk, work, cx);
            }
            SingleTimer::Unstored(delivery) => self.send_on(disk, delivery, cx),
            SingleTimer::Unacknowledged(delivery) => {
                self.hosting.unacknowledged(Unacknowledged(delivery), cx);
            }
            SingleTimer::HoldOver(delivery) => {
                self.hosting.acknowledged(delivery, cx);
                self.let_go(disk, delivery, Drop::Expired, cx);
            }
        }
    }
}

impl Single {
    fn shelf<'a>(&'a mut self, disk: &'a mut SingleDisk, cx: &Context<'_>) -> &'a mut Shelf {
        match cx.world().queue {
            QueuePlace::Memory => &mut self.shelf,
            QueuePlace::Disk => &mut disk.shelf,
        }
    }

    fn is_working_on(&self, delivery: DeliveryId) -> bool {
        self.working.iter().any(|work| work.first() == delivery)
    }

    fn finish_work(&mut self, first: DeliveryId) -> Work {
        let place = self.working.iter().position(|work| work.first() == first);
        self.working.swap_remove(place.expect("what is worked on waits for its timer"))
    }

    /// A device asks to send. What is known is acknowledged, as often as it comes.
    fn submitted(&mut self, disk: &mut SingleDisk, message: Rc<Message>, cx: &mut Context<'_>) {
        let device = cx.world().places.client(message.sender);
        let first = message.deliveries().next().expect("a message has a recipient");
        if self.shelf(disk, cx).has(first, cx.now()) {
            return cx.send(device, Packet::Down(Down::Accepted(message.id)));
        }
        if self.is_working_on(first) {
            return;
        }
        let options = &cx.world().strategy.policy;
        cx.tell(Note::PolicyRan(message.id));
        let wait = cx.compute(options.cost);
        match self.policy.judge(options, &message, cx.now()) {
            // A refusal costs the work as well, but nobody waits for it.
            Verdict::Refused => cx.send(device, Packet::Down(Down::Refused(message.id))),
            Verdict::Passes(flags) => {
                message.deliveries().for_each(|delivery| cx.tell(Note::Kept(delivery)));
                if wait.is_zero() {
                    self.work(disk, message, flags, Brought::BySender, wait, cx);
                } else {
                    let (brought, disk) = (Brought::BySender, Span::ZERO);
                    self.working.push(Work { message, flags, brought, cpu: wait, disk });
                    cx.set_timer(wait, timer(SingleTimer::Judged(first)));
                }
            }
        }
    }

    /// Writes what came, and goes on when it is written.
    fn work(
        &mut self,
        disk: &mut SingleDisk,
        message: Rc<Message>,
        flags: Flags,
        brought: Brought,
        cpu: Span,
        cx: &mut Context<'_>,
    ) {
        let writing = match cx.world().queue {
            QueuePlace::Memory => Span::ZERO,
            QueuePlace::Disk => cx.write(),
        };
        let work = Work { message, flags, brought, cpu, disk: writing };
        if writing.is_zero() {
            self.stored(disk, work, cx);
        } else {
            cx.set_timer(writing, timer(SingleTimer::Written(work.first())));
            self.working.push(work);
        }
    }

    /// It is stored: whoever brought it is told, and it goes on.
    fn stored(&mut self, disk: &mut SingleDisk, work: Work, cx: &mut Context<'_>) {
        let Work { message, flags, brought, cpu, disk: writing } = work;
        let deliveries: Vec<DeliveryId> = match brought {
            Brought::BySender => message.deliveries().collect(),
            Brought::BySource(_, delivery) => vec![delivery],
        };
        let hold = cx.world().strategy.hold;
        for &delivery in &deliveries {
            cx.tell(Note::Stored { delivery, cpu, disk: writing });
            let guard = cx.set_background_timer(hold, timer(SingleTimer::HoldOver(delivery)));
            let way = match brought {
                Brought::BySender => Way::FromSender,
                Brought::BySource(source, _) => Way::From(source),
            };
            let kept = Kept::new(message.clone(), flags, way, guard, cx.now());
            self.shelf(disk, cx).put(delivery, kept);
        }
        match brought {
            Brought::BySender => {
                let device = cx.world().places.client(message.sender);
                cx.send(device, Packet::Down(Down::Accepted(message.id)));
            }
            Brought::BySource(source, delivery) => {
                let source = cx.world().places.gateway(source);
                cx.send(source, Packet::Between(Letter::Stored(delivery)));
            }
        }
        for delivery in deliveries {
            self.set_off(disk, delivery, cx);
        }
    }

    /// A stored delivery goes to its client, or to its client's home.
    fn set_off(&mut self, disk: &mut SingleDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        let home = cx.world().homes[delivery.recipient.index()];
        if cx.world().places.gateway(home) == cx.node() {
            let kept = self.shelf(disk, cx).get(delivery).expect("it was stored");
            let (message, flags) = (kept.message.clone(), kept.flags);
            self.hosting.hand_over(message, flags, delivery.recipient, cx);
        } else {
            self.send_on(disk, delivery, cx);
        }
    }

    /// Sends to the recipient's home, again and again until that has stored it.
    fn send_on(&mut self, disk: &mut SingleDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        let (now, timeout) = (cx.now(), cx.world().strategy.ack_timeout);
        let home = cx.world().homes[delivery.recipient.index()];
        let to = cx.world().places.gateway(home);
        let kept = self.shelf(disk, cx).get_mut(delivery).expect("what is sent on is here");
        let since = std::mem::replace(&mut kept.since, now);
        let wait = backed_off(timeout, 2.0, kept.sends);
        kept.sends += 1;
        let (message, flags) = (kept.message.clone(), kept.flags);
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::For(to), since });
        }
        let recipient = delivery.recipient;
        cx.send(to, Packet::Between(Letter::Relay { message, flags, recipient }));
        let guard = cx.set_timer(wait, timer(SingleTimer::Unstored(delivery)));
        self.shelf(disk, cx).get_mut(delivery).expect("it is still here").guard = Some(guard);
    }

    /// A client has it: so the sender may know, and nobody need keep it.
    fn got(&mut self, disk: &mut SingleDisk, delivery: DeliveryId, cx: &mut Context<'_>) {
        self.hosting.acknowledged(delivery, cx);
        let Some(kept) = self.shelf(disk, cx).get(delivery) else { return };
        let (way, sender) = (kept.way, kept.message.sender);
        let places = cx.world().places;
        match way {
            Way::From(source) => {
                let source = places.gateway(source);
                cx.send(source, Packet::Between(Letter::Received { delivery, sender }));
            }
            Way::FromSender => {
                cx.send(places.client(sender), Packet::Down(Down::Received(delivery)));
            }
        }
        self.let_go(disk, delivery, Drop::Done, cx);
    }

    fn let_go(
        &mut self,
        disk: &mut SingleDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Context<'_>,
    ) {
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        let Some(kept) = self.shelf(disk, cx).take(delivery, now, hold) else { return };
        cx.cancel_timer(kept.hold_guard);
        if let Some(guard) = kept.guard {
            cx.cancel_timer(guard);
        }
        cx.tell(Note::Dropped(delivery, why));
    }
}

impl Work {
    /// Names it while it is worked on.
    fn first(&self) -> DeliveryId {
        match self.brought {
            Brought::BySender => self.message.deliveries().next().expect("it has a recipient"),
            Brought::BySource(_, delivery) => delivery,
        }
    }
}
