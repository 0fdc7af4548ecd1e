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
    /// The group of nodes with access links that it is close to: what one of them sends to another goes over its own
    /// access link only.
    pub group: Option<u32>,
}

impl Default for NodeSpec {
    /// A node on which nothing takes time, in no region, that carries transit and is close to nobody.
    fn default() -> Self {
        NodeSpec {
            machine: MachineSpec::default(),
            region: None,
            entity: None,
            transit: true,
            group: None,
        }
    }
}

/// The state of a node's place in the network: half a line of the cache, as nearly every event looks
/// it up.
#[derive(Debug)]
#[repr(align(32))]
pub(crate) struct Host {
    /// How many faults hold it down.
    pub(crate) held_down: u32,
    /// How many faults keep it off the network; [`LEFT`] on top if the device itself has gone.
    offline: u32,
    /// Which life this is: timers of earlier lives are void.
    pub(crate) life: u32,
    /// Timers set in this life that a run has to wait for.
    pub(crate) open_timers: u32,
    pub(crate) entity: u32,
    /// The direction from it to the edge, or [`NO_ACCESS`].
    access: DirectionId,
    /// Absent where nothing takes time.
    pub(crate) machine: Option<Box<Machine>>,
}

const _: () = assert!(size_of::<Host>() == 32);

const LEFT: u32 = 1 << 31;

const NO_ACCESS: DirectionId = DirectionId(u32::MAX);

impl Host {
    pub(crate) fn new(entity: u32, machine: Option<Box<Machine>>) -> Host {
        Host {
            held_down: 0,
            offline: 0,
            life: 0,
            open_timers: 0,
            entity,
            access: NO_ACCESS,
            machine,
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.held_down == 0
    }

    pub(crate) fn is_online(&self) -> bool {
        self.offline == 0
    }

    /// One fault more keeps it off the network.
    pub(crate) fn hold_offline(&mut self) {
        self.offline += 1;
    }

    /// One fault less does.
    pub(crate) fn let_online(&mut self) {
        debug_assert!(self.offline & !LEFT > 0, "no fault kept it off the network");
        self.offline -= 1;
    }

    /// Whether the device itself has gone off the network.
    pub(crate) fn set_left(&mut self, left: bool) {
        self.offline = if left { self.offline | LEFT } else { self.offline & !LEFT };
    }

    /// The direction from it to the edge, if it has an access link; the next one leads back.
    pub(crate) fn access(&self) -> Option<DirectionId> {
        (self.access != NO_ACCESS).then_some(self.access)
    }

    pub(crate) fn set_access(&mut self, up: DirectionId) {
        self.access = up;
    }
}

/// What is seldom asked about a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The part of the world that it is in.
    pub(crate) region: Option<RegionId>,
    /// Whether packets of others may pass through it.
    pub(crate) transit: bool,
    /// Whom it is close to.
    pub(crate) group: Option<u32>,
}
