//! What the servers of `chain` send to each other.

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use penult_sim::{Ids, Span, Time};

use super::processor::CentralLetter;
use super::route::{Behind, Route};
use crate::detector::Heartbeat;
use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::{Flags, Message, Recipients};
use crate::packet::{Between, ID_BYTES, kind_and_ids};
use crate::parts::AreYouThere;
use crate::store::StoreLetter;

/// A packet between servers.
#[derive(Clone, Debug)]
pub enum Letter {
    /// Store this and pass it on.
    Relay(Copy),
    /// The same, of one message for several recipients.
    RelayAll(Rc<[Copy]>),
    /// I have stored it.
    Ack(Stored),
    /// I have stored these, which came in one packet.
    AckAll(Rc<[Stored]>),
    /// Has the host stored this?
    Question(DeliveryId),
    /// I am at it.
    Working(DeliveryId),
    /// I don't have this.
    Lacking(DeliveryId),
    /// You host the recipients of these: do you have them?
    Offer(Rc<[DeliveryId]>),
    /// Of what you offered, I lack these.
    Want(Rc<[DeliveryId]>),
    /// This became of a delivery.
    News {
        /// Which.
        delivery: DeliveryId,
        /// What.
        news: News,
        /// Who is to hear it next if the receiver can't tell by itself, and who after that.
        beyond: Behind,
    },
    /// I know that.
    NewsHeard {
        /// Which.
        delivery: DeliveryId,
        /// What.
        news: News,
    },
    /// The trigger of this came, here at its host: you gather those of the whole message.
    Triggered {
        /// Which.
        delivery: DeliveryId,
        /// Whose triggers are to come.
        recipients: Recipients,
    },
    /// I know that, and tell you when all have come.
    TriggeredHeard(DeliveryId),
    /// A user did what deletes this, which you brought, and I don't hold it.
    Happened(DeliveryId),
    /// I see to that, or I don't hold it either.
    HappenedHeard {
        /// Which.
        delivery: DeliveryId,
        /// Whether I do.
        had: bool,
    },
    /// To or from the external store.
    Store(Box<StoreLetter>),
    /// Are you there?
    Probe,
    /// I am.
    Alive,
    /// To or from the directory.
    Directory(DirectoryLetter),
    /// Of the queues of these clients, whom you host, I have this much: send me what I lack.
    Digest {
        /// What I call this synchronisation.
        round: u64,
        /// Of which queues, and what.
        digest: Box<Digest>,
    },
    /// What you lack is on its way.
    Coming {
        /// Of which synchronisation.
        round: u64,
        /// In so many batches, from its beginning on.
        batches: u32,
        /// The last leaves so much later.
        after: Span,
        /// Whether that is all that I let go.
        end: bool,
    },
    /// Some of it.
    Batch {
        /// Of which synchronisation.
        round: u64,
        /// Which batch.
        number: u32,
        /// What you lacked.
        copies: Rc<[Copy]>,
    },
    /// I have what I lacked. Send what came since, and let the clients go.
    LetGo(u64),
    /// You host the sender of this: tell it that this one has received it.
    Receipt {
        /// What.
        message: Rc<Message>,
        /// By whom.
        recipient: ClientId,
    },
    /// I see to that.
    ReceiptHeard(DeliveryId),
    /// Step into my list.
    Join,
    /// Another took your place in my list: I have these, you need not.
    Replaced(Rc<[DeliveryId]>),
    /// I live.
    Heartbeat(Heartbeat),
    /// To or from the central processor.
    Central(CentralLetter),
}

/// What a gateway has of some queues.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Whose queues; nobody: those of all clients of the host, to mirror them.
    pub clients: Rc<[ClientId]>,
    /// What the gateway has of them.
    pub have: Rc<[DeliveryId]>,
}

/// What a gateway says of a recipient's device, where that matters (`client_ack_timeout`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// Nothing: I don't host it, or nobody wants to know.
    #[default]
    Unknown,
    /// I host it, and it is online as far as I know.
    Online,
    /// I host it, and hold it for offline.
    Offline,
}

/// What may become of a delivery, the more final the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// The recipient has it: nobody need hand it over any more.
    Received,
    /// The external store has it: nobody else need keep it.
    Parked,
    /// What deletes it has come: nobody need keep it.
    Done,
}

/// Whether the external store has to do with a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InStore {
    /// Not yet.
    No,
    /// The source brings it there beside relaying it.
    Beside,
    /// It comes from there.
    Back,
}

/// What a gateway says of a delivery that it has stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What.
    pub delivery: DeliveryId,
    /// How many have stored it, from this gateway on.
    pub stored: u32,
    /// Whether that is all who are to store it.
    pub whole: bool,
    /// Whether the recipient's host has.
    pub arrived: bool,
    /// What is known of the recipient's device.
    pub device: Device,
}

impl Stored {
    /// A part of fingerprints.
    fn flags(&self) -> u64 {
        let device = (self.device as u64) << 34;
        device | u64::from(self.stored) << 2 | u64::from(self.whole) << 1 | u64::from(self.arrived)
    }
}

/// A copy on its way.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What is the same for everybody along the way, who share it.
    waybill: Rc<Waybill>,
    /// Where the receiver stands in the route.
    pub place: u32,
}

/// What travels with a copy: what it is, for whom, and along which way.
#[derive(Clone, Debug)]
pub struct Waybill {
    /// What.
    pub message: Rc<Message>,
    /// For whom.
    pub recipient: ClientId,
    /// What policy made of it.
    pub flags: Flags,
    /// The epoch in which the recipient's host hosts it, as far as the source knew.
    pub epoch: u32,
    /// When the source stored it: everybody holds it from then on.
    pub stored: Time,
    /// Who is to hold it.
    pub route: Route,
    /// The gateway at which it entered the system.
    pub source: GatewayId,
    /// Whether the external store has it too.
    pub in_store: InStore,
    /// Whether the recipient has it: it is held until it is deleted.
    pub received: bool,
}

impl Deref for Copy {
    type Target = Waybill;

    #[inline]
    fn deref(&self) -> &Waybill {
        &self.waybill
    }
}

/// Whoever writes into a waybill that others have as well gets one of its own.
impl DerefMut for Copy {
    #[inline]
    fn deref_mut(&mut self) -> &mut Waybill {
        Rc::make_mut(&mut self.waybill)
    }
}

impl From<Waybill> for Copy {
    /// For the first of its route.
    fn from(waybill: Waybill) -> Self {
        Copy { waybill: Rc::new(waybill), place: 0 }
    }
}

impl Copy {
    /// The same for the gateway at this place of the route.
    pub(super) fn at(&self, place: u32) -> Copy {
        Copy { waybill: self.waybill.clone(), place }
    }

    /// Which delivery it is of.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }

    /// Whether another copy's way to a host elsewhere is the better one: it leads to a later host, or to the
    /// same by fewer gateways.
    pub(super) fn goes_better_along(&self, other: &Copy) -> bool {
        let is_nearer = other.epoch == self.epoch && other.left() < self.left();
        !self.route.mirrors && other.leads_on() && (other.epoch > self.epoch || is_nearer)
    }

    /// Whether it came beside its way: it is of what a client sent, whose queue its host gave away. The receiver, which
    /// stands before the recipient's host, offers it there.
    pub(super) fn is_beside(&self) -> bool {
        !self.route.mirrors && self.place == 0
    }

    /// Whether more gateways come after this one on the way to the host.
    pub(super) fn leads_on(&self) -> bool {
        !self.route.mirrors && self.left() > 0
    }

    fn left(&self) -> usize {
        self.route.gateways.len() - 1 - self.place as usize
    }
}

impl Letter {
    /// This is done, and nobody else has to hear it from you.
    pub(super) fn done(delivery: DeliveryId) -> Letter {
        Letter::News { delivery, news: News::Done, beyond: Behind::NOBODY }
    }

    /// The same of what the external store has.
    pub(super) fn parked(delivery: DeliveryId) -> Letter {
        Letter::News { delivery, news: News::Parked, beyond: Behind::NOBODY }
    }
}

impl From<StoreLetter> for Letter {
    fn from(letter: StoreLetter) -> Self {
        Letter::Store(Box::new(letter))
    }
}

impl From<DirectoryLetter> for Letter {
    fn from(letter: DirectoryLetter) -> Self {
        Letter::Directory(letter)
    }
}

impl From<AreYouThere> for Letter {
    fn from(_: AreYouThere) -> Self {
        Letter::Probe
    }
}

impl From<Heartbeat> for Letter {
    fn from(heartbeat: Heartbeat) -> Self {
        Letter::Heartbeat(heartbeat)
    }
}

impl Between for Letter {
    #[inline]
    fn bytes(&self) -> u32 {
        let list = |ids: &[DeliveryId]| ID_BYTES.saturating_mul(ids.len() as u32);
        match self {
            Letter::Relay(copy) => copy.flags.bytes_of(&copy.message),
            Letter::RelayAll(copies) => {
                copies.first().map_or(0, |copy| copy.flags.bytes_of(&copy.message))
            }
            Letter::AckAll(all) => ID_BYTES.saturating_mul(all.len() as u32),
            Letter::Offer(ids) | Letter::Want(ids) | Letter::Replaced(ids) => list(ids),
            Letter::Probe | Letter::Alive | Letter::Heartbeat(_) | Letter::Join => 0,
            Letter::Digest { digest, .. } => {
                let clients = digest.clients.len() as u32;
                list(&digest.have).saturating_add(ID_BYTES.saturating_mul(clients))
            }
            Letter::Batch { copies, .. } => copies
                .iter()
                .fold(0, |sum, copy| sum.saturating_add(copy.flags.bytes_of(&copy.message))),
            Letter::Directory(letter) => letter.bytes(),
            Letter::Central(letter) => letter.bytes(),
            Letter::Store(letter) => letter.bytes(),
            Letter::Triggered { recipients, .. } => {
                ID_BYTES.saturating_mul(1 + recipients.as_slice().len() as u32)
            }
            _ => ID_BYTES,
        }
    }

    #[inline]
    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Relay(copy) => show(copy.delivery()),
            Letter::Store(letter) => letter.contents(show),
            Letter::RelayAll(copies) | Letter::Batch { copies, .. } => {
                copies.iter().for_each(|copy| show(copy.delivery()));
            }
            _ => {}
        }
    }

    #[inline]
    fn carries_message(&self) -> bool {
        match self {
            Letter::Relay(_) => true,
            Letter::RelayAll(copies) | Letter::Batch { copies, .. } => !copies.is_empty(),
            Letter::Store(letter) => letter.carries_message(),
            _ => false,
        }
    }

    #[inline]
    fn is_background(&self) -> bool {
        matches!(self, Letter::Probe | Letter::Alive | Letter::Heartbeat(_))
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let first = |ids: &[DeliveryId]| ids.first().map_or(0, |delivery| delivery.key());
        let (kind, ids) = match self {
            Letter::Relay(copy) => (1, copy.delivery().key()),
            Letter::Ack(stored) => (2 + (stored.flags() << 8), stored.delivery.key()),
            Letter::Question(delivery) => (3, delivery.key()),
            Letter::Working(delivery) => (4, delivery.key()),
            Letter::Lacking(delivery) => (5, delivery.key()),
            Letter::Offer(ids) => (6, first(ids)),
            Letter::Want(ids) => (7, first(ids)),
            Letter::News { delivery, news, .. } => match news {
                News::Done => (8, delivery.key()),
                News::Received => (40, delivery.key()),
                News::Parked => (41, delivery.key()),
            },
            Letter::NewsHeard { delivery, news } => match news {
                News::Done => (9, delivery.key()),
                News::Received => (42, delivery.key()),
                News::Parked => (43, delivery.key()),
            },
            Letter::Triggered { delivery, .. } => (44, delivery.key()),
            Letter::TriggeredHeard(delivery) => (45, delivery.key()),
            Letter::Happened(delivery) => (46, delivery.key()),
            Letter::HappenedHeard { delivery, had } => {
                (47 + (u64::from(*had) << 8), delivery.key())
            }
            Letter::Store(letter) => (48, letter.ids()),
            Letter::Probe => (10, 0),
            Letter::Alive => (11, 0),
            Letter::Directory(letter) => (12, letter.ids()),
            Letter::Digest { round, .. } => (20, *round),
            Letter::Coming { round, batches, end, .. } => {
                (21 + (u64::from(*batches) << 9 | u64::from(*end) << 8), *round)
            }
            Letter::Batch { round, number, .. } => (22 + (u64::from(*number) << 8), *round),
            Letter::LetGo(round) => (23, *round),
            Letter::Receipt { message, recipient } => {
                (26, DeliveryId { message: message.id, recipient: *recipient }.key())
            }
            Letter::ReceiptHeard(delivery) => (27, delivery.key()),
            Letter::Join => (24, 0),
            Letter::Replaced(ids) => (25, first(ids)),
            Letter::RelayAll(copies) => {
                let keys = copies.iter().map(|copy| copy.delivery().key());
                (13, keys.fold(0, kind_and_ids))
            }
            Letter::AckAll(all) => {
                let keys = all.iter().map(|it| kind_and_ids(it.flags(), it.delivery.key()));
                (14, keys.fold(0, kind_and_ids))
            }
            Letter::Heartbeat(Heartbeat(number)) => (30, *number),
            Letter::Central(letter) => (31, letter.ids()),
        };
        kind_and_ids(kind, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Packet;

    /// All that is under way lies in memory, and each packet is moved a few times.
    #[test]
    fn packets_are_small() {
        assert!(size_of::<Packet<Letter>>() <= 48, "{}", size_of::<Packet<Letter>>());
    }
}
