//! A device: it sends what its user writes, until the system has it, and shows what comes for its user.
//!
//! It knows a host, the highest epoch it has seen, and a list of gateways to turn to. What it must not
//! forget (its outbox, what it received, its epoch) is on its disk; the rest is rebuilt.

mod attach;
mod inbox;
mod offline;
mod options;
mod outbox;
mod received;
mod side;
mod telling;

use std::marker::PhantomData;

use penult_sim::{Context, Ids, NodeId, Time};

use crate::device::Device;
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::line::Line;
use crate::member::{Member, MemberTimer};
use crate::packet::{Down, Packet, Up, kind_and_ids};
use crate::places::Kind;
use crate::server::Server;
use crate::workload::Sending;
use crate::world::World;
use attach::Attachment;
pub(crate) use attach::patience;
use inbox::Reading;
pub(crate) use inbox::draw;
pub use options::{ClientOptions, Offline};
use outbox::Outgoing;
use received::Received;
pub use side::{Nothing, Plain, Side, With, WordOf};
use telling::Telling;

/// A device's memory.
pub struct Client<S, X = Plain> {
    me: ClientId,
    attachment: Attachment,
    /// Whether it can reach the network, as far as it knows: of this it is told.
    online: bool,
    /// What the strategy adds.
    side: X,
    of: PhantomData<fn(S)>,
}

/// What a device's disk holds.
#[derive(Debug)]
pub struct ClientDisk<D = ()> {
    outbox: Line<Outgoing>,
    /// Counts the hosts that it had: with each, attempts to send begin anew.
    round: u32,
    received: Received,
    /// Absent while there is nothing of it.
    attention: Option<Box<Attention>>,
    /// The highest epoch it has seen.
    epoch: u32,
    /// How far its user is in what there is to send.
    sending: Sending,
    /// When the user wants to send the next.
    next_wish: Option<Time>,
    /// What the strategy adds.
    side: D,
}

/// What a device keeps of what its user does with messages: nothing, where that matters to nobody.
#[derive(Debug, Default)]
struct Attention {
    /// What the user has yet to read or answer.
    reading: Line<Reading>,
    telling: Telling,
    /// Of what it sent: what it was told to have been received, for as long as that can come again.
    receipts: Received,
}

/// What a device is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientTimer<T = Nothing> {
    /// The user wants to send.
    Wish,
    /// Nobody said that the system has this message.
    Unaccepted(MessageId),
    /// Time to ask the host whether it is there.
    Keepalive,
    /// Time to see whether it was.
    KeepaliveDue,
    /// The gateway that was asked to be the host has not answered.
    AttachDue,
    /// Time to ask the next gateway.
    Reconnect,
    /// The user reads it now.
    Read(DeliveryId),
    /// The user has viewed it to the end.
    Viewed(DeliveryId),
    /// The user answers it now.
    Answer(DeliveryId),
    /// The user takes the device offline.
    Leave,
    /// And online again.
    Return,
    /// Nobody said that they heard what the user did with this.
    Untold(DeliveryId),
    /// Of what the strategy adds.
    Side(T),
}

/// Parts of fingerprints: append, never renumber.
impl<T: Ids> Ids for ClientTimer<T> {
    fn ids(&self) -> u64 {
        let of = |message| DeliveryId { message, recipient: ClientId(0) }.key();
        let (kind, ids) = match self {
            ClientTimer::Wish => (1, 0),
            ClientTimer::Unaccepted(message) => (2, of(*message)),
            ClientTimer::Keepalive => (3, 0),
            ClientTimer::KeepaliveDue => (4, 0),
            ClientTimer::AttachDue => (5, 0),
            ClientTimer::Reconnect => (6, 0),
            ClientTimer::Read(delivery) => (7, delivery.key()),
            ClientTimer::Viewed(delivery) => (8, delivery.key()),
            ClientTimer::Answer(delivery) => (9, delivery.key()),
            ClientTimer::Leave => (10, 0),
            ClientTimer::Return => (11, 0),
            ClientTimer::Untold(delivery) => (50, delivery.key()),
            ClientTimer::Side(timer) => (60, timer.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

// There is one for each of a million clients.
const _: () = assert!(
    size_of::<Client<crate::strategies::single::Single>>() <= 64 && size_of::<ClientDisk>() <= 128
);

/// A device's context, whatever the servers are.
type Cx<'a, S> = Context<'a, Member<S>>;

impl<D: Default> ClientDisk<D> {
    /// The disk of a device that is new, or was lost.
    fn new() -> Self {
        ClientDisk {
            outbox: Line::default(),
            round: 0,
            received: Received::default(),
            attention: None,
            epoch: FIRST_EPOCH,
            sending: Sending::default(),
            next_wish: None,
            side: D::default(),
        }
    }

    fn attention(&mut self) -> &mut Attention {
        self.attention.get_or_insert_default()
    }
}

/// The epoch in which every client begins the run, at its home.
pub const FIRST_EPOCH: u32 = 1;

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Device<S> for Client<S, X> {
    type Disk = ClientDisk<X::Disk>;
    type Timer = ClientTimer<X::Timer>;
    type Word = X::Word;

    /// The epoch in which clients begin is configuration.
    fn new_disk(_: ClientId, _: &World<S::Options>) -> Self::Disk {
        ClientDisk::new()
    }

    fn start(disk: &mut Self::Disk, cx: &mut Cx<'_, S>) -> Self {
        let mut client = Client::at_home(disk, cx);
        client.first_wish(disk, cx);
        client.plan_leave(cx);
        client
    }

    fn recover(disk: &mut Self::Disk, cx: &mut Cx<'_, S>) -> Self {
        let mut client = Client::at_home(disk, cx);
        client.overdue_wishes(disk, cx);
        client.send_outbox(disk, cx);
        client.read_on(disk, cx);
        client.tell_all(disk, cx);
        client.plan_leave(cx);
        if cx.world().needs.roams {
            client.attach_anew(disk, cx);
        }
        client
    }

    fn hear(&mut self, disk: &mut Self::Disk, from: GatewayId, down: Down, cx: &mut Cx<'_, S>) {
        self.attachment.heard_from(from, cx.now());
        match down {
            Down::Accepted(message) => Self::accepted(disk, message, cx),
            Down::Refused(message) => Self::refused(disk, message, cx),
            Down::Deliver { message, flags, epoch } => {
                self.deliver(disk, from, &message, flags, epoch, cx);
            }
            Down::Received { message, recipient } => {
                self.was_received(disk, from, &message, recipient, cx);
            }
            Down::Alive => {}
            Down::HappenedHeard(delivery) => Self::told(disk, delivery, cx),
            Down::Hosted { epoch, list } => self.hosted(disk, from, epoch, list, cx),
            Down::Elsewhere { host, epoch } => self.turned_away(disk, from, host, epoch, cx),
            Down::Ask => {
                let word = X::word(self, disk, With::Here, cx);
                self.send(from, Up::Here(word), cx);
            }
        }
    }

    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: S::Packet,
        cx: &mut Cx<'_, S>,
    ) {
        if let Kind::Gateway(gateway) = cx.world().places.kind(from) {
            self.attachment.heard_from(gateway, cx.now());
        }
        X::receive(self, disk, from, packet, cx);
    }

    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, cx: &mut Cx<'_, S>) {
        match timer {
            ClientTimer::Wish => self.wish(disk, cx),
            ClientTimer::Unaccepted(message) => self.unaccepted(disk, message, cx),
            ClientTimer::Keepalive => self.keep_alive(disk, cx),
            ClientTimer::KeepaliveDue => self.keepalive_due(disk, cx),
            ClientTimer::AttachDue => self.attach_due(disk, cx),
            ClientTimer::Reconnect => self.reconnect(disk, cx),
            ClientTimer::Read(delivery) => self.read(disk, delivery, cx),
            ClientTimer::Viewed(delivery) => self.viewed(disk, delivery, cx),
            ClientTimer::Answer(delivery) => self.answer(disk, delivery, cx),
            ClientTimer::Leave => self.leave(disk, cx),
            ClientTimer::Return => self.come_back(disk, cx),
            ClientTimer::Untold(delivery) => self.untold(disk, delivery, cx),
            ClientTimer::Side(timer) => X::wake(self, disk, timer, cx),
        }
    }

    fn reach_changed(&mut self, disk: &mut Self::Disk, online: bool, cx: &mut Cx<'_, S>) {
        if online {
            self.now_online(disk, cx);
        } else {
            self.now_offline(disk, cx);
        }
    }
}

impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    fn at_home(disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) -> Self {
        let side = X::start(&mut disk.side, cx);
        let me = cx.world().places.as_client(cx.node());
        let attachment = Attachment::at_home(me, cx);
        if attachment.host != GatewayId::NOWHERE {
            let first = attach::first_keepalive(cx);
            cx.set_background_timer(first, timer(ClientTimer::Keepalive));
        }
        // A device that comes to life while something keeps it off the network knows that.
        let online = cx.is_online();
        Client { me, attachment, online, side, of: PhantomData }
    }

    fn send(&self, to: GatewayId, up: Up<X::Word>, cx: &mut Cx<'_, S>) {
        if self.online && to != GatewayId::NOWHERE {
            cx.send(cx.world().places.gateway(to), Packet::Up(up));
        }
    }

    fn send_host(&self, up: Up<X::Word>, cx: &mut Cx<'_, S>) {
        self.send(self.attachment.host, up, cx);
    }
}

fn timer<T, X>(timer: ClientTimer<X>) -> MemberTimer<T, ClientTimer<X>> {
    MemberTimer::Client(timer)
}
