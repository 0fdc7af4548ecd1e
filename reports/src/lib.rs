//! Reports of Penult's runs: who watches them, what is written down, and what several runs together say.
//! It changes no run, reads no scenario, and knows no wall clock: the same run gives the same bytes.
//!
//! ```text
//!   Setup ─▶ Watch ─ observes ─▶ Engine ─▶ Outcome ─▶ Summary ─▶ flat ─▶ Expectation, Replicated
//!              │                              │           └────▶ tell
//!   Report ─▶ RowFiles (a row for each        └─▶ Report::write: all files, whole or not at all
//!             delivery, while it runs)
//! ```
//!
//! A report begins before its run, because rows of deliveries and losses are written while it goes on:
//!
//! ```no_run
//! # use penult_models::{Server, Setup};
//! # use penult_reports::{Report, RunName, Watch, WatchOptions, tell};
//! # use penult_sim::Limits;
//! # fn run<S: Server>(setup: &Setup, options: S::Options, name: RunName) -> Result<(), Box<dyn std::error::Error>> {
//! let report = Report::begin("out/failover".as_ref(), name)?;
//! let watch = Watch::new(setup, &WatchOptions::default(), report.row_files(true)?);
//! let mut engine = setup.engine::<S>(options)?.observed_by(watch);
//! // Not before the clients stop sending: faults may yet come, and availability is over all that time.
//! engine.run(&Limits { events: setup.events, ..Limits::until(setup.ends) })?;
//! let to_the_end = Limits { until: setup.stops, events: setup.events, stop_when_quiet: true };
//! engine.run(&to_the_end)?;
//! let outcome = Watch::conclude(engine);
//! assert!(outcome.violations().is_empty());
//! print!("{}", tell(&report.write(outcome)?));
//! # Ok(())
//! # }
//! ```
//!
//! # What is counted over what
//!
//! - Deliveries, their latencies, losses and the timeline: those whose messages were created after the
//!   warm-up and before the end, whenever they ended.
//! - Availability, time without a host, loads and queues: from the warm-up to the end.
//! - Packets, bytes, policy runs, suspicions, changes of host, resyncs, faults: the whole run.
//!
//! A quantity without a sample, such as the median of no latencies, is `null` in JSON and an empty cell in a
//! table. Quantiles are nearest-rank; `latency.csv` says whether they are exact.
#![forbid(unsafe_code)]

mod attachments;
mod bins;
mod book;
pub mod compare;
mod decimal;
mod diff;
mod evidence;
mod expect;
mod failovers;
mod faults;
mod flat;
mod frame;
mod losses;
mod metrics;
mod names;
mod near;
mod outcome;
mod own;
mod page;
pub mod parts;
mod play;
mod plots;
mod promised;
mod recorder;

mod report;
mod row_files;
mod sample;
mod seen;
mod settled;
mod shown;
mod spans;
mod staged;
mod standing;
pub mod statistics;
mod summary;
mod tables;
mod tails;
mod tell;
mod tell_several;
mod told;
mod uncomputed;
mod watch;

pub use attachments::Hosted;
pub use bins::MOST_BINS;
pub use diff::{Change, Compared, Diff, Moved, Read, Side, Unreadable, diff, read_reports};
pub use evidence::Evidence;
pub use expect::{Expectation, Relation, Verdict, Wanted};
pub use failovers::Failover;
pub use faults::Outage;
pub use flat::Value;
pub use frame::{Column, Frame, Kind, column};
pub use metrics::{Metrics, path, paths};
pub use names::RunName;
pub use outcome::Outcome;
pub use own::Nested;
pub use play::{Players, Progress, Stopped, play, play_told};
pub use plots::{Curves, Measure, Panel, SERIES_MAX};
pub use promised::Promised;
pub use report::Report;
pub use row_files::RowFiles;
pub use sample::{Quantile, Sample};
pub use settled::Doubt;
pub use shown::{loss_rate_with_interval, number, plus_minus, signed, with_interval};
pub use spans::TimeUnit;
pub use summary::{
    Cost, Deliveries, Failovers, Latency, Loss, Median, Phases, Resync, SCHEMA, Summary,
};
pub use tell::tell;
pub use tell_several::tell_several;
pub use uncomputed::uncomputed;
pub use watch::{Watch, WatchOptions};
