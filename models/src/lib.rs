//! Messages, devices, gateways and failover strategies, on the engine `penult-sim`. Knows no file.
#![forbid(unsafe_code)]

mod ids;
mod message;
mod note;
mod packet;
pub mod purpose;
mod workload;

pub use ids::{ClientId, DeliveryId, GatewayId, MessageId};
pub use message::{Flags, Message, Recipients};
pub use note::{Drop, Note, Wait};
pub use packet::{Between, Down, ID_BYTES, Packet, Up};
pub use workload::{
    Attachment, Bursts, Conversations, Diurnal, Draft, Draws, List, Listed, People, Recording,
    SendTimes, Sending, Streams, To, Workload, WorkloadError, WorkloadSpec,
};
