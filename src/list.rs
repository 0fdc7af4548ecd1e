//! `penult list`: the strategies with what they promise, and the scenarios of the library.

use std::fmt::Write;

use penult_models::Promises;
use penult_scenarios::{InMemory, LIBRARY, LIBRARY_FILES, Overrides, STUDIES, read};

use crate::exit::{Exit, Failure};
use crate::known::known;
use crate::say;

/// Lists them.
pub fn list() -> Result<Exit, Failure> {
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
    say::result(&text)?;
    Ok(Exit::Done)
}
