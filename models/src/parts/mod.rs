//! Parts: what the servers of strategies are made of.
//!
//! A part has its own state, and does what is the same wherever it is used: it sends its letters, sets its
//! timers, and says what came of it. What that means, whoever has the part decides. It knows no strategy and no
//! other part: what it needs of a server stands in a trait beside it.

pub mod insist;
pub mod suspects;

#[cfg(test)]
mod trial;

pub use insist::{Again, Insist, Pace, Saying};
pub use suspects::{AreYouThere, Peer, Probe, Suspects, WithSuspects};
