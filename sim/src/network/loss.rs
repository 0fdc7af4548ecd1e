//! Where packets went: the causes of loss, and the counts that must add up.

use std::fmt;

use crate::NodeId;

/// What took a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The node it came to, or stood at, was dead or died.
    Crash(NodeId),
    /// The device it came to, or was to leave, was off the network.
    Offline(NodeId),
    /// The link was down, or went down with the packet on it.
    LinkDown(NodeId, NodeId),
    /// The link lost it by chance.
    Chance(NodeId, NodeId),
    /// The link's buffer was full.
    BufferFull(NodeId, NodeId),
    /// It arrived corrupted, and the receiver discarded it.
    Corrupted(NodeId),
    /// No path led to its receiver when it left.
    NoPath(NodeId, NodeId),
    /// The contact that carried it ended before it was across.
    Parted(NodeId, NodeId),
    /// One end of the contact stopped its transfer.
    Aborted(NodeId, NodeId),
}

impl Loss {
    /// Its number in fingerprints: append, never renumber.
    pub(crate) fn number(self) -> u32 {
        match self {
            Loss::Crash(_) => 1,
            Loss::Offline(_) => 2,
            Loss::LinkDown(..) => 3,
            Loss::Chance(..) => 4,
            Loss::BufferFull(..) => 5,
            Loss::Corrupted(_) => 6,
            Loss::NoPath(..) => 7,
            Loss::Parted(..) => 8,
            Loss::Aborted(..) => 9,
        }
    }
}

impl fmt::Display for Loss {
    /// As reports name it: `crash(n3)`, `link-drop(n1-n2)`, `buffer-full(n2-n4)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::Crash(node) => write!(f, "crash({node})"),
            Loss::Offline(node) => write!(f, "offline({node})"),
            Loss::LinkDown(from, to) => write!(f, "link-down({from}-{to})"),
            Loss::Chance(from, to) => write!(f, "link-drop({from}-{to})"),
            Loss::BufferFull(from, to) => write!(f, "buffer-full({from}-{to})"),
            Loss::Corrupted(node) => write!(f, "corrupted({node})"),
            Loss::NoPath(from, to) => write!(f, "no-path({from}-{to})"),
            Loss::Parted(from, to) => write!(f, "parted({from}-{to})"),
            Loss::Aborted(from, to) => write!(f, "aborted({from}-{to})"),
        }
    }
}

/// How many packets went where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets that nodes sent.
    pub sent: u64,
    /// Second copies that links made.
    pub duplicated: u64,
    /// Packets handled by the node they were for.
    pub received: u64,
    /// Packets that are gone, by cause.
    pub lost: LostBy,
}

/// How many packets each cause took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LostBy {
    /// Taken by a dead node.
    pub crash: u64,
    /// Taken because a device was off the network.
    pub offline: u64,
    /// Dropped by a link that was or went down.
    pub link_down: u64,
    /// Lost by chance on a link.
    pub chance: u64,
    /// Dropped at a full buffer.
    pub buffer_full: u64,
    /// Discarded by a receiver as corrupted.
    pub corrupted: u64,
    /// Sent where no path led.
    pub no_path: u64,
    /// Broken off by the end of a contact.
    pub parted: u64,
    /// Stopped by an end of a contact.
    pub aborted: u64,
}

impl LostBy {
    pub(crate) fn count(&mut self, cause: Loss) {
        *match cause {
            Loss::Crash(_) => &mut self.crash,
            Loss::Offline(_) => &mut self.offline,
            Loss::LinkDown(..) => &mut self.link_down,
            Loss::Chance(..) => &mut self.chance,
            Loss::BufferFull(..) => &mut self.buffer_full,
            Loss::Corrupted(_) => &mut self.corrupted,
            Loss::NoPath(..) => &mut self.no_path,
            Loss::Parted(..) => &mut self.parted,
            Loss::Aborted(..) => &mut self.aborted,
        } += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        let LostBy { crash, offline, link_down, chance, .. } = *self;
        let LostBy { buffer_full, corrupted, no_path, parted, aborted, .. } = *self;
        let on_links = link_down + chance + buffer_full + corrupted + no_path;
        crash + offline + on_links + parted + aborted
    }
}
