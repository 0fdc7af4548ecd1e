//! A gateway of `replay`: the source of what its clients send, and the dispatchers of what they get.

mod catching_up;
mod connecting;
mod copies;
mod dispatching;
mod publishing;
mod pushing;
mod seating;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use penult_sim::{IdMap, Ids, NodeId, Time};

use super::letters::{BusLetter, Letter, Word};
use super::number::{Number, Term};
use super::{BUS, Cx, ReplayTimer};
use crate::client::FIRST_EPOCH;
use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::member::MemberTimer;
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::{Again, Intake, Seats, Written};
use connecting::Connection;
use copies::Copies;
use dispatching::Main;
use publishing::{Publishing, Work};

/// A gateway's memory.
pub struct Gateway {
    seats: Seats,
    intake: Intake<Work>,
    copies: Copies,
    /// Empty where queues are on disk.
    publishing: Publishing,
    /// The highest term of the bus that was heard of, and its primary.
    term: Term,
    primary: Option<NodeId>,
    main: Main,
    connections: IdMap<Box<Connection>>,
    /// How many connections there were.
    begun: u32,
    /// What devices said of themselves whose claims are under way.
    attaching: BTreeMap<ClientId, Word>,
    /// Connections that wait for the main dispatcher to know where it stands.
    unplaced: Vec<(ClientId, u32)>,
    /// Those that wait for a temporary dispatcher, and since when.
    line: VecDeque<((ClientId, u32), Time)>,
    temporaries: u32,
    /// Those that have one.
    catching_up: BTreeSet<(ClientId, u32)>,
    /// Devices that have not said that they heard of a new epoch.
    telling: BTreeSet<ClientId>,
    /// The question of a gateway that has come back.
    renewing: Again,
}

/// A gateway's disk.
#[derive(Debug, Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    publishing: Publishing,
}

/// What a gateway is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayTimer {
    /// The bus has not said that it has this.
    Unpublished(MessageId),
    /// The bus has not answered the main dispatcher.
    Unread,
    /// The main dispatcher may push again.
    Paced,
    /// A client may have been silent for too long.
    Silent(ClientId, u32),
    /// A client has not acked what it was sent.
    Unacked(ClientId, u32),
    /// A temporary dispatcher is started.
    Started(ClientId, u32),
    /// The bus has not answered a temporary dispatcher.
    Unanswered(ClientId, u32),
    /// A temporary dispatcher may push again.
    TemporaryPaced(ClientId, u32),
    /// The directory has not said who is still hosted here.
    NotRenewed,
    /// A device has not said that it heard of a new epoch.
    Untold(ClientId),
}

/// Parts of fingerprints: append, never renumber.
impl Ids for GatewayTimer {
    fn ids(&self) -> u64 {
        let of = |message| DeliveryId { message, recipient: ClientId(0) }.key();
        let on = |client: ClientId, number: u32| u64::from(client.0) << 32 | u64::from(number);
        let (kind, ids) = match *self {
            GatewayTimer::Unpublished(message) => (1, of(message)),
            GatewayTimer::Unread => (2, 0),
            GatewayTimer::Paced => (3, 0),
            GatewayTimer::Silent(client, number) => (4, on(client, number)),
            GatewayTimer::Unacked(client, number) => (5, on(client, number)),
            GatewayTimer::Started(client, number) => (6, on(client, number)),
            GatewayTimer::Unanswered(client, number) => (7, on(client, number)),
            GatewayTimer::TemporaryPaced(client, number) => (8, on(client, number)),
            GatewayTimer::NotRenewed => (9, 0),
            GatewayTimer::Untold(client) => (10, on(client, 0)),
        };
        kind_and_ids(kind, ids)
    }
}

impl From<GatewayTimer> for ReplayTimer {
    fn from(timer: GatewayTimer) -> Self {
        ReplayTimer::Gateway(timer)
    }
}

fn timer<C>(timer: GatewayTimer) -> MemberTimer<ReplayTimer, C> {
    MemberTimer::Server(ReplayTimer::Gateway(timer))
}

impl Gateway {
    fn new(seats: Seats) -> Self {
        Gateway {
            seats,
            intake: Intake::default(),
            copies: Copies::default(),
            publishing: Publishing::default(),
            term: Term::FIRST,
            primary: None,
            main: Main::default(),
            connections: IdMap::new(),
            begun: 0,
            attaching: BTreeMap::new(),
            unplaced: Vec::new(),
            line: VecDeque::new(),
            temporaries: 0,
            catching_up: BTreeSet::new(),
            telling: BTreeSet::new(),
            renewing: Again::default(),
        }
    }

    /// A gateway that begins the run: every client is connected at home, and nothing was ever sent.
    pub(super) fn start(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let mut gateway = Gateway::new(Seats::new(me));
        gateway.primary = cx.world().service(BUS);
        gateway.main.position = Some(Number::ZERO);
        let homes = (0..).map(ClientId).zip(&cx.world().homes);
        for (client, _) in homes.filter(|&(_, &home)| home == me) {
            gateway.begin(client, FIRST_EPOCH, Some(Number::ZERO), cx);
        }
        gateway
    }

    /// A gateway that comes back: whom it hosts the directory says, where it stands the bus.
    pub(super) fn recover(disk: &mut GatewayDisk, cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let mut gateway = Gateway::new(Seats::returned(me));
        gateway.recover_publishing(disk);
        gateway.renew(cx);
        for replica in 0..cx.world().strategy.replicas {
            let node = super::bus::node_of(replica, cx);
            cx.send(node, Packet::Between(Letter::Bus(BusLetter::WhoLeads)));
        }
        gateway
    }

    pub(super) fn hear(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        up: Up<Word>,
        cx: &mut Cx<'_>,
    ) {
        self.heard(from, cx);
        match up {
            Up::Submit(message) => self.submitted(disk, message, cx),
            Up::Keepalive(word) => self.kept_alive(from, word, cx),
            Up::Bye => self.end(from, cx),
            Up::Attach { epoch, word } => self.attach(from, epoch, word, cx),
            Up::Stale { epoch } => self.told_stale(from, epoch, cx),
            Up::Here(word) => self.is_here(from, &word, cx),
            Up::Got(..) | Up::Happened { .. } => unreachable!("no device says that here"),
        }
    }

    /// A client is there.
    fn heard(&mut self, client: ClientId, cx: &Cx<'_>) {
        if let Some(connection) = self.connections.get_mut(client.0.into()) {
            connection.heard = cx.now();
        }
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Bus(letter) => self.bus_said(disk, from, letter, cx),
            Letter::Turn { client, connection, temporary } => {
                self.turn(client, connection, temporary, cx);
            }
            Letter::Acked { word, refused } => {
                let client = cx.world().places.as_client(from);
                self.heard(client, cx);
                self.acked(client, word, refused, cx);
            }
            Letter::Directory(DirectoryLetter::Answer(answers)) => {
                answers.iter().for_each(|&hosted| self.directory_answered(hosted, cx));
            }
            Letter::Directory(DirectoryLetter::Inventoried(all)) => self.renewed(&all, cx),
            Letter::Directory(DirectoryLetter::Notice { number, changes }) => {
                self.noticed(number, &changes, cx);
            }
            letter => panic!("{from} sent {letter:?} to a gateway"),
        }
    }

    fn bus_said(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: BusLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            BusLetter::Published(message) => self.was_published(disk, message, cx),
            BusLetter::Push { term, before, last, events } => {
                if self.hear_term(disk, from, term, cx) {
                    self.pushed((before, last), &events, cx);
                }
            }
            BusLetter::Leads { term, newest } => {
                if self.hear_term(disk, from, term, cx) {
                    self.newest_is(newest, cx);
                }
            }
            BusLetter::All { term, after, events, end } => {
                if self.hear_term(disk, from, term, cx) {
                    self.answered(after, &events, end, cx);
                }
            }
            BusLetter::OfClient { term, client, connection, after, events, last } => {
                if self.hear_term(disk, from, term, cx) {
                    self.answered_for_client((client, connection), after, &events, last, cx);
                }
            }
            letter => panic!("{from} sent {letter:?} to a gateway"),
        }
    }

    pub(super) fn wake(&mut self, disk: &mut GatewayDisk, reminder: ReplayTimer, cx: &mut Cx<'_>) {
        match reminder {
            ReplayTimer::Written(first) => {
                let (work, writing) = self.intake.written(Written(first));
                self.stored(disk, work, writing, cx);
            }
            ReplayTimer::Seat(reminder) => self.seat_woke(reminder, cx),
            ReplayTimer::Gateway(reminder) => match reminder {
                GatewayTimer::Unpublished(message) => self.publish(disk, message, cx),
                GatewayTimer::Unread => self.ask_again(cx),
                GatewayTimer::Paced => {
                    self.main.pacing.guard = None;
                    self.dispatch(cx);
                }
                GatewayTimer::Silent(client, number) => self.silent(client, number, cx),
                GatewayTimer::Unacked(client, number) => self.unacked(client, number, cx),
                GatewayTimer::Started(client, number) => self.started(client, number, cx),
                GatewayTimer::Unanswered(client, number) => {
                    self.ask_for_client(client, number, cx);
                }
                GatewayTimer::TemporaryPaced(client, number) => {
                    self.temporary_paced(client, number, cx);
                }
                GatewayTimer::NotRenewed => self.renew(cx),
                GatewayTimer::Untold(client) => self.untold(client, cx),
            },
            reminder => panic!("a gateway has no {reminder:?}"),
        }
    }
}
