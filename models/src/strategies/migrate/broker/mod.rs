//! A broker of `migrate`: one of those that keep the tasks and the record, of whom one is primary.

mod deciding;
mod electing;
mod following;
mod handing;
mod joining;
mod primary;
mod storing;
mod watching;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{NodeId, Span};

use super::letters::{Letter, Peer, Reply, Say, Whole, Written};
use super::options::Term;
use super::record::{Record, Records};
use super::tasks::{Deleted, Tasks};
use super::timers::{BrokerTimer, MigrateTimer};
use super::{Context, Options, World};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::packet::Packet;
use crate::places::Kind;
use electing::{Candidate, Replica};
use primary::Primary;

/// A broker's disk.
#[derive(Debug)]
pub struct BrokerDisk {
    /// The highest term that it obeyed.
    term: Term,
    tasks: Tasks,
    deleted: Deleted,
    records: Records,
    /// What the primary wrote of clients, and nobody else has acknowledged yet.
    pending: BTreeMap<ClientId, Record>,
}

/// A broker's memory.
pub struct Broker {
    me: u32,
    /// How many brokers there are.
    count: u32,
    /// It grows each time that the broker becomes something else: older timers mean nothing.
    era: u32,
    role: Role,
}

enum Role {
    Primary(Box<Primary>),
    Replica(Replica),
    Candidate(Candidate),
}

impl BrokerDisk {
    pub(super) fn new(options: &Options) -> BrokerDisk {
        BrokerDisk {
            term: Term::default(),
            tasks: Tasks::default(),
            deleted: Deleted::default(),
            records: Records::new(options),
            pending: BTreeMap::new(),
        }
    }

    /// A fault takes the tasks and the ids of those that are deleted.
    pub(super) fn lose(&mut self) {
        (self.tasks, self.deleted) = (Tasks::default(), Deleted::default());
    }

    /// A client's record, as far as it is certain.
    fn record(&self, client: ClientId, world: &World) -> Record {
        self.records.get(client, world)
    }

    /// All that is here, with what was written last of each client.
    fn whole(&self) -> Whole {
        let mut records: BTreeMap<ClientId, Record> =
            self.records.changed().map(|(client, record)| (client, *record)).collect();
        records.extend(self.pending.iter().map(|(&client, record)| (client, *record)));
        Whole {
            tasks: self.tasks.iter().cloned().collect(),
            deleted: self.deleted.all(),
            records: records.into_iter().collect(),
        }
    }
}

fn reminder<C>(era: u32, timer: BrokerTimer) -> MemberTimer<MigrateTimer, C> {
    MemberTimer::Server(MigrateTimer::Broker(era, timer))
}

/// How long a silence makes a suspicion.
fn patience(options: &Options) -> Span {
    options.every.saturating_mul(options.misses.into())
}

fn say(to: NodeId, term: Term, say: Say, cx: &mut Context<'_>) {
    cx.send(to, Packet::Between(Letter::Say(term, say)));
}

fn say_to_server(to: GatewayId, term: Term, what: Say, cx: &mut Context<'_>) {
    say(cx.world().places.gateway(to), term, what, cx);
}

fn say_to_peer(to: u32, term: Term, peer: Peer, cx: &mut Context<'_>) {
    cx.send(cx.world().places.service(to), Packet::Between(Letter::Peer(term, peer)));
}

/// Sets a timer that a run waits for only where something is planned.
fn set_timer(disk: &BrokerDisk, after: Span, era: u32, timer: BrokerTimer, cx: &mut Context<'_>) {
    if disk.records.is_planned() {
        cx.set_timer(after, reminder(era, timer));
    } else {
        cx.set_background_timer(after, reminder(era, timer));
    }
}

impl Broker {
    fn new(cx: &Context<'_>, role: Role) -> Broker {
        let Kind::Service(me) = cx.world().places.kind(cx.node()) else {
            unreachable!("a broker is a service")
        };
        Broker { me, count: cx.world().strategy.replicas, era: 0, role }
    }

    /// Number 0 is primary first.
    pub(super) fn start(disk: &mut BrokerDisk, cx: &mut Context<'_>) -> Broker {
        let mut broker = Broker::new(cx, Role::Replica(Replica::new(cx.now())));
        if broker.me == disk.term.id {
            broker.serve(disk, disk.term, &[], true, cx);
        } else {
            broker.await_pings(disk, cx);
        }
        broker
    }

    pub(super) fn recover(disk: &mut BrokerDisk, cx: &mut Context<'_>) -> Broker {
        let mut broker = Broker::new(cx, Role::Replica(Replica::new(cx.now())));
        if broker.count == 1 {
            let term = Term { number: disk.term.number + 1, id: broker.me };
            broker.serve(disk, term, &[], false, cx);
        } else if disk.term.id == broker.me {
            broker.stand(disk, cx);
        } else {
            broker.await_pings(disk, cx);
            broker.join(disk, cx);
        }
        broker
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut BrokerDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Context<'_>,
    ) {
        match letter {
            Letter::Ask(ask) => match &mut self.role {
                Role::Primary(primary) => primary.asked(disk, from, ask, cx),
                Role::Replica(replica) => {
                    if replica.hears_primary(cx) {
                        say(from, disk.term, Say::NotI, cx);
                    }
                }
                Role::Candidate(_) => {}
            },
            Letter::Reply(reply) => {
                if let Role::Primary(primary) = &mut self.role {
                    match reply {
                        Reply::Pong => primary.heard(cx.world().places.as_gateway(from), cx),
                        Reply::Did { delivery, epoch } => {
                            primary.did(disk, from, delivery, epoch, cx);
                        }
                        Reply::Taken(number) => primary.taken(number, cx),
                    }
                }
            }
            Letter::Peer(term, peer) => {
                let Kind::Service(number) = cx.world().places.kind(from) else {
                    unreachable!("only brokers are peers")
                };
                self.peer(disk, number, term, peer, cx);
            }
            letter => panic!("{from} sent {letter:?} to a broker"),
        }
    }

    pub(super) fn wake(
        &mut self,
        disk: &mut BrokerDisk,
        era: u32,
        timer: BrokerTimer,
        cx: &mut Context<'_>,
    ) {
        if era != self.era {
            return;
        }
        match (&mut self.role, timer) {
            (Role::Primary(primary), timer) => primary.wake(disk, timer, cx),
            (Role::Candidate(_), BrokerTimer::Tick) => self.ask_for_votes(disk, cx),
            (Role::Candidate(_), BrokerTimer::Alone) => self.alone(disk, cx),
            (Role::Replica(_), BrokerTimer::Silent) => self.silent(disk, cx),
            (Role::Replica(_), BrokerTimer::Unjoined) => self.ask_to_join(disk, cx),
            (Role::Replica(_), BrokerTimer::Copied(write)) => self.copied(disk, write, cx),
            (_, timer) => panic!("{} has no {timer:?} in this role", cx.node()),
        }
    }

    /// Another broker said something.
    fn peer(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        term: Term,
        peer: Peer,
        cx: &mut Context<'_>,
    ) {
        if let Peer::Vote = peer {
            return self.asked_for_vote(disk, from, term, cx);
        }
        if term < disk.term {
            if matches!(peer, Peer::Ping { .. } | Peer::Store(..)) {
                say_to_peer(from, disk.term, Peer::No, cx);
            }
            if let (Peer::No, Role::Candidate(candidate)) = (&peer, &mut self.role) {
                candidate.answered();
            }
            return;
        }
        // What a candidate is told to its question has its own term.
        if let Peer::Yes(whole) = &peer {
            return self.voted_for(disk, from, term, &whole.clone(), cx);
        }
        if term > disk.term {
            self.obey(disk, term, cx);
            self.join(disk, cx);
        }
        match (&mut self.role, peer) {
            (Role::Primary(primary), Peer::Ack(write)) => primary.acked(disk, from, write, cx),
            (Role::Primary(primary), Peer::Has(upto)) => primary.has_all(disk, from, upto, cx),
            (Role::Primary(primary), Peer::Join(whole)) => primary.joins(disk, from, &whole, cx),
            (Role::Replica(replica), Peer::Join(_)) if replica.hears_primary(cx) => {
                say_to_peer(from, disk.term, Peer::No, cx);
            }
            (Role::Candidate(candidate), Peer::No) => candidate.answered(),
            (_, Peer::Ping { live }) => self.pinged(disk, from, live, cx),
            (Role::Replica(_), Peer::Store(number, what)) => {
                self.store(disk, from, number, what, cx);
            }
            (Role::Replica(_), Peer::Deleted(deleted)) => {
                deleted.iter().for_each(|(delivery, gone)| self.delete(disk, *delivery, gone, cx));
            }
            (Role::Replica(_), Peer::All(upto, whole)) => {
                self.got_all(disk, from, upto, &whole, cx);
            }
            _ => {}
        }
    }
}

/// Something that a replica's disk is at.
struct Copying {
    from: u32,
    what: Rc<Written>,
    writing: Span,
    /// The tasks of it that are here for this alone.
    only: BTreeSet<DeliveryId>,
}
