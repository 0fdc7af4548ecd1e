//! What servers, brokers and devices of `migrate` send to each other.

use std::rc::Rc;

use penult_sim::{Ids, Time};

use super::options::Term;
use super::record::{Place, Record};
use super::tasks::{Gone, Task};
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::message::{Flags, Message};
use crate::packet::{Between, DeviceWord, ID_BYTES, kind_and_ids};

/// A packet between servers.
#[derive(Clone, Debug)]
pub enum Letter {
    /// A server asks the broker's primary.
    Ask(Ask),
    /// A server answers a broker.
    Reply(Reply),
    /// A broker says something to a server, in its term.
    Say(Term, Say),
    /// The data of a client that migrates.
    Data {
        /// Whose.
        client: ClientId,
        /// Which of its migrations.
        number: u32,
        /// What.
        parcel: Rc<Parcel>,
    },
    /// I have those data.
    Have {
        /// Whose.
        client: ClientId,
        /// Which of its migrations.
        number: u32,
    },
    /// One broker to another, with a term.
    Peer(Term, Peer),
}

/// What a server asks until it is answered.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Store this, as a task for each recipient.
    Put(Rc<Message>, Flags),
    /// Where is this client?
    Where(ClientId),
    /// This client's migration has stopped it here: how does it end? And whether the second server was too slow.
    Moving {
        /// Whose.
        client: ClientId,
        /// Which of its migrations.
        number: u32,
        /// Whether the second server did not say in time that it has the data.
        late: bool,
    },
    /// I have the data of this client's migration: how does it end?
    Stored {
        /// Whose.
        client: ClientId,
        /// Which of its migrations.
        number: u32,
    },
    /// The device has this.
    Done(DeliveryId),
    /// Who is mine?
    Check {
        /// How often the server has crashed.
        crashes: u32,
        /// How often it lost what it stores.
        losses: u32,
    },
}

/// What a server answers.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// I am here.
    Pong,
    /// This is performed.
    Did {
        /// What.
        delivery: DeliveryId,
        /// In which epoch of its recipient.
        epoch: u32,
    },
    /// I have taken the clients of this list.
    Taken(u64),
}

/// What a broker says to a server.
#[derive(Clone, Debug)]
pub enum Say {
    /// Are you there? I take you for dead, or not.
    Ping {
        /// Whether the server is suspected.
        suspected: bool,
    },
    /// Perform this.
    Task {
        /// What.
        message: Rc<Message>,
        /// What policy made of it.
        flags: Flags,
        /// For whom.
        recipient: ClientId,
        /// In which epoch of that client.
        epoch: u32,
        /// When the broker stored it.
        stored: Time,
    },
    /// The tasks of this message are stored.
    Yes(MessageId),
    /// That client is there.
    At {
        /// Who.
        client: ClientId,
        /// Where.
        host: GatewayId,
        /// Since when.
        epoch: u32,
    },
    /// I know that the device has this.
    DoneHeard(DeliveryId),
    /// These are yours.
    Yours(Rc<Inventory>),
    /// Send the data of this client there, and stop serving it.
    Move {
        /// Whose.
        client: ClientId,
        /// Since when it is here.
        epoch: u32,
        /// Which of its migrations.
        number: u32,
        /// Where to.
        to: GatewayId,
    },
    /// This migration is over.
    End {
        /// Whose.
        client: ClientId,
        /// Which of its migrations.
        number: u32,
        /// Where the client is.
        place: Place,
    },
    /// Serve these from now on, with an empty inbox.
    Take {
        /// Which list this is.
        number: u64,
        /// Who, and since when.
        clients: Rc<[(ClientId, Place)]>,
    },
    /// I am not the primary: it is that of this term.
    NotI,
}

/// Whom a server hosts.
#[derive(Debug)]
pub struct Inventory {
    /// Who, and since when.
    pub(super) clients: Vec<(ClientId, Place)>,
    /// Of whom that is just being decided: they stay as they are.
    pub(super) written: Vec<ClientId>,
}

/// A client's data on their way.
#[derive(Debug)]
pub struct Parcel {
    /// Its fixed bytes and those of the inbox.
    pub(super) bytes: u64,
    /// The ids that were performed.
    pub(super) performed: super::server::Performed,
    /// The inbox.
    pub(super) inbox: Vec<super::server::Kept>,
}

/// What one broker says to another.
#[derive(Clone, Debug)]
pub enum Peer {
    /// I am primary. Do I count on you?
    Ping {
        /// Whether what I write waits for you.
        live: bool,
    },
    /// There is a later term, or you shall not be primary.
    No,
    /// Write this.
    Store(u64, Rc<Written>),
    /// I have written that.
    Ack(u64),
    /// These tasks are not wanted any more.
    Deleted(Rc<[(DeliveryId, Gone)]>),
    /// May I be primary?
    Vote,
    /// You may. This is what I have.
    Yes(Rc<Whole>),
    /// Count on me. These are my tasks and deletions.
    Join(Rc<Whole>),
    /// This is what there is, with all that was being written up to this.
    All(u64, Rc<Whole>),
    /// I have all that.
    Has(u64),
}

/// What is written at once.
#[derive(Debug)]
pub enum Written {
    /// The tasks of a message.
    Tasks(Vec<Task>),
    /// What one look decided.
    Records(Vec<(ClientId, Record)>),
}

/// All that a broker has.
#[derive(Debug, Default)]
pub struct Whole {
    pub(super) tasks: Vec<Task>,
    pub(super) deleted: Vec<(DeliveryId, Gone)>,
    pub(super) records: Vec<(ClientId, Record)>,
}

impl Whole {
    fn bytes(&self) -> u32 {
        bytes_of(&self.tasks)
            .saturating_add(ids_bytes(self.deleted.len()))
            .saturating_add(ids_bytes(self.records.len()))
    }
}

fn ids_bytes(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(ID_BYTES)
}

fn bytes_of(tasks: &[Task]) -> u32 {
    // One message for several recipients travels once.
    let mut last = None;
    tasks.iter().fold(0_u32, |sum, task| {
        let is_new = last.replace(task.message.id) != Some(task.message.id);
        let own = if is_new { task.flags.bytes_of(&task.message) } else { ID_BYTES };
        sum.saturating_add(own)
    })
}

impl Between for Letter {
    fn bytes(&self) -> u32 {
        match self {
            Letter::Ask(Ask::Put(message, flags)) => flags.bytes_of(message),
            Letter::Say(_, Say::Task { message, flags, .. }) => flags.bytes_of(message),
            Letter::Say(_, Say::Yours(inventory)) => {
                ids_bytes(inventory.clients.len() + inventory.written.len())
            }
            Letter::Say(_, Say::Take { clients, .. }) => ids_bytes(clients.len()),
            Letter::Data { parcel, .. } => u32::try_from(parcel.bytes).unwrap_or(u32::MAX),
            Letter::Peer(_, Peer::Store(_, written)) => match &**written {
                Written::Tasks(tasks) => bytes_of(tasks),
                Written::Records(records) => ids_bytes(records.len()),
            },
            Letter::Peer(_, Peer::Deleted(deleted)) => ids_bytes(deleted.len()),
            Letter::Peer(_, Peer::Yes(whole) | Peer::Join(whole) | Peer::All(_, whole)) => {
                whole.bytes()
            }
            Letter::Ask(_) | Letter::Have { .. } => ID_BYTES,
            Letter::Reply(Reply::Pong) | Letter::Say(_, Say::Ping { .. } | Say::NotI) => 0,
            Letter::Reply(_) | Letter::Say(..) => ID_BYTES,
            Letter::Peer(..) => 0,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Ask(Ask::Put(message, _)) => message.deliveries().for_each(show),
            Letter::Say(_, Say::Task { message, recipient, .. }) => {
                show(DeliveryId { message: message.id, recipient: *recipient });
            }
            Letter::Data { parcel, client, .. } => {
                let ids = parcel.inbox.iter().map(|kept| kept.delivery_of(*client));
                ids.for_each(show);
            }
            Letter::Peer(_, Peer::Store(_, written)) => {
                if let Written::Tasks(tasks) = &**written {
                    tasks.iter().for_each(|task| show(task.delivery));
                }
            }
            Letter::Peer(_, Peer::Yes(whole) | Peer::Join(whole) | Peer::All(_, whole)) => {
                whole.tasks.iter().for_each(|task| show(task.delivery));
            }
            _ => {}
        }
    }

    /// Data are work for who gets them, with mail or without; what brokers agree on is none.
    fn is_served_as_message(&self) -> bool {
        match self {
            Letter::Data { .. } => true,
            Letter::Peer(_, Peer::Yes(_) | Peer::Join(_) | Peer::All(..)) => false,
            _ => self.carries_message(),
        }
    }

    fn is_background(&self) -> bool {
        match self {
            Letter::Say(_, Say::Ping { .. }) | Letter::Reply(Reply::Pong) => true,
            Letter::Peer(_, peer) => matches!(peer, Peer::Ping { .. } | Peer::No | Peer::Vote),
            _ => false,
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let of = |message: MessageId| DeliveryId { message, recipient: ClientId(0) }.key();
        let pair = |client: ClientId, number: u32| u64::from(client.0) << 32 | u64::from(number);
        let (kind, ids) = match self {
            Letter::Ask(ask) => match ask {
                Ask::Put(message, _) => (1, of(message.id)),
                Ask::Where(client) => (2, client.0.into()),
                Ask::Moving { client, number, late } => {
                    (3, pair(*client, *number) << 1 | u64::from(*late))
                }
                Ask::Stored { client, number } => (4, pair(*client, *number)),
                Ask::Done(delivery) => (5, delivery.key()),
                Ask::Check { crashes, .. } => (6, u64::from(*crashes)),
            },
            Letter::Reply(reply) => match reply {
                Reply::Pong => (10, 0),
                Reply::Did { delivery, .. } => (11, delivery.key()),
                Reply::Taken(number) => (12, *number),
            },
            Letter::Say(term, say) => match say {
                Say::Ping { suspected } => (20, term.key() << 1 | u64::from(*suspected)),
                Say::Task { message, recipient, .. } => {
                    (21, DeliveryId { message: message.id, recipient: *recipient }.key())
                }
                Say::Yes(message) => (22, of(*message)),
                Say::At { client, host, .. } => (23, pair(*client, host.0)),
                Say::DoneHeard(delivery) => (24, delivery.key()),
                Say::Yours(inventory) => (25, inventory.clients.len() as u64),
                Say::Move { client, number, .. } => (26, pair(*client, *number)),
                Say::End { client, number, .. } => (27, pair(*client, *number)),
                Say::Take { number, .. } => (28, *number),
                Say::NotI => (29, term.key()),
            },
            Letter::Data { client, number, .. } => (30, pair(*client, *number)),
            Letter::Have { client, number } => (31, pair(*client, *number)),
            Letter::Peer(term, peer) => match peer {
                Peer::Ping { live } => (40, term.key() << 1 | u64::from(*live)),
                Peer::No => (41, term.key()),
                Peer::Store(number, _) => (42, *number),
                Peer::Ack(number) => (43, *number),
                Peer::Deleted(deleted) => (44, deleted.first().map_or(0, |(it, _)| it.key())),
                Peer::Vote => (45, term.key()),
                Peer::Yes(_) => (46, term.key()),
                Peer::Join(_) => (47, term.key()),
                Peer::All(number, _) => (48, *number),
                Peer::Has(number) => (49, *number),
            },
        };
        kind_and_ids(kind, ids)
    }
}

/// The highest epoch that a device has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known(pub u32);

impl DeviceWord for Known {
    fn bytes(&self) -> u32 {
        // A number fits into the header.
        0
    }
}
