//! Saying things: results to standard output, words to standard error.

use std::io::{self, IsTerminal, Write};

use penult_scenarios::Complaints;

use crate::exit::Failure;

/// Prints a result. Whoever stops reading early has read enough.
pub fn result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something beside the results. If nobody hears it, so be it.
pub fn word(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Says what is wrong.
pub fn error(what: &str) {
    word(&format!("error: {what}"));
}

/// Says what is wrong with a scenario, or doubtful.
pub fn complaints(complaints: &Complaints) {
    if !complaints.is_empty() {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        word(&complaints.render(colour));
    }
}

/// Says what had to be assumed about a scenario.
pub fn assumed<'a>(scenario: &str, said: impl IntoIterator<Item = &'a String>) {
    for what in said {
        word(&format!("note: {scenario}: {what}"));
    }
}
