//! One run: from a scenario and a seed to its report.

use std::path::{Path, PathBuf};

use penult_reports::{Report, RunName, Stopped, Summary, play};
use penult_scenarios::{Loaded, Scenario};

use crate::exit::Failure;
use crate::{say, stop};

/// A run to be made.
pub struct One<'r> {
    /// The file of the scenario.
    pub file: &'r Path,
    /// What it says.
    pub loaded: &'r Loaded,
    /// The seed.
    pub seed: u64,
    /// Where the report goes.
    pub folder: PathBuf,
    /// Whether the report has a row for each delivery.
    pub deliveries: bool,
    /// The command that makes this run again.
    pub again: String,
}

impl One<'_> {
    /// Makes the run and writes its report, whole or not at all.
    pub fn make(&self) -> Result<Summary, Failure> {
        if !stop::goes_on() {
            return Err(Failure::Interrupted);
        }
        let scenario = Scenario { seed: self.seed, ..self.loaded.scenario.clone() };
        let built = self.loaded.build_as(scenario.strategy, self.seed).map_err(|complaints| {
            say::complaints(&complaints);
            Failure::Said
        })?;
        let name = RunName {
            scenario: scenario.title.clone(),
            strategy: scenario.strategy.word().to_owned(),
            seed: self.seed,
        };
        let unwritable =
            |error: std::io::Error| Failure::input(format!("the report can't be written: {error}"));
        let mut report = Report::begin(&self.folder, name).map_err(unwritable)?;
        let files = report.row_files(self.deliveries).map_err(unwritable)?;
        let outcome = play(&built.setup, files, &stop::goes_on).map_err(|why| match why {
            Stopped::Asked => Failure::Interrupted,
            why => Failure::input(format!("{}: {why}", self.file.display())),
        })?;
        if !outcome.violations().is_empty() {
            let mut what = format!(
                "a fault of Penult: the run broke an invariant, and no report is written\n\
                 scenario {}, strategy {}, seed {}; to see it again:\n  {}",
                self.file.display(),
                scenario.strategy.word(),
                self.seed,
                self.again
            );
            for broken in outcome.violations().iter() {
                what += &format!("\n- {broken}");
            }
            return Err(Failure::Broken(what));
        }
        report.add("scenario.toml", self.as_understood(&scenario));
        report.write(outcome).map_err(unwritable)
    }

    /// The scenario with every default, naming its files as seen from the folder of the report.
    fn as_understood(&self, scenario: &Scenario) -> String {
        let beside = self.file.parent().unwrap_or(Path::new(""));
        let whole = |path: &Path| {
            let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            path.canonicalize()
        };
        let seen = |name: &str| {
            let from = whole(&self.folder).ok()?;
            let to = whole(&beside.join(name)).ok()?;
            relative(&from, &to).to_str().map(|path| path.replace('\\', "/"))
        };
        scenario.to_toml_with(&|name| seen(name).unwrap_or_else(|| name.to_owned()))
    }
}

/// The way from a folder to a file, both whole.
fn relative(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Path::new(".."));
    let down = file.components().skip(shared);
    up.chain(down.map(|part| Path::new(part.as_os_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_file() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(way("/a/out/x", "/a/maps/net.gml"), Path::new("../../maps/net.gml"));
        assert_eq!(way("/a", "/a/net.gml"), Path::new("net.gml"));
    }
}
