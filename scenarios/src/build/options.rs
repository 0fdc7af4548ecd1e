//! What devices do, and the services that strategies share.

use penult_models::{ClientOptions, Facts, Offline, ServiceOptions};
use penult_sim::MachineSpec;

use super::regions;
use crate::tables::{Clients, Scenario};
use crate::units::Varying;

/// The directory.
pub(super) fn directory(scenario: &Scenario) -> ServiceOptions {
    let latency = scenario.directory.latency.delay();
    ServiceOptions { latency, machine: MachineSpec::default() }
}

/// The external store.
pub(super) fn store(scenario: &Scenario) -> ServiceOptions {
    let machine = MachineSpec { disk: scenario.store.write.delay(), ..MachineSpec::default() };
    ServiceOptions { latency: scenario.store.latency.delay(), machine }
}

/// What a scenario says of services, whatever the strategy.
pub(super) fn facts<'s>(
    scenario: &Scenario,
    directory: &'s ServiceOptions,
    store: &'s ServiceOptions,
) -> Facts<'s> {
    let regions = regions(scenario).len() as u32;
    Facts { directory, store, regions, queue: scenario.gateways.queue.into() }
}

/// What devices do.
pub(super) fn clients(clients: &Clients) -> ClientOptions {
    ClientOptions {
        keepalive: clients.keepalive,
        send_timeout: clients.send_timeout,
        send_attempts: clients.send_attempts,
        send_backoff: clients.send_backoff,
        reconnect: clients.reconnect,
        read_after: clients.read_after.delay(),
        view_for: clients.view_for.as_ref().map(Varying::delay),
        reply_probability: clients.reply_probability.fraction(),
        reply_after: clients.reply_after.delay(),
        offline: clients
            .offline
            .as_ref()
            .map(|offline| Offline { every: offline.every.delay(), lasts: offline.lasts.delay() }),
    }
}
