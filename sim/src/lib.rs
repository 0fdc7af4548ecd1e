//! The engine of Penult.
#![forbid(unsafe_code)]

mod id;
mod random;
mod time;

pub use id::{FaultId, LinkId, NodeId, RegionId};
pub use random::{
    BufferedDrawing, BufferedStream, Delay, Distribution, DistributionError, Draw, Drawing, Law,
    Purpose, Seed, Stream, normal_above, normal_quantile,
};
pub use time::{Span, Time};
