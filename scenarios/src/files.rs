//! The files that a scenario names: read once each, kept with their hash.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::reading::document::Item;
use crate::reading::write::Out;
use crate::reading::{Reading, Text};

/// Where files come from.
pub trait Files {
    /// All of a file, by the name that the scenario gives it.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The files of a folder, usually the scenario's.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
}

/// Files that are nowhere but in memory.
#[derive(Clone, Debug, Default)]
pub struct InMemory(pub BTreeMap<PathBuf, Vec<u8>>);

impl Files for InMemory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A file that a scenario names, as the scenario was understood.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileName {
    /// As the scenario names it.
    pub path: String,
    /// The hash of what it held: 64 hex digits.
    pub sha256: String,
}

impl FileName {
    pub(crate) fn write(&self) -> Option<Out> {
        Some(Out::File { path: self.path.clone(), sha256: self.sha256.clone() })
    }

    /// Reads a file that is named in a scenario; nothing after a complaint.
    pub(crate) fn open(item: &Item, cx: &mut Reading<'_>) -> Option<(FileName, Text)> {
        let Some(path) = item.as_text() else {
            let what = format!("{} is {}", cx.key(), item.kind());
            cx.error(item.at, what, "it is the name of a file, in quotes");
            return None;
        };
        let read = match cx.shelf.get(path) {
            Ok(read) => read,
            Err(why) => {
                let what = format!("{path:?} can't be read: {why}");
                cx.error(item.at, what, "name a file, as seen from the scenario's folder");
                return None;
            }
        };
        let Ok(text) = std::str::from_utf8(&read.bytes) else {
            cx.error(item.at, format!("{path:?} is not UTF-8 text"), "this file can't be read");
            return None;
        };
        let name = cx.shelf.shown(path);
        Some((read.name, Text { name, text: text.into() }))
    }
}

/// The files read so far.
pub(crate) struct Shelf<'f> {
    files: &'f dyn Files,
    /// What stands before a file's name in messages.
    folder: PathBuf,
    read: RefCell<BTreeMap<String, Result<Read, String>>>,
}

#[derive(Clone)]
pub(crate) struct Read {
    pub(crate) name: FileName,
    pub(crate) bytes: Rc<[u8]>,
}

struct Nowhere;

impl Files for Nowhere {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl<'f> Shelf<'f> {
    /// A shelf for the files of the scenario of this name.
    pub(crate) fn new(files: &'f dyn Files, scenario: &str) -> Self {
        let folder = Path::new(scenario).parent().unwrap_or(Path::new("")).to_owned();
        Shelf { files, folder, read: RefCell::default() }
    }

    /// What messages call a file that the scenario names.
    pub(crate) fn shown(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }

    /// A shelf for texts that name no file.
    pub(crate) fn empty() -> Shelf<'static> {
        Shelf::new(&Nowhere, "")
    }

    /// A file, or why it can't be read.
    pub(crate) fn get(&self, path: &str) -> Result<Read, String> {
        let mut read = self.read.borrow_mut();
        let read = read.entry(path.to_owned()).or_insert_with(|| {
            let bytes = self.files.read(Path::new(path)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => error.to_string(),
            })?;
            let name = FileName { path: path.to_owned(), sha256: sha256(&bytes) };
            Ok(Read { name, bytes: bytes.into() })
        });
        read.clone()
    }

    /// All files that could be read, by name.
    pub(crate) fn names(&self) -> Vec<FileName> {
        let read = self.read.borrow();
        read.values().filter_map(|read| read.as_ref().ok()).map(|read| read.name.clone()).collect()
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_the_standard_does() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
    }
}
