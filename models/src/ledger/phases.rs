//! Where a copy's time went, and when nodes were dead: what phases are made of.

use penult_sim::{IdMap, NodeId, Span, Time};

/// A part of a delivery's latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting at the sender, offline or retrying.
    Outbox,
    /// On links, and every wait that nothing else explains: for an answer that got lost, for one.
    Network,
    /// Waiting for a CPU, and its work.
    Cpu,
    /// Waiting for a disk, and its writes.
    Disk,
    /// Waiting for a node that was dead and not yet suspected.
    Detection,
    /// From suspicion to the new host's first send.
    Handover,
    /// The recipient was offline or out of reach: while its host took it for that, or, if it was off the network,
    /// while the host waited for its answer in vain or was dead itself.
    Away,
    /// In the external store, or put back with a delay.
    Parked,
}

impl Phase {
    /// All of them, in the order of the reports.
    pub const ALL: [Phase; 8] = [
        Phase::Outbox,
        Phase::Network,
        Phase::Cpu,
        Phase::Disk,
        Phase::Detection,
        Phase::Handover,
        Phase::Away,
        Phase::Parked,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Outbox => "outbox",
            Phase::Network => "network",
            Phase::Cpu => "cpu",
            Phase::Disk => "disk",
            Phase::Detection => "detection",
            Phase::Handover => "handover",
            Phase::Away => "away",
            Phase::Parked => "parked",
        }
    }
}

/// How long each phase took, to the nanosecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases([Span; Phase::ALL.len()]);

impl Phases {
    /// How long this one took.
    pub fn get(&self, phase: Phase) -> Span {
        self.0[phase as usize]
    }

    /// All of them together.
    pub fn total(&self) -> Span {
        self.0.iter().fold(Span::ZERO, |sum, &span| sum + span)
    }

    /// Makes one longer.
    pub fn add(&mut self, phase: Phase, span: Span) {
        self.0[phase as usize] += span;
    }

    /// The same, with one longer.
    pub(super) fn with(mut self, phase: Phase, span: Span) -> Phases {
        self.add(phase, span);
        self
    }
}

/// When nodes were dead. It holds as much as there were crashes.
#[derive(Debug, Default)]
pub(super) struct Outages {
    of: IdMap<Vec<Outage>>,
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    down: Time,
    /// [`Time::NEVER`] while it lasts.
    up: Time,
    /// How long the node had been dead before, in all.
    before: Span,
}

impl Outages {
    pub(super) fn crashed(&mut self, node: NodeId, at: Time) {
        let list = self.of.get_or_insert_with(u64::from(node.raw()), Vec::new);
        let before = list.last().map_or(Span::ZERO, |last| last.before + (last.up - last.down));
        list.push(Outage { down: at, up: Time::NEVER, before });
    }

    pub(super) fn recovered(&mut self, node: NodeId, at: Time) {
        let last = self.of.get_mut(u64::from(node.raw())).and_then(|list| list.last_mut());
        if let Some(last) = last {
            last.up = at;
        }
    }

    /// For how much of the time from `since` to `until` the node was dead.
    pub(super) fn dead_between(&self, node: NodeId, since: Time, until: Time) -> Span {
        let Some(list) = self.of.get(u64::from(node.raw())) else { return Span::ZERO };
        let dead_until = |at: Time| {
            let begun = list.partition_point(|outage| outage.down < at);
            begun.checked_sub(1).map_or(Span::ZERO, |last| {
                let Outage { down, up, before } = list[last];
                before + (up.min(at) - down)
            })
        };
        dead_until(until) - dead_until(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_time_is_counted_within_its_bounds() {
        let (node, at) = (NodeId::new(3), Time::from_nanos);
        let mut outages = Outages::default();
        for (down, up) in [(10, 20), (40, 45)] {
            outages.crashed(node, at(down));
            outages.recovered(node, at(up));
        }
        outages.crashed(node, at(90));
        let dead = |since, until| outages.dead_between(node, at(since), at(until)).as_nanos();
        assert_eq!(dead(0, 10), 0);
        assert_eq!(dead(0, 15), 5);
        assert_eq!(dead(12, 15), 3);
        assert_eq!(dead(15, 42), 7);
        assert_eq!(dead(20, 40), 0);
        assert_eq!(dead(0, 100), 25);
        assert_eq!(outages.dead_between(NodeId::new(4), at(0), at(100)), Span::ZERO);
    }
}
