//! Tables as they come into a spreadsheet: no text of a user is computed there, and none is lost on the way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{SMALL, ends, folder_with, parquet_rows, penult};

/// What spreadsheets take for a formula, and what is like it.
const TEXTS: [&str; 8] =
    ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "'=1+1", "'quoted'"];

/// All CSV files in a folder, below it too.
fn tables(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        match path.extension() {
            _ if path.is_dir() => tables(&path, found),
            Some(csv) if csv == "csv" => found.push(path),
            _ => {}
        }
    }
}

/// The header of a table, and its rows.
fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(path);
    let rows = reader
        .expect("it is there")
        .into_records()
        .map(|row| row.expect("it is well formed").iter().map(str::to_owned).collect::<Vec<_>>());
    let mut rows: Vec<Vec<String>> = rows.collect();
    (rows.remove(0), rows)
}

/// As `docs/reports.md` says that a cell is read back.
fn read_back(cell: &str) -> &str {
    let is_marked = cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_marked { cell.strip_prefix('\'').expect("it is marked") } else { cell }
}

#[test]
fn no_text_of_a_user_is_a_formula() {
    for text in TEXTS {
        let title = format!("title = {}", toml::Value::from(text));
        let region = format!("gateways = {{ count = 3, regions = [{}] }}", toml::Value::from(text));
        let fault = format!("[[fault]]\nregion = {}\nat = \"1s\"\n", toml::Value::from(text));
        let scenario = SMALL.replace("title    = \"Small\"", &title);
        let scenario = scenario.replace("gateways = { count = 3 }", &region) + &fault;
        let titles = format!("[sweep]\ntitle = [\"a\", {}]\n", toml::Value::from(text));
        let folder =
            folder_with(&[("s.toml", &scenario), ("w.toml", &format!("{scenario}{titles}"))]);
        for arguments in [
            &["run", "s.toml", "--deliveries"][..],
            &["sweep", "w.toml"],
            &["compare", "s.toml", "--strategies", "single,chain", "--replications", "2"],
        ] {
            ends(&penult(folder.path(), arguments), 0);
        }
        // One run settles nothing.
        let size = ["size", "w.toml", "--vary", "title=a,=1+1", "--slo", "offered > 0"];
        ends(&penult(folder.path(), &[&size[..], &["--budget", "1"]].concat()), 4);
        let mut all = Vec::new();
        tables(folder.path(), &mut all);
        assert!(all.len() > 12, "{all:?}");
        let mut titles = 0;
        for path in all {
            let (header, rows) = read(&path);
            for (column, cell) in rows.iter().flat_map(|row| header.iter().zip(row)) {
                let is_number = cell.parse::<f64>().is_ok();
                let computed = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(is_number || !computed, "{path:?}, {column}: {cell:?}");
                if column == "scenario" || column == "title" {
                    assert!([text, "a", "=1+1"].contains(&read_back(cell)), "{path:?}: {cell:?}");
                    titles += usize::from(read_back(cell) == text);
                }
            }
        }
        assert!(titles > 20, "{titles}");
        // Where columns have types, a text is what it is.
        let rows = parquet_rows(&folder.path().join("out/w-sweep/runs.parquet"));
        assert!(rows.iter().any(|row| row.iter().any(|cell| cell == text)), "{rows:?}");
    }
}
