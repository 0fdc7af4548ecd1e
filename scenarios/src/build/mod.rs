//! From a checked scenario to the world that it describes: a [`Setup`], ready to run.

mod faults;
pub(crate) mod limits;
mod links;
pub(crate) mod memory;
mod options;
mod people;
mod workload;

use std::collections::BTreeSet;

use penult_models::{GatewayId, QueuePlace, ServiceName, Setup};
use penult_sim::{RegionDelays, RegionId, Seed, Time};

use crate::Loaded;
use crate::complaint::Complaints;
use crate::names::Gateway;
use crate::strategies::Strategy;
use crate::tables::{Placement, Queue, Scenario, When};
use crate::units::Bytes;
use faults::Nodes;
pub(crate) use people::access;

/// More events than any run that ends takes.
const EVENTS_MAX: u64 = 100_000_000_000;

/// A world as a scenario describes it.
#[derive(Clone, Debug)]
pub struct Built {
    /// Everything that a run is a function of.
    pub setup: Setup,
    /// What a reader of the scenario might not expect, each said once.
    pub assumed: Vec<String>,
}

impl Loaded {
    /// The world of this scenario, with its strategy and seed.
    pub fn build(&self) -> Result<Built, Complaints> {
        self.build_as(self.scenario.strategy, self.scenario.seed)
    }

    /// How many bytes of memory a run of it would need, by an estimate that builds nothing.
    pub fn memory(&self) -> Bytes {
        let scenario = &self.scenario;
        Bytes(memory::Estimate::of(scenario, scenario.strategy).bytes() as u64)
    }

    /// The world of this scenario with another strategy or seed. Keys of other strategies don't matter.
    pub fn build_as(&self, strategy: Strategy, seed: u64) -> Result<Built, Complaints> {
        self.build_while(strategy, seed, &|| true).map(|built| built.expect("nobody stops it"))
    }

    /// The same. In a large world it asks now and then whether it `goes_on`; nothing comes of it if not.
    pub fn build_while(
        &self,
        strategy: Strategy,
        seed: u64,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Built>, Complaints> {
        let scenario = &self.scenario;
        let complaints = limits::complaints(self, strategy);
        if complaints.errors() > 0 {
            return Err(complaints);
        }
        let Some(mut setup) = setup(scenario, strategy, seed, goes_on) else { return Ok(None) };
        let mut assumed = limits::idle(scenario, strategy);
        let (mut broken, mut triggers, mut wrong_ones) = (Vec::new(), Vec::new(), Vec::new());
        let mut nodes = Nodes::of_setup(&setup);
        for (number, fault) in scenario.fault.iter().enumerate() {
            let path = format!("fault.{number}");
            match nodes.fault(fault, scenario) {
                Ok(Some(fault_of_nodes)) => {
                    match nodes.trigger(fault, broken.len()) {
                        Some(trigger) if trigger.is_on_nobody() => {
                            let why = nodes.nobody(strategy);
                            assumed.push(format!("{path} waits for what never comes: {why}"));
                            triggers.push(trigger);
                        }
                        trigger => {
                            triggers.extend(trigger);
                            assumed.extend(nodes.left_out(strategy));
                        }
                    }
                    broken.push(fault_of_nodes);
                }
                Ok(None) if matches!(&fault.when, When::Recorded(it) if it.struck.is_empty()) => {
                    assumed.push(format!("{path} breaks nothing: its file has no failures"));
                }
                Ok(None) => {
                    assumed.push(format!("{path} breaks nothing: {}", nodes.nobody(strategy)));
                }
                Err(wrong) => {
                    let path = format!("{path}.{}", wrong.key);
                    wrong_ones.push((path, wrong.what, wrong.mend));
                }
            }
        }
        (setup.faults, setup.triggers) = (broken, triggers);
        if wrong_ones.is_empty() {
            return Ok(Some(Built { setup, assumed }));
        }
        Err(self.complaints(wrong_ones))
    }
}

fn setup(
    scenario: &Scenario,
    strategy: Strategy,
    number: u64,
    goes_on: &dyn Fn() -> bool,
) -> Option<Setup> {
    let seed = Seed::new(number);
    let ends = Time::ZERO + scenario.duration;
    let policy = strategy.entry().policy(scenario);
    let harmful = policy.map_or(0.0, |policy| policy.harmful.fraction());
    Some(Setup {
        seed: number,
        warmup: Time::ZERO + scenario.warmup,
        ends,
        stops: ends + scenario.drain,
        events: EVENTS_MAX,
        gateways: links::gateways(scenario, &seed, goes_on)?,
        regions: region_delays(scenario),
        directory: options::directory(scenario),
        store: options::store(scenario),
        homes: people::homes(scenario, &seed),
        access: access(&scenario.clients.access),
        clients: options::clients(&scenario.clients),
        workload: workload::workload(scenario, harmful),
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy: strategy.entry().options(scenario),
    })
}

/// So many links are laid out from question to question.
const STRIDE: usize = 1 << 12;

/// The services that there are with a strategy.
pub(crate) fn services(scenario: &Scenario, strategy: Strategy) -> Vec<ServiceName> {
    let (directory, store) = (options::directory(scenario), options::store(scenario));
    let facts = options::facts(scenario, &directory, &store);
    let services = strategy.services_of(scenario, &facts);
    services.iter().map(|service| service.name).collect()
}

/// The ends of all links with the seed of a scenario whose gateways were checked, the lesser first.
pub(crate) fn linked(scenario: &Scenario) -> BTreeSet<(Gateway, Gateway)> {
    let gateways = links::gateways(scenario, &Seed::new(scenario.seed), &|| true);
    let gateways = gateways.expect("nobody stops it");
    let ends = gateways.links.iter().map(|link| (Gateway(link.ends.0.0), Gateway(link.ends.1.0)));
    ends.map(|(one, other)| (one.min(other), one.max(other))).collect()
}

/// The regions that gateways are dealt out to, each once: their places are the engine's regions.
fn regions(scenario: &Scenario) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in &scenario.gateways.regions {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// The region of this name.
fn region(scenario: &Scenario, name: &str) -> Option<RegionId> {
    regions(scenario).iter().position(|it| *it == name).map(RegionId::new)
}

/// The region of a gateway, if there are regions.
fn region_of(scenario: &Scenario, gateway: GatewayId) -> Option<RegionId> {
    let dealt = &scenario.gateways.regions;
    dealt.get(gateway.index().checked_rem(dealt.len())?).and_then(|name| region(scenario, name))
}

impl Scenario {
    /// The gateways of a region.
    pub(crate) fn gateways_in(&self, name: &str) -> Vec<GatewayId> {
        let wanted = region(self, name);
        let all = (0..self.gateways.count).map(GatewayId);
        all.filter(|&gateway| region_of(self, gateway) == wanted).collect()
    }
}

/// How far regions are apart.
fn region_delays(scenario: &Scenario) -> Option<RegionDelays> {
    let between = scenario.regions.as_ref()?;
    let names = regions(scenario);
    let delay = |from: RegionId, to: RegionId| {
        let delay = between.between(names[from.index()], names[to.index()]);
        delay.map(|delay| delay.delay()).unwrap_or_default()
    };
    Some(RegionDelays::new(names.len(), delay))
}

impl From<Queue> for QueuePlace {
    fn from(queue: Queue) -> Self {
        match queue {
            Queue::Memory => QueuePlace::Memory,
            Queue::Disk => QueuePlace::Disk,
        }
    }
}

impl Placement {
    /// How many clients each gateway has, where that is counted.
    fn counts(&self) -> impl Iterator<Item = (GatewayId, u32)> {
        let counts = match self {
            Placement::Counts(counts) => Some(counts),
            Placement::RoundRobin | Placement::Random => None,
        };
        counts.into_iter().flatten().map(|(gateway, &count)| (GatewayId(gateway.0), count))
    }
}
