//! Files that can't be read, or are no text.

use crate::common::folder;
use penult_scenarios::{InMemory, Overrides, load, read};

#[test]
fn a_file_that_is_not_there_is_named() {
    let path = folder("good").join("nowhere.toml");
    let complaints = load(&path, &Overrides::none()).unwrap_err();
    let said = complaints.to_string();
    assert!(
        said.contains("nowhere.toml can't be read") && said.contains("help: name a scenario"),
        "{said}"
    );
}

#[test]
fn a_file_that_is_no_text_says_where_it_stops_being_one() {
    let bytes = b"title = \"a\"\nabout = \"\xff\xfe\"\n";
    let said =
        read("x.toml", bytes, &Overrides::none(), &InMemory::default()).unwrap_err().to_string();
    assert!(said.contains("x.toml:2:10") && said.contains("save the file as UTF-8"), "{said}");
}

#[test]
fn a_file_in_a_folder_is_named_as_seen_from_here() {
    let path = folder("malformed").join("distribution-file-wrong.toml");
    let said = load(&path, &Overrides::none()).unwrap_err().to_string();
    let data = folder("malformed").join("wrong-values.csv");
    assert!(said.contains(&format!("{}:4:1", data.display())), "{said}");
}
