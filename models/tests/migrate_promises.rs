//! What `migrate` promises, in random worlds.

use std::collections::BTreeMap;

use crate::common::brokered::{Brokered, brokered, play_migrate};
use crate::common::plan::Queue;
use crate::common::*;
use penult_models::*;
use proptest::prelude::*;

/// Checks a run that had nine minutes after the last trouble.
fn kept(plan: &Brokered, played: &Played) -> Result<(), TestCaseError> {
    let totals = &played.totals;
    prop_assert_eq!(totals.duplicates_seen, 0);
    let of = |fate| played.rows.iter().filter(move |row| row.fate == fate).collect::<Vec<_>>();
    prop_assert_eq!(of(Fate::Stranded), Vec::<&Row>::new(), "all is well for nine minutes");
    prop_assert_eq!(of(Fate::Expired), Vec::<&Row>::new(), "hold is a day");
    let has_died = plan.crashes.iter().any(|&(node, ..)| node < plan.gateways);
    if plan.keeps || plan.queue != Queue::Memory || !has_died {
        let lost = of(Fate::Lost).into_iter().filter(|row| row.accepted.is_some());
        prop_assert_eq!(lost.collect::<Vec<_>>(), Vec::<&Row>::new(), "who holds it keeps it");
    }
    // Migrations that are due or under way keep a run from ending. A drain never ends.
    let is_over = played.over < at(600_000);
    prop_assert!(is_over || !plan.drains.is_empty(), "a migration runs for ever");
    if plan.delete_on == DeleteOn::Received {
        prop_assert_eq!(played.queued.now(), 0, "nobody keeps what was received");
    }
    // An epoch has one host.
    let hosts = played.seen.hosts.iter();
    let mut pairs = hosts.clone().zip(hosts.skip(1));
    let two = pairs.find(|((client, epoch, _), (next, other, _))| (client, epoch) == (next, other));
    prop_assert_eq!(two, None);
    in_order(plan, played)
}

/// Without anything between servers that delays one packet and not another, devices get what is theirs in the order in
/// which the broker stored it.
fn in_order(plan: &Brokered, played: &Played) -> Result<(), TestCaseError> {
    let is_plain = plan.loss == 0.0 && !plan.unruly && plan.cuts.is_empty();
    let none_lost = plan.queue != Queue::Memory || plan.crashes.is_empty();
    if !plan.in_order || !is_plain || !none_lost || plan.brokers == 2 || plan.copies > 0 {
        return Ok(());
    }
    if !(plan.offline.is_empty() && plan.partitions.is_empty()) {
        return Ok(());
    }
    let mut stored = BTreeMap::new();
    let mut last = BTreeMap::new();
    for &(_, node, ref note) in &played.seen.notes {
        match *note {
            Note::Stored { delivery, .. } if node.raw() >= plan.gateways => {
                let number = stored.len();
                stored.entry(delivery).or_insert(number);
            }
            Note::Delivered(delivery) => {
                let number = stored[&delivery];
                let before = last.insert(delivery.recipient, number);
                prop_assert!(before.is_none_or(|before| before < number), "{:?}", delivery);
            }
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(plan in brokered()) {
        let setup = plan.setup();
        let played = play_migrate(&setup);
        kept(&plan, &played)?;
    }
}
