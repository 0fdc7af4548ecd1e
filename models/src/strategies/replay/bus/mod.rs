//! The bus: a log of events on several replicas, of which one is primary.
//!
//! ```text
//!            publish                    append
//!  servers ──────────▶ primary ────────────────────▶ replicas that count
//!          ◀────────── (leading) ◀──────────────────  (following)
//!   acks, pushes, answers         acks up to a number
//! ```
//!
//! [`stream`] is what a replica has written, and nothing but that. [`leading`] is what a primary does for servers and
//! with replicas; [`following`] what the others do with what it sends; [`standing`] how one becomes primary;
//! [`copying`] how one that does not count comes to count again, and how what the primary lacks comes back. Here stands
//! what all share: heartbeats, the disk's queue, and what falls out.

mod copying;
mod following;
mod leading;
mod standing;
mod stream;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use penult_sim::{Ids, NodeId, Span, Time, TimerId};

use super::event::Event;
use super::letters::{BusLetter, Letter};
use super::number::{Number, Term};
use super::{BUS, Cx, ReplayTimer};
use crate::ids::DeliveryId;
use crate::member::MemberTimer;
use crate::note::{Drop, Note};
use crate::packet::{Packet, kind_and_ids};
use copying::Copying;
use leading::Leading;
use standing::Standing;
pub use stream::Stream;

/// A replica's memory.
#[derive(Debug)]
pub struct Replica {
    me: u32,
    /// When each replica was last heard, this one left at zero.
    heard: Vec<Option<Time>>,
    /// What it is at as the primary, if it is.
    leading: Option<Box<Leading>>,
    /// When a primary's heartbeat last came.
    led: Option<Time>,
    /// From when on it waits for one.
    waits_since: Time,
    /// What reminds it to stand.
    stands: Option<TimerId>,
    /// Whether it takes nothing before a heartbeat of a primary: it has just come back.
    is_fresh: bool,
    /// For what it stands.
    standing: Option<Standing>,
    /// Its newest number, with what it is writing.
    newest: Number,
    copying: Copying,
    /// When it last handed over what the primary lacks.
    handed: Option<Time>,
    /// What the disk is at, one after the other.
    jobs: VecDeque<Begun>,
    /// Counts the streams that it followed or led: what was begun for an earlier one is not written into this.
    turn: u32,
    /// When the next event falls out, if a timer waits for that.
    falls: Option<(Time, TimerId)>,
}

/// A replica's disk.
#[derive(Debug)]
pub struct ReplicaDisk {
    stream: Stream,
    /// What the primary lacks, until it has it.
    aside: BTreeMap<DeliveryId, Event>,
    /// The highest term of a primary that it has heard.
    known: Term,
    /// The highest term that it has voted for.
    voted: Term,
    /// Up to where all replicas have everything.
    common: Number,
}

impl Default for ReplicaDisk {
    fn default() -> Self {
        ReplicaDisk {
            stream: Stream::default(),
            aside: BTreeMap::new(),
            known: Term::FIRST,
            voted: Term::FIRST,
            common: Number::ZERO,
        }
    }
}

impl ReplicaDisk {
    /// What is on it, in the order of the stream; and what of that a primary has yet to take over.
    pub fn contents(&self) -> (Vec<(Number, DeliveryId)>, Vec<DeliveryId>) {
        let all = self.stream.all().map(|event| (event.number, event.delivery()));
        (all.collect(), self.aside.keys().copied().collect())
    }
}

/// Something that the disk is at.
#[derive(Debug)]
struct Begun {
    /// For which stream.
    turn: u32,
    /// How long it takes, with what is before it.
    writing: Span,
    job: Job,
}

/// Something to be written.
#[derive(Debug)]
enum Job {
    /// The primary's, of its own stream. What was handed over was born before.
    Own(Vec<Event>),
    /// What a primary sent.
    Appended { last: Number, events: Rc<[Event]> },
    /// One of those that it lacked; after the last of them its stream is the primary's.
    Copied { event: Event, ends: Option<Number> },
}

impl Job {
    fn events(&self) -> &[Event] {
        match self {
            Job::Own(events) => events,
            Job::Appended { events, .. } => events,
            Job::Copied { event, .. } => std::slice::from_ref(event),
        }
    }
}

/// What a replica is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusTimer {
    /// To say that it is there.
    Beat,
    /// The disk is done with something.
    Written,
    /// An event falls out.
    Falls,
    /// To stand for primary, if there is none.
    Stand,
    /// As the primary, for the stream of this turn: whether this replica was heard.
    Silent(u32, u32),
    /// As the primary: this replica has not acked what ends with this number.
    Unacked(u32, Number),
}

/// Parts of fingerprints: append, never renumber.
impl Ids for BusTimer {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            BusTimer::Beat => (1, 0),
            BusTimer::Written => (2, 0),
            BusTimer::Falls => (3, 0),
            BusTimer::Stand => (4, 0),
            BusTimer::Silent(replica, _) => (5, u64::from(*replica)),
            BusTimer::Unacked(replica, number) => (6, number.key() ^ u64::from(*replica)),
        };
        kind_and_ids(kind, ids)
    }
}

fn timer<C>(timer: BusTimer) -> MemberTimer<ReplayTimer, C> {
    MemberTimer::Server(ReplayTimer::Bus(timer))
}

/// How many replicas there are.
fn count(cx: &Cx<'_>) -> u32 {
    cx.world().strategy.replicas
}

/// The node of a replica.
pub(super) fn node_of(replica: u32, cx: &Cx<'_>) -> NodeId {
    let first = cx.world().service(BUS).expect("there is a bus");
    NodeId::new(first.index() + replica as usize)
}

fn say(to: NodeId, letter: BusLetter, cx: &mut Cx<'_>) {
    cx.send(to, Packet::Between(Letter::Bus(letter)));
}

impl Replica {
    /// A replica that begins the run. All are whole, and the first is primary.
    pub(super) fn start(disk: &mut ReplicaDisk, cx: &mut Cx<'_>) -> Self {
        let mut replica = Self::new(disk, cx);
        if replica.me == 0 {
            replica.leading = Some(Box::new(Leading::first(cx)));
        }
        replica.begin(disk, cx);
        replica
    }

    /// A replica that comes back.
    pub(super) fn recover(disk: &mut ReplicaDisk, cx: &mut Cx<'_>) -> Self {
        let mut replica = Self::new(disk, cx);
        replica.is_fresh = true;
        replica.fall(disk, cx);
        if count(cx) == 1 {
            replica.beat_later(cx);
            let term = Term { stood: cx.now(), by: 0 };
            replica.lead(disk, term, &[], cx);
            replica.await_fall(disk, cx);
            return replica;
        }
        replica.begin(disk, cx);
        replica
    }

    fn new(disk: &ReplicaDisk, cx: &Cx<'_>) -> Self {
        let first = cx.world().service(BUS).expect("there is a bus");
        let me = (cx.node().index() - first.index()) as u32;
        Replica {
            me,
            heard: vec![None; count(cx) as usize],
            leading: None,
            led: None,
            waits_since: cx.now(),
            stands: None,
            is_fresh: false,
            standing: None,
            newest: disk.stream.newest(),
            copying: Copying::Not,
            handed: None,
            jobs: VecDeque::new(),
            turn: 0,
            falls: None,
        }
    }

    fn begin(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        cx.set_background_timer(Span::ZERO, timer(BusTimer::Beat));
        match &self.leading {
            Some(_) => self.watch_others(cx),
            None => self.stand_later(cx),
        }
        self.await_fall(disk, cx);
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut ReplicaDisk,
        from: NodeId,
        letter: BusLetter,
        cx: &mut Cx<'_>,
    ) {
        let first = node_of(0, cx).index();
        let replica = from.index().checked_sub(first).map(|number| number as u32);
        let replica = replica.filter(|&number| number < count(cx));
        if let Some(number) = replica {
            self.heard[number as usize] = Some(cx.now());
        }
        match (replica, letter) {
            (None, BusLetter::Publish { message, flags }) => {
                self.published(disk, from, &message, flags, cx);
            }
            (None, BusLetter::ReadAll(after)) => self.read_all(disk, from, after, cx),
            (None, BusLetter::ReadClient { client, connection, after, to }) => {
                self.read_client(disk, from, (client, connection), (after, to), cx);
            }
            (None, BusLetter::WhoLeads) => self.say_who_leads(disk, from, cx),
            (Some(_), BusLetter::Here(term)) => self.hear_of_term(disk, term, cx),
            (Some(by), BusLetter::Primary { term, counts, common }) => {
                self.led(disk, by, term, (counts, common), cx);
            }
            (Some(_), BusLetter::Append { term, before, last, events }) => {
                self.append(disk, term, (before, last), events, cx);
            }
            (Some(by), BusLetter::Appended { term, newest }) => {
                self.appended(disk, by, term, newest, cx);
            }
            (Some(by), BusLetter::Stand(term)) => self.asked_for_vote(disk, by, term, cx),
            (Some(by), BusLetter::Vote { term, newest }) => {
                self.voted(disk, by, term, newest, cx);
            }
            (Some(by), BusLetter::Copy(has)) => self.copy_for(disk, by, &has, cx),
            (Some(_), BusLetter::Copied { term, events, unknown, fallen, newest }) => {
                self.copied(disk, term, &events, (&unknown, &fallen), newest, cx);
            }
            (Some(_), BusLetter::HandOver(event)) => self.handed_over(disk, from, event, cx),
            (Some(_), BusLetter::HandedOver(delivery)) => self.taken_over(disk, delivery, cx),
            (_, letter) => panic!("{from} sent {letter:?} to the bus"),
        }
    }

    pub(super) fn wake(&mut self, disk: &mut ReplicaDisk, reminder: BusTimer, cx: &mut Cx<'_>) {
        match reminder {
            BusTimer::Beat => self.beat(disk, cx),
            BusTimer::Written => {
                let begun = self.jobs.pop_front().expect("what is written was begun");
                self.written(disk, begun, cx);
            }
            BusTimer::Falls => {
                self.falls = None;
                self.fall(disk, cx);
                self.await_fall(disk, cx);
            }
            BusTimer::Stand => self.stand_if_nobody_leads(disk, cx),
            BusTimer::Silent(replica, turn) if turn == self.turn => {
                self.check_silence(disk, replica, cx);
            }
            BusTimer::Silent(..) => {}
            BusTimer::Unacked(replica, number) => self.unacked(disk, replica, number, cx),
        }
    }

    /// Whether a replica was heard not long ago.
    fn hears(&self, replica: u32, cx: &Cx<'_>) -> bool {
        let heard = self.heard[replica as usize];
        heard.is_some_and(|heard| cx.now() < heard + cx.world().strategy.silence())
    }

    /// All replicas but this one.
    fn others(&self, cx: &Cx<'_>) -> impl Iterator<Item = u32> + use<> {
        let me = self.me;
        (0..count(cx)).filter(move |&replica| replica != me)
    }

    fn beat_later(&self, cx: &mut Cx<'_>) {
        cx.set_background_timer(cx.world().strategy.every, timer(BusTimer::Beat));
    }

    /// It is there: the primary says so to all, the others to each other.
    fn beat(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        self.beat_later(cx);
        if self.leading.is_some() {
            return self.beat_as_primary(disk, cx);
        }
        for other in self.others(cx) {
            say(node_of(other, cx), BusLetter::Here(disk.known), cx);
        }
    }

    /// Writes something behind all that the disk has to write.
    fn write(&mut self, disk: &mut ReplicaDisk, job: Job, cx: &mut Cx<'_>) {
        job.events().iter().for_each(|event| cx.tell(Note::Kept(event.delivery())));
        let writing = cx.write();
        let begun = Begun { turn: self.turn, writing, job };
        if writing.is_zero() && self.jobs.is_empty() {
            return self.written(disk, begun, cx);
        }
        cx.set_timer(writing, timer(BusTimer::Written));
        self.jobs.push_back(begun);
    }

    /// The disk is done with something. If it was begun for another stream than this replica's now, it is as if it
    /// had never come: nobody was told that it is here.
    fn written(&mut self, disk: &mut ReplicaDisk, begun: Begun, cx: &mut Cx<'_>) {
        let Begun { turn, writing, job } = begun;
        if turn != self.turn {
            let events = job.events();
            return events.iter().for_each(|event| self.let_go(disk, event, Drop::HandedOn, cx));
        }
        match job {
            Job::Own(events) => self.own_written(disk, events, writing, cx),
            Job::Appended { last, events } => {
                events.iter().for_each(|event| self.put(disk, event.clone(), writing, cx));
                disk.stream.set_newest(last);
                self.ack(disk, cx);
            }
            Job::Copied { event, ends } => {
                self.put(disk, event, writing, cx);
                if let Some(newest) = ends {
                    self.whole(disk, newest, cx);
                }
            }
        }
    }

    /// An event is written. The client's oldest beyond what is kept fall out.
    fn put(&mut self, disk: &mut ReplicaDisk, event: Event, writing: Span, cx: &mut Cx<'_>) {
        let (client, delivery) = (event.recipient, event.delivery());
        cx.tell(Note::Stored { delivery, disk: writing });
        disk.stream.insert(event);
        if let Some(most) = cx.world().strategy.retention_events {
            while let Some(event) = disk.stream.fall_beyond(client, most, cx.now()) {
                self.let_go(disk, &event, Drop::Retention, cx);
            }
        }
        self.await_fall(disk, cx);
    }

    /// A copy of an event is gone here. Another may be: in the stream, beside it, or yet to be written.
    fn let_go(&self, disk: &ReplicaDisk, event: &Event, why: Drop, cx: &mut Cx<'_>) {
        let delivery = event.delivery();
        let is_written = disk.stream.number_of(delivery).is_some();
        let is_aside = disk.aside.contains_key(&delivery);
        let is_coming = || {
            let mut coming = self.jobs.iter().flat_map(|begun| begun.job.events());
            coming.any(|event| event.delivery() == delivery)
        };
        if !is_written && !is_aside && !is_coming() {
            cx.tell(Note::Dropped(delivery, why));
        }
    }

    /// What was kept for long enough falls out.
    fn fall(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let (now, retention) = (cx.now(), cx.world().strategy.retention);
        let Some(born) = now.nanos().checked_sub(retention.as_nanos()).map(Time::from_nanos) else {
            return;
        };
        while let Some(event) = disk.stream.fall_oldest(born, now) {
            self.let_go(disk, &event, Drop::Retention, cx);
        }
        let due: Vec<DeliveryId> =
            disk.aside.iter().filter(|(_, it)| it.born <= born).map(|(&id, _)| id).collect();
        for delivery in due {
            let event = disk.aside.remove(&delivery).expect("it was just found");
            self.let_go(disk, &event, Drop::Retention, cx);
        }
    }

    /// Sets the timer for the next that falls out.
    fn await_fall(&mut self, disk: &ReplicaDisk, cx: &mut Cx<'_>) {
        let aside = disk.aside.values().map(|event| event.born).min();
        let oldest = disk.stream.oldest().into_iter().chain(aside).min();
        let Some(oldest) = oldest else { return };
        let due = oldest + cx.world().strategy.retention;
        if let Some((awaited, guard)) = self.falls {
            if awaited <= due {
                return;
            }
            cx.cancel_timer(guard);
        }
        let now = cx.now();
        let guard = cx.set_background_timer(due.max(now) - now, timer(BusTimer::Falls));
        self.falls = Some((due, guard));
    }
}
