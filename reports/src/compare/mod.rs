//! Strategies compared in the same worlds, paired by seed: what is established, and what is not.
//!
//! ```text
//!   RowFiles::compared ─▶ play ─▶ Outcome::compared ─▶ Run ─▶ Seed ─▶ Comparison ─▶ tell, write
//! ```
//!
//! The first strategy is the reference; each of the others is its rival. Two things are compared:
//!
//! - numbers of the summary, by the differences of runs with the same seed, with Student-t intervals;
//! - what goes wrong with deliveries, each with the same delivery of the other run: McNemar's exact test. It
//!   takes deliveries to be independent, and those that one fault took together are not. So more is
//!   established only if the seeds agree too, each counted once: the sign test.

mod metrics;
mod numbers;
mod originals;
mod page;
mod paired;
mod table;
mod tell;
#[cfg(test)]
mod tests;
mod words;

use std::io::{self, Write};
use std::path::Path;

pub use metrics::{Comparison, Difference, Losses, Metric};
pub(crate) use numbers::significant;
pub(crate) use originals::Originals;
pub use originals::{Mishap, Run, World, shares};
pub use paired::{Pairs, Seed};
pub(crate) use words::TOLD;
pub use words::{Standing, Statement};

use crate::plots;
use crate::staged::{Ready, Staged, about};

impl Comparison {
    /// Writes all files of the comparison, whole or not at all, into a folder that is made if need be.
    pub fn write(&self, folder: &Path, seeds: &[Seed]) -> io::Result<()> {
        std::fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        let mut ready = vec![
            table::numbers(folder, self)?.ready()?,
            table::pairs(folder, self)?.ready()?,
            table::runs(folder, self, seeds)?.ready()?,
        ];
        let plot = plots::compared(self);
        for (name, text) in [
            ("compare.json", self.to_json()),
            ("compare.svg", plot.svg()),
            ("report.html", page::page(self, &plot)),
        ] {
            let mut file = Staged::begin(folder, name)?;
            file.write_all(text.as_bytes())?;
            ready.push(file.ready()?);
        }
        ready.iter().try_for_each(Ready::check)?;
        ready.into_iter().try_for_each(|file| file.keep().map(|_| ()))
    }
}
