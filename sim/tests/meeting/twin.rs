//! The slow twin: who is in contact, found out anew at each instant from all that was planned and seen.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::*;

use super::carrier::{Carrier, Parcel, Told};

/// What says who is held together, apart from the engine.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    pub rows: Vec<Contact>,
    /// Of each medium, the node that it needs, and whether those on it are in contact.
    pub media: Vec<(NodeId, bool)>,
    /// Media that are bridged, and the node that this needs.
    pub bridges: Vec<(usize, usize, NodeId)>,
}

/// One thing seen, small enough to keep all of them.
pub type Seen = (Time, u8, NodeId, NodeId, u64);

/// Watches a run, and holds its contacts against the ground.
#[derive(Debug)]
pub struct Watch {
    ground: Ground,
    up: Vec<bool>,
    online: Vec<bool>,
    on: BTreeSet<(MediumId, NodeId)>,
    pub in_contact: BTreeSet<(NodeId, NodeId)>,
    pub traffic: Traffic,
    /// Transfers under way, by sender and receiver.
    transfers: BTreeMap<(NodeId, NodeId), Time>,
    pub has: BTreeMap<(u32, NodeId), Time>,
    pub contacts: u64,
    pub aborted: u64,
    latest: Time,
    pub log: Vec<Seen>,
    pub settled: u64,
}

impl Watch {
    pub fn new(nodes: usize, ground: Ground) -> Watch {
        Watch {
            ground,
            up: vec![true; nodes],
            online: vec![true; nodes],
            on: BTreeSet::new(),
            in_contact: BTreeSet::new(),
            traffic: Traffic::default(),
            transfers: BTreeMap::new(),
            has: BTreeMap::new(),
            contacts: 0,
            aborted: 0,
            latest: Time::ZERO,
            log: Vec::new(),
            settled: 0,
        }
    }

    fn is_on(&self, node: NodeId) -> bool {
        self.up[node.index()] && self.online[node.index()]
    }

    /// Whether something holds two together at the end of an instant.
    fn is_held(&self, a: NodeId, b: NodeId, at: Time) -> bool {
        let Ground { rows, media, bridges } = &self.ground;
        let by_row = |row: &Contact| {
            ((row.a, row.b) == (a, b) || (row.a, row.b) == (b, a)) && row.up <= at && at < row.down
        };
        let carries = |medium: usize| self.up[media[medium].0.index()];
        let on = |medium: usize, node| self.on.contains(&(MediumId::new(medium), node));
        let by_medium =
            |medium: usize| media[medium].1 && carries(medium) && on(medium, a) && on(medium, b);
        let by_bridge = |&(one, other, needs): &(usize, usize, NodeId)| {
            let joined = on(one, a) && on(other, b) || on(one, b) && on(other, a);
            joined && carries(one) && carries(other) && self.up[needs.index()]
        };
        rows.iter().any(by_row) || (0..media.len()).any(by_medium) || bridges.iter().any(by_bridge)
    }

    /// The instant is over: who is in contact must be who is held together and on.
    pub fn check(&self, at: Time) {
        let nodes = self.up.len();
        for (a, b) in (0..nodes).flat_map(|a| (a + 1..nodes).map(move |b| (a, b))) {
            let (a, b) = (NodeId::new(a), NodeId::new(b));
            let expected = self.is_on(a) && self.is_on(b) && self.is_held(a, b, at);
            assert_eq!(self.in_contact.contains(&(a, b)), expected, "{a} and {b} at {at}");
        }
    }

    fn note(&mut self, at: Time, kind: u8, a: NodeId, b: NodeId, what: u64) {
        self.log.push((at, kind, a, b, what));
    }

    fn ordered(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
        (a.min(b), a.max(b))
    }

    /// What is told of a packet over a contact: they are in contact as it leaves, and as it comes.
    fn check_packet(&self, at: Time, carried: &Carried<'_, Carrier>) {
        let Carried { from, to, packet, sent, over, .. } = *carried;
        match (packet, over) {
            (Parcel::Copy { .. }, Bearer::Transfer) => {}
            (Parcel::Delivered(_), Bearer::Saying) => assert_eq!(sent, at, "it takes no time"),
            (Parcel::Report(_), Bearer::Network) => {}
            (packet, over) => panic!("{packet:?} over {over:?} from {from} to {to}"),
        }
    }
}

impl Observer<Carrier> for Watch {
    fn see(&mut self, at: Time, what: Observed<'_, Carrier>) {
        assert!(at >= self.latest, "time ran back");
        if at > self.latest {
            self.check(self.latest);
            self.latest = at;
        }
        match what {
            Observed::Sent(carried) => {
                let Carried { from, to, packet, over, .. } = carried;
                self.check_packet(at, &carried);
                self.traffic.sent += 1;
                if over == Bearer::Transfer {
                    assert!(self.in_contact.contains(&Self::ordered(from, to)));
                    assert_eq!(self.transfers.insert((from, to), carried.arrived), None);
                }
                self.note(at, 1, from, to, packet.ids());
            }
            Observed::Received(carried) => {
                let Carried { from, to, packet, over, arrived, .. } = carried;
                self.check_packet(at, &carried);
                self.traffic.received += 1;
                assert_eq!(arrived, at);
                let together = self.in_contact.contains(&Self::ordered(from, to));
                assert!(over == Bearer::Network || together, "what comes, comes in one");
                if over == Bearer::Transfer {
                    assert_eq!(self.transfers.remove(&(from, to)), Some(at), "as it was to be");
                }
                self.note(at, 2, from, to, packet.ids());
            }
            Observed::Lost(carried, cause) => {
                let Carried { from, to, packet, over, .. } = carried;
                self.check_packet(at, &carried);
                let lost = &mut self.traffic.lost;
                *match cause {
                    Loss::Crash(node) => {
                        assert!(!self.up[node.index()] && (node == from || node == to));
                        &mut lost.crash
                    }
                    Loss::Offline(node) => {
                        assert!(node == from || node == to);
                        &mut lost.offline
                    }
                    Loss::Parted(one, other) => {
                        assert_eq!((one, other), (from, to));
                        &mut lost.parted
                    }
                    Loss::Aborted(one, other) => {
                        assert_eq!((one, other), (from, to));
                        &mut lost.aborted
                    }
                    Loss::Chance(..) if over == Bearer::Network => &mut lost.chance,
                    Loss::Corrupted(_) if over == Bearer::Network => &mut lost.corrupted,
                    cause => panic!("{cause} on a contact"),
                } += 1;
                if over == Bearer::Transfer {
                    let end = self.transfers.remove(&(from, to));
                    assert!(end.is_some_and(|end| end > at), "what ends now arrives");
                    self.aborted += 1;
                }
                self.note(at, 3, from, to, packet.ids());
            }
            Observed::Met { ends: (a, b), .. } => {
                assert!(a < b && self.is_on(a) && self.is_on(b));
                assert!(self.in_contact.insert((a, b)), "{a} and {b} met twice");
                self.contacts += 1;
                self.note(at, 4, a, b, 0);
            }
            Observed::Parted { ends: (a, b) } => {
                assert!(self.in_contact.remove(&(a, b)), "{a} and {b} were not together");
                assert!(
                    !self.transfers.keys().any(|&(from, to)| Self::ordered(from, to) == (a, b))
                );
                self.note(at, 5, a, b, 0);
            }
            Observed::Told { node, note } => match *note {
                Told::Has(message) => {
                    assert_eq!(self.has.insert((message, node), at), None);
                    self.note(at, 6, node, node, message.into());
                }
                Told::Joined(medium) => assert!(self.on.insert((medium, node))),
                Told::Left(medium) => assert!(self.on.remove(&(medium, node))),
            },
            Observed::Crashed { node, disk_lost, .. } => {
                self.up[node.index()] = false;
                if disk_lost {
                    self.has.retain(|&(_, has), _| has != node);
                }
                self.on.retain(|&(_, on)| on != node);
                self.note(at, 7, node, node, 0);
            }
            Observed::Recovered { node } => {
                self.up[node.index()] = true;
                self.note(at, 8, node, node, 0);
            }
            Observed::ReachChanged { node, online } => {
                self.online[node.index()] = online;
                self.note(at, 9, node, node, online.into());
            }
            Observed::Settled => {
                self.settled += 1;
                // Whoever goes is with nobody at once; who comes may wait for the place of beginnings.
                let gone = self.in_contact.iter().find(|&&(a, b)| !self.is_on(a) || !self.is_on(b));
                assert_eq!(gone, None, "at {at}");
            }
            Observed::DiskLost { node, .. } => self.has.retain(|&(_, has), _| has != node),
            Observed::FaultBegan { .. } | Observed::FaultEnded { .. } => {}
            Observed::Duplicated(carried) => {
                assert_eq!(carried.over, Bearer::Network);
                self.traffic.duplicated += 1;
            }
        }
    }
}
