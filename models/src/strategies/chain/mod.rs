//! `chain`: messages are relayed along a chain of gateways that all hold them; when the last one dies,
//! the one before it takes the client over, mail and all.

mod gateway;
mod giving;
mod handback;
mod letters;
mod lookups;
mod options;
mod parcels;
mod relay;
mod repair;
mod resync;
mod route;
mod shelf;
mod suspects;
mod takeover;

use penult_sim::{Context, Ids, NodeId, Span};

use crate::directory::{Directory, DirectoryDisk, DirectoryLetter, DirectoryTimer, WithDirectory};
use crate::hosting::Unacknowledged;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::ledger::ServiceName;
use crate::member::{Member, MemberTimer};
use crate::packet::{Packet, Up, kind_and_ids};
use crate::places::Kind;
use crate::server::Server;
use crate::world::World;
pub use gateway::{Gateway, GatewayDisk};
pub use letters::{Copy, Letter, Stored};
pub use options::{ChainOptions, Domain, Failback, Repair, ResyncOptions, RouteChoice};
pub use route::Route;

/// The memory of a server.
#[expect(clippy::large_enum_variant, reason = "nearly all servers are gateways")]
pub enum Chain {
    /// A gateway.
    Gateway(Gateway),
    /// The directory.
    Directory(Directory),
}

/// The disk of a server.
pub enum ChainDisk {
    /// A gateway's.
    Gateway(GatewayDisk),
    /// The directory's.
    Directory(DirectoryDisk),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainTimer {
    /// Policy is done with what came as this delivery first.
    Judged(DeliveryId),
    /// The disk is.
    Written(DeliveryId),
    /// This gateway has not acknowledged this.
    Unacked(DeliveryId, GatewayId),
    /// This gateway has not said that the host has stored this.
    Unarrived(DeliveryId, GatewayId),
    /// The client has not acknowledged this.
    Unacknowledged(DeliveryId),
    /// This gateway has not said that it knows this to be done.
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

impl From<DirectoryTimer> for ChainTimer {
    fn from(timer: DirectoryTimer) -> Self {
        ChainTimer::Directory(timer)
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for ChainTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match *self {
            ChainTimer::Judged(delivery) => (1, delivery.key()),
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

impl Server for Chain {
    type Options = ChainOptions;
    type Disk = ChainDisk;
    type Packet = Letter;
    type Timer = ChainTimer;

    fn services(_: &ChainOptions) -> Vec<ServiceName> {
        vec![ServiceName::only("directory")]
    }

    fn list_length(options: &ChainOptions) -> u32 {
        options.length
    }

    fn new_disk(node: NodeId, world: &World<ChainOptions>) -> ChainDisk {
        match world.places.kind(node) {
            Kind::Gateway(_) => ChainDisk::Gateway(GatewayDisk::default()),
            _ => ChainDisk::Directory(DirectoryDisk::new(world)),
        }
    }

    fn start(disk: &mut ChainDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ChainDisk::Gateway(_) => Chain::Gateway(Gateway::start(cx)),
            ChainDisk::Directory(disk) => Chain::Directory(Directory::begin(disk, cx)),
        }
    }

    fn recover(disk: &mut ChainDisk, cx: &mut Cx<'_>) -> Self {
        match disk {
            ChainDisk::Gateway(disk) => Chain::Gateway(Gateway::recover(disk, cx)),
            ChainDisk::Directory(disk) => Chain::Directory(Directory::begin(disk, cx)),
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

    fn receive(&mut self, disk: &mut GatewayDisk, from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        if let Letter::Directory(letter) = letter {
            return match letter {
                DirectoryLetter::Answer(answers) => self.answered(disk, &answers, cx),
                DirectoryLetter::There { of, hosted } => self.found(disk, of, &hosted, cx),
                DirectoryLetter::Inventoried(answers) => self.inventoried(disk, &answers, cx),
                DirectoryLetter::Notice { number, changes } => {
                    self.noticed(disk, number, &changes, cx);
                }
                letter => panic!("the directory sent {letter:?}"),
            };
        }
        let from = gateway::gateway_of(from, cx);
        self.trust(disk, from, cx);
        match letter {
            Letter::Relay(copy) => self.relayed(disk, from, std::slice::from_ref(&copy), cx),
            Letter::RelayAll(copies) => self.relayed(disk, from, &copies, cx),
            Letter::Ack(stored) => self.acked(disk, from, stored, cx),
            Letter::AckAll(all) => all.iter().for_each(|&it| self.acked(disk, from, it, cx)),
            Letter::Question(delivery) => self.questioned(disk, from, delivery, cx),
            Letter::Working(delivery) => self.works(disk, from, delivery, cx),
            Letter::Lacking(delivery) => self.lacks(disk, from, delivery, cx),
            Letter::Offer(ids) => self.offered(disk, from, &ids, cx),
            Letter::Want(ids) => self.wanted(disk, &ids, cx),
            Letter::Done(delivery) => {
                between(from, Letter::DoneHeard(delivery), cx);
                self.done(disk, delivery, Some(from), cx);
            }
            Letter::DoneHeard(delivery) => self.done_heard(delivery, from, cx),
            Letter::Probe => between(from, Letter::Alive, cx),
            Letter::Alive => {}
            Letter::Directory(_) => unreachable!("handled above"),
            Letter::Digest { round, clients, have } => {
                self.digested(disk, from, round, &clients, &have, cx);
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
        }
    }

    fn wake(&mut self, disk: &mut GatewayDisk, timer: ChainTimer, cx: &mut Cx<'_>) {
        match timer {
            ChainTimer::Judged(first) => self.worked(disk, first, false, cx),
            ChainTimer::Written(first) => self.worked(disk, first, true, cx),
            ChainTimer::Unacked(delivery, to) => self.unacked(disk, delivery, to, cx),
            ChainTimer::Unarrived(delivery, to) => self.unarrived(disk, delivery, to, cx),
            ChainTimer::Unacknowledged(delivery) => self.unacknowledged(delivery, cx),
            ChainTimer::Unheard(delivery, to) => self.done_unheard(delivery, to, cx),
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
            ChainTimer::Directory(timer) => panic!("a gateway has no {timer:?}"),
            ChainTimer::AskClient(client) => self.ask_client(client, cx),
            ChainTimer::TakeBack => self.take_back(disk, cx),
            ChainTimer::Incomplete(round) => self.incomplete(disk, round, cx),
            ChainTimer::Paced => self.paced(disk, cx),
            ChainTimer::Replace(suspect) => self.replace(suspect, cx),
            ChainTimer::NotJoined(gateway) => self.not_joined(disk, gateway, cx),
        }
    }
}
