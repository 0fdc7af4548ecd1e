//! Gateways and the links between them: by shape, from a map, one by one.

use std::collections::BTreeMap;

use penult_models::{GatewayId, Gateways, Link};
use penult_sim::{
    Delay, Direction, LinkSpec, MachineSpec, PlaceLink, Purpose, RegionId, Seed, Stream, Topology,
};

use super::{STRIDE, region_of, regions};
use crate::tables::{self, Scenario};
use crate::units::Share;

/// All gateways and links of a scenario; nothing if it shall not go on.
pub(super) fn gateways(
    scenario: &Scenario,
    seed: &Seed,
    goes_on: &dyn Fn() -> bool,
) -> Option<Gateways> {
    let tables = &scenario.gateways;
    let all = (0..tables.count).map(GatewayId);
    let regions = all.filter_map(|gateway| region_of(scenario, gateway)).collect();
    let mut layout = Layout::new(scenario, regions);
    match tables.shape.map() {
        Some(map) => layout.lay_out(&map.topology, goes_on)?,
        None => {
            let shape = tables.shape.built().expect("what is no map is a shape");
            let mut stream = Stream::new(Purpose::TOPOLOGY, 0);
            let map = shape.build(tables.count as usize, &mut || stream.next(seed));
            layout.lay_out(&map, goes_on)?;
        }
    }
    layout.add_own();
    Some(Gateways {
        count: tables.count,
        machine: MachineSpec {
            cpu: tables.cpu.delay(),
            cpu_control: tables.cpu_control.delay(),
            disk: tables.disk.delay(),
        },
        queue: tables.queue.into(),
        regions: layout.regions,
        reroute: tables.reroute,
        specs: layout.specs,
        links: layout.links,
    })
}

/// Links while they are laid out.
struct Layout<'s> {
    usual: LinkSpec,
    /// The region of each gateway, if there are regions.
    regions: Vec<RegionId>,
    /// For each pair of regions, how long it takes between them, if the scenario says so.
    apart: Vec<Vec<Option<Delay>>>,
    /// What the scenario says of single links, by their ends in ascending order; and whether the shape
    /// has them.
    own: BTreeMap<(usize, usize), (&'s tables::Link, bool)>,
    specs: Vec<LinkSpec>,
    links: Vec<Link>,
}

impl<'s> Layout<'s> {
    fn new(scenario: &'s Scenario, regions_of: Vec<RegionId>) -> Self {
        let tables = &scenario.gateways;
        let usual = LinkSpec {
            latency: tables.latency.delay(),
            bandwidth: tables.bandwidth,
            buffer: tables.buffer.map(|bytes| bytes.0),
            loss: tables.loss.fraction(),
            duplicate: tables.duplicate.fraction(),
            corrupt: 0.0,
            order: tables.order.into(),
        };
        let names = regions(scenario);
        let between = |from: &str, to: &str| {
            let delay = scenario.regions.as_ref()?.between(from, to)?.delay();
            // Nothing said of the inside of a region: its links are as usual.
            (from != to || delay != Delay::ZERO).then_some(delay)
        };
        let row = |from: &&str| names.iter().map(|to| between(from, to)).collect();
        let own = tables.link.iter().map(|link| {
            let (a, b) = link.ends();
            let pair = (a.index().min(b.index()), a.index().max(b.index()));
            (pair, (link, false))
        });
        Layout {
            usual,
            apart: names.iter().map(row).collect(),
            regions: regions_of,
            own: own.collect(),
            specs: Vec::new(),
            links: Vec::new(),
        }
    }

    /// A link of which only the ends are known.
    fn usual(&self, from: usize, to: usize) -> LinkSpec {
        let regions = self.regions.get(from).zip(self.regions.get(to));
        let apart = regions.and_then(|(from, to)| self.apart[from.index()][to.index()].clone());
        let mut spec = self.usual.clone();
        if let Some(latency) = apart {
            spec.latency = latency;
        }
        spec
    }

    fn lay_out(&mut self, map: &Topology, goes_on: &dyn Fn() -> bool) -> Option<()> {
        self.links.reserve_exact(map.links.len());
        for (number, link) in map.links.iter().enumerate() {
            if number.is_multiple_of(STRIDE) && !goes_on() {
                return None;
            }
            let (a, b) = link.ends;
            let there = self.direction(map, link, (a, b));
            let back = match link.direction {
                Direction::Both => Some(self.direction(map, link, (b, a))),
                Direction::Forward => None,
            };
            self.links.push(Link { ends: (gateway(a), gateway(b)), there, back });
        }
        Some(())
    }

    /// What a link is like one way: as the scenario says of it, else as the map does, else as its regions
    /// and the others are.
    fn direction(&mut self, map: &Topology, link: &PlaceLink, (from, to): (usize, usize)) -> u32 {
        let mut spec = map.spec_of(link, (from, to), &self.usual(from, to));
        if let Some((own, in_shape)) = self.own.get_mut(&(from.min(to), from.max(to))) {
            *in_shape = true;
            refine(&mut spec, own);
        }
        self.intern(spec)
    }

    /// Adds the links that the scenario names and the shape does not have.
    fn add_own(&mut self) {
        for ((a, b), (own, in_shape)) in std::mem::take(&mut self.own) {
            if in_shape {
                continue;
            }
            let mut way = |from, to| {
                let mut spec = self.usual(from, to);
                refine(&mut spec, own);
                self.intern(spec)
            };
            let (there, back) = (way(a, b), Some(way(b, a)));
            self.links.push(Link { ends: (gateway(a), gateway(b)), there, back });
        }
    }

    /// The place of a spec in the list: equal ones have one.
    fn intern(&mut self, spec: LinkSpec) -> u32 {
        let place = self.specs.iter().position(|it| *it == spec).unwrap_or_else(|| {
            self.specs.push(spec);
            self.specs.len() - 1
        });
        place as u32
    }
}

fn gateway(place: usize) -> GatewayId {
    GatewayId(place as u32)
}

/// What the scenario says of this link counts.
fn refine(spec: &mut LinkSpec, own: &tables::Link) {
    if let Some(latency) = &own.latency {
        spec.latency = latency.delay();
    }
    spec.bandwidth = own.bandwidth.or(spec.bandwidth);
    spec.buffer = own.buffer.map(|bytes| bytes.0).or(spec.buffer);
    spec.loss = own.loss.map_or(spec.loss, Share::fraction);
    spec.duplicate = own.duplicate.map_or(spec.duplicate, Share::fraction);
    spec.order = own.order.map_or(spec.order, Into::into);
}
