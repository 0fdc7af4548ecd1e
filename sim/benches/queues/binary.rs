//! The baseline: std's binary heap, with two ways to compare.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use penult_sim::Time;

use super::{Event, Pending, key};

/// std's heap of (at, seq, what), with the order that the tuple brings.
pub(crate) struct StdHeap(BinaryHeap<Reverse<(Time, u64, u64)>>);

impl StdHeap {
    pub(crate) fn new() -> Self {
        Self(BinaryHeap::new())
    }
}

impl Pending for StdHeap {
    const NAME: &'static str = "std BinaryHeap";
    #[inline]
    fn push(&mut self, event: Event) {
        self.0.push(Reverse((event.at, event.seq, event.what)));
    }
    #[inline]
    fn pop(&mut self) -> Option<Event> {
        let Reverse((at, seq, what)) = self.0.pop()?;
        Some(Event { at, seq, what })
    }
    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Event>()
    }
}

/// An event compared by one wide number, without a branch, turned round as std's heap pops the
/// greatest.
struct Wide(Event);

impl Ord for Wide {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        key(&other.0).cmp(&key(&self.0))
    }
}

impl PartialOrd for Wide {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
    #[inline]
    fn lt(&self, other: &Self) -> bool {
        key(&other.0) < key(&self.0)
    }
    #[inline]
    fn le(&self, other: &Self) -> bool {
        key(&other.0) <= key(&self.0)
    }
}

impl PartialEq for Wide {
    fn eq(&self, other: &Self) -> bool {
        key(&self.0) == key(&other.0)
    }
}

impl Eq for Wide {}

/// std's heap with that comparison.
pub(crate) struct WideHeap(BinaryHeap<Wide>);

impl WideHeap {
    pub(crate) fn new() -> Self {
        Self(BinaryHeap::new())
    }
}

impl Pending for WideHeap {
    const NAME: &'static str = "std, u128 keys";
    #[inline]
    fn push(&mut self, event: Event) {
        self.0.push(Wide(event));
    }
    #[inline]
    fn pop(&mut self) -> Option<Event> {
        self.0.pop().map(|wide| wide.0)
    }
    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Event>()
    }
}
