//! Whether what was counted is what was meant: did latency settle before counting began, and was there time to
//! finish.
//!
//! Latencies are put together in batches of five, as MSER-5 does (White, Cobb and Spratt 2000), or of twice as many
//! as often as there are too many batches. It cuts off the beginning without which the mean of the rest is known
//! best; if what it cuts off is much slower or faster than the rest, the run had not settled.

use std::fmt;

use penult_models::Fate;
use penult_sim::{Span, Time};

use crate::decimal::seconds;
use crate::outcome::Outcome;

/// What makes the numbers of a run doubtful.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// Latency was another one in the beginning.
    Unsettled {
        /// Messages created until then were slower or faster than the rest.
        until: Time,
        /// Their mean latency, in milliseconds.
        before: f64,
        /// That of the rest.
        after: f64,
    },
    /// Deliveries were under way when the drain was over.
    Short {
        /// So many.
        stranded: u64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Unsettled { until, before, after } => write!(
                f,
                "latency had not settled when counting began: {before:.3} ms on average until {} s, \
                 {after:.3} ms after that (by MSER-5); a longer `warmup` leaves that out",
                seconds(*until)
            ),
            Doubt::Short { stranded } => write!(
                f,
                "{stranded} deliveries are stranded that were under way when the run stopped; a longer \
                 `drain` may let them finish"
            ),
        }
    }
}

impl Outcome {
    /// What makes its numbers doubtful. `stops` is when the run stops if it is not quiet before.
    pub fn doubts(&self, stops: Time) -> Vec<Doubt> {
        // What a fault changed is what the run is about.
        let is_by_itself = |until: Time| self.outages().iter().all(|outage| outage.down > until);
        let unsettled = self
            .settling
            .cut()
            .filter(|cut| is_by_itself(cut.until))
            .map(|Cut { until, before, after }| Doubt::Unsettled { until, before, after });
        let stranded = self.totals.of(Fate::Stranded);
        let is_short = stranded > 0 && self.ended >= stops;
        unsettled.into_iter().chain(is_short.then_some(Doubt::Short { stranded })).collect()
    }
}

/// Latencies in batches, in the order in which deliveries were finished.
#[derive(Clone, Debug)]
pub(crate) struct Settling {
    /// So many are put together.
    size: u32,
    /// The batch in hand.
    sum: f64,
    count: u32,
    latest: Time,
    batches: Vec<Batch>,
}

#[derive(Clone, Copy, Debug)]
struct Batch {
    /// Milliseconds.
    mean: f64,
    /// When the last of its messages was created.
    latest: Time,
}

/// A beginning that is unlike the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cut {
    until: Time,
    before: f64,
    after: f64,
}

/// Fewer batches tell nothing.
const LEAST: usize = 40;
/// More are put together two by two.
const MOST: usize = 400;
/// Means that differ by less than this share are not worth a word.
const WORTH: f64 = 0.1;
/// So many standard errors are no chance.
const ERRORS: f64 = 5.0;

impl Default for Settling {
    fn default() -> Self {
        Settling { size: 5, sum: 0.0, count: 0, latest: Time::ZERO, batches: Vec::new() }
    }
}

impl Settling {
    /// One more delivery.
    pub(crate) fn add(&mut self, created: Time, latency: Span) {
        self.sum += latency.as_millis_f64();
        self.count += 1;
        self.latest = self.latest.max(created);
        if self.count < self.size {
            return;
        }
        let mean = self.sum / f64::from(self.count);
        self.batches.push(Batch { mean, latest: self.latest });
        (self.sum, self.count, self.latest) = (0.0, 0, Time::ZERO);
        if self.batches.len() == MOST {
            let joined = self.batches.chunks_exact(2).map(|pair| Batch {
                mean: f64::midpoint(pair[0].mean, pair[1].mean),
                latest: pair[0].latest.max(pair[1].latest),
            });
            self.batches = joined.collect();
            self.size *= 2;
        }
    }

    /// The beginning to cut off, if it is unlike the rest.
    fn cut(&self) -> Option<Cut> {
        let count = self.batches.len();
        if count < LEAST {
            return None;
        }
        let all = self.batches.iter().map(|batch| batch.mean).sum::<f64>() / count as f64;
        // From the end, around a value near the mean, so that little cancels.
        let (mut sum, mut squares) = (0.0, 0.0);
        let mut best: Option<(f64, usize)> = None;
        for (at, batch) in self.batches.iter().enumerate().rev() {
            let off = batch.mean - all;
            sum += off;
            squares += off * off;
            if at <= count / 2 {
                let rest = (count - at) as f64;
                let score = (squares - sum * sum / rest).max(0.0) / (rest * rest);
                if best.is_none_or(|(least, _)| score <= least) {
                    best = Some((score, at));
                }
            }
        }
        let (score, at) = best.filter(|&(_, at)| at > 0)?;
        let mean = |batches: &[Batch]| {
            batches.iter().map(|batch| batch.mean).sum::<f64>() / batches.len() as f64
        };
        let (first, rest) = self.batches.split_at(at);
        let (before, after) = (mean(first), mean(rest));
        let (cut, kept) = (first.len() as f64, rest.len() as f64);
        // The score is the variance of the rest, by its number.
        let error = (score * kept * (1.0 / cut + 1.0 / kept)).sqrt();
        let off = (before - after).abs();
        let is_unlike = off > WORTH * after && off > ERRORS * error;
        let until = first.iter().map(|batch| batch.latest).max()?;
        is_unlike.then_some(Cut { until, before, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latencies of 10 ms, up to 1 ms more or less by chance, and whatever is added; one each second.
    fn settling(count: u64, more: impl Fn(u64) -> u64) -> Settling {
        let mut settling = Settling::default();
        let mut chance: u64 = 1;
        for second in 0..count {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let latency = 9_000 + (chance >> 33) % 2_000 + more(second);
            settling.add(Time::ZERO + Span::secs(second), Span::micros(latency));
        }
        settling
    }

    #[test]
    fn what_is_steady_is_settled() {
        for count in [0, 100, 1_000, 1_999, 2_000, 100_000] {
            assert_eq!(settling(count, |_| 0).cut(), None, "{count}");
        }
    }

    #[test]
    fn a_slow_beginning_is_found_where_it_ends() {
        for scale in [1, 10, 100] {
            let slow = |second: u64| if second < 100 * scale { 10_000 } else { 0 };
            let cut = settling(1_000 * scale, slow).cut().expect("it is slow");
            let until = cut.until.as_secs_f64();
            assert!((until - 100.0 * scale as f64).abs() <= 10.0 * scale as f64, "{until}");
            assert!((cut.before - 20.0).abs() < 0.5 && (cut.after - 10.0).abs() < 0.2, "{cut:?}");
        }
        // A queue that grows as long as the run lasts never settles.
        assert!(settling(1_000, |second| 20 * second).cut().is_some());
        // Half a percent is not worth a word.
        assert_eq!(settling(10_000, |second| if second < 1_000 { 50 } else { 0 }).cut(), None);
    }
}
