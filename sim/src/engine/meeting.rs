//! Contacts fire: what is urgent comes before any other event, hearing first, then turns.

use super::{Engine, Slot};
use crate::contacts::{Contacts, Urgent};
use crate::fingerprint::Kind;
use crate::{ContactError, Context, Director, MediumId, Node, NodeId, Observer, Time, Turn};

impl<N: Node, O, D> Engine<N, O, D> {
    /// Gives the run its contacts.
    pub fn add_contacts(&mut self, contacts: Contacts) -> Result<(), ContactError> {
        assert!(N::MEETS, "these nodes don't meet: their `MEETS` is false");
        assert!(!self.started, "contacts are planned before the run");
        contacts.check(self.kernel.network.node_count())?;
        self.kernel.contacts.plan(contacts);
        Ok(())
    }

    /// Whom a node is in contact with, the oldest contact first, for who looks from outside.
    pub fn peers(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.kernel.contacts.pairs.peers(node)
    }

    /// Whether something is still to happen before the next event.
    #[inline]
    pub(super) fn has_urgent(&self) -> bool {
        N::MEETS && self.kernel.contacts.has_urgent()
    }
}

impl<N: Node, O: Observer<N>, D: Director<N>> Engine<N, O, D> {
    /// Transfers are over, all of this instant at once: who is to have a turn for that, has it before others
    /// can take its place. False if all of them were aborted before.
    pub(super) fn end_transfers(&mut self, at: Time, slot: u32) -> bool {
        let mut any = self.kernel.end_transfer(at, slot);
        while let Some(slot) = self.kernel.agenda.pop_transfer(at) {
            any |= self.kernel.end_transfer(at, slot);
        }
        any
    }

    /// Does one thing that comes before any other event. False if there is none.
    pub(super) fn fire_urgent(&mut self) -> bool {
        let Some(urgent) = self.kernel.contacts.next_urgent() else {
            return false;
        };
        match urgent {
            Urgent::Met(a, b) => {
                self.with_live(a, |memory, disk, context| memory.met(disk, b, context));
                self.with_live(b, |memory, disk, context| memory.met(disk, a, context));
            }
            Urgent::Parted(a, b, broke) => self.part((a, b), broke),
            Urgent::Said(slot) => {
                if self.kernel.is_heard(slot) {
                    self.deliver(slot);
                }
            }
            Urgent::Aborted { node, peer, sending } => {
                self.fold(node, Kind::Aborted, peer.raw());
                self.abort(node, peer, sending);
            }
            Urgent::MediumChanged(node, medium, up) => self.change_medium(node, medium, up),
            Urgent::Turn(node) => self.turn(node),
        }
        self.events += 1;
        self.settle();
        true
    }

    fn fold(&mut self, node: NodeId, kind: Kind, peer: u32) {
        let at = self.kernel.now;
        self.kernel.fingerprint.fold(at, node, kind, peer, 0);
    }

    /// Lets a node handle something, if it lives.
    fn with_live(
        &mut self,
        node: NodeId,
        handle: impl FnOnce(&mut N, &mut N::Disk, &mut Context<'_, N>),
    ) {
        if self.nodes[node.index()].memory.is_some() {
            self.with_node(node, handle);
        }
    }

    fn part(&mut self, (a, b): (NodeId, NodeId), broke: [bool; 2]) {
        for ((from, to), broke) in [(a, b), (b, a)].into_iter().zip(broke) {
            if broke {
                self.abort(from, to, true);
                self.abort(to, from, false);
            }
        }
        self.with_live(a, |memory, disk, context| memory.parted(disk, b, context));
        self.with_live(b, |memory, disk, context| memory.parted(disk, a, context));
    }

    fn abort(&mut self, node: NodeId, peer: NodeId, sending: bool) {
        self.with_live(node, |memory, disk, context| match sending {
            true => memory.sending_aborted(disk, peer, context),
            false => memory.receiving_aborted(disk, peer, context),
        });
    }

    fn change_medium(&mut self, node: NodeId, medium: MediumId, up: bool) {
        if self.kernel.contacts.media.is_on(medium, node) {
            let kind = if up { Kind::MediumUp } else { Kind::MediumDown };
            self.fold(node, kind, medium.raw());
            self.with_live(node, |memory, disk, context| {
                memory.medium_changed(disk, medium, up, context);
            });
        }
    }

    /// A node has its turn: what it sent and what is across arrives, then it may begin something new.
    fn turn(&mut self, node: NodeId) {
        if self.nodes[node.index()].memory.is_none() {
            return;
        }
        self.fold(node, Kind::Turn, 0);
        while let Some(slot) = self.kernel.take_across(node) {
            self.arrive(node, slot);
        }
        let (before, rest) = self.nodes.split_at_mut(node.index());
        let (Slot { memory, disk }, behind) = rest.split_first_mut().expect("it is one of them");
        let memory = memory.as_mut().expect("nobody dies in a turn");
        let context = Context { node, world: &self.world, kernel: &mut self.kernel };
        memory.turn(disk, &mut Turn { context, before, behind });
    }

    fn arrive(&mut self, from: NodeId, slot: u32) {
        // Nobody dies between two turns of an instant: who was in contact as it came across is alive.
        let to = self.kernel.flights.get(slot).to;
        // What was told so far came before this.
        self.tell();
        self.deliver(slot);
        self.with_node(from, |memory, disk, context| memory.handed_over(disk, to, context));
    }
}
