//! `mesh`: devices carry each other's messages where servers can't be reached.
//!
//! A device that reaches a server brings its messages there, over the first of its connections that is up; one that
//! doesn't, or finds the server slow, asks every device that it meets to carry them, and carriers do the same. What
//! has become of messages is told by servers, by a presence database, and from device to device, so that copies go
//! that nobody needs any more.
//!
//! | what | where |
//! |---|---|
//! | who is in contact, from a trace or a model | `contacts.rs` of this crate, and the engine |
//! | connections, groups, shares, coverage, as drawn before the run | `options.rs` |
//! | connections up, silent, in use, slow; beginning anew | `device/lines.rs` |
//! | the host: attaching, keepalives, lists | `device/attach.rs`, `gateway/seating.rs` |
//! | bringing messages to a server, attempts, rests | `device/submit.rs`, `gateway/intake.rs` |
//! | marks: learned, told, settling | `device/marks.rs` |
//! | turns, offers, transfers | `device/exchange.rs` |
//! | room, age, time here | `device/room.rs`, `device/buffer.rs` |
//! | presence: questions, the log, pushing | `device/questions.rs`, `presence.rs` |
//! | to the recipient, and the way back | `gateway/handing.rs`, `gateway/back.rs` |
//! | the user: wishes, mail, going offline | `device/user.rs` |

mod device;
mod gateway;
mod letters;
mod numbers;
mod options;
mod presence;

use std::rc::Rc;

use penult_sim::{Bandwidth, Contacts, Ids, Medium, MediumId, NodeId, Span};

use crate::directory::{Directory, DirectoryDisk, DirectoryTimer, WithDirectory};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::own::{Own, Watcher};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::{ParkingTimer, SeatTimer, WithSeats, Written};
use crate::places::{Kind, Places, RELAY};
use crate::policy::PolicyOptions;
use crate::reach::{LineSpec, Reach};
use crate::server::{Cx as ServerCx, Needs, Promises, Server};
use crate::service::ServiceName;
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::setup::Setup;
use crate::store::{Spill, Store, StoreDisk, StoreTimer, WithStore};
use crate::world::World;
pub use device::{Carrier, CarrierDisk, CarrierTimer};
pub use gateway::{Gateway, GatewayDisk};
pub use letters::{Copies, Down, Letter, Lines, Mail, Marks, Talk, Told, Up as DeviceUp};
pub use options::{
    Carrier as LineCarrier, ConnectionOptions, Coverage, DeviceOptions, Evict, ForgetOn,
    GroupOptions, Line, Members, MeshOptions, Peers, PresenceOptions,
};
pub use presence::{Presence, PresenceDisk};

type Cx<'a> = ServerCx<'a, Mesh>;

/// The presence database.
const PRESENCE: ServiceKind = ServiceKind::only("presence");

/// The memory of a server.
pub enum Mesh {
    /// A gateway.
    Gateway(Box<Gateway>),
    /// The directory.
    Directory(Directory),
    /// The presence database.
    Presence(Presence),
    /// The external store.
    Store(Store),
}

/// The disk of a server.
pub enum MeshDisk {
    /// A gateway's.
    Gateway(Box<GatewayDisk>),
    /// The directory's.
    Directory(Box<DirectoryDisk>),
    /// The presence database's.
    Presence(Box<PresenceDisk>),
    /// The external store's.
    Store(Box<StoreDisk>),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeshTimer {
    /// The disk is done with this.
    Written(DeliveryId),
    /// The recipient's host has not said that it stored this.
    Unstored(DeliveryId),
    /// The recipient has not said that it has this.
    Unhanded(DeliveryId),
    /// It was held for as long as messages are held.
    HoldOver(DeliveryId),
    /// About who hosts whom.
    Seat(SeatTimer),
    /// The directory's own.
    Directory(DirectoryTimer),
    /// Nobody said that the external store has this.
    Unparked(DeliveryId),
    /// What a gateway says to the external store was not answered.
    Parking(ParkingTimer),
    /// The external store's own.
    Store(StoreTimer),
}

impl From<ParkingTimer> for MeshTimer {
    fn from(timer: ParkingTimer) -> Self {
        MeshTimer::Parking(timer)
    }
}

impl From<StoreTimer> for MeshTimer {
    fn from(timer: StoreTimer) -> Self {
        MeshTimer::Store(timer)
    }
}

impl From<Written> for MeshTimer {
    fn from(Written(first): Written) -> Self {
        MeshTimer::Written(first)
    }
}

impl From<SeatTimer> for MeshTimer {
    fn from(timer: SeatTimer) -> Self {
        MeshTimer::Seat(timer)
    }
}

impl From<DirectoryTimer> for MeshTimer {
    fn from(timer: DirectoryTimer) -> Self {
        MeshTimer::Directory(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for MeshTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            MeshTimer::Written(delivery) => (1, delivery.key()),
            MeshTimer::Unstored(delivery) => (2, delivery.key()),
            MeshTimer::Unhanded(delivery) => (3, delivery.key()),
            MeshTimer::HoldOver(delivery) => (4, delivery.key()),
            MeshTimer::Seat(timer) => (5, timer.ids()),
            MeshTimer::Directory(timer) => (6, timer.ids()),
            MeshTimer::Unparked(delivery) => (7, delivery.key()),
            MeshTimer::Parking(timer) => (8, timer.ids()),
            MeshTimer::Store(timer) => (9, timer.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

impl WithDirectory for Mesh {
    fn gathering(_: &MeshOptions) -> Span {
        Span::ZERO
    }
}

impl WithSeats for Mesh {
    fn directory_timeout(options: &MeshOptions) -> Span {
        options.ack_timeout
    }
}

/// So often a question to the external store is asked before somebody else is.
const ATTEMPTS: u32 = 2;

impl WithStore for Mesh {
    fn remembering(options: &MeshOptions) -> Span {
        options.hold
    }

    /// Straight to the host.
    fn way(_: &World<MeshOptions>, _: ClientId, host: GatewayId) -> Rc<[GatewayId]> {
        Rc::new([host])
    }

    fn patience(options: &MeshOptions) -> (Span, u32) {
        (options.ack_timeout, ATTEMPTS)
    }
}

/// The node that a connection stands or falls with.
fn carrier(carrier: LineCarrier, places: &Places) -> NodeId {
    match carrier {
        LineCarrier::Access => places.access(),
        LineCarrier::Conduit(number) => places.conduit(number),
    }
}

/// Devices in contact for what they have in common, beside who meets whom.
fn media(options: &MeshOptions, places: &Places, contacts: &mut Contacts) {
    let list = &options.connections;
    let media: Vec<MediumId> = list
        .iter()
        .map(|it| {
            let needs = vec![carrier(it.carrier, places)];
            contacts.add_medium(Medium { needs, peers: it.peers != Peers::None })
        })
        .collect();
    let behind = |place: usize| list[place].over.iter().map(|&over| places.conduit(over));
    for one in 0..list.len() {
        for other in one + 1..list.len() {
            let (first, second) = (&list[one], &list[other]);
            let is_same = first.carrier == second.carrier
                && first.peers != Peers::None
                && second.peers != Peers::None;
            let both = first.peers == Peers::All && second.peers == Peers::All;
            if is_same || both {
                let needs: Vec<NodeId> = match is_same {
                    true => Vec::new(),
                    false => behind(one).chain(behind(other)).collect(),
                };
                contacts.bridge(media[one], media[other], &needs);
            }
        }
    }
}

impl Server for Mesh {
    const NAME: &'static str = "mesh";
    const ABOUT: &'static str =
        "devices carry each other's messages where servers can't be reached";
    const PROMISES: Promises = Promises {
        survives: "what a server has taken, with `forget_on = \"taken\"` (the default), as in `single`; with \
                   `\"delivered\"` devices keep it until its recipient has it, and bring it again",
        order: "none: copies take different ways",
        stores: "at the originator and every carrier until they hear that a server has it or, with `forget_on = \
                 \"delivered\"`, its recipient; at the source until the recipient's host has it, there until the \
                 recipient has it",
    };
    const SERVICES: &'static [ServiceKind] =
        &[ServiceKind::DIRECTORY, ServiceKind::STORE, PRESENCE, ServiceKind::numbered(RELAY)];

    const METRICS: &'static [Own] = numbers::METRICS;

    type Options = MeshOptions;
    type Disk = MeshDisk;
    type Packet = Letter;
    type Timer = MeshTimer;
    type Device = Carrier;

    fn needs(options: &MeshOptions) -> Needs {
        Needs { list: options.length, gateways: false, ..Needs::default() }
    }

    fn services(options: &MeshOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        if options.gateways == 0 {
            return Vec::new();
        }
        let mut services = vec![ServiceSpec::only(ServiceKind::DIRECTORY, facts.directory)];
        if let Some(presence) = options.presence.as_ref().filter(|it| it.at.is_none()) {
            services.push(ServiceSpec::only(PRESENCE, &presence.built));
        }
        if options.spill != Spill::Never {
            services.push(ServiceSpec::only(ServiceKind::STORE, facts.store));
        }
        services
    }

    fn members(_: &str, options: &MeshOptions) -> Vec<String> {
        options.kinds.iter().map(|&kind| kind.to_owned()).collect()
    }

    fn watcher(_: &World<MeshOptions>) -> Option<Box<dyn Watcher>> {
        Some(Box::new(numbers::Carriers::default()))
    }

    fn reach(options: &MeshOptions) -> Reach {
        Reach {
            relays: options.relays,
            conduits: options.conduits.to_vec(),
            has_lines: true,
            carries: true,
        }
    }

    fn settle(options: &mut MeshOptions, setup: &Setup) {
        options.settle(setup);
    }

    fn lines(options: &MeshOptions, device: u32, places: &Places) -> Vec<LineSpec> {
        let own = options.devices[device as usize].lines.iter();
        own.map(|line| {
            let connection = &options.connections[line.connection as usize];
            let behind = connection.over.iter().map(|&over| places.conduit(over)).collect();
            let carrier = Some(carrier(connection.carrier, places));
            LineSpec { link: connection.link.clone(), carrier, behind }
        })
        .collect()
    }

    fn contacts(options: &MeshOptions, places: &Places) -> Contacts {
        let mut contacts = options.contacts.plan(places);
        for (device, own) in (0..).zip(options.devices.iter()) {
            let all: Option<Bandwidth> = options.contacts.bandwidth;
            if own.radio.is_some() {
                contacts.set_radio(places.client(ClientId(device)), own.radio.or(all));
            }
        }
        media(options, places, &mut contacts);
        contacts
    }

    fn policy(options: &MeshOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        disk: &mut MeshDisk,
        packet: &Packet<Letter>,
        cx: &mut Cx<'_>,
    ) -> u32 {
        match (self, disk) {
            (Mesh::Gateway(gateway), MeshDisk::Gateway(disk)) => {
                gateway.policy_runs(disk, packet, cx)
            }
            _ => 0,
        }
    }

    fn new_disk(node: NodeId, world: &World<MeshOptions>) -> MeshDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => MeshDisk::Gateway(Box::default()),
            _ if world.service(ServiceKind::STORE) == Some(node) => MeshDisk::Store(Box::default()),
            _ if world.service(PRESENCE) == Some(node) => MeshDisk::Presence(Box::default()),
            _ => MeshDisk::Directory(Box::new(DirectoryDisk::new(world))),
        }
    }

    fn start(disk: &mut MeshDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            MeshDisk::Gateway(_) => Mesh::Gateway(Box::new(Gateway::start(cx))),
            MeshDisk::Directory(disk) => Mesh::Directory(Directory::begin(disk, cx)),
            MeshDisk::Presence(_) => Mesh::Presence(Presence::default()),
            MeshDisk::Store(disk) => Mesh::Store(Store::begin(disk, cx)),
        }
    }

    fn recover(disk: &mut MeshDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            MeshDisk::Gateway(disk) => Mesh::Gateway(Box::new(Gateway::recover(disk, cx))),
            MeshDisk::Directory(disk) => Mesh::Directory(Directory::begin(disk, cx)),
            MeshDisk::Presence(_) => Mesh::Presence(Presence::default()),
            MeshDisk::Store(disk) => Mesh::Store(Store::begin(disk, cx)),
        }
    }

    fn hear(&mut self, _: &mut MeshDisk, from: ClientId, up: Up, cx: &mut Cx<'_>) {
        panic!("{from} sent {up:?} to {} over no connection", cx.node());
    }

    fn receive(&mut self, disk: &mut MeshDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Mesh::Gateway(gateway), MeshDisk::Gateway(disk)) => {
                gateway.receive(disk, from, letter, cx);
            }
            (Mesh::Directory(directory), MeshDisk::Directory(disk)) => match letter {
                Letter::Directory(letter) => directory.receive(disk, from, letter, cx),
                letter => panic!("{from} sent {letter:?} to the directory"),
            },
            (Mesh::Presence(presence), MeshDisk::Presence(disk)) => match letter {
                Letter::Up { via, uses, up } => {
                    presence.device_said(disk, from, (via, uses), up, cx);
                }
                Letter::Delivered(told) => presence.delivered(disk, told, cx),
                letter => panic!("{from} sent {letter:?} to the presence database"),
            },
            (Mesh::Store(store), MeshDisk::Store(disk)) => match letter {
                Letter::Store(letter) => store.receive(disk, from, *letter, cx),
                letter => panic!("{from} sent {letter:?} to the store"),
            },
            _ => unreachable!("a server has its own disk"),
        }
    }

    fn wake(&mut self, disk: &mut MeshDisk, timer: MeshTimer, cx: &mut Cx<'_>) {
        match (self, disk, timer) {
            (Mesh::Gateway(gateway), MeshDisk::Gateway(disk), timer) => {
                gateway.wake(disk, timer, cx);
            }
            (Mesh::Directory(directory), _, MeshTimer::Directory(timer)) => {
                directory.wake::<Mesh>(timer, cx);
            }
            (Mesh::Store(store), MeshDisk::Store(disk), MeshTimer::Store(timer)) => {
                store.wake(disk, timer, cx);
            }
            (.., timer) => panic!("{} has no {timer:?}", cx.node()),
        }
    }
}

/// How a conduit is called, as nodes are.
pub fn conduit(name: &'static str) -> ServiceName {
    ServiceName::only(name)
}
