//! The agenda: everything that is still to happen, in the order in which it will.
//!
//! Protocols arm a timer for each ack they wait for and cancel nearly all of them. Timers of equal
//! length come due in the order in which they were set, so they wait in a *lane*, a plain FIFO beside
//! the main queue; only the first of each lane stands in the queue. A timer that is cancelled before
//! it is first in its lane never costs the queue anything.

use std::collections::VecDeque;

use crate::queue::{Entry, EventQueue};
use crate::{NodeId, Span, Time};

/// Names a timer that was set, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    slot: u32,
    /// The low half of `Timer::armed`: a handle kept too long doesn't reach its slot's next user.
    armed: u32,
}

/// What stands in the queue. Everything else is looked up by these numbers.
#[derive(Clone, Copy, Debug)]
enum Due {
    Packet(u32),
    Timer(u32),
    /// The first timer of this lane.
    Lane(u32),
    Fault(u32),
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next<T> {
    /// The packet in this slot arrives somewhere.
    Packet(u32),
    /// A timer runs out.
    Timer(Timer<T>),
    /// The fault action in this slot.
    Fault(u32),
}

/// A timer that is set.
#[derive(Debug)]
pub(crate) struct Timer<T> {
    pub(crate) node: NodeId,
    /// The life of the node in which it was set: a crash makes all earlier timers void.
    pub(crate) life: u32,
    pub(crate) background: bool,
    pub(crate) what: T,
}

#[derive(Debug)]
struct Slot<T> {
    /// The number of the scheduling that this slot stands for. Entries with another one are stale.
    armed: u64,
    timer: Option<Timer<T>>,
}

/// The timers of one length, in the order in which they run out.
#[derive(Debug, Default)]
struct Lane {
    span: Span,
    waiting: VecDeque<Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    at: Time,
    armed: u64,
    slot: u32,
}

/// Faults are numbered from 1, everything else from here on.
const FIRST_AFTER_FAULTS: u64 = 1 << 32;

/// A length finds its lane by hash. A protocol uses a handful of lengths; random ones that fall on an
/// occupied lane stand in the main queue instead, which is only slower.
const LANES: usize = 64;

/// The pending events of a run. They come out in the order (time, order of scheduling).
pub(crate) struct Agenda<T> {
    queue: EventQueue<Due>,
    scheduled: u64,
    /// The number of the last fault; all of them are below the others' numbers.
    faults: u64,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    lanes: Vec<Lane>,
    /// How many entries of the queue and the lanes stand for timers that were cancelled.
    stale: usize,
}

/// Fewer stale entries than this are left to come up by themselves.
const STALE_MIN: usize = if cfg!(test) { 8 } else { 1 << 14 };

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Agenda {
            queue: EventQueue::new(),
            scheduled: FIRST_AFTER_FAULTS,
            faults: 0,
            slots: Vec::new(),
            free: Vec::new(),
            lanes: (0..LANES).map(|_| Lane::default()).collect(),
            stale: 0,
        }
    }

    pub(crate) fn schedule_packet(&mut self, at: Time, slot: u32) {
        self.schedule(at, Due::Packet(slot));
    }

    /// Faults come before everything else of their instant, whenever they were scheduled: so a plan that
    /// is recorded and played back strikes as it did.
    pub(crate) fn schedule_fault(&mut self, at: Time, slot: u32) {
        self.faults += 1;
        self.queue.push(Entry { at, seq: self.faults, what: Due::Fault(slot) });
    }

    #[inline]
    fn schedule(&mut self, at: Time, what: Due) {
        let seq = self.next_seq();
        self.queue.push(Entry { at, seq, what });
    }

    fn next_seq(&mut self) -> u64 {
        self.scheduled += 1;
        self.scheduled
    }

    /// Sets a timer that runs out `after` from `now`.
    #[inline]
    pub(crate) fn set(&mut self, now: Time, after: Span, timer: Timer<T>) -> TimerId {
        let (at, armed) = (now + after, self.next_seq());
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Slot { armed, timer: Some(timer) };
                slot
            }
            None => {
                let slot = u32::try_from(self.slots.len()).expect("more than 2^32 timers are set");
                self.slots.push(Slot { armed, timer: Some(timer) });
                slot
            }
        };
        let number = lane_of(after);
        let lane = &mut self.lanes[number];
        if lane.waiting.is_empty() {
            lane.span = after;
            self.queue.push(Entry { at, seq: armed, what: Due::Lane(number as u32) });
            lane.waiting.push_back(Waiting { at, armed, slot });
        } else if lane.span == after {
            lane.waiting.push_back(Waiting { at, armed, slot });
        } else {
            self.queue.push(Entry { at, seq: armed, what: Due::Timer(slot) });
        }
        TimerId { slot, armed: armed as u32 }
    }

    /// Takes the timer back, if it has neither run out nor been cancelled.
    #[inline]
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<Timer<T>> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.armed as u32 != id.armed {
            return None;
        }
        let timer = slot.timer.take()?;
        self.free.push(id.slot);
        self.stale += 1;
        if self.stale > STALE_MIN && self.stale > 2 * (self.slots.len() - self.free.len()) {
            self.sweep();
        }
        Some(timer)
    }

    /// Whether the timer that this stands for is still set.
    fn is_set(&self, slot: u32, armed: u64) -> bool {
        let place = &self.slots[slot as usize];
        place.armed == armed && place.timer.is_some()
    }

    /// Takes out what stands for cancelled timers. Those of long timers would pile up else: a message that
    /// is to be held for a day is gone in a second.
    #[cold]
    fn sweep(&mut self) {
        let mut lanes = std::mem::take(&mut self.lanes);
        let mut queue = EventQueue::new();
        while let Some(entry) = self.queue.pop() {
            let stays = match entry.what {
                Due::Packet(_) | Due::Fault(_) => true,
                Due::Timer(slot) => self.is_set(slot, entry.seq),
                Due::Lane(_) => false,
            };
            if stays {
                queue.push(entry);
            }
        }
        for (number, lane) in (0..).zip(&mut lanes) {
            lane.waiting.retain(|waiting| self.is_set(waiting.slot, waiting.armed));
            if lane.waiting.capacity() > 4 * lane.waiting.len() {
                lane.waiting.shrink_to_fit();
            }
            if let Some(&Waiting { at, armed, .. }) = lane.waiting.front() {
                queue.push(Entry { at, seq: armed, what: Due::Lane(number) });
            }
        }
        (self.queue, self.lanes, self.stale) = (queue, lanes, 0);
    }

    /// The timer that this entry stands for, unless it was cancelled.
    fn take(&mut self, slot: u32, armed: u64) -> Option<Timer<T>> {
        if !self.is_set(slot, armed) {
            self.stale -= 1;
            return None;
        }
        self.free.push(slot);
        self.slots[slot as usize].timer.take()
    }

    /// Whether nothing is to happen any more. Cancelled timers may hide that for a while.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The next event at or before `until`.
    #[inline]
    pub(crate) fn pop_until(&mut self, until: Time) -> Option<(Time, Next<T>)> {
        loop {
            if self.queue.peek()?.at > until {
                return None;
            }
            let Entry { at, seq, what } = self.queue.pop()?;
            let timer = match what {
                Due::Packet(slot) => return Some((at, Next::Packet(slot))),
                Due::Fault(slot) => return Some((at, Next::Fault(slot))),
                Due::Timer(slot) => self.take(slot, seq),
                Due::Lane(lane) => self.pop_lane(lane),
            };
            if let Some(timer) = timer {
                return Some((at, Next::Timer(timer)));
            }
        }
    }

    /// Takes the first timer of a lane, unless it was cancelled, and puts the lane back in the queue
    /// under the next one that was not.
    fn pop_lane(&mut self, number: u32) -> Option<Timer<T>> {
        let lane = number as usize;
        let first = self.lanes[lane].waiting.pop_front().expect("a lane in the queue has a first");
        let timer = self.take(first.slot, first.armed);
        while let Some(&next) = self.lanes[lane].waiting.front() {
            if self.is_set(next.slot, next.armed) {
                let what = Due::Lane(number);
                self.queue.push(Entry { at: next.at, seq: next.armed, what });
                break;
            }
            self.lanes[lane].waiting.pop_front();
            self.stale -= 1;
        }
        timer
    }
}

fn lane_of(span: Span) -> usize {
    (span.as_nanos().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

const _: () = assert!(LANES == 1 << (64 - 58));
const _: () = assert!(size_of::<Entry<Due>>() <= 24, "the queue moves these all day");

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Packet(u64),
        Set(u64),
        Cancel(prop::sample::Index),
        Pop,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        // A few lengths that share lanes and many that don't; zero and equal instants included.
        let after =
            prop_oneof![3 => 0..4u64, 3 => Just(200), 1 => 0..1_000_000u64, 1 => Just(u64::MAX)];
        let step = prop_oneof![
            2 => after.clone().prop_map(Step::Packet),
            4 => after.prop_map(Step::Set),
            3 => any::<prop::sample::Index>().prop_map(Step::Cancel),
            3 => Just(Step::Pop),
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        /// The plainest agenda there is, a sorted map without lanes, gives the same events.
        #[test]
        fn agrees_with_a_sorted_map(steps in steps()) {
            let mut agenda = Agenda::new();
            let mut plain: BTreeMap<(Time, u64), u32> = BTreeMap::new();
            let mut set: Vec<(TimerId, (Time, u64))> = Vec::new();
            let (mut now, mut seq) = (Time::ZERO, 0);
            let drain = std::iter::repeat_n(Step::Pop, 400);
            for step in steps.into_iter().chain(drain) {
                match step {
                    Step::Packet(after) => {
                        seq += 1;
                        let at = now + Span::nanos(after);
                        agenda.schedule_packet(at, seq as u32);
                        plain.insert((at, seq), seq as u32);
                    }
                    Step::Set(after) => {
                        seq += 1;
                        let after = Span::nanos(after);
                        let timer = Timer { node: NodeId::new(0), life: 0, background: false, what: seq as u32 };
                        set.push((agenda.set(now, after, timer), (now + after, seq)));
                        plain.insert((now + after, seq), seq as u32);
                    }
                    Step::Cancel(which) => {
                        if !set.is_empty() {
                            let (id, key) = set[which.index(set.len())];
                            let was = agenda.cancel(id).map(|timer| timer.what);
                            prop_assert_eq!(was, plain.remove(&key), "cancel twice, or after it ran out, is nothing");
                        }
                    }
                    Step::Pop => {
                        let next = agenda.pop_until(Time::NEVER).map(|(at, next)| match next {
                            Next::Packet(slot) => (at, slot),
                            Next::Timer(timer) => (at, timer.what),
                            Next::Fault(_) => unreachable!("none was scheduled"),
                        });
                        let expected = plain.pop_first().map(|((at, _), what)| (at, what));
                        prop_assert_eq!(next, expected);
                        match next {
                            Some((at, _)) => now = at,
                            // Nothing is left but what was cancelled: the run is over, another begins.
                            None => {
                                (agenda, now, seq) = (Agenda::new(), Time::ZERO, 0);
                                set.clear();
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn stops_before_what_comes_later() {
        let mut agenda: Agenda<()> = Agenda::new();
        agenda.schedule_packet(Time::from_nanos(5), 0);
        assert!(agenda.pop_until(Time::from_nanos(4)).is_none());
        assert!(agenda.pop_until(Time::from_nanos(5)).is_some());
    }

    #[test]
    fn cancelled_timers_give_their_slots_back() {
        let mut agenda: Agenda<u32> = Agenda::new();
        for _ in 0..1000 {
            let timer = Timer { node: NodeId::new(0), life: 0, background: false, what: 1 };
            let id = agenda.set(Time::ZERO, Span::millis(200), timer);
            agenda.cancel(id);
        }
        assert_eq!(agenda.slots.len(), 1);
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let mut agenda: Agenda<u32> = Agenda::new();
        let timer = |what| Timer { node: NodeId::new(0), life: 0, background: false, what };
        let set = |agenda: &mut Agenda<u32>, after, what| {
            agenda.set(Time::ZERO, Span::nanos(after), timer(what))
        };
        let day = Span::secs(24 * 3600).as_nanos();
        for number in 0..20 {
            set(&mut agenda, day - number, number as u32);
        }
        for number in 0..10_000 {
            // In a lane, and, where two lengths share one, in the queue.
            let ids = [day, day + number].map(|after| set(&mut agenda, after, 99));
            for id in ids {
                agenda.cancel(id).expect("it was just set");
            }
        }
        let pending: usize = agenda.lanes.iter().map(|lane| lane.waiting.len()).sum();
        assert!(pending + agenda.queue.len() < 150, "{pending} and {}", agenda.queue.len());
        for number in (0..20).rev() {
            let (_, next) = agenda.pop_until(Time::NEVER).expect("they are still there");
            assert!(matches!(next, Next::Timer(Timer { what, .. }) if what == number));
        }
        assert!(agenda.pop_until(Time::NEVER).is_none());
    }
}
