//! The scenario file of Penult: its keys, what they mean, and what is wrong with one.
//!
//! A text goes in, plain values come out: every key read, every default filled in, every file that it
//! names read and kept with its hash, every name and number checked. If anything is wrong, all of it
//! comes out instead, each with its line and what would be right. From what was checked, a world is
//! built ([`Loaded::build`]); nothing here runs it.
//!
//! ```text
//!  text ── document ──(--set)── tables ── checks ── Scenario ── to_toml ── text
//!             keys and values      │
//!             with their places    └── the same declarations ── JSON Schema
//! ```
//!
//! ```
//! use penult_scenarios::{InMemory, Overrides, read};
//!
//! let text = br#"
//!     title = "Two gateways"
//!     duration = "10s"
//!     gateways.count = 2
//!     clients.count = 4
//!     workload = { kind = "poisson", rate = "1/s" }
//!     chain = { lenght = 2 }
//! "#;
//! let complaints = read("two.toml", text, &Overrides::none(), &InMemory::default()).unwrap_err();
//! assert_eq!(complaints.errors(), 1);
//! assert!(complaints.to_string().contains("two.toml:7:15"));
//! assert!(complaints.to_string().contains("did you mean `length`?"));
//! ```
#![forbid(unsafe_code)]

mod build;
mod care;
mod check;
mod complaint;
mod empirical;
mod files;
mod library;
mod load;
mod names;
mod nearest;
mod overrides;
pub mod reading;
mod schema;
pub mod strategies;
mod tables;
mod template;
mod units;

pub use build::Built;
pub use care::{Care, Unfit};
pub use check::Checks;
pub use complaint::{At, Complaint, Complaints, More, Severity, Source};
pub use files::{FileName, Files, Folder, InMemory};
pub use library::{LIBRARY, LIBRARY_FILES, STUDIES};
pub use load::{Loaded, load, load_with, read, read_with};
pub use names::{Client, Gateway, MessageName, NodeName};
pub use nearest::nearest;
pub use overrides::Overrides;
pub use schema::schema;
pub use strategies::{Strategies, Strategy, StrategyKeys};
pub use tables::*;
pub use template::template;
pub use units::{Bytes, Empirical, Factor, Length, Quantity, Rate, Share, Speed, Varying};
