//! Streams of random numbers, each named by a seed, a purpose and an entity, in sixteen bytes.
//!
//! These are our own: a generator of `rand_chacha` takes 304 bytes, and a million clients have several streams
//! each. So one is its name and how far it is, and its numbers are computed where they are drawn, as
//! `rand_chacha` would ([`BufferedStream`](super::BufferedStream) is such a generator; the tests hold one against
//! the other).

use std::convert::Infallible;
use std::fmt;

use super::chacha::{NUMBERS, block};

/// Says what the key is for, and which way of deriving numbers it belongs to.
const KEY_PREFIX: &[u8; 24] = b"penult: random streams 1";

/// The seed of a run. Whoever draws needs it, and one is enough for all streams.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    key: [u32; 8],
}

impl Seed {
    /// The seed with this number.
    ///
    /// The ChaCha key is the 24 bytes `penult: random streams 1` and the number's 8 bytes, low byte
    /// first. That is ours and written down, where the `seed_from_u64` of a crate may change with it.
    pub const fn new(number: u64) -> Seed {
        let mut key = [0; 8];
        let mut i = 0;
        while i < 6 {
            let p = KEY_PREFIX;
            key[i] = u32::from_le_bytes([p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]]);
            i += 1;
        }
        key[6] = number as u32;
        key[7] = (number >> 32) as u32;
        Seed { key }
    }

    /// The key's bytes.
    pub(super) fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(self.key) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The number it was made from, for reports.
    pub const fn number(&self) -> u64 {
        self.key[6] as u64 | (self.key[7] as u64) << 32
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", self.number())
    }
}

/// Why a number is drawn. These numbers are part of every result: append, never renumber.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Purpose(u16);

impl Purpose {
    /// How long a packet is under way. The entity is the link's direction.
    pub const LINK_LATENCY: Purpose = Purpose(1);
    /// Whether a packet is lost.
    pub const LINK_LOSS: Purpose = Purpose(2);
    /// Whether a packet arrives twice.
    pub const LINK_DUPLICATE: Purpose = Purpose(3);
    /// Whether a packet is damaged.
    pub const LINK_CORRUPT: Purpose = Purpose(4);
    /// How long a node's processor takes for a packet with mail.
    pub const NODE_CPU: Purpose = Purpose(5);
    /// How long a node's processor takes for a packet of the protocol.
    pub const NODE_CPU_CONTROL: Purpose = Purpose(6);
    /// How long a node's disk takes.
    pub const NODE_DISK: Purpose = Purpose(7);
    /// How long something works until it fails.
    pub const FAULT_UP_TIME: Purpose = Purpose(8);
    /// How long a repair takes.
    pub const FAULT_DOWN_TIME: Purpose = Purpose(9);
    /// Which of several a fault strikes.
    pub const FAULT_CHOICE: Purpose = Purpose(10);
    /// Which nodes a generated network connects.
    pub const TOPOLOGY: Purpose = Purpose(11);
    /// How far two regions are apart.
    pub const REGION_LATENCY: Purpose = Purpose(12);

    /// How long the second copy of a packet is under way.
    pub const LINK_DUPLICATE_LATENCY: Purpose = Purpose(13);

    /// The engine's own purposes are below this.
    const MODELS: u16 = 256;

    /// The n-th purpose of the models, which are not the engine's to list.
    ///
    /// # Panics
    ///
    /// When `n` is 65280 or more; in a constant, that does not compile.
    pub const fn of_models(n: u16) -> Purpose {
        assert!(n <= u16::MAX - Self::MODELS, "no room for so many purposes");
        Purpose(Self::MODELS + n)
    }

    /// Whether it is one of the models', not the engine's own.
    pub const fn is_of_models(self) -> bool {
        self.0 >= Self::MODELS
    }

    /// The number that stands for it.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// The numbers one entity draws for one purpose.
///
/// It is 16 bytes, so that a million clients can have several each. The generator is computed where a
/// number is drawn; whoever draws often has a [`BufferedStream`](super::BufferedStream). No `Copy`: two copies
/// would draw the same numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    /// The purpose in the high 16 bits, the entity in the low 48: the nonce of ChaCha.
    id: u64,
    drawn: u64,
}

const _: () = assert!(size_of::<Stream>() == 16);

impl Stream {
    const ENTITY_BITS: u32 = 48;

    /// The stream of this entity for this purpose, at its start.
    ///
    /// # Panics
    ///
    /// When `entity` does not fit 48 bits.
    pub const fn new(purpose: Purpose, entity: u64) -> Stream {
        assert!(entity >> Self::ENTITY_BITS == 0, "an entity's number has more than 48 bits");
        Stream { id: (purpose.0 as u64) << Self::ENTITY_BITS | entity, drawn: 0 }
    }

    /// The stream with this nonce, at its start.
    pub(super) const fn of_id(id: u64) -> Stream {
        Stream { id, drawn: 0 }
    }

    /// The nonce that names it.
    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// What the numbers are for.
    pub const fn purpose(&self) -> Purpose {
        Purpose((self.id >> Self::ENTITY_BITS) as u16)
    }

    /// Whose numbers they are.
    pub const fn entity(&self) -> u64 {
        self.id & ((1 << Self::ENTITY_BITS) - 1)
    }

    /// How many numbers were drawn.
    pub const fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Goes on as if `n` numbers had been drawn since the start. Costs nothing.
    pub const fn skip_to(&mut self, n: u64) {
        self.drawn = n;
    }

    /// The next number. For many in a row, or to sample a distribution, see [`Stream::with`].
    #[inline]
    pub fn next(&mut self, seed: &Seed) -> u64 {
        let (number, place) = self.advance();
        block(&seed.key, self.id, number)[place]
    }

    /// Draws with this seed, for who takes one number: each has a block computed that is not kept.
    #[inline]
    pub(crate) fn once<'a>(&'a mut self, seed: &'a Seed) -> Once<'a> {
        Once { stream: self, seed }
    }

    /// Draws with this seed. Numbers drawn while this lives share the work of a block, eight at a time.
    #[inline]
    pub fn with<'a>(&'a mut self, seed: &'a Seed) -> Drawing<'a> {
        Drawing { stream: self, seed, kept: Kept::NOTHING }
    }

    /// Counts a number as drawn; gives the block it is in, and its place there.
    #[inline]
    fn advance(&mut self) -> (u64, usize) {
        let n = self.drawn;
        // Nobody draws 2^64 numbers; wrapping only keeps the check out of the way in debug builds.
        self.drawn = n.wrapping_add(1);
        (n / NUMBERS, (n % NUMBERS) as usize)
    }
}

/// A block of a stream that was computed and is kept for the numbers to come.
#[derive(Clone)]
struct Kept {
    number: u64,
    block: [u64; NUMBERS as usize],
}

impl Kept {
    /// A stream has 2^61 blocks, so no block has this number.
    const NOTHING: Kept = Kept { number: u64::MAX, block: [0; NUMBERS as usize] };

    #[inline]
    fn next(&mut self, stream: &mut Stream, seed: &Seed) -> u64 {
        let (number, place) = stream.advance();
        if number != self.number {
            self.block = block(&seed.key, stream.id, number);
            self.number = number;
        }
        self.block[place]
    }
}

/// A [`Stream`] and the seed it draws with: a generator of the `rand` crates.
pub struct Drawing<'a> {
    stream: &'a mut Stream,
    seed: &'a Seed,
    kept: Kept,
}

impl Drawing<'_> {
    #[inline]
    fn number(&mut self) -> u64 {
        self.kept.next(self.stream, self.seed)
    }
}

/// A [`Stream`] from which single numbers are drawn.
pub(crate) struct Once<'a> {
    stream: &'a mut Stream,
    seed: &'a Seed,
}

impl Once<'_> {
    #[inline]
    fn number(&mut self) -> u64 {
        self.stream.next(self.seed)
    }
}

/// Makes a generator of the `rand` crates of what has a `number`. Each call takes whole numbers of the stream:
/// `next_u32` the low half of one, `fill_bytes` one for each eight bytes begun.
macro_rules! generator {
    ($drawing:ty) => {
        impl ::rand::TryRng for $drawing {
            type Error = Infallible;

            #[inline]
            fn try_next_u32(&mut self) -> Result<u32, Infallible> {
                Ok(self.number() as u32)
            }

            #[inline]
            fn try_next_u64(&mut self) -> Result<u64, Infallible> {
                Ok(self.number())
            }

            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&self.number().to_le_bytes()[..chunk.len()]);
                }
                Ok(())
            }
        }
    };
}

pub(super) use generator;

generator! { Drawing<'_> }
generator! { Once<'_> }
