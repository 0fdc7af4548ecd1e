//! Events: deliveries in the stream.

use std::rc::Rc;

use penult_sim::Time;

use super::number::Number;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::message::{Flags, Message};
use crate::packet::ID_BYTES;

/// A delivery in the stream.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its position.
    pub number: Number,
    /// What.
    pub message: Rc<Message>,
    /// What policy made of it.
    pub flags: Flags,
    /// For whom.
    pub recipient: ClientId,
    /// When a primary had first written it.
    pub born: Time,
}

impl Event {
    /// The delivery that it is.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }
}

/// The bytes of events in a packet: those of one message that follow each other bring it once.
pub(super) fn bytes_of(events: &[Event]) -> u32 {
    let mut last: Option<MessageId> = None;
    events.iter().fold(0, |sum: u32, event| {
        let is_new = last.replace(event.message.id) != Some(event.message.id);
        let message = if is_new { event.flags.bytes_of(&event.message) } else { 0 };
        sum.saturating_add(message).saturating_add(ID_BYTES)
    })
}
