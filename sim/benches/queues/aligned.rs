//! A 4-ary heap whose four sibling keys fill one cache line, the payloads apart.

use penult_sim::Time;

use super::{Event, Pending, key};

/// The keys of four siblings. Places that no event has hold the greatest key.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u128; 4]);

/// The heap. Line 0 holds the root in its last place, so that the children of the node at place
/// `i` are line `i - 2`, and no division is needed.
pub(crate) struct AlignedHeap {
    lines: Vec<Line>,
    whats: Vec<u64>,
    /// One past the last place in use; the root is place 3.
    end: usize,
}

const ROOT: usize = 3;

impl AlignedHeap {
    pub(crate) fn new() -> Self {
        Self { lines: vec![Line([u128::MAX; 4])], whats: vec![0; 4], end: ROOT }
    }

    fn key(&self, place: usize) -> u128 {
        self.lines[place / 4].0[place % 4]
    }

    fn set(&mut self, place: usize, key: u128, what: u64) {
        self.lines[place / 4].0[place % 4] = key;
        self.whats[place] = what;
    }
}

impl Pending for AlignedHeap {
    const NAME: &'static str = "4-ary heap, aligned";

    #[inline]
    fn push(&mut self, event: Event) {
        let new = key(&event);
        let mut hole = self.end;
        self.end += 1;
        if hole / 4 == self.lines.len() {
            self.lines.push(Line([u128::MAX; 4]));
            self.whats.resize(self.lines.len() * 4, 0);
        }
        while hole > ROOT {
            let parent = hole / 4 + 2;
            let above = self.key(parent);
            if above < new {
                break;
            }
            self.set(hole, above, self.whats[parent]);
            hole = parent;
        }
        self.set(hole, new, event.what);
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        if self.end == ROOT {
            return None;
        }
        self.end -= 1;
        let (first, what) = (self.key(ROOT), self.whats[ROOT]);
        let (last, last_what) = (self.key(self.end), self.whats[self.end]);
        self.set(self.end, u128::MAX, 0);
        let mut hole = ROOT;
        while self.end > ROOT {
            let Some(Line(keys)) = self.lines.get(hole - 2) else {
                break;
            };
            let left = usize::from(keys[1] < keys[0]);
            let right = 2 + usize::from(keys[3] < keys[2]);
            let least = if keys[right] < keys[left] { right } else { left };
            let least_key = keys[least];
            if last < least_key {
                break;
            }
            let place = (hole - 2) * 4 + least;
            self.set(hole, least_key, self.whats[place]);
            hole = place;
        }
        if self.end > ROOT {
            self.set(hole, last, last_what);
        }
        Some(Event { at: Time::from_nanos((first >> 64) as u64), seq: first as u64, what })
    }

    fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>() + self.whats.capacity() * 8
    }
}
