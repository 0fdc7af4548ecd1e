//! What a gateway holds, in memory or on disk.

use std::collections::BTreeMap;

use penult_sim::{Span, Time, TimerId};

use super::letters::{Copy, Letter};
use crate::by_delivery::ByDelivery;
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::remembered::Remembered;

/// The deliveries that a gateway holds, and the ids of those that are done.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) held: ByDelivery<Held>,
    done: Remembered,
    /// The ids of those that went to the external store.
    parked: Remembered,
    /// The triggers of messages with several recipients that were told here.
    pub(super) gathered: BTreeMap<MessageId, Gathered>,
}

/// Who of a message's recipients have triggered its deletion.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Each with the gateway that told.
    pub(super) told_by: BTreeMap<ClientId, GatewayId>,
    /// How long that is remembered.
    pub(super) until: Time,
}

/// A delivery that a gateway holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) copy: Copy,
    /// Who brought it: the sender's device, or a gateway.
    pub(super) from: From,
    /// Gateways that brought it later, and those it was sent to: all who have to hear when it is done.
    pub(super) others: Few<GatewayId>,
    pub(super) state: State,
    /// Whom it was sent to last.
    pub(super) sent_to: Option<GatewayId>,
    /// When it was first sent there.
    pub(super) turn: Time,
    /// The host that says that the recipient's device is online, where that matters.
    pub(super) online_at: Option<GatewayId>,
    /// Since when it has been in this state.
    pub(super) since: Time,
    /// How many gateways beyond this one are known to have stored it.
    pub(super) beyond: u32,
    /// Whether nobody else beyond this one is to store it.
    pub(super) whole: bool,
    /// Whether the recipient's host has stored it.
    pub(super) arrived: bool,
    /// Whether it was handed to the recipient, and may have to be again.
    pub(super) handed_over: bool,
    /// Whether the sender was told that the system has it.
    pub(super) accepted: bool,
    pub(super) hold_guard: Option<TimerId>,
    /// Whether the recipient has it.
    pub(super) received: bool,
    /// Whether the recipient's user did what deletes it: then it waits for the other recipients' users.
    pub(super) triggered: bool,
    /// Whether the external store said that it has it.
    pub(super) in_store: bool,
    /// Whether it was held for as long as messages are held.
    pub(super) over: bool,
}

// With its id, two lines of the processor's cache.
const _: () = assert!(size_of::<Held>() <= 120);

/// Who brought a delivery: the sender's device, a gateway, or the external store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Sender,
    Gateway(GatewayId),
    Store,
}

/// What a gateway does with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was sent to this gateway, so many times, and not acknowledged yet.
    Sent { to: GatewayId, attempts: u32, guard: Option<TimerId> },
    /// This gateway has stored it; so many questions whether the host has were not answered.
    Passed { to: GatewayId, questions: u32, guard: Option<TimerId> },
    /// The recipient is hosted here, and is handed it.
    Hosted,
    /// The directory was asked who may host the recipient.
    Claiming,
    /// This gateway hosts the recipient, who is online and has yet to acknowledge it.
    Watching { to: GatewayId, guard: TimerId },
    /// The directory was asked who hosts the recipient, before it sets off.
    LookedUp,
    /// Nothing is left to do but to hold it.
    Resting,
}

impl Held {
    /// What was stored right now.
    pub(super) fn new(copy: Copy, from: From, now: Time, hold_guard: TimerId) -> Self {
        Held {
            copy,
            from,
            others: Few::default(),
            state: State::Resting,
            sent_to: None,
            turn: now,
            online_at: None,
            since: now,
            beyond: 0,
            whole: false,
            arrived: false,
            handed_over: false,
            accepted: false,
            hold_guard: Some(hold_guard),
            received: false,
            triggered: false,
            in_store: false,
            over: false,
        }
    }

    pub(super) fn guard(&mut self) -> Option<TimerId> {
        match &mut self.state {
            State::Sent { guard, .. } | State::Passed { guard, .. } => guard.take(),
            State::Watching { guard, .. } => Some(*guard),
            State::Hosted | State::Claiming | State::LookedUp | State::Resting => None,
        }
    }

    /// Whom it waits for.
    pub(super) fn waits_for(&self) -> Option<GatewayId> {
        match self.state {
            State::Sent { to, .. } | State::Passed { to, .. } => Some(to),
            State::Hosted
            | State::Claiming
            | State::LookedUp
            | State::Watching { .. }
            | State::Resting => None,
        }
    }

    /// Whether so many gateways have it, or nobody else is to have it.
    pub(super) fn is_safe(&self, needed: u32) -> bool {
        let stored = 1 + self.beyond + u32::from(self.in_store);
        self.whole || self.received || stored >= needed
    }

    /// Its sender's device brought it as well, and wants to hear when it is safe.
    pub(super) fn is_brought_by_sender(&mut self) {
        if let From::Gateway(gateway) = std::mem::replace(&mut self.from, From::Sender) {
            self.knows(gateway);
        }
        self.accepted = false;
    }

    pub(super) fn knows(&mut self, gateway: GatewayId) {
        if self.from != From::Gateway(gateway) && !self.others.contains(&gateway) {
            self.others.push(gateway);
        }
    }
}

impl Shelf {
    pub(super) fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Held> {
        self.held.get_mut(delivery)
    }

    pub(super) fn is_done(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.done.knows(delivery, now)
    }

    /// Whether it was here and is not any more.
    pub(super) fn is_over(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.is_done(delivery, now) || self.is_parked(delivery, now)
    }

    /// Whether it went to the external store from here.
    pub(super) fn is_parked(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.parked.knows(delivery, now)
    }

    /// What to say of a delivery with which this gateway has nothing to do any more.
    pub(super) fn over(&mut self, delivery: DeliveryId, now: Time) -> Option<Letter> {
        if self.is_done(delivery, now) {
            return Some(Letter::done(delivery));
        }
        let is_parked = !self.held.contains(delivery) && self.is_parked(delivery, now);
        is_parked.then(|| Letter::parked(delivery))
    }

    /// The external store has it: takes it out, and remembers that for a while.
    pub(super) fn park(&mut self, delivery: DeliveryId, now: Time, hold: Span) -> Option<Held> {
        let held = self.held.remove(delivery);
        self.parked.add(delivery, held.as_ref().map(|held| &held.copy.message), now, hold);
        held
    }

    /// It is done: takes it out, and remembers that for a while.
    pub(super) fn finish(&mut self, delivery: DeliveryId, now: Time, hold: Span) -> Option<Held> {
        let held = self.held.remove(delivery);
        self.done.add(delivery, held.as_ref().map(|held| &held.copy.message), now, hold);
        held
    }
}
