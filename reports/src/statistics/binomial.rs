//! The binomial distribution, and what rests on it: McNemar's exact test and intervals of quantiles.

use super::beta::share_below;

/// The chance of at most so many hits.
fn at_most(hits: u64, trials: u64, chance: f64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    share_below(1.0 - chance, (trials - hits) as f64, hits as f64 + 1.0)
}

/// McNemar's exact test, two-sided: of pairs that differ, so many differ one way and so many the other. The
/// chance that they part at least so far if either way is as likely. Without such a pair it is 1.
///
/// It takes pairs to be independent. It is the sign test too.
///
/// ```
/// // Of 6 pairs all one way: 2 · 2⁻⁶.
/// let p = penult_reports::statistics::mcnemar(6, 0);
/// assert!((p - 0.03125).abs() < 1e-12);
/// ```
pub fn mcnemar(one_way: u64, other_way: u64) -> f64 {
    (2.0 * at_most(one_way.min(other_way), one_way + other_way, 0.5)).min(1.0)
}

/// Between which values of a sorted sample a quantile lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranks {
    /// The rank of the lower, from 1.
    pub low: u64,
    /// The rank of the upper.
    pub high: u64,
    /// How sure that is at least; never below what was asked for, as ranks are whole.
    pub confidence: f64,
}

/// The interval of a quantile of whatever independent values come from: from one value of a sorted sample
/// to another, with no more than half of what is left on either side. None if the sample is too small.
///
/// ```
/// let ranks = penult_reports::statistics::quantile_interval(10, 0.5, 0.95).unwrap();
/// assert_eq!((ranks.low, ranks.high), (2, 9));
/// ```
///
/// # Panics
///
/// If the share or the confidence is not between 0 and 1.
pub fn quantile_interval(count: u64, share: f64, confidence: f64) -> Option<Ranks> {
    assert!(0.0 < share && share < 1.0, "no such quantile: {share}");
    assert!(0.0 < confidence && confidence < 1.0, "no such confidence: {confidence}");
    let tail = (1.0 - confidence) / 2.0;
    // The value of rank r is above the quantile if fewer than r lie below it.
    let above = |rank: u64| at_most(rank - 1, count, share);
    let first = |is: &dyn Fn(u64) -> bool| {
        let (mut low, mut high) = (1, count + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if is(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    };
    let low = first(&|rank| above(rank) > tail) - 1;
    let high = first(&|rank| above(rank) >= 1.0 - tail);
    let is_there = low >= 1 && high <= count;
    is_there.then(|| Ranks { low, high, confidence: above(high) - above(low) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_is_as_published() {
        let close = |found: f64, exact: f64| {
            assert!((found - exact).abs() < 1e-10 * exact, "{found} for {exact}");
        };
        // By counting: 2 · Σ C(n, k) / 2ⁿ.
        close(mcnemar(0, 5), 0.0625);
        close(mcnemar(0, 9), 2.0 / 512.0);
        close(mcnemar(1, 9), 22.0 / 1024.0);
        close(mcnemar(11, 1), 26.0 / 4096.0);
        close(mcnemar(3, 4), 1.0);
        // The table of 101, 121, 59 and 33 on which packages are tested: p = 4.434e-06.
        close(mcnemar(121, 59), 4.434_449_263_755_176e-6);
        close(mcnemar(59, 121), mcnemar(121, 59));
        assert!((mcnemar(0, 0) - 1.0).abs() < 1e-15 && (mcnemar(8, 8) - 1.0).abs() < 1e-15);
        assert!(mcnemar(0, 5000) < 1e-300);
    }

    #[test]
    fn intervals_of_the_median_are_as_published() {
        // Tables of the sign test: ranks and confidence of 95 % intervals of the median.
        for (count, low, high, confidence) in [
            (6, 1, 6, 0.9688),
            (8, 1, 8, 0.9922),
            (10, 2, 9, 0.9785),
            (15, 4, 12, 0.9648),
            (20, 6, 15, 0.9586),
            (30, 10, 21, 0.9572),
            (100, 40, 61, 0.9648),
        ] {
            let found = quantile_interval(count, 0.5, 0.95).expect("there are enough");
            assert_eq!((found.low, found.high), (low, high), "of {count}");
            assert!((found.confidence - confidence).abs() < 5.1e-5, "{found:?}");
        }
        assert_eq!(quantile_interval(5, 0.5, 0.95), None);
        assert_eq!(quantile_interval(0, 0.5, 0.95), None);
    }

    #[test]
    fn far_quantiles_need_large_samples() {
        // All below p99 with a chance of 0.99ⁿ: below 2.5 % from 368 on.
        assert_eq!(quantile_interval(367, 0.99, 0.95), None);
        let found = quantile_interval(368, 0.99, 0.95).expect("there are enough");
        assert_eq!(found.high, 368);
        // By the definition, one by one.
        for (count, share) in [(400, 0.99), (50, 0.9), (37, 0.25)] {
            let Ranks { low, high, confidence } =
                quantile_interval(count, share, 0.95).expect("there are enough");
            let below = |rank: u64| at_most(rank - 1, count, share);
            assert!(below(low) <= 0.025 && below(low + 1) > 0.025);
            assert!(1.0 - below(high) <= 0.025 && 1.0 - below(high - 1) > 0.025);
            assert!(confidence >= 0.95);
        }
    }
}
