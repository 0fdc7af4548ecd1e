//! Numbers of the strategy's own: what dispatchers, devices and replicas tell of themselves.

use crate::metric::Unit;
use crate::own::{Own, OwnColumn, OwnCount, OwnLevel, OwnSample, OwnTable, Stat};

/// Temporary dispatchers that got a slot.
pub(super) const STARTED: OwnCount = OwnCount::new(0);
/// Events that they pushed.
pub(super) const REPLAYED: OwnCount = OwnCount::new(1);
/// Packets that devices refused, because something before them was missing.
pub(super) const GAPS: OwnCount = OwnCount::new(2);
/// Questions of main dispatchers to the bus.
pub(super) const READS: OwnCount = OwnCount::new(3);
/// Devices that moved on from a host that answered.
pub(super) const MOVES: OwnCount = OwnCount::new(4);
/// Replicas that became primary of a bus of several.
pub(super) const ELECTIONS: OwnCount = OwnCount::new(5);
/// Events that a later primary lacked, and got.
pub(super) const HANDED_OVER: OwnCount = OwnCount::new(6);

/// Temporary dispatchers.
pub(super) const TEMPORARY: OwnLevel = OwnLevel::in_memory(0);
/// Clients that wait in line for one.
pub(super) const WAITING: OwnLevel = OwnLevel::in_memory(1);
/// Clients between attaching and joining.
pub(super) const STORM: OwnLevel = OwnLevel::in_memory(2);
/// Events that main dispatchers queue for clients that catch up.
pub(super) const QUEUED: OwnLevel = OwnLevel::in_memory(3);

/// From a temporary dispatcher's slot to its end.
pub(super) const LIFE: OwnSample = OwnSample::of_times(0);
/// In line for one.
pub(super) const WAIT: OwnSample = OwnSample::of_times(1);
/// From attaching to joining.
pub(super) const JOINED: OwnSample = OwnSample::of_times(2);

const TEMPORARIES: OwnTable = OwnTable::new(
    0,
    "temporaries.csv",
    "temporary dispatcher, from its slot on",
    &["client", "server", "attached_s", "began_s", "ended_s", "events", "end"],
)
.ended_by_a_crash("ended_s", "end");
pub(super) const CLIENT: OwnColumn = TEMPORARIES.column("client");
pub(super) const SERVER: OwnColumn = TEMPORARIES.column("server");
pub(super) const ATTACHED: OwnColumn = TEMPORARIES.column("attached_s");
pub(super) const BEGAN: OwnColumn = TEMPORARIES.column("began_s");
pub(super) const ENDED: OwnColumn = TEMPORARIES.column("ended_s");
pub(super) const EVENTS: OwnColumn = TEMPORARIES.column("events");
pub(super) const END: OwnColumn = TEMPORARIES.column("end");

/// Numbers of rows follow those of messages and replies.
pub(super) const ROWS: usize = 2;

const STATS: &[Stat] = &[Stat::Mean, Stat::P50, Stat::P99, Stat::Max];

pub(super) const METRICS: &[Own] = &[
    STARTED.metric("temporary.count", "temporary dispatchers that got a slot"),
    TEMPORARY.peak("temporary.peak", "temporary dispatchers at one time, at most"),
    TEMPORARY.mean("temporary.mean", "temporary dispatchers at one time, on average"),
    LIFE.stats("temporary.life", "from a temporary dispatcher's slot to its end", STATS).less(),
    WAIT.stats(
        "wait",
        "in line for a temporary dispatcher, with those that got one at once",
        STATS,
    )
    .less(),
    REPLAYED.metric("replayed", "events that temporary dispatchers pushed"),
    QUEUED
        .peak("queued_peak", "events queued for clients that catch up, at one time, at most")
        .less(),
    STORM.peak("storm.peak", "clients between attaching and joining at one time, at most").less(),
    JOINED
        .stat("storm.longest_s", "from a client's attaching to its joining", Stat::Max)
        .in_unit(Unit::Seconds)
        .less(),
    GAPS.metric("gaps", "packets that devices refused, something before them being missing").less(),
    READS.metric("reads", "questions of main dispatchers to the bus"),
    MOVES.metric(
        "moves",
        "times that devices left a host that answered, their connection being unreliable",
    ),
    ELECTIONS.metric("elections", "replicas that became primary of a bus of several"),
    HANDED_OVER.metric("handed_over", "events that a later primary lacked, and got"),
];

pub(super) const TIMELINE: &[(&str, OwnLevel)] = &[("temporary", TEMPORARY), ("waiting", WAITING)];

pub(super) const TABLES: &[OwnTable] = &[TEMPORARIES];
