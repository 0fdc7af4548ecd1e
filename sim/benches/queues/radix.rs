//! A radix heap: as time never runs back, events wait in the bucket of the highest bit in which
//! their instant differs from the last one popped.

use std::collections::VecDeque;

use super::{Event, Pending};

/// The heap.
pub(crate) struct RadixHeap {
    /// The events of the instant `last`, in the order of `seq`.
    now: VecDeque<Event>,
    /// Bucket `b` holds what differs from `last` in bit `b`, and in none above it.
    buckets: Vec<Vec<Event>>,
    /// A bit for each bucket that holds something.
    full: u64,
    last: u64,
}

impl RadixHeap {
    pub(crate) fn new() -> Self {
        Self { now: VecDeque::new(), buckets: vec![Vec::new(); 64], full: 0, last: 0 }
    }

    #[inline]
    fn place(&mut self, event: Event) {
        let differs = event.at.nanos() ^ self.last;
        if differs == 0 {
            let place = self.now.iter().rev().take_while(|other| other.seq > event.seq);
            self.now.insert(self.now.len() - place.count(), event);
            return;
        }
        let bucket = differs.ilog2();
        self.full |= 1 << bucket;
        self.buckets[bucket as usize].push(event);
    }
}

impl Pending for RadixHeap {
    const NAME: &'static str = "radix heap";

    #[inline]
    fn push(&mut self, event: Event) {
        self.place(event);
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        if self.now.is_empty() {
            if self.full == 0 {
                return None;
            }
            let bucket = self.full.trailing_zeros();
            self.full &= self.full - 1;
            let mut events = std::mem::take(&mut self.buckets[bucket as usize]);
            self.last = events.iter().map(|event| event.at.nanos()).min()?;
            // In the order of pushing, which is nearly that of `seq`.
            for event in events.drain(..) {
                self.place(event);
            }
            self.buckets[bucket as usize] = events;
        }
        self.now.pop_front()
    }

    fn bytes(&self) -> usize {
        let events: usize = self.buckets.iter().map(Vec::capacity).sum();
        (events + self.now.capacity()) * size_of::<Event>()
            + self.buckets.capacity() * size_of::<Vec<Event>>()
    }
}
