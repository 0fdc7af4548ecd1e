//! What the chain promises, in random worlds.

use std::collections::BTreeSet;

use crate::common::life::Life;
use crate::common::plan::{Detection, Plan, Queue, Returns, plans};
use crate::common::promises::{holders_of_what_was_not_delivered, kept};
use crate::common::*;
use penult_models::strategies::chain::{Acks, Failback, Repair, ResyncWhat};
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

/// Faults that never end, beside those of a plan.
#[derive(Clone, Debug)]
struct ForGood {
    /// Gateways that die, and when, in milliseconds.
    dead: Vec<(u32, u64)>,
    /// Gateways that are cut off from the rest and all services, as bits.
    parted: Option<(u32, u64)>,
    /// Clients and gateways that can't reach each other any more.
    cut: Vec<(u32, u32, u64)>,
}

fn plans_for_good() -> impl Strategy<Value = (Plan, ForGood)> {
    // Whom others reach for good is told for a full mesh.
    let in_a_mesh = plans().prop_map(|plan| Plan { ring: false, ..plan });
    in_a_mesh.prop_flat_map(|plan| {
        let (gateways, clients, from) = (plan.gateways, plan.clients, 1..60_000u64);
        let dead = prop::collection::vec((0..gateways, from.clone()), 0..=gateways as usize);
        let parted = prop::option::of((1..1_u32 << gateways, from.clone()));
        let cut = prop::collection::vec((0..clients, 0..gateways, from), 0..4);
        (Just(plan), dead, parted, cut)
            .prop_map(|(plan, dead, parted, cut)| (plan, ForGood { dead, parted, cut }))
    })
}

impl ForGood {
    fn dead(&self) -> BTreeSet<NodeId> {
        self.dead.iter().map(|&(gateway, _)| NodeId::new(gateway as usize)).collect()
    }

    fn add_to(&self, setup: &mut Setup) {
        let (places, gateways) = (setup.places(), setup.gateways.count);
        let gateway = |number: u32| NodeId::new(number as usize);
        let dead = self.dead.iter().map(|&(number, from)| dead(number, at(from)));
        setup.faults.extend(dead);
        if let Some((side, from)) = self.parted {
            let is_off = |number: &u32| side >> number & 1 == 1;
            let (off, rest): (Vec<u32>, Vec<u32>) = (0..gateways).partition(is_off);
            let off = off.into_iter().map(gateway).collect();
            // All services, as scenario files have it.
            let services = (0..places.services).map(|number| places.service(number));
            let rest = rest.into_iter().map(gateway).chain(services).collect();
            setup.faults.push(Fault::from(What::Partition(vec![rest, off]), at(from)));
        }
        for &(client, number, from) in &self.cut {
            let cut = What::link(places.client(ClientId(client)), gateway(number));
            setup.faults.push(Fault::from(cut, at(from)));
        }
    }

    /// The gateways that are up in the end and reach each other and the directory.
    fn together(&self, gateways: u32) -> BTreeSet<u32> {
        let side = self.parted.map_or(0, |(side, _)| side);
        let dead = self.dead();
        let is_in = |number: &u32| {
            side >> number & 1 == 0 && !dead.contains(&NodeId::new(*number as usize))
        };
        (0..gateways).filter(is_in).collect()
    }

    /// Whether what a node holds for a client reaches it in the end: the node is among those together, the
    /// client reaches all of them, and one of them may take it over. Devices go on reaching hosts that are
    /// parted from the rest, and stay with them; two waits that the protocol knows come from that.
    fn reaches(&self, plan: &Plan, setup: &Setup, holder: NodeId, client: ClientId) -> bool {
        let together = self.together(plan.gateways);
        let is_service = holder.raw() >= plan.gateways;
        // What the store alone holds waits for a host that is parted from it.
        let is_there = match is_service {
            true => self.parted.is_none(),
            false => together.contains(&holder.raw()),
        };
        let is_cut = |&(other, gateway, _): &(u32, u32, u64)| {
            other == client.0 && together.contains(&gateway)
        };
        // The home and the next by number: all are equally far from each other.
        let home = setup.homes[client.index()].0;
        let chain = (home..home + plan.length).map(|number| number % plan.gateways);
        // In `split` the last of the sender's chain waits for a member of the recipient's that is parted from it.
        let may_host = !plan.split
            || chain.clone().any(|number| together.contains(&number))
                && !chain.clone().any(|number| self.is_parted_and_up(number));
        is_there && !together.is_empty() && may_host && !self.cut.iter().any(is_cut)
    }

    fn is_parted_and_up(&self, number: u32) -> bool {
        let is_parted = self.parted.is_some_and(|(side, _)| side >> number & 1 == 1);
        is_parted && !self.dead().contains(&NodeId::new(number as usize))
    }
}

/// Nothing accepted is lost while at least one holder of it stays up and reachable to the end.
fn arrives(plan: &Plan, for_good: &ForGood) -> Result<(), TestCaseError> {
    let mut setup = plan.setup();
    for_good.add_to(&mut setup);
    let played = play(&setup);
    prop_assert_eq!(played.totals.duplicates_seen, 0);
    let dead = for_good.dead();
    let holders = holders_of_what_was_not_delivered(&played, plan.queue, &dead).into_iter();
    let in_reach = holders
        .filter(|&(delivery, holder)| for_good.reaches(plan, &setup, holder, delivery.recipient));
    prop_assert_eq!(in_reach.collect::<Vec<_>>(), vec![]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_are_kept(plan in plans()) {
        let played = play(&plan.setup());
        kept(&plan, &played)?;
        let (packets, most) = (played.costs.packets, plan.most_packets(&played));
        prop_assert!(packets as f64 <= most, "{packets} packets where {most} are plenty");
        // Where packets get lost for ever, or those who live are suspected for ever, devices leave their
        // hosts for ever.
        let is_quiet = plan.loss == 0.0
            && plan.detection.heartbeat.is_none()
            && plan.detection.client_ack_timeout.is_none();
        if plan.returns.failback == Failback::Resume && is_quiet {
            prop_assert_eq!(plan.away(&played.seen), Vec::<(ClientId, NodeId)>::new());
        }
        // A disturbance makes a client change its host, and go home; some are claimed again meanwhile.
        if is_quiet {
            let claims = played.count(|note| matches!(note, Note::Claimed { .. }));
            let most = 4 * plan.clients as usize * plan.disturbances();
            prop_assert!(claims <= most, "{claims} claims where {most} are plenty");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_somebody_in_reach_holds_arrives((plan, for_good) in plans_for_good()) {
        arrives(&plan, &for_good)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nobody leaves a host that lives and is in reach, however often devices ask.
    #[test]
    fn no_device_leaves_a_host_without_a_fault(mut plan in plans()) {
        plan.loss = 0.0;
        (plan.crashes, plan.partitions, plan.cuts) = (vec![], vec![], vec![]);
        (plan.life.offline, plan.life.store_crashes) = (vec![], vec![]);
        let mut setup = plan.setup();
        setup.stops = at(120_000);
        let left = play(&setup).count(|note| matches!(note, Note::Detached));
        prop_assert_eq!(left, 0);
    }
}

/// A world in which a gateway heard that a client has a new host, and was then cut off from that one for good:
/// it must not offer there for ever what it holds.
#[test]
fn what_is_offered_to_a_host_that_is_out_of_reach_arrives() {
    let plan = Plan {
        seed: 10_273_726_771_615_100_142,
        gateways: 4,
        clients: 6,
        length: 4,
        accept_after: 1,
        queue: Queue::DiskAtOnce,
        cache: true,
        notice: 280,
        keepalive: 10_000,
        split: false,
        balanced: false,
        ring: false,
        recipients: 3,
        shared_segments: false,
        crashes: vec![(3, 38_866, 384), (1, 27_242, 3_033), (3, 28_513, 7_011)],
        partitions: vec![
            (12, 45_499, 7_449),
            (12, 14_111, 1_347),
            (7, 14_789, 4_722),
            (15, 32_167, 7_994),
        ],
        cuts: vec![],
        loss: 0.01,
        detection: Detection {
            acks: Acks::Hop,
            client_ack_timeout: Some(1_773),
            heartbeat: None,
            processor: vec![(12_998, 5_691)],
        },
        life: Life {
            delete_on: DeleteOn::Never.into(),
            read_after: 1_311,
            view_for: Some(1_806),
            view: None,
            replies: 0.0,
            policy_everywhere: true,
            spill: None,
            store_crashes: vec![],
            offline: vec![(4, 16_405, 1_524), (5, 3_211, 5_728)],
        },
        unruly: false,
        returns: Returns {
            failback: Failback::Stay,
            failback_after: 0,
            repair: Repair::None,
            repair_after: 0,
            batch: 3,
            what: ResyncWhat::All,
            bandwidth: 0,
        },
    };
    let for_good = ForGood {
        dead: vec![(0, 2_536), (3, 24_353)],
        parted: Some((3, 48_441)),
        cut: vec![(1, 3, 12_950), (1, 1, 57_469)],
    };
    arrives(&plan, &for_good).expect("it arrives");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_seed_gives_the_same_run(plan in plans()) {
        let (one, other) = (play(&plan.setup()), play(&plan.setup()));
        prop_assert_eq!(one.fingerprint, other.fingerprint);
        prop_assert_eq!(one.rows, other.rows);
        prop_assert_eq!(one.costs.packets, other.costs.packets);
        prop_assert_eq!(one.costs.bytes, other.costs.bytes);
        let mut setup = plan.setup();
        setup.seed = setup.seed.wrapping_add(1);
        prop_assert_ne!(play(&setup).fingerprint, one.fingerprint);
    }
}
