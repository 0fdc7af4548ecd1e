//! What devices do, the same for all.

use penult_sim::{Delay, Span};

/// The configuration of devices.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientOptions {
    /// How often a device asks its host whether it is there.
    pub keepalive: Span,
    /// How long it waits for an answer of any kind.
    pub send_timeout: Span,
    /// How often it tries to send a message.
    pub send_attempts: u32,
    /// By how much each wait is longer than the one before.
    pub send_backoff: f64,
    /// How long it waits before it turns to another gateway.
    pub reconnect: Span,
    /// How long after its coming a message is read.
    pub read_after: Delay,
    /// How long the user looks at it, if it may be looked at for so long. Absent: as long as it may be, and no
    /// time where nothing limits it.
    pub view_for: Option<Delay>,
    /// The chance that it is answered.
    pub reply_probability: f64,
    /// How long after reading.
    pub reply_after: Delay,
    /// How often and for how long the user takes it offline; absent: never.
    pub offline: Option<Offline>,
}

/// How often and for how long a user takes a device offline.
#[derive(Clone, Debug, PartialEq)]
pub struct Offline {
    /// From the return to the next leave.
    pub every: Delay,
    /// From leave to return.
    pub lasts: Delay,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            keepalive: Span::secs(10),
            send_timeout: Span::secs(2),
            send_attempts: 10,
            send_backoff: 2.0,
            reconnect: Span::millis(500),
            read_after: Delay::ZERO,
            view_for: None,
            reply_probability: 0.0,
            reply_after: Delay::ZERO,
            offline: None,
        }
    }
}
