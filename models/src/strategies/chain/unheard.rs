//! Who has yet to hear what became of a delivery, as far as a gateway has told them.

use penult_sim::IdMap;

use super::letters::News;
use super::route::Behind;
use crate::few::Few;
use crate::ids::{DeliveryId, GatewayId};
use crate::parts::Again;

/// A gateway that has yet to hear what became of a delivery.
#[derive(Debug)]
pub(super) struct Unheard {
    pub(super) news: News,
    /// Who is to hear it instead while that one is silent.
    pub(super) beyond: Behind,
    pub(super) again: Again,
    /// It was taken for dead when it was last told.
    pub(super) in_vain: bool,
}

/// What was told and not heard yet.
#[derive(Debug, Default)]
pub(super) struct AllUnheard {
    by_delivery: IdMap<Few<(GatewayId, Unheard)>>,
}

impl AllUnheard {
    /// What this gateway has yet to hear of a delivery.
    pub(super) fn get_mut(&mut self, delivery: DeliveryId, by: GatewayId) -> Option<&mut Unheard> {
        let told = self.by_delivery.get_mut(delivery.key())?;
        told.iter_mut().find(|(gateway, _)| *gateway == by).map(|(_, unheard)| unheard)
    }

    /// Notes what this gateway was told, instead of what it was told before.
    pub(super) fn insert(&mut self, delivery: DeliveryId, by: GatewayId, unheard: Unheard) {
        let told = self.by_delivery.get_or_insert_with(delivery.key(), Few::default);
        match told.iter_mut().find(|(gateway, _)| *gateway == by) {
            Some((_, before)) => *before = unheard,
            None => told.push((by, unheard)),
        }
    }

    /// It was heard, or is told anew: takes it out, if it is `wanted`.
    pub(super) fn remove_if(
        &mut self,
        delivery: DeliveryId,
        by: GatewayId,
        wanted: impl FnOnce(&Unheard) -> bool,
    ) -> Option<Unheard> {
        let told = self.by_delivery.get_mut(delivery.key())?;
        let place = told.iter().position(|(gateway, _)| *gateway == by)?;
        if !wanted(&told[place].1) {
            return None;
        }
        let (_, unheard) = told.remove(place);
        if told.is_empty() {
            self.by_delivery.remove(delivery.key());
        }
        Some(unheard)
    }
}
