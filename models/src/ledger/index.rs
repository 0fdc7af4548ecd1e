//! An index of slots by number: what finds the record of a delivery, several times for each event that fires.

/// Slots in a table of which at most a quarter is full. A slot stands at the place that its number names, or
/// right behind what stands there. The numbers are not in it: whoever looks for one has them in the records.
#[derive(Debug)]
pub(super) struct Index {
    /// [`FREE`] where nothing is.
    table: Vec<u32>,
    /// How far a product is shifted to the right to name a line.
    shift: u32,
    len: usize,
}

/// Stands for no slot.
const FREE: u32 = u32::MAX;

/// Neighbours stand together, as messages of the same moment do: so many fill a line of the cache.
const LINE: u32 = 4;

impl Default for Index {
    fn default() -> Self {
        Index::with_bits(6)
    }
}

impl Index {
    fn with_bits(bits: u32) -> Index {
        Index { table: vec![FREE; 1 << bits], shift: u64::BITS - (bits - LINE), len: 0 }
    }

    /// Where a number's slot stands if nothing stood there before: one multiplication names the line.
    #[inline]
    fn home(&self, key: u64) -> usize {
        let line = (key >> LINE).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        (line << LINE | key & ((1 << LINE) - 1)) as usize
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        (place + 1) & (self.table.len() - 1)
    }

    /// Where the slot of a number stands that `is_it`, or else the free place where it would.
    #[inline]
    fn place(&self, key: u64, is_it: impl Fn(&u32) -> bool) -> usize {
        let mut place = self.home(key);
        while self.table[place] != FREE && !is_it(&self.table[place]) {
            place = self.after(place);
        }
        place
    }

    /// The slot of a number that `is_it`.
    #[inline]
    pub(super) fn find(&self, key: u64, is_it: impl Fn(&u32) -> bool) -> Option<u32> {
        let slot = self.table[self.place(key, is_it)];
        (slot != FREE).then_some(slot)
    }

    /// Gives a number a slot, and returns the one that it had. `key_of` tells the number of each.
    #[inline]
    pub(super) fn insert(
        &mut self,
        key: u64,
        slot: u32,
        key_of: impl Fn(u32) -> u64,
    ) -> Option<u32> {
        debug_assert!(slot != FREE, "a slot stands for none");
        let place = self.place(key, |&slot| key_of(slot) == key);
        let before = std::mem::replace(&mut self.table[place], slot);
        if before != FREE {
            return Some(before);
        }
        self.len += 1;
        if self.len * 4 > self.table.len() {
            self.grow(key_of);
        }
        None
    }

    #[cold]
    fn grow(&mut self, key_of: impl Fn(u32) -> u64) {
        let mut larger = Index::with_bits(self.table.len().ilog2() + 1);
        for &slot in self.table.iter().filter(|&&slot| slot != FREE) {
            let place = larger.place(key_of(slot), |_| false);
            larger.table[place] = slot;
        }
        larger.len = self.len;
        *self = larger;
    }

    /// Takes out the slot of a number.
    #[inline]
    pub(super) fn remove(&mut self, key: u64, slot: u32, key_of: impl Fn(u32) -> u64) {
        let mut hole = self.place(key, |&other| other == slot);
        if self.table[hole] == FREE {
            return;
        }
        self.len -= 1;
        // What stands behind it and would not be found past a hole moves up.
        let mut place = hole;
        loop {
            place = self.after(place);
            let other = self.table[place];
            if other == FREE {
                break;
            }
            let mask = self.table.len() - 1;
            let from_home = place.wrapping_sub(self.home(key_of(other))) & mask;
            let from_hole = place.wrapping_sub(hole) & mask;
            if from_home >= from_hole {
                self.table[hole] = other;
                hole = place;
            }
        }
        self.table[hole] = FREE;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut index, mut map) = (Index::default(), BTreeMap::new());
        let mut keys = Vec::new();
        let find =
            |index: &Index, keys: &[u64], key| index.find(key, |&slot| keys[slot as usize] == key);
        let mut state = 1_u64;
        for step in 0..200_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            // Few keys, so that they come and go; multiples of 2³², so that many share a place.
            let key = ((state >> 33) % 700) << (32 * ((state >> 60) & 1));
            keys.push(key);
            let key_of = |slot: u32| keys[slot as usize];
            let empties = (100_000..130_000).contains(&step);
            if empties || (state >> 59) & 1 == 0 {
                if let Some(slot) = map.remove(&key) {
                    index.remove(key, slot, key_of);
                }
            } else {
                assert_eq!(index.insert(key, step, key_of), map.insert(key, step), "{step}");
            }
            assert_eq!(find(&index, &keys, key), map.get(&key).copied(), "{step}");
            assert_eq!(index.len, map.len(), "{step}");
            if step % 1000 == 0 {
                for key in (0..700).flat_map(|key| [key, key << 32]) {
                    assert_eq!(find(&index, &keys, key), map.get(&key).copied(), "{step}");
                }
            }
        }
    }
}
