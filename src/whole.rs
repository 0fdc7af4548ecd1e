//! Files that are written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::exit::Failure;

/// A file under way. Dropped, it leaves nothing.
pub struct Whole {
    file: NamedTempFile,
    target: PathBuf,
}

impl Whole {
    /// Begins a file: here it turns out whether it can be written at all.
    pub fn begin(target: &Path) -> Result<Whole, Failure> {
        let wrong = |error: io::Error| Failure::input(format!("{}: {error}", target.display()));
        if target.is_dir() {
            return Err(wrong(io::Error::new(
                io::ErrorKind::IsADirectory,
                "a folder is in the way",
            )));
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(wrong)?;
        Ok(Whole { file, target: target.to_path_buf() })
    }

    /// Writes all of it, and puts it in its place.
    pub fn write(mut self, text: &str) -> Result<(), Failure> {
        let wrong =
            |error: io::Error| Failure::input(format!("{}: {error}", self.target.display()));
        self.file.write_all(text.as_bytes()).map_err(wrong)?;
        // Who may read a file that is replaced stays as it was.
        if let Ok(there) = self.target.metadata() {
            self.file.as_file().set_permissions(there.permissions()).map_err(wrong)?;
        }
        let Whole { file, target } = self;
        let wrong = |error: io::Error| Failure::input(format!("{}: {error}", target.display()));
        file.persist(&target).map(|_| ()).map_err(|failed| wrong(failed.error))
    }
}
