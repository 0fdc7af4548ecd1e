//! What a device has received: the numbers of the messages, so that none is shown twice.

use std::rc::{Rc, Weak};

use crate::ids::MessageId;
use crate::message::Message;

/// The messages that a device has received. Those of which nobody has a copy any more can't come again:
/// they are sorted out, so that a long run needs no more memory than a short one.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Sorted. Messages come nearly in the order of their numbers, so a new one goes near the end.
    all: Vec<(MessageId, Weak<Message>)>,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 4;

impl Received {
    /// Whether this is the first time.
    pub(super) fn insert(&mut self, message: &Rc<Message>) -> bool {
        let Err(mut place) = self.all.binary_search_by_key(&message.id, |&(id, _)| id) else {
            return false;
        };
        if self.all.len() == self.all.capacity() && self.all.len() >= FEW {
            self.all.retain(|(_, message)| message.strong_count() > 0);
            place = self.all.partition_point(|&(id, _)| id < message.id);
        }
        self.all.insert(place, (message.id, Rc::downgrade(message)));
        true
    }
}
