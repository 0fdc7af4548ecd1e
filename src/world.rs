//! Scenarios as this program reads them: with what they expect, and with the world that they describe.

use std::path::Path;

use penult_reports::Verdict;
use penult_scenarios::{Built, Care, Complaints, Condition, Loaded, Overrides, Severity, Unfit};

use crate::expect::expectation;
use crate::known::known;

/// How many points are tried before a scenario is refused that can't be run as it stands.
const TRIED: usize = 1000;

/// A scenario, or all that is wrong with it.
pub fn load(file: &Path, overrides: &Overrides) -> Result<Loaded, Complaints> {
    known().scenarios.load_with(file, overrides, Care { judge: &unfit, ..Care::default() })
}

/// A scenario and its world, or all that is wrong with it.
pub fn read(file: &Path, overrides: &Overrides) -> Result<(Loaded, Built), Complaints> {
    let loaded = load(file, overrides)?;
    let built = loaded.build()?;
    Ok((loaded, built))
}

/// The scenario of one point, without what varies it.
pub fn load_point(file: &Path, mut overrides: Overrides) -> Result<Loaded, Complaints> {
    overrides.add("sweep={}");
    load(file, &overrides)
}

/// A scenario that may be there to be swept, and its world: as it stands, or else that of the first point that can be
/// run, since what an axis replaces is in no point. With `points`, every value of `[sweep]` is tried too.
pub fn read_swept(
    file: &Path,
    overrides: &Overrides,
    points: bool,
) -> Result<(Loaded, Built), Complaints> {
    let care = |points, base| Care { judge: &unfit, points, base };
    let with = |points, base| known().scenarios.load_with(file, overrides, care(points, base));
    let wrong = match with(points, true).and_then(|loaded| Ok((loaded.build()?, loaded))) {
        Ok((built, loaded)) => return Ok((loaded, built)),
        Err(wrong) => wrong,
    };
    let Ok(base) = with(false, false) else { return Err(wrong) };
    let sweep = &base.scenario.sweep;
    let mut of_points = sweep.points().into_iter().filter(|point| !point.is_empty()).take(TRIED);
    let built = of_points.find_map(|point| {
        let mut overrides = overrides.clone();
        for (path, value) in point {
            overrides.set(path, value);
        }
        load_point(file, overrides).and_then(|loaded| loaded.build()).ok()
    });
    let Some(mut built) = built else { return Err(wrong) };
    let loaded = with(points, false)?;
    let what = wrong.list.iter().find(|it| it.severity == Severity::Error);
    built
        .assumed
        .extend(what.map(|it| format!("it runs as a sweep only; as it stands: {}", it.what)));
    Ok((loaded, built))
}

/// What no run could tell: a number that no summary has, or that is no such quantity.
fn unfit(condition: &Condition) -> Option<Unfit> {
    let path = &condition.path;
    Some(match expectation(condition).trouble(known().players.metrics())? {
        Verdict::NoSuchPath { near } => {
            let mend = match near.is_empty() {
                true => "it is a path of summary.json, as in \"latency.p99\"".to_owned(),
                false => format!("did you mean {}?", listed(&near)),
            };
            Unfit { what: format!("the summary has no `{path}`"), mend, is_path: true }
        }
        verdict @ Verdict::NoShare { .. } => {
            let what = format!("`{path}` is compared with {}, and no share is", condition.typed);
            Unfit { what, mend: verdict.to_string(), is_path: false }
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
