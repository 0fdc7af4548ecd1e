//! The open deliveries: a slot for each, found by message and recipient.

use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::cause::Took;
use super::copies::{List, NONE};
use super::index::Index;
use super::phases::Phases;
use crate::ids::{DeliveryId, GatewayId, MessageId};
use crate::message::Message;

/// What is known of a delivery while anything can become of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) message: Rc<Message>,
    pub(super) delivery: DeliveryId,
    /// The sender's device.
    pub(super) sender: NodeId,
    pub(super) created: Time,
    /// How many bytes servers hold of it.
    pub(super) bytes: u32,
    pub(super) copies: List,
    /// How many copies are alive.
    pub(super) live: u32,
    /// Whether something can still become of it: neither delivered nor refused, with a copy left.
    pub(super) open: bool,
    /// Whether another node than the sender ever stored it.
    pub(super) stored: bool,
    pub(super) refused: bool,
    pub(super) counted: bool,
    /// Its row has been handed out.
    pub(super) finished: bool,
    /// It is on the list of those to look at when the event is over.
    pub(super) touched: bool,
    /// A later one of the same pair was delivered before it.
    pub(super) overtaken: bool,
    in_pair: bool,
    pub(super) accepted: Option<Time>,
    pub(super) delivered: Option<Time>,
    pub(super) gone: Option<Time>,
    pub(super) took: Option<Took>,
    pub(super) hops: u32,
    pub(super) host: Option<GatewayId>,
    pub(super) phases: Phases,
    /// The open delivery of the same sender and recipient created before this one, and the one after.
    earlier: u32,
    later: u32,
    /// The next delivery of the same message, and the first.
    next: u32,
    first: u32,
    /// Of the first: how many of the message's deliveries have no row yet.
    unfinished: u32,
}

impl Record {
    pub(super) fn id(&self) -> DeliveryId {
        self.delivery
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    slots: Vec<Option<Record>>,
    free: Vec<u32>,
    /// The first delivery of each message, marked if it has several.
    by_message: Index,
    /// Deliveries of messages with several.
    by_delivery: Index,
    /// The latest open delivery of each pair of sender and recipient.
    by_pair: Index,
    /// What was looked for last, and where it is: the notes of an event are nearly all of one delivery.
    last: Option<(DeliveryId, u32)>,
}

const SEVERAL: u32 = 1 << 31;

impl Records {
    #[inline]
    pub(super) fn get(&self, slot: u32) -> &Record {
        self.slots[slot as usize].as_ref().expect("the slot holds a delivery")
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Record {
        self.slots[slot as usize].as_mut().expect("the slot holds a delivery")
    }

    /// The next to be looked for is this one.
    #[inline]
    pub(super) fn expect(&mut self, slot: u32) {
        self.last = Some((self.get(slot).id(), slot));
    }

    /// Where a delivery is.
    #[inline]
    pub(super) fn find(&mut self, delivery: DeliveryId) -> Option<u32> {
        if let Some((last, slot)) = self.last
            && last == delivery
        {
            return Some(slot);
        }
        let slot = self.look_up(delivery)?;
        self.last = Some((delivery, slot));
        Some(slot)
    }

    /// The same, without a memory.
    pub(super) fn look_up(&self, delivery: DeliveryId) -> Option<u32> {
        let first = self.by_message.get(message_key(delivery.message))?;
        if first & SEVERAL != 0 {
            return self.by_delivery.get(delivery.key());
        }
        (self.get(first).delivery == delivery).then_some(first)
    }

    /// Where the first delivery of a message is.
    pub(super) fn first_of(&self, message: MessageId) -> Option<u32> {
        self.by_message.get(message_key(message)).map(|first| first & !SEVERAL)
    }

    /// The delivery of the same message after this one.
    pub(super) fn after(&self, slot: u32) -> Option<u32> {
        let next = self.get(slot).next;
        (next != NONE).then_some(next)
    }

    /// Every delivery that has a slot.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.slots).filter(|(_, record)| record.is_some()).map(|(slot, _)| slot)
    }

    /// Makes slots for the deliveries of a message, and says which is the first, and how many they are.
    /// None if it has slots already or no recipient; one who is named twice gets one.
    pub(super) fn create(
        &mut self,
        message: &Rc<Message>,
        sender: NodeId,
        created: Time,
        counted: bool,
    ) -> Option<(u32, u32)> {
        let recipients = message.recipients.as_slice();
        let several = recipients.len() > 1;
        if self.by_message.contains(message_key(message.id)) {
            return None;
        }
        let (mut first, mut last, mut count) = (NONE, NONE, 0);
        for &recipient in recipients {
            let delivery = DeliveryId { message: message.id, recipient };
            if several && self.by_delivery.contains(delivery.key()) {
                continue;
            }
            count += 1;
            let slot = self.free.pop().unwrap_or_else(|| {
                self.slots.push(None);
                u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 deliveries are open")
            });
            assert!(slot < SEVERAL, "fewer than 2^31 deliveries are open");
            if first == NONE {
                first = slot;
            } else {
                self.get_mut(last).next = slot;
            }
            last = slot;
            self.slots[slot as usize] = Some(Record {
                bytes: message.bytes + message.attachment,
                message: Rc::clone(message),
                delivery,
                sender,
                created,
                copies: List::EMPTY,
                live: 0,
                open: true,
                stored: false,
                refused: false,
                counted,
                finished: false,
                touched: false,
                overtaken: false,
                in_pair: true,
                accepted: None,
                delivered: None,
                gone: None,
                took: None,
                hops: 0,
                host: None,
                phases: Phases::default(),
                earlier: NONE,
                later: NONE,
                next: NONE,
                first,
                unfinished: 0,
            });
            if several {
                self.by_delivery.insert(delivery.key(), slot);
            }
            self.enter_pair(slot);
        }
        if first == NONE {
            return None;
        }
        self.get_mut(first).unfinished = count;
        let mark = if several { SEVERAL } else { 0 };
        self.by_message.insert(message_key(message.id), first | mark);
        Some((first, count))
    }

    /// A delivery has its row. The first of its message, if that was the last one without.
    pub(super) fn finish(&mut self, slot: u32) -> Option<u32> {
        self.leave_pair(slot);
        let record = self.get_mut(slot);
        record.finished = true;
        let first = record.first;
        let record = self.get_mut(first);
        record.unfinished -= 1;
        (record.unfinished == 0).then_some(first)
    }

    /// Frees the slot of a delivery whose message is finished. Its copies must be gone.
    pub(super) fn remove(&mut self, slot: u32) {
        let record = self.slots[slot as usize].take().expect("the slot holds a delivery");
        self.last = None;
        if record.first == slot {
            let marked = self.by_message.remove(message_key(record.delivery.message));
            if marked.is_some_and(|first| first & SEVERAL == 0) {
                self.free.push(slot);
                return;
            }
        }
        self.by_delivery.remove(record.id().key());
        self.free.push(slot);
    }

    fn enter_pair(&mut self, slot: u32) {
        let earlier = self.by_pair.insert(pair_key(self.get(slot)), slot);
        if let Some(earlier) = earlier {
            self.get_mut(slot).earlier = earlier;
            self.get_mut(earlier).later = slot;
        }
    }

    fn leave_pair(&mut self, slot: u32) {
        let record = self.get_mut(slot);
        if !std::mem::replace(&mut record.in_pair, false) {
            return;
        }
        let (earlier, later, pair) = (record.earlier, record.later, pair_key(record));
        if earlier != NONE {
            self.get_mut(earlier).later = later;
        }
        if later != NONE {
            self.get_mut(later).earlier = earlier;
        } else if earlier != NONE {
            self.by_pair.insert(pair, earlier);
        } else {
            self.by_pair.remove(pair);
        }
    }

    /// A delivery got to its application: the open ones of its pair that were created before it will be
    /// late. Whether it is late itself.
    pub(super) fn overtake(&mut self, slot: u32) -> bool {
        let record = self.get(slot);
        let overtaken = record.overtaken;
        let mut earlier = record.earlier;
        // Whatever was overtaken before, so were all before it: each is marked once.
        while earlier != NONE && !self.get(earlier).overtaken {
            let record = self.get_mut(earlier);
            record.overtaken = true;
            earlier = record.earlier;
        }
        self.leave_pair(slot);
        overtaken
    }
}

fn message_key(message: MessageId) -> u64 {
    u64::from(message.raw())
}

fn pair_key(record: &Record) -> u64 {
    u64::from(record.message.sender.0) << 32 | u64::from(record.delivery.recipient.0)
}
