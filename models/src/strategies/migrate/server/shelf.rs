//! The data of clients that a server has, in memory or on disk: those that serve, and copies that may come to.

use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use penult_sim::Time;

use super::super::letters::Parcel;
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::line::{Line, Named};
use crate::message::{Flags, Message};
use crate::note::Drop;

/// The data of clients.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Of those that are hosted, or were before a crash.
    pub(super) data: BTreeMap<ClientId, Data>,
    /// Of those that migrate to here, with the number of the migration.
    pub(super) copies: BTreeMap<ClientId, (u32, Data)>,
}

/// The data of a client, without its fixed bytes.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// In which epoch of the client these are its data.
    pub(super) epoch: u32,
    pub(super) performed: Performed,
    pub(super) inbox: Line<Box<Kept>>,
}

/// A message in an inbox.
#[derive(Clone, Debug)]
pub struct Kept {
    pub(super) message: Rc<Message>,
    pub(super) flags: Flags,
    /// When the broker stored it.
    pub(super) stored: Time,
    /// Whether the device has it.
    pub(super) is_got: bool,
    /// Why it would be gone, were its client not just moving.
    pub(super) over: Option<Drop>,
    /// Since when it waits for a migration to end.
    pub(super) since: Time,
    /// Its delivery's number.
    pub(super) name: u64,
}

impl Kept {
    /// For its recipient.
    pub(in super::super) fn delivery_of(&self, client: ClientId) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: client }
    }
}

impl Named for Kept {
    fn name(&self) -> u64 {
        self.name
    }
}

/// Which messages were performed, for as long as they can come again.
#[derive(Clone, Debug, Default)]
pub struct Performed {
    /// Sorted.
    all: Vec<(MessageId, Weak<Message>)>,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 4;

impl Performed {
    pub(super) fn insert(&mut self, message: &Rc<Message>) {
        let Err(mut place) = self.all.binary_search_by_key(&message.id, |&(id, _)| id) else {
            return;
        };
        if self.all.len() == self.all.capacity() && self.all.len() >= FEW {
            self.all.retain(|(_, message)| message.strong_count() > 0);
            place = self.all.partition_point(|&(id, _)| id < message.id);
        }
        self.all.insert(place, (message.id, Rc::downgrade(message)));
    }

    pub(super) fn contains(&self, message: MessageId) -> bool {
        self.all.binary_search_by_key(&message, |&(id, _)| id).is_ok()
    }
}

impl Data {
    /// The data that a parcel brought.
    pub(super) fn of(parcel: &Parcel, client: ClientId, now: Time) -> Data {
        let mut inbox = Line::default();
        for kept in &parcel.inbox {
            let name = kept.delivery_of(client).key();
            inbox.push(Box::new(Kept { since: now, name, ..kept.clone() }));
        }
        Data { epoch: 0, performed: parcel.performed.clone(), inbox }
    }

    /// How many messages of the inbox the device has not acknowledged.
    pub(super) fn ungot(&mut self) -> u64 {
        let mut count = 0;
        self.inbox.for_each(|kept| count += u64::from(!kept.is_got));
        count
    }

    /// The deliveries of the inbox, in the order of their coming.
    pub(super) fn all(&mut self, client: ClientId) -> Vec<DeliveryId> {
        let mut all = Vec::with_capacity(self.inbox.len());
        self.inbox.for_each(|kept| all.push(kept.delivery_of(client)));
        all
    }
}

impl Shelf {
    /// Whether a delivery is in an inbox here.
    pub(super) fn has(&mut self, delivery: DeliveryId) -> bool {
        let (client, name) = (delivery.recipient, delivery.key());
        let served = self.data.get_mut(&client).is_some_and(|it| it.inbox.get_mut(name).is_some());
        served
            || self.copies.get_mut(&client).is_some_and(|(_, it)| it.inbox.get_mut(name).is_some())
    }

    /// A message in the inbox that serves.
    pub(super) fn kept(&mut self, delivery: DeliveryId) -> Option<&mut Kept> {
        let data = self.data.get_mut(&delivery.recipient)?;
        data.inbox.get_mut(delivery.key()).map(|kept| &mut **kept)
    }

    /// The data of a client in an epoch; empty ones, where there are none.
    pub(super) fn of(&mut self, client: ClientId, epoch: u32) -> &mut Data {
        let data = self.data.entry(client).or_default();
        data.epoch = epoch;
        data
    }
}
