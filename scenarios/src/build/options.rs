//! What devices do, and how servers act.

use penult_models::detector::{self, HeartbeatOptions};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::{
    self, ChainOptions, Failback, Repair, ResyncOptions, RouteChoice,
};
use penult_models::strategies::single::{Single, SingleOptions};
use penult_models::{
    ClientOptions, DeleteOn, GatewayId, MessageLimit, Offline, PolicyOptions, ServiceOptions, Spill,
};
use penult_sim::{MachineSpec, Span};

use super::limits::spills;
use super::{region, region_of};
use crate::tables::{
    self, Acks, Clients, Detector, Domain, DomainTarget, Heartbeat, Policy, PolicyLimits,
    Processor, Queues, Route, Scenario, Strategy,
};
use crate::units::Varying;

/// The table of the strategy, as the models have it. What they don't have was refused.
pub(super) fn strategy(scenario: &Scenario, strategy: Strategy) -> StrategyOptions {
    match strategy {
        Strategy::Chain => {
            let chain = &scenario.chain;
            StrategyOptions::of::<chain::Chain>(ChainOptions {
                length: chain.length,
                route: route(scenario),
                split: chain.queues == Queues::Split,
                shared_segments: chain.shared_segments,
                accept_after: chain.accept_after,
                ack_timeout: chain.ack_timeout,
                attempts: chain.attempts,
                acks: chain.acks.into(),
                processor: processor(&chain.processor),
                client_ack_timeout: chain.client_ack_timeout,
                heartbeat: chain.heartbeat.as_ref().map(heartbeat),
                policy: policy(&chain.limits, &chain.policy_cost),
                policy_everywhere: chain.policy == Policy::EveryHop,
                delete_on: chain.delete_on.into(),
                hold: chain.hold,
                spill: spill(scenario, chain.spill, chain.hold),
                probe: chain.probe,
                cache: scenario.directory.cache,
                notice: chain.notice,
                failback: match chain.failback {
                    tables::Failback::Resume => Failback::Resume,
                    tables::Failback::Stay => Failback::Stay,
                },
                failback_after: chain.failback_after,
                repair: match chain.repair {
                    tables::Repair::None => Repair::None,
                    tables::Repair::Replace => Repair::Replace,
                },
                repair_after: chain.repair_after,
                resync: ResyncOptions {
                    batch: chain.resync.batch,
                    bandwidth: chain.resync.bandwidth,
                },
            })
        }
        Strategy::Single => {
            let single = &scenario.single;
            StrategyOptions::of::<Single>(SingleOptions {
                ack_timeout: single.ack_timeout,
                policy: policy(&single.limits, &single.policy_cost),
                policy_everywhere: single.policy == Policy::EveryHop,
                hold: single.hold,
                spill: spill(scenario, single.spill, single.hold),
            })
        }
    }
}

fn heartbeat(heartbeat: &Heartbeat) -> HeartbeatOptions {
    let detector = match heartbeat.detector() {
        Detector::Misses(misses) => detector::Detector::Misses(misses),
        Detector::Phi(phi) => detector::Detector::Phi(phi),
    };
    HeartbeatOptions { every: heartbeat.every, detector }
}

impl From<Acks> for chain::Acks {
    fn from(acks: Acks) -> Self {
        match acks {
            Acks::Hop => chain::Acks::Hop,
            Acks::Central => chain::Acks::Central,
            Acks::Both => chain::Acks::Both,
        }
    }
}

/// When messages go to the store. Without any that would within the run there is none.
fn spill(scenario: &Scenario, spill: tables::Spill, hold: Span) -> Spill {
    match spill {
        _ if !spills(scenario, spill, hold) => Spill::Never,
        tables::Spill::AfterHold => Spill::AfterHold,
        tables::Spill::AtOnce => Spill::AtOnce,
        tables::Spill::Never => Spill::Never,
    }
}

impl From<tables::DeleteOn> for DeleteOn {
    fn from(on: tables::DeleteOn) -> Self {
        match on {
            tables::DeleteOn::Received => DeleteOn::Received,
            tables::DeleteOn::Read => DeleteOn::Read,
            tables::DeleteOn::Viewed => DeleteOn::Viewed,
            tables::DeleteOn::Reply => DeleteOn::Reply,
            tables::DeleteOn::Never => DeleteOn::Never,
        }
    }
}

fn processor(processor: &Processor) -> ServiceOptions {
    let (cpu, cpu_control) = (processor.cpu.delay(), processor.cpu.delay());
    let machine = MachineSpec { cpu, cpu_control, ..MachineSpec::default() };
    ServiceOptions { latency: processor.latency.delay(), machine }
}

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

fn route(scenario: &Scenario) -> RouteChoice {
    let domains = || scenario.chain.domains.iter().map(|it| domain(it, scenario)).collect();
    match scenario.chain.route {
        Route::ShortestPath => RouteChoice::ShortestPath,
        Route::LoadBalanced => RouteChoice::LoadBalanced,
        Route::Domain => RouteChoice::Domain(domains()),
    }
}

fn domain(domain: &Domain, scenario: &Scenario) -> chain::Domain {
    let all = (0..scenario.gateways.count).map(GatewayId);
    let ids = |gateways: &[crate::Gateway]| gateways.iter().map(|it| GatewayId(it.0)).collect();
    let to = match &domain.to {
        DomainTarget::Gateway(gateway) => vec![GatewayId(gateway.0)],
        DomainTarget::Region(name) => {
            let wanted = region(scenario, name);
            all.filter(|&gateway| region_of(scenario, gateway) == wanted).collect()
        }
    };
    chain::Domain { from: ids(&domain.gateways), to, via: ids(&domain.via) }
}

fn policy(limits: &PolicyLimits, cost: &Varying<Span>) -> PolicyOptions {
    let limit = limits.messages.zip(limits.per);
    PolicyOptions {
        cost: cost.delay(),
        messages: limit.map(|(messages, per)| MessageLimit { messages, per }),
        attachment: limits.attachment.map(|bytes| u32::try_from(bytes.0).unwrap_or(u32::MAX)),
        view: limits.view,
    }
}

/// The share of harmful messages, which each strategy's table says for itself.
pub(super) fn harmful(scenario: &Scenario, strategy: Strategy) -> f64 {
    match strategy {
        Strategy::Chain => scenario.chain.harmful.fraction(),
        Strategy::Single => scenario.single.harmful.fraction(),
    }
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
        view_for: clients.view_for.delay(),
        reply_probability: clients.reply_probability.fraction(),
        reply_after: clients.reply_after.delay(),
        offline: clients
            .offline
            .as_ref()
            .map(|offline| Offline { every: offline.every.delay(), lasts: offline.lasts.delay() }),
    }
}
