//! What a space server keeps, in memory or on disk: messages until their time is over, their ids as long again, and the
//! numbers of its spaces.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{Span, Time};

use super::numbers::Numbering;
use crate::few::Few;
use crate::ids::{GatewayId, MessageId};
use crate::message::{Flags, Message};
use crate::strategies::spaces::ids::{Servers, SpaceId};

/// What a space server keeps.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    stored: BTreeMap<MessageId, Stored>,
    /// The same, by space.
    of_space: BTreeMap<SpaceId, BTreeSet<MessageId>>,
    /// When the time of each is over.
    expiry: BTreeSet<(Time, MessageId)>,
    /// What was here, and until when that counts as having it.
    expired: BTreeMap<MessageId, Time>,
    /// The same, by when that is over.
    forgetting: BTreeSet<(Time, MessageId)>,
    /// How many were ever stored here.
    count: u64,
    /// Who numbers each space, and how.
    pub(super) numberings: BTreeMap<SpaceId, Numbering>,
}

/// A message that is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) message: Rc<Message>,
    pub(super) flags: Flags,
    pub(super) space: SpaceId,
    /// When a server first stored it.
    pub(super) first: Time,
    /// Which of all that were stored here it is.
    pub(super) place: u64,
    /// Who is known to have it.
    pub(super) holders: Servers,
    /// Who wants to hear of each more that has it, until so many have.
    pub(super) reports: Few<(GatewayId, u32)>,
    /// Whether its publisher's rest was served.
    pub(super) forwarded: bool,
    /// Whether it was pushed.
    pub(super) pushed: bool,
}

impl Shelf {
    /// Keeps this. False if it was kept.
    pub(super) fn put(&mut self, mut stored: Stored, retention: Span) {
        let id = stored.message.id;
        stored.place = self.count;
        self.count += 1;
        self.expiry.insert((stored.first + retention, id));
        self.of_space.entry(stored.space).or_default().insert(id);
        self.stored.insert(id, stored);
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Stored> {
        self.stored.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: MessageId) -> Option<&mut Stored> {
        self.stored.get_mut(&id)
    }

    /// Whether it is here, or was not long ago.
    pub(super) fn has(&self, id: MessageId) -> bool {
        self.stored.contains_key(&id) || self.expired.contains_key(&id)
    }

    /// What is kept of a space, in the order of ids.
    pub(super) fn of(&self, space: SpaceId) -> impl Iterator<Item = MessageId> + '_ {
        self.of_space.get(&space).into_iter().flatten().copied()
    }

    /// The spaces of which something is kept.
    pub(super) fn spaces(&self) -> Vec<SpaceId> {
        self.of_space.keys().copied().collect()
    }

    /// The ids of what was here.
    pub(super) fn expired(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.expired.keys().copied()
    }

    /// All, after a crash: who else has what was known in memory.
    pub(super) fn forget_others(&mut self, me: &Servers) {
        for stored in self.stored.values_mut() {
            stored.holders = me.clone();
            stored.reports = Few::default();
            stored.pushed = false;
        }
    }

    /// When the next has been here for long enough.
    pub(super) fn next_expiry(&self) -> Option<Time> {
        let firsts = [self.expiry.first(), self.forgetting.first()];
        firsts.into_iter().flatten().map(|&(at, _)| at).min()
    }

    /// Takes out what has been here for long enough, and forgets what was that long ago.
    pub(super) fn expire(&mut self, now: Time, retention: Span) -> Vec<Stored> {
        let mut gone = Vec::new();
        while let Some(&(at, id)) = self.forgetting.first()
            && at <= now
        {
            self.forgetting.pop_first();
            self.expired.remove(&id);
        }
        while let Some(&(at, id)) = self.expiry.first()
            && at <= now
        {
            self.expiry.pop_first();
            let Some(stored) = self.stored.remove(&id) else { continue };
            if let Some(of_space) = self.of_space.get_mut(&stored.space) {
                of_space.remove(&id);
                if of_space.is_empty() {
                    self.of_space.remove(&stored.space);
                }
            }
            self.expired.insert(id, at + retention);
            self.forgetting.insert((at + retention, id));
            gone.push(stored);
        }
        gone
    }
}
