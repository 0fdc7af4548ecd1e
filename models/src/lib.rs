//! Messages, devices, gateways and failover strategies, on the engine `penult-sim`. Knows no file.
#![forbid(unsafe_code)]

mod ids;
mod ledger;
mod message;
mod note;
mod packet;
mod places;

pub use ids::{ClientId, DeliveryId, GatewayId, MessageId};
pub use ledger::{
    Broken, Cause, CauseKind, Costs, Example, Fate, GatewayLoad, Ledger, LedgerOptions, Level,
    Phase, Phases, PlaceName, Row, ServiceName, Sink, Totals, Violation, Violations,
};
pub use message::{Flags, Message, Recipients};
pub use note::{Drop, Note, Wait};
pub use packet::{Between, Down, ID_BYTES, Packet, Up};
pub use places::{Places, Who};
