//! `[gateways]`: how many, how they are linked, how fast they are.

use penult_sim::{Bandwidth, Span};

use super::Shape;
use crate::names::Gateway;
use crate::reading::table::{choice, table};
use crate::units::{Bytes, Share, Varying};

table! {
    /// The gateways `g0`, `g1`, … and the links between them.
    pub struct Gateways {
        /// How many there are. With a map from a file: as many as the map has places. 0 is for strategies that do
        /// without.
        count: u32,
        /// How they are linked.
        shape: Shape = "full",
        /// How long a packet takes on a link. May vary. A map's own latencies take its place.
        latency: Varying<Span> = "2ms",
        /// How much each direction of a link carries; packets queue behind each other.
        /// Absent: any amount at once. A map's own bandwidths take its place.
        bandwidth: Option<Bandwidth>,
        /// How many bytes may wait for a direction of a link; what comes on top is dropped.
        /// Absent: any number.
        buffer: Option<Bytes>,
        /// The share of packets that get lost on a link.
        loss: Share = "0%",
        /// The share of packets that arrive twice.
        duplicate: Share = "0%",
        /// Whether packets of one direction may overtake each other.
        order: Order = "fifo",
        /// CPU time for each packet that carries a message. May vary.
        cpu: Varying<Span> = "0us",
        /// CPU time for each packet that carries none. May vary.
        cpu_control: Varying<Span> = "0us",
        /// How long the disk takes to write a message. May vary. Counts with `queue = "disk"`.
        disk: Varying<Span> = "0us",
        /// Where user queues are: what is in memory is gone after a crash.
        queue: Queue = "memory",
        /// The regions that gateways are dealt out to in turn. `[regions]` says how far apart they are; without
        /// it they only go down together.
        regions: Vec<String> = [],
        /// Whether packets go around a link while it is down, instead of being dropped on it.
        reroute: bool = false,
        /// Links that are otherwise than the rest.
        link: Vec<Link> = [],
    }
}

table! {
    /// One link, otherwise than the rest. If the shape does not have it, it is added.
    pub struct Link {
        /// The two gateways it links.
        between: Vec<Gateway>,
        /// How long a packet takes. May vary.
        /// Absent: as on the other links.
        latency: Option<Varying<Span>>,
        /// How much each direction carries.
        /// Absent: as on the other links.
        bandwidth: Option<Bandwidth>,
        /// How many bytes may wait for each direction.
        /// Absent: as on the other links.
        buffer: Option<Bytes>,
        /// The share of packets that get lost.
        /// Absent: as on the other links.
        loss: Option<Share>,
        /// The share of packets that arrive twice.
        /// Absent: as on the other links.
        duplicate: Option<Share>,
        /// Whether packets of one direction may overtake each other.
        /// Absent: as on the other links.
        order: Option<Order>,
    }
}

impl Link {
    /// The two gateways it links.
    pub fn ends(&self) -> (Gateway, Gateway) {
        (self.between[0], self.between[1])
    }
}

choice! {
    /// Whether packets of one direction may overtake each other.
    pub enum Order {
        /// A packet never overtakes an earlier one.
        Fifo = "fifo",
        /// Each packet takes its own time.
        Free = "free",
    }
}

impl From<Order> for penult_sim::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Fifo => penult_sim::Order::Fifo,
            Order::Free => penult_sim::Order::Free,
        }
    }
}

choice! {
    /// Where user queues are.
    pub enum Queue {
        /// Gone after a crash, and quick.
        Memory = "memory",
        /// There after a crash; each message is written before it is acknowledged.
        Disk = "disk",
    }
}
