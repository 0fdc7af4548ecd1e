//! Unsorted lists of entries, cut from one arena of chunks that are used again.

use super::{Entry, effort};

/// Entries in a chunk: 192 bytes, three cache lines. Half a chunk is lost at the end of each
/// list, so larger ones cost memory, and smaller ones a miss more often.
const CHUNK: usize = 8;
/// No chunk.
const NONE: u32 = u32::MAX;

/// A list: its newest chunk, the only one that may be partly full, and its length.
#[derive(Clone, Copy)]
pub(super) struct List {
    head: u32,
    len: u32,
}

impl List {
    pub(super) const EMPTY: List = List { head: NONE, len: 0 };

    #[inline]
    pub(super) fn len(self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// The arena. It grows to the largest number of chunks ever in use at once, and stays.
pub(super) struct Chunks<T> {
    chunks: Vec<[Entry<T>; CHUNK]>,
    /// For each chunk the one that follows it in its list, or among the free.
    next: Vec<u32>,
    free: u32,
}

impl<T: Copy> Chunks<T> {
    pub(super) fn new() -> Self {
        Self { chunks: Vec::new(), next: Vec::new(), free: NONE }
    }

    pub(super) fn bytes(&self) -> usize {
        self.chunks.capacity() * size_of::<[Entry<T>; CHUNK]>() + self.next.capacity() * 4
    }

    #[inline]
    pub(super) fn push(&mut self, list: &mut List, entry: Entry<T>) {
        effort(1);
        let slot = list.len as usize % CHUNK;
        if slot == 0 {
            list.head = self.chunk_before(list.head, entry);
        }
        self.chunks[list.head as usize][slot] = entry;
        list.len += 1;
    }

    /// A chunk to be filled, with `next` behind it.
    #[inline]
    fn chunk_before(&mut self, next: u32, filler: Entry<T>) -> u32 {
        let chunk = self.free;
        if chunk == NONE {
            return self.grow(next, filler);
        }
        let link = &mut self.next[chunk as usize];
        self.free = *link;
        *link = next;
        chunk
    }

    #[cold]
    fn grow(&mut self, next: u32, filler: Entry<T>) -> u32 {
        let chunk = u32::try_from(self.chunks.len()).ok().filter(|&chunk| chunk != NONE);
        let chunk = chunk.expect("more than thirty thousand million pending events");
        if self.chunks.len() == self.chunks.capacity() {
            // By an eighth, not to twice: at millions of entries the arena is all the memory.
            let more = (self.chunks.len() / 8).max(16);
            self.chunks.reserve_exact(more);
            self.next.reserve_exact(more);
        }
        self.chunks.push([filler; CHUNK]);
        self.next.push(next);
        chunk
    }

    /// Takes the newest chunk off a list that is not empty: which it is, and how full.
    #[inline]
    fn take_chunk(&self, list: &mut List) -> (u32, usize) {
        let (chunk, full) = (list.head, (list.len as usize - 1) % CHUNK + 1);
        *list = List { head: self.next[chunk as usize], len: list.len - full as u32 };
        (chunk, full)
    }

    #[inline]
    fn free_chunk(&mut self, chunk: u32) {
        self.next[chunk as usize] = self.free;
        self.free = chunk;
    }

    /// Moves a list to the end of `into`.
    pub(super) fn pour(&mut self, mut list: List, into: &mut Vec<Entry<T>>) {
        effort(list.len());
        while !list.is_empty() {
            let (chunk, full) = self.take_chunk(&mut list);
            into.extend_from_slice(&self.chunks[chunk as usize][..full]);
            self.free_chunk(chunk);
        }
    }

    /// Moves each entry of a list to the list that `list_for` names for its instant.
    pub(super) fn deal<'l>(
        &mut self,
        mut list: List,
        buckets: &'l mut [List],
        place: impl Fn(u64) -> usize,
        rest: &'l mut List,
    ) {
        while !list.is_empty() {
            let (chunk, full) = self.take_chunk(&mut list);
            // A copy: the chunk is the first to be filled again.
            let entries = self.chunks[chunk as usize];
            self.free_chunk(chunk);
            for &entry in &entries[..full] {
                let list = buckets.get_mut(place(entry.at.nanos())).unwrap_or(&mut *rest);
                self.push(list, entry);
            }
        }
    }

    /// Calls `visit` with the instant of each entry of a list.
    #[inline]
    pub(super) fn for_each(&self, list: List, mut visit: impl FnMut(u64)) {
        effort(list.len());
        let (mut chunk, mut left) = (list.head, list.len as usize);
        while left > 0 {
            let full = (left - 1) % CHUNK + 1;
            for entry in &self.chunks[chunk as usize][..full] {
                visit(entry.at.nanos());
            }
            left -= full;
            chunk = self.next[chunk as usize];
        }
    }

    /// The earliest and the latest instant of a list that is not empty.
    pub(super) fn bounds(&self, list: List) -> (u64, u64) {
        let (mut min, mut max) = (u64::MAX, 0);
        self.for_each(list, |at| (min, max) = (min.min(at), max.max(at)));
        (min, max)
    }
}
