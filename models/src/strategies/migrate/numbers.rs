//! The numbers that `migrate` has beside those of every strategy, and the table of its migrations.

use penult_sim::{NodeId, Time};

use super::World;
use crate::metric::Unit;
use crate::note::Note;
use crate::own::{
    Own, OwnColumn, OwnCount, OwnLevel, OwnNote, OwnSample, OwnTable, Sight, Stat, Watcher,
};
use crate::world::QueuePlace;

pub(super) const STARTED: OwnCount = OwnCount::new(0);
pub(super) const MOVED: OwnCount = OwnCount::new(1);
pub(super) const FAILED: OwnCount = OwnCount::new(2);
pub(super) const REFUSED: OwnCount = OwnCount::new(3);
pub(super) const EVACUATED: OwnCount = OwnCount::new(4);
pub(super) const PUT_BACKS: OwnCount = OwnCount::new(5);
pub(super) const DELAYED: OwnCount = OwnCount::new(6);
pub(super) const DROPPED: OwnCount = OwnCount::new(7);
pub(super) const WORK_LOST: OwnCount = OwnCount::new(8);
pub(super) const REPEATS_STOPPED: OwnCount = OwnCount::new(9);
pub(super) const ELECTIONS: OwnCount = OwnCount::new(10);
pub(super) const BYTES: OwnCount = OwnCount::new(11);
/// Clients that migrate, as the primary knows it.
pub(super) const MIGRATING: OwnLevel = OwnLevel::in_memory(0);
/// What inboxes hold that devices have not acknowledged.
pub(super) const UNGOT: OwnLevel = OwnLevel::new(1);
/// Tasks that wait until they are looked at again.
pub(super) const BACK: OwnLevel = OwnLevel::in_memory(2);
pub(super) const TIME: OwnSample = OwnSample::of_times(0);
pub(super) const RETURNS: OwnSample = OwnSample::of_sizes(1);

pub(super) const METRICS: &[Own] = &[
    STARTED.metric("started", "migrations that began"),
    MOVED.metric("moved", "migrations that ended well").more(),
    FAILED.metric("failed", "migrations that failed, those at once too").less(),
    REFUSED.metric(
        "refused",
        "clients that were not where a migration takes them from, or were there",
    ),
    EVACUATED.metric("evacuated", "times that a client of a dead server went to a standby"),
    PUT_BACKS.metric("put_backs", "times that a task was put back").less(),
    DELAYED.metric("delayed", "tasks that were put back at all").less(),
    DROPPED.metric("dropped", "tasks that were put back too often").less(),
    WORK_LOST
        .metric("work_lost", "messages of inboxes that crashes took before devices had them")
        .less(),
    REPEATS_STOPPED
        .metric("repeats_stopped", "tasks that came to a server that had performed them")
        .less(),
    ELECTIONS
        .metric("elections", "times that a broker became primary after another, or again")
        .less(),
    BYTES.metric("bytes", "bytes of data that left for other servers").in_unit(Unit::Bytes).less(),
    MIGRATING.seconds("client_s", "time that clients are in migration, summed over them").less(),
    TIME.stats("time", "from a migration's start to its end", &[Stat::P50, Stat::P99, Stat::Max])
        .less(),
    RETURNS
        .stats("returns", "how often a task that was put back at all was", &[Stat::Mean, Stat::Max])
        .less(),
];

pub(super) const TIMELINE: &[(&str, OwnLevel)] = &[("migrating", MIGRATING), ("put_back", BACK)];

/// The migrations, one for each client and request or try of a drain.
const MIGRATIONS: OwnTable = OwnTable::new(
    0,
    "migrations.csv",
    "migration of a client",
    &["client", "from", "to", "asked_s", "started_s", "moved_s", "ended_s", "how", "put_backs"],
);
pub(super) const TABLES: &[OwnTable] = &[MIGRATIONS];
pub(super) const CLIENT: OwnColumn = MIGRATIONS.column("client");
pub(super) const FROM: OwnColumn = MIGRATIONS.column("from");
pub(super) const TO: OwnColumn = MIGRATIONS.column("to");
pub(super) const ASKED_S: OwnColumn = MIGRATIONS.column("asked_s");
pub(super) const STARTED_S: OwnColumn = MIGRATIONS.column("started_s");
pub(super) const MOVED_S: OwnColumn = MIGRATIONS.column("moved_s");
pub(super) const ENDED_S: OwnColumn = MIGRATIONS.column("ended_s");
pub(super) const HOW: OwnColumn = MIGRATIONS.column("how");
pub(super) const ROW_PUT_BACKS: OwnColumn = MIGRATIONS.column("put_backs");

/// The series of the rows' numbers.
pub(super) const ROWS: usize = 2;

/// What crashes take out of inboxes in memory: the server that dies can't tell.
#[derive(Debug)]
pub(super) struct Inboxes(Vec<u64>);

impl Inboxes {
    pub(super) fn watch(world: &World) -> Option<Box<dyn Watcher>> {
        let in_memory = world.queue == QueuePlace::Memory;
        let gateways = world.places.gateways as usize;
        in_memory.then(|| Box::new(Inboxes(vec![0; gateways])) as Box<dyn Watcher>)
    }

    fn of(&mut self, node: NodeId) -> Option<&mut u64> {
        self.0.get_mut(node.index())
    }
}

impl Watcher for Inboxes {
    fn see(&mut self, _: Time, what: Sight, tell: &mut dyn FnMut(Note)) {
        match what {
            Sight::Told(node, OwnNote::Rose(UNGOT, by)) => {
                if let Some(held) = self.of(node) {
                    *held += by;
                }
            }
            Sight::Told(node, OwnNote::Fell(UNGOT, by)) => {
                if let Some(held) = self.of(node) {
                    *held = held.saturating_sub(by);
                }
            }
            Sight::Down(node) => {
                if let Some(held) = self.of(node).filter(|held| **held > 0) {
                    tell(WORK_LOST.add(std::mem::take(held)));
                }
            }
            Sight::Told(..) | Sight::Up(_) => {}
        }
    }
}
