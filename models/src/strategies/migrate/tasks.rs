//! What a broker has on its disk beside the record: the tasks in their order, and the ids of those that are deleted.

use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use penult_sim::{IdMap, Time};

use crate::ids::DeliveryId;
use crate::message::{Flags, Message};
use crate::note::Drop;

/// A message for one recipient, to be performed where that has its data.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its place among all tasks.
    pub(super) number: u64,
    pub(super) delivery: DeliveryId,
    pub(super) message: Rc<Message>,
    /// What policy made of it.
    pub(super) flags: Flags,
    /// When the primary stored it.
    pub(super) stored: Time,
}

/// Tasks, in their order.
#[derive(Debug, Default)]
pub struct Tasks {
    all: BTreeMap<u64, Task>,
    numbers: IdMap<u64>,
}

impl Tasks {
    pub(super) fn has(&self, delivery: DeliveryId) -> bool {
        self.numbers.contains(delivery.key())
    }

    pub(super) fn number_of(&self, delivery: DeliveryId) -> Option<u64> {
        self.numbers.get(delivery.key()).copied()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Task> {
        self.all.get(&number)
    }

    pub(super) fn put(&mut self, task: Task) {
        debug_assert!(!self.has(task.delivery), "a task is kept once");
        self.numbers.insert(task.delivery.key(), task.number);
        self.all.insert(task.number, task);
    }

    pub(super) fn remove(&mut self, delivery: DeliveryId) -> Option<Task> {
        let number = self.numbers.remove(delivery.key())?;
        self.all.remove(&number)
    }

    /// In their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Task> {
        self.all.values()
    }

    pub(super) fn last_number(&self) -> u64 {
        self.all.keys().next_back().copied().unwrap_or(0)
    }

    /// Numbers all tasks anew, in their old order.
    pub(super) fn renumber(&mut self) {
        let all = std::mem::take(self);
        for (number, task) in (1..).zip(all.all.into_values()) {
            self.put(Task { number, ..task });
        }
    }
}

/// Tasks that were here and are not wanted any more. What nobody has a copy of can't come back: of that nothing is
/// kept.
#[derive(Debug, Default)]
pub struct Deleted {
    all: BTreeMap<DeliveryId, Gone>,
    /// With so many, those that can't come back are sorted out.
    enough: usize,
}

/// Why a task is not wanted any more.
#[derive(Clone, Debug)]
pub struct Gone {
    pub(super) why: Drop,
    /// Until when that is remembered.
    pub(super) until: Time,
    /// Dead when the last copy is gone.
    pub(super) message: Weak<Message>,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 32;

impl Deleted {
    pub(super) fn has(&self, delivery: DeliveryId, now: Time) -> bool {
        self.all.get(&delivery).is_some_and(|gone| gone.until > now)
    }

    pub(super) fn add(&mut self, delivery: DeliveryId, gone: Gone, now: Time) {
        self.all.entry(delivery).or_insert(gone);
        if self.all.len() >= self.enough.max(FEW) {
            self.all.retain(|_, gone| gone.until > now && gone.message.strong_count() > 0);
            self.enough = self.all.len() * 2;
        }
    }

    pub(super) fn all(&self) -> Vec<(DeliveryId, Gone)> {
        let alive = self.all.iter().filter(|(_, gone)| gone.message.strong_count() > 0);
        alive.map(|(&delivery, gone)| (delivery, gone.clone())).collect()
    }
}
