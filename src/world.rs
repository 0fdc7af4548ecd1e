//! The world of a scenario, if everything that it says can be: what it expects too.

use penult_reports::Verdict;
use penult_scenarios::{Built, Complaints, Loaded};

use crate::expect::expectation;

/// The world of a scenario, or all that is wrong with it.
pub fn build(loaded: &Loaded) -> Result<Built, Complaints> {
    match (loaded.build(), expectations(loaded)) {
        (Ok(built), None) => Ok(built),
        (Ok(_), Some(wrong)) => Err(wrong),
        (Err(wrong), None) => Err(wrong),
        (Err(wrong), Some(more)) => Err(wrong.and(more)),
    }
}

/// What no run of the scenario could tell: numbers that no summary has, or that are no such quantity.
fn expectations(loaded: &Loaded) -> Option<Complaints> {
    let conditions = &loaded.scenario.expect.conditions;
    let complaints = conditions.iter().filter_map(|condition| {
        let path = &condition.path;
        let (what, mend) = match expectation(condition).trouble()? {
            Verdict::NoSuchPath { near } => {
                let mend = match near.is_empty() {
                    true => "it is a path of summary.json, as in \"latency.p99\"".to_owned(),
                    false => format!("did you mean {}?", listed(&near)),
                };
                (format!("the summary has no `{path}`"), mend)
            }
            verdict => (format!("`{path}` is compared with another unit"), verdict.to_string()),
        };
        Some(loaded.complain(&format!("expect.{path}"), what, mend))
    });
    complaints.reduce(Complaints::and)
}

/// `a`, `b` or `c`.
fn listed(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
