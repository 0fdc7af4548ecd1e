//! The record: of each client where it is, since which epoch, whether it migrates, and which requests are done with.

use std::collections::BTreeMap;

use penult_sim::Time;

use super::options::Term;
use super::{Options, World};
use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, GatewayId};

/// What the broker knows of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which write this is: later ones are greater.
    pub(super) stamp: (Term, u64),
    /// The server that has the client's data.
    pub(super) server: GatewayId,
    /// Since when.
    pub(super) epoch: u32,
    /// The migration that brought the data there, if one did.
    pub(super) brought: Option<u32>,
    /// The server that had them before.
    pub(super) from: GatewayId,
    /// The migration under way.
    pub(super) running: Option<Running>,
    /// How many migrations of the client began.
    pub(super) starts: u32,
    /// How many of its requests are done with: begun, refused or failed at once.
    pub(super) done: u32,
}

/// A migration under way. What it is from, the client's record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number among those of the client.
    pub(super) number: u32,
    /// Where the client goes.
    pub(super) to: GatewayId,
    /// How often the first and the second server had crashed when it began.
    pub(super) crashes: (u32, u32),
    /// Whether a drain wants it.
    pub(super) drains: bool,
    /// When it was asked for, and when that was looked at.
    pub(super) asked: (Time, Time),
    /// Its row among the migrations.
    pub(super) row: u32,
}

/// Where a client is, as servers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The server that has its data.
    pub(super) host: GatewayId,
    /// Since when.
    pub(super) epoch: u32,
    /// The migration that brought them there, if one did.
    pub(super) brought: Option<u32>,
    /// The server that had them before.
    pub(super) from: GatewayId,
}

impl Record {
    /// Where the client is.
    pub(super) fn place(&self) -> Place {
        let Record { server: host, epoch, brought, from, .. } = *self;
        Place { host, epoch, brought, from }
    }

    /// In which every client begins.
    fn first(client: ClientId, world: &World) -> Record {
        Record {
            stamp: (Term::default(), 0),
            server: world.homes[client.index()],
            from: world.homes[client.index()],
            epoch: FIRST_EPOCH,
            brought: None,
            running: None,
            starts: 0,
            done: 0,
        }
    }
}

/// The records of all clients, on a broker's disk. What has never changed is configuration.
#[derive(Debug)]
pub struct Records {
    changed: BTreeMap<ClientId, Record>,
    /// How many migrations are under way.
    running: u64,
    /// How many requests are not done with, counted for each client.
    undone: u64,
}

impl Records {
    pub(super) fn new(options: &Options) -> Records {
        Records { changed: BTreeMap::new(), running: 0, undone: options.plan.size() }
    }

    /// Of a client.
    pub(super) fn get(&self, client: ClientId, world: &World) -> Record {
        self.changed.get(&client).cloned().unwrap_or_else(|| Record::first(client, world))
    }

    /// A client's record is this from now on: what it was.
    pub(super) fn set(&mut self, client: ClientId, record: Record, world: &World) -> Record {
        let before = self.get(client, world);
        self.running -= u64::from(before.running.is_some());
        self.running += u64::from(record.running.is_some());
        self.undone = self.undone + u64::from(before.done) - u64::from(record.done);
        self.changed.insert(client, record);
        before
    }

    /// All records are these from now on, but for what was written in this term since: that overtook them.
    pub(super) fn replace(&mut self, records: &[(ClientId, Record)], term: Term, world: &World) {
        let before = std::mem::replace(self, Records::new(&world.strategy)).changed;
        let newer = before.into_iter().filter(|(_, record)| record.stamp.0 == term);
        for (client, record) in records.iter().cloned().chain(newer) {
            if record.stamp > self.get(client, world).stamp {
                self.set(client, record, world);
            }
        }
    }

    /// Those that have changed.
    pub(super) fn changed(&self) -> impl Iterator<Item = (ClientId, &Record)> {
        self.changed.iter().map(|(&client, record)| (client, record))
    }

    /// Whether a migration is under way or a request not done with: a run has to wait for that.
    pub(super) fn is_planned(&self) -> bool {
        self.running > 0 || self.undone > 0
    }
}
