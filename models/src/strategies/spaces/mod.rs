//! `spaces`: redundant space servers across regions, and clusters of them.
//!
//! Each conversation, and each set of people who write to each other, is a space, which several space servers have. A
//! sender's gateway publishes to them; gateways subscribe at them for the clients that they host; each server pushes
//! what it has stored to its subscribers, and replicas offer each other what they store.
//!
//! | rule | file |
//! |---|---|
//! | spaces, placement, clusters | `plan/` |
//! | publishing, what is accepted, suspicion of a server | `gateway/publishing.rs` |
//! | subscriptions | `gateway/subscribing.rs`; the server's side in `server/subscribers.rs` |
//! | whom a gateway hosts, attaching, what a device has | `gateway/seating.rs`, `device.rs` |
//! | what is pushed is passed on, in order with a lead | `gateway/passing.rs` |
//! | storing, acknowledging, forwarding, retention | `server/storing.rs`, `server/shelf.rs` |
//! | offers between replicas | `server/offering.rs` |
//! | a server's return | `server/returning.rs` |
//! | heartbeats, watching, suspicion | `server/watching.rs`, `gateway/watching.rs` |
//! | the lead: numbers, elections | `server/lead.rs`, `server/numbers.rs`, `server/election.rs` |
//! | moves, replacement, the map | `map.rs`, `directory.rs` |
//! | what is counted | `counting.rs` |

mod counting;
mod device;
mod directory;
mod gateway;
mod ids;
mod letters;
mod map;
mod options;
mod plan;
mod server;

use std::sync::Arc;

use penult_sim::{Context, Ids, NodeId, Span};

use crate::client::Client;
use crate::directory::{DirectoryTimer, WithDirectory};
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::member::{Member, MemberTimer};
use crate::own::{Own, OwnLevel, OwnTable, Watcher};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::hosting::Unacknowledged;
use crate::parts::{Probe, SeatTimer, WithSeats, WithSuspects, Written};
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::{Needs, Promises, Server};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::setup::Setup;
use crate::world::{QueuePlace, World};
pub use device::Numbered;
pub use directory::{Keeper, KeeperDisk};
pub use gateway::{Gateway, GatewayDisk};
pub use ids::{ServerId, Servers, SpaceId};
pub use letters::{
    Copied, Entry, Has, Item, LeadLetter, Letter, MapLetter, Missing, Number, Numbers, Offered,
    Publishing, Pushing, Reign, Subscribing, Table, Wanted,
};
pub use map::Map;
pub use options::{ClusterBy, Move, Publish, SpaceName, SpacesOptions, Subscribe};
pub use plan::{Plan, Space, name_of};
pub use server::{Replica, ReplicaDisk};

/// The memory of a server.
pub enum Spaces {
    /// A gateway.
    Gateway(Gateway),
    /// The directory.
    Directory(Keeper),
    /// A space server.
    Replica(Replica),
}

/// The disk of a server.
pub enum SpacesDisk {
    /// A gateway's.
    Gateway(Box<GatewayDisk>),
    /// The directory's.
    Directory(Box<KeeperDisk>),
    /// A space server's.
    Replica(Box<ReplicaDisk>),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpacesTimer {
    /// The disk is done with what came as this delivery first.
    Written(DeliveryId),
    /// The client has not acknowledged this.
    Unacknowledged(DeliveryId),
    /// Time to ask a suspect whether it is there.
    Probe(NodeId),
    /// What a gateway asks the directory, or a client that it hosts, was not answered.
    Seats(SeatTimer),
    /// The directory's own, of hosts.
    Directory(DirectoryTimer),
    /// This server has not acknowledged this.
    Unacked(MessageId, ServerId),
    /// The directory has not said where the space of this is.
    Unfound(MessageId),
    /// This server has not answered a subscription.
    Unanswered(ServerId),
    /// Something may have been kept for long enough.
    Expires,
    /// This server may be silent for too long.
    Silent(ServerId),
    /// Something may be due to be offered to this server.
    Due(ServerId),
    /// This server has not answered this offer.
    Unoffered(ServerId, u64),
    /// This server has not answered the exchange.
    Unexchanged(ServerId),
    /// This gateway has not acknowledged this push.
    Unpushed(GatewayId, u64),
    /// Time to say that one is there.
    Beat,
    /// One has waited for long enough to stand.
    Elect(SpaceId),
    /// One was not elected in time.
    Unelected(SpaceId),
    /// A space moves: the next of the list.
    Move(u32),
    /// This node has not heard of all moves.
    Untold(NodeId),
    /// This server has been suspected for long enough to be replaced.
    Replace(ServerId),
}

impl From<Unacknowledged> for SpacesTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        SpacesTimer::Unacknowledged(delivery)
    }
}

impl From<Written> for SpacesTimer {
    fn from(Written(first): Written) -> Self {
        SpacesTimer::Written(first)
    }
}

impl From<SeatTimer> for SpacesTimer {
    fn from(timer: SeatTimer) -> Self {
        SpacesTimer::Seats(timer)
    }
}

impl From<Probe<NodeId>> for SpacesTimer {
    fn from(Probe(suspect): Probe<NodeId>) -> Self {
        SpacesTimer::Probe(suspect)
    }
}

impl From<DirectoryTimer> for SpacesTimer {
    fn from(timer: DirectoryTimer) -> Self {
        SpacesTimer::Directory(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for SpacesTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match *self {
            SpacesTimer::Written(delivery) => (2, delivery.key()),
            SpacesTimer::Unacknowledged(delivery) => (5, delivery.key()),
            SpacesTimer::Probe(node) => (8, node.raw().into()),
            // 9, 10, 11 and 50.
            SpacesTimer::Seats(timer) => return timer.ids(),
            SpacesTimer::Directory(timer) => (12, timer.ids()),
            SpacesTimer::Unacked(message, server) => {
                (20, u64::from(message.raw()) << 32 | u64::from(server.0))
            }
            SpacesTimer::Unfound(message) => (21, message.raw().into()),
            SpacesTimer::Unanswered(server) => (22, server.0.into()),
            SpacesTimer::Expires => (23, 0),
            SpacesTimer::Silent(server) => (24, server.0.into()),
            SpacesTimer::Due(server) => (25, server.0.into()),
            SpacesTimer::Unoffered(server, round) => (26, u64::from(server.0) << 40 ^ round),
            SpacesTimer::Unexchanged(server) => (27, server.0.into()),
            SpacesTimer::Unpushed(gateway, number) => (28, u64::from(gateway.0) << 40 ^ number),
            SpacesTimer::Beat => (29, 0),
            SpacesTimer::Elect(space) => (30, space.0.into()),
            SpacesTimer::Unelected(space) => (31, space.0.into()),
            SpacesTimer::Move(number) => (32, number.into()),
            SpacesTimer::Untold(node) => (33, node.raw().into()),
            SpacesTimer::Replace(server) => (34, server.0.into()),
        };
        kind_and_ids(kind, ids)
    }
}

/// A space server.
const SPACE_SERVER: ServiceKind = ServiceKind::numbered("s");

/// A server's context.
type Cx<'a> = Context<'a, Member<Spaces>>;

fn timer<C>(timer: SpacesTimer) -> MemberTimer<SpacesTimer, C> {
    MemberTimer::Server(timer)
}

/// Sends a letter to a space server.
fn to_server(to: ServerId, letter: Letter, cx: &mut Cx<'_>) {
    cx.send(to.node(&cx.world().places), Packet::Between(letter));
}

/// Sends a letter to a gateway.
fn to_gateway(to: GatewayId, letter: Letter, cx: &mut Cx<'_>) {
    cx.send(cx.world().places.gateway(to), Packet::Between(letter));
}

/// Sends a letter to the directory.
fn to_directory(letter: MapLetter, cx: &mut Cx<'_>) {
    let directory = cx.world().service(ServiceKind::DIRECTORY).expect("there is a directory");
    cx.send(directory, Packet::Between(Letter::Map(letter)));
}

impl WithDirectory for Spaces {
    fn gathering(options: &SpacesOptions) -> Span {
        options.notice
    }
}

impl WithSeats for Spaces {
    fn directory_timeout(options: &SpacesOptions) -> Span {
        options.ack_timeout
    }
}

impl WithSuspects<NodeId> for Spaces {
    fn probe(options: &SpacesOptions) -> Span {
        options.probe
    }
}

impl Server for Spaces {
    const NAME: &'static str = "spaces";
    const ABOUT: &'static str =
        "redundant space servers across regions, to which gateways publish and subscribe";
    const PROMISES: Promises = Promises {
        survives: "with `queue = \"disk\"` every crash that leaves a disk; with `\"memory\"` the crashes of all but \
                   one of the space servers that have stored it: `accept_after` of them when it is accepted, all \
                   `replicas` soon after",
        order: "with `lead = true` one for each space, but for what was numbered twice; without it per sender and \
                recipient, while nothing fails and nothing is sent again",
        stores: "at all space servers of its space for `retention`, whoever has received it",
    };
    const SERVICES: &'static [ServiceKind] = &[ServiceKind::DIRECTORY, SPACE_SERVER];
    const METRICS: &'static [Own] = counting::METRICS;
    const TIMELINE: &'static [(&'static str, OwnLevel)] = counting::TIMELINE;
    const TABLES: &'static [OwnTable] = counting::TABLES;

    type Options = SpacesOptions;
    type Disk = SpacesDisk;
    type Packet = Letter;
    type Timer = SpacesTimer;
    type Device = Client<Self, Numbered>;

    fn needs(options: &SpacesOptions) -> Needs {
        Needs { list: options.length, queue_at_gateways: false, ..Needs::default() }
    }

    fn services(options: &SpacesOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let durable = facts.queue == QueuePlace::Disk;
        let servers = ServiceSpec::several(SPACE_SERVER, options.servers, &options.server, facts);
        let servers = servers.map(|server| ServiceSpec { durable, ..server });
        std::iter::once(ServiceSpec::only(ServiceKind::DIRECTORY, facts.directory))
            .chain(servers)
            .collect()
    }

    fn watcher(world: &World<SpacesOptions>) -> Option<Box<dyn Watcher>> {
        Some(Box::new(counting::Eye::new(world)))
    }

    fn policy(options: &SpacesOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        _: &mut SpacesDisk,
        packet: &Packet<Letter, Numbers>,
        cx: &mut Cx<'_>,
    ) -> u32 {
        match self {
            Spaces::Gateway(gateway) => gateway.policy_runs(packet, cx),
            _ => 0,
        }
    }

    fn prepare(world: &mut World<SpacesOptions>, setup: &Setup) {
        world.strategy.plan = Arc::new(Plan::new(world, setup));
    }

    fn new_disk(node: NodeId, world: &World<SpacesOptions>) -> SpacesDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => SpacesDisk::Gateway(Box::default()),
            Kind::Service(0) => SpacesDisk::Directory(Box::new(KeeperDisk::new(world))),
            _ => SpacesDisk::Replica(Box::default()),
        }
    }

    fn lose_disk(disk: &mut SpacesDisk, node: NodeId, world: &World<SpacesOptions>) {
        match disk {
            // It holds nothing but the map.
            SpacesDisk::Gateway(_) => {}
            SpacesDisk::Replica(disk) => disk.lose(),
            SpacesDisk::Directory(_) => *disk = Self::new_disk(node, world),
        }
    }

    fn start(disk: &mut SpacesDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            SpacesDisk::Gateway(_) => Spaces::Gateway(Gateway::start(cx)),
            SpacesDisk::Directory(disk) => Spaces::Directory(Keeper::begin(disk, cx)),
            SpacesDisk::Replica(disk) => Spaces::Replica(Replica::start(disk, cx)),
        }
    }

    fn recover(disk: &mut SpacesDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            SpacesDisk::Gateway(_) => Spaces::Gateway(Gateway::recover(cx)),
            SpacesDisk::Directory(disk) => Spaces::Directory(Keeper::begin(disk, cx)),
            SpacesDisk::Replica(disk) => Spaces::Replica(Replica::recover(disk, cx)),
        }
    }

    fn hear(&mut self, disk: &mut SpacesDisk, from: ClientId, up: Up<Numbers>, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Spaces::Gateway(gateway), SpacesDisk::Gateway(disk)) => {
                gateway.hear(disk, from, up, cx);
            }
            _ => panic!("{from} sent {up:?} to {}", cx.node()),
        }
    }

    fn receive(&mut self, disk: &mut SpacesDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Spaces::Gateway(gateway), SpacesDisk::Gateway(disk)) => {
                gateway.receive(disk, from, letter, cx);
            }
            (Spaces::Replica(replica), SpacesDisk::Replica(disk)) => {
                replica.receive(disk, from, letter, cx);
            }
            (Spaces::Directory(keeper), SpacesDisk::Directory(disk)) => {
                keeper.receive(disk, from, letter, cx);
            }
            _ => unreachable!("a server has its own disk"),
        }
    }

    fn wake(&mut self, disk: &mut SpacesDisk, timer: SpacesTimer, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Spaces::Gateway(gateway), SpacesDisk::Gateway(disk)) => gateway.wake(disk, timer, cx),
            (Spaces::Replica(replica), SpacesDisk::Replica(disk)) => {
                replica.wake(disk, timer, cx);
            }
            (Spaces::Directory(keeper), SpacesDisk::Directory(disk)) => {
                keeper.wake(disk, timer, cx);
            }
            _ => unreachable!("a server has its own disk"),
        }
    }
}
