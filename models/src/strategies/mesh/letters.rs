//! What travels under `mesh`: between devices and servers over a connection, between servers, and in contacts.

use std::rc::Rc;
use std::sync::Arc;

use penult_sim::{Ids, Time};

use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::packet::{Between, HEADER_BYTES, ID_BYTES, kind_and_ids};
use crate::store::StoreLetter;

/// Connections of a device, by their numbers there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines(pub u32);

impl Lines {
    /// Only this one.
    pub fn one(line: u32) -> Self {
        Lines(1 << line)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this is one of them.
    pub fn has(self, line: u32) -> bool {
        self.0 & 1 << line != 0
    }

    /// Those that others don't have.
    pub fn without(self, others: Lines) -> Lines {
        Lines(self.0 & !others.0)
    }

    /// All of them, in order.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (0..u32::BITS).filter(move |&line| self.has(line))
    }
}

/// What somebody knows to have become of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub u8);

impl Marks {
    /// A server has stored it.
    pub const TAKEN: Marks = Marks(1);
    /// Its recipient's device has it.
    pub const DELIVERED: Marks = Marks(2);
    /// Policy refused it.
    pub const REFUSED: Marks = Marks(4);

    /// Whether it is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether any of these is among them.
    pub fn any(self, of: Marks) -> bool {
        self.0 & of.0 != 0
    }

    /// Both.
    #[must_use]
    pub fn and(self, others: Marks) -> Marks {
        Marks(self.0 | others.0)
    }

    /// Those that others don't have.
    #[must_use]
    pub fn without(self, others: Marks) -> Marks {
        Marks(self.0 & !others.0)
    }

    fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// What is known of one delivery, and how old its message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of which.
    pub delivery: DeliveryId,
    /// What.
    pub marks: Marks,
    /// When its message was made.
    pub born: Time,
}

/// How many copies a holder has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// As many as it likes.
    Unlimited,
    /// So many, its own among them.
    Some(u32),
}

impl Copies {
    /// Whether somebody else than the recipient may have one.
    pub fn can_spread(self) -> bool {
        self != Copies::Some(0) && self != Copies::Some(1)
    }

    /// What whoever gets one has.
    #[must_use]
    pub fn given(self) -> Copies {
        match self {
            Copies::Unlimited => self,
            Copies::Some(copies) => Copies::Some(copies / 2),
        }
    }

    /// What is left.
    #[must_use]
    pub fn left(self) -> Copies {
        match self {
            Copies::Unlimited => self,
            Copies::Some(copies) => Copies::Some(copies.div_ceil(2)),
        }
    }
}

/// From a device to a server.
#[derive(Clone, Debug)]
pub enum Up {
    /// Please store this.
    Submit(Mail),
    /// I would like to be yours; I know of this epoch.
    Attach(u32),
    /// I am here; are you? This is the question with this number.
    Keepalive(u32),
    /// I go offline.
    Bye,
    /// There is a newer epoch than yours.
    Stale(u32),
    /// I have this.
    Got(DeliveryId),
    /// Whether I carry the copy of this that you gave me.
    Carries(DeliveryId, bool),
    /// What has become of these? I try to deliver them; some are of my own user.
    Ask {
        /// The number of the question.
        number: u32,
        /// About which.
        about: Rc<[(DeliveryId, bool)]>,
    },
    /// What I know first hand.
    Log {
        /// How far my log goes.
        until: u64,
        /// Marks.
        told: Rc<[Told]>,
        /// Who has copies of what from me.
        given: Rc<[(DeliveryId, ClientId)]>,
    },
}

/// From a server to a device.
#[derive(Clone, Debug)]
pub enum Down {
    /// What has become of what you sent.
    Ack(Told),
    /// I am here: the answer to the question with this number.
    Alive(u32),
    /// I am your host.
    Hosted {
        /// Since when.
        epoch: u32,
        /// Whom to turn to if I should fail; I am the first.
        list: Arc<[GatewayId]>,
    },
    /// I am not your host; this one is.
    Elsewhere {
        /// That one.
        host: GatewayId,
        /// Since when.
        epoch: u32,
    },
    /// A message for your user.
    Deliver(Mail),
    /// A message to carry to somebody whom I don't reach.
    Carry(Mail, Copies),
    /// What has become of something.
    Heard(Rc<[Told]>),
    /// The answer to a question.
    Answer {
        /// Its number.
        number: u32,
        /// What has become of what you asked about, as far as I know.
        told: Rc<[Told]>,
    },
    /// I know your log so far.
    LogHeard(u64),
}

/// A message for one of its recipients.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The message.
    pub message: Rc<Message>,
    /// For whom.
    pub recipient: ClientId,
    /// What policy made of it.
    pub flags: Flags,
    /// Which way this copy came.
    pub trail: Trail,
}

/// The way of a copy, as it is told to nobody but observers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// To how many nodes it came.
    pub hops: u16,
    /// Whether a server was on its way.
    pub server: bool,
    /// Whether another device than its originator's was.
    pub carried: bool,
}

impl Mail {
    /// The same, come to one more node: a server, or a device.
    #[must_use]
    pub fn come(mut self, to_server: bool) -> Mail {
        let trail = &mut self.trail;
        trail.hops = trail.hops.saturating_add(1);
        trail.server |= to_server;
        self
    }

    /// Which delivery it is.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }

    /// How large it is.
    pub fn bytes(&self) -> u32 {
        self.flags.bytes_of(&self.message)
    }
}

/// What devices in contact say to each other.
#[derive(Clone, Debug)]
pub enum Talk {
    /// Do you take this? It is a copy of the way back, or not.
    Offer(Mail, bool),
    /// Yes.
    Take,
    /// No.
    Refuse,
    /// I am busy.
    Later,
    /// What do you have for me, behind this place?
    Have(Option<u64>),
    /// This, which is at that place.
    This(u64, Mail, bool),
    /// I take what you have at this place.
    Send(u64),
    /// A copy.
    Copy {
        /// Of what.
        mail: Mail,
        /// How many it brings.
        copies: Copies,
        /// Whether it is one of the way back.
        back: bool,
    },
    /// What I know.
    Know(Rc<[Told]>),
}

/// What travels.
#[derive(Clone, Debug)]
pub enum Letter {
    /// From a device to a server.
    Up {
        /// Over which of the device's connections.
        via: u32,
        /// Which are in use there.
        uses: Lines,
        /// What.
        up: Up,
    },
    /// From a server to a device.
    Down {
        /// Over which of the device's connections.
        via: u32,
        /// What.
        down: Down,
    },
    /// Between devices in contact.
    Talk(Talk),
    /// From gateway to gateway: for a client of yours. Stored first then.
    Relay(Mail, Time),
    /// From gateway to gateway: I have stored that.
    Stored(DeliveryId),
    /// From gateway to gateway, and to the presence database: its recipient has it.
    Delivered(Told),
    /// To and from the directory.
    Directory(DirectoryLetter),
    /// To and from the external store.
    Store(Box<StoreLetter>),
}

impl From<StoreLetter> for Letter {
    fn from(letter: StoreLetter) -> Self {
        Letter::Store(Box::new(letter))
    }
}

impl From<DirectoryLetter> for Letter {
    fn from(letter: DirectoryLetter) -> Self {
        Letter::Directory(letter)
    }
}

fn ids(count: usize) -> u32 {
    ID_BYTES.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How many bytes what is told takes: an id for each mark.
pub(super) fn bytes_of(told: &[Told]) -> u32 {
    ID_BYTES.saturating_mul(told.iter().map(|told| told.marks.count()).sum())
}

impl Letter {
    fn mail(&self) -> Option<&Mail> {
        match self {
            Letter::Up { up: Up::Submit(mail), .. }
            | Letter::Down { down: Down::Deliver(mail) | Down::Carry(mail, _), .. }
            | Letter::Talk(Talk::Copy { mail, .. })
            | Letter::Relay(mail, _) => Some(mail),
            _ => None,
        }
    }
}

impl Between for Letter {
    fn message(&self) -> Option<(DeliveryId, &Message)> {
        self.mail().map(|mail| (mail.delivery(), &*mail.message))
    }

    fn header(&self) -> u32 {
        match self {
            Letter::Talk(Talk::Copy { .. }) => 0,
            _ => HEADER_BYTES,
        }
    }

    fn bytes(&self) -> u32 {
        match self {
            Letter::Directory(letter) => letter.bytes(),
            Letter::Store(letter) => letter.bytes(),
            Letter::Up { up, .. } => match up {
                Up::Submit(mail) => mail.bytes(),
                Up::Got(_) | Up::Carries(..) => ID_BYTES,
                Up::Ask { about, .. } => ids(about.len()),
                Up::Log { told, given, .. } => bytes_of(told).saturating_add(ids(given.len())),
                Up::Attach(_) | Up::Keepalive(_) | Up::Bye | Up::Stale(_) => 0,
            },
            Letter::Down { down, .. } => match down {
                Down::Deliver(mail) | Down::Carry(mail, _) => mail.bytes(),
                Down::Ack(told) => bytes_of(&[*told]),
                Down::Heard(told) | Down::Answer { told, .. } => bytes_of(told),
                Down::Alive(_) | Down::Hosted { .. } | Down::Elsewhere { .. } => 0,
                Down::LogHeard(_) => ID_BYTES,
            },
            Letter::Talk(talk) => match talk {
                Talk::Copy { mail, .. } => mail.bytes(),
                Talk::Know(told) => bytes_of(told),
                _ => 0,
            },
            Letter::Relay(mail, _) => mail.bytes(),
            Letter::Stored(_) => ID_BYTES,
            Letter::Delivered(told) => bytes_of(&[*told]),
        }
    }

    fn carries_message(&self) -> bool {
        match self {
            Letter::Store(letter) => letter.carries_message(),
            _ => self.mail().is_some(),
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Store(letter) => letter.contents(show),
            _ => self.mail().into_iter().for_each(|mail| show(mail.delivery())),
        }
    }

    fn is_background(&self) -> bool {
        matches!(
            self,
            Letter::Up { up: Up::Keepalive(_), .. } | Letter::Down { down: Down::Alive(_), .. }
        )
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let first = |told: &[Told]| told.first().map_or(u64::MAX, |told| told.delivery.key());
        let (kind, ids) = match self {
            Letter::Up { via, up, .. } => {
                let (kind, ids) = match up {
                    Up::Submit(mail) => (1, mail.delivery().key()),
                    Up::Attach(epoch) => (2, u64::from(*epoch)),
                    Up::Keepalive(number) => (3, u64::from(*number)),
                    Up::Bye => (4, 0),
                    Up::Stale(epoch) => (5, u64::from(*epoch)),
                    Up::Got(delivery) => (6, delivery.key()),
                    Up::Carries(delivery, takes) => (7 + u64::from(*takes), delivery.key()),
                    Up::Ask { number, .. } => (9, u64::from(*number)),
                    Up::Log { until, .. } => (10, *until),
                };
                (kind << 8 | u64::from(*via), ids)
            }
            Letter::Down { via, down } => {
                let (kind, ids) = match down {
                    Down::Ack(told) => (20, told.delivery.key()),
                    Down::Alive(number) => (21, u64::from(*number)),
                    Down::Hosted { epoch, .. } => (22, u64::from(*epoch)),
                    Down::Elsewhere { host, epoch } => {
                        (23, u64::from(host.0) << 32 | u64::from(*epoch))
                    }
                    Down::Deliver(mail) => (24, mail.delivery().key()),
                    Down::Carry(mail, _) => (25, mail.delivery().key()),
                    Down::Heard(told) => (26, first(told)),
                    Down::Answer { number, .. } => (27, u64::from(*number)),
                    Down::LogHeard(until) => (28, *until),
                };
                (kind << 8 | u64::from(*via), ids)
            }
            Letter::Talk(talk) => {
                let (kind, ids) = match talk {
                    Talk::Copy { mail, .. } => (40, mail.delivery().key()),
                    Talk::Know(told) => (41, first(told)),
                    _ => (42, 0),
                };
                (kind << 8, ids)
            }
            Letter::Relay(mail, _) => (50 << 8, mail.delivery().key()),
            Letter::Stored(delivery) => (51 << 8, delivery.key()),
            Letter::Delivered(told) => (52 << 8, told.delivery.key()),
            Letter::Directory(letter) => (53 << 8, letter.ids()),
            Letter::Store(letter) => (54 << 8, letter.ids()),
        };
        kind_and_ids(kind, ids)
    }
}
