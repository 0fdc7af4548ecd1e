//! The report of a run: all its files, whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::names::RunName;
use crate::outcome::Outcome;
use crate::row_files::RowFiles;
use crate::staged::{Ready, Staged, about};
use crate::summary::Summary;
use crate::tables::{Table, failovers, faults, gateways, latency, percentiles, timeline};

/// A report under way. Until it is [written](Report::write) its folder holds nothing that anybody would
/// take for a file of it; dropped, it leaves nothing.
#[derive(Debug)]
pub struct Report {
    folder: PathBuf,
    name: RunName,
    /// The folders that it made, outermost first.
    made: Vec<PathBuf>,
    /// What had to be assumed.
    assumed: Vec<String>,
    /// Files that somebody else made the texts of: their names, and all that is in them.
    more: Vec<(String, String)>,
    written: bool,
}

impl Report {
    /// A report of the run `name`, in `folder`, which is made if need be.
    pub fn begin(folder: &Path, name: RunName) -> io::Result<Report> {
        let missing =
            folder.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        made.reverse();
        std::fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        let (assumed, more) = (Vec::new(), Vec::new());
        let folder = folder.to_path_buf();
        Ok(Report { folder, name, made, assumed, more, written: false })
    }

    /// Where the run's rows go while it goes on. `deliveries.csv` is made only if asked for.
    pub fn row_files(&self, with_deliveries: bool) -> io::Result<RowFiles> {
        RowFiles::begin(&self.folder, &self.name, with_deliveries)
    }

    /// What had to be assumed about the scenario and its files goes into the summary.
    pub fn assume(&mut self, said: impl IntoIterator<Item = String>) {
        self.assumed.extend(said);
    }

    /// One more file of the report, by its name and all that is in it.
    pub fn add(&mut self, name: &str, text: String) {
        self.more.push((name.to_owned(), text));
    }

    /// Writes all files of the report, then gives them their names. What is left of an earlier report in the
    /// same folder is replaced; its `deliveries.csv` and `timing.json` go, if this one has none.
    pub fn write(mut self, mut run: Outcome) -> io::Result<Summary> {
        let assumed = std::mem::take(&mut self.assumed);
        let summary = Summary { assumed, ..run.summary(&self.name) };
        let mut ready = std::mem::take(&mut run.files).ready()?;
        self.add("summary.json", summary.to_json());
        for (name, text) in &self.more {
            let mut file = Staged::begin(&self.folder, name)?;
            file.write_all(text.as_bytes())?;
            ready.push(file.ready()?);
        }
        let (folder, name) = (self.folder.as_path(), &self.name);
        ready.push(percentiles::write(folder, &mut run.latency)?.ready()?);
        let tables = [
            summary_table(folder, &summary)?,
            latency::write(folder, name, &mut run.latency)?,
            timeline::write(folder, name, &mut run)?,
            gateways::write(folder, name, &run)?,
            failovers::write(folder, name, run.failovers())?,
            faults::write(folder, name, run.outages())?,
        ];
        for table in tables {
            ready.push(table.ready()?);
        }
        let had_report = folder.join("summary.json").exists();
        let is_stale =
            |path: &PathBuf| had_report && !ready.iter().any(|file| file.is(path)) && path.exists();
        let on_demand = ["deliveries.csv", "timing.json"].map(|name| folder.join(name));
        let stale: Vec<PathBuf> = on_demand.into_iter().filter(is_stale).collect();
        // What can't be replaced is found before anything is.
        ready.iter().try_for_each(Ready::check)?;
        for file in ready {
            file.keep()?;
        }
        for path in stale {
            std::fs::remove_file(&path).map_err(|error| about(&path, &error))?;
        }
        self.written = true;
        Ok(summary)
    }
}

impl Drop for Report {
    /// Takes away the folders that it made for nothing. Those with something in them stay.
    fn drop(&mut self) {
        if !self.written {
            for folder in self.made.iter().rev() {
                let _ = std::fs::remove_dir(folder);
            }
        }
    }
}

/// `summary.csv`: the summary flattened.
fn summary_table(folder: &Path, summary: &Summary) -> io::Result<Table> {
    let (paths, values): (Vec<_>, Vec<_>) = summary.flat().into_iter().unzip();
    let mut table = Table::begin(folder, "summary.csv", &paths)?;
    table.row(values.iter().map(ToString::to_string))?;
    Ok(table)
}
