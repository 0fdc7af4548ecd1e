//! What a device remembers of messages that it has received: their numbers, for as long as they can come
//! again. So none is shown twice, and of none is forgotten what its user did with it.

use std::rc::{Rc, Weak};

use crate::ids::MessageId;
use crate::message::Message;

/// The messages that a device has to know again. Those of which nobody has a copy any more can't come again:
/// they are sorted out, so that a long run needs no more memory than a short one.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Sorted. Messages come nearly in the order of their numbers, so a new one goes near the end.
    all: Vec<(u64, Weak<Message>)>,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 4;

impl Received {
    /// Whether this is the first time.
    pub(super) fn insert(&mut self, message: &Rc<Message>) -> bool {
        self.insert_as(message.id.raw().into(), message)
    }

    /// The same of a part of a message, which has a name of its own.
    pub(super) fn insert_as(&mut self, name: u64, message: &Rc<Message>) -> bool {
        let Err(mut place) = self.all.binary_search_by_key(&name, |&(id, _)| id) else {
            return false;
        };
        if self.all.len() == self.all.capacity() && self.all.len() >= FEW {
            self.all.retain(|(_, message)| message.strong_count() > 0);
            place = self.all.partition_point(|&(id, _)| id < name);
        }
        self.all.insert(place, (name, Rc::downgrade(message)));
        true
    }

    /// Those that can come again, and of how many senders they are.
    pub(super) fn alive(&self) -> (Vec<MessageId>, usize) {
        let alive = self.all.iter().filter_map(|(_, message)| message.upgrade());
        let (ids, mut senders): (Vec<_>, Vec<_>) = alive.map(|it| (it.id, it.sender)).unzip();
        senders.sort_unstable();
        senders.dedup();
        (ids, senders.len())
    }

    /// Whether it is one of them.
    pub(super) fn contains(&self, message: MessageId) -> bool {
        self.all.binary_search_by_key(&message.raw().into(), |&(id, _)| id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_can_come_again_and_little_else() {
        let mut received = Received::default();
        // In any order, and more of them than are worth sorting out.
        let alive: Vec<Rc<Message>> =
            (0..50).map(|nth| Message::numbered(nth * 7919 % 50_021)).collect();
        for one in &alive {
            assert!(received.insert(one), "for the first time");
        }
        for number in 60_000..160_000 {
            assert!(received.insert(&Message::numbered(number)));
        }
        assert!(alive.iter().all(|one| received.contains(one.id) && !received.insert(one)));
        assert!(!received.contains(MessageId::of_workload(50_500)));
        assert!(received.all.len() <= 4 * alive.len(), "{}", received.all.len());
        assert!(received.all.capacity() <= 4 * alive.len(), "{}", received.all.capacity());
    }
}
