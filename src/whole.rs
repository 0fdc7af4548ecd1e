//! Files that are written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use penult_reports::parts;
use tempfile::NamedTempFile;

use crate::exit::Failure;

/// A file under way. Dropped, it leaves nothing.
pub struct Whole {
    file: NamedTempFile,
    target: PathBuf,
}

/// Where a file stands.
pub fn folder(target: &Path) -> &Path {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A file can't be begun. What is said of the temporary one in its place is nothing to its user.
pub fn unwritable(target: &Path, error: &io::Error) -> Failure {
    let (shown, folder) = (target.display(), folder(target));
    Failure::input(match error.kind() {
        io::ErrorKind::NotFound => format!("{shown}: there is no folder {}", folder.display()),
        io::ErrorKind::NotADirectory => format!("{shown}: {} is no folder", folder.display()),
        kind => format!("{shown}: {kind}"),
    })
}

impl Whole {
    /// Begins a file: here it turns out whether it can be written at all.
    pub fn begin(target: &Path) -> Result<Whole, Failure> {
        if target.is_dir() {
            return Err(Failure::input(format!("{}: a folder is in the way", target.display())));
        }
        parts::clear(folder(target));
        let file = parts::begin(folder(target)).map_err(|error| unwritable(target, &error))?;
        Ok(Whole { file, target: target.to_path_buf() })
    }

    /// Writes all of it, and puts it in its place.
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let wrong =
            |error: io::Error| Failure::input(format!("{}: {error}", self.target.display()));
        self.file.write_all(text.as_bytes()).map_err(wrong)?;
        self.keep()
    }

    /// All of it is written: puts it in its place.
    pub fn keep(self) -> Result<(), Failure> {
        let Whole { file, target } = self;
        let wrong = |error: io::Error| Failure::input(format!("{}: {error}", target.display()));
        // Who may read a file that is replaced stays as it was.
        if let Ok(there) = target.metadata() {
            file.as_file().set_permissions(there.permissions()).map_err(wrong)?;
        }
        file.persist(&target).map(|_| ()).map_err(|failed| wrong(failed.error))
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
