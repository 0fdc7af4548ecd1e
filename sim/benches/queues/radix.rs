//! A radix heap: as time never runs back, events wait in the bucket of the highest bit in which
//! their instant differs from the last one popped.

use super::{Event, Pending, key};

/// The heap.
pub(crate) struct RadixHeap {
    /// Bucket 0 holds the events of the instant `last`, in descending order of `seq`.
    buckets: Vec<Vec<Event>>,
    /// A bit for each bucket that holds something.
    full: u128,
    last: u64,
}

impl RadixHeap {
    pub(crate) fn new() -> Self {
        Self {
            buckets: vec![Vec::new(); 65],
            full: 0,
            last: 0,
        }
    }

    #[inline]
    fn place(&mut self, event: Event) {
        let bucket = 64 - (event.at.nanos() ^ self.last).leading_zeros() as usize;
        self.full |= 1 << bucket;
        self.buckets[bucket].push(event);
    }
}

impl Pending for RadixHeap {
    fn name(&self) -> &'static str {
        "radix heap"
    }

    #[inline]
    fn push(&mut self, event: Event) {
        self.place(event);
        if event.at.nanos() == self.last {
            self.buckets[0].sort_unstable_by_key(|event| std::cmp::Reverse(event.seq));
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        if self.buckets[0].is_empty() {
            if self.full >> 1 == 0 {
                return None;
            }
            let bucket = (self.full & !1).trailing_zeros() as usize;
            self.full &= !(1 << bucket);
            let mut events = std::mem::take(&mut self.buckets[bucket]);
            self.last = events.iter().map(|event| event.at.nanos()).min()?;
            for event in events.drain(..) {
                self.place(event);
            }
            self.buckets[bucket] = events;
            self.buckets[0].sort_unstable_by_key(|event| std::cmp::Reverse(key(event)));
        }
        self.buckets[0].pop()
    }

    fn bytes(&self) -> usize {
        let events: usize = self.buckets.iter().map(Vec::capacity).sum();
        events * size_of::<Event>() + self.buckets.capacity() * size_of::<Vec<Event>>()
    }
}
