//! What the world knows of a node, beside the node itself: whether it is up, and its machine.

use super::link::DirectionId;
use super::machine::{Machine, MachineSpec};
use crate::RegionId;

/// How a node stands in the network.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Its CPU and its disk.
    pub machine: MachineSpec,
    /// The part of the world that it is in.
    pub region: Option<RegionId>,
    /// The number under which its random streams are drawn; its id where absent. Worlds whose nodes
    /// come and go between variants name them, so that one more of a kind moves nobody else's numbers.
    pub entity: Option<u32>,
    /// Whether packets of others may pass through it.
    pub transit: bool,
}

impl Default for NodeSpec {
    /// A node on which nothing takes time, in no region, that carries transit.
    fn default() -> Self {
        NodeSpec { machine: MachineSpec::default(), region: None, entity: None, transit: true }
    }
}

/// The state of a node's place in the network.
#[derive(Debug)]
pub(crate) struct Host {
    /// How many faults hold it down.
    pub(crate) held_down: u32,
    /// How many faults keep it off the network.
    pub(crate) held_offline: u32,
    /// Whether the device itself has gone off the network.
    pub(crate) left: bool,
    /// Which life this is: timers of earlier lives are void.
    pub(crate) life: u32,
    /// Timers set in this life that a run has to wait for.
    pub(crate) open_timers: u32,
    pub(crate) entity: u32,
    pub(crate) transit: bool,
    pub(crate) region: Option<RegionId>,
    /// The direction from it to the edge, if it has an access link; the next one leads back.
    pub(crate) access: Option<DirectionId>,
    /// Absent where nothing takes time.
    pub(crate) machine: Option<Box<Machine>>,
}

impl Host {
    pub(crate) fn is_up(&self) -> bool {
        self.held_down == 0
    }

    pub(crate) fn is_online(&self) -> bool {
        self.held_offline == 0 && !self.left
    }
}
