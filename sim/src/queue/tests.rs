//! The queue beside a sorted set, and the workloads that ruin ladders and calendars.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Entry, EventQueue};
use crate::{Span, Time};

thread_local! {
    /// Steps taken, see [`super::effort`].
    pub(super) static EFFORT: Cell<u64> = const { Cell::new(0) };
}

/// The queue and its slow twin, with the layer above that cancels by skipping.
#[derive(Default)]
struct Twins {
    queue: EventQueue<u64>,
    sorted: BTreeSet<(Time, u64)>,
    cancelled: BTreeSet<u64>,
    /// Numbers given out for entries that are pushed later, as those of timers are.
    reserved: Vec<u64>,
    seq: u64,
    now: Time,
}

impl Twins {
    fn push(&mut self, delay: Span) {
        self.seq += 1;
        self.push_as(delay, self.seq);
    }

    fn push_as(&mut self, delay: Span, seq: u64) {
        let at = self.now + delay;
        let what = !seq;
        self.queue.push(Entry { at, seq, what });
        self.sorted.insert((at, seq));
    }

    fn reserve(&mut self) {
        self.seq += 1;
        self.reserved.push(self.seq);
    }

    fn push_reserved(&mut self, delay: Span, which: usize) {
        if !self.reserved.is_empty() {
            let seq = self.reserved.swap_remove(which % self.reserved.len());
            self.push_as(delay, seq);
        }
    }

    fn cancel(&mut self, which: usize) {
        if !self.sorted.is_empty() {
            let which = which % self.sorted.len();
            let victim = *self.sorted.iter().nth(which).expect("it is in range");
            self.sorted.remove(&victim);
            self.cancelled.insert(victim.1);
        }
    }

    /// Pops until something comes that was not cancelled.
    fn pop(&mut self) {
        let expected = self.sorted.pop_first();
        let until = expected.map_or(Time::NEVER, |(at, _)| at);
        let next = |queue: &mut EventQueue<u64>, limited| {
            if limited { queue.pop_until(until) } else { queue.pop() }
        };
        while let Some(entry) = next(&mut self.queue, self.seq.is_multiple_of(2)) {
            assert_eq!(entry.what, !entry.seq, "an entry lost what it held");
            if !self.cancelled.remove(&entry.seq) {
                assert_eq!(Some((entry.at, entry.seq)), expected);
                self.now = entry.at;
                return;
            }
            self.now = entry.at;
        }
        assert_eq!(None, expected);
    }

    fn peek(&mut self) {
        let peeked = self.queue.peek().map(|entry| (entry.at, entry.seq));
        match (peeked, self.sorted.first()) {
            (Some((_, seq)), _) if self.cancelled.contains(&seq) => {}
            (peeked, first) => assert_eq!(peeked.as_ref(), first),
        }
        if let Some(before) = peeked.and_then(|(at, _)| at.nanos().checked_sub(1)) {
            assert!(self.queue.pop_until(Time::from_nanos(before)).is_none(), "it came too early");
        }
    }

    fn check_len(&mut self) {
        assert_eq!(self.queue.len(), self.sorted.len() + self.cancelled.len());
        assert_eq!(self.queue.is_empty(), self.queue.peek().is_none());
    }

    fn drain(&mut self) {
        while !self.sorted.is_empty() {
            self.pop();
        }
        self.pop();
        assert!(self.queue.is_empty());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<Span>),
    Pop(usize),
    Hold(Vec<Span>),
    Peek,
    Cancel(usize),
    Reserve,
    PushReserved(Span, usize),
}

/// How long delays are in a case: each breaks another assumption a bucket width could rest on.
fn delays(regime: usize) -> BoxedStrategy<Span> {
    let up_to = |max: u64| (0..=max).prop_map(Span::nanos);
    match regime {
        0 => Just(Span::ZERO).boxed(),
        1 => up_to(3).boxed(),
        2 => up_to(1_000_000).boxed(),
        3 => (0u32..64).prop_map(|bits| Span::nanos(1 << bits)).boxed(),
        4 => Just(Span::millis(5)).boxed(),
        5 => prop_oneof![9 => up_to(10), 1 => up_to(86_400_000_000_000)].boxed(),
        6 => prop_oneof![20 => up_to(100_000), 1 => Just(Span::MAX)].boxed(),
        _ => up_to(u64::MAX).boxed(),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    (0usize..8, 1usize..600).prop_flat_map(|(regime, burst)| {
        let delay = || delays(regime);
        let step = prop_oneof![
            3 => vec(delay(), 1..=burst).prop_map(Step::Push),
            3 => (1..=burst).prop_map(Step::Pop),
            3 => vec(delay(), 1..=burst).prop_map(Step::Hold),
            1 => Just(Step::Peek),
            1 => any::<usize>().prop_map(Step::Cancel),
            1 => Just(Step::Reserve),
            1 => (delay(), any::<usize>()).prop_map(|(delay, which)| Step::PushReserved(delay, which)),
        ];
        vec(step, 1..60)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pops_what_a_sorted_set_would(steps in steps()) {
        let mut twins = Twins::default();
        for step in steps {
            match step {
                Step::Push(delays) => delays.into_iter().for_each(|delay| twins.push(delay)),
                Step::Pop(times) => (0..times).for_each(|_| twins.pop()),
                Step::Hold(delays) => for delay in delays {
                    twins.pop();
                    twins.push(delay);
                },
                Step::Peek => twins.peek(),
                Step::Cancel(which) => twins.cancel(which),
                Step::Reserve => twins.reserve(),
                Step::PushReserved(delay, which) => twins.push_reserved(delay, which),
            }
            twins.check_len();
        }
        twins.drain();
    }
}

/// Runs `work`, which does `operations` pushes and pops with at most `pending` entries, and asks
/// that it took no more steps than a few times what a heap would.
fn bounded(operations: usize, pending: usize, work: impl FnOnce()) {
    let before = EFFORT.get();
    work();
    let steps = (EFFORT.get() - before) / operations as u64;
    let bound = 20 + 4 * u64::from(pending.ilog2());
    assert!(steps <= bound, "{steps} steps for each operation, more than {bound}");
}

/// A queue driven without its twin, for sizes where a sorted set takes too long. It still checks
/// that the order never falls.
#[derive(Default)]
struct Driver {
    queue: EventQueue<u64>,
    seq: u64,
    last: (Time, u64),
}

impl Driver {
    fn push(&mut self, at: Time) {
        self.seq += 1;
        let seq = self.seq;
        self.queue.push(Entry { at, seq, what: 0 });
    }

    fn pop(&mut self) -> Time {
        let entry = self.queue.pop().expect("something is pending");
        let this = (entry.at, entry.seq);
        assert!(this > self.last, "{this:?} came after {:?}", self.last);
        self.last = this;
        entry.at
    }

    fn hold(&mut self, times: usize, mut delay: impl FnMut(usize) -> u64) {
        for turn in 0..times {
            let now = self.pop();
            self.push(now + Span::nanos(delay(turn)));
        }
    }

    fn drain(&mut self) {
        while !self.queue.is_empty() {
            self.pop();
        }
    }
}

/// Numbers that look random, from a hash of the turn.
fn scatter(turn: usize) -> u64 {
    let mixed = (turn as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 16
}

const MANY: usize = 300_000;

#[test]
fn a_million_at_one_instant() {
    const MILLION: usize = 1_000_000;
    for at in [Time::ZERO, Time::from_nanos(77), Time::NEVER] {
        let mut driver = Driver::default();
        bounded(4 * MILLION, MILLION, || {
            (0..MILLION).for_each(|_| driver.push(at));
            driver.hold(MILLION, |_| 0);
            driver.drain();
        });
    }
}

#[test]
fn an_instant_that_never_ends_beside_a_future() {
    let mut driver = Driver::default();
    bounded(4 * MANY, MANY, || {
        (0..MANY).for_each(|n| driver.push(Time::from_nanos(scatter(n) % 1_000_000)));
        (0..1000).for_each(|_| driver.push(Time::ZERO));
        driver.hold(MANY, |_| 0);
        driver.drain();
    });
}

#[test]
fn a_nanosecond_or_a_day() {
    let mut driver = Driver::default();
    let delay = |n| {
        if scatter(n).is_multiple_of(2) { 1 } else { 86_400_000_000_000 }
    };
    bounded(6 * MANY, MANY, || {
        (0..MANY).for_each(|n| driver.push(Time::from_nanos(delay(n))));
        driver.hold(2 * MANY, delay);
        driver.drain();
    });
}

#[test]
fn a_busy_millisecond_before_timers_a_day_away() {
    let mut driver = Driver::default();
    bounded(6 * MANY, MANY, || {
        driver.push(Time::from_nanos(5));
        (0..MANY)
            .for_each(|n| driver.push(Time::from_nanos(86_400_000_000_000 + scatter(n) % 1000)));
        // One event becomes a crowd, in the gap that the first look at the queue has closed.
        driver.pop();
        driver.queue.peek();
        (0..10_000).for_each(|n| driver.push(Time::from_nanos(5 + scatter(n) % 1_000_000)));
        driver.hold(2 * MANY, |n| scatter(n) % 1_000_000);
        driver.drain();
    });
}

#[test]
fn clusters_inside_clusters() {
    let mut driver = Driver::default();
    let delay = |n: usize| 1 << (scatter(n) % 45);
    bounded(6 * MANY, MANY, || {
        (0..MANY).for_each(|n| driver.push(Time::from_nanos(delay(n))));
        driver.hold(2 * MANY, delay);
        driver.drain();
    });
}

#[test]
fn one_that_never_fires() {
    let mut driver = Driver::default();
    driver.push(Time::NEVER);
    for pending in [10, 10_000] {
        (0..pending).for_each(|n| driver.push(driver.last.0 + Span::nanos(scatter(n) % 1000)));
        let pending = driver.queue.len();
        bounded(2 * MANY, pending, || {
            driver.hold(MANY, |n| scatter(n) % 1_000_000);
        });
    }
    driver.drain();
    assert_eq!(driver.last.0, Time::NEVER);
}

#[test]
fn backwards() {
    let mut driver = Driver::default();
    bounded(2 * MANY, MANY, || {
        (0..MANY).rev().for_each(|n| driver.push(Time::from_nanos(n as u64 * 10)));
        driver.drain();
    });
}

#[test]
fn grows_and_shrinks() {
    let mut driver = Driver::default();
    bounded(6 * (2 * MANY + 50_000), MANY, || {
        for _ in 0..3 {
            let now = driver.last.0;
            (0..10).for_each(|n| driver.push(now + Span::nanos(scatter(n) % 1_000_000)));
            driver.hold(50_000, |n| scatter(n) % 1_000_000);
            for n in 0..MANY {
                let now = driver.pop();
                driver.push(now + Span::nanos(scatter(n) % 1_000_000));
                driver.push(now + Span::nanos(scatter(n + MANY) % 1_000_000));
            }
            while driver.queue.len() > 10 {
                driver.pop();
            }
        }
    });
}

#[test]
fn memory_stops_growing() {
    for pending in [100, 1_000, 30_000] {
        let mut driver = Driver::default();
        // Triangular, so that buckets fill and empty unevenly.
        let delay = |n| scatter(n) % 1_000_000 + scatter(n + MANY) % 1_000_000;
        (0..pending).for_each(|n| driver.push(Time::from_nanos(delay(n))));
        let warm = 500_000;
        driver.hold(warm, delay);
        let bytes = driver.queue.bytes();
        driver.hold(warm, |n| delay(warm + n));
        // Chance may still fill one bucket more than ever before, but no more than that.
        let now = driver.queue.bytes();
        assert!(now <= bytes + bytes / 100, "from {bytes} to {now} bytes at {pending}");
        let bound = 64 * pending + 20_000;
        assert!(now <= bound, "{now} bytes for {pending} entries");
    }
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "an entry for 4ns was pushed at 5ns")]
fn time_never_runs_back() {
    let mut driver = Driver::default();
    driver.push(Time::from_nanos(5));
    driver.pop();
    driver.push(Time::from_nanos(4));
}
