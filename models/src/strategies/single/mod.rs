//! `single`: one host for each client, no mirror, no failover. The floor that every strategy has to beat.
//!
//! The source stores a message, says so to the sender's device, sends it to the recipient's home and
//! keeps it until that has stored it. No client changes host; a dead host's clients wait for it.

mod gateway;
mod letters;
mod parking;
mod shelf;

use penult_sim::{Ids, NodeId, Span};

use crate::client::Client;
use crate::ids::{ClientId, DeliveryId};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::Written;
use crate::parts::hosting::Unacknowledged;
use crate::parts::parking::ParkingTimer;
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::{Cx, Needs, Promises, Server};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::store::{Spill, Store, StoreDisk, StoreTimer, WithStore};
use crate::world::World;
pub use gateway::{Gateway, GatewayDisk};
pub use letters::Letter;

/// The table `[single]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleOptions {
    /// How long the source waits for the host before it sends again; doubled each time, up to 10 s.
    pub ack_timeout: Span,
    /// Policy.
    pub policy: PolicyOptions,
    /// Whether it runs at every gateway instead of at the source alone.
    pub policy_everywhere: bool,
    /// How long a gateway holds what was not delivered, and remembers what was.
    pub hold: Span,
    /// When that goes to the external store.
    pub spill: Spill,
}

impl Default for SingleOptions {
    fn default() -> Self {
        SingleOptions {
            ack_timeout: Span::millis(200),
            policy: PolicyOptions::default(),
            policy_everywhere: false,
            hold: Span::secs(24 * 3600),
            spill: Spill::Never,
        }
    }
}

/// The memory of a server.
#[expect(clippy::large_enum_variant, reason = "nearly all servers are gateways")]
pub enum Single {
    /// A gateway.
    Gateway(Gateway),
    /// The external store.
    Store(Store),
}

/// The disk of a server.
pub enum SingleDisk {
    /// A gateway's.
    Gateway(Box<GatewayDisk>),
    /// The external store's.
    Store(Box<StoreDisk>),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingleTimer {
    /// The disk is done with what came as this delivery first.
    Written(DeliveryId),
    /// The host has not said that it stored this.
    Unstored(DeliveryId),
    /// The client has not said that it got this.
    Unacknowledged(DeliveryId),
    /// It was held for as long as messages are held.
    HoldOver(DeliveryId),
    /// Nobody said that the external store has this.
    Unparked(DeliveryId),
    /// What a gateway says to the external store was not answered.
    Parking(ParkingTimer),
    /// The external store's own.
    Store(StoreTimer),
}

impl From<Unacknowledged> for SingleTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        SingleTimer::Unacknowledged(delivery)
    }
}

impl From<Written> for SingleTimer {
    fn from(Written(first): Written) -> Self {
        SingleTimer::Written(first)
    }
}

impl From<ParkingTimer> for SingleTimer {
    fn from(timer: ParkingTimer) -> Self {
        SingleTimer::Parking(timer)
    }
}

impl From<StoreTimer> for SingleTimer {
    fn from(timer: StoreTimer) -> Self {
        SingleTimer::Store(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for SingleTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            SingleTimer::Written(delivery) => (2, delivery.key()),
            SingleTimer::Unstored(delivery) => (3, delivery.key()),
            SingleTimer::Unacknowledged(delivery) => (4, delivery.key()),
            SingleTimer::HoldOver(delivery) => (5, delivery.key()),
            SingleTimer::Unparked(delivery) => (10, delivery.key()),
            SingleTimer::Parking(timer) => (11, timer.ids()),
            SingleTimer::Store(timer) => (12, timer.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

/// So often a question to another server is asked before somebody else is.
const ATTEMPTS: u32 = 2;

impl WithStore for Single {
    fn remembering(options: &SingleOptions) -> Span {
        options.hold
    }

    fn patience(options: &SingleOptions) -> (Span, u32) {
        (options.ack_timeout, ATTEMPTS)
    }
}

impl Server for Single {
    const NAME: &'static str = "single";
    const ABOUT: &'static str = "one host for each client, no mirror, no failover: the floor";
    const PROMISES: Promises = Promises {
        survives: "with `queue = \"disk\"` every crash that leaves the disk of the one gateway that has it; with \
                   `\"memory\"` no crash of that one",
        order: "per sender and recipient, while links are `fifo` and nothing is sent again",
        stores: "at the source until the recipient's home has it, there until the recipient has it; after `hold` in \
                 the external store",
    };
    const SERVICES: &'static [ServiceKind] = &[ServiceKind::STORE];

    type Options = SingleOptions;
    type Disk = SingleDisk;
    type Packet = Letter;
    type Timer = SingleTimer;
    type Device = Client<Self>;

    fn needs(_: &SingleOptions) -> Needs {
        // With one host for ever there is nowhere to go.
        Needs { list: 1, roams: false, ..Needs::default() }
    }

    fn services(options: &SingleOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let store = || ServiceSpec::only(ServiceKind::STORE, facts.store);
        (options.spill != Spill::Never).then(store).into_iter().collect()
    }

    fn policy(options: &SingleOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        disk: &mut SingleDisk,
        packet: &Packet<Letter>,
        cx: &mut Cx<'_, Self>,
    ) -> u32 {
        match (self, disk) {
            (Single::Gateway(gateway), SingleDisk::Gateway(disk)) => {
                gateway.policy_runs(disk, packet, cx)
            }
            _ => 0,
        }
    }

    fn new_disk(node: NodeId, world: &World<SingleOptions>) -> SingleDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => SingleDisk::Gateway(Box::default()),
            _ => SingleDisk::Store(Box::default()),
        }
    }

    fn start(disk: &mut SingleDisk, cx: &mut Cx<'_, Self>) -> Self {
        match disk {
            SingleDisk::Gateway(_) => Single::Gateway(Gateway::default()),
            SingleDisk::Store(disk) => Single::Store(Store::begin(disk, cx)),
        }
    }

    fn recover(disk: &mut SingleDisk, cx: &mut Cx<'_, Self>) -> Self {
        match disk {
            SingleDisk::Gateway(disk) => Single::Gateway(Gateway::recover(disk, cx)),
            SingleDisk::Store(disk) => Single::Store(Store::begin(disk, cx)),
        }
    }

    fn hear(&mut self, disk: &mut SingleDisk, from: ClientId, up: Up, cx: &mut Cx<'_, Self>) {
        match (self, disk) {
            (Single::Gateway(gateway), SingleDisk::Gateway(disk)) => {
                gateway.hear(disk, from, up, cx);
            }
            _ => panic!("{from} sent {up:?} to the store"),
        }
    }

    fn receive(
        &mut self,
        disk: &mut SingleDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_, Self>,
    ) {
        match (self, disk) {
            (Single::Gateway(gateway), SingleDisk::Gateway(disk)) => {
                gateway.receive(disk, from, letter, cx);
            }
            (Single::Store(store), SingleDisk::Store(disk)) => match letter {
                Letter::Store(letter) => store.receive(disk, from, letter, cx),
                letter => panic!("{from} sent {letter:?} to the store"),
            },
            _ => unreachable!("a server has its own disk"),
        }
    }

    fn wake(&mut self, disk: &mut SingleDisk, timer: SingleTimer, cx: &mut Cx<'_, Self>) {
        match (self, disk) {
            (Single::Gateway(gateway), SingleDisk::Gateway(disk)) => gateway.wake(disk, timer, cx),
            (Single::Store(store), SingleDisk::Store(disk)) => match timer {
                SingleTimer::Store(timer) => store.wake(disk, timer, cx),
                timer => panic!("the store has no {timer:?}"),
            },
            _ => unreachable!("a server has its own disk"),
        }
    }
}
