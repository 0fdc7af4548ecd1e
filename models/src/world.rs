//! The world as every node knows it from the start: who is who, who is where, what is configured.

use std::rc::Rc;

use penult_sim::{NodeId, Span};

use crate::client::ClientOptions;
use crate::ids::{ClientId, GatewayId};
use crate::map::GatewayMap;
use crate::workload::Workload;

/// The configuration of a run, the same for all its nodes. Nothing in it changes.
#[derive(Debug)]
pub struct World<Options> {
    /// Which node is which.
    pub places: Places,
    /// The gateway that each client belongs to.
    pub homes: Vec<GatewayId>,
    /// What devices do.
    pub clients: ClientOptions,
    /// What users send.
    pub workload: Workload,
    /// Where gateways keep their queues.
    pub queue: QueuePlace,
    /// How far gateways are apart, as configured.
    pub map: GatewayMap,
    /// For each gateway the others, the nearest first.
    pub neighbours: Vec<Vec<GatewayId>>,
    /// For each gateway, itself and those to turn to if it should fail, in this order.
    pub lists: Vec<Rc<[GatewayId]>>,
    /// The strategy's own.
    pub strategy: Options,
}

impl<Options> World<Options> {
    /// Whom the clients of a host turn to, the host first.
    pub fn list_of(&self, host: GatewayId) -> Rc<[GatewayId]> {
        self.lists[host.index()].clone()
    }
}

/// Where gateways keep messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueuePlace {
    /// In memory: a crash takes them.
    #[default]
    Memory,
    /// On disk: a message is stored when its write is done, and survives a crash.
    Disk,
}

/// Which node is which. Gateways come first, then services, then clients.
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
}

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

    /// Kind a node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        let number = node.raw();
        if number < self.gateways {
            Kind::Gateway(GatewayId(number))
        } else if number < self.gateways + self.services {
            Kind::Service(number - self.gateways)
        } else {
            Kind::Client(ClientId(number - self.gateways - self.services))
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
        const CLIENTS: u32 = 0x40_0000;
        match self.kind(node) {
            Kind::Gateway(gateway) => gateway.0,
            Kind::Service(number) => SERVICES + number,
            Kind::Client(client) => CLIENTS + client.0,
        }
    }

    /// How many nodes there are.
    pub fn count(&self) -> u32 {
        self.gateways + self.services + self.clients
    }
}

/// A wait that grows: each time by a factor, up to ten seconds.
pub fn backed_off(first: Span, factor: f64, times: u32) -> Span {
    const LONGEST: Span = Span::secs(10);
    let mut wait = first;
    for _ in 0..times {
        if wait >= LONGEST {
            break;
        }
        wait = wait.scaled(factor);
    }
    wait.min(LONGEST.max(first))
}
