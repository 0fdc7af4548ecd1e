//! Files under way: they stand beside the place of the file that they become, under a name that says what they are.
//!
//! Whoever writes one holds a lock on it. The system lets go of that when a process ends, however it ends: so a file
//! that nobody has locked was left by a run that was killed, and the next one that writes to its folder removes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

const PREFIX: &str = ".penult-";
const SUFFIX: &str = ".part";

/// Begins a file in a folder that exists. Dropped, it leaves nothing.
pub fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // What the user's mask leaves of it, like any other file; a temporary one would be private.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    loop {
        let part = builder.tempfile_in(folder)?;
        match part.as_file().try_lock() {
            // Somebody who clears the folder was between: it is theirs.
            Err(TryLockError::WouldBlock) => {}
            Ok(()) if !part.path().exists() => {}
            // Where nothing can be locked, nobody clears.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(part),
        }
    }
}

/// Removes what killed runs left in a folder. What can't be removed stays: it is in nobody's way.
pub fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_part = name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes());
        if is_part && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove_if_left(&entry.path());
        }
    }
}

fn remove_if_left(part: &Path) {
    let Ok(file) = File::options().write(true).open(part) else { return };
    // The lock is held until the file is gone, so that nobody begins to write to it meanwhile.
    if file.try_lock().is_ok() {
        let _ = fs::remove_file(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_writes_any_more_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [".penult-left.part", ".other.part", ".penult-x", "penult-x.part"] {
            fs::write(path(name), "half").unwrap();
        }
        fs::create_dir(path(".penult-folder.part")).unwrap();
        let mine = begin(folder.path()).unwrap();
        clear(folder.path());
        assert!(!path(".penult-left.part").exists());
        for name in [".other.part", ".penult-x", "penult-x.part", ".penult-folder.part"] {
            assert!(path(name).exists(), "{name} is no part");
        }
        assert!(mine.path().exists(), "it is under way");
        // Whoever was killed drops nothing, but lets go of the lock.
        let (file, left) = mine.keep().unwrap();
        clear(folder.path());
        assert!(left.exists());
        drop(file);
        clear(folder.path());
        assert!(!left.exists());
    }

    #[test]
    fn none_is_lost_to_somebody_who_clears() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for _ in 0..2000 {
                    assert!(begin(here).unwrap().path().exists());
                }
            });
            while !writer.is_finished() {
                clear(here);
            }
        });
    }
}
