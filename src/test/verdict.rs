//! What came of each expectation of a scenario, and how that is said.

use std::path::Path;

use penult_reports::{Expectation, Relation, TimeUnit, Verdict, Wanted, number};
use penult_scenarios::Loaded;

use crate::expect::{in_percent, verdicts};
use crate::known::known;
use crate::one::Made;

/// An expectation that was checked.
pub struct Checked {
    /// What is expected.
    pub expectation: Expectation,
    /// Where that stands in the scenario: line and column; nowhere if the command line says it.
    pub at: Option<(usize, usize)>,
    /// Whether it is so.
    pub verdict: Verdict,
    /// What is behind it if it is not.
    why: Option<String>,
}

/// Checks whatever a scenario expects.
pub fn check(loaded: &Loaded, made: &Made) -> Vec<Checked> {
    let all =
        verdicts(&loaded.scenario.expect, &made.summary, known().players.metrics()).into_iter();
    all.map(|(expectation, verdict)| {
        let failed = matches!(verdict, Verdict::Failed { .. });
        let why = failed.then(|| made.evidence.why(&expectation.path)).flatten();
        let at = place(loaded, &format!("expect.{}", expectation.path));
        Checked { expectation, at, verdict, why }
    })
    .collect()
}

/// So many milliseconds in the unit that reads well, if that is another.
fn in_words(millis: f64) -> String {
    let unit = TimeUnit::of(millis);
    match unit.name {
        "ms" => String::new(),
        name => format!(" ({} {name})", number(unit.count(millis), 4)),
    }
}

/// Line and column of what the scenario says at a path.
pub fn place(loaded: &Loaded, path: &str) -> Option<(usize, usize)> {
    let (source, at) = loaded.stands(path);
    (at.source == 0).then(|| source.line_and_column(at))
}

impl Checked {
    /// Whether it is met.
    pub fn is_met(&self) -> bool {
        self.verdict == Verdict::Met
    }

    /// Whether it can't be told.
    pub fn is_untold(&self) -> bool {
        matches!(self.verdict, Verdict::NoSample | Verdict::Lacking)
    }

    /// Whether it is the one about the fingerprint.
    pub fn is_fingerprint(&self) -> bool {
        self.expectation.path == "fingerprint"
    }

    /// What was expected, what was found, and why.
    pub fn message(&self) -> String {
        let Expectation { path, relation, wanted, typed } = &self.expectation;
        let said = match &self.verdict {
            Verdict::Failed { found, .. } => {
                let unit = known().players.metrics().unit(path).suffix();
                let wanted = match wanted {
                    Wanted::Number(_) => format!("{typed}{unit}"),
                    _ => typed.clone(),
                };
                let expected = match relation {
                    Relation::Equal => wanted,
                    relation => format!("{relation} {wanted}"),
                };
                // The number as it is, since it may be copied; beside it how long that is.
                let long = match (unit, found.parse()) {
                    ("ms", Ok(millis)) => in_words(millis),
                    _ => in_percent(&self.expectation, found),
                };
                format!("expected {expected}, found {found}{unit}{long}")
            }
            verdict => verdict.to_string(),
        };
        match &self.why {
            Some(why) => format!("{said}; {why}"),
            None if self.is_fingerprint() => format!(
                "{said}: the run is another than the one that was blessed; if that is meant, --bless"
            ),
            None => said,
        }
    }

    /// The line that says it, beginning with where the expectation stands.
    pub fn line(&self, file: &Path) -> String {
        let (file, path) = (file.display(), &self.expectation.path);
        match self.at {
            Some((line, _)) => format!("{file}:{line}: {path}: {}", self.message()),
            None => format!("{file}: {path}: {}", self.message()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_told_beside_their_milliseconds() {
        assert_eq!(in_words(59_923_798.838_163), " (16.65 h)");
        assert_eq!([in_words(44.0), in_words(0.0)], ["", ""]);
    }
}
