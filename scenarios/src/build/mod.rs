//! From a checked scenario to the world that it describes: a [`Setup`], ready to run.

mod faults;
pub(crate) mod limits;
mod links;
pub(crate) mod memory;
mod options;
mod people;
mod workload;

use std::collections::BTreeSet;

use penult_models::{GatewayId, QueuePlace, Setup};
use penult_sim::{RegionDelays, RegionId, Seed, Time};

use crate::Loaded;
use crate::complaint::Complaints;
use crate::names::Gateway;
use crate::tables::{Placement, Queue, Scenario, Strategy, When};
use crate::units::Bytes;

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
        let (mut assumed, mut wrong_ones) = (limits::idle(scenario, strategy), Vec::new());
        for (number, fault) in scenario.fault.iter().enumerate() {
            let path = format!("fault.{number}");
            match faults::fault(fault, scenario, &setup) {
                Ok(Some(broken)) => {
                    if let Some(trigger) = faults::trigger(fault, &setup) {
                        if trigger.is_on_nobody() {
                            assumed.push(format!(
                                "{path} waits for what never comes: the strategy `{}` has no such \
                                 service",
                                strategy.word()
                            ));
                        }
                        setup.triggers.push(trigger);
                    }
                    setup.faults.push(broken);
                }
                Ok(None) if matches!(&fault.when, When::Recorded(it) if it.struck.is_empty()) => {
                    assumed.push(format!("{path} breaks nothing: its file has no failures"));
                }
                Ok(None) => assumed.push(format!(
                    "{path} breaks nothing: the strategy `{}` has no such service in this run",
                    strategy.word()
                )),
                Err(wrong) => {
                    let path = format!("{path}.{}", wrong.key);
                    wrong_ones.push((path, wrong.what, wrong.mend));
                }
            }
        }
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
    let strategy = options::strategy(scenario, strategy);
    let services = strategy.services();
    let services = services.iter().map(|service| options::service(scenario, service.kind));
    let (services, service_machines) = services.unzip();
    Some(Setup {
        seed: number,
        warmup: Time::ZERO + scenario.warmup,
        ends,
        stops: ends + scenario.drain,
        events: EVENTS_MAX,
        gateways: links::gateways(scenario, &seed, goes_on)?,
        regions: region_delays(scenario),
        services,
        service_machines,
        homes: people::homes(scenario, &seed),
        access: people::access(&scenario.clients.access),
        clients: options::clients(&scenario.clients, &strategy),
        workload: workload::workload(scenario, options::harmful(scenario, &strategy)),
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy,
    })
}

/// So many links are laid out from question to question.
const STRIDE: usize = 1 << 12;

/// The services that there are with the strategy of a scenario.
pub(crate) fn services(scenario: &Scenario) -> Vec<&'static str> {
    let services = options::strategy(scenario, scenario.strategy).services();
    services.iter().map(|service| service.kind).collect()
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
