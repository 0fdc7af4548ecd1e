//! `penult sweep`: every point of `[sweep]`, each with its replications, on all cores.

mod journal;
mod lock;
mod numbers;
mod plan;
mod tables;
mod tell;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use penult_models::Maps;
use penult_reports::{Doubt, Summary, parts};
use penult_scenarios::{Loaded, Overrides};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::exit::{Exit, Failure, all, both};
use crate::one::One;
use crate::options::Changes;
use crate::progress::Progress;
use crate::size::key_and_values;
use crate::whole::Whole;
use crate::{folders, say, stop, world};
use journal::{Journal, Place, Ran};
use lock::Lock;
use numbers::Numbers;
use plan::{Plan, shown};
use tables::Point;
use tell::Told;

pub use tables::Table;
pub use tell::NONE_LOST;

/// What `penult sweep` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// The scenario, with a table [sweep]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// A key and its values, key=1..6 or key=1ms,5ms, instead of [sweep]; several make a product
    #[arg(long, value_name = "KEY=VALUES")]
    vary: Vec<String>,
    /// The numbers of the summary to print and draw, as in latency.p99,false_suspicions
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    show: Vec<String>,
    /// How often each point is run, instead of what [sweep] says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    replications: Option<u32>,
    /// Where its tables go, instead of out/ and the name of the file with -sweep
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Begins anew, and forgets the runs that are there
    #[arg(long)]
    fresh: bool,
    /// Prints nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Runs what is missing, then writes the tables.
pub fn sweep(arguments: &Arguments) -> Result<Exit, Failure> {
    let file = &arguments.file;
    // All that is wrong is said at once.
    let numbers = Numbers::of(&arguments.show);
    let base = varied(&arguments.changes, &arguments.vary).and_then(|it| read(file, &it));
    let (numbers, base) = both(numbers, base)?;
    if !arguments.quiet {
        say::complaints(&base.warnings);
    }
    let plan = Plan::of(&base, file, arguments.replications)?;
    let folder = folders::of_command(arguments.out.as_deref(), file, "sweep");
    let failed = |error: std::io::Error| Failure::input(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let _lock = Lock::take(&folder)?;
    parts::clear(&folder);
    let path = folder.join("journal.jsonl");
    if arguments.fresh && path.exists() {
        std::fs::remove_file(&path).map_err(failed)?;
    }
    let (journal, done) = Journal::open(&path, &plan.text)?;
    let missing = |point: u32| -> Vec<Place> {
        let places = (0..plan.replications).map(|replication| Place { point, replication });
        places.filter(|place| !done.contains_key(place)).collect()
    };
    let points = (0..plan.points.len() as u32).map(|point| (point, missing(point)));
    let todo: Vec<(u32, Vec<Place>)> = points.filter(|(_, places)| !places.is_empty()).collect();
    let count: usize = todo.iter().map(|(_, places)| places.len()).sum();
    let there = plan.runs() - count as u64;
    if there > 0 && !arguments.quiet {
        say::word(&format!("{there} of {} runs are there already", plan.runs()));
    }
    stop::listen();
    let spans = std::iter::repeat_n(base.scenario.duration, count);
    let progress = Progress::of(spans, arguments.quiet);
    let (unsettled, short) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (plan, journal, progress) = (&plan, &journal, &progress);
    let maps = Maps::default();
    let runner = Runner { arguments, plan, maps, journal, progress, unsettled, short };
    let failures: Vec<Vec<Failure>> =
        todo.par_iter().map(|(point, places)| runner.point(*point, places)).collect();
    progress.end();
    let mut exit = Exit::Done;
    for (failures, (point, _)) in failures.into_iter().zip(&todo) {
        exit = exit.max(runner.failed(*point, &failures));
    }
    if !arguments.quiet {
        runner.doubts(count);
    }
    // The journal is there, whatever comes.
    let exit = exit.with_written(true);
    conclude(arguments, plan, &base.scenario.title, numbers, &folder, journal, exit)
        .map_err(Failure::after_writing)
}

/// Writes and prints what there is. Where that is nothing, what an earlier sweep wrote is left alone.
fn conclude(
    arguments: &Arguments,
    plan: &Plan,
    title: &str,
    mut numbers: Numbers,
    folder: &Path,
    journal: &Journal,
    exit: Exit,
) -> Result<Exit, Failure> {
    let (index, mut rows) = journal.rows(&plan.text)?;
    let rest = "the same command makes those that are missing";
    let how = if exit == Exit::Interrupted { "interrupted: " } else { "" };
    if !index.keys().any(|place| plan.has(*place)) {
        say::word(&format!("{how}none of {} runs is finished; {rest}", plan.runs()));
        return Ok(exit);
    }
    let mut told = Told::of(&plan.axes, numbers.asked());
    let mut runs = 0;
    tables::write(folder, plan, &index, &mut rows, &mut |point: &Point| {
        runs += point.runs;
        numbers.take(point);
        told.take(plan.points[point.number as usize].iter().map(shown).collect(), point);
    })?;
    let svg = numbers.svg(plan, title);
    if let Some(svg) = &svg {
        Whole::begin(&folder.join("sweep.svg"))?.write(svg)?;
    }
    let mut printed = Ok(());
    if !arguments.quiet {
        printed = say::result(&told.text());
        let tables = if svg.is_some() {
            "runs.csv, points.csv and sweep.svg"
        } else {
            "runs.csv and points.csv"
        };
        say::word(&format!("{tables} in {}", folder.display()));
    }
    if runs < plan.runs() {
        say::word(&format!("{how}{runs} of {} runs are finished; {rest}", plan.runs()));
    }
    Ok(say::ends(exit, printed))
}

/// What the command line changes, with `--vary` as the table `[sweep]` has it.
fn varied(changes: &Changes, vary: &[String]) -> Result<Overrides, Failure> {
    let mut overrides = changes.overrides();
    if !vary.is_empty() {
        overrides.add("sweep={}");
    }
    let read = all(vary.iter().map(|vary| key_and_values(vary)))?;
    for (vary, (key, values)) in vary.iter().zip(read) {
        // What is no TOML is text without quotes.
        let is_toml = |value: &String| format!("value = {value}").parse::<toml::Table>().is_ok();
        let quoted = |value: String| match is_toml(&value) {
            true => value,
            false => toml::Value::String(value).to_string(),
        };
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        let set = format!("sweep.{}=[{}]", toml::Value::String(key), values.join(", "));
        let (key, list) = vary.split_once('=').unwrap_or((vary, ""));
        overrides.add_typed(set, ("--vary", Some(key), list));
    }
    Ok(overrides)
}

/// What makes the runs.
struct Runner<'r> {
    arguments: &'r Arguments,
    plan: &'r Plan,
    journal: &'r Journal,
    /// One map for all points that have the same links.
    maps: Maps,
    progress: &'r Progress,
    /// How many runs counted from before latency had settled.
    unsettled: AtomicUsize,
    /// How many ended with deliveries under way.
    short: AtomicUsize,
}

impl Runner<'_> {
    /// Makes runs of a point, and says what failed, in their order.
    fn point(&self, point: u32, places: &[Place]) -> Vec<Failure> {
        if !stop::goes_on() {
            return vec![Failure::Interrupted];
        }
        let Arguments { file, changes, .. } = self.arguments;
        let changes = changes.and(&self.plan.overrides(point));
        let loaded = match world::load_point(file, changes.overrides()) {
            Ok(loaded) => loaded,
            Err(complaints) => {
                let what = complaints.render(false);
                return vec![Failure::input(what.strip_prefix("error: ").unwrap_or(&what))];
            }
        };
        let run = |&place: &Place| self.run(&loaded, &changes, place).err();
        places.into_par_iter().filter_map(run).collect()
    }

    fn run(&self, loaded: &Loaded, changes: &Changes, place: Place) -> Result<(), Failure> {
        let file = self.arguments.file.as_path();
        let seed = self.plan.seed(place);
        let again = changes.again(file, seed);
        let (folder, deliveries, timing, png) = (None, false, false, false);
        let one = One { file, loaded, seed, folder, deliveries, timing, png, again };
        let made = one.make(&self.maps, self.progress)?;
        for doubt in &made.doubts {
            let count = match doubt {
                Doubt::Unsettled { .. } => &self.unsettled,
                Doubt::Short { .. } => &self.short,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
        let summary = &made.summary;
        let cells = Summary::metrics().filter_map(|metric| summary.get(&metric.path));
        let cells = cells.map(|value| value.to_string()).collect();
        let own = summary.own.0.iter();
        let own = own.map(|(metric, value)| (metric.path.to_string(), value.to_string())).collect();
        self.journal.add(place, &Ran { cells, own })
    }

    /// Says how many runs are doubtful.
    fn doubts(&self, runs: usize) {
        let unsettled = "latency had not settled when counting began; a longer `warmup` may do";
        let short =
            "deliveries are stranded that were under way at the end; a longer `drain` may do";
        for (count, what) in [(&self.unsettled, unsettled), (&self.short, short)] {
            match count.load(Ordering::Relaxed) {
                0 => {}
                count => say::word(&format!("note: in {count} of {runs} runs {what}")),
            }
        }
    }

    /// Says what failed of a point.
    fn failed(&self, point: u32, failures: &[Failure]) -> Exit {
        let mut exit = Exit::Done;
        for failure in failures {
            if !matches!(failure, Failure::Interrupted) {
                say::word(&format!("point {point} ({}):", self.plan.name(point)));
            }
            say::failure(failure);
            exit = exit.max(failure.exit());
        }
        exit
    }
}

/// A scenario that is well formed, and that can be built, at some point at least.
fn read(file: &Path, overrides: &Overrides) -> Result<Loaded, Failure> {
    let read = world::read_swept(file, overrides, false).map(|(loaded, _)| loaded);
    read.map_err(|complaints| {
        say::complaints(&complaints);
        Failure::Said
    })
}
