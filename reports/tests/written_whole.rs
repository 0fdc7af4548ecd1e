//! Reports are written whole or not at all.

use std::path::Path;

use crate::common::*;
use penult_reports::*;

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_report_that_is_given_up_leaves_nothing() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("out/of/this");
    let scenario = memory_is_lost();
    let report = Report::begin(&folder, scenario.name.clone()).unwrap();
    let outcome = run(&scenario, report.row_files(true).unwrap());
    assert_eq!(entries(&folder).len(), 3, "rows are on their way");
    assert!(entries(&folder).iter().all(|name| name.ends_with(".part")));
    drop(outcome);
    drop(report);
    assert!(entries(around.path()).is_empty(), "nor are its folders there");
}

#[test]
fn a_report_that_fails_leaves_nothing() {
    let around = tempfile::tempdir().unwrap();
    let scenario = last_gateway_crashes();
    // Something stands where a file should.
    let folder = around.path().join("out");
    std::fs::create_dir_all(folder.join("timeline.csv")).unwrap();
    let report = Report::begin(&folder, scenario.name.clone()).unwrap();
    let files = report.row_files(true).unwrap();
    let error = report.write(run(&scenario, files)).expect_err("it has no place");
    assert!(error.to_string().contains("timeline.csv"), "{error}");
    assert_eq!(entries(&folder), ["timeline.csv"]);
}

#[test]
fn a_folder_that_cannot_be_is_an_error_that_names_it() {
    let around = tempfile::tempdir().unwrap();
    let file = around.path().join("file");
    std::fs::write(&file, "").unwrap();
    let name = last_gateway_crashes().name;
    let error = Report::begin(&file.join("out"), name.clone()).expect_err("a file is no folder");
    assert!(error.to_string().contains("out"), "{error}");
    assert_eq!(entries(around.path()), ["file"]);
    // A folder that goes away while the run goes on.
    let folder = around.path().join("gone");
    let report = Report::begin(&folder, name).unwrap();
    std::fs::remove_dir(&folder).unwrap();
    assert!(report.row_files(true).is_err());
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_writable_gets_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("out");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    let scenario = last_gateway_crashes();
    let report = Report::begin(&folder, scenario.name.clone()).unwrap();
    match report.row_files(true) {
        Err(error) => assert!(error.to_string().contains("losses.csv"), "{error}"),
        // Who may do everything is not stopped by permissions.
        Ok(files) => drop(files),
    }
    assert!(entries(&folder).is_empty());
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    report(&last_gateway_crashes(), folder.path());
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
    assert_eq!(mode(&folder.path().join("summary.json")), mode(&plain));
}

#[test]
fn a_later_report_replaces_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    report(&memory_is_lost(), folder.path());
    let rows = ["deliveries.csv", "deliveries.parquet"].map(|name| folder.path().join(name));
    assert!(rows.iter().all(|path| path.exists()));
    let scenario = last_gateway_crashes();
    let report = Report::begin(folder.path(), scenario.name.clone()).unwrap();
    let files = report.row_files(false).unwrap();
    let summary = report.write(run(&scenario, files)).unwrap();
    assert!(!rows.iter().any(|path| path.exists()), "they were another run's");
    let json = std::fs::read_to_string(folder.path().join("summary.json")).unwrap();
    assert_eq!(json, summary.to_json());
}
