//! Ids that a server remembers after it let go of what they name, so that a copy that comes back is known.
//!
//! A memory of everything that ever passed would grow with the run. What nobody has a copy of any more
//! can't come back: of that nothing is kept, though a real server would have to keep it for `hold`.

use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use penult_sim::{IdMap, Span, Time};

use crate::ids::DeliveryId;
use crate::message::Message;

/// Deliveries that were here, each for a while.
#[derive(Debug)]
pub struct Remembered {
    ids: IdMap<()>,
    /// The greatest that was ever among them: most questions are about something newer.
    newest: u64,
    /// In the order of their forgetting.
    order: VecDeque<Memory>,
    /// Before this nothing is to be forgotten.
    until: Time,
    /// With so many, those that can't come back are sorted out.
    enough: usize,
}

#[derive(Debug)]
struct Memory {
    until: Time,
    delivery: DeliveryId,
    /// Dead when the last copy is gone. Absent where only the id was ever here.
    message: Option<Weak<Message>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered {
            ids: IdMap::new(),
            newest: 0,
            order: VecDeque::new(),
            until: Time::NEVER,
            enough: 0,
        }
    }
}

impl Memory {
    fn can_come_back(&self) -> bool {
        self.message.as_ref().is_none_or(|message| message.strong_count() > 0)
    }
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 32;

impl Remembered {
    /// Remembers this for so long.
    pub fn add(
        &mut self,
        delivery: DeliveryId,
        message: Option<&Rc<Message>>,
        now: Time,
        hold: Span,
    ) {
        self.forget(now);
        if self.ids.insert(delivery.key(), ()).is_none() {
            let message = message.map(Rc::downgrade);
            let until = now + hold;
            self.until = self.until.min(until);
            self.newest = self.newest.max(delivery.key());
            self.order.push_back(Memory { until, delivery, message });
            self.sort_out();
        }
    }

    /// Whether this was here.
    #[inline]
    pub fn knows(&mut self, delivery: DeliveryId, now: Time) -> bool {
        delivery.key() <= self.newest && self.looks_up(delivery, now)
    }

    fn looks_up(&mut self, delivery: DeliveryId, now: Time) -> bool {
        self.forget(now);
        self.ids.contains(delivery.key())
    }

    #[inline]
    fn forget(&mut self, now: Time) {
        if self.until <= now {
            self.forget_first(now);
        }
    }

    fn forget_first(&mut self, now: Time) {
        self.until = Time::NEVER;
        while let Some(memory) = self.order.front() {
            if memory.until > now {
                self.until = memory.until;
                break;
            }
            self.ids.remove(memory.delivery.key());
            self.order.pop_front();
        }
    }

    /// Each is looked at about once for each time that it was added: half of them must be new.
    fn sort_out(&mut self) {
        if self.order.len() < self.enough.max(FEW) {
            return;
        }
        let ids = &mut self.ids;
        self.order.retain(|memory| {
            let stays = memory.can_come_back();
            if !stays {
                ids.remove(memory.delivery.key());
            }
            stays
        });
        self.enough = self.order.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(message: &Message) -> DeliveryId {
        message.deliveries().next().expect("it has a recipient")
    }

    #[test]
    fn remembers_for_so_long() {
        let mut remembered = Remembered::default();
        let at = |secs| Time::ZERO + Span::secs(secs);
        let one = Message::numbered(1);
        remembered.add(delivery(&one), Some(&one), at(1), Span::secs(10));
        assert!(remembered.knows(delivery(&one), Time::ZERO + Span::nanos(10_999_999_999)));
        let other = Message::numbered(2);
        remembered.add(delivery(&other), Some(&other), at(2), Span::secs(10));
        assert!(!remembered.knows(delivery(&one), at(11)));
        assert!(remembered.knows(delivery(&other), at(11)));
        assert!(!remembered.knows(delivery(&other), at(12)));
    }

    #[test]
    fn keeps_what_can_come_back_and_nothing_else() {
        let mut remembered = Remembered::default();
        let (now, hold) = (Time::ZERO, Span::secs(1));
        let alive: Vec<Rc<Message>> = (0..10).map(Message::numbered).collect();
        for one in &alive {
            remembered.add(delivery(one), Some(one), now, hold);
        }
        let unseen = delivery(&Message::numbered(99));
        remembered.add(unseen, None, now, hold);
        for number in 100..100_000 {
            let passing = Message::numbered(number);
            remembered.add(delivery(&passing), Some(&passing), now, hold);
        }
        assert!(alive.iter().all(|one| remembered.knows(delivery(one), now)));
        assert!(remembered.knows(unseen, now), "its copy may be on the way");
        assert!(remembered.order.len() < 3 * FEW, "{}", remembered.order.len());
        assert_eq!(remembered.ids.len(), remembered.order.len());
    }
}
