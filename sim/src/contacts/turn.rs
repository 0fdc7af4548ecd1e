//! A turn: what a node acts through when it finds out whom it can hand packets over to.

use std::ops::{Deref, DerefMut};

use crate::engine::Slot;
use crate::{Context, Node, NodeId};

/// The [`Context`] of a node that has its turn. Only now it can ask peers.
pub struct Turn<'a, N: Node> {
    pub(crate) context: Context<'a, N>,
    /// The nodes before it and behind it.
    pub(crate) before: &'a mut [Slot<N>],
    pub(crate) behind: &'a mut [Slot<N>],
}

impl<N: Node> Turn<'_, N> {
    /// Asks a peer, and gets its answer before anything else happens. The peer answers by its
    /// [`asked`](Node::asked); nothing comes if there is no contact. It takes no time and is no packet.
    pub fn ask(&mut self, peer: NodeId, question: &N::Packet) -> Option<N::Packet> {
        if !self.context.is_in_contact(peer) {
            return None;
        }
        let own = self.context.node;
        let slot = if peer < own {
            &mut self.before[peer.index()]
        } else {
            &mut self.behind[peer.index() - own.index() - 1]
        };
        let memory = slot.memory.as_mut().expect("who is in contact is alive");
        let kernel = &mut *self.context.kernel;
        let mut context = Context { node: peer, world: self.context.world, kernel };
        memory.asked(&mut slot.disk, own, question, &mut context)
    }
}

impl<'a, N: Node> Deref for Turn<'a, N> {
    type Target = Context<'a, N>;

    fn deref(&self) -> &Context<'a, N> {
        &self.context
    }
}

impl<'a, N: Node> DerefMut for Turn<'a, N> {
    fn deref_mut(&mut self) -> &mut Context<'a, N> {
        &mut self.context
    }
}
