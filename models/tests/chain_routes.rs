//! Which gateways a message of the chain passes, for every way to choose them, and what leaves together.

use crate::common::*;
use penult_models::strategies::chain::{ChainOptions, Domain, RouteChoice};
use penult_models::*;
use penult_sim::*;

const T: Span = Span::millis(200);

/// The gateways that stored a message, in the order in which they did.
fn stored(played: &Played, message: u32) -> Vec<u32> {
    let notes = played.seen.notes.iter().filter_map(|(_, node, note)| match note {
        Note::Stored { delivery, .. } if delivery.message.number() == message => Some(node.raw()),
        _ => None,
    });
    notes.collect()
}

fn no_fault(times: Times, gateways: u64) -> Span {
    let Times { access, link, cpu, disk, policy, .. } = times;
    access + policy + (cpu + disk) * gateways + link * (gateways - 1) + access
}

fn split(length: u32) -> ChainOptions {
    ChainOptions { length, split: true, ..ChainOptions::default() }
}

/// The sender's home is g0, the recipient's g8.
fn split_world(length: u32, times: Times) -> Setup {
    let mut setup = mesh(16, &[0, 8], times, &split(length));
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup
}

#[test]
fn split_goes_along_the_senders_chain_and_up_the_recipients() {
    for length in 1..=8 {
        for times in [Times::PLAIN, UNEVEN] {
            let played = play(&split_world(length, times));
            let mut expected: Vec<u32> = (0..length).collect();
            expected.extend((8..8 + length).rev());
            assert_eq!(stored(&played, 0), expected, "the host last, its neighbour before it");
            let gateways = u64::from(2 * length);
            assert_eq!(played.latency(0, 1), Some(no_fault(times, gateways)), "length {length}");
        }
    }
}

#[test]
fn in_split_chains_that_overlap_hold_a_message_once() {
    let mut setup = mesh(16, &[0, 2], Times::PLAIN, &split(4));
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    // Chains 0, 1, 2, 3 and 2, 3, 4, 5: who is in both stands at its place in the recipient's.
    assert_eq!(stored(&play(&setup), 0), [0, 1, 5, 4, 3, 2]);
    let mut setup = mesh(16, &[0, 0], Times::PLAIN, &split(3));
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    assert_eq!(stored(&play(&setup), 0), [0, 1, 2], "at one gateway, its mirrors");
}

#[test]
fn in_split_the_recipients_chain_takes_over() {
    for length in 2..=8 {
        for times in [Times::PLAIN, UNEVEN] {
            let mut setup = split_world(length, times);
            setup.faults.push(dead(8, at(5_000)));
            let before = u64::from(2 * length) - 1;
            let Times { access, link, cpu, disk, policy, directory, .. } = times;
            let reached = access + policy + (cpu + disk) * before + link * (before - 1);
            let expected = reached + T * 2 + directory * 2 + access;
            assert_eq!(play(&setup).latency(0, 1), Some(expected), "length {length}");
        }
    }
}

#[test]
fn in_split_nobody_of_the_senders_chain_takes_over() {
    // The recipient's whole chain is its host. It is dead for four seconds: what knows it is asked again at
    // once when it is suspected, and then after T, 2T, 4T, 8T.
    let mut setup = split_world(1, Times::PLAIN);
    setup.clients.keepalive = Span::secs(1000);
    let who = Who::Nodes(vec![NodeId::new(8)]);
    let what = What::Crash { who, disk: DiskFate::Kept };
    setup.faults.push(Fault::once(what, at(5_000), Span::millis(7_000)));
    let played = play(&setup);
    assert_eq!(played.count(|note| matches!(note, Note::Claimed { from: GatewayId(8), .. })), 1);
    let claims = played.count(|note| matches!(note, Note::Claimed { .. }));
    assert_eq!(claims, 1, "by the host itself, when it is back");
    // Sent at 20 ms, again at T, suspected at 2T, then sent after 0, T, 3T, 7T: the last is in time. The
    // host is back 1980 ms after the first sending and has its clients again after two questions to the
    // directory (4 ms); g0 hears of that by a notice 1 ms after the second and offers what it holds.
    let offered = Span::millis(2_000 - 20) + Span::millis(4);
    let expected = Span::millis(20) + offered + Span::millis(2 + 2 + 2) + Span::millis(20);
    assert_eq!(played.latency(0, 1), Some(expected));
    // With the directory out of reach there is no notice: the message comes with the next sending.
    let mut setup = split_world(1, Times::PLAIN);
    setup.clients.keepalive = Span::secs(1000);
    setup.directory.latency = Delay::ZERO;
    let who = Who::Nodes(vec![NodeId::new(8)]);
    let what = What::Crash { who, disk: DiskFate::Kept };
    setup.faults.push(Fault::once(what, at(5_000), Span::millis(5_900)));
    let cut = What::Link { ends: (NodeId::new(0), setup.places().service(0)), one_way: false };
    setup.faults.push(Fault::from(cut, at(5_000)));
    let played = play(&setup);
    let expected = Span::millis(20) + T * 5 + Span::millis(2) + Span::millis(20);
    assert_eq!(played.latency(0, 1), Some(expected));
}

/// Gateways 0 and 5 are joined over 1, 2 and 3, two hops each, and over 4 with the least latency.
fn diamond(route: RouteChoice, length: u32) -> Setup {
    let options = ChainOptions { length, route, ..ChainOptions::default() };
    let mut setup = mesh(6, &[0, 5], Times::PLAIN, &options);
    let millis = |millis| LinkSpec::with_latency(Delay::constant(Span::millis(millis)));
    setup.gateways.specs = vec![millis(2), millis(3), millis(4)];
    let link =
        |a, b, spec| Link { ends: (GatewayId(a), GatewayId(b)), there: spec, back: Some(spec) };
    setup.gateways.links =
        [(0, 1), (0, 2), (0, 3)].map(|(a, b)| link(a, b, 1)).into_iter().collect();
    setup.gateways.links.extend([(1, 5), (2, 5), (3, 5)].map(|(a, b)| link(a, b, 2)));
    setup.gateways.links.extend([(0, 4), (4, 5)].map(|(a, b)| link(a, b, 0)));
    listed(&mut setup, &[10, 11, 12, 13, 14, 15].map(|second| (at(second * 1000), 0, &[1][..])));
    setup
}

#[test]
fn the_shortest_path_is_always_the_same() {
    let played = play(&diamond(RouteChoice::ShortestPath, 3));
    (0..6).for_each(|message| assert_eq!(stored(&played, message), [0, 4, 5]));
}

#[test]
fn load_is_balanced_among_the_ways_with_the_fewest_hops() {
    let played = play(&diamond(RouteChoice::LoadBalanced, 3));
    let ways: Vec<Vec<u32>> = (0..6).map(|message| stored(&played, message)).collect();
    let inner = [1, 2, 3, 4, 1, 2];
    assert_eq!(ways, inner.map(|inner| vec![0, inner, 5]), "in turn, latency or not");
    let mut setup = diamond(RouteChoice::LoadBalanced, 3);
    setup.faults.push(dead(2, at(5_000)));
    let played = play(&setup);
    let ways: Vec<Vec<u32>> = (0..6).map(|message| stored(&played, message)).collect();
    // The second message finds g2 dead: it is left out, by way of g4, and from then on not chosen. It counted all the same.
    assert_eq!(ways[0], [0, 1, 5]);
    assert_eq!(ways[1], [0, 4, 5]);
    assert_eq!(ways[2..], [[0, 3, 5], [0, 4, 5], [0, 1, 5], [0, 3, 5]].map(Vec::from));
}

#[test]
fn those_who_are_put_in_are_chosen_by_load() {
    let options = |length| ChainOptions {
        length,
        route: RouteChoice::LoadBalanced,
        ..ChainOptions::default()
    };
    let ways = |setup: &mut Setup| -> Vec<Vec<u32>> {
        listed(setup, &[10, 11, 12, 13, 14].map(|second| (at(second * 1000), 0, &[1][..])));
        let played = play(setup);
        (0..5).map(|message| stored(&played, message)).collect()
    };
    // The neighbours of g5 in their order: 6, 7, 0, 1, 2, 3, 4. Its list and as many again, without the source.
    let mut setup = mesh(8, &[0, 5], Times::PLAIN, &options(3));
    assert_eq!(ways(&mut setup), [6, 7, 1, 2, 6].map(|inner| vec![0, inner, 5]));
    setup.faults.push(dead(7, at(5_000)));
    // It is left out, by its loads and then by its suspicion; the next neighbour comes instead.
    let with_suspect = ways(&mut setup);
    assert_eq!(with_suspect[1], [0, 5]);
    assert_eq!(with_suspect[2..], [1, 2, 3].map(|inner| vec![0, inner, 5]));
    let mut setup = mesh(8, &[0, 5], Times::PLAIN, &options(4));
    let two = [[7, 6], [2, 1], [4, 3], [7, 6], [2, 1]];
    assert_eq!(ways(&mut setup), two.map(|[far, near]| vec![0, far, near, 5]));
    // A line of four.
    let mut setup = mesh(4, &[0, 1], Times::PLAIN, &options(3));
    setup.gateways.links = (0..3).map(|a| link(a, a + 1)).collect();
    assert_eq!(ways(&mut setup), [2, 3, 2, 3, 2].map(|inner| vec![0, inner, 1]));
}

fn link(a: u32, b: u32) -> Link {
    Link { ends: (GatewayId(a), GatewayId(b)), there: 0, back: Some(0) }
}

/// A ring, with the sender on g0 and the recipient on g3.
fn ring(count: u32, options: &ChainOptions) -> Setup {
    let mut setup = mesh(count, &[0, 3], Times::PLAIN, options);
    setup.gateways.links = (0..count).map(|a| link(a, (a + 1) % count)).collect();
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup
}

#[test]
fn past_a_dead_gateway_the_rest_of_the_way_is_planned_anew() {
    let millis = Span::millis;
    let mut setup = ring(8, &ChainOptions::default());
    assert_eq!(stored(&play(&setup), 0), [0, 1, 2, 3]);
    // Its predecessor has a link to nobody behind g1: it goes the other way round, and each on it stores the message.
    setup.faults.push(dead(1, at(5_000)));
    let played = play(&setup);
    assert_eq!(stored(&played, 0), [0, 7, 6, 5, 4, 3]);
    assert_eq!(played.latency(0, 1), Some(millis(20 + 5 * 2 + 20) + T * 2));
    // Deletion goes back along the new way.
    assert_eq!(played.queued.now(), 0);
    // The next one: who has it already is gone through, not sent it again.
    setup.faults[0] = dead(2, at(5_000));
    let played = play(&setup);
    assert_eq!(stored(&played, 0), [0, 1, 7, 6, 5, 4, 3]);
    assert_eq!(played.latency(0, 1), Some(millis(20 + 7 * 2 + 20) + T * 2));
    // In a full mesh everybody has a link to the next: nobody is put in for the one that is left out.
    let mut setup = mesh(8, &[0, 3], Times::PLAIN, &ChainOptions::default());
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup.faults.push(dead(4, at(5_000)));
    assert_eq!(stored(&play(&setup), 0), [0, 3]);
    // Where no way leads around, the network has none either, and the host is taken for dead as well.
    let mut setup = ring(8, &ChainOptions::default());
    setup.faults.extend([dead(1, at(5_000)), dead(7, at(5_000))]);
    let played = play(&setup);
    assert_eq!(stored(&played, 0)[..1], [0]);
    assert_eq!(played.totals.of(Fate::Delivered), 1);
}

#[test]
fn a_domain_says_the_way() {
    let domain = |via: &[u32], to: u32| Domain {
        from: vec![GatewayId(0)],
        to: vec![GatewayId(to)],
        via: via.iter().copied().map(GatewayId).collect(),
    };
    let way = |domains: Vec<Domain>, crash: Option<u32>| {
        let mut setup = diamond(RouteChoice::Domain(domains), 2);
        setup.faults.extend(crash.map(|gateway| dead(gateway, at(5_000))));
        let played = play(&setup);
        (stored(&played, 0), stored(&played, 5))
    };
    assert_eq!(way(vec![domain(&[1, 3], 5)], None).0, [0, 1, 3, 5], "in that order");
    assert_eq!(way(vec![domain(&[3, 1], 5)], None).0, [0, 3, 1, 5], "or that");
    assert_eq!(way(vec![domain(&[3, 1], 2)], None).0, [0, 4, 5], "only where it leads to");
    assert_eq!(way(vec![domain(&[], 5), domain(&[1], 5)], None).0, [0, 5], "the first counts");
    let (first, last) = way(vec![domain(&[3, 1], 5)], Some(3));
    assert_eq!((first, last), (vec![0, 1, 5], vec![0, 1, 5]), "suspects are left out");
}

/// One message of c0, at home on g0, to c1 and c2.
fn two_recipients(homes: [u32; 2], shared_segments: bool, length: u32) -> Setup {
    let options = ChainOptions { length, shared_segments, ..ChainOptions::default() };
    let mut setup = mesh(8, &[0, homes[0], homes[1]], UNEVEN, &options);
    listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
    setup
}

#[test]
fn one_copy_goes_along_the_shared_part() {
    // Both on g4: one packet on each of the three links between gateways, instead of two.
    let both = |shared| play(&two_recipients([4, 4], shared, 4));
    let (shared, apart) = (both(true), both(false));
    // One from the sender, one to each recipient.
    assert_eq!(shared.costs.transmissions, 3 + 3);
    assert_eq!(apart.costs.transmissions, 3 + 6);
    assert_eq!((shared.costs.transmissions_saved, apart.costs.transmissions_saved), (3, 0));
    assert_eq!(shared.costs.policy_runs_saved, 3, "once for each packet");
    assert_eq!(apart.costs.policy_runs_saved, 6);
    assert_eq!(shared.costs.carried, apart.costs.carried, "as many deliveries are carried");
    assert!(shared.costs.packets < apart.costs.packets, "acks are shared too");
    for recipient in [1, 2] {
        assert_eq!(shared.latency(0, recipient), Some(no_fault(UNEVEN, 4)));
    }
    // Apart, the second packet waits at each gateway for the CPU and the disk: the one that is slower.
    let later = apart.latency(0, 2).expect("it is delivered") - no_fault(UNEVEN, 4);
    assert_eq!(later, UNEVEN.disk);
}

#[test]
fn past_the_fork_each_goes_its_own_way() {
    // To g4 over g6 and g5, to g3 over g5 and g4: nothing is shared but the first gateway.
    let played = play(&two_recipients([4, 3], true, 4));
    assert_eq!(played.costs.transmissions, 1 + 3 + 3 + 2);
    // To g5 over g7 and g6, to g4 over g6 and g5 in a chain of 3: 0, 6, 5 and 0, 5, 4.
    let played = play(&two_recipients([5, 4], true, 3));
    assert_eq!(played.costs.transmissions, 1 + 2 + 2 + 2);
    // A domain over g1 for both, then one branch each.
    let mut setup = two_recipients([4, 5], true, 2);
    let options = chain(&mut setup);
    options.route = RouteChoice::Domain(vec![Domain {
        from: vec![GatewayId(0)],
        to: vec![GatewayId(4), GatewayId(5)],
        via: vec![GatewayId(1)],
    }]);
    let played = play(&setup);
    assert_eq!(played.costs.transmissions, 1 + 1 + 2 + 2);
    assert_eq!(
        [1, 2].map(|recipient| played.latency(0, recipient)),
        [Some(no_fault(UNEVEN, 3)); 2]
    );
    // The host of one is dead: the other is not touched, and the fork takes the one over.
    setup.faults.push(dead(5, at(5_000)));
    let played = play(&setup);
    assert_eq!(played.latency(0, 1), Some(no_fault(UNEVEN, 3)));
    let Times { access, link, cpu, disk, policy, directory, .. } = UNEVEN;
    let reached = access + policy + (cpu + disk) * 2 + link;
    assert_eq!(played.latency(0, 2), Some(reached + T * 2 + directory * 2 + access));
    // The shared gateway is dead: both leave it out together, and two packets were spent on it.
    setup.faults[0] = dead(1, at(5_000));
    let played = play(&setup);
    assert_eq!(played.costs.transmissions, 1 + 2 + 2 + 2);
    let later = [1, 2].map(|recipient| played.latency(0, recipient));
    assert_eq!(later, [Some(no_fault(UNEVEN, 2) + T * 2); 2]);
}

#[test]
fn enough_is_counted_for_each_recipient() {
    for accept_after in 1..=4_u64 {
        let mut setup = two_recipients([4, 3], true, 4);
        let options = chain(&mut setup);
        options.accept_after = accept_after as u32;
        let played = play(&setup);
        let accepted = played.row(0, 1).accepted.expect("it is accepted");
        let Times { access, link, cpu, disk, policy, .. } = UNEVEN;
        let n = accept_after;
        // Each stores both on its own: where two packets meet, one waits for the disk.
        let least = access * 2 + policy + (cpu + disk) * n + link * (2 * (n - 1));
        let took = accepted - at(10_000);
        assert!(took >= least && took <= least + disk * n, "{took} for {n}, at least {least}");
        assert_eq!(played.row(0, 2).accepted, Some(accepted), "once for all");
    }
}
