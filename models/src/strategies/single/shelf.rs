//! What a gateway of `single` keeps, in memory or on disk.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{Span, Time, TimerId};

use crate::ids::{DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::remembered::Remembered;

/// The deliveries that a gateway keeps, and the ids of those that it kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kept: BTreeMap<DeliveryId, Kept>,
    remembered: Remembered,
}

/// A delivery that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) message: Rc<Message>,
    pub(super) flags: Flags,
    pub(super) way: Way,
    pub(super) stored: Time,
    /// Since when it waits for what comes next.
    pub(super) since: Time,
    /// How often it was sent to its recipient's home.
    pub(super) sends: u32,
    /// What sends it again.
    pub(super) guard: Option<TimerId>,
    /// What ends its time here.
    pub(super) hold_guard: TimerId,
}

/// Where a delivery came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    FromSender,
    From(GatewayId),
}

impl Kept {
    pub(super) fn new(
        message: Rc<Message>,
        flags: Flags,
        way: Way,
        hold_guard: TimerId,
        now: Time,
    ) -> Self {
        Kept { message, flags, way, stored: now, since: now, sends: 0, guard: None, hold_guard }
    }
}

impl Shelf {
    pub(super) fn put(&mut self, delivery: DeliveryId, kept: Kept) {
        self.kept.insert(delivery, kept);
    }

    pub(super) fn get(&self, delivery: DeliveryId) -> Option<&Kept> {
        self.kept.get(&delivery)
    }

    pub(super) fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Kept> {
        self.kept.get_mut(&delivery)
    }

    /// Whether it is here, or was.
    pub(super) fn has(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.kept.contains_key(&delivery) || self.remembered.knows(delivery, now)
    }

    /// Takes it out; for `hold` it is known to have been here.
    pub(super) fn take(&mut self, delivery: DeliveryId, now: Time, hold: Span) -> Option<Kept> {
        let kept = self.kept.remove(&delivery)?;
        self.remembered.add(delivery, Some(&kept.message), now, hold);
        Some(kept)
    }

    /// Everything that is kept, in the order of ids.
    pub(super) fn all(&self) -> Vec<DeliveryId> {
        self.kept.keys().copied().collect()
    }
}
