//! `migrate`: a broker holds messages as tasks, each is performed at the server that has its recipient's data, and while
//! those move to another server the tasks are put back and wait.
//!
//! Which rule stands where:
//!
//! | rule | what | file |
//! |---|---|---|
//! | 1 | taking in | `server/intake.rs`, `broker/storing.rs` |
//! | 2 | asking the primary | `server/questions.rs`, `broker/mod.rs` |
//! | 3, 5, 6, 10 | handing over, lines, putting back | `broker/handing.rs` |
//! | 4 | performing | `server/performing.rs` |
//! | 7, 13, 14 | what is decided: requests, evacuation, drains | `broker/deciding.rs` |
//! | 8, 11 | what follows from what was decided | `broker/following.rs` |
//! | 8, 9, 11 | moving, as both servers see it | `server/moving.rs` |
//! | 12 | who is there, checks | `broker/watching.rs`, `server/seating.rs` |
//! | 15 | replicas: what is written where | `broker/writing.rs` |
//! | 16 | terms and elections | `broker/electing.rs` |
//! | 17 | joining | `broker/joining.rs` |
//! | 18 | devices | `server/mod.rs`, `device.rs` |

mod broker;
mod device;
mod letters;
mod numbers;
mod options;
mod record;
mod server;
mod tasks;
mod timers;

use penult_sim::NodeId;

use crate::client::{Client, WordOf};
use crate::ids::ClientId;
use crate::own::{Own, OwnLevel, OwnTable, Watcher};
use crate::packet::{Packet, Up};
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::{Cx, Needs, Promises, Server as IsServer};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use broker::{Broker, BrokerDisk};
pub use device::Knowing;
pub use letters::{Ask, Inventory, Known, Letter, Parcel, Peer, Reply, Say, Whole, Written};
pub use options::{Drain, MigrateOptions, Plan, Request, Term};
pub use record::{Record, Running};
use server::{Server, ServerDisk};
pub use tasks::{Gone, Task};
pub use timers::MigrateTimer;

type Options = MigrateOptions;
type World = crate::world::World<Options>;
type Context<'a> = Cx<'a, Migrate>;

/// The kind of service that brokers are.
pub const BROKER: ServiceKind = ServiceKind::numbered("broker");

/// The memory of a server.
pub enum Migrate {
    /// A gateway.
    Server(Box<Server>),
    /// One of the broker's replicas.
    Broker(Box<Broker>),
}

/// The disk of a server.
pub enum MigrateDisk {
    /// A gateway's.
    Server(Box<ServerDisk>),
    /// A broker's.
    Broker(Box<BrokerDisk>),
}

impl IsServer for Migrate {
    const NAME: &'static str = "migrate";
    const ABOUT: &'static str =
        "a broker holds tasks for clients whose data migrate between servers";
    const PROMISES: Promises = Promises {
        survives: "with one or three brokers whatever leaves a broker's disk that has it, or after that the recipient's \
                   inbox; with `keep = \"delivered\"` whatever leaves a broker's disk",
        order: "with `order = \"client\"` per recipient, in the order in which the broker stored them; else none",
        stores: "as a task on the disk of each broker until it is performed, or with `keep = \"delivered\"` delivered; \
                 then in the inbox at its recipient's server until `delete_on`",
    };
    const SERVICES: &'static [ServiceKind] = &[BROKER];
    const METRICS: &'static [Own] = numbers::METRICS;
    const TIMELINE: &'static [(&'static str, OwnLevel)] = numbers::TIMELINE;
    const TABLES: &'static [OwnTable] = numbers::TABLES;

    type Options = MigrateOptions;
    type Disk = MigrateDisk;
    type Packet = Letter;
    type Timer = MigrateTimer;
    type Device = Client<Self, Knowing>;

    fn needs(options: &MigrateOptions) -> Needs {
        Needs {
            list: options.length,
            tells: options.delete_on.told_by_device(),
            ..Needs::default()
        }
    }

    fn services(options: &MigrateOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let brokers = ServiceSpec::several(BROKER, options.replicas, &options.broker, facts);
        brokers.map(|broker| ServiceSpec { is_close: true, ..broker }).collect()
    }

    fn policy(options: &MigrateOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        disk: &mut MigrateDisk,
        packet: &Packet<Letter, WordOf<Self>>,
        cx: &mut Cx<'_, Self>,
    ) -> u32 {
        match (self, disk) {
            (Migrate::Server(server), MigrateDisk::Server(disk)) => {
                server.policy_runs(disk, packet, cx)
            }
            _ => 0,
        }
    }

    fn watcher(world: &World) -> Option<Box<dyn Watcher>> {
        numbers::Inboxes::watch(world)
    }

    fn new_disk(node: NodeId, world: &World) -> MigrateDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => MigrateDisk::Server(Box::default()),
            _ => MigrateDisk::Broker(Box::new(BrokerDisk::new(&world.strategy))),
        }
    }

    /// A server's counts and its term no fault takes, and of a broker the tasks alone.
    fn lose_disk(disk: &mut MigrateDisk, _: NodeId, world: &World) {
        match disk {
            MigrateDisk::Server(disk) => disk.lose(world),
            MigrateDisk::Broker(disk) => disk.lose(),
        }
    }

    fn start(disk: &mut MigrateDisk, cx: &mut Cx<'_, Self>) -> Self {
        match disk {
            MigrateDisk::Server(_) => Migrate::Server(Box::new(Server::start(cx))),
            MigrateDisk::Broker(disk) => Migrate::Broker(Box::new(Broker::start(disk, cx))),
        }
    }

    fn recover(disk: &mut MigrateDisk, cx: &mut Cx<'_, Self>) -> Self {
        match disk {
            MigrateDisk::Server(disk) => Migrate::Server(Box::new(Server::recover(disk, cx))),
            MigrateDisk::Broker(disk) => Migrate::Broker(Box::new(Broker::recover(disk, cx))),
        }
    }

    fn hear(
        &mut self,
        disk: &mut MigrateDisk,
        from: ClientId,
        up: Up<Known>,
        cx: &mut Cx<'_, Self>,
    ) {
        match (self, disk) {
            (Migrate::Server(server), MigrateDisk::Server(disk)) => server.hear(disk, from, up, cx),
            _ => panic!("{from} sent {up:?} to a broker"),
        }
    }

    fn receive(
        &mut self,
        disk: &mut MigrateDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_, Self>,
    ) {
        match (self, disk) {
            (Migrate::Server(server), MigrateDisk::Server(disk)) => {
                server.receive(disk, from, letter, cx);
            }
            (Migrate::Broker(broker), MigrateDisk::Broker(disk)) => {
                broker.receive(disk, from, letter, cx);
            }
            _ => unreachable!("a server has its own disk"),
        }
    }

    fn wake(&mut self, disk: &mut MigrateDisk, timer: MigrateTimer, cx: &mut Cx<'_, Self>) {
        match (self, disk, timer) {
            (Migrate::Server(server), MigrateDisk::Server(disk), MigrateTimer::Server(timer)) => {
                server.wake(disk, timer, cx)
            }
            (
                Migrate::Broker(broker),
                MigrateDisk::Broker(disk),
                MigrateTimer::Broker(era, timer),
            ) => broker.wake(disk, era, timer, cx),
            (.., timer) => panic!("{} has no {timer:?}", cx.node()),
        }
    }
}
