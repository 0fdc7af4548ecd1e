//! Ids that a server remembers after it let go of what they name, so that a copy that comes back is known.

use std::collections::VecDeque;

use penult_sim::{IdMap, Span, Time};

use crate::ids::DeliveryId;

/// Deliveries that were here, each for a while.
#[derive(Debug, Default)]
pub struct Remembered {
    ids: IdMap<()>,
    /// In the order of their forgetting.
    order: VecDeque<(Time, DeliveryId)>,
}

impl Remembered {
    /// Remembers this for so long.
    pub fn add(&mut self, delivery: DeliveryId, now: Time, hold: Span) {
        self.forget(now);
        if self.ids.insert(delivery.key(), ()).is_none() {
            self.order.push_back((now + hold, delivery));
        }
    }

    /// Whether this was here.
    pub fn knows(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.forget(now);
        self.ids.contains(delivery.key())
    }

    fn forget(&mut self, now: Time) {
        while let Some(&(until, delivery)) = self.order.front() {
            if until > now {
                break;
            }
            self.order.pop_front();
            self.ids.remove(delivery.key());
        }
    }
}
