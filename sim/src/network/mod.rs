//! The network: nodes, the links between them, and the ways that packets take.
//!
//! Two nodes that share a link use it. Others are routed over links, hop by hop, each hop queueing.
//! Nodes that come in great numbers (devices) and those that everybody reaches (services) have an
//! *access link* instead, to the edge of their region, with every other node at its far end: a
//! million devices on a thousand gateways need a million links, not a thousand million. Between two nodes that
//! have one lie both, or, within a group of nodes that are close to each other, the sender's alone.

mod cuts;
mod flight;
mod gray;
mod host;
mod layout;
mod lines;
mod link;
mod loss;
mod machine;
mod neighbours;
mod regions;
mod routes;

pub(crate) use cuts::Cuts;
pub(crate) use flight::{Flight, Flights, Stage};
pub use gray::Gray;
pub(crate) use gray::{GrayOn, Grays};
pub use host::NodeSpec;
pub(crate) use host::{Host, Place};
pub(crate) use lines::NO_LINE;
use lines::{Line, Lines};
pub(crate) use link::{Crossing, DirectionId, Directions, Refused};
pub use link::{LinkSpec, Order};
pub use loss::{Loss, LostBy, Traffic};
pub use machine::MachineSpec;
pub(crate) use machine::slowed;
pub(crate) use machine::{Machine, Taken};
use neighbours::Neighbours;
pub use regions::RegionDelays;
pub(crate) use regions::Regions;
pub(crate) use routes::{RouteId, Routes};

use std::ops::Range;

use crate::{IdMap, LinkId, NodeId, RegionId, Seed, Span, Time};

/// A world's nodes and links, as built and as they stand.
#[derive(Debug, Default)]
pub struct Network {
    pub(crate) hosts: Vec<Host>,
    pub(crate) directions: Directions,
    pub(crate) routes: Routes,
    pub(crate) grays: Grays,
    pub(crate) cuts: Cuts,
    /// For each node, as `hosts`.
    places: Vec<Place>,
    links: Vec<Link>,
    neighbours: Neighbours,
    /// Which node draws under which number.
    entities: IdMap<NodeId>,
    regions: Regions,
    reroute: bool,
    pub(crate) lines: Lines,
    /// Nodes that others reach the network through, and those others.
    gates: Vec<(NodeId, Range<u32>)>,
}

/// A link: its ends, and the directions that it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) ends: (NodeId, NodeId),
    pub(crate) there: DirectionId,
    pub(crate) back: Option<DirectionId>,
}

/// How a packet that leaves now would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over the link that both share.
    Link(DirectionId),
    /// From link to link.
    Route(RouteId),
    /// Over the sender's access link, then between regions.
    Up { first: DirectionId, backbone: Span },
    /// Between regions, then over the receiver's access link.
    Down { backbone: Span, last: DirectionId },
    /// Over both access links, with regions between them.
    UpAndDown { first: DirectionId, backbone: Span, last: DirectionId },
    /// A fault cuts the only way.
    Cut,
    /// There is no way.
    None,
}

/// The name of the edge as an end of access links.
const EDGE: u32 = (1 << 24) - 1;

impl Network {
    /// A network without nodes.
    pub fn new() -> Self {
        Network::default()
    }

    /// Packets go around a link that is down, even if both ends share it.
    pub fn reroute(&mut self, reroute: bool) {
        self.reroute = reroute;
    }

    /// Adds a node.
    pub fn add_node(&mut self, spec: &NodeSpec) -> NodeId {
        let id = NodeId::new(self.hosts.len());
        assert!(id.raw() < EDGE, "a network holds fewer than 2^24 - 1 nodes");
        let entity = spec.entity.unwrap_or(id.raw());
        assert!(entity < EDGE, "{id} needs an entity below 2^24 - 1, not {entity}");
        let namesake = self.entities.insert(entity.into(), id);
        assert!(namesake.is_none(), "{id} has the entity {entity} of another node");
        let machine = (!spec.machine.is_instant())
            .then(|| Box::new(Machine::new(entity, spec.machine.clone())));
        self.hosts.push(Host::new(entity, machine));
        let NodeSpec { region, transit, group, .. } = *spec;
        self.places.push(Place { region, transit, group });
        id
    }

    /// Links two nodes, both ways. Two nodes have one link at most.
    pub fn add_link(&mut self, a: NodeId, b: NodeId, spec: &LinkSpec) -> LinkId {
        self.add_uneven_link(a, b, spec, spec)
    }

    /// Links two nodes by a link that is another thing on the way `there` than on the way `back`.
    pub fn add_uneven_link(
        &mut self,
        a: NodeId,
        b: NodeId,
        there: &LinkSpec,
        back: &LinkSpec,
    ) -> LinkId {
        let there = self.add_direction(a, b, there);
        let back = self.add_direction(b, a, back);
        self.links.push(Link { ends: (a, b), there, back: Some(back) });
        LinkId::new(self.links.len() - 1)
    }

    /// Links one node to another, one way only.
    pub fn add_one_way_link(&mut self, from: NodeId, to: NodeId, spec: &LinkSpec) -> LinkId {
        let there = self.add_direction(from, to, spec);
        self.links.push(Link { ends: (from, to), there, back: None });
        LinkId::new(self.links.len() - 1)
    }

    fn add_direction(&mut self, from: NodeId, to: NodeId, spec: &LinkSpec) -> DirectionId {
        assert!(from != to, "{from} can't be linked to itself");
        let entity = pair(self.hosts[from.index()].entity, self.hosts[to.index()].entity);
        let id = self.directions.add((from, to), entity, spec, true);
        let is_new = self.neighbours.add(from, to, id);
        assert!(is_new, "{from} and {to} are linked already");
        self.routes.add_link(from, to, id);
        id
    }

    /// Joins a node to the edge of its region by an access link, over which every node without a
    /// link to it is reached.
    pub fn add_access(&mut self, node: NodeId, spec: &LinkSpec) {
        let host = &mut self.hosts[node.index()];
        assert!(host.access().is_none(), "{node} has an access link already");
        let entity = host.entity;
        let edge = NodeId::new(EDGE as usize);
        let up = self.directions.add((node, edge), pair(entity, EDGE), spec, false);
        self.directions.add((edge, node), pair(EDGE, entity), spec, false);
        host.set_access(up);
    }

    /// A node reaches the network over lines, as many as [are added](Network::add_line) right after; over none, if
    /// none are.
    pub fn expect_lines(&mut self, node: NodeId) {
        self.lines.expect(node);
    }

    /// Gives a node one more way to the edge of its region, and says which number that is there. What goes over it
    /// says so ([`Context::send_over`](crate::Context::send_over)). While its `carrier` is down it is down; while
    /// one of those `behind` it is, what leaves or arrives is lost, and nobody is told.
    pub fn add_line(
        &mut self,
        node: NodeId,
        spec: &LinkSpec,
        carrier: Option<NodeId>,
        behind: &[NodeId],
    ) -> u32 {
        assert!(!self.has_plain_access(node), "{node} has an access link, and needs no lines");
        let (number, entity) = (self.lines.count(node), self.hosts[node.index()].entity);
        let edge = NodeId::new(EDGE as usize);
        // As an access link draws, so that the first line of a node is that link.
        let far = EDGE - number;
        let up = self.directions.add((node, edge), pair(entity, far), spec, false);
        self.directions.add((edge, node), pair(far, entity), spec, false);
        self.lines.add(node, Line { up, carrier, behind: behind.into(), is_off: false })
    }

    /// What nodes `behind` it send and get runs through this node: while it is down they are off the network, and
    /// know it. Nothing is sent to it itself.
    pub fn add_gate(&mut self, gate: NodeId, behind: Range<NodeId>) {
        self.gates.push((gate, behind.start.raw()..behind.end.raw()));
    }

    /// The nodes that are off the network while this one is down.
    pub(crate) fn behind(&self, gate: NodeId) -> Range<u32> {
        let found = self.gates.iter().find(|(it, _)| *it == gate);
        found.map_or(0..0, |(_, behind)| behind.clone())
    }

    /// Sets how long it takes from region to region. It counts on top of access links; links between
    /// regions have the latency they were given. Where it varies, each pair of nodes draws its own.
    pub fn set_regions(&mut self, delays: impl Into<RegionDelays>) {
        self.regions.delays = Some(delays.into());
    }

    /// Packets may give this node's CPU work beside their service.
    pub(crate) fn ask_for_work(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.index()];
        let entity = host.entity;
        let make = || Box::new(Machine::new(entity, MachineSpec::default()));
        host.machine.get_or_insert_with(make).asks = true;
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.hosts.len()
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.hosts.len()).map(NodeId::new)
    }

    /// The nodes of a region.
    pub fn nodes_in(&self, region: RegionId) -> impl Iterator<Item = NodeId> {
        self.nodes().filter(move |node| self.region_of(*node) == Some(region))
    }

    /// The link between two nodes, whichever way round.
    pub fn link_between(&self, a: NodeId, b: NodeId) -> Option<LinkId> {
        let is_between = |link: &Link| link.ends == (a, b) || link.ends == (b, a);
        self.links.iter().position(is_between).map(LinkId::new)
    }

    fn has_plain_access(&self, node: NodeId) -> bool {
        self.hosts[node.index()].access().is_some()
    }

    pub(crate) fn has_access(&self, node: NodeId) -> bool {
        self.has_plain_access(node) || self.lines.expects(node)
    }

    /// Whether this is the way from a node to the edge.
    pub(crate) fn is_own_access(&self, node: NodeId, link: DirectionId) -> bool {
        self.hosts[node.index()].access() == Some(link) || self.lines.is_own(node, link)
    }

    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    pub(crate) fn region_of(&self, node: NodeId) -> Option<RegionId> {
        self.places[node.index()].region
    }

    /// The time that the next packet between two nodes takes from region to region.
    #[inline(never)]
    fn backbone(&mut self, from: NodeId, to: NodeId, seed: &Seed) -> Span {
        let regions = (self.region_of(from), self.region_of(to));
        let pair = self.entities_of(from, to);
        self.regions.delay(regions, pair, seed)
    }

    /// When a packet that left a link, and would be across at `at`, is across.
    #[inline]
    pub(crate) fn across(
        &mut self,
        (from, to): (NodeId, NodeId),
        link: DirectionId,
        at: Time,
    ) -> Time {
        if self.regions.are_constant() || self.directions.spec(link).order == Order::Free {
            return at;
        }
        let pair = self.entities_of(from, to);
        self.regions.across(pair, at)
    }

    fn entities_of(&self, from: NodeId, to: NodeId) -> u64 {
        pair(self.hosts[from.index()].entity, self.hosts[to.index()].entity)
    }

    /// The directions in which packets leave a node.
    pub(crate) fn directions_from(&self, node: NodeId) -> impl Iterator<Item = DirectionId> {
        let lines = self.lines.directions_of(node);
        self.routes.links_from(node).chain(self.hosts[node.index()].access()).chain(lines)
    }

    /// The direction that a packet is on or waits for. On its way to another region it counts as on
    /// its sender's access link still.
    pub(crate) fn direction_of<P>(&self, flight: &Flight<P>) -> Option<DirectionId> {
        match flight.stage {
            Stage::Last(link) => Some(link),
            Stage::Route { route, hop } => Some(self.routes.hop(route, hop)),
            Stage::Backbone { .. } => {
                let own = self.hosts[flight.from.index()].access();
                own.or_else(|| (flight.line != NO_LINE).then(|| self.lines.get(flight.line).up))
            }
            Stage::Waiting | Stage::Cpu | Stage::Contact(_) | Stage::Gone | Stage::Broken(_) => {
                None
            }
        }
    }

    /// How a packet that leaves now would go.
    #[inline(always)]
    pub(crate) fn way(&mut self, from: NodeId, to: NodeId, seed: &Seed) -> Way {
        if let Some(link) = self.neighbours.get(from, to) {
            let is_up = || self.directions.get(link).held_down == 0;
            return if !self.reroute || is_up() { Way::Link(link) } else { self.route(from, to) };
        }
        let (up, down) = (self.hosts[from.index()].access(), self.hosts[to.index()].access());
        if up.is_none() && down.is_none() {
            return self.route(from, to);
        }
        // Drawn for packets that get no further, too: so the n-th has the n-th delay, whatever is cut.
        let backbone =
            if self.regions.delays.is_some() { self.backbone(from, to, seed) } else { Span::ZERO };
        if self.cuts.any() && self.cuts.between(from, to) {
            return Way::Cut;
        }
        match (up, down.map(|up| DirectionId(up.0 + 1))) {
            (Some(first), None) => Way::Up { first, backbone },
            (None, Some(last)) => Way::Down { backbone, last },
            (Some(first), Some(_)) if self.are_close(from, to) => Way::Up { first, backbone },
            (Some(first), Some(last)) => Way::UpAndDown { first, backbone, last },
            (None, None) => unreachable!("one of them has an access link"),
        }
    }

    /// How a packet that leaves now over a line would go: one of the sender's, or one of the receiver's.
    pub(crate) fn way_over(&mut self, (from, to): (NodeId, NodeId), line: u32, seed: &Seed) -> Way {
        let backbone =
            if self.regions.delays.is_some() { self.backbone(from, to, seed) } else { Span::ZERO };
        if self.is_cut_behind(line) || self.cuts.any() && self.cuts.between(from, to) {
            return Way::Cut;
        }
        let up = self.lines.get(line).up;
        let access = |node: NodeId| self.hosts[node.index()].access();
        if self.lines.is_own(from, up) {
            match access(to) {
                None => Way::Up { first: up, backbone },
                Some(there) => {
                    Way::UpAndDown { first: up, backbone, last: DirectionId(there.0 + 1) }
                }
            }
        } else {
            let last = DirectionId(up.0 + 1);
            match access(from) {
                None => Way::Down { backbone, last },
                Some(first) => Way::UpAndDown { first, backbone, last },
            }
        }
    }

    /// Whether something behind a line is down.
    pub(crate) fn is_cut_behind(&self, line: u32) -> bool {
        self.lines.get(line).behind.iter().any(|node| !self.hosts[node.index()].is_up())
    }

    /// Whether one access link lies between two nodes that each have one, and not both.
    fn are_close(&self, one: NodeId, other: NodeId) -> bool {
        let group = |node: NodeId| self.places[node.index()].group;
        group(one).is_some() && group(one) == group(other)
    }

    #[inline(never)]
    fn route(&mut self, from: NodeId, to: NodeId) -> Way {
        let Network { routes, directions, hosts, places, .. } = self;
        let carries = |node: NodeId| {
            let host = &hosts[node.index()];
            host.is_up() && host.is_online() && places[node.index()].transit
        };
        routes.find(from, to, directions, carries).map_or(Way::None, Way::Route)
    }
}

/// The entity of a direction: the entities of its ends, so that one more link moves no other's numbers.
fn pair(from: u32, to: u32) -> u64 {
    u64::from(from) << 24 | u64::from(to)
}
