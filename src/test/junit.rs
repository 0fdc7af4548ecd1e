//! JUnit's XML: a suite for each scenario, a case for each expectation and one for the invariants.

use std::path::Path;

use penult_scenarios::{Complaints, Severity};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Ended;
use super::verdict::Checked;

/// That nothing ran, as text: an error for each scenario that can't be, and the others skipped.
pub fn refused<'c>(
    all: impl IntoIterator<Item = (&'c Path, Option<&'c Complaints>)>,
) -> Result<String, String> {
    let mut report = Report::new("penult");
    for (file, complaints) in all {
        let name = file.display().to_string();
        let mut errors = complaints.into_iter().flat_map(|it| it.list.iter());
        let first = errors.find(|it| it.severity == Severity::Error);
        let status = match complaints {
            Some(complaints) => {
                let what = first.map_or_else(String::new, |it| format!("{}: {}", it.what, it.mend));
                let more = match complaints.errors() {
                    0 | 1 => String::new(),
                    all => format!(" (the first of {all} errors)"),
                };
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_type("scenario").set_message(format!("{what}{more}"));
                status.set_description(complaints.render(false));
                status
            }
            None => {
                let mut status = TestCaseStatus::skipped();
                status.set_message("nothing was run: another scenario can't be");
                status
            }
        };
        let mut case = TestCase::new("scenario", status);
        case.set_classname(&name);
        case.extra.insert("file".into(), name.as_str().into());
        let at = first.and_then(|it| it.at).filter(|at| at.source == 0);
        let line =
            at.zip(complaints).and_then(|(at, it)| Some(it.sources.first()?.line_and_column(at)));
        if let Some((line, _)) = line {
            case.extra.insert("line".into(), line.to_string().into());
        }
        let mut suite = TestSuite::new(&name);
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}

/// All of it as text. It holds no time of the clock: the same runs give the same bytes.
pub fn text<'e>(all: impl IntoIterator<Item = (&'e Path, &'e Ended)>) -> Result<String, String> {
    let mut report = Report::new("penult");
    for (file, ended) in all {
        let name = file.display().to_string();
        let mut suite = TestSuite::new(&name);
        let mut case = |what: &str, status: TestCaseStatus, line: Option<usize>| {
            let mut case = TestCase::new(what, status);
            case.set_classname(&name);
            case.extra.insert("file".into(), name.as_str().into());
            if let Some(line) = line {
                case.extra.insert("line".into(), line.to_string().into());
            }
            suite.add_test_case(case);
        };
        let trouble = |kind, ty: &str, message: &str| {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(ty).set_message(message);
            status
        };
        match ended {
            Ended::Checked(checked) => {
                case("invariants", TestCaseStatus::success(), None);
                for checked in checked {
                    let status = match checked {
                        _ if checked.is_met() => TestCaseStatus::success(),
                        _ if checked.is_untold() => {
                            trouble(NonSuccessKind::Error, "no sample", &checked.message())
                        }
                        _ => trouble(NonSuccessKind::Failure, "not met", &checked.message()),
                    };
                    let Checked { expectation, at, .. } = checked;
                    case(&expectation.to_string(), status, at.map(|(line, _)| line));
                }
            }
            Ended::Broken(what) => {
                case("invariants", trouble(NonSuccessKind::Error, "broken invariant", what), None);
            }
            Ended::Wrong(what) => {
                case("invariants", trouble(NonSuccessKind::Error, "no run", what), None);
            }
            Ended::Interrupted => case("invariants", TestCaseStatus::skipped(), None),
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}
