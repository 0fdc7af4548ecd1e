//! Where results go if nothing else is said: out/ and a name made of that of the scenario's file, so that no two files
//! of one folder, and no two commands, ever write to the same place.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What stands behind the name in the folders of commands.
const COMMANDS: [&str; 3] = ["-sweep", "-compare", "-size"];
/// What stands behind the name of a file that has not the usual ending.
const FILE: &str = "-file";
const ENDING: &str = ".toml";

/// The name of a file without its ending. Where that could be another file's or a command's, as of `s-sweep.toml`, or
/// is no name of a folder, as of `..toml`, it is the whole name; and of a file with another ending, with `-file`.
pub fn stem(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or(file.as_os_str());
    let whole = || {
        let is_usual = ends(name, ENDING);
        let behind = if is_usual { "" } else { FILE };
        joined(name, behind)
    };
    let stem = file.file_stem().filter(|stem| {
        let taken = COMMANDS.iter().chain([&FILE, &ENDING]);
        *stem != "." && *stem != ".." && !taken.into_iter().any(|end| ends(stem, end))
    });
    let stem = stem.filter(|_| file.extension().is_some_and(|it| it == &ENDING[1..]));
    PathBuf::from(stem.map_or_else(whole, OsStr::to_owned))
}

/// Where the results of a command go.
pub fn of_command(out: Option<&Path>, file: &Path, command: &str) -> PathBuf {
    let named = || {
        let name = joined(stem(file).as_os_str(), "-");
        Path::new("out").join(joined(&name, command))
    };
    out.map_or_else(named, Path::to_path_buf)
}

fn ends(name: &OsStr, end: &str) -> bool {
    name.as_encoded_bytes().ends_with(end.as_bytes())
}

fn joined(name: &OsStr, more: &str) -> OsString {
    let mut name = name.to_owned();
    name.push(more);
    name
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_file_has_a_folder_of_its_own_within_out() {
        let all = [
            ("a.toml", "a"),
            ("s/a.b.toml", "a.b"),
            (".toml", ".toml"),
            ("..toml", "..toml"),
            ("...toml", "...toml"),
            ("....toml", "..."),
            ("a", "a-file"),
            ("a.txt", "a.txt-file"),
            ("a.toml.toml", "a.toml.toml"),
            ("a-sweep.toml", "a-sweep.toml"),
            ("a-file.toml", "a-file.toml"),
            ("a-sweep", "a-sweep-file"),
        ];
        for (file, folder) in all {
            assert_eq!(stem(Path::new(file)), Path::new(folder), "{file}");
        }
        let folder = of_command(None, Path::new("s/..toml"), "sweep");
        assert_eq!(folder, Path::new("out/..toml-sweep"));
    }

    /// Names of all pieces that mean something here, three in a row.
    #[test]
    fn no_two_names_or_commands_fall_together() {
        let mut pieces = vec![OsString::new()];
        for piece in ["a", ".", ".toml", ".txt", "-sweep", "-size", "-file"] {
            pieces.push(piece.into());
        }
        #[cfg(unix)]
        for bytes in [[0xff], [0xfe]] {
            use std::os::unix::ffi::OsStrExt;
            pieces.push(OsStr::from_bytes(&bytes).to_owned());
        }
        let mut files: Vec<OsString> = vec![OsString::new()];
        for _ in 0..3 {
            let longer = |file: &OsString| {
                pieces
                    .iter()
                    .map(|piece| [file.as_os_str(), piece].into_iter().collect::<OsString>())
                    .collect::<Vec<_>>()
            };
            files = files.iter().flat_map(longer).collect();
        }
        files.sort();
        files.dedup();
        files.retain(|file| !file.is_empty() && file != "." && file != "..");
        let mut seen: BTreeMap<PathBuf, (OsString, &str)> = BTreeMap::new();
        for file in &files {
            let folders =
                ["sweep", "size", "compare"].map(|it| (of_command(None, Path::new(file), it), it));
            let run = (Path::new("out").join(stem(Path::new(file))), "run");
            for (folder, command) in folders.into_iter().chain([run]) {
                assert_eq!(folder.parent(), Some(Path::new("out")), "{file:?}");
                let other = seen.insert(folder.clone(), (file.clone(), command));
                assert!(other.is_none(), "{command} {file:?} and {other:?}: {folder:?}");
            }
        }
        assert!(seen.len() > 1000, "{}", seen.len());
    }
}
