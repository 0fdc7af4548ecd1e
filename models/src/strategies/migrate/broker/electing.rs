//! Elections: who is silent for too long is stood for, and whom a majority lets serve serves.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{Span, Time};

use super::super::Context;
use super::super::letters::{Peer, Whole};
use super::super::numbers::ELECTIONS;
use super::super::options::Term;
use super::super::timers::BrokerTimer;
use super::primary::Primary;
use super::{Broker, BrokerDisk, Copying, Role, patience, say_to_peer, set_timer};
use crate::parts::Again;

/// A broker that is not primary, and does not want to be.
pub(super) struct Replica {
    /// Since when it waits for a ping.
    since: Time,
    /// When it heard the primary last, and who that was.
    heard: Option<(Time, u32)>,
    /// It asks to join until it is answered; how many it has asked.
    pub(super) joining: Option<(u32, Again)>,
    /// What its disk is at.
    pub(super) copying: BTreeMap<u64, Copying>,
}

/// A broker that wants to be primary.
pub(super) struct Candidate {
    term: Term,
    yes: BTreeSet<u32>,
    /// Whether the last question was answered, of two.
    is_answered: bool,
}

impl Candidate {
    /// The other is there, and said no.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }
}

impl Replica {
    pub(super) fn new(since: Time) -> Replica {
        Replica { since, heard: None, joining: None, copying: BTreeMap::new() }
    }

    /// Whether it heard its primary within the time that makes a suspicion.
    pub(super) fn hears_primary(&self, cx: &Context<'_>) -> bool {
        let patience = patience(&cx.world().strategy);
        self.heard.is_some_and(|(heard, _)| cx.now() - heard < patience)
    }
}

impl Broker {
    /// Becomes something else: what was begun before is over.
    fn become_role(&mut self, role: Role, cx: &mut Context<'_>) {
        self.era += 1;
        match std::mem::replace(&mut self.role, role) {
            Role::Primary(primary) => primary.ends(cx),
            Role::Replica(mut replica) => {
                if let Some((_, mut again)) = replica.joining.take() {
                    again.stop(cx);
                }
                super::joining::break_off(&mut replica, cx);
            }
            Role::Candidate(_) => {}
        }
    }

    /// Waits for pings, and stands if none comes.
    pub(super) fn await_pings(&mut self, disk: &BrokerDisk, cx: &mut Context<'_>) {
        let wait = self.wait(disk, cx);
        set_timer(disk, wait, self.era, BrokerTimer::Silent, cx);
    }

    /// How long after the last ping this one stands: each a while after the one before it.
    fn wait(&self, disk: &BrokerDisk, cx: &Context<'_>) -> Span {
        let options = &cx.world().strategy;
        let others = (0..self.count).filter(|&id| id != disk.term.id);
        let place = others.take_while(|&id| id != self.me).count() as u64 + 1;
        patience(options).saturating_add(options.elect.saturating_mul(place))
    }

    pub(super) fn silent(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let Role::Replica(replica) = &self.role else { return };
        let due = replica.since + self.wait(disk, cx);
        if due > cx.now() {
            set_timer(disk, due - cx.now(), self.era, BrokerTimer::Silent, cx);
        } else {
            self.stand(disk, cx);
        }
    }

    /// The primary says that it is there.
    pub(super) fn pinged(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        live: bool,
        cx: &mut Context<'_>,
    ) {
        if let Role::Candidate(_) = self.role {
            self.become_role(Role::Replica(Replica::new(cx.now())), cx);
            self.await_pings(disk, cx);
        }
        let Role::Replica(replica) = &mut self.role else { return };
        replica.since = cx.now();
        replica.heard = Some((cx.now(), from));
        if !live {
            self.join(disk, cx);
        }
    }

    /// There is a later term: its primary is obeyed.
    pub(super) fn obey(&mut self, disk: &mut BrokerDisk, term: Term, cx: &mut Context<'_>) {
        disk.term = term;
        self.become_role(Role::Replica(Replica::new(cx.now())), cx);
        self.await_pings(disk, cx);
    }

    /// Wants to be primary.
    pub(super) fn stand(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let term = Term { number: disk.term.number + 1, id: self.me };
        let candidate = Candidate { term, yes: BTreeSet::new(), is_answered: true };
        self.become_role(Role::Candidate(candidate), cx);
        self.ask_for_votes(disk, cx);
    }

    /// Asks all that have not said yes.
    pub(super) fn ask_for_votes(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let Role::Candidate(candidate) = &mut self.role else { return };
        let options = &cx.world().strategy;
        for other in (0..self.count).filter(|&id| id != self.me && !candidate.yes.contains(&id)) {
            say_to_peer(other, candidate.term, Peer::Vote, cx);
        }
        if self.count == 2 && std::mem::take(&mut candidate.is_answered) {
            let wait = options.ack_timeout.saturating_mul(options.attempts.into());
            set_timer(disk, wait, self.era, BrokerTimer::Alone, cx);
        }
        set_timer(disk, options.every, self.era, BrokerTimer::Tick, cx);
    }

    /// Of two, the other may not have answered.
    pub(super) fn alone(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        let Role::Candidate(candidate) = &self.role else { return };
        if !candidate.is_answered {
            let term = candidate.term;
            self.serve(disk, term, Vec::new(), false, cx);
        }
    }

    /// Somebody wants to be primary.
    pub(super) fn asked_for_vote(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        term: Term,
        cx: &mut Context<'_>,
    ) {
        let patience = patience(&cx.world().strategy);
        let refuses = match &self.role {
            Role::Primary(_) => true,
            Role::Candidate(candidate) => candidate.term > term,
            Role::Replica(replica) => replica
                .heard
                .is_some_and(|(heard, whom)| whom != from && cx.now() - heard < patience),
        };
        if refuses || disk.term >= term {
            return say_to_peer(from, disk.term, Peer::No, cx);
        }
        self.obey(disk, term, cx);
        say_to_peer(from, term, Peer::Yes(Rc::new(disk.whole())), cx);
    }

    /// Somebody says that this one may be primary, and what it has.
    pub(super) fn voted_for(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        term: Term,
        whole: &Rc<Whole>,
        cx: &mut Context<'_>,
    ) {
        let Role::Candidate(candidate) = &mut self.role else { return };
        if candidate.term != term {
            return;
        }
        candidate.yes.insert(from);
        let all: Vec<u32> = candidate.yes.iter().copied().collect();
        super::joining::absorb(disk, whole, cx);
        super::joining::absorb_records(disk, whole, cx.world());
        if all.len() as u32 + 1 > self.count / 2 {
            self.serve(disk, term, all, false, cx);
        }
    }

    /// Is primary from now on, with these that said yes.
    pub(super) fn serve(
        &mut self,
        disk: &mut BrokerDisk,
        term: Term,
        yes: Vec<u32>,
        first: bool,
        cx: &mut Context<'_>,
    ) {
        disk.term = term;
        disk.tasks.renumber();
        if !yes.is_empty() {
            // A majority has decided on what was written last.
            for (client, record) in std::mem::take(&mut disk.pending) {
                disk.records.set(client, record, cx.world());
            }
        }
        let era = self.era + 1;
        let primary = Primary::new((self.me, self.count, era), disk, &yes, first, cx);
        self.become_role(Role::Primary(Box::new(primary)), cx);
        debug_assert_eq!(self.era, era, "it has become primary");
        if !first {
            cx.tell(ELECTIONS.one());
        }
        let Role::Primary(primary) = &mut self.role else { return };
        primary.begins(disk, &yes, cx);
    }
}
