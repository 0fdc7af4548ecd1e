//! Contacts by chance: each pair meets again and again, whatever the others do.

use super::{ContactChange, ContactError, ContactSource};
use crate::queue::{Entry, EventQueue};
use crate::{Delay, NodeId, Purpose, Seed, Span, Stream, Time};

/// A node that meets others by a model, and the number under which it draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mobile {
    /// The node.
    pub node: NodeId,
    /// Its number, below 2²⁴.
    pub entity: u32,
}

impl Mobile {
    /// Devices come in the order of the network, and of their numbers.
    pub(super) fn check(devices: &[Mobile]) -> Result<(), ContactError> {
        let disordered = devices
            .windows(2)
            .find(|two| two[0].node >= two[1].node || two[0].entity >= two[1].entity);
        let too_great = devices.iter().find(|device| device.entity >> 24 > 0);
        assert!(too_great.is_none(), "{too_great:?} needs a number below 2^24");
        match disordered {
            Some(two) => Err(ContactError::Disordered(two[1].node)),
            None => Ok(()),
        }
    }
}

/// Each pair of these devices meets at random instants. Those of one pair that overlap are one contact.
///
/// What is kept is the next meeting of each pair: some 40 bytes.
pub struct Meetings {
    purpose: Purpose,
    devices: Vec<Mobile>,
    gaps: Delay,
    lasts: Span,
    /// How many numbers each pair has drawn, the pairs in their order.
    drawn: Vec<u32>,
    begun: bool,
    /// Ends and beginnings to come. Which these are of, and of whom, their numbers say.
    steps: EventQueue<()>,
}

/// What happens to a pair, in the order in which it does at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    End,
    /// A meeting begins while another is not over.
    Again,
    Begin,
}

const PLACE_BITS: u32 = 24;
const PLACES: u64 = (1 << PLACE_BITS) - 1;

fn number(phase: Phase, i: u32, j: u32) -> u64 {
    ((phase as u64) << PLACE_BITS | u64::from(i)) << PLACE_BITS | u64::from(j)
}

fn parts(number: u64) -> (Phase, u32, u32) {
    let phase = match number >> (2 * PLACE_BITS) {
        0 => Phase::End,
        1 => Phase::Again,
        _ => Phase::Begin,
    };
    (phase, (number >> PLACE_BITS & PLACES) as u32, (number & PLACES) as u32)
}

impl Meetings {
    /// Each pair of these devices meets, with such gaps from one beginning to the next (at least a
    /// nanosecond; the first one from the start of the run), for so long each time. A pair draws for
    /// `purpose`, and as entity the number of its first device times 2²⁴ plus that of its second.
    pub fn new(
        purpose: Purpose,
        devices: &[Mobile],
        gaps: Delay,
        lasts: Span,
    ) -> Result<Meetings, ContactError> {
        Mobile::check(devices)?;
        if lasts.is_zero() {
            return Err(ContactError::Instant);
        }
        let pairs = devices.len() * devices.len().saturating_sub(1) / 2;
        Ok(Meetings {
            purpose,
            devices: devices.to_vec(),
            gaps,
            lasts,
            drawn: vec![0; pairs],
            begun: false,
            steps: EventQueue::new(),
        })
    }

    /// The gap of a pair from one meeting to the next.
    fn gap(&mut self, i: u32, j: u32, seed: &Seed) -> Span {
        let [first, second] = [i, j].map(|place| u64::from(self.devices[place as usize].entity));
        // Before this pair stand those of all devices before its first, and of that with those between.
        let (i, j, count) = (i as usize, j as usize, self.devices.len());
        let drawn = &mut self.drawn[i * (2 * count - i - 1) / 2 + (j - i - 1)];
        let mut stream = Stream::new(self.purpose, first << 24 | second);
        stream.skip_to((*drawn).into());
        let gap = self.gaps.sample(&mut stream.once(seed));
        *drawn = stream.drawn() as u32;
        gap.max(Span::nanos(1))
    }

    fn schedule(&mut self, at: Time, phase: Phase, i: u32, j: u32) {
        if at < Time::NEVER {
            self.steps.push(Entry { at, seq: number(phase, i, j), what: () });
        }
    }

    /// A meeting begins: what comes after it.
    fn meet(&mut self, at: Time, i: u32, j: u32, seed: &Seed) {
        let next = at + self.gap(i, j, seed);
        let end = at + self.lasts;
        if next < end {
            self.schedule(next, Phase::Again, i, j);
        } else {
            self.schedule(end, Phase::End, i, j);
            self.schedule(next, Phase::Begin, i, j);
        }
    }
}

impl ContactSource for Meetings {
    fn next(&mut self, seed: &Seed, changes: &mut Vec<ContactChange>) -> Option<Time> {
        if !std::mem::replace(&mut self.begun, true) {
            let count = self.devices.len() as u32;
            for (i, j) in (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))) {
                let first = Time::ZERO + self.gap(i, j, seed);
                self.schedule(first, Phase::Begin, i, j);
            }
        }
        let at = self.steps.peek()?.at;
        while let Some(entry) = self.steps.pop_until(at) {
            let (phase, i, j) = parts(entry.seq);
            if phase != Phase::End {
                self.meet(at, i, j, seed);
            }
            if phase != Phase::Again {
                let pair = [i, j].map(|place| self.devices[place as usize].node);
                changes.push(ContactChange { pair: pair.into(), begins: phase == Phase::Begin });
            }
        }
        Some(at)
    }

    fn last_node(&self) -> Option<NodeId> {
        self.devices.last().map(|device| device.node)
    }
}
