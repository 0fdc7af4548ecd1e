//! The table `[chain]`.

use penult_sim::Span;

use crate::policy::PolicyOptions;

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
    /// How long messages are held.
    pub hold: Span,
    /// How often a suspect is asked whether it is there.
    pub probe: Span,
    /// Whether gateways keep what the directory said of hosts; else each message costs a question.
    pub cache: bool,
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
            hold: Span::secs(24 * 3600),
            probe: Span::secs(1),
            cache: true,
            notice: Span::ZERO,
        }
    }
}
