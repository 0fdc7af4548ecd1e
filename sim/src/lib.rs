//! The engine of Penult.
#![forbid(unsafe_code)]

mod id;
pub mod queue;
mod time;

pub use id::{FaultId, LinkId, NodeId, RegionId};
pub use time::{Span, Time};
