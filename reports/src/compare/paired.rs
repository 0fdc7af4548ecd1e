//! One seed, run with each strategy: which deliveries went wrong with one and not with the other.

use super::originals::{Mishap, Run};
use crate::promised::Promised;
use crate::summary::Summary;

/// What happened to the same deliveries with the reference and with a rival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// How many deliveries there are.
    pub offered: u64,
    /// It happened with both.
    pub both: u64,
    /// With the reference only.
    pub reference_only: u64,
    /// With the rival only.
    pub rival_only: u64,
}

impl Pairs {
    /// With the reference.
    pub fn reference(&self) -> u64 {
        self.both + self.reference_only
    }

    /// With the rival.
    pub fn rival(&self) -> u64 {
        self.both + self.rival_only
    }

    /// Of two sorted lists of those to which it happened.
    fn of(offered: u64, reference: &[u64], rival: &[u64]) -> Pairs {
        let both = reference.iter().filter(|name| rival.binary_search(name).is_ok()).count() as u64;
        let reference_only = reference.len() as u64 - both;
        Pairs { offered, both, reference_only, rival_only: rival.len() as u64 - both }
    }
}

/// One seed, run with each strategy; the first is the reference.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The seed.
    pub seed: u64,
    /// What the strategy of each promises.
    pub promised: Vec<Promised>,
    /// What each run came to.
    pub summaries: Vec<Summary>,
    /// The tails of latency of each.
    pub(crate) tails: Vec<Vec<(f64, u64)>>,
    /// How many replies each left out.
    pub(crate) replies: u64,
    /// For each rival what happened to deliveries, by mishap; none if its deliveries were others.
    pub pairs: Vec<Option<[Pairs; Mishap::ALL.len()]>>,
}

impl Seed {
    /// Pairs the runs of one seed. Their lists of names are let go.
    ///
    /// # Panics
    ///
    /// Without a run.
    pub fn of(seed: u64, runs: Vec<Run>) -> Seed {
        let reference = &runs[0];
        let pairs = runs[1..].iter().map(|rival| {
            (rival.world == reference.world).then(|| {
                Mishap::ALL.map(|mishap| {
                    let at = mishap as usize;
                    Pairs::of(reference.world.offered, &reference.wrong[at], &rival.wrong[at])
                })
            })
        });
        let pairs = pairs.collect();
        let promised = runs.iter().map(|run| run.promised).collect();
        let replies = runs.iter().map(|run| run.replies).sum();
        let (summaries, tails) = runs.into_iter().map(|run| (run.summary, run.tail)).unzip();
        Seed { seed, promised, summaries, tails, replies, pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_counted_either_way() {
        let pairs = Pairs::of(100, &[1, 4, 6, 9], &[2, 4, 9, 11, 12]);
        let expected = Pairs { offered: 100, both: 2, reference_only: 2, rival_only: 3 };
        assert_eq!(pairs, expected);
        assert_eq!((pairs.reference(), pairs.rival()), (4, 5));
        assert_eq!(Pairs::of(7, &[], &[]), Pairs { offered: 7, ..Pairs::default() });
    }
}
