//! The relay tuned by hand for this one job: how fast it could be if nothing had to be general.
//!
//! The engine's own queue, timeouts in a FIFO beside it, packets in an array by number instead of
//! maps, 8 bytes for each event, one generator. No network, no node, no fingerprint, no stream.

use std::collections::VecDeque;

use penult_sim::Time;
use penult_sim::queue::{Entry, EventQueue};

use super::{Done, LATENCY, TIMEOUT, Work, onward};

#[derive(Clone, Copy)]
enum Event {
    Enter { node: u32 },
    RelayToMiddle { packet: u32 },
    RelayToLast { packet: u32 },
    AckToFirst { packet: u32 },
    AckToMiddle { packet: u32 },
    DeleteAtMiddle { packet: u32 },
    DeleteAtFirst { packet: u32 },
}

/// A packet: its path, and which of its three places hold it and wait for an ack.
#[derive(Clone, Copy, Default)]
struct Packet {
    path: [u8; 3],
    kept: [bool; 3],
    acked: [bool; 2],
}

struct Simulation {
    now: u64,
    scheduled: u64,
    queue: EventQueue<Event>,
    timeouts: VecDeque<(u64, u32, u8)>,
    random: u64,
}

impl Simulation {
    fn below(&mut self, n: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let number = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((u128::from(number) * u128::from(n)) >> 64) as u64
    }

    fn at(&mut self, time: u64, what: Event) {
        self.scheduled += 1;
        self.queue.push(Entry { at: Time::from_nanos(time), seq: self.scheduled, what });
    }

    fn send(&mut self, what: Event) {
        let latency = LATENCY.start + self.below(LATENCY.end - LATENCY.start);
        self.at(self.now + latency, what);
    }

    fn guard(&mut self, packet: u32, hop: u8) {
        self.timeouts.push_back((self.now + TIMEOUT, packet, hop));
    }
}

pub fn run(work: Work) -> Done {
    let mut simulation = Simulation {
        now: 0,
        scheduled: 0,
        queue: EventQueue::new(),
        timeouts: VecDeque::new(),
        random: 1,
    };
    let mut packets = vec![Packet::default(); work.packets as usize];
    let mut entered = vec![0; work.nodes as usize];
    let (mut returned, mut events) = (0, 0);
    for node in 0..work.nodes.min(work.packets) {
        simulation.at(0, Event::Enter { node });
    }
    while let Some(entry) = simulation.queue.pop() {
        let now = entry.at.nanos();
        simulation.now = now;
        events += 1;
        while simulation.timeouts.front().is_some_and(|&(at, ..)| at <= now) {
            let (_, packet, hop) = simulation.timeouts.pop_front().expect("there is a first");
            assert!(packets[packet as usize].acked[usize::from(hop)], "an ack takes 10 ms at most");
        }
        match entry.what {
            Event::Enter { node } => {
                let gap = simulation.below(2 * work.gap);
                let (to, next) = onward(node, work.nodes, |n| simulation.below(n));
                let packet = entered[node as usize] * work.nodes + node;
                entered[node as usize] += 1;
                if packet + work.nodes < work.packets {
                    simulation.at(now + gap, Event::Enter { node });
                }
                let state = &mut packets[packet as usize];
                state.path = [node as u8, to as u8, next as u8];
                state.kept[0] = true;
                simulation.send(Event::RelayToMiddle { packet });
                simulation.guard(packet, 0);
            }
            Event::RelayToMiddle { packet } => {
                packets[packet as usize].kept[1] = true;
                simulation.send(Event::AckToFirst { packet });
                simulation.send(Event::RelayToLast { packet });
                simulation.guard(packet, 1);
            }
            Event::RelayToLast { packet } => {
                packets[packet as usize].kept[2] = true;
                simulation.send(Event::AckToMiddle { packet });
                simulation.send(Event::DeleteAtMiddle { packet });
                packets[packet as usize].kept[2] = false;
            }
            Event::AckToFirst { packet } => packets[packet as usize].acked[0] = true,
            Event::AckToMiddle { packet } => packets[packet as usize].acked[1] = true,
            Event::DeleteAtMiddle { packet } => {
                packets[packet as usize].kept[1] = false;
                simulation.send(Event::DeleteAtFirst { packet });
            }
            Event::DeleteAtFirst { packet } => {
                packets[packet as usize].kept[0] = false;
                returned += 1;
            }
        }
    }
    Done { packets: returned, events }
}
