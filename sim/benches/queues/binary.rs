//! The baseline: std's binary heap.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::{Event, Pending, key};

/// An event whose order is turned round, as std's heap pops the greatest.
struct Turned(Event);

impl Ord for Turned {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        key(&other.0).cmp(&key(&self.0))
    }
}

impl PartialOrd for Turned {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
    // With the comparison of one wide number here, the baseline is as fast as it gets: the
    // default by way of `cmp` and a pair of fields costs it a fifth.
    #[inline]
    fn lt(&self, other: &Self) -> bool {
        key(&other.0) < key(&self.0)
    }
    #[inline]
    fn le(&self, other: &Self) -> bool {
        key(&other.0) <= key(&self.0)
    }
}

impl PartialEq for Turned {
    fn eq(&self, other: &Self) -> bool {
        key(&self.0) == key(&other.0)
    }
}

impl Eq for Turned {}

/// std's heap.
pub(crate) struct StdHeap(BinaryHeap<Turned>);

impl StdHeap {
    pub(crate) fn new() -> Self {
        Self(BinaryHeap::new())
    }
}

impl Pending for StdHeap {
    fn name(&self) -> &'static str {
        "std BinaryHeap"
    }
    #[inline]
    fn push(&mut self, event: Event) {
        self.0.push(Turned(event));
    }
    #[inline]
    fn pop(&mut self) -> Option<Event> {
        self.0.pop().map(|turned| turned.0)
    }
    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Event>()
    }
}
