//! Reports read back: the numbers of every `summary.json` below a folder, those of several seeds together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::metrics::path;

/// Where causes of losses stand; only those that took anything are written.
const CAUSES: &str = path("loss.causes.");

/// The summary of a run, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What was run.
    pub scenario: String,
    /// With which strategy.
    pub strategy: String,
    /// With which seed.
    pub seed: u64,
    /// Equal ones mean equal runs.
    pub fingerprint: String,
    /// Every number by its path; none where there was no sample.
    pub numbers: BTreeMap<String, Option<f64>>,
}

/// Why reports can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reports at a path: a `summary.json`, the list that `penult run --json` prints, or a folder with reports
/// anywhere below it. By the name of their folder as seen from there; folders `seed-…` are runs of the one around.
pub fn read_reports(path: &Path) -> Result<BTreeMap<String, Vec<Read>>, Unreadable> {
    let mut files = Vec::new();
    let about =
        |path: &Path, what: &dyn fmt::Display| Unreadable(format!("{}: {what}", path.display()));
    if path.is_dir() {
        below(path, &mut files).map_err(|error| about(path, &error))?;
        if files.is_empty() {
            return Err(about(path, &"there is no summary.json below it"));
        }
    } else {
        files.push(path.to_path_buf());
    }
    let mut reports: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| about(&file, &error))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| about(&file, &error))?;
        let name = name_of(path, &file);
        let runs = match value {
            Value::Array(runs) => runs,
            run => vec![run],
        };
        for run in runs {
            let run = Read::of(&run).map_err(|what| about(&file, &what))?;
            reports.entry(name.clone()).or_default().push(run);
        }
    }
    for runs in reports.values_mut() {
        runs.sort_by_key(|run| run.seed);
    }
    Ok(reports)
}

/// Every `summary.json` below a folder, whatever order the folder lists them in.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    for entry in entries {
        // A link to a folder could lead round in a circle.
        if entry.file_type()?.is_dir() {
            below(&entry.path(), files)?;
        } else if entry.file_name() == "summary.json" {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(())
}

/// The folder of a report, as seen from the one that was named.
fn name_of(root: &Path, file: &Path) -> String {
    let folder = file.strip_prefix(root).ok().and_then(Path::parent).unwrap_or(Path::new(""));
    let mut steps: Vec<_> = folder.iter().map(|step| step.to_string_lossy()).collect();
    let is_seed =
        |step: &str| step.strip_prefix("seed-").is_some_and(|it| it.parse::<u64>().is_ok());
    if steps.last().is_some_and(|step| is_seed(step)) {
        steps.pop();
    }
    steps.join("/")
}

impl Read {
    fn of(value: &Value) -> Result<Read, String> {
        let no_summary = || "this is no summary of a run".to_owned();
        let table = value.as_object().ok_or_else(no_summary)?;
        let schema = table.get("schema").and_then(Value::as_u64).ok_or_else(no_summary)?;
        if schema != u64::from(crate::SCHEMA) {
            let ours = crate::SCHEMA;
            return Err(format!("its keys are of version {schema}, and this Penult reads {ours}"));
        }
        let text = |key: &str| Some(table.get(key)?.as_str()?.to_owned());
        let mut numbers = BTreeMap::new();
        for (key, value) in table {
            // Numbers, but no quantities.
            if key != "seed" && key != "schema" {
                flatten(key, value, &mut numbers);
            }
        }
        Ok(Read {
            scenario: text("scenario").ok_or_else(no_summary)?,
            strategy: text("strategy").ok_or_else(no_summary)?,
            fingerprint: text("fingerprint").ok_or_else(no_summary)?,
            seed: table.get("seed").and_then(Value::as_u64).ok_or_else(no_summary)?,
            numbers,
        })
    }

    /// The number at a path. Causes that took nothing are not written: they took none.
    pub(super) fn number(&self, path: &str) -> Option<f64> {
        let none = path.starts_with(CAUSES).then_some(0.0);
        self.numbers.get(path).map_or(none, |number| *number)
    }

    /// Whether it says anything at that path, be it that there was no sample.
    pub(super) fn has(&self, path: &str) -> bool {
        path.starts_with(CAUSES) || self.numbers.contains_key(path)
    }
}

fn flatten(path: &str, value: &Value, numbers: &mut BTreeMap<String, Option<f64>>) {
    let within = |table: &Map<String, Value>, numbers: &mut _| {
        for (key, value) in table {
            flatten(&format!("{path}.{key}"), value, numbers);
        }
    };
    match value {
        Value::Object(table) => within(table, numbers),
        Value::Number(number) => {
            numbers.insert(path.to_owned(), number.as_f64());
        }
        Value::Null => {
            numbers.insert(path.to_owned(), None);
        }
        Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_belong_to_the_folder_around_them() {
        let of = |file: &str| name_of(Path::new("out"), Path::new(file));
        assert_eq!(of("out/summary.json"), "");
        assert_eq!(of("out/seed-7/summary.json"), "");
        assert_eq!(of("out/a/b/seed-7/summary.json"), "a/b");
        assert_eq!(of("out/seed-up/summary.json"), "seed-up");
    }

    #[test]
    fn what_is_written_is_read() {
        let summary = crate::Summary {
            schema: crate::SCHEMA,
            seed: u64::MAX,
            events: 7,
            scenario: "Small".to_owned(),
            ..crate::Summary::default()
        };
        let read = Read::of(&serde_json::from_str(&summary.to_json()).unwrap()).unwrap();
        assert_eq!((read.seed, read.scenario.as_str()), (u64::MAX, "Small"));
        for (path, value) in summary.flat() {
            let is_quantity = path != "seed" && path != "schema";
            if is_quantity && !matches!(value, crate::Value::Text(_)) {
                assert!(read.has(&path), "{path}");
                assert_eq!(read.number(&path), value.number(), "{path}");
            }
        }
        assert!(!read.has("latency.p98"));
        let older = summary.to_json().replace("\"schema\": 1", "\"schema\": 0");
        assert!(
            Read::of(&serde_json::from_str(&older).unwrap()).unwrap_err().contains("version 0")
        );
    }
}
