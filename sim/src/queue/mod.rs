//! The pending-event set: what is scheduled, handed out in the order (at, seq).

mod chunks;
mod rung;
mod sorter;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use crate::Time;
use chunks::{Chunks, List};
use rung::Rung;
use sorter::Sorter;

/// A list of at most so many entries is sorted at once; a longer one is spread over a rung first.
const SORTED_AT_ONCE: usize = 160;
/// The same for the rest of a rung.
const REST_SORTED_AT_ONCE: usize = 16;
/// So many late entries, if they outnumber the run, become a rung of their own.
const LATE_MAX: usize = 256;
/// Rungs below each other. Each divides its bucket by 16 or more, so that only a distribution
/// with clusters inside clusters needs more than three; past this depth a bucket is sorted whole.
const RUNGS: usize = 8;

/// One pending entry. Entries fire in the order (at, seq), whatever they hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<T> {
    /// When it fires.
    pub at: Time,
    /// Its turn among those of the same instant: unique, and handed out in the order of scheduling.
    pub seq: u64,
    /// What happens then.
    pub what: T,
}

// The queue does little else than move these: with eight bytes of load, no byte is lost.
const _: () = assert!(size_of::<Entry<u64>>() == 24);

impl<T> Entry<T> {
    /// The order as one number, which compares without a branch.
    #[inline]
    fn key(&self) -> u128 {
        effort(1);
        u128::from(self.at.nanos()) << 64 | u128::from(self.seq)
    }
}

/// Counts steps (entries moved or looked at, keys compared, buckets passed), so that tests can
/// hold the queue to a bound where a clock would only say that the machine was busy.
#[inline(always)]
fn effort(_steps: usize) {
    #[cfg(test)]
    tests::EFFORT.set(tests::EFFORT.get() + _steps as u64);
}

/// An entry as std's heap wants it, whose top is the greatest: the first to fire is greater.
#[derive(Clone, Copy)]
struct Late<T>(Entry<T>);

impl<T> Ord for Late<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.key().cmp(&self.0.key())
    }
}

impl<T> PartialOrd for Late<T> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Late<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Late<T> {}

impl<T> Late<T> {
    fn key(&self) -> u128 {
        self.0.key()
    }
}

/// The events still to come, as a ladder.
pub struct EventQueue<T> {
    /// The bucket being consumed, sorted, the first to fire at the end.
    run: Vec<Entry<T>>,
    /// What was pushed into the time of that bucket after it was sorted.
    late: BinaryHeap<Late<T>>,
    /// What was pushed at the very instant `now` in ascending order, as nearly all is that fires
    /// at once: it needs no heap. Empty before `now` moves on, as nothing comes before it.
    burst: VecDeque<Entry<T>>,
    /// The first `depth` are in use, the coarsest first; each but the first refines the bucket
    /// that the one before it closed last. An entry belongs to the first rung that has not closed
    /// its instant, and to `late` where all have.
    rungs: [Rung; RUNGS],
    depth: usize,
    chunks: Chunks<T>,
    sorter: Sorter<T>,
    len: usize,
    /// The instant of the last entry popped.
    now: Time,
}

impl<T: Copy> Default for EventQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy> EventQueue<T> {
    /// An empty queue. It allocates nothing before the first push.
    pub fn new() -> Self {
        Self {
            run: Vec::new(),
            late: BinaryHeap::new(),
            burst: VecDeque::new(),
            rungs: std::array::from_fn(|_| Rung::new()),
            depth: 1,
            chunks: Chunks::new(),
            sorter: Sorter::new(),
            len: 0,
            now: Time::ZERO,
        }
    }

    /// How many entries are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory held, in use or kept for later.
    pub fn bytes(&self) -> usize {
        self.chunks.bytes()
            + self.sorter.bytes()
            + (self.run.capacity() + self.late.capacity() + self.burst.capacity())
                * size_of::<Entry<T>>()
            + self.rungs.iter().map(Rung::bytes).sum::<usize>()
    }

    /// Schedules an entry, no earlier than the last one popped: time never runs back. Any `seq`
    /// will do that no pending entry of the same instant has; it need not be the greatest.
    #[inline]
    pub fn push(&mut self, entry: Entry<T>) {
        let at = entry.at.nanos();
        debug_assert!(
            entry.at >= self.now,
            "an entry for {} was pushed at {}",
            entry.at,
            self.now
        );
        self.len += 1;
        for rung in &mut self.rungs[..self.depth] {
            if at > rung.closed() {
                self.chunks.push(rung.list_for(at), entry);
                return;
            }
        }
        self.push_late(entry);
    }

    /// The next entry to fire, which stays.
    #[inline]
    pub fn peek(&mut self) -> Option<&Entry<T>> {
        if self.burst_is_next() {
            return self.burst.front();
        }
        if self.run.is_empty() && self.late.is_empty() && !self.refill() {
            return None;
        }
        if self.late_is_next() {
            self.late.peek().map(|late| &late.0)
        } else {
            self.run.last()
        }
    }

    /// Takes the next entry to fire.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry<T>> {
        if self.late.is_empty()
            && self.burst.is_empty()
            && let Some(entry) = self.run.pop()
        {
            self.len -= 1;
            self.now = entry.at;
            return Some(entry);
        }
        self.pop_slowly()
    }

    /// Takes the next entry where it may not be in the run. Apart, as this is the rarer case and
    /// would cost the other registers.
    #[inline(never)]
    fn pop_slowly(&mut self) -> Option<Entry<T>> {
        let entry = if self.burst_is_next() {
            self.burst.pop_front()
        } else if self.run.is_empty() && self.late.is_empty() && !self.refill() {
            None
        } else if self.late_is_next() {
            self.late.pop().map(|late| late.0)
        } else {
            self.run.pop()
        }?;
        self.len -= 1;
        self.now = entry.at;
        Some(entry)
    }

    /// Whether the first of the burst fires before the run and what is late.
    #[inline]
    fn burst_is_next(&self) -> bool {
        self.burst.front().is_some_and(|burst| {
            let before = |other: &Entry<T>| other.key() < burst.key();
            !self.run.last().is_some_and(before)
                && !self.late.peek().is_some_and(|late| before(&late.0))
        })
    }

    /// Whether what is late fires before the run.
    #[inline]
    fn late_is_next(&self) -> bool {
        match (self.run.last(), self.late.peek()) {
            (Some(run), Some(late)) => late.0.key() < run.key(),
            (run, _) => run.is_none(),
        }
    }

    /// Pushes an entry into the time of the run. Where that becomes the rule (a busy millisecond
    /// before timers that are hours away), what is late gets a rung, lest all live in the heap.
    #[inline(never)]
    fn push_late(&mut self, entry: Entry<T>) {
        if entry.at == self.now && self.burst.back().is_none_or(|last| last.seq < entry.seq) {
            self.burst.push_back(entry);
            return;
        }
        self.late.push(Late(entry));
        // Only if it outnumbers the run, so that the work is paid for by the pushes since; and not
        // during a burst, as what is to fire in between must not go behind it to a rung.
        let many = self.late.len() >= LATE_MAX.max(self.run.len());
        if many && self.depth < RUNGS && self.burst.is_empty() {
            let mut list = List::EMPTY;
            for entry in self.run.drain(..) {
                self.chunks.push(&mut list, entry);
            }
            for late in self.late.drain() {
                self.chunks.push(&mut list, late.0);
            }
            let (min, max) = self.chunks.bounds(list);
            if min == max {
                self.sort(list);
            } else {
                self.rungs[self.depth].spread(list, min, max, &mut self.chunks);
                self.depth += 1;
            }
        }
    }

    /// Fills the empty run from the finest rung, and says whether there was anything.
    #[inline(never)]
    fn refill(&mut self) -> bool {
        loop {
            let finest = self.depth - 1;
            let rung = &mut self.rungs[finest];
            if let Some(list) = rung.close_bucket() {
                if list.len() > SORTED_AT_ONCE && rung.is_divisible() && self.depth < RUNGS {
                    let (min, max) = self.chunks.bounds(list);
                    if min != max {
                        self.rungs[self.depth].spread(list, min, max, &mut self.chunks);
                        self.depth += 1;
                        continue;
                    }
                }
                self.sort(list);
                return true;
            }
            let rest = rung.take_rest();
            if rest.is_empty() {
                if finest == 0 {
                    return false;
                }
                self.depth -= 1;
                continue;
            }
            let (min, max) = self.chunks.bounds(rest);
            if rest.len() > REST_SORTED_AT_ONCE && min != max {
                rung.spread(rest, min, max, &mut self.chunks);
            } else {
                rung.close(max);
                self.sort(rest);
                return true;
            }
        }
    }

    /// Makes a list the run, which is empty.
    fn sort(&mut self, list: List) {
        self.chunks.pour(list, &mut self.sorter.entries);
        self.sorter.sort_into(&mut self.run);
    }
}
