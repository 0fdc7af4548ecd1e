//! `penult run`: runs scenarios, prints what came of them, writes their reports.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::time::Duration;

use penult_models::Maps;
use penult_reports::{Summary, parts, tell, tell_several};
use penult_scenarios::Loaded;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::exit::{Exit, Failure};
use crate::expect::unmet;
use crate::known::known;
use crate::one::{Made, One};
use crate::options::{Changes, seed_after};
use crate::progress::{Progress, speed};
use crate::say::Once;
use crate::{folders, say, stop, world};

/// What `penult run` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Runs so many seeds, one after the other from the first, on all cores
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..))]
    replications: u32,
    /// Where the report goes, instead of out/ and the name of the file; with several runs, a folder in it for each
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Writes deliveries.csv and deliveries.parquet too, with a row for each delivery
    #[arg(long)]
    deliveries: bool,
    /// Writes the plots as PNG too
    #[arg(long)]
    png: bool,
    /// Writes timing.json too: what the run cost. It is another each time
    #[arg(long)]
    timing: bool,
    /// Prints the summary as JSON; of several runs, a list
    #[arg(long)]
    json: bool,
    /// Prints nothing but errors, and what --json asks for
    #[arg(long)]
    quiet: bool,
}

/// Runs all of them.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let scenarios = read(arguments)?;
    let folders = folders_of(arguments)?;
    let mut runs = Vec::new();
    for ((file, loaded), folder) in arguments.files.iter().zip(&scenarios).zip(&folders) {
        for number in 0..arguments.replications {
            let seed = seed_after(loaded.scenario.seed, number.into());
            let folder = match arguments.replications {
                1 => folder.clone(),
                _ => folder.join(format!("seed-{seed}")),
            };
            spare(file, &folder)?;
            let again = arguments.changes.again(file, seed);
            let Arguments { deliveries, png, timing, .. } = *arguments;
            let folder = Some(folder);
            runs.push(One { file, loaded, seed, folder, deliveries, png, timing, again });
        }
    }
    folders.iter().for_each(|folder| clear(folder));
    stop::listen();
    let spans = runs.iter().map(|run| run.loaded.scenario.duration);
    let (maps, progress) = (Maps::default(), Progress::of(spans, arguments.quiet));
    let ended: Vec<Result<Made, Failure>> =
        runs.par_iter().map(|run| run.make(&maps, &progress)).collect();
    progress.end();
    let mut exit = Exit::Done;
    let mut done: Vec<(&One<'_>, Summary)> = Vec::new();
    let (mut events, mut took, mut doubts) = (0, Duration::ZERO, Vec::new());
    for (run, ended) in runs.iter().zip(ended) {
        match ended {
            Ok(made) => {
                events += made.summary.events;
                took += made.took;
                let (file, seed) = (run.file.display(), run.seed);
                doubts
                    .extend(made.doubts.iter().map(|it| format!("{file} with seed {seed}: {it}")));
                done.push((run, made.summary));
            }
            Err(failure) => {
                say::failure(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    exit = exit.with_written(!done.is_empty());
    exit = say::ends(exit, print(arguments, &done));
    if !arguments.quiet && !done.is_empty() {
        doubts.iter().for_each(|doubt| say::word(&format!("note: {doubt}")));
        let (seconds, per_second) = (took.as_secs_f64(), events as f64 / took.as_secs_f64());
        let each = if done.len() == 1 { "" } else { ", summed over runs" };
        say::word(&format!(
            "{events} events in {seconds:.2} s{each}: {} events/s",
            speed(per_second)
        ));
    }
    if exit == Exit::Interrupted {
        say::word(&format!("interrupted: {} of {} runs are finished", done.len(), runs.len()));
    }
    Ok(exit)
}

/// Reads all scenarios, and says what is wrong with any.
fn read(arguments: &Arguments) -> Result<Vec<Loaded>, Failure> {
    let overrides = arguments.changes.overrides();
    let (mut scenarios, mut once) = (Vec::new(), Once::default());
    for file in &arguments.files {
        match world::read(file, &overrides) {
            Ok((loaded, built)) => {
                if !arguments.quiet {
                    say::complaints(&loaded.warnings);
                    let assumed = loaded.assumed.iter().chain(&built.assumed);
                    say::assumed(&file.display().to_string(), assumed);
                }
                scenarios.push(loaded);
            }
            Err(complaints) => {
                once.complaints(&complaints);
            }
        }
    }
    if scenarios.len() == arguments.files.len() { Ok(scenarios) } else { Err(Failure::Said) }
}

/// Where the reports of each file go.
fn folders_of(arguments: &Arguments) -> Result<Vec<PathBuf>, Failure> {
    if let ([_], Some(out)) = (arguments.files.as_slice(), &arguments.out) {
        return Ok(vec![out.clone()]);
    }
    let out = arguments.out.as_deref().unwrap_or(Path::new("out"));
    let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let folder = |file: &'_ PathBuf| out.join(folders::stem(file));
    for file in &arguments.files {
        if let Some(other) = taken.insert(folder(file), file) {
            let (one, other, folder) = (other.display(), file.display(), folder(file));
            let what = format!("the reports of {one} and {other} would both go to");
            return Err(Failure::input(format!("{what} {}: run one by one", folder.display())));
        }
    }
    Ok(arguments.files.iter().map(folder).collect())
}

/// Removes what killed runs left in the folder of a scenario and in those of its seeds, be they of this run or not.
fn clear(folder: &Path) {
    parts::clear(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_seed = |entry: &DirEntry| entry.file_name().as_encoded_bytes().starts_with(b"seed-");
    for seed in entries.filter(is_seed) {
        parts::clear(&seed.path());
    }
}

/// Sees to it that the report does not replace the scenario.
pub fn spare(file: &Path, folder: &Path) -> Result<(), Failure> {
    let understood = folder.join("scenario.toml");
    let same = matches!((file.canonicalize(), understood.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same {
        let what = format!("the report would replace {}: name another --out", file.display());
        return Err(Failure::input(what));
    }
    Ok(())
}

/// Prints what came of them, and says where it is even if nothing can be printed.
fn print(arguments: &Arguments, done: &[(&One<'_>, Summary)]) -> Result<(), Failure> {
    let mut printed = Ok(());
    if arguments.json {
        printed = say::result(&match done {
            [(_, summary)] if arguments.files.len() == 1 && arguments.replications == 1 => {
                summary.to_json()
            }
            _ => {
                let all: Vec<String> =
                    done.iter().map(|(_, it)| it.to_json().trim_end().to_owned()).collect();
                format!("[{}]\n", all.join(",\n"))
            }
        });
    }
    if arguments.quiet {
        return printed;
    }
    if !arguments.json {
        printed = say::result(&told(arguments, done));
    }
    for (run, summary) in done {
        for what in unmet(&run.loaded.scenario.expect, summary, known().players.metrics()) {
            say::word(&format!("note: {} with seed {}: {what}", run.file.display(), run.seed));
        }
        if let Some(folder) = &run.folder {
            say::word(&format!("report in {}", folder.display()));
        }
    }
    printed
}

/// All runs in words; those of one file together.
fn told(arguments: &Arguments, done: &[(&One<'_>, Summary)]) -> String {
    let mut told: Vec<String> = Vec::new();
    if arguments.replications == 1 {
        told.extend(done.iter().map(|(_, summary)| tell(summary)));
        return told.join("\n");
    }
    for file in &arguments.files {
        let of_file = done.iter().filter(|(run, _)| run.file == file.as_path());
        let runs: Vec<Summary> = of_file.map(|(_, summary)| summary.clone()).collect();
        if !runs.is_empty() {
            told.push(tell_several(&runs));
        }
    }
    told.join("\n")
}
