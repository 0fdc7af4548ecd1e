//! What faults do to what is under way: they end lives, drop packets, hold links down.

use std::collections::BTreeMap;

use super::Kernel;
use crate::network::{DirectionId, Flight, GrayOn, Network, Stage};
use crate::{Gray, Loss, Node, NodeId, Time};

impl<N: Node> Kernel<N> {
    /// The node's life ends: its timers are void, its queues are empty.
    pub(crate) fn end_life(&mut self, node: NodeId) {
        let now = self.now;
        // That it had gone off the network was in the device's memory: it comes back reachable.
        self.set_left(node, false);
        if N::MEETS {
            self.crash_contacts(node);
        }
        self.hold_carried(node, true);
        let host = &mut self.network.hosts[node.index()];
        host.life += 1;
        self.open -= u64::from(std::mem::take(&mut host.open_timers));
        if let Some(machine) = &mut host.machine {
            machine.crash();
        }
        let sending = |id: &DirectionId| self.network.directions.is_sending(*id, now);
        let queues: Vec<DirectionId> = self.network.directions_from(node).filter(sending).collect();
        let is_leaving = |network: &Network, flight: &Flight<N::Packet>| {
            let direction = network.direction_of(flight);
            let from = direction.map(|direction| network.directions.get(direction).from);
            flight.departs > now && from == Some(node)
        };
        let some_leaving = !queues.is_empty();
        let in_cpu = |flight: &Flight<N::Packet>| {
            matches!(flight.stage, Stage::Waiting | Stage::Cpu) && flight.to == node
        };
        if some_leaving || self.network.hosts[node.index()].machine.is_some() {
            self.lose_under_way(
                |network, flight| in_cpu(flight) || some_leaving && is_leaving(network, flight),
                |_, _| Loss::Crash(node),
            );
        }
        // What had left is still on its way, and is not overtaken.
        let mut queues: BTreeMap<_, _> = queues.into_iter().map(|id| (id, Time::ZERO)).collect();
        for flight in self.flights.under_way().take_while(|_| some_leaving) {
            let direction = self.network.direction_of(flight);
            if let Some(last) = direction.and_then(|direction| queues.get_mut(&direction)) {
                *last = flight.arrives.max(*last);
            }
        }
        for (queue, last) in queues {
            self.network.directions.empty(queue, last);
        }
    }

    /// Lines that stand or fall with a node fall, or stand again.
    pub(crate) fn hold_carried(&mut self, node: NodeId, down: bool) {
        if self.network.lines.any() {
            let carried = self.network.lines.carried_by(node);
            if !carried.is_empty() {
                self.hold_links(&carried, down);
            }
        }
    }

    /// Adds or removes one hold on each of these directions; what was on one that goes down is dropped.
    pub(crate) fn hold_links(&mut self, links: &[DirectionId], down: bool) {
        let mut fell = Vec::new();
        for &link in links {
            let direction = self.network.directions.get_mut(link);
            if down {
                direction.held_down += 1;
                if direction.held_down == 1 {
                    fell.push(link);
                }
            } else {
                direction.held_down -= 1;
            }
        }
        self.network.routes.forget();
        if fell.is_empty() {
            return;
        }
        fell.sort_unstable();
        self.lose_under_way(
            |network, flight| {
                network.direction_of(flight).is_some_and(|link| fell.binary_search(&link).is_ok())
            },
            |network, flight| {
                let link = network.direction_of(flight).expect("it was on a link that fell");
                let direction = network.directions.get(link);
                Loss::LinkDown(direction.from, direction.to)
            },
        );
        for link in fell {
            self.network.directions.empty(link, Time::ZERO);
        }
    }

    /// A cut between pairs came into force: what is on its way over an access link is dropped.
    pub(crate) fn drop_cut(&mut self) {
        let on_access = |network: &Network, flight: &Flight<N::Packet>| match flight.stage {
            Stage::Last(link) => network.directions.is_access(link),
            Stage::Backbone { .. } => true,
            Stage::Route { .. } | Stage::Waiting | Stage::Cpu | Stage::Gone => false,
            Stage::Contact(_) | Stage::Broken(_) => false,
        };
        self.lose_under_way(
            |network, flight| {
                on_access(network, flight) && network.cuts.between(flight.from, flight.to)
            },
            |_, flight| Loss::LinkDown(flight.from, flight.to),
        );
    }

    pub(crate) fn set_gray(&mut self, on: GrayOn, number: u32, gray: Option<Gray>) {
        match gray {
            Some(gray) => self.network.grays.add(on, number, gray),
            None => self.network.grays.remove(on, number),
        }
    }

    /// Takes packets that are under way, for a fault.
    fn lose_under_way(
        &mut self,
        wanted: impl Fn(&Network, &Flight<N::Packet>) -> bool,
        cause: impl Fn(&Network, &Flight<N::Packet>) -> Loss,
    ) {
        for slot in self.flights.select(|flight| wanted(&self.network, flight)) {
            let flight = self.flights.get(slot);
            let (cause, frees) = (cause(&self.network, flight), flight.stage == Stage::Waiting);
            self.count_lost(slot, cause, frees);
        }
    }
}
