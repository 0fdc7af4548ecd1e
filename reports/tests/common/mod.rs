//! Small worlds and their runs: gateways in a full mesh, clients on them, faults.

pub mod counting;

use std::path::Path;

pub use penult_models::strategies::StrategyOptions;
pub use penult_models::strategies::chain::{Chain, ChainOptions};
pub use penult_models::strategies::single::{Single, SingleOptions};
use penult_models::*;
use penult_reports::*;
use penult_sim::*;

/// So many random cases, times what `PENULT_CASES` says: few by default, so that all tests are over soon. `.ci/run` asks
/// for eight times as many.
pub fn cases(few: u32) -> u32 {
    let times = std::env::var("PENULT_CASES").map(|times| times.parse().expect("a number"));
    few * times.unwrap_or(1)
}

/// A world, and what its report calls it.
pub struct Scenario {
    pub name: RunName,
    pub setup: Setup,
    pub options: WatchOptions,
}

/// `gateways` in a full mesh, `clients` dealt out in turn, everybody sending every three seconds or so.
pub fn world(gateways: u32, clients: u32, strategy: StrategyOptions) -> Setup {
    let pairs = (0..gateways).flat_map(|a| (a + 1..gateways).map(move |b| (a, b)));
    let links =
        pairs.map(|(a, b)| Link { ends: (GatewayId(a), GatewayId(b)), there: 0, back: Some(0) });
    let far = ServiceOptions { latency: Delay::constant(Span::millis(1)), ..Default::default() };
    Setup {
        seed: 1,
        warmup: Time::ZERO,
        ends: at(60_000),
        stops: at(90_000),
        events: 10_000_000,
        gateways: Gateways {
            count: gateways,
            machine: MachineSpec::default(),
            queue: QueuePlace::Memory,
            regions: Vec::new(),
            reroute: false,
            specs: vec![LinkSpec::with_latency(Delay::constant(Span::millis(2)))],
            links: links.collect(),
        },
        regions: None,
        directory: far,
        store: ServiceOptions::default(),
        homes: (0..clients).map(|client| GatewayId(client % gateways)).collect(),
        access: LinkSpec::with_latency(Delay::constant(Span::millis(20))),
        clients: ClientOptions::default(),
        workload: WorkloadSpec {
            times: SendTimes::Poisson { rate: 0.3 },
            ..WorkloadSpec::default()
        },
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy,
    }
}

pub fn at(millis: u64) -> Time {
    Time::ZERO + Span::millis(millis)
}

pub fn crash(gateway: u32, from: u64, lasts: u64) -> Fault {
    let who = Who::Nodes(vec![NodeId::new(gateway as usize)]);
    let what = What::Crash { who, disk: DiskFate::Kept };
    Fault::once(what, at(from), Span::millis(lasts))
}

/// A device that is away for a while.
pub fn away(setup: &Setup, client: u32, from: u64, lasts: u64) -> Fault {
    let who = Who::Nodes(vec![setup.places().client(ClientId(client))]);
    Fault::once(What::Offline(who), at(from), Span::millis(lasts))
}

pub fn named(scenario: &str, setup: Setup) -> Scenario {
    let name = RunName {
        scenario: scenario.to_owned(),
        strategy: setup.strategy.name().to_owned(),
        seed: setup.seed,
    };
    let options = WatchOptions { bin_width: Some(Span::secs(5)), ..WatchOptions::default() };
    Scenario { name, setup, options }
}

/// The last gateway of some chains crashes with mail on its way, and comes back.
pub fn last_gateway_crashes() -> Scenario {
    let mut setup = world(5, 10, StrategyOptions::of::<Chain>(ChainOptions::default()));
    setup.faults.push(crash(4, 10_000, 15_000));
    named("the last gateway crashes", setup)
}

/// Gateways without mirrors that keep mail in memory crash, devices are away, and access links lose packets.
pub fn memory_is_lost() -> Scenario {
    let mut setup = world(3, 9, StrategyOptions::of::<Single>(SingleOptions::default()));
    setup.access.loss = 0.1;
    setup.faults.push(away(&setup, 1, 20_000, 25_000));
    setup.faults.push(crash(1, 40_000, 5_000));
    setup.faults.push(crash(2, 50_000, 2_000));
    named("memory is lost", setup)
}

/// A partition makes the chain suspect who is up; gateways crash by chance; half a minute is warm-up.
pub fn partition_and_crashes() -> Scenario {
    let mut setup = world(4, 12, StrategyOptions::of::<Chain>(ChainOptions::default()));
    (setup.seed, setup.warmup) = (7, at(15_000));
    let node = |number| NodeId::new(number);
    let groups = vec![vec![node(0), node(1)], vec![node(2), node(3)]];
    setup.faults.push(Fault::once(What::Partition(groups), at(20_000), Span::secs(5)));
    let mean = |secs: f64| {
        Delay::from_nanos(Distribution::exponential(secs * 1e9).expect("a mean above zero"))
    };
    let what = What::Crash { who: Who::Nodes((0..4).map(node).collect()), disk: DiskFate::Kept };
    let process = When::Process(Process::new(mean(40.0), mean(5.0)));
    setup.faults.push(Fault { what, when: process });
    let ends = (node(0), node(3));
    let slow = What::SlowLink { ends, gray: Gray { latency: 10.0, ..Gray::NONE } };
    setup.faults.push(Fault::once(slow, at(35_000), Span::secs(10)));
    named("partition and crashes", setup)
}

pub fn all() -> Vec<Scenario> {
    vec![last_gateway_crashes(), memory_is_lost(), partition_and_crashes()]
}

/// Runs a world, its rows going to `files`.
pub fn run(scenario: &Scenario, files: RowFiles) -> Outcome {
    let (setup, strategy) = (&scenario.setup, &scenario.setup.strategy);
    let watch = Watch::new(setup, &scenario.options, files);
    match strategy.get::<Chain>() {
        Some(options) => play::<Chain>(setup, options, watch),
        None => play::<Single>(setup, strategy.get::<Single>().expect("one of the two"), watch),
    }
}

fn play<S: Server>(setup: &Setup, options: &S::Options, watch: Watch) -> Outcome {
    let engine = setup.engine::<S>(options.clone()).expect("the workload is well formed");
    let mut engine = engine.observed_by(watch);
    engine.run(&Limits::until(setup.ends)).expect("there are few events");
    let limits = Limits { stop_when_quiet: true, ..Limits::until(setup.stops) };
    engine.run(&limits).expect("there are few events");
    Watch::conclude(engine)
}

/// Runs a world and writes its whole report.
pub fn report(scenario: &Scenario, folder: &Path) -> Summary {
    let report = Report::begin(folder, scenario.name.clone()).expect("the folder can be made");
    let files = report.row_files(true).expect("files can be made");
    report.write(run(scenario, files)).expect("files can be written")
}
