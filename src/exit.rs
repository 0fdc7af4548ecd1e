//! How the program ends: what its exit codes mean, and the errors that lead to them.

use std::fmt;
use std::process::ExitCode;

use crate::{say, stop};

/// How the program ends. Of several ends the last of these is the end of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// All was done.
    Done,
    /// Something can't be told: there was no sample, or too few runs.
    Untold,
    /// An expectation was not met.
    Unmet,
    /// The input was wrong, and nothing was written for it.
    Input,
    /// A run broke an invariant: a fault of Penult.
    Broken,
    /// It was interrupted; what was finished is kept.
    Interrupted,
}

/// Why a command came to no end.
#[derive(Debug)]
pub enum Failure {
    /// The input was wrong; what is wrong was said already.
    Said,
    /// The input was wrong.
    Input(String),
    /// A run broke an invariant.
    Broken(String),
    /// It was interrupted.
    Interrupted,
}

impl Exit {
    /// How a command ends that failed. Says why.
    pub fn of(failure: Failure) -> Exit {
        match failure {
            Failure::Said => Exit::Input,
            Failure::Input(what) => {
                say::error(&what);
                Exit::Input
            }
            Failure::Broken(what) => {
                say::error(&what);
                Exit::Broken
            }
            Failure::Interrupted => Exit::Interrupted,
        }
    }

    /// The number that the shell sees.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Exit::Done => 0,
            Exit::Unmet => 1,
            Exit::Input => 2,
            Exit::Broken => 3,
            Exit::Untold => 4,
            Exit::Interrupted => stop::code(),
        })
    }
}

/// All of them, or all that is wrong with any.
pub fn all<T>(each: impl Iterator<Item = Result<T, Failure>>) -> Result<Vec<T>, Failure> {
    let (mut done, mut wrong) = (Vec::new(), None);
    for it in each {
        match it {
            Ok(it) => done.push(it),
            Err(failure) => {
                wrong.replace(failure).map(Exit::of);
            }
        }
    }
    wrong.map_or(Ok(done), Err)
}

/// Both, or all that is wrong with either.
pub fn both<A, B>(one: Result<A, Failure>, other: Result<B, Failure>) -> Result<(A, B), Failure> {
    match (one, other) {
        (Err(one), Err(other)) => {
            Exit::of(one);
            Err(other)
        }
        (one, other) => Ok((one?, other?)),
    }
}

impl Failure {
    /// The input was wrong.
    pub fn input(what: impl fmt::Display) -> Failure {
        Failure::Input(what.to_string())
    }
}
