//! The gateways that had stored a delivery and let go of it: noted, so that no copy is kept just to count them.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_noted_once_while_there_is_room() {
        let node = |number: u32| NodeId::new(number as usize);
        let mut passed = Passed::default();
        assert!(!passed.add(node(u32::from(u16::MAX))), "its number is too large");
        for number in [7, 0, 7, 65_534, 0, 3] {
            assert!(passed.add(node(number)), "{number}");
        }
        assert!(!passed.add(node(4)), "four are there");
        assert!(passed.add(node(3)), "it is one of them");
        let known: Vec<NodeId> = passed.iter().collect();
        assert_eq!(known, [7, 0, 65_534, 3].map(node));
    }
}
