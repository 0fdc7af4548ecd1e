//! When faults strike: the plan, its random processes and its records, as they stand in a run.

use super::{Atom, Fault, Process, What, When, Who};
use crate::{Draw, FaultId, IdMap, NodeId, Purpose, Seed, Span, Stream, Time};

/// What a fault's event does. Actions wait in slots that events point at.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The fault strikes; `source` says for how long, and whom.
    Strike { fault: FaultId, source: Source },
    /// What a strike held down is given back.
    End { number: u32, fault: FaultId, atoms: Vec<Atom>, then: Option<u32> },
}

/// Where a strike comes from, and so what follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Once,
    /// The record with this number.
    Record(usize),
    /// The process in this slot.
    Process(u32),
}

/// A process as it stands: the fault it is of, whom it is on, and its streams.
#[derive(Debug)]
struct Running {
    fault: FaultId,
    target: Target,
    up: Stream,
    down: Stream,
    choice: Stream,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    One(NodeId),
    /// As many as the process says, chosen anew each time.
    Some(usize),
    /// Whatever the fault is on.
    Whole,
}

/// The faults of a run.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    faults: Vec<Fault>,
    running: Vec<Running>,
    /// How many processes do the same to the same.
    named: IdMap<u64>,
    actions: Vec<Option<Action>>,
    free: Vec<u32>,
    strikes: u32,
}

/// An action and when it is due.
pub(crate) type Due = (Time, u32);

/// A strike, ready to be carried out.
pub(crate) struct Strike {
    /// Whom it is on, where the plan or its process says so; else the fault's own target.
    pub(crate) nodes: Option<Vec<NodeId>>,
    /// For how long; absent: to the end.
    pub(crate) lasts: Option<Span>,
    /// The process that goes on when it ends.
    pub(crate) then: Option<u32>,
}

impl Schedule {
    pub(crate) fn add(&mut self, fault: Fault) -> FaultId {
        self.faults.push(fault);
        FaultId::new(self.faults.len() - 1)
    }

    pub(crate) fn fault(&self, fault: FaultId) -> &Fault {
        &self.faults[fault.index()]
    }

    /// A number that no strike has had.
    pub(crate) fn next_number(&mut self) -> u32 {
        self.strikes += 1;
        self.strikes
    }

    pub(crate) fn put(&mut self, action: Action) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.actions[slot as usize] = Some(action);
                slot
            }
            None => {
                self.actions.push(Some(action));
                self.actions.len() as u32 - 1
            }
        }
    }

    pub(crate) fn take(&mut self, slot: u32) -> Action {
        self.free.push(slot);
        self.actions[slot as usize].take().expect("the action waits for its event")
    }

    /// The first event of everything in the plan. `entity` names a node's random streams.
    pub(crate) fn begin(&mut self, seed: &Seed, entity: impl Fn(NodeId) -> u32) -> Vec<Due> {
        let mut due = Vec::new();
        for index in 0..self.faults.len() {
            let fault = FaultId::new(index);
            let when = self.faults[index].when.clone();
            match when {
                When::Once { at, .. } => {
                    due.push((at, self.put(Action::Strike { fault, source: Source::Once })));
                }
                When::Recorded(mut records) => {
                    records.sort_by_key(|record| (record.down, record.node));
                    self.faults[index].when = When::Recorded(records);
                    due.extend(self.record_due(fault, 0));
                }
                When::Process(process) => {
                    for target in self.targets(fault, &process) {
                        let slot = self.start_process(fault, target, &entity);
                        due.extend(self.process_due(slot, process.from, seed));
                    }
                }
                When::Triggered { .. } => {}
            }
        }
        due
    }

    fn targets(&self, fault: FaultId, process: &Process) -> Vec<Target> {
        match (process.together, self.fault(fault).who()) {
            (Some(count), _) => vec![Target::Some(count)],
            (None, Some(Who::Nodes(nodes))) => nodes.iter().copied().map(Target::One).collect(),
            (None, _) => vec![Target::Whole],
        }
    }

    /// Names the streams of a process by what it does, whom it is on, and how many earlier ones of the
    /// plan do the same to the same: so that one more fault leaves the numbers of all others alone.
    fn start_process(
        &mut self,
        fault: FaultId,
        target: Target,
        entity: impl Fn(NodeId) -> u32,
    ) -> u32 {
        let kind = kind_of(&self.fault(fault).what) << 44;
        let whom = match target {
            Target::One(node) => u64::from(entity(node)),
            Target::Some(_) | Target::Whole => 1 << 43 | self.members(fault, entity),
        };
        let alike = self.named.get_or_insert_with(kind | whom, || 0);
        // Below 2^24 stands a node, and above it how many did the same to it; what is on several is
        // named by its members instead, and the few that are on the very same by what is next.
        let name = match target {
            Target::One(_) => kind | *alike << 24 | whom,
            Target::Some(_) | Target::Whole => kind | 1 << 43 | (whom + *alike) & ((1 << 43) - 1),
        };
        *alike += 1;
        self.running.push(Running {
            fault,
            target,
            up: Stream::new(Purpose::FAULT_UP_TIME, name),
            down: Stream::new(Purpose::FAULT_DOWN_TIME, name),
            choice: Stream::new(Purpose::FAULT_CHOICE, name),
        });
        self.running.len() as u32 - 1
    }

    /// Everything that a fault is on, as one number of 43 bits that any other set has but by a rare chance.
    fn members(&self, fault: FaultId, entity: impl Fn(NodeId) -> u32) -> u64 {
        let fault = self.fault(fault);
        let mut members: Vec<u64> = match (&fault.what, fault.who()) {
            (_, Some(Who::Nodes(nodes))) => nodes.iter().map(|&node| entity(node).into()).collect(),
            (_, Some(Who::Role(role))) => vec![role.0.into()],
            (What::Link { ends: (a, b), .. } | What::SlowLink { ends: (a, b), .. }, _) => {
                vec![entity(*a).into(), entity(*b).into()]
            }
            (What::Region(region), _) => vec![region.raw().into()],
            (What::Partition(groups), _) => {
                groups.iter().flatten().map(|&node| entity(node).into()).collect()
            }
            _ => Vec::new(),
        };
        if let When::Process(Process { named: Some(named), .. }) = &fault.when {
            members = named.iter().copied().map(u64::from).collect();
        }
        members.sort_unstable();
        let mix = |sum: u64, member: u64| {
            (sum ^ member).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        };
        members.into_iter().fold(0, mix) >> 21
    }

    /// The strike that this source now makes.
    pub(crate) fn strike(
        &mut self,
        fault: FaultId,
        source: Source,
        now: Time,
        seed: &Seed,
    ) -> Strike {
        let until = |up: Option<Time>| up.map(|up| up - now);
        match (source, &self.faults[fault.index()].when) {
            (Source::Once, When::Once { lasts, .. } | When::Triggered { lasts, .. }) => {
                Strike { nodes: None, lasts: *lasts, then: None }
            }
            (Source::Record(number), When::Recorded(records)) => {
                let record = records[number];
                Strike { nodes: Some(vec![record.node]), lasts: until(record.up), then: None }
            }
            (Source::Process(slot), When::Process(process)) => {
                let running = &mut self.running[slot as usize];
                let lasts = process.down.sample(&mut running.down.with(seed));
                let nodes = match running.target {
                    Target::One(node) => Some(vec![node]),
                    Target::Whole => None,
                    Target::Some(count) => match self.faults[fault.index()].who() {
                        Some(Who::Nodes(nodes)) => {
                            Some(choose(nodes, count, &mut running.choice.with(seed)))
                        }
                        _ => None,
                    },
                };
                Strike { nodes, lasts: Some(lasts), then: Some(slot) }
            }
            (source, when) => unreachable!("a strike by {source:?} of a fault that comes {when:?}"),
        }
    }

    /// Of those that play a role, as many as a process strikes together.
    pub(crate) fn choose_of(
        &mut self,
        process: u32,
        cast: Vec<NodeId>,
        seed: &Seed,
    ) -> Vec<NodeId> {
        let running = &mut self.running[process as usize];
        match running.target {
            Target::Some(count) => choose(&cast, count, &mut running.choice.with(seed)),
            Target::One(_) | Target::Whole => cast,
        }
    }

    /// The event of the record with this number, if there is one.
    pub(crate) fn record_due(&mut self, fault: FaultId, number: usize) -> Option<Due> {
        let When::Recorded(records) = &self.faults[fault.index()].when else {
            return None;
        };
        let at = records.get(number)?.down;
        let source = Source::Record(number);
        Some((at, self.put(Action::Strike { fault, source })))
    }

    /// The next failure of a process that works since `now`, if it fails in its time.
    pub(crate) fn process_due(&mut self, slot: u32, now: Time, seed: &Seed) -> Option<Due> {
        let running = &mut self.running[slot as usize];
        let fault = running.fault;
        let When::Process(process) = &self.faults[fault.index()].when else {
            return None;
        };
        let at = now + process.up.sample(&mut running.up.with(seed));
        let in_time = at < process.until;
        in_time.then(|| {
            let source = Source::Process(slot);
            (at, self.put(Action::Strike { fault, source }))
        })
    }
}

/// Part of the names of random streams: append, never renumber.
fn kind_of(what: &What) -> u64 {
    match what {
        What::Crash { .. } => 1,
        What::Region(_) => 2,
        What::Link { .. } => 3,
        What::Partition(_) => 4,
        What::Slow { .. } => 5,
        What::SlowLink { .. } => 6,
        What::Offline(_) => 7,
    }
}

/// So many of these, each set of that size as likely as any other, in the order of the list.
fn choose(nodes: &[NodeId], count: usize, draw: &mut impl Draw) -> Vec<NodeId> {
    let mut wanted = count.min(nodes.len());
    let mut left = nodes.len();
    let mut chosen = Vec::with_capacity(wanted);
    for &node in nodes {
        // The chance that this one is among the chosen, given how many were.
        if draw.below(left as u64) < wanted as u64 {
            chosen.push(node);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}
