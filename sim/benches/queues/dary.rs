//! An implicit heap with `D` children at each node, in one Vec of events.

use super::{Event, Pending, key};

/// A heap of arity `D`.
pub(crate) struct DaryHeap<const D: usize>(Vec<Event>);

impl<const D: usize> DaryHeap<D> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }
}

impl<const D: usize> Pending for DaryHeap<D> {
    const NAME: &'static str = if D == 4 { "4-ary heap" } else { "8-ary heap" };

    #[inline]
    fn push(&mut self, event: Event) {
        let mut hole = self.0.len();
        self.0.push(event);
        while hole > 0 {
            let parent = (hole - 1) / D;
            let above = self.0[parent];
            if key(&above) < key(&event) {
                break;
            }
            self.0[hole] = above;
            hole = parent;
        }
        self.0[hole] = event;
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        let last = self.0.pop()?;
        let events = &mut self.0[..];
        let Some(&first) = events.first() else {
            return Some(last);
        };
        let mut hole = 0;
        loop {
            let child = hole * D + 1;
            let (least, least_key) = match events.get(child..child + D) {
                // All children there: a loop of known length, which compiles without branches.
                Some(children) => {
                    let mut least = 0;
                    let mut least_key = key(&children[0]);
                    for (place, event) in children.iter().enumerate().skip(1) {
                        let key = key(event);
                        let less = key < least_key;
                        least = if less { place } else { least };
                        least_key = if less { key } else { least_key };
                    }
                    (child + least, least_key)
                }
                None => {
                    let few = events.get(child..).unwrap_or(&[]);
                    let Some(least) = (0..few.len()).min_by_key(|&place| key(&few[place])) else {
                        break;
                    };
                    (child + least, key(&few[least]))
                }
            };
            if key(&last) < least_key {
                break;
            }
            events[hole] = events[least];
            hole = least;
        }
        events[hole] = last;
        Some(first)
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Event>()
    }
}
