//! The open deliveries: a slot for each, found by message and recipient.

use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::cause::Took;
use super::copies::NONE;
use super::index::Index;
use super::list::List;
use super::passed::Passed;
use super::phases::Phases;
use crate::ids::{DeliveryId, GatewayId, MessageId};
use crate::message::Message;

/// What is known of a delivery while anything can become of it, as far as its copies' notes ask or change it:
/// two lines of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Record {
    pub(super) delivery: DeliveryId,
    /// The sender's device.
    pub(super) sender: NodeId,
    pub(super) created: Time,
    /// How many bytes servers hold of it.
    pub(super) bytes: u32,
    pub(super) copies: List,
    /// How many copies are alive.
    pub(super) live: u32,
    /// The gateways that had stored it and have it no longer.
    pub(super) passed: Passed,
    pub(super) took: Option<Took>,
    /// Whether something can still become of it: neither delivered nor refused, with a copy left.
    pub(super) open: bool,
    /// Whether another node than the sender ever stored it.
    pub(super) stored: bool,
    /// Whether the last copy that was stored anywhere went because its time was over. Then what is still under way
    /// has had its time too, whatever takes it.
    pub(super) ran_out: bool,
    pub(super) refused: bool,
    pub(super) is_delivered: bool,
    pub(super) counted: bool,
    /// Its row has been handed out.
    pub(super) finished: bool,
    /// It is on the list of those to look at when the event is over.
    pub(super) touched: bool,
    /// A later one of the same pair was delivered before it.
    overtaken: bool,
    in_pair: bool,
    /// Its message has others.
    is_one_of_several: bool,
}

/// What else is known of it.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Story {
    /// None if no delivery is told of here.
    pub(super) message: Option<Rc<Message>>,
    /// When it was accepted, delivered and gone; [`Time::NEVER`] if it was not.
    pub(super) accepted: Time,
    pub(super) delivered: Time,
    pub(super) gone: Time,
    pub(super) phases: Phases,
    pub(super) hops: u16,
    pub(super) host: Option<GatewayId>,
    /// The open delivery of the same sender and recipient created before this one, and the one after.
    earlier: u32,
    later: u32,
    /// The next delivery of the same message, and the first.
    next: u32,
    first: u32,
    /// Of the first: how many of the message's deliveries have no row yet.
    unfinished: u32,
}

const _: () = assert!(size_of::<Record>() == 128);

impl Record {
    pub(super) fn id(&self) -> DeliveryId {
        self.delivery
    }

    /// What took all that was stored, if its time was over.
    pub(super) fn ran_out_by(&self) -> Option<Took> {
        self.took.filter(|_| self.ran_out)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    slots: Vec<Record>,
    stories: Vec<Story>,
    free: Vec<u32>,
    /// The first delivery of each message.
    by_message: Index,
    /// Deliveries of messages with several.
    by_delivery: Index,
    /// The latest open delivery of each pair of sender and recipient.
    by_pair: Index,
    /// What was looked for last, and where it is: the notes of an event are nearly all of one delivery.
    last: Option<(DeliveryId, u32)>,
}

impl Records {
    #[inline]
    pub(super) fn get(&self, slot: u32) -> &Record {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Record {
        &mut self.slots[slot as usize]
    }

    pub(super) fn story(&self, slot: u32) -> &Story {
        &self.stories[slot as usize]
    }

    pub(super) fn story_mut(&mut self, slot: u32) -> &mut Story {
        &mut self.stories[slot as usize]
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
    #[inline(never)]
    pub(super) fn look_up(&self, delivery: DeliveryId) -> Option<u32> {
        let first = self.first_of(delivery.message)?;
        let record = self.get(first);
        if !record.is_one_of_several {
            return (record.delivery == delivery).then_some(first);
        }
        self.by_delivery.find(delivery.key(), |&slot| self.get(slot).delivery == delivery)
    }

    /// Where the first delivery of a message is.
    #[inline]
    pub(super) fn first_of(&self, message: MessageId) -> Option<u32> {
        self.by_message
            .find(message_key(message), |&slot| self.get(slot).delivery.message == message)
    }

    /// The delivery of the same message after this one.
    pub(super) fn after(&self, slot: u32) -> Option<u32> {
        if !self.get(slot).is_one_of_several {
            return None;
        }
        let next = self.story(slot).next;
        (next != NONE).then_some(next)
    }

    /// Every delivery that has a slot.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.stories).filter(|(_, story)| story.message.is_some()).map(|(slot, _)| slot)
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
        let is_one_of_several = recipients.len() > 1;
        if self.first_of(message.id).is_some() {
            return None;
        }
        let (mut first, mut last, mut count) = (NONE, NONE, 0);
        for &recipient in recipients {
            let delivery = DeliveryId { message: message.id, recipient };
            let is_known = |&slot: &u32| self.get(slot).delivery == delivery;
            if is_one_of_several && self.by_delivery.find(delivery.key(), is_known).is_some() {
                continue;
            }
            count += 1;
            let slot = self.free.pop().unwrap_or_else(|| {
                u32::try_from(self.slots.len()).expect("fewer than 2^32 deliveries are open")
            });
            if first == NONE {
                first = slot;
            } else {
                self.story_mut(last).next = slot;
            }
            last = slot;
            let record = Record {
                bytes: message.bytes + message.attachment,
                delivery,
                sender,
                created,
                copies: List::EMPTY,
                live: 0,
                passed: Passed::default(),
                took: None,
                open: true,
                stored: false,
                ran_out: false,
                refused: false,
                is_delivered: false,
                counted,
                finished: false,
                touched: false,
                overtaken: false,
                in_pair: true,
                is_one_of_several,
            };
            let story = Story {
                message: Some(Rc::clone(message)),
                accepted: Time::NEVER,
                delivered: Time::NEVER,
                gone: Time::NEVER,
                phases: Phases::default(),
                hops: 0,
                host: None,
                earlier: NONE,
                later: NONE,
                next: NONE,
                first,
                unfinished: 0,
            };
            self.put(slot, record, story);
            if is_one_of_several {
                let Records { by_delivery, slots, .. } = self;
                by_delivery.insert(delivery.key(), slot, |slot| delivery_key(slots, slot));
            }
            self.enter_pair(slot);
        }
        if first == NONE {
            return None;
        }
        self.story_mut(first).unfinished = count;
        let Records { by_message, slots, .. } = self;
        by_message.insert(message_key(message.id), first, |slot| key_of_message(slots, slot));
        Some((first, count))
    }

    fn put(&mut self, slot: u32, record: Record, story: Story) {
        let place = slot as usize;
        if place == self.slots.len() {
            self.slots.push(record);
            self.stories.push(story);
        } else {
            self.slots[place] = record;
            self.stories[place] = story;
        }
    }

    /// A delivery has its row. The first of its message, if that was the last one without.
    pub(super) fn finish(&mut self, slot: u32) -> Option<u32> {
        self.leave_pair(slot);
        self.get_mut(slot).finished = true;
        let first = self.story(slot).first;
        let story = self.story_mut(first);
        story.unfinished -= 1;
        (story.unfinished == 0).then_some(first)
    }

    /// Frees the slot of a delivery whose message is finished. Its copies must be gone.
    pub(super) fn remove(&mut self, slot: u32) {
        self.last = None;
        let Records { by_message, by_delivery, slots, stories, free, .. } = self;
        let record = &slots[slot as usize];
        let story = &mut stories[slot as usize];
        story.message = None;
        if story.first == slot {
            let key = message_key(record.delivery.message);
            by_message.remove(key, slot, |slot| key_of_message(slots, slot));
        }
        if record.is_one_of_several {
            let key = record.delivery.key();
            by_delivery.remove(key, slot, |slot| delivery_key(slots, slot));
        }
        free.push(slot);
    }

    fn enter_pair(&mut self, slot: u32) {
        let Records { by_pair, slots, stories, .. } = self;
        let pair = pair_key(slots, slot);
        if let Some(earlier) = by_pair.insert(pair, slot, |slot| pair_key(slots, slot)) {
            stories[slot as usize].earlier = earlier;
            stories[earlier as usize].later = slot;
        }
    }

    fn leave_pair(&mut self, slot: u32) {
        let Records { by_pair, slots, stories, .. } = self;
        if !std::mem::replace(&mut slots[slot as usize].in_pair, false) {
            return;
        }
        let Story { earlier, later, .. } = stories[slot as usize];
        if earlier != NONE {
            stories[earlier as usize].later = later;
        }
        let pair = pair_key(slots, slot);
        if later != NONE {
            stories[later as usize].earlier = earlier;
        } else if earlier != NONE {
            by_pair.insert(pair, earlier, |slot| pair_key(slots, slot));
        } else {
            by_pair.remove(pair, slot, |slot| pair_key(slots, slot));
        }
    }

    /// A delivery got to its application: the open ones of its pair that were created before it will be
    /// late. Whether it is late itself.
    pub(super) fn overtake(&mut self, slot: u32) -> bool {
        let overtaken = self.get(slot).overtaken;
        let mut earlier = self.story(slot).earlier;
        // Whatever was overtaken before, so were all before it: each is marked once.
        while earlier != NONE && !std::mem::replace(&mut self.get_mut(earlier).overtaken, true) {
            earlier = self.story(earlier).earlier;
        }
        self.leave_pair(slot);
        overtaken
    }
}

fn message_key(message: MessageId) -> u64 {
    u64::from(message.raw())
}

fn key_of_message(slots: &[Record], slot: u32) -> u64 {
    message_key(slots[slot as usize].delivery.message)
}

fn delivery_key(slots: &[Record], slot: u32) -> u64 {
    slots[slot as usize].delivery.key()
}

fn pair_key(slots: &[Record], slot: u32) -> u64 {
    let Record { sender, delivery, .. } = slots[slot as usize];
    u64::from(sender.raw()) << 32 | u64::from(delivery.recipient.0)
}
