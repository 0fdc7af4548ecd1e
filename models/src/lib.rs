//! Messages, devices, gateways and failover strategies, on the engine `penult-sim`. Knows no file, no key and no report.
//!
//! A [`Setup`] is everything that a run is a function of, in plain values. It becomes nodes on a network, which share a
//! [`World`]: what is configured, and never changes. Each node is a [`Member`]: a device, or a server of the strategy.
//!
//! ```text
//!   Setup ─┬─ Workload, ClientOptions ─▶ Device: Client (outbox, inbox, attachment, telling; a Side of the strategy)
//!          │                               │ Up ▼  ▲ Down
//!          ├─ StrategyOptions ───────────▶ Server: gateways and services, made of parts
//!          │                               │ Between: the strategy's own packets, from any node to any other
//!          ├─ Fault, Trigger ────────────▶ Engine, Director
//!          │                               ▼ Note: what a node did
//!          └─ LedgerOptions ─────────────▶ Ledger: every copy of every delivery; fates, phases, causes
//! ```
//!
//! # What holds it together
//!
//! - **Nodes are honest.** A handler has its own memory, its own disk and the world as it is configured. What it knows
//!   of others came in packets. Notes go out to who watches, and nothing comes back.
//! - **A strategy is a type** ([`Server`]): static all through, each one instantiation of the engine. Its folder in
//!   [`strategies`] is the only place here that knows its name.
//! - **Parts** ([`parts`]) are what servers are made of: taking in, hosting, seats at the directory, suspects, insisting,
//!   transfers, parking. Each has its own state and tests, and none knows a strategy.
//! - **The ledger** believes nobody: it counts copies from packets and notes, gives each loss a time, a place and a
//!   cause, and ends the run if notes and packets contradict each other.
//! - **Names**, never places in lists, choose the random streams of what is random: [`purpose`].
#![forbid(unsafe_code)]

mod by_delivery;
mod client;
mod contacts;
mod delete_on;
pub mod detector;
mod device;
mod director;
mod directory;
mod effort;
mod few;
mod ids;
mod ledger;
mod line;
mod map;
mod maps;
mod member;
mod message;
mod metric;
mod note;
#[cfg(test)]
mod overload;
pub mod own;
mod packet;
pub mod parts;
mod places;
mod policy;
pub mod purpose;
mod reach;
mod remembered;
mod run;
mod server;
mod service;
mod services;
mod setup;
mod store;
pub mod strategies;

mod workload;
mod world;
mod writing;

pub use by_delivery::ByDelivery;
pub use client::{
    Client, ClientDisk, ClientOptions, ClientTimer, FIRST_EPOCH, Nothing, Offline, Plain, Side,
    With, WordOf,
};
pub use contacts::{ContactOptions, ContactsFrom};
pub use delete_on::{DeleteOn, Triggers};
pub use device::Device;
pub use director::{Director, Event, Part, Trigger};
pub use directory::{
    Change, Claim, Directory, DirectoryDisk, DirectoryLetter, DirectoryTimer, Hosted, WithDirectory,
};
pub use few::Few;
pub use ids::{ClientId, DeliveryId, GatewayId, MessageId};
pub use ledger::{
    Broken, Cause, CauseKind, Costs, Example, Fate, GatewayLoad, Ledger, LedgerOptions, Level,
    Phase, Phases, PlaceName, Row, Sink, Totals, Violation, Violations,
};
pub use map::{GatewayMap, Paths};
pub use maps::{Atlas, Maps};
pub use member::{Member, MemberDisk, MemberTimer, TimerOf};
pub use message::{Flags, Message, Recipients};
pub use metric::{Better, Fold, Metric, Unit, family};
pub use note::{Drop, Note, Wait};
pub use own::{
    Own, OwnCell, OwnColumn, OwnCount, OwnKind, OwnLevel, OwnMetric, OwnNote, OwnNumbers,
    OwnSample, OwnTable, Sight, Slot, Source, Stat, Watcher, seen,
};
pub use packet::{Between, DeviceWord, Down, ID_BYTES, Packet, Up};
pub use parts::{
    Again, AreYouThere, Hosting, Insist, Intake, Known, Leaving, Pace, Parking, ParkingTimer, Peer,
    Probe, Saying, SeatTimer, Seats, Sorted, Suspects, Transfer, Unacknowledged, View, WithParking,
    WithSeats, WithSuspects, Write, Written,
};
pub use places::{ACCESS, Kind, Places, RELAY};
pub use policy::{MessageLimit, Policy, PolicyOptions, Verdict};
pub use reach::{LineSpec, Reach};
pub use remembered::Remembered;
pub use run::Unbuilt;
pub use server::{Cx, Needs, Promises, Server};
pub use service::ServiceName;
pub use services::{Facts, ServiceKind, ServiceOptions, ServiceSpec};
pub use setup::{Gateways, Link, Setup};
pub use store::{Mail, Spill, Store, StoreDisk, StoreLetter, StoreTimer, WithStore};
pub use workload::{
    Attachment, Bursts, Conversations, Diurnal, Draft, Draws, List, Listed, SendTimes, Sending,
    Streams, To, Workload, WorkloadError, WorkloadSpec,
};
pub use world::{QueuePlace, World};
pub use writing::Writing;
