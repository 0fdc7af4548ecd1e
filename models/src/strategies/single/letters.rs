//! What gateways of `single` send to each other.

use std::rc::Rc;

use penult_sim::Ids;

use crate::ids::{ClientId, DeliveryId};
use crate::message::{Flags, Message};
use crate::packet::{Between, ID_BYTES, kind_and_ids};

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
    },
    /// I have stored it.
    Stored(DeliveryId),
    /// Tell its sender that it was received.
    Received {
        /// What.
        delivery: DeliveryId,
        /// Whom to tell.
        sender: ClientId,
    },
}

impl Between for Letter {
    fn bytes(&self) -> u32 {
        match self {
            Letter::Relay { message, flags, .. } => flags.bytes_of(message),
            Letter::Stored(_) | Letter::Received { .. } => ID_BYTES,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        if let Letter::Relay { message, recipient, .. } = self {
            show(DeliveryId { message: message.id, recipient: *recipient });
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for Letter {
    fn ids(&self) -> u64 {
        let (kind, delivery) = match self {
            Letter::Relay { message, recipient, .. } => {
                (1, DeliveryId { message: message.id, recipient: *recipient })
            }
            Letter::Stored(delivery) => (2, *delivery),
            Letter::Received { delivery, .. } => (3, *delivery),
        };
        kind_and_ids(kind, delivery.key())
    }
}
