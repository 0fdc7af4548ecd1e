//! Reports of Penult's runs: who watches them, and what is written down.
#![forbid(unsafe_code)]

mod attachments;
mod bins;
mod book;
mod decimal;
mod expect;
mod failovers;
mod faults;
mod flat;
mod names;
mod near;
mod outcome;
mod recorder;
mod report;
mod row_files;
mod sample;
mod staged;
pub mod statistics;
mod summary;
mod tables;
mod tell;
mod watch;

pub use attachments::Hosted;
pub use bins::MOST_BINS;
pub use expect::{Expectation, Relation, Unit, Verdict, Wanted};
pub use failovers::Failover;
pub use faults::Outage;
pub use flat::Value;
pub use names::RunName;
pub use outcome::Outcome;
pub use report::Report;
pub use row_files::RowFiles;
pub use sample::{Quantile, Sample};
pub use summary::{
    Cost, Deliveries, Failovers, Latency, Loss, Median, Phases, Resync, SCHEMA, Summary,
};
pub use tell::tell;
pub use watch::{Watch, WatchOptions};
