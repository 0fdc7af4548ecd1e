//! The map: which servers have which space. What the plan says, and what has moved since; it is on everybody's disk,
//! and no fault takes it.

use std::collections::BTreeMap;

use super::ids::{ServerId, SpaceId};
use super::letters::Entry;
use super::options::SpacesOptions;

/// What has moved, as one node knows it.
#[derive(Debug, Default)]
pub struct Map {
    moved: BTreeMap<SpaceId, Entry>,
}

impl Map {
    /// The servers that have a space, in its order.
    pub fn replicas<'a>(&'a self, space: SpaceId, options: &'a SpacesOptions) -> &'a [ServerId] {
        match self.moved.get(&space) {
            Some(entry) => &entry.replicas,
            None => {
                let order = &options.plan.space(space).order;
                &order[..order.len().min(options.replicas as usize)]
            }
        }
    }

    /// Where a space is, if it has moved.
    pub fn entry(&self, space: SpaceId) -> Option<&Entry> {
        self.moved.get(&space)
    }

    /// Whether anything has moved.
    pub fn is_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Everything that has moved.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.moved.values()
    }

    /// Learns where a space is. False if that is nothing new.
    pub fn learn(&mut self, entry: &Entry) -> bool {
        let is_new = self.moved.get(&entry.space).is_none_or(|it| it.version < entry.version);
        if is_new {
            self.moved.insert(entry.space, entry.clone());
        }
        is_new
    }
}
