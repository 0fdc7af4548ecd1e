//! Sorts a bucket: a small key for each entry instead of the 24 bytes, wherever that can be.

use std::cmp::Reverse;

use super::{Entry, effort};

/// Bits of a small key that say which entry it stands for; the others are its instant.
const INDEX_BITS: u32 = 8;

/// Memory to sort in, used again and again.
pub(super) struct Sorter<T> {
    /// What is to be sorted.
    pub(super) entries: Vec<Entry<T>>,
    keys: Vec<u64>,
}

impl<T: Copy> Sorter<T> {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), keys: Vec::new() }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<T>>() + self.keys.capacity() * 8
    }

    /// Moves `entries` to `run`, which is empty, in descending order.
    pub(super) fn sort_into(&mut self, run: &mut Vec<Entry<T>>) {
        let entries = &mut self.entries;
        let instants = || entries.iter().map(|entry| entry.at.nanos());
        let (min, max) =
            instants().fold((u64::MAX, 0), |(min, max), at| (at.min(min), at.max(max)));
        if entries.len() > 1 << INDEX_BITS || max.saturating_sub(min).leading_zeros() < INDEX_BITS {
            std::mem::swap(run, entries);
            run.sort_unstable_by_key(|entry| Reverse(entry.key()));
            return;
        }
        // std sorts machine words without a branch that could be mispredicted. To sort the entries
        // themselves made a hold at a thousand pending take a quarter longer.
        self.keys.clear();
        let small = |(index, at): (usize, u64)| (at - min) << INDEX_BITS | index as u64;
        self.keys.extend(instants().enumerate().map(small));
        effort(self.keys.len() * INDEX_BITS as usize);
        self.keys.sort_unstable();
        let mask = (1 << INDEX_BITS) - 1;
        run.extend(self.keys.iter().rev().map(|key| entries[(key & mask) as usize]));
        entries.clear();
        // The index said nothing about `seq`: those of one instant are sorted among themselves.
        let tied = |pair: &[u64]| pair[0] >> INDEX_BITS == pair[1] >> INDEX_BITS;
        if self.keys.windows(2).any(tied) {
            for same in run.chunk_by_mut(|a, b| a.at == b.at) {
                same.sort_unstable_by_key(|entry| Reverse(entry.seq));
            }
        }
    }
}
