//! Elections: who becomes the lead of a space when there is none, or none that can be heard.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::TimerId;

use super::lead::Throne;
use super::{Replica, ReplicaDisk};
use crate::ids::MessageId;
use crate::strategies::spaces::ids::{ServerId, SpaceId};
use crate::strategies::spaces::letters::{LeadLetter, Letter, Reign, Table};
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_server};

/// A server that would be lead.
#[derive(Debug)]
pub(super) struct Standing {
    term: u32,
    grants: BTreeMap<ServerId, Granted>,
    guard: TimerId,
}

/// What a server that granted knew.
#[derive(Debug)]
struct Granted {
    table: Table,
    has: Rc<[MessageId]>,
}

impl Throne {
    /// It does not stand, and does not wait to.
    pub(super) fn stop_standing(&mut self, cx: &mut Cx<'_>) {
        if let Some(standing) = self.standing.take() {
            cx.cancel_timer(standing.guard);
        }
        if let Some(guard) = self.waits.take() {
            cx.cancel_timer(guard);
        }
    }
}

impl Replica {
    /// A peer is suspected, or no longer: what that means for the spaces that both have.
    pub(super) fn consider_all(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        let options = Self::options(cx);
        if !options.lead {
            return;
        }
        let both = |space: &SpaceId| disk.map.replicas(*space, options).contains(&server);
        let spaces: Vec<SpaceId> = self.spaces.iter().copied().filter(both).collect();
        for space in spaces {
            self.consider(disk, space, cx);
        }
    }

    /// Whether this server is to be lead: it suspects the one, or knows none, and is the first of those it does not
    /// suspect.
    fn is_to_stand(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> bool {
        let lead = self.reign(disk, space, cx).map(|reign| reign.lead);
        let has_lead = lead.is_some_and(|lead| !self.is_suspect(lead, cx));
        let replicas = disk.map.replicas(space, Self::options(cx));
        let first = replicas.iter().find(|&&it| it == self.me || !self.is_suspect(it, cx));
        self.serves() && !has_lead && first == Some(&self.me)
    }

    fn is_lead(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> bool {
        self.reign(disk, space, cx).is_some_and(|reign| reign.lead == self.me)
    }

    fn has_majority(&self, disk: &ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> bool {
        self.live_others(disk, space, cx).count() + 1 >= Self::options(cx).majority()
    }

    /// What this server does about the lead of a space now.
    pub(super) fn consider(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        if !self.serves() {
            return;
        }
        if self.is_lead(disk, space, cx) {
            let has_majority = self.has_majority(disk, space, cx);
            if !has_majority {
                self.set_active(space, false, cx);
            }
            let throne = self.thrones.entry(space).or_default();
            if !throne.active && has_majority && throne.standing.is_none() {
                self.stand(disk, space, cx);
            }
            return;
        }
        let is_to_stand = self.is_to_stand(disk, space, cx);
        let throne = self.thrones.entry(space).or_default();
        if !is_to_stand {
            if let Some(guard) = throne.waits.take() {
                cx.cancel_timer(guard);
            }
        } else if throne.waits.is_none() && throne.standing.is_none() {
            self.wait_to_stand(space, cx);
        }
    }

    fn wait_to_stand(&mut self, space: SpaceId, cx: &mut Cx<'_>) {
        let wait = Self::options(cx).elect;
        let guard = cx.set_background_timer(wait, timer(SpacesTimer::Elect(space)));
        self.thrones.entry(space).or_default().waits = Some(guard);
    }

    /// It has waited for long enough.
    pub(super) fn may_stand(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        self.thrones.entry(space).or_default().waits = None;
        if !self.is_to_stand(disk, space, cx) {
            return;
        }
        if self.has_majority(disk, space, cx) {
            self.stand(disk, space, cx);
        } else {
            self.wait_to_stand(space, cx);
        }
    }

    /// Asks those that it does not suspect, with a term above all that it knows.
    fn stand(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        let known = self.term(disk, space, cx);
        let granted = disk.granted.get(&space).copied().unwrap_or(0);
        let throne = self.thrones.entry(space).or_default();
        let term = known.max(granted).max(throne.heard_of) + 1;
        throne.stop_standing(cx);
        disk.granted.insert(space, term);
        let options = Self::options(cx);
        let wait = options.elect.max(options.ack_timeout);
        let guard = cx.set_background_timer(wait, timer(SpacesTimer::Unelected(space)));
        let own = Granted { table: self.table(disk, space, cx), has: self.has_of(disk, space, cx) };
        let grants = BTreeMap::from([(self.me, own)]);
        let throne = self.thrones.entry(space).or_default();
        throne.standing = Some(Standing { term, grants, guard });
        for server in self.others(disk, space, cx) {
            if !self.is_suspect(server, cx) {
                to_server(server, Letter::Lead(LeadLetter::Stand { space, term }), cx);
            }
        }
    }

    /// It was not elected in time.
    pub(super) fn unelected(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        self.thrones.entry(space).or_default().standing = None;
        self.consider(disk, space, cx);
    }

    /// What is here of a space, or was not long ago.
    fn has_of(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> Rc<[MessageId]> {
        let numbered: Vec<MessageId> =
            self.table(disk, space, cx).numbers.iter().map(|&(_, _, message)| message).collect();
        let shelf = self.shelf(disk, cx);
        let mut has: Vec<MessageId> = shelf.of(space).collect();
        has.extend(numbered.into_iter().filter(|&id| shelf.get(id).is_none() && shelf.has(id)));
        has.into()
    }

    pub(super) fn lead_said(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        letter: LeadLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            LeadLetter::Stand { space, term } => self.asked_to_grant(disk, from, space, term, cx),
            LeadLetter::Grant { term, table, has } => {
                let throne = self.thrones.entry(table.space).or_default();
                let standing = throne.standing.as_mut().filter(|it| it.term == term);
                let Some(standing) = standing else { return };
                let space = table.space;
                standing.grants.insert(from, Granted { table, has });
                if standing.grants.len() as u32 >= Self::options(cx).majority() {
                    self.elected(disk, space, cx);
                }
            }
            LeadLetter::Refuse { table, granted, .. } => {
                let throne = self.thrones.entry(table.space).or_default();
                throne.heard_of = throne.heard_of.max(granted);
                self.adopt(disk, &table, cx);
            }
            LeadLetter::Leads(table) => self.adopt(disk, &table, cx),
        }
    }

    /// Somebody would be lead. Who does not serve does not vote.
    fn asked_to_grant(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        space: SpaceId,
        term: u32,
        cx: &mut Cx<'_>,
    ) {
        if !self.serves() {
            return;
        }
        let (reign, table) = (self.reign(disk, space, cx), self.table(disk, space, cx));
        let granted = disk.granted.get(&space).copied().unwrap_or(0);
        let is_active = self.thrones.get(&space).is_some_and(|throne| throne.active);
        let is_free = reign.is_none_or(|Reign { lead, .. }| {
            lead == from || (lead == self.me && !is_active) || self.is_suspect_other(lead, cx)
        });
        let letter = if is_free && term > granted.max(table.reign.map_or(0, |it| it.term)) {
            disk.granted.insert(space, term);
            let has = self.has_of(disk, space, cx);
            LeadLetter::Grant { term, table, has }
        } else {
            LeadLetter::Refuse { term, table, granted }
        };
        to_server(from, Letter::Lead(letter), cx);
    }

    fn is_suspect_other(&self, server: ServerId, cx: &Cx<'_>) -> bool {
        server != self.me && self.is_suspect(server, cx)
    }

    /// A majority has granted: this server numbers from now on.
    fn elected(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        let throne = self.thrones.entry(space).or_default();
        let Some(Standing { term, grants, guard }) = throne.standing.take() else { return };
        cx.cancel_timer(guard);
        self.set_active(space, true, cx);
        cx.tell(counting::ELECTIONS.one());
        self.waited_for_lead(disk, space, cx);
        let highest = grants.values().map(|it| it.table.reign.map_or(0, |reign| reign.term)).max();
        let has: BTreeSet<MessageId> =
            grants.values().flat_map(|it| it.has.iter().copied()).collect();
        // Of those who knew the highest term, but not what nobody has.
        let mut numbers = BTreeMap::new();
        for granted in grants.values() {
            if granted.table.reign.map(|reign| reign.term) == highest.filter(|&it| it > 0) {
                let all = granted.table.numbers.iter();
                numbers.extend(all.map(|&(count, term, message)| (count, (term, message))));
            }
        }
        let held = numbers.into_iter().filter(|(_, (_, message))| has.contains(message));
        let numbers: Vec<_> = held.map(|(at, (term, message))| (at, term, message)).collect();
        let me = self.me;
        let shelf = self.shelf(disk, cx);
        let mut unnumbered: Vec<(u64, MessageId)> = shelf
            .of(space)
            .filter_map(|id| shelf.get(id).map(|stored| (stored.place, id)))
            .collect();
        unnumbered.sort_unstable();
        let numbering = shelf.numberings.entry(space).or_default();
        numbering.replace(Reign { term, lead: me }, &numbers);
        let mut new = Vec::new();
        for (_, id) in unnumbered {
            if numbering.number(id, term) {
                new.push(id);
            }
        }
        new.iter().for_each(|id| cx.tell(counting::numbered(id.raw())));
        let table = self.table(disk, space, cx);
        for server in self.others(disk, space, cx) {
            to_server(server, Letter::Lead(LeadLetter::Leads(table.clone())), cx);
        }
        self.offer_numbers_later(disk, space, &new, cx);
        self.push_in_turn(disk, space, cx);
    }
}
