//! What gateways and the store say to each other, and what the store is reminded of.

use std::rc::Rc;

use penult_sim::Ids;

use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::packet::{Between, ID_BYTES, kind_and_ids};

/// A delivery as the store keeps it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// What.
    pub message: Rc<Message>,
    /// For whom.
    pub recipient: ClientId,
    /// What policy made of it.
    pub flags: Flags,
    /// The gateway that it entered the system at.
    pub source: GatewayId,
    /// Whether its recipient has received it: then it only waits for the trigger of its deletion.
    pub received: bool,
}

impl Mail {
    /// Which delivery it is.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }
}

/// What gateways and the store say to each other.
#[derive(Clone, Debug)]
pub enum StoreLetter {
    /// Keep this.
    Put(Mail),
    /// Do you have this?
    Offer(DeliveryId),
    /// I don't: put it here.
    Want(DeliveryId),
    /// I have it on disk.
    Has(DeliveryId),
    /// I know that its trigger came: nobody need keep it.
    Gone(DeliveryId),
    /// This was received; or it may be deleted.
    Mark {
        /// What.
        delivery: DeliveryId,
        /// Whether the trigger came.
        delete: bool,
    },
    /// I know.
    Marked {
        /// What.
        delivery: DeliveryId,
        /// Whether the trigger came.
        delete: bool,
    },
    /// This client of mine is ready: what do you have for it?
    Ready {
        /// Whom.
        client: ClientId,
        /// Since when I host it.
        epoch: u32,
    },
    /// I hand out what I have for it.
    ReadyHeard(ClientId),
    /// Relay this along these gateways, of which you are the first.
    Hand {
        /// What.
        mail: Mail,
        /// Along whom, the recipient's host last.
        way: Rc<[GatewayId]>,
        /// Since when that one hosts.
        epoch: u32,
    },
    /// I have stored what you handed me.
    Taken(DeliveryId),
    /// Something came for this client, whose host you are as far as I know: is it ready?
    Waiting(ClientId),
    /// I'll see.
    WaitingHeard(ClientId),
}

impl Between for StoreLetter {
    fn bytes(&self) -> u32 {
        match self {
            StoreLetter::Put(mail) | StoreLetter::Hand { mail, .. } => {
                mail.flags.bytes_of(&mail.message)
            }
            _ => ID_BYTES,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        if let StoreLetter::Put(mail) | StoreLetter::Hand { mail, .. } = self {
            show(mail.delivery());
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for StoreLetter {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            StoreLetter::Put(mail) => (1, mail.delivery().key()),
            StoreLetter::Offer(delivery) => (2, delivery.key()),
            StoreLetter::Want(delivery) => (3, delivery.key()),
            StoreLetter::Has(delivery) => (4, delivery.key()),
            StoreLetter::Gone(delivery) => (5, delivery.key()),
            StoreLetter::Mark { delivery, delete } => (6 + u64::from(*delete), delivery.key()),
            StoreLetter::Marked { delivery, delete } => (8 + u64::from(*delete), delivery.key()),
            StoreLetter::Ready { client, epoch } => {
                (10, u64::from(client.0) << 32 | u64::from(*epoch))
            }
            StoreLetter::ReadyHeard(client) => (11, client.0.into()),
            StoreLetter::Hand { mail, .. } => (12, mail.delivery().key()),
            StoreLetter::Taken(delivery) => (13, delivery.key()),
            StoreLetter::Waiting(client) => (14, client.0.into()),
            StoreLetter::WaitingHeard(client) => (15, client.0.into()),
        };
        kind_and_ids(kind, ids)
    }
}

/// What the store is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreTimer {
    /// This is written.
    Written(DeliveryId),
    /// Nobody said that they took this.
    Untaken(DeliveryId),
    /// The host of this client has not said that it knows of its mail.
    Unasked(ClientId),
    /// Nobody said what became of this since it was taken.
    Overdue(DeliveryId),
}

impl Ids for StoreTimer {
    fn ids(&self) -> u64 {
        match *self {
            StoreTimer::Written(delivery) => kind_and_ids(1, delivery.key()),
            StoreTimer::Untaken(delivery) => kind_and_ids(2, delivery.key()),
            StoreTimer::Unasked(client) => kind_and_ids(3, client.0.into()),
            StoreTimer::Overdue(delivery) => kind_and_ids(4, delivery.key()),
        }
    }
}
