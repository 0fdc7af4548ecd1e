//! Who holds what did not arrive, as the notes of a run tell.

use std::collections::BTreeSet;

use penult_models::*;
use penult_sim::*;

use super::Played;
use super::plan::Queue;

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
