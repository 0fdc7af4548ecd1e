//! Where reports go if nothing else is said: out/ and the name of the scenario's file.

use std::path::{Path, PathBuf};

/// The name of a file without its ending. Where that is no name of a folder, as of `..toml`, with it.
pub fn stem(file: &Path) -> &Path {
    let stem = file.file_stem().filter(|stem| *stem != "." && *stem != "..");
    Path::new(stem.or(file.file_name()).unwrap_or(file.as_os_str()))
}

/// Where the results of a command go.
pub fn of_command(out: Option<&Path>, file: &Path, command: &str) -> PathBuf {
    let named = || Path::new("out").join(format!("{}-{command}", stem(file).display()));
    out.map_or_else(named, Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_folder_of_its_own_within_out() {
        let all =
            ["a.toml", "s/a.b.toml", ".toml", "..toml", "...toml", "....toml", "a"].map(Path::new);
        let named = ["a", "a.b", ".toml", "..toml", "...toml", "...", "a"].map(Path::new);
        assert_eq!(all.map(stem), named);
        let folder = of_command(None, Path::new("s/..toml"), "sweep");
        assert_eq!(folder, Path::new("out/..toml-sweep"));
    }
}
