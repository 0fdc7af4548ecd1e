//! `[directory]` and `[store]`.

use penult_sim::Span;

use crate::reading::table::table;
use crate::units::Varying;

table! {
    /// The directory, which knows which gateway hosts which client.
    pub struct Directory {
        /// How long a packet takes to it or from it. May vary: each packet takes its own time, and may
        /// overtake others.
        latency: Varying<Span> = "0s",
        /// Whether gateways keep its answers. If not, each message costs one question for all its recipients
        /// that its gateway does not host itself, and waits for the answer.
        cache: bool = true,
    }
}

table! {
    /// The external store, where messages go that stay undelivered for long.
    pub struct Store {
        /// How long a packet takes to it or from it. May vary.
        latency: Varying<Span> = "1ms",
        /// How long it takes to write a message. May vary.
        write: Varying<Span> = "0us",
    }
}
