//! No file of tests is forgotten: what no program names is built by nobody, and nobody is told.

use std::fs;
use std::path::Path;

/// Each file in a folder, and each folder with files in it, is named in the file `named` of that folder.
fn check(folder: &Path, named: &str) {
    let text = fs::read_to_string(folder.join(named)).expect("it is there");
    let is_named = |name: &str| {
        let lines = text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
        lines.into_iter().any(|line| line == format!("mod {name};"))
    };
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("words");
        let is_module = path.join("mod.rs").exists();
        if is_module {
            check(&path, "mod.rs");
        }
        let is_file = path.extension().is_some_and(|it| it == "rs") && !path.ends_with(named);
        assert!(!(is_module || is_file) || is_named(name), "{named} does not name {path:?}");
    }
}

#[test]
fn every_file_of_tests_is_in_its_program() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in [".", "sim", "models", "scenarios", "reports"] {
        check(&top.join(part).join("tests"), "main.rs");
    }
}
