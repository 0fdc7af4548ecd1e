//! `penult diff`: two reports compared, number by number.

use std::path::PathBuf;

use penult_reports::{Change, read_reports};

use crate::exit::{Exit, Failure};
use crate::known::known;
use crate::say;

/// What `penult diff` is told.
#[derive(clap::Args)]
pub struct Arguments {
    /// The report of before: its folder, its summary.json, or a folder of reports
    before: PathBuf,
    /// The report of after
    after: PathBuf,
    /// By how much a number may move: a share of what it was
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    tolerance: f64,
    /// Prints the comparison as JSON
    #[arg(long)]
    json: bool,
}

/// Compares them.
pub fn diff(arguments: &Arguments) -> Result<Exit, Failure> {
    let read = |path: &PathBuf| read_reports(path).map_err(Failure::input);
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let diff = penult_reports::diff(&before, &after, known().players.metrics());
    say::result(&match arguments.json {
        true => diff.to_json(arguments.tolerance),
        false => diff.tell(arguments.tolerance),
    })?;
    Ok(match diff.most(arguments.tolerance) {
        Some(Change::Real) => Exit::Unmet,
        Some(Change::Untold) => Exit::Untold,
        Some(Change::Noise) | None => Exit::Done,
    })
}

/// `5%`, or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let (number, of) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim(), 100.0),
        None => (text.trim(), 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / of);
    match share.filter(|share| share.is_finite() && *share >= 0.0) {
        // Nothing would move by more.
        Some(share) if share > 1.0 && of <= 1.0 => {
            Err(format!("without % it is from 0 to 1: did you mean {number}%?"))
        }
        Some(share) => Ok(share),
        None => Err("it is a share, as in 5% or 0.05".to_owned()),
    }
}
