//! A chance, from runs that are looked at again and again: an interval that holds at every look.
//!
//! An interval for a fixed number of runs, looked at after each of them until it says what one hopes for, is
//! wrong more often than it says. This one is not: it holds all chances for which the runs so far are not much
//! less probable than under a mixture of all chances (Jeffreys' prior). For the true chance that ratio is a
//! martingale that begins at 1, and so it exceeds 1/α at any look at all with a probability of at most α (Ville's
//! inequality; Robbins 1970). It costs some more runs than a test of a fixed number that is guessed right.

use libm::{lgamma, log, log1p};

/// The interval for a chance of which `hits` of `trials` came true so far, at a confidence that holds for all
/// looks together.
///
/// ```
/// let (low, high) = penult_reports::statistics::any_time(60, 60, 0.95);
/// assert!(low > 0.9 && high == 1.0);
/// ```
///
/// # Panics
///
/// If there were more hits than trials, or the confidence is not between 0 and 1.
pub fn any_time(hits: u64, trials: u64, confidence: f64) -> (f64, f64) {
    assert!(hits <= trials, "{hits} hits in {trials} trials");
    assert!(0.0 < confidence && confidence < 1.0, "no such confidence: {confidence}");
    let (hit, missed) = (hits as f64, (trials - hits) as f64);
    let limit = -log1p(-confidence);
    let mixture = log_beta(hit + 0.5, missed + 0.5) - log_beta(0.5, 0.5);
    let term = |count: f64, chance: f64| if count > 0.0 { count * log(chance) } else { 0.0 };
    let is_held = |chance: f64| mixture - term(hit, chance) - term(missed, 1.0 - chance) < limit;
    let likeliest = if trials == 0 { 0.5 } else { hit / trials as f64 };
    let low = if hits == 0 { 0.0 } else { edge(likeliest, 0.0, &is_held) };
    let high = if hits == trials { 1.0 } else { edge(likeliest, 1.0, &is_held) };
    (low, high)
}

/// Where what is held within no longer is on the way outwards, by halving.
fn edge(mut within: f64, mut without: f64, is_held: &dyn Fn(f64) -> bool) -> f64 {
    loop {
        let middle = f64::midpoint(within, without);
        // Halving towards zero would go on long past what anybody can read.
        if middle <= within.min(without)
            || middle >= within.max(without)
            || (within - without).abs() < 1e-15
        {
            return without;
        }
        if is_held(middle) {
            within = middle;
        } else {
            without = middle;
        }
    }
}

fn log_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability, exact, that within so many trials the interval leaves out the true chance at any look.
    fn ever_wrong(chance: f64, trials: u64, confidence: f64) -> f64 {
        // By count of hits: how probable it is to be there and never have been wrong.
        let mut there = vec![1.0];
        let mut wrong = 0.0;
        for trial in 1..=trials {
            let mut next = vec![0.0; there.len() + 1];
            for (hits, probability) in there.iter().enumerate() {
                next[hits] += probability * (1.0 - chance);
                next[hits + 1] += probability * chance;
            }
            for (hits, probability) in next.iter_mut().enumerate() {
                let (low, high) = any_time(hits as u64, trial, confidence);
                if *probability > 0.0 && !(low <= chance && chance <= high) {
                    wrong += *probability;
                    *probability = 0.0;
                }
            }
            there = next;
        }
        wrong
    }

    #[test]
    fn it_holds_at_all_looks_together() {
        for chance in [0.5, 0.9, 0.99] {
            let wrong = ever_wrong(chance, 150, 0.95);
            assert!(wrong <= 0.05, "{chance}: {wrong}");
            // And not by saying nothing.
            assert!(wrong > 0.001, "{chance}: {wrong}");
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(any_time(0, 0, 0.95), (0.0, 1.0));
        // One hit of one: B(3/2, 1/2) / B(1/2, 1/2) = 1/2, so the low end is 0.05 / 2.
        let (low, high) = any_time(1, 1, 0.95);
        assert!((low - 0.025).abs() < 1e-12 && high >= 1.0, "{low} {high}");
        // Two of two: 3/8, so it is √(0.05 · 3/8).
        let (low, _) = any_time(2, 2, 0.95);
        assert!((low - (0.05_f64 * 0.375).sqrt()).abs() < 1e-12, "{low}");
        let (one, other) = (any_time(3, 10, 0.9), any_time(7, 10, 0.9));
        assert!((one.0 + other.1 - 1.0).abs() < 1e-12 && (one.1 + other.0 - 1.0).abs() < 1e-12);
    }
}
