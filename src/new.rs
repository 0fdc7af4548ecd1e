//! `penult new`: a commented scenario to start from.

use std::io::Write;
use std::path::PathBuf;

use penult_reports::parts;

use crate::exit::{Exit, Failure};
use crate::say;
use crate::whole::{folder, unwritable};

/// What `penult new` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file to write; one that is there is left alone
    file: PathBuf,
}

/// Writes it, whole or not at all.
pub fn new(arguments: &Arguments) -> Result<Exit, Failure> {
    let path = arguments.file.as_path();
    let shown = path.display();
    let wrong = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::input(format!("{shown} is there already: name another file"))
        }
        _ => unwritable(path, &error),
    };
    if path.symlink_metadata().is_ok() {
        return Err(wrong(std::io::ErrorKind::AlreadyExists.into()));
    }
    parts::clear(folder(path));
    let mut file = parts::begin(folder(path)).map_err(wrong)?;
    file.write_all(penult_scenarios::template().as_bytes()).map_err(wrong)?;
    file.persist_noclobber(path).map_err(|failed| wrong(failed.error))?;
    say::word(&format!("{shown} is written: penult run {shown}"));
    Ok(Exit::Done)
}
