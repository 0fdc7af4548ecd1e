//! Writing: the primary writes, then sends to the replicas that count, and it is so when all of them have it and these are
//! enough.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{NodeId, Span};

use super::super::Context;
use super::super::letters::{Peer, Written};
use super::super::record::Record;
use super::super::tasks::Task;
use super::super::timers::BrokerTimer;
use super::primary::Primary;
use super::{BrokerDisk, say_to_peer};
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::note::Note;

/// Something that is being written.
pub(super) struct Writing {
    what: Rc<Written>,
    /// Who asked for it.
    source: Option<(NodeId, MessageId)>,
    /// Whether the primary's own disk has it.
    pub(super) is_local: bool,
    /// How long that disk takes.
    span: Span,
    /// The replicas that have it.
    has: BTreeSet<u32>,
    /// How often it was sent to each of the others.
    sendings: BTreeMap<u32, u32>,
}

impl Writing {
    /// The deliveries of its tasks.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        let tasks = match &*self.what {
            Written::Tasks(tasks) => tasks.as_slice(),
            Written::Records(_) => &[],
        };
        tasks.iter().map(|task| task.delivery)
    }
}

impl Primary {
    /// Writes something.
    pub(super) fn write(
        &mut self,
        disk: &mut BrokerDisk,
        what: Written,
        source: Option<(NodeId, MessageId)>,
        cx: &mut Context<'_>,
    ) {
        self.last_write += 1;
        let (number, span) = (self.last_write, cx.write());
        self.writes.insert(
            number,
            Writing {
                what: Rc::new(what),
                source,
                is_local: false,
                span,
                has: BTreeSet::new(),
                sendings: BTreeMap::new(),
            },
        );
        if span.is_zero() {
            self.stored(disk, number, cx);
        } else {
            cx.set_timer(span, self.reminder(BrokerTimer::Stored(number)));
        }
    }

    /// Tasks that only the primary and one replica have are sent to the others.
    pub(super) fn store_elsewhere(
        &mut self,
        disk: &mut BrokerDisk,
        tasks: Vec<Task>,
        from: u32,
        cx: &mut Context<'_>,
    ) {
        self.storing.extend(tasks.iter().map(|task| task.delivery));
        let has = BTreeSet::from([from]);
        self.written_here(disk, Written::Tasks(tasks), has, cx);
    }

    /// Of two, what the other has not acknowledged is still being written.
    pub(super) fn go_on_with_pending(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        if !disk.pending.is_empty() {
            let pending: Vec<_> =
                disk.pending.iter().map(|(&client, record)| (client, *record)).collect();
            self.writing.extend(pending.iter().map(|&(client, _)| client));
            self.uncertain.clone_from(&self.writing);
            self.written_here(disk, Written::Records(pending), BTreeSet::new(), cx);
        }
    }

    /// What the primary's disk has already is being written elsewhere.
    fn written_here(
        &mut self,
        disk: &mut BrokerDisk,
        what: Written,
        has: BTreeSet<u32>,
        cx: &mut Context<'_>,
    ) {
        self.last_write += 1;
        let number = self.last_write;
        let (what, sendings) = (Rc::new(what), BTreeMap::new());
        let (is_local, span) = (true, Span::ZERO);
        let writing = Writing { what, source: None, is_local, span, has, sendings };
        self.writes.insert(number, writing);
        self.send(disk, number, cx);
        self.finish_writes(disk, cx);
    }

    /// The primary's disk is done with it.
    pub(super) fn stored(&mut self, disk: &mut BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let Some(writing) = self.writes.get_mut(&number) else { return };
        writing.is_local = true;
        let span = writing.span;
        match Rc::get_mut(&mut writing.what).expect("nobody else has it yet") {
            Written::Tasks(tasks) => {
                for task in tasks {
                    task.stored = cx.now();
                    cx.tell(Note::Stored { delivery: task.delivery, disk: span });
                    disk.tasks.put(task.clone());
                }
            }
            Written::Records(records) if self.count > 1 => {
                for (client, record) in records {
                    disk.pending.insert(*client, *record);
                }
            }
            Written::Records(_) => {}
        }
        self.send(disk, number, cx);
        self.finish_writes(disk, cx);
    }

    /// Sends a write to the replicas that count and do not have it. One that was silent often enough is not counted on.
    fn send(&mut self, disk: &BrokerDisk, number: u64, cx: &mut Context<'_>) {
        let (me, attempts) = (self.me, cx.world().strategy.attempts);
        let Some(writing) = self.writes.get_mut(&number) else { return };
        let mut waits = false;
        for other in (0..self.count).filter(|&id| id != me) {
            if !self.live[other as usize] || writing.has.contains(&other) {
                continue;
            }
            let sendings = writing.sendings.entry(other).or_default();
            if *sendings >= attempts {
                self.live[other as usize] = false;
                continue;
            }
            *sendings += 1;
            waits = true;
            say_to_peer(other, disk.term, Peer::Store(number, writing.what.clone()), cx);
        }
        if waits {
            let timeout = cx.world().strategy.ack_timeout;
            cx.set_timer(timeout, self.reminder(BrokerTimer::Unwritten(number)));
        }
    }

    /// Not all have acknowledged it.
    pub(super) fn unwritten(&mut self, disk: &mut BrokerDisk, number: u64, cx: &mut Context<'_>) {
        self.send(disk, number, cx);
        self.finish_writes(disk, cx);
    }

    /// A replica has written something.
    pub(super) fn acked(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        number: u64,
        cx: &mut Context<'_>,
    ) {
        if let Some(writing) = self.writes.get_mut(&number) {
            writing.has.insert(from);
            self.finish_writes(disk, cx);
        }
    }

    /// A replica has all that there was up to a write.
    pub(super) fn has_all(
        &mut self,
        disk: &mut BrokerDisk,
        from: u32,
        upto: u64,
        cx: &mut Context<'_>,
    ) {
        self.owed.remove(&from);
        for (_, writing) in self.writes.range_mut(..=upto) {
            if writing.is_local {
                writing.has.insert(from);
            }
        }
        self.finish_writes(disk, cx);
    }

    /// A replica that said yes is sent all that there is, until it has it or was silent often enough.
    pub(super) fn owe(&mut self, disk: &mut BrokerDisk, replica: u32, cx: &mut Context<'_>) {
        let Some(sendings) = self.owed.get_mut(&replica) else { return };
        if *sendings >= cx.world().strategy.attempts {
            self.owed.remove(&replica);
            self.live[replica as usize] = false;
            return self.finish_writes(disk, cx);
        }
        *sendings += 1;
        self.send_all(disk, replica, 0, cx);
        let timeout = cx.world().strategy.ack_timeout;
        cx.set_timer(timeout, self.reminder(BrokerTimer::Unhad(replica)));
    }

    fn counted_on(&self) -> u32 {
        self.live.iter().map(|&live| u32::from(live)).sum()
    }

    /// Whether so many brokers count that anything may be decided of clients.
    pub(super) fn may_decide(&self) -> bool {
        let needed = if self.count == 2 { 2 } else { self.count / 2 + 1 };
        self.counted_on() >= needed
    }

    fn may_store(&self) -> bool {
        let needed = if self.count == 2 { 1 } else { self.count / 2 + 1 };
        self.counted_on() >= needed
    }

    /// What all that count have is so; tasks in their order.
    pub(super) fn finish_writes(&mut self, disk: &mut BrokerDisk, cx: &mut Context<'_>) {
        while let Some(number) = self.finished() {
            let Writing { what, source, .. } = self.writes.remove(&number).expect("it is there");
            match &*what {
                Written::Tasks(tasks) => self.tasks_stored(disk, tasks, source, cx),
                Written::Records(records) => self.records_written(disk, records, cx),
            }
        }
    }

    fn finished(&self) -> Option<u64> {
        let (may_decide, may_store) = (self.may_decide(), self.may_store());
        let mut is_stopped = !may_store;
        for (&number, writing) in &self.writes {
            let others = (0..self.count).filter(|&id| id != self.me && self.live[id as usize]);
            let has_all =
                writing.is_local && others.into_iter().all(|other| writing.has.contains(&other));
            match &*writing.what {
                Written::Tasks(_) if has_all && !is_stopped => return Some(number),
                Written::Tasks(_) => is_stopped = true,
                Written::Records(_) if has_all && may_decide => return Some(number),
                Written::Records(_) => {}
            }
        }
        None
    }

    /// Whether what is being written of a client is such.
    pub(super) fn is_written_to(
        &self,
        client: ClientId,
        is_such: impl Fn(&Record) -> bool + Copy,
    ) -> bool {
        self.writes.values().any(|writing| match &*writing.what {
            Written::Records(records) => records
                .binary_search_by_key(&client, |&(it, _)| it)
                .is_ok_and(|place| is_such(&records[place].1)),
            Written::Tasks(_) => false,
        })
    }
}
