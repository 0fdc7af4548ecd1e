//! Routes: the path of a packet between nodes that share no link.
//!
//! A route is chosen when the packet leaves: least mean latency, then fewest hops, then the smallest
//! ids from the source on, over links and nodes that are up at that instant. Routes are kept until
//! something goes up or down; packets under way keep theirs for as long as they need it.

use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeFiltered, EdgeRef, Reversed};

use super::link::{DirectionId, Directions};
use crate::{IdMap, NodeId};

/// Names a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouteId(u32);

#[derive(Debug)]
struct Route {
    hops: Box<[DirectionId]>,
    /// How many packets are on it.
    users: u32,
    /// Whether the next packet between these two nodes would take it.
    current: bool,
}

/// How far it is to a target: mean latency in nanoseconds, then hops.
type Distance = (u64, u32);

#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// The nodes up to the last one with a link: a million clients have none.
    graph: DiGraph<(), DirectionId>,
    routes: Vec<Route>,
    free: Vec<RouteId>,
    current: Vec<RouteId>,
    /// By source and target; `None` where no path leads.
    by_ends: IdMap<Option<RouteId>>,
    /// By target: the distance of each node to it.
    distances: IdMap<Vec<Option<Distance>>>,
}

impl Routes {
    pub(crate) fn add_link(&mut self, from: NodeId, to: NodeId, direction: DirectionId) {
        while !self.knows(from) || !self.knows(to) {
            self.graph.add_node(());
        }
        self.graph.add_edge(place(from), place(to), direction);
    }

    fn knows(&self, node: NodeId) -> bool {
        node.index() < self.graph.node_count()
    }

    pub(crate) fn links_from(&self, node: NodeId) -> impl Iterator<Item = DirectionId> {
        self.graph.edges(place(node)).map(|edge| *edge.weight())
    }

    pub(crate) fn hop(&self, route: RouteId, hop: u16) -> DirectionId {
        self.routes[route.0 as usize].hops[usize::from(hop)]
    }

    pub(crate) fn is_last(&self, route: RouteId, hop: u16) -> bool {
        usize::from(hop) + 1 == self.routes[route.0 as usize].hops.len()
    }

    /// Something went up or down: what was found until now no longer counts.
    pub(crate) fn forget(&mut self) {
        for id in std::mem::take(&mut self.current) {
            let route = &mut self.routes[id.0 as usize];
            route.current = false;
            if route.users == 0 {
                self.free.push(id);
            }
        }
        self.by_ends.clear();
        self.distances.clear();
    }

    /// A packet sets out on the route.
    pub(crate) fn enter(&mut self, route: RouteId) {
        self.routes[route.0 as usize].users += 1;
    }

    /// A packet is done with the route.
    pub(crate) fn leave(&mut self, id: RouteId) {
        let route = &mut self.routes[id.0 as usize];
        route.users -= 1;
        if route.users == 0 && !route.current {
            self.free.push(id);
        }
    }

    /// How many packets are on routes, how many routes are current, and for how many there is room.
    #[cfg(test)]
    pub(crate) fn census(&self) -> (u32, usize, usize) {
        let users = self.routes.iter().map(|route| route.users).sum();
        (users, self.current.len(), self.routes.len())
    }

    /// The route between two nodes, if a path leads there now. `carries` says which nodes are up and
    /// let others' packets through.
    pub(crate) fn find(
        &mut self,
        source: NodeId,
        target: NodeId,
        directions: &Directions,
        carries: impl Fn(NodeId) -> bool,
    ) -> Option<RouteId> {
        if !self.knows(source) || !self.knows(target) {
            return None;
        }
        let ends = u64::from(source.raw()) << 32 | u64::from(target.raw());
        if let Some(&known) = self.by_ends.get(ends) {
            return known;
        }
        let is_open = |direction: DirectionId| {
            let direction = directions.get(direction);
            direction.held_down == 0 && (direction.to == target || carries(direction.to))
        };
        let hops = self.path(source, target, directions, is_open);
        let route = hops.map(|hops| self.keep(hops));
        self.by_ends.insert(ends, route);
        route
    }

    fn keep(&mut self, hops: Box<[DirectionId]>) -> RouteId {
        let route = Route { hops, users: 0, current: true };
        let id = match self.free.pop() {
            Some(id) => {
                self.routes[id.0 as usize] = route;
                id
            }
            None => {
                self.routes.push(route);
                RouteId(self.routes.len() as u32 - 1)
            }
        };
        self.current.push(id);
        id
    }

    fn path(
        &mut self,
        source: NodeId,
        target: NodeId,
        directions: &Directions,
        is_open: impl Fn(DirectionId) -> bool,
    ) -> Option<Box<[DirectionId]>> {
        let graph = &self.graph;
        let length = |direction: DirectionId| directions.spec(direction).latency.mean().as_nanos();
        let distances = self.distances.get_or_insert_with(u64::from(target.raw()), || {
            let open = EdgeFiltered::from_fn(graph, |edge| is_open(*edge.weight()));
            let found = dijkstra(Reversed(&open), place(target), None, |edge| {
                Length(length(*edge.weight()), 1)
            });
            let distance = |node| found.get(&node).map(|&Length(nanos, hops)| (nanos, hops));
            graph.node_indices().map(distance).collect()
        });
        distances[source.index()]?;
        let mut hops = Vec::new();
        let mut at = source;
        while at != target {
            let (nanos, count) = distances[at.index()].expect("a node on a path has a distance");
            let onward = graph.edges(place(at)).map(|edge| *edge.weight()).filter(|&direction| {
                let beyond = distances[directions.get(direction).to.index()];
                let is_shortest = |(far, hops): Distance| {
                    far.saturating_add(length(direction)) == nanos && hops + 1 == count
                };
                is_open(direction) && beyond.is_some_and(is_shortest)
            });
            let next = onward.min_by_key(|&direction| directions.get(direction).to);
            let next = next.expect("a distance was found over some link");
            hops.push(next);
            at = directions.get(next).to;
        }
        Some(hops.into())
    }
}

fn place(node: NodeId) -> NodeIndex {
    NodeIndex::new(node.index())
}

/// A length of a path that adds up and compares as routes do.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
struct Length(u64, u32);

impl std::ops::Add for Length {
    type Output = Length;
    fn add(self, other: Length) -> Length {
        Length(self.0.saturating_add(other.0), self.1 + other.1)
    }
}
