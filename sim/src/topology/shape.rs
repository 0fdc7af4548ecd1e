//! Maps by shape: full, line, ring, star, tree, grid, and three random ones.

use std::fmt;

use rand::Rng;

use super::random::{self, Density};
use super::{PlaceLink, Topology};

/// How places are linked. Every shape is connected, joins no place with itself, and has at most
/// one link between two places. Of one place there is no link, of two there is one.
///
/// The links are sorted by their ends, the smaller end first, whatever the shape.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// Everyone with everyone: n(n−1)/2 links.
    Full,
    /// Each with the next: n−1 links.
    Line,
    /// A line whose last place is linked with the first: n links from three places on.
    Ring,
    /// Place 0 with all others: n−1 links.
    Star,
    /// A tree filled level by level, place 0 at its root: n−1 links.
    Tree {
        /// How many children each place has; the usual is [`Shape::ARITY`].
        arity: usize,
    },
    /// Rows as long as the square root of the count, rounded up; the last row may be shorter. Each
    /// place is linked with the next of its row and with the one below. With r rows of length c
    /// that is (n−r) + (n−c) links.
    Grid,
    /// Each pair is linked with the same probability (Erdős–Rényi, Gilbert's form). If the map then
    /// falls in parts, a random place of each part, in the order of their smallest places, is
    /// linked with a random place of the parts before it: one link for each part but the first.
    Random(Density),
    /// Watts and Strogatz: a ring on which each is linked with its nearest `neighbours`; then the
    /// far end of each link moves, with probability `rewire`, to a random place that the near end
    /// is not linked with yet. The links stay n·neighbours/2, and with fewer places than would make
    /// sense of that it is the full mesh. If it falls in parts, they are joined as in `Random`.
    SmallWorld {
        /// How many neighbours on the ring, half on each side: an even number.
        neighbours: usize,
        /// The probability that a link is moved, 0 to 1.
        rewire: f64,
    },
    /// Barabási and Albert: the first m+1 places form a full mesh; each further one is linked
    /// with m others, drawn in proportion to the links they have. m(m+1)/2 + m(n−m−1) links.
    ScaleFree {
        /// How many links each new place brings, m.
        links: usize,
    },
}

impl Shape {
    /// How many children a place of a tree has where nobody says.
    pub const ARITY: usize = 2;

    /// What is wrong with the numbers of the shape, in words for whoever wrote them.
    pub fn check(&self) -> Result<(), String> {
        let share = |what: &str, value: f64| match (0.0..=1.0).contains(&value) {
            true => Ok(()),
            false => Err(format!("{what} is {value}: it should be between 0 and 1")),
        };
        match *self {
            Shape::Tree { arity: 0 } => Err("a tree needs an arity of 1 or more".into()),
            Shape::ScaleFree { links: 0 } => {
                Err("a scale-free shape needs 1 link or more for each new place".into())
            }
            Shape::SmallWorld { neighbours, .. } if neighbours < 2 || neighbours % 2 != 0 => {
                Err(format!(
                    "a small world needs an even number of neighbours, 2 or more, \
                     half on each side: not {neighbours}"
                ))
            }
            Shape::SmallWorld { rewire, .. } => share("the probability to rewire", rewire),
            Shape::Random(Density::Probability(value)) => share("the probability of a link", value),
            Shape::Random(Density::Degree(value)) if !value.is_finite() || value < 0.0 => {
                Err(format!("the mean number of neighbours is {value}: it should be 0 or more"))
            }
            _ => Ok(()),
        }
    }

    /// A map of so many places, numbered from 0. Only the three random shapes draw, always in the same order,
    /// so that the same numbers give the same map.
    ///
    /// Numbers that [`Shape::check`] refuses are taken as the nearest that make sense.
    pub fn build(&self, count: usize, rng: &mut impl Rng) -> Topology {
        let mut map = Topology::numbered(count);
        let mut joined = 0;
        let mut pairs = match *self {
            Shape::Full => full(count),
            Shape::Line => tree(count, 1),
            Shape::Ring => ring(count),
            Shape::Star => (1..count).map(|other| (0, other)).collect(),
            Shape::Tree { arity } => tree(count, arity.max(1)),
            Shape::Grid => grid(count),
            Shape::Random(density) => {
                let mut pairs = random::pairs(count, density, rng);
                joined = random::join(count, &mut pairs, rng);
                pairs
            }
            Shape::SmallWorld { neighbours, rewire } => {
                // What is no number moves none.
                let rewire = if rewire > 0.0 { rewire.min(1.0) } else { 0.0 };
                let mut pairs = random::small_world(count, (neighbours / 2).max(1), rewire, rng);
                joined = random::join(count, &mut pairs, rng);
                pairs
            }
            Shape::ScaleFree { links } => random::scale_free(count, links.max(1), rng),
        };
        pairs.sort_unstable();
        map.links = pairs.into_iter().map(|(a, b)| PlaceLink::between(a, b)).collect();
        if joined > 0 {
            let parts = joined + 1;
            map.assumed.push(format!(
                "the random map fell in {parts} parts: {joined} more links join them"
            ));
        }
        map
    }
}

impl fmt::Display for Shape {
    /// The name that a scenario gives it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Full => "full",
            Shape::Line => "line",
            Shape::Ring => "ring",
            Shape::Star => "star",
            Shape::Tree { .. } => "tree",
            Shape::Grid => "grid",
            Shape::Random(_) => "random",
            Shape::SmallWorld { .. } => "small-world",
            Shape::ScaleFree { .. } => "scale-free",
        })
    }
}

/// Two places, the smaller first.
pub(super) type Pair = (usize, usize);

pub(super) fn full(count: usize) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(count * count.saturating_sub(1) / 2);
    for a in 0..count {
        pairs.extend((a + 1..count).map(|b| (a, b)));
    }
    pairs
}

fn tree(count: usize, arity: usize) -> Vec<Pair> {
    (1..count).map(|child| ((child - 1) / arity, child)).collect()
}

fn ring(count: usize) -> Vec<Pair> {
    let mut pairs = tree(count, 1);
    if count > 2 {
        pairs.push((0, count - 1));
    }
    pairs
}

fn grid(count: usize) -> Vec<Pair> {
    let root = count.isqrt();
    let width = if root * root < count { root + 1 } else { root };
    let mut pairs = Vec::with_capacity(2 * count);
    for place in 0..count {
        let ends_row = (place + 1) % width == 0;
        pairs.extend((!ends_row && place + 1 < count).then_some((place, place + 1)));
        pairs.extend((place + width < count).then_some((place, place + width)));
    }
    pairs
}
