//! JUnit's XML: a suite for each scenario, a case for each expectation and one for the invariants.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Ended;
use super::verdict::Checked;

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
