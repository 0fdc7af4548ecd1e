//! How the program ends: what its exit codes mean, and the errors that lead to them.

use std::fmt;
use std::process::ExitCode;

use crate::stop;

/// How the program ends. Of several ends the last of these is the end of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// All was done.
    Done,
    /// Something can't be told: there was no sample, or too few runs.
    Untold,
    /// An expectation was not met.
    Unmet,
    /// The input was wrong, and nothing was written.
    Input,
    /// Not all could be done or written, and what could be is there.
    Partial,
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
    /// What came of it can't be printed, or not all of it written.
    Output(String),
    /// A run broke an invariant.
    Broken(String),
    /// It was interrupted.
    Interrupted,
    /// Several of these, in the order in which they are to be said.
    Several(Vec<Failure>),
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Exit::Done => 0,
            Exit::Unmet => 1,
            Exit::Input => 2,
            Exit::Broken => 3,
            Exit::Untold => 4,
            Exit::Partial => 5,
            Exit::Interrupted => stop::code(),
        })
    }

    /// The same, where something was written: then it is not the end that wrong input has.
    pub fn with_written(self, written: bool) -> Exit {
        if self == Exit::Input && written { Exit::Partial } else { self }
    }
}

/// What `--help` says of them.
pub const CODES: &str = "\
Exit codes:
  0    done
  1    an expectation or objective is not met, or a number of a diff moved
  2    the input is wrong: nothing is written
  3    a run broke an invariant, which is a fault of Penult
  4    it can't be told, for want of a sample or of runs
  5    not all could be done or written: a file or standard output took no more, or one of several
       runs came to no end; what could be done is there, and whole
  130  interrupted by Ctrl-C (143 by SIGTERM, 129 by SIGHUP): what was finished is kept";

/// All of them, or all that is wrong with any.
pub fn all<T>(each: impl Iterator<Item = Result<T, Failure>>) -> Result<Vec<T>, Failure> {
    let (mut done, mut wrong) = (Vec::new(), Vec::new());
    for it in each {
        match it {
            Ok(it) => done.push(it),
            Err(failure) => wrong.push(failure),
        }
    }
    if wrong.is_empty() { Ok(done) } else { Err(Failure::Several(wrong)) }
}

/// Both, or all that is wrong with either.
pub fn both<A, B>(one: Result<A, Failure>, other: Result<B, Failure>) -> Result<(A, B), Failure> {
    match (one, other) {
        (Err(one), Err(other)) => Err(Failure::Several(vec![one, other])),
        (one, other) => Ok((one?, other?)),
    }
}

impl Failure {
    /// The input was wrong.
    pub fn input(what: impl fmt::Display) -> Failure {
        Failure::Input(what.to_string())
    }

    /// What was done can't be printed or written.
    pub fn output(what: impl fmt::Display) -> Failure {
        Failure::Output(what.to_string())
    }

    /// The same, found out after something was written.
    pub fn after_writing(self) -> Failure {
        match self {
            Failure::Input(what) => Failure::Output(what),
            failure => failure,
        }
    }

    /// How a command ends that failed so.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Said | Failure::Input(_) => Exit::Input,
            Failure::Output(_) => Exit::Partial,
            Failure::Broken(_) => Exit::Broken,
            Failure::Interrupted => Exit::Interrupted,
            Failure::Several(all) => all.iter().map(Failure::exit).max().unwrap_or(Exit::Done),
        }
    }

    /// What is still to be said of it.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Failure::Said | Failure::Interrupted => Vec::new(),
            Failure::Input(what) | Failure::Output(what) | Failure::Broken(what) => vec![what],
            Failure::Several(all) => all.iter().flat_map(Failure::words).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_is_the_end_and_each_is_said_in_its_order() {
        let input = |what: &str| Err::<u8, _>(Failure::input(what));
        let several = all([input("a"), Ok(1), input("b")].into_iter());
        let broken = Err::<(), _>(Failure::Broken("c".into()));
        let failure = both(both(several, broken), Err::<(), _>(Failure::Said)).expect_err("wrong");
        assert_eq!((failure.exit(), failure.words()), (Exit::Broken, vec!["a", "b", "c"]));
        assert_eq!(all([Ok(1), Ok(2)].into_iter()).expect("all is well"), [1, 2]);
    }
}
