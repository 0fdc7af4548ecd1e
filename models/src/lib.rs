//! Messages, devices, gateways and failover strategies, on the engine `penult-sim`. Knows no file.
#![forbid(unsafe_code)]

mod ids;
mod message;
mod note;
mod packet;

pub use ids::{ClientId, DeliveryId, GatewayId, MessageId};
pub use message::{Flags, Message, Recipients};
pub use note::{Drop, Note, Wait};
pub use packet::{Between, Down, ID_BYTES, Packet, Up};
