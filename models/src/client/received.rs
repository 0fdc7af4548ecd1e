//! What a device has received: the numbers of the messages, so that none is shown twice.

use crate::ids::MessageId;

/// The messages that a device has received.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Sorted. Messages come nearly in the order of their numbers, so a new one goes near the end.
    ids: Vec<MessageId>,
}

impl Received {
    /// Whether this is the first time.
    pub(super) fn insert(&mut self, id: MessageId) -> bool {
        match self.ids.binary_search(&id) {
            Ok(_) => false,
            Err(place) => {
                self.ids.insert(place, id);
                true
            }
        }
    }
}
