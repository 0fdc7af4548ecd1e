//! `penult list`: the strategies with what they promise, and the scenarios of the library; or every number.

use std::fmt::Write;

use penult_models::{Metric, Promises};
use penult_scenarios::{InMemory, LIBRARY, LIBRARY_FILES, Overrides, STUDIES, read};

use crate::exit::{Exit, Failure};
use crate::known::known;
use crate::say;

/// What `penult list` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Lists every number of the summary instead, with its unit, which way is good, and what it is
    #[arg(long)]
    metrics: bool,
}

/// Lists them.
pub fn list(arguments: &Arguments) -> Result<Exit, Failure> {
    say::result(&if arguments.metrics { metrics() } else { strategies_and_scenarios() })?;
    Ok(Exit::Done)
}

/// Every number by its path, as `[expect]`, `--slo` and `--show` name them.
fn metrics() -> String {
    let all: Vec<&Metric> = known().players.metrics().all().collect();
    let widest = all.iter().map(|it| it.path.len()).max().unwrap_or(0);
    let mut text = format!("{:<widest$}  {:<12}  {:<6}  what it is\n", "number", "unit", "better");
    for Metric { path, about, unit, better, .. } in all {
        let better = better.map_or("", |better| better.name());
        let _ = writeln!(text, "{path:<widest$}  {:<12}  {better:<6}  {about}", unit.name());
    }
    text
}

fn strategies_and_scenarios() -> String {
    let mut text = String::from("strategies\n");
    for strategy in known().scenarios.iter() {
        let _ = writeln!(text, "  {:<10}{}", strategy.word(), strategy.about());
        let Promises { survives, order, stores } = strategy.promises();
        for (what, promise) in [("survives", survives), ("order", order), ("stored", stores)] {
            let _ = writeln!(text, "{:<12}- {what}: {promise}", "");
        }
    }
    let widest = LIBRARY.iter().chain(STUDIES).map(|(name, _)| name.len()).max().unwrap_or(0);
    let files = LIBRARY_FILES.iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    let files = InMemory(files.collect());
    let library = "scenarios, in scenarios/library/";
    let studies = "studies, in scenarios/studies/, worked in docs/studies/";
    for (heading, scenarios) in [(library, LIBRARY), (studies, STUDIES)] {
        let _ = writeln!(text, "\n{heading}");
        for (name, scenario) in scenarios {
            let read = read(name, scenario.as_bytes(), &Overrides::none(), &files);
            let about = read.ok().and_then(|loaded| loaded.scenario.about).unwrap_or_default();
            let _ = writeln!(text, "  {name:<widest$}  {about}");
        }
    }
    text
}
