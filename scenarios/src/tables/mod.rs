//! The tables of a scenario, one to a file. They are plain values: what they say was checked.

mod clients;
mod expect;
mod fault;
mod fault_keys;
mod fault_read;
mod fault_who;
mod gateways;
mod message;
mod placement;
mod recorded;
mod regions;
mod scenario;
mod services;
mod shape;
mod sweep;
mod sweep_range;
mod workload;

pub use clients::{Access, Clients, OfflinePattern};
pub use expect::{Condition, Expect, Relation, Value};
pub use fault::{Fault, Process, Recorded, Slow, Struck, What, When};
pub use fault_keys::{Direction, DiskFate, Event, FaultKeys, Trigger};
pub(crate) use fault_read::Half;
pub use fault_who::{Target, Who};
pub use gateways::{Gateways, Link, Order, Queue};
pub use message::Message;
pub use placement::Placement;
pub(crate) use recorded::host;
pub use recorded::{RecordedMessage, RecordedMessages};
pub use regions::{RegionLatency, Regions};
pub use scenario::Scenario;
pub use services::{Directory, Store};
pub use shape::{MapFile, MapKeys, Random, ScaleFree, Shape, SmallWorld, Tree};
pub use sweep::{Axis, Sweep};
pub use workload::{
    Attachment, Bursts, Conversations, Diurnal, Kind, KindWord, To, Workload, Zipf,
};
