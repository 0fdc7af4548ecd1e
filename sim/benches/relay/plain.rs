//! The relay as a good programmer would write it in an afternoon: std's heap, std's maps, one generator.

#![expect(clippy::disallowed_types, reason = "std's map is what this is about")]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::{Done, LATENCY, TIMEOUT, Work, onward};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Enter { node: u32 },
    Relay { from: u32, to: u32, packet: u32, next: Option<u32> },
    Ack { to: u32, packet: u32 },
    Delete { to: u32, packet: u32 },
    Timeout { node: u32, packet: u32 },
}

struct Kept {
    from: Option<u32>,
    to: u32,
    next: Option<u32>,
    acked: bool,
}

/// xorshift64*: what one takes when nothing depends on it.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((u128::from(number) * u128::from(n)) >> 64) as u64
    }
}

struct Simulation {
    now: u64,
    scheduled: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    random: Random,
    nodes: Vec<HashMap<u32, Kept>>,
}

impl Simulation {
    fn at(&mut self, time: u64, event: Event) {
        self.scheduled += 1;
        self.queue.push(Reverse((time, self.scheduled, event)));
    }

    fn send(&mut self, event: Event) {
        let latency = LATENCY.start + self.random.below(LATENCY.end - LATENCY.start);
        self.at(self.now + latency, event);
    }

    fn keep(&mut self, node: u32, from: Option<u32>, to: u32, packet: u32, next: Option<u32>) {
        self.send(Event::Relay { from: node, to, packet, next });
        self.at(self.now + TIMEOUT, Event::Timeout { node, packet });
        self.nodes[node as usize].insert(packet, Kept { from, to, next, acked: false });
    }
}

pub fn run(work: Work) -> Done {
    let mut simulation = Simulation {
        now: 0,
        scheduled: 0,
        queue: BinaryHeap::new(),
        random: Random(1),
        nodes: (0..work.nodes).map(|_| HashMap::new()).collect(),
    };
    let mut entered = vec![0; work.nodes as usize];
    let (mut returned, mut events) = (0, 0);
    for node in 0..work.nodes.min(work.packets) {
        simulation.at(0, Event::Enter { node });
    }
    while let Some(Reverse((now, _, event))) = simulation.queue.pop() {
        simulation.now = now;
        events += 1;
        match event {
            Event::Enter { node } => {
                let gap = simulation.random.below(2 * work.gap);
                let (to, next) = onward(node, work.nodes, |n| simulation.random.below(n));
                let packet = entered[node as usize] * work.nodes + node;
                entered[node as usize] += 1;
                if packet + work.nodes < work.packets {
                    simulation.at(now + gap, Event::Enter { node });
                }
                simulation.keep(node, None, to, packet, Some(next));
            }
            Event::Relay { from, to, packet, next: Some(next) } => {
                simulation.send(Event::Ack { to: from, packet });
                simulation.keep(to, Some(from), next, packet, None);
            }
            Event::Relay { from, to, packet, next: None } => {
                let kept = Kept { from: Some(from), to, next: None, acked: true };
                simulation.nodes[to as usize].insert(packet, kept);
                simulation.send(Event::Ack { to: from, packet });
                simulation.send(Event::Delete { to: from, packet });
                simulation.nodes[to as usize].remove(&packet);
            }
            Event::Ack { to, packet } => {
                if let Some(kept) = simulation.nodes[to as usize].get_mut(&packet) {
                    kept.acked = true;
                }
            }
            Event::Delete { to, packet } => {
                match simulation.nodes[to as usize].remove(&packet).expect("it was kept").from {
                    Some(from) => simulation.send(Event::Delete { to: from, packet }),
                    None => returned += 1,
                }
            }
            Event::Timeout { node, packet } => {
                let kept = simulation.nodes[node as usize].get(&packet);
                if let Some(&Kept { to, next, acked: false, .. }) = kept {
                    simulation.send(Event::Relay { from: node, to, packet, next });
                    simulation.at(now + TIMEOUT, Event::Timeout { node, packet });
                }
            }
        }
    }
    Done { packets: returned, events }
}
