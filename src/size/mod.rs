//! `penult size`: the smallest value of a key, a chain's length mostly, with which objectives are met.
//!
//! An objective is put to each run. A value meets it if a share of all runs does, 90 % if nothing else is asked;
//! that takes no shape of any distribution for granted. Each value is run until the interval of that share is
//! clear of what is asked. The interval holds at every look, and at all values together.

mod draw;
mod objective;
mod short;
mod step;
mod tell;

use std::io::IsTerminal;
use std::path::PathBuf;

use penult_models::Maps;
use penult_reports::{paths, uncomputed};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::compare::pieces;
use crate::exit::{Exit, Failure, all, both};
use crate::one::{Made, One};
use crate::options::{Changes, seed_after};
use crate::progress::{Progress, SELDOM, now};
use crate::say::Once;
use crate::sweep::Table;
use crate::whole::Whole;
use crate::world::load_point;
use crate::{folders, say, stop};
use objective::Objective;
pub use objective::whole_path;
use short::Short;
use step::{Asked, Numbers, Step, Verdict};
use tell::{percent, told, typed};

/// What `penult size` is told.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("values").required(true)))]
pub struct Arguments {
    /// The scenario
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    short: Short,
    /// The key to vary and its values, the cheapest first: key=1..6, or key=1ms,5ms,20ms
    #[arg(long, value_name = "KEY=VALUES", group = "values")]
    vary: Option<String>,
    /// What a run must come to, as in 'latency.p99 <= 400ms'; all of them, if given several times
    #[arg(long, value_name = "CONDITION", required = true)]
    slo: Vec<String>,
    /// The share of runs that must meet every objective
    #[arg(long, value_name = "SHARE", default_value = "90%", value_parser = share)]
    share: f64,
    /// How surely all that is said must hold together
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = share)]
    confidence: f64,
    /// At least so many runs of each value, so that also of one that soon is settled something is known
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..))]
    at_least: u32,
    /// At most so many runs of each value
    #[arg(long, value_name = "N", default_value_t = 200,
          value_parser = clap::value_parser!(u32).range(1..))]
    budget: u32,
    /// Where size.csv and size.svg go, instead of out/ and the name of the file with -size
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints nothing but errors and the answer
    #[arg(long)]
    quiet: bool,
}

/// A share between 0 and 1, or in percent.
fn share(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let text = text.trim();
    let share = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|it| it / 100.0),
        None => number(text),
    };
    match share {
        Some(share) if 0.0 < share && share < 1.0 => Ok(share),
        Some(above) if 1.0 < above && above < 100.0 && !text.ends_with('%') => {
            Err(format!("it lies between 0 and 1: did you mean {text}%?"))
        }
        _ => Err("it lies between 0 % and 100 %, as in 95%".to_owned()),
    }
}

/// Finds the smallest.
pub fn size(arguments: &Arguments) -> Result<Exit, Failure> {
    // All that is wrong is said at once.
    let objectives = all(arguments.slo.iter().map(|text| Objective::read(text)));
    let steps = varied(arguments).and_then(|(key, values)| {
        let steps = steps(arguments, &key, values)?;
        Ok((key, steps))
    });
    let (objectives, (key, mut steps)) = both(objectives, steps)?;
    let confidence = 1.0 - (1.0 - arguments.confidence) / steps.len() as f64;
    let least = u64::from(arguments.at_least.min(arguments.budget));
    let asked = Asked { share: arguments.share, confidence, least };
    stop::listen();
    let is_cut = run(arguments, &mut steps, &objectives, asked)?;
    let finished: usize = steps.iter().map(|step| step.runs.len()).sum();
    if is_cut {
        say::word(&format!("interrupted: {finished} runs are finished"));
        if finished == 0 {
            return Ok(Exit::Interrupted);
        }
    }
    let numbers: Vec<Numbers> = steps.iter().map(Step::numbers).collect();
    let best = steps.iter().position(|step| step.verdict == Some(Verdict::Meets));
    let folder = folders::of_command(arguments.out.as_deref(), &arguments.file, "size");
    let failed = |error: std::io::Error| Failure::input(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut table = Table::begin(&folder.join("size.csv"), columns(&key))?;
    for (step, numbers) in steps.iter().zip(&numbers) {
        table.row(row(step, numbers, asked))?;
    }
    let values: Vec<String> = steps.iter().map(|step| step.value.clone()).collect();
    let title = &steps[0].loaded.scenario.title;
    let svg = draw::draw(title, &key, &values, &numbers, best);
    let (table, picture) = (table.ready()?, Whole::begin(&folder.join("size.svg"))?);
    table.keep().and_then(|()| picture.write(&svg)).map_err(Failure::after_writing)?;
    let (answer, exit) = answer(&key, &steps, &objectives, asked, best, arguments, is_cut);
    let printed = if arguments.quiet {
        say::result(&format!("{answer}\n"))
    } else {
        say::result(&format!("{}\n{answer}\n", told(&key, &steps, &numbers, asked)))
    };
    if !arguments.quiet {
        say::word(&format!("size.csv and size.svg in {}", folder.display()));
    }
    Ok(say::ends(if is_cut { Exit::Interrupted } else { exit }, printed))
}

/// The key that is varied, and its values.
fn varied(arguments: &Arguments) -> Result<(String, Vec<String>), Failure> {
    let vary = arguments.vary.clone().or_else(|| arguments.short.vary());
    key_and_values(&vary.unwrap_or_default())
}

/// What `--vary` says.
pub fn key_and_values(vary: &str) -> Result<(String, Vec<String>), Failure> {
    let wrong = |what: &str| Failure::input(format!("{vary:?} {what}, as in chain.length=1..6"));
    let (key, list) = vary.split_once('=').ok_or_else(|| wrong("is not a key and its values"))?;
    let values: Vec<String> = match list.split_once("..") {
        Some((from, to)) => {
            let whole = |text: &str| text.trim().trim_start_matches('=').parse::<u32>().ok();
            let (from, to) = whole(from).zip(whole(to)).ok_or_else(|| wrong("is no range"))?;
            if from > to || to - from >= 1000 {
                return Err(wrong("goes from a number to a greater one"));
            }
            (from..=to).map(|number| number.to_string()).collect()
        }
        None => pieces(list).into_iter().map(|value| value.trim().to_owned()).collect(),
    };
    if values.iter().any(String::is_empty) {
        return Err(wrong("has a value that is empty"));
    }
    Ok((key.trim().to_owned(), values))
}

/// Each value with its scenario, all of them read before anything runs; or says what is wrong with any.
fn steps(arguments: &Arguments, key: &str, values: Vec<String>) -> Result<Vec<Step>, Failure> {
    // As it was typed.
    let typed = match &arguments.vary {
        Some(vary) => vary.split_once('=').map(|(key, list)| ("--vary", Some(key), list)),
        None => arguments.short.typed().map(|(option, list)| (option, None, list)),
    };
    let typed = typed.unwrap_or(("--vary", None, ""));
    let (mut steps, mut once, mut is_wrong) = (Vec::new(), Once::default(), false);
    for value in values {
        let set = format!("{key}={value}");
        let mut overrides = arguments.changes.overrides();
        overrides.add_typed(&set, typed);
        let changes = arguments.changes.and(&[set].into_iter().collect());
        let loaded = load_point(&arguments.file, overrides);
        match loaded.and_then(|loaded| loaded.build().map(|_| loaded)) {
            Ok(loaded) => {
                let (runs, broken) = (Vec::new(), vec![0; arguments.slo.len()]);
                steps.push(Step { value, changes, loaded, runs, met: 0, broken, verdict: None });
            }
            Err(complaints) => {
                once.complaints(&complaints);
                is_wrong = true;
            }
        }
    }
    if is_wrong { Err(Failure::Said) } else { Ok(steps) }
}

/// Runs each step until it can be told, or the budget is spent; says whether it was interrupted before. Which
/// runs count depends on their seeds alone: what was begun beside them on other cores is forgotten.
fn run(
    arguments: &Arguments,
    steps: &mut [Step],
    objectives: &[Objective],
    asked: Asked,
) -> Result<bool, Failure> {
    let budget = arguments.budget as usize;
    let (maps, mut said) = (Maps::default(), now());
    loop {
        let is_open = |step: &&Step| step.verdict.is_none() && step.runs.len() < budget;
        let open = steps.iter().filter(is_open).count();
        if open == 0 {
            return Ok(false);
        }
        let each = rayon::current_num_threads().div_ceil(open);
        let places = steps.iter().enumerate().filter(|(_, step)| is_open(step));
        let places = places.flat_map(|(at, step)| {
            let begun = step.runs.len();
            (begun..(begun + each).min(budget)).map(move |number| (at, number as u64))
        });
        let places: Vec<(usize, u64)> = places.collect();
        let spans = places.iter().map(|&(at, _)| steps[at].loaded.scenario.duration);
        let progress = Progress::of(spans, arguments.quiet);
        let made = |&(at, number): &(usize, u64)| -> Result<Made, Failure> {
            let step = &steps[at];
            let seed = seed_after(step.loaded.scenario.seed, number);
            let file = arguments.file.as_path();
            let again = step.changes.again(file, seed);
            let (folder, deliveries, timing, png) = (None, false, false, false);
            One { file, loaded: &step.loaded, seed, folder, deliveries, timing, png, again }
                .make(&maps, &progress)
        };
        let ended: Vec<_> = (&places).into_par_iter().map(made).collect();
        progress.end();
        let mut is_cut = false;
        for (&(at, number), made) in places.iter().zip(ended) {
            match made {
                // What comes after a seed that is missing does not count.
                Ok(made) if steps[at].runs.len() as u64 == number => {
                    steps[at].take(made.summary, objectives, asked);
                }
                Ok(_) => {}
                Err(Failure::Interrupted) => is_cut = true,
                Err(failure) => return Err(failure),
            }
        }
        if is_cut {
            return Ok(true);
        }
        // Each turn is short; how many there will be nobody knows.
        if !arguments.quiet && !std::io::stderr().is_terminal() && said.elapsed() >= 6 * SELDOM {
            said = now();
            let finished: usize = steps.iter().map(|step| step.runs.len()).sum();
            let settled = steps.iter().filter(|step| step.verdict.is_some()).count();
            let all = steps.len();
            say::word(&format!("{finished} runs, {settled} of {all} values are settled"));
        }
    }
}

/// What is recommended and why, and how the program ends.
fn answer(
    key: &str,
    steps: &[Step],
    objectives: &[Objective],
    asked: Asked,
    best: Option<usize>,
    arguments: &Arguments,
    is_cut: bool,
) -> (String, Exit) {
    let all: Vec<&str> = objectives.iter().map(|objective| objective.text.as_str()).collect();
    let all = all.join(" and ");
    let (share, sure) = (typed(asked.share), typed(arguments.confidence));
    let open = |step: &&Step| !matches!(step.verdict, Some(Verdict::Meets | Verdict::Fails));
    let why_open = |step: &Step| match &step.verdict {
        Some(Verdict::NoSample(what)) => what.clone(),
        _ => {
            let runs = match step.runs.len() {
                1 => "1 run doesn't".to_owned(),
                many => format!("{many} runs don't"),
            };
            let then = if is_cut { " yet" } else { ": raise --budget" };
            format!("{runs} settle it{then}")
        }
    };
    let smaller = best.map_or(steps, |best| &steps[..best]);
    let untold: Vec<String> = smaller
        .iter()
        .filter(open)
        .map(|step| {
            format!("whether {key} = {} does can't be told: {}", step.value, why_open(step))
        })
        .collect();
    let failing = smaller.iter().rev().find(|step| step.verdict == Some(Verdict::Fails));
    let why = failing.map(|step| {
        let worst = step.broken.iter().zip(objectives).max_by_key(|(count, _)| **count);
        let worst = worst.map_or(String::new(), |(count, objective)| {
            format!("; {} was broken in {count} of {} runs", objective.text, step.runs.len())
        });
        format!("{key} = {} does not{worst}", step.value)
    });
    let mut lines = Vec::new();
    let exit = match best {
        Some(best) => {
            let step = &steps[best];
            let (low, _) = step.interval(asked);
            let is_smallest = if untold.is_empty() { "the smallest that meets" } else { "meets" };
            lines.push(format!(
                "recommended: {key} = {}, {is_smallest} {all} in {share} of runs and more ({sure} \
                 confidence): {} of {} runs did, so at least {} do",
                step.value,
                step.met,
                step.runs.len(),
                percent(low)
            ));
            if untold.is_empty() { Exit::Done } else { Exit::Untold }
        }
        None if untold.is_empty() => {
            lines.push(format!(
                "no value of {key} meets {all} in {share} of runs ({sure} confidence)"
            ));
            Exit::Unmet
        }
        None => {
            lines.push(format!("it can't be told which {key} meets {all} in {share} of runs"));
            Exit::Untold
        }
    };
    lines.extend(why);
    lines.extend(untold);
    (lines.join("\n"), exit)
}

/// The means in `size.csv`, each with its interval.
const MEANS: [&str; 8] = paths([
    "deliveries.accepted_lost",
    "latency.p50",
    "latency.p99",
    "cost.queue_bytes_peak",
    "cost.queue_byte_seconds",
    "cost.copies_peak",
    "cost.transmissions_per_delivery",
    "cost.bytes",
]);

fn columns(key: &str) -> Vec<String> {
    let first = [key, "verdict", "runs", "met", "share_met.low", "share_met.high"];
    let loss = ["lost", "offered", "loss_rate", "loss_rate.low", "loss_rate.high"];
    let mut columns: Vec<String> = first.iter().chain(&loss).map(|&it| it.to_owned()).collect();
    for path in MEANS.iter().chain(&["packets_per_s"]) {
        columns.extend([(*path).to_owned(), format!("{path}.low"), format!("{path}.high")]);
    }
    columns
}

fn row(step: &Step, numbers: &Numbers, asked: Asked) -> Vec<String> {
    let verdict = match step.verdict {
        Some(Verdict::Meets) => "meets",
        Some(Verdict::Fails) => "fails",
        Some(Verdict::NoSample(_)) => "no sample",
        None => "untold",
    };
    let (low, high) = step.interval(asked);
    let loss = numbers.loss;
    let (loss_low, loss_high) = loss.interval.unzip();
    let cell = |number: Option<f64>| number.map_or_else(String::new, |it| it.to_string());
    let mut row = vec![
        // A number is one, whatever its sign.
        match step.value.parse::<f64>() {
            Ok(_) => step.value.clone(),
            Err(_) => uncomputed(&step.value).into_owned(),
        },
        verdict.to_owned(),
        step.runs.len().to_string(),
        step.met.to_string(),
        low.to_string(),
        high.to_string(),
        loss.lost.to_string(),
        loss.offered.to_string(),
        cell(loss.rate),
        cell(loss_low),
        cell(loss_high),
    ];
    let means = MEANS.iter().map(|path| numbers.get(path));
    for estimate in means.chain([numbers.load]) {
        let (low, high) = estimate.and_then(|it| it.interval).unzip();
        row.extend([cell(estimate.map(|it| it.mean)), cell(low), cell(high)]);
    }
    row
}
