//! `penult test`: runs every scenario below the paths, and says what is not as it expects.

mod bless;
mod github;
mod junit;
mod plan;
mod verdict;

use std::path::{Path, PathBuf};

use penult_models::Maps;
use penult_reports::Verdict;
use penult_scenarios::{Complaints, Loaded};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::exit::{Exit, Failure};
use crate::one::{Made, One};
use crate::options::Changes;
use crate::progress::Progress;
use crate::say::Once;
use crate::whole::Whole;
use crate::{say, stop, world};
use plan::{Case, cases};
use verdict::{Checked, check};

/// What `penult test` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario files, and folders with scenarios anywhere below them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Writes the reports too, each to a folder in this one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Writes what came of each expectation as JUnit's XML; if a scenario can't be run, what is wrong with it
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Prints an annotation for GitHub at the line of each expectation that is not met
    #[arg(long)]
    github: bool,
    /// Writes the fingerprint of each run into its scenario, if all else that it expects is met
    #[arg(long, conflicts_with_all = ["set", "strategy", "seed"])]
    bless: bool,
    /// Prints nothing but what failed
    #[arg(long)]
    quiet: bool,
}

/// How a test ended.
enum Ended {
    /// It ran, and this came of its expectations.
    Checked(Vec<Checked>),
    /// It broke an invariant.
    Broken(String),
    /// It came to no end, or its report can't be written.
    Wrong(String),
    /// It was interrupted.
    Interrupted,
}

impl Ended {
    /// It failed.
    fn failed(failure: &Failure) -> Ended {
        let what = failure.words().join("\n");
        match failure.exit() {
            Exit::Interrupted => Ended::Interrupted,
            Exit::Broken => Ended::Broken(what),
            _ if what.is_empty() => Ended::Wrong("the scenario can't be built".to_owned()),
            _ => Ended::Wrong(what),
        }
    }
}

/// What can't be tested.
struct Unread {
    case: Case,
    complaints: Complaints,
}

/// A scenario to be tested, read and found well formed.
struct Test {
    case: Case,
    loaded: Loaded,
}

/// Tests all of them. Nothing runs if any can't.
pub fn test(arguments: &Arguments) -> Result<Exit, Failure> {
    let (tests, unread) = read(arguments, cases(&arguments.paths, arguments.out.as_deref())?)?;
    if !unread.is_empty() {
        return refused(arguments, &tests, &unread);
    }
    stop::listen();
    // Whether it can be written turns out before anything runs.
    let junit = arguments.junit.as_deref().map(Whole::begin).transpose()?;
    let spans = tests.iter().map(|test| test.loaded.scenario.duration);
    let (maps, progress) = (Maps::default(), Progress::of(spans, arguments.quiet));
    let made: Vec<Result<Made, Failure>> =
        tests.par_iter().map(|test| run(arguments, test).make(&maps, &progress)).collect();
    progress.end();
    let fingerprints: Vec<Option<String>> = made
        .iter()
        .map(|made| made.as_ref().ok().map(|made| made.summary.fingerprint.clone()))
        .collect();
    let ended = tests.iter().zip(made).map(|(test, made)| match made {
        Ok(made) => Ended::Checked(check(&test.loaded, &made)),
        Err(failure) => Ended::failed(&failure),
    });
    let mut ended: Vec<Ended> = ended.collect();
    let is_reported = |ended: &Ended| matches!(ended, Ended::Checked(_));
    let has_reports = arguments.out.is_some() && ended.iter().any(is_reported);
    let mut blessed = None;
    if arguments.bless {
        // Told apart from the rest, because what was blessed is met now.
        let done = bless(&tests, &mut ended, &fingerprints);
        blessed = Some(match done {
            Err(failure) if has_reports => return Err(failure.after_writing()),
            done => done?,
        });
    }
    let mut lines: String =
        tests.iter().zip(&ended).map(|(test, ended)| told(arguments, test, ended)).collect();
    let counts = Counts::of(&ended);
    if !arguments.quiet {
        if let Some(blessed) = blessed {
            lines += &format!("{} blessed\n", counted(blessed, "scenario", "scenarios"));
        }
        lines += &counts.line();
    }
    let printed = say::result(&lines);
    if let Some(junit) = junit {
        let all = tests.iter().map(|test| test.case.file.as_path()).zip(&ended);
        let text = junit::text(all).map_err(Failure::Output)?;
        junit.write(&text).map_err(Failure::after_writing)?;
    }
    let exit = counts.exit().with_written(has_reports || blessed.is_some_and(|count| count > 0));
    Ok(say::ends(exit, printed))
}

/// Nothing runs: who reads JUnit's XML is told why.
fn refused(arguments: &Arguments, tests: &[Test], unread: &[Unread]) -> Result<Exit, Failure> {
    if let Some(junit) = &arguments.junit {
        let tests = tests.iter().map(|test| (&test.case, None));
        let unread = unread.iter().map(|unread| (&unread.case, Some(&unread.complaints)));
        let mut all: Vec<(&Case, Option<&Complaints>)> = tests.chain(unread).collect();
        all.sort_by_key(|(case, _)| case.number);
        let all = all.into_iter().map(|(case, complaints)| (case.file.as_path(), complaints));
        Whole::begin(junit)?.write(&junit::refused(all).map_err(Failure::Input)?)?;
    }
    if !arguments.quiet {
        let which = counted(unread.len(), "scenario", "scenarios");
        say::word(&format!("{which} can't be run: nothing was"));
    }
    Ok(Exit::Input)
}

/// Reads all of them, and says what is wrong with any.
fn read(arguments: &Arguments, cases: Vec<Case>) -> Result<(Vec<Test>, Vec<Unread>), Failure> {
    let overrides = arguments.changes.overrides();
    let (mut tests, mut unread) = (Vec::new(), Vec::new());
    let mut once = Once::default();
    let mut complain = |file: &Path, complaints: &Complaints| {
        once.complaints(complaints);
        let annotations = github::complaints(file, complaints);
        if arguments.github { say::result(&annotations) } else { Ok(()) }
    };
    for case in cases {
        let file = case.file.as_path();
        match world::read(file, &overrides) {
            Ok((loaded, _)) => {
                if !arguments.quiet {
                    complain(file, &loaded.warnings)?;
                }
                if let Some(folder) = &case.folder {
                    crate::run::spare(file, folder)?;
                }
                tests.push(Test { case, loaded });
            }
            Err(complaints) => {
                complain(file, &complaints)?;
                unread.push(Unread { case, complaints });
            }
        }
    }
    Ok((tests, unread))
}

fn run<'t>(arguments: &Arguments, test: &'t Test) -> One<'t> {
    let (file, seed) = (test.case.file.as_path(), test.loaded.scenario.seed);
    One {
        file,
        loaded: &test.loaded,
        seed,
        folder: test.case.folder.clone(),
        deliveries: false,
        png: false,
        timing: false,
        again: arguments.changes.again(file, seed),
    }
}

/// What is to be said of a test: nothing, if all is met.
fn told(arguments: &Arguments, test: &Test, ended: &Ended) -> String {
    let file = test.case.file.as_path();
    let mut text = String::new();
    let annotate = |at, title: &str, message: &str| {
        let annotation = github::annotation("error", file, at, title, message);
        if arguments.github { annotation } else { String::new() }
    };
    match ended {
        Ended::Checked(checked) => {
            let unmet = || checked.iter().filter(|checked| !checked.is_met());
            for checked in unmet() {
                text += &format!("{}\n", checked.line(file));
                let title = &checked.expectation.path;
                text += &annotate(checked.at, title, &checked.message());
            }
            if unmet().next().is_some() {
                text += &match &test.case.folder {
                    Some(folder) => format!("  report in {}\n", folder.display()),
                    None => {
                        let seed = test.loaded.scenario.seed;
                        format!("  for its report: {}\n", arguments.changes.again(file, seed))
                    }
                };
            }
        }
        Ended::Broken(what) => {
            say::error(what);
            text += &annotate(None, "a broken invariant", what);
        }
        Ended::Wrong(what) => {
            say::error(what);
            text += &annotate(None, "no run", what);
        }
        Ended::Interrupted => {}
    }
    text
}

/// Writes fingerprints into scenarios of which all else is met, into all or none; how many of them changed.
fn bless(
    tests: &[Test],
    ended: &mut [Ended],
    fingerprints: &[Option<String>],
) -> Result<usize, Failure> {
    let mut changed = Vec::new();
    for ((test, ended), fingerprint) in tests.iter().zip(ended).zip(fingerprints) {
        let (Ended::Checked(checked), Some(fingerprint)) = (ended, fingerprint) else { continue };
        let mut others = checked.iter().filter(|checked| !checked.is_fingerprint());
        if !others.all(Checked::is_met) {
            continue;
        }
        for fingerprint in checked.iter_mut().filter(|checked| checked.is_fingerprint()) {
            fingerprint.verdict = Verdict::Met;
        }
        let file = test.case.file.as_path();
        let wrong = |what: &dyn std::fmt::Display| {
            Failure::input(format!("{} can't be blessed: {what}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
        let blessed = bless::blessed(&text, fingerprint).map_err(|what| wrong(&what))?;
        if blessed != text {
            // What a link leads to is written, not the link.
            let file = file.canonicalize().map_err(|error| wrong(&error))?;
            changed.push((Whole::begin(&file)?, blessed));
        }
    }
    let count = changed.len();
    for (file, text) in changed {
        file.write(&text).map_err(Failure::after_writing)?;
    }
    Ok(count)
}

/// How many ended how.
#[derive(Default)]
struct Counts {
    scenarios: usize,
    without: usize,
    expectations: usize,
    unmet: usize,
    untold: usize,
    broken: usize,
    wrong: usize,
    interrupted: usize,
}

impl Counts {
    fn of(all: &[Ended]) -> Counts {
        let mut counts = Counts { scenarios: all.len(), ..Counts::default() };
        for ended in all {
            match ended {
                Ended::Checked(checked) => {
                    let count =
                        |is: fn(&Checked) -> bool| checked.iter().filter(|it| is(it)).count();
                    counts.without += usize::from(checked.is_empty());
                    counts.expectations += checked.len();
                    counts.untold += count(Checked::is_untold);
                    counts.unmet += count(|it| !it.is_met() && !it.is_untold());
                }
                Ended::Broken(_) => counts.broken += 1,
                Ended::Wrong(_) => counts.wrong += 1,
                Ended::Interrupted => counts.interrupted += 1,
            }
        }
        counts
    }

    /// The closing line.
    fn line(&self) -> String {
        let Counts { scenarios, without, expectations, unmet, untold, broken, wrong, interrupted } =
            *self;
        let mut said = vec![counted(scenarios, "scenario", "scenarios")];
        if without > 0 {
            said.push(format!("{without} of them run for the invariants only"));
        }
        let met = expectations - unmet - untold;
        said.push(match expectations {
            0 => "nothing expected".to_owned(),
            _ if met == expectations => {
                let all = if expectations == 1 { "" } else { "all " };
                format!("{all}{} met", counted(expectations, "expectation", "expectations"))
            }
            _ => format!("{met} of {} met", counted(expectations, "expectation", "expectations")),
        });
        let others = [
            (unmet, "not met"),
            (untold, "can't be told"),
            (broken, "broke an invariant"),
            (wrong, "came to no end"),
            (interrupted, "interrupted"),
        ];
        let others = others.iter().filter(|(count, _)| *count > 0);
        said.extend(others.map(|(count, what)| format!("{count} {what}")));
        said.join(", ") + "\n"
    }

    fn exit(&self) -> Exit {
        let all = [
            (self.untold, Exit::Untold),
            (self.unmet, Exit::Unmet),
            (self.wrong, Exit::Input),
            (self.broken, Exit::Broken),
            (self.interrupted, Exit::Interrupted),
        ];
        let worst = all.iter().filter(|(count, _)| *count > 0).map(|(_, exit)| *exit).max();
        worst.unwrap_or(Exit::Done)
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No scenario is known that breaks an invariant, so this begins where one did.
    #[test]
    fn the_worst_end_is_the_end_of_all() {
        let wrong = || Ended::Wrong("no end".to_owned());
        let broken = || Ended::Broken("copies differ".to_owned());
        let met = || Ended::Checked(Vec::new());
        let exit = |all: &[Ended]| Counts::of(all).exit();
        assert_eq!(exit(&[]), Exit::Done);
        assert_eq!(exit(&[met()]), Exit::Done);
        assert_eq!(exit(&[wrong(), met()]), Exit::Input);
        assert_eq!(exit(&[broken(), wrong()]), Exit::Broken);
        assert_eq!(exit(&[Ended::Interrupted, broken()]), Exit::Interrupted);
        assert!(Exit::Untold < Exit::Unmet && Exit::Unmet < Exit::Input);
        let line = Counts::of(&[met(), broken(), wrong(), Ended::Interrupted]).line();
        let expected = "4 scenarios, 1 of them run for the invariants only, nothing expected, \
                        1 broke an invariant, 1 came to no end, 1 interrupted\n";
        assert_eq!(line, expected);
        let file = Path::new("a.toml");
        let text = junit::text([(file, &broken()), (file, &Ended::Interrupted)]).expect("it can");
        assert!(text.contains("errors=\"1\""), "{text}");
        assert!(text.contains("message=\"copies differ\" type=\"broken invariant\""), "{text}");
        assert!(text.contains("<skipped"), "{text}");
    }
}
