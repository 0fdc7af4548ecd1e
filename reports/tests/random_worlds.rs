//! Worlds drawn at random: whatever happens in one, its report adds up.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_reports::*;
use penult_sim::*;

const WORLDS: u64 = 60;

/// Numbers for a world that has this number itself.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn millis(&mut self, bound: u64) -> u64 {
        self.below(bound * 1000)
    }
}

fn drawn(seed: u64) -> Scenario {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let gateways = 2 + dice.below(5) as u32;
    let clients = 2 + dice.below(15) as u32;
    let strategy = if dice.once_in(3) {
        StrategyOptions::of::<Single>(SingleOptions::default())
    } else {
        let length = 1 + dice.below(4) as u32;
        StrategyOptions::of::<Chain>(ChainOptions { length, ..ChainOptions::default() })
    };
    let mut setup = world(gateways, clients, strategy);
    setup.seed = seed;
    let on_disk = dice.once_in(2);
    setup.gateways.queue = if on_disk { QueuePlace::Disk } else { QueuePlace::Memory };
    setup.access.loss = if dice.once_in(2) { 0.05 } else { 0.0 };
    setup.gateways.specs[0].loss = if dice.once_in(3) { 0.02 } else { 0.0 };
    setup.gateways.specs[0].duplicate = if dice.once_in(3) { 0.02 } else { 0.0 };
    setup.warmup = at(dice.millis(10));
    for _ in 0..dice.below(5) {
        let gateway = dice.below(u64::from(gateways)) as u32;
        setup.faults.push(crash(gateway, dice.millis(60), 1 + dice.millis(20)));
    }
    if dice.once_in(3) {
        let away = Who::Nodes(vec![setup.places().client(ClientId(0))]);
        let lasts = Span::millis(1 + dice.millis(30));
        setup.faults.push(Fault::once(What::Offline(away), at(dice.millis(60)), lasts));
    }
    if dice.once_in(3) {
        let middle = gateways as usize / 2;
        let all: Vec<NodeId> = (0..gateways as usize).map(NodeId::new).collect();
        let what = What::Partition(vec![all[..middle].to_vec(), all[middle..].to_vec()]);
        let lasts = Span::millis(1 + dice.millis(15));
        setup.faults.push(Fault::once(what, at(dice.millis(60)), lasts));
    }
    if dice.once_in(2) {
        // About as long as devices wait for an answer, or much shorter.
        let waits = setup.clients.send_timeout.as_nanos() / 1_000_000;
        let most = if dice.once_in(2) { waits / 4 } else { 2 * waits };
        setup.clients.keepalive = Span::millis(50 + dice.below(most));
    }
    named(&format!("world {seed}"), setup)
}

#[test]
fn reports_of_random_worlds_add_up() {
    let given = std::env::var("PENULT_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let mut failed = Vec::new();
    for seed in given.map_or(0..WORLDS, |seed: u64| seed..seed + 1) {
        if let Err(why) = check(seed) {
            failed.push(format!("PENULT_SEED={seed}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn check(seed: u64) -> Result<(), String> {
    let scenario = drawn(seed);
    let mut run = run(&scenario, RowFiles::none());
    let summary = run.summary(&scenario.name);
    let broken: Vec<String> = run.violations().iter().map(ToString::to_string).collect();
    let ensure = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    ensure(broken.is_empty(), &broken.join("; "))?;
    let Deliveries { offered, delivered, rejected, unsent, expired, lost, stranded, .. } =
        summary.deliveries;
    let fates = delivered + rejected + unsent + expired + lost + stranded;
    ensure(offered == fates, "fates add up")?;
    ensure(summary.latency.count == delivered, "each delivered has its latency")?;
    if let Some(mean) = summary.latency.mean {
        let phases: f64 = summary.latency.phases.0.iter().flatten().sum();
        ensure((mean - phases).abs() <= 1e-9 * mean, "phases add up")?;
    }
    let failover = &summary.failover;
    ensure(failover.false_suspicions <= failover.suspicions, "false ones are suspicions")?;
    ensure(failover.failbacks <= failover.rehosts, "those who go home change host")?;
    ensure(failover.availability.is_some_and(|it| (0.0..=1.0).contains(&it)), "it is a share")?;
    for failover in run.failovers() {
        let times =
            [failover.died, Some(failover.claimed), failover.handed_over, failover.attached];
        let times: Vec<Time> = times.into_iter().flatten().collect();
        ensure(times.is_sorted(), &format!("steps come in their order: {failover:?}"))?;
        ensure(failover.suspected.is_none_or(|at| at <= failover.claimed), "suspected first")?;
        ensure(failover.from != failover.to, "the host changes")?;
    }
    for outage in run.outages() {
        ensure(outage.up.is_none_or(|up| up >= outage.down), "what comes back was away")?;
    }
    ensure(summary.to_json() == run.summary(&scenario.name).to_json(), "asking changes nothing")
}
