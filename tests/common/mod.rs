//! What the tests of the program share: how it is started, and what is seen of it.

#[cfg(target_os = "linux")]
pub mod process;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::CommandCargoExt;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// So many random cases, times what `PENULT_CASES` says: few by default, so that all tests are over soon. `.ci/run` asks
/// for eight times as many.
pub fn cases(few: u32) -> u32 {
    let times = std::env::var("PENULT_CASES").map(|times| times.parse().expect("a number"));
    few * times.unwrap_or(1)
}

/// A sweep of six points, three runs of each.
pub const SWEPT: &str = r#"
title    = "Swept"
duration = "5s"
gateways = { count = 4 }
clients  = { count = 6 }
workload = { kind = "poisson", rate = "1/s" }

[[fault]]
crash = "gateways"
mtbf  = "4s"
mttr  = "1s"

[sweep]
"chain.length"     = [1, 2, 3]
"gateways.latency" = ["1ms", "5ms"]
replications       = 3
"#;

/// The same with runs enough that it can be met at its work.
pub fn longer() -> String {
    SWEPT.replace("\"5s\"", "\"20s\"").replace("= 3\n", "= 20\n")
}

/// The same, each longer than the one before: where it was over before it was met, there is the next.
pub fn longer_and_longer() -> impl Iterator<Item = String> {
    [1, 20, 400]
        .into_iter()
        .map(|times| longer().replace("\"20s\"", &format!("\"{}s\"", 20 * times)))
}

/// The program with these arguments, in this folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    #[cfg(target_os = "linux")]
    process::reset_signals();
    let mut command = Command::cargo_bin("penult").expect("it is built");
    command.current_dir(folder).args(arguments);
    command
}

/// What comes of it.
pub fn penult(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("it runs")
}

/// The same on so many threads.
pub fn with_threads(folder: &Path, arguments: &[&str], threads: u32) -> Output {
    let mut command = command(folder, arguments);
    command.env("RAYON_NUM_THREADS", threads.to_string()).output().expect("it runs")
}

/// A folder with these files in it.
pub fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    folder
}

/// What it printed.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("words")
}

/// What it said beside that.
pub fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("words")
}

/// It ended with this exit code.
#[track_caller]
pub fn ends(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", out(output), said(output));
}

/// The cells of a Parquet file, as they would stand in CSV without its header.
pub fn parquet_rows(file: &Path) -> Vec<Vec<String>> {
    let file = fs::File::open(file).expect("it is there");
    let reader = SerializedFileReader::new(file).expect("it is whole");
    let cell = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(truth) => truth.to_string(),
        Field::Long(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        field => panic!("{field:?}"),
    };
    let rows = reader.get_row_iter(None).expect("it has rows").map(|row| {
        row.expect("it is whole").get_column_iter().map(|(_, field)| cell(field)).collect()
    });
    rows.collect()
}

/// A scenario that takes no time.
pub const SMALL: &str = r#"
title    = "Small"
duration = "5s"
gateways = { count = 3 }
clients  = { count = 6 }
workload = { kind = "poisson", rate = "1/s" }
"#;

/// What is in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("it can be listed").file_name().into_string().expect("words")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort_unstable();
    names
}
