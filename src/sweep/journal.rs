//! The journal of a sweep: a line for each run that is finished, added in whatever order they finish.
//!
//! It is all that a sweep goes on from. A line counts if it is whole: it ends, and its checksum is right. What a
//! killed sweep left of its last line is passed over, and that run is made again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::exit::Failure;
use crate::whole::Whole;

/// A run's place in its sweep.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The number of its point.
    pub point: u32,
    /// Which of the runs of that point.
    pub replication: u32,
}

/// What a run came to: cells of a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ran {
    /// Of the numbers that all strategies have, in their order: the sweep says which these are.
    pub cells: Vec<String>,
    /// Of the strategy's own, by their paths.
    pub own: BTreeMap<String, String>,
}

/// A journal to which runs are added.
pub struct Journal {
    path: PathBuf,
    end: Mutex<End>,
}

/// Where lines are added.
struct End {
    file: File,
    /// The last line was not written to its end.
    is_torn: bool,
}

/// Where the line of each run stands, by the place of the run.
pub type Index = BTreeMap<Place, Line>;

/// Where a line stands, and how long it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    at: u64,
    length: usize,
}

/// Why a journal can't be gone on with.
#[derive(Debug, PartialEq, Eq)]
enum Unfit {
    /// It is another sweep's: what that one runs.
    Other(String),
    /// It has runs, and does not say of what.
    Damaged,
}

impl Journal {
    /// Goes on with the journal at a path, or begins it. `sweep` is all that decides about the results: with
    /// another one nothing is gone on with.
    pub fn open(path: &Path, sweep: &str) -> Result<(Journal, Index), Failure> {
        let failed = |error: io::Error| Failure::input(format!("{}: {error}", path.display()));
        let (index, is_begun) = match File::open(path) {
            Ok(file) => match read(file, sweep).map_err(failed)? {
                Ok(found) => found,
                Err(unfit) => return Err(refused(path, sweep, &unfit)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Index::new(), false),
            Err(error) => return Err(failed(error)),
        };
        if !is_begun {
            Whole::begin(path)?.write(&line(&serde_json::json!({ "sweep": sweep })))?;
        }
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(failed)?;
        let is_torn = is_torn(&mut file).map_err(failed)?;
        let end = Mutex::new(End { file, is_torn });
        Ok((Journal { path: path.to_path_buf(), end }, index))
    }

    /// Adds a run that is finished.
    pub fn add(&self, place: Place, ran: &Ran) -> Result<(), Failure> {
        let Place { point, replication } = place;
        let line = line(&match ran.own.is_empty() {
            true => serde_json::json!([point, replication, ran.cells]),
            false => serde_json::json!([point, replication, ran.cells, ran.own]),
        });
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let start = if end.is_torn { "\n" } else { "" };
        end.is_torn = true;
        // In one go: if somebody else adds lines too, they don't mix.
        end.file
            .write_all(format!("{start}{line}").as_bytes())
            .map_err(|error| self.failed(&error))?;
        end.is_torn = false;
        Ok(())
    }

    /// All that it has now, read in the order in which it is asked for.
    pub fn rows(&self, sweep: &str) -> Result<(Index, Rows), Failure> {
        let open = || File::open(&self.path).map_err(|error| self.failed(&error));
        match read(open()?, sweep).map_err(|error| self.failed(&error))? {
            Ok((index, _)) => {
                Ok((index, Rows { file: BufReader::new(open()?), at: 0, path: self.path.clone() }))
            }
            Err(unfit) => Err(refused(&self.path, sweep, &unfit)),
        }
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::input(format!("{}: {error}", self.path.display()))
    }
}

/// The lines of a journal, one by one.
pub struct Rows {
    file: BufReader<File>,
    at: u64,
    path: PathBuf,
}

impl Rows {
    /// What the run came to.
    pub fn ran(&mut self, line: Line) -> Result<Ran, Failure> {
        self.read(line).map_err(|error| Failure::input(format!("{}: {error}", self.path.display())))
    }

    fn read(&mut self, line: Line) -> io::Result<Ran> {
        // Without letting go of what was read ahead, where that will do.
        self.file.seek_relative(line.at.wrapping_sub(self.at).cast_signed())?;
        let mut bytes = vec![0; line.length];
        self.file.read_exact(&mut bytes)?;
        self.at = line.at + line.length as u64;
        let run = whole(&bytes).and_then(|json| run(&json));
        run.map(|(_, ran)| ran)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it was changed meanwhile"))
    }
}

/// The runs of a journal, and whether it was begun at all.
fn read(file: File, sweep: &str) -> io::Result<Result<(Index, bool), Unfit>> {
    let (mut index, mut begun) = (Index::new(), false);
    let mut file = BufReader::new(file);
    let (mut at, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        let length = file.read_until(b'\n', &mut bytes)?;
        if length == 0 {
            return Ok(Ok((index, begun)));
        }
        if let Some(json) = whole(&bytes) {
            if let Some(of) = json.get("sweep").and_then(serde_json::Value::as_str) {
                if of != sweep {
                    return Ok(Err(Unfit::Other(of.to_owned())));
                }
                begun = true;
            } else if !begun {
                return Ok(Err(Unfit::Damaged));
            } else if let Some((place, _)) = run(&json) {
                // A run that was made twice came to the same.
                index.entry(place).or_insert(Line { at, length });
            }
        }
        at += length as u64;
    }
}

/// A line: its checksum, then what it says.
fn line(says: &serde_json::Value) -> String {
    let says = says.to_string();
    format!("{} {says}\n", checksum(says.as_bytes()))
}

/// What a line says, if all of it is there.
fn whole(bytes: &[u8]) -> Option<serde_json::Value> {
    let line = bytes.strip_suffix(b"\n")?;
    let (sum, says) = line.split_at_checked(CHECKSUM)?;
    let says = says.strip_prefix(b" ")?;
    (sum == checksum(says).as_bytes()).then(|| serde_json::from_slice(says).ok())?
}

/// The run of a line.
fn run(says: &serde_json::Value) -> Option<(Place, Ran)> {
    let number = |at: usize| u32::try_from(says.get(at)?.as_u64()?).ok();
    let cells = says.get(2)?.as_array()?.iter().map(|cell| Some(cell.as_str()?.to_owned()));
    let own = says.get(3).and_then(serde_json::Value::as_object).into_iter().flatten();
    let own = own.map(|(path, cell)| Some((path.clone(), cell.as_str()?.to_owned())));
    let ran = Ran { cells: cells.collect::<Option<_>>()?, own: own.collect::<Option<_>>()? };
    Some((Place { point: number(0)?, replication: number(1)? }, ran))
}

/// So many letters a checksum has.
const CHECKSUM: usize = 16;

fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..CHECKSUM / 2])
}

/// As hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a file ends within a line.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn refused(path: &Path, sweep: &str, unfit: &Unfit) -> Failure {
    let path = path.display();
    let ways = "--fresh begins anew and forgets its runs; --out keeps them, and goes elsewhere";
    Failure::input(match unfit {
        Unfit::Damaged => format!("{path} has runs, but does not say of which sweep\n{ways}"),
        Unfit::Other(other) => {
            let mut lines = other.lines().zip(sweep.lines());
            let moved = match lines.find(|(before, now)| before != now) {
                Some((before, now)) => format!("it has `{before}`, and now there is `{now}`"),
                None => "one of the two goes on where the other ends".to_owned(),
            };
            format!("{path} is of another sweep: {moved}\n{ways}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWEEP: &str = "title = \"x\"\nseed = 1\n";

    fn place(number: u32) -> Place {
        Place { point: number / 2, replication: number % 2 }
    }

    fn ran(number: u32) -> Ran {
        let cells = vec![number.to_string(), format!("quote \" and, comma\nand line {number}")];
        // Every other one has a number of its own.
        let own = (number % 2 == 1).then(|| ("mesh.relayed".to_owned(), number.to_string()));
        Ran { cells, own: own.into_iter().collect() }
    }

    fn all(journal: &Journal) -> Vec<(Place, Ran)> {
        let (index, mut rows) = journal.rows(SWEEP).unwrap();
        index.into_iter().map(|(place, line)| (place, rows.ran(line).unwrap())).collect()
    }

    #[test]
    fn cut_anywhere_it_goes_on_to_the_same_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (journal, index) = Journal::open(&path, SWEEP).unwrap();
        assert!(index.is_empty());
        for number in [3, 0, 2, 1] {
            journal.add(place(number), &ran(number)).unwrap();
        }
        let wanted: Vec<_> = (0..4).map(|number| (place(number), ran(number))).collect();
        assert_eq!(all(&journal), wanted);
        let bytes = std::fs::read(&path).unwrap();
        let mut seen = Vec::new();
        for length in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let (journal, index) = Journal::open(&path, SWEEP).unwrap();
            seen.push(index.len());
            for number in 0..4 {
                if !index.contains_key(&place(number)) {
                    journal.add(place(number), &ran(number)).unwrap();
                }
            }
            assert_eq!(all(&journal), wanted, "cut at {length}");
        }
        let ends = |number| seen.iter().position(|&it| it == number);
        let lines: Vec<usize> =
            (1..bytes.len() + 1).filter(|&at| bytes[at - 1] == b'\n').skip(1).collect();
        assert_eq!(
            (1..=4).map(ends).collect::<Vec<_>>(),
            lines.into_iter().map(Some).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_line_that_was_changed_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (journal, _) = Journal::open(&path, SWEEP).unwrap();
        journal.add(place(0), &ran(0)).unwrap();
        journal.add(place(1), &ran(1)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("line 0", "line 9")).unwrap();
        let (_, index) = Journal::open(&path, SWEEP).unwrap();
        assert_eq!(index.into_keys().collect::<Vec<_>>(), [place(1)]);
    }

    #[test]
    fn another_sweep_is_refused_by_the_line_that_moved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        Journal::open(&path, SWEEP).unwrap();
        let Err(Failure::Input(what)) = Journal::open(&path, "title = \"x\"\nseed = 2\n") else {
            panic!("it was taken")
        };
        assert!(what.contains("`seed = 1`") && what.contains("`seed = 2`"), "{what}");
    }
}
