//! A rung of the ladder: a stretch of time in buckets of equal width, and the rest behind it.

use super::chunks::{Chunks, List};
use super::effort;

/// Entries that a bucket should hold when its turn comes.
const FILL: u64 = 48;
/// The fewest buckets a rung is given, so that few rungs are enough to find a cluster.
const BUCKETS_MIN: u64 = 16;
/// The most buckets, as a multiple of those that the denser half of the entries needs.
const BUCKETS_REACH: u64 = 24;

/// Buckets from `base` on, `1 << shift` wide, and `rest` for what lies past the last of them.
pub(super) struct Rung {
    closed: u64,
    base: u64,
    shift: u32,
    /// The first bucket that is still open.
    next: usize,
    buckets: Vec<List>,
    rest: List,
}

impl Rung {
    /// A rung without a bucket: all goes to the rest.
    pub(super) fn new() -> Self {
        Self { closed: 0, base: 0, shift: 0, next: 0, buckets: Vec::new(), rest: List::EMPTY }
    }

    pub(super) fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<List>()
    }

    /// The last instant that this rung no longer takes. Inclusive, or the end of time could not be
    /// closed; so nothing of instant zero ever goes to a rung.
    #[inline]
    pub(super) fn closed(&self) -> u64 {
        self.closed
    }

    /// The list for an instant, which must be past `closed`.
    #[inline]
    pub(super) fn list_for(&mut self, at: u64) -> &mut List {
        let bucket = ((at - self.base) >> self.shift) as usize;
        self.buckets.get_mut(bucket).unwrap_or(&mut self.rest)
    }

    /// Whether its buckets are wider than an instant.
    pub(super) fn is_divisible(&self) -> bool {
        self.shift > 0
    }

    /// Closes the buckets up to the first that holds something, and takes what it holds.
    pub(super) fn close_bucket(&mut self) -> Option<List> {
        let open = &mut self.buckets[self.next..];
        let Some(ahead) = open.iter().position(|list| !list.is_empty()) else {
            effort(open.len());
            self.next = self.buckets.len();
            return None;
        };
        effort(ahead + 1);
        let list = std::mem::replace(&mut open[ahead], List::EMPTY);
        let bucket = self.next + ahead;
        self.next = bucket + 1;
        let start = self.base + ((bucket as u64) << self.shift);
        self.closed = start.saturating_add((1 << self.shift) - 1);
        Some(list)
    }

    /// Closes all up to an instant.
    pub(super) fn close(&mut self, until: u64) {
        self.buckets.clear();
        self.next = 0;
        self.closed = until;
    }

    pub(super) fn take_rest(&mut self) -> List {
        std::mem::replace(&mut self.rest, List::EMPTY)
    }

    /// Spreads a list over new buckets; what this rung held must be gone.
    ///
    /// The width fits the *earlier half* of the entries: the mean over all would be at the mercy
    /// of one timer a day away. What is too far for a fair number of buckets stays in the rest,
    /// and is spread again when its time has come; as each time at least half leaves it, an
    /// entry is moved about twice on average, however the instants are distributed.
    pub(super) fn spread<T: Copy>(
        &mut self,
        list: List,
        min: u64,
        max: u64,
        chunks: &mut Chunks<T>,
    ) {
        assert!(min > 0, "a rung was given the instant zero, which only the burst takes");
        // How many lie less than 1, 2, 4, ... nanoseconds past the earliest: half of them are
        // found to a factor of two, which is all that a width needs that is a power of two.
        let mut within = [0u32; 65];
        chunks.for_each(list, |at| {
            within[(u64::BITS - (at - min).leading_zeros()) as usize] += 1;
        });
        let half = list.len().div_ceil(2) as u64;
        let (mut span, mut count) = (0, 0);
        for (bits, &more) in within.iter().enumerate() {
            count += u64::from(more);
            span = bits as u32;
            if count >= half {
                break;
            }
        }
        let wanted = (count / FILL).max(BUCKETS_MIN);
        self.shift = span.saturating_sub(wanted.ilog2());
        self.base = min;
        self.closed = min - 1;
        self.next = 0;
        let reach = ((max - min) >> self.shift).saturating_add(1);
        let buckets = reach.min(wanted * BUCKETS_REACH) as usize;
        self.buckets.clear();
        self.buckets.resize(buckets, List::EMPTY);
        let (base, shift) = (self.base, self.shift);
        let place = |at| ((at - base) >> shift) as usize;
        chunks.deal(list, &mut self.buckets, place, &mut self.rest);
    }
}
