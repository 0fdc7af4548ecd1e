//! Contacts from a recorded trace.

use std::collections::BTreeMap;

use super::{ContactChange, ContactError, ContactSource};
use crate::{NodeId, Seed, Time};

/// A contact as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// One of the two.
    pub a: NodeId,
    /// The other.
    pub b: NodeId,
    /// When it begins.
    pub up: Time,
    /// When it is over; [`Time::NEVER`] for ever. It takes no time if that is when it begins: then it is none.
    pub down: Time,
}

/// A recorded trace, which takes 16 bytes for each beginning and end.
#[derive(Clone, Debug)]
pub struct ContactTrace {
    marks: Vec<Mark>,
    done: usize,
    last_node: Option<NodeId>,
}

/// A change and its instant.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Time,
    a: NodeId,
    /// The other node's number, and [`BEGINS`] on top.
    b: u32,
}

const _: () = assert!(size_of::<Mark>() == 16);

/// Above the number of any node, which has 24 bits.
const BEGINS: u32 = 1 << 31;

impl Mark {
    fn new(at: Time, change: ContactChange) -> Mark {
        let (a, b) = change.pair;
        Mark { at, a, b: b.raw() | if change.begins { BEGINS } else { 0 } }
    }

    fn change(self) -> ContactChange {
        let b = NodeId::new((self.b & !BEGINS) as usize);
        ContactChange { pair: (self.a, b), begins: self.b & BEGINS != 0 }
    }

    /// Ends before beginnings, each in the order of the pairs.
    fn place(&self) -> (Time, bool, (NodeId, NodeId)) {
        let ContactChange { pair, begins } = self.change();
        (self.at, begins, pair)
    }
}

impl ContactTrace {
    /// A trace of whole contacts, in any order. Those of one pair that overlap are one, those that touch are
    /// two, and what takes no time is none. At one instant contacts end before others begin, each in the
    /// order of the pairs.
    pub fn new(mut rows: Vec<Contact>) -> Result<ContactTrace, ContactError> {
        for row in &mut rows {
            if row.a == row.b {
                return Err(ContactError::Itself(row.a));
            }
            if row.down < row.up {
                return Err(ContactError::Backwards(*row));
            }
            (row.a, row.b) = (row.a.min(row.b), row.a.max(row.b));
        }
        rows.retain(|row| row.up < row.down);
        rows.sort_unstable_by_key(|row| (row.a, row.b, row.up, row.down));
        rows.dedup_by(|next, row| {
            let overlap = (next.a, next.b) == (row.a, row.b) && next.up < row.down;
            if overlap {
                row.down = row.down.max(next.down);
            }
            overlap
        });
        let begins = rows.iter().map(|row| Mark::new(row.up, ContactChange::begin(row.a, row.b)));
        let over = rows.iter().filter(|row| row.down < Time::NEVER);
        let ends = over.map(|row| Mark::new(row.down, ContactChange::end(row.a, row.b)));
        let mut marks: Vec<Mark> = begins.chain(ends).collect();
        marks.sort_unstable_by_key(Mark::place);
        Ok(ContactTrace::of(marks))
    }

    /// A trace of beginnings and ends, which happen in the order of the list where their instants are one. A
    /// second beginning of a contact and an end of none do nothing, and a contact that takes no time is none.
    pub fn in_order(changes: &[(Time, ContactChange)]) -> Result<ContactTrace, ContactError> {
        let mut marks = Vec::with_capacity(changes.len());
        for &(at, ContactChange { pair: (a, b), begins }) in changes {
            if a == b {
                return Err(ContactError::Itself(a));
            }
            let change = if begins { ContactChange::begin(a, b) } else { ContactChange::end(a, b) };
            marks.push(Mark::new(at, change));
        }
        marks.sort_by_key(|mark| mark.at);
        let mut counts = vec![true; marks.len()];
        let mut begun: BTreeMap<(NodeId, NodeId), usize> = BTreeMap::new();
        for (place, mark) in marks.iter().enumerate() {
            let ContactChange { pair, begins } = mark.change();
            if begins {
                counts[place] = !begun.contains_key(&pair);
                begun.entry(pair).or_insert(place);
            } else if let Some(beginning) = begun.remove(&pair) {
                let lasts = marks[beginning].at < mark.at;
                (counts[beginning], counts[place]) = (lasts, lasts);
            } else {
                counts[place] = false;
            }
        }
        let mut counts = counts.into_iter();
        marks.retain(|_| counts.next() == Some(true));
        Ok(ContactTrace::of(marks))
    }

    fn of(marks: Vec<Mark>) -> ContactTrace {
        let last_node = marks.iter().map(|mark| mark.change().pair.1).max();
        ContactTrace { marks, done: 0, last_node }
    }
}

impl ContactSource for ContactTrace {
    fn next(&mut self, _seed: &Seed, changes: &mut Vec<ContactChange>) -> Option<Time> {
        let rest = &self.marks[self.done..];
        let at = rest.first()?.at;
        let now = rest.iter().take_while(|mark| mark.at == at);
        changes.extend(now.map(|mark| mark.change()));
        self.done += changes.len();
        Some(at)
    }

    fn last_node(&self) -> Option<NodeId> {
        self.last_node
    }
}
