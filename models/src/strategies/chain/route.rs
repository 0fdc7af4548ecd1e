//! Sequences: the gateways that a message passes and that hold it, and how a source chooses them.

use std::cmp::Reverse;
use std::rc::Rc;

use super::ChainOptions;
use super::options::{Domain, RouteChoice};
use crate::ids::{ClientId, GatewayId};
use crate::map::{Measure, Paths};
use crate::world::World;

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

/// The gateways of a route that stand behind one of them, as seen from another: who has to hear something
/// once the one before them can't pass it on.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    gateways: Option<Rc<[GatewayId]>>,
    /// Where the one stands that they are behind.
    place: u32,
    /// Whether they come before it in the route.
    back: bool,
}

impl Behind {
    /// Nobody.
    pub const NOBODY: Behind = Behind { gateways: None, place: 0, back: false };

    /// Those behind `to`, as seen from the one at `place`.
    pub(super) fn of(route: &Route, place: u32, to: GatewayId) -> Behind {
        let gateways = &route.gateways;
        match gateways.iter().position(|&gateway| gateway == to) {
            Some(other) => {
                let other = other as u32;
                Behind { gateways: Some(gateways.clone()), place: other, back: other < place }
            }
            None => Behind::NOBODY,
        }
    }

    /// The next of them, and those behind that one.
    pub(super) fn split_first(&self) -> Option<(GatewayId, Behind)> {
        let gateways = self.gateways.as_ref()?;
        let place = if self.back { self.place.checked_sub(1)? } else { self.place + 1 };
        let next = *gateways.get(place as usize)?;
        Some((next, Behind { gateways: Some(gateways.clone()), place, back: self.back }))
    }
}

/// What a gateway remembers of the routes that it chose.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// The ways to all gateways, for as long as nobody else is suspected.
    paths: Option<Paths>,
    /// The routes by host, where they depend on nothing else.
    known: Vec<Option<Route>>,
    /// For how many messages each gateway was put inside a sequence.
    loads: Vec<u64>,
}

/// What a route is wanted for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) source: GatewayId,
    pub(super) host: GatewayId,
    pub(super) sender: ClientId,
    pub(super) recipient: ClientId,
}

impl Routes {
    /// Somebody else is suspected, or no longer.
    pub(super) fn forget(&mut self) {
        self.paths = None;
        self.known.clear();
    }

    /// The route from a source to a host. Whom the source suspects is left out; a suspected host stays: the
    /// gateway before it decides. None if no way leads there.
    pub(super) fn choose(
        &mut self,
        wanted: Wanted,
        world: &World<ChainOptions>,
        suspected: impl Fn(GatewayId) -> bool,
    ) -> Option<Route> {
        if world.strategy.split {
            return Some(split(wanted, world, suspected));
        }
        let Wanted { source, host, .. } = wanted;
        match &world.strategy.route {
            RouteChoice::LoadBalanced if source != host => {
                self.least_loaded(wanted, world, suspected)
            }
            RouteChoice::ShortestPath | RouteChoice::LoadBalanced | RouteChoice::Domain(_) => {
                self.known.resize(world.places.gateways as usize, None);
                if self.known[host.index()].is_none() {
                    let paths = self.paths.get_or_insert_with(|| {
                        world.map.paths(source, Measure::Latency, &suspected)
                    });
                    let way = match via(world, source, host) {
                        Some(domain) => Some(over(domain, wanted, &suspected)),
                        None => paths.to(host),
                    };
                    self.known[host.index()] = filled(way?, wanted, world, suspected, |_| 0);
                }
                self.known[host.index()].clone()
            }
        }
    }

    /// The rest of a way, planned anew by the gateway at its end so far: the least path from there to the last, without
    /// those that are suspected, and without storing it twice at those who have it. Nobody is put in beyond that.
    pub(super) fn anew(
        &mut self,
        route: &Route,
        place: usize,
        world: &World<ChainOptions>,
        suspected: impl Fn(GatewayId) -> bool,
    ) -> Option<Route> {
        let me = route.gateways[place];
        let paths =
            self.paths.get_or_insert_with(|| world.map.paths(me, Measure::Latency, suspected));
        let path = paths.to(route.host())?;
        let mut gateways = route.gateways[..=place].to_vec();
        let rest = path.into_iter().filter(|gateway| !route.gateways[..=place].contains(gateway));
        gateways.extend(rest);
        Some(Route { gateways: gateways.into(), mirrors: false })
    }

    fn least_loaded(
        &mut self,
        wanted: Wanted,
        world: &World<ChainOptions>,
        suspected: impl Fn(GatewayId) -> bool,
    ) -> Option<Route> {
        let Wanted { source, host, .. } = wanted;
        self.loads.resize(world.places.gateways as usize, 0);
        let load = |gateway: GatewayId| self.loads[gateway.index()];
        let way = world.map.least_loaded(source, host, load, &suspected)?;
        let route = filled(way, wanted, world, suspected, load)?;
        for gateway in &route.gateways[1..route.gateways.len() - 1] {
            self.loads[gateway.index()] += 1;
        }
        Some(route)
    }
}

/// What the list of domains says of a way.
fn via(world: &World<ChainOptions>, source: GatewayId, host: GatewayId) -> Option<&Domain> {
    let RouteChoice::Domain(domains) = &world.strategy.route else { return None };
    domains.iter().find(|domain| domain.from.contains(&source) && domain.to.contains(&host))
}

/// The way over the gateways of a domain.
fn over(
    domain: &Domain,
    Wanted { source, host, .. }: Wanted,
    suspected: impl Fn(GatewayId) -> bool,
) -> Vec<GatewayId> {
    let mut way = vec![source];
    way.extend(
        domain.via.iter().copied().filter(|&via| via != host && via != source && !suspected(via)),
    );
    way.push(host);
    way
}

/// A way with enough gateways on it: before the host, the host's neighbours are put in, the first one next
/// to it; those with the least load, among the host's list and as many that come next. At one gateway, its
/// neighbours mirror it.
fn filled(
    mut way: Vec<GatewayId>,
    Wanted { source, host, .. }: Wanted,
    world: &World<ChainOptions>,
    suspected: impl Fn(GatewayId) -> bool,
    load: impl Fn(GatewayId) -> u64,
) -> Option<Route> {
    let length = world.strategy.length as usize;
    let near = world.neighbours[host.index()].iter().copied().filter(|&near| !suspected(near));
    if source == host {
        let gateways = std::iter::once(host).chain(near).take(length.max(1)).collect();
        return Some(Route { gateways, mirrors: true });
    }
    let missing = length.saturating_sub(way.len());
    way.pop()?;
    let among = if missing == 0 { 0 } else { 2 * (length - 1) };
    let can_fill = near.filter(|near| !way.contains(near)).take(among);
    let mut fill: Vec<(usize, GatewayId)> = can_fill.enumerate().collect();
    // Stable: of equally loaded ones the nearest.
    fill.sort_by_key(|&(_, near)| load(near));
    fill.truncate(missing);
    fill.sort_by_key(|&(place, _)| Reverse(place));
    way.extend(fill.into_iter().map(|(_, near)| near));
    way.push(host);
    Some(Route { gateways: way.into(), mirrors: false })
}

/// The sender's chain and then the recipient's, from its far end on. A gateway stands once: the source
/// first, the host last, else at its place in the recipient's part.
fn split(
    Wanted { source, host, sender, recipient }: Wanted,
    world: &World<ChainOptions>,
    suspected: impl Fn(GatewayId) -> bool,
) -> Route {
    let chain_of = |client| world.chain_of(client).iter().copied();
    let theirs = chain_of(recipient);
    let is_free =
        |gateway: &GatewayId| *gateway != source && *gateway != host && !suspected(*gateway);
    let mut gateways = vec![source];
    if source == host {
        gateways.extend(theirs.filter(is_free));
        let others = chain_of(sender).filter(is_free);
        let others: Vec<GatewayId> = others.filter(|other| !gateways.contains(other)).collect();
        gateways.extend(others);
        return Route { gateways: gateways.into(), mirrors: true };
    }
    let is_theirs = |gateway: &GatewayId| theirs.clone().any(|other| other == *gateway);
    gateways.extend(chain_of(sender).filter(|gateway| is_free(gateway) && !is_theirs(gateway)));
    gateways.extend(theirs.clone().rev().filter(is_free));
    gateways.push(host);
    Route { gateways: gateways.into(), mirrors: false }
}
