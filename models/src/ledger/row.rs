//! A finished delivery, and who gets to see it.

use std::rc::Rc;

use penult_sim::{Span, Time};

use super::cause::Cause;
use super::fate::Fate;
use super::phases::Phases;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Message;

/// A delivery whose fate can't change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The message; it says who sent it and when.
    pub message: Rc<Message>,
    /// To whom.
    pub recipient: ClientId,
    /// When the user wanted to send it.
    pub created: Time,
    /// Its size as it left its sender, attachment and all.
    pub bytes: u32,
    /// Whether it belongs to the part of the run that is counted: after the warm-up, before the end.
    pub counted: bool,
    /// When the sender was told that the system has it.
    pub accepted: Option<Time>,
    /// When the recipient's application got it.
    pub delivered: Option<Time>,
    /// How it ended.
    pub fate: Fate,
    /// What took the last copy, if none is left of what was not delivered.
    pub cause: Option<Cause>,
    /// When the last copy was gone, of what was not delivered.
    pub gone: Option<Time>,
    /// How many gateways the delivered copy passed.
    pub hops: u32,
    /// The gateway that delivered it; none if a peer did.
    pub host: Option<GatewayId>,
    /// Where the delivered copy's time went.
    pub phases: Phases,
}

impl Row {
    /// Which delivery it is.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }

    /// From the instant the user wanted to send it to the first delivery.
    pub fn latency(&self) -> Option<Span> {
        self.delivered.map(|delivered| delivered - self.created)
    }

    /// Whether a promise was broken: the sender was told that the system has it, and it was lost.
    pub fn is_accepted_lost(&self) -> bool {
        self.fate == Fate::Lost && self.accepted.is_some()
    }
}

/// Gets each delivery once, when its fate can't change any more.
pub trait Sink {
    /// A delivery is finished.
    fn finished(&mut self, row: &Row);
}

/// Nobody wants rows.
impl Sink for () {
    fn finished(&mut self, _row: &Row) {}
}

/// Keeps them all.
impl Sink for Vec<Row> {
    fn finished(&mut self, row: &Row) {
        self.push(row.clone());
    }
}

/// Both get them, the first one first.
impl<A: Sink, B: Sink> Sink for (A, B) {
    fn finished(&mut self, row: &Row) {
        self.0.finished(row);
        self.1.finished(row);
    }
}
