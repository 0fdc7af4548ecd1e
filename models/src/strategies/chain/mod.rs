//! `chain`: messages are relayed along a chain of gateways that all hold them; when the last one dies,
//! the one before it takes the client over, mail and all.

mod central;
mod claims;
mod client_watch;
mod deletion;
mod gateway;
mod gathering;
mod giving;
mod handback;
mod heartbeats;
mod intake;
mod letters;
mod lookups;
mod offers;
mod options;
mod parcels;
mod parking;
mod processor;
mod relay;
mod repair;
mod resync;
mod route;
mod shelf;
mod storing;
mod suspects;
mod takeover;
mod unheard;

use std::rc::Rc;

use penult_sim::{Context, Ids, NodeId, Span};

use crate::detector::HeartbeatTimer;
use crate::directory::{Directory, DirectoryDisk, DirectoryLetter, DirectoryTimer, WithDirectory};
use crate::hosting::Unacknowledged;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{Member, MemberTimer};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::parking::ParkingTimer;
use crate::places::Kind;
use crate::policy::PolicyOptions;
use crate::server::Server;
use crate::service::ServiceName;
use crate::store::{Spill, Store, StoreDisk, StoreTimer, WithStore};
use crate::world::World;
pub use gateway::{Gateway, GatewayDisk};
pub use letters::{Copy, Device, Digest, InStore, Letter, News, Stored, Waybill};
pub use options::{Acks, ChainOptions, Domain, Failback, Repair, ResyncOptions, RouteChoice};
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
    /// The directory has not answered about this client.
    Unanswered(ClientId),
    /// The directory has not said who is hosted here.
    NoInventory,
    /// The client has not acknowledged its new host, of this epoch.
    Ungreeted(ClientId, u32),
    /// The host of this client has not said that it has what was offered to it.
    Unwanted(ClientId),
    /// The directory has not said who hosts the recipients of the message that has this as its first delivery.
    NotFound(DeliveryId),
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
}

impl From<Unacknowledged> for ChainTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        ChainTimer::Unacknowledged(delivery)
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
            ChainTimer::Unanswered(client) => (9, client.0.into()),
            ChainTimer::NoInventory => (10, 0),
            ChainTimer::Ungreeted(client, _) => (11, client.0.into()),
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
            ChainTimer::NotFound(delivery) => (50, delivery.key()),
        };
        kind_and_ids(kind, ids)
    }
}

/// The central processor's number among the services, if there is one: the directory's is 0, and the
/// store comes last.
const PROCESSOR: u32 = 1;

/// A server's context.
type Cx<'a> = Context<'a, Member<Chain>>;

fn timer(timer: ChainTimer) -> MemberTimer<ChainTimer> {
    MemberTimer::Server(timer)
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

impl WithStore for Chain {
    fn store(options: &ChainOptions) -> Option<u32> {
        let others = 1 + u32::from(options.acks.has_processor());
        (options.spill != Spill::Never).then_some(others)
    }

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
    type Options = ChainOptions;
    type Disk = ChainDisk;
    type Packet = Letter;
    type Timer = ChainTimer;

    fn services(options: &ChainOptions) -> Vec<ServiceName> {
        let mut services = vec![ServiceName::only("directory")];
        if options.acks.has_processor() {
            services.push(ServiceName::only("processor"));
        }
        services.extend(Self::store(options).map(|_| ServiceName::only("store")));
        services
    }

    fn list_length(options: &ChainOptions) -> u32 {
        options.length
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
            Kind::Service(PROCESSOR) if world.strategy.acks.has_processor() => ChainDisk::Processor,
            Kind::Service(number) if Self::store(&world.strategy) == Some(number) => {
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
                gateway.send_parcels(cx);
            }
            _ => panic!("{from} sent {up:?} to {}", cx.node()),
        }
    }

    fn receive(&mut self, disk: &mut ChainDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match (self, disk) {
            (Chain::Gateway(gateway), ChainDisk::Gateway(disk)) => {
                gateway.receive(disk, from, letter, cx);
                gateway.send_parcels(cx);
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
                gateway.send_parcels(cx);
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

impl Gateway {
    /// Comes back: what is on the disk is there, what the directory says comes later.
    fn recover(disk: &mut GatewayDisk, cx: &mut Cx<'_>) -> Self {
        // Whatever its disk says, also nothing: it may have lost its clients meanwhile.
        let mut gateway = Gateway::start(cx);
        gateway.settled = false;
        gateway.rearm(disk, cx);
        gateway.begin_resync(cx);
        gateway.take_inventory(disk, cx);
        gateway.send_parcels(cx);
        gateway
    }

    #[inline(always)]
    fn receive(&mut self, disk: &mut GatewayDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        match letter {
            Letter::Directory(letter) => self.directory_said(disk, letter, cx),
            Letter::Central(letter) => self.instructed(disk, letter, cx),
            Letter::Store(letter) => self.store_said(disk, from, *letter, cx),
            letter => {
                let from = gateway::gateway_of(from, cx);
                self.not_silent(from, cx);
                self.trust(disk, from, cx);
                self.take(disk, from, letter, cx);
            }
        }
    }

    fn directory_said(&mut self, disk: &mut GatewayDisk, letter: DirectoryLetter, cx: &mut Cx<'_>) {
        match letter {
            DirectoryLetter::Answer(answers) => self.answered(disk, &answers, cx),
            DirectoryLetter::There { of, hosted } => self.found(disk, of, &hosted, cx),
            DirectoryLetter::HostIs(hosted) => self.told_host(disk, hosted, cx),
            DirectoryLetter::Inventoried(answers) => self.inventoried(disk, &answers, cx),
            DirectoryLetter::Notice { number, changes } => {
                self.noticed(disk, number, &changes, cx);
            }
            letter => panic!("the directory sent {letter:?}"),
        }
    }

    /// Another gateway's word.
    #[inline(always)]
    fn take(&mut self, disk: &mut GatewayDisk, from: GatewayId, letter: Letter, cx: &mut Cx<'_>) {
        match letter {
            Letter::Relay(copy) => self.relayed(disk, from, copy, cx),
            Letter::RelayAll(copies) => self.relayed_all(disk, from, &copies, cx),
            Letter::Ack(stored) => self.acked(disk, from, stored, cx),
            Letter::AckAll(all) => all.iter().for_each(|&it| self.acked(disk, from, it, cx)),
            Letter::Question(delivery) => self.questioned(disk, from, delivery, cx),
            Letter::Working(delivery) => self.works(disk, from, delivery, cx),
            Letter::Lacking(delivery) => self.lacks(disk, from, delivery, cx),
            Letter::Offer(ids) => self.offered(disk, from, &ids, cx),
            Letter::Want(ids) => self.wanted(disk, &ids, cx),
            Letter::News { delivery, news, beyond } => {
                self.news(disk, from, delivery, (news, &beyond), cx);
            }
            Letter::NewsHeard { delivery, news } => self.news_heard(delivery, from, news, cx),
            Letter::Triggered { delivery, recipients } => {
                self.told_triggered(disk, from, delivery, &recipients, cx);
            }
            Letter::TriggeredHeard(delivery) => self.report_heard(delivery, from),
            Letter::Happened(delivery) => self.happened_elsewhere(disk, from, delivery, cx),
            Letter::HappenedHeard { delivery, had } => {
                self.happened_heard(disk, delivery, had, cx);
            }
            Letter::Probe => between(from, Letter::Alive, cx),
            Letter::Alive => {}
            Letter::Digest { round, digest } => {
                self.digested(disk, from, round, &digest.clients, &digest.have, cx);
            }
            Letter::Coming { round, batches, after, end } => {
                self.coming(from, round, (batches, after, end), cx);
            }
            Letter::Batch { round, number, copies } => {
                self.batch_came(disk, from, (round, number), &copies, cx);
            }
            Letter::LetGo(round) => self.asked_to_let_go(disk, from, round, cx),
            Letter::Join => self.asked_to_join(disk, from, cx),
            Letter::Replaced(ids) => self.was_replaced(disk, from, &ids, cx),
            Letter::Heartbeat(heartbeat) => self.heard_beat(from, heartbeat, cx),
            Letter::Directory(_) | Letter::Central(_) | Letter::Store(_) => {
                unreachable!("handled by `receive`")
            }
        }
    }

    fn wake(&mut self, disk: &mut GatewayDisk, timer: ChainTimer, cx: &mut Cx<'_>) {
        match timer {
            ChainTimer::Written(first) => self.write_done(disk, first, cx),
            ChainTimer::Unacked(delivery, to) => self.unacked(disk, delivery, to, cx),
            ChainTimer::Unarrived(delivery, to) => self.unarrived(disk, delivery, to, cx),
            ChainTimer::Unacknowledged(delivery) => self.unacknowledged(disk, delivery, cx),
            ChainTimer::Unheard(delivery, to) => self.news_unheard(disk, delivery, to, cx),
            ChainTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            ChainTimer::Probe(suspect) => self.probe(suspect, cx),
            ChainTimer::Unanswered(client) => self.unanswered(client, cx),
            ChainTimer::NoInventory => {
                if !self.settled {
                    self.take_inventory(disk, cx);
                }
            }
            ChainTimer::Ungreeted(client, epoch) => self.ungreeted(client, epoch, cx),
            ChainTimer::Unwanted(client) => self.unwanted(disk, client, cx),
            ChainTimer::NotFound(delivery) => self.not_found(disk, delivery, cx),
            ChainTimer::AskClient(client) => self.ask_client(client, cx),
            ChainTimer::TakeBack => self.take_back(disk, cx),
            ChainTimer::Incomplete(round) => self.incomplete(disk, round, cx),
            ChainTimer::Paced => self.paced(disk, cx),
            ChainTimer::Replace(suspect) => self.replace(suspect, cx),
            ChainTimer::NotJoined(gateway) => self.not_joined(disk, gateway, cx),
            ChainTimer::Heartbeat(timer) => self.heartbeat(disk, timer, cx),
            ChainTimer::Unreported(delivery, times) => self.unreported(disk, delivery, times, cx),
            ChainTimer::Unhanded(delivery) => self.unhanded(disk, delivery, cx),
            ChainTimer::Counted(..) => panic!("a gateway counts for nobody else"),
            ChainTimer::Unparked(delivery) => self.unparked(disk, delivery, cx),
            ChainTimer::Ungathered(delivery) => self.ungathered(disk, delivery, cx),
            ChainTimer::Parking(timer) => self.parking.wake(timer, cx),
            timer @ (ChainTimer::Directory(_) | ChainTimer::Store(_)) => {
                panic!("a gateway has no {timer:?}")
            }
        }
    }
}
