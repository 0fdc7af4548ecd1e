//! What is counted beside copies and fates.

use penult_sim::{Span, Time};

use super::cause::CauseKind;
use super::fate::Fate;
use super::phases::{Phase, Phases};
use super::row::Row;

/// Counts over the deliveries that are counted: created after the warm-up and before the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Messages.
    pub messages: u64,
    /// Deliveries.
    pub offered: u64,
    /// Whose sender was told that the system has it.
    pub accepted: u64,
    /// Accepted, then lost: broken promises.
    pub accepted_lost: u64,
    /// Given to an application after a later one of the same sender.
    pub out_of_order: u64,
    /// Dropped at a device that had it already.
    pub duplicates_stopped: u64,
    /// Given to an application twice. It must stay zero.
    pub duplicates_seen: u64,
    /// Given again to an application whose device had lost its disk in between.
    pub duplicates_forgotten: u64,
    /// Messages accepted after all was over: delivered, or given up, and no copy left. Their rows say no.
    pub accepted_late: u64,
    /// Gateways that stored a message, summed over messages.
    pub gateways: u64,
    /// How long each phase took, summed over what was delivered, in nanoseconds.
    pub phases: [u128; Phase::ALL.len()],
    fates: [u64; Fate::ALL.len()],
    causes: [u64; CauseKind::ALL.len()],
}

impl Default for Totals {
    fn default() -> Self {
        Totals {
            messages: 0,
            offered: 0,
            accepted: 0,
            accepted_lost: 0,
            out_of_order: 0,
            duplicates_stopped: 0,
            duplicates_seen: 0,
            duplicates_forgotten: 0,
            accepted_late: 0,
            gateways: 0,
            phases: [0; Phase::ALL.len()],
            fates: [0; Fate::ALL.len()],
            causes: [0; CauseKind::ALL.len()],
        }
    }
}

impl Totals {
    /// How many ended so.
    pub fn of(&self, fate: Fate) -> u64 {
        self.fates[fate as usize]
    }

    /// How many have ended.
    pub fn ended(&self) -> u64 {
        self.fates.iter().sum()
    }

    /// How many were lost of this cause.
    pub fn lost_by(&self, cause: CauseKind) -> u64 {
        self.causes[cause as usize]
    }

    pub(super) fn count(&mut self, row: &Row) {
        self.fates[row.fate as usize] += 1;
        self.accepted += u64::from(row.accepted.is_some());
        self.accepted_lost += u64::from(row.is_accepted_lost());
        if row.fate == Fate::Delivered {
            self.count_phases(&row.phases);
        }
        if let (Fate::Lost, Some(cause)) = (row.fate, row.cause) {
            self.causes[cause.kind as usize] += 1;
        }
    }

    fn count_phases(&mut self, phases: &Phases) {
        for phase in Phase::ALL {
            self.phases[phase as usize] += u128::from(phases.get(phase).as_nanos());
        }
    }
}

/// What it all cost, over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Packets that nodes sent, without keepalives and heartbeats.
    pub packets: u64,
    /// Packets without content, with keepalives and heartbeats.
    pub control: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Packets with content.
    pub transmissions: u64,
    /// What these carried: one for each delivery in each packet. What exceeds the transmissions was
    /// saved by sending things together.
    pub carried: u64,
    /// The same, of the deliveries that are counted.
    pub carried_counted: u64,
    /// Second copies of packets that links made.
    pub duplicated: u64,
    /// How often policy ran.
    pub policy_runs: u64,
}

/// Something that rises and falls. Peak and area are those within a window of time, and only levels
/// that lasted count: what comes and goes in one instant was never there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    now: u64,
    peak: u64,
    area: u128,
    since: Time,
    window: (Time, Time),
}

impl Level {
    pub(super) fn within(from: Time, until: Time) -> Level {
        Level { now: 0, peak: 0, area: 0, since: Time::ZERO, window: (from, until) }
    }

    /// How high it stands.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The highest that it stood.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// Level times time, in nanoseconds: byte-nanoseconds for a queue.
    pub fn area(&self) -> u128 {
        self.area
    }

    #[inline]
    pub(super) fn rise(&mut self, at: Time, by: u64) {
        self.reach(at);
        self.now += by;
    }

    #[inline]
    pub(super) fn fall(&mut self, at: Time, by: u64) {
        self.reach(at);
        self.now -= by;
    }

    pub(super) fn set(&mut self, at: Time, to: u64) {
        self.reach(at);
        self.now = to;
    }

    /// Takes note of the time that it stood where it stands.
    #[inline]
    pub(super) fn reach(&mut self, at: Time) {
        if at > self.since {
            self.stood(self.lasted(at), at);
        }
    }

    /// How long it has stood where it stands until then, as far as that is within the window.
    #[inline]
    fn lasted(&self, at: Time) -> Span {
        let (from, until) = (self.since.max(self.window.0), at.min(self.window.1));
        if from < until { until - from } else { Span::ZERO }
    }

    #[inline]
    fn stood(&mut self, lasted: Span, at: Time) {
        if lasted > Span::ZERO {
            self.peak = self.peak.max(self.now);
            self.area += u128::from(self.now) * u128::from(lasted.as_nanos());
        }
        self.since = at;
    }
}

/// What one gateway bore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayLoad {
    /// Copies that it holds.
    pub copies: Level,
    /// Their bytes.
    pub bytes: Level,
    /// How many deliveries it stored.
    pub stored: u64,
    /// How many packets with content it sent.
    pub transmissions: u64,
    /// How often it crashed.
    pub crashes: u64,
}

// Both of its levels are reached together, so that what passed is measured once.
impl GatewayLoad {
    /// Takes note of the time that they stood where they stand.
    #[inline]
    pub(super) fn reach(&mut self, at: Time) {
        if at > self.copies.since {
            let lasted = self.copies.lasted(at);
            self.copies.stood(lasted, at);
            self.bytes.stood(lasted, at);
        }
    }

    /// It holds one more copy, of so many bytes.
    #[inline]
    pub(super) fn rise(&mut self, at: Time, bytes: u64) {
        self.reach(at);
        self.copies.now += 1;
        self.bytes.now += bytes;
    }

    /// It holds one copy less.
    #[inline]
    pub(super) fn fall(&mut self, at: Time, bytes: u64) {
        self.reach(at);
        self.copies.now -= 1;
        self.bytes.now -= bytes;
    }

    /// A copy that it holds is smaller by so much.
    pub(super) fn shrink(&mut self, at: Time, less: u64) {
        self.reach(at);
        self.bytes.now -= less;
    }
}
