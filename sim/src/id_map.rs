//! A map from ids to values that can't be iterated, so that its order can't leak into a run.

use std::hash::{BuildHasherDefault, Hasher};

/// A hash map keyed by numbers (ids, message numbers). It has no iterator on purpose: whoever needs
/// an order keeps a `Vec` or a `BTreeMap`.
#[derive(Clone, Debug)]
pub struct IdMap<V> {
    #[expect(clippy::disallowed_types, reason = "its order can't be seen from outside")]
    map: std::collections::HashMap<u64, V, BuildHasherDefault<IdHasher>>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        IdMap { map: Default::default() }
    }
}

impl<V> IdMap<V> {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `value` at `key` and returns what stood there.
    pub fn insert(&mut self, key: u64, value: V) -> Option<V> {
        self.map.insert(key, value)
    }

    /// What stands at `key`.
    pub fn get(&self, key: u64) -> Option<&V> {
        self.map.get(&key)
    }

    /// What stands at `key`, to change it.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.map.get_mut(&key)
    }

    /// What stands at `key`, made first if nothing does.
    pub fn get_or_insert_with(&mut self, key: u64, make: impl FnOnce() -> V) -> &mut V {
        self.map.entry(key).or_insert_with(make)
    }

    /// Takes out what stands at `key`.
    pub fn remove(&mut self, key: u64) -> Option<V> {
        self.map.remove(&key)
    }

    /// Whether something stands at `key`.
    pub fn contains(&self, key: u64) -> bool {
        self.map.contains_key(&key)
    }

    /// How many keys hold something.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

/// One multiplication: ids are small and dense, nobody attacks them, and the map sits on the hot path.
#[derive(Clone, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::IdMap;

    #[test]
    fn keeps_what_it_is_given() {
        let mut map = IdMap::new();
        for key in 0..1000 {
            assert_eq!(map.insert(key << 32, key), None);
        }
        assert_eq!(map.len(), 1000);
        assert_eq!(map.insert(7 << 32, 70), Some(7));
        assert_eq!(map.remove(7 << 32), Some(70));
        assert!(!map.contains(7 << 32));
        *map.get_mut(8 << 32).unwrap() += 1;
        assert_eq!(map.get(8 << 32), Some(&9));
        assert_eq!(*map.get_or_insert_with(1, || 5), 5);
        map.clear();
        assert!(map.is_empty());
    }
}
