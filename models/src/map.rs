//! The map of gateways as configured: how far apart they are on average, and the shortest ways.
//!
//! Gateways plan on it. What is up or down at the moment is not on it: nobody knows that.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::GatewayId;

/// Mean latencies between linked gateways.
#[derive(Clone, Debug, Default)]
pub struct GatewayMap {
    /// For each gateway those that a link leads to, with its mean latency in nanoseconds, by number.
    links: Vec<Vec<(GatewayId, u64)>>,
    /// The least latency of all.
    least: u64,
}

/// How far something is: nanoseconds, then hops.
type Distance = (u64, u32);

/// Farther than anything.
const NEVER: Distance = (u64::MAX, u32::MAX);

/// How far every gateway is from one of them.
struct Distances {
    nearest: Vec<Option<Distance>>,
    /// No gateway is farther, if all can be reached.
    farthest: Distance,
    /// How many links were looked at to find that, and how many entries the queue was given.
    looks: usize,
    entries: usize,
}

impl Distances {
    fn to(&self, gateway: GatewayId) -> Option<Distance> {
        self.nearest[gateway.index()]
    }
}

/// What makes a way short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Little latency, then few hops.
    Latency,
    /// Few hops, whatever they take.
    Hops,
}

impl Measure {
    fn beyond(self, (nanos, hops): Distance, link: u64) -> Distance {
        match self {
            Measure::Latency => (nanos.saturating_add(link), hops + 1),
            Measure::Hops => (0, hops + 1),
        }
    }
}

impl GatewayMap {
    /// A map of so many gateways without links.
    pub fn new(count: u32) -> Self {
        GatewayMap { links: vec![Vec::new(); count as usize], least: u64::MAX }
    }

    /// Adds a link from one gateway to another, one way.
    pub fn add(&mut self, from: GatewayId, to: GatewayId, mean_nanos: u64) {
        let links = &mut self.links[from.index()];
        let place = links.partition_point(|&(other, _)| other < to);
        links.insert(place, (to, mean_nanos));
        self.least = self.least.min(mean_nanos);
    }

    /// Whom links lead to from a gateway, by number.
    pub fn linked_from(&self, from: GatewayId) -> impl Iterator<Item = GatewayId> + '_ {
        self.links[from.index()].iter().map(|&(to, _)| to)
    }

    /// Whom links lead from to a gateway, by number.
    pub fn linked_to(&self, to: GatewayId) -> impl Iterator<Item = GatewayId> + '_ {
        let all = (0..self.count()).map(GatewayId);
        all.filter(move |from| {
            self.links[from.index()].binary_search_by_key(&to, |&(linked, _)| linked).is_ok()
        })
    }

    /// How many gateways are on it.
    pub fn count(&self) -> u32 {
        self.links.len() as u32
    }

    /// How far every gateway is from this one. No way leads through those that are `avoided`.
    fn distances(
        &self,
        from: GatewayId,
        measure: Measure,
        avoided: impl Fn(GatewayId) -> bool,
    ) -> Distances {
        let mut nearest: Vec<Option<Distance>> = vec![None; self.links.len()];
        nearest[from.index()] = Some((0, 0));
        let mut found = Distances { nearest, farthest: NEVER, looks: 0, entries: 1 };
        let mut unknown = self.links.len() - 1;
        let mut open = BinaryHeap::from([Reverse(((0, 0), from))]);
        while let Some(Reverse((distance, at))) = open.pop() {
            // What was pushed before a shorter way was found comes out after it.
            if found.nearest[at.index()] != Some(distance) || (at != from && avoided(at)) {
                continue;
            }
            // In a full mesh nothing is left to find once the first gateway's links are seen, and there are
            // as many links again for each of the others.
            if measure.beyond(distance, self.least) >= found.farthest {
                break;
            }
            let links = &self.links[at.index()];
            found.looks += links.len();
            for &(next, nanos) in links {
                let further = measure.beyond(distance, nanos);
                let known = &mut found.nearest[next.index()];
                if known.is_none_or(|known| further < known) {
                    unknown -= usize::from(known.is_none());
                    *known = Some(further);
                    open.push(Reverse((further, next)));
                    found.entries += 1;
                }
            }
            if unknown == 0 && found.farthest == NEVER {
                found.farthest = found.nearest.iter().flatten().copied().max().unwrap_or(NEVER);
            }
        }
        found
    }

    /// The shortest ways from one gateway to all others; of equal ones those of the smallest numbers from
    /// the source on. Inner gateways that are `avoided` are gone around.
    pub fn paths(
        &self,
        source: GatewayId,
        measure: Measure,
        avoided: impl Fn(GatewayId) -> bool,
    ) -> Paths {
        let distances = self.distances(source, measure, &avoided);
        let mut reached: Vec<GatewayId> = (0..self.count()).map(GatewayId).collect();
        reached.retain(|&gateway| distances.to(gateway).is_some());
        // Equal ways have equally many hops: so each gateway's best way goes on from the best of the
        // ways to the gateways one hop before it. Ranks order the ways of one number of hops.
        let hops = |&gateway: &GatewayId| distances.to(gateway).map(|(_, hops)| hops);
        reached.sort_by_key(hops);
        let mut before = vec![NOBODY; self.links.len()];
        let mut ranks = vec![0_u32; self.links.len()];
        for level in reached.chunk_by_mut(|a, b| hops(a) == hops(b)) {
            level.sort_by_key(|gateway| (before_rank(&before, &ranks, *gateway), *gateway));
            for (rank, &gateway) in (0..).zip(&*level) {
                ranks[gateway.index()] = rank;
            }
            for &mut gateway in level {
                if gateway != source && avoided(gateway) {
                    continue;
                }
                for next in self.shortest_steps(gateway, measure, &distances) {
                    let other = before[next.index()];
                    let is_better =
                        |other: GatewayId| ranks[gateway.index()] < ranks[other.index()];
                    if other == NOBODY || is_better(other) {
                        before[next.index()] = gateway;
                    }
                }
            }
        }
        Paths { source, before }
    }

    /// Of the ways with the fewest hops, the one whose most loaded inner gateway has the least load; of
    /// equal ones that of the smallest numbers from the source on.
    pub fn least_loaded(
        &self,
        source: GatewayId,
        target: GatewayId,
        load: impl Fn(GatewayId) -> u64,
        avoided: impl Fn(GatewayId) -> bool,
    ) -> Option<Vec<GatewayId>> {
        let distances = self.distances(source, Measure::Hops, &avoided);
        distances.to(target)?;
        let mut reached: Vec<GatewayId> = (0..self.count()).map(GatewayId).collect();
        reached.retain(|&gateway| distances.to(gateway).is_some());
        reached.sort_by_key(|&gateway| distances.to(gateway));
        // The least load that lets a way come so far.
        let mut least: Vec<u64> = vec![u64::MAX; self.links.len()];
        least[source.index()] = 0;
        for &gateway in &reached {
            let is_source = gateway == source;
            if !is_source && avoided(gateway) {
                continue;
            }
            let through = match least[gateway.index()] {
                so_far if is_source => so_far,
                so_far => so_far.max(load(gateway)),
            };
            for next in self.shortest_steps(gateway, Measure::Hops, &distances) {
                least[next.index()] = least[next.index()].min(through);
            }
        }
        let most = least[target.index()];
        let too_much = |gateway| avoided(gateway) || load(gateway) > most;
        self.paths(source, Measure::Hops, too_much).to(target)
    }

    /// The next gateways of all shortest ways through this one, by number.
    fn shortest_steps<'a>(
        &'a self,
        from: GatewayId,
        measure: Measure,
        distances: &'a Distances,
    ) -> impl Iterator<Item = GatewayId> + 'a {
        let here = distances.to(from);
        let leads_on = |here| measure.beyond(here, self.least) <= distances.farthest;
        let links = if here.is_some_and(leads_on) { &self.links[from.index()][..] } else { &[] };
        links.iter().filter_map(move |&(next, nanos)| {
            let there = measure.beyond(here?, nanos);
            (distances.to(next) == Some(there)).then_some(next)
        })
    }

    /// The other gateways by mean latency; of those that are equally far, the ones that come next by
    /// number after this one, round and round. Who can't be reached is not among them.
    pub fn neighbours(&self, of: GatewayId) -> Vec<GatewayId> {
        let distances = self.distances(of, Measure::Latency, |_| false);
        let after = |gateway: GatewayId| (gateway.0 + self.count() - of.0) % self.count();
        let mut others: Vec<GatewayId> = (0..self.count()).map(GatewayId).collect();
        others.retain(|&gateway| gateway != of && distances.to(gateway).is_some());
        others.sort_by_cached_key(|&gateway| {
            (distances.to(gateway).map(|(nanos, _)| nanos), after(gateway))
        });
        others
    }
}

/// The ways from one gateway to all others.
#[derive(Clone, Debug)]
pub struct Paths {
    source: GatewayId,
    /// Who comes before each on the way to it.
    before: Vec<GatewayId>,
}

const NOBODY: GatewayId = GatewayId(u32::MAX);

fn before_rank(before: &[GatewayId], ranks: &[u32], gateway: GatewayId) -> Option<u32> {
    ranks.get(before[gateway.index()].index()).copied()
}

impl Paths {
    /// The way to this gateway, both ends included; none if it can't be reached.
    pub fn to(&self, target: GatewayId) -> Option<Vec<GatewayId>> {
        let mut path = vec![target];
        while path[path.len() - 1] != self.source {
            let before = self.before[path[path.len() - 1].index()];
            if before == NOBODY {
                return None;
            }
            path.push(before);
        }
        path.reverse();
        Some(path)
    }
}
