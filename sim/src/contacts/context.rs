//! What a node can do with its contacts, and know of them: its own, no others.

use crate::agenda::{TimerId, rank};
use crate::{Bandwidth, Context, MediumId, Node, NodeId, Span};

impl<N: Node> Context<'_, N> {
    /// Whom this node is in contact with, the oldest contact first.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> {
        self.kernel.contacts.pairs.peers(self.node)
    }

    /// Whether this node is in contact with another.
    pub fn is_in_contact(&self, peer: NodeId) -> bool {
        self.kernel.contacts.pairs.in_contact(self.node, peer).is_some()
    }

    /// How fast the contact with a peer is; nothing if transfers on it take no time, or if there is none.
    pub fn rate(&self, peer: NodeId) -> Option<Bandwidth> {
        let pairs = &self.kernel.contacts.pairs;
        pairs.in_contact(self.node, peer).and_then(|slot| pairs.get(slot).rate)
    }

    /// Says something to a peer in no time: it is heard at this instant, before any turn and any other
    /// event, and counts as a packet. To whom there is no contact, it is lost.
    pub fn say(&mut self, peer: NodeId, packet: N::Packet) {
        assert!(N::MEETS, "only nodes that meet have peers");
        self.kernel.say(self.node, peer, packet);
    }

    /// Begins to send a packet to a peer: it takes its size by the rate of the contact, rounded up to a
    /// whole nanosecond, or no time. The peer receives it at the end of that, in a turn of this node, which
    /// is [told](Node::handed_over) right after; unless the contact ends before, or an end stops it. False
    /// if there is no contact, or if something is on its way to this peer already.
    pub fn transfer(&mut self, peer: NodeId, packet: N::Packet) -> bool {
        assert!(N::MEETS, "only nodes that meet have peers");
        self.kernel.transfer(self.node, peer, packet)
    }

    /// Asks for a turn at this instant. To ask twice before it comes is to ask once.
    pub fn ask_turn(&mut self) {
        assert!(N::MEETS, "only nodes that meet have turns");
        self.kernel.contacts.turns.ask(self.node);
    }

    /// Gives a peer a turn: it may want to look again. It learns nothing by that. False if there is no
    /// contact.
    pub fn rouse(&mut self, peer: NodeId) -> bool {
        let in_contact = self.is_in_contact(peer);
        if in_contact {
            self.kernel.contacts.turns.ask(peer);
        }
        in_contact
    }

    /// Gives each peer a turn.
    pub fn rouse_peers(&mut self) {
        let contacts = &mut *self.kernel.contacts;
        for peer in contacts.pairs.peers(self.node) {
            contacts.turns.ask(peer);
        }
    }

    /// Stops the transfer to a peer: all of it is lost, and the peer is told. False if there is none, or if
    /// it ends at this instant: then it arrives.
    pub fn abort_sending(&mut self, to: NodeId) -> bool {
        self.kernel.abort((self.node, to), self.node)
    }

    /// Stops the transfer from a peer, as [`abort_sending`](Context::abort_sending) does at the other end.
    pub fn abort_receiving(&mut self, from: NodeId) -> bool {
        self.kernel.abort((from, self.node), self.node)
    }

    /// From now on this node is on a medium, with a connection of this bandwidth: in contact with all that
    /// are on it too, as soon as this instant comes to the beginnings of contacts. Whether the medium is up;
    /// when that changes, the node is told.
    pub fn join(&mut self, medium: MediumId, bandwidth: Option<Bandwidth>) -> bool {
        assert!(N::MEETS, "only nodes that meet join media");
        self.kernel.join(self.node, medium, bandwidth)
    }

    /// This node is no longer on a medium: contacts that only this held are over now. False if it wasn't.
    pub fn leave(&mut self, medium: MediumId) -> bool {
        self.kernel.leave(self.node, medium)
    }

    /// Sets a timer that runs out beside the faults of its instant, before contacts begin and end: for what
    /// happens to a node, such as that it comes into coverage. The run need not wait for it.
    pub fn set_early_timer(&mut self, after: Span, timer: N::Timer) -> TimerId {
        self.kernel.set_timer_at(self.node, after, rank::EARLY, timer, true)
    }

    /// Sets a timer that runs out after everything else of its instant: for what comes from outside, such
    /// as a new message. Those of one instant run out in the order of their places, which are below 2²⁹,
    /// and those of one place in the order in which they were set.
    pub fn set_late_timer(&mut self, after: Span, place: u32, timer: N::Timer) -> TimerId {
        self.kernel.set_timer_at(self.node, after, rank::late(place), timer, false)
    }
}
