//! `[single]`: the keys of the strategy without failover.

use penult_sim::Span;

use super::{Policy, PolicyLimits, Spill};
use crate::reading::setting::AboveZero;
use crate::reading::table::table;
use crate::units::{Share, Varying};

table! {
    /// The keys of the strategy `single`.
    pub struct Single {
        /// How long a gateway waits for the acknowledgement of the next before it sends again; doubled
        /// each time up to 10 s.
        ack_timeout: Span [AboveZero] = "200ms",
        /// Where policy runs.
        policy: Policy = "source",
        /// CPU time for each run of the policy, one piece of work with the packet's own. May vary.
        policy_cost: Varying<Span> = "0ms",
        /// What a sender may send.
        limits: PolicyLimits = {},
        /// The share of messages that the policy blocks for what they say.
        harmful: Share = "0%",
        /// How long gateways keep a message that is not delivered.
        hold: Span [AboveZero] = "24h",
        /// When a message goes to the external store.
        spill: Spill = "after-hold",
    }
}
