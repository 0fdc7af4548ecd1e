//! Who watches a random world: an observer that keeps its own account, and a director.

use std::collections::BTreeMap;

use penult_sim::*;

use super::busy::{Busy, Mail, Said};
use super::plan::TROUBLE_END;

/// One thing seen, small enough to keep all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Sent(NodeId, NodeId, u64),
    Duplicated(NodeId, NodeId, u64),
    Received(NodeId, NodeId, u64),
    Lost(NodeId, NodeId, u64, Loss),
    Told(NodeId, Said),
    Crashed(NodeId, bool),
    DiskLost(NodeId),
    Recovered(NodeId),
    Reach(NodeId, bool),
    Began(FaultId),
    Ended(FaultId),
}

/// What a node must know of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    pub lives: u32,
    pub writes: usize,
    pub got: u64,
}

const NOTHING: Own = Own { lives: 0, writes: 0, got: 0 };

/// Sees everything and holds the engine to what it promises.
#[derive(Debug, Default)]
pub struct Watch {
    pub log: Vec<(Time, Seen)>,
    /// Whether each node is up, as told.
    pub up: Vec<bool>,
    pub online: Vec<bool>,
    /// What each node must find: on its disk its lives and writes, in its memory the packets it got.
    pub own: Vec<Own>,
    pub traffic: Traffic,
    /// Foreground packets under way.
    pub foreground: i64,
    /// Nodes that may get packets while off the network, because these came before and wait for the CPU.
    slow: Vec<bool>,
    /// When the last packet arrived that each node has handled.
    arrived: Vec<Time>,
    /// Pairs whose only way is one link that keeps order: the stamp of the last that came.
    fifo: BTreeMap<(NodeId, NodeId), u64>,
    /// Copies under way of each packet.
    copies: BTreeMap<(NodeId, NodeId, u64, u8), i64>,
    /// Sent by devices that are off the network: lost before the event is over.
    doomed: i64,
    faults: BTreeMap<FaultId, i64>,
    latest: Time,
    pub settled: u64,
}

impl Watch {
    pub fn new(slow: Vec<bool>, fifo: impl IntoIterator<Item = (NodeId, NodeId)>) -> Self {
        let all = vec![true; slow.len()];
        let fifo = fifo.into_iter().map(|pair| (pair, 0)).collect();
        let own = vec![Own { lives: 1, writes: 0, got: 0 }; slow.len()];
        let arrived = vec![Time::ZERO; slow.len()];
        Watch { up: all.clone(), online: all, own, slow, arrived, fifo, ..Watch::default() }
    }

    /// Packets under way, by its own account.
    pub fn under_way(&self) -> u64 {
        let Traffic { sent, duplicated, received, lost } = self.traffic;
        (sent + duplicated).checked_sub(received + lost.total()).expect("more came than were sent")
    }

    fn copy(&mut self, carried: Carried<'_, Busy>, change: i64) {
        let Carried { from, to, packet: &Mail { id, replies, background, .. }, .. } = carried;
        let copies = self.copies.entry((from, to, id, replies)).or_default();
        *copies += change;
        assert!(*copies >= 0, "{from} to {to}: more copies of {id} ended than began");
        self.foreground += if background { 0 } else { change };
    }
}

fn place(of: &mut LostBy, cause: Loss) -> &mut u64 {
    match cause {
        Loss::Crash(_) => &mut of.crash,
        Loss::Offline(_) => &mut of.offline,
        Loss::LinkDown(..) => &mut of.link_down,
        Loss::Chance(..) => &mut of.chance,
        Loss::BufferFull(..) => &mut of.buffer_full,
        Loss::Corrupted(_) => &mut of.corrupted,
        Loss::NoPath(..) => &mut of.no_path,
        Loss::Parted(..) => &mut of.parted,
        Loss::Aborted(..) => &mut of.aborted,
    }
}

impl Observer<Busy> for Watch {
    fn see(&mut self, at: Time, what: Observed<'_, Busy>) {
        assert!(at >= self.latest, "time ran back from {} to {at}", self.latest);
        self.latest = at;
        let seen = match what {
            Observed::Sent(carried) => {
                let Carried { from, to, packet, .. } = carried;
                assert!(self.up[from.index()], "{at}: {from} is dead and sent");
                assert_eq!(packet.stamp, at.nanos());
                self.doomed += i64::from(!self.online[from.index()]);
                self.traffic.sent += 1;
                self.copy(carried, 1);
                Seen::Sent(from, to, packet.id)
            }
            Observed::Duplicated(carried) => {
                self.traffic.duplicated += 1;
                self.copy(carried, 1);
                Seen::Duplicated(carried.from, carried.to, carried.packet.id)
            }
            Observed::Received(carried) => {
                let Carried { from, to, packet, .. } = carried;
                assert!(self.up[to.index()], "{at}: {to} is dead and received");
                let reached = self.online[to.index()] || self.slow[to.index()];
                assert!(reached, "{at}: {to} is off the network and received");
                let last = std::mem::replace(&mut self.arrived[to.index()], carried.arrived);
                assert!(last <= carried.arrived, "{at}: {to} took {} out of turn", packet.id);
                if let Some(stamp) = self.fifo.get_mut(&(from, to)) {
                    assert!(*stamp <= packet.stamp, "{at}: {} from {from} overtook", packet.id);
                    *stamp = packet.stamp;
                }
                self.traffic.received += 1;
                self.own[to.index()].got += 1;
                self.copy(carried, -1);
                Seen::Received(from, to, packet.id)
            }
            Observed::Lost(carried, cause) => {
                match cause {
                    Loss::Crash(node) => assert!(!self.up[node.index()], "{at}: {node} is alive"),
                    Loss::Offline(node) => {
                        assert!(!self.online[node.index()], "{at}: {node} is online");
                        self.doomed -= i64::from(node == carried.from);
                    }
                    _ => {}
                }
                *place(&mut self.traffic.lost, cause) += 1;
                self.copy(carried, -1);
                Seen::Lost(carried.from, carried.to, carried.packet.id, cause)
            }
            Observed::Told { node, note } => {
                assert!(self.up[node.index()], "{at}: {node} is dead and talks");
                self.own[node.index()].writes += usize::from(matches!(note, Said::Wrote(_)));
                Seen::Told(node, *note)
            }
            Observed::Crashed { node, disk_lost, .. } => {
                assert!(std::mem::take(&mut self.up[node.index()]), "{at}: {node} died twice");
                let own = &mut self.own[node.index()];
                *own = if disk_lost { NOTHING } else { Own { got: 0, ..*own } };
                Seen::Crashed(node, disk_lost)
            }
            Observed::DiskLost { node, .. } => {
                assert!(!self.up[node.index()], "{at}: the disk of {node}, which is up");
                self.own[node.index()] = NOTHING;
                Seen::DiskLost(node)
            }
            Observed::Recovered { node } => {
                let was = std::mem::replace(&mut self.up[node.index()], true);
                assert!(!was, "{at}: {node} came back twice");
                self.own[node.index()].lives += 1;
                Seen::Recovered(node)
            }
            Observed::ReachChanged { node, online } => {
                let was = std::mem::replace(&mut self.online[node.index()], online);
                assert_ne!(was, online, "{at}: {node} changed to what it was");
                Seen::Reach(node, online)
            }
            Observed::FaultBegan { fault } => {
                *self.faults.entry(fault).or_default() += 1;
                Seen::Began(fault)
            }
            Observed::FaultEnded { fault } => {
                let began = self.faults.entry(fault).or_default();
                *began -= 1;
                assert!(*began >= 0, "{at}: {fault} ended before it began");
                Seen::Ended(fault)
            }
            Observed::Met { .. } | Observed::Parted { .. } => unreachable!("these don't meet"),
            Observed::Settled => {
                assert_eq!(self.doomed, 0, "{at}: sent from off the network");
                self.settled += 1;
                return;
            }
        };
        self.log.push((at, seen));
    }
}

/// Strikes a fault when so many notes were told, but none in the end, when all is calm. Role r is played by the last r + 1 who told one.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    pub triggers: Vec<(u64, FaultId)>,
    notes: u64,
    recent: Vec<NodeId>,
}

impl Stage {
    pub fn new(triggers: Vec<(u64, FaultId)>) -> Self {
        Stage { triggers, ..Stage::default() }
    }
}

impl Director<Busy> for Stage {
    fn see(&mut self, at: Time, node: NodeId, _: &Said, strike: &mut Vec<FaultId>) {
        self.notes += u64::from(at < TROUBLE_END);
        self.recent.insert(0, node);
        self.recent.truncate(3);
        let due = self.triggers.iter().filter(|&&(notes, _)| notes == self.notes);
        let due = due.filter(|_| at < TROUBLE_END);
        strike.extend(due.map(|&(_, fault)| fault));
    }

    fn cast(&self, role: Role) -> Vec<NodeId> {
        self.recent.iter().copied().take(role.0 as usize + 1).collect()
    }
}
