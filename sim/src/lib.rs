//! The engine of Penult.
#![forbid(unsafe_code)]

mod id;
mod time;
mod topology;

pub use id::{FaultId, LinkId, NodeId, RegionId};
pub use time::{Span, Time};
pub use topology::{
    Bandwidth, Coordinates, Density, Direction, FailureTrace, MapOptions, MatrixOptions, Outage,
    ParseError, Place, PlaceLink, RegionMatrix, Shape, Topology,
};
