//! The report of a run: all its files, whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::flat::Value;
use crate::names::RunName;
use crate::outcome::Outcome;
use crate::page::page;
use crate::parts;
use crate::plots;
use crate::row_files::RowFiles;
use crate::seen::Seen;
use crate::staged::{Ready, Staged, about};
use crate::summary::Summary;
use crate::tables::{Table, failovers, faults, gateways, latency, own, percentiles, timeline};

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
    /// Tables that only some strategies have: what an earlier report left of them goes.
    tables: Vec<String>,
    /// Whether plots are written as PNG too.
    png: bool,
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
        parts::clear(folder);
        let (assumed, more, tables) = (Vec::new(), Vec::new(), Vec::new());
        let folder = folder.to_path_buf();
        Ok(Report { folder, name, made, assumed, more, tables, png: false, written: false })
    }

    /// Where the run's rows go while it goes on. Rows of deliveries are written only if asked for.
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

    /// Strategies have these tables of their own: those of an earlier report go, if this one has none.
    pub fn may_have<'t>(&mut self, tables: impl IntoIterator<Item = &'t str>) {
        self.tables.extend(tables.into_iter().map(str::to_owned));
    }

    /// Plots are written as PNG too.
    pub fn with_png(&mut self) {
        self.png = true;
    }

    /// Writes all files of the report, then gives them their names. What is left of an earlier report in the
    /// same folder is replaced; its rows of deliveries, `timing.json` and PNG go, if this one has none.
    pub fn write(mut self, mut run: Outcome) -> io::Result<Summary> {
        let assumed = std::mem::take(&mut self.assumed);
        let summary = Summary { assumed, ..run.summary(&self.name) };
        let mut ready = std::mem::take(&mut run.files).ready()?;
        self.add("summary.json", summary.to_json());
        for (name, bytes) in self.pictures(&summary, &mut run) {
            ready.push(whole(&self.folder, &name, &bytes)?);
        }
        for (name, text) in &self.more {
            ready.push(whole(&self.folder, name, text.as_bytes())?);
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
        let of_its_own =
            run.own.tables.iter().map(|(table, rows)| own::write(folder, name, table, rows));
        for table in tables.into_iter().map(Ok).chain(of_its_own) {
            ready.push(table?.ready()?);
        }
        let had_report = folder.join("summary.json").exists();
        let on_demand = ["deliveries.csv", "deliveries.parquet", "timing.json"];
        let of_others = self.tables.iter().map(String::as_str);
        let on_demand = on_demand.into_iter().chain(PNGS).chain(of_others);
        let on_demand = on_demand.map(|name| folder.join(name));
        let is_stale = |stale: &PathBuf| !ready.iter().any(|file| file.is(stale)) && stale.exists();
        let stale: Vec<PathBuf> = on_demand.filter(|path| had_report && is_stale(path)).collect();
        // What can't be replaced is found before anything is.
        ready.iter().try_for_each(Ready::check)?;
        for file in ready {
            file.keep()?;
        }
        for stale in &stale {
            std::fs::remove_file(stale).map_err(|error| about(stale, &error))?;
        }
        self.written = true;
        Ok(summary)
    }

    /// The plots, and the page with all of them.
    fn pictures(&self, summary: &Summary, run: &mut Outcome) -> Vec<(String, Vec<u8>)> {
        let seen = Seen::of(&self.name, summary, run);
        let plots = plots::all(&seen);
        let scenario = self.more.iter().find(|(name, _)| name == "scenario.toml");
        let page = page(&seen, &plots, scenario.map(|(_, text)| text.as_str()));
        let mut files = vec![("report.html".to_owned(), page.into_bytes())];
        for plot in &plots {
            files.push((format!("{}.svg", plot.name), plot.svg().into_bytes()));
            if self.png {
                files.push((format!("{}.png", plot.name), plot.png()));
            }
        }
        files
    }
}

/// The plots as PNG, which are there only if asked for.
const PNGS: [&str; 4] = ["latency.png", "timeline.png", "loss.png", "failovers.png"];

/// A file that is written, and waits for its name.
fn whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<Ready> {
    let mut file = Staged::begin(folder, name)?;
    file.write_all(bytes)?;
    file.ready()
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
    table.row(values.iter().map(Value::cell))?;
    Ok(table)
}
