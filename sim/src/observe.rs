//! Observers: who watches a run. They see everything worth telling and can change none of it.

use crate::{Bandwidth, FaultId, Loss, Node, NodeId, Time};

/// A packet and its ends.
pub struct Carried<'a, N: Node> {
    /// Its place among the packets under way: no two have the same until one is received or lost.
    pub flight: u32,
    /// Who sent it.
    pub from: NodeId,
    /// Whom it is for.
    pub to: NodeId,
    /// What it is.
    pub packet: &'a N::Packet,
    /// Whether it is background, as it said when it was sent.
    pub background: bool,
    /// When it was sent.
    pub sent: Time,
    /// When it came to the end of its last link, before it waited for the CPU there, or would have come.
    pub arrived: Time,
    /// What carries it.
    pub over: Bearer,
}

/// What carries a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bearer {
    /// The network.
    #[default]
    Network,
    /// A contact, for as long as it takes.
    Transfer,
    /// A contact, in no time.
    Saying,
}

/// Something that happened in a run.
pub enum Observed<'a, N: Node> {
    /// A packet left its sender.
    Sent(Carried<'a, N>),
    /// A link made a second copy of a packet.
    Duplicated(Carried<'a, N>),
    /// A packet is about to be handled by its receiver.
    Received(Carried<'a, N>),
    /// A packet is gone, and what took it.
    Lost(Carried<'a, N>, Loss),
    /// A node told what it did.
    Told {
        /// Who.
        node: NodeId,
        /// What.
        note: &'a N::Note,
    },
    /// A node is about to lose its memory.
    Crashed {
        /// Which.
        node: NodeId,
        /// What it loses.
        memory: &'a N,
        /// What it keeps, unless that is lost too.
        disk: &'a N::Disk,
        /// Whether it is.
        disk_lost: bool,
    },
    /// A fault is about to take the disk of a node that was down already.
    DiskLost {
        /// Which.
        node: NodeId,
        /// What it loses.
        disk: &'a N::Disk,
    },
    /// A node is about to come back.
    Recovered {
        /// Which.
        node: NodeId,
    },
    /// A device was cut off from the network, or came back to it.
    ReachChanged {
        /// Which.
        node: NodeId,
        /// Whether it is back.
        online: bool,
    },
    /// A contact began. Its transfers are told as all packets are.
    Met {
        /// Its ends, the first one of the network first.
        ends: (NodeId, NodeId),
        /// How fast it carries packets; absent: in no time.
        rate: Option<Bandwidth>,
    },
    /// A contact ended. The transfers that this broke off were told to be lost right before.
    Parted {
        /// Its ends, the first one of the network first.
        ends: (NodeId, NodeId),
    },
    /// A fault began. What it does is told right after.
    FaultBegan {
        /// Which.
        fault: FaultId,
    },
    /// A fault ended. What that gave back was told right before.
    FaultEnded {
        /// Which.
        fault: FaultId,
    },
    /// The event whose effects were told just now has been handled whole.
    Settled,
}

/// Watches a run of nodes of type `N`.
pub trait Observer<N: Node> {
    /// Whether anybody looks. Where it is `false`, as for `()`, the engine tells nothing and pays nothing.
    const ACTIVE: bool = true;

    /// Sees what happened.
    fn see(&mut self, at: Time, what: Observed<'_, N>);

    /// Whether nothing is open any more from where it stands. The engine ends a run early only when
    /// its observers agree: a ledger with an undelivered message does not.
    fn is_quiet(&self) -> bool {
        true
    }
}

/// Nobody looks.
impl<N: Node> Observer<N> for () {
    const ACTIVE: bool = false;

    fn see(&mut self, _at: Time, _what: Observed<'_, N>) {}
}

/// Hands each note that a node tells to a function, and lets everything else pass.
pub struct Notes<F>(pub F);

impl<N: Node, F: FnMut(Time, NodeId, &N::Note)> Observer<N> for Notes<F> {
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        if let Observed::Told { node, note } = what {
            (self.0)(at, node, note);
        }
    }
}

/// Both look, the first one first.
impl<N: Node, A: Observer<N>, B: Observer<N>> Observer<N> for (A, B) {
    const ACTIVE: bool = A::ACTIVE || B::ACTIVE;

    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        self.0.see(at, what);
        self.1.see(at, what);
    }

    fn is_quiet(&self) -> bool {
        self.0.is_quiet() && self.1.is_quiet()
    }
}

// By hand: a derive would ask that `N` be `Copy`, but only references to its parts are held.
impl<N: Node> Clone for Carried<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Node> Copy for Carried<'_, N> {}

impl<N: Node> Clone for Observed<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Node> Copy for Observed<'_, N> {}
