//! `penult check`: whether scenarios can be run, without running them.

use std::path::PathBuf;

use penult_scenarios::Overrides;

use crate::exit::{Exit, Failure};
use crate::say::Once;
use crate::{say, world};

/// What `penult check` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Scenario files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Changes a key before the scenario is read, as in chain.length=4
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Checks each, and says what is wrong with all of them.
pub fn check(arguments: &Arguments) -> Result<Exit, Failure> {
    let overrides: Overrides = arguments.set.iter().map(String::as_str).collect();
    let (mut wrong, mut once) = (false, Once::default());
    for file in &arguments.files {
        let shown = file.display().to_string();
        match world::read_swept(file, &overrides, true) {
            Ok((loaded, built)) => {
                say::complaints(&loaded.warnings);
                say::assumed(&shown, loaded.assumed.iter().chain(&built.assumed));
                say::result(&match loaded.warnings.warnings() {
                    0 => format!("{shown}: fine\n"),
                    1 => format!("{shown}: can be run, with 1 warning\n"),
                    many => format!("{shown}: can be run, with {many} warnings\n"),
                })?;
            }
            Err(complaints) => {
                // What `--set` breaks, it breaks for all of them.
                if !once.complaints(&complaints) {
                    say::word(&format!("{shown}: can't be run either"));
                }
                wrong = true;
            }
        }
    }
    Ok(if wrong { Exit::Input } else { Exit::Done })
}
