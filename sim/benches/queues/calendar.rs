//! A calendar queue after Brown (1988): days in a ring, each a sorted list, doubled and halved
//! with the number of events, the length of a day taken from the gaps between the next of them.

use super::{Event, Pending, key};

/// Events that an average day should hold; more than Brown's one, as a Vec costs more than a link.
const DAY_FILL: usize = 4;

/// The calendar.
pub(crate) struct Calendar {
    /// Each day descending, the first to come at the end.
    days: Vec<Vec<Event>>,
    shift: u32,
    /// The day of the last event popped, counted from the start of time.
    today: u64,
    len: usize,
}

impl Calendar {
    pub(crate) fn new() -> Self {
        Self { days: vec![Vec::new(); 4], shift: 0, today: 0, len: 0 }
    }

    #[inline]
    fn insert(&mut self, event: Event) {
        let ring = self.days.len() - 1;
        let day = &mut self.days[(event.at.nanos() >> self.shift) as usize & ring];
        let behind = day.iter().rev().take_while(|other| key(other) < key(&event)).count();
        day.insert(day.len() - behind, event);
    }

    /// Makes a calendar of so many days.
    fn resize(&mut self, days: usize) {
        let mut events: Vec<Event> = self.days.drain(..).flatten().collect();
        // The gaps among the next 64, without those more than twice the mean, as Brown does.
        let next = events.len().min(64);
        if events.len() > next {
            events.select_nth_unstable_by_key(next, key);
        }
        events[..next].sort_unstable_by_key(key);
        let gaps = || events[..next].windows(2).map(|pair| (pair[1].at - pair[0].at).as_nanos());
        let count = (next as u64).saturating_sub(1).max(1);
        let mean = gaps().sum::<u64>() / count;
        let (sum, count) = gaps()
            .filter(|&gap| gap <= 2 * mean)
            .fold((0, 0), |(sum, count), gap| (sum + gap, count + 1));
        let day = (sum / u64::max(count, 1)).max(1) * DAY_FILL as u64;
        let now = self.today << self.shift;
        self.shift = day.ilog2();
        self.today = now >> self.shift;
        self.days = vec![Vec::new(); days];
        for event in events {
            self.insert(event);
        }
    }
}

impl Pending for Calendar {
    const NAME: &'static str = "calendar queue";

    #[inline]
    fn push(&mut self, event: Event) {
        self.insert(event);
        self.len += 1;
        if self.len > 2 * DAY_FILL * self.days.len() {
            self.resize(self.days.len() * 2);
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        if self.len == 0 {
            return None;
        }
        let ring = self.days.len() - 1;
        for ahead in 0..self.days.len() as u64 {
            let day = self.today + ahead;
            let events = &mut self.days[day as usize & ring];
            if let Some(event) = events.pop_if(|event| event.at.nanos() >> self.shift <= day) {
                self.today = day;
                self.len -= 1;
                if self.len < DAY_FILL * self.days.len() / 2 && self.days.len() > 4 {
                    self.resize(self.days.len() / 2);
                }
                return Some(event);
            }
        }
        // A year without an event: look for the first of all.
        let firsts = self.days.iter().filter_map(|day| day.last());
        let first = firsts.min_by_key(|event| key(event))?;
        self.today = first.at.nanos() >> self.shift;
        self.pop()
    }

    fn bytes(&self) -> usize {
        let events: usize = self.days.iter().map(Vec::capacity).sum();
        events * size_of::<Event>() + self.days.capacity() * size_of::<Vec<Event>>()
    }
}
