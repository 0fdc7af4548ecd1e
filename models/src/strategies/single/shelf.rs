//! What a gateway of `single` keeps, in memory or on disk.

use std::rc::Rc;

use penult_sim::{Time, TimerId};

use super::gateway::Context;
use crate::by_delivery::ByDelivery;
use crate::ids::{DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::parts::{Again, Known};
use crate::remembered::Remembered;

/// The deliveries that a gateway keeps, and the ids of those that it kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kept: ByDelivery<Kept>,
    remembered: Remembered,
    /// The ids of those that went to the external store.
    parked: Remembered,
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
    /// It is sent to its recipient's home until that has stored it.
    pub(super) again: Again,
    /// What ends its time here.
    pub(super) hold_guard: TimerId,
    /// Whether it goes to the external store beside, or came from there.
    pub(super) beside: bool,
    /// Whether the external store said that it has it.
    pub(super) in_store: bool,
    /// Whether it was held for as long as messages are held.
    pub(super) over: bool,
}

/// Where a delivery came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    FromSender,
    From(GatewayId),
    /// The external store; it entered the system at this gateway.
    FromStore(GatewayId),
}

impl Kept {
    pub(super) fn new(
        message: Rc<Message>,
        flags: Flags,
        way: Way,
        hold_guard: TimerId,
        stored: Time,
    ) -> Self {
        Kept {
            message,
            flags,
            way,
            stored,
            since: stored,
            again: Again::default(),
            hold_guard,
            beside: false,
            in_store: false,
            over: false,
        }
    }
}

impl Shelf {
    pub(super) fn put(&mut self, delivery: DeliveryId, kept: Kept) {
        debug_assert!(!self.kept.contains(delivery), "{delivery:?} is kept twice");
        self.kept.insert(delivery, kept);
    }

    pub(super) fn get(&self, delivery: DeliveryId) -> Option<&Kept> {
        self.kept.get(delivery)
    }

    pub(super) fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Kept> {
        self.kept.get_mut(delivery)
    }

    /// What is known of a delivery that comes.
    pub(super) fn known(&mut self, delivery: DeliveryId, now: Time) -> Known {
        if self.kept.contains(delivery) {
            Known::Held
        } else if self.remembered.knows(delivery, now) {
            Known::Done
        } else if self.parked.knows(delivery, now) {
            Known::Parked
        } else {
            Known::Nothing
        }
    }

    /// Whether it was here and is done.
    pub(super) fn is_done(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.remembered.knows(delivery, now)
    }

    /// Whether it went to the external store from here.
    pub(super) fn is_parked(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.parked.knows(delivery, now)
    }

    /// The external store has it: takes it out, and remembers that for a while. False if it is not here.
    pub(super) fn park(&mut self, delivery: DeliveryId, cx: &mut Context<'_>) -> bool {
        let Some(kept) = self.take(delivery, cx) else { return false };
        self.parked.add(delivery, Some(&kept.message), cx.now(), cx.world().strategy.hold);
        true
    }

    /// Nobody need keep it here: takes it out, and remembers that for a while. False if it is not here.
    pub(super) fn finish(&mut self, delivery: DeliveryId, cx: &mut Context<'_>) -> bool {
        let Some(kept) = self.take(delivery, cx) else { return false };
        self.remembered.add(delivery, Some(&kept.message), cx.now(), cx.world().strategy.hold);
        true
    }

    /// Takes it out, with its timers.
    fn take(&mut self, delivery: DeliveryId, cx: &mut Context<'_>) -> Option<Kept> {
        let mut kept = self.kept.remove(delivery)?;
        cx.cancel_timer(kept.hold_guard);
        kept.again.stop(cx);
        Some(kept)
    }

    /// Everything that is kept, in the order of ids.
    pub(super) fn all(&self) -> Vec<DeliveryId> {
        self.kept.ids()
    }
}
