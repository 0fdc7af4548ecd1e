//! `chain`: messages are relayed along a chain of gateways that all hold them; when the last one dies,
//! the one before it takes the client over, mail and all.
//!
//! A gateway is made of components: those that other strategies have as well are [parts](crate::parts), the chain's
//! own stand beside this file, each with fields that nobody else touches. What a gateway does with them, what one
//! says to the next, stands in `gateway/`.
//!
//! | the rule | components | gateway |
//! |---|---|---|
//! | what is held, in which state, with which timers | `held`, `shelf` | |
//! | sequences: who gets a message, in which order | `route` | |
//! | taking in: what is new, policy, the disk | intake (part) | `intake`, `storing` |
//! | a message from a sender hosted elsewhere | seats (part) | `intake` |
//! | sending on, acknowledging, asking what became of it; leaving out the dead; accepting | `held` | `relay` |
//! | copies and acknowledgements that share a packet | `parcels` | |
//! | who counts missing acknowledgements: each, the central processor, both | `counting`, `processor` | `central` |
//! | who is taken for dead, and until when | suspects (part) | `suspicion` |
//! | watching by heartbeats | [detector](crate::detector) | `heartbeats` |
//! | watching by what clients acknowledge | `held` | `client_watch` |
//! | taking a client over; what there is for it goes to its host | seats (part) | `takeover` |
//! | the directory's word: claims, notices, look-ups, greeting | seats (part) | `seating` |
//! | handing over to a client, again until it has it | hosting (part) | `gateway` itself |
//! | ids first, to whoever hosts a client by now | `offers` | `offering` |
//! | received, done, in the store: everybody hears of it | `spreading` | `deletion` |
//! | the sender's device hears that it was received | hosting (part), `receipts` | `receipting` |
//! | several recipients: one gateway gathers what deletes a message | `reports`, `shelf` | `gathering` |
//! | coming back: a digest, what lacks, what came since | `getting`, `giving`, transfer (part) | `resync` |
//! | clients go home again | `returning` | `handback` |
//! | the next neighbour steps into a host's list | `repairs` | `repair` |
//! | what was held for long goes to the external store, and comes back | parking (part) | `parking` |
//!
//! What the strategy has to do is said in twenty clauses. Where each is done, and a test that shows it:
//!
//! | clause | what | where | shown by |
//! |---|---|---|---|
//! | C1 | stored at the source, then acknowledged; `accept_after` | `relay` | `chain_exact::accepted_when_so_many_have_it` |
//! | C2 | policy once, at the source | `intake`, `policy` | `chain_life::policy_at_every_hop_is_paid_at_every_hop` |
//! | C3 | the sequence, and its `route` | `route` | `chain_routes::those_who_are_put_in_are_chosen_by_load` |
//! | C4 | store, send on, acknowledge; the processor | `relay`, `central` | `chain_central::the_last_dead` |
//! | C5 | queues for both, or `split` | `route`, `storing` | `chain_routes::split_goes_along_the_senders_chain_and_up_the_recipients` |
//! | C6 | one copy along a shared part | `parcels` | `chain_routes::past_the_fork_each_goes_its_own_way` |
//! | C7 | handed over, acknowledged; the sender hears of it | hosting (part), `receipting` | `chain_receipts::it_is_sent_until_the_device_says_that_it_knows` |
//! | C8 | detection by acks, client acks, heartbeats | `counting`, `client_watch`, `heartbeats` | `chain_rules_clients::an_ack_at_the_instant_of_the_timeout_is_late` |
//! | C9 | the penultimate takes over, mail and all | `takeover` | `chain_exact::the_last_two_dead` |
//! | C10 | one in the middle is left out; a new way | `relay`, `route` | `chain_routes::past_a_dead_gateway_the_rest_of_the_way_is_planned_anew` |
//! | C11 | the client turns to the next, with the same id | `intake`, `client` | `chain_exact::the_source_dead` |
//! | C12 | the highest epoch counts | seats (part), `client` | `chain_rules_clients::a_stale_host_is_refused_and_relays` |
//! | C13 | who returns gets what it lacks, then its clients | `resync`, `handback` | `chain_returns::it_gets_the_whole_of_its_queues_what_was_received_too` |
//! | C14 | another fills a dead one's place | `repair` | `chain_repair::the_next_neighbour_steps_in_and_gets_the_queue` |
//! | C15 | deleted everywhere on a trigger, or after `hold` | `deletion`, `gathering` | `chain_life::the_first_of_several_triggers_deletes` |
//! | C16 | the external store | `parking` | `chain_store::after_hold_it_goes_to_the_store_and_comes_back_along_the_list` |
//! | C17 | what is observed | `note` | `chain_routes::one_copy_goes_along_the_shared_part` |
//! | C18 | notices of new hosts; mail is relayed there | `seating`, `offering` | `chain_rules_claims::who_hears_of_the_new_host_before_it_claims_offers_ids_first` |
//! | C19 | responsible until the host has stored it | `relay` | `chain_exact::a_successor_dies_after_its_ack` |
//! | C20 | clients know their list and find a host | `client` | `chain_rules_clients::with_its_whole_list_dead_a_device_finds_another_gateway` |

mod counting;
mod gateway;
mod getting;
mod giving;
mod held;
mod letters;
mod offers;
mod options;
mod parcels;
mod processor;
mod receipts;
mod repairs;
mod reports;
mod returning;
mod route;
mod shelf;
mod spreading;

use std::rc::Rc;

use penult_sim::{Context, Ids, NodeId, Span};

use crate::client::Client;
use crate::detector::HeartbeatTimer;
use crate::directory::{Directory, DirectoryDisk, DirectoryTimer, WithDirectory};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{Member, MemberTimer};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parts::hosting::Unacknowledged;
use crate::parts::parking::ParkingTimer;
use crate::parts::{Pace, Probe, SeatTimer, WithSeats, WithSuspects, Written};
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::{Needs, Promises, Server};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::store::{Spill, Store, StoreDisk, StoreTimer, WithStore};
use crate::world::World;
pub use gateway::{Gateway, GatewayDisk};
pub use letters::{Copy, Device, Digest, InStore, Letter, News, Stored, Waybill};
pub use options::{
    Acks, ChainOptions, Domain, Failback, Repair, ResyncOptions, ResyncWhat, RouteChoice,
};
pub use processor::{CentralLetter, Processor, Waiting};
pub use route::Route;

/// The memory of a server.
#[expect(clippy::large_enum_variant, reason = "nearly all servers are gateways")]
pub enum Chain {
    /// A gateway.
    Gateway(Gateway),
    /// The directory.
    Directory(Directory),
    /// The central processor.
    Processor(Processor),
    /// The external store.
    Store(Store),
}

/// The disk of a server.
pub enum ChainDisk {
    /// A gateway's.
    Gateway(Box<GatewayDisk>),
    /// The directory's.
    Directory(Box<DirectoryDisk>),
    /// The central processor's: nothing.
    Processor,
    /// The external store's.
    Store(Box<StoreDisk>),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainTimer {
    /// The disk is done with what came as this delivery first.
    Written(DeliveryId),
    /// This gateway has not acknowledged this.
    Unacked(DeliveryId, GatewayId),
    /// This gateway has not said that the host has stored this.
    Unarrived(DeliveryId, GatewayId),
    /// The client has not acknowledged this.
    Unacknowledged(DeliveryId),
    /// This gateway has not said that it knows what became of this.
    Unheard(DeliveryId, GatewayId),
    /// It was held for as long as messages are held.
    HoldOver(DeliveryId),
    /// Time to ask a suspect whether it is there.
    Probe(GatewayId),
    /// What a gateway asks the directory, or a client that it hosts, was not answered.
    Seats(SeatTimer),
    /// The host of this client has not said that it has what was offered to it.
    Unwanted(ClientId),
    /// The directory's own.
    Directory(DirectoryTimer),
    /// A heartbeat's own.
    Heartbeat(HeartbeatTimer),
    /// The processor has said nothing of what this waits for; it was told again so many times.
    Unreported(DeliveryId, u32),
    /// The host of the recipient, which is online, has not said that it acknowledged this.
    Unhanded(DeliveryId),
    /// The processor's: this gateway has waited too long.
    Counted(DeliveryId, GatewayId),
    /// Nobody said that the external store has this.
    Unparked(DeliveryId),
    /// The gateway that gathers the triggers of this has not said that all came.
    Ungathered(DeliveryId),
    /// What a gateway says to the external store was not answered.
    Parking(ParkingTimer),
    /// The external store's own.
    Store(StoreTimer),
    /// Time to ask a client that was lost whether it is in reach.
    AskClient(ClientId),
    /// Time to take those back that have been in reach for long enough.
    TakeBack,
    /// The host has not sent all of this synchronisation.
    Incomplete(u64),
    /// A batch has left at the pace of synchronising, and the next may.
    Paced,
    /// This suspect has been one for long enough to be replaced.
    Replace(GatewayId),
    /// This gateway has not stepped in.
    NotJoined(GatewayId),
    /// The sender's host has not said that it sees to the receipt of this.
    Unreceipted(DeliveryId),
}

impl From<Unacknowledged> for ChainTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        ChainTimer::Unacknowledged(delivery)
    }
}

impl From<Written> for ChainTimer {
    fn from(Written(first): Written) -> Self {
        ChainTimer::Written(first)
    }
}

impl From<SeatTimer> for ChainTimer {
    fn from(timer: SeatTimer) -> Self {
        ChainTimer::Seats(timer)
    }
}

impl From<Probe<GatewayId>> for ChainTimer {
    fn from(Probe(suspect): Probe<GatewayId>) -> Self {
        ChainTimer::Probe(suspect)
    }
}

impl From<ParkingTimer> for ChainTimer {
    fn from(timer: ParkingTimer) -> Self {
        ChainTimer::Parking(timer)
    }
}

impl From<StoreTimer> for ChainTimer {
    fn from(timer: StoreTimer) -> Self {
        ChainTimer::Store(timer)
    }
}

impl From<DirectoryTimer> for ChainTimer {
    fn from(timer: DirectoryTimer) -> Self {
        ChainTimer::Directory(timer)
    }
}

impl From<HeartbeatTimer> for ChainTimer {
    fn from(timer: HeartbeatTimer) -> Self {
        ChainTimer::Heartbeat(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for ChainTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match *self {
            ChainTimer::Written(delivery) => (2, delivery.key()),
            ChainTimer::Unacked(delivery, _) => (3, delivery.key()),
            ChainTimer::Unarrived(delivery, _) => (4, delivery.key()),
            ChainTimer::Unacknowledged(delivery) => (5, delivery.key()),
            ChainTimer::Unheard(delivery, _) => (6, delivery.key()),
            ChainTimer::HoldOver(delivery) => (7, delivery.key()),
            ChainTimer::Probe(gateway) => (8, gateway.0.into()),
            // 9, 10, 11 and 50.
            ChainTimer::Seats(timer) => return timer.ids(),
            ChainTimer::Directory(timer) => (12, timer.ids()),
            ChainTimer::Unwanted(client) => (13, client.0.into()),
            ChainTimer::Heartbeat(timer) => (30, timer.ids()),
            ChainTimer::Unreported(delivery, _) => (31, delivery.key()),
            ChainTimer::Counted(delivery, _) => (32, delivery.key()),
            ChainTimer::Unhanded(delivery) => (33, delivery.key()),
            ChainTimer::Unparked(delivery) => (40, delivery.key()),
            ChainTimer::Ungathered(delivery) => (41, delivery.key()),
            ChainTimer::Parking(timer) => (42, timer.ids()),
            ChainTimer::Store(timer) => (43, timer.ids()),
            ChainTimer::AskClient(client) => (20, client.0.into()),
            ChainTimer::TakeBack => (21, 0),
            ChainTimer::Incomplete(round) => (22, round),
            ChainTimer::Paced => (23, 0),
            ChainTimer::Replace(gateway) => (24, gateway.0.into()),
            ChainTimer::NotJoined(gateway) => (25, gateway.0.into()),
            ChainTimer::Unreceipted(delivery) => (26, delivery.key()),
        };
        kind_and_ids(kind, ids)
    }
}

/// The central processor.
const PROCESSOR: ServiceKind = ServiceKind::only("processor");

/// A server's context.
type Cx<'a> = Context<'a, Member<Chain>>;

fn timer<C>(timer: ChainTimer) -> MemberTimer<ChainTimer, C> {
    MemberTimer::Server(timer)
}

/// What gateways wait for in each other is said again after `ack_timeout`, and then less and less often.
fn pace(cx: &Cx<'_>) -> Pace {
    Pace::doubling(cx.world().strategy.ack_timeout)
}

/// Sends a letter to another gateway.
fn between(to: GatewayId, letter: Letter, cx: &mut Cx<'_>) {
    cx.send(cx.world().places.gateway(to), Packet::Between(letter));
}

impl WithDirectory for Chain {
    fn gathering(options: &ChainOptions) -> Span {
        options.notice
    }
}

impl WithSeats for Chain {
    fn directory_timeout(options: &ChainOptions) -> Span {
        options.ack_timeout
    }
}

impl WithSuspects<GatewayId> for Chain {
    fn probe(options: &ChainOptions) -> Span {
        options.probe
    }
}

impl WithStore for Chain {
    fn remembering(options: &ChainOptions) -> Span {
        options.hold
    }

    fn way(world: &World<ChainOptions>, client: ClientId, host: GatewayId) -> Rc<[GatewayId]> {
        let mut list = turned_to(world, client, host);
        list.reverse();
        list.into()
    }

    fn patience(options: &ChainOptions) -> (Span, u32) {
        (options.ack_timeout, options.attempts)
    }
}

/// Whom a client of a host turns to, the host first.
fn turned_to(world: &World<ChainOptions>, client: ClientId, host: GatewayId) -> Vec<GatewayId> {
    if !world.strategy.split {
        return world.list_of(host).to_vec();
    }
    let others = world.chain_of(client).iter().copied().filter(|&other| other != host);
    std::iter::once(host).chain(others).collect()
}

impl Server for Chain {
    const NAME: &'static str = "chain";
    const ABOUT: &'static str =
        "relay along a chain of gateways that mirror user queues; the penultimate takes over";
    const PROMISES: Promises = Promises {
        survives: "with `queue = \"disk\"` every crash that leaves a disk; with `\"memory\"` the crashes of all but \
                   one of the gateways that have stored it: `accept_after` of them when it is accepted, `length` \
                   soon after",
        order: "per sender and recipient, while links are `fifo`, one way leads there and nobody is suspected",
        stores: "at every gateway of its sequence until `delete_on` happens; after `hold` in the external store",
    };
    const SERVICES: &'static [ServiceKind] =
        &[ServiceKind::DIRECTORY, PROCESSOR, ServiceKind::STORE];

    type Options = ChainOptions;
    type Disk = ChainDisk;
    type Packet = Letter;
    type Timer = ChainTimer;
    type Device = Client<Self>;

    fn needs(options: &ChainOptions) -> Needs {
        let tells = options.delete_on.told_by_device();
        Needs { list: options.length, tells, ..Needs::default() }
    }

    fn services(options: &ChainOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let mut services = vec![ServiceSpec::only(ServiceKind::DIRECTORY, facts.directory)];
        if options.acks.has_processor() {
            services.push(ServiceSpec {
                durable: false,
                ..ServiceSpec::only(PROCESSOR, &options.processor)
            });
        }
        if options.spill != Spill::Never {
            services.push(ServiceSpec::only(ServiceKind::STORE, facts.store));
        }
        services
    }

    fn policy(options: &ChainOptions) -> Option<&PolicyOptions> {
        Some(&options.policy)
    }

    fn policy_runs(
        &mut self,
        disk: &mut ChainDisk,
        packet: &Packet<Letter>,
        cx: &mut Cx<'_>,
    ) -> u32 {
        match (self, disk) {
            (Chain::Gateway(gateway), ChainDisk::Gateway(disk)) => {
                gateway.policy_runs(disk, packet, cx)
            }
            _ => 0,
        }
    }

    fn new_disk(node: NodeId, world: &World<ChainOptions>) -> ChainDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => ChainDisk::Gateway(Box::default()),
            _ if world.service(PROCESSOR) == Some(node) => ChainDisk::Processor,
            _ if world.service(ServiceKind::STORE) == Some(node) => {
                ChainDisk::Store(Box::default())
            }
            _ => ChainDisk::Directory(Box::new(DirectoryDisk::new(world))),
        }
    }

    fn start(disk: &mut ChainDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ChainDisk::Gateway(_) => Chain::Gateway(Gateway::start(cx)),
            ChainDisk::Directory(disk) => Chain::Directory(Directory::begin(disk, cx)),
            ChainDisk::Processor => Chain::Processor(Processor::default()),
            ChainDisk::Store(disk) => Chain::Store(Store::begin(disk, cx)),
        }
    }

    fn recover(disk: &mut ChainDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ChainDisk::Gateway(disk) => Chain::Gateway(Gateway::recover(disk, cx)),
            ChainDisk::Directory(disk) => Chain::Directory(Directory::begin(disk, cx)),
            ChainDisk::Processor => Chain::Processor(Processor::default()),
            ChainDisk::Store(disk) => Chain::Store(Store::begin(disk, cx)),
        }
    }

    fn hear(&mut self, disk: &mut ChainDisk, from: ClientId, up: Up, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Chain::Gateway(gateway), ChainDisk::Gateway(disk)) => {
                gateway.hear(disk, from, up, cx);
            }
            _ => panic!("{from} sent {up:?} to {}", cx.node()),
        }
    }

    fn receive(&mut self, disk: &mut ChainDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Chain::Gateway(gateway), ChainDisk::Gateway(disk)) => {
                gateway.receive(disk, from, letter, cx);
            }
            (Chain::Directory(directory), ChainDisk::Directory(disk)) => match letter {
                Letter::Directory(letter) => directory.receive(disk, from, letter, cx),
                letter => panic!("{from} sent {letter:?} to the directory"),
            },
            (Chain::Processor(processor), _) => match letter {
                Letter::Central(letter) => processor.receive(from, letter, cx),
                letter => panic!("{from} sent {letter:?} to the processor"),
            },
            (Chain::Store(store), ChainDisk::Store(disk)) => match letter {
                Letter::Store(letter) => store.receive(disk, from, *letter, cx),
                letter => panic!("{from} sent {letter:?} to the store"),
            },
            _ => unreachable!("a server has its own disk"),
        }
    }

    fn wake(&mut self, disk: &mut ChainDisk, timer: ChainTimer, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Chain::Gateway(gateway), ChainDisk::Gateway(disk)) => {
                gateway.wake(disk, timer, cx);
            }
            (Chain::Directory(directory), _) => match timer {
                ChainTimer::Directory(timer) => directory.wake::<Chain>(timer, cx),
                timer => panic!("the directory has no {timer:?}"),
            },
            (Chain::Processor(processor), _) => match timer {
                ChainTimer::Counted(delivery, who) => processor.counted(delivery, who, cx),
                timer => panic!("the processor has no {timer:?}"),
            },
            (Chain::Store(store), ChainDisk::Store(disk)) => match timer {
                ChainTimer::Store(timer) => store.wake(disk, timer, cx),
                timer => panic!("the store has no {timer:?}"),
            },
            _ => unreachable!("a server has its own disk"),
        }
    }
}
