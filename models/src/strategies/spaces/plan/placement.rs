//! Placement: in which order the servers of a cluster have a space.

use penult_sim::RegionId;

use crate::strategies::spaces::ids::ServerId;

/// The servers in the order in which they have a space: one after the other, in the regions picked least often so far
/// the one of the greatest weight.
pub(super) fn order(space: &str, servers: &[(ServerId, Option<RegionId>)]) -> Vec<ServerId> {
    let mut left: Vec<_> =
        servers.iter().map(|&(server, region)| (server, region, weight(space, server))).collect();
    let mut order: Vec<ServerId> = Vec::with_capacity(left.len());
    let mut picked: Vec<(Option<RegionId>, u32)> = Vec::new();
    while !left.is_empty() {
        let times = |region: Option<RegionId>| {
            picked.iter().find(|(it, _)| *it == region).map_or(0, |(_, times)| *times)
        };
        let least = left.iter().map(|&(_, region, _)| times(region)).min().unwrap_or(0);
        let among = left.iter().enumerate().filter(|(_, it)| times(it.1) == least);
        // Of equal weights the first by number: `max_by_key` takes the last.
        let best = among.rev().max_by_key(|(_, it)| it.2).map(|(place, _)| place);
        let (server, region, _) = left.remove(best.expect("some region was picked least often"));
        match picked.iter_mut().find(|(it, _)| *it == region) {
            Some((_, times)) => *times += 1,
            None => picked.push((region, 1)),
        }
        order.push(server);
    }
    order
}

/// The weight of a server for a space: the last step of SplitMix64 on the FNV-1a of both names. Part of every result:
/// never change it.
pub(super) fn weight(space: &str, server: ServerId) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in format!("{space}/{server}").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_what_they_always_were() {
        assert_eq!(weight("c0+c4", ServerId(1)), 0xe2a1_8f5f_7478_8fa4);
    }

    /// Two regions of two servers each, and one of one: the first three are each in another.
    #[test]
    fn regions_are_picked_in_turn() {
        let regions = [0, 0, 1, 1, 2].map(|region| Some(RegionId::new(region)));
        let servers: Vec<_> = (0..).map(ServerId).zip(regions).collect();
        for space in ["c0+c1", "c0+c2", "k0", "k1", "k2", "k3"] {
            let order = order(space, &servers);
            assert_eq!(order.len(), 5);
            let region = |place: usize| regions[order[place].index()];
            let mut first: Vec<_> = (0..3).map(region).collect();
            first.sort_unstable();
            first.dedup();
            assert_eq!(first.len(), 3, "{space}: {order:?}");
            // In a region by weight.
            for (place, &server) in order.iter().enumerate() {
                let later = order[place..].iter().filter(|it| regions[it.index()] == region(place));
                assert!(later.clone().all(|&it| weight(space, it) <= weight(space, server)));
            }
        }
        // Without regions, by weight alone.
        let nowhere: Vec<_> = (0..7).map(|number| (ServerId(number), None)).collect();
        let order = order("k9", &nowhere);
        assert!(order.is_sorted_by(|&a, &b| weight("k9", a) >= weight("k9", b)));
    }
}
