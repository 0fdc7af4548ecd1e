//! Samples of lengths of time: kept whole while they are small, in a histogram after that.

use hdrhistogram::Histogram;
use penult_sim::Span;

/// A share of a sample, as an exact fraction: `Quantile(99, 100)` is p99.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile(pub u64, pub u64);

impl Quantile {
    /// Half of the sample.
    pub const P50: Quantile = Quantile(50, 100);
    /// 90 %.
    pub const P90: Quantile = Quantile(90, 100);
    /// 95 %.
    pub const P95: Quantile = Quantile(95, 100);
    /// 99 %.
    pub const P99: Quantile = Quantile(99, 100);
    /// 99.9 %.
    pub const P999: Quantile = Quantile(999, 1000);
    /// 99.99 %.
    pub const P9999: Quantile = Quantile(9999, 10_000);

    /// Its nearest rank in a sample of `count`, from 1: ⌈q·n⌉, in whole numbers.
    pub fn rank(self, count: u64) -> u64 {
        let Quantile(part, whole) = self;
        let rank = (u128::from(count) * u128::from(part)).div_ceil(u128::from(whole));
        u64::try_from(rank).unwrap_or(count).clamp(1, count.max(1))
    }
}

/// A sample of lengths of time. Count, mean, standard deviation, least and greatest are exact always;
/// quantiles are nearest-rank, and exact as long as the sample is [whole](Sample::is_whole). Past its
/// limit it goes to a histogram whose memory does not grow any more, and quantiles are within 0.1 %.
#[derive(Clone, Debug)]
pub struct Sample {
    kept: Kept,
    limit: usize,
    count: u64,
    sum: u128,
    squares: u128,
    least: u64,
    greatest: u64,
}

#[derive(Clone, Debug)]
enum Kept {
    Whole { values: Vec<u64>, sorted: bool },
    Histogram(Histogram<u32>),
}

/// Three significant digits: a value and its stand-in differ by less than 0.1 %.
const DIGITS: u8 = 3;

impl Sample {
    /// An empty sample that is kept whole up to `limit` values.
    pub fn whole_up_to(limit: usize) -> Self {
        let kept = Kept::Whole { values: Vec::new(), sorted: true };
        Sample { kept, limit, count: 0, sum: 0, squares: 0, least: u64::MAX, greatest: 0 }
    }

    /// One more value.
    pub fn add(&mut self, value: Span) {
        let nanos = value.as_nanos();
        self.count += 1;
        self.sum += u128::from(nanos);
        // 10¹⁰ values of a day each fit; what does not fit makes the deviation too small, not wrong.
        self.squares = self.squares.saturating_add(u128::from(nanos) * u128::from(nanos));
        self.least = self.least.min(nanos);
        self.greatest = self.greatest.max(nanos);
        match &mut self.kept {
            Kept::Whole { values, sorted } if values.len() < self.limit => {
                *sorted &= values.last().is_none_or(|&last| last <= nanos);
                values.push(nanos);
            }
            Kept::Whole { values, .. } => {
                let mut histogram = Histogram::new(DIGITS).expect("three digits are few enough");
                histogram.auto(true);
                values.iter().for_each(|&value| record(&mut histogram, value));
                record(&mut histogram, nanos);
                self.kept = Kept::Histogram(histogram);
            }
            Kept::Histogram(histogram) => record(histogram, nanos),
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether every value is kept, and quantiles are exact.
    pub fn is_whole(&self) -> bool {
        matches!(self.kept, Kept::Whole { .. })
    }

    /// Their sum, in nanoseconds.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Their mean, in nanoseconds; none of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Their standard deviation, in nanoseconds; none of fewer than two.
    pub fn deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let count = u128::from(self.count);
        // Around the whole part of the mean every sum is exact, so nothing cancels.
        let (mean, rest) = (self.sum / count, self.sum % count);
        let around = (self.squares + count * mean * mean).saturating_sub(2 * mean * self.sum);
        let squares = around as f64 - rest as f64 * rest as f64 / self.count as f64;
        Some((squares.max(0.0) / (self.count - 1) as f64).sqrt())
    }

    /// The least; none of none.
    pub fn least(&self) -> Option<Span> {
        (self.count > 0).then(|| Span::nanos(self.least))
    }

    /// The greatest; none of none.
    pub fn greatest(&self) -> Option<Span> {
        (self.count > 0).then(|| Span::nanos(self.greatest))
    }

    /// How many values are not above this one.
    pub fn at_or_below(&mut self, value: Span) -> u64 {
        let nanos = value.as_nanos();
        match &mut self.kept {
            Kept::Whole { values, sorted } => {
                sort(values, sorted);
                values.partition_point(|&value| value <= nanos) as u64
            }
            Kept::Histogram(histogram) => histogram.count_between(0, nanos),
        }
    }

    /// The value at the nearest rank; none of none.
    pub fn quantile(&mut self, quantile: Quantile) -> Option<Span> {
        if self.count == 0 {
            return None;
        }
        let rank = quantile.rank(self.count);
        Some(Span::nanos(match &mut self.kept {
            Kept::Whole { values, sorted } => {
                sort(values, sorted);
                values[usize::try_from(rank - 1).expect("it is kept whole")]
            }
            Kept::Histogram(histogram) => {
                let mut below = 0;
                let mut bins = histogram.iter_recorded();
                let bin = bins.find(|bin| {
                    below += bin.count_since_last_iteration();
                    below >= rank
                });
                let value = bin.map_or(self.greatest, |bin| bin.value_iterated_to());
                histogram.median_equivalent(value).clamp(self.least, self.greatest)
            }
        }))
    }
}

fn sort(values: &mut [u64], sorted: &mut bool) {
    if !std::mem::replace(sorted, true) {
        values.sort_unstable();
    }
}

fn record(histogram: &mut Histogram<u32>, nanos: u64) {
    histogram.record(nanos).expect("it grows to what it is given");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without pattern: 48 bits of a linear congruence.
    fn numbers(count: usize) -> Vec<u64> {
        let mut state = 1_u64;
        let next = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            (state >> 24) >> (state % 23)
        });
        next.take(count).collect()
    }

    fn sample(values: &[u64], limit: usize) -> Sample {
        let mut sample = Sample::whole_up_to(limit);
        values.iter().for_each(|&value| sample.add(Span::nanos(value)));
        sample
    }

    const QUANTILES: [Quantile; 7] = [
        Quantile(0, 1),
        Quantile(1, 1000),
        Quantile::P50,
        Quantile::P90,
        Quantile::P99,
        Quantile::P999,
        Quantile(1, 1),
    ];

    /// By the definition: the least value with at least a share q of the sample at or below it.
    fn by_definition(values: &[u64], Quantile(part, whole): Quantile) -> u64 {
        let reaches = |value: &&u64| {
            let at_or_below = values.iter().filter(|other| other <= value).count() as u64;
            at_or_below * whole >= part * values.len() as u64
        };
        *values.iter().filter(reaches).min().expect("all are at or below the greatest")
    }

    #[test]
    fn quantiles_are_nearest_rank() {
        for count in [1, 2, 3, 9, 10, 11, 100, 999, 1000, 1001] {
            let values = numbers(count);
            let mut sample = sample(&values, 2000);
            assert!(sample.is_whole());
            for quantile in QUANTILES {
                let found = sample.quantile(quantile).map(Span::as_nanos);
                assert_eq!(
                    found,
                    Some(by_definition(&values, quantile)),
                    "{quantile:?} of {count}"
                );
            }
        }
    }

    #[test]
    fn a_histogram_is_within_a_thousandth() {
        let values = numbers(20_000);
        let (mut whole, mut folded) = (sample(&values, 20_000), sample(&values, 500));
        assert!(whole.is_whole() && !folded.is_whole());
        for part in 0..=1000 {
            let quantile = Quantile(part, 1000);
            let exact = whole.quantile(quantile).expect("there are values").as_nanos();
            let near = folded.quantile(quantile).expect("there are values").as_nanos();
            let off = exact.abs_diff(near);
            assert!(off * 1000 <= exact, "{quantile:?}: {near} for {exact}");
            let (below, rank) = (folded.at_or_below(Span::nanos(near)), quantile.rank(20_000));
            assert!(below >= rank && whole.at_or_below(Span::nanos(exact)) >= rank);
        }
        assert_eq!(whole.mean(), folded.mean());
        assert_eq!(whole.deviation(), folded.deviation());
        assert_eq!((whole.least(), whole.greatest()), (folded.least(), folded.greatest()));
    }

    #[test]
    fn means_and_deviations_do_not_cancel() {
        // 10⁶ seconds, and a nanosecond more or less.
        let base = 1_000_000_000_000_000;
        let near = sample(&[base - 1, base, base + 1], 10);
        assert_eq!(near.mean(), Some(base as f64));
        assert_eq!(near.deviation(), Some(1.0));
        // 2, 4, 4, 4, 5, 5, 7, 9: squares around 5 sum up to 32.
        let known = sample(&[2, 4, 4, 4, 5, 5, 7, 9], 10);
        assert_eq!(known.mean(), Some(5.0));
        assert_eq!(known.deviation(), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(sample(&[3], 10).deviation(), None);
        let empty = &mut sample(&[], 10);
        assert_eq!(
            (empty.mean(), empty.quantile(Quantile::P50), empty.least()),
            (None, None, None)
        );
    }
}
