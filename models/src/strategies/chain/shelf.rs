//! What a gateway holds, in memory or on disk.

use std::collections::BTreeMap;

use penult_sim::Time;

use super::Cx;
use super::held::Held;
use super::letters::Letter;
use crate::by_delivery::ByDelivery;
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::message::Recipients;
use crate::remembered::Remembered;

/// The deliveries that a gateway holds, and the ids of those that are done.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) held: ByDelivery<Held>,
    done: Remembered,
    /// The ids of those that went to the external store.
    parked: Remembered,
    /// Of those with several recipients, who these are, and where the message entered the system.
    parked_of_several: BTreeMap<DeliveryId, Several>,
    /// The triggers of messages with several recipients that were told here.
    pub(super) gathered: BTreeMap<MessageId, Gathered>,
}

#[derive(Debug)]
struct Several {
    source: GatewayId,
    recipients: Recipients,
    /// How long that is remembered.
    until: Time,
}

/// Who of a message's recipients have triggered its deletion.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Each with the gateway that told.
    pub(super) told_by: BTreeMap<ClientId, GatewayId>,
    /// How long that is remembered.
    pub(super) until: Time,
}

impl Shelf {
    pub(super) fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Held> {
        self.held.get_mut(delivery)
    }

    pub(super) fn is_done(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.done.knows(delivery, now)
    }

    /// Whether it was here and is not any more.
    pub(super) fn is_over(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.is_done(delivery, now) || self.is_parked(delivery, now)
    }

    /// Whether it went to the external store from here.
    pub(super) fn is_parked(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.parked.knows(delivery, now)
    }

    /// The recipients of a message of which something went to the external store from here, and where it entered the
    /// system, if it has several.
    pub(super) fn several_of(&self, delivery: DeliveryId) -> Option<(GatewayId, Recipients)> {
        let several = self.parked_of_several.get(&delivery)?;
        Some((several.source, several.recipients.clone()))
    }

    /// What to say of a delivery with which this gateway has nothing to do any more.
    pub(super) fn over(&mut self, delivery: DeliveryId, now: Time) -> Option<Letter> {
        if self.is_done(delivery, now) {
            return Some(Letter::done(delivery));
        }
        let is_parked = !self.held.contains(delivery) && self.is_parked(delivery, now);
        is_parked.then(|| Letter::parked(delivery))
    }

    /// What came is held from now on.
    pub(super) fn put(&mut self, held: Held) {
        let delivery = held.copy.delivery();
        debug_assert!(!self.held.contains(delivery), "{delivery:?} is held twice");
        debug_assert!(!self.done.knows(delivery, held.since), "{delivery:?} is held and done");
        self.held.insert(delivery, held);
    }

    /// The external store has it: takes it out, and remembers that for a while.
    pub(super) fn park(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) -> Option<Held> {
        let (held, hold) = (self.drop(delivery, cx), cx.world().strategy.hold);
        let now = cx.now();
        self.parked.add(delivery, held.as_ref().map(|held| &held.copy.message), now, hold);
        if let Some(copy) = held.as_ref().map(|held| &held.copy)
            && let recipients @ Recipients::Several(_) = &copy.message.recipients
        {
            let (source, recipients) = (copy.source, recipients.clone());
            self.parked_of_several.retain(|_, several| several.until > now);
            self.parked_of_several
                .insert(delivery, Several { source, recipients, until: now + hold });
        }
        held
    }

    /// It is done: takes it out, and remembers that for a while.
    pub(super) fn finish(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) -> Option<Held> {
        let (held, hold) = (self.drop(delivery, cx), cx.world().strategy.hold);
        self.parked_of_several.remove(&delivery);
        self.done.add(delivery, held.as_ref().map(|held| &held.copy.message), cx.now(), hold);
        held
    }

    /// Somebody else holds it: takes it out.
    pub(super) fn drop(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) -> Option<Held> {
        let mut held = self.held.remove(delivery)?;
        held.stop_timers(cx);
        Some(held)
    }
}
