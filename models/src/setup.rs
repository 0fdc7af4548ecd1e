//! Setting a run up: the plain description of a world, and how it becomes nodes on a network.

use std::sync::Arc;

use penult_sim::{
    Fault, LinkSpec, MachineSpec, Network, NodeId, NodeSpec, Order, RegionDelays, RegionId, Seed,
    Time,
};

use crate::client::ClientOptions;
use crate::director::Trigger;
use crate::ids::{ClientId, GatewayId};
use crate::ledger::LedgerOptions;
use crate::maps::{Atlas, STRIDE};
use crate::places::{ACCESS, Places};
use crate::reach::LineSpec;
use crate::server::Server;
use crate::service::ServiceName;
use crate::services::{Facts, ServiceOptions, ServiceSpec};
use crate::strategies::StrategyOptions;
use crate::workload::{Workload, WorkloadError, WorkloadSpec};
use crate::world::{QueuePlace, World};

/// Everything that a run is a function of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What all random numbers come from.
    pub seed: u64,
    /// Messages created before this run, but are not counted.
    pub warmup: Time,
    /// When users stop sending.
    pub ends: Time,
    /// When the run stops at the latest.
    pub stops: Time,
    /// How many events it may take.
    pub events: u64,
    /// The gateways.
    pub gateways: Gateways,
    /// How far regions are apart.
    pub regions: Option<RegionDelays>,
    /// The directory, for strategies that have one.
    pub directory: ServiceOptions,
    /// The external store, for strategies that have one.
    pub store: ServiceOptions,
    /// The gateway that each client belongs to; [nowhere](GatewayId::NOWHERE) where there are none.
    pub homes: Vec<GatewayId>,
    /// The link of each client to the edge of its home's region.
    pub access: LinkSpec,
    /// What devices do.
    pub clients: ClientOptions,
    /// What users send.
    pub workload: WorkloadSpec,
    /// What breaks, and when.
    pub faults: Vec<Fault>,
    /// What sets off those of them that wait for an event.
    pub triggers: Vec<Trigger>,
    /// How servers act.
    pub strategy: StrategyOptions,
}

/// The gateways and the links between them.
#[derive(Clone, Debug, Default)]
pub struct Gateways {
    /// How many there are.
    pub count: u32,
    /// The CPU and the disk of each.
    pub machine: MachineSpec,
    /// Where they keep their queues.
    pub queue: QueuePlace,
    /// The region of each, if there are regions.
    pub regions: Vec<RegionId>,
    /// Whether packets go around a link while it is down.
    pub reroute: bool,
    /// What links are like.
    pub specs: Vec<LinkSpec>,
    /// The links.
    pub links: Vec<Link>,
}

/// A link between gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its ends.
    pub ends: (GatewayId, GatewayId),
    /// Its place in the list of specs, on the way there.
    pub there: u32,
    /// The same for the way back; absent: it leads one way only.
    pub back: Option<u32>,
}

impl Setup {
    /// The services of the run, in the order of their nodes.
    pub fn services(&self) -> Vec<ServiceSpec> {
        let Setup { directory, store, gateways, .. } = self;
        let between = self.regions.as_ref().map_or(0, RegionDelays::count);
        let of_gateways = gateways.regions.iter().map(|region| region.index() + 1);
        let regions = of_gateways.fold(between, usize::max) as u32;
        self.strategy.services(&Facts { directory, store, regions, queue: gateways.queue })
    }

    /// Which node is which.
    pub fn places(&self) -> Places {
        let reach = self.strategy.reach();
        Places {
            gateways: self.gateways.count,
            services: self.services().len() as u32,
            clients: u32::try_from(self.homes.len()).expect("fewer than 2^32 clients"),
            relays: reach.relays,
            conduits: reach.conduits.len() as u32,
        }
    }

    /// The gateway that each device belongs to: those of clients, then those of relays, which are dealt on.
    fn all_homes(&self) -> Vec<GatewayId> {
        let Places { gateways, clients, relays, .. } = self.places();
        let dealt = (clients..clients + relays).map(|number| match number.checked_rem(gateways) {
            Some(gateway) => GatewayId(gateway),
            None => GatewayId::NOWHERE,
        });
        self.homes.iter().copied().chain(dealt).collect()
    }

    /// What a ledger of this run has to know.
    pub fn ledger_options(&self) -> LedgerOptions {
        LedgerOptions {
            places: self.places(),
            services: self.services(),
            conduits: self.strategy.reach().conduits,
            devices_carry: self.strategy.reach().carries,
            gateways_on_disk: self.gateways.queue == QueuePlace::Disk
                && self.strategy.needs().queue_at_gateways,
            warmup: self.warmup,
            ends: self.ends,
        }
    }

    /// The network of the run. Nothing if it shall not go on before it is there.
    pub(crate) fn network<S: Server>(
        &self,
        options: &S::Options,
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Network> {
        let mut steps = 0_usize;
        let mut goes_on = || {
            steps += 1;
            (!steps.is_multiple_of(STRIDE) || goes_on()).then_some(())
        };
        let places = self.places();
        let mut network = Network::new();
        network.reroute(self.gateways.reroute);
        if let Some(regions) = &self.regions {
            network.set_regions(regions.clone());
        }
        let region_of = |gateway: GatewayId| self.gateways.regions.get(gateway.index()).copied();
        let services = self.services();
        let names: Vec<ServiceName> = services.iter().map(|service| service.name).collect();
        let reach = S::reach(options);
        let named: Vec<ServiceName> = names.iter().chain(&reach.conduits).copied().collect();
        check_apart(&named);
        let entity =
            |node: u32| Some(places.entity(NodeId::new(node as usize), &names, &reach.conduits));
        for gateway in 0..places.gateways {
            network.add_node(&NodeSpec {
                machine: self.gateways.machine.clone(),
                region: region_of(GatewayId(gateway)),
                entity: entity(gateway),
                ..NodeSpec::default()
            });
        }
        for (node, spec) in (places.gateways..).zip(services) {
            let ServiceSpec { name, machine, region, latency, is_close, .. } = spec;
            // The first of its kind is the name of the group.
            let first = || names.iter().position(|other| other.kind == name.kind);
            let group = is_close.then(first).flatten();
            let group = group.map(|group| group as u32);
            let spec = NodeSpec { machine, region, transit: false, entity: entity(node), group };
            let service = network.add_node(&spec);
            // What comes from all sides stands in no queue.
            let spec = LinkSpec { order: Order::Free, ..LinkSpec::with_latency(latency) };
            network.add_access(service, &spec);
        }
        let device = NodeSpec { transit: false, ..NodeSpec::default() };
        for (number, &home) in (places.gateways + places.services..).zip(&self.all_homes()) {
            goes_on()?;
            let region = region_of(home);
            network.add_node(&NodeSpec { region, entity: entity(number), ..device.clone() });
        }
        for conduit in 0..places.conduits {
            let entity = entity(places.conduit(conduit).raw());
            network.add_node(&NodeSpec { entity, ..device.clone() });
        }
        for link in &self.gateways.links {
            goes_on()?;
            let (a, b) = (places.gateway(link.ends.0), places.gateway(link.ends.1));
            let spec = |place: u32| &self.gateways.specs[place as usize];
            match link.back {
                Some(back) => network.add_uneven_link(a, b, spec(link.there), spec(back)),
                None => network.add_one_way_link(a, b, spec(link.there)),
            };
        }
        let access =
            network.add_node(&NodeSpec { entity: entity(places.access().raw()), ..device });
        for device in 0..places.devices() {
            goes_on()?;
            let node = places.client(ClientId(device));
            if reach.has_lines {
                network.expect_lines(node);
                for line in S::lines(options, device, &places) {
                    let LineSpec { link, carrier, behind } = line;
                    network.add_line(node, &link, carrier, &behind);
                }
            } else {
                network.add_access(node, &self.access);
            }
        }
        if !reach.has_lines {
            network.add_gate(access, places.client(ClientId(0))..places.relay(places.relays));
        }
        Some(network)
    }

    /// The number under which a node's random streams are drawn.
    pub fn entity(&self, node: NodeId) -> u32 {
        let names: Vec<ServiceName> = self.services().iter().map(|it| it.name).collect();
        self.places().entity(node, &names, &self.strategy.reach().conduits)
    }

    /// What all nodes of the run know from the start.
    pub(crate) fn world<Options>(
        &self,
        strategy: Options,
        Atlas { map, neighbours }: Atlas,
    ) -> Result<World<Options>, WorkloadError> {
        let all = (0..self.gateways.count).map(GatewayId);
        let needs = self.strategy.needs();
        let listed = needs.list as usize;
        let list = |host: GatewayId| -> Arc<[GatewayId]> {
            let near = neighbours[host.index()].iter().copied();
            std::iter::once(host).chain(near).take(listed).collect()
        };
        let lists = all.map(list).collect();
        let places = self.places();
        let seed = Seed::new(self.seed);
        Ok(World {
            places,
            services: self.services().iter().map(|service| service.name).collect(),
            homes: self.all_homes(),
            clients: self.clients.clone(),
            workload: Workload::new(self.workload.clone(), places.clients, self.ends, &seed)?,
            queue: self.gateways.queue,
            map,
            neighbours,
            lists,
            needs,
            strategy,
        })
    }
}

/// Names of services are the strategy's: two that draw under one number are its mistake.
fn check_apart(services: &[ServiceName]) {
    let access = ServiceName::only(ACCESS);
    let all = services.iter().chain([&access]);
    let mut taken: Vec<(u32, &ServiceName)> = all.map(|it| (it.entity(), it)).collect();
    taken.sort_unstable();
    for pair in taken.windows(2) {
        let [(one, name), (other, another)] = pair else { unreachable!("windows of two") };
        assert!(
            one != other,
            "{name} and {another} draw under one number: call one of them otherwise"
        );
    }
}
