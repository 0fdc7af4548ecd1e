//! What a gateway has of each delivery: the source's copy and those of its dispatchers are one copy while any is there.

use penult_sim::IdMap;

use crate::ids::DeliveryId;
use crate::note::{Drop, Note};
use crate::strategies::replay::Cx;

/// How often a gateway has each delivery.
#[derive(Debug, Default)]
pub(super) struct Copies(IdMap<u32>);

impl Copies {
    /// It has it once more.
    pub(super) fn keep(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        cx.tell(Note::Kept(delivery));
        self.count(delivery);
    }

    /// It has it once more, and nobody need be told.
    pub(super) fn count(&mut self, delivery: DeliveryId) {
        *self.0.get_or_insert_with(delivery.key(), || 0) += 1;
    }

    /// It has it once less.
    pub(super) fn release(&mut self, delivery: DeliveryId, why: Drop, cx: &mut Cx<'_>) {
        let count = self.0.get_mut(delivery.key()).expect("what is let go was kept");
        *count -= 1;
        if *count == 0 {
            self.0.remove(delivery.key());
            cx.tell(Note::Dropped(delivery, why));
        }
    }
}
