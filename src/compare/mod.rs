//! `penult compare`: several strategies in the same worlds, paired by seed.

mod rival;

use std::path::{Path, PathBuf};

use penult_models::Maps;
use penult_reports::compare::{Comparison, Run, Seed, Standing};
use penult_reports::{RowFiles, RunName, Stopped};
use penult_scenarios::Loaded;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::exit::{Exit, Failure};
use crate::known::known;
use crate::one::{broken, build};
use crate::options::{Changes, seed_after};
use crate::progress::Progress;
use crate::say::Once;
use crate::{folders, say, stop, world};
use rival::Rival;

pub use rival::pieces;

/// What `penult compare` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// The scenario file
    file: PathBuf,
    /// The strategies, with keys of their own, as in single,chain,chain:length=4,attempts=3, and of how
    /// gateways keep mail: gateways.queue, gateways.disk. The first is the reference: each of the others
    /// is compared with it
    #[arg(long, value_name = "LIST")]
    strategies: String,
    /// Runs so many seeds, one after the other from the first, on all cores
    #[arg(long, value_name = "N", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..))]
    replications: u32,
    /// The first seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Changes a key for all of them before the scenario is read, as in gateways.count=7
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where the comparison goes, instead of out/ and the name of the file with -compare
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Writes the plot as PNG too
    #[arg(long)]
    png: bool,
    /// Prints compare.json instead of words
    #[arg(long)]
    json: bool,
    /// Prints nothing but errors, and what --json asks for
    #[arg(long)]
    quiet: bool,
}

/// A strategy, and the scenario as it runs with it.
struct Entrant {
    rival: Rival,
    changes: Changes,
    loaded: Loaded,
}

/// Runs each strategy with each seed, and compares them.
pub fn compare(arguments: &Arguments) -> Result<Exit, Failure> {
    let entrants = entrants(arguments)?;
    let folder = folders::of_command(arguments.out.as_deref(), &arguments.file, "compare");
    let scenario = &entrants[0].loaded.scenario;
    let seeds: Vec<u64> =
        (0..arguments.replications).map(|it| seed_after(scenario.seed, it.into())).collect();
    check(&arguments.file, &folder)?;
    stop::listen();
    let spans = vec![scenario.duration; seeds.len() * entrants.len()];
    let (maps, progress) = (Maps::default(), Progress::of(spans, arguments.quiet));
    let ended: Vec<Result<Seed, Vec<Failure>>> = seeds
        .par_iter()
        .map(|&seed| of_seed(&arguments.file, &entrants, seed, &maps, &progress))
        .collect();
    progress.end();
    let mut exit = Exit::Done;
    let mut done = Vec::new();
    for ended in ended {
        match ended {
            Ok(seed) => done.push(seed),
            Err(failures) => {
                failures.iter().for_each(say::failure);
                exit = failures.iter().map(Failure::exit).fold(exit, Exit::max);
            }
        }
    }
    if exit == Exit::Interrupted {
        let all = seeds.len();
        say::word(&format!("interrupted: {} of {all} seeds are finished", done.len()));
    }
    // What was finished is kept; of a run that failed nothing is.
    if done.is_empty() || !matches!(exit, Exit::Done | Exit::Interrupted) {
        return Ok(exit);
    }
    let names: Vec<String> = entrants.iter().map(|it| it.rival.name()).collect();
    let comparison = Comparison::of(&scenario.title, &names, &done);
    let unwritable = |error| Failure::input(format!("the comparison can't be written: {error}"));
    comparison.write(&folder, &done, arguments.png).map_err(unwritable)?;
    let mut printed = Ok(());
    if arguments.json {
        printed = say::result(&comparison.to_json());
    }
    if !arguments.quiet {
        if !arguments.json {
            printed = say::result(&comparison.tell());
        }
        say::word(&format!("comparison in {}", folder.display()));
    }
    let statements = (0..names.len() - 1).flat_map(|rival| comparison.statements(rival));
    let is_untold = statements.into_iter().any(|it| it.standing == Standing::Untold);
    Ok(say::ends(if is_untold { exit.max(Exit::Untold) } else { exit }, printed))
}

/// Reads the scenario for each strategy, and says what is wrong with any.
fn entrants(arguments: &Arguments) -> Result<Vec<Entrant>, Failure> {
    let rivals = rival::read(&arguments.strategies)
        .map_err(|what| Failure::input(format!("--strategies: {what}")))?;
    let file = arguments.file.display().to_string();
    // What holds for several is said once.
    let mut once = Once::default();
    let mut entrants = Vec::new();
    let count = rivals.len();
    for rival in rivals {
        let sets = arguments.set.iter().cloned().chain(rival.sets()).collect();
        let changes = Changes::of(rival.strategy.word(), arguments.seed, sets);
        let built = world::read(&arguments.file, &changes.overrides());
        match built {
            Ok((loaded, built)) => {
                if !arguments.quiet {
                    // What the file has for others may be of no use to one that keeps mail otherwise.
                    if !rival.keeps_otherwise() {
                        once.complaints(&loaded.warnings);
                    }
                    let assumed = loaded.assumed.iter().chain(&built.assumed);
                    let new: Vec<&String> =
                        assumed.filter(|it| once.is_new((*it).clone())).collect();
                    say::assumed(&file, new);
                }
                entrants.push(Entrant { rival, changes, loaded });
            }
            Err(complaints) => {
                once.complaints(&complaints);
            }
        }
    }
    if entrants.len() == count { Ok(entrants) } else { Err(Failure::Said) }
}

/// Finds out before the runs whether the comparison could be written at all.
fn check(file: &Path, folder: &Path) -> Result<(), Failure> {
    let nearest = folder.ancestors().find(|it| it.as_os_str().is_empty() || it.exists());
    match nearest {
        Some(it) if !it.as_os_str().is_empty() && !it.is_dir() => {
            let what = format!("{} is no folder", it.display());
            Err(Failure::input(format!(
                "{}: the comparison can't be written: {what}",
                file.display()
            )))
        }
        _ => Ok(()),
    }
}

/// Runs each strategy with one seed; pairs what came of it.
fn of_seed(
    file: &Path,
    entrants: &[Entrant],
    seed: u64,
    maps: &Maps,
    progress: &Progress,
) -> Result<Seed, Vec<Failure>> {
    let runs: Vec<Result<Run, Failure>> =
        entrants.into_par_iter().map(|entrant| entrant.run(file, seed, maps, progress)).collect();
    let (mut done, mut failures) = (Vec::new(), Vec::new());
    for run in runs {
        match run {
            Ok(run) => done.push(run),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(Seed::of(seed, done)) } else { Err(failures) }
}

impl Entrant {
    fn run(
        &self,
        file: &Path,
        seed: u64,
        maps: &Maps,
        progress: &Progress,
    ) -> Result<Run, Failure> {
        if !stop::goes_on() {
            return Err(Failure::Interrupted);
        }
        let strategy = self.rival.strategy;
        let built = build(&self.loaded, strategy, seed)?;
        let files = RowFiles::none().compared();
        let tracked = progress.begin(self.loaded.scenario.duration);
        let heed = |far| {
            tracked.told(far);
            stop::goes_on()
        };
        let mut outcome =
            known().players.play(&built.setup, maps, files, &heed).map_err(|why| match why {
                Stopped::Asked => Failure::Interrupted,
                why => Failure::input(format!("{}: {}: {why}", file.display(), self.rival.name())),
            })?;
        tracked.end();
        if !outcome.violations().is_empty() {
            let again = self.changes.again(file, seed);
            let broken_ones = outcome.violations().iter();
            return Err(broken(file, strategy.word(), seed, &again, broken_ones));
        }
        let scenario = self.loaded.scenario.title.clone();
        let name = RunName { scenario, strategy: self.rival.name(), seed };
        Ok(outcome.compared(&name).expect("its rows were kept"))
    }
}
