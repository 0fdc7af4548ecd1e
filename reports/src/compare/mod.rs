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

pub use metrics::{Comparison, Difference, Losses, Number};
pub(crate) use numbers::{grouped, outward, places, significant};
pub(crate) use originals::Originals;
pub use originals::{Mishap, Run, World};
pub use paired::{Pairs, Seed};
pub use words::{Standing, Statement};
pub(crate) use words::{TOLD, behind};

use crate::parts;
use crate::plots;
use crate::staged::{Ready, Staged, about};

impl Comparison {
    /// Writes all files of the comparison, whole or not at all, into a folder that is made if need be. The plot
    /// is written as PNG too if asked for; one of an earlier comparison goes if not.
    pub fn write(&self, folder: &Path, seeds: &[Seed], with_png: bool) -> io::Result<()> {
        std::fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        parts::clear(folder);
        let (runs, frame) = table::runs(folder, self, seeds)?;
        let mut ready = vec![
            table::numbers(folder, self)?.ready()?,
            table::pairs(folder, self)?.ready()?,
            runs.ready()?,
            frame.finish()?.ready()?,
        ];
        let plot = plots::compared(self);
        let mut files = vec![
            ("compare.json", self.to_json().into_bytes()),
            ("compare.svg", plot.svg().into_bytes()),
            ("report.html", page::page(self, &plot).into_bytes()),
        ];
        if with_png {
            files.push((PNG, plot.png()));
        }
        for (name, bytes) in files {
            let mut file = Staged::begin(folder, name)?;
            file.write_all(&bytes)?;
            ready.push(file.ready()?);
        }
        ready.iter().try_for_each(Ready::check)?;
        let png = folder.join(PNG);
        let is_stale = !with_png && folder.join("compare.json").exists() && png.exists();
        ready.into_iter().try_for_each(|file| file.keep().map(|_| ()))?;
        if is_stale {
            std::fs::remove_file(&png).map_err(|error| about(&png, &error))?;
        }
        Ok(())
    }
}

/// The plot as PNG, which is there only if asked for.
const PNG: &str = "compare.png";
