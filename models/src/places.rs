//! Who is who among the nodes.

use penult_sim::NodeId;

use crate::ids::{ClientId, GatewayId};

/// Which node is which. Gateways come first, then services, then clients, and last what their access links run
/// through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// How many gateways there are.
    pub gateways: u32,
    /// How many services.
    pub services: u32,
    /// How many clients.
    pub clients: u32,
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
    /// What all clients' access links run through.
    Access,
}

/// How scenarios name what all clients' access links run through.
pub const ACCESS: &str = "access";

impl Places {
    /// The node of a gateway.
    pub fn gateway(&self, gateway: GatewayId) -> NodeId {
        NodeId::new(gateway.index())
    }

    /// The node of a service.
    pub fn service(&self, number: u32) -> NodeId {
        NodeId::new((self.gateways + number) as usize)
    }

    /// The node of a client's device.
    pub fn client(&self, client: ClientId) -> NodeId {
        NodeId::new((self.gateways + self.services + client.0) as usize)
    }

    /// The node that all clients' access links run through: while it is down they are off the network, and know it.
    pub fn access(&self) -> NodeId {
        NodeId::new((self.gateways + self.services + self.clients) as usize)
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

    /// The client that a node is, where it can be nothing else.
    pub fn as_client(&self, node: NodeId) -> ClientId {
        match self.kind(node) {
            Kind::Client(client) => client,
            kind => panic!("{node} is no client but {kind:?}"),
        }
    }

    /// The number under which a node's random streams are drawn: by its kind and its number there, so
    /// that one more gateway, service or client moves nobody else's.
    pub fn entity(&self, node: NodeId) -> u32 {
        const SERVICES: u32 = 0x30_0000;
        const ACCESS: u32 = 0x3f_ffff;
        const CLIENTS: u32 = 0x40_0000;
        match self.kind(node) {
            Kind::Gateway(gateway) => gateway.0,
            Kind::Service(number) => SERVICES + number,
            Kind::Client(client) => CLIENTS + client.0,
            Kind::Access => ACCESS,
        }
    }

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        self.gateways + self.services + self.clients + 1
    }
}
