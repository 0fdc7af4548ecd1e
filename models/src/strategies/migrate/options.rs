//! `[migrate]` and `[[migration]]`, as servers and brokers take them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use penult_sim::{Bandwidth, Span, Time};

use crate::delete_on::DeleteOn;
use crate::ids::{ClientId, GatewayId};
use crate::policy::PolicyOptions;
use crate::services::ServiceOptions;

/// The tables `[migrate]` and `[[migration]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrateOptions {
    /// How far each broker is from everybody, and what it is made of.
    pub broker: ServiceOptions,
    /// How many brokers there are.
    pub replicas: u32,
    /// How long a task that is put back waits until it is looked at again.
    pub delay: Span,
    /// Whether tasks of a client are handed over one at a time, in the order in which they were stored.
    pub in_order: bool,
    /// How often a task may be put back; absent: any number.
    pub max_returns: Option<u32>,
    /// How fast a server sends data of clients that migrate; absent: as fast as links allow.
    pub bandwidth: Option<Bandwidth>,
    /// What each client's data have beside the inbox, in bytes.
    pub data: u64,
    /// The share of migrations that fail by chance.
    pub failure: f64,
    /// How long the second server may take to say that it has the data.
    pub timeout: Span,
    /// Whether clients of a suspected server go to a standby.
    pub evacuate: bool,
    /// How many standbys there are for each client: the first neighbours of its home.
    pub copies: u32,
    /// Whether a task is kept until the client's device has what it brought.
    pub keeps_to_delivery: bool,
    /// How often the primary asks whether the others are there.
    pub every: Span,
    /// So many unanswered in a row are a suspicion.
    pub misses: u32,
    /// How long each waits for the one before it to become primary.
    pub elect: Span,
    /// How long an answer is waited for.
    pub ack_timeout: Span,
    /// How often a replica is sent what it has to write before it is not counted on.
    pub attempts: u32,
    /// How many gateways are on the list of each client.
    pub length: u32,
    /// How long a message is held from when the broker stored it.
    pub hold: Span,
    /// What ends a message's time in an inbox.
    pub delete_on: DeleteOn,
    /// Policy.
    pub policy: PolicyOptions,
    /// Whether it runs where tasks are performed too.
    pub policy_everywhere: bool,
    /// What is planned.
    pub plan: Plan,
}

/// The planned migrations and drains.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The migrations, in the order of the file.
    pub requests: Arc<[Request]>,
    /// The drains, in the order of the file.
    pub drains: Arc<[Drain]>,
    /// For each client that is to migrate its requests, the first due first.
    by_client: Arc<BTreeMap<ClientId, Vec<u32>>>,
}

/// A planned migration of some clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it is due.
    pub at: Time,
    /// Whose.
    pub clients: Vec<ClientId>,
    /// Where they must be; absent: anywhere.
    pub from: Option<GatewayId>,
    /// Where they go.
    pub to: GatewayId,
}

/// A server that is to be left by all its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    /// From when on.
    pub at: Time,
    /// Which.
    pub gateway: GatewayId,
}

impl Plan {
    /// These migrations and drains.
    pub fn new(requests: Vec<Request>, drains: Vec<Drain>) -> Plan {
        let mut by_client = BTreeMap::<ClientId, Vec<u32>>::new();
        for (number, request) in (0..).zip(&requests) {
            for &client in &request.clients {
                by_client.entry(client).or_default().push(number);
            }
        }
        for own in by_client.values_mut() {
            own.sort_by_key(|&number| (requests[number as usize].at, number));
        }
        Plan { requests: requests.into(), drains: drains.into(), by_client: Arc::new(by_client) }
    }

    /// How many requests there are, counted for each of their clients.
    pub(super) fn size(&self) -> u64 {
        self.by_client.values().map(|own| own.len() as u64).sum()
    }

    /// The request of a client after so many that are done with, if there is one.
    pub(super) fn after(&self, client: ClientId, done: u32) -> Option<&Request> {
        let own = self.by_client.get(&client)?;
        own.get(done as usize).map(|&number| &self.requests[number as usize])
    }
}

/// In which order brokers take turns at being primary: the greater one is obeyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// It grows with each election.
    pub number: u32,
    /// The primary of this term.
    pub id: u32,
}

impl Term {
    /// As a part of a fingerprint.
    pub(super) fn key(self) -> u64 {
        u64::from(self.number) << 32 | u64::from(self.id)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number, self.id)
    }
}
