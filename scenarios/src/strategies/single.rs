//! `[single]`: the keys of the strategy without failover.

use penult_models::ServiceKind;
use penult_models::strategies::single::{self, SingleOptions};
use penult_sim::Span;

use super::shared::{STORE_THERE_WITH, idle_store, idle_viewing};
use super::{Idle, PolicyKeys, Spill, StrategyKeys};
use crate::check::Checks;
use crate::reading::setting::{AboveZero, Spread};
use crate::reading::table::table;
use crate::{Event, Scenario};

table! {
    /// The keys of the strategy `single`.
    pub struct Single {
        /// How long a gateway waits for the acknowledgement of the next before it sends again; doubled
        /// each time up to 10 s.
        ack_timeout: Span [AboveZero] = "200ms",
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
        /// How long gateways keep a message that is not delivered.
        hold: Span [AboveZero] = "24h",
        /// When a message goes to the external store.
        spill: Spill = "after-hold",
    }
}

impl StrategyKeys for Single {
    type Server = single::Single;

    fn options(&self, scenario: &Scenario) -> SingleOptions {
        SingleOptions {
            ack_timeout: self.ack_timeout,
            policy: self.policy.options(),
            policy_everywhere: self.policy.runs_everywhere(),
            hold: self.hold,
            spill: self.spill.within(scenario, self.hold),
        }
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        checks.ack_timeout(self.ack_timeout, "single.ack_timeout");
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        let mut idle = idle_store(scenario, self.spill.within(scenario, self.hold));
        let limit = ("single.limits.view", self.policy.limits.view.is_some());
        idle.extend(idle_viewing(scenario, limit));
        idle
    }

    fn never(event: Event) -> Option<&'static str> {
        let comes =
            matches!(event, Event::Sent | Event::Stored | Event::Accepted | Event::Delivered);
        (!comes).then_some("the strategy `single` suspects nobody and hands nothing over")
    }

    fn there_with(kind: ServiceKind) -> Option<&'static str> {
        (kind == ServiceKind::STORE).then_some(STORE_THERE_WITH)
    }
}
