//! The recorder: watches what the ledger does not, from suspicions to resyncs.

use std::collections::BTreeMap;

use penult_models::{ClientId, Kind, Note, Setup};
use penult_sim::{Node, NodeId, Observed, Time};

use crate::attachments::Attachments;
use crate::bins::Bins;
use crate::failovers::Failovers;
use crate::faults::{Faults, Way};
use crate::names::Names;
use crate::sample::Sample;
use crate::standing::Standing;

/// What came of synchronising gateways that returned.
#[derive(Clone, Debug)]
pub(crate) struct Resyncs {
    pub(crate) count: u64,
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) time: Sample,
    /// Those that have not finished.
    open: BTreeMap<NodeId, Time>,
}

/// Watches a run beside the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    names: Names,
    pub(crate) attachments: Attachments,
    pub(crate) failovers: Failovers,
    pub(crate) faults: Faults,
    pub(crate) resyncs: Resyncs,
    /// From the wish to send until the sender was told that it was received, of what is counted.
    pub(crate) receipts: Sample,
    /// What is created within it is counted.
    window: (Time, Time),
    pub(crate) standing: Standing,
}

impl Recorder {
    pub(crate) fn new(setup: &Setup, names: Names, bins: Bins, whole: usize) -> Self {
        let places = names.places;
        let window = (setup.warmup, setup.ends);
        Recorder {
            attachments: Attachments::new(&setup.homes, places.gateways, window, bins),
            failovers: Failovers::new(places, &setup.homes, whole),
            faults: Faults::new(&setup.faults, &names),
            resyncs: Resyncs {
                count: 0,
                messages: 0,
                bytes: 0,
                time: Sample::whole_up_to(whole),
                open: BTreeMap::new(),
            },
            receipts: Sample::whole_up_to(whole),
            window,
            standing: Standing::new(places.gateways),
            names,
        }
    }

    /// What nodes are called.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    #[inline(always)]
    pub(crate) fn see<N: Node<Note = Note>>(&mut self, at: Time, what: &Observed<'_, N>) {
        match *what {
            Observed::Told { note, .. } if is_of_copies(note) => {}
            Observed::Told { node, note } => self.told(at, node, note),
            Observed::Crashed { node, .. } => self.up_or_down(at, node, false),
            Observed::Recovered { node } => self.up_or_down(at, node, true),
            Observed::ReachChanged { node, online } => self.reach(at, node, online),
            Observed::FaultBegan { fault } => self.faults.began(at, fault),
            Observed::FaultEnded { fault } => self.faults.ended(at, fault),
            Observed::Settled => self.faults.settled(at),
            Observed::Sent(_)
            | Observed::Duplicated(_)
            | Observed::Met { .. }
            | Observed::Parted { .. }
            | Observed::Received(_)
            | Observed::Lost(..)
            | Observed::DiskLost { .. } => {}
        }
    }

    fn told(&mut self, at: Time, node: NodeId, note: &Note) {
        match *note {
            Note::Suspected(whom) => self.failovers.suspected(at, node, whom),
            Note::Trusted(whom) => self.failovers.trusted(node, whom),
            // Of relays, which have no user, nothing is told.
            Note::Claimed { client, .. } if client.0 >= self.names.places.clients => {}
            Note::Claimed { client, from, epoch } => {
                self.failovers.claimed(at, node, client, from, epoch);
            }
            Note::HandedOver(client) => self.failovers.handed_over(at, node, client),
            Note::Attached { host, epoch } => {
                let client = self.client(node);
                self.attachments.attached(at, client, Some(host));
                self.failovers.attached(at, client, epoch);
            }
            Note::Detached => {
                let client = self.client(node);
                self.attachments.attached(at, client, None);
            }
            Note::Delivered(delivery) => self.failovers.delivered(at, delivery.recipient),
            Note::Receipt { created, .. } => {
                if self.window.0 <= created && created < self.window.1 {
                    self.receipts.add(at - created);
                }
            }
            Note::ResyncStarted => {
                self.resyncs.open.insert(node, at);
                self.standing.resyncing(at, &self.names.places, node, true);
            }
            Note::ResyncFinished { messages, bytes } => {
                let Resyncs { open, time, .. } = &mut self.resyncs;
                if let Some(started) = open.remove(&node) {
                    time.add(at - started);
                }
                self.resyncs.count += 1;
                self.resyncs.messages += messages;
                self.resyncs.bytes += bytes;
                self.standing.resyncing(at, &self.names.places, node, false);
            }
            Note::ResyncTakenOver(from) => {
                if let Some(started) = self.resyncs.open.remove(&from) {
                    self.resyncs.open.insert(node, started);
                }
                self.standing.resyncing(at, &self.names.places, from, false);
            }
            _ => debug_assert!(is_of_copies(note), "{note:?} is not recorded"),
        }
    }

    fn up_or_down(&mut self, at: Time, node: NodeId, up: bool) {
        match self.names.places.kind(node) {
            Kind::Gateway(gateway) => {
                self.attachments.gateway_up(at, gateway, up);
                self.standing.up(at, gateway, up);
            }
            Kind::Client(client) => self.attachments.client_up(at, client, up),
            Kind::Service(_) | Kind::Relay(_) | Kind::Conduit(_) | Kind::Access => {}
        }
        if up {
            self.failovers.recovered(at, node);
            self.faults.gave_back(at, node, Way::Down);
        } else {
            self.failovers.crashed(at, node);
            self.faults.took(at, node, Way::Down, &self.names);
            // A resync that its gateway's death broke off never finished.
            self.resyncs.open.remove(&node);
        }
    }

    fn reach(&mut self, at: Time, node: NodeId, online: bool) {
        if let Kind::Client(client) = self.names.places.kind(node) {
            self.attachments.client_online(at, client, online);
        }
        if online {
            self.faults.gave_back(at, node, Way::Offline);
        } else {
            self.faults.took(at, node, Way::Offline, &self.names);
        }
    }

    fn client(&self, node: NodeId) -> ClientId {
        self.names.places.as_client(node)
    }
}

/// Whether a note is for others alone, as most are.
#[inline]
fn is_of_copies(note: &Note) -> bool {
    match note {
        Note::Created(_)
        | Note::Accepted(_)
        | Note::AcceptedOne(_)
        | Note::Refused(_)
        | Note::RefusedOne(_)
        | Note::Repeated(_)
        | Note::Kept(_)
        | Note::Stored { .. }
        | Note::Dropped(..)
        | Note::Waited { .. }
        | Note::PolicyRan(_)
        | Note::PolicySpared(_)
        | Note::Shared(_)
        | Note::Stripped(_)
        | Note::Own(_) => true,
        Note::Delivered(_)
        | Note::Receipt { .. }
        | Note::Suspected(_)
        | Note::Trusted(_)
        | Note::Claimed { .. }
        | Note::HandedOver(_)
        | Note::Attached { .. }
        | Note::Detached
        | Note::ResyncStarted
        | Note::ResyncFinished { .. }
        | Note::ResyncTakenOver(_) => false,
    }
}
