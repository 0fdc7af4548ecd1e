//! Clients: where each is at home, and how it gets there.

use penult_models::{GatewayId, purpose};
use penult_sim::{Draw, LinkSpec, Seed, Stream};

use crate::tables::{Access, Placement, Scenario};

/// The gateway that each client belongs to.
pub(super) fn homes(scenario: &Scenario, seed: &Seed) -> Vec<GatewayId> {
    let (clients, gateways) = (scenario.clients.count, scenario.gateways.count);
    let placement = &scenario.clients.placement;
    if gateways == 0 {
        return vec![GatewayId::NOWHERE; clients as usize];
    }
    match placement {
        Placement::RoundRobin => (0..clients).map(|client| GatewayId(client % gateways)).collect(),
        // Each client draws for itself: one more moves nobody else.
        Placement::Random => (0..clients)
            .map(|client| {
                let mut stream = Stream::new(purpose::PLACEMENT, client.into());
                GatewayId(stream.with(seed).below(gateways.into()) as u32)
            })
            .collect(),
        Placement::Counts(_) => placement
            .counts()
            .flat_map(|(gateway, count)| std::iter::repeat_n(gateway, count as usize))
            .collect(),
    }
}

/// The link of a client.
pub(crate) fn access(access: &Access) -> LinkSpec {
    LinkSpec {
        latency: access.latency.delay(),
        bandwidth: access.bandwidth,
        buffer: access.buffer.map(|bytes| bytes.0),
        loss: access.loss.fraction(),
        duplicate: access.duplicate.fraction(),
        corrupt: 0.0,
        order: access.order.into(),
    }
}
