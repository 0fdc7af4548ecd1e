//! Faults: from the names of nodes to the nodes of the engine.

use std::cell::RefCell;

use penult_models::{
    ACCESS, ClientId, GatewayId, MessageId, Part, Places, RELAY, ServiceName, Setup,
};
use penult_sim::{self as sim, NodeId, Time};

use super::region;
use crate::names::NodeName;
use crate::strategies::Strategy;
use crate::tables::{Direction, Fault, Scenario, Target, What, When, Who};

/// What is wrong with a fault, and at which of its keys.
pub(super) struct Wrong {
    pub(super) key: &'static str,
    pub(super) what: String,
    pub(super) mend: String,
}

/// The nodes of a world, by their names.
pub(super) struct Nodes<'s> {
    setup: &'s Setup,
    places: Places,
    services: Vec<ServiceName>,
    conduits: Vec<ServiceName>,
    /// The services that the fault in hand names and the strategy doesn't have.
    missing: RefCell<Vec<ServiceName>>,
    /// Those of which it was said before.
    said: Vec<ServiceName>,
}

impl<'s> Nodes<'s> {
    pub(super) fn of_setup(setup: &'s Setup) -> Self {
        Nodes {
            setup,
            places: setup.places(),
            services: setup.services().iter().map(|service| service.name).collect(),
            conduits: setup.strategy.reach().conduits,
            missing: RefCell::default(),
            said: Vec::new(),
        }
    }

    /// A fault in this world. Nothing if it is on services only that the strategy doesn't have.
    pub(super) fn fault(
        &mut self,
        fault: &Fault,
        scenario: &Scenario,
    ) -> Result<Option<sim::Fault>, Wrong> {
        self.missing.take();
        let Some(what) = self.what(fault, scenario)? else { return Ok(None) };
        let when = match &fault.when {
            When::Once { at, lasts } => sim::When::Once { at: *at, lasts: *lasts },
            When::Process(process) => {
                let who = match &what {
                    sim::What::Crash { who, .. } | sim::What::Offline(who) => Some(who),
                    _ => None,
                };
                if let (Some(together), Some(sim::Who::Nodes(nodes))) = (process.together, who)
                    && together as usize > nodes.len()
                {
                    return Err(Wrong {
                        key: "together",
                        what: format!("{together} of {} can't fail together", nodes.len()),
                        mend: format!("{} or fewer", nodes.len()),
                    });
                }
                sim::When::Process(sim::Process {
                    up: process.mtbf.delay(),
                    down: process.mttr.delay(),
                    together: process.together.map(|together| together as usize),
                    named: named(&fault.what, process.together.is_some()),
                    from: process.from,
                    until: process.until.unwrap_or(Time::NEVER),
                })
            }
            When::Recorded(recorded) => {
                let record = |struck: &crate::Struck| {
                    let node = self.of(struck.node)?;
                    Some(sim::Record { node, down: struck.down, up: struck.up })
                };
                sim::When::Recorded(recorded.struck.iter().filter_map(record).collect())
            }
            When::Triggered { after, lasts, .. } => {
                sim::When::Triggered { after: *after, lasts: *lasts }
            }
        };
        Ok(Some(sim::Fault { what, when }))
    }

    /// What sets off the fault of this number, if it waits for something. Nothing comes of an event at services only
    /// that the strategy doesn't have: then what is on no node is met by none.
    pub(super) fn trigger(&self, fault: &Fault, number: usize) -> Option<penult_models::Trigger> {
        let When::Triggered { trigger, .. } = &fault.when else { return None };
        let nobody = || sim::Who::Nodes(Vec::new());
        let node = trigger.node.as_ref().map(|who| self.who(who, fault).unwrap_or_else(nobody));
        Some(penult_models::Trigger {
            fault: number,
            event: trigger.event.into(),
            node,
            message: trigger.message.map(|message| MessageId::of_workload(message.0.into())),
            client: trigger.client.map(|client| ClientId(client.0)),
            nth: trigger.nth,
        })
    }

    /// Why the fault in hand is on nobody, in words.
    pub(super) fn nobody(&self, strategy: Strategy) -> String {
        let missing = self.missing.borrow();
        match missing.first() {
            Some(&service) => {
                let there =
                    strategy.there_with(service).map_or(String::new(), |it| format!(": {it}"));
                format!("the strategy `{strategy}` has no `{service}` in this run{there}")
            }
            None => format!("the strategy `{strategy}` has no such node in this run"),
        }
    }

    /// What the fault in hand does without, in words; of each service once.
    pub(super) fn left_out(&mut self, strategy: Strategy) -> Vec<String> {
        let mut words = Vec::new();
        for service in self.missing.take() {
            if !self.said.contains(&service) {
                self.said.push(service);
                words.push(format!(
                    "the strategy `{strategy}` has no `{service}` in this run: faults that name it do without"
                ));
            }
        }
        words
    }

    /// The node of this name; nothing for a service that the strategy doesn't have.
    fn of(&self, name: NodeName) -> Option<NodeId> {
        match name {
            NodeName::Gateway(gateway) => Some(self.places.gateway(GatewayId(gateway.0))),
            NodeName::Client(client) => Some(self.places.client(ClientId(client.0))),
            NodeName::Access => Some(self.places.access()),
            NodeName::Service(service) => {
                let among = |names: &[ServiceName]| {
                    names.iter().position(|name| *name == service).map(|number| number as u32)
                };
                let relay = (service.kind == RELAY).then_some(service.number).flatten();
                let relay = relay.filter(|&number| number < self.places.relays);
                let node = among(&self.services)
                    .map(|number| self.places.service(number))
                    .or_else(|| among(&self.conduits).map(|number| self.places.conduit(number)))
                    .or_else(|| relay.map(|number| self.places.relay(number)));
                if node.is_none() {
                    self.missing.borrow_mut().push(service);
                }
                node
            }
        }
    }

    fn what(&self, fault: &Fault, scenario: &Scenario) -> Result<Option<sim::What>, Wrong> {
        Ok(match &fault.what {
            What::Crash { who, disk } => {
                self.who(who, fault).map(|who| sim::What::Crash { who, disk: (*disk).into() })
            }
            What::Offline(who) => self.who(who, fault).map(sim::What::Offline),
            What::Region(name) => region(scenario, name).map(sim::What::Region),
            What::Link { ends, direction } => self
                .ends(*ends, "link")?
                .map(|ends| sim::What::Link { ends, one_way: *direction == Direction::Forward }),
            What::Partition(groups) => self.partition(groups).map(sim::What::Partition),
            What::Slow { target: Target::Node(node), slow } => self.of(*node).map(|node| {
                sim::What::Slow { who: sim::Who::Nodes(vec![node]), gray: slow.gray() }
            }),
            What::Slow { target: Target::Link(one, other), slow } => {
                let ends = self.ends((*one, *other), "slow")?;
                ends.map(|ends| sim::What::SlowLink { ends, gray: slow.gray() })
            }
        })
    }

    /// Whom a fault is on, or waits for, if that is anybody.
    fn who(&self, who: &Who, fault: &Fault) -> Option<sim::Who> {
        let places = self.places;
        let nodes: Vec<NodeId> = match who {
            Who::Nodes(names) => names.iter().filter_map(|&name| self.of(name)).collect(),
            Who::Gateways => {
                (0..places.gateways).map(|number| places.gateway(GatewayId(number))).collect()
            }
            Who::Clients => {
                (0..places.clients).map(|number| places.client(ClientId(number))).collect()
            }
            Who::Services => (0..places.services).map(|number| places.service(number)).collect(),
            Who::Recorded => {
                let When::Recorded(recorded) = &fault.when else { return None };
                let struck = recorded.struck.iter().filter_map(|struck| self.of(struck.node));
                let mut nodes: Vec<NodeId> = struck.collect();
                nodes.sort_unstable();
                nodes.dedup();
                nodes
            }
            Who::HostOf(client) => {
                return Some(sim::Who::Role(Part::HostOf(ClientId(client.0)).into()));
            }
            Who::PenultimateOf(client) => {
                return Some(sim::Who::Role(Part::PenultimateOf(ClientId(client.0)).into()));
            }
        };
        (!nodes.is_empty()).then_some(sim::Who::Nodes(nodes))
    }

    /// The ends of a link, if both are there.
    fn ends(
        &self,
        (one, other): (NodeName, NodeName),
        key: &'static str,
    ) -> Result<Option<(NodeId, NodeId)>, Wrong> {
        if let (NodeName::Gateway(a), NodeName::Gateway(b)) = (one, other) {
            let (a, b) = (GatewayId(a.0), GatewayId(b.0));
            let mut links = self.setup.gateways.links.iter();
            if !links.any(|link| link.ends == (a, b) || link.ends == (b, a)) {
                return Err(Wrong {
                    key,
                    what: format!("{one} and {other} share no link with this seed"),
                    mend: "name two that are linked, or add the link: [[gateways.link]]".to_owned(),
                });
            }
        }
        Ok(self.of(one).zip(self.of(other)))
    }

    /// Gateways and services that no group has are in the first; clients that none has are in none.
    fn partition(&self, groups: &[Vec<NodeName>]) -> Option<Vec<Vec<NodeId>>> {
        let places = self.places;
        let node = |&name: &NodeName| self.of(name);
        let mut groups: Vec<Vec<NodeId>> =
            groups.iter().map(|group| group.iter().filter_map(node).collect()).collect();
        let named: Vec<NodeId> = groups.iter().flatten().copied().collect();
        let servers = (0..places.gateways + places.services).map(|it| NodeId::new(it as usize));
        let unnamed = servers.filter(|node| !named.contains(node));
        groups.first_mut()?.extend(unnamed);
        groups.retain(|group| !group.is_empty());
        (groups.len() > 1).then_some(groups)
    }
}

/// What names the random streams of a process on several nodes: all that the scenario says it is on, there or
/// not, so that it comes at the same instants under a strategy that lacks one of them. Nothing where the
/// engine's own choice, all that it is on, is the same under every strategy.
fn named(what: &What, together: bool) -> Option<Vec<u32>> {
    let entities =
        |names: &mut dyn Iterator<Item = &NodeName>| names.map(|&it| entity(it)).collect();
    match what {
        What::Partition(groups) => Some(entities(&mut groups.iter().flatten())),
        What::Crash { who, .. } | What::Offline(who) if together => match who {
            Who::Nodes(names) => Some(entities(&mut names.iter())),
            Who::Services => Some(Vec::new()),
            _ => None,
        },
        _ => None,
    }
}

fn entity(name: NodeName) -> u32 {
    match name {
        NodeName::Gateway(gateway) => Places::entity_of_gateway(GatewayId(gateway.0)),
        NodeName::Client(client) => Places::entity_of_client(ClientId(client.0)),
        NodeName::Service(service) => service.entity(),
        NodeName::Access => ServiceName::only(ACCESS).entity(),
    }
}
