//! A node's machine: its CPU and its disk, each a server that takes one job after the other.

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
    cpu_free: Time,
    disk_free: Time,
}

impl Machine {
    pub(crate) fn new(entity: u32, spec: MachineSpec) -> Self {
        let stream = |purpose| Stream::new(purpose, u64::from(entity));
        Machine {
            spec,
            cpu_stream: stream(Purpose::NODE_CPU),
            control_stream: stream(Purpose::NODE_CPU_CONTROL),
            disk_stream: stream(Purpose::NODE_DISK),
            cpu_free: Time::ZERO,
            disk_free: Time::ZERO,
        }
    }

    /// Queues the handling of a packet and returns when it is done; nothing if that is at once. Where the
    /// CPU has been busy until now, what it was busy with may not have been handled yet: its event
    /// fires at this very instant, and what came later follows it.
    pub(crate) fn take_packet(
        &mut self,
        now: Time,
        message: bool,
        slow: f64,
        seed: &Seed,
    ) -> Option<Time> {
        let (delay, stream) = if message {
            (&self.spec.cpu, &mut self.cpu_stream)
        } else {
            (&self.spec.cpu_control, &mut self.control_stream)
        };
        let work = delay.sample(&mut stream.once(seed));
        if work.is_zero() && self.cpu_free < now {
            return None;
        }
        Some(self.compute(now, work, slow))
    }

    /// Queues `work` for the CPU and returns when it is done.
    pub(crate) fn compute(&mut self, now: Time, work: Span, slow: f64) -> Time {
        self.cpu_free = self.cpu_free.max(now) + slowed(work, slow);
        self.cpu_free
    }

    /// Queues a write and returns when it is done.
    pub(crate) fn write(&mut self, now: Time, seed: &Seed) -> Time {
        let work = self.spec.disk.sample(&mut self.disk_stream.once(seed));
        self.disk_free = self.disk_free.max(now) + work;
        self.disk_free
    }

    /// How long until the CPU has nothing to do.
    pub(crate) fn cpu_backlog(&self, now: Time) -> Span {
        self.cpu_free.max(now) - now
    }

    /// A crash empties both queues.
    pub(crate) fn crash(&mut self) {
        self.cpu_free = Time::ZERO;
        self.disk_free = Time::ZERO;
    }
}

/// Exact where nothing is slow.
pub(crate) fn slowed(span: Span, factor: f64) -> Span {
    if factor.to_bits() == 1.0_f64.to_bits() { span } else { span.scaled(factor) }
}
