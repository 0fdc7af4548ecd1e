//! Clusters: which cluster each space begins in.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use penult_sim::RegionId;

use super::list::Found;
use crate::ids::ClientId;
use crate::strategies::spaces::options::{ClusterBy, SpacesOptions};

/// The cluster of each space. `homes`: the region of each client's home.
pub(super) fn of(found: &Found, options: &SpacesOptions, homes: &[Option<RegionId>]) -> Vec<u32> {
    let clusters = options.clusters;
    let of_members = |group: &dyn Fn(ClientId) -> u32| {
        let spaces = found.spaces.iter();
        spaces.map(|(_, members)| most(members.iter().map(|&it| group(it))) % clusters).collect()
    };
    match options.cluster_by {
        ClusterBy::None => vec![0; found.spaces.len()],
        ClusterBy::Region => {
            of_members(&|client| homes[client.index()].map_or(0, |region| region.index() as u32))
        }
        ClusterBy::Team => {
            let (teams, clients) = (u64::from(options.teams), homes.len() as u64);
            of_members(&|client| (u64::from(client.0) * teams / clients) as u32)
        }
        ClusterBy::Volume => by_volume(found, clusters, homes.len()),
        ClusterBy::Members => by_members(found, clusters, options.overlap),
    }
}

/// What most have; of equals the lowest.
fn most(all: impl Iterator<Item = u32>) -> u32 {
    let mut all: Vec<u32> = all.collect();
    all.sort_unstable();
    let groups = all.chunk_by(|a, b| a == b);
    groups.max_by_key(|group| (group.len(), Reverse(group[0]))).map_or(0, |group| group[0])
}

/// One, as volumes are counted: parts of it are of whole numbers, so that equal sums are equal.
const WHOLE: u128 = 1 << 64;

/// Those in which most is written first; a cluster begins once those before have their share of it all.
fn by_volume(found: &Found, clusters: u32, clients: usize) -> Vec<u32> {
    let mut spaces_of = vec![0_u128; clients];
    for member in found.spaces.iter().flat_map(|(_, members)| members) {
        spaces_of[member.index()] += 1;
    }
    let rate = |members: &[ClientId]| {
        members.iter().map(|member| WHOLE / spaces_of[member.index()]).sum::<u128>()
    };
    let volume = |space: usize| match &found.listed {
        Some(listed) => u128::from(listed[space]),
        None => rate(&found.spaces[space].1),
    };
    let volumes: Vec<u128> = (0..found.spaces.len()).map(volume).collect();
    let mut order: Vec<usize> = (0..found.spaces.len()).collect();
    order.sort_by_key(|&space| (Reverse(volumes[space]), &found.spaces[space].1));
    let total: u128 = volumes.iter().sum();
    let mut before = 0;
    let mut of = vec![0; found.spaces.len()];
    for space in order {
        let share = (before * u128::from(clusters)).checked_div(total).unwrap_or(0);
        of[space] = (share as u32).min(clusters - 1);
        before += volumes[space];
    }
    of
}

/// Spaces that share members are put into one group.
fn by_members(found: &Found, clusters: u32, overlap: f64) -> Vec<u32> {
    let mut order: Vec<usize> = (0..found.spaces.len()).collect();
    order.sort_by_key(|&space| {
        let members = &found.spaces[space].1;
        (Reverse(members.len()), members)
    });
    let mut groups: Vec<(BTreeSet<ClientId>, u32)> = Vec::new();
    let mut of = vec![0; found.spaces.len()];
    for space in order {
        let members = &found.spaces[space].1;
        let shared = |group: &BTreeSet<ClientId>| {
            members.iter().filter(|member| group.contains(member)).count()
        };
        let best = groups.iter().enumerate().map(|(place, (group, _))| (shared(group), place));
        let best = best.max_by_key(|&(shared, place)| (shared, Reverse(place)));
        let fits = |&(shared, _): &(usize, usize)| shared as f64 >= overlap * members.len() as f64;
        let place = match best.filter(fits) {
            Some((_, place)) => place,
            None if (groups.len() as u32) < clusters => {
                groups.push((BTreeSet::new(), 0));
                groups.len() - 1
            }
            None => {
                let fewest = groups.iter().enumerate().min_by_key(|(place, it)| (it.1, *place));
                fewest.map_or(0, |(place, _)| place)
            }
        };
        groups[place].0.extend(members);
        groups[place].1 += 1;
        of[space] = place as u32;
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::spaces::options::SpaceName;

    fn found(spaces: &[&[u32]], listed: Option<Vec<u64>>) -> Found {
        let members = |space: &&[u32]| space.iter().copied().map(ClientId).collect::<Vec<_>>();
        let named = |members: Vec<ClientId>| (SpaceName::Members(members.clone()), members);
        let spaces = spaces.iter().map(|space| named(members(space))).collect();
        Found { spaces, conversations: 0, listed }
    }

    #[test]
    fn what_most_have_and_the_lower_of_equals() {
        assert_eq!(most([3, 1, 3, 1, 2].into_iter()), 1);
        assert_eq!(most([3, 1, 3].into_iter()), 3);
    }

    #[test]
    fn a_cluster_begins_once_those_before_have_their_share() {
        let listed = found(&[&[0, 1], &[0, 2], &[1, 2], &[2, 3]], Some(vec![1, 5, 3, 1]));
        // 5 of 10, then 3, 1 and 1.
        assert_eq!(by_volume(&listed, 2, 4), [1, 0, 1, 1]);
        assert_eq!(by_volume(&listed, 5, 4), [4, 0, 2, 4]);
        // c2 is in three spaces, c0 in two, c1 in two, c3 in one: 1, 5/6, 5/6, 4/3 of what a client sends.
        let drawn = found(&[&[0, 1], &[0, 2], &[1, 2], &[2, 3]], None);
        assert_eq!(by_volume(&drawn, 4, 4), [1, 2, 3, 0]);
    }

    #[test]
    fn spaces_that_share_members_are_together() {
        let all = found(&[&[0, 1, 2], &[0, 1], &[3, 4], &[2, 3], &[5, 6]], None);
        // The largest first; of equals by members: 01 shares all, 23 half, 34 half with that.
        assert_eq!(by_members(&all, 2, 0.5), [0, 0, 0, 0, 1]);
        // With more asked for, 23 is a group of its own, and 34 and 56 go to the one of fewest spaces.
        assert_eq!(by_members(&all, 2, 0.6), [0, 0, 1, 1, 0]);
    }
}
