//! The candidates for the pending-event set, behind one trait.

mod aligned;
mod binary;
mod calendar;
mod dary;
mod radix;

use penult_sim::Time;
use penult_sim::queue::EventQueue;

pub(crate) use aligned::AlignedHeap;
pub(crate) use binary::{StdHeap, WideHeap};
pub(crate) use calendar::Calendar;
pub(crate) use dary::DaryHeap;
pub(crate) use radix::RadixHeap;

/// The event all of them hold: 24 bytes.
pub(crate) type Event = penult_sim::queue::Entry<u64>;

/// The order as one number.
#[inline]
pub(crate) fn key(event: &Event) -> u128 {
    u128::from(event.at.nanos()) << 64 | u128::from(event.seq)
}

/// What the bench asks of a candidate.
pub(crate) trait Pending {
    /// How the table calls it.
    const NAME: &'static str;
    /// Schedules an event.
    fn push(&mut self, event: Event);
    /// Takes the first in the order (at, seq).
    fn pop(&mut self) -> Option<Event>;
    /// Pops an event and schedules it again, so often. The loop is compiled for each candidate, so
    /// that no call through a trait object is in what is measured.
    fn hold(&mut self, seq: &mut u64, delays: &[u64], from: usize, times: usize) -> u64 {
        let mut sum = 0;
        let mut delays = delays.iter().cycle().skip(from % delays.len());
        for _ in 0..times {
            let event = self.pop().expect("a hold never empties the set");
            sum = u64::wrapping_add(sum ^ event.at.nanos(), event.what);
            let delay = delays.next().expect("a cycle does not end");
            *seq += 1;
            self.push(Event {
                at: Time::from_nanos(event.at.nanos() + delay),
                seq: *seq,
                what: event.what,
            });
        }
        sum
    }
    /// Bytes of memory held.
    fn bytes(&self) -> usize;
}

impl Pending for EventQueue<u64> {
    const NAME: &'static str = "ladder (EventQueue)";
    #[inline]
    fn push(&mut self, event: Event) {
        EventQueue::push(self, event);
    }
    #[inline]
    fn pop(&mut self) -> Option<Event> {
        EventQueue::pop(self)
    }
    fn bytes(&self) -> usize {
        EventQueue::bytes(self)
    }
}
