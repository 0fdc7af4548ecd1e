//! The world as every node knows it from the start: what is configured.

use std::sync::Arc;

use penult_sim::Span;

use crate::client::ClientOptions;
use crate::ids::{ClientId, GatewayId};
use crate::map::GatewayMap;
use crate::places::Places;
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
    pub map: Arc<GatewayMap>,
    /// For each gateway the others, the nearest first.
    pub neighbours: Arc<[Vec<GatewayId>]>,
    /// For each gateway, itself and those to turn to if it should fail, in this order.
    pub lists: Vec<Arc<[GatewayId]>>,
    /// The strategy's own.
    pub strategy: Options,
}

impl<Options> World<Options> {
    /// Whom the clients of a host turn to, the host first.
    pub fn list_of(&self, host: GatewayId) -> Arc<[GatewayId]> {
        self.lists[host.index()].clone()
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
