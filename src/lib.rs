//! The `penult` program, as a library: it reads the command line, and leaves the rest to a file for each command.
//!
//! A program with strategies of its own is one call:
//!
//! ```no_run
//! // Here stand those of one's own: strategies![Mine]. Those that come with Penult are there too, and first.
//! let exit = penult::main_with(penult::strategies![]);
//! ```
//!
//! What a strategy is, and how one is written, `docs/strategy.md` shows from the empty folder on.
//!
//! The crates below are what it is made of: [`sim`], the engine, knows no message; [`models`] knows messages, devices
//! and gateways; [`scenarios`] reads files; [`reports`] watches runs and says what came of them.
#![forbid(unsafe_code)]

mod check;
mod compare;
mod diff;
mod exit;
mod expect;
mod folders;
mod known;
mod list;
mod new;
mod one;
mod options;
mod progress;
mod run;
mod say;
mod schema;
mod size;
mod stop;
mod sweep;
mod table;
mod test;
mod whole;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use known::Own;
pub use {
    penult_models as models, penult_reports as reports, penult_scenarios as scenarios,
    penult_sim as sim,
};

/// A list of strategies for [`main_with`], each by the type of its keys.
#[macro_export]
macro_rules! strategies {
    ($($keys:ty),* $(,)?) => {
        &[$($crate::Own::of::<$keys>()),*]
    };
}

/// A deterministic simulator of message delivery under failure.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = exit::CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs scenarios, prints what came of them and writes their reports
    Run(run::Arguments),
    /// Runs several strategies in the same worlds, and says what is established about them
    Compare(compare::Arguments),
    /// Runs every scenario below the paths and checks what each expects
    Test(test::Arguments),
    /// Compares two reports, or folders of them: which numbers moved
    Diff(diff::Arguments),
    /// Runs every point of [sweep] on all cores; goes on where it was interrupted
    Sweep(sweep::Arguments),
    /// Finds the smallest chain, or value of another key, that meets objectives
    Size(size::Arguments),
    /// Reads and checks scenarios, and runs nothing
    Check(check::Arguments),
    /// Writes a commented scenario to start from
    New(new::Arguments),
    /// Lists the strategies, and the scenarios of the library with what each is about; or every number
    List(list::Arguments),
    /// Prints the JSON Schema of a scenario
    Schema,
}

/// Does what the command line says, with these strategies beside those that come with Penult.
pub fn main_with(own: &[Own]) -> ExitCode {
    known::begin_with(own);
    let exit = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Size(arguments) => size::size(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::New(arguments) => new::new(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Schema => schema::schema(),
    };
    let exit = exit.unwrap_or_else(|failure| {
        say::failure(&failure);
        failure.exit()
    });
    exit.code()
}
