//! A device of `mesh`: it sends what its user writes, shows what comes, and carries what others sent.
//!
//! What must not be forgotten is on its disk: the buffer, the ids of what it received, what it knows to have become
//! of messages, and its log. The rest is rebuilt: its connections, its host, what is under way.

mod attach;
mod buffer;
mod exchange;
pub(super) mod lines;
mod marks;
mod questions;
mod room;
mod submit;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{IdMap, Ids, MediumId, NodeId, Time, Turn};

use super::letters::{Copies, Down, Letter, Mail, Talk, Told};
use super::options::DeviceOptions;
use super::{Mesh, numbers};
use crate::client::FIRST_EPOCH;
use crate::device::Device;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{Member, MemberTimer};
use crate::message::Message;
use crate::packet::{Down as SharedDown, kind_and_ids};
use crate::server::Cx as ServerCx;
use crate::workload::Sending;
use crate::world::World;
use attach::Attachment;
use buffer::{Buffer, Held, Tried};
use lines::LineState;
use marks::{Known, Log};
use questions::Questions;
use user::Reading;

/// A device's context.
pub(super) type Cx<'a> = ServerCx<'a, Mesh>;

/// A device's memory.
pub struct Carrier {
    me: ClientId,
    /// Whether it is on the network, as far as it is told.
    online: bool,
    lines: Vec<LineState>,
    attachment: Attachment,
    questions: Questions,
    /// What it hands over, and to whom.
    sending: Option<(NodeId, Mail)>,
    /// The contact of that is over: it is free in its turn.
    broke: bool,
    /// Something that it handed over is over since its last turn.
    ended: bool,
    /// From whom it gets what, and whether that is a copy of the way back.
    receiving: Option<(NodeId, DeliveryId, bool)>,
    /// What it dropped at an instant, for room or time.
    dropped: (Time, Vec<DeliveryId>),
    /// Whether it reaches no server, as it told last.
    cut_off: bool,
}

/// A device's disk.
#[derive(Debug)]
pub struct CarrierDisk {
    buffer: Buffer,
    /// What its user got, by delivery.
    received: IdMap<()>,
    marks: BTreeMap<DeliveryId, Known>,
    log: Log,
    /// What its user wrote, and nobody said what became of it.
    unaccepted: BTreeSet<DeliveryId>,
    /// The highest epoch it has seen.
    epoch: u32,
    /// Counts the hosts that it had: with each, attempts go round anew.
    round: u32,
    /// Whether it was ever used: one that was lost is new.
    begun: bool,
    sending: Sending,
    next_wish: Option<Time>,
    /// A message of the user whose recipients are not all dealt with.
    dealing: Option<(Rc<Message>, usize)>,
    /// What the user has yet to read, or to answer.
    reading: Vec<Reading>,
}

/// What a device is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierTimer {
    /// The user wants to send.
    Wish,
    /// The next recipient of what the user sent.
    Deal,
    /// What is at this place of the buffer may be there for too long.
    Leave(u64),
    /// The coverage of this connection changes.
    Coverage(u32),
    /// Something was sent over this connection, which had brought so much then.
    Silent(u32, u32),
    /// This keepalive over this connection waits for longer than it may.
    Slow(u32, u32),
    /// Nobody said that this is stored.
    Unacknowledged(DeliveryId),
    /// Time to ask the host whether it is there.
    Keepalive,
    /// Time to see whether it was.
    KeepaliveDue,
    /// The gateway that was asked to be the host has not answered.
    AttachDue,
    /// Time to ask the next gateway.
    Reconnect,
    /// All that is to be asked at this instant is known.
    Question,
    /// The presence database has not answered this question.
    Unanswered(u32),
    /// The user reads this now, or answers it.
    Read(DeliveryId),
    /// The user takes the device offline.
    Leaves,
    /// And online again.
    Returns,
}

/// Parts of fingerprints: append, never renumber.
impl Ids for CarrierTimer {
    fn ids(&self) -> u64 {
        let two = |one: u32, other: u32| u64::from(one) << 32 | u64::from(other);
        let (kind, ids) = match *self {
            CarrierTimer::Wish => (1, 0),
            CarrierTimer::Deal => (2, 0),
            CarrierTimer::Leave(place) => (3, place),
            CarrierTimer::Coverage(line) => (4, u64::from(line)),
            CarrierTimer::Silent(line, heard) => (5, two(line, heard)),
            CarrierTimer::Slow(line, number) => (6, two(line, number)),
            CarrierTimer::Unacknowledged(delivery) => (7, delivery.key()),
            CarrierTimer::Keepalive => (8, 0),
            CarrierTimer::KeepaliveDue => (9, 0),
            CarrierTimer::AttachDue => (10, 0),
            CarrierTimer::Reconnect => (11, 0),
            CarrierTimer::Question => (12, 0),
            CarrierTimer::Unanswered(number) => (13, u64::from(number)),
            CarrierTimer::Leaves => (14, 0),
            CarrierTimer::Returns => (15, 0),
            CarrierTimer::Read(delivery) => (16, delivery.key()),
        };
        kind_and_ids(kind, ids)
    }
}

fn timer<T>(timer: CarrierTimer) -> MemberTimer<T, CarrierTimer> {
    MemberTimer::Client(timer)
}

fn options<'w>(me: ClientId, cx: &Cx<'w>) -> &'w DeviceOptions {
    &cx.world().strategy.devices[me.index()]
}

impl Device<Mesh> for Carrier {
    const MEETS: bool = true;

    type Disk = CarrierDisk;
    type Timer = CarrierTimer;
    type Word = ();

    fn new_disk(_: ClientId, _: &World<super::MeshOptions>) -> CarrierDisk {
        CarrierDisk {
            buffer: Buffer::default(),
            received: IdMap::new(),
            marks: BTreeMap::new(),
            log: Log::default(),
            unaccepted: BTreeSet::new(),
            epoch: FIRST_EPOCH,
            round: 0,
            begun: false,
            sending: Sending::default(),
            next_wish: None,
            dealing: None,
            reading: Vec::new(),
        }
    }

    fn start(disk: &mut CarrierDisk, cx: &mut Cx<'_>) -> Self {
        disk.begun = true;
        let mut carrier = Carrier::new(cx);
        carrier.begin_lines(disk, cx);
        carrier.begin_beat(cx);
        carrier.first_wish(disk, cx);
        carrier.plan_leave(cx);
        carrier
    }

    fn recover(disk: &mut CarrierDisk, cx: &mut Cx<'_>) -> Self {
        let mut carrier = Carrier::new(cx);
        carrier.wake_up(disk, cx);
        carrier.begin_lines(disk, cx);
        carrier.begin_beat(cx);
        carrier.overdue_wishes(disk, cx);
        carrier.read_on(disk, cx);
        carrier.plan_leave(cx);
        carrier
    }

    fn hear(&mut self, _: &mut CarrierDisk, from: GatewayId, down: SharedDown, _: &mut Cx<'_>) {
        unreachable!("{from} sent {down:?} over no connection");
    }

    fn receive(&mut self, disk: &mut CarrierDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match letter {
            Letter::Down { via, down } => {
                self.heard_over(disk, via, cx);
                self.server_said(disk, from, via, down, cx);
            }
            Letter::Talk(Talk::Copy { mail, copies, back }) => {
                self.copy_came(disk, from, mail, copies, back, cx);
            }
            Letter::Talk(Talk::Know(told)) => {
                for &told in told.iter() {
                    self.learn(disk, told, Some(from), false, cx);
                }
            }
            letter => unreachable!("{from} sent {letter:?} to a device"),
        }
    }

    fn wake(&mut self, disk: &mut CarrierDisk, reminder: CarrierTimer, cx: &mut Cx<'_>) {
        match reminder {
            CarrierTimer::Wish => self.wish(disk, cx),
            CarrierTimer::Deal => self.deal(disk, cx),
            CarrierTimer::Leave(place) => self.leave_if_due(disk, place, cx),
            CarrierTimer::Coverage(line) => self.coverage_changes(disk, line, cx),
            CarrierTimer::Silent(line, heard) => self.silent_if_unheard(disk, line, heard, cx),
            CarrierTimer::Slow(line, number) => self.slow_if_waiting(line, number, cx),
            CarrierTimer::Unacknowledged(delivery) => self.unacknowledged(disk, delivery, cx),
            CarrierTimer::Keepalive => self.keep_alive(disk, cx),
            CarrierTimer::KeepaliveDue => self.keepalive_due(cx),
            CarrierTimer::AttachDue => self.attach_due(cx),
            CarrierTimer::Reconnect => self.reconnect(disk, cx),
            CarrierTimer::Question => self.ask(disk, cx),
            CarrierTimer::Unanswered(number) => self.unanswered(disk, number, cx),
            CarrierTimer::Read(delivery) => self.read(disk, delivery, cx),
            CarrierTimer::Leaves => self.leave(disk, cx),
            CarrierTimer::Returns => self.come_back(disk, cx),
        }
    }

    fn reach_changed(&mut self, disk: &mut CarrierDisk, online: bool, cx: &mut Cx<'_>) {
        self.set_online(disk, online, cx);
    }

    fn met(&mut self, disk: &mut CarrierDisk, peer: NodeId, cx: &mut Cx<'_>) {
        if cx.node() < peer {
            cx.tell(numbers::CONTACTS.one());
        }
        self.tell_all(disk, peer, cx);
        look_again(cx);
    }

    fn parted(&mut self, _: &mut CarrierDisk, _: NodeId, cx: &mut Cx<'_>) {
        look_again(cx);
    }

    fn turn(&mut self, disk: &mut CarrierDisk, turn: &mut Turn<'_, Member<Mesh>>) {
        self.have_turn(disk, turn);
    }

    fn asked(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        question: &Letter,
        cx: &mut Cx<'_>,
    ) -> Option<Letter> {
        let Letter::Talk(question) = question else { return None };
        Some(Letter::Talk(self.answer(disk, from, question, cx)))
    }

    fn handed_over(&mut self, disk: &mut CarrierDisk, to: NodeId, cx: &mut Cx<'_>) {
        self.sent(disk, to, cx);
    }

    fn sending_aborted(&mut self, _: &mut CarrierDisk, to: NodeId, cx: &mut Cx<'_>) {
        self.sending_broke(to, cx);
    }

    fn receiving_aborted(&mut self, _: &mut CarrierDisk, _: NodeId, cx: &mut Cx<'_>) {
        self.receiving = None;
        look_again(cx);
    }

    fn medium_changed(
        &mut self,
        disk: &mut CarrierDisk,
        medium: MediumId,
        up: bool,
        cx: &mut Cx<'_>,
    ) {
        self.carrier_changes(disk, medium, up, cx);
    }
}

/// Something changed: it looks again whom it can hand something over, and so do its peers.
fn look_again(cx: &mut Cx<'_>) {
    cx.ask_turn();
    cx.rouse_peers();
}

impl Carrier {
    fn new(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_client(cx.node());
        Carrier {
            me,
            online: cx.is_online(),
            lines: lines::of(me, cx),
            attachment: Attachment::at_home(me, cx),
            questions: Questions::default(),
            sending: None,
            broke: false,
            ended: false,
            receiving: None,
            dropped: (Time::ZERO, Vec::new()),
            cut_off: false,
        }
    }

    /// A device comes back: what its memory held of what is on its disk begins anew.
    fn wake_up(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        for held in disk.buffer.iter_mut() {
            held.tried = Tried { round: held.tried.round, ..Tried::default() };
            held.late = None;
        }
        let places: Vec<u64> = disk.buffer.iter().map(|(place, _)| place).collect();
        for place in places {
            self.watch_time(disk, place, cx);
            self.leave_if_due(disk, place, cx);
        }
    }

    /// A server said something, over this connection.
    fn server_said(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        via: u32,
        down: Down,
        cx: &mut Cx<'_>,
    ) {
        match down {
            Down::Ack(told) => self.acknowledged(disk, told, cx),
            Down::Alive(number) => self.alive(from, via, number, cx),
            Down::Hosted { epoch, list } => self.hosted(disk, from, via, epoch, list, cx),
            Down::Elsewhere { host, epoch } => self.turned_away(disk, from, host, epoch, cx),
            Down::Deliver(mail) => self.mail_came(disk, from, via, mail, cx),
            Down::Carry(mail, copies) => self.asked_to_carry(disk, from, via, mail, copies, cx),
            Down::Heard(told) => {
                for &told in told.iter() {
                    self.learn(disk, told, None, false, cx);
                }
            }
            Down::Answer { number, told } => self.answered(disk, number, &told, cx),
            Down::LogHeard(until) => {
                self.database_heard(disk, cx);
                disk.log.heard(until);
            }
        }
        self.attachment.heard_from(from, cx);
    }

    /// Holds a message from now on.
    fn hold(
        &mut self,
        disk: &mut CarrierDisk,
        mail: Mail,
        (copies, back): (Copies, bool),
        cx: &mut Cx<'_>,
    ) {
        let own = mail.message.sender == self.me;
        let (here, late, tried) = (cx.now(), None, Tried::default());
        let place = disk.buffer.put(Held { mail, here, own, copies, back, late, tried });
        cx.tell(numbers::BUFFER.was(disk.buffer.bytes()));
        self.watch_time(disk, place, cx);
        look_again(cx);
    }

    /// Whether it is handing this over.
    fn is_sending(&self, delivery: DeliveryId) -> bool {
        self.sending.as_ref().is_some_and(|(_, mail)| mail.delivery() == delivery)
    }

    /// What is told of a message.
    fn told(mail: &Mail, marks: super::letters::Marks) -> Told {
        Told { delivery: mail.delivery(), marks, born: mail.message.created }
    }
}
