//! Lists in the order of coming whose items have names. Nearly always they hold one item or none; one that gets long
//! is looked up by name, so that an event costs the same however much waits.

use std::collections::BTreeMap;

use penult_sim::IdMap;

use crate::effort::effort;
use crate::few::Few;

/// What tells an item from the others of its list.
pub(crate) trait Named {
    /// A number of its own.
    fn name(&self) -> u64;
}

/// So many are looked through.
const SHORT: usize = 12;

/// A list of named items.
#[derive(Debug)]
pub(crate) enum Line<T> {
    /// So few that they are looked through.
    Short(Few<T>),
    /// Longer once, and not empty since.
    Long(Box<Long<T>>),
}

/// A list that is not looked through.
#[derive(Debug)]
pub(crate) struct Long<T> {
    /// By the number of their coming.
    items: BTreeMap<u64, T>,
    /// The number of each.
    numbers: IdMap<u64>,
    next: u64,
}

impl<T> Default for Line<T> {
    #[inline]
    fn default() -> Self {
        Line::Short(Few::default())
    }
}

impl<T: Named> Line<T> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Line::Short(few) => few.len(),
            Line::Long(long) => long.items.len(),
        }
    }

    /// Puts one behind the others.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self {
            Line::Short(few) if few.len() < SHORT => few.push(item),
            _ => self.push_further(item),
        }
    }

    #[cold]
    fn push_further(&mut self, item: T) {
        if let Line::Short(few) = self {
            let (items, numbers) = (BTreeMap::new(), IdMap::new());
            let mut long = Long { items, numbers, next: 0 };
            std::mem::take(few).into_iter().for_each(|item| long.push(item));
            *self = Line::Long(Box::new(long));
        }
        if let Line::Long(long) = self {
            long.push(item);
        }
    }

    #[inline]
    fn place(few: &Few<T>, name: u64) -> Option<usize> {
        few.iter().position(|item| {
            effort(1);
            item.name() == name
        })
    }

    /// The item of this name.
    #[inline]
    pub(crate) fn get_mut(&mut self, name: u64) -> Option<&mut T> {
        match self {
            Line::Short(few) => Self::place(few, name).map(|place| few.at_mut(place)),
            Line::Long(long) => long.items.get_mut(long.numbers.get(name)?),
        }
    }

    /// Takes out the item of this name.
    #[inline]
    pub(crate) fn remove(&mut self, name: u64) -> Option<T> {
        match self {
            Line::Short(few) => Self::place(few, name).map(|place| few.remove(place)),
            Line::Long(_) => self.remove_from_many(name),
        }
    }

    #[cold]
    fn remove_from_many(&mut self, name: u64) -> Option<T> {
        let Line::Long(long) = self else { return None };
        let number = long.numbers.remove(name)?;
        let item = long.items.remove(&number);
        if long.items.is_empty() {
            *self = Line::default();
        }
        item
    }

    /// Whether it is too long to be looked through.
    #[inline]
    pub(crate) fn is_long(&self) -> bool {
        matches!(self, Line::Long(_))
    }

    /// Puts some names of its items into the order of their coming.
    pub(crate) fn sort(&self, names: &mut [u64]) {
        match self {
            Line::Short(few) => names.sort_unstable_by_key(|&name| Self::place(few, name)),
            Line::Long(long) => names.sort_unstable_by_key(|&name| long.numbers.get(name)),
        }
    }

    /// Shows each, in the order of their coming.
    pub(crate) fn for_each(&mut self, show: impl FnMut(&mut T)) {
        effort(self.len() as u64);
        match self {
            Line::Short(few) => few.iter_mut().for_each(show),
            Line::Long(long) => long.items.values_mut().for_each(show),
        }
    }
}

impl<T: Named> Long<T> {
    fn push(&mut self, item: T) {
        let before = self.numbers.insert(item.name(), self.next);
        debug_assert!(before.is_none(), "two items of one name");
        self.items.insert(self.next, item);
        self.next += 1;
    }
}

impl<T: Named> Named for Box<T> {
    fn name(&self) -> u64 {
        (**self).name()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Named for u64 {
        fn name(&self) -> u64 {
            *self
        }
    }

    proptest! {
        /// A plain list gives the same, however long it gets.
        #[test]
        fn agrees_with_a_plain_list(steps in prop::collection::vec((0..40u64, 0..3u8), 0..300)) {
            let (mut line, mut plain) = (Line::default(), Vec::new());
            for (name, what) in steps {
                let place = plain.iter().position(|&item| item == name);
                prop_assert_eq!(line.get_mut(name).is_some(), place.is_some());
                match (what, place) {
                    (0 | 1, None) => {
                        line.push(name);
                        plain.push(name);
                    }
                    (0 | 1, Some(_)) => prop_assert_eq!(line.get_mut(name), Some(&mut { name })),
                    _ => prop_assert_eq!(line.remove(name), place.map(|place| plain.remove(place))),
                }
                prop_assert_eq!(line.len(), plain.len());
                let mut shown = Vec::new();
                line.for_each(|&mut item| shown.push(item));
                prop_assert_eq!(&shown, &plain);
                shown.sort_unstable();
                line.sort(&mut shown);
                prop_assert_eq!(&shown, &plain);
            }
        }
    }
}
