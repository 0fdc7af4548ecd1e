//! What travels: between devices and gateways, and between servers.

use std::rc::Rc;
use std::sync::Arc;

use penult_sim::Ids;

use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::message::{Flags, Message};

/// A packet of a strategy whose servers exchange `P`, and whose devices say `W` of themselves.
#[derive(Clone, Debug)]
pub enum Packet<P, W = ()> {
    /// From a device to a gateway.
    Up(Up<W>),
    /// From a gateway to a device.
    Down(Down),
    /// Between servers.
    Between(P),
}

/// From a device to a gateway.
#[derive(Clone, Debug)]
pub enum Up<W = ()> {
    /// Please send this.
    Submit(Rc<Message>),
    /// I have this: a message for me, or the word that one of mine was received.
    Got(DeliveryId, W),
    /// I am here; are you?
    Keepalive(W),
    /// I go offline.
    Bye,
    /// I would like to be yours; I know of this epoch.
    Attach {
        /// The highest that the device has seen.
        epoch: u32,
        /// What it says of itself.
        word: W,
    },
    /// You are no longer my host: there is a newer epoch.
    Stale {
        /// That one.
        epoch: u32,
    },
    /// The user did with this what gateways wait for before they delete it.
    Happened {
        /// With what.
        delivery: DeliveryId,
        /// The gateway that brought it.
        by: GatewayId,
    },
    /// You asked: I am here.
    Here(W),
}

/// From a gateway to a device.
#[derive(Clone, Debug)]
pub enum Down {
    /// The system has your message.
    Accepted(MessageId),
    /// Policy refused your message.
    Refused(MessageId),
    /// A message for you, from the host of this epoch.
    Deliver {
        /// What.
        message: Rc<Message>,
        /// What policy made of it.
        flags: Flags,
        /// Since when the sender of this hosts the device.
        epoch: u32,
    },
    /// Your message was received by this one.
    Received {
        /// Which.
        message: Rc<Message>,
        /// By whom.
        recipient: ClientId,
    },
    /// I am here.
    Alive,
    /// I am your host.
    Hosted {
        /// Since when.
        epoch: u32,
        /// Whom to turn to if I should fail, in this order; I am the first.
        list: Arc<[GatewayId]>,
    },
    /// I am not your host; this one is.
    Elsewhere {
        /// That one.
        host: GatewayId,
        /// Since when.
        epoch: u32,
    },
    /// I heard what your user did with this.
    HappenedHeard(DeliveryId),
    /// You were mine: do you hear me?
    Ask,
}

/// What travels between the servers of a strategy.
pub trait Between: Ids + Clone + std::fmt::Debug {
    /// The message that it carries, and for whom, if it carries one and no more. What carries several says so itself,
    /// by its bytes and its contents.
    fn message(&self) -> Option<(DeliveryId, &Message)> {
        None
    }
    /// The size of its header. What devices hand over in a contact counts by itself.
    fn header(&self) -> u32 {
        HEADER_BYTES
    }
    /// Its size, beside the header.
    fn bytes(&self) -> u32 {
        self.message().map_or(ID_BYTES, |(_, message)| Flags::default().bytes_of(message))
    }
    /// Shows every delivery whose content it carries.
    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        if let Some((delivery, _)) = self.message() {
            show(delivery);
        }
    }
    /// Whether it carries the content of any delivery.
    fn carries_message(&self) -> bool {
        let mut carries = false;
        self.contents(&mut |_| carries = true);
        carries
    }
    /// Whether a CPU takes it for one that carries a message.
    fn is_served_as_message(&self) -> bool {
        self.carries_message()
    }
    /// Whether a run may end while it is under way.
    fn is_background(&self) -> bool {
        false
    }
}

/// What a device says of itself, beside what every device says.
pub trait DeviceWord: Clone + std::fmt::Debug {
    /// Its size, beside the header.
    fn bytes(&self) -> u32;
}

impl DeviceWord for () {
    fn bytes(&self) -> u32 {
        0
    }
}

/// The bytes of a header.
pub const HEADER_BYTES: u32 = <() as penult_sim::Packet>::HEADER_BYTES;

/// The bytes of an id in a list.
pub const ID_BYTES: u32 = 16;

impl<P: Between, W> Packet<P, W> {
    /// Shows every delivery whose content it carries.
    #[inline]
    pub fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Packet::Up(Up::Submit(message)) => message.deliveries().for_each(show),
            // To whom, the link says: a device gets its own deliveries only.
            Packet::Up(_) | Packet::Down(_) => {}
            Packet::Between(packet) => packet.contents(show),
        }
    }
}

impl<P: Between, W: DeviceWord> penult_sim::Packet for Packet<P, W> {
    fn bytes(&self) -> u32 {
        let contents = match self {
            Packet::Up(Up::Submit(message)) => Flags::default().bytes_of(message),
            Packet::Down(Down::Deliver { message, flags, .. }) => flags.bytes_of(message),
            Packet::Up(
                Up::Got(_, word) | Up::Keepalive(word) | Up::Attach { word, .. } | Up::Here(word),
            ) => word.bytes(),
            Packet::Up(_) | Packet::Down(_) => 0,
            Packet::Between(packet) => return packet.header().saturating_add(packet.bytes()),
        };
        HEADER_BYTES.saturating_add(contents)
    }

    #[inline]
    fn carries_message(&self) -> bool {
        match self {
            Packet::Up(Up::Submit(_)) | Packet::Down(Down::Deliver { .. }) => true,
            Packet::Up(_) | Packet::Down(_) => false,
            Packet::Between(packet) => packet.carries_message(),
        }
    }

    #[inline]
    fn is_served_as_message(&self) -> bool {
        match self {
            Packet::Between(packet) => packet.is_served_as_message(),
            packet => packet.carries_message(),
        }
    }

    fn is_background(&self) -> bool {
        match self {
            Packet::Up(Up::Keepalive(_) | Up::Here(_)) | Packet::Down(Down::Alive | Down::Ask) => {
                true
            }
            Packet::Up(_) | Packet::Down(_) => false,
            Packet::Between(packet) => packet.is_background(),
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl<P: Between, W: DeviceWord> Ids for Packet<P, W> {
    fn ids(&self) -> u64 {
        let message = |id: MessageId| DeliveryId { message: id, recipient: ClientId(0) }.key();
        let (kind, ids) = match self {
            Packet::Up(up) => match up {
                Up::Submit(sent) => (1, message(sent.id)),
                Up::Got(delivery, _) => (2, delivery.key()),
                Up::Keepalive(_) => (3, 0),
                Up::Bye => (4, 0),
                Up::Attach { epoch, .. } => (5, u64::from(*epoch)),
                Up::Stale { epoch } => (6, u64::from(*epoch)),
                Up::Happened { delivery, .. } => (50, delivery.key()),
                Up::Here(_) => (40, 0),
            },
            Packet::Down(down) => match down {
                Down::Accepted(id) => (11, message(*id)),
                Down::Refused(id) => (12, message(*id)),
                Down::Deliver { message: sent, epoch, .. } => {
                    (13, message(sent.id) | u64::from(*epoch))
                }
                Down::Received { message, recipient } => {
                    (14, DeliveryId { message: message.id, recipient: *recipient }.key())
                }
                Down::Alive => (15, 0),
                Down::Hosted { epoch, .. } => (16, u64::from(*epoch)),
                Down::Elsewhere { host, epoch } => {
                    (17, u64::from(host.0) << 32 | u64::from(*epoch))
                }
                Down::HappenedHeard(delivery) => (51, delivery.key()),
                Down::Ask => (41, 0),
            },
            Packet::Between(packet) => (31, packet.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

/// One number for a kind of thing and its ids, which may fill all 64 bits.
pub(crate) fn kind_and_ids(kind: u64, ids: u64) -> u64 {
    // A bijection for each kind: nothing of the ids is lost, and kinds differ nearly everywhere.
    ids ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
