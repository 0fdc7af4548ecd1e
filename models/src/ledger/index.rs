//! An index of slots by number: what finds the record of a delivery, several times for each event that fires.

/// Numbers and their slots, in a table of which at most half is full. A number stands at the place that one
/// multiplication names, or right behind what stands there.
#[derive(Debug)]
pub(super) struct Index {
    table: Vec<Entry>,
    /// How far a product is shifted to the right to name a place.
    shift: u32,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    /// [`FREE`] if nothing is here.
    slot: u32,
}

/// Stands for no slot.
const FREE: u32 = u32::MAX;

const NOTHING: Entry = Entry { key: 0, slot: FREE };

impl Default for Index {
    fn default() -> Self {
        Index::with_bits(4)
    }
}

impl Index {
    fn with_bits(bits: u32) -> Index {
        Index { table: vec![NOTHING; 1 << bits], shift: u64::BITS - bits, len: 0 }
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        (place + 1) & (self.table.len() - 1)
    }

    /// Where a key stands, or else the free place where it would.
    #[inline]
    fn find(&self, key: u64) -> usize {
        let mut place = self.home(key);
        loop {
            let entry = self.table[place];
            if entry.slot == FREE || entry.key == key {
                return place;
            }
            place = self.after(place);
        }
    }

    /// The slot of a number.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let slot = self.table[self.find(key)].slot;
        (slot != FREE).then_some(slot)
    }

    /// Whether a number has a slot.
    pub(super) fn contains(&self, key: u64) -> bool {
        self.get(key).is_some()
    }

    /// Gives a number a slot, and returns the one that it had.
    pub(super) fn insert(&mut self, key: u64, slot: u32) -> Option<u32> {
        debug_assert!(slot != FREE, "a slot stands for none");
        let place = self.find(key);
        let before = std::mem::replace(&mut self.table[place], Entry { key, slot });
        if before.slot != FREE {
            return Some(before.slot);
        }
        self.len += 1;
        if self.len * 2 > self.table.len() {
            self.grow();
        }
        None
    }

    #[cold]
    fn grow(&mut self) {
        let mut larger = Index::with_bits(u64::BITS - self.shift + 1);
        for entry in self.table.iter().filter(|entry| entry.slot != FREE) {
            let place = larger.find(entry.key);
            larger.table[place] = *entry;
        }
        larger.len = self.len;
        *self = larger;
    }

    /// Takes a number out, and returns its slot.
    pub(super) fn remove(&mut self, key: u64) -> Option<u32> {
        let mut hole = self.find(key);
        let slot = self.table[hole].slot;
        if slot == FREE {
            return None;
        }
        self.len -= 1;
        // What stands behind it and would not be found past a hole moves up.
        let mut place = hole;
        loop {
            place = self.after(place);
            let entry = self.table[place];
            if entry.slot == FREE {
                break;
            }
            let mask = self.table.len() - 1;
            let from_home = place.wrapping_sub(self.home(entry.key)) & mask;
            let from_hole = place.wrapping_sub(hole) & mask;
            if from_home >= from_hole {
                self.table[hole] = entry;
                hole = place;
            }
        }
        self.table[hole] = NOTHING;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut index, mut map) = (Index::default(), BTreeMap::new());
        let mut state = 1_u64;
        for step in 0..200_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            // Few keys, so that they come and go; multiples of 2³², so that many share a place.
            let key = ((state >> 33) % 700) << (32 * ((state >> 60) & 1));
            let empties = (100_000..130_000).contains(&step);
            if empties || (state >> 59) & 1 == 0 {
                assert_eq!(index.remove(key), map.remove(&key), "{step}");
            } else {
                assert_eq!(index.insert(key, step), map.insert(key, step), "{step}");
            }
            assert_eq!(index.get(key), map.get(&key).copied(), "{step}");
            assert_eq!(index.len, map.len(), "{step}");
            if step % 1000 == 0 {
                for key in 0..700 {
                    assert_eq!(index.get(key), map.get(&key).copied(), "{step}");
                    assert_eq!(index.contains(key << 32), map.contains_key(&(key << 32)));
                }
            }
        }
    }
}
