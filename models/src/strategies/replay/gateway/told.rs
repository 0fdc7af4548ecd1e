//! What a gateway counts for the reports.

use penult_sim::Time;

use crate::ids::ClientId;

/// Counts of a gateway's life.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) reads: u64,
    pub(super) gaps: u64,
    pub(super) moves: u64,
    pub(super) replayed: u64,
    pub(super) waiting: u32,
}

impl Told {
    pub(super) fn queued(&mut self, _: usize) {}
    pub(super) fn begins(&mut self, _: ClientId, _: u32, _: Time) {}
    pub(super) fn joins(&mut self, _: ClientId, _: u32, _: Time) {}
    pub(super) fn ends(&mut self, _: ClientId, _: u32, _: Time) {}
    pub(super) fn gets_slot(&mut self, _: ClientId, _: u32, _: Time) {}
    pub(super) fn temporary_ends(
        &mut self,
        _: (ClientId, u32),
        _: (Time, u64),
        _: &'static str,
        _: Time,
    ) {
    }
}
