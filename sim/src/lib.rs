//! The engine of Penult.
#![forbid(unsafe_code)]

mod id;
mod time;

pub use id::{FaultId, LinkId, NodeId, RegionId};
pub use time::{Span, Time};
