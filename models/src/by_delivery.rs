//! What a server keeps for each delivery: found by hash, listed in the order of ids.

use std::cell::Cell;
use std::ops::Index;

use penult_sim::IdMap;

use crate::effort::effort;
use crate::ids::DeliveryId;

/// A value for each of some deliveries. The values lie side by side; what is looked up again, as a server
/// does all the time while it handles an event, is found without a search.
#[derive(Debug)]
pub struct ByDelivery<V> {
    places: IdMap<u32>,
    slots: Vec<Slot<V>>,
    free: Vec<u32>,
    /// The place of what was looked up last.
    last: Cell<u32>,
}

/// From the beginning of a line of the processor's cache on.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<V>(Option<(DeliveryId, V)>);

impl<V> Default for ByDelivery<V> {
    fn default() -> Self {
        ByDelivery { places: IdMap::new(), slots: Vec::new(), free: Vec::new(), last: Cell::new(0) }
    }
}

impl<V> ByDelivery<V> {
    #[inline]
    fn place(&self, delivery: DeliveryId) -> Option<usize> {
        let last = self.last.get() as usize;
        if let Some(Slot(Some((id, _)))) = self.slots.get(last)
            && *id == delivery
        {
            return Some(last);
        }
        let place = *self.places.get(delivery.key())?;
        self.last.set(place);
        Some(place as usize)
    }

    /// What is kept for a delivery.
    #[inline]
    pub fn get(&self, delivery: DeliveryId) -> Option<&V> {
        let place = self.place(delivery)?;
        self.slots[place].0.as_ref().map(|(_, value)| value)
    }

    /// What is kept for a delivery, to change it.
    #[inline]
    pub fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut V> {
        let place = self.place(delivery)?;
        self.slots[place].0.as_mut().map(|(_, value)| value)
    }

    /// Whether something is kept for a delivery.
    #[inline]
    pub fn contains(&self, delivery: DeliveryId) -> bool {
        self.place(delivery).is_some()
    }

    /// Keeps this for a delivery, instead of what was kept before.
    pub fn insert(&mut self, delivery: DeliveryId, value: V) {
        if let Some(before) = self.get_mut(delivery) {
            *before = value;
            return;
        }
        let slot = Slot(Some((delivery, value)));
        let place = match self.free.pop() {
            Some(place) => {
                self.slots[place as usize] = slot;
                place
            }
            None => {
                self.slots.push(slot);
                u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 deliveries")
            }
        };
        self.places.insert(delivery.key(), place);
        self.last.set(place);
    }

    /// Takes out what is kept for a delivery.
    pub fn remove(&mut self, delivery: DeliveryId) -> Option<V> {
        let place = self.places.remove(delivery.key())?;
        self.free.push(place);
        self.slots[place as usize].0.take().map(|(_, value)| value)
    }

    /// The deliveries that something is kept for and that `wanted` picks, in the order of their ids.
    pub fn pick(&self, mut wanted: impl FnMut(DeliveryId, &V) -> bool) -> Vec<DeliveryId> {
        effort(self.slots.len() as u64);
        let all = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        let picked = all.filter(|(delivery, value)| wanted(*delivery, value));
        let mut picked: Vec<DeliveryId> = picked.map(|&(delivery, _)| delivery).collect();
        picked.sort_unstable();
        picked
    }

    /// All deliveries that something is kept for, in the order of their ids.
    pub fn ids(&self) -> Vec<DeliveryId> {
        self.pick(|_, _| true)
    }
}

impl<V> Index<DeliveryId> for ByDelivery<V> {
    type Output = V;

    fn index(&self, delivery: DeliveryId) -> &V {
        self.get(delivery).expect("something is kept for this delivery")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{ClientId, MessageId};

    fn delivery(number: u64) -> DeliveryId {
        let message = MessageId::of_workload(number / 3);
        DeliveryId { message, recipient: ClientId((number % 3) as u32) }
    }

    proptest! {
        /// A sorted map gives the same, whatever is put in and taken out.
        #[test]
        fn agrees_with_a_sorted_map(steps in prop::collection::vec((0..30u64, 0..4u8), 0..200)) {
            let mut kept = ByDelivery::default();
            let mut plain = BTreeMap::new();
            for (at, (number, what)) in steps.into_iter().enumerate() {
                let id = delivery(number);
                match what {
                    0 => {
                        kept.insert(id, at);
                        plain.insert(id, at);
                    }
                    1 => prop_assert_eq!(kept.remove(id), plain.remove(&id)),
                    2 => prop_assert_eq!(kept.get_mut(id), plain.get_mut(&id)),
                    _ => prop_assert_eq!(kept.contains(id), plain.contains_key(&id)),
                }
                prop_assert_eq!(kept.get(id), plain.get(&id));
            }
            let odd = plain.iter().filter(|&(_, &value)| value % 2 == 1).map(|(&id, _)| id);
            prop_assert_eq!(kept.pick(|_, &value| value % 2 == 1), odd.collect::<Vec<_>>());
            prop_assert_eq!(kept.ids(), plain.keys().copied().collect::<Vec<_>>());
        }
    }
}
