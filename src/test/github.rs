//! Annotations for GitHub: what is wrong stands at its line of the change.

use std::path::Path;

use penult_scenarios::{Complaints, Severity};

/// One annotation. `at` is a line and a column.
pub fn annotation(
    level: &str,
    file: &Path,
    at: Option<(usize, usize)>,
    title: &str,
    message: &str,
) -> String {
    let place = at.map(|(line, column)| format!(",line={line},col={column}")).unwrap_or_default();
    let (file, title) = (property(&seen(file)), property(title));
    format!("::{level} file={file}{place},title={title}::{}\n", data(message))
}

/// One for each thing that is wrong with a scenario.
pub fn complaints(file: &Path, complaints: &Complaints) -> String {
    let each = complaints.list.iter().map(|complaint| {
        let (level, title) = headed(complaint.severity);
        // The first text is the scenario; what the command line says has no line in it.
        let at = complaint.at.filter(|at| at.source == 0);
        let at = at.and_then(|at| Some(complaints.sources.first()?.line_and_column(at)));
        annotation(level, file, at, title, &format!("{}: {}", complaint.what, complaint.mend))
    });
    let more = complaints.more.told().map(|(severity, told)| {
        let (level, title) = headed(severity);
        annotation(level, file, None, title, &told)
    });
    each.chain(more).collect()
}

fn headed(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "this scenario can't be run"),
        Severity::Warning => ("warning", "perhaps not meant"),
    }
}

/// A file as GitHub names it: from the top of the repository, which is where its jobs begin.
fn seen(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let file = here.and_then(|here| file.strip_prefix(here).ok()).unwrap_or(file);
    let file = file.strip_prefix(".").unwrap_or(file);
    file.to_string_lossy().replace('\\', "/")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let found = annotation(
            "error",
            Path::new("./a,b/50%.toml"),
            Some((3, 7)),
            "latency.p99: late",
            "expected <= 1%,\nfound 2%",
        );
        let expected = "::error file=a%2Cb/50%25.toml,line=3,col=7,title=latency.p99%3A late\
                        ::expected <= 1%25,%0Afound 2%25\n";
        assert_eq!(found, expected);
    }
}
