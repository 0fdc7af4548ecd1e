//! Spaces, space servers, and small sets of servers.

use std::fmt;

use penult_sim::NodeId;

use crate::places::{Kind, Places};

/// A space, by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpaceId(pub u32);

impl SpaceId {
    /// Its place in a list of them all.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A space server: `s0`, `s1`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerId(pub u32);

/// The directory comes before the space servers.
const BEFORE: u32 = 1;

impl ServerId {
    /// Its place in a list of them all.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its node.
    pub fn node(self, places: &Places) -> NodeId {
        places.service(self.0 + BEFORE)
    }

    /// The space server that a node is, if it is one.
    pub fn of(node: NodeId, places: &Places) -> Option<ServerId> {
        match places.kind(node) {
            Kind::Service(number) => number.checked_sub(BEFORE).map(ServerId),
            _ => None,
        }
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl fmt::Debug for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of space servers. Of fewer than 64 it takes no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    low: u64,
    high: Vec<u64>,
}

impl Servers {
    /// The set of one.
    pub fn one(server: ServerId) -> Self {
        let mut set = Servers::default();
        set.add(server);
        set
    }

    fn place(server: ServerId) -> (usize, u64) {
        (server.index() / 64, 1 << (server.0 % 64))
    }

    /// Whether it is among them.
    pub fn has(&self, server: ServerId) -> bool {
        match Self::place(server) {
            (0, bit) => self.low & bit != 0,
            (word, bit) => self.high.get(word - 1).is_some_and(|it| it & bit != 0),
        }
    }

    /// Adds one. False if it was there.
    pub fn add(&mut self, server: ServerId) -> bool {
        let had = self.has(server);
        match Self::place(server) {
            (0, bit) => self.low |= bit,
            (word, bit) => {
                if self.high.len() < word {
                    self.high.resize(word, 0);
                }
                self.high[word - 1] |= bit;
            }
        }
        !had
    }

    /// Adds those of another set.
    pub fn add_all(&mut self, others: &Servers) {
        self.low |= others.low;
        if self.high.len() < others.high.len() {
            self.high.resize(others.high.len(), 0);
        }
        for (word, other) in self.high.iter_mut().zip(&others.high) {
            *word |= other;
        }
    }

    /// Takes one out. False if it was not there.
    pub fn remove(&mut self, server: ServerId) -> bool {
        let had = self.has(server);
        match Self::place(server) {
            (0, bit) => self.low &= !bit,
            (word, bit) => {
                if let Some(word) = self.high.get_mut(word - 1) {
                    *word &= !bit;
                }
            }
        }
        had
    }

    /// How many they are.
    pub fn count(&self) -> u32 {
        self.low.count_ones() + self.high.iter().map(|it| it.count_ones()).sum::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_a_set_however_many_servers_there_are() {
        let mut set = Servers::default();
        let mut others = Servers::one(ServerId(200));
        for number in [0, 63, 64, 130] {
            assert!(!set.has(ServerId(number)));
            assert!(set.add(ServerId(number)) && !set.add(ServerId(number)));
            assert!(set.has(ServerId(number)));
        }
        others.add_all(&set);
        assert_eq!((set.count(), others.count()), (4, 5));
        assert!(others.has(ServerId(200)) && others.has(ServerId(130)));
        assert!(
            set.remove(ServerId(64)) && !set.remove(ServerId(64)) && !set.remove(ServerId(500))
        );
        assert_eq!((set.count(), set.has(ServerId(64)), set.has(ServerId(63))), (3, false, true));
    }
}
