//! Objectives of `penult size`: conditions on numbers of the summary, whose paths may be shortened.

use penult_reports::{Expectation, Summary, Verdict};
use penult_scenarios::Condition;

use crate::exit::Failure;
use crate::expect::expectation;
use crate::known::known;

/// What every run has to meet.
pub struct Objective {
    /// As it was asked.
    pub text: String,
    expectation: Expectation,
}

impl Objective {
    /// Reads one: `accepted_lost == 0`, `latency.p99 <= 400ms`.
    pub fn read(text: &str) -> Result<Objective, Failure> {
        let wrong = |what: String| Failure::input(format!("--slo {text:?}: {what}"));
        let condition = Condition::parse(text).map_err(wrong)?;
        let path = whole_path(&condition.path).map_err(wrong)?;
        let expectation = expectation(&Condition { path, ..condition });
        match expectation.trouble(known().players.metrics()) {
            None => Ok(Objective { text: expectation.to_string(), expectation }),
            Some(verdict) => Err(wrong(verdict.to_string())),
        }
    }

    /// Whether a run meets it; or why that can't be told.
    pub fn is_met(&self, summary: &Summary) -> Result<bool, &'static str> {
        match self.expectation.check(&summary.flat(), known().players.metrics()) {
            Verdict::Met => Ok(true),
            Verdict::NoSample => Err("has no sample"),
            Verdict::Lacking => Err("is about a number that the strategy lacks,"),
            _ => Ok(false),
        }
    }
}

/// The path that is meant: as it stands, or the only one that ends so. What no path ends with stays. Numbers that all
/// strategies have come first: what a strategy calls its own makes none of them longer to name.
pub fn whole_path(short: &str) -> Result<String, String> {
    let metrics = known().players.metrics();
    if metrics.find(short).is_some() {
        return Ok(short.to_owned());
    }
    let ends = |path: &&str| path.strip_suffix(short).is_some_and(|before| before.ends_with('.'));
    let common: Vec<&str> = Summary::metrics().map(|it| it.path.as_ref()).filter(ends).collect();
    let meant = if common.is_empty() { metrics.paths().filter(ends).collect() } else { common };
    match meant.as_slice() {
        [] => Ok(short.to_owned()),
        [only] => Ok((*only).to_owned()),
        several => Err(format!("{short} is short for {}: name one", several.join(" and for "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_may_be_shortened_to_an_end_that_is_theirs_alone() {
        assert_eq!(whole_path("accepted_lost"), Ok("deliveries.accepted_lost".into()));
        assert_eq!(whole_path("latency.p99"), Ok("latency.p99".into()));
        assert_eq!(whole_path("p99"), Ok("latency.p99".into()));
        // Not of deliveries.accepted_lost: that ends with it, but within a word.
        assert_eq!(whole_path("lost"), Ok("deliveries.lost".into()));
        assert!(whole_path("p50").unwrap_err().contains("failover.detection.p50"));
        let said = |text: &str| match Objective::read(text) {
            Ok(objective) => objective.text,
            Err(Failure::Input(what)) => what,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(said("accepted_lost == 0"), "deliveries.accepted_lost == 0");
        assert!(said("latency.p98 <= 1ms").contains("did you mean latency.p9"));
        assert!(said("accepted_lost <= 1ms").contains("a plain number"));
        // As it was typed, and not what that is.
        assert_eq!(said("loss_rate <= 0.2%"), "deliveries.loss_rate <= 0.2%");
        assert_eq!(said("queue_bytes_peak < 1MB"), "cost.queue_bytes_peak < 1MB");
        assert_eq!(said("latency.p99 <= 1500ms"), "latency.p99 <= 1500ms");
        // It would always hold.
        let wrong = "--slo \"loss_rate <= 5\": a share is from 0 to 1: did you mean \"<= 5%\"?";
        assert_eq!(said("loss_rate <= 5"), wrong);
    }

    #[test]
    fn a_run_without_a_sample_meets_nothing() {
        let objective = Objective::read("latency.p99 <= 400ms").unwrap();
        let mut summary = Summary::default();
        assert_eq!(objective.is_met(&summary), Err("has no sample"));
        summary.latency.p99 = Some(400.0);
        assert_eq!(objective.is_met(&summary), Ok(true));
        summary.latency.p99 = Some(400.1);
        assert_eq!(objective.is_met(&summary), Ok(false));
    }
}
