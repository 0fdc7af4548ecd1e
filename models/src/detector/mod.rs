//! Failure detectors: how a node finds out by itself that another is silent for too long.
//!
//! They know of no strategy. Whoever uses them says whom to watch, passes on what came, and decides
//! what a silence means.

mod heartbeat;
mod phi;

use penult_sim::Span;

pub use heartbeat::{Heartbeat, HeartbeatTimer, Heartbeats};
pub use phi::{Gaps, LEAST_GAPS, SD_DIVISOR, WINDOW, quantile_of};

/// How often nodes tell each other that they live, and when a silence is too long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeartbeatOptions {
    /// How often.
    pub every: Span,
    /// What silence is too long.
    pub detector: Detector,
}

/// What silence is too long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detector {
    /// So many times as long as heartbeats are apart.
    Misses(u32),
    /// One that is this unlikely, as a negative decimal logarithm: 3 is one in a thousand.
    Phi(f64),
}
