//! Ways and distances: by hand, against all ways there are, and how much work finding them is.

use proptest::prelude::*;

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
    assert_eq!(path(&map, 0, 5, &[3, 4, 5]), Some(vec![0, 1, 2, 5]), "the target is never avoided");
    assert_eq!(path(&map, 0, 5, &[1, 3, 4]), None);
    assert_eq!(path(&map, 0, 6, &[]), None);
    assert_eq!(path(&map, 2, 2, &[]), Some(vec![2]));
}

#[test]
fn the_least_loaded_of_the_ways_with_the_fewest_hops() {
    // From 0 to 5 in two hops over 1, 2 or 3, in three over 4 and 1, with the least latency over 4.
    let links =
        [(0, 1, 9), (0, 2, 5), (0, 3, 5), (0, 4, 1), (4, 1, 1), (1, 5, 1), (2, 5, 9), (3, 5, 9)];
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

/// Few latencies, so that many ways are equally long; some take no time.
fn any_links() -> impl Strategy<Value = (u32, Vec<(u32, u32, u64)>)> {
    (2..7_u32).prop_flat_map(|count| {
        let pairs: Vec<(u32, u32)> =
            (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).collect();
        let all = pairs.len();
        let chosen = proptest::sample::subsequence(pairs, 0..=all);
        let nanos = prop::collection::vec(0..4_u64, all);
        (Just(count), chosen, nanos).prop_map(|(count, chosen, nanos)| {
            let links = chosen.into_iter().zip(nanos).map(|((a, b), nanos)| (a, b, nanos));
            (count, links.collect())
        })
    })
}

/// The best of all ways there are: the shortest; of equal ones that of the smallest numbers.
fn best(
    map: &GatewayMap,
    way: Vec<u32>,
    to: u32,
    measure: Measure,
    avoided: &[u32],
) -> Option<Best> {
    let at = way[way.len() - 1];
    if at == to {
        let link = |ends: &[u32]| {
            let links = &map.links[ends[0] as usize];
            links.iter().find(|(next, _)| next.0 == ends[1]).expect("there is a link").1
        };
        let links = way.windows(2).map(link);
        return Some((links.fold((0, 0), |sum, nanos| measure.beyond(sum, nanos)), way));
    }
    if way.len() > 1 && avoided.contains(&at) {
        return None;
    }
    let links = map.links[at as usize].iter();
    let onward = links.map(|&(next, _)| next.0).filter(|next| !way.contains(next));
    onward.filter_map(|next| best(map, [&way[..], &[next]].concat(), to, measure, avoided)).min()
}

type Best = (Distance, Vec<u32>);

proptest! {
    #[test]
    fn ways_are_the_best_of_all(
        (count, links) in any_links(),
        avoided in prop::collection::vec(0..6_u32, 0..3),
    ) {
        let map = map(count, &links);
        let is_avoided = |gateway: GatewayId| avoided.contains(&gateway.0);
        for measure in [Measure::Latency, Measure::Hops] {
            for source in (0..count).map(GatewayId) {
                let paths = map.paths(source, measure, is_avoided);
                let distances = map.distances(source, measure, is_avoided);
                for target in (0..count).map(GatewayId) {
                    let best = best(&map, vec![source.0], target.0, measure, &avoided);
                    let numbers = |way: Vec<GatewayId>| way.iter().map(|it| it.0).collect();
                    let found: Option<Vec<u32>> = paths.to(target).map(numbers);
                    prop_assert_eq!(distances.to(target), best.as_ref().map(|best| best.0));
                    prop_assert_eq!(found, best.map(|best| best.1));
                }
            }
        }
    }
}

fn full(count: u32, nanos: impl Fn(u32, u32) -> u64) -> GatewayMap {
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    map(count, &pairs.map(|(a, b)| (a, b, nanos(a, b))).collect::<Vec<_>>())
}

#[test]
fn in_a_full_mesh_the_first_gateways_links_tell_all() {
    let map = full(200, |_, _| 2);
    for measure in [Measure::Latency, Measure::Hops] {
        let found = map.distances(GatewayId(7), measure, |_| false);
        assert_eq!((found.looks, found.entries), (199, 200), "{measure:?}");
    }
    let paths = map.paths(GatewayId(7), Measure::Latency, |_| false);
    assert_eq!(paths.to(GatewayId(9)), Some(vec![GatewayId(7), GatewayId(9)]));
}

#[test]
fn in_a_full_mesh_of_regions_only_the_near_ones_are_looked_at() {
    // Four regions of fifty: what is in another is far, and no nearer over anybody.
    let map = full(200, |a, b| if a % 4 == b % 4 { 2 } else { 80 });
    let found = map.distances(GatewayId(7), Measure::Latency, |_| false);
    assert_eq!((found.looks, found.entries), (50 * 199, 200));
    assert_eq!(found.farthest, (80, 1));
}

#[test]
fn nothing_comes_to_the_queue_but_what_is_nearer() {
    // Each way over another gateway is longer than the link.
    let map = full(200, |a, b| u64::from(b - a) + 100);
    let found = map.distances(GatewayId(0), Measure::Latency, |_| false);
    assert_eq!(found.entries, 200);
}
