//! Standing for primary: when a replica does, who votes for it, and how it begins.

use penult_sim::{Span, Time};

use super::leading::Leading;
use super::{BusTimer, Replica, ReplicaDisk, count, node_of, say, timer};
use crate::strategies::replay::Cx;
use crate::strategies::replay::counting::{ELECTIONS, HANDED_OVER};
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::BusLetter;
use crate::strategies::replay::number::{Number, Term};

/// For what a replica stands.
#[derive(Debug)]
pub(super) struct Standing {
    term: Term,
    /// Who gave it a vote, with its newest number.
    votes: Vec<(u32, Number)>,
}

/// So long after it misses a primary a replica stands, and so long after it stood in vain.
const PATIENCE: Span = Span::secs(1);

impl Replica {
    /// From when on a primary is missed.
    fn missed_from(&self, cx: &Cx<'_>) -> Time {
        let since = self.led.map_or(self.waits_since, |led| led.max(self.waits_since));
        since + cx.world().strategy.silence()
    }

    /// Sets the timer for standing, from now.
    pub(super) fn stand_later(&mut self, cx: &mut Cx<'_>) {
        let (at, now) = (self.missed_from(cx) + PATIENCE, cx.now());
        self.stand_after(at.max(now) - now, cx);
    }

    fn stand_after(&mut self, wait: Span, cx: &mut Cx<'_>) {
        if let Some(guard) = self.stands.take() {
            cx.cancel_timer(guard);
        }
        self.stands = Some(cx.set_background_timer(wait, timer(BusTimer::Stand)));
    }

    pub(super) fn stand_if_nobody_leads(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        if self.leading.is_some() {
            return;
        }
        if self.missed_from(cx) + PATIENCE > cx.now() {
            return self.stand_later(cx);
        }
        self.stand_after(PATIENCE, cx);
        if (0..self.me).any(|lower| self.hears(lower, cx)) {
            return;
        }
        self.stand(disk, cx);
    }

    fn stand(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let term = Term { stood: cx.now(), by: self.me };
        let is_heard = self.others(cx).any(|other| self.hears(other, cx));
        if count(cx) == 2 && !is_heard {
            return self.lead(disk, term, &[], cx);
        }
        disk.voted = disk.voted.max(term);
        self.standing = Some(Standing { term, votes: Vec::new() });
        for other in self.others(cx) {
            say(node_of(other, cx), BusLetter::Stand(term), cx);
        }
    }

    /// A replica stands. It gets a vote if nobody leads, as far as this one knows.
    pub(super) fn asked_for_vote(
        &mut self,
        disk: &mut ReplicaDisk,
        by: u32,
        term: Term,
        cx: &mut Cx<'_>,
    ) {
        if self.leading.is_some() {
            return self.beat_to(disk, by, cx);
        }
        let silence = cx.world().strategy.silence();
        let is_led = self.led.is_some_and(|led| cx.now() < led + silence);
        if is_led || term <= disk.known || term <= disk.voted {
            return;
        }
        disk.voted = term;
        self.standing = None;
        say(node_of(by, cx), BusLetter::Vote { term, newest: disk.stream.newest() }, cx);
    }

    /// A replica votes for this one. With a majority, itself included, it is primary.
    pub(super) fn voted(
        &mut self,
        disk: &mut ReplicaDisk,
        by: u32,
        term: Term,
        newest: Number,
        cx: &mut Cx<'_>,
    ) {
        let Some(standing) = self.standing.as_mut().filter(|standing| standing.term == term) else {
            return;
        };
        if standing.votes.iter().all(|&(voter, _)| voter != by) {
            standing.votes.push((by, newest));
        }
        if (standing.votes.len() + 1) * 2 > count(cx) as usize {
            let votes = std::mem::take(&mut standing.votes);
            self.lead(disk, term, &votes, cx);
        }
    }

    /// It is primary from now on. Those voters count at once that have what it has. It says so to everybody, and gives
    /// new numbers to all that some replica may lack: servers may have read past the old ones.
    pub(super) fn lead(
        &mut self,
        disk: &mut ReplicaDisk,
        term: Term,
        voters: &[(u32, Number)],
        cx: &mut Cx<'_>,
    ) {
        if count(cx) > 1 {
            cx.tell(ELECTIONS.one());
        }
        (disk.known, disk.voted) = (term, disk.voted.max(term));
        self.turn += 1;
        self.standing = None;
        self.is_fresh = false;
        self.stop_copying();
        let newest = disk.stream.newest();
        self.newest = newest;
        let alone = count(cx) == 1;
        let stored = if alone { newest } else { disk.common.min(newest) };
        let mut leading = Leading::new(term, stored, cx);
        for &(voter, its_newest) in voters {
            if its_newest == newest {
                leading.counts_from_now(voter, newest);
            }
        }
        self.leading = Some(Box::new(leading));
        self.watch_others(cx);
        self.beat_as_primary(disk, cx);
        let kept: Vec<Event> = disk.stream.after(stored, newest).cloned().collect();
        let aside: Vec<Event> = std::mem::take(&mut disk.aside).into_values().collect();
        let mut aside: Vec<Event> = aside
            .into_iter()
            .filter(|event| disk.stream.number_of(event.delivery()).is_none())
            .collect();
        aside.sort_by_key(|event| event.number);
        cx.tell(HANDED_OVER.add(aside.len() as u64));
        for event in kept.into_iter().chain(aside) {
            let number = self.next_number();
            let event = Event { number, ..event };
            disk.stream.insert(event.clone());
            self.spread(disk, &[event], cx);
        }
        self.advance(disk, cx);
    }
}
