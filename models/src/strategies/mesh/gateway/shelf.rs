//! What a gateway keeps, in memory or on disk: messages, and what became of those that it kept.

use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use penult_sim::{Span, Time, TimerId};

use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Message;
use crate::parts::Again;
use crate::strategies::mesh::letters::{Copies, Mail, Marks, Told};

/// A message that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) mail: Mail,
    pub(super) way: Way,
    /// When its source stored it.
    pub(super) stored: Time,
    /// Since when it waits for what comes next.
    pub(super) since: Time,
    /// It is sent to the recipient's host, or to the recipient, until that has it.
    pub(super) again: Again,
    /// Whether it was handed to its recipient, and not acknowledged.
    pub(super) handed: bool,
    pub(super) hold_guard: TimerId,
    /// What is left of the copies of the way back, once that began.
    pub(super) copies: Option<Copies>,
    /// Who got one.
    pub(super) given: Vec<ClientId>,
    /// Whether it goes to the external store beside, or came from there.
    pub(super) beside: bool,
    /// Whether the external store said that it has it.
    pub(super) in_store: bool,
    /// Whether it was held for as long as messages are held.
    pub(super) over: bool,
}

/// How a message came, and who has to hear what became of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// The gateway that its first copy came from, if not from a device.
    pub(super) from: Option<GatewayId>,
    /// The devices that brought it while it was kept.
    pub(super) bringers: Vec<ClientId>,
}

impl Way {
    pub(super) fn brought(&mut self, by: ClientId) {
        if !self.bringers.contains(&by) {
            self.bringers.push(by);
        }
    }
}

/// A message that was here.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) marks: Marks,
    pub(super) born: Time,
    pub(super) way: Way,
    /// Whether the external store has it.
    pub(super) parked: bool,
    until: Time,
    /// Dead when nobody has a copy any more.
    message: Weak<Message>,
}

/// The messages that are kept, and what is remembered.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kept: BTreeMap<DeliveryId, Kept>,
    /// The same for each client, in the order of their coming.
    by_client: BTreeMap<ClientId, Vec<DeliveryId>>,
    passed: BTreeMap<DeliveryId, Passed>,
    /// With so many, those that can't come back are sorted out.
    enough: usize,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 32;

impl Shelf {
    /// What is known of a message that comes.
    pub(super) fn known(&self, delivery: DeliveryId, now: Time) -> Option<Told> {
        if let Some(kept) = self.kept.get(&delivery) {
            let born = kept.mail.message.created;
            return Some(Told { delivery, marks: Marks::TAKEN, born });
        }
        let passed = self.passed.get(&delivery).filter(|passed| passed.until >= now)?;
        Some(Told { delivery, marks: passed.marks, born: passed.born })
    }

    /// Keeps a message.
    pub(super) fn put(&mut self, delivery: DeliveryId, kept: Kept) {
        self.by_client.entry(delivery.recipient).or_default().push(delivery);
        self.kept.insert(delivery, kept);
    }

    pub(super) fn kept_mut(&mut self, delivery: DeliveryId) -> Option<&mut Kept> {
        self.kept.get_mut(&delivery)
    }

    /// All that are kept, in the order of ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (DeliveryId, &Kept)> {
        self.kept.iter().map(|(&delivery, kept)| (delivery, kept))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (DeliveryId, &mut Kept)> {
        self.kept.iter_mut().map(|(&delivery, kept)| (delivery, kept))
    }

    pub(super) fn passed_mut(&mut self, delivery: DeliveryId) -> Option<&mut Passed> {
        self.passed.get_mut(&delivery)
    }

    /// Takes a message out; for `hold` it is known what became of it.
    pub(super) fn take(
        &mut self,
        delivery: DeliveryId,
        marks: Marks,
        now: Time,
        hold: Span,
    ) -> Option<Kept> {
        let kept = self.kept.remove(&delivery)?;
        if let Some(own) = self.by_client.get_mut(&delivery.recipient) {
            own.retain(|&it| it != delivery);
            if own.is_empty() {
                self.by_client.remove(&delivery.recipient);
            }
        }
        let message = Rc::downgrade(&kept.mail.message);
        let (born, way) = (kept.mail.message.created, kept.way.clone());
        if self.passed.len() >= self.enough.max(FEW) {
            let matters = |it: &Passed| it.until >= now && it.message.strong_count() > 0;
            self.passed.retain(|_, passed| matters(passed));
            self.enough = 2 * self.passed.len();
        }
        let until = now + hold;
        let passed = Passed { marks, born, way, parked: false, until, message };
        self.passed.insert(delivery, passed);
        Some(kept)
    }

    /// All messages for a client, in the order of their coming.
    pub(super) fn for_client(&self, client: ClientId) -> Vec<DeliveryId> {
        self.by_client.get(&client).cloned().unwrap_or_default()
    }
}
