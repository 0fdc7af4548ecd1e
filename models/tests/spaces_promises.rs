//! What `spaces` promises, in random worlds.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::spaces::{Random, play_spaces, randoms};
use crate::common::*;
use penult_models::strategies::spaces::{LeadLetter, Letter, Spaces};
use penult_models::{Packet, *};
use penult_sim::*;
use proptest::prelude::*;

/// The servers that stored something and have not forgotten it.
fn keepers(random: &Random, played: &Played, delivery: DeliveryId) -> Vec<NodeId> {
    let setup = random.setup();
    let places = setup.places();
    let lost: BTreeSet<(Time, NodeId)> = setup
        .faults
        .iter()
        .filter_map(|fault| match (&fault.what, &fault.when) {
            (What::Crash { who: Who::Nodes(nodes), disk }, When::Once { at, .. }) => {
                random.forgets(*disk == DiskFate::Lost).then_some((*at, nodes[0]))
            }
            _ => None,
        })
        .collect();
    let mut keepers = Vec::new();
    for (at, node, note) in &played.seen.notes {
        let is_server = matches!(places.kind(*node), Kind::Service(_));
        if let Note::Stored { delivery: stored, .. } = note
            && is_server
            && *stored == delivery
            && !lost.iter().any(|(when, who)| who == node && when >= at)
        {
            keepers.push(*node);
        }
    }
    keepers
}

fn kept(random: &Random) -> Result<Played, TestCaseError> {
    let played = play_spaces(&random.setup());
    let totals = &played.totals;
    prop_assert_eq!(totals.duplicates_seen, 0);
    let stranded = played.rows.iter().filter(|row| row.fate == Fate::Stranded);
    prop_assert_eq!(stranded.collect::<Vec<_>>(), Vec::<&Row>::new(), "all is well for long");
    for row in played.rows.iter().filter(|row| row.fate == Fate::Lost) {
        let keepers = keepers(random, &played, row.delivery());
        prop_assert_eq!(keepers, vec![], "{:?} is lost, and somebody has it", row.delivery());
    }
    // So many had stored what was accepted.
    let places = random.setup().places();
    let wanted = random.choice.accept_after.min(random.shape.replicas) as usize;
    let mut stored: BTreeMap<DeliveryId, BTreeSet<NodeId>> = BTreeMap::new();
    for (_, node, note) in &played.seen.notes {
        match note {
            Note::Stored { delivery, .. } if matches!(places.kind(*node), Kind::Service(_)) => {
                stored.entry(*delivery).or_default().insert(*node);
            }
            Note::Accepted(message) => {
                let of = stored.iter().filter(|(delivery, _)| delivery.message == *message);
                let least = of.map(|(_, servers)| servers.len()).min().unwrap_or(0);
                prop_assert!(least >= wanted, "{least} had stored {message:?}");
            }
            _ => {}
        }
    }
    Ok(played)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(random in randoms()) {
        kept(&random)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_seed_gives_the_same_run(random in randoms()) {
        let (one, other) = (play_spaces(&random.setup()), play_spaces(&random.setup()));
        prop_assert_eq!(one.fingerprint, other.fingerprint);
        prop_assert_eq!(one.rows, other.rows);
        prop_assert_eq!(one.costs.packets, other.costs.packets);
    }
}

/// What gateways pass on first to each client, and which numbers each message had.
#[derive(Default)]
struct Order {
    passed: BTreeMap<ClientId, Vec<MessageId>>,
    numbers: BTreeMap<MessageId, BTreeSet<(u32, u64)>>,
}

impl Observer<Member<Spaces>> for Order {
    fn see(&mut self, _: Time, what: Observed<'_, Member<Spaces>>) {
        let Observed::Sent(sent) = what else { return };
        let mut numbered = |message, count, term| {
            self.numbers.entry(message).or_default().insert((term, count));
        };
        match sent.packet {
            Packet::Between(Letter::Offer { offered, .. }) => {
                let numbers = offered.iter().filter_map(|it| it.number.map(|at| (it.message, at)));
                numbers.for_each(|(message, at)| numbered(message, at.count, at.term));
            }
            Packet::Between(Letter::Copy(copied)) => {
                if let Some((_, at)) = copied.number {
                    numbered(copied.message.id, at.count, at.term);
                }
            }
            Packet::Between(Letter::Lead(LeadLetter::Leads(table))) => {
                for &(count, term, message) in table.numbers.iter() {
                    numbered(message, count, term);
                }
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(20), failure_persistence: None, ..ProptestConfig::default() })]

    /// With a lead all devices show a space in one order, but for what was numbered twice.
    #[test]
    fn a_lead_orders(mut random in randoms()) {
        random.shape.replicas = random.shape.replicas.max(3);
        random.shape.per_cluster = random.shape.per_cluster.max(3);
        random.choice.lead = true;
        random.choice.moves.clear();
        random.choice.replace_after = None;
        random.faults.loss = 0.0;
        // What reaches devices in another order than it was passed on is their access's doing.
        random.faults.offline.clear();
        random.faults.crashes.retain(|(who, ..)| {
            who % (random.gateways + 1 + random.shape.per_cluster * random.shape.clusters) >= random.gateways
        });
        random.faults.cuts.clear();
        // Several write in one space at nearly one time, from regions that are far apart.
        random.shape.regions = random.shape.regions.max(2);
        random.groups.truncate(1);
        for (when, ..) in &mut random.messages {
            *when = *when / 10_000 * 10_000 + *when % 60;
        }
        let setup = random.setup();
        let options = setup.strategy.get::<Spaces>().expect("it is spaces").clone();
        let mut engine = setup.engine::<Spaces>(options).expect("it is well formed").observed_by((Order::default(), Seen::default()));
        engine.run(&Limits::until(setup.stops)).expect("there are few events");
        let (mut order, seen) = engine.into_observer();
        for (_, node, note) in &seen.notes {
            if let Note::Delivered(delivery) = note {
                let client = setup.places().as_client(*node);
                order.passed.entry(client).or_default().push(delivery.message);
            }
        }
        let twice = |message: &MessageId| order.numbers.get(message).is_some_and(|it| it.len() > 1);
        let spaces: BTreeMap<MessageId, BTreeSet<ClientId>> = seen
            .notes
            .iter()
            .filter_map(|(_, _, note)| match note {
                Note::Created(made) => {
                    let members = made.recipients.as_slice().iter().copied().chain([made.sender]);
                    Some((made.id, members.collect()))
                }
                _ => None,
            })
            .collect();
        for (one, first) in &order.passed {
            for (other, second) in &order.passed {
                for (place, early) in first.iter().enumerate() {
                    for late in &first[place + 1..] {
                        if spaces[early] != spaces[late] || twice(early) || twice(late) {
                            continue;
                        }
                        let at = |message| second.iter().position(|it| it == message);
                        if let (Some(a), Some(b)) = (at(early), at(late)) {
                            prop_assert!(a < b, "{one} has {early:?} before {late:?}, {other} after");
                        }
                    }
                }
            }
        }
    }
}
