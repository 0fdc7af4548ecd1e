//! What a node is: its memory, its disk, and what it does with a packet or a timer.

use crate::{Context, MediumId, NodeId, Span, Turn};

/// A node of the world, honest by construction: a handler gets its own memory (`self`), its own
/// disk, and a [`Context`] through which it can send, set timers, draw random numbers and tell
/// observers what it did. There is no way from here to another node.
///
/// The implementing type *is* the node's memory. A crash drops it; [`recover`](Node::recover) builds a
/// new one from the disk alone. A world with several kinds of nodes makes this an enum.
pub trait Node: Sized {
    /// What every node knows from the start and nothing changes: the configuration. It can be shared
    /// between threads, so nothing of the kind of a `Cell`, through which nodes could talk, is in it.
    type World: Sync;
    /// What survives a crash.
    type Disk;
    /// What travels between nodes.
    type Packet: Packet;
    /// What a timer reminds its node of.
    type Timer: Ids;
    /// What a node tells observers that it did. Nothing comes back.
    type Note;

    /// Whether nodes of this world meet: then their contacts count ([`Contacts`](crate::Contacts)), and
    /// what happens at one instant has another order. Worlds of others pay nothing for it.
    const MEETS: bool = false;

    /// The disk of a node that has never run, or whose disk was lost.
    fn new_disk(node: NodeId, world: &Self::World) -> Self::Disk;

    /// A fault takes a node's disk. What no fault takes stays.
    fn lose_disk(disk: &mut Self::Disk, node: NodeId, world: &Self::World) {
        *disk = Self::new_disk(node, world);
    }

    /// The memory with which a node begins the run.
    fn start(disk: &mut Self::Disk, context: &mut Context<'_, Self>) -> Self;

    /// The memory with which a node comes back after a crash: from its disk alone.
    fn recover(disk: &mut Self::Disk, context: &mut Context<'_, Self>) -> Self {
        Self::start(disk, context)
    }

    /// Whether packets may give this node's CPU work beside their service. Only then is [`work`](Node::work)
    /// asked: so a world that knows no such work does not pay for the question.
    fn has_work(_node: NodeId, _world: &Self::World) -> bool {
        false
    }

    /// The work that a packet gives the CPU beside its service. It is asked when the packet's turn has come:
    /// everything that came before has been handled, nothing that came later is handled before this packet.
    /// Service and work are one: at their end the packet is handled, once. What the packet does is done there;
    /// here the node says what it costs, and no more.
    fn work(
        &mut self,
        _disk: &mut Self::Disk,
        _from: NodeId,
        _packet: &Self::Packet,
        _context: &mut Context<'_, Self>,
    ) -> Span {
        Span::ZERO
    }

    /// A packet came, and where that takes time, the CPU is done with it. What came over a contact takes no CPU.
    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: Self::Packet,
        context: &mut Context<'_, Self>,
    );

    /// A timer that this node set, and did not cancel, ran out.
    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, context: &mut Context<'_, Self>);

    /// A fault took this device off the network, or brought it back; it knows.
    fn reach_changed(
        &mut self,
        _disk: &mut Self::Disk,
        _online: bool,
        _context: &mut Context<'_, Self>,
    ) {
    }

    /// A contact with another node began.
    fn met(&mut self, _disk: &mut Self::Disk, _peer: NodeId, _context: &mut Context<'_, Self>) {}

    /// A contact ended. What was being transferred on it was told to be aborted right before.
    fn parted(&mut self, _disk: &mut Self::Disk, _peer: NodeId, _context: &mut Context<'_, Self>) {}

    /// It is this node's turn, which it asked for or somebody roused it to: here it can ask its peers.
    fn turn(&mut self, _disk: &mut Self::Disk, _turn: &mut Turn<'_, Self>) {}

    /// A peer asks, and gets the answer before anything else happens. It has only this node's own word.
    fn asked(
        &mut self,
        _disk: &mut Self::Disk,
        _from: NodeId,
        _question: &Self::Packet,
        _context: &mut Context<'_, Self>,
    ) -> Option<Self::Packet> {
        None
    }

    /// The peer has received what this node was sending it by a transfer. The turn follows.
    fn handed_over(
        &mut self,
        _disk: &mut Self::Disk,
        _to: NodeId,
        _context: &mut Context<'_, Self>,
    ) {
    }

    /// The transfer to a peer broke off, or the peer stopped it: nothing of it came over.
    fn sending_aborted(
        &mut self,
        _disk: &mut Self::Disk,
        _to: NodeId,
        _context: &mut Context<'_, Self>,
    ) {
    }

    /// The transfer from a peer broke off, or the peer stopped it: nothing of it came over.
    fn receiving_aborted(
        &mut self,
        _disk: &mut Self::Disk,
        _from: NodeId,
        _context: &mut Context<'_, Self>,
    ) {
    }

    /// A medium that this node is on went down, or is up again.
    fn medium_changed(
        &mut self,
        _disk: &mut Self::Disk,
        _medium: MediumId,
        _up: bool,
        _context: &mut Context<'_, Self>,
    ) {
    }
}

/// Something with ids that tell it from others of its kind. They are folded into the run's
/// [`Fingerprint`](crate::Fingerprint), so they must not depend on anything but the run.
pub trait Ids {
    /// The ids, packed into a number: a kind, a message, an attempt.
    fn ids(&self) -> u64;
}

impl Packet for () {}
impl Packet for u32 {}
impl Packet for u64 {}

impl Ids for () {
    fn ids(&self) -> u64 {
        0
    }
}

impl Ids for u32 {
    fn ids(&self) -> u64 {
        u64::from(*self)
    }
}

impl Ids for u64 {
    fn ids(&self) -> u64 {
        *self
    }
}

/// What travels on links. It is cloned only when a link duplicates it.
pub trait Packet: Ids + Clone {
    /// The size of a packet that carries nothing.
    const HEADER_BYTES: u32 = 64;

    /// Its size on the wire: that of a header, unless it says otherwise.
    fn bytes(&self) -> u32 {
        Self::HEADER_BYTES
    }

    /// Whether it carries a message: a node's CPU has one service time for those that do and
    /// another for those that don't.
    fn carries_message(&self) -> bool {
        true
    }

    /// Whether it takes the service time of those that carry a message. Where what it carries is looked at piece by
    /// piece ([`Context::work`](crate::Context::work)), it does not.
    fn is_served_as_message(&self) -> bool {
        self.carries_message()
    }

    /// Whether the run may end while it is under way: keepalives, heartbeats, probes.
    fn is_background(&self) -> bool {
        false
    }
}
