//! What gateways of `single` send to each other.

use std::rc::Rc;

use penult_sim::{Ids, Time};

use crate::ids::{ClientId, DeliveryId};
use crate::message::{Flags, Message};
use crate::packet::{Between, ID_BYTES, kind_and_ids};
use crate::store::StoreLetter;

/// A packet between gateways.
#[derive(Clone, Debug)]
pub enum Letter {
    /// Store this for your client.
    Relay {
        /// What.
        message: Rc<Message>,
        /// What policy made of it.
        flags: Flags,
        /// For whom.
        recipient: ClientId,
        /// When the source stored it: everybody holds it from then on.
        stored: Time,
    },
    /// I have stored it.
    Stored(DeliveryId),
    /// Tell its sender that it was received.
    Received {
        /// What.
        message: Rc<Message>,
        /// By whom.
        recipient: ClientId,
    },
    /// To or from the external store.
    Store(StoreLetter),
}

impl From<StoreLetter> for Letter {
    fn from(letter: StoreLetter) -> Self {
        Letter::Store(letter)
    }
}

impl Between for Letter {
    fn bytes(&self) -> u32 {
        match self {
            Letter::Relay { message, flags, .. } => flags.bytes_of(message),
            Letter::Stored(_) | Letter::Received { .. } => ID_BYTES,
            Letter::Store(letter) => letter.bytes(),
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        match self {
            Letter::Relay { message, recipient, .. } => {
                show(DeliveryId { message: message.id, recipient: *recipient });
            }
            Letter::Store(letter) => letter.contents(show),
            Letter::Stored(_) | Letter::Received { .. } => {}
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            Letter::Relay { message, recipient, .. } => {
                (1, DeliveryId { message: message.id, recipient: *recipient }.key())
            }
            Letter::Stored(delivery) => (2, delivery.key()),
            Letter::Received { message, recipient } => {
                (3, DeliveryId { message: message.id, recipient: *recipient }.key())
            }
            Letter::Store(letter) => (10, letter.ids()),
        };
        kind_and_ids(kind, ids)
    }
}
