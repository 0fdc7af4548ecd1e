//! Where the time of slow deliveries went: their phases, added up by how long they took.

use penult_models::{Phase, Phases};
use penult_sim::Span;

use crate::sample::Quantile;

/// Deliveries by their latency, in steps of a sixteenth of a power of two: no more than some hundreds of them, however
/// many deliveries there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tails(Vec<Step>);

/// Deliveries that took about as long.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    count: u64,
    phases: [u128; Phase::ALL.len()],
}

/// What deliveries that took at least so long spent their time on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tail {
    /// None of them was quicker, and all that were not are among them.
    pub(crate) from: Span,
    /// For each phase its share of their time, the greatest first.
    pub(crate) shares: Vec<(Phase, f64)>,
}

impl Tails {
    /// One more.
    pub(crate) fn add(&mut self, latency: Span, phases: &Phases) {
        let step = step(latency.as_nanos());
        if self.0.len() <= step {
            self.0.resize(step + 1, Step::default());
        }
        let Step { count, phases: sums } = &mut self.0[step];
        *count += 1;
        for (sum, phase) in sums.iter_mut().zip(Phase::ALL) {
            *sum += u128::from(phases.get(phase).as_nanos());
        }
    }

    /// Those at a quantile and above, and those that took no less than a sixteenth less: the step that it is in
    /// counts whole. None of none.
    pub(crate) fn from(&self, quantile: Quantile) -> Option<Tail> {
        let all: u64 = self.0.iter().map(|step| step.count).sum();
        let rank = quantile.rank(all);
        let mut below = 0;
        let first = self.0.iter().position(|step| {
            below += step.count;
            step.count > 0 && below >= rank
        })?;
        let mut sums = [0; Phase::ALL.len()];
        for step in &self.0[first..] {
            sums.iter_mut().zip(step.phases).for_each(|(sum, phase)| *sum += phase);
        }
        let whole: u128 = sums.iter().sum();
        if whole == 0 {
            return None;
        }
        let share = |(phase, sum): (Phase, u128)| (phase, sum as f64 / whole as f64);
        let mut shares: Vec<(Phase, f64)> = Phase::ALL.into_iter().zip(sums).map(share).collect();
        shares.sort_by(|one, other| other.1.total_cmp(&one.1));
        Some(Tail { from: Span::nanos(least(first)), shares })
    }
}

/// In which step so many nanoseconds lie.
fn step(nanos: u64) -> usize {
    if nanos < 16 {
        return nanos as usize;
    }
    let power = 63 - nanos.leading_zeros();
    16 * (power as usize - 3) + ((nanos >> (power - 4)) & 15) as usize
}

/// The fewest nanoseconds of a step.
fn least(step: usize) -> u64 {
    match step {
        small if small < 16 => small as u64,
        large => (16 + large as u64 % 16) << (large / 16 - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_narrow_and_leave_nothing_out() {
        for nanos in (0..2_000).chain((0..64).map(|power| 1 << power)).chain([u64::MAX]) {
            let step = step(nanos);
            assert!(least(step) <= nanos, "{nanos}");
            assert!(step >= 975 || least(step + 1) > nanos, "{nanos}");
            assert!(nanos - least(step) <= nanos / 16, "{nanos}");
        }
    }

    #[test]
    fn a_tail_has_the_phases_of_those_that_took_so_long() {
        let phases = |phase, span| {
            let mut phases = Phases::default();
            phases.add(phase, span);
            phases
        };
        let mut tails = Tails::default();
        assert_eq!(tails.from(Quantile::P50), None);
        for number in 1..=100 {
            let span = Span::millis(number);
            let phase = if number > 90 { Phase::Detection } else { Phase::Network };
            tails.add(span, &phases(phase, span));
        }
        let first = |quantile| {
            let tail = tails.from(quantile).unwrap();
            (tail.from, tail.shares[0].0)
        };
        let (from, phase) = first(Quantile::P99);
        assert_eq!(phase, Phase::Detection);
        assert!(from <= Span::millis(99) && from > Span::millis(90), "{from}");
        let (from, phase) = first(Quantile::P50);
        assert_eq!(phase, Phase::Network);
        assert!(from <= Span::millis(50) && from > Span::millis(46), "{from}");
        let shares: f64 = tails.from(Quantile::P50).unwrap().shares.iter().map(|it| it.1).sum();
        assert!((shares - 1.0).abs() < 1e-12);
    }
}
