//! Who is who among the nodes.

use penult_sim::NodeId;

use crate::ids::{ClientId, GatewayId};
use crate::service::ServiceName;

/// Which node is which. Gateways come first, then services, then clients, then relays, then conduits, and last what
/// the clients' access links run through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// How many gateways there are.
    pub gateways: u32,
    /// How many services.
    pub services: u32,
    /// How many clients.
    pub clients: u32,
    /// How many devices without a user.
    pub relays: u32,
    /// How many nodes that do nothing but stand or fall, and others' ways with them.
    pub conduits: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A gateway.
    Gateway(GatewayId),
    /// The service with this number.
    Service(u32),
    /// A client's device.
    Client(ClientId),
    /// The device without a user that has this number.
    Relay(u32),
    /// What ways lead through that has this number: it does nothing but stand or fall.
    Conduit(u32),
    /// What all clients' access links run through.
    Access,
}

impl Kind {
    /// The number of a device, if it is one: clients come first, relays after them.
    pub fn is_device(self) -> bool {
        matches!(self, Kind::Client(_) | Kind::Relay(_))
    }
}

/// How scenarios name what all clients' access links run through.
pub const ACCESS: &str = "access";

/// What stands before the number of a device without a user.
pub const RELAY: &str = "r";

impl Places {
    /// The node of a gateway.
    pub fn gateway(&self, gateway: GatewayId) -> NodeId {
        NodeId::new(gateway.index())
    }

    /// The node of a service.
    pub fn service(&self, number: u32) -> NodeId {
        NodeId::new((self.gateways + number) as usize)
    }

    /// The node of a client's device. A relay is numbered on after the clients.
    pub fn client(&self, client: ClientId) -> NodeId {
        NodeId::new((self.gateways + self.services + client.0) as usize)
    }

    /// The node that all clients' access links run through: while it is down they are off the network, and know it.
    pub fn access(&self) -> NodeId {
        NodeId::new((self.count() - 1) as usize)
    }

    /// The node of a device without a user.
    pub fn relay(&self, number: u32) -> NodeId {
        self.client(ClientId(self.clients + number))
    }

    /// The node of what ways lead through.
    pub fn conduit(&self, number: u32) -> NodeId {
        NodeId::new((self.gateways + self.services + self.clients + self.relays + number) as usize)
    }

    /// How many devices there are, with and without users.
    pub fn devices(&self) -> u32 {
        self.clients + self.relays
    }

    /// What a node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        let number = node.raw();
        if number < self.gateways {
            Kind::Gateway(GatewayId(number))
        } else if number < self.gateways + self.services {
            Kind::Service(number - self.gateways)
        } else if number < self.gateways + self.services + self.clients {
            Kind::Client(ClientId(number - self.gateways - self.services))
        } else if number < self.gateways + self.services + self.devices() {
            Kind::Relay(number - self.gateways - self.services - self.clients)
        } else if number + 1 < self.count() {
            Kind::Conduit(number - self.gateways - self.services - self.devices())
        } else {
            Kind::Access
        }
    }

    /// The gateway that a node is, where it can be nothing else.
    pub fn as_gateway(&self, node: NodeId) -> GatewayId {
        match self.kind(node) {
            Kind::Gateway(gateway) => gateway,
            kind => panic!("{node} is no gateway but {kind:?}"),
        }
    }

    /// The client that a node is, where it can be nothing else but a relay, which is numbered on after them.
    pub fn as_client(&self, node: NodeId) -> ClientId {
        match self.kind(node) {
            Kind::Client(client) => client,
            Kind::Relay(number) => ClientId(self.clients + number),
            kind => panic!("{node} is no client but {kind:?}"),
        }
    }

    /// More gateways than this have no numbers to draw under.
    pub const GATEWAYS_MAX: u32 = ServiceName::FIRST_ENTITY;
    /// More clients than this have none: an engine's entities are below 2^24 - 1.
    pub const CLIENTS_MAX: u32 = (1 << 24) - 1 - Self::CLIENTS;
    /// Clients draw under their number and this.
    const CLIENTS: u32 = ServiceName::END_OF_ENTITIES;

    /// The number under which a node's random streams are drawn: by its kind and its number there, or of a
    /// service by its name, so that one more gateway, service or client moves nobody else's. `services`
    /// are those of the run, by their numbers.
    pub fn entity(&self, node: NodeId, services: &[ServiceName], conduits: &[ServiceName]) -> u32 {
        match self.kind(node) {
            Kind::Gateway(gateway) => Self::entity_of_gateway(gateway),
            Kind::Service(number) => services[number as usize].entity(),
            Kind::Client(client) => Self::entity_of_client(client),
            Kind::Relay(number) => ServiceName::numbered(RELAY, number).entity(),
            Kind::Conduit(number) => conduits[number as usize].entity(),
            Kind::Access => ServiceName::only(ACCESS).entity(),
        }
    }

    /// The number under which a gateway draws in any run.
    pub const fn entity_of_gateway(gateway: GatewayId) -> u32 {
        gateway.0
    }

    /// The number under which a client draws in any run.
    pub const fn entity_of_client(client: ClientId) -> u32 {
        Self::CLIENTS + client.0
    }

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        self.gateways + self.services + self.clients + self.relays + self.conduits + 1
    }
}
