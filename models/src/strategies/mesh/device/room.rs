//! Room and time in the buffer: what is dropped so that something fits, and what is there for too long.

use penult_sim::{Span, Time};

use super::{Carrier, CarrierDisk, CarrierTimer, Cx, look_again, options, timer};
use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::strategies::mesh::numbers;

/// What is too old by a nanosecond leaves.
const TICK: Span = Span::nanos(1);

impl Carrier {
    /// Whether a message made then is too old to be carried.
    pub(super) fn is_too_old(born: Time, cx: &Cx<'_>) -> bool {
        cx.world().strategy.ttl.is_some_and(|ttl| cx.now() > born + ttl)
    }

    /// Drops what has to go until so many bytes fit. False if they don't.
    pub(super) fn make_room(
        &mut self,
        disk: &mut CarrierDisk,
        bytes: u64,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(limit) = options(self.me, cx).buffer else { return true };
        if bytes > limit {
            return false;
        }
        while disk.buffer.bytes() + bytes > limit {
            let sent = self.sending.as_ref().map(|(_, mail)| mail.delivery());
            let evict = cx.world().strategy.evict;
            let Some(victim) = disk.buffer.victim(evict, sent) else { return false };
            self.drop(disk, victim, Drop::Evicted, cx);
        }
        true
    }

    /// Whether this was dropped at this very instant, for room or time.
    pub(super) fn has_just_dropped(&self, delivery: DeliveryId, cx: &Cx<'_>) -> bool {
        self.dropped.0 == cx.now() && self.dropped.1.contains(&delivery)
    }

    /// Lets go of a message.
    pub(super) fn drop(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        why: Drop,
        cx: &mut Cx<'_>,
    ) {
        let Some(held) = disk.buffer.take(delivery) else { return };
        if let Some(guard) = held.tried.guard {
            cx.cancel_timer(guard);
        }
        cx.tell(Note::Dropped(delivery, why));
        if why != Drop::Told {
            if self.dropped.0 != cx.now() {
                self.dropped = (cx.now(), Vec::new());
            }
            self.dropped.1.push(delivery);
        }
        let number = match why {
            Drop::Told => numbers::REMOVED,
            _ => numbers::DROPPED,
        };
        cx.tell(number.one());
        if why == Drop::Evicted {
            cx.tell(numbers::EVICTED.one());
        }
        cx.tell(numbers::BUFFER_TIME.took(cx.now() - held.here));
        look_again(cx);
    }

    /// Sees to it that what is at this place leaves in time.
    pub(super) fn watch_time(&mut self, disk: &CarrierDisk, place: u64, cx: &mut Cx<'_>) {
        let Some(held) = disk.buffer.at(place) else { return };
        let keep = options(self.me, cx).keep.filter(|_| !held.own);
        let ends = [
            cx.world().strategy.ttl.map(|ttl| held.mail.message.created + ttl + TICK),
            keep.map(|keep| held.here + keep + TICK),
        ];
        let now = cx.now();
        for end in ends.into_iter().flatten().filter(|&end| end > now) {
            cx.set_background_timer(end - now, timer(CarrierTimer::Leave(place)));
        }
    }

    /// What is at this place leaves if it is there for too long; what is being sent, when that ends.
    pub(super) fn leave_if_due(&mut self, disk: &mut CarrierDisk, place: u64, cx: &mut Cx<'_>) {
        let Some(held) = disk.buffer.at(place) else { return };
        let keep = options(self.me, cx).keep.filter(|_| !held.own);
        let why = if Self::is_too_old(held.mail.message.created, cx) {
            Drop::TooOld
        } else if keep.is_some_and(|keep| cx.now() > held.here + keep) {
            Drop::Carried
        } else {
            return;
        };
        let delivery = held.mail.delivery();
        if self.is_sending(delivery) {
            let held = disk.buffer.get_mut(delivery).expect("it was just there");
            held.late.get_or_insert(why);
        } else {
            self.drop(disk, delivery, why, cx);
        }
    }

    /// Nothing is being sent any more: what stayed only for that leaves.
    pub(super) fn after_sending(&mut self, disk: &mut CarrierDisk, cx: &mut Cx<'_>) {
        let late = disk.buffer.iter().find_map(|(_, held)| {
            let why = held.late?;
            Some((held.mail.delivery(), why))
        });
        if let Some((delivery, why)) = late {
            self.drop(disk, delivery, why, cx);
        }
        let Some(limit) = options(self.me, cx).buffer else { return };
        if disk.buffer.bytes() > limit {
            self.make_room(disk, 0, cx);
        }
    }
}
