//! What is counted beside copies and fates.

use penult_sim::{NodeId, Span, Time};

use super::cause::CauseKind;
use super::fate::Fate;
use super::phases::{Phase, Phases};
use super::row::Row;
use crate::places::{Kind, Places};

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
    /// How often it would have run beside, had it run at every gateway.
    pub policy_runs_saved: u64,
    /// Packets that it would have taken beside, had each recipient of a message been sent a copy of its own.
    pub transmissions_saved: u64,
}

/// Something that rises and falls. Peak and area are those within a window of time, and only levels
/// that lasted count: what comes and goes in one instant was never there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    now: u64,
    peak: u64,
    area: u128,
    /// Since when it has stood where it stands, within the window.
    since: Time,
    /// When the window closes.
    until: Time,
}

impl Level {
    pub(super) fn within(from: Time, until: Time) -> Level {
        Level { now: 0, peak: 0, area: 0, since: from, until }
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

    /// It rises by so much, or falls.
    #[inline]
    pub(super) fn shift(&mut self, at: Time, by: i64) {
        self.reach(at);
        self.step(by);
    }

    #[inline]
    fn step(&mut self, by: i64) {
        debug_assert!(self.now.checked_add_signed(by).is_some(), "a level fell below nothing");
        self.now = self.now.wrapping_add_signed(by);
    }

    #[inline]
    pub(super) fn set(&mut self, at: Time, to: u64) {
        self.reach(at);
        self.now = to;
    }

    /// Takes note of the time that it stood where it stands.
    #[inline]
    pub(super) fn reach(&mut self, at: Time) {
        let at = at.min(self.until);
        if at > self.since {
            self.stood(at - self.since);
            self.since = at;
        }
    }

    #[inline]
    fn stood(&mut self, lasted: Span) {
        self.peak = self.peak.max(self.now);
        self.area += u128::from(self.now) * u128::from(lasted.as_nanos());
    }
}

/// What one gateway bore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(align(64))]
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
        let at = at.min(self.copies.until);
        if at > self.copies.since {
            let lasted = at - self.copies.since;
            self.copies.stood(lasted);
            self.bytes.stood(lasted);
            self.copies.since = at;
        }
    }

    /// It holds so many copies more, and bytes, or less.
    #[inline]
    pub(super) fn shift(&mut self, at: Time, copies: i64, bytes: i64) {
        self.reach(at);
        self.copies.step(copies);
        self.bytes.step(bytes);
    }
}

/// What nodes bear.
#[derive(Debug)]
pub(super) struct Loads {
    places: Places,
    /// The bytes that nodes hold: gateways, services and devices.
    pub(super) queued: Level,
    pub(super) gateways: Vec<GatewayLoad>,
}

impl Loads {
    /// Nothing yet; each level is like this one.
    pub(super) fn within(places: Places, level: &Level) -> Loads {
        let load = GatewayLoad {
            copies: level.clone(),
            bytes: level.clone(),
            stored: 0,
            transmissions: 0,
            crashes: 0,
        };
        Loads { places, queued: level.clone(), gateways: vec![load; places.gateways as usize] }
    }

    /// A node holds so many copies more, and bytes, or less.
    #[inline(never)]
    pub(super) fn weigh(&mut self, at: Time, node: NodeId, copies: i64, bytes: i64) {
        if let Kind::Gateway(gateway) = self.places.kind(node) {
            self.gateways[gateway.index()].shift(at, copies, bytes);
        }
        self.queued.shift(at, bytes);
    }
}
