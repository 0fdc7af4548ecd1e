//! One direction of a link: what it takes for a packet to get across.

use std::collections::VecDeque;

use super::EDGE;
use super::gray::{Gray, either};
use super::machine::slowed;
use crate::{Bandwidth, BufferedStream, Delay, Draw, NodeId, Purpose, Seed, Span, Stream, Time};

/// What a link is like, the same in both directions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkSpec {
    /// How long a packet travels.
    pub latency: Delay,
    /// How fast packets get onto the link, one behind the other; absent: at once.
    pub bandwidth: Option<Bandwidth>,
    /// How many bytes may wait for their turn, beside the packet whose turn it is; absent: any number.
    pub buffer: Option<u64>,
    /// Share of packets that get lost.
    pub loss: f64,
    /// Share of packets that arrive twice.
    pub duplicate: f64,
    /// Share of packets that arrive corrupted.
    pub corrupt: f64,
    /// Whether packets may overtake each other.
    pub order: Order,
}

/// Whether packets of one direction may overtake each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// A packet never overtakes an earlier one: it arrives with it at the earliest.
    #[default]
    Fifo,
    /// Each packet takes its own time.
    Free,
}

impl LinkSpec {
    /// A link that only takes time.
    pub fn with_latency(latency: Delay) -> Self {
        LinkSpec { latency, ..LinkSpec::default() }
    }

    /// Whether a packet needs nothing but a latency.
    fn is_plain(&self) -> bool {
        let shares = [self.loss, self.duplicate, self.corrupt];
        self.bandwidth.is_none() && shares.into_iter().all(|share| share == 0.0)
    }

    /// Shares are from 0 to 1.
    fn check(&self) {
        for share in [self.loss, self.duplicate, self.corrupt] {
            assert!((0.0..=1.0).contains(&share), "a link can't have a share of {share}");
        }
    }
}

/// Names one direction of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DirectionId(pub(crate) u32);

/// A packet that made it onto a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub(crate) departs: Time,
    pub(crate) arrives: Time,
    pub(crate) corrupted: bool,
    /// When the second copy arrives, if the link made one.
    pub(crate) again: Option<Time>,
}

/// Why a packet didn't make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Down,
    Chance,
    BufferFull,
}

/// One direction of a link, in a line of the cache.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Direction {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// How many faults hold it down.
    pub(crate) held_down: u32,
    spec: u32,
    /// Where the generator of its latencies is kept, if one is.
    generator: u32,
    latency_stream: Stream,
    last_arrival: Time,
    /// What only few links need: queue and dice.
    extra: Option<Box<Extra>>,
}

const _: () = assert!(size_of::<Direction>() == 64);

/// It has none: its latency is always the same, or links like it come in millions.
const NO_GENERATOR: u32 = u32::MAX;
/// It gets one when a packet first crosses it: of a large mesh most links are never used.
const NOT_YET: u32 = u32::MAX - 1;

#[derive(Debug)]
struct Extra {
    free_at: Time,
    /// Packets whose turn has not come: when it does, and their bytes.
    waiting: VecDeque<(Time, u32)>,
    waiting_bytes: u64,
    loss: Stream,
    duplicate: Stream,
    duplicate_latency: Stream,
    corrupt: Stream,
}

impl Extra {
    fn new(entity: u64) -> Self {
        Extra {
            free_at: Time::ZERO,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            loss: Stream::new(Purpose::LINK_LOSS, entity),
            duplicate: Stream::new(Purpose::LINK_DUPLICATE, entity),
            duplicate_latency: Stream::new(Purpose::LINK_DUPLICATE_LATENCY, entity),
            corrupt: Stream::new(Purpose::LINK_CORRUPT, entity),
        }
    }

    /// Queues `bytes` that take `work` to send, and returns when the last bit has left; nothing if
    /// the buffer has no room.
    fn queue(&mut self, now: Time, bytes: u32, work: Span, buffer: Option<u64>) -> Option<Time> {
        while let Some(&(_, bytes)) = self.waiting.front().filter(|&&(turn, _)| turn <= now) {
            self.waiting_bytes -= u64::from(bytes);
            self.waiting.pop_front();
        }
        let turn = self.free_at.max(now);
        if turn > now
            && let Some(buffer) = buffer
        {
            if self.waiting_bytes + u64::from(bytes) > buffer {
                return None;
            }
            self.waiting_bytes += u64::from(bytes);
            self.waiting.push_back((turn, bytes));
        }
        self.free_at = turn + work;
        Some(self.free_at)
    }
}

/// All directions, and the specs that they share.
#[derive(Debug, Default)]
pub(crate) struct Directions {
    all: Vec<Direction>,
    specs: Vec<(LinkSpec, bool)>,
    generators: Vec<BufferedStream>,
}

impl Directions {
    /// Adds one direction. `entity` names its random streams; `busy` ones keep a generator, which is faster and
    /// some more lines of the cache.
    pub(crate) fn add(
        &mut self,
        (from, to): (NodeId, NodeId),
        entity: u64,
        spec: &LinkSpec,
        busy: bool,
    ) -> DirectionId {
        spec.check();
        let id = DirectionId(u32::try_from(self.all.len()).expect("more than 2^32 directions"));
        let varies = spec.latency.as_constant().is_none();
        let generator = if busy && varies { NOT_YET } else { NO_GENERATOR };
        let spec = self.intern(spec);
        self.all.push(Direction {
            from,
            to,
            held_down: 0,
            spec,
            generator,
            latency_stream: Stream::new(Purpose::LINK_LATENCY, entity),
            last_arrival: Time::ZERO,
            extra: None,
        });
        id
    }

    /// Links come in runs that are alike, so a look at the last spec finds nearly all repeats.
    fn intern(&mut self, spec: &LinkSpec) -> u32 {
        if self.specs.last().is_none_or(|(last, _)| last != spec) {
            self.specs.push((spec.clone(), spec.is_plain()));
        }
        self.specs.len() as u32 - 1
    }

    pub(crate) fn get(&self, id: DirectionId) -> &Direction {
        &self.all[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: DirectionId) -> &mut Direction {
        &mut self.all[id.0 as usize]
    }

    pub(crate) fn spec(&self, id: DirectionId) -> &LinkSpec {
        &self.specs[self.get(id).spec as usize].0
    }

    /// Puts a packet of so many bytes onto the link. `gray` is how much worse than built it is now.
    /// Only a link that is not plain asks for the bytes: a packet may have to look them up.
    #[inline]
    pub(crate) fn cross(
        &mut self,
        id: DirectionId,
        now: Time,
        bytes: impl FnOnce() -> u32,
        gray: Option<&Gray>,
        seed: &Seed,
    ) -> Result<Crossing, Refused> {
        let direction = &mut self.all[id.0 as usize];
        let (spec, plain) = &self.specs[direction.spec as usize];
        if !*plain || gray.is_some() || direction.held_down > 0 {
            return direction.cross_slowly(
                spec,
                now,
                bytes(),
                gray.unwrap_or(&Gray::NONE),
                seed,
                &mut self.generators,
            );
        }
        let latency = direction.draw_latency(spec, &mut self.generators, seed);
        let arrives = direction.arrival(spec, now + latency);
        Ok(Crossing { departs: now, arrives, corrupted: false, again: None })
    }

    /// Whether it leads to or from the edge.
    pub(crate) fn is_access(&self, id: DirectionId) -> bool {
        let direction = self.get(id);
        direction.from.raw() == EDGE || direction.to.raw() == EDGE
    }

    /// Whether a packet stands in this direction's queue, not wholly on its way.
    pub(crate) fn is_sending(&self, id: DirectionId, now: Time) -> bool {
        self.get(id).extra.as_ref().is_some_and(|extra| extra.free_at > now)
    }

    /// What waited for it is gone, and of what is on it the last arrives at this time; what comes
    /// next is behind nothing else.
    pub(crate) fn empty(&mut self, id: DirectionId, last_arrival: Time) {
        let direction = self.get_mut(id);
        direction.last_arrival = last_arrival;
        if let Some(extra) = &mut direction.extra {
            extra.free_at = Time::ZERO;
            extra.waiting.clear();
            extra.waiting_bytes = 0;
        }
    }
}

impl Direction {
    #[inline]
    fn draw_latency(
        &mut self,
        spec: &LinkSpec,
        generators: &mut Vec<BufferedStream>,
        seed: &Seed,
    ) -> Span {
        if self.generator == NO_GENERATOR {
            return spec.latency.sample(&mut self.latency_stream.once(seed));
        }
        if self.generator == NOT_YET {
            self.begin(generators, seed);
        }
        spec.latency.sample(&mut generators[self.generator as usize])
    }

    /// The first packet crosses that draws its latency.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, generators: &mut Vec<BufferedStream>, seed: &Seed) {
        self.generator = generators.len() as u32;
        generators.push(BufferedStream::of(&self.latency_stream, seed));
    }

    /// When a packet that travels until `at` arrives: behind the one before, where order is kept.
    #[inline]
    fn arrival(&mut self, spec: &LinkSpec, at: Time) -> Time {
        match spec.order {
            Order::Free => at,
            Order::Fifo => {
                self.last_arrival = self.last_arrival.max(at);
                self.last_arrival
            }
        }
    }

    /// The way with queue and dice.
    #[inline(never)]
    fn cross_slowly(
        &mut self,
        spec: &LinkSpec,
        now: Time,
        bytes: u32,
        gray: &Gray,
        seed: &Seed,
        generators: &mut Vec<BufferedStream>,
    ) -> Result<Crossing, Refused> {
        let entity = self.latency_stream.entity();
        // All is drawn for packets that get no further, too: so the n-th packet has the n-th latency,
        // whatever faults, buffers and dice do to others. Each of the dice has its own stream, so
        // switching one on leaves the others' numbers alone; one whose share is zero is not thrown.
        let latency = self.draw_latency(spec, generators, seed);
        let extra = self.extra.get_or_insert_with(|| Box::new(Extra::new(entity)));
        let lost = chance(&mut extra.loss, either(spec.loss, gray.loss), seed);
        let second_share = either(spec.duplicate, gray.duplicate);
        let twice = chance(&mut extra.duplicate, second_share, seed);
        let second = if second_share > 0.0 {
            spec.latency.sample(&mut extra.duplicate_latency.once(seed))
        } else {
            Span::ZERO
        };
        let corrupted = chance(&mut extra.corrupt, either(spec.corrupt, gray.corrupt), seed);
        if self.held_down > 0 {
            return Err(Refused::Down);
        }
        let departs = match spec.bandwidth {
            None => now,
            Some(bandwidth) => {
                let work = slowed(bandwidth.time_for(bytes.into()), 1.0 / gray.bandwidth);
                extra.queue(now, bytes, work, spec.buffer).ok_or(Refused::BufferFull)?
            }
        };
        if lost {
            return Err(Refused::Chance);
        }
        let mut arrival = |latency| self.arrival(spec, departs + slowed(latency, gray.latency));
        let arrives = arrival(latency);
        Ok(Crossing { departs, arrives, corrupted, again: twice.then(|| arrival(second)) })
    }
}

fn chance(stream: &mut Stream, share: f64, seed: &Seed) -> bool {
    share > 0.0 && stream.once(seed).chance(share)
}
