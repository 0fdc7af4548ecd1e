//! Every file of `malformed/` gets exactly the messages beside it, and as many errors as its first line
//! says. After a change that is meant: `INSTA_UPDATE=always cargo test -p penult-scenarios`.

use std::path::Path;

use penult_scenarios::{Folder, Overrides, read};

#[test]
fn every_malformed_file_gets_its_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(names.len() >= 60, "{} files", names.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut miscounted = Vec::new();
    for name in &names {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let expected = text.strip_prefix("# ").and_then(|text| text.split_once(" error"));
        let expected: usize =
            expected.expect("the first line says how many errors").0.parse().unwrap();
        let read = read(name, text.as_bytes(), &Overrides::none(), &Folder(folder.clone()));
        let (errors, shown) = match read {
            Ok(_) => (0, "no error\n".to_owned()),
            Err(complaints) => (complaints.errors(), complaints.to_string()),
        };
        if errors != expected {
            miscounted.push(format!("{name}: {errors} errors, not {expected}:\n{shown}"));
            continue;
        }
        settings.bind(|| insta::assert_snapshot!(name.trim_end_matches(".toml"), shown));
    }
    assert!(miscounted.is_empty(), "\n{}", miscounted.join("\n"));
}
