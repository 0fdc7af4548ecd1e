//! A replica's stream: events by number, by client, by delivery and by the time at which they fall out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use penult_sim::{IdMap, Span, Time};

use crate::ids::{ClientId, DeliveryId};
use crate::remembered::Remembered;
use crate::strategies::replay::event::Event;
use crate::strategies::replay::number::Number;

/// What a replica has written.
#[derive(Debug)]
pub struct Stream {
    events: BTreeMap<Number, Event>,
    by_client: BTreeSet<(ClientId, Number)>,
    by_age: BTreeSet<(Time, Number)>,
    numbers: IdMap<Number>,
    counts: IdMap<u32>,
    /// What has fallen out, for as long as it can come again.
    fallen: Remembered,
    /// The newest number, whether its event has fallen out or not.
    newest: Number,
}

impl Default for Stream {
    fn default() -> Self {
        Stream {
            events: BTreeMap::new(),
            by_client: BTreeSet::new(),
            by_age: BTreeSet::new(),
            numbers: IdMap::new(),
            counts: IdMap::new(),
            fallen: Remembered::default(),
            newest: Number::ZERO,
        }
    }
}

impl Stream {
    /// The newest number.
    pub fn newest(&self) -> Number {
        self.newest
    }

    /// The newest number is this one.
    pub fn set_newest(&mut self, newest: Number) {
        self.newest = newest;
    }

    /// The number of a delivery.
    pub fn number_of(&self, delivery: DeliveryId) -> Option<Number> {
        self.numbers.get(delivery.key()).copied()
    }

    /// Whether there is an event of this number.
    pub fn has(&self, number: Number) -> bool {
        self.events.contains_key(&number)
    }

    /// Whether a delivery was here and has fallen out.
    pub fn has_fallen(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.fallen.knows(delivery, now)
    }

    /// Puts an event where its number says, instead of an older number of it.
    pub fn insert(&mut self, event: Event) {
        let (number, key) = (event.number, event.delivery().key());
        if let Some(older) = self.numbers.get(key).copied() {
            self.take(older);
        }
        self.newest = self.newest.max(number);
        self.by_client.insert((event.recipient, number));
        self.by_age.insert((event.born, number));
        self.numbers.insert(key, number);
        *self.counts.get_or_insert_with(event.recipient.0.into(), || 0) += 1;
        self.events.insert(number, event);
    }

    /// Takes an event out.
    pub fn take(&mut self, number: Number) -> Option<Event> {
        let event = self.events.remove(&number)?;
        self.by_client.remove(&(event.recipient, number));
        self.by_age.remove(&(event.born, number));
        self.numbers.remove(event.delivery().key());
        if let Some(count) = self.counts.get_mut(event.recipient.0.into()) {
            *count -= 1;
        }
        Some(event)
    }

    /// Takes an event out that falls out: its delivery stays known.
    fn fall(&mut self, number: Number, now: Time) -> Option<Event> {
        let event = self.take(number)?;
        self.fallen.add(event.delivery(), Some(&event.message), now, Span::MAX);
        Some(event)
    }

    /// Takes a delivery out that has fallen out elsewhere.
    pub fn fall_delivery(&mut self, delivery: DeliveryId, now: Time) -> Option<Event> {
        self.fall(self.number_of(delivery)?, now)
    }

    /// The oldest event, if it was written before this instant or at it.
    pub fn fall_oldest(&mut self, born: Time, now: Time) -> Option<Event> {
        let &(oldest, number) = self.by_age.first()?;
        (oldest <= born).then(|| self.fall(number, now)).flatten()
    }

    /// When the oldest event was written.
    pub fn oldest(&self) -> Option<Time> {
        self.by_age.first().map(|&(born, _)| born)
    }

    /// A client's oldest event, if it has more than so many.
    pub fn fall_beyond(&mut self, client: ClientId, most: u32, now: Time) -> Option<Event> {
        let count = *self.counts.get(client.0.into())?;
        if count <= most {
            return None;
        }
        let &(_, number) = self.by_client.range((client, Number::ZERO)..).next()?;
        self.fall(number, now)
    }

    /// The events after a number, up to another.
    pub fn after(&self, after: Number, to: Number) -> impl Iterator<Item = &Event> {
        let to = to.max(after);
        let range = (Bound::Excluded(after), Bound::Included(to));
        let range = (after < to).then(|| self.events.range(range));
        range.into_iter().flatten().map(|(_, event)| event)
    }

    /// Those of one client.
    pub fn of_client(
        &self,
        client: ClientId,
        after: Number,
        to: Number,
    ) -> impl Iterator<Item = &Event> {
        let to = to.max(after);
        let range = (Bound::Excluded((client, after)), Bound::Included((client, to)));
        let range = (after < to).then(|| self.by_client.range(range));
        range.into_iter().flatten().map(|(_, number)| &self.events[number])
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }
}
