//! The top of the file: what it is about, how long it runs, which strategy.

use penult_sim::Span;

use super::{
    Clients, Directory, Expect, Fault, Gateways, Message, Regions, Store, Sweep, Workload,
};
use crate::reading::setting::AboveZero;
use crate::reading::table::table;
use crate::strategies::{Strategy, Tables};
use crate::units::Bytes;

table! {
    /// A scenario: the world, the workload, the faults, the expectations.
    pub struct Scenario {
        /// What happens, in a few words.
        title: String,
        /// The one thing that the scenario is about, in a sentence. `penult list` shows it.
        /// Absent: nothing is shown.
        about: Option<String>,
        /// What all random numbers come from.
        seed: u64 = 1,
        /// How long clients send.
        duration: Span [AboveZero],
        /// Messages of this first part run, but are not counted.
        warmup: Span = "0s",
        /// How long the run goes on after `duration`, to let deliveries finish.
        drain: Span = "30s",
        /// How much memory a run may need, by an estimate that is made before anything is built: what would
        /// need more is refused. Raise it for large worlds on large machines. Of runs side by side, each
        /// may need so much.
        memory_limit: Bytes [AboveZero] = "2GiB",
        /// The strategy that `penult run` runs; `penult compare` runs any.
        strategy: Strategy = "chain",
        /// The gateways, and the links between them.
        gateways: Gateways,
        /// How far regions are apart.
        /// Absent: there are no regions.
        regions: Option<Regions>,
        /// The clients, and how they reach the gateways.
        clients: Clients,
        /// The directory, which knows which gateway hosts which client.
        directory: Directory = {},
        /// The external store, where messages go that stay undelivered for long.
        store: Store = {},
        /// What clients send.
        workload: Workload,
        /// The messages of a workload of kind "list", each by itself.
        message: Vec<Message> = [],
        /// What breaks, and when.
        fault: Vec<Fault> = [],
        /// The tables of the strategies.
        tables: Tables,
        /// What `penult test` checks: each line is a path of summary.json and a condition.
        expect: Expect = {},
        /// What `penult sweep` runs.
        sweep: Sweep = {},
    }
}
