//! The table `[chain]`.

use penult_sim::Span;

use crate::delete_on::DeleteOn;
use crate::policy::PolicyOptions;
use crate::store::Spill;

/// How the chain acts.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainOptions {
    /// How many gateways hold a message at least, where the network has them.
    pub length: u32,
    /// How many must have stored it before its sender is told so.
    pub accept_after: u32,
    /// How long a gateway waits for an ack.
    pub ack_timeout: Span,
    /// How often it tries; the first send is attempt 1.
    pub attempts: u32,
    /// Policy.
    pub policy: PolicyOptions,
    /// Whether policy runs at every gateway instead of at the source alone.
    pub policy_everywhere: bool,
    /// What makes gateways delete a message.
    pub delete_on: DeleteOn,
    /// How long messages are held.
    pub hold: Span,
    /// When they go to the external store.
    pub spill: Spill,
    /// How often a suspect is asked whether it is there.
    pub probe: Span,
    /// How long the directory gathers changes before it tells them.
    pub notice: Span,
}

impl Default for ChainOptions {
    fn default() -> Self {
        ChainOptions {
            length: 3,
            accept_after: 1,
            ack_timeout: Span::millis(200),
            attempts: 2,
            policy: PolicyOptions::default(),
            policy_everywhere: false,
            delete_on: DeleteOn::Received,
            hold: Span::secs(24 * 3600),
            spill: Spill::Never,
            probe: Span::secs(1),
            notice: Span::ZERO,
        }
    }
}
