//! Which scenarios a test runs, in an order that hangs on their names only.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::folders;

/// A scenario to be tested.
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    /// Its place among all.
    pub number: usize,
    /// Its file.
    pub file: PathBuf,
    /// Where its report goes, if one is asked for.
    pub folder: Option<PathBuf>,
}

/// The scenario files that are named, and those below the folders that are, each once. With `out`, each has a folder
/// in it, named as the file is from where the search began.
pub fn cases(paths: &[PathBuf], out: Option<&Path>) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    let mut seen = BTreeSet::new();
    let mut taken: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in paths {
        let wrong = |error: io::Error| Failure::input(format!("{}: {error}", path.display()));
        let mut files = Vec::new();
        if path.is_dir() {
            below(path, &mut files).map_err(wrong)?;
            files.sort_unstable();
            if files.is_empty() {
                return Err(Failure::input(format!("{}: no scenario is below it", path.display())));
            }
        } else {
            files.push(path.clone());
        }
        for file in files {
            // What can't be found is said where it is read.
            if !seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
                continue;
            }
            let folder = out.map(|out| out.join(name(path, &file)));
            if let Some(folder) = &folder
                && let Some(other) = taken.insert(folder.clone(), file.clone())
            {
                let (one, other, folder) = (other.display(), file.display(), folder.display());
                let what = format!("the reports of {one} and {other} would both go to {folder}");
                return Err(Failure::input(what));
            }
            cases.push(Case { number: cases.len(), file, folder });
        }
    }
    Ok(cases)
}

/// A file as seen from where the search began, without its ending.
fn name(from: &Path, file: &Path) -> PathBuf {
    let seen = file.strip_prefix(from).unwrap_or(file);
    seen.with_file_name(folders::stem(file))
}

/// A folder with a file of this name is left out, with all that is below it.
const IGNORED: &str = ".penultignore";

/// Every scenario below a folder. What is hidden or to be ignored is left out, and so are Cargo's manifests and
/// reports: those hold the scenario that ran.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.join("summary.json").exists() || folder.join(IGNORED).exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // A link to a folder could lead round in a circle.
        if is_hidden {
            continue;
        } else if entry.file_type()?.is_dir() {
            below(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "toml") && !path.ends_with("Cargo.toml") {
            files.push(path);
        }
    }
    Ok(())
}
