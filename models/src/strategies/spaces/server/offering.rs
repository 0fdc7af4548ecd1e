//! Offering: what a peer is not known to have is offered to it, and sent if it lacks it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{Time, TimerId};

use super::{Replica, ReplicaDisk};
use crate::ids::MessageId;
use crate::parts::{Again, Pace};
use crate::strategies::spaces::ids::{ServerId, Servers, SpaceId};
use crate::strategies::spaces::letters::{Has, Letter, Offered};
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_server};

/// Another server that has spaces of this one, or is to have.
#[derive(Debug)]
pub(super) struct Peer {
    /// Whether both have a space now.
    pub(super) shares: bool,
    /// When it was last heard, or the watch began.
    pub(super) heard: Time,
    /// Whether a timer waits for its silence.
    pub(super) watched: bool,
    /// When it was last taken for dead.
    pub(super) suspected: Time,
    /// In which life it is.
    pub(super) boot: u64,
    /// What it is not known to have.
    lacks: BTreeMap<MessageId, Lack>,
    /// When each of these is due to be offered. What an offer names is not among them.
    due: BTreeSet<(Time, MessageId)>,
    /// What it has not answered, by round.
    offers: BTreeMap<u64, Offer>,
    timer: Option<(Time, TimerId)>,
    /// How far the exchange with it is that a return began.
    pub(super) exchange: Option<super::returning::Exchange>,
}

#[derive(Clone, Copy, Debug)]
struct Lack {
    /// Absent while an offer names it.
    due: Option<Time>,
    /// When it was last sent there.
    sent: Option<Time>,
    /// Whether it is to learn the number.
    number: bool,
    /// Whether it is to get the message.
    message: bool,
}

#[derive(Debug)]
struct Offer {
    ids: Rc<[MessageId]>,
    again: Again,
}

impl Peer {
    pub(super) fn new(now: Time) -> Peer {
        Peer {
            shares: false,
            heard: now,
            watched: false,
            suspected: Time::ZERO,
            boot: 0,
            lacks: BTreeMap::new(),
            due: BTreeSet::new(),
            offers: BTreeMap::new(),
            timer: None,
            exchange: None,
        }
    }

    /// It is due to be offered at this time, unless it was before.
    fn lack(&mut self, id: MessageId, due: Time, number: bool, message: bool) {
        let lack = self.lacks.entry(id).or_insert(Lack {
            due: None,
            sent: None,
            number: false,
            message: false,
        });
        lack.number |= number;
        lack.message |= message;
        if let Some(before) = lack.due.replace(due) {
            self.due.remove(&(before, id));
        }
        self.due.insert((due, id));
    }

    /// It was sent there now.
    pub(super) fn sent(&mut self, id: MessageId, cx: &Cx<'_>) {
        let now = cx.now();
        self.lack(id, now + cx.world().strategy.ack_timeout, false, true);
        self.lacks.get_mut(&id).expect("it is lacking").sent = Some(now);
    }

    /// It has it; and the number, if it was told that.
    pub(super) fn has(&mut self, id: MessageId, number: bool) {
        let Some(lack) = self.lacks.get_mut(&id) else { return };
        lack.message = false;
        lack.number &= !number;
        if !lack.number {
            self.forget(id);
        }
    }

    /// Nobody need offer it any more.
    pub(super) fn forget(&mut self, id: MessageId) {
        if let Some(due) = self.lacks.remove(&id).and_then(|lack| lack.due) {
            self.due.remove(&(due, id));
        }
    }

    /// What is offered is not due before that is answered.
    fn named(&mut self, id: MessageId) {
        if let Some(lack) = self.lacks.get_mut(&id)
            && let Some(due) = lack.due.take()
        {
            self.due.remove(&(due, id));
        }
    }

    /// All that one who is heard again gets: but what was sent there not long ago.
    fn all_but_recent(&self, cx: &Cx<'_>) -> Vec<MessageId> {
        let (now, timeout) = (cx.now(), cx.world().strategy.ack_timeout);
        let is_recent = |lack: &Lack| lack.sent.is_some_and(|sent| sent + timeout > now);
        self.lacks.iter().filter(|(_, lack)| !is_recent(lack)).map(|(&id, _)| id).collect()
    }

    /// It has nothing of what it had: all that is known of it is void.
    pub(super) fn forget_offers(&mut self, cx: &mut Cx<'_>) {
        for offer in self.offers.values_mut() {
            offer.again.stop(cx);
        }
        self.offers.clear();
    }
}

impl Replica {
    /// What was stored now is offered later to those who are not known to have it.
    pub(super) fn offer_later(&mut self, disk: &mut ReplicaDisk, id: MessageId, cx: &mut Cx<'_>) {
        let Some(stored) = self.shelf(disk, cx).get(id) else { return };
        let (space, holders) = (stored.space, stored.holders.clone());
        let mine = self.spaces.contains(&space);
        // Who has the space no more offers it at once.
        let wait = Self::options(cx).ack_timeout;
        let due = if mine { cx.now() + wait } else { cx.now() };
        for server in self.others(disk, space, cx) {
            let peer = self.peer(server, cx);
            if holders.has(server) {
                peer.has(id, false);
            } else if !peer.lacks.contains_key(&id) {
                peer.lack(id, due, false, true);
                self.await_due(server, cx);
            }
        }
    }

    /// A space has moved: who had it offers the new ones all that it has, at once.
    pub(super) fn offer_space(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        let ids: Vec<MessageId> = self.shelf(disk, cx).of(space).collect();
        let others = self.others(disk, space, cx);
        let mine = self.spaces.contains(&space);
        let wait = Self::options(cx).ack_timeout;
        let due = if mine { cx.now() + wait } else { cx.now() };
        for id in ids {
            let holders = match self.shelf(disk, cx).get(id) {
                Some(stored) => stored.holders.clone(),
                None => continue,
            };
            for &server in others.iter().filter(|&&it| !holders.has(it)) {
                let peer = self.peer(server, cx);
                if !peer.lacks.contains_key(&id) {
                    peer.lack(id, due, false, true);
                }
            }
        }
        for server in others {
            self.await_due(server, cx);
        }
    }

    /// Something is due to be offered to a peer at some time.
    pub(super) fn await_due(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let suspected = self.is_suspect(server, cx);
        let Some(peer) = self.peers.get_mut(&server) else { return };
        let Some(&(next, _)) = peer.due.first() else { return };
        if suspected || !peer.offers.is_empty() || peer.timer.is_some_and(|(at, _)| at <= next) {
            return;
        }
        if let Some((_, guard)) = peer.timer.take() {
            cx.cancel_timer(guard);
        }
        let wait = next.max(cx.now()) - cx.now();
        let guard = cx.set_timer(wait, timer(SpacesTimer::Due(server)));
        peer.timer = Some((next, guard));
    }

    /// Something may be due.
    pub(super) fn due(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        let suspected = self.is_suspect(server, cx);
        let now = cx.now();
        let Some(peer) = self.peers.get_mut(&server) else { return };
        peer.timer = None;
        if suspected || !peer.offers.is_empty() {
            return;
        }
        let due = peer.due.iter().take_while(|(at, _)| *at <= now).map(|&(_, id)| id);
        let ids: Vec<MessageId> = due.collect();
        self.offer(disk, server, ids, cx);
        self.await_due(server, cx);
    }

    /// Offers these to a peer.
    fn offer(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        ids: Vec<MessageId>,
        cx: &mut Cx<'_>,
    ) {
        let mut left = Vec::new();
        for id in ids {
            let stored = self.shelf(disk, cx).get(id);
            let is_known = stored.is_none_or(|stored| stored.holders.has(server));
            let peer = self.peer(server, cx);
            if is_known && peer.lacks.get(&id).is_none_or(|lack| !lack.number) {
                peer.forget(id);
            } else {
                peer.named(id);
                left.push(id);
            }
        }
        if left.is_empty() {
            return;
        }
        self.rounds += 1;
        let (round, ids) = (self.rounds, Rc::from(left));
        self.peer(server, cx).offers.insert(round, Offer { ids, again: Again::default() });
        self.say_offer(disk, server, round, cx);
    }

    fn say_offer(&mut self, disk: &mut ReplicaDisk, server: ServerId, round: u64, cx: &mut Cx<'_>) {
        let pace = Pace::steady(Self::options(cx).ack_timeout);
        let offer = self.peer(server, cx).offers.get_mut(&round).expect("it is open");
        offer.again.said(pace, timer(SpacesTimer::Unoffered(server, round)), cx);
        let ids = offer.ids.clone();
        let mut offered = Vec::with_capacity(ids.len());
        for &message in ids.iter() {
            let Some(stored) = self.shelf(disk, cx).get(message) else { continue };
            let space = stored.space;
            let reign = self.reign(disk, space, cx);
            let number = self.number_of(disk, space, message, cx).map(|(_, number)| number);
            offered.push(Offered { message, space, reign, number });
        }
        cx.tell(counting::OFFERS.one());
        to_server(server, Letter::Offer { round, offered: offered.into() }, cx);
    }

    /// A peer has not answered an offer.
    pub(super) fn unoffered(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        round: u64,
        cx: &mut Cx<'_>,
    ) {
        let Some(offer) = self.peers.get(&server).and_then(|peer| peer.offers.get(&round)) else {
            return;
        };
        if offer.again.times() < Self::options(cx).attempts {
            self.say_offer(disk, server, round, cx);
        } else {
            self.suspect(disk, server, cx);
        }
    }

    /// A peer is suspected: what it was offered it is offered when it is heard again.
    pub(super) fn rest_offers(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let now = cx.now();
        let Some(peer) = self.peers.get_mut(&server) else { return };
        peer.forget_offers(cx);
        let named: Vec<MessageId> =
            peer.lacks.iter().filter(|(_, it)| it.due.is_none()).map(|(&id, _)| id).collect();
        for id in named {
            peer.lack(id, now, false, false);
        }
        if let Some((_, guard)) = peer.timer.take() {
            cx.cancel_timer(guard);
        }
    }

    /// A peer is heard again: it is offered at once what it may lack.
    pub(super) fn offer_all(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        let Some(peer) = self.peers.get(&server) else { return };
        let all = peer.all_but_recent(cx);
        self.offer(disk, server, all, cx);
        self.await_due(server, cx);
    }

    /// A lead has numbered something: its peers learn that at once, beside what else they may lack.
    pub(super) fn offer_number(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        id: MessageId,
        cx: &mut Cx<'_>,
    ) {
        let (now, timeout) = (cx.now(), Self::options(cx).ack_timeout);
        for server in self.others(disk, space, cx) {
            let suspected = self.is_suspect(server, cx);
            let peer = self.peer(server, cx);
            let was_sent = |lack: &Lack| lack.sent.is_some_and(|sent| sent + timeout > now);
            // Its copy carries the number.
            let is_on_its_way = peer.lacks.get(&id).is_some_and(was_sent);
            let due = peer.lacks.get(&id).and_then(|lack| lack.due).unwrap_or(now + timeout);
            peer.lack(id, due, true, false);
            if !suspected && !is_on_its_way {
                let all = peer.all_but_recent(cx);
                self.offer(disk, server, all, cx);
            }
            self.await_due(server, cx);
        }
    }

    /// The peers were told the numbers of these beside: if a word is lost they are offered again.
    pub(super) fn offer_numbers_later(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        ids: &[MessageId],
        cx: &mut Cx<'_>,
    ) {
        let due = cx.now() + Self::options(cx).ack_timeout;
        for server in self.others(disk, space, cx) {
            for &id in ids {
                self.peer(server, cx).lack(id, due, true, false);
            }
            self.await_due(server, cx);
        }
    }

    /// A peer offers.
    pub(super) fn offered(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        round: u64,
        offered: &[Offered],
        cx: &mut Cx<'_>,
    ) {
        let mut answers = Vec::with_capacity(offered.len());
        let mut reigns: Vec<(SpaceId, u32)> = Vec::new();
        for offer in offered {
            let id = offer.message;
            let number = offer.reign.zip(offer.number);
            self.meet_reign(disk, from, offer.space, offer.reign.map_or(0, |it| it.term), cx);
            self.learn_number(disk, from, offer.space, id, number, cx);
            let has = if self.shelf(disk, cx).has(id) {
                Has::Yes
            } else if let Some(coming) = self.coming.get_mut(&id) {
                coming.number = coming.number.or(number);
                Has::Writing
            } else {
                Has::No
            };
            self.learn_holders(disk, id, &Servers::one(from), cx);
            if let Some(peer) = self.peers.get_mut(&from) {
                peer.has(id, false);
            }
            answers.push((id, has));
            if !reigns.iter().any(|(space, _)| *space == offer.space) {
                reigns.push((offer.space, self.term(disk, offer.space, cx)));
            }
        }
        if Self::options(cx).lead {
            let spaces: Vec<SpaceId> = reigns.iter().map(|(space, _)| *space).collect();
            spaces.into_iter().for_each(|space| self.push_in_turn(disk, space, cx));
        } else {
            reigns.clear();
        }
        let (answers, reigns) = (answers.into(), reigns.into());
        to_server(from, Letter::Answer { round, answers, reigns }, cx);
    }

    /// A peer answers an offer.
    pub(super) fn offer_answered(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        round: u64,
        answers: &[(MessageId, Has)],
        reigns: &[(SpaceId, u32)],
        cx: &mut Cx<'_>,
    ) {
        for &(space, term) in reigns {
            self.meet_reign(disk, from, space, term, cx);
        }
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let Some(mut offer) = peer.offers.remove(&round) else { return };
        offer.again.stop(cx);
        let again = cx.now() + Self::options(cx).ack_timeout;
        for &(id, has) in answers {
            match has {
                Has::Yes => {
                    self.peer(from, cx).has(id, true);
                    self.learn_holders(disk, id, &Servers::one(from), cx);
                }
                Has::No => self.send_copy(disk, from, id, cx),
                Has::Writing => self.peer(from, cx).lack(id, again, false, false),
            }
        }
        // What expired here since it was offered is not answered.
        let peer = self.peer(from, cx);
        for &id in offer.ids.iter() {
            if peer.lacks.get(&id).is_some_and(|lack| lack.due.is_none()) {
                peer.lack(id, again, false, false);
            }
        }
        self.await_due(from, cx);
    }
}
