//! The engine of Penult.
#![forbid(unsafe_code)]

mod agenda;
mod bandwidth;
mod context;
mod engine;
mod faults;
mod fingerprint;
mod id;
mod id_map;
mod kernel;
mod network;
mod node;
mod observe;
pub mod queue;
mod random;
mod time;
mod topology;

pub use agenda::TimerId;
pub use bandwidth::Bandwidth;
pub use context::Context;
pub use engine::{Ending, Engine, EventLimit, Limits};
pub use faults::{Director, DiskFate, Fault, FaultError, Process, Record, Role, What, When, Who};
pub use fingerprint::Fingerprint;
pub use id::{FaultId, LinkId, NodeId, RegionId};
pub use id_map::IdMap;
pub use network::{Gray, LinkSpec, Loss, LostBy, MachineSpec, Network, NodeSpec, Order, Traffic};
pub use node::{Ids, Node, Packet};
pub use observe::{Carried, Notes, Observed, Observer};
pub use random::{
    BufferedDrawing, BufferedStream, Delay, Distribution, DistributionError, Draw, Drawing, Law,
    Purpose, Seed, Stream, normal_above, normal_quantile,
};
pub use time::{Span, Time};
pub use topology::{
    Coordinates, Density, Direction, FailureTrace, MapOptions, MatrixOptions, Outage, ParseError,
    Place, PlaceLink, RegionMatrix, Shape, Topology,
};
