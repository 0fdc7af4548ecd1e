//! A device's buffer: the messages that it holds, its own and those of others, and how room is made in it.

use std::collections::BTreeMap;

use penult_sim::{IdMap, Time, TimerId};

use crate::ids::DeliveryId;
use crate::note::Drop;
use crate::strategies::mesh::letters::{Copies, Mail};
use crate::strategies::mesh::options::Evict;

/// A message that a device holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) mail: Mail,
    /// When it came, or was made.
    pub(super) here: Time,
    /// Whether its user wrote it.
    pub(super) own: bool,
    pub(super) copies: Copies,
    /// Whether it is a copy of the way back.
    pub(super) back: bool,
    /// What it leaves for once it is not being sent any more.
    pub(super) late: Option<Drop>,
    pub(super) tried: Tried,
}

/// How far a device is in bringing a message to a server.
#[derive(Debug, Default)]
pub(super) struct Tried {
    pub(super) stage: Stage,
    /// How many attempts were made since it began anew.
    pub(super) attempts: u32,
    /// How many gateways it was sent to in this round.
    pub(super) turns: u32,
    /// Which round that is.
    pub(super) round: u32,
    /// When the last attempt was made.
    pub(super) last: Option<Time>,
    /// What ends the wait for it. A crash leaves a stale one.
    pub(super) guard: Option<TimerId>,
}

/// What a device waits for before it tries again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// For a connection.
    #[default]
    New,
    /// For the presence database, which is asked now or was with the question of this number.
    Asked(Option<u32>),
    /// For a gateway.
    Tried,
    /// It was tried often enough.
    Rests,
    /// A server has it, or its fate is known: for nothing, until it begins anew.
    Ended,
}

/// What a device holds, in the order of its coming.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    held: BTreeMap<u64, Held>,
    places: IdMap<u64>,
    next: u64,
    bytes: u64,
    /// How many are of others.
    others: u32,
}

impl Buffer {
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn others(&self) -> u32 {
        self.others
    }

    /// Puts something behind all that is here. Its place.
    pub(super) fn put(&mut self, held: Held) -> u64 {
        let place = self.next;
        self.next += 1;
        self.bytes += u64::from(held.mail.bytes());
        self.others += u32::from(!held.own);
        let before = self.places.insert(held.mail.delivery().key(), place);
        debug_assert!(before.is_none(), "it is held already");
        self.held.insert(place, held);
        place
    }

    pub(super) fn has(&self, delivery: DeliveryId) -> bool {
        self.places.contains(delivery.key())
    }

    pub(super) fn get(&self, delivery: DeliveryId) -> Option<&Held> {
        self.held.get(self.places.get(delivery.key())?)
    }

    pub(super) fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Held> {
        self.held.get_mut(self.places.get(delivery.key())?)
    }

    pub(super) fn at(&self, place: u64) -> Option<&Held> {
        self.held.get(&place)
    }

    pub(super) fn take(&mut self, delivery: DeliveryId) -> Option<Held> {
        let place = self.places.remove(delivery.key())?;
        let held = self.held.remove(&place).expect("what has a place is there");
        self.bytes -= u64::from(held.mail.bytes());
        self.others -= u32::from(!held.own);
        Some(held)
    }

    /// All of it, in the order of its coming.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Held)> {
        self.held.iter().map(|(&place, held)| (place, held))
    }

    /// The same, from behind a place on.
    pub(super) fn behind(&self, place: Option<u64>) -> impl Iterator<Item = (u64, &Held)> {
        let from = place.map_or(0, |place| place + 1);
        self.held.range(from..).map(|(&place, held)| (place, held))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Held> {
        self.held.values_mut()
    }

    /// What goes next where room is needed; never what is being sent.
    pub(super) fn victim(&self, evict: Evict, sent: Option<DeliveryId>) -> Option<DeliveryId> {
        let may_go = |held: &&Held| Some(held.mail.delivery()) != sent;
        let found = match evict {
            Evict::Oldest => self.held.values().find(may_go),
            Evict::Youngest => self.held.values().rev().find(may_go),
            // Of equals the last is the greatest: so the other way round.
            Evict::Largest => {
                self.held.values().rev().filter(may_go).max_by_key(|held| held.mail.bytes())
            }
        };
        found.map(|held| held.mail.delivery())
    }
}
