//! `[chain]`: the keys of the strategy that relays along a chain, and what they become.

mod checks;
mod keys;

use penult_models::detector::{self, HeartbeatOptions};
use penult_models::strategies::chain::{self, ChainOptions, ResyncOptions, RouteChoice};
use penult_models::{GatewayId, ServiceKind, ServiceOptions};
use penult_sim::{MachineSpec, Span};

pub use keys::{
    Acks, Chain, DeleteOn, Detector, Domain, DomainTarget, Failback, Heartbeat, Processor, Queues,
    Repair, Resync, ResyncWhat, Route, Triggers,
};

use super::shared::{STORE_THERE_WITH, idle_store, idle_view};
use super::{Idle, Keeps, PolicyKeys, Refusal, StrategyKeys};
use crate::Scenario;
use crate::check::Checks;
use crate::reading::setting::Magnitude;

impl StrategyKeys for Chain {
    type Server = chain::Chain;

    const SIZED: Option<(&'static str, &'static str)> =
        Some(("length", "The lengths of the chain"));

    fn options(&self, scenario: &Scenario) -> ChainOptions {
        ChainOptions {
            length: self.length,
            route: self.route(scenario),
            split: self.queues == Queues::Split,
            shared_segments: self.shared_segments,
            accept_after: self.accept_after,
            ack_timeout: self.ack_timeout,
            attempts: self.attempts,
            acks: self.acks.into(),
            processor: self.processor.options(),
            client_ack_timeout: self.client_ack_timeout,
            heartbeat: self.heartbeat.as_ref().map(Heartbeat::options),
            policy: self.policy.options(),
            policy_everywhere: self.policy.runs_everywhere(),
            delete_on: self.delete_on.0.iter().map(|&on| on.into()).collect(),
            hold: self.hold,
            spill: self.spill.within(scenario, self.hold),
            probe: self.probe,
            cache: scenario.directory.cache,
            notice: self.notice,
            failback: match self.failback {
                Failback::Resume => chain::Failback::Resume,
                Failback::Stay => chain::Failback::Stay,
            },
            failback_after: self.failback_after,
            repair: match self.repair {
                Repair::None => chain::Repair::None,
                Repair::Replace => chain::Repair::Replace,
            },
            repair_after: self.repair_after,
            resync: ResyncOptions {
                batch: self.resync.batch,
                bandwidth: self.resync.bandwidth,
                what: match self.resync.what {
                    ResyncWhat::All => chain::ResyncWhat::All,
                    ResyncWhat::Undelivered => chain::ResyncWhat::Undelivered,
                },
            },
        }
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        self.check_heartbeat(checks);
        self.check_domains(checks);
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        checks.list_length(self.length, "chain.length", "a chain");
        self.check_ack_timeout(checks);
    }

    fn refused(&self, _: &Scenario) -> Vec<Refusal> {
        // What stands in for a dead member has no place in a fixed chain.
        let is_fixed = self.queues == Queues::Split;
        let repair = Refusal {
            what: "a dead gateway is not replaced in `split`, where each user's chain is fixed",
            mend: "`queues = \"both\"`, or `repair = \"none\"`",
            key: "chain.repair",
            beside: ("chain.queues", "the queues"),
        };
        let route = Refusal {
            what: "there is nothing to choose in `split`, where a message goes along the users' chains",
            mend: "`queues = \"both\"`, or `route = \"shortest-path\"`",
            key: "chain.route",
            beside: ("chain.queues", "the queues"),
        };
        let all = [(repair, self.repair != Repair::None), (route, self.route != Route::default())];
        let wrong = all.into_iter().filter(|&(_, is_asked)| is_fixed && is_asked);
        wrong.map(|(refusal, _)| refusal).collect()
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        const VIEWED: &str = "it acts with `delete_on = \"viewed\"` in [chain]";
        let (clients, replies) = (&scenario.clients, scenario.clients.reply_probability);
        let viewed = self.delete_on.has(DeleteOn::Viewed);
        let reads = !clients.read_after.is_zero()
            && replies.percent <= 0.0
            && !(self.delete_on.has(DeleteOn::Read) || viewed);
        let mut idle = idle_store(scenario, self.spill.within(scenario, self.hold));
        let own = [
            Idle::when(clients.view_for.is_some() && !viewed, "clients.view_for", VIEWED),
            Idle::when(
                reads,
                "clients.read_after",
                "it acts with `delete_on = \"read\"` or \"viewed\" in [chain], or with a \
                 `reply_probability`",
            ),
            Idle::when(scenario.workload.view.is_some() && !viewed, "workload.view", VIEWED),
            Idle::when(
                self.policy.limits.view.is_some() && !viewed,
                "chain.limits.view",
                "it acts with `delete_on = \"viewed\"`",
            ),
            Idle::when(
                self.acks == Acks::Hop && self.processor != Processor::default(),
                "chain.processor",
                "leave it out: there is none with `acks = \"hop\"`",
            ),
            idle_view(scenario).filter(|_| !viewed),
        ];
        idle.extend(own.into_iter().flatten());
        idle
    }

    fn keeps(&self, scenario: &Scenario, hops: f64) -> Keeps {
        let (length, clients) = (f64::from(self.length), &scenario.clients);
        let read = clients.read_after.mean() / 1e9;
        let hold = self.hold.as_secs_f64();
        let until = |trigger: &DeleteOn| match trigger {
            DeleteOn::Received => 0.0,
            DeleteOn::Read => read,
            DeleteOn::Viewed => read + self.looks(scenario),
            DeleteOn::Reply | DeleteOn::Never => hold,
        };
        let seconds = self.delete_on.0.iter().map(until).fold(hold, f64::min);
        Keeps {
            copies: match self.queues {
                Queues::Split => 2.0 * length,
                Queues::Both => length.max(hops + 1.0),
            },
            seconds,
            heartbeats: self.heartbeat.is_some(),
        }
    }

    fn there_with(kind: ServiceKind) -> Option<&'static str> {
        match kind.name {
            "processor" => Some("there is one with `acks = \"central\"` or `\"both\"` in [chain]"),
            "store" => Some(STORE_THERE_WITH),
            _ => None,
        }
    }
}

impl Chain {
    /// For how many seconds users look at a message, on average: as long as they want and may.
    fn looks(&self, scenario: &Scenario) -> f64 {
        let wanted = scenario.clients.view_for.as_ref().map(|wanted| wanted.mean() / 1e9);
        let asked = scenario.workload.view.as_ref().map(|asked| asked.mean() / 1e9);
        let limit = self.policy.limits.view.map(Span::as_secs_f64);
        let all = [wanted, asked, limit].into_iter().flatten();
        all.min_by(f64::total_cmp).unwrap_or(0.0)
    }

    fn route(&self, scenario: &Scenario) -> RouteChoice {
        match self.route {
            Route::ShortestPath => RouteChoice::ShortestPath,
            Route::LoadBalanced => RouteChoice::LoadBalanced,
            Route::Domain => {
                RouteChoice::Domain(self.domains.iter().map(|it| it.options(scenario)).collect())
            }
        }
    }
}

impl Domain {
    fn options(&self, scenario: &Scenario) -> chain::Domain {
        let ids = |gateways: &[crate::Gateway]| gateways.iter().map(|it| GatewayId(it.0)).collect();
        let to = match &self.to {
            DomainTarget::Gateway(gateway) => vec![GatewayId(gateway.0)],
            DomainTarget::Region(name) => scenario.gateways_in(name),
        };
        chain::Domain { from: ids(&self.gateways), to, via: ids(&self.via) }
    }
}

impl Heartbeat {
    fn options(&self) -> HeartbeatOptions {
        let detector = match self.detector() {
            Detector::Misses(misses) => detector::Detector::Misses(misses),
            Detector::Phi(phi) => detector::Detector::Phi(phi),
        };
        HeartbeatOptions { every: self.every, detector }
    }
}

impl Processor {
    fn options(&self) -> ServiceOptions {
        let (cpu, cpu_control) = (self.cpu.delay(), self.cpu.delay());
        let machine = MachineSpec { cpu, cpu_control, ..MachineSpec::default() };
        ServiceOptions { latency: self.latency.delay(), machine }
    }
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

impl From<DeleteOn> for penult_models::DeleteOn {
    fn from(on: DeleteOn) -> Self {
        match on {
            DeleteOn::Received => penult_models::DeleteOn::Received,
            DeleteOn::Read => penult_models::DeleteOn::Read,
            DeleteOn::Viewed => penult_models::DeleteOn::Viewed,
            DeleteOn::Reply => penult_models::DeleteOn::Reply,
            DeleteOn::Never => penult_models::DeleteOn::Never,
        }
    }
}
