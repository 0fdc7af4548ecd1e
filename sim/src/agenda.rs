//! The agenda: everything that is still to happen, in the order in which it will.
//!
//! Protocols arm a timer for each ack they wait for and cancel nearly all of them. So timers that are not
//! due soon wait unsorted in *drawers*, one for each stretch of time; the main queue gets what is left in a
//! drawer when its time comes. A timer that is cancelled before that is unlinked from its drawer: it never
//! costs the queue anything, and nothing of it stays behind.

use crate::drawers::{Drawers, NONE};
use crate::queue::{Entry, EventQueue};
use crate::{NodeId, Span, Time};

/// Names a timer that was set, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    slot: u32,
    /// The low half of `Slot::armed`: a handle kept too long doesn't reach its slot's next user.
    armed: u32,
}

/// What stands in the queue. Everything else is looked up by these numbers.
#[derive(Clone, Copy, Debug)]
enum Due {
    Packet(u32),
    Timer(u32),
    Fault(u32),
    Transfer(u32),
    Contact(u32),
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
    /// The packet in this slot is across the contact that carries it.
    Transfer(u32),
    /// What the source of contacts with this number has for this instant.
    Contact(u32),
}

/// A timer that is set.
#[derive(Debug)]
pub(crate) struct Timer<T> {
    pub(crate) owner: Owner,
    pub(crate) what: T,
}

/// Whose a timer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) node: NodeId,
    /// The life of the node in which it was set: a crash makes all earlier timers void.
    pub(crate) life: u32,
    pub(crate) background: bool,
}

/// A timer in one line of the cache, where what it reminds of is small.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<T> {
    /// The number of the scheduling that this slot stands for, [`FREE`] where it stands for none.
    /// Entries with another one are stale.
    armed: u64,
    at: Time,
    /// Its neighbours in its drawer, as long as that is shut.
    before: u32,
    after: u32,
    /// The node of its owner; [`BACKGROUND`] on top where that is so.
    node: u32,
    life: u32,
    /// What it reminds of. What is left behind in a free slot means nothing.
    what: Option<T>,
}

const _: () = assert!(size_of::<Slot<[u64; 3]>>() == 64);

/// Less than any number of a scheduling.
const FREE: u64 = 0;

/// Above the number of any node, which has 24 bits.
const BACKGROUND: u32 = 1 << 31;

impl<T> Slot<T> {
    fn owner(&self) -> Owner {
        Owner {
            node: NodeId::new((self.node & !BACKGROUND) as usize),
            life: self.life,
            background: self.node & BACKGROUND != 0,
        }
    }
}

/// Where an event stands among those of its instant, whenever it was scheduled. Numbers of schedulings
/// begin here, so that each rank is below the next.
pub(crate) mod rank {
    /// What contacts carried is across.
    pub(crate) const TRANSFER: u64 = 1;
    /// Faults strike and end.
    pub(crate) const FAULT: u64 = 1 << 40;
    /// Timers that stand beside faults.
    pub(crate) const EARLY: u64 = 1 << 41;
    /// Contacts end and begin; what is below this bit says in which order.
    pub(crate) const CONTACT: u64 = 1 << 60;
    /// Packets and timers.
    pub(crate) const USUAL: u64 = 1 << 61;
    /// Timers that stand behind everything else, each at a place of its own.
    pub(crate) const LATE: u64 = 1 << 62;

    /// The rank of a late timer: below it is room for the low half of its number.
    pub(crate) const fn late(place: u32) -> u64 {
        assert!(place >> 29 == 0, "places of late timers are below 2^29");
        LATE + ((place as u64) << 32)
    }
}

/// The pending events of a run. They come out in the order (time, order of scheduling).
pub(crate) struct Agenda<T> {
    queue: EventQueue<Due>,
    /// The number of the last packet or timer.
    scheduled: u64,
    /// The number of the last fault.
    faults: u64,
    /// The number of the last transfer.
    transfers: u64,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    /// The shut drawers, each with its first slot.
    drawers: Drawers,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Agenda {
            queue: EventQueue::new(),
            scheduled: rank::USUAL,
            faults: rank::FAULT,
            transfers: rank::TRANSFER,
            slots: Vec::new(),
            free: Vec::new(),
            drawers: Drawers::new(),
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

    /// A contact will have carried a packet.
    pub(crate) fn schedule_transfer(&mut self, at: Time, slot: u32) {
        self.transfers += 1;
        self.queue.push(Entry { at, seq: self.transfers, what: Due::Transfer(slot) });
    }

    /// A source of contacts has something; `place` says where among those of that instant.
    pub(crate) fn schedule_contact(&mut self, at: Time, place: u64, source: u32) {
        debug_assert!(place < rank::CONTACT, "the place reaches into the rank");
        self.queue.push(Entry { at, seq: rank::CONTACT | place, what: Due::Contact(source) });
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
        let armed = self.next_seq();
        self.arm(now, now + after, armed, timer)
    }

    /// Sets a timer that runs out at another place of its instant than where timers stand.
    pub(crate) fn set_at(&mut self, now: Time, at: Time, rank: u64, timer: Timer<T>) -> TimerId {
        // The low half tells it from others: it is what its handle knows.
        let number = self.next_seq() as u32;
        self.arm(now, at, rank + u64::from(number), timer)
    }

    #[inline]
    fn arm(&mut self, now: Time, at: Time, armed: u64, timer: Timer<T>) -> TimerId {
        let Timer { owner, what } = timer;
        let slot = self.free.pop().unwrap_or_else(|| self.grow());
        // What came up until now came out of open drawers.
        if self.drawers.is_shut(now) {
            self.drawers.open_until(now);
            self.empty_chests();
        }
        let place = &mut self.slots[slot as usize];
        place.armed = armed;
        place.at = at;
        place.node = owner.node.raw() | if owner.background { BACKGROUND } else { 0 };
        place.life = owner.life;
        place.what = Some(what);
        self.put(slot, at, armed);
        TimerId { slot, armed: armed as u32 }
    }

    /// Puts a timer where it waits.
    #[inline]
    fn put(&mut self, slot: u32, at: Time, armed: u64) {
        let Some(first) = self.drawers.first_in(at) else {
            return self.queue.push(Entry { at, seq: armed, what: Due::Timer(slot) });
        };
        let second = std::mem::replace(first, slot);
        let place = &mut self.slots[slot as usize];
        (place.before, place.after) = (NONE, second);
        if second != NONE {
            self.slots[second as usize].before = slot;
        }
    }

    /// Drawers were opened: what is not far off any more goes to drawers of its own.
    fn empty_chests(&mut self) {
        while let Some(mut slot) = self.drawers.take_near_chest() {
            while slot != NONE {
                let Slot { armed, at, after, .. } = self.slots[slot as usize];
                self.put(slot, at, armed);
                slot = after;
            }
        }
    }

    /// A free slot more.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> u32 {
        let (at, before, after) = (Time::ZERO, NONE, NONE);
        self.slots.push(Slot { armed: FREE, at, before, after, node: 0, life: 0, what: None });
        u32::try_from(self.slots.len() - 1).expect("more than 2^32 timers are set")
    }

    /// Takes a timer out of its drawer, which is shut.
    fn unlink(&mut self, slot: u32) {
        let Slot { before, after, at, .. } = self.slots[slot as usize];
        if after != NONE {
            self.slots[after as usize].before = before;
        }
        if before != NONE {
            self.slots[before as usize].after = after;
        } else {
            self.drawers.set_first(at, after);
        }
    }

    /// The time of the first drawer has come: what is in it goes where everything waits in order.
    #[inline(never)]
    fn open_first(&mut self) {
        let mut slot = self.drawers.open_first();
        while slot != NONE {
            let Slot { armed, at, after, .. } = self.slots[slot as usize];
            self.queue.push(Entry { at, seq: armed, what: Due::Timer(slot) });
            slot = after;
        }
        self.empty_chests();
    }

    /// Takes the timer back, if it has neither run out nor been cancelled.
    #[inline]
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<Owner> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.armed as u32 != id.armed || slot.armed == FREE {
            return None;
        }
        slot.armed = FREE;
        if std::mem::needs_drop::<T>() {
            slot.what = None;
        }
        let owner = slot.owner();
        if self.drawers.is_shut(slot.at) {
            self.unlink(id.slot);
        }
        self.free.push(id.slot);
        Some(owner)
    }

    /// The timer that this entry of the queue stands for, unless it was cancelled.
    fn take(&mut self, slot: u32, armed: u64) -> Option<Timer<T>> {
        let place = &mut self.slots[slot as usize];
        if place.armed != armed {
            return None;
        }
        place.armed = FREE;
        let (owner, what) = (place.owner(), place.what.take());
        self.free.push(slot);
        Some(Timer { owner, what: what.expect("a timer that is set is one of something") })
    }

    /// One more packet that is across its contact at this instant, the last event's.
    pub(crate) fn pop_transfer(&mut self, at: Time) -> Option<u32> {
        let first = self.queue.peek()?;
        let Due::Transfer(slot) = first.what else {
            return None;
        };
        if first.at > at {
            return None;
        }
        self.queue.pop();
        Some(slot)
    }

    /// Whether nothing is to happen any more. Cancelled timers that were due soon may hide that for a while.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.drawers.is_empty()
    }

    /// The next event at or before `until`.
    #[inline]
    pub(crate) fn pop_until(&mut self, until: Time) -> Option<(Time, Next<T>)> {
        loop {
            let Some(entry) = self.queue.pop_until(until.min(self.drawers.last_before())) else {
                // Nothing comes before the first drawer, or before the end.
                if !self.drawers.begin_by(until) {
                    return None;
                }
                self.open_first();
                continue;
            };
            let Entry { at, seq, what } = entry;
            match what {
                Due::Packet(slot) => return Some((at, Next::Packet(slot))),
                Due::Fault(slot) => return Some((at, Next::Fault(slot))),
                Due::Transfer(slot) => return Some((at, Next::Transfer(slot))),
                Due::Contact(source) => return Some((at, Next::Contact(source))),
                Due::Timer(slot) => {
                    if let Some(timer) = self.take(slot, seq) {
                        return Some((at, Next::Timer(timer)));
                    }
                }
            }
        }
    }
}

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

    /// Of a node with the same number, by which it is known when it is cancelled.
    fn timer(what: u32) -> Timer<u32> {
        let owner =
            Owner { node: NodeId::new(what as usize), life: 0, background: what.is_multiple_of(2) };
        Timer { owner, what }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        // Soon, together in a drawer, at both ends of the ring of drawers, and far; zero and equal instants included.
        let drawers = (prop::sample::select(vec![1u64, 2, 63, 64, 65, 127, 128, 129]), 0..4u64);
        let after = prop_oneof![
            3 => 0..4u64,
            3 => Just(200),
            1 => 0..1_000_000u64,
            4 => drawers.prop_map(|(drawer, nanos)| (drawer << 25) + nanos),
            2 => 0..10_000_000_000u64,
            1 => Just(u64::MAX),
        ];
        let step = prop_oneof![
            2 => after.clone().prop_map(Step::Packet),
            4 => after.prop_map(Step::Set),
            3 => any::<prop::sample::Index>().prop_map(Step::Cancel),
            3 => Just(Step::Pop),
        ];
        prop::collection::vec(step, 0..400)
    }

    proptest! {
        /// The plainest agenda there is, a sorted map without drawers, gives the same events.
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
                        let id = agenda.set(now, after, timer(seq as u32));
                        set.push((id, (now + after, seq)));
                        plain.insert((now + after, seq), seq as u32);
                    }
                    Step::Cancel(which) => {
                        if !set.is_empty() {
                            let (id, key) = set[which.index(set.len())];
                            let was = agenda.cancel(id).map(|owner| owner.node.raw());
                            prop_assert_eq!(was, plain.remove(&key), "cancel twice, or after it ran out, is nothing");
                        }
                    }
                    Step::Pop => {
                        let next = agenda.pop_until(Time::NEVER).map(|(at, next)| match next {
                            Next::Packet(slot) => (at, slot),
                            Next::Timer(Timer { owner, what }) => {
                                assert_eq!(owner, timer(what).owner);
                                (at, what)
                            }
                            Next::Fault(_) | Next::Transfer(_) | Next::Contact(_) => {
                                unreachable!("none was scheduled")
                            }
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
            let id = agenda.set(Time::ZERO, Span::millis(200), timer(1));
            agenda.cancel(id);
            assert!(agenda.is_empty(), "nothing of it stays behind");
        }
        assert_eq!(agenda.slots.len(), 1);
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let mut agenda: Agenda<u32> = Agenda::new();
        let set = |agenda: &mut Agenda<u32>, after, what| {
            agenda.set(Time::ZERO, Span::nanos(after), timer(what))
        };
        let day = Span::secs(24 * 3600).as_nanos();
        for number in 0..20 {
            set(&mut agenda, day - number, number as u32);
        }
        for number in 0..10_000 {
            let ids = [day, day + number].map(|after| set(&mut agenda, after, 99));
            for id in ids {
                agenda.cancel(id).expect("it was just set");
            }
        }
        assert_eq!(agenda.slots.len() - agenda.free.len(), 20);
        assert_eq!(agenda.queue.len(), 0);
        for number in (0..20).rev() {
            let (_, next) = agenda.pop_until(Time::NEVER).expect("they are still there");
            assert!(matches!(next, Next::Timer(Timer { what, .. }) if what == number));
        }
        assert!(agenda.pop_until(Time::NEVER).is_none());
    }
}
