//! Following: what a replica does with what the primary sends.

use std::rc::Rc;

use super::{Job, Replica, ReplicaDisk, node_of, say};
use crate::strategies::replay::Cx;
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::BusLetter;
use crate::strategies::replay::number::{Number, Term};

impl Replica {
    /// A primary's heartbeat. The highest term is obeyed.
    pub(super) fn led(
        &mut self,
        disk: &mut ReplicaDisk,
        by: u32,
        term: Term,
        (counts, common): (bool, Option<Number>),
        cx: &mut Cx<'_>,
    ) {
        if term < disk.known || (term == disk.known && self.leading.is_some()) {
            return;
        }
        if term > disk.known {
            self.obey(disk, term, cx);
        }
        (self.led, self.standing) = (Some(cx.now()), None);
        if let Some(common) = common {
            disk.common = disk.common.max(common);
        }
        if self.is_fresh || !counts {
            self.ask_for_copy(disk, by, cx);
        } else {
            self.hand_over(disk, by, cx);
        }
    }

    /// There was a primary of a later term, and who followed it is back without it. An older primary steps down all the
    /// same: servers that have heard of the later term would never hear it again.
    pub(super) fn hear_of_term(&mut self, disk: &mut ReplicaDisk, term: Term, cx: &mut Cx<'_>) {
        if self.leading.is_some() && term > disk.known {
            self.waits_since = cx.now();
            self.obey(disk, term, cx);
        }
    }

    /// The highest term is obeyed: whatever was begun in an older one is over.
    fn obey(&mut self, disk: &mut ReplicaDisk, term: Term, cx: &mut Cx<'_>) {
        disk.known = term;
        self.turn += 1;
        self.newest = disk.stream.newest();
        self.stop_copying();
        if let Some(leading) = self.leading.take() {
            leading.stop(cx);
            self.stand_later(cx);
        }
    }

    /// The primary sends something. What does not follow the newest is dropped.
    pub(super) fn append(
        &mut self,
        disk: &mut ReplicaDisk,
        term: Term,
        (before, last): (Number, Number),
        events: Rc<[Event]>,
        cx: &mut Cx<'_>,
    ) {
        if term != disk.known || self.leading.is_some() || self.is_fresh || before != self.newest {
            return;
        }
        self.newest = last;
        self.write(disk, Job::Appended { last, events }, cx);
    }

    /// Says up to where it has everything.
    pub(super) fn ack(&mut self, disk: &ReplicaDisk, cx: &mut Cx<'_>) {
        if self.is_copying() {
            return;
        }
        let (term, newest) = (disk.known, disk.stream.newest());
        say(node_of(term.by, cx), BusLetter::Appended { term, newest }, cx);
    }
}
