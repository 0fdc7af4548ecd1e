//! How each gateway stood, when: down, or catching up after it came back.

use penult_models::{GatewayId, Kind, Places};
use penult_sim::{NodeId, Time};

/// From when until when; without an end if it lasts.
pub(crate) type Stretch = (Time, Option<Time>);

/// Watches gateways. It holds as much as they failed.
#[derive(Clone, Debug)]
pub(crate) struct Standing(Vec<Lane>);

/// How one gateway stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) down: Vec<Stretch>,
    pub(crate) resyncing: Vec<Stretch>,
}

impl Standing {
    pub(crate) fn new(gateways: u32) -> Standing {
        Standing(vec![Lane::default(); gateways as usize])
    }

    pub(crate) fn up(&mut self, at: Time, gateway: GatewayId, up: bool) {
        let lane = &mut self.0[gateway.index()];
        turn(&mut lane.down, at, !up);
        // A resync that the gateway's death broke off ended there.
        if !up {
            turn(&mut lane.resyncing, at, false);
        }
    }

    pub(crate) fn resyncing(&mut self, at: Time, places: &Places, node: NodeId, begins: bool) {
        if let Kind::Gateway(gateway) = places.kind(node) {
            turn(&mut self.0[gateway.index()].resyncing, at, begins);
        }
    }

    pub(crate) fn of(&self, gateway: GatewayId) -> &Lane {
        &self.0[gateway.index()]
    }
}

/// A stretch begins, unless one lasts; or the last one ends.
fn turn(stretches: &mut Vec<Stretch>, at: Time, begins: bool) {
    match (stretches.last_mut(), begins) {
        (Some((_, None)), true) => {}
        (_, true) => stretches.push((at, None)),
        (Some((_, end @ None)), false) => *end = Some(at),
        (_, false) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_breaks_a_resync_off() {
        let (g, at, places) = (
            GatewayId(1),
            Time::from_nanos,
            Places { gateways: 2, services: 0, clients: 0, ..Places::default() },
        );
        let (node, mut all) = (places.gateway(g), Standing::new(2));
        all.up(at(1), g, false);
        all.up(at(2), g, true);
        all.resyncing(at(3), &places, node, true);
        all.up(at(5), g, false);
        all.up(at(6), g, true);
        all.resyncing(at(7), &places, node, true);
        all.resyncing(at(9), &places, node, false);
        all.up(at(10), g, false);
        let seen = all.of(g);
        assert_eq!(seen.down, [(at(1), Some(at(2))), (at(5), Some(at(6))), (at(10), None)]);
        assert_eq!(seen.resyncing, [(at(3), Some(at(5))), (at(7), Some(at(9)))]);
        assert_eq!(all.of(GatewayId(0)), &Lane::default());
    }
}
