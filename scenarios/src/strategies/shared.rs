//! What tables of several strategies share: the keys of policy, and when messages go to the external store.

use penult_models::{MessageLimit, PolicyOptions};
use penult_sim::Span;

use super::Idle;
use crate::check::Checks;
use crate::reading::setting::{AboveZero, Magnitude};
use crate::reading::table::{choice, table};
use crate::units::{Bytes, Share, Varying};
use crate::{Message, Scenario, Store};

table! {
    /// What policy does, and where.
    pub struct PolicyKeys {
        /// Where policy runs.
        policy: Policy = "source",
        /// CPU time for each run of the policy, one piece of work with the packet's own. May vary.
        policy_cost: Varying<Span> = "0ms",
        /// What a sender may send.
        limits: PolicyLimits = {},
        /// The share of messages that the policy blocks for what they say.
        harmful: Share = "0%",
    }
}

table! {
    /// What a sender may send.
    pub struct PolicyLimits {
        /// How many messages a sender may send in each period `per`; more are rejected.
        /// Absent: any number.
        messages: Option<u32>,
        /// The period for `messages`.
        /// Absent: there is no limit on messages.
        per: Option<Span> [AboveZero],
        /// How large an attachment may be; a larger one is stripped.
        /// Absent: any size.
        attachment: Option<Bytes>,
        /// How long a message may be viewed; a longer time is cut.
        /// Absent: any time.
        view: Option<Span>,
    }
}

choice! {
    /// Where policy runs.
    pub enum Policy {
        /// Once, at the source.
        Source = "source",
        /// At every gateway on the way.
        EveryHop = "every-hop",
    }
}

choice! {
    /// When a message goes to the external store.
    pub enum Spill {
        /// When gateways have kept it for `hold`.
        AfterHold = "after-hold",
        /// At once, beside being relayed.
        AtOnce = "at-once",
        /// Never: after `hold` it is gone.
        Never = "never",
    }
}

impl PolicyKeys {
    /// As servers take it.
    pub fn options(&self) -> PolicyOptions {
        let limits = &self.limits;
        let limit = limits.messages.zip(limits.per);
        PolicyOptions {
            cost: self.policy_cost.delay(),
            messages: limit.map(|(messages, per)| MessageLimit { messages, per }),
            attachment: limits.attachment.map(|bytes| u32::try_from(bytes.0).unwrap_or(u32::MAX)),
            view: limits.view,
        }
    }

    /// Whether it runs at every gateway.
    pub fn runs_everywhere(&self) -> bool {
        self.policy == Policy::EveryHop
    }

    /// Whether they fit together. `table`: whose keys they are.
    pub(crate) fn check(&self, table: &str, checks: &mut Checks<'_, '_>) {
        let path = |key: &str| format!("{table}.limits.{key}");
        match (self.limits.messages.is_some(), self.limits.per.is_some()) {
            (true, false) if !checks.is_given(&path("per")) => {
                let what = "a limit on messages without a period";
                checks.error(&path("messages"), what, "add `per`, as in per = \"1min\"");
            }
            (false, true) if !checks.is_given(&path("messages")) => {
                let what = "a period without a limit on messages";
                checks.error(&path("per"), what, "add `messages`, as in messages = 10");
            }
            _ => {}
        }
    }
}

impl Spill {
    /// As servers take it. Where nothing would go to the store within the run there is none.
    pub fn within(self, scenario: &Scenario, hold: Span) -> penult_models::Spill {
        let end = scenario.duration.saturating_add(scenario.drain);
        match self {
            Spill::AfterHold if hold < end => penult_models::Spill::AfterHold,
            Spill::AtOnce => penult_models::Spill::AtOnce,
            Spill::AfterHold | Spill::Never => penult_models::Spill::Never,
        }
    }
}

/// When there is a store.
pub const STORE_THERE_WITH: &str =
    "there is one with a `hold` within the run, or `spill = \"at-once\"`";

/// The keys of the store, where nothing goes to it.
pub fn idle_store(scenario: &Scenario, spill: penult_models::Spill) -> Vec<Idle> {
    const ACTS: &str = "it acts where messages go to the store: with a `hold` within the run, or \
                        `spill = \"at-once\"`";
    let store = &scenario.store;
    let is_idle = spill == penult_models::Spill::Never;
    let latency = is_idle && store.latency != Store::default().latency;
    let write = is_idle && !store.write.is_zero();
    let all = [Idle::when(latency, "store.latency", ACTS), Idle::when(write, "store.write", ACTS)];
    all.into_iter().flatten().collect()
}

/// The keys of reading and viewing, where nothing depends on viewing. `limit`: the strategy's key for how long a message
/// may be viewed, and whether it is given.
pub fn idle_viewing(scenario: &Scenario, limit: (&'static str, bool)) -> Vec<Idle> {
    const VIEWING: &str = "leave it out: nothing depends on viewing";
    let (clients, replies) = (&scenario.clients, scenario.clients.reply_probability);
    let reads = !clients.read_after.is_zero() && replies.percent <= 0.0;
    let all = [
        Idle::when(clients.view_for.is_some(), "clients.view_for", VIEWING),
        Idle::when(
            reads,
            "clients.read_after",
            "it acts with a `reply_probability` above zero only",
        ),
        Idle::when(scenario.workload.view.is_some(), "workload.view", VIEWING),
        Idle::when(limit.1, limit.0, VIEWING),
        idle_view(scenario),
    ];
    all.into_iter().flatten().collect()
}

/// `view` of single messages, where nothing depends on viewing.
pub fn idle_view(scenario: &Scenario) -> Option<Idle> {
    let views = |message: &Message| message.view.is_some();
    Idle::when(
        scenario.message.iter().any(views),
        "`view` of a message",
        "it acts with `delete_on = \"viewed\"` in [chain]",
    )
}
