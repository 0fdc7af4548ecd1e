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
mod telling;

use penult_sim::{Context, Ids, Time};

use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::line::Line;
use crate::member::{Member, MemberTimer};
use crate::packet::{Down, Packet, Up, kind_and_ids};
use crate::server::Server;
use crate::workload::Sending;
use crate::world::World;
use attach::Attachment;
pub(crate) use attach::patience;
use inbox::Reading;
pub use options::{ClientOptions, Offline};
use outbox::Outgoing;
use received::Received;
use telling::Telling;

/// A device's memory.
#[derive(Debug)]
pub struct Client {
    me: ClientId,
    attachment: Attachment,
    /// Whether it can reach the network, as far as it knows: of this it is told.
    online: bool,
}

/// What a device's disk holds.
#[derive(Debug)]
pub struct ClientDisk {
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
}

/// What a device keeps of what its user does with messages: nothing, where that matters to nobody.
#[derive(Debug, Default)]
struct Attention {
    /// What the user has yet to read or answer.
    reading: Line<Reading>,
    telling: Telling,
}

/// What a device is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientTimer {
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
}

/// Parts of fingerprints: append, never renumber.
impl Ids for ClientTimer {
    fn ids(&self) -> u64 {
        let of = |message| DeliveryId { message, recipient: ClientId(0) }.key();
        let (kind, ids) = match *self {
            ClientTimer::Wish => (1, 0),
            ClientTimer::Unaccepted(message) => (2, of(message)),
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
        };
        kind_and_ids(kind, ids)
    }
}

// There is one for each of a million clients.
const _: () = assert!(size_of::<Client>() <= 64 && size_of::<ClientDisk>() <= 128);

/// A device's context, whatever the servers are.
type Cx<'a, S> = Context<'a, Member<S>>;

impl ClientDisk {
    /// The disk of a device that is new, or was lost. The epoch in which clients begin is configuration.
    pub(crate) fn new<O>(_: ClientId, _: &World<O>) -> Self {
        ClientDisk {
            outbox: Line::default(),
            round: 0,
            received: Received::default(),
            attention: None,
            epoch: FIRST_EPOCH,
            sending: Sending::default(),
            next_wish: None,
        }
    }

    fn attention(&mut self) -> &mut Attention {
        self.attention.get_or_insert_default()
    }
}

/// The epoch in which every client begins the run, at its home.
pub(crate) const FIRST_EPOCH: u32 = 1;

impl Client {
    pub(crate) fn start<S: Server>(disk: &mut ClientDisk, cx: &mut Cx<'_, S>) -> Self {
        let mut client = Client::at_home(cx);
        client.first_wish(disk, cx);
        client.plan_leave(cx);
        client
    }

    pub(crate) fn recover<S: Server>(disk: &mut ClientDisk, cx: &mut Cx<'_, S>) -> Self {
        let mut client = Client::at_home(cx);
        client.overdue_wishes(disk, cx);
        client.send_outbox(disk, cx);
        client.read_on(disk, cx);
        client.tell_all(disk, cx);
        client.plan_leave(cx);
        if cx.world().clients.roams {
            client.attach_anew(disk, cx);
        }
        client
    }

    fn at_home<S: Server>(cx: &mut Cx<'_, S>) -> Self {
        let me = cx.world().places.as_client(cx.node());
        let attachment = Attachment::at_home(me, cx);
        // A device that comes to life while something keeps it off the network knows that.
        Client { me, attachment, online: cx.is_online() }
    }

    pub(crate) fn receive<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        from: GatewayId,
        down: Down,
        cx: &mut Cx<'_, S>,
    ) {
        self.attachment.heard_from(from, cx.now());
        match down {
            Down::Accepted(message) => Self::accepted(disk, message, cx),
            Down::Refused(message) => Self::refused(disk, message, cx),
            Down::Deliver { message, flags, epoch } => {
                self.deliver(disk, from, &message, flags, epoch, cx);
            }
            // The user sees that it was received; nothing depends on it.
            Down::Received(_) | Down::Alive => {}
            Down::HappenedHeard(delivery) => Self::told(disk, delivery, cx),
            Down::Hosted { epoch, list } => self.hosted(disk, from, epoch, list, cx),
            Down::Elsewhere { host, epoch } => self.turned_away(disk, from, host, epoch, cx),
            Down::Ask => self.send(from, Up::Here, cx),
        }
    }

    pub(crate) fn wake<S: Server>(
        &mut self,
        disk: &mut ClientDisk,
        timer: ClientTimer,
        cx: &mut Cx<'_, S>,
    ) {
        match timer {
            ClientTimer::Wish => self.wish(disk, cx),
            ClientTimer::Unaccepted(message) => self.unaccepted(disk, message, cx),
            ClientTimer::Keepalive => self.keep_alive(cx),
            ClientTimer::KeepaliveDue => self.keepalive_due(disk, cx),
            ClientTimer::AttachDue => self.attach_due(disk, cx),
            ClientTimer::Reconnect => self.reconnect(disk, cx),
            ClientTimer::Read(delivery) => self.read(disk, delivery, cx),
            ClientTimer::Viewed(delivery) => self.viewed(disk, delivery, cx),
            ClientTimer::Answer(delivery) => self.answer(disk, delivery, cx),
            ClientTimer::Leave => self.leave(disk, cx),
            ClientTimer::Return => self.come_back(disk, cx),
            ClientTimer::Untold(delivery) => self.untold(disk, delivery, cx),
        }
    }

    fn send<S: Server>(&self, to: GatewayId, up: Up, cx: &mut Cx<'_, S>) {
        if self.online {
            cx.send(cx.world().places.gateway(to), Packet::Up(up));
        }
    }

    fn send_host<S: Server>(&self, up: Up, cx: &mut Cx<'_, S>) {
        self.send(self.attachment.host, up, cx);
    }
}

fn timer<T>(timer: ClientTimer) -> MemberTimer<T> {
    MemberTimer::Client(timer)
}
