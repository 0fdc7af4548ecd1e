//! `penult schema`: the JSON Schema of a scenario.

use crate::exit::{Exit, Failure};
use crate::known::known;
use crate::say;

/// Prints it.
pub fn schema() -> Result<Exit, Failure> {
    say::result(&format!("{:#}\n", known().scenarios.schema()))?;
    Ok(Exit::Done)
}
