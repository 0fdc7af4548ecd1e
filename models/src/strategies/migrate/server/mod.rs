//! A server of `migrate`: it takes in what devices send and puts it into the broker, performs the tasks of the clients
//! whose data it has, and sends and gets data that migrate.

mod intake;
mod moving;
mod performing;
mod questions;
mod seating;
mod shelf;

use std::collections::BTreeMap;

use penult_sim::{NodeId, Time};

use super::letters::{Ask, Known, Letter, Say};
use super::numbers::WORK_LOST;
use super::options::Term;
use super::timers::{MigrateTimer, Question, ServerTimer};
use super::{Context, World};
use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::packet::{Down, Packet, Up};
use crate::parts::hosting::{Hosting, Unacknowledged};
use crate::parts::{Intake, Written};
use crate::remembered::Remembered;
use crate::world::QueuePlace;
use moving::{Arriving, Sending};
use performing::Work;
use questions::Questions;
use shelf::Shelf;
pub use shelf::{Kept, Performed};

/// A server's memory.
pub struct Server {
    me: GatewayId,
    hosting: Hosting,
    intake: Intake<Work>,
    questions: Questions,
    /// Whom it hosts.
    seats: BTreeMap<ClientId, Seat>,
    /// Whether the broker said whom it hosts, since it came back.
    is_checked: bool,
    /// What is accepted.
    accepted: Remembered,
    /// Data on their way to other servers.
    sending: BTreeMap<ClientId, Sending>,
    /// When the last of those to leave has left.
    left: Time,
    /// Data that the disk is at.
    arriving: BTreeMap<(ClientId, u32), Arriving>,
    /// Empty where queues are on disk.
    shelf: Shelf,
}

/// A server's disk.
#[derive(Default)]
pub struct ServerDisk {
    /// The highest term that it has heard of.
    term: Term,
    /// How often it crashed.
    crashes: u32,
    /// How often it lost what it stores.
    losses: u32,
    /// How many messages faults took out of it that devices did not have: told when it is back.
    lost_mail: u64,
    /// Empty where queues are in memory.
    shelf: Shelf,
}

impl ServerDisk {
    /// A fault takes what is stored; what is known of faults stays.
    pub(super) fn lose(&mut self, world: &World) {
        self.lost_mail += self.shelf.data.values_mut().map(|data| data.ungot()).sum::<u64>();
        self.shelf = Shelf::default();
        self.losses += u32::from(world.queue == QueuePlace::Disk);
    }
}

/// A client that is hosted.
#[derive(Clone, Copy, Debug)]
struct Seat {
    epoch: u32,
    /// The migration that brought it.
    brought: Option<u32>,
    /// The migration that has stopped it.
    moving: Option<u32>,
    /// Whether the device said that there is a later epoch.
    is_refused: bool,
}

impl Seat {
    fn new(epoch: u32, brought: Option<u32>) -> Seat {
        Seat { epoch, brought, moving: None, is_refused: false }
    }
}

fn timer<C>(timer: ServerTimer) -> MemberTimer<MigrateTimer, C> {
    MemberTimer::Server(MigrateTimer::Server(timer))
}

impl Server {
    fn new(cx: &Context<'_>) -> Server {
        Server {
            me: cx.world().places.as_gateway(cx.node()),
            hosting: Hosting::default(),
            intake: Intake::default(),
            questions: Questions::default(),
            seats: BTreeMap::new(),
            is_checked: true,
            accepted: Remembered::default(),
            sending: BTreeMap::new(),
            left: Time::ZERO,
            arriving: BTreeMap::new(),
            shelf: Shelf::default(),
        }
    }

    pub(super) fn start(cx: &mut Context<'_>) -> Server {
        let mut server = Server::new(cx);
        let homes = (0..).map(ClientId).zip(&cx.world().homes);
        let own = homes.filter(|&(_, &home)| home == server.me);
        server.seats = own.map(|(client, _)| (client, Seat::new(FIRST_EPOCH, None))).collect();
        server
    }

    /// Nobody is hosted before the broker says who.
    pub(super) fn recover(disk: &mut ServerDisk, cx: &mut Context<'_>) -> Server {
        disk.crashes += 1;
        cx.tell(WORK_LOST.add(std::mem::take(&mut disk.lost_mail)));
        disk.losses += u32::from(cx.world().queue == QueuePlace::Memory);
        let mut server = Server::new(cx);
        server.is_checked = false;
        server.check(disk, cx);
        server
    }

    fn shelf<'a>(&'a mut self, disk: &'a mut ServerDisk, cx: &Context<'_>) -> &'a mut Shelf {
        match cx.world().queue {
            QueuePlace::Memory => &mut self.shelf,
            QueuePlace::Disk => &mut disk.shelf,
        }
    }

    pub(super) fn hear(
        &mut self,
        disk: &mut ServerDisk,
        from: ClientId,
        up: Up<Known>,
        cx: &mut Context<'_>,
    ) {
        let attaches = matches!(up, Up::Attach { .. });
        match up {
            Up::Bye => {
                if self.seats.contains_key(&from) {
                    self.hosting.left(from, cx);
                }
                return;
            }
            Up::Submit(message) => self.submitted(disk, message, cx),
            Up::Got(delivery, _) => self.got(disk, delivery, cx),
            Up::Happened { delivery, .. } => self.happened(disk, delivery, cx),
            Up::Keepalive(Known(epoch)) | Up::Attach { epoch, .. } => {
                let Some(seat) = self.seats.get(&from).filter(|seat| seat.epoch >= epoch) else {
                    return self.ask_where(disk, from, cx);
                };
                let answer = match attaches {
                    true => Down::Hosted { epoch: seat.epoch, list: cx.world().list_of(self.me) },
                    false => Down::Alive,
                };
                cx.send(cx.world().places.client(from), Packet::Down(answer));
            }
            Up::Stale { .. } => return self.refused(disk, from, cx),
            Up::Here(_) => unreachable!("nobody is asked that here"),
        }
        if self.seats.contains_key(&from) {
            self.hosting.heard(from, attaches, cx);
        }
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut ServerDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Context<'_>,
    ) {
        match letter {
            Letter::Say(term, say) => {
                if term < disk.term {
                    return;
                }
                if term > disk.term {
                    disk.term = term;
                    self.questions.ask_anew(term, cx);
                    self.check_anew(disk, cx);
                }
                self.told(disk, from, say, cx);
            }
            Letter::Data { client, number, parcel } => {
                self.data_came(disk, from, (client, number), parcel, cx);
            }
            Letter::Have { client, number } => self.had(client, number, cx),
            letter => panic!("{from} sent {letter:?} to a server"),
        }
    }

    /// A broker of the highest term says something.
    fn told(&mut self, disk: &mut ServerDisk, from: NodeId, say: Say, cx: &mut Context<'_>) {
        match say {
            Say::Ping { suspected } => {
                let pong = super::letters::Reply::Pong;
                cx.send(from, Packet::Between(Letter::Reply(pong)));
                if suspected {
                    self.check(disk, cx);
                }
            }
            Say::Task { message, flags, recipient, epoch, stored } => {
                let work = Work { message, flags, recipient, epoch, stored, broker: from };
                self.task(disk, work, cx);
            }
            Say::Yes(message) => self.accepted(disk, message, cx),
            Say::At { client, host, epoch } => self.told_where(disk, client, (host, epoch), cx),
            Say::DoneHeard(delivery) => _ = self.questions.answered(Question::Done(delivery), cx),
            Say::Yours(inventory) => self.told_whom(disk, &inventory, cx),
            Say::Move { client, epoch, number, to } => {
                self.told_to_move(disk, client, epoch, (number, to), cx);
            }
            Say::End { client, number, place } => self.ended(disk, client, number, place, cx),
            Say::Take { number, clients } => self.told_to_take(disk, from, number, &clients, cx),
            Say::NotI => {}
        }
    }

    pub(super) fn wake(
        &mut self,
        disk: &mut ServerDisk,
        reminder: ServerTimer,
        cx: &mut Context<'_>,
    ) {
        match reminder {
            ServerTimer::Written(first) => {
                let (work, writing) = self.intake.written(Written(first));
                self.performed(disk, work, writing, cx);
            }
            ServerTimer::Unacknowledged(delivery) => {
                self.hosting.unacknowledged(Unacknowledged(delivery), cx);
            }
            ServerTimer::Unanswered(question) => self.questions.again(question, disk.term, cx),
            ServerTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            ServerTimer::Left(client, number) => self.has_left(client, number, cx),
            ServerTimer::Unhad(client, number) => self.unhad(client, number, cx),
            ServerTimer::Late(client, number) => self.late(disk, client, number, cx),
            ServerTimer::DataWritten(client, number) => {
                self.data_written(disk, client, number, cx);
            }
            ServerTimer::Ungreeted(client, epoch) => self.ungreeted(client, epoch, cx),
        }
    }

    fn ask(&mut self, disk: &ServerDisk, question: Question, ask: Ask, cx: &mut Context<'_>) {
        self.questions.begin(question, ask, disk.term, cx);
    }

    /// Whether this server has a copy of a delivery, for whatever reason.
    fn holds(&mut self, disk: &mut ServerDisk, delivery: DeliveryId, cx: &Context<'_>) -> bool {
        self.questions.is_open(Question::Put(delivery.message))
            || self.intake.is_at(delivery)
            || self.arriving.values().any(|arriving| arriving.has(delivery))
            || self.shelf(disk, cx).has(delivery)
    }
}
