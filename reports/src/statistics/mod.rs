//! Statistics over independent runs: means with their intervals, and what a count of losses does not rule out.

mod beta;
mod binomial;
mod loss_rate;
mod replicated;
mod sequence;

pub use binomial::{Ranks, mcnemar, quantile_interval};
pub use loss_rate::LossRate;
pub use replicated::{Estimate, Replicated};
pub use sequence::any_time;

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// The value below which a share `below` of Student's t distribution lies, for so many degrees of freedom.
///
/// ```
/// let t = penult_reports::statistics::student_t(0.975, 9);
/// assert!((t - 2.2622).abs() < 5e-5);
/// ```
///
/// # Panics
///
/// Without a degree of freedom, or if the share is not between 0 and 1.
pub fn student_t(below: f64, freedom: u64) -> f64 {
    assert!(freedom > 0 && 0.0 < below && below < 1.0, "no such quantile: {below}, {freedom}");
    let beyond = below.min(1.0 - below);
    let freedom = freedom as f64;
    // P(|T| > t) is the incomplete beta function of f / (f + t²).
    let x = beta::quantile(2.0 * beyond, freedom / 2.0, 0.5);
    let t = (freedom * (1.0 - x) / x).sqrt();
    if below < 0.5 { -t } else { t }
}

/// The exact (Clopper–Pearson) interval for a chance of which `hits` of `trials` came true, at 95 %. It
/// takes trials to be independent: runs are. Deliveries are not, as one crash takes many of them together: for
/// those there is [`LossRate`].
///
/// ```
/// let (low, high) = penult_reports::statistics::clopper_pearson(0, 1000);
/// assert!(low == 0.0 && (high - 0.00368).abs() < 5e-6);
/// ```
///
/// # Panics
///
/// If there were more hits than trials.
pub fn clopper_pearson(hits: u64, trials: u64) -> (f64, f64) {
    clopper_pearson_at(hits, trials, CONFIDENCE)
}

/// The same interval at another confidence than 95 %.
///
/// # Panics
///
/// If there were more hits than trials, or the confidence is not between 0 and 1.
pub fn clopper_pearson_at(hits: u64, trials: u64, confidence: f64) -> (f64, f64) {
    assert!(hits <= trials, "{hits} hits in {trials} trials");
    assert!(0.0 < confidence && confidence < 1.0, "no such confidence: {confidence}");
    clopper_pearson_of(hits as f64, trials as f64, confidence)
}

/// The same of counts that are not whole: of what is worth so many independent trials.
fn clopper_pearson_of(hits: f64, trials: f64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let missed = trials - hits;
    let low = if hits <= 0.0 { 0.0 } else { beta::quantile(tail, hits, missed + 1.0) };
    let high = if missed <= 0.0 { 1.0 } else { beta::quantile(1.0 - tail, hits + 1.0, missed) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_is_as_published() {
        // Two-sided 95 %, by degrees of freedom.
        for (freedom, t) in [
            (1, 12.7062),
            (2, 4.3027),
            (4, 2.7764),
            (9, 2.2622),
            (19, 2.0930),
            (29, 2.0452),
            (99, 1.9842),
            (1000, 1.9623),
        ] {
            let found = student_t(0.975, freedom);
            assert!((found - t).abs() < 5.1e-5, "{found} for {t} with {freedom}");
            assert!((student_t(0.025, freedom) + found).abs() < 1e-12);
        }
        // One-sided 95 % and 99.5 %.
        assert!((student_t(0.95, 10) - 1.8125).abs() < 5.1e-5);
        assert!((student_t(0.995, 5) - 4.0321).abs() < 5.1e-5);
        assert!(student_t(0.5, 7).abs() < 1e-7);
    }

    #[test]
    fn clopper_pearson_is_as_published() {
        for (hits, trials, low, high) in [
            (0, 10, 0.0, 0.3085),
            (1, 10, 0.0025, 0.4450),
            (5, 10, 0.1871, 0.8129),
            (10, 10, 0.6915, 1.0),
            (4, 20, 0.0573, 0.4366),
            (10, 100, 0.0490, 0.1762),
        ] {
            let (found_low, found_high) = clopper_pearson(hits, trials);
            assert!((found_low - low).abs() < 5.1e-5, "{hits} of {trials}: {found_low}");
            assert!((found_high - high).abs() < 5.1e-5, "{hits} of {trials}: {found_high}");
        }
        // Without a hit there is a closed form: 1 − (α/2)^(1/n).
        for trials in [1, 7, 1000, 1_000_000] {
            let closed = -libm::expm1(libm::log(0.025) / trials as f64);
            let (_, high) = clopper_pearson(0, trials);
            assert!((high - closed).abs() < 1e-9 * closed, "{trials}: {high} for {closed}");
            let (_, higher) = clopper_pearson_at(0, trials, 0.99);
            let closed = -libm::expm1(libm::log(0.005) / trials as f64);
            assert!((higher - closed).abs() < 1e-9 * closed, "{trials}: {higher} for {closed}");
        }
        assert_eq!(clopper_pearson(0, 0), (0.0, 1.0));
    }
}
