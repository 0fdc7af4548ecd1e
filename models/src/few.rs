//! Lists that nearly always hold one item or none.

use std::iter::Chain;
use std::ops::Deref;
use std::{option, vec};

/// A list without an allocation for as long as it is short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Few<T> {
    /// At most one.
    Short(Option<T>),
    /// There were several once. A long list is rare, and room for its length is not.
    Long(Box<Vec<T>>),
}

impl<T> Default for Few<T> {
    #[inline]
    fn default() -> Self {
        Few::Short(None)
    }
}

impl<T> Few<T> {
    /// A list of this item.
    #[inline]
    pub fn one(item: T) -> Self {
        Few::Short(Some(item))
    }

    /// Puts an item behind the others.
    #[inline]
    pub fn push(&mut self, item: T) {
        match self {
            Few::Short(none @ None) => *none = Some(item),
            _ => self.push_further(item),
        }
    }

    #[cold]
    fn push_further(&mut self, item: T) {
        match self {
            Few::Short(one) => {
                let all = one.take().into_iter().chain([item]).collect();
                *self = Few::Long(Box::new(all));
            }
            Few::Long(all) => all.push(item),
        }
    }

    /// Keeps those that `stays` says.
    #[inline]
    pub fn retain(&mut self, mut stays: impl FnMut(&T) -> bool) {
        match self {
            Few::Short(one) => _ = one.take_if(|item| !stays(item)),
            Few::Long(all) => all.retain(stays),
        }
    }

    /// Takes out the item at a place.
    #[inline]
    pub fn remove(&mut self, place: usize) -> T {
        match self {
            Few::Short(one) => one.take().expect("an item stands there"),
            Few::Long(all) => all.remove(place),
        }
    }

    /// The item at a place, to change it.
    #[inline]
    pub fn at_mut(&mut self, place: usize) -> &mut T {
        match self {
            Few::Short(one) => &mut one.as_mut_slice()[place],
            Few::Long(all) => &mut all[place],
        }
    }

    /// All items, to change them.
    #[inline]
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        match self {
            Few::Short(one) => one.as_mut_slice().iter_mut(),
            Few::Long(all) => all.iter_mut(),
        }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Few::Short(one) => one.as_slice(),
            Few::Long(all) => all,
        }
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = Chain<option::IntoIter<T>, vec::IntoIter<T>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        let (one, all) = match self {
            Few::Short(one) => (one, Vec::new()),
            Few::Long(all) => (None, *all),
        };
        one.into_iter().chain(all)
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Few::default();
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_list() {
        for count in 0..4 {
            let plain: Vec<u32> = (0..count).collect();
            let few: Few<u32> = (0..count).collect();
            assert_eq!(few[..], plain[..]);
            assert_eq!(few.clone().into_iter().collect::<Vec<_>>(), plain);
            let mut odd = few.clone();
            odd.retain(|item| item % 2 == 1);
            assert_eq!(
                odd[..],
                plain.iter().copied().filter(|item| item % 2 == 1).collect::<Vec<_>>()
            );
            for place in 0..count as usize {
                let (mut few, mut plain) = (few.clone(), plain.clone());
                few.iter_mut().for_each(|item| *item += 1);
                plain.iter_mut().for_each(|item| *item += 1);
                assert_eq!(few.remove(place), plain.remove(place));
                few.push(9);
                plain.push(9);
                assert_eq!(few[..], plain[..]);
            }
        }
    }
}
