//! `[spaces]` and `[[move]]`: their keys.

use std::fmt;

use penult_models::ClientId;
use penult_models::strategies::spaces::{SpaceName, name_of};
use penult_sim::Span;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::names::Client;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::{AboveZero, OneOrMore, Setting, Spread, shown};
use crate::reading::table::{choice, table};
use crate::reading::write::Out;
use crate::strategies::PolicyKeys;
use crate::units::Varying;

table! {
    /// The keys of the strategy `spaces`.
    pub struct Spaces {
        /// How many space servers there are.
        servers: u32 [OneOrMore] = 3,
        /// How far each space server is, and what it is made of.
        server: SpaceServer = {},
        /// How many space servers of its cluster have each space.
        replicas: u32 [OneOrMore] = 3,
        /// To whom the sender's gateway publishes.
        publish: Publish = "all",
        /// Where gateways subscribe for the clients that they host.
        subscribe: Subscribe = "all",
        /// How many replicas must have stored a message before its sender is told. More than there are means
        /// all.
        accept_after: u32 [OneOrMore] = 1,
        /// Whether a lead server, elected by a majority, numbers each space's messages, so that all get them in
        /// one order.
        lead: bool = false,
        /// How long a gateway or a space server waits for an answer of another.
        ack_timeout: Span [AboveZero] = "200ms",
        /// How often something is sent before the other is suspected; the first time counts.
        attempts: u32 [OneOrMore] = 2,
        /// How gateways and space servers find out by themselves that a space server is dead.
        heartbeat: SpaceHeartbeat = { every = "500ms", misses = 3 },
        /// How long a server waits that would be lead.
        elect: Span [AboveZero] = "1s",
        /// How often a suspect is asked whether it is there.
        probe: Span [AboveZero] = "1s",
        /// How long space servers keep a message, whoever has received it.
        retention: Span [AboveZero] = "24h",
        /// How many gateways a client's list has, the host among them; at most all.
        length: u32 [OneOrMore] = 3,
        /// For how long the directory gathers changes before it tells the gateways.
        notice: Span = "0s",
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
        /// How many clusters the space servers are dealt to, and with them the spaces.
        clusters: u32 [OneOrMore] = 1,
        /// By what spaces are dealt to clusters.
        cluster_by: ClusterBy = "none",
        /// How many teams clients are dealt to, for `cluster_by = "team"`.
        teams: u32 [OneOrMore] = 1,
        /// Which share of a space's members must be in a group of spaces for it to join that, for
        /// `cluster_by = "members"`.
        overlap: f64 = 0.5,
        /// How long after a space server is suspected another takes its place, if the suspicion lasts.
        /// Absent: none does.
        replace_after: Option<Span>,
    }
}

table! {
    /// A space server.
    pub struct SpaceServer {
        /// How long a packet takes from or to it, to or from any node of its region. May vary.
        latency: Varying<Span> = "1ms",
        /// CPU time for each packet with messages. May vary.
        cpu: Varying<Span> = "0us",
        /// How long writing a message takes, with `queue = "disk"`. May vary.
        write: Varying<Span> = "0us",
    }
}

table! {
    /// How a dead space server is found out.
    pub struct SpaceHeartbeat {
        /// How often a space server says that it is there.
        every: Span [AboveZero],
        /// How many in a row must be missing for a suspicion.
        misses: u32 [OneOrMore],
    }
}

table! {
    /// A space that goes to another cluster.
    pub struct Move {
        /// When.
        at: Span,
        /// Which: a conversation (`k0`), or the set of those who write to each other, numbers ascending
        /// (`c0+c4`).
        space: SpaceKey,
        /// To which cluster, from 0 on.
        to: u32,
    }
}

/// A space, by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpaceKey(pub SpaceName);

impl SpaceKey {
    fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix('k') {
            let is_plain = digits == "0" || !digits.starts_with('0');
            let is_number = is_plain && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| digits.parse().ok()).flatten();
            return number.map(|number| SpaceKey(SpaceName::Conversation(number)));
        }
        let members = text.split('+').map(|name| Client::parse(name).map(|it| ClientId(it.0)));
        let members: Vec<ClientId> = members.collect::<Option<_>>()?;
        let ascends = members.len() > 1 && members.is_sorted_by(|one, next| one < next);
        ascends.then_some(SpaceKey(SpaceName::Members(members)))
    }
}

impl Default for SpaceKey {
    fn default() -> Self {
        SpaceKey(SpaceName::Conversation(0))
    }
}

impl fmt::Display for SpaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name_of(&self.0))
    }
}

impl Setting for SpaceKey {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let found = item.as_text().and_then(SpaceKey::parse);
        if found.is_none() {
            let what = format!("{} is {}", cx.key(), shown(item));
            let mend = "it is a conversation (\"k0\"), or those who write to each other, numbers ascending \
                        (\"c0+c4\")";
            cx.error(item.at, what, mend);
        }
        found
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(k(0|[1-9][0-9]*)|c(0|[1-9][0-9]*)([+]c(0|[1-9][0-9]*))+)$",
        })
    }
}

choice! {
    /// To whom gateways publish.
    pub enum Publish {
        /// To all of the space's servers.
        All = "all",
        /// To the nearest that are more than half; the first of them tells the others.
        Quorum = "quorum",
        /// To the nearest, which tells the others.
        Nearest = "nearest",
    }
}

choice! {
    /// Where gateways subscribe.
    pub enum Subscribe {
        /// At all servers of their clients' spaces.
        All = "all",
        /// At the nearest server of each space, and at the next when that is suspected.
        Nearest = "nearest",
    }
}

choice! {
    /// By what spaces are dealt to clusters.
    pub enum ClusterBy {
        /// By nothing: all are in the first.
        None = "none",
        /// By the region of most members' homes.
        Region = "region",
        /// By the team of most members.
        Team = "team",
        /// By how much is written in them.
        Volume = "volume",
        /// By the members that they share.
        Members = "members",
    }
}
