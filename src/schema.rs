//! `penult schema`: the JSON Schema of a scenario.

use crate::exit::{Exit, Failure};
use crate::say;

/// Prints it.
pub fn schema() -> Result<Exit, Failure> {
    say::result(&format!("{:#}\n", penult_scenarios::schema()))?;
    Ok(Exit::Done)
}
