//! One sweep at a time in a folder: who writes to it holds a lock, and the system lets go of it when the process
//! ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::exit::Failure;
use crate::say;

/// The file that is locked. It stays, and is empty: were it removed, two could hold a lock on files of that name.
const NAME: &str = ".lock";

/// Held as long as the folder is written to.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder, if nobody has it.
    pub fn take(folder: &Path) -> Result<Lock, Failure> {
        let path = folder.join(NAME);
        let failed = |error: io::Error| Failure::input(format!("{}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display();
                let mend = "wait for its end, or name another --out";
                return Err(Failure::input(format!(
                    "another sweep is writing to {folder}: {mend}"
                )));
            }
            // Better a sweep that nobody guards than none.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                let path = path.display();
                say::word(&format!("note: {path} can't be locked: start no second sweep there"));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Lock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let Err(Failure::Input(what)) = Lock::take(folder.path()) else { panic!("it was taken") };
        assert!(what.contains("another sweep is writing to"), "{what}");
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }
}
