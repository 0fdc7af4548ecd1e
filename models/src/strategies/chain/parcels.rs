//! What leaves together: copies of one message, and acks of what came in one packet, share a packet each
//! as far as they go the same way.

use super::letters::{Copy, Letter, Stored};
use super::{Cx, between, counting};
use crate::ids::GatewayId;
use crate::message::Recipients;
use crate::note::Note;

/// What a gateway sends at the end of the event in hand, in the order in which it came up.
#[derive(Debug, Default)]
pub(super) struct Parcels {
    copies: Vec<(GatewayId, Copy)>,
    acks: Vec<(GatewayId, Stored)>,
}

impl Parcels {
    /// Sends a copy; with others of its message that go the same way, if there are any.
    pub(super) fn send_copy(&mut self, to: GatewayId, copy: Copy, cx: &mut Cx<'_>) {
        let has_others = matches!(copy.message.recipients, Recipients::Several(_));
        if has_others && cx.world().strategy.shared_segments {
            self.copies.push((to, copy));
        } else {
            between(to, Letter::Relay(copy), cx);
        }
    }

    /// Sends an ack; with others of the same message, if it has several recipients.
    pub(super) fn send_ack(
        &mut self,
        to: GatewayId,
        what: Stored,
        has_others: bool,
        cx: &mut Cx<'_>,
    ) {
        if has_others && cx.world().strategy.shared_segments {
            let said =
                |(other, ack): &(GatewayId, Stored)| *other == to && ack.delivery == what.delivery;
            // What is known by the end of the event is said once.
            self.acks.retain(|ack| !said(ack));
            self.acks.push((to, what));
        } else {
            counting::send_ack(to, Letter::Ack(what), cx);
        }
    }

    /// Sends what came up in the event in hand.
    #[inline]
    pub(super) fn leave(&mut self, cx: &mut Cx<'_>) {
        if !(self.copies.is_empty() && self.acks.is_empty()) {
            self.send_gathered(cx);
        }
    }

    #[inline(never)]
    fn send_gathered(&mut self, cx: &mut Cx<'_>) {
        if !self.copies.is_empty() {
            let is_same = |a: &Copy, b: &Copy| a.message.id == b.message.id;
            for (to, mut copies) in gathered(&mut self.copies, is_same) {
                let letter = match copies.len() {
                    1 => Letter::Relay(copies.swap_remove(0)),
                    several => {
                        cx.tell(Note::Shared(several as u32 - 1));
                        Letter::RelayAll(copies.into())
                    }
                };
                between(to, letter, cx);
            }
        }
        if !self.acks.is_empty() {
            let is_same = |a: &Stored, b: &Stored| a.delivery.message == b.delivery.message;
            for (to, all) in gathered(&mut self.acks, is_same) {
                let letter = match all[..] {
                    [one] => Letter::Ack(one),
                    _ => Letter::AckAll(all.into()),
                };
                counting::send_ack(to, letter, cx);
            }
        }
    }
}

/// What goes to one gateway and is the same, together; in the order of the first of each.
fn gathered<T>(
    all: &mut Vec<(GatewayId, T)>,
    is_same: impl Fn(&T, &T) -> bool,
) -> Vec<(GatewayId, Vec<T>)> {
    let mut groups: Vec<(GatewayId, Vec<T>)> = Vec::new();
    for (to, item) in all.drain(..) {
        let group =
            groups.iter_mut().find(|(other, group)| *other == to && is_same(&group[0], &item));
        match group {
            Some((_, group)) => group.push(item),
            None => groups.push((to, vec![item])),
        }
    }
    groups
}
