//! Suspicions, and clients that change their host: what each step of a failover took.

use std::collections::BTreeMap;

use penult_models::{ClientId, GatewayId, Places};
use penult_sim::{NodeId, Time};

use crate::sample::Sample;

/// A client that got another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failover {
    /// Whom.
    pub client: ClientId,
    /// The host before.
    pub from: GatewayId,
    /// The host from then on.
    pub to: GatewayId,
    /// Since which epoch.
    pub epoch: u32,
    /// Whether the new host is the client's home.
    pub is_failback: bool,
    /// When the host before died, if it had when it was suspected or replaced.
    pub died: Option<Time>,
    /// When the new host, or else anybody, first suspected it.
    pub suspected: Option<Time>,
    /// When the directory's yes came.
    pub claimed: Time,
    /// When the new host sent the client the first thing.
    pub handed_over: Option<Time>,
    /// When the device knew.
    pub attached: Option<Time>,
    /// When it got the first message there.
    pub first_delivery: Option<Time>,
}

/// Watches suspicions and claims.
#[derive(Clone, Debug)]
pub(crate) struct Failovers {
    places: Places,
    homes: Vec<GatewayId>,
    /// Who hosts each client and since which epoch, as claims tell, and its latest failover.
    hosts: Vec<(GatewayId, u32, Option<usize>)>,
    /// For each node how it stands.
    nodes: BTreeMap<NodeId, Standing>,
    /// Who suspects whom, since when.
    suspects: BTreeMap<(NodeId, NodeId), Time>,
    pub(crate) suspicions: u64,
    pub(crate) false_suspicions: u64,
    /// From a death to the first suspicion of it.
    pub(crate) detection: Sample,
    /// From suspicion to the new host's first word.
    pub(crate) handover: Sample,
    pub(crate) list: Vec<Failover>,
}

/// The last outage of a node.
#[derive(Clone, Copy, Debug)]
struct Standing {
    died: Time,
    back: Option<Time>,
    /// The first suspicion while it was dead.
    suspected: Option<Time>,
}

impl Failovers {
    pub(crate) fn new(places: Places, homes: &[GatewayId], whole: usize) -> Self {
        Failovers {
            places,
            homes: homes.to_vec(),
            // What the first epoch is called does not matter: the first claim has another.
            hosts: homes.iter().map(|&home| (home, 0, None)).collect(),
            nodes: BTreeMap::new(),
            suspects: BTreeMap::new(),
            suspicions: 0,
            false_suspicions: 0,
            detection: Sample::whole_up_to(whole),
            handover: Sample::whole_up_to(whole),
            list: Vec::new(),
        }
    }

    pub(crate) fn crashed(&mut self, at: Time, node: NodeId) {
        self.nodes.insert(node, Standing { died: at, back: None, suspected: None });
        // Opinions are in memory.
        self.suspects.retain(|&(who, _), _| who != node);
    }

    pub(crate) fn recovered(&mut self, at: Time, node: NodeId) {
        if let Some(standing) = self.nodes.get_mut(&node) {
            standing.back = Some(at);
        }
    }

    pub(crate) fn suspected(&mut self, at: Time, who: NodeId, whom: NodeId) {
        self.suspicions += 1;
        self.suspects.insert((who, whom), at);
        match self.nodes.get_mut(&whom) {
            Some(Standing { died, back: None, suspected }) => {
                if suspected.is_none() {
                    *suspected = Some(at);
                    self.detection.add(at - *died);
                }
            }
            _ => self.false_suspicions += 1,
        }
    }

    pub(crate) fn trusted(&mut self, who: NodeId, whom: NodeId) {
        self.suspects.remove(&(who, whom));
    }

    /// A claim was won. If it changed the host, a failover begins.
    pub(crate) fn claimed(
        &mut self,
        at: Time,
        by: NodeId,
        client: ClientId,
        told_from: GatewayId,
        epoch: u32,
    ) {
        let to = self.places.as_gateway(by);
        let (host, known, _) = self.hosts[client.index()];
        if (host, known) == (to, epoch) {
            return;
        }
        // Answers may come in another order than claims were won, and a winner may die before it hears
        // and claim again what it has: then the claimant and the list of claims know different halves.
        let follows = epoch > known;
        let from = if follows && told_from == to { host } else { told_from };
        if follows {
            (self.hosts[client.index()].0, self.hosts[client.index()].1) = (to, epoch);
        }
        if from == to {
            return;
        }
        let before = self.places.gateway(from);
        let suspected = self.suspects.get(&(by, before)).copied();
        let standing = self.nodes.get(&before).copied();
        let outage = standing.filter(|standing| match (standing.back, suspected) {
            (None, _) => true,
            (Some(back), Some(suspected)) => back > suspected,
            (Some(_), None) => false,
        });
        if follows {
            self.hosts[client.index()].2 = Some(self.list.len());
        }
        self.list.push(Failover {
            client,
            from,
            to,
            epoch,
            is_failback: to == self.homes[client.index()],
            died: outage.map(|outage| outage.died),
            suspected: suspected.or(outage.and_then(|outage| outage.suspected)),
            claimed: at,
            handed_over: None,
            attached: None,
            first_delivery: None,
        });
    }

    pub(crate) fn handed_over(&mut self, at: Time, by: NodeId, client: ClientId) {
        let to = self.places.as_gateway(by);
        let Some(failover) = self.latest(client).filter(|failover| failover.to == to) else {
            return;
        };
        if failover.handed_over.is_none() {
            failover.handed_over = Some(at);
            if let Some(suspected) = failover.suspected {
                self.handover.add(at - suspected);
            }
        }
    }

    pub(crate) fn attached(&mut self, at: Time, client: ClientId, epoch: u32) {
        if let Some(failover) = self.latest(client).filter(|failover| failover.epoch == epoch) {
            failover.attached.get_or_insert(at);
        }
    }

    #[inline]
    pub(crate) fn delivered(&mut self, at: Time, client: ClientId) {
        // Deliveries are many, and in most runs no client ever changes its host.
        if self.list.is_empty() {
            return;
        }
        if let Some(failover) = self.latest(client).filter(|failover| failover.attached.is_some()) {
            failover.first_delivery.get_or_insert(at);
        }
    }

    /// How many of the changes went home.
    pub(crate) fn failbacks(&self) -> u64 {
        self.list.iter().filter(|failover| failover.is_failback).count() as u64
    }

    fn latest(&mut self, client: ClientId) -> Option<&mut Failover> {
        self.hosts[client.index()].2.map(|place| &mut self.list[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use penult_sim::Span;

    const G: [GatewayId; 4] = [GatewayId(0), GatewayId(1), GatewayId(2), GatewayId(3)];
    const C: ClientId = ClientId(0);

    fn secs(seconds: u64) -> Time {
        Time::ZERO + Span::secs(seconds)
    }

    fn node(gateway: u32) -> NodeId {
        NodeId::new(gateway as usize)
    }

    /// One client, at home on g0.
    fn watched() -> Failovers {
        let places = Places { gateways: 4, services: 1, clients: 1, ..Places::default() };
        Failovers::new(places, &[G[0]], 10)
    }

    fn changes(failovers: &Failovers) -> Vec<(u32, u32, u32)> {
        let change = |it: &Failover| (it.from.0, it.to.0, it.epoch);
        failovers.list.iter().map(change).collect()
    }

    #[test]
    fn each_step_of_a_failover_has_its_instant() {
        let mut all = watched();
        all.crashed(secs(10), node(0));
        all.suspected(secs(12), node(2), node(0));
        all.suspected(secs(13), node(1), node(0));
        all.claimed(secs(14), node(1), C, G[0], 2);
        all.delivered(secs(14), C);
        all.handed_over(secs(15), node(1), C);
        all.attached(secs(16), C, 2);
        all.delivered(secs(17), C);
        all.delivered(secs(18), C);
        let seen = &all.list[0];
        let steps =
            [seen.died, seen.suspected, seen.handed_over, seen.attached, seen.first_delivery];
        assert_eq!(steps, [10, 13, 15, 16, 17].map(|at| Some(secs(at))));
        assert_eq!((all.suspicions, all.false_suspicions), (2, 0));
        assert_eq!(all.detection.greatest(), Some(Span::secs(2)), "the first suspicion counts");
        assert_eq!(all.detection.count(), 1);
        assert_eq!(all.handover.greatest(), Some(Span::secs(2)));
        // Home again, without any death.
        all.recovered(secs(20), node(0));
        all.claimed(secs(21), node(0), C, G[1], 3);
        assert_eq!((all.list[1].died, all.list[1].suspected), (None, None));
        assert_eq!(all.failbacks(), 1);
    }

    #[test]
    fn who_is_up_is_suspected_falsely() {
        let mut all = watched();
        all.suspected(secs(1), node(1), node(0));
        all.crashed(secs(2), node(0));
        all.recovered(secs(3), node(0));
        all.suspected(secs(4), node(2), node(0));
        assert_eq!((all.suspicions, all.false_suspicions, all.detection.count()), (2, 2, 0));
        // g2 suspects it of an outage that was over.
        all.claimed(secs(5), node(2), C, G[0], 2);
        assert_eq!((all.list[0].died, all.list[0].suspected), (None, Some(secs(4))));
    }

    #[test]
    fn claims_told_late_or_never_are_counted_once() {
        // g2's yes comes before g1's, which it superseded.
        let mut all = watched();
        all.claimed(secs(1), node(2), C, G[1], 3);
        all.claimed(secs(2), node(1), C, G[0], 2);
        assert_eq!(changes(&all), [(1, 2, 3), (0, 1, 2)]);
        all.attached(secs(3), C, 3);
        assert_eq!(all.list[0].attached, Some(secs(3)));
        // g1 won, died before it knew, and claims what it has.
        let mut all = watched();
        all.claimed(secs(1), node(1), C, G[1], 3);
        assert_eq!(changes(&all), [(0, 1, 3)]);
        // The same yes twice, and a host that claims its own anew.
        all.claimed(secs(2), node(1), C, G[0], 3);
        all.claimed(secs(3), node(1), C, G[1], 4);
        assert_eq!(changes(&all), [(0, 1, 3)]);
    }
}
