//! Overload: what comes faster than it is worked off waits, and an event costs no more however much waits. What is
//! counted are [steps](crate::effort), not time.

use penult_sim::{
    Bandwidth, Delay, Distribution, Fault, Limits, LinkSpec, MachineSpec, Span, Time, What, Who,
};

use crate::effort::effort_so_far;
use crate::strategies::StrategyOptions;
use crate::strategies::chain::{Chain, ChainOptions};
use crate::strategies::single::{Single, SingleOptions};
use crate::*;

/// What is too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slow {
    /// One gateway's disk, with messages to many.
    Disk,
    /// The same, and all comes from one device.
    DiskForOne,
    /// The disks of four gateways.
    Disks,
    /// Their CPUs.
    Cpus,
    /// The access links of devices.
    Access,
    /// The store's disk: half of the devices are away for longer than gateways hold mail.
    Store,
    /// Nothing; half of the devices are away, and come back to all that waited.
    Nothing,
}

fn constant(millis: u64) -> Delay {
    Delay::constant(Span::millis(millis))
}

/// Half a minute of a world in which so many messages come for each that is worked off.
fn world(slow: Slow, single: bool, times: u32) -> Setup {
    let (gateways, clients) = match slow {
        Slow::Disk | Slow::DiskForOne => (1, 12),
        _ => (4, 12),
    };
    let (cpu, disk) = match slow {
        Slow::Disk | Slow::DiskForOne | Slow::Disks => (Delay::ZERO, constant(100)),
        Slow::Cpus => (constant(100), Delay::ZERO),
        _ => (Delay::ZERO, Delay::ZERO),
    };
    let queue = if disk == Delay::ZERO { QueuePlace::Memory } else { QueuePlace::Disk };
    let pairs = (0..gateways).flat_map(|a| (a + 1..gateways).map(move |b| (a, b)));
    let link = |(a, b)| Link { ends: (GatewayId(a), GatewayId(b)), there: 0, back: Some(0) };
    let (hold, spill) = match slow {
        Slow::Store => (Span::secs(1), Spill::AfterHold),
        _ => (Span::secs(3600), Spill::Never),
    };
    let length = 3.min(gateways);
    let strategy = match single {
        true => {
            let options = SingleOptions { hold, spill, ..SingleOptions::default() };
            StrategyOptions::of::<Single>(options)
        }
        false => {
            let options = ChainOptions { length, hold, spill, ..ChainOptions::default() };
            StrategyOptions::of::<Chain>(options)
        }
    };
    let disk_of_store = if slow == Slow::Store { constant(100) } else { Delay::ZERO };
    let store = MachineSpec { disk: disk_of_store, ..MachineSpec::default() };
    let bandwidth = match slow {
        Slow::Access => Bandwidth::bits_per_second(20_000),
        _ => None,
    };
    // Twenty in a second are twice what one disk or CPU works off.
    let rate = 20.0 * f64::from(times);
    let ends = Time::ZERO + Span::secs(30);
    let times = match slow {
        Slow::DiskForOne => {
            let mut list = List::new();
            for number in 0..(rate * 29.0) as u64 {
                list.push(&Listed {
                    at: Time::ZERO + Span::nanos((number as f64 / rate * 1e9) as u64),
                    from: ClientId(0),
                    to: vec![ClientId(1)],
                    bytes: None,
                    attachment: None,
                    view: None,
                    harmful: None,
                });
            }
            SendTimes::List(list)
        }
        _ => SendTimes::Poisson { rate: rate / f64::from(clients) },
    };
    let recipients = if slow == Slow::Disk { 3.0 } else { 1.0 };
    let recipients = Distribution::constant(recipients).expect("it is not negative");
    let mut setup = Setup {
        seed: 5,
        warmup: Time::ZERO,
        ends,
        stops: ends + Span::secs(30),
        events: 100_000_000,
        gateways: Gateways {
            count: gateways,
            machine: MachineSpec { cpu, disk, ..MachineSpec::default() },
            queue,
            specs: vec![LinkSpec::with_latency(constant(2))],
            links: pairs.map(link).collect(),
            ..Gateways::default()
        },
        regions: None,
        directory: ServiceOptions::default(),
        store: ServiceOptions { machine: store, ..ServiceOptions::default() },
        homes: (0..clients).map(|client| GatewayId(client % gateways)).collect(),
        access: LinkSpec { bandwidth, ..LinkSpec::with_latency(constant(20)) },
        clients: ClientOptions::default(),
        workload: WorkloadSpec { times, recipients, ..WorkloadSpec::default() },
        faults: Vec::new(),
        triggers: Vec::new(),
        strategy,
    };
    if matches!(slow, Slow::Store | Slow::Nothing) {
        let places = setup.places();
        let away = (0..clients / 2).map(|client| places.client(ClientId(client))).collect();
        let offline = What::Offline(Who::Nodes(away));
        setup.faults.push(Fault::once(offline, Time::ZERO + Span::secs(1), Span::secs(25)));
    }
    setup
}

/// How many steps an event of a run took on average, and how many events there were.
fn steps(setup: &Setup) -> (f64, u64) {
    fn run<S: Server>(setup: &Setup) -> u64 {
        let options = setup.strategy.get::<S>().expect("it is the setup of this strategy");
        let engine = setup.engine::<S>(options.clone()).expect("the workload is well formed");
        let ledger = Ledger::new(setup.ledger_options(), Vec::<Row>::new());
        let mut engine = engine.observed_by(ledger);
        engine.run(&Limits::until(setup.stops)).expect("there is no limit");
        assert!(engine.observer().violations().is_empty());
        engine.events()
    }
    effort_so_far();
    let events = match setup.strategy.get::<Single>() {
        Some(_) => run::<Single>(setup),
        None => run::<Chain>(setup),
    };
    (effort_so_far() as f64 / events as f64, events)
}

#[test]
fn an_event_costs_the_same_however_much_waits() {
    use Slow::*;
    for slow in [Disk, DiskForOne, Disks, Cpus, Access, Store, Nothing] {
        for single in [false, true] {
            let few = steps(&world(slow, single, 1));
            let many = steps(&world(slow, single, 8));
            println!("{slow:?}, {single}: {few:.1?}, {many:.1?}");
            assert!(
                many.0 < few.0 * 1.25 + 1.0,
                "{slow:?}, {single}: {} steps for an event, and {} where an eighth comes",
                many.0,
                few.0
            );
        }
    }
}
