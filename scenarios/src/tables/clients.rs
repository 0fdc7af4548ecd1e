//! `[clients]`: how many, how they reach the gateways, what users and devices do.

use penult_sim::{Bandwidth, Span};

use super::{Order, Placement};
use crate::reading::setting::{AboveZero, OneOrMore};
use crate::reading::table::table;
use crate::units::{Bytes, Share, Varying};

table! {
    /// The clients `c0`, `c1`, …, each the one device of a user.
    pub struct Clients {
        /// How many there are.
        count: u32 [OneOrMore],
        /// The link of each client to the gateways.
        access: Access = {},
        /// Which gateway hosts which client at the start: "round-robin" (c_i on g_(i mod gateways)),
        /// "random", or how many each gateway has, as in { g0 = 60, g4 = 40 }: the first 60 on g0.
        placement: Placement = "round-robin",
        /// How long after it arrived the user reads a message. May vary.
        read_after: Varying<Span> = "0s",
        /// How long the user looks at a message, if it may be viewed for so long. May vary.
        /// Absent: as long as it may be viewed; where nothing limits that, it is viewed as soon as it is read.
        view_for: Option<Varying<Span>>,
        /// How likely a user replies to a message.
        reply_probability: Share = 0,
        /// How long after reading it the user replies. May vary.
        reply_after: Varying<Span> = "0s",
        /// When devices are off the network, and know it.
        /// Absent: never.
        offline: Option<OfflinePattern>,
        /// How often a device asks whether its host is there. Two in a row without an answer, and it
        /// looks for another.
        keepalive: Span [AboveZero] = "10s",
        /// How long a device waits for the acknowledgement of a message before it tries again.
        send_timeout: Span [AboveZero] = "2s",
        /// How often a device tries to send a message, each time to the next gateway of its list.
        send_attempts: u32 [OneOrMore] = 10,
        /// By how much the wait grows with each attempt.
        send_backoff: f64 [OneOrMore] = 2.0,
        /// How long a device waits before it attaches to the next gateway.
        reconnect: Span = "500ms",
    }
}

table! {
    /// The link of a client to the gateways.
    pub struct Access {
        /// How long a packet takes. May vary.
        latency: Varying<Span> = "20ms",
        /// How much each direction carries; packets queue behind each other.
        /// Absent: any amount at once.
        bandwidth: Option<Bandwidth>,
        /// How many bytes may wait for a direction; what comes on top is dropped.
        /// Absent: any number.
        buffer: Option<Bytes>,
        /// The share of packets that get lost.
        loss: Share = "0%",
        /// The share of packets that arrive twice.
        duplicate: Share = "0%",
        /// Whether packets of one direction may overtake each other.
        order: Order = "fifo",
    }
}

table! {
    /// When devices are off the network.
    pub struct OfflinePattern {
        /// How long a device is online before it goes. May vary.
        every: Varying<Span> [AboveZero],
        /// How long it stays away. May vary.
        lasts: Varying<Span> [AboveZero],
    }
}
