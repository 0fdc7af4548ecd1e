//! What the servers of `spaces` say to each other.

use std::rc::Rc;

use penult_sim::{Ids, Time};

use super::ids::{ServerId, Servers, SpaceId};
use crate::directory::DirectoryLetter;
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::packet::{Between, DeviceWord, ID_BYTES, kind_and_ids};
use crate::parts::AreYouThere;

/// What travels between servers.
#[derive(Clone, Debug)]
pub enum Letter {
    /// Of hosts.
    Directory(DirectoryLetter),
    /// Of which servers have which spaces.
    Map(MapLetter),
    /// A gateway publishes.
    Publish(Rc<Publishing>),
    /// This is stored, or expired: by all of these, as far as the one knows that says it.
    Ack {
        /// What.
        message: MessageId,
        /// Who is known to have it.
        holders: Servers,
        /// Who numbers its space, as the one knows that says it.
        lead: Option<Reign>,
    },
    /// A replica sends another what it may lack.
    Copy(Rc<Copied>),
    /// A replica names what it has, and what it knows of it.
    Offer {
        /// To be said back.
        round: u64,
        /// What.
        offered: Rc<[Offered]>,
    },
    /// What of that is here.
    Answer {
        /// As it was asked.
        round: u64,
        /// What each is: in the order of the offer.
        answers: Rc<[(MessageId, Has)]>,
        /// The terms that are known of their spaces.
        reigns: Rc<[(SpaceId, u32)]>,
    },
    /// A server that returns names what it has of the spaces that it shares with the other.
    Exchange {
        /// To be said back.
        round: u64,
        /// What.
        ids: Rc<[MessageId]>,
        /// The terms that it knows.
        reigns: Rc<[(SpaceId, u32)]>,
    },
    /// What it lacks, part by part.
    Missing(Rc<Missing>),
    /// A server has what somebody may want: it serves, in this life.
    Serves(u64),
    /// A server is there, in this life.
    Beat(u64),
    /// Are you there?
    AreYouThere,
    /// I am here, in this life.
    Here(u64),
    /// A gateway subscribes for clients.
    Subscribe(Rc<Subscribing>),
    /// A server sends what is for clients of a gateway.
    Push(Rc<Pushing>),
    /// A gateway has it.
    Pushed {
        /// The server's life, as it was pushed.
        boot: u64,
        /// The number of the push.
        number: u64,
        /// For whom the gateway has no subscription there.
        strangers: Rc<[ClientId]>,
        /// The gateway's life, and how often it had subscribed.
        as_of: (u64, u64),
    },
    /// Of who numbers a space.
    Lead(LeadLetter),
}

/// What a gateway publishes.
#[derive(Clone, Debug)]
pub struct Publishing {
    /// What.
    pub message: Rc<Message>,
    /// What policy made of it.
    pub flags: Flags,
    /// Of which space.
    pub space: SpaceId,
    /// To whom the server is to forward it.
    pub rest: Option<Servers>,
    /// Until so many have it the server acknowledges again at each more that it learns of; 0: it doesn't.
    pub report: u32,
}

/// A stored message as it travels between replicas.
#[derive(Clone, Debug)]
pub struct Copied {
    /// What.
    pub message: Rc<Message>,
    /// What policy made of it.
    pub flags: Flags,
    /// Of which space.
    pub space: SpaceId,
    /// When a server first stored it.
    pub first: Time,
    /// Who is known to have it.
    pub holders: Servers,
    /// Its number, if it has one, and who gave it.
    pub number: Option<(Reign, Number)>,
}

/// A message that is offered.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Which.
    pub message: MessageId,
    /// Of which space.
    pub space: SpaceId,
    /// The term that is known.
    pub reign: Option<Reign>,
    /// Its number in that.
    pub number: Option<Number>,
}

/// What is known of something that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// It is here, or was.
    Yes,
    /// It is not.
    No,
    /// The disk is at it.
    Writing,
}

/// What a returning server lacks.
#[derive(Clone, Debug)]
pub struct Missing {
    /// As it was asked.
    pub round: u64,
    /// Which part this is.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// What it lacks.
    pub copies: Vec<Copied>,
    /// What the other lacks of what was named.
    pub lacks: Vec<MessageId>,
    /// Who numbers the spaces that both have, and the numbers.
    pub tables: Vec<Table>,
}

/// What a gateway subscribes.
#[derive(Clone, Debug)]
pub struct Subscribing {
    /// The gateway's life.
    pub boot: u64,
    /// How often it has subscribed.
    pub count: u64,
    /// For whom.
    pub clients: Vec<Wanted>,
}

/// A client that is subscribed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whom.
    pub client: ClientId,
    /// Since which epoch it is hosted.
    pub epoch: u32,
    /// What it has.
    pub has: Rc<[MessageId]>,
    /// As how many numbers and gaps that is said.
    pub words: u32,
    /// Since when its messages may wait for this.
    pub since: Time,
}

/// What is pushed.
#[derive(Clone, Debug)]
pub struct Pushing {
    /// The server's life.
    pub boot: u64,
    /// The gateway's life.
    pub to_boot: u64,
    /// The number of the push.
    pub number: u64,
    /// Which subscription it answers, if it answers one.
    pub answers: Option<u64>,
    /// Whose subscription is refused: another hosts them since a later epoch.
    pub refused: Vec<ClientId>,
    /// What.
    pub items: Vec<Item>,
}

/// A message that is pushed.
#[derive(Clone, Debug)]
pub struct Item {
    /// What.
    pub message: Rc<Message>,
    /// What policy made of it.
    pub flags: Flags,
    /// For whom.
    pub to: Few<ClientId>,
}

/// Who numbers a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reign {
    /// In which term.
    pub term: u32,
    /// Who.
    pub lead: ServerId,
}

/// A number of a message in its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its place.
    pub count: u64,
    /// In which term it was given.
    pub term: u32,
    /// The place before it that is taken; 0 if there is none.
    pub before: u64,
}

/// All numbers of a space, as far as no lower one is unknown.
#[derive(Clone, Debug)]
pub struct Table {
    /// Which.
    pub space: SpaceId,
    /// The term, if one is known.
    pub reign: Option<Reign>,
    /// The numbers.
    pub numbers: Rc<[(u64, u32, MessageId)]>,
}

/// Of who numbers a space.
#[derive(Clone, Debug)]
pub enum LeadLetter {
    /// May I?
    Stand {
        /// Which.
        space: SpaceId,
        /// From which term on.
        term: u32,
    },
    /// You may.
    Grant {
        /// In which term.
        term: u32,
        /// What the one knew.
        table: Table,
        /// What it has of the space.
        has: Rc<[MessageId]>,
    },
    /// You may not.
    Refuse {
        /// In which term.
        term: u32,
        /// What the one knows.
        table: Table,
        /// The last term that it granted.
        granted: u32,
    },
    /// This one does.
    Leads(Table),
}

/// Of which servers have which spaces.
#[derive(Clone, Debug)]
pub enum MapLetter {
    /// Which cluster has the space of this message?
    Cluster(MessageId),
    /// That is known now.
    ClusterFound(MessageId),
    /// Which servers?
    Servers(MessageId, SpaceId),
    /// These, if they are not those that it began with.
    ServersFound(MessageId, Option<Entry>),
    /// These have moved.
    Moved {
        /// The number of this notice, to be said back.
        number: u64,
        /// Which, and where to.
        entries: Rc<[Entry]>,
    },
    /// I heard that.
    MovedHeard(u64),
    /// This server is dead: please replace it where it stands beside me.
    Dead(ServerId),
    /// I heard that.
    DeadHeard(ServerId),
}

/// Where a space is that has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub space: SpaceId,
    /// How often it has moved.
    pub version: u32,
    /// The cluster that it is in.
    pub cluster: u32,
    /// The servers that have it.
    pub replicas: Rc<[ServerId]>,
}

/// What a device says of itself: nothing, or what it has.
#[derive(Clone, Debug, Default)]
pub struct Numbers(pub Option<(Rc<[MessageId]>, u32)>);

impl DeviceWord for Numbers {
    fn bytes(&self) -> u32 {
        self.0.as_ref().map_or(0, |(_, words)| ID_BYTES.saturating_mul(*words))
    }
}

impl From<DirectoryLetter> for Letter {
    fn from(letter: DirectoryLetter) -> Self {
        Letter::Directory(letter)
    }
}

impl From<AreYouThere> for Letter {
    fn from(_: AreYouThere) -> Self {
        Letter::AreYouThere
    }
}

fn ids(count: usize) -> u32 {
    ID_BYTES.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

fn table_bytes(table: &Table) -> u32 {
    ids(1 + table.numbers.len())
}

impl Between for Letter {
    fn bytes(&self) -> u32 {
        match self {
            Letter::Directory(letter) => letter.bytes(),
            Letter::Map(letter) => match letter {
                MapLetter::ServersFound(_, Some(entry)) => ids(1 + entry.replicas.len()),
                MapLetter::Moved { entries, .. } => ids(entries.len()),
                _ => ids(1),
            },
            Letter::Publish(it) => it.flags.bytes_of(&it.message),
            Letter::Ack { holders, .. } => ids(1 + holders.count() as usize),
            Letter::Copy(it) => it.flags.bytes_of(&it.message),
            Letter::Offer { offered, .. } => ids(offered.len()),
            Letter::Answer { answers, reigns, .. } => ids(answers.len() + reigns.len()),
            Letter::Exchange { ids: all, reigns, .. } => ids(all.len() + reigns.len()),
            Letter::Missing(it) => {
                let copies = it.copies.iter().map(|copy| copy.flags.bytes_of(&copy.message));
                let copies = copies.fold(0_u32, u32::saturating_add);
                let tables = it.tables.iter().map(table_bytes).fold(0, u32::saturating_add);
                copies.saturating_add(tables).saturating_add(ids(it.lacks.len()))
            }
            Letter::Serves(_) | Letter::Beat(_) | Letter::Here(_) => ids(1),
            Letter::AreYouThere => 0,
            Letter::Subscribe(it) => {
                let words = it.clients.iter().map(|it| 1 + it.words as usize);
                ids(words.sum::<usize>() + 1)
            }
            Letter::Push(it) => {
                let items = it.items.iter().map(|item| item.flags.bytes_of(&item.message));
                items.fold(ids(1 + it.refused.len()), u32::saturating_add)
            }
            Letter::Pushed { strangers, .. } => ids(1 + strangers.len()),
            Letter::Lead(letter) => match letter {
                LeadLetter::Stand { .. } => ids(1),
                LeadLetter::Grant { table, has, .. } => {
                    table_bytes(table).saturating_add(ids(has.len()))
                }
                LeadLetter::Refuse { table, .. } | LeadLetter::Leads(table) => table_bytes(table),
            },
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Publish(it) => it.message.deliveries().for_each(show),
            Letter::Copy(it) => it.message.deliveries().for_each(show),
            Letter::Missing(it) => {
                it.copies.iter().flat_map(|copy| copy.message.deliveries()).for_each(show);
            }
            Letter::Push(it) => {
                for item in &it.items {
                    let message = item.message.id;
                    item.to.iter().for_each(|&recipient| show(DeliveryId { message, recipient }));
                }
            }
            _ => {}
        }
    }

    fn is_background(&self) -> bool {
        matches!(
            self,
            Letter::Beat(_)
                | Letter::AreYouThere
                | Letter::Here(_)
                | Letter::Map(MapLetter::Moved { .. } | MapLetter::MovedHeard(_))
        )
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let id = |message: MessageId| u64::from(message.raw());
        let (kind, ids) = match self {
            Letter::Directory(letter) => (1, letter.ids()),
            Letter::Map(letter) => match letter {
                MapLetter::Cluster(message) => (2, id(*message)),
                MapLetter::ClusterFound(message) => (3, id(*message)),
                MapLetter::Servers(message, _) => (4, id(*message)),
                MapLetter::ServersFound(message, _) => (5, id(*message)),
                MapLetter::Moved { number, .. } => (6, *number),
                MapLetter::MovedHeard(number) => (7, *number),
                MapLetter::Dead(server) => (8, server.0.into()),
                MapLetter::DeadHeard(server) => (9, server.0.into()),
            },
            Letter::Publish(it) => (10, id(it.message.id)),
            Letter::Ack { message, holders, .. } => {
                (11, id(*message) << 32 | u64::from(holders.count()))
            }
            Letter::Copy(it) => (12, id(it.message.id)),
            Letter::Offer { round, offered } => (13, *round << 20 ^ offered.len() as u64),
            Letter::Answer { round, .. } => (14, *round),
            Letter::Exchange { round, ids, .. } => (15, *round << 20 ^ ids.len() as u64),
            Letter::Missing(it) => (16, it.round << 20 ^ u64::from(it.part)),
            Letter::Serves(boot) => (17, *boot),
            Letter::Beat(boot) => (18, *boot),
            Letter::AreYouThere => (19, 0),
            Letter::Here(boot) => (20, *boot),
            Letter::Subscribe(it) => (21, it.boot ^ it.count << 40),
            Letter::Push(it) => (22, it.boot ^ it.number << 40),
            Letter::Pushed { boot, number, .. } => (23, *boot ^ *number << 40),
            Letter::Lead(letter) => match letter {
                LeadLetter::Stand { space, term } => (24, Self::of_space(*space, *term)),
                LeadLetter::Grant { term, table, .. } => (25, Self::of_space(table.space, *term)),
                LeadLetter::Refuse { term, table, .. } => (26, Self::of_space(table.space, *term)),
                LeadLetter::Leads(table) => {
                    (27, Self::of_space(table.space, table.reign.map_or(0, |it| it.term)))
                }
            },
        };
        kind_and_ids(kind, ids)
    }
}

impl Letter {
    fn of_space(space: SpaceId, term: u32) -> u64 {
        u64::from(space.0) << 32 | u64::from(term)
    }
}
