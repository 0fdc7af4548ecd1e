//! `deliveries.parquet` has the cells of `deliveries.csv`, in columns that have a type.

use std::fs::File;
use std::path::Path;

use crate::common::*;
use parquet::basic::{ConvertedType, Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

fn open(folder: &Path) -> SerializedFileReader<File> {
    let file = File::open(folder.join("deliveries.parquet")).expect("it was written");
    SerializedFileReader::new(file).expect("it is whole")
}

/// The table as CSV, its header first.
fn table(folder: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(folder.join("deliveries.csv"))
        .expect("it was written");
    reader.deserialize().map(|row| row.expect("it has its columns")).collect()
}

/// What each column is.
const TYPES: [(&str, &str); 20] = [
    ("message", "words"),
    ("sender", "words"),
    ("recipient", "words"),
    ("bytes", "whole"),
    ("created_s", "number or null"),
    ("accepted_s", "number or null"),
    ("delivered_s", "number or null"),
    ("latency_ms", "number or null"),
    ("fate", "words"),
    ("cause", "words or null"),
    ("hops", "whole or null"),
    ("host", "words or null"),
    ("outbox_ms", "number or null"),
    ("network_ms", "number or null"),
    ("cpu_ms", "number or null"),
    ("disk_ms", "number or null"),
    ("detection_ms", "number or null"),
    ("handover_ms", "number or null"),
    ("away_ms", "number or null"),
    ("parked_ms", "number or null"),
];

/// What a device wants to send after it went away for good is never accepted.
fn never_back() -> Scenario {
    let mut setup = memory_is_lost().setup;
    setup.faults.push(away(&setup, 2, 30_000, 1_000_000));
    named("a device is never back", setup)
}

#[test]
fn columns_have_types() {
    let folder = tempfile::tempdir().expect("there is room");
    report(&last_gateway_crashes(), folder.path());
    let reader = open(folder.path());
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let found = schema.columns().iter().map(|column| {
        let kind = match (column.physical_type(), column.converted_type()) {
            (Type::BYTE_ARRAY, ConvertedType::UTF8) => "words",
            (Type::INT64, ConvertedType::INT_64) => "whole",
            (Type::DOUBLE, ConvertedType::NONE) => "number",
            other => panic!("{other:?}"),
        };
        let or_null = if column.self_type().is_optional() { " or null" } else { "" };
        (column.name().to_owned(), format!("{kind}{or_null}"))
    });
    let wanted = TYPES.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), wanted);
    assert_eq!(table(folder.path())[0], wanted.map(|(name, _)| name));
}

#[test]
fn each_cell_is_that_of_the_table() {
    let (mut empty, mut full) = ([0; TYPES.len()], [0; TYPES.len()]);
    for scenario in all().into_iter().chain([never_back()]) {
        let folder = tempfile::tempdir().expect("there is room");
        let summary = report(&scenario, folder.path());
        let reader = open(folder.path());
        let rows = reader.get_row_iter(None).expect("it has rows");
        let rows: Vec<_> = rows.map(|row| row.expect("it is whole")).collect();
        let table = table(folder.path());
        assert_eq!(rows.len(), table.len() - 1);
        assert_eq!(rows.len() as u64, summary.deliveries.offered);
        for (number, (row, cells)) in rows.iter().zip(&table[1..]).enumerate() {
            for (at, ((name, found), cell)) in row.get_column_iter().zip(cells).enumerate() {
                let wanted = match TYPES[at].1 {
                    kind if cell.is_empty() && kind.ends_with("or null") => Field::Null,
                    kind if kind.starts_with("words") => Field::Str(cell.clone()),
                    kind if kind.starts_with("whole") => Field::Long(cell.parse().expect(name)),
                    _ => Field::Double(cell.parse().expect(name)),
                };
                assert_eq!(*found, wanted, "{name} of row {number}");
                *(if cell.is_empty() { &mut empty[at] } else { &mut full[at] }) += 1;
            }
        }
    }
    // All that may be missing was missing somewhere, and all was there somewhere.
    for (at, (name, kind)) in TYPES.iter().enumerate() {
        assert_eq!(empty[at] > 0, kind.ends_with("or null") && *name != "created_s", "{name}");
        assert!(full[at] > 0, "{name}");
    }
}
