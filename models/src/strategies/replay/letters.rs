//! What servers of `replay` send to each other and to devices.

use std::rc::Rc;

use penult_sim::{Ids, Span};

use super::event::{Event, bytes_of};
use super::number::{Number, Term};
use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::packet::{Between, DeviceWord, ID_BYTES, kind_and_ids};

/// A packet of the strategy.
#[derive(Clone, Debug)]
pub enum Letter {
    /// To the bus, or from it.
    Bus(BusLetter),
    /// To the directory, or from it.
    Directory(DirectoryLetter),
    /// To a device: events, from its host of this epoch.
    Events {
        /// Since when the sender hosts it.
        epoch: u32,
        /// The number pushed before the first of them on this connection; each follows the one before it.
        after: Number,
        /// What.
        events: Rc<[Event]>,
    },
    /// To a device: you had no number. Begin after this one.
    Begin {
        /// Since when the sender hosts it.
        epoch: u32,
        /// That one.
        number: Number,
    },
    /// To a device: I am here, in answer to its keepalive of this number.
    Alive(u32),
    /// To a device: our connection is unreliable.
    Unreliable,
    /// From a device: I have all up to my number.
    Acked {
        /// Its number.
        word: Word,
        /// Whether something that was to come before is missing.
        refused: bool,
    },
    /// A gateway to itself: an event is through its CPU.
    Turn {
        /// Whose.
        client: ClientId,
        /// On which connection.
        connection: u32,
        /// Whether a temporary dispatcher read it.
        temporary: bool,
    },
}

/// A packet between a server and a replica of the bus, or between replicas.
#[derive(Clone, Debug)]
pub enum BusLetter {
    /// A server: put these into the stream.
    Publish {
        /// What, for all its recipients.
        message: Rc<Message>,
        /// What policy made of it.
        flags: Flags,
    },
    /// To a server: all of this message is stored.
    Published(MessageId),
    /// A server: what comes after this number?
    ReadAll(Number),
    /// To a server: this.
    All {
        /// The primary's.
        term: Term,
        /// As it was asked.
        after: Number,
        /// The next of the stream.
        events: Rc<[Event]>,
        /// Where nothing follows them: the newest number stored.
        end: Option<Number>,
    },
    /// A server: what does this client get after the first number, up to the second?
    ReadClient {
        /// Whom.
        client: ClientId,
        /// For which connection, to be said back.
        connection: u32,
        /// After this.
        after: Number,
        /// Up to this.
        to: Number,
    },
    /// To a server: this.
    OfClient {
        /// The primary's.
        term: Term,
        /// As it was asked.
        client: ClientId,
        /// As it was asked.
        connection: u32,
        /// As it was asked.
        after: Number,
        /// The next of that client.
        events: Rc<[Event]>,
        /// Whether these are the last.
        last: bool,
    },
    /// A server that has come back: who is primary, and what is the newest number stored?
    WhoLeads,
    /// The primary to a server: I am, and this is.
    Leads {
        /// Its term.
        term: Term,
        /// The newest number stored.
        newest: Number,
    },
    /// The primary to every server: these are stored.
    Push {
        /// Its term.
        term: Term,
        /// The number stored before them.
        before: Number,
        /// The number of the last of them.
        last: Number,
        /// Those of them that have not fallen out.
        events: Rc<[Event]>,
    },
    /// A replica that is not primary to another: I am here, and this is the highest term of a primary that I know of.
    Here(Term),
    /// The primary to a replica: I am here.
    Primary {
        /// Its term.
        term: Term,
        /// Whether the replica counts.
        counts: bool,
        /// Up to where all replicas have everything, while all count.
        common: Option<Number>,
    },
    /// The primary to a replica: write these.
    Append {
        /// Its term.
        term: Term,
        /// The number before them.
        before: Number,
        /// The number of the last of them.
        last: Number,
        /// Those of them that have not fallen out.
        events: Rc<[Event]>,
    },
    /// A replica to the primary: I have all up to this.
    Appended {
        /// Of whose stream.
        term: Term,
        /// Its newest number.
        newest: Number,
    },
    /// A replica stands for primary.
    Stand(Term),
    /// It has the sender's vote.
    Vote {
        /// In this term.
        term: Term,
        /// The voter's newest number.
        newest: Number,
    },
    /// A replica to the primary: this is what I have.
    Copy(Rc<[(Number, DeliveryId)]>),
    /// The primary to a replica: and this is how your stream becomes mine.
    Copied {
        /// Its term.
        term: Term,
        /// What the replica lacks.
        events: Rc<[Event]>,
        /// What the primary never had.
        unknown: Rc<[DeliveryId]>,
        /// What has fallen out.
        fallen: Rc<[DeliveryId]>,
        /// The primary's newest number.
        newest: Number,
    },
    /// A replica to the primary: this was stored once, and you lack it.
    HandOver(Event),
    /// The primary to a replica: it is stored.
    HandedOver(DeliveryId),
}

/// What a device says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    /// The highest epoch that it has seen.
    pub epoch: u32,
    /// The number of the last event that it got, if it knows one.
    pub number: Option<Number>,
    /// How many keepalives it has sent.
    pub keepalives: u32,
    /// What they measure, once there were enough.
    pub trips: Option<Trips>,
}

/// What a device's last keepalives measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trips {
    /// The mean round trip of those that were answered, if any was.
    pub rtt: Option<Span>,
    /// The share of those that were not.
    pub loss: f64,
}

impl DeviceWord for Word {
    fn bytes(&self) -> u32 {
        if self.trips.is_some() { 2 * ID_BYTES } else { ID_BYTES }
    }
}

impl From<DirectoryLetter> for Letter {
    fn from(letter: DirectoryLetter) -> Self {
        Letter::Directory(letter)
    }
}

impl From<BusLetter> for Letter {
    fn from(letter: BusLetter) -> Self {
        Letter::Bus(letter)
    }
}

impl BusLetter {
    fn events(&self) -> &[Event] {
        match self {
            BusLetter::All { events, .. }
            | BusLetter::OfClient { events, .. }
            | BusLetter::Push { events, .. }
            | BusLetter::Append { events, .. }
            | BusLetter::Copied { events, .. } => events,
            BusLetter::HandOver(event) => std::slice::from_ref(event),
            _ => &[],
        }
    }

    fn bytes(&self) -> u32 {
        let ids = |count: usize| ID_BYTES.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        match self {
            BusLetter::Publish { message, flags } => flags.bytes_of(message),
            BusLetter::Copy(has) => ids(has.len()),
            BusLetter::Copied { events, unknown, fallen, .. } => {
                bytes_of(events).saturating_add(ids(unknown.len() + fallen.len()))
            }
            letter => ID_BYTES.saturating_add(bytes_of(letter.events())),
        }
    }

    /// Parts of fingerprints: append, never renumber.
    fn ids(&self) -> u64 {
        let of = |message: MessageId| DeliveryId { message, recipient: ClientId(0) }.key();
        let (kind, ids) = match self {
            BusLetter::Publish { message, .. } => (1, of(message.id)),
            BusLetter::Published(message) => (2, of(*message)),
            BusLetter::ReadAll(after) => (3, after.key()),
            BusLetter::All { after, .. } => (4, after.key()),
            BusLetter::ReadClient { client, after, .. } => (5, after.key() ^ u64::from(client.0)),
            BusLetter::OfClient { client, after, .. } => (6, after.key() ^ u64::from(client.0)),
            BusLetter::WhoLeads => (7, 0),
            BusLetter::Leads { newest, .. } => (8, newest.key()),
            BusLetter::Push { last, .. } => (9, last.key()),
            BusLetter::Here(term) => (10, Number { term: *term, place: 0 }.key()),
            BusLetter::Primary { term, .. } => (11, Number { term: *term, place: 0 }.key()),
            BusLetter::Append { last, .. } => (12, last.key()),
            BusLetter::Appended { newest, .. } => (13, newest.key()),
            BusLetter::Stand(term) => (14, Number { term: *term, place: 0 }.key()),
            BusLetter::Vote { term, .. } => (15, Number { term: *term, place: 0 }.key()),
            BusLetter::Copy(has) => (16, has.len() as u64),
            BusLetter::Copied { newest, .. } => (17, newest.key()),
            BusLetter::HandOver(event) => (18, event.delivery().key()),
            BusLetter::HandedOver(delivery) => (19, delivery.key()),
        };
        kind_and_ids(kind, ids)
    }
}

impl Between for Letter {
    fn bytes(&self) -> u32 {
        match self {
            Letter::Bus(letter) => letter.bytes(),
            Letter::Directory(letter) => letter.bytes(),
            Letter::Events { events, .. } => ID_BYTES.saturating_add(bytes_of(events)),
            Letter::Acked { word, .. } => word.bytes(),
            Letter::Begin { .. } | Letter::Alive(_) => ID_BYTES,
            Letter::Unreliable | Letter::Turn { .. } => 0,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Bus(BusLetter::Publish { message, .. }) => message.deliveries().for_each(show),
            Letter::Bus(letter) => letter.events().iter().for_each(|event| show(event.delivery())),
            Letter::Events { events, .. } => {
                events.iter().for_each(|event| show(event.delivery()));
            }
            _ => {}
        }
    }

    fn carries_message(&self) -> bool {
        match self {
            Letter::Bus(BusLetter::Publish { .. }) => true,
            Letter::Bus(letter) => !letter.events().is_empty(),
            Letter::Events { .. } => true,
            _ => false,
        }
    }

    /// What the bus brings to a server is looked at event by event.
    fn is_served_as_message(&self) -> bool {
        matches!(self, Letter::Turn { .. })
    }

    fn is_background(&self) -> bool {
        matches!(
            self,
            Letter::Alive(_)
                | Letter::Unreliable
                | Letter::Bus(
                    BusLetter::Leads { .. }
                        | BusLetter::Here(_)
                        | BusLetter::Primary { .. }
                        | BusLetter::Stand(_)
                        | BusLetter::Vote { .. }
                )
        )
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            Letter::Bus(letter) => (1, letter.ids()),
            Letter::Directory(letter) => (2, letter.ids()),
            Letter::Events { after, .. } => (3, after.key()),
            Letter::Begin { number, .. } => (4, number.key()),
            Letter::Alive(nth) => (5, u64::from(*nth)),
            Letter::Unreliable => (6, 0),
            Letter::Acked { word, refused } => {
                (7, word.number.map_or(u64::MAX, Number::key) ^ u64::from(*refused))
            }
            Letter::Turn { client, temporary, .. } => {
                (8, u64::from(client.0) << 1 | u64::from(*temporary))
            }
        };
        kind_and_ids(kind, ids)
    }
}
