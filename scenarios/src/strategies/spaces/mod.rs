//! `[spaces]`: the keys of the strategy with redundant space servers, and what they become.

mod checks;
mod keys;

use std::sync::Arc;

use penult_models::ServiceOptions;
use penult_models::strategies::spaces::{self, Plan, SpacesOptions};
use penult_sim::{MachineSpec, Time};

pub use keys::{
    ClusterBy, Move, Publish, SpaceHeartbeat, SpaceKey, SpaceServer, Spaces, Subscribe,
};

use super::shared::idle_viewing;
use super::{Idle, Keeps, PolicyKeys, Refusal, StrategyKeys, TopKey};
use crate::check::Checks;
use crate::{Event, Scenario};

/// The table beside: what moves.
const MOVE: &str = "move";

impl StrategyKeys for Spaces {
    type Server = spaces::Spaces;

    const SIZED: Option<(&'static str, &'static str)> =
        Some(("replicas", "How many space servers have each space"));

    fn options(&self, scenario: &Scenario) -> SpacesOptions {
        let mut moves: Vec<spaces::Move> = scenario
            .beside::<Vec<Move>>(MOVE)
            .iter()
            .map(|it| spaces::Move { at: Time::ZERO + it.at, space: it.space.0.clone(), to: it.to })
            .collect();
        // Stable: those of one instant keep their order.
        moves.sort_by_key(|it| it.at);
        SpacesOptions {
            servers: self.servers,
            server: self.server.options(),
            replicas: self.replicas,
            publish: self.publish.into(),
            subscribe: self.subscribe.into(),
            accept_after: self.accept_after,
            lead: self.lead,
            ack_timeout: self.ack_timeout,
            attempts: self.attempts,
            beat: self.heartbeat.every,
            misses: self.heartbeat.misses,
            elect: self.elect,
            probe: self.probe,
            retention: self.retention,
            length: self.length.min(scenario.gateways.count.max(1)),
            notice: self.notice,
            policy: self.policy.options(),
            clusters: self.clusters,
            cluster_by: self.cluster_by.into(),
            teams: self.teams,
            overlap: self.overlap,
            replace_after: self.replace_after,
            moves,
            cache: scenario.directory.cache,
            replies: scenario.clients.reply_probability.percent > 0.0,
            plan: Arc::new(Plan::default()),
        }
    }

    fn beside() -> Vec<TopKey> {
        let about = "A space that goes to another cluster, with the strategy `spaces`.";
        vec![TopKey::of::<Vec<Move>>(MOVE, about, Some("[]"))]
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        self.check_keys(checks);
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        self.check_moves(checks);
        self.check_ack_timeout(checks);
    }

    fn refused(&self, scenario: &Scenario) -> Vec<Refusal> {
        self.refusals(scenario)
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        let limit = ("spaces.limits.view", self.policy.limits.view.is_some());
        let mut idle = self.idle_keys(scenario);
        idle.extend(idle_viewing(scenario, limit));
        idle
    }

    fn keeps(&self, scenario: &Scenario, _hops: f64) -> Keeps {
        let until_the_end = scenario.duration.saturating_add(scenario.drain);
        Keeps {
            copies: f64::from(self.replicas),
            seconds: self.retention.min(until_the_end).as_secs_f64(),
            heartbeats: false,
        }
    }

    fn never(_: Event) -> Option<&'static str> {
        None
    }
}

impl SpaceServer {
    fn options(&self) -> ServiceOptions {
        let machine = MachineSpec {
            cpu: self.cpu.delay(),
            disk: self.write.delay(),
            ..MachineSpec::default()
        };
        ServiceOptions { latency: self.latency.delay(), machine }
    }
}

impl From<Publish> for spaces::Publish {
    fn from(publish: Publish) -> Self {
        match publish {
            Publish::All => spaces::Publish::All,
            Publish::Quorum => spaces::Publish::Quorum,
            Publish::Nearest => spaces::Publish::Nearest,
        }
    }
}

impl From<Subscribe> for spaces::Subscribe {
    fn from(subscribe: Subscribe) -> Self {
        match subscribe {
            Subscribe::All => spaces::Subscribe::All,
            Subscribe::Nearest => spaces::Subscribe::Nearest,
        }
    }
}

impl From<ClusterBy> for spaces::ClusterBy {
    fn from(by: ClusterBy) -> Self {
        match by {
            ClusterBy::None => spaces::ClusterBy::None,
            ClusterBy::Region => spaces::ClusterBy::Region,
            ClusterBy::Team => spaces::ClusterBy::Team,
            ClusterBy::Volume => spaces::ClusterBy::Volume,
            ClusterBy::Members => spaces::ClusterBy::Members,
        }
    }
}
