//! `[mesh]`: its keys.

use penult_sim::{Bandwidth, Span};

use super::coverage::Coverage;
use super::devices::Members;
use crate::names::Gateway;
use crate::reading::setting::{AboveZero, OneOrMore, Spread};
use crate::reading::table::{choice, table};
use crate::strategies::{PolicyKeys, Spill};
use crate::units::{Bytes, Share, Varying};

table! {
    /// The keys of the strategy `mesh`.
    pub struct Mesh {
        /// How devices exchange messages in a contact.
        exchange: Exchange = "one",
        /// How many copies of a message there may be at most: "unlimited", or a number. One: it is handed to its
        /// recipient only.
        copies: Copies = "unlimited",
        /// How many bytes of messages a device holds.
        /// Absent: any number.
        buffer: Option<Bytes> [AboveZero],
        /// How old a message gets on devices.
        /// Absent: as old as it likes.
        ttl: Option<Span> [AboveZero],
        /// How long a device carries a message of others.
        /// Absent: without end.
        keep: Option<Span> [AboveZero],
        /// How many messages of others a device carries.
        /// Absent: any number.
        carry_limit: Option<u32>,
        /// What a device drops where it needs room.
        evict: Evict = "oldest",
        /// The share of devices that carry for others, by chance.
        share: Share = "100%",
        /// Whether devices tell each other what became of messages, and forget what is settled.
        forget: Forget = "told",
        /// What settles a message.
        forget_on: ForgetOn = "taken",
        /// Whether a device tells each new mark to all that it is in contact with, at once.
        broadcast: bool = true,
        /// Whether devices use one connection or all at once.
        use_ as "use": Use = "first",
        /// Above which time for the answer of a host devices ask others to carry as well.
        /// Absent: never.
        latency_limit: Option<Span> [AboveZero],
        /// Whether hosts give copies to devices for clients that they don't reach.
        back: bool = true,
        /// How many devices without users there are: `r0`, `r1`, …
        relays: u32 = 0,
        /// How many gateways a device knows to turn to, its host first.
        length: u32 [OneOrMore] = 3,
        /// How long a gateway waits for the acknowledgement of the next before it sends again; doubled
        /// each time up to 10 s.
        ack_timeout: Span [AboveZero] = "200ms",
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
        /// How long gateways keep a message that is not delivered.
        hold: Span [AboveZero] = "24h",
        /// When a message goes to the external store.
        spill: Spill = "after-hold",
        /// The presence database.
        /// Absent: there is none.
        presence: Option<Presence>,
        /// The connections of devices, in order of preference. None: one for clients, of kind "access", as
        /// `access` in `[clients]` says.
        connection: Vec<Connection> = [],
        /// Exceptions; the last that names a device counts.
        group: Vec<Group> = [],
    }
}

table! {
    /// The presence database: who tries to deliver what, and what has been delivered.
    pub struct Presence {
        /// How long a packet takes to it, beyond a connection or from a gateway. May vary.
        latency: Varying<Span> = "0s",
        /// How long it keeps what became of a message.
        hold: Span [AboveZero] = "24h",
        /// When it forgets that.
        clear: Clear = "hold",
        /// Whether it tells devices by itself.
        push: bool = false,
        /// How many of it there are.
        replicas: u32 [OneOrMore] = 1,
        /// The gateway that it lies at, whose fate it shares.
        /// Absent: it is a service.
        at: Option<Gateway>,
    }
}

table! {
    /// A kind of connection, and who has it.
    pub struct Connection {
        /// What it is called: a node without state, which faults may name.
        kind: String,
        /// Who has it.
        devices: Members = "clients",
        /// How long a packet takes, one way. May vary.
        latency: Varying<Span> = "20ms",
        /// The share of packets that get lost.
        loss: Share = "0%",
        /// How much each direction carries; packets queue behind each other.
        /// Absent: any amount at once.
        bandwidth: Option<Bandwidth>,
        /// When devices are covered.
        /// Absent: always.
        up: Option<Coverage>,
        /// What lies behind it, unseen: nodes without state, which faults may name.
        over: Vec<String> = [],
        /// With whom it brings its devices into contact.
        peers: Peers = "none",
        /// What a megabyte costs.
        price: f64 = 0,
    }
}

table! {
    /// What is different for some devices.
    pub struct Group {
        /// Which devices are in it.
        devices: Members,
        /// How many bytes of messages each holds.
        /// Absent: as all.
        buffer: Option<Bytes> [AboveZero],
        /// How long each carries a message of others.
        /// Absent: as all.
        keep: Option<Span> [AboveZero],
        /// How many messages of others each carries.
        /// Absent: as all.
        carry_limit: Option<u32>,
        /// How fast their radios are.
        /// Absent: as all.
        bandwidth: Option<Bandwidth>,
    }
}

choice! {
    /// How devices exchange messages in a contact.
    pub enum Exchange {
        /// As The ONE does: one message at a time, first what is for a peer, then in the order of its coming.
        One = "one",
    }
}

choice! {
    /// What a device drops where it needs room.
    pub enum Evict {
        /// What came first.
        Oldest = "oldest",
        /// What came last.
        Youngest = "youngest",
        /// What is largest; of these, what came first.
        Largest = "largest",
    }
}

choice! {
    /// Whether devices forget what is settled.
    pub enum Forget {
        /// Whoever hears that a message is settled drops its copy.
        Told = "told",
        /// Nobody does; copies go on spreading.
        Never = "never",
    }
}

choice! {
    /// What settles a message.
    pub enum ForgetOn {
        /// That a server has stored it, or its recipient has it.
        Taken = "taken",
        /// That its recipient has it.
        Delivered = "delivered",
    }
}

choice! {
    /// Which connections devices use.
    pub enum Use {
        /// The first that is up and not silent.
        First = "first",
        /// All that are up.
        All = "all",
    }
}

choice! {
    /// When the presence database forgets what became of a message.
    pub enum Clear {
        /// After `hold`.
        Hold = "hold",
        /// Also once the originator was told.
        Originator = "originator",
    }
}

choice! {
    /// With whom a connection brings its devices into contact.
    pub enum Peers {
        /// With nobody.
        None = "none",
        /// With those that have the same.
        Same = "same",
        /// Also with those that have another which says "all".
        All = "all",
    }
}

/// How many copies of a message there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Copies {
    /// Any number.
    #[default]
    Unlimited,
    /// So many.
    Some(u32),
}

use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{Setting, shown};
use crate::reading::write::Out;
use schemars::{Schema, SchemaGenerator, json_schema};

impl Setting for Copies {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Integer(_) => {
                let copies = u32::read(item, cx)?;
                if copies == 0 {
                    cx.error(item.at, format!("{} is too small", cx.key()), "it is 1 or more");
                    return None;
                }
                Some(Copies::Some(copies))
            }
            Content::Text(text) if text == "unlimited" => Some(Copies::Unlimited),
            _ => {
                let what = format!("{} is {}", cx.key(), shown(item));
                cx.error(item.at, what, "it is \"unlimited\" or a whole number of 1 or more");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        match self {
            Copies::Unlimited => Some(Out::Text("unlimited".to_owned())),
            Copies::Some(copies) => copies.write(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "enum": ["unlimited"] }, { "type": "integer", "minimum": 1 }] })
    }
}
