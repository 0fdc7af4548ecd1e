//! From the edges of a file to the links of a map: parallels, unknown latencies, and the words
//! for what was assumed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::text::many;
use super::{Direction, MapOptions, PlaceLink, Topology};
use crate::Span;

/// What the reader of a map counts, to say it once at the end.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) hyperedges: usize,
    pub(super) unlabelled: usize,
    pub(super) renamed: usize,
    pub(super) loops: usize,
    pub(super) parallel: usize,
    pub(super) unitless: usize,
    pub(super) zero_speeds: usize,
    pub(super) located: usize,
    pub(super) zero: usize,
}

/// The links that got a latency from nowhere: how many, which, and why that one.
pub(super) struct Unlocated {
    count: usize,
    latency: Span,
    why: &'static str,
}

/// At most one link from each place to each other: of parallel edges the fastest stays (least
/// latency, an unknown one last; then most bandwidth; then the first). Two opposite one-way edges
/// that say the same become one two-way link. Says how many edges went away as parallel.
pub(super) fn without_parallels(edges: &[PlaceLink]) -> (Vec<PlaceLink>, usize) {
    let rank = |number: usize| {
        let edge = &edges[number];
        let latency = (edge.latency.is_none(), edge.latency);
        (latency, Reverse(edge.bandwidth), number)
    };
    // The best edge for each way between two places; a two-way edge serves two ways.
    let mut best: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (number, edge) in edges.iter().enumerate() {
        let (from, to) = edge.ends;
        let back = (edge.direction == Direction::Both).then_some((to, from));
        for way in [Some((from, to)), back].into_iter().flatten() {
            let kept = best.entry(way).or_insert(number);
            if rank(number) < rank(*kept) {
                *kept = number;
            }
        }
    }
    let mut links: BTreeMap<usize, PlaceLink> = BTreeMap::new();
    for (&(from, to), &number) in &best {
        let edge = &edges[number];
        let twin = best.get(&(to, from)).copied();
        let twin = twin.filter(|&twin| says_the_same(&edges[twin], edge));
        let (ends, direction) = match twin {
            // The two ways make one link, when it's the turn of the other.
            Some(twin) if (twin, to) < (number, from) => continue,
            Some(_) => (edge.ends, Direction::Both),
            None => ((from, to), Direction::Forward),
        };
        let edge = edge.clone();
        links.insert(number, PlaceLink { ends, direction, ..edge });
    }
    let used: BTreeSet<usize> = best.into_values().collect();
    (links.into_values().collect(), edges.len() - used.len())
}

fn says_the_same(one: &PlaceLink, other: &PlaceLink) -> bool {
    let said = |link: &PlaceLink| (link.latency, link.jitter, link.bandwidth, link.loss);
    said(one) == said(other)
}

/// Gives links without a latency the one of the options, or the median of the others (of an even
/// number of them the lower of the two in the middle).
pub(super) fn fill_latency(links: &mut [PlaceLink], options: &MapOptions) -> Option<Unlocated> {
    let mut known: Vec<Span> = links.iter().filter_map(|link| link.latency).collect();
    known.sort_unstable();
    let median = known.get(known.len().saturating_sub(1) / 2).copied();
    let (latency, why) = match (options.latency, median) {
        (Some(asked), _) => (asked, "as asked for"),
        (None, Some(median)) => (median, "the median of the other links"),
        (None, None) => (MapOptions::LATENCY_UNKNOWN, "as no link of the map has one"),
    };
    let mut count = 0;
    for link in links.iter_mut().filter(|link| link.latency.is_none()) {
        link.latency = Some(latency);
        count += 1;
    }
    (count > 0).then_some(Unlocated { count, latency, why })
}

/// Puts into words what was counted.
pub(super) fn say(map: &mut Topology, counts: &Counts, unlocated: Option<&Unlocated>) {
    let counted = [
        (
            counts.hyperedges,
            "node",
            "marked as a hyperedge, a connection of more than two: taken as a place like any other",
        ),
        (counts.unlabelled, "node", "without a label: the id is the name"),
        (
            counts.renamed,
            "place",
            "with a name that another already has: a number was put behind, as in `Oslo (2)`",
        ),
        (counts.loops, "edge", "from a node to itself left out"),
        (
            counts.parallel,
            "edge",
            "parallel to another left out: the fastest stays \
             (least latency, then most bandwidth, then the first)",
        ),
        (counts.unitless, "edge", "with a latency or jitter without a unit: taken as milliseconds"),
        (counts.zero_speeds, "bandwidth", "of 0: taken as not known"),
        (
            counts.located,
            "edge",
            "without a latency: taken from the great-circle distance, \
             at two thirds of the speed of light (200 km in 1ms)",
        ),
        (counts.zero, "edge", "between places with the same coordinates: the latency is 0"),
    ];
    for (count, noun, what) in counted.into_iter().filter(|(count, ..)| *count > 0) {
        map.assumed.push(format!("{} {what}", many(count, noun)));
    }
    if let Some(Unlocated { count, latency, why }) = unlocated {
        let n = many(*count, "link");
        map.assumed.push(format!(
            "{n} with neither a latency nor coordinates at both ends: {latency}, {why}"
        ));
    }
    let speeds = map.links.iter().filter(|link| link.bandwidth.is_some()).count();
    if (1..map.links.len()).contains(&speeds) {
        let n = many(map.links.len() - speeds, "link");
        map.assumed.push(format!(
            "{n} without a bandwidth, beside {speeds} with one: the scenario's holds there"
        ));
    }
    let parts = map.parts();
    if parts > 1 {
        map.assumed.push(format!(
            "the map falls in {parts} parts that no link joins: \
             nodes of different parts can't reach each other"
        ));
    } else if map.parts_both_ways() > 1 {
        map.assumed.push(
            "some places can be reached from others but can't reach them: \
             the one-way links lead nowhere back"
                .to_owned(),
        );
    }
}
