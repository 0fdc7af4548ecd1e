//! Whom users send to: others, each once, as often as said.

use penult_models::{Conversations, Recipients, SendTimes, To, WorkloadSpec};
use penult_sim::Distribution;

use super::*;

/// So many messages of each client, one a second.
fn messages(to: To, recipients: Distribution, clients: u32, count: u64) -> Workload {
    let times = SendTimes::Periodic { rate: 1.0 };
    workload(WorkloadSpec { times, to, recipients, ..Default::default() }, clients, at(count))
}

fn recipients(draft: &Draft) -> Vec<usize> {
    draft.recipients.as_slice().iter().map(|client| client.index()).collect()
}

#[test]
fn recipients_are_others_and_each_is_there_once() {
    let to = || {
        let members = Distribution::uniform(0.0, 9.0).unwrap();
        let conversations = Conversations { count: 30, members };
        [To::Uniform, To::Zipf { exponent: 1.2 }, To::Conversations(conversations)]
    };
    for clients in [2, 3, 7, 40] {
        for to in to() {
            let count = Distribution::exponential(f64::from(clients) / 3.0).unwrap();
            let workload = messages(to, count, clients, 50);
            for client in 0..clients {
                for draft in sent(&workload, client) {
                    let recipients = draft.recipients.as_slice();
                    assert!(!recipients.is_empty() && recipients.len() < clients as usize);
                    assert!(recipients.windows(2).all(|pair| pair[0] < pair[1]), "{recipients:?}");
                    assert!(recipients.iter().all(|to| to.0 != client && to.0 < clients));
                    let alone = matches!(draft.recipients, Recipients::One(_));
                    assert_eq!(alone, recipients.len() == 1);
                }
            }
        }
    }
}

#[test]
fn more_than_all_are_all() {
    for to in [To::Uniform, To::Zipf { exponent: 1.0 }] {
        let workload = messages(to, constant(1e30), 5, 3);
        assert!(sent(&workload, 2).iter().all(|draft| recipients(draft) == [0, 1, 3, 4]));
    }
}

/// Half a recipient is one, and a count is rounded. Confidence 99.9 %.
#[test]
fn counts_are_rounded() {
    let workload = messages(To::Uniform, Distribution::uniform(0.0, 3.5).unwrap(), 10, 7_000);
    let mut counts = [0; 3];
    sent(&workload, 0).iter().for_each(|draft| counts[recipients(draft).len() - 1] += 1);
    assert!(counts_follow(&counts, &[3_000.0, 2_000.0, 2_000.0]), "{counts:?}");
}

/// Every set of recipients is as likely as any other. Confidence 99.9 % each.
#[test]
fn uniform_recipients_are_uniform() {
    for (count, sets) in [(1, 5), (2, 10), (3, 10), (4, 5)] {
        let workload = messages(To::Uniform, constant(f64::from(count)), 6, 10_000);
        let mut found = std::collections::BTreeMap::new();
        for draft in sent(&workload, 3) {
            *found.entry(recipients(&draft)).or_insert(0) += 1;
        }
        let counts: Vec<u64> = found.into_values().collect();
        assert!(counts_follow(&counts, &vec![10_000.0 / f64::from(sets); sets as usize]));
    }
}

/// Confidence 99.9 % each, for a sender in front, in the middle and at the end.
#[test]
fn zipf_follows_its_law() {
    for exponent in [0.0, 0.7, 1.0, 2.0] {
        for client in [0, 4, 19] {
            let workload = messages(To::Zipf { exponent }, constant(1.0), 20, 20_000);
            let weight = |n: usize| match n == client as usize {
                true => 0.0,
                false => libm::pow(n as f64 + 1.0, -exponent),
            };
            let total: f64 = (0..20).map(weight).sum();
            let mut counts = [0; 20];
            sent(&workload, client).iter().for_each(|draft| counts[recipients(draft)[0]] += 1);
            assert_eq!(counts[client as usize], 0);
            let others = (0..20).filter(|&n| n != client as usize);
            let (counts, expected): (Vec<u64>, Vec<f64>) =
                others.map(|n| (counts[n], 20_000.0 * weight(n) / total)).unzip();
            assert!(
                counts_follow(&counts, &expected),
                "exponent {exponent}, c{client}: {counts:?}"
            );
        }
    }
}

/// Of several, each is chosen from those that are left: the probability of a pair is that of the one and
/// then the other, and the other way round. Confidence 99.9 %.
#[test]
fn zipf_pairs_follow_their_law() {
    let workload = messages(To::Zipf { exponent: 1.0 }, constant(2.0), 6, 20_000);
    let weight = |n: usize| 1.0 / (n as f64 + 1.0);
    let others = [0, 1, 3, 4, 5];
    let total: f64 = others.iter().map(|&n| weight(n)).sum();
    let first_then = |a: usize, b: usize| weight(a) / total * weight(b) / (total - weight(a));
    let mut counts = std::collections::BTreeMap::new();
    for draft in sent(&workload, 2) {
        *counts.entry(recipients(&draft)).or_insert(0) += 1;
    }
    let expected: Vec<f64> = counts
        .keys()
        .map(|pair| 20_000.0 * (first_then(pair[0], pair[1]) + first_then(pair[1], pair[0])))
        .collect();
    assert_eq!(counts.len(), 10);
    let counts: Vec<u64> = counts.into_values().collect();
    assert!(counts_follow(&counts, &expected), "{counts:?}");
}

/// So steep that all but the first are rounding errors of the sum: they are still found.
#[test]
fn a_steep_zipf_reaches_those_behind() {
    for exponent in [30.0, 1e6] {
        let workload = messages(To::Zipf { exponent }, constant(3.0), 1_000, 20);
        for draft in sent(&workload, 0) {
            assert_eq!(recipients(&draft).len(), 3);
            assert!(exponent > 100.0 || recipients(&draft) == [1, 2, 3]);
        }
    }
}

#[test]
fn conversations_stay_among_themselves() {
    let conversations = Conversations { count: 40, members: constant(5.0) };
    let workload = messages(To::Conversations(conversations), constant(1.0), 100, 200);
    let mut groups = std::collections::BTreeMap::new();
    let mut silent = 0;
    for client in 0..100 {
        let drafts = sent(&workload, client);
        silent += usize::from(drafts.is_empty());
        for draft in drafts {
            let mut group = recipients(&draft);
            group.push(client as usize);
            group.sort_unstable();
            assert_eq!(group.len(), 5);
            groups.entry(group).or_insert_with(Vec::new).push(client as usize);
        }
    }
    // With 200 messages of each, nobody misses a conversation of the few that he is in.
    assert_eq!(groups.len(), 40);
    for (group, mut senders) in groups {
        senders.dedup();
        assert_eq!(senders, group);
    }
    let said = format!("{silent} of 100 clients send nothing: they are in no conversation");
    assert_eq!(workload.assumed(), [said]);
}

/// One more conversation leaves the others as they were; it may be one of two members at least.
#[test]
fn conversations_are_drawn_by_their_number() {
    let groups = |count| {
        let members = Distribution::exponential(3.0).unwrap();
        let conversations = Conversations { count, members };
        let workload = messages(To::Conversations(conversations), constant(1.0), 30, 100);
        let mut groups = std::collections::BTreeSet::new();
        for client in 0..30 {
            for draft in sent(&workload, client) {
                let mut group = recipients(&draft);
                group.push(client as usize);
                group.sort_unstable();
                groups.insert(group);
            }
        }
        groups
    };
    assert!(groups(8).is_subset(&groups(9)));
    assert!(groups(9).iter().all(|group| group.len() >= 2));
}
