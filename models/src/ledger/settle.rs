//! What crashes take, and what is over once an event, or the run, is.

use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::absences::Away;
use super::cause::{CauseKind, Took};
use super::copies::{Copy, State};
use super::fate::{self, Fate};
use super::records::Record;
use super::row::{Row, Sink};
use super::violations::Violation;
use super::{Kind, Ledger};

impl<S: Sink> Ledger<S> {
    pub(super) fn crashed(&mut self, at: Time, node: NodeId, disk_lost: bool) {
        self.outages.crashed(node, at);
        self.note_away(at, node, Away::Dead, true);
        if let Some(gateway) = self.gateway_at(node) {
            self.loads.gateways[gateway.index()].crashes += 1;
        }
        let who = self.options.places.kind(node);
        if disk_lost {
            return self.disk_lost(at, node);
        }
        let survives = match who {
            // An outbox is on its device's disk, whatever gateways do.
            Kind::Client(_) | Kind::Relay(_) | Kind::Conduit(_) | Kind::Access => return,
            Kind::Gateway(_) => self.options.gateways_on_disk,
            Kind::Service(number) => self.options.services[number as usize].durable,
        };
        self.take_from(at, node, survives);
    }

    pub(super) fn disk_lost(&mut self, at: Time, node: NodeId) {
        if self.is_client(node) {
            self.forgot.insert(u64::from(node.raw()), at);
        }
        self.take_from(at, node, false);
    }

    /// A crash takes what a node holds, but not what it stored if that `survives`.
    fn take_from(&mut self, at: Time, node: NodeId, survives: bool) {
        if self.copies.held_by(node) == 0 {
            return;
        }
        for copy in self.copies.held_at(node) {
            let &Copy { owner, stored, .. } = self.copies.get(copy);
            if !(survives && stored) {
                let crash = Took::here(CauseKind::Crash, node);
                // What was not stored yet was still under way.
                let before = self.records.get(owner).ran_out_by().filter(|_| !stored);
                self.let_go(owner, copy, at, before.unwrap_or(crash));
            }
        }
    }

    /// The event in hand is over.
    #[inline]
    pub(super) fn settle(&mut self, at: Time) {
        // Nearly every second event has to do with no copy.
        if !(self.copies.loose.is_empty()
            && self.touched.is_empty()
            && self.live.now() == self.alive)
        {
            self.settle_copies(at);
        }
    }

    fn settle_copies(&mut self, at: Time) {
        self.fasten();
        if !self.touched.is_empty() {
            self.look_at_touched(at);
        }
        if self.live.now() != self.alive {
            self.live.set(at, self.alive);
        }
    }

    /// What came and was not kept, or was let go, is no longer there to be sent on.
    fn fasten(&mut self) {
        for place in 0..self.copies.loose.len() {
            let id = self.copies.loose[place];
            let arrived = self.copies.fasten(id);
            let &Copy { owner, node, state, at_gateway, .. } = self.copies.get(id);
            if state != State::Passing {
                continue;
            }
            let record = self.records.get_mut(owner);
            if arrived && record.live == 0 && !record.ran_out {
                record.took = Some(Took::here(CauseKind::Discarded, node));
            }
            if at_gateway && !record.passed.add(node) {
                self.copies.get_mut(id).state = State::Was;
            } else {
                self.copies.remove(&mut record.copies, id);
            }
        }
        self.copies.loose.clear();
    }

    #[inline(never)]
    fn look_at_touched(&mut self, at: Time) {
        if let &[slot] = self.touched.as_slice() {
            if let Some(fate) = self.look_at(slot, at) {
                self.hand_out(at, slot, fate);
            }
            return self.touched.clear();
        }
        let mut touched = std::mem::take(&mut self.touched);
        touched.retain(|&slot| self.look_at(slot, at).is_some());
        // A crash ends many at once, in the order of the arena. Rows go by age.
        touched.sort_unstable_by_key(|&slot| age(self.records.get(slot)));
        for slot in touched.drain(..) {
            let fate = fate::without_copies(self.records.get(slot));
            self.hand_out(at, slot, fate.expect("it was over a moment ago"));
        }
        self.touched = touched;
    }

    /// The fate of a delivery to which something happened, if it is over just now.
    #[inline]
    fn look_at(&mut self, slot: u32, at: Time) -> Option<Fate> {
        let record = self.records.get_mut(slot);
        record.touched = false;
        if record.live > 0 || record.finished {
            return None;
        }
        self.open -= u64::from(std::mem::replace(&mut record.open, false));
        let fate = fate::without_copies(record);
        if !record.is_delivered {
            let story = self.records.story_mut(slot);
            story.gone = story.gone.min(at);
        }
        fate
    }

    /// The run is over: whatever has no row yet gets one.
    pub fn finish(&mut self, now: Time) {
        self.settle(now);
        self.check_copies(now);
        let unfinished = |&slot: &u32| !self.records.get(slot).finished;
        let mut left: Vec<u32> = self.records.all().filter(unfinished).collect();
        left.sort_unstable_by_key(|&slot| age(self.records.get(slot)));
        for slot in left {
            self.close(slot);
            let fate = fate::at_the_end(self.records.get(slot));
            self.hand_out(now, slot, fate);
        }
        self.touched.clear();
        self.live.set(now, self.alive);
        for level in [&mut self.live, &mut self.loads.queued] {
            level.reach(now);
        }
        for load in &mut self.loads.gateways {
            load.reach(now);
        }
        if self.totals.ended() != self.totals.offered {
            self.broken(Violation::FatesDiffer, now, None, None);
        }
    }

    /// Copies counted by delivery are those counted by node and in all.
    fn check_copies(&mut self, now: Time) {
        let by_delivery: u64 =
            self.records.all().map(|slot| u64::from(self.records.get(slot).live)).sum();
        if by_delivery != self.alive {
            self.broken(Violation::CopiesDiffer, now, None, None);
        }
        for index in 0..self.loads.gateways.len() {
            let node = NodeId::new(index);
            if u64::from(self.copies.held_by(node)) != self.loads.gateways[index].copies.now() {
                self.broken(Violation::CopiesDiffer, now, Some(node), None);
            }
        }
    }

    /// A delivery's fate can't change any more.
    fn hand_out(&mut self, at: Time, slot: u32, fate: Fate) {
        let (record, story) = (self.records.get(slot), self.records.story(slot));
        let is_told = matches!(fate, Fate::Lost | Fate::Expired | Fate::Unsent);
        let took = record.took.filter(|_| is_told && record.live == 0);
        let message = story.message.as_ref().expect("it is handed out once");
        let when = |at: Time| (at < Time::NEVER).then_some(at);
        let row = Row {
            message: Rc::clone(message),
            recipient: record.delivery.recipient,
            created: record.created,
            bytes: message.bytes + message.attachment,
            counted: record.counted,
            accepted: when(story.accepted),
            delivered: when(story.delivered),
            fate,
            cause: took.map(|took| self.cause(took)),
            gone: when(story.gone).filter(|_| !record.is_delivered),
            hops: u32::from(story.hops),
            host: story.host,
            phases: story.phases,
        };
        if row.counted {
            self.totals.count(&row);
        }
        self.sink.finished(&row);
        if let Some(first) = self.records.finish(slot) {
            self.forget(at, first);
        }
    }

    /// All deliveries of a message have their rows: counts its gateways, and frees their memory.
    fn forget(&mut self, at: Time, first: u32) {
        let mut gateways = std::mem::take(&mut self.stored_at);
        gateways.clear();
        let mut next = Some(first);
        let counted = self.records.get(first).counted;
        while let Some(slot) = next {
            next = self.records.after(slot);
            for gateway in self.records.get(slot).passed.iter() {
                if !gateways.contains(&gateway) {
                    gateways.push(gateway);
                }
            }
            while let Some(id) = self.copies.newest(&self.records.get(slot).copies) {
                let copy = self.copies.get(id);
                let (node, state, at_gateway) = (copy.node, copy.state, copy.at_gateway);
                if at_gateway && !gateways.contains(&node) {
                    gateways.push(node);
                }
                match state {
                    State::Flying => {
                        self.fall(slot, None);
                        self.copies.set_adrift(&mut self.records.get_mut(slot).copies, id);
                        continue;
                    }
                    State::Held => {
                        self.let_go(slot, id, at, Took::here(CauseKind::Discarded, node));
                        self.copies.loose.retain(|&loose| loose != id);
                        self.copies.fasten(id);
                    }
                    State::Passing | State::Was | State::Adrift => {}
                }
                self.copies.remove(&mut self.records.get_mut(slot).copies, id);
            }
            self.records.remove(slot);
        }
        self.totals.gateways += if counted { gateways.len() as u64 } else { 0 };
        self.stored_at = gateways;
    }
}

/// Oldest first; of one instant, by number and recipient.
fn age(record: &Record) -> (Time, u64) {
    (record.created, record.id().key())
}
