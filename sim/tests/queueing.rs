//! Queues against theory: M/M/1 and M/D/1 at links and CPUs, tandems of them, and Little's law.
//!
//! A service takes 1 ms on average, so a rate is a load, and theory's times are in milliseconds.
//! Each mean is compared with theory by the 99 % interval of 30 independent seeds. There are 14 such
//! comparisons, three of them of the same numbers twice: where a change moves the numbers drawn, one
//! fails by chance with a probability of 10 %. Many more seeds then tell chance from error; 400 others
//! gave intervals a quarter as wide, which all held theory.

use penult_sim::*;

use crate::common::cases;

/// The 0.995 quantile of Student's t with 29 degrees of freedom, for a two-sided interval of 99 %
/// (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
const T_995_29: f64 = 2.756;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=30;

const SERVICE: f64 = 1e6;
/// At 800 Mbit/s a byte takes 10 ns, so that 100 kB take 1 ms, and rounding to bytes is nothing.
const BYTES: f64 = 1e5;
const BANDWIDTH: u64 = 800_000_000;

const GAPS: Purpose = Purpose::of_models(1);
const SIZES: Purpose = Purpose::of_models(2);

#[derive(Clone, Copy)]
struct Job {
    number: u32,
    bytes: u32,
    born: Time,
}

impl Ids for Job {
    fn ids(&self) -> u64 {
        self.number.into()
    }
}

impl Packet for Job {
    fn bytes(&self) -> u32 {
        self.bytes
    }
}

/// What comes, and where it goes.
struct Load {
    gap: Distribution,
    bytes: Distribution,
    count: u32,
    /// Where each node sends what it makes or gets; the last one keeps it.
    next: Vec<Option<NodeId>>,
}

/// The first node makes jobs, the others pass them on, the last one counts.
struct Stage {
    made: u32,
    /// When each job was made, its size, and how long it was under way.
    done: Vec<(Time, u32, Span)>,
}

impl Node for Stage {
    type World = Load;
    type Disk = ();
    type Packet = Job;
    type Timer = ();
    type Note = ();

    fn new_disk(_: NodeId, _: &Load) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        let mut stage = Stage { made: 0, done: Vec::new() };
        if cx.node().index() == 0 {
            stage.wait(cx);
        }
        stage
    }

    fn receive(&mut self, (): &mut (), _: NodeId, job: Job, cx: &mut Context<'_, Self>) {
        match cx.world().next[cx.node().index()] {
            Some(next) => cx.send(next, job),
            None => self.done.push((job.born, job.bytes, cx.now() - job.born)),
        }
    }

    fn wake(&mut self, (): &mut (), (): (), cx: &mut Context<'_, Self>) {
        let world = cx.world();
        let bytes = world.bytes.sample(&mut cx.draw(SIZES)).round() as u32;
        let next = world.next[0].expect("the first node has a next");
        cx.send(next, Job { number: self.made, bytes, born: cx.now() });
        self.made += 1;
        self.wait(cx);
    }
}

impl Stage {
    fn wait(&mut self, cx: &mut Context<'_, Self>) {
        let world = cx.world();
        if self.made < world.count {
            let gap = Span::from_nanos_f64(world.gap.sample(&mut cx.draw(GAPS)));
            cx.set_timer(gap, ());
        }
    }
}

fn exponential(mean: f64) -> Distribution {
    Distribution::exponential(mean).expect("the mean is above zero")
}

fn constant(value: f64) -> Distribution {
    Distribution::constant(value).expect("the value is above zero")
}

/// Where the queue is.
#[derive(Clone, Copy, PartialEq)]
enum Server {
    Link,
    Cpu,
}

/// Poisson arrivals at a row of so many links or CPUs. Over links the jobs are routed to the far end;
/// CPUs hand them on.
struct Plan {
    server: Server,
    stages: usize,
    load: f64,
    service: fn(f64) -> Distribution,
    count: u32,
}

fn line(server: Server, stages: usize, load: f64, service: fn(f64) -> Distribution) -> Plan {
    Plan { server, stages, load, service, count: 0 }
}

impl Plan {
    fn engine(&self, seed: u64) -> Engine<Stage> {
        let cpu = match self.server {
            Server::Link => Delay::ZERO,
            Server::Cpu => self.cpu(),
        };
        let machine = MachineSpec { cpu, ..MachineSpec::default() };
        let link = match self.server {
            Server::Link => {
                LinkSpec { bandwidth: Bandwidth::bits_per_second(BANDWIDTH), ..LinkSpec::default() }
            }
            Server::Cpu => LinkSpec::default(),
        };
        let mut network = Network::new();
        let spec = NodeSpec { machine, ..NodeSpec::default() };
        let nodes: Vec<NodeId> = (0..=self.stages).map(|_| network.add_node(&spec)).collect();
        for pair in nodes.windows(2) {
            network.add_link(pair[0], pair[1], &link);
        }
        let mut next = vec![None; nodes.len()];
        match self.server {
            Server::Link => next[0] = nodes.last().copied(),
            Server::Cpu => (0..self.stages).for_each(|stage| next[stage] = Some(nodes[stage + 1])),
        }
        let bytes = match self.server {
            Server::Link => (self.service)(BYTES),
            Server::Cpu => constant(BYTES),
        };
        let gap = exponential(SERVICE / self.load);
        Engine::new(Seed::new(seed), network, Load { gap, bytes, count: self.count, next })
    }

    fn cpu(&self) -> Delay {
        Delay::from_nanos((self.service)(SERVICE))
    }

    /// The jobs of a run in their order: when each was made, its first service, and how long it took
    /// to the end.
    fn jobs(&self, seed: u64) -> Vec<(Time, Span, Span)> {
        let mut engine = self.engine(seed);
        engine.run(&Limits::QUIET).expect("there is no limit on events");
        let last = engine.memory(NodeId::new(self.stages)).expect("nobody crashed");
        assert_eq!(last.done.len(), self.count as usize);
        // The CPU draws the n-th service for the n-th job: so one can draw them again.
        let (key, mut stream) = (Seed::new(seed), Stream::new(Purpose::NODE_CPU, 1));
        let bandwidth = Bandwidth::bits_per_second(BANDWIDTH).expect("it is not zero");
        let job = |&(born, bytes, sojourn): &(Time, u32, Span)| {
            let service = match self.server {
                Server::Link => bandwidth.time_for(bytes.into()),
                Server::Cpu => self.cpu().sample(&mut stream.with(&key)),
            };
            (born, service, sojourn)
        };
        last.done.iter().map(job).collect()
    }

    /// The mean of a quantity of the jobs, in milliseconds, of each seed, without the first sixth: a
    /// queue that starts empty has short waits at first.
    fn means(&self, quantity: impl Fn(&(Time, Span, Span)) -> Span) -> Vec<f64> {
        let mean = |seed| {
            let jobs = self.jobs(seed);
            let rest = &jobs[jobs.len() / 6..];
            let sum: u64 = rest.iter().map(|job| quantity(job).as_nanos()).sum();
            sum as f64 / rest.len() as f64 / SERVICE
        };
        SEEDS.map(mean).collect()
    }
}

/// Fails unless theory lies in the 99 % interval of these means. `most` bounds its half width, as a
/// share of theory: an interval that holds everything proves nothing.
fn assert_mean(means: &[f64], theory: f64, most: f64) {
    let n = means.len() as f64;
    assert_eq!(means.len(), 30, "the quantile is that of 30 seeds");
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let half = T_995_29 * (variance / n).sqrt();
    println!("{mean:.4} ± {half:.4}, theory {theory:.4}");
    assert!((mean - theory).abs() < half, "{mean} ± {half} does not hold {theory}");
    assert!(half < most * theory, "{mean} ± {half} says too little about {theory}");
}

/// Whether there is time for long queues: see [`cases`].
fn has_time() -> bool {
    cases(1) > 1
}

/// The mean wait in the queue with exponential and with constant services, for three loads. Means of
/// long queues vary more and forget their start later, so they take more jobs: at a load of 0.9 some
/// 400 services pass until the start is forgotten, and the first 6,000 jobs are left out.
fn waits_as_theory_says(server: Server) {
    let long = has_time().then_some((0.9, 36_000));
    for (load, count) in [(0.3, 6_000), (0.6, 9_000)].into_iter().chain(long) {
        let wait = |&(_, service, sojourn): &(Time, Span, Span)| sojourn - service;
        let plan = Plan { count, ..line(server, 1, load, exponential) };
        assert_mean(&plan.means(wait), load / (1.0 - load), 0.12);
        let plan = Plan { count, ..line(server, 1, load, constant) };
        assert_mean(&plan.means(wait), load / (2.0 * (1.0 - load)), 0.12);
    }
}

#[test]
fn a_link_waits_like_mm1_and_md1() {
    waits_as_theory_says(Server::Link);
}

#[test]
fn a_cpu_waits_like_mm1_and_md1() {
    waits_as_theory_says(Server::Cpu);
}

/// Three exponential CPUs in a row are independent queues: n / (μ - λ).
#[test]
fn a_tandem_of_cpus_is_three_times_one() {
    let (count, most) = if has_time() { (18_000, 0.12) } else { (4_500, 0.24) };
    let plan = Plan { count, ..line(Server::Cpu, 3, 0.8, exponential) };
    assert_mean(&plan.means(|&(.., sojourn)| sojourn), 3.0 / (1.0 - 0.8), most);
}

/// Equal constant stages in a row: only the first one queues, so four take three services more.
#[test]
fn a_route_of_equal_links_queues_at_the_first_only() {
    let plan = Plan { count: 15_000, ..line(Server::Link, 4, 0.8, constant) };
    let theory = 1.0 + 0.8 / (2.0 * (1.0 - 0.8)) + 3.0;
    assert_mean(&plan.means(|&(.., sojourn)| sojourn), theory, 0.12);
}

/// Each wait follows from the one before, to the nanosecond: Lindley's recursion. No chance is in this.
#[test]
fn every_wait_is_what_the_job_before_left() {
    let laws: [fn(f64) -> Distribution; 2] = [exponential, constant];
    for (server, stages) in [(Server::Link, 1), (Server::Link, 4), (Server::Cpu, 1)] {
        for service in laws {
            // Later stages of a route wait again where sizes differ.
            if stages > 1 && service(1.0).as_constant().is_none() {
                continue;
            }
            let plan = Plan { count: 3_000, ..line(server, stages, 0.9, service) };
            let mut free = Time::ZERO;
            for (born, service, sojourn) in plan.jobs(1) {
                free = free.max(born) + service;
                let rest = service * (stages as u64 - 1);
                assert_eq!(born + sojourn, free + rest, "made at {born}");
            }
        }
    }
}

/// When each packet left, and the sum of all times under way, in nanoseconds.
#[derive(Default)]
struct Sojourns {
    sum: u128,
    ended: u64,
}

impl Observer<Stage> for Sojourns {
    fn see(&mut self, at: Time, what: Observed<'_, Stage>) {
        if let Observed::Received(carried) | Observed::Lost(carried, _) = what {
            self.sum += u128::from((at - carried.packet.born).as_nanos());
            self.ended += 1;
        }
    }
}

/// Little's law is exact where a run starts and ends empty: the area under the number of packets under
/// way is the sum of their times under way, lost ones and second copies included.
#[test]
fn little_s_law_is_exact() {
    let mut network = Network::new();
    let cpu = Delay::from_nanos(exponential(SERVICE));
    let machine = MachineSpec { cpu, ..MachineSpec::default() };
    let source = network.add_node(&NodeSpec::default());
    let sink = network.add_node(&NodeSpec { machine, ..NodeSpec::default() });
    let link = LinkSpec {
        latency: Delay::from_nanos(exponential(3.0 * SERVICE)),
        bandwidth: Bandwidth::bits_per_second(BANDWIDTH),
        buffer: Some(400_000),
        loss: 0.05,
        duplicate: 0.1,
        corrupt: 0.05,
        order: Order::Free,
    };
    network.add_link(source, sink, &link);
    let next = vec![Some(sink), None];
    let (gap, bytes) = (exponential(SERVICE / 0.8), exponential(BYTES));
    let load = Load { gap, bytes, count: 5_000, next };
    let mut engine = Engine::new(Seed::new(1), network, load).observed_by(Sojourns::default());
    let crash = What::Crash { who: Who::Nodes(vec![sink]), disk: DiskFate::Kept };
    let at = Time::ZERO + Span::secs(3);
    engine.add_fault(Fault::once(crash, at, Span::millis(20))).expect("there is such a node");
    let (mut area, mut before) = (0, Time::ZERO);
    loop {
        let number = engine.in_flight() as u128;
        if !engine.step() {
            break;
        }
        area += number * u128::from((engine.now() - before).as_nanos());
        before = engine.now();
    }
    let (traffic, sojourns) = (*engine.traffic(), engine.observer());
    let lost = traffic.lost;
    let causes = [lost.chance, lost.buffer_full, lost.corrupted, lost.crash, traffic.duplicated];
    assert!(causes.iter().all(|&count| count > 0), "everything happened: {traffic:?}");
    assert_eq!((engine.in_flight(), sojourns.ended), (0, traffic.sent + traffic.duplicated));
    assert_eq!(area, sojourns.sum);
}
