//! A node's machine: its CPU and its disk, each a server that takes one job after the other.

use std::collections::VecDeque;

use crate::{Delay, Purpose, Seed, Span, Stream, Time};

/// The service times of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineSpec {
    /// CPU time for each packet that carries a message.
    pub cpu: Delay,
    /// CPU time for each packet that does not.
    pub cpu_control: Delay,
    /// Disk time for each write.
    pub disk: Delay,
}

impl MachineSpec {
    /// Whether nothing takes any time.
    pub(crate) fn is_instant(&self) -> bool {
        [&self.cpu, &self.cpu_control, &self.disk].into_iter().all(|delay| *delay == Delay::ZERO)
    }
}

/// The state of one node's servers.
#[derive(Debug)]
pub(crate) struct Machine {
    spec: MachineSpec,
    cpu_stream: Stream,
    control_stream: Stream,
    disk_stream: Stream,
    /// Whether packets may give the CPU work beside their service: then the node is asked how much.
    pub(crate) asks: bool,
    /// Whether the CPU is at a packet.
    is_busy: bool,
    /// Packets that wait for it, by their slots, in the order in which they came, each with its service.
    waiting: VecDeque<(u32, Span)>,
    disk_free: Time,
}

/// What becomes of a packet that comes to a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is the packet's turn at once, for this service.
    Now(Span),
    /// It stands behind others.
    Later,
}

impl Machine {
    pub(crate) fn new(entity: u32, spec: MachineSpec) -> Self {
        let stream = |purpose| Stream::new(purpose, u64::from(entity));
        Machine {
            spec,
            cpu_stream: stream(Purpose::NODE_CPU),
            control_stream: stream(Purpose::NODE_CPU_CONTROL),
            disk_stream: stream(Purpose::NODE_DISK),
            asks: false,
            is_busy: false,
            waiting: VecDeque::new(),
            disk_free: Time::ZERO,
        }
    }

    /// A packet comes. The CPU takes one after the other in the order in which they came, those that cost
    /// nothing too.
    pub(crate) fn take_packet(
        &mut self,
        slot: u32,
        message: bool,
        slow: f64,
        seed: &Seed,
    ) -> Taken {
        let (delay, stream) = if message {
            (&self.spec.cpu, &mut self.cpu_stream)
        } else {
            (&self.spec.cpu_control, &mut self.control_stream)
        };
        let service = slowed(delay.sample(&mut stream.once(seed)), slow);
        if self.is_busy {
            self.waiting.push_back((slot, service));
            return Taken::Later;
        }
        Taken::Now(service)
    }

    /// The CPU is at a packet from now on.
    pub(crate) fn begin(&mut self) {
        debug_assert!(!self.is_busy, "the CPU takes one packet after the other");
        self.is_busy = true;
    }

    /// The CPU is done with a packet: the one whose turn it is now, with its service.
    pub(crate) fn end(&mut self) -> Option<(u32, Span)> {
        debug_assert!(self.is_busy, "the CPU was at a packet");
        self.is_busy = false;
        self.waiting.pop_front()
    }

    /// Queues a write and returns when it is done.
    pub(crate) fn write(&mut self, now: Time, seed: &Seed) -> Time {
        let work = self.spec.disk.sample(&mut self.disk_stream.once(seed));
        self.disk_free = self.disk_free.max(now) + work;
        self.disk_free
    }

    /// A crash empties both queues.
    pub(crate) fn crash(&mut self) {
        self.is_busy = false;
        self.waiting.clear();
        self.disk_free = Time::ZERO;
    }
}

/// Exact where nothing is slow.
pub(crate) fn slowed(span: Span, factor: f64) -> Span {
    if factor.to_bits() == 1.0_f64.to_bits() { span } else { span.scaled(factor) }
}
