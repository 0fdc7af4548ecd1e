//! The table `[replay]`, as servers take it.

use penult_sim::Span;

use crate::policy::PolicyOptions;
use crate::services::ServiceOptions;

/// The table `[replay]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayOptions {
    /// How many gateways a client has on its list, its host first.
    pub length: u32,
    /// How long servers wait for the bus's answer before they ask again, doubling to 10 s.
    pub ack_timeout: Span,
    /// A replica that is silent to so many sendings of a packet is left out.
    pub attempts: u32,
    /// Each replica of the bus.
    pub bus: ServiceOptions,
    /// How many there are.
    pub replicas: u32,
    /// How often each says that it is there.
    pub every: Span,
    /// So many missing, and it is gone.
    pub misses: u32,
    /// Events fall out so long after the primary's write.
    pub retention: Span,
    /// Only so many newest of each client are kept; absent: all.
    pub retention_events: Option<u32>,
    /// From push to push of each dispatcher; zero: nothing.
    pub between_pushes: Span,
    /// So many temporary dispatchers on a server at a time; absent: any number.
    pub max_temporary: Option<u32>,
    /// How long it takes to start one.
    pub start: Span,
    /// Where a device without a number begins.
    pub begin: Begin,
    /// A device's number goes to its disk with every so-manieth event.
    pub store_every: u32,
    /// What makes a connection unreliable; absent: nothing but missed keepalives.
    pub unreliable: Option<Unreliable>,
    /// Policy.
    pub policy: PolicyOptions,
}

/// Where a device without a number begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begin {
    /// With what comes from now on.
    #[default]
    Tip,
    /// With all that is kept.
    All,
}

/// From when on a connection is unreliable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unreliable {
    /// A mean round trip above this; absent: any will do.
    pub rtt: Option<Span>,
    /// A larger share of unanswered keepalives than this; absent: any will do.
    pub loss: Option<f64>,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        ReplayOptions {
            length: 3,
            ack_timeout: Span::millis(200),
            attempts: 2,
            bus: ServiceOptions::default(),
            replicas: 1,
            every: Span::millis(500),
            misses: 3,
            retention: Span::secs(24 * 3600),
            retention_events: None,
            between_pushes: Span::ZERO,
            max_temporary: None,
            start: Span::ZERO,
            begin: Begin::Tip,
            store_every: 1,
            unreliable: None,
            policy: PolicyOptions::default(),
        }
    }
}

impl ReplayOptions {
    /// Who was not heard for so long is gone.
    pub(super) fn silence(&self) -> Span {
        self.every.saturating_mul(self.misses.into())
    }
}
