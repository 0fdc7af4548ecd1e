//! `replay`: a durable stream of events on a replicated bus, a dispatcher on each server, and a temporary one for each
//! client that has to catch up.
//!
//! A gateway publishes what its clients send. The bus gives each delivery a number in one stream of all clients, and
//! pushes it to every gateway; that which hosts the recipient sends it on. A device holds the number of the last event
//! that it got, and attaches with it: what it missed a temporary dispatcher reads for it, while the gateway's main one
//! queues what comes meanwhile.
//!
//! | what | where |
//! |---|---|
//! | numbers and terms | `number` |
//! | the source: publishing, ids that are known | `gateway::publishing` |
//! | the primary: writes, replicas that count, what is stored, pushes, reads | `bus/leading.rs` |
//! | replicas: what follows the newest, acks | `bus/following.rs` |
//! | copying, handing over | `bus/copying.rs` |
//! | heartbeats; what falls out | `bus/mod.rs`, `bus/stream.rs` |
//! | elections, new numbers | `bus/standing.rs` |
//! | the main dispatcher: position, gaps, reading, its FIFO | `gateway/dispatching.rs` |
//! | connections: when one begins and ends | `gateway/connecting.rs` |
//! | temporary dispatchers, the line before them | `gateway/catching_up.rs` |
//! | pushes, acks, repeats | `gateway/pushing.rs` |
//! | attaching, claims, the return of a gateway | `gateway/seating.rs` |
//! | numbers of its own | `counting.rs` |
//! | the device: numbers, gaps, what its disk knows, keepalives that measure | `device.rs` |

mod bus;
mod counting;
mod device;
mod event;
mod gateway;
mod letters;
mod number;
mod options;

use penult_sim::{Ids, NodeId, Span};

use crate::client::Client;
use crate::directory::{Directory, DirectoryDisk, DirectoryTimer, WithDirectory};
use crate::ids::{ClientId, DeliveryId};
use crate::own::{Own, OwnLevel, OwnTable};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::{SeatTimer, WithSeats, Written};
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::{Needs, Promises, Server};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::world::World;
pub use bus::{BusTimer, Replica, ReplicaDisk, Stream};
pub use device::{Numbered, NumberedDisk};
pub use event::Event;
pub use gateway::{Gateway, GatewayDisk, GatewayTimer};
pub use letters::{BusLetter, Letter, Trips, Word};
pub use number::{Number, Term};
pub use options::{Begin, ReplayOptions, Unreliable};

/// The replicas of the bus.
pub const BUS: ServiceKind = ServiceKind::numbered("bus");

/// The memory of a server.
#[expect(clippy::large_enum_variant, reason = "nearly all servers are gateways")]
pub enum Replay {
    /// A gateway.
    Gateway(Gateway),
    /// The directory.
    Directory(Directory),
    /// A replica of the bus.
    Bus(Replica),
}

/// The disk of a server.
pub enum ReplayDisk {
    /// A gateway's.
    Gateway(Box<GatewayDisk>),
    /// The directory's.
    Directory(DirectoryDisk),
    /// That of a replica of the bus.
    Bus(Box<ReplicaDisk>),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayTimer {
    /// A gateway's disk is done with what came as this delivery first.
    Written(DeliveryId),
    /// A gateway's own.
    Gateway(GatewayTimer),
    /// Of who hosts whom.
    Seat(SeatTimer),
    /// The directory's.
    Directory(DirectoryTimer),
    /// Of a replica of the bus.
    Bus(BusTimer),
}

impl From<Written> for ReplayTimer {
    fn from(Written(first): Written) -> Self {
        ReplayTimer::Written(first)
    }
}

impl From<SeatTimer> for ReplayTimer {
    fn from(timer: SeatTimer) -> Self {
        ReplayTimer::Seat(timer)
    }
}

impl From<DirectoryTimer> for ReplayTimer {
    fn from(timer: DirectoryTimer) -> Self {
        ReplayTimer::Directory(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for ReplayTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            ReplayTimer::Written(delivery) => (1, delivery.key()),
            ReplayTimer::Gateway(timer) => (2, timer.ids()),
            ReplayTimer::Seat(timer) => (3, timer.ids()),
            ReplayTimer::Directory(timer) => (4, timer.ids()),
            ReplayTimer::Bus(timer) => (5, timer.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

/// A context of this strategy's servers.
pub(crate) type Cx<'a> = crate::server::Cx<'a, Replay>;

impl WithDirectory for Replay {
    const TELLS_LOSERS_ONLY: bool = true;

    fn gathering(_: &ReplayOptions) -> Span {
        Span::ZERO
    }
}

impl WithSeats for Replay {
    fn directory_timeout(options: &ReplayOptions) -> Span {
        options.ack_timeout
    }
}

impl Server for Replay {
    const NAME: &'static str = "replay";
    const ABOUT: &'static str =
        "a durable stream of events, and temporary dispatchers that catch clients up";
    const PROMISES: Promises = Promises {
        survives: "every crash that leaves the disk of one replica of the bus that has it, for `retention` and within \
                   `retention_events`",
        order: "per recipient in the order of the stream, to devices that keep their disk",
        stores: "at the source until the bus has it, then on every replica of the bus that counts, delivered or not, \
                 until it falls out",
    };
    const SERVICES: &'static [ServiceKind] = &[ServiceKind::DIRECTORY, BUS];

    const METRICS: &'static [Own] = counting::METRICS;
    const TIMELINE: &'static [(&'static str, OwnLevel)] = counting::TIMELINE;
    const TABLES: &'static [OwnTable] = counting::TABLES;

    type Options = ReplayOptions;
    type Disk = ReplayDisk;
    type Packet = Letter;
    type Timer = ReplayTimer;
    type Device = Client<Self, Numbered>;

    fn needs(options: &ReplayOptions) -> Needs {
        Needs { list: options.length, ..Needs::default() }
    }

    fn services(options: &ReplayOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let replicas = ServiceSpec::several(BUS, options.replicas, &options.bus, facts);
        let replicas = replicas.map(|replica| ServiceSpec { is_close: true, ..replica });
        std::iter::once(ServiceSpec::only(ServiceKind::DIRECTORY, facts.directory))
            .chain(replicas)
            .collect()
    }

    fn policy(options: &ReplayOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        disk: &mut ReplayDisk,
        packet: &Packet<Letter, Word>,
        cx: &mut Cx<'_>,
    ) -> u32 {
        match (self, disk) {
            (Replay::Gateway(gateway), ReplayDisk::Gateway(disk)) => {
                gateway.policy_runs(disk, packet, cx)
            }
            _ => 0,
        }
    }

    fn new_disk(node: NodeId, world: &World<ReplayOptions>) -> ReplayDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => ReplayDisk::Gateway(Box::default()),
            _ if world.service(ServiceKind::DIRECTORY) == Some(node) => {
                ReplayDisk::Directory(DirectoryDisk::new(world))
            }
            _ => ReplayDisk::Bus(Box::default()),
        }
    }

    fn start(disk: &mut ReplayDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ReplayDisk::Gateway(_) => Replay::Gateway(Gateway::start(cx)),
            ReplayDisk::Directory(disk) => Replay::Directory(Directory::begin(disk, cx)),
            ReplayDisk::Bus(disk) => Replay::Bus(Replica::start(disk, cx)),
        }
    }

    fn recover(disk: &mut ReplayDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ReplayDisk::Gateway(disk) => Replay::Gateway(Gateway::recover(disk, cx)),
            ReplayDisk::Directory(disk) => Replay::Directory(Directory::begin(disk, cx)),
            ReplayDisk::Bus(disk) => Replay::Bus(Replica::recover(disk, cx)),
        }
    }

    fn hear(&mut self, disk: &mut ReplayDisk, from: ClientId, up: Up<Word>, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Replay::Gateway(gateway), ReplayDisk::Gateway(disk)) => {
                gateway.hear(disk, from, up, cx);
            }
            _ => panic!("{from} sent {up:?} to a service"),
        }
    }

    fn receive(&mut self, disk: &mut ReplayDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match (self, disk, letter) {
            (Replay::Gateway(gateway), ReplayDisk::Gateway(disk), letter) => {
                gateway.receive(disk, from, letter, cx);
            }
            (
                Replay::Directory(directory),
                ReplayDisk::Directory(disk),
                Letter::Directory(letter),
            ) => {
                directory.receive(disk, from, letter, cx);
            }
            (Replay::Bus(replica), ReplayDisk::Bus(disk), Letter::Bus(letter)) => {
                replica.receive(disk, from, letter, cx);
            }
            (.., letter) => panic!("{from} sent {letter:?} to {}", cx.node()),
        }
    }

    fn wake(&mut self, disk: &mut ReplayDisk, timer: ReplayTimer, cx: &mut Cx<'_>) {
        match (self, disk, timer) {
            (Replay::Gateway(gateway), ReplayDisk::Gateway(disk), timer) => {
                gateway.wake(disk, timer, cx);
            }
            (
                Replay::Directory(directory),
                ReplayDisk::Directory(_),
                ReplayTimer::Directory(timer),
            ) => {
                directory.wake(timer, cx);
            }
            (Replay::Bus(replica), ReplayDisk::Bus(disk), ReplayTimer::Bus(timer)) => {
                replica.wake(disk, timer, cx);
            }
            (.., timer) => panic!("{} has no {timer:?}", cx.node()),
        }
    }
}
