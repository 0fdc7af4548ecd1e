//! Reach: what a strategy's devices have beside what all devices have. Relays, several lines to the network, and
//! what these lead through.

use penult_sim::{LinkSpec, NodeId};

use crate::service::ServiceName;

/// What a strategy adds to the devices of a world. Nothing, unless it says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// How many devices without users there are.
    pub relays: u32,
    /// How nodes are called that do nothing but stand or fall, and lines with them.
    pub conduits: Vec<ServiceName>,
    /// Whether devices have lines in place of the one access link, and say themselves what goes over which.
    pub has_lines: bool,
    /// Whether devices carry what others sent.
    pub carries: bool,
}

/// One of the lines of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct LineSpec {
    /// What it is like, both ways.
    pub link: LinkSpec,
    /// The node that it stands or falls with, if there is one.
    pub carrier: Option<NodeId>,
    /// The nodes that lie behind it, unseen.
    pub behind: Vec<NodeId>,
}
