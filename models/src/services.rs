//! Services: the servers that are no gateways. Each is described once, in one place; whoever has to do with it
//! takes it from there, by its name.

use penult_sim::{Delay, MachineSpec, RegionId};

use crate::service::ServiceName;
use crate::world::QueuePlace;

/// A kind of service that a strategy may have: what scenarios may name under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceKind {
    /// The name, or what stands before the number.
    pub name: &'static str,
    /// Whether there may be several, which have numbers then, also where there is one.
    pub is_numbered: bool,
}

impl ServiceKind {
    /// Who knows which gateway hosts which client.
    pub const DIRECTORY: ServiceKind = ServiceKind::only("directory");
    /// Where messages go that stay undelivered for long.
    pub const STORE: ServiceKind = ServiceKind::only("store");

    /// A kind of which there is one at most.
    pub const fn only(name: &'static str) -> Self {
        ServiceKind { name, is_numbered: false }
    }

    /// A kind of which there may be several.
    pub const fn numbered(name: &'static str) -> Self {
        ServiceKind { name, is_numbered: true }
    }
}

/// A service of a run: what it is called, where it stands, what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSpec {
    /// Its name. Random streams come from it, and not from the place in a list.
    pub name: ServiceName,
    /// Where it stands, if anywhere.
    pub region: Option<RegionId>,
    /// How long a packet takes to it or from it; between two services lie both their latencies. What lies between
    /// regions comes on top.
    pub latency: Delay,
    /// Its CPU and its disk.
    pub machine: MachineSpec,
    /// Whether what it has stored survives a crash.
    pub durable: bool,
    /// Whether between it and others of its kind lies one latency only, the sender's.
    pub is_close: bool,
}

/// How far a service is from everybody, and what it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceOptions {
    /// How long a packet takes to it or from it. Where that varies, each packet takes its own time.
    pub latency: Delay,
    /// Its CPU and its disk.
    pub machine: MachineSpec,
}

/// What a world says of services, whatever the strategy.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'s> {
    /// The directory, for strategies that have one.
    pub directory: &'s ServiceOptions,
    /// The external store, for strategies that have one.
    pub store: &'s ServiceOptions,
    /// How many regions there are.
    pub regions: u32,
    /// Where queues are.
    pub queue: QueuePlace,
}

impl ServiceSpec {
    /// The only one of its kind: it stands in no region, and what it stores survives crashes.
    pub fn only(kind: ServiceKind, built: &ServiceOptions) -> Self {
        Self::named(ServiceName::only(kind.name), built)
    }

    /// So many of a kind, dealt out to the regions in turn. Where there is one it stands in none.
    pub fn several(
        kind: ServiceKind,
        count: u32,
        built: &ServiceOptions,
        facts: &Facts<'_>,
    ) -> impl Iterator<Item = ServiceSpec> {
        debug_assert!(kind.is_numbered, "{} has no numbers", kind.name);
        let regions = facts.regions;
        let is_dealt = count > 1 && regions > 0;
        (0..count).map(move |number| ServiceSpec {
            region: is_dealt.then(|| RegionId::new((number % regions) as usize)),
            ..Self::named(ServiceName::numbered(kind.name, number), built)
        })
    }

    fn named(name: ServiceName, built: &ServiceOptions) -> Self {
        let ServiceOptions { latency, machine } = built.clone();
        ServiceSpec { name, region: None, latency, machine, durable: true, is_close: false }
    }
}
