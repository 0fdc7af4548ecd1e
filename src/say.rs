//! Saying things: results to standard output, words to standard error.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};

use penult_scenarios::Complaints;

use crate::exit::{Exit, Failure};

/// Prints a result. Whoever stops reading early has read enough.
pub fn result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::output(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// How a command ends that was to end so, and printed its result: if it could not, that is said.
pub fn ends(exit: Exit, printed: Result<(), Failure>) -> Exit {
    let Err(why) = printed else { return exit };
    failure(&why);
    exit.max(why.exit())
}

/// Says something beside the results. If nobody hears it, so be it.
pub fn word(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Says what is wrong.
pub fn error(what: &str) {
    word(&format!("error: {what}"));
}

/// Says why a command came to no end, or a part of it.
pub fn failure(failure: &Failure) {
    failure.words().into_iter().for_each(error);
}

/// Says what is wrong with a scenario, or doubtful.
pub fn complaints(complaints: &Complaints) {
    if !complaints.is_empty() {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        word(&complaints.render(colour));
    }
}

/// Says once what holds for several scenarios, or for one with several changes.
#[derive(Default)]
pub struct Once {
    said: BTreeSet<String>,
}

impl Once {
    /// Says what was not said before, and whether that was anything.
    pub fn complaints(&mut self, all: &Complaints) -> bool {
        let mut one = Complaints { sources: all.sources.clone(), ..Complaints::default() };
        let mut new = Vec::new();
        for complaint in &all.list {
            one.list = vec![complaint.clone()];
            if self.is_new(one.render(false)) {
                new.append(&mut one.list);
            }
        }
        one.list = new;
        one.more = all.more;
        complaints(&one);
        !one.is_empty()
    }

    /// Whether a text comes for the first time.
    pub fn is_new(&mut self, text: String) -> bool {
        self.said.insert(text)
    }
}

/// Says what had to be assumed about a scenario.
pub fn assumed<'a>(scenario: &str, said: impl IntoIterator<Item = &'a String>) {
    for what in said {
        word(&format!("note: {scenario}: {what}"));
    }
}
