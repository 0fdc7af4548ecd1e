//! Scenarios as this program reads them: with what they expect, and with the world that they describe.

use std::path::Path;

use penult_reports::Verdict;
use penult_scenarios::{Built, Care, Complaints, Condition, Loaded, Overrides, Unfit, load_with};

use crate::expect::expectation;

/// A scenario, or all that is wrong with it.
pub fn load(file: &Path, overrides: &Overrides) -> Result<Loaded, Complaints> {
    load_with(file, overrides, Care { judge: &unfit, points: false })
}

/// A scenario and its world, or all that is wrong with it.
pub fn read(file: &Path, overrides: &Overrides) -> Result<(Loaded, Built), Complaints> {
    read_with(file, overrides, false)
}

/// The same; with `points`, every value of `[sweep]` is tried too.
pub fn read_with(
    file: &Path,
    overrides: &Overrides,
    points: bool,
) -> Result<(Loaded, Built), Complaints> {
    let loaded = load_with(file, overrides, Care { judge: &unfit, points })?;
    let built = loaded.build()?;
    Ok((loaded, built))
}

/// What no run could tell: a number that no summary has, or that is no such quantity.
fn unfit(condition: &Condition) -> Option<Unfit> {
    let path = &condition.path;
    Some(match expectation(condition).trouble()? {
        Verdict::NoSuchPath { near } => {
            let mend = match near.is_empty() {
                true => "it is a path of summary.json, as in \"latency.p99\"".to_owned(),
                false => format!("did you mean {}?", listed(&near)),
            };
            Unfit { what: format!("the summary has no `{path}`"), mend, is_path: true }
        }
        verdict => {
            let what = format!("`{path}` is compared with another unit");
            Unfit { what, mend: verdict.to_string(), is_path: false }
        }
    })
}

/// `a`, `b` or `c`.
fn listed(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
