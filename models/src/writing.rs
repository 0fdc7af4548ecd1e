//! What a server's disk is busy with. A disk takes one write after the other, so what began first is done first;
//! whether it is at a delivery is known without a look at all that waits for it.

use std::collections::{BTreeSet, VecDeque};

use crate::effort::effort;
use crate::ids::DeliveryId;

/// Something to be written, of one delivery or several of a message.
pub trait Write {
    /// Which.
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId>;
}

/// So many are looked up; fewer are looked through.
const LONG: usize = 8;

/// What is being written, and what waits for that.
#[derive(Debug)]
pub struct Writing<W> {
    queue: VecDeque<W>,
    /// All their deliveries, once these were many and until there are none.
    index: BTreeSet<DeliveryId>,
}

impl<W> Default for Writing<W> {
    fn default() -> Self {
        Writing { queue: VecDeque::new(), index: BTreeSet::new() }
    }
}

impl<W: Write> Writing<W> {
    /// Puts something behind all that is to be written.
    pub fn begin(&mut self, work: W) {
        self.queue.push_back(work);
        if self.queue.len() >= LONG || !self.index.is_empty() {
            self.enter();
        }
    }

    /// The last of many is looked up from now on, and all before it are.
    #[cold]
    fn enter(&mut self) {
        let known = if self.index.is_empty() { 0 } else { self.queue.len() - 1 };
        let new = self.queue.iter().skip(known);
        self.index.extend(new.flat_map(Write::deliveries));
    }

    /// The disk is done with what has this as its first delivery.
    pub fn end(&mut self, first: DeliveryId) -> W {
        let work = self.queue.pop_front().expect("what is written was begun");
        debug_assert_eq!(work.deliveries().next(), Some(first), "what began first is done first");
        if !self.index.is_empty() {
            work.deliveries().for_each(|delivery| _ = self.index.remove(&delivery));
        }
        work
    }

    /// Whether the disk is at a delivery, or will be.
    #[inline]
    pub fn has(&self, delivery: DeliveryId) -> bool {
        if self.queue.is_empty() { false } else { self.looks_for(delivery) }
    }

    #[inline(never)]
    fn looks_for(&self, delivery: DeliveryId) -> bool {
        if !self.index.is_empty() {
            return self.index.contains(&delivery);
        }
        self.queue.iter().flat_map(Write::deliveries).any(|other| {
            effort(1);
            other == delivery
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, MessageId};

    impl Write for Vec<DeliveryId> {
        fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
            self.iter().copied()
        }
    }

    fn deliveries(message: u64) -> Vec<DeliveryId> {
        let message = MessageId::of_workload(message);
        (0..1 + message.number() % 3)
            .map(|recipient| DeliveryId { message, recipient: ClientId(recipient) })
            .collect()
    }

    /// However many there are, and were.
    #[test]
    fn what_is_in_it_is_found() {
        let mut writing = Writing::default();
        let (mut begun, mut ended) = (0, 0);
        for most in [1, 3, 40, 2, 15, 0] {
            while begun - ended < most {
                writing.begin(deliveries(begun));
                begun += 1;
            }
            while begun - ended > most.min(1) {
                for message in 0..begun + 2 {
                    let is_there = (ended..begun).contains(&message);
                    for delivery in deliveries(message) {
                        assert_eq!(writing.has(delivery), is_there, "{delivery:?}");
                    }
                }
                assert_eq!(writing.end(deliveries(ended)[0]), deliveries(ended));
                ended += 1;
            }
        }
        assert!(writing.queue.is_empty() && writing.index.is_empty());
    }
}
