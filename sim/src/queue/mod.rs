//! The pending-event set: what is scheduled, handed out in the order (at, seq).
//!
//! # How it works
//!
//! ```text
//!            burst   run + late      rung 1 (one bucket of rung 0)        rung 0              rest
//!  time ──►  [ now ] [ sorted  ] [ bucket | bucket | ... | rest ] [ bucket | bucket | ... ] [ far ]
//! ```
//!
//! A ladder queue. A push drops the entry into an unsorted bucket, whose number is a subtraction
//! and a shift away; a bucket is sorted when its turn comes, while it fits the fastest cache. What
//! arrives after that for the time of the sorted run waits in a small heap (`late`), and what is
//! for this very instant in a line (`burst`). The buckets of a rung cover the denser part of what
//! is known at its making, and the rest waits unsorted, to be spread when the rung is used up. A
//! bucket that got too much becomes a rung of its own, below. All entries live in one arena of
//! chunks, so that nothing is allocated once the largest crowd has been seen.
//!
//! The textbook's ladder is undone by some distributions. Here widths come from the median instant
//! instead of the span, so a timer that is a day away (or [`Time::NEVER`]) moves nothing; a spread
//! takes at least half of its list out of the rest; a list of a single instant is sorted, not
//! split; the run never takes an insertion. So an entry is moved a few times and compared
//! O(log n) times, whatever the delays; the tests count it.
//!
//! # Why this one
//!
//! `cargo bench -p penult-sim --bench hold`: `n` events pending, each that fires schedules itself
//! again after an exponential delay. Median nanoseconds for a pop and a push, 24-byte events, the
//! candidates in turns in one process, on a virtual machine with 2 cores of an AMD EPYC (48 KiB +
//! 1 MiB + 32 MiB of cache). The middle one of three runs; in brackets, how many times as fast as
//! std's heap.
//!
//! | candidate                    |     n = 1,000 |       100,000 |     1,000,000 | bytes each at 1,000,000 |
//! |------------------------------|--------------:|--------------:|--------------:|------------------------:|
//! | std's `BinaryHeap`           |          40.6 |         121.8 |         793.4 |                      25 |
//! | the same, keys as `u128`     |   38.0 (1.07) |  123.0 (0.99) |  834.5 (0.95) |                      25 |
//! | 4-ary heap                   |   32.4 (1.25) |   89.8 (1.36) |  432.0 (1.84) |                      25 |
//! | 4-ary heap, keys on one line |   38.6 (1.05) |   97.9 (1.24) |  450.2 (1.76) |                      25 |
//! | 8-ary heap                   |   37.2 (1.09) |   73.0 (1.67) |  279.7 (2.84) |                      25 |
//! | radix heap                   |   40.2 (1.01) |   54.5 (2.23) |   78.0 (10.2) |                     121 |
//! | calendar queue               |   31.5 (1.29) |   68.7 (1.77) |  202.4 (3.92) |                      56 |
//! | **ladder, this one**         | **19.1 (2.1)** | **24.0 (5.1)** | **44.5 (17.8)** |                  38 |
//!
//! std's heap waits for memory at a million, one level after the other; on a machine with faster
//! memory the last column of ratios is smaller. (A rung is spread anew every 14 million holds or
//! so; over 40 million holds the mean is 50.6 where the median is 48.9.)
//!
//! The same with other delays, at 100,000 (the mean is a second unless said otherwise):
//!
//! | delay                          | std's | 8-ary | radix | calendar | ladder |
//! |--------------------------------|------:|------:|------:|---------:|-------:|
//! | uniform                        | 102.4 |  73.2 |  53.3 |     65.6 |   25.4 |
//! | triangular                     |  94.5 |  73.5 |  53.9 |     57.1 |   26.2 |
//! | constant                       |  88.2 |  72.4 |  47.5 |     40.2 |   21.5 |
//! | Pareto of shape 1.5            | 102.2 |  74.4 |  53.6 |     61.2 |   26.3 |
//! | 90% below 1 µs, 10% up to 24 h | 149.8 |  83.0 |  34.7 |        — |   21.3 |
//! | 90% zero, 10% exponential      |  91.4 |  52.0 |   7.3 |        — |    8.9 |
//!
//! Where each wins:
//!
//! - a plain 4-ary heap below some fifty pending events (at 10: 21.5 against 29.1, std's 23.9; at
//!   30: 25.8 against 30.1), where this queue is at 0.8 of std's speed. A run that small takes no
//!   time either way, so there is no second implementation for it;
//! - an 8-ary heap where memory is what counts: 25 bytes for an event, and 2.8 times as fast as
//!   std's. (Prefetching would help it, and needs `unsafe`);
//! - a radix heap where nearly all delays are zero, in three times the memory or more;
//! - the ladder from a hundred pending to the four million tried (82 ns, 17 times), in 27 to 47
//!   bytes for an event from 10,000 up: chunks partly full, and 8 bytes for each bucket.
//!
//! Thrown away: sorting the entries of a bucket in place (a quarter slower at 1,000, see
//! `sorter.rs`); chunks of 4 (slower by a tenth) or 16 (a tenth faster at a million, a quarter more
//! memory); 16 entries for a bucket (a third slower at a million) or 64 (no different from 48).

mod chunks;
mod entry;
mod rung;
mod sorter;
#[cfg(test)]
mod tests;

use std::collections::{BinaryHeap, VecDeque};

use crate::Time;
use chunks::{Chunks, List};
pub use entry::Entry;
use entry::Late;
use rung::Rung;
use sorter::Sorter;

/// A list of at most so many entries is sorted at once; a longer one is spread over a rung first.
const SORTED_AT_ONCE: usize = 160;
/// The same for the rest of a rung: it ends the time the rung covers, so that the next pushes
/// would all be late.
const REST_SORTED_AT_ONCE: usize = 16;
/// So many late entries, if they outnumber the run, become a rung of their own.
const LATE_MAX: usize = 256;
/// Rungs below each other. Each divides its bucket by 16 or more, so that only a distribution
/// with clusters inside clusters needs more than three; past this depth a bucket is sorted whole.
const RUNGS: usize = 8;

/// Counts steps (entries moved or looked at, keys compared, buckets passed), so that tests can
/// hold the queue to a bound where a clock would only say that the machine was busy.
#[inline(always)]
fn effort(_steps: usize) {
    #[cfg(test)]
    tests::EFFORT.set(tests::EFFORT.get() + _steps as u64);
}

/// The events still to come, as a ladder.
///
/// ```
/// use penult_sim::Time;
/// use penult_sim::queue::{Entry, EventQueue};
///
/// let mut queue = EventQueue::new();
/// for (nanos, seq, what) in [(20, 1, 'b'), (10, 2, 'a'), (20, 0, 'B')] {
///     let at = Time::from_nanos(nanos);
///     queue.push(Entry { at, seq, what });
/// }
/// let order: String = std::iter::from_fn(|| queue.pop()).map(|entry| entry.what).collect();
/// assert_eq!(order, "aBb");
/// ```
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
        debug_assert!(entry.at >= self.now, "an entry for {} was pushed at {}", entry.at, self.now);
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
        if self.late_is_next() { self.late.peek().map(|late| &late.0) } else { self.run.last() }
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

    /// Takes the next entry to fire, if it does so at this instant or before.
    #[inline]
    pub fn pop_until(&mut self, until: Time) -> Option<Entry<T>> {
        if self.late.is_empty()
            && self.burst.is_empty()
            && let Some(entry) = self.run.last()
        {
            return if entry.at > until { None } else { self.pop() };
        }
        if self.peek()?.at > until { None } else { self.pop_slowly() }
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
