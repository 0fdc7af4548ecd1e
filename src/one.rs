//! One run: from a scenario and a seed to its report.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use penult_models::Maps;
use penult_reports::{Doubt, Evidence, Report, RowFiles, RunName, Stopped, Summary};
use penult_scenarios::{Built, Loaded, Scenario, Strategy};

use crate::exit::Failure;
use crate::known::known;
use crate::progress::{self, Progress};
use crate::{say, stop};

/// A run to be made.
pub struct One<'r> {
    /// The file of the scenario.
    pub file: &'r Path,
    /// What it says.
    pub loaded: &'r Loaded,
    /// The seed.
    pub seed: u64,
    /// Where the report goes; none is written without.
    pub folder: Option<PathBuf>,
    /// Whether the report has a row for each delivery, as CSV and as Parquet.
    pub deliveries: bool,
    /// Whether plots are written as PNG too.
    pub png: bool,
    /// Whether it has a file that says what the run cost.
    pub timing: bool,
    /// The command that makes this run again.
    pub again: String,
}

/// A run that was made.
pub struct Made {
    /// It in numbers.
    pub summary: Summary,
    /// What explains them.
    pub evidence: Evidence,
    /// What makes them doubtful.
    pub doubts: Vec<Doubt>,
    /// How long it took.
    pub took: Duration,
}

impl One<'_> {
    /// Makes the run and writes its report, whole or not at all. All runs of a command share their maps.
    pub fn make(&self, maps: &Maps, progress: &Progress) -> Result<Made, Failure> {
        if !stop::goes_on() {
            return Err(Failure::Interrupted);
        }
        let scenario = Scenario { seed: self.seed, ..self.loaded.scenario.clone() };
        let built = build(self.loaded, scenario.strategy, self.seed)?;
        let name = RunName {
            scenario: scenario.title.clone(),
            strategy: scenario.strategy.word().to_owned(),
            seed: self.seed,
        };
        let unwritable =
            |error: std::io::Error| Failure::input(format!("the report can't be written: {error}"));
        let begin = |folder| Report::begin(folder, name.clone()).map_err(unwritable);
        let report = self.folder.as_deref().map(begin).transpose()?;
        let files = match &report {
            Some(report) => report.row_files(self.deliveries).map_err(unwritable)?,
            None => RowFiles::none(),
        };
        let (began, tracked) = (progress::now(), progress.begin(scenario.duration));
        let heed = |far| {
            tracked.told(far);
            stop::goes_on()
        };
        let mut outcome =
            known().players.play(&built.setup, maps, files, &heed).map_err(|why| match why {
                Stopped::Asked => Failure::Interrupted,
                why => Failure::input(format!("{}: {why}", self.file.display())),
            })?;
        tracked.end();
        let took = began.elapsed();
        if !outcome.violations().is_empty() {
            return Err(self.broken(scenario.strategy, outcome.violations().iter()));
        }
        let (evidence, doubts) = (outcome.evidence(), outcome.doubts(built.setup.stops));
        let assumed = self.loaded.assumed.iter().chain(&built.assumed).cloned();
        let summary = match (report, &self.folder) {
            (Some(mut report), Some(folder)) => {
                report.assume(assumed);
                report.may_have(known().players.tables().iter().copied());
                if self.png {
                    report.with_png();
                }
                report.add("scenario.toml", self.as_understood(&scenario, folder));
                if self.timing {
                    report.add("timing.json", timing(&outcome.summary(&name), took));
                }
                report.write(outcome).map_err(unwritable)?
            }
            _ => Summary { assumed: assumed.collect(), ..outcome.summary(&name) },
        };
        Ok(Made { summary, evidence, doubts, took })
    }

    /// The run broke invariants: which, and how to see that again.
    fn broken(
        &self,
        strategy: Strategy,
        violations: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Failure {
        broken(self.file, strategy.word(), self.seed, &self.again, violations)
    }

    /// The scenario with every default, naming its files as seen from the folder of the report.
    fn as_understood(&self, scenario: &Scenario, folder: &Path) -> String {
        let beside = self.file.parent().unwrap_or(Path::new(""));
        let whole = |path: &Path| {
            let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            path.canonicalize()
        };
        let seen = |name: &str| {
            let from = whole(folder).ok()?;
            let to = whole(&beside.join(name)).ok()?;
            relative(&from, &to).to_str().map(|path| path.replace('\\', "/"))
        };
        scenario.to_toml_with(&|name| seen(name).unwrap_or_else(|| name.to_owned()))
    }
}

/// The world of a run, unless it is asked to stop meanwhile.
pub fn build(loaded: &Loaded, strategy: Strategy, seed: u64) -> Result<Built, Failure> {
    let built = loaded.build_while(strategy, seed, &stop::goes_on).map_err(|complaints| {
        say::complaints(&complaints);
        Failure::Said
    })?;
    built.ok_or(Failure::Interrupted)
}

/// A run broke invariants, and how to see that again.
pub fn broken(
    file: &Path,
    strategy: &str,
    seed: u64,
    again: &str,
    violations: impl IntoIterator<Item = impl fmt::Display>,
) -> Failure {
    let mut what = format!(
        "a fault of Penult: the run broke an invariant, and no report is written\n\
         scenario {}, strategy {strategy}, seed {seed}; to see it again:\n  {again}",
        file.display(),
    );
    for broken in violations {
        what += &format!("\n- {broken}");
    }
    Failure::Broken(what)
}

/// `timing.json`: what the run cost, which no other file says.
fn timing(summary: &Summary, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    let Summary { scenario, strategy, seed, events, simulated_s, .. } = summary;
    let timing = serde_json::json!({
        "scenario": scenario, "strategy": strategy, "seed": seed,
        "events": events, "simulated_s": simulated_s, "wall_s": seconds,
        "events_per_s": *events as f64 / seconds, "simulated_per_wall": simulated_s / seconds,
    });
    format!("{timing:#}\n")
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
    use penult_models::{Broken, Example, Violation};
    use penult_scenarios::{InMemory, Overrides, read};
    use penult_sim::Time;

    use super::*;
    use crate::exit::Exit;

    /// No scenario is known that breaks an invariant, so this begins where one is broken.
    #[test]
    fn a_broken_invariant_ends_with_three_and_says_how_to_see_it_again() {
        let example = Example { at: Time::from_nanos(7_000_000), place: None, delivery: None };
        let broken = Broken { what: Violation::CopiesDiffer, count: 2, first: example };
        let text = "title = \"Broken\"\nduration = \"1s\"\ngateways.count = 3\nclients.count = 2\n\
                    workload = { kind = \"poisson\", rate = \"1/s\" }\n";
        let loaded = read("b.toml", text.as_bytes(), &Overrides::none(), &InMemory::default());
        let run = One {
            file: Path::new("broken.toml"),
            loaded: &loaded.expect("it is well formed"),
            seed: 42,
            folder: None,
            deliveries: false,
            png: false,
            timing: false,
            again: "penult run broken.toml --set chain.length=4 --seed 42".to_owned(),
        };
        let failure = run.broken(run.loaded.scenario.strategy, [broken]);
        let Failure::Broken(what) = &failure else { panic!("{failure:?}") };
        for said in [
            "a fault of Penult",
            "scenario broken.toml, strategy chain, seed 42",
            "penult run broken.toml --set chain.length=4 --seed 42",
            "copies counted by delivery differ from copies counted by node (2 times, first at 7ms)",
        ] {
            assert!(what.contains(said), "{said}: {what}");
        }
        assert_eq!(failure.exit(), Exit::Broken);
        assert_eq!(Exit::Broken.code(), std::process::ExitCode::from(3));
    }

    #[test]
    fn runs_with_the_same_links_share_one_map() {
        let maps = Maps::default();
        let make = |shape: &str, more: &str, seed: u64| {
            let text = format!(
                "title = \"Shared\"\nduration = \"1s\"\nclients.count = 2\n\
                 gateways = {{ count = 9, shape = {shape} }}\n\
                 workload = {{ kind = \"poisson\", rate = \"1/s\" }}\n{more}"
            );
            let files = InMemory::default();
            let loaded = read("s.toml", text.as_bytes(), &Overrides::none(), &files);
            let run = One {
                file: Path::new("s.toml"),
                loaded: &loaded.unwrap_or_else(|wrong| panic!("{wrong}")),
                seed,
                folder: None,
                deliveries: false,
                png: false,
                timing: false,
                again: String::new(),
            };
            let made = run.make(&maps, &Progress::of([], true));
            assert!(made.is_ok(), "{shape} {more}");
            maps.made()
        };
        // Replications, strategies, points: the links are the same, and the map is.
        for (more, seed) in
            [("", 1), ("", 2), ("strategy = \"single\"", 1), ("chain.length = 4", 3)]
        {
            assert_eq!(make("\"full\"", more, seed), 1, "{more} {seed}");
        }
        assert_eq!(make("\"ring\"", "", 1), 2);
        assert_eq!(make("{ random = {} }", "", 1), 3, "each seed has links of its own");
        assert_eq!(make("{ random = {} }", "", 2), 4);
        assert_eq!(
            make("{ random = {} }", "strategy = \"single\"", 2),
            4,
            "which strategies share"
        );
        assert_eq!(make("\"full\"", "", 9), 4);
    }

    #[test]
    fn the_way_to_a_file() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(way("/a/out/x", "/a/maps/net.gml"), Path::new("../../maps/net.gml"));
        assert_eq!(way("/a", "/a/net.gml"), Path::new("net.gml"));
    }
}
