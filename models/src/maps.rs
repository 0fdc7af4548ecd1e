//! Maps that runs share: what all gateways of a world know of where the others are, made once for all runs
//! that have the same links.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ids::GatewayId;
use crate::map::GatewayMap;
use crate::setup::{Gateways, Link};

/// What gateways plan on. A copy shares it.
#[derive(Clone, Debug)]
pub struct Atlas {
    /// How far gateways are apart, as configured.
    pub map: Arc<GatewayMap>,
    /// For each gateway the others, the nearest first.
    pub neighbours: Arc<[Vec<GatewayId>]>,
}

impl Atlas {
    /// The map of these gateways. Nothing if it shall not go on before it is there.
    fn of(gateways: &Gateways, goes_on: &dyn Fn() -> bool) -> Option<Atlas> {
        let means = means(gateways);
        let mut map = GatewayMap::new(gateways.count);
        for (number, link) in gateways.links.iter().enumerate() {
            if number.is_multiple_of(STRIDE) && !goes_on() {
                return None;
            }
            let (a, b) = link.ends;
            map.add(a, b, means[link.there as usize]);
            if let Some(back) = link.back {
                map.add(b, a, means[back as usize]);
            }
        }
        let all = (0..gateways.count).map(GatewayId);
        let neighbours =
            all.map(|gateway| goes_on().then(|| map.neighbours(gateway))).collect::<Option<_>>()?;
        Some(Atlas { map: Arc::new(map), neighbours })
    }
}

/// So many links are laid from question to question.
pub(crate) const STRIDE: usize = 1 << 12;

/// The mean latency of each kind of link, in nanoseconds.
fn means(gateways: &Gateways) -> Vec<u64> {
    gateways.specs.iter().map(|spec| spec.latency.mean().as_nanos()).collect()
}

/// The maps of the last runs. Who makes several runs keeps one of these for all of them; a run is the same
/// with it and without.
#[derive(Debug, Default)]
pub struct Maps {
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// What was asked for last is last.
    charts: Vec<Arc<Chart>>,
    made: u64,
}

/// A map, and what it is made of.
#[derive(Debug)]
struct Chart {
    count: u32,
    links: Vec<Link>,
    means: Vec<u64>,
    /// Absent while somebody is at it.
    atlas: Mutex<Option<Atlas>>,
}

impl Maps {
    /// Maps of random shapes, of which each run has its own, must not pile up: so many bytes of them are kept.
    const KEPT_BYTES: u64 = 256 << 20;

    /// The map of these gateways: one that is there already, if their links are the same. Nothing if it shall
    /// not go on before it is there.
    pub fn of(&self, gateways: &Gateways, goes_on: &dyn Fn() -> bool) -> Option<Atlas> {
        let chart = self.chart(gateways);
        // Who wants it meanwhile waits here, instead of making it too.
        let mut atlas = lock(&chart.atlas);
        if atlas.is_none() {
            *atlas = Some(Atlas::of(gateways, goes_on)?);
            lock(&self.shelf).made += 1;
        }
        atlas.clone()
    }

    /// How many maps had to be made.
    pub fn made(&self) -> u64 {
        lock(&self.shelf).made
    }

    fn chart(&self, gateways: &Gateways) -> Arc<Chart> {
        let means = means(gateways);
        let mut shelf = lock(&self.shelf);
        let is_it = |chart: &Arc<Chart>| {
            let Chart { count, links, means: known, .. } = &**chart;
            *count == gateways.count && *known == means && *links == gateways.links
        };
        let chart = match shelf.charts.iter().rposition(is_it) {
            Some(place) => shelf.charts.remove(place),
            None => {
                let (count, links) = (gateways.count, gateways.links.clone());
                Arc::new(Chart { count, links, means, atlas: Mutex::default() })
            }
        };
        shelf.charts.push(Arc::clone(&chart));
        let mut kept = 0;
        let fits = |chart: &&Arc<Chart>| {
            kept += chart.bytes();
            kept <= Self::KEPT_BYTES
        };
        let fitting = shelf.charts.iter().rev().take_while(fits).count().max(1);
        let gone = shelf.charts.len() - fitting;
        shelf.charts.drain(..gone);
        chart
    }
}

impl Chart {
    /// What it takes, at most: each link both ways, each pair of gateways as neighbours.
    fn bytes(&self) -> u64 {
        let (count, links) = (u64::from(self.count), self.links.len() as u64);
        let link = size_of::<Link>() + 2 * size_of::<(GatewayId, u64)>();
        links * link as u64 + count * count * size_of::<GatewayId>() as u64
    }
}

/// What a run that panicked had in hand is whole all the same: maps are put in when they are done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use penult_sim::{Delay, LinkSpec, Span};

    use super::*;

    fn ring(count: u32, millis: u64) -> Gateways {
        let link = |a: u32| {
            let ends = (GatewayId(a), GatewayId((a + 1) % count));
            Link { ends, there: 0, back: Some(0) }
        };
        Gateways {
            count,
            specs: vec![LinkSpec::with_latency(Delay::constant(Span::millis(millis)))],
            links: (0..count).map(link).collect(),
            ..Gateways::default()
        }
    }

    fn on(maps: &Maps, gateways: &Gateways) -> Atlas {
        maps.of(gateways, &|| true).expect("nobody stopped it")
    }

    #[test]
    fn equal_links_have_one_map_and_others_another() {
        let maps = Maps::default();
        let first = on(&maps, &ring(5, 2));
        let again = on(&maps, &Gateways { reroute: true, ..ring(5, 2) });
        assert!(Arc::ptr_eq(&first.map, &again.map));
        assert_eq!(maps.made(), 1);
        let numbers: Vec<u32> = first.neighbours[4].iter().map(|it| it.0).collect();
        assert_eq!(numbers, [0, 3, 1, 2]);
        for other in [ring(6, 2), ring(5, 3), Gateways { links: Vec::new(), ..ring(5, 2) }] {
            assert!(!Arc::ptr_eq(&first.map, &on(&maps, &other).map));
        }
        assert_eq!(maps.made(), 4);
        on(&maps, &ring(5, 2));
        assert_eq!(maps.made(), 4, "the others did not push it out");
    }

    #[test]
    fn runs_side_by_side_wait_for_the_one_that_makes_it() {
        let (maps, gateways) = (Maps::default(), ring(300, 1));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| on(&maps, &gateways));
            }
        });
        assert_eq!(maps.made(), 1);
    }

    #[test]
    fn what_is_too_much_to_keep_goes_the_oldest_first() {
        let maps = Maps::default();
        // Without links there are pairs only: two of these fit, and three don't.
        let many = |millis| Gateways { count: 5_500, links: Vec::new(), ..ring(2, millis) };
        for millis in [1, 2, 3] {
            maps.chart(&many(millis));
        }
        assert_eq!(lock(&maps.shelf).charts.len(), 2);
        maps.chart(&Gateways { count: 100_000, ..many(4) });
        assert_eq!(lock(&maps.shelf).charts.len(), 1, "what is asked for is there, however large");
    }

    #[test]
    fn who_is_told_to_stop_makes_no_map() {
        let maps = Maps::default();
        for allowed in [0, 1, 100] {
            let asked = Cell::new(0);
            let goes_on = || {
                asked.set(asked.get() + 1);
                asked.get() <= allowed
            };
            assert!(maps.of(&ring(200, 1), &goes_on).is_none());
        }
        assert_eq!(maps.made(), 0);
        on(&maps, &ring(200, 1));
        assert_eq!(maps.made(), 1);
    }
}
