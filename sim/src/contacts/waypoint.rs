//! Contacts of those who walk: random waypoint.

use super::{ContactChange, ContactError, ContactSource, Leg, Mobile, Walk, Walking, effort};
use crate::queue::{Entry, EventQueue};
use crate::{NodeId, Purpose, Seed, Time};

/// Devices that walk in a plane, and are in contact while they are no further apart than a range.
///
/// When one turns, its new leg is held against that of each other one: with `n` devices that is `n` times a
/// dozen products, without a root for those that stay apart. That is some seventy pairs for each contact that
/// comes of it (a thousand walkers in a square of a kilometre, 30 m of range), however many walk, as contacts
/// become more with `n²` too: two thirds of a microsecond, about as much as the engine takes for a contact. So
/// there is no grid, which would spare most of the pairs and follow each walker from cell to cell. What is
/// kept grows with those who walk and those who are near each other.
pub struct Waypoint {
    walking: Walking,
    range: f64,
    nodes: Vec<NodeId>,
    walks: Vec<Walk>,
    /// What each is on, once it has begun.
    legs: Vec<Leg>,
    /// Whom each is in contact with, in no order.
    near: Vec<Vec<u32>>,
    /// Whether each one is near the one that turns. All false in between.
    was_near: Vec<bool>,
    /// Whether each one turns now. All false in between.
    turns: Vec<bool>,
    turning: Vec<u32>,
    /// Turns, ends and beginnings to come. Which these are of, and of whom, their numbers say.
    steps: EventQueue<()>,
}

/// What happens, in the order in which it does at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Turn(u32),
    End(u32, u32),
    Begin(u32, u32),
}

const PLACE_BITS: u32 = 24;
const PLACES: u64 = (1 << PLACE_BITS) - 1;

impl Step {
    fn number(self) -> u64 {
        let (phase, i, j) = match self {
            Step::Turn(i) => (0, i, 0),
            Step::End(i, j) => (1, i, j),
            Step::Begin(i, j) => (2, i, j),
        };
        (phase << PLACE_BITS | u64::from(i)) << PLACE_BITS | u64::from(j)
    }

    fn of(number: u64) -> Step {
        let (i, j) = ((number >> PLACE_BITS & PLACES) as u32, (number & PLACES) as u32);
        match number >> (2 * PLACE_BITS) {
            0 => Step::Turn(i),
            1 => Step::End(i, j),
            _ => Step::Begin(i, j),
        }
    }
}

impl Waypoint {
    /// These devices walk, each drawing its walk for `purpose` under its own number; in contact up to a
    /// distance of `range` metres.
    pub fn new(
        purpose: Purpose,
        devices: &[Mobile],
        walking: Walking,
        range: f64,
    ) -> Result<Waypoint, ContactError> {
        Mobile::check(devices)?;
        let count = devices.len();
        let mut steps = EventQueue::new();
        for place in 0..count as u32 {
            steps.push(Entry { at: Time::ZERO, seq: Step::Turn(place).number(), what: () });
        }
        Ok(Waypoint {
            walking,
            range,
            nodes: devices.iter().map(|device| device.node).collect(),
            walks: devices.iter().map(|device| Walk::new(purpose, device.entity.into())).collect(),
            legs: Vec::with_capacity(count),
            near: vec![Vec::new(); count],
            was_near: vec![false; count],
            turns: vec![false; count],
            turning: Vec::new(),
            steps,
        })
    }

    fn schedule(&mut self, at: Time, step: Step) {
        if at < Time::NEVER {
            self.steps.push(Entry { at, seq: step.number(), what: () });
        }
    }

    /// A walker begins its next leg.
    fn step_off(&mut self, place: u32, seed: &Seed) {
        let leg = self.walks[place as usize].next(&self.walking, seed);
        match self.legs.get_mut(place as usize) {
            Some(old) => *old = leg,
            // At the start they come one after the other.
            None => self.legs.push(leg),
        }
        self.turns[place as usize] = true;
        self.turning.push(place);
        self.schedule(leg.until, Step::Turn(place));
    }

    /// Holds the new leg of one that turned against those of all others.
    fn look_around(&mut self, at: Time, turned: u32) {
        let leg = self.legs[turned as usize];
        for &other in &self.near[turned as usize] {
            self.was_near[other as usize] = true;
        }
        for other in 0..self.legs.len() as u32 {
            // Two that turn at once are looked at once.
            let is_mine = other > turned || other < turned && !self.turns[other as usize];
            if !is_mine {
                continue;
            }
            effort(1);
            let its = self.legs[other as usize];
            let until = leg.until.min(its.until);
            let contact = leg.contact(&its, self.range, at, until);
            let was = self.was_near[other as usize];
            if was || contact.is_some() {
                let (i, j) = (turned.min(other), turned.max(other));
                self.plan(at, (i, j), was, contact, until);
            }
        }
        for &other in &self.near[turned as usize] {
            self.was_near[other as usize] = false;
        }
    }

    /// What becomes of a pair on a stretch that begins now.
    fn plan(
        &mut self,
        at: Time,
        (i, j): (u32, u32),
        was: bool,
        contact: Option<(Time, Time)>,
        until: Time,
    ) {
        let is = contact.is_some_and(|(begin, _)| begin == at);
        if was && !is {
            self.schedule(at, Step::End(i, j));
        }
        if let Some((begin, end)) = contact {
            if !(was && is) {
                self.schedule(begin, Step::Begin(i, j));
            }
            // Where it lasts to the end of the stretch, the next one decides.
            if end < until {
                self.schedule(end, Step::End(i, j));
            }
        }
    }

    fn change(&mut self, i: u32, j: u32, begins: bool) -> ContactChange {
        for (one, other) in [(i, j), (j, i)] {
            let near = &mut self.near[one as usize];
            if begins {
                near.push(other);
            } else {
                effort(near.len());
                let place = near.iter().position(|&near| near == other);
                near.swap_remove(place.expect("who parts was near"));
            }
        }
        ContactChange { pair: (self.nodes[i as usize], self.nodes[j as usize]), begins }
    }
}

impl ContactSource for Waypoint {
    fn next(&mut self, seed: &Seed, changes: &mut Vec<ContactChange>) -> Option<Time> {
        let at = self.steps.peek()?.at;
        let mut looked = false;
        loop {
            let step =
                self.steps.peek().filter(|entry| entry.at == at).map(|entry| Step::of(entry.seq));
            // Turns come first: what the others do then counts for the new legs.
            if !looked && !matches!(step, Some(Step::Turn(_))) {
                looked = true;
                let turning = std::mem::take(&mut self.turning);
                turning.iter().for_each(|&turned| self.look_around(at, turned));
                turning.iter().for_each(|&turned| self.turns[turned as usize] = false);
                self.turning = turning;
                self.turning.clear();
                continue;
            }
            let Some(step) = step else {
                return Some(at);
            };
            self.steps.pop();
            match step {
                Step::Turn(place) => self.step_off(place, seed),
                Step::End(i, j) => changes.push(self.change(i, j, false)),
                Step::Begin(i, j) => changes.push(self.change(i, j, true)),
            }
        }
    }

    fn last_node(&self) -> Option<NodeId> {
        self.nodes.last().copied()
    }
}
