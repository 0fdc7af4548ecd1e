//! `[chain]`: its keys.

use penult_sim::{Bandwidth, Span};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::names::Gateway;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{AboveZero, OneOrMore, Setting, Spread};
use crate::reading::table::{choice, table};
use crate::reading::write::Out;
use crate::strategies::{PolicyKeys, Spill};
use crate::units::Varying;

table! {
    /// The keys of the strategy `chain`.
    pub struct Chain {
        /// How many gateways hold a message, where the network allows.
        length: u32 [OneOrMore] = 3,
        /// How the sequence of gateways is found.
        route: Route = "shortest-path",
        /// In whose queues each gateway of the sequence stores a message.
        queues: Queues = "both",
        /// How many gateways must have stored a message before its sender is told. More than the
        /// sequence has means all of it.
        accept_after: u32 [OneOrMore] = 1,
        /// Who is told that a gateway has stored a message.
        acks: Acks = "hop",
        /// How long a gateway waits for the acknowledgement of the next.
        ack_timeout: Span [AboveZero] = "200ms",
        /// How often a gateway sends before it suspects the next; the first time counts.
        attempts: u32 [OneOrMore] = 2,
        /// How long the penultimate waits for the client's acknowledgement before it suspects the host.
        /// Absent: it does not.
        client_ack_timeout: Option<Span> [AboveZero],
        /// How gateways find out by themselves that another is dead.
        /// Absent: they don't.
        heartbeat: Option<Heartbeat>,
        /// Whether one copy goes along the part that the ways to several recipients share.
        shared_segments: bool = true,
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
        /// What makes gateways delete a message: a word, or a list of which the first that happens does.
        delete_on: Triggers = "received",
        /// How long gateways keep a message that nothing has deleted.
        hold: Span [AboveZero] = "24h",
        /// When a message goes to the external store.
        spill: Spill = "after-hold",
        /// Whether a gateway takes back the clients whose home it is, after its return and after it lost
        /// them alive.
        failback: Failback = "resume",
        /// How long a gateway that lost clients while it was alive waits before it takes them back, from
        /// the first answer of each on.
        failback_after: Span = "0s",
        /// Whether a host puts its next neighbour in the place of a suspect in its clients' list, and
        /// gives it their queues.
        repair: Repair = "none",
        /// How long after the suspicion, if that lasts.
        repair_after: Span = "0s",
        /// How a gateway that returns gets what it lacks.
        resync: Resync = {},
        /// How often a gateway asks one that it suspects.
        probe: Span [AboveZero] = "1s",
        /// For how long the directory gathers changes before it tells the gateways.
        notice: Span = "0s",
        /// The central message processor, there with `acks = "central"` or `"both"`.
        processor: Processor = {},
        /// Which gateways lie on the way to a region or gateway, for `route = "domain"`.
        domains: Vec<Domain> = [],
    }
}

table! {
    /// How gateways find out by themselves that another is dead: by `misses` or by `phi`.
    pub struct Heartbeat {
        /// How often each gateway tells each that it is linked with that it is there.
        every: Span [AboveZero],
        /// How many in a row must be missing for a suspicion.
        /// Absent: `phi` decides.
        misses: Option<u32> [OneOrMore],
        /// How unlikely the silence must be for a suspicion: 8 is one in 10^8.
        /// Absent: `misses` decides.
        phi: Option<f64> [AboveZero],
    }
}

/// What makes a gateway suspect another whose heartbeats are missing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Detector {
    /// So many missing in a row.
    Misses(u32),
    /// A silence this unlikely, as the negative decimal logarithm.
    Phi(f64),
}

impl Heartbeat {
    /// What makes a gateway suspect another.
    pub fn detector(&self) -> Detector {
        match (self.misses, self.phi) {
            (_, Some(phi)) => Detector::Phi(phi),
            (misses, None) => Detector::Misses(misses.unwrap_or(1)),
        }
    }
}

table! {
    /// How a gateway that returns gets what it lacks.
    pub struct Resync {
        /// How many messages go in one packet.
        batch: u32 [OneOrMore] = 64,
        /// What of the queues of its clients it gets.
        what: ResyncWhat = "all",
        /// How fast one host sends them, to all who get some. Bytes of messages count, headers don't.
        /// Absent: as fast as the links allow.
        bandwidth: Option<Bandwidth>,
    }
}

table! {
    /// The central message processor.
    pub struct Processor {
        /// How long a packet takes to it or from it. May vary.
        latency: Varying<Span> = "0s",
        /// CPU time for each packet. May vary.
        cpu: Varying<Span> = "0us",
    }
}

table! {
    /// The way from some gateways to a region or gateway.
    pub struct Domain {
        /// The gateways that it begins at.
        gateways: Vec<Gateway> [AboveZero],
        /// The region or gateway that it leads to.
        to: DomainTarget,
        /// The gateways on it, in this order.
        via: Vec<Gateway>,
    }
}

/// Where a way of a domain leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DomainTarget {
    /// To each gateway of a region.
    Region(String),
    /// To one gateway.
    Gateway(Gateway),
}

impl Default for DomainTarget {
    fn default() -> Self {
        DomainTarget::Gateway(Gateway(0))
    }
}

impl Setting for DomainTarget {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let name = String::read(item, cx)?;
        Some(Gateway::parse(&name).map_or(DomainTarget::Region(name), DomainTarget::Gateway))
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(match self {
            DomainTarget::Region(name) => name.clone(),
            DomainTarget::Gateway(gateway) => gateway.to_string(),
        }))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

choice! {
    /// How the sequence of gateways is found.
    pub enum Route {
        /// The path of least latency.
        ShortestPath = "shortest-path",
        /// Among the sequences of the fewest hops, the one whose most loaded gateway has the least; gateways that
        /// are put in to reach `length` are chosen by load too, among the host's list and as many that come next.
        LoadBalanced = "load-balanced",
        /// As `domains` says.
        Domain = "domain",
    }
}

choice! {
    /// In whose queues each gateway of the sequence stores a message.
    pub enum Queues {
        /// The sender's and the recipient's.
        Both = "both",
        /// Each user has a fixed chain; each part of the sequence stores its own user's only.
        Split = "split",
    }
}

choice! {
    /// Who is told that a gateway has stored a message.
    pub enum Acks {
        /// The one before it.
        Hop = "hop",
        /// The central message processor.
        Central = "central",
        /// Both of them.
        Both = "both",
    }
}

choice! {
    /// What makes gateways delete a message. With several recipients: when all have.
    pub enum DeleteOn {
        /// The recipient's device has it.
        Received = "received",
        /// The recipient has read it.
        Read = "read",
        /// The recipient has finished viewing it.
        Viewed = "viewed",
        /// The recipient has replied.
        Reply = "reply",
        /// Nothing does; `hold` decides.
        Never = "never",
    }
}

/// What makes gateways delete a message: the first of these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Triggers(pub Vec<DeleteOn>);

impl Default for Triggers {
    fn default() -> Self {
        Triggers(vec![DeleteOn::default()])
    }
}

impl Triggers {
    /// Whether this is one of them.
    pub fn has(&self, trigger: DeleteOn) -> bool {
        self.0.contains(&trigger)
    }
}

impl Setting for Triggers {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Content::List(items) = &item.content else {
            return DeleteOn::read(item, cx).map(|one| Triggers(vec![one]));
        };
        let mut all: Vec<DeleteOn> = Vec::new();
        for item in items {
            let one = DeleteOn::read(item, cx)?;
            if all.contains(&one) {
                let what = format!("{} has \"{one}\" twice", cx.key());
                cx.error(item.at, what, "name each once");
                return None;
            }
            all.push(one);
        }
        if all.is_empty() {
            cx.error(item.at, format!("{} is empty", cx.key()), "name one or more, or \"never\"");
            return None;
        }
        if all.len() > 1 && all.contains(&DeleteOn::Never) {
            let what = format!("{} has \"never\" beside others", cx.key());
            cx.error(item.at, what, "\"never\" stands alone");
            return None;
        }
        Some(Triggers(all))
    }

    fn write(&self) -> Option<Out> {
        match &self.0[..] {
            [one] => one.write(),
            all => Some(Out::List(all.iter().filter_map(DeleteOn::write).collect())),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let one = DeleteOn::schema(generator);
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

choice! {
    /// Whether a gateway that returns takes its clients back.
    pub enum Failback {
        /// It does.
        Resume = "resume",
        /// They stay where they are.
        Stay = "stay",
    }
}

choice! {
    /// What of the queues of its clients a gateway that returns gets.
    pub enum ResyncWhat {
        /// All: what the users sent and what they are to get, received or not, until something deletes it.
        All = "all",
        /// What has yet to be delivered to them.
        Undelivered = "undelivered",
    }
}

choice! {
    /// Whether another takes the place of a dead gateway in a chain.
    pub enum Repair {
        /// Nobody does.
        None = "none",
        /// The next neighbour does, and gets the queue.
        Replace = "replace",
    }
}
