//! A gateway of `mesh`: it takes in what devices bring, sends it to the recipient's host, and hands it over there,
//! as `single` does; clients change hosts, and for those whom it doesn't reach it asks other devices to carry.

mod back;
mod handing;
mod intake;
mod parking;
mod seating;
mod shelf;

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::letters::{Down, Letter, Lines, Mail, Marks, Told, Up};
use super::presence::{self, Presence, PresenceDisk};
use super::{Cx, MeshTimer};
use crate::ids::{ClientId, DeliveryId};
use crate::member::MemberTimer;
use crate::note::{Drop, Note};
use crate::packet::Packet;
use crate::parts::{Intake, Parking, Seats, View, Write, Written};
use crate::policy::Policy;
use crate::remembered::Remembered;
use crate::world::QueuePlace;
use handing::Hosted;
use shelf::{Kept, Shelf, Way};

/// A gateway's memory.
pub struct Gateway {
    seats: Seats,
    intake: Intake<Work>,
    policy: Policy,
    /// What policy refused, each of its own.
    refused: Remembered,
    /// Empty where queues are on disk.
    shelf: Shelf,
    /// Who else brings what the disk is at, over which connection.
    beside: BTreeMap<DeliveryId, Vec<(ClientId, u32)>>,
    hosted: BTreeMap<ClientId, Hosted>,
    /// Since when it lives.
    since: Time,
    presence: Presence,
    /// What goes to the external store and comes from there.
    parking: Parking,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
    presence: PresenceDisk,
}

/// A message on its way from the network card to the shelf.
pub(super) struct Work {
    mail: Mail,
    way: Way,
    /// When its source stored it, if that is another gateway.
    stored: Option<Time>,
    /// Which device's which connection it came over, to be answered there.
    from: Option<(ClientId, u32)>,
    /// Whether the external store brought it.
    of_store: bool,
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        std::iter::once(self.mail.delivery())
    }
}

fn timer<C>(timer: MeshTimer) -> MemberTimer<MeshTimer, C> {
    MemberTimer::Server(timer)
}

impl Gateway {
    pub(super) fn start(cx: &Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        Gateway {
            seats: Seats::new(me),
            intake: Intake::default(),
            policy: Policy::default(),
            refused: Remembered::default(),
            shelf: Shelf::default(),
            beside: BTreeMap::new(),
            hosted: BTreeMap::new(),
            since: cx.now(),
            presence: Presence::default(),
            parking: Parking::default(),
        }
    }

    /// What is on the disk waits for the directory's word, which says where it goes.
    pub(super) fn recover(disk: &mut GatewayDisk, cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let mut gateway = Gateway { seats: Seats::returned(me), ..Gateway::start(cx) };
        let (hold, now) = (cx.world().strategy.hold, cx.now());
        for (delivery, kept) in disk.shelf.iter_mut() {
            // The timers died with the memory.
            kept.again.rests();
            kept.again.forget_times();
            (kept.handed, kept.copies) = (false, None);
            kept.given.clear();
            let left = (kept.stored + hold).max(now) - now;
            kept.over = false;
            kept.hold_guard = cx.set_background_timer(left, timer(MeshTimer::HoldOver(delivery)));
        }
        gateway.take_inventory(disk, cx);
        gateway
    }

    fn shelf<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        match cx.world().queue {
            QueuePlace::Memory => &mut self.shelf,
            QueuePlace::Disk => &mut disk.shelf,
        }
    }

    /// A device said something.
    pub(super) fn device_said(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        (via, uses): (u32, Lines),
        up: Up,
        cx: &mut Cx<'_>,
    ) {
        let device = cx.world().places.as_client(from);
        self.names(device, uses, cx);
        let mut attaches = false;
        match up {
            Up::Bye => return self.left(device),
            Up::Submit(mail) => self.submitted(disk, device, via, mail, cx),
            Up::Keepalive(number) => self.kept_alive(device, via, number, cx),
            Up::Attach(epoch) => attaches = self.asked_to_host(device, via, epoch, cx),
            Up::Stale(epoch) => _ = self.seats.told_stale(device, epoch, cx),
            Up::Got(delivery) => self.got(disk, delivery, cx),
            Up::Carries(..) => {}
            Up::Ask { number, about } => {
                let disk = &mut disk.presence;
                self.presence.asked(disk, device, (via, uses), number, &about, cx);
            }
            Up::Log { until, told, given } => {
                let disk = &mut disk.presence;
                self.presence.logged(disk, device, (via, uses), until, &told, &given, cx);
            }
        }
        self.heard(disk, device, attaches, cx);
        if self.seats.hosts(device, cx) {
            let View { epoch, .. } = self.seats.view(device, cx);
            self.parking.heard(device, epoch, cx);
        }
    }

    /// Another server said something.
    pub(super) fn receive(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Up { via, uses, up } => self.device_said(disk, from, (via, uses), up, cx),
            Letter::Relay(mail, stored) => self.relayed(disk, from, mail, stored, cx),
            Letter::Stored(delivery) => {
                self.let_go(disk, delivery, Drop::HandedOn, Marks::TAKEN, cx);
            }
            Letter::Delivered(told) => self.told_delivered(disk, told, cx),
            Letter::Directory(letter) => self.directory_said(disk, letter, cx),
            Letter::Store(letter) => self.store_said(disk, *letter, cx),
            letter => unreachable!("{from} sent {letter:?} to a gateway"),
        }
    }

    pub(super) fn wake(&mut self, disk: &mut GatewayDisk, reminder: MeshTimer, cx: &mut Cx<'_>) {
        match reminder {
            MeshTimer::Written(first) => {
                let (work, writing) = self.intake.written(Written(first));
                self.stored(disk, work, writing, cx);
            }
            MeshTimer::Unstored(delivery) => self.send_on(disk, delivery, cx),
            MeshTimer::Unhanded(delivery) => self.unhanded(disk, delivery, cx),
            MeshTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            MeshTimer::Unparked(delivery) => self.unparked(disk, delivery, cx),
            MeshTimer::Parking(timer) => self.parking.wake(timer, cx),
            MeshTimer::Store(timer) => panic!("a gateway has no {timer:?}"),
            MeshTimer::Seat(timer) => self.remind_seats(disk, timer, cx),
            MeshTimer::Directory(timer) => panic!("a gateway has no {timer:?}"),
        }
    }

    /// Lets go of a message, and remembers what became of it.
    fn let_go(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        why: Drop,
        marks: Marks,
        cx: &mut Cx<'_>,
    ) -> Option<Kept> {
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        let mut kept = self.shelf(disk, cx).take(delivery, marks, now, hold)?;
        cx.cancel_timer(kept.hold_guard);
        kept.again.stop(cx);
        self.parking.stop(delivery, cx);
        cx.tell(Note::Dropped(delivery, why));
        Some(kept)
    }

    /// A client has its message: so nobody need keep it, and whoever brought it hears of it.
    fn got(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let bringing = self.parking.is_bringing(delivery);
        let Some(kept) = self.let_go(disk, delivery, Drop::Done, Marks::DELIVERED, cx) else {
            if let Some(passed) = self.shelf(disk, cx).passed_mut(delivery) {
                passed.marks = passed.marks.and(Marks::DELIVERED);
                if std::mem::take(&mut passed.parked) {
                    self.parking.mark(delivery, true, cx);
                }
            }
            return;
        };
        if bringing || kept.beside {
            self.parking.mark(delivery, true, cx);
        }
        let born = kept.mail.message.created;
        let told = Told { delivery, marks: Marks::DELIVERED, born };
        if let Some(database) = presence::node(cx.world()) {
            if database == cx.node() {
                self.presence.delivered(&mut disk.presence, told, cx);
            } else {
                cx.send(database, Packet::Between(Letter::Delivered(told)));
            }
        }
        self.tell_back(&kept.way, told, cx);
    }

    /// Another gateway says that a message is where it was to go.
    fn told_delivered(&mut self, disk: &mut GatewayDisk, told: Told, cx: &mut Cx<'_>) {
        let delivery = told.delivery;
        if presence::node(cx.world()) == Some(cx.node()) {
            self.presence.delivered(&mut disk.presence, told, cx);
        }
        if let Some(kept) = self.let_go(disk, delivery, Drop::Done, Marks::DELIVERED, cx) {
            return self.tell_back(&kept.way, told, cx);
        }
        let passed = self.shelf(disk, cx).passed_mut(delivery);
        let Some(passed) = passed.filter(|it| !it.marks.any(Marks::DELIVERED)) else { return };
        passed.marks = passed.marks.and(Marks::DELIVERED);
        let way = passed.way.clone();
        self.tell_back(&way, told, cx);
    }

    /// Tells the gateway that a message came from, and the devices that brought it. It is said once.
    fn tell_back(&mut self, way: &Way, told: Told, cx: &mut Cx<'_>) {
        if let Some(from) = way.from {
            let from = cx.world().places.gateway(from);
            cx.send(from, Packet::Between(Letter::Delivered(told)));
        }
        let told: Rc<[Told]> = Rc::new([told]);
        for &device in &way.bringers {
            self.say(device, &Down::Heard(told.clone()), cx);
        }
    }
}
