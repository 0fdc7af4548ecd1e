//! The map of gateways as configured: how far apart they are on average, and the shortest ways.
//!
//! Gateways plan on it. What is up or down at the moment is not on it: nobody knows that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ids::GatewayId;

/// Mean latencies between linked gateways.
#[derive(Clone, Debug, Default)]
pub struct GatewayMap {
    /// For each gateway those that a link leads to, with its mean latency in nanoseconds, by number.
    links: Vec<Vec<(GatewayId, u64)>>,
}

/// How far something is: nanoseconds, then hops.
type Distance = (u64, u32);

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
        GatewayMap { links: vec![Vec::new(); count as usize] }
    }

    /// Adds a link from one gateway to another, one way.
    pub fn add(&mut self, from: GatewayId, to: GatewayId, mean_nanos: u64) {
        let links = &mut self.links[from.index()];
        let place = links.partition_point(|&(other, _)| other < to);
        links.insert(place, (to, mean_nanos));
    }

    /// Whom links lead to from a gateway, by number.
    pub fn linked_from(&self, from: GatewayId) -> impl Iterator<Item = GatewayId> + '_ {
        self.links[from.index()].iter().map(|&(to, _)| to)
    }

    /// Whom links lead from to a gateway, by number.
    pub fn linked_to(&self, to: GatewayId) -> impl Iterator<Item = GatewayId> + '_ {
        let all = (0..self.count()).map(GatewayId);
        all.filter(move |&from| self.linked_from(from).any(|linked| linked == to))
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
    ) -> Vec<Option<Distance>> {
        let mut found: Vec<Option<Distance>> = vec![None; self.links.len()];
        let mut open = BinaryHeap::from([Reverse(((0, 0), from))]);
        while let Some(Reverse((distance, at))) = open.pop() {
            if found[at.index()].is_some() {
                continue;
            }
            found[at.index()] = Some(distance);
            if at != from && avoided(at) {
                continue;
            }
            for &(next, nanos) in &self.links[at.index()] {
                if found[next.index()].is_none() {
                    let further = measure.beyond(distance, nanos);
                    open.push(Reverse((further, next)));
                }
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
        reached.retain(|gateway| distances[gateway.index()].is_some());
        // Equal ways have equally many hops: so each gateway's best way goes on from the best of the
        // ways to the gateways one hop before it. Ranks order the ways of one number of hops.
        let hops = |gateway: &GatewayId| distances[gateway.index()].map(|(_, hops)| hops);
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
        distances[target.index()]?;
        let mut reached: Vec<GatewayId> = (0..self.count()).map(GatewayId).collect();
        reached.retain(|gateway| distances[gateway.index()].is_some());
        reached.sort_by_key(|gateway| distances[gateway.index()]);
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
        distances: &'a [Option<Distance>],
    ) -> impl Iterator<Item = GatewayId> + 'a {
        let here = distances[from.index()];
        self.links[from.index()].iter().filter_map(move |&(next, nanos)| {
            let there = measure.beyond(here?, nanos);
            (distances[next.index()] == Some(there)).then_some(next)
        })
    }

    /// The other gateways by mean latency; of those that are equally far, the ones that come next by
    /// number after this one, round and round. Who can't be reached is not among them.
    pub fn neighbours(&self, of: GatewayId) -> Vec<GatewayId> {
        let distances = self.distances(of, Measure::Latency, |_| false);
        let after = |gateway: GatewayId| (gateway.0 + self.count() - of.0) % self.count();
        let mut others: Vec<GatewayId> = (0..self.count()).map(GatewayId).collect();
        others.retain(|&gateway| gateway != of && distances[gateway.index()].is_some());
        others.sort_by_key(|&gateway| {
            (distances[gateway.index()].map(|(nanos, _)| nanos), after(gateway))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn map(count: u32, links: &[(u32, u32, u64)]) -> GatewayMap {
        let mut map = GatewayMap::new(count);
        for &(a, b, nanos) in links {
            map.add(GatewayId(a), GatewayId(b), nanos);
            map.add(GatewayId(b), GatewayId(a), nanos);
        }
        map
    }

    fn path(map: &GatewayMap, from: u32, to: u32, avoided: &[u32]) -> Option<Vec<u32>> {
        let avoided = |gateway: GatewayId| avoided.contains(&gateway.0);
        let path = map.paths(GatewayId(from), Measure::Latency, avoided).to(GatewayId(to))?;
        Some(path.into_iter().map(|gateway| gateway.0).collect())
    }

    #[test]
    fn least_latency_then_fewest_hops_then_smallest_numbers() {
        // From 0 to 5: over 1 and 2, over 3, over 4, all of 4 ns.
        let links = [(0, 1, 1), (1, 2, 1), (2, 5, 2), (0, 4, 2), (4, 5, 2), (0, 3, 2), (3, 5, 2)];
        let map = map(7, &links);
        assert_eq!(path(&map, 0, 5, &[]), Some(vec![0, 3, 5]));
        assert_eq!(path(&map, 0, 5, &[3]), Some(vec![0, 4, 5]));
        assert_eq!(path(&map, 0, 5, &[3, 4]), Some(vec![0, 1, 2, 5]));
        assert_eq!(
            path(&map, 0, 5, &[3, 4, 5]),
            Some(vec![0, 1, 2, 5]),
            "the target is never avoided"
        );
        assert_eq!(path(&map, 0, 5, &[1, 3, 4]), None);
        assert_eq!(path(&map, 0, 6, &[]), None);
        assert_eq!(path(&map, 2, 2, &[]), Some(vec![2]));
    }

    #[test]
    fn the_least_loaded_of_the_ways_with_the_fewest_hops() {
        // From 0 to 5 in two hops over 1, 2 or 3, in three over 4 and 1, with the least latency over 4.
        let links = [
            (0, 1, 9),
            (0, 2, 5),
            (0, 3, 5),
            (0, 4, 1),
            (4, 1, 1),
            (1, 5, 1),
            (2, 5, 9),
            (3, 5, 9),
        ];
        let map = map(6, &links);
        let way = |loads: [u64; 6], avoided: &[u32]| -> Vec<u32> {
            let load = |gateway: GatewayId| loads[gateway.index()];
            let avoided = |gateway: GatewayId| avoided.contains(&gateway.0);
            let way = map.least_loaded(GatewayId(0), GatewayId(5), load, avoided).unwrap();
            way.into_iter().map(|gateway| gateway.0).collect()
        };
        assert_eq!(way([0; 6], &[]), [0, 1, 5]);
        assert_eq!(way([9, 1, 0, 0, 0, 9], &[]), [0, 2, 5], "its ends don't count");
        assert_eq!(way([0, 3, 2, 1, 0, 0], &[]), [0, 3, 5]);
        assert_eq!(way([0, 3, 2, 1, 0, 0], &[3, 5]), [0, 2, 5]);
        assert_eq!(way([0, 8, 9, 9, 0, 0], &[]), [0, 1, 5], "a longer way is none, however free");
    }

    #[test]
    fn neighbours_by_latency_then_round_from_oneself() {
        let full: Vec<_> = (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b, 2))).collect();
        let near = |map: &GatewayMap, of: u32| -> Vec<u32> {
            map.neighbours(GatewayId(of)).into_iter().map(|gateway| gateway.0).collect()
        };
        let full = map(5, &full);
        assert_eq!(near(&full, 0), [1, 2, 3, 4]);
        assert_eq!(near(&full, 3), [4, 0, 1, 2]);
        let line = map(4, &[(0, 1, 5), (1, 2, 1)]);
        assert_eq!(near(&line, 1), [2, 0]);
        assert_eq!(near(&line, 3), [0; 0]);
    }
}
