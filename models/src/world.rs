//! The world as every node knows it from the start: what is configured.

use std::sync::Arc;

use penult_sim::NodeId;

use crate::client::ClientOptions;
use crate::ids::{ClientId, GatewayId};
use crate::map::GatewayMap;
use crate::places::Places;
use crate::server::Needs;
use crate::service::ServiceName;
use crate::services::ServiceKind;
use crate::workload::Workload;

/// The configuration of a run, the same for all its nodes. Nothing in it changes.
#[derive(Debug)]
pub struct World<Options> {
    /// Which node is which.
    pub places: Places,
    /// How the services are called, in the order of their nodes.
    pub services: Vec<ServiceName>,
    /// The gateway that each client belongs to, then each relay; [nowhere](GatewayId::NOWHERE) where there are none.
    pub homes: Vec<GatewayId>,
    /// What devices do.
    pub clients: ClientOptions,
    /// What users send.
    pub workload: Workload,
    /// Where gateways keep their queues.
    pub queue: QueuePlace,
    /// How far gateways are apart, as configured.
    pub map: Arc<GatewayMap>,
    /// For each gateway the others, the nearest first.
    pub neighbours: Arc<[Vec<GatewayId>]>,
    /// For each gateway, itself and those to turn to if it should fail, in this order.
    pub lists: Vec<Arc<[GatewayId]>>,
    /// What the strategy needs the world to be like.
    pub needs: Needs,
    /// The strategy's own.
    pub strategy: Options,
}

impl<Options> World<Options> {
    /// Whom the clients of a host turn to, the host first.
    pub fn list_of(&self, host: GatewayId) -> Arc<[GatewayId]> {
        self.lists[host.index()].clone()
    }

    /// The nodes of a client's home and of those to turn to after it.
    pub fn nodes_of(&self, client: ClientId) -> impl Iterator<Item = NodeId> + '_ {
        self.chain_of(client).iter().map(|&gateway| self.places.gateway(gateway))
    }

    /// The nodes of all gateways but this one.
    pub fn gateways_beside(&self, node: NodeId) -> impl Iterator<Item = NodeId> + use<Options> {
        let all = (0..self.places.gateways).map(|number| NodeId::new(number as usize));
        all.filter(move |&other| other != node)
    }

    /// The only service of a kind, if there is one.
    pub fn service(&self, kind: ServiceKind) -> Option<NodeId> {
        let number = self.services.iter().position(|name| name.kind == kind.name)?;
        Some(self.places.service(number as u32))
    }

    /// A client's home and those to turn to after it.
    pub fn chain_of(&self, client: ClientId) -> &[GatewayId] {
        &self.lists[self.homes[client.index()].index()]
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
