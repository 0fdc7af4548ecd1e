//! Files that are written whole or not at all: first under another name in the same folder, then renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::parts;

/// A file under way. Dropped, it leaves nothing; [kept](Staged::keep), it stands whole in its place.
#[derive(Debug)]
pub(crate) struct Staged {
    writer: BufWriter<NamedTempFile>,
    target: PathBuf,
}

/// A file that is written whole, and waits to be renamed.
#[derive(Debug)]
pub(crate) struct Ready {
    file: NamedTempFile,
    target: PathBuf,
}

impl Staged {
    /// Begins the file `name` in a folder that exists.
    pub(crate) fn begin(folder: &Path, name: &str) -> io::Result<Staged> {
        let target = folder.join(name);
        // Without what is said of the temporary file.
        let wrong = |error: io::Error| about(&target, &error.kind().into());
        let file = parts::begin(folder).map_err(wrong)?;
        Ok(Staged { writer: BufWriter::new(file), target })
    }

    /// All of it is written: it waits to be renamed.
    pub(crate) fn ready(self) -> io::Result<Ready> {
        let Staged { writer, target } = self;
        let file = writer.into_inner().map_err(|error| about(&target, error.error()))?;
        Ok(Ready { file, target })
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map_err(|error| about(&self.target, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|error| about(&self.target, &error))
    }
}

impl Ready {
    /// Whether it is to stand there.
    pub(crate) fn is(&self, path: &Path) -> bool {
        self.target == path
    }

    /// Whether something stands in its place that can't be replaced.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.target.is_dir() {
            let error = io::Error::new(io::ErrorKind::IsADirectory, "a folder is in the way");
            return Err(about(&self.target, &error));
        }
        Ok(())
    }

    /// Puts it in its place, over whatever stood there.
    pub(crate) fn keep(self) -> io::Result<File> {
        let Ready { file, target } = self;
        file.persist(&target).map_err(|failed| about(&target, &failed.error))
    }
}

/// The error, with the file that it is about.
pub(crate) fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
