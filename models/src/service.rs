//! How services are called, and the numbers that their names stand for where they draw.

use std::fmt;

/// A service, as scenarios name it: `directory`, `store`, `bus2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceName {
    /// What it is.
    pub kind: &'static str,
    /// Which, where there are several.
    pub number: Option<u32>,
}

impl ServiceName {
    /// The only one of its kind.
    pub const fn only(kind: &'static str) -> Self {
        ServiceName { kind, number: None }
    }

    /// One of several.
    pub const fn numbered(kind: &'static str, number: u32) -> Self {
        ServiceName { kind, number: Some(number) }
    }

    /// Room for those that are the only ones of their kind.
    const ONLY: Room = Room { from: 0x30_0000, bits: 20 };
    /// Room for those of which there are several. Gateways are below it.
    const NUMBERED: Room = Room { from: Self::FIRST_ENTITY, bits: 21 };
    /// Below this, and from [`END_OF_ENTITIES`](Self::END_OF_ENTITIES) on, no service draws.
    pub(crate) const FIRST_ENTITY: u32 = 0x10_0000;
    /// The first number above those of all services.
    pub(crate) const END_OF_ENTITIES: u32 = 0x40_0000;

    /// The number under which its random streams are drawn. The name alone decides: no list of services is
    /// asked, so that the same one fails at the same instants whatever else a strategy has, and one that
    /// nobody has thought of yet moves none of those that are there. Part of every result: never change it.
    ///
    /// Its kind is hashed to a place in the room for such services; those of which there are several follow
    /// each other from that place on, round the end of the room. Two kinds may come to lie in each other's
    /// way: by a chance of one in some hundreds if one of them has thousands, else of one in a million. A
    /// network of both refuses to be built.
    pub const fn entity(self) -> u32 {
        match self.number {
            None => Self::ONLY.place(self.kind, 0),
            Some(number) => Self::NUMBERED.place(self.kind, number),
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        self.number.map_or(Ok(()), |number| write!(f, "{number}"))
    }
}

/// A range of entities, as large as a power of two.
struct Room {
    from: u32,
    bits: u32,
}

const _: () = {
    let (numbered, only) = (ServiceName::NUMBERED, ServiceName::ONLY);
    assert!(numbered.from + (1 << numbered.bits) == only.from);
    assert!(only.from + (1 << only.bits) == ServiceName::END_OF_ENTITIES);
};

impl Room {
    const fn place(&self, kind: &str, number: u32) -> u32 {
        let first = (hash(kind.as_bytes()) >> (u64::BITS - self.bits)) as u32;
        self.from + (first.wrapping_add(number) & ((1 << self.bits) - 1))
    }
}

/// FNV-1a, of which short texts move the low bits most; then the last step of SplitMix64, which takes that to
/// the high ones.
const fn hash(text: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < text.len() {
        hash = (hash ^ text[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONLY: [&str; 5] = ["access", "directory", "presence", "processor", "store"];
    const SEVERAL: [&str; 4] = ["broker", "bus", "r", "s"];

    /// Whoever moves one of these moves results.
    #[test]
    fn a_name_has_the_number_that_it_always_had() {
        let only = ONLY.map(|kind| ServiceName::only(kind).entity());
        assert_eq!(only, [0x3a_4a68, 0x33_52e6, 0x3c_67f3, 0x3c_9d77, 0x33_9870]);
        let first = SEVERAL.map(|kind| ServiceName::numbered(kind, 0).entity());
        assert_eq!(first, [0x20_18eb, 0x2e_6ee1, 0x14_ea09, 0x27_be31]);
    }

    #[test]
    fn hundreds_of_thousands_of_a_kind_meet_no_other() {
        let mut taken: Vec<u32> =
            ONLY.iter().map(|kind| ServiceName::only(kind).entity()).collect();
        for kind in SEVERAL {
            taken.extend((0..400_000).map(|number| ServiceName::numbered(kind, number).entity()));
        }
        let all = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), all);
        let room = ServiceName::FIRST_ENTITY..ServiceName::END_OF_ENTITIES;
        assert!(taken.iter().all(|entity| room.contains(entity)));
    }
}
