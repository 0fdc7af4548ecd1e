//! What the chain promises in any world in which all is well in the end.

use std::collections::BTreeSet;

use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

use super::Played;
use super::plan::{Plan, Queue};

/// Checks a run that had nine minutes after the last trouble.
pub fn kept(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    let totals = &played.totals;
    prop_assert_eq!(totals.duplicates_seen, 0);
    let stranded = played.rows.iter().filter(|row| row.fate == Fate::Stranded);
    prop_assert_eq!(
        stranded.collect::<Vec<_>>(),
        Vec::<&Row>::new(),
        "all is well for nine minutes"
    );
    prop_assert_eq!(totals.of(Fate::Expired), 0, "what is held for long goes to the store");
    if plan.queue != Queue::Memory || plan.crashes.is_empty() {
        let lost = played.rows.iter().filter(|row| row.fate == Fate::Lost);
        prop_assert_eq!(lost.collect::<Vec<_>>(), Vec::<&Row>::new(), "disks forget nothing");
    }
    // Whoever holds it in the end is up and in reach.
    let holders = holders_of_what_was_not_delivered(played, plan.queue, &BTreeSet::new());
    prop_assert_eq!(holders, vec![], "who holds it keeps it");
    if plan.life.delete_on.has(DeleteOn::Received) {
        prop_assert_eq!(played.queued.now(), 0, "nobody keeps what was received");
    }
    // An epoch has one host.
    let hosts = played.seen.hosts.iter();
    let mut pairs = hosts.clone().zip(hosts.skip(1));
    let two = pairs.find(|((client, epoch, _), (next, other, _))| (client, epoch) == (next, other));
    prop_assert_eq!(two, None);
    Ok(())
}

/// Who holds what was accepted and not delivered, of those who have been up ever since they stored it. Those on
/// disk need only be up at the end.
pub fn holders_of_what_was_not_delivered(
    played: &Played,
    queue: Queue,
    dead: &BTreeSet<NodeId>,
) -> Vec<(DeliveryId, NodeId)> {
    let is_missing =
        |row: &&Row| row.accepted.is_some() && matches!(row.fate, Fate::Lost | Fate::Stranded);
    let missing = played.rows.iter().filter(is_missing).map(Row::delivery);
    let missing: BTreeSet<DeliveryId> = missing.collect();
    let mut holders = BTreeSet::new();
    let mut crashes = played.seen.crashes.iter().peekable();
    let forgets = queue == Queue::Memory;
    for &(at, node, ref note) in &played.seen.notes {
        while let Some((_, dead)) = crashes.next_if(|&&(crash, _)| crash <= at) {
            holders.retain(|(_, holder)| !forgets || holder != dead);
        }
        match note {
            Note::Stored { delivery, .. } if missing.contains(delivery) => {
                holders.insert((*delivery, node));
            }
            Note::Dropped(delivery, Drop::HandedOn) => {
                holders.remove(&(*delivery, node));
            }
            _ => {}
        }
    }
    let died_last = |holder: &NodeId| crashes.clone().any(|(_, dead)| dead == holder);
    holders.retain(|(_, holder)| !(dead.contains(holder) || forgets && died_last(holder)));
    holders.into_iter().collect()
}
