//! Benchmark `relay`: a million packets relayed over three of 64 nodes, by the engine, by plain Rust,
//! and by hand-tuned Rust, in the same run.
//!
//! ```text
//! cargo bench -p penult-sim --bench relay             # five rounds of a million packets each
//! cargo bench -p penult-sim --bench relay -- --quick  # one round of ten thousand
//! cargo bench -p penult-sim --bench relay -- engine   # one of them alone, once, for a profiler
//! ```
//!
//! The work: 64 nodes in a full mesh, 1 ms to 5 ms uniform latency. Packets enter at random instants
//! within ten simulated seconds. Each hop stores the packet in a map and is acknowledged, and a timer
//! of 200 ms, which the ack cancels, guards each send. The last node's deletion runs back along the
//! path. That is seven events for each packet, and two timers that never fire.
//!
//! `plain` pops the dead timers too, as its queue has no way to take them back: nine events. `tuned` has
//! nothing general left (see there) and shows what generality costs.
//!
//! # What the top costs of the engine were, and what was done about them
//!
//! 1. *The queue.* With std's heap the engine was 1.4 times as fast as `plain`; with the ladder, beside which
//!    all timers that are not due soon wait in drawers, 1.6 times.
//! 2. *Crossing a link.* `f64::round` was a call into the math library (2.9 % of the samples), because
//!    not every CPU has the instruction; now it is a comparison. Conversions between floats and unsigned
//!    numbers take a dozen instructions where signed ones take one: crossing fell from 185 to 163
//!    instructions. Now a direction is one line of the cache, and is found by its place among its
//!    node's links instead of by a hash: 6,790 instructions for each packet in all (callgrind).
//! 3. *Random numbers.* A link draws from a ChaCha block of eight numbers that it keeps (4 ns a number)
//!    instead of computing a block for each (34 ns). What is left, 15 % of the instructions, is for the
//!    most part what the nodes draw themselves: they have 16-byte streams that keep no block, because a
//!    million devices may have several each.

#[path = "../clock/mod.rs"]
mod clock;
mod engine;
mod plain;
mod tuned;

use std::hint::black_box;

use clock::cpu_seconds;

/// What there is to do.
#[derive(Clone, Copy)]
struct Work {
    nodes: u32,
    packets: u32,
    /// The mean time between two packets that enter at one node, in nanoseconds.
    gap: u64,
}

const LATENCY: std::ops::Range<u64> = 1_000_000..5_000_000;
const TIMEOUT: u64 = 200_000_000;

impl Work {
    fn of(packets: u32) -> Self {
        let nodes = 64;
        Work { nodes, packets, gap: 10_000_000_000 * u64::from(nodes) / u64::from(packets) }
    }
}

/// Two more nodes for a packet that enters at `node`, by two draws of a number below another.
fn onward(node: u32, nodes: u32, mut below: impl FnMut(u64) -> u64) -> (u32, u32) {
    let nodes = u64::from(nodes);
    let ahead = 1 + below(nodes - 1);
    let middle = (u64::from(node) + ahead) % nodes;
    // From the middle on, the entry stands `back` places ahead: it is left out.
    let back = nodes - ahead;
    let further = 1 + below(nodes - 2);
    let last = (middle + further + u64::from(further >= back)) % nodes;
    (middle as u32, last as u32)
}

/// What was done, for comparison: all three must agree on the packets, each has its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Done {
    /// Packets whose deletion came back to where they entered.
    packets: u64,
    /// Events taken from the queue.
    events: u64,
}

type Contender = (&'static str, fn(Work) -> Done);

const CONTENDERS: [Contender; 3] =
    [("engine", engine::run), ("plain", plain::run), ("tuned", tuned::run)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((_, run)) = CONTENDERS.iter().find(|(name, _)| arguments.iter().any(|a| a == name))
    {
        println!("{:?}", run(Work::of(1_000_000)));
        return;
    }
    // `cargo test --benches` asks for a quick look that it runs, not for a measurement.
    let quick = arguments.iter().any(|a| a == "--quick" || a == "--test")
        || !arguments.iter().any(|a| a == "--bench");
    let (rounds, work) = if quick { (1, Work::of(10_000)) } else { (5, Work::of(1_000_000)) };

    let mut seconds = [const { Vec::new() }; CONTENDERS.len()];
    let mut done = [Done { packets: 0, events: 0 }; CONTENDERS.len()];
    for _ in 0..rounds {
        for (index, (name, run)) in CONTENDERS.iter().enumerate() {
            let begin = cpu_seconds();
            done[index] = black_box(run(black_box(work)));
            seconds[index].push(cpu_seconds() - begin);
            assert_eq!(done[index].packets, u64::from(work.packets), "{name} lost packets");
        }
    }

    let medians = seconds.map(|mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    println!("{} packets, median CPU seconds of {rounds} rounds", work.packets);
    println!("{:8} {:>9} {:>14} {:>14} {:>9}", "", "seconds", "packets/s", "events/s", "of plain");
    for (index, (name, _)) in CONTENDERS.iter().enumerate() {
        let median = medians[index];
        println!(
            "{name:8} {median:9.3} {:14.0} {:14.0} {:8.2}x",
            f64::from(work.packets) / median,
            done[index].events as f64 / median,
            medians[1] / median,
        );
    }
}
