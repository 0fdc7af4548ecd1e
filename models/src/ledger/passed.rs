//! The gateways that had stored a delivery: noted, so that no copy has to be kept for it.

use penult_sim::NodeId;

/// A few gateways, each once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passed {
    /// Their numbers and one more; zero where none is.
    gateways: [u16; 4],
}

impl Passed {
    /// Notes one more gateway. False if there is no room for it.
    #[inline]
    pub(super) fn add(&mut self, gateway: NodeId) -> bool {
        let Some(number) = gateway.raw().checked_add(1).and_then(|one| u16::try_from(one).ok())
        else {
            return false;
        };
        let place = self.gateways.iter_mut().find(|known| **known == 0 || **known == number);
        place.map(|known| *known = number).is_some()
    }

    /// All that were noted.
    pub(super) fn iter(&self) -> impl Iterator<Item = NodeId> {
        let known = self.gateways.into_iter().take_while(|&number| number > 0);
        known.map(|number| NodeId::new(usize::from(number - 1)))
    }
}
