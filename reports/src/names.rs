//! How a run and its nodes are called in reports.

use penult_models::{Kind, PlaceName, Places, RELAY, ServiceName, Setup};
use penult_sim::NodeId;

/// Which run a report is about. Every table carries it, so that rows stand alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName {
    /// The scenario.
    pub scenario: String,
    /// The strategy.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
}

/// What nodes are called.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) places: Places,
    pub(crate) services: Vec<ServiceName>,
    pub(crate) conduits: Vec<ServiceName>,
}

impl Names {
    /// What the nodes of a setup are called.
    pub(crate) fn of_setup(setup: &Setup) -> Names {
        let services = setup.services().iter().map(|service| service.name).collect();
        let conduits = setup.strategy.reach().conduits;
        Names { places: setup.places(), services, conduits }
    }

    pub(crate) fn of(&self, node: NodeId) -> PlaceName {
        match self.places.kind(node) {
            Kind::Gateway(gateway) => PlaceName::Gateway(gateway),
            Kind::Client(client) => PlaceName::Client(client),
            Kind::Relay(number) => PlaceName::Service(ServiceName::numbered(RELAY, number)),
            Kind::Conduit(number) => PlaceName::Service(self.conduits[number as usize]),
            Kind::Access => PlaceName::Access,
            Kind::Service(number) => PlaceName::Service(self.services[number as usize]),
        }
    }

    /// Several, in one cell.
    pub(crate) fn list(&self, nodes: &[NodeId]) -> String {
        let names: Vec<String> = nodes.iter().map(|&node| self.of(node).to_string()).collect();
        names.join(" ")
    }
}
