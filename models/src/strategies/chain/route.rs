//! Sequences: the gateways that a message passes and that hold it.

use std::rc::Rc;

use crate::ids::GatewayId;
use crate::map::Paths;

/// The gateways that hold a message, the one that chose them first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// In the order in which they get it.
    pub gateways: Rc<[GatewayId]>,
    /// Whether the first is the recipient's host, and the others mirror it; else the last is.
    pub mirrors: bool,
}

impl Route {
    /// The recipient's host, as whoever chose the route knew it.
    pub fn host(&self) -> GatewayId {
        let host = if self.mirrors { self.gateways.first() } else { self.gateways.last() };
        *host.expect("a route has gateways")
    }
}

/// The route from a source to a host: the path of least latency, filled up before the host with the
/// host's neighbours, the first one next to it. Whom the source suspects is left out; a suspected host
/// stays: the gateway before it decides.
pub fn plan(
    paths: &Paths,
    neighbours: &[Vec<GatewayId>],
    source: GatewayId,
    host: GatewayId,
    length: u32,
    suspected: impl Fn(GatewayId) -> bool,
) -> Option<Route> {
    let length = length as usize;
    let near = neighbours[host.index()].iter().copied().filter(|&near| !suspected(near));
    if source == host {
        let gateways: Rc<[GatewayId]> =
            std::iter::once(host).chain(near).take(length.max(1)).collect();
        return Some(Route { gateways, mirrors: true });
    }
    let mut gateways = paths.to(host)?;
    let missing = length.saturating_sub(gateways.len());
    gateways.pop();
    let mut fill: Vec<GatewayId> =
        near.filter(|near| !gateways.contains(near)).take(missing).collect();
    // The first neighbour stands next to the host, the others before it.
    fill.reverse();
    gateways.extend(fill);
    gateways.push(host);
    Some(Route { gateways: gateways.into(), mirrors: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::GatewayMap;

    fn planned(source: u32, host: u32, length: u32, suspects: &[u32]) -> Vec<u32> {
        let mut map = GatewayMap::new(6);
        for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            map.add(GatewayId(a), GatewayId(b), 2);
        }
        let near: Vec<_> = (0..6).map(|gateway| map.neighbours(GatewayId(gateway))).collect();
        let suspected = |gateway: GatewayId| suspects.contains(&gateway.0);
        let paths = map.paths(GatewayId(source), suspected);
        let route =
            plan(&paths, &near, GatewayId(source), GatewayId(host), length, suspected).unwrap();
        assert_eq!(route.host(), GatewayId(host));
        route.gateways.iter().map(|gateway| gateway.0).collect()
    }

    #[test]
    fn the_penultimate_is_the_first_neighbour_of_the_host() {
        assert_eq!(planned(0, 4, 1, &[]), [0, 4]);
        assert_eq!(planned(0, 4, 2, &[]), [0, 4]);
        assert_eq!(planned(0, 4, 3, &[]), [0, 5, 4]);
        assert_eq!(planned(1, 4, 5, &[]), [1, 2, 0, 5, 4]);
        assert_eq!(planned(5, 4, 3, &[]), [5, 0, 4], "who is in it already is not put in again");
        assert_eq!(planned(0, 4, 3, &[5]), [0, 1, 4]);
        assert_eq!(planned(0, 4, 3, &[4]), [0, 5, 4], "a suspected host stays the last");
        assert_eq!(planned(0, 4, 6, &[1, 2]), [0, 3, 5, 4], "only as many as there are");
    }

    #[test]
    fn at_one_gateway_the_host_is_first_and_mirrors_follow() {
        assert_eq!(planned(4, 4, 1, &[]), [4]);
        assert_eq!(planned(4, 4, 3, &[]), [4, 5, 0]);
        assert_eq!(planned(4, 4, 3, &[5]), [4, 0, 1]);
    }
}
