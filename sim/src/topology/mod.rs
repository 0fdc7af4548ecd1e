//! Maps of networks: places and the links between them, by shape or from a file's text.
//!
//! Nothing here has state or opens a file: texts come in, plain lists go out. Beside them goes
//! what had to be assumed, in sentences a person can read.
//!
//! ```
//! use penult_sim::{BufferedStream, MapOptions, Purpose, Seed, Shape, Span, Topology};
//!
//! let mut draws = BufferedStream::new(Purpose::TOPOLOGY, 0, &Seed::new(1));
//! let ring = Shape::Ring.build(5, &mut draws);
//! assert_eq!(ring.links.len(), 5);
//!
//! let text = r#"graph [ node [ id 0 label "a" ] node [ id 1 label "b" ]
//!                       edge [ source 0 target 1 latency "10 ms" ] ]"#;
//! let map = Topology::from_gml(text, &MapOptions::default()).unwrap();
//! assert_eq!(map.links[0].latency, Some(Span::millis(10)));
//! ```

mod draft;
mod geo;
mod gml;
mod graphml;
mod matrix;
mod random;
mod settle;
mod shape;
mod table;
mod text;
mod trace;

use petgraph::Graph;
use petgraph::algo::{connected_components, kosaraju_scc};

use crate::{Bandwidth, Span};

pub use geo::Coordinates;
pub use matrix::{MatrixOptions, RegionMatrix};
pub use random::Density;
pub use shape::Shape;
pub use table::{Table, TableRow};
pub use text::ParseError;
pub use trace::{FailureTrace, Outage};

/// What a map of a network says: places and the links between them. No state, no queues.
///
/// No link joins a place with itself, and no two links go from one place to another the same way.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Topology {
    /// The places, in the order of the file; a shape numbers them from 0.
    pub places: Vec<Place>,
    /// The links. From a file: in the order of the edges they were read from. Of a shape: sorted
    /// by their ends, the smaller end first.
    pub links: Vec<PlaceLink>,
    /// What the text left open and how it was understood, each said once, with counts.
    pub assumed: Vec<String>,
}

/// One point of a map, where a node may stand.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Place {
    /// Its name, which no other place of the map has.
    pub name: String,
    /// Where on earth it is, if the map says so.
    pub at: Option<Coordinates>,
    /// How fast it can send, over all its links, if the map says so.
    pub bandwidth_up: Option<Bandwidth>,
    /// How fast it can receive, over all its links, if the map says so.
    pub bandwidth_down: Option<Bandwidth>,
}

/// A link between two places. What the map doesn't say is `None`: the scenario decides.
#[derive(Clone, PartialEq, Debug)]
pub struct PlaceLink {
    /// Its ends, as positions in [`Topology::places`]; for a one-way link source, then target.
    pub ends: (usize, usize),
    /// Which way packets go.
    pub direction: Direction,
    /// How long a packet takes. A link that was read from a file always has one.
    pub latency: Option<Span>,
    /// How far the latency varies.
    pub jitter: Option<Span>,
    /// How much it carries, in each direction.
    pub bandwidth: Option<Bandwidth>,
    /// The probability that a packet is lost, 0 to 1.
    pub loss: Option<f64>,
}

/// Which way packets go on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Both ways.
    Both,
    /// From the first end to the second only.
    Forward,
}

/// What the reader of a map may choose where the map is silent, or says more than is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapOptions {
    /// Whether the bandwidths of the map count (`bandwidth`, Zoo's `LinkSpeedRaw`, Shadow's
    /// `host_bandwidth_up` and `_down`). Many maps know only some of theirs, so that a scenario
    /// may prefer its own everywhere. On by default.
    pub bandwidths: bool,
    /// The latency of a link that has none, and whose ends are not both located. `None`, the
    /// default: the median of the other links, or [`MapOptions::LATENCY_UNKNOWN`] where no link
    /// has one.
    pub latency: Option<Span>,
}

impl MapOptions {
    /// The latency of every link of a map that has no latency and no pair of coordinates.
    pub const LATENCY_UNKNOWN: Span = Span::millis(1);
}

impl Default for MapOptions {
    fn default() -> Self {
        Self { bandwidths: true, latency: None }
    }
}

impl Topology {
    /// A map of so many places, named by their numbers, that has no link yet.
    fn numbered(count: usize) -> Self {
        let place = |number: usize| Place { name: number.to_string(), ..Place::default() };
        Self { places: (0..count).map(place).collect(), ..Self::default() }
    }

    /// In how many parts the map falls that no link joins, whichever way it goes.
    pub fn parts(&self) -> usize {
        connected_components(&self.graph())
    }

    /// In how many parts the map falls inside which every place can reach every other. More than
    /// [`Topology::parts`] if some pairs can talk one way only.
    pub fn parts_both_ways(&self) -> usize {
        // Tarjan's algorithm would be faster, but petgraph's recurses, and maps can be long lines.
        kosaraju_scc(&self.graph()).len()
    }

    fn graph(&self) -> Graph<(), ()> {
        let mut graph = Graph::with_capacity(self.places.len(), 2 * self.links.len());
        let nodes: Vec<_> = self.places.iter().map(|_| graph.add_node(())).collect();
        for link in &self.links {
            let (from, to) = (nodes[link.ends.0], nodes[link.ends.1]);
            graph.add_edge(from, to, ());
            if link.direction == Direction::Both {
                graph.add_edge(to, from, ());
            }
        }
        graph
    }
}

impl PlaceLink {
    /// A two-way link of which nothing is known but its ends.
    pub const fn between(a: usize, b: usize) -> Self {
        Self {
            ends: (a, b),
            direction: Direction::Both,
            latency: None,
            jitter: None,
            bandwidth: None,
            loss: None,
        }
    }
}
