//! Whether what is asked for can be, in any world with this strategy.

use super::Checks;
use crate::build::limits::{FIXED_CHAINS, LARGE};
use crate::tables::Strategy;

impl Checks<'_, '_> {
    pub(super) fn limits_of_world(&mut self) {
        for place in (LARGE.places)(self.scenario) {
            self.error(&place, LARGE.what, LARGE.mend);
        }
        if self.scenario.strategy == Strategy::Chain && self.is_whole("strategy") {
            for place in (FIXED_CHAINS.places)(self.scenario) {
                let paths = (place.as_str(), "chain.queues");
                self.contradiction(paths, FIXED_CHAINS.what, FIXED_CHAINS.mend, "the queues");
            }
        }
    }
}
