//! Leading: what the primary does for servers, and with the replicas that follow it.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use penult_sim::{IdMap, NodeId, Span, Time, TimerId};

use super::{BusTimer, Job, Replica, ReplicaDisk, count, node_of, say, timer};
use crate::ids::{ClientId, DeliveryId};
use crate::message::{Flags, Message};
use crate::note::{Note, Wait};
use crate::strategies::replay::Cx;
use crate::strategies::replay::event::Event;
use crate::strategies::replay::letters::BusLetter;
use crate::strategies::replay::number::{Number, Term};

/// So many events go in one answer.
pub(in crate::strategies::replay) const AT_A_TIME: usize = 64;

/// What a primary is at.
#[derive(Debug)]
pub(super) struct Leading {
    term: Term,
    /// The place that was given last.
    place: u64,
    /// All up to this number are stored.
    stored: Number,
    /// The replicas, this one idle among them.
    peers: Vec<Peer>,
    /// What is written here, and not stored.
    pending: VecDeque<Pending>,
    /// What is being written here, with its numbers.
    coming: IdMap<Number>,
    /// Who is to hear when all up to a number is stored, and what.
    waiting: BTreeMap<Number, Vec<(NodeId, BusLetter)>>,
    /// Whether so many counted, when last looked at, that it may take something.
    had_majority: bool,
}

/// What is to be stored: all of one packet.
#[derive(Debug)]
struct Pending {
    last: Number,
    numbers: Rc<[Number]>,
}

/// A replica, as the primary sees it.
#[derive(Debug)]
struct Peer {
    state: State,
    acked: Number,
    /// What it was sent and has not acked.
    sent: VecDeque<Sent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is left out.
    Out,
    /// It was told what it lacks up to this number, and counts when it has that.
    Copies(Number),
    /// What is stored is there.
    Counts,
}

/// What a replica was sent.
#[derive(Debug)]
struct Sent {
    before: Number,
    last: Number,
    numbers: Rc<[Number]>,
    times: u32,
    guard: Option<TimerId>,
}

impl Leading {
    /// The first primary's: all replicas count, and nothing is there.
    pub(super) fn first(cx: &Cx<'_>) -> Self {
        let mut leading = Leading::new(Term::FIRST, Number::ZERO, cx);
        leading.peers.iter_mut().for_each(|peer| peer.state = State::Counts);
        leading.had_majority = true;
        leading
    }

    /// Nobody counts.
    pub(super) fn new(term: Term, stored: Number, cx: &Cx<'_>) -> Self {
        let peer = || Peer { state: State::Out, acked: Number::ZERO, sent: VecDeque::new() };
        Leading {
            term,
            place: 0,
            stored,
            peers: (0..count(cx)).map(|_| peer()).collect(),
            pending: VecDeque::new(),
            coming: IdMap::new(),
            waiting: BTreeMap::new(),
            had_majority: false,
        }
    }

    pub(super) fn term(&self) -> Term {
        self.term
    }

    /// Whether a delivery is being written.
    pub(super) fn is_coming(&self, delivery: DeliveryId) -> bool {
        self.coming.contains(delivery.key())
    }

    /// A voter has all that the primary has.
    pub(super) fn counts_from_now(&mut self, replica: u32, acked: Number) {
        let peer = &mut self.peers[replica as usize];
        (peer.state, peer.acked) = (State::Counts, acked);
    }

    /// A replica asked what it lacks.
    pub(super) fn copies(&mut self, replica: u32, newest: Number, cx: &mut Cx<'_>) {
        let peer = &mut self.peers[replica as usize];
        peer.forget_sent(cx);
        peer.state = State::Copies(newest);
    }

    /// Nobody leads here any more.
    pub(super) fn stop(mut self, cx: &mut Cx<'_>) {
        self.peers.iter_mut().for_each(|peer| peer.forget_sent(cx));
    }

    fn others_that_count(&self, me: u32) -> usize {
        let others = (0..).zip(&self.peers).filter(|&(replica, _)| replica != me);
        others.filter(|(_, peer)| peer.state == State::Counts).count()
    }

    /// Whether so many count that it may store. Of one or two it always may.
    fn has_majority(&self, me: u32) -> bool {
        let all = self.peers.len();
        all < 3 || (self.others_that_count(me) + 1) * 2 > all
    }

    fn all_count(&self, me: u32) -> bool {
        self.others_that_count(me) + 1 == self.peers.len()
    }
}

impl Peer {
    fn forget_sent(&mut self, cx: &mut Cx<'_>) {
        for sent in self.sent.drain(..) {
            if let Some(guard) = sent.guard {
                cx.cancel_timer(guard);
            }
        }
    }
}

/// Those of these numbers that have not fallen out.
fn still_there(disk: &ReplicaDisk, numbers: &[Number]) -> Rc<[Event]> {
    let there =
        numbers.iter().filter_map(|&number| disk.stream.after(before(number), number).next());
    there.cloned().collect()
}

/// The number before this one, given or not.
fn before(number: Number) -> Number {
    Number { place: number.place - 1, ..number }
}

impl Replica {
    /// From now on silence is noticed.
    pub(super) fn watch_others(&mut self, cx: &mut Cx<'_>) {
        let (now, silence) = (cx.now(), cx.world().strategy.silence());
        for other in self.others(cx) {
            self.heard[other as usize] = Some(now);
            cx.set_background_timer(silence, timer(BusTimer::Silent(other, self.turn)));
        }
    }

    /// Leaves a replica out of which nothing came for so long.
    pub(super) fn check_silence(&mut self, disk: &mut ReplicaDisk, other: u32, cx: &mut Cx<'_>) {
        if self.leading.is_none() {
            return;
        }
        let (now, silence) = (cx.now(), cx.world().strategy.silence());
        let due = self.heard[other as usize].map_or(now, |heard| heard + silence);
        if due <= now {
            self.leave_out(disk, other, cx);
        }
        let wait = if due > now { due - now } else { cx.world().strategy.every };
        cx.set_background_timer(wait, timer(BusTimer::Silent(other, self.turn)));
    }

    fn leave_out(&mut self, disk: &mut ReplicaDisk, other: u32, cx: &mut Cx<'_>) {
        let Some(leading) = &mut self.leading else { return };
        let peer = &mut leading.peers[other as usize];
        if peer.state != State::Out {
            peer.state = State::Out;
            peer.forget_sent(cx);
            self.advance(disk, cx);
        }
    }

    /// The primary's heartbeat to a replica.
    pub(super) fn beat_to(&mut self, disk: &mut ReplicaDisk, other: u32, cx: &mut Cx<'_>) {
        let Some(leading) = &self.leading else { return };
        let counts = leading.peers[other as usize].state == State::Counts;
        let common = leading.all_count(self.me).then_some(leading.stored);
        if let Some(common) = common {
            disk.common = disk.common.max(common);
        }
        let term = leading.term;
        say(node_of(other, cx), BusLetter::Primary { term, counts, common }, cx);
    }

    /// The primary's heartbeats: to every replica, and to servers if it may store.
    pub(super) fn beat_as_primary(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        for other in self.others(cx) {
            self.beat_to(disk, other, cx);
        }
        let Some(leading) = &mut self.leading else { return };
        leading.had_majority = leading.has_majority(self.me);
        if leading.had_majority {
            self.beat_to_servers(cx);
        }
    }

    fn beat_to_servers(&self, cx: &mut Cx<'_>) {
        let Some(leading) = &self.leading else { return };
        let (term, newest) = (leading.term, leading.stored);
        for server in cx.world().gateways_beside(cx.node()) {
            say(server, BusLetter::Leads { term, newest }, cx);
        }
    }

    /// A server that came back asks.
    pub(super) fn say_who_leads(&self, _: &ReplicaDisk, server: NodeId, cx: &mut Cx<'_>) {
        if let Some(leading) = &self.leading {
            let (term, newest) = (leading.term, leading.stored);
            say(server, BusLetter::Leads { term, newest }, cx);
        }
    }

    /// A server publishes a message.
    pub(super) fn published(
        &mut self,
        disk: &mut ReplicaDisk,
        server: NodeId,
        message: &Rc<Message>,
        flags: Flags,
        cx: &mut Cx<'_>,
    ) {
        let all: Vec<(ClientId, Option<Time>)> =
            message.recipients.as_slice().iter().map(|&client| (client, None)).collect();
        let ack = BusLetter::Published(message.id);
        self.take(disk, (server, ack), (message, flags), &all, cx);
    }

    /// Takes deliveries of a message into the stream, but for those that are known. Whoever brings them hears when all
    /// of them are stored.
    pub(super) fn take(
        &mut self,
        disk: &mut ReplicaDisk,
        (from, ack): (NodeId, BusLetter),
        (message, flags): (&Rc<Message>, Flags),
        recipients: &[(ClientId, Option<Time>)],
        cx: &mut Cx<'_>,
    ) {
        let (me, now) = (self.me, cx.now());
        let Some(leading) = &mut self.leading else { return };
        if !leading.has_majority(me) {
            return;
        }
        let (mut last, mut new) = (Number::ZERO, Vec::new());
        for &(recipient, born) in recipients {
            let delivery = DeliveryId { message: message.id, recipient };
            let coming = || leading.coming.get(delivery.key()).copied();
            let number = disk.stream.number_of(delivery).or_else(coming);
            let number = match number {
                Some(number) => number,
                None if disk.stream.has_fallen(delivery, now) => Number::ZERO,
                None => {
                    leading.place += 1;
                    let number = Number { term: leading.term, place: leading.place };
                    leading.coming.insert(delivery.key(), number);
                    let (message, born) = (message.clone(), born.unwrap_or(Time::NEVER));
                    new.push(Event { number, message, flags, recipient, born });
                    number
                }
            };
            last = last.max(number);
        }
        if last <= leading.stored {
            return say(from, ack, cx);
        }
        let waiting = leading.waiting.entry(last).or_default();
        if !waiting.iter().any(|(other, letter)| *other == from && is_same(letter, &ack)) {
            waiting.push((from, ack));
        }
        if !new.is_empty() {
            self.write(disk, Job::Own(new), cx);
        }
    }

    /// The primary has written something: that is when it is born, unless it was before.
    pub(super) fn own_written(
        &mut self,
        disk: &mut ReplicaDisk,
        mut events: Vec<Event>,
        writing: Span,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        for event in &mut events {
            event.born = event.born.min(now);
            if let Some(leading) = &mut self.leading {
                leading.coming.remove(event.delivery().key());
            }
        }
        // Those that follow it are named by what is before all of them.
        let before = disk.stream.newest();
        events.iter().for_each(|event| self.put(disk, event.clone(), writing, cx));
        self.spread_after(disk, before, &events, cx);
        self.advance(disk, cx);
    }

    /// The next number of the primary's term.
    pub(super) fn next_number(&mut self) -> Number {
        let leading = self.leading.as_mut().expect("who gives numbers leads");
        leading.place += 1;
        Number { term: leading.term, place: leading.place }
    }

    /// Sends what got new numbers to the replicas.
    pub(super) fn spread(&mut self, disk: &ReplicaDisk, events: &[Event], cx: &mut Cx<'_>) {
        let leading = self.leading.as_ref().expect("who spreads leads");
        let before = leading.pending.back().map_or(self.newest, |pending| pending.last);
        self.spread_after(disk, before, events, cx);
    }

    fn spread_after(
        &mut self,
        disk: &ReplicaDisk,
        before: Number,
        events: &[Event],
        cx: &mut Cx<'_>,
    ) {
        let me = self.me;
        let Some(leading) = &mut self.leading else { return };
        let numbers: Rc<[Number]> = events.iter().map(|event| event.number).collect();
        let last = *numbers.last().expect("something is sent");
        leading.pending.push_back(Pending { last, numbers: numbers.clone() });
        let term = leading.term;
        let events = still_there(disk, &numbers);
        for (other, peer) in (0..).zip(&mut leading.peers) {
            if other == me || peer.state == State::Out {
                continue;
            }
            let append = BusLetter::Append { term, before, last, events: events.clone() };
            say(node_of(other, cx), append, cx);
            let counts = peer.state == State::Counts;
            let guard = counts.then(|| await_ack(other, last, cx));
            let numbers = numbers.clone();
            peer.sent.push_back(Sent { before, last, numbers, times: 1, guard });
        }
    }

    /// A replica has not acked something.
    pub(super) fn unacked(
        &mut self,
        disk: &mut ReplicaDisk,
        other: u32,
        number: Number,
        cx: &mut Cx<'_>,
    ) {
        let attempts = cx.world().strategy.attempts;
        let Some(leading) = &mut self.leading else { return };
        let term = leading.term;
        let sent = &mut leading.peers[other as usize].sent;
        let Some(sent) = sent.iter_mut().find(|sent| sent.last == number) else { return };
        if sent.times >= attempts {
            return self.leave_out(disk, other, cx);
        }
        sent.times += 1;
        sent.guard = Some(await_ack(other, number, cx));
        let (before, last, events) = (sent.before, sent.last, still_there(disk, &sent.numbers));
        say(node_of(other, cx), BusLetter::Append { term, before, last, events }, cx);
    }

    /// A replica has all up to a number.
    pub(super) fn appended(
        &mut self,
        disk: &mut ReplicaDisk,
        other: u32,
        term: Term,
        newest: Number,
        cx: &mut Cx<'_>,
    ) {
        let Some(leading) = &mut self.leading else { return };
        if leading.term != term {
            return;
        }
        let peer = &mut leading.peers[other as usize];
        peer.acked = peer.acked.max(newest);
        while let Some(sent) = peer.sent.front().filter(|sent| sent.last <= newest) {
            if let Some(guard) = sent.guard {
                cx.cancel_timer(guard);
            }
            peer.sent.pop_front();
        }
        if let State::Copies(to) = peer.state
            && newest >= to
        {
            peer.state = State::Counts;
            for sent in &mut peer.sent {
                sent.guard = Some(await_ack(other, sent.last, cx));
            }
        }
        self.advance(disk, cx);
    }

    /// What all have that count is stored: whoever waits for it hears, and every server gets it.
    pub(super) fn advance(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let me = self.me;
        let Some(leading) = &mut self.leading else { return };
        let has_majority = leading.has_majority(me);
        let regained = has_majority && !std::mem::replace(&mut leading.had_majority, has_majority);
        if regained {
            self.beat_to_servers(cx);
        }
        if !has_majority {
            return;
        }
        let Some(leading) = &mut self.leading else { return };
        let others = (0..).zip(&leading.peers).filter(|&(replica, _)| replica != me);
        let acked = others.filter(|(_, peer)| peer.state == State::Counts);
        let acked = acked.map(|(_, peer)| peer.acked).min();
        while let Some(pending) = leading.pending.front() {
            if acked.is_some_and(|acked| acked < pending.last) {
                break;
            }
            let Pending { last, numbers } = leading.pending.pop_front().expect("it is there");
            let before = std::mem::replace(&mut leading.stored, last);
            while let Some(entry) = leading.waiting.first_entry().filter(|it| *it.key() <= last) {
                entry.remove().into_iter().for_each(|(to, ack)| say(to, ack, cx));
            }
            let (term, events) = (leading.term, still_there(disk, &numbers));
            for server in cx.world().gateways_beside(cx.node()) {
                let push = BusLetter::Push { term, before, last, events: events.clone() };
                say(server, push, cx);
            }
        }
    }

    /// A server reads all.
    pub(super) fn read_all(
        &self,
        disk: &ReplicaDisk,
        server: NodeId,
        after: Number,
        cx: &mut Cx<'_>,
    ) {
        let Some(leading) = &self.leading else { return };
        let (term, stored) = (leading.term, leading.stored);
        let mut found = disk.stream.after(after, stored);
        let events: Rc<[Event]> = found.by_ref().take(AT_A_TIME).cloned().collect();
        let end = found.next().is_none().then_some(stored);
        say(server, BusLetter::All { term, after, events, end }, cx);
    }

    /// A server reads what is for one client.
    pub(super) fn read_client(
        &self,
        disk: &ReplicaDisk,
        server: NodeId,
        (client, connection): (ClientId, u32),
        (after, to): (Number, Number),
        since: Time,
        cx: &mut Cx<'_>,
    ) {
        let Some(leading) = &self.leading else { return };
        let mut found = disk.stream.of_client(client, after, to.min(leading.stored));
        let events: Rc<[Event]> = found.by_ref().take(AT_A_TIME).cloned().collect();
        let (term, last) = (leading.term, found.next().is_none());
        for event in events.iter() {
            let since = since.min(cx.now());
            cx.tell(Note::Waited { delivery: event.delivery(), why: Wait::Moved, since });
        }
        say(server, BusLetter::OfClient { term, client, connection, after, events, last }, cx);
    }
}

fn await_ack(other: u32, number: Number, cx: &mut Cx<'_>) -> TimerId {
    let timeout = cx.world().strategy.ack_timeout;
    cx.set_timer(timeout, timer(BusTimer::Unacked(other, number)))
}

/// Whether two acks say the same.
fn is_same(one: &BusLetter, other: &BusLetter) -> bool {
    match (one, other) {
        (BusLetter::Published(one), BusLetter::Published(other)) => one == other,
        (BusLetter::HandedOver(one), BusLetter::HandedOver(other)) => one == other,
        _ => false,
    }
}
