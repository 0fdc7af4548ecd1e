//! Random maps. Their choices are `rand`'s, in a version that the workspace pins: with another one a seed could
//! link other places.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::shape::{Pair, full};

/// How many links a random map has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Density {
    /// The probability that two places are linked.
    Probability(f64),
    /// The mean number of neighbours of a place, before parts are joined.
    Degree(f64),
}

/// How often a place is drawn that is taken already, for each that is wanted, before what is left is taken in
/// order. Random bits never get there; this keeps a broken source from stopping the program for ever.
const DRAWS_MAX: usize = 1_000;

fn sorted(a: usize, b: usize) -> Pair {
    (a.min(b), a.max(b))
}

/// Each pair with the same probability. One draw for each link, not for each pair: the length of
/// the gap to the next link is geometric (Batagelj and Brandes 2005), so that large sparse maps are
/// quick.
pub(super) fn pairs(count: usize, density: Density, rng: &mut impl Rng) -> Vec<Pair> {
    let probability = match density {
        Density::Probability(probability) => probability,
        Density::Degree(degree) => degree / count.saturating_sub(1).max(1) as f64,
    };
    if probability >= 1.0 {
        return full(count);
    }
    let mut pairs = Vec::new();
    if probability.is_nan() || probability <= 0.0 {
        return pairs;
    }
    let log_no = libm::log1p(-probability);
    // Row `b` has the pairs (0, b) … (b−1, b).
    let (mut a, mut b) = (0, 1);
    loop {
        // Rounded down; a gap past the end of all pairs saturates, and ends the loop below.
        let gap = libm::log1p(-rng.random::<f64>()) / log_no;
        a += gap.min(1e18) as usize;
        while a >= b && b < count {
            a -= b;
            b += 1;
        }
        if b >= count {
            return pairs;
        }
        pairs.push((a, b));
        a += 1;
    }
}

/// Joins the parts of a map: a random place of each, in the order of their smallest places, with
/// a random place of the parts before it. Says how many links that took.
pub(super) fn join(count: usize, pairs: &mut Vec<Pair>, rng: &mut impl Rng) -> usize {
    let mut parts = UnionFind::new(count);
    for &(a, b) in pairs.iter() {
        parts.union(a, b);
    }
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (place, part) in parts.into_labeling().into_iter().enumerate() {
        let number = *first.entry(part).or_insert(members.len());
        if number == members.len() {
            members.push(Vec::new());
        }
        members[number].push(place);
    }
    let mut before: Vec<usize> = Vec::with_capacity(count);
    for part in &members {
        // Of the first there is nothing before it, and nothing is drawn.
        if let Some(&near) = before.choose(rng) {
            let far = *part.choose(rng).expect("a part has places");
            pairs.push(sorted(near, far));
        }
        before.extend(part);
    }
    members.len().saturating_sub(1)
}

/// A ring with `reach` neighbours on each side, some links of which move.
pub(super) fn small_world(
    count: usize,
    reach: usize,
    rewire: f64,
    rng: &mut impl Rng,
) -> Vec<Pair> {
    // From there on both sides meet, and every place is linked with every other.
    if reach >= count.saturating_sub(1).div_ceil(2) {
        return full(count);
    }
    let mut near: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let ring: Vec<Pair> =
        (1..=reach).flat_map(|step| (0..count).map(move |a| (a, (a + step) % count))).collect();
    for &(a, b) in &ring {
        near[a].insert(b);
        near[b].insert(a);
    }
    let mut pairs = Vec::with_capacity(ring.len());
    for &(a, b) in &ring {
        let free = count - 1 - near[a].len();
        let moves = rng.random_bool(rewire) && free > 0;
        let target = if moves { stranger(a, &near[a], rng.random_range(..free)) } else { b };
        if moves {
            near[a].remove(&b);
            near[b].remove(&a);
            near[a].insert(target);
            near[target].insert(a);
        }
        pairs.push(sorted(a, target));
    }
    pairs
}

/// The place of that rank among those that are neither `place` nor in `near`.
fn stranger(place: usize, near: &BTreeSet<usize>, rank: usize) -> usize {
    let mut found = rank;
    let mut passed = false;
    for &taken in near {
        // `place` itself takes its turn among the sorted neighbours.
        if !passed && place < taken {
            found += usize::from(place <= found);
            passed = true;
        }
        found += usize::from(taken <= found);
    }
    found + usize::from(!passed && place <= found)
}

/// Growth where those who have links get more.
pub(super) fn scale_free(count: usize, links: usize, rng: &mut impl Rng) -> Vec<Pair> {
    let core = count.min(links.saturating_add(1));
    let mut pairs = full(core);
    // Each place stands here once for each of its links: a fair draw from it is a draw by degree.
    let mut ends: Vec<usize> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
    for place in core..count {
        let mut chosen = BTreeSet::new();
        for _ in 0..DRAWS_MAX.saturating_mul(links) {
            if chosen.len() == links {
                break;
            }
            chosen.extend(ends.choose(rng));
        }
        // Only after a broken source: the smallest places that are left.
        let rest: Vec<usize> =
            (0..place).filter(|other| !chosen.contains(other)).take(links - chosen.len()).collect();
        chosen.extend(rest);
        for other in chosen {
            pairs.push((other, place));
            ends.extend([other, place]);
        }
    }
    pairs
}
