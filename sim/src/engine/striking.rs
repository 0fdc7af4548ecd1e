//! Striking faults: what they hold down, what they give back, and what nodes and observers learn of it.

use super::{Engine, Slot};
use crate::faults::{Action, Atom, Source, atoms};
use crate::fingerprint::Kind;
use crate::{Context, Director, DiskFate, FaultId, Node, NodeId, Observed, Observer, Who};

impl<N: Node, O: Observer<N>, D: Director<N>> Engine<N, O, D> {
    pub(super) fn act(&mut self, slot: u32) {
        match self.schedule.take(slot) {
            Action::Strike { fault, source } => self.strike(fault, source),
            Action::End { number, fault, atoms, then } => {
                self.end(number, fault, &atoms);
                let (now, seed) = (self.kernel.now, &self.kernel.seed);
                if let Some((at, action)) =
                    then.and_then(|process| self.schedule.process_due(process, now, seed))
                {
                    self.kernel.agenda.schedule_fault(at, action);
                }
            }
        }
    }

    fn strike(&mut self, fault: FaultId, source: Source) {
        let (now, seed) = (self.kernel.now, self.kernel.seed);
        let strike = self.schedule.strike(fault, source, now, &seed);
        if let Source::Record(number) = source
            && let Some((at, action)) = self.schedule.record_due(fault, number + 1)
        {
            self.kernel.agenda.schedule_fault(at, action);
        }
        let nodes = match (strike.nodes, self.schedule.fault(fault).who()) {
            (Some(nodes), _) => nodes,
            (None, Some(Who::Nodes(nodes))) => nodes.clone(),
            (None, Some(&Who::Role(role))) => {
                let cast = self.director.cast(role);
                match strike.then {
                    Some(process) => self.schedule.choose_of(process, cast, &seed),
                    None => cast,
                }
            }
            (None, None) => Vec::new(),
        };
        let nodes = each_once(nodes);
        let atoms = atoms(&self.schedule.fault(fault).what, &nodes, &self.kernel.network);
        let number = self.schedule.next_number();
        self.note_fault(fault, Kind::FaultBegan, Observed::FaultBegan { fault });
        for atom in &atoms {
            self.hold(number, atom);
        }
        if let Some(lasts) = strike.lasts {
            let action = Action::End { number, fault, atoms, then: strike.then };
            let action = self.schedule.put(action);
            self.kernel.agenda.schedule_fault(now + lasts, action);
        }
    }

    fn end(&mut self, number: u32, fault: FaultId, atoms: &[Atom]) {
        for atom in atoms {
            self.release(number, atom);
        }
        self.tell();
        self.note_fault(fault, Kind::FaultEnded, Observed::FaultEnded { fault });
    }

    fn note_fault(&mut self, fault: FaultId, kind: Kind, seen: Observed<'_, N>) {
        let at = self.kernel.now;
        self.kernel.fingerprint.fold(at, NodeId::new(0), kind, fault.raw(), 0);
        if O::ACTIVE {
            self.observer.see(at, seen);
        }
    }

    fn hold(&mut self, number: u32, atom: &Atom) {
        match atom {
            Atom::Links(links) => self.kernel.hold_links(links, true),
            Atom::Node(node, disk) => self.crash(*node, *disk),
            Atom::Pair(from, to) => {
                self.kernel.network.cuts.cut_pair(*from, *to);
                self.kernel.drop_cut();
            }
            Atom::Partition(groups) => {
                self.kernel.network.cuts.part(number, groups);
                self.kernel.drop_cut();
            }
            Atom::Gray(on, gray) => self.kernel.set_gray(*on, number, Some(*gray)),
            Atom::Offline(node) => self.change_reach(*node, true),
        }
    }

    fn release(&mut self, number: u32, atom: &Atom) {
        match atom {
            Atom::Links(links) => self.kernel.hold_links(links, false),
            Atom::Node(node, _) => self.recover(*node),
            Atom::Pair(from, to) => self.kernel.network.cuts.mend_pair(*from, *to),
            Atom::Partition(_) => self.kernel.network.cuts.heal(number),
            Atom::Gray(on, _) => self.kernel.set_gray(*on, number, None),
            Atom::Offline(node) => self.change_reach(*node, false),
        }
    }

    fn crash(&mut self, node: NodeId, fate: DiskFate) {
        let at = self.kernel.now;
        let host = &mut self.kernel.network.hosts[node.index()];
        host.held_down += 1;
        let died = host.held_down == 1;
        let disk_lost = fate == DiskFate::Lost;
        let Slot { memory, disk } = &mut self.nodes[node.index()];
        if died {
            let memory = memory.take().expect("a node that was up has a memory");
            if O::ACTIVE {
                let memory = &memory;
                self.observer.see(at, Observed::Crashed { node, memory, disk, disk_lost });
            }
            self.kernel.fingerprint.fold(at, node, Kind::Crashed, 0, u64::from(disk_lost));
            self.kernel.end_life(node);
            self.kernel.network.routes.forget();
        } else if disk_lost && O::ACTIVE {
            self.observer.see(at, Observed::DiskLost { node, disk });
        }
        if disk_lost {
            N::lose_disk(disk, node, &self.world);
        }
        if died {
            self.change_behind(node, true);
        }
    }

    fn recover(&mut self, node: NodeId) {
        let at = self.kernel.now;
        let host = &mut self.kernel.network.hosts[node.index()];
        host.held_down -= 1;
        if host.held_down > 0 {
            return;
        }
        self.kernel.network.routes.forget();
        self.kernel.fingerprint.fold(at, node, Kind::Recovered, 0, 0);
        if O::ACTIVE {
            self.observer.see(at, Observed::Recovered { node });
        }
        let Slot { memory, disk } = &mut self.nodes[node.index()];
        let mut context = Context { node, world: &self.world, kernel: &mut self.kernel };
        *memory = Some(N::recover(disk, &mut context));
        self.change_behind(node, false);
        self.kernel.hold_carried(node, false);
        if N::MEETS {
            self.kernel.recover_contacts(node);
        }
    }

    /// Those that reach the network through this node lose it or have it again.
    fn change_behind(&mut self, gate: NodeId, off: bool) {
        for node in self.kernel.network.behind(gate) {
            self.change_reach(NodeId::new(node as usize), off);
        }
    }

    fn change_reach(&mut self, node: NodeId, off: bool) {
        let host = &mut self.kernel.network.hosts[node.index()];
        let before = host.is_online();
        if off {
            host.hold_offline();
        } else {
            host.let_online();
        }
        let (online, is_up) = (host.is_online(), host.is_up());
        if online == before {
            return;
        }
        self.kernel.network.routes.forget();
        let at = self.kernel.now;
        let kind = if online { Kind::Online } else { Kind::Offline };
        self.kernel.fingerprint.fold(at, node, kind, 0, 0);
        if O::ACTIVE {
            self.observer.see(at, Observed::ReachChanged { node, online });
        }
        if N::MEETS {
            self.kernel.reach_contacts(node, online);
        }
        if is_up {
            self.with_node(node, |memory, disk, context| {
                memory.reach_changed(disk, online, context);
            });
        }
    }
}

/// A fault is on a node or it is not: one that is listed or cast twice is struck once.
fn each_once(mut nodes: Vec<NodeId>) -> Vec<NodeId> {
    let mut met = std::collections::BTreeSet::new();
    nodes.retain(|&node| met.insert(node));
    nodes
}
