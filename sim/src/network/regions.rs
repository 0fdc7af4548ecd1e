//! How far regions are apart: what a packet takes between them on top of access links.

use crate::{Delay, IdMap, Purpose, RegionId, RegionMatrix, Seed, Span, Stream, Time};

/// How long a packet takes from region to region, one way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionDelays {
    count: usize,
    /// Row by row: from the first region to each, from the second to each, and so on.
    delays: Vec<Delay>,
}

impl RegionDelays {
    /// Between so many regions, as `delay` says for each two of them, the first one the sender's.
    pub fn new(count: usize, delay: impl Fn(RegionId, RegionId) -> Delay) -> Self {
        let all = || (0..count).map(RegionId::new);
        let delays = all().flat_map(|from| all().map(move |to| (from, to)));
        RegionDelays { count, delays: delays.map(|(from, to)| delay(from, to)).collect() }
    }

    /// How many regions there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How long a packet takes from one region to another.
    ///
    /// # Panics
    /// If there is no such region.
    pub fn between(&self, from: RegionId, to: RegionId) -> &Delay {
        let count = self.count;
        assert!(from.index() < count && to.index() < count, "no regions {from}, {to} of {count}");
        &self.delays[from.index() * count + to.index()]
    }
}

impl From<RegionMatrix> for RegionDelays {
    fn from(matrix: RegionMatrix) -> Self {
        let delay = |from: RegionId, to: RegionId| {
            Delay::constant(matrix.between(from.index(), to.index()))
        };
        RegionDelays::new(matrix.names.len(), delay)
    }
}

/// Regions as they stand in a run. Each pair of nodes that talks across draws its own numbers where the
/// delay varies, so that one more client moves nobody else's.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    pub(crate) delays: Option<RegionDelays>,
    /// By the entities of sender and receiver. Only of those whose delay varies.
    pairs: IdMap<Pair>,
}

#[derive(Debug)]
struct Pair {
    stream: Stream,
    last_arrival: Time,
}

impl Regions {
    /// How long the next packet between two nodes takes from the one's region to the other's, or within the
    /// one that they share. Without delays, regions are names only.
    pub(crate) fn delay(
        &mut self,
        (from, to): (Option<RegionId>, Option<RegionId>),
        pair: u64,
        seed: &Seed,
    ) -> Span {
        let (Some(delays), Some(from), Some(to)) = (&self.delays, from, to) else {
            return Span::ZERO;
        };
        let delay = delays.between(from, to);
        if let Some(constant) = delay.as_constant() {
            return constant;
        }
        let new = || Pair {
            stream: Stream::new(Purpose::REGION_LATENCY, pair),
            last_arrival: Time::ZERO,
        };
        delay.sample(&mut self.pairs.get_or_insert_with(pair, new).stream.once(seed))
    }

    /// Whether no delay has varied so far: then order keeps itself.
    #[inline]
    pub(crate) fn are_constant(&self) -> bool {
        self.pairs.is_empty()
    }

    /// When a packet that would be across at `at` is, if order is kept: behind the one before of the same
    /// two nodes.
    pub(crate) fn across(&mut self, pair: u64, at: Time) -> Time {
        // What a fault takes on its way keeps its place: the next is as late as if it had come.
        let Some(pair) = self.pairs.get_mut(pair) else { return at };
        pair.last_arrival = pair.last_arrival.max(at);
        pair.last_arrival
    }
}
