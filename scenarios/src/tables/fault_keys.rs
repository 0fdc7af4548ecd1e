//! `[[fault]]` as it is written: every key that one may have.

use std::collections::BTreeMap;

use penult_sim::{Span, Time};
use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Target, Who};
use crate::names::{Client, MessageName, NodeName};
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{AboveZero, OneOrMore, Setting};
use crate::reading::table::{choice, table};
use crate::reading::write::Out;
use crate::units::{Factor, Share, Varying};

table! {
    /// What breaks (crash, region, link, partition, slow or offline), and when (at, mtbf, file or when).
    pub struct FaultKeys {
        /// Nodes are dead: one, a list, "gateways", "clients", "services", { host_of = "c7" } or
        /// { penultimate_of = "c7" }. What is in memory is gone. While "access" is dead, every client is off the
        /// network, and knows it.
        /// Absent: something else breaks.
        crash: Option<Who>,
        /// Beside `crash`: whether the disk survives.
        /// Absent: it does.
        disk: Option<DiskFate>,
        /// Every node of this region is dead and every link in it down.
        /// Absent: something else breaks.
        region: Option<String>,
        /// The link between two nodes is down.
        /// Absent: something else breaks.
        link: Option<Vec<NodeName>>,
        /// Beside `link`: whether both ways or only from the first to the second.
        /// Absent: both.
        direction: Option<Direction>,
        /// Groups of nodes between which nothing passes. Gateways and services that no group has are in
        /// the first.
        /// Absent: something else breaks.
        partition: Option<Vec<Vec<NodeName>>>,
        /// A node, or a link (two nodes), is worse than built: any of `latency`, `bandwidth`, `cpu`,
        /// `loss`, `duplicate` and `corrupt` says how.
        /// Absent: something else breaks.
        slow: Option<Target>,
        /// Beside `slow`: latencies are multiplied with this.
        /// Absent: they stay.
        latency: Option<Factor>,
        /// Beside `slow`: bandwidths are multiplied with this.
        /// Absent: they stay.
        bandwidth: Option<Factor>,
        /// Beside `slow`: CPU times are multiplied with this.
        /// Absent: they stay.
        cpu: Option<Factor>,
        /// Beside `slow`: the share of packets that get lost on top.
        /// Absent: none.
        loss: Option<Share>,
        /// Beside `slow`: the share of packets that arrive twice on top.
        /// Absent: none.
        duplicate: Option<Share>,
        /// Beside `slow`: the share of packets that arrive corrupted and are discarded.
        /// Absent: none.
        corrupt: Option<Share>,
        /// Devices are off the network and know it: one, a list, or "clients".
        /// Absent: something else breaks.
        offline: Option<Who>,
        /// It happens once, at this instant.
        /// Absent: `mtbf`, `file` or `when` says it.
        at: Option<Time>,
        /// Beside `at` or `when`: how long it lasts.
        /// Absent: to the end.
        lasts as "for": Option<Span> [AboveZero],
        /// It happens again and again: how long from a repair to the next failure. May vary; a plain
        /// value is the mean of an exponential distribution.
        /// Absent: `at`, `file` or `when` says it.
        mtbf: Option<Varying<Span>> [AboveZero],
        /// Beside `mtbf`: how long a repair takes. May vary; a plain value is always the same.
        /// Absent: there is no `mtbf`.
        mttr: Option<Varying<Span>> [AboveZero],
        /// Beside `mtbf`: so many, chosen anew each time, fail at once.
        /// Absent: each fails by itself.
        together: Option<u32> [OneOrMore],
        /// Beside `mtbf`: the clock of the first failure begins here.
        /// Absent: at the start.
        from: Option<Time>,
        /// Beside `mtbf`: nothing fails from here on.
        /// Absent: to the end.
        until: Option<Time>,
        /// It happens as a CSV file with the columns node,down_s,up_s says.
        /// Absent: `at`, `mtbf` or `when` says it.
        file: Option<String>,
        /// Beside `file`: what the nodes of the file are called here, as in { "17" = "g0" }.
        /// Absent: the names are the same.
        map: Option<BTreeMap<String, NodeName>>,
        /// It happens when something happens in the run.
        /// Absent: `at`, `mtbf` or `file` says it.
        when: Option<Trigger>,
        /// Beside `when`: how long after that.
        /// Absent: at that instant.
        after: Option<Span>,
    }
}

table! {
    /// What sets off a fault, once. Every condition beside `event` may be left out.
    pub struct Trigger {
        /// What happens.
        event: Event,
        /// At which node: that of the sender with sent and accepted, of the recipient with delivered, the
        /// suspect with suspected, else the server that does it. One, a list, a group, or who plays a role
        /// then.
        /// Absent: at any.
        node: Option<Who>,
        /// To which message. Not with suspected, claimed, handed-over and the resyncs.
        /// Absent: to any.
        message: Option<MessageName>,
        /// The sender with sent and accepted, the recipient with stored and delivered, the client itself
        /// with claimed and handed-over. Not with suspected and the resyncs.
        /// Absent: any.
        client: Option<Client>,
        /// At the how-manieth time that all of this is so.
        nth: u32 [OneOrMore] = 1,
    }
}

choice! {
    /// Whether a disk survives a crash.
    pub enum DiskFate {
        /// What was written is there afterwards.
        Kept = "kept",
        /// The node comes back with a new disk.
        Lost = "lost",
    }
}

impl Event {
    /// Whether it happens to a message.
    pub fn has_message(self) -> bool {
        matches!(self, Event::Sent | Event::Stored | Event::Accepted | Event::Delivered)
    }

    /// Whether it happens to a client.
    pub fn has_client(self) -> bool {
        self.has_message() || matches!(self, Event::Claimed | Event::HandedOver)
    }
}

impl From<Event> for penult_models::Event {
    fn from(event: Event) -> Self {
        match event {
            Event::Sent => penult_models::Event::Sent,
            Event::Stored => penult_models::Event::Stored,
            Event::Accepted => penult_models::Event::Accepted,
            Event::Suspected => penult_models::Event::Suspected,
            Event::Claimed => penult_models::Event::Claimed,
            Event::HandedOver => penult_models::Event::HandedOver,
            Event::ResyncStarted => penult_models::Event::ResyncStarted,
            Event::ResyncFinished => penult_models::Event::ResyncFinished,
            Event::Delivered => penult_models::Event::Delivered,
        }
    }
}

impl From<DiskFate> for penult_sim::DiskFate {
    fn from(fate: DiskFate) -> Self {
        match fate {
            DiskFate::Kept => penult_sim::DiskFate::Kept,
            DiskFate::Lost => penult_sim::DiskFate::Lost,
        }
    }
}

choice! {
    /// Which ways of a link are down.
    pub enum Direction {
        /// Both.
        Both = "both",
        /// From the first end to the second only.
        Forward = "forward",
    }
}

choice! {
    /// What happens in a run and can set off a fault.
    pub enum Event {
        /// A user sends a message, also one whose device is offline.
        Sent = "sent",
        /// A server has stored a message, once for each of its recipients.
        Stored = "stored",
        /// A sender is told that the system has its message.
        Accepted = "accepted",
        /// A node is suspected.
        Suspected = "suspected",
        /// The directory lets a gateway have a client.
        Claimed = "claimed",
        /// A new host has sent its client what it holds.
        HandedOver = "handed-over",
        /// A gateway that returned begins to synchronise.
        ResyncStarted = "resync-started",
        /// It has finished.
        ResyncFinished = "resync-finished",
        /// A message reaches its recipient, for the first time.
        Delivered = "delivered",
    }
}

impl Setting for BTreeMap<String, NodeName> {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Content::Table(table) = &item.content else {
            let what = format!("{} is {}", cx.key(), item.kind());
            cx.error(item.at, what, "it is a table of names, as in { \"17\" = \"g0\" }");
            return None;
        };
        let entries = table.entries().iter().map(|entry| {
            let name = cx.within(&entry.key, |cx| NodeName::read(&entry.item, cx));
            (entry.key.clone(), name.unwrap_or_default())
        });
        Some(entries.collect())
    }

    fn write(&self) -> Option<Out> {
        let entry =
            |(name, node): (&String, &NodeName)| (name.clone(), Out::Text(node.to_string()));
        Some(Out::Table(self.iter().map(entry).collect()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": NodeName::schema(generator) })
    }
}
