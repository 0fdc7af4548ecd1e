//! How many contacts a second of CPU makes: a thousand devices, by where their contacts come from, and by
//! what they do in them.
//!
//! ```text
//! cargo bench -p penult-sim --bench contacts             # the median of five rounds
//! cargo bench -p penult-sim --bench contacts -- --quick  # one round of a hundredth
//! cargo bench -p penult-sim --bench contacts -- rows     # those with this in their name, once, for a profiler
//! ```
//!
//! `source` asks the source alone, without an engine. In `meet` nodes hear of each beginning and end and do
//! nothing; in `carry` one end hands a packet over, and both have turns for it. The walkers are a thousand in
//! a square of a kilometre with a range of 30 m, for an hour.

mod clock;

use std::hint::black_box;

use clock::cpu_seconds;
use penult_sim::*;

const DEVICES: u32 = 1000;

/// Nodes that carry, or that only meet.
struct Walker<const CARRY: bool> {
    new: Option<NodeId>,
}

impl<const CARRY: bool> Node for Walker<CARRY> {
    type World = ();
    type Disk = ();
    type Packet = u32;
    type Timer = ();
    type Note = ();

    const MEETS: bool = true;

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), _: &mut Context<'_, Self>) -> Self {
        Walker { new: None }
    }

    fn receive(&mut self, (): &mut (), _: NodeId, _: u32, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}

    fn met(&mut self, (): &mut (), peer: NodeId, context: &mut Context<'_, Self>) {
        if CARRY && context.node() < peer {
            self.new = Some(peer);
            context.ask_turn();
        }
    }

    fn turn(&mut self, (): &mut (), turn: &mut Turn<'_, Self>) {
        if let Some(peer) = self.new.take() {
            turn.transfer(peer, 1);
        }
    }
}

/// Where contacts come from.
type Make = fn(u64) -> (Box<dyn ContactSource>, Time);

fn devices() -> Vec<Mobile> {
    (0..DEVICES).map(|n| Mobile { node: NodeId::new(n as usize), entity: n }).collect()
}

/// So many contacts at random instants of an hour, of a minute each.
fn rows(count: u64) -> (Box<dyn ContactSource>, Time) {
    let seed = Seed::new(1);
    let mut stream = Stream::new(Purpose::of_models(0), 0);
    let mut draw = stream.with(&seed);
    let row = |_| {
        let up = Time::from_nanos(draw.below(3_600_000_000_000));
        let a = draw.below(u64::from(DEVICES));
        let b = (a + 1 + draw.below(u64::from(DEVICES) - 1)) % u64::from(DEVICES);
        let node = |n: u64| NodeId::new(n as usize);
        Contact { a: node(a), b: node(b), up, down: up + Span::secs(60) }
    };
    let rows = ContactTrace::new((0..count).map(row).collect()).expect("nobody meets itself");
    (Box::new(rows), Time::NEVER)
}

/// All pairs, so often that it comes to about so many contacts in an hour, of a minute each.
fn meetings(count: u64) -> (Box<dyn ContactSource>, Time) {
    let pairs = f64::from(DEVICES) * f64::from(DEVICES - 1) / 2.0;
    let mean = 3600e9 * pairs / count as f64;
    let gaps = Delay::from_nanos(Distribution::exponential(mean).expect("it is above zero"));
    let meetings = Meetings::new(Purpose::of_models(1), &devices(), gaps, Span::secs(60));
    (Box::new(meetings.expect("devices are in order")), Time::from_secs(3600))
}

/// An hour, or less if fewer are asked for.
fn waypoint(count: u64) -> (Box<dyn ContactSource>, Time) {
    let speed = Distribution::uniform(1.0, 2.0).expect("it is in order");
    let pause = Delay::constant(Span::secs(60));
    let walking = Walking { area: (1000.0, 1000.0), speed, pause };
    let waypoint = Waypoint::new(Purpose::of_models(2), &devices(), walking, 30.0);
    let until = Time::from_secs(3600 * count.min(1_000_000) / 1_000_000);
    (Box::new(waypoint.expect("devices are in order")), until)
}

const SOURCES: [(&str, Make); 3] = [("rows", rows), ("meetings", meetings), ("waypoint", waypoint)];

/// What a run does with a source: how many contacts began.
type Use = fn(Box<dyn ContactSource>, Time) -> u64;

fn ask(mut source: Box<dyn ContactSource>, until: Time) -> u64 {
    let (mut begun, mut changes) = (0, Vec::new());
    let seed = Seed::new(1);
    while let Some(at) = source.next(&seed, &mut changes)
        && at <= until
    {
        begun += changes.drain(..).filter(|change| change.begins).count() as u64;
    }
    begun
}

/// A source in a box is one too.
struct Boxed(Box<dyn ContactSource>);

impl ContactSource for Boxed {
    fn next(&mut self, seed: &Seed, changes: &mut Vec<ContactChange>) -> Option<Time> {
        self.0.next(seed, changes)
    }

    fn last_node(&self) -> Option<NodeId> {
        self.0.last_node()
    }
}

/// Counts what began.
struct Begun(u64);

impl<N: Node> Observer<N> for Begun {
    fn see(&mut self, _: Time, what: Observed<'_, N>) {
        self.0 += u64::from(matches!(what, Observed::Met { .. }));
    }
}

fn run<const CARRY: bool>(source: Box<dyn ContactSource>, until: Time) -> u64 {
    let mut network = Network::new();
    (0..DEVICES).for_each(|_| _ = network.add_node(&NodeSpec::default()));
    let mut contacts = Contacts::new();
    contacts.add_source(Boxed(source));
    contacts.set_bandwidth(Bandwidth::bits_per_second(8_000_000));
    let mut engine = Engine::<Walker<CARRY>>::new(Seed::new(1), network, ());
    engine.add_contacts(contacts).expect("all nodes are there");
    let mut engine = engine.observed_by(Begun(0));
    engine.run(&Limits::until(until)).expect("there is no limit on events");
    engine.into_observer().0
}

const USES: [(&str, Use); 3] = [("source", ask), ("meet", run::<false>), ("carry", run::<true>)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` asks for a quick look that it runs, not for a measurement.
    let quick = arguments.iter().any(|a| a == "--quick" || a == "--test")
        || !arguments.iter().any(|a| a == "--bench");
    let wanted = arguments.iter().find(|argument| !argument.starts_with("--"));
    let (rounds, count) = match (quick, wanted) {
        (true, _) => (1, 10_000),
        (false, Some(_)) => (1, 1_000_000),
        (false, None) => (5, 1_000_000),
    };
    println!("{:20} {:>10} {:>9} {:>14}", "", "contacts", "seconds", "contacts/s");
    for (source, make) in SOURCES {
        for (does, with) in USES {
            let name = format!("{source}, {does}");
            if wanted.is_some_and(|wanted| !name.contains(wanted.as_str())) {
                continue;
            }
            let mut seconds = Vec::new();
            let mut begun = 0;
            for _ in 0..rounds {
                let (source, until) = make(black_box(count));
                let begin = cpu_seconds();
                begun = black_box(with(source, until));
                seconds.push(cpu_seconds() - begin);
            }
            seconds.sort_by(f64::total_cmp);
            let median = seconds[seconds.len() / 2];
            println!("{name:20} {begun:10} {median:9.3} {:14.0}", begun as f64 / median);
        }
    }
}
